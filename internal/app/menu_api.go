package app

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) menuEndpoints() []wire.Endpoint {
	// 仅企业可调用；第三方不可调用 (doc 90231).
	own := access.To(access.Own, append(access.BuiltIn(), access.SelfBuilt, access.CustomerContact, access.ChatArchive)...)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/menu/create", Doc: 90231, Allow: own, Handle: wire.Write(s.menuCreate)},
		{Method: "GET", Path: "/cgi-bin/menu/get", Doc: 90232, Allow: own, Handle: wire.Read(s.menuGet)},
		{Method: "GET", Path: "/cgi-bin/menu/delete", Doc: 90233, Allow: own, Handle: wire.Write(s.menuDelete)},
	}
}

// menuCreateRequest takes its agentid from the query.
type menuCreateRequest struct {
	agentRequest
	Buttons []Button `json:"button"`
}

func (s *Service) menuCreate(ctx context.Context, tx *store.Tx, by access.Caller, req menuCreateRequest) (wire.None, error) {
	a, err := s.own(tx, by, req.agentRequest)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.SetMenu(ctx, tx, a, req.Buttons)
}

// menuGetResponse has the form of menu/create's body, without an enclosing field.
type menuGetResponse struct {
	Buttons []Button `json:"button"`
}

func (s *Service) menuGet(ctx context.Context, tx *store.Tx, by access.Caller, req agentRequest) (menuGetResponse, error) {
	a, err := s.own(tx, by, req)
	if err != nil {
		return menuGetResponse{}, err
	}
	menu, err := s.Menu(tx, a)
	return menuGetResponse{menu}, err
}

func (s *Service) menuDelete(ctx context.Context, tx *store.Tx, by access.Caller, req agentRequest) (wire.None, error) {
	a, err := s.own(tx, by, req)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.DeleteMenu(ctx, tx, a)
}

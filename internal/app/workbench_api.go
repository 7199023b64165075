package app

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) workbenchEndpoints() []wire.Endpoint {
	// 当前仅第三方应用、自建应用支持 (doc 92535); 代开发 has a page of its own (96454).
	own := access.To(access.Own, access.SelfBuilt, access.Custom, access.ThirdParty)
	ranged := access.To(access.InRange, access.SelfBuilt, access.Custom, access.ThirdParty)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/agent/set_workbench_template", Doc: 92535, Allow: own, Handle: wire.Write(s.agentSetWorkbenchTemplate)},
		{Method: "POST", Path: "/cgi-bin/agent/get_workbench_template", Doc: 92535, Allow: own, Handle: wire.Read(s.agentGetWorkbenchTemplate)},
		{Method: "POST", Path: "/cgi-bin/agent/set_workbench_data", Doc: 92535, Allow: ranged, Handle: wire.Write(s.agentSetWorkbenchData)},
		{Method: "POST", Path: "/cgi-bin/agent/batch_set_workbench_data", Doc: 92535, Allow: ranged, Handle: wire.Write(s.agentBatchSetWorkbenchData)},
		{Method: "POST", Path: "/cgi-bin/agent/get_workbench_data", Doc: 92535, Allow: ranged, Handle: wire.Read(s.agentGetWorkbenchData)},
	}
}

type agentSetWorkbenchTemplateRequest struct {
	agentRequest
	Workbench
	Replace bool `json:"replace_user_data"`
}

func (s *Service) agentSetWorkbenchTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req agentSetWorkbenchTemplateRequest) (wire.None, error) {
	a, err := s.own(tx, by, req.agentRequest)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.SetWorkbench(ctx, tx, a, req.Workbench, req.Replace)
}

type agentGetWorkbenchTemplateResponse struct {
	Workbench
	Replaces bool `json:"replace_user_data"`
}

func (s *Service) agentGetWorkbenchTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req agentRequest) (resp agentGetWorkbenchTemplateResponse, err error) {
	a, err := s.own(tx, by, req)
	if err != nil {
		return resp, err
	}
	resp.Workbench, resp.Replaces, err = s.WorkbenchTemplate(tx, a)
	return resp, err
}

type agentSetWorkbenchDataRequest struct {
	agentRequest
	Workbench
	UserID id.UserID `json:"userid"`
}

func (s *Service) agentSetWorkbenchData(ctx context.Context, tx *store.Tx, by access.Caller, req agentSetWorkbenchDataRequest) (wire.None, error) {
	a, err := s.own(tx, by, req.agentRequest)
	if err != nil {
		return wire.None{}, err
	}
	if req.UserID == "" {
		return wire.None{}, directory.ErrUserIDMissing
	}
	users := []string{string(req.UserID)}
	if err := s.workbenchAllowed(tx, a.No, users, true); err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.SetWorkbenchData(ctx, tx, by, a, users, req.Workbench)
}

type agentBatchSetWorkbenchDataRequest struct {
	agentRequest
	Users []id.UserID `json:"userid_list"`
	Data  Workbench   `json:"data"`
}

func (s *Service) agentBatchSetWorkbenchData(ctx context.Context, tx *store.Tx, by access.Caller, req agentBatchSetWorkbenchDataRequest) (wire.None, error) {
	a, err := s.own(tx, by, req.agentRequest)
	switch n := len(req.Users); {
	case err != nil:
		return wire.None{}, err
	case n == 0:
		return wire.None{}, directory.ErrUserIDMissing.With("userid_list")
	case n > maxWorkbenchList:
		return wire.None{}, directory.ErrUserIDListLen.With("at most %d, %d given", maxWorkbenchList, n)
	}
	if err := s.workbenchAllowed(tx, a.No, id.Texts(req.Users), false); err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.SetWorkbenchData(ctx, tx, by, a, id.Texts(req.Users), req.Data)
}

// agentGetWorkbenchDataRequest takes the parameter as the page's table misspells
// it, too.
type agentGetWorkbenchDataRequest struct {
	agentRequest
	UserID  id.UserID `json:"userid"`
	UserIDT id.UserID `json:"useridt"`
}

type agentGetWorkbenchDataResponse struct {
	Data Workbench `json:"data"`
}

func (s *Service) agentGetWorkbenchData(ctx context.Context, tx *store.Tx, by access.Caller, req agentGetWorkbenchDataRequest) (resp agentGetWorkbenchDataResponse, err error) {
	a, err := s.own(tx, by, req.agentRequest)
	if err != nil {
		return resp, err
	}
	if req.UserID == "" {
		req.UserID = req.UserIDT
	}
	resp.Data, err = s.WorkbenchOf(ctx, tx, by, a, req.UserID)
	return resp, err
}

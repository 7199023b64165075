package acquisition

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// componentEndpoints are the calls that components alone make.
func (s *Service) componentEndpoints() []wire.Endpoint {
	of := func(name string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{
			Method: "POST", Path: base + "customer_acquisition/" + name, Doc: doc, Grants: []string{componentPermit}, Handle: h,
			Allow: access.To(access.Own, access.ThirdParty),
		}
	}
	return []wire.Endpoint{
		of("get_comp_auth_info", 99610, wire.Read(s.getCompAuthInfo)),
		of("create_once_key", 99603, wire.Read(s.createOnceKey)), // a key is kept once it has been used
	}
}

type (
	getCompAuthInfoResponse struct {
		Payer int64           `json:"pay_mode"`
		Price int64           `json:"price,omitempty"`
		Mode  int64           `json:"link_auth_mode"`
		Apps  []authorisedApp `json:"auth_apps,omitempty"`
	}
	authorisedApp struct {
		AgentID int64 `json:"agentid"`
	}
)

func (s *Service) getCompAuthInfo(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getCompAuthInfoResponse, err error) {
	c, err := s.calling(tx, by)
	if err != nil {
		return resp, err
	}
	resp.Payer, resp.Price, resp.Mode = c.Payer, c.Price, c.Source
	apps, err := s.authApps(tx, c)
	for _, a := range apps {
		resp.Apps = append(resp.Apps, authorisedApp{a.AgentID})
	}
	return resp, err
}

type (
	createOnceKeyRequest struct {
		LinkID string `json:"link_id"`
		Count  *int64 `json:"key_num"`
	}
	createOnceKeyResponse struct {
		Keys []string `json:"keys"`
	}
)

func (s *Service) createOnceKey(ctx context.Context, tx *store.Tx, by access.Caller, req createOnceKeyRequest) (resp createOnceKeyResponse, err error) {
	count := int64(usualKeys)
	if req.Count != nil {
		count = *req.Count
	}
	c, err := s.calling(tx, by)
	if err == nil {
		resp.Keys, err = s.OnceKeys(tx, c, req.LinkID, count)
	}
	return resp, err
}

// listGivenLinks is listLink for a component.
func (s *Service) listGivenLinks(tx *store.Tx, by access.Caller, after, limit int64) ([]Link, int64, error) {
	c, err := s.calling(tx, by)
	if err != nil {
		return nil, 0, err
	}
	return s.givenLinks(tx, c, after, limit)
}

// getGivenLink is get for a component: the name, and the address with its scene (doc 99484).
func (s *Service) getGivenLink(tx *store.Tx, by access.Caller, linkID string) (resp getResponse, err error) {
	l, err := s.linkOfComponent(tx, by, linkID)
	resp.Link = &linkAnswer{Name: l.Name, URL: s.URL(l) + "?comp_scene=" + s.scene(by.App)}
	return resp, err
}

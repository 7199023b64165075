package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) accountEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "account/add", 94662, wire.Write(s.accountAdd), permitChat),
		endpoint("POST", "account/del", 94663, wire.Write(s.accountDel), permitChat),
		endpoint("POST", "account/update", 94664, wire.Write(s.accountUpdate), permitChat),
		endpoint("POST", "account/list", 94661, wire.Read(s.accountList), permitBase, permitComponent),
		endpoint("POST", "add_contact_way", 94665, wire.Read(s.addContactWay), permitBase, permitComponent),
	}
}

type (
	accountAddRequest struct {
		Name    string `json:"name"`
		MediaID string `json:"media_id"`
	}
	accountAddResponse struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
	}
)

func (s *Service) accountAdd(ctx context.Context, tx *store.Tx, by access.Caller, req accountAddRequest) (accountAddResponse, error) {
	a, err := s.CreateAccount(ctx, tx, by, req.Name, req.MediaID)
	return accountAddResponse{s.OpenKfID(a.No)}, err
}

type accountRequest struct {
	OpenKfID id.ServiceAccount `json:"open_kfid"`
}

func (s *Service) accountDel(ctx context.Context, tx *store.Tx, by access.Caller, req accountRequest) (wire.None, error) {
	return wire.None{}, s.DeleteAccount(ctx, tx, by, req.OpenKfID)
}

type accountUpdateRequest struct {
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	Name     *string           `json:"name"`
	MediaID  *string           `json:"media_id"`
}

func (s *Service) accountUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req accountUpdateRequest) (wire.None, error) {
	// Some clients send an empty text for what they do not change.
	if req.MediaID != nil && *req.MediaID == "" {
		req.MediaID = nil
	}
	if req.Name != nil && *req.Name == "" {
		req.Name = nil
	}
	return wire.None{}, s.UpdateAccount(ctx, tx, by, req.OpenKfID, req.Name, req.MediaID)
}

type (
	accountListRequest struct {
		Offset int64 `json:"offset"`
		Limit  int64 `json:"limit"`
	}
	accountListResponse struct {
		Accounts []accountAnswer `json:"account_list"`
	}
	accountAnswer struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		Name     string            `json:"name"`
		Avatar   string            `json:"avatar"`
		Manages  *bool             `json:"manage_privilege"` // a component is not told (doc 99368)
	}
)

func (s *Service) accountList(ctx context.Context, tx *store.Tx, by access.Caller, req accountListRequest) (resp accountListResponse, err error) {
	switch {
	case req.Offset < 0:
		return resp, wire.ErrParameter.With("offset: 0 or more expected")
	case req.Limit < 0 || req.Limit > maxAccountsAtOne:
		return resp, wire.ErrParameter.With("limit: 1 to %d expected", maxAccountsAtOne)
	case req.Limit == 0:
		req.Limit = maxAccountsAtOne
	}
	if isComponent(by) {
		return s.listGiven(tx, by, req)
	}
	list, err := s.Accounts(tx, by.CorpID, req.Offset, req.Limit)
	if err != nil {
		return resp, err
	}
	for _, a := range list {
		manages, err := s.manages(tx, by, a.No)
		if err != nil {
			return resp, err
		}
		resp.Accounts = append(resp.Accounts, accountAnswer{s.OpenKfID(a.No), a.Name, s.avatarURL(a), &manages})
	}
	return resp, nil
}

// listGiven is the list for a component.
func (s *Service) listGiven(tx *store.Tx, by access.Caller, req accountListRequest) (resp accountListResponse, err error) {
	list, err := s.given(tx, by.CorpID, by.App)
	from := min(req.Offset, int64(len(list)))
	for _, a := range list[from:min(from+req.Limit, int64(len(list)))] {
		resp.Accounts = append(resp.Accounts, accountAnswer{s.OpenKfID(a.No), a.Name, s.avatarURL(a), nil})
	}
	return resp, err
}

type (
	addContactWayRequest struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		Scene    string            `json:"scene"`
	}
	addContactWayResponse struct {
		URL string `json:"url"`
	}
)

func (s *Service) addContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req addContactWayRequest) (resp addContactWayResponse, err error) {
	find, component := func() (Account, error) { return s.account(tx, by.CorpID, req.OpenKfID) }, int64(0)
	if isComponent(by) {
		find, component = func() (Account, error) { return s.givenAccount(tx, by, req.OpenKfID) }, by.App
	}
	a, err := find()
	if err != nil {
		return resp, err
	}
	resp.URL, err = s.link(a, component, req.Scene)
	return resp, err
}

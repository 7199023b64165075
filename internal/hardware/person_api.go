package hardware

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	// maxPeople is how many a page has (doc 95984), usualPeople how many where nothing is asked for.
	maxPeople   = 200
	usualPeople = 100
	// maxUserItems is how many people a cloud may ask after or report of at once (doc 96037, 95985).
	maxUserItems = 100
)

func (s *Service) personEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: peoplePath, Doc: 95984, Credential: s.byDevice, Allow: devices, Handle: wire.Read(s.getUserinfoByPage)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/get_userinfo_by_ids", Doc: 96037, Credential: s.byDevice, Allow: devices, Handle: wire.Read(s.getUserinfoByIDs)},
	}
}

const peoplePath = "/cgi-bin/openhw/device/get_userinfo_by_page"

type (
	userItem struct {
		UserID id.UserID `json:"open_userid"`
		Type   UserType  `json:"user_type"`
	}
	userInfo struct {
		userItem
		Name string       `json:"user_name"`
		Pass userPassRule `json:"pass_rule"`
	}
	userPassRule struct {
		Rules []PassRule `json:"rule_list"`
	}
	userInfos struct {
		Items []userInfo `json:"useritems"`
	}
)

type getUserinfoByPageRequest struct {
	Cursor      string `json:"cursor"`
	Limit       int64  `json:"limit"`
	OnlyVersion bool   `json:"only_perm_version"`
}

type getUserinfoByPageResponse struct {
	Next    string    `json:"next_cursor"`
	Version int64     `json:"perm_version"`
	Users   userInfos `json:"userinfo"`
}

func (s *Service) getUserinfoByPage(ctx context.Context, tx *store.Tx, by access.Caller, req getUserinfoByPageRequest) (resp getUserinfoByPageResponse, err error) {
	d, err := s.caller(tx, by)
	if resp.Version = d.PermVersion; err != nil || req.OnlyVersion {
		return resp, err
	}
	limit := req.Limit
	if limit == 0 {
		limit = usualPeople
	}
	if limit < 0 || limit > maxPeople {
		return resp, wire.ErrParameter.With("limit: at most %d expected", maxPeople)
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: peoplePath}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	members, next, err := s.People(tx, d, after, 0, int(limit))
	if err != nil {
		return resp, err
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next)
	}
	resp.Users, err = s.userInfos(tx, d, members)
	return resp, err
}

func (s *Service) userInfos(tx *store.Tx, d Device, members []directory.Member) (out userInfos, err error) {
	rules, err := s.PassRules(tx, d)
	for _, m := range members {
		out.Items = append(out.Items, userInfo{userItem{m.UserID, Employee}, m.Name, userPassRule{rules[m.UserID.Key()]}})
	}
	return out, err
}

type getUserinfoByIDsRequest struct {
	Items []userItem `json:"user_item"`
}

type getUserinfoByIDsResponse struct {
	Users userInfos `json:"userinfo"`
}

// getUserinfoByIDs leaves out who does not use the device (unverified).
func (s *Service) getUserinfoByIDs(ctx context.Context, tx *store.Tx, by access.Caller, req getUserinfoByIDsRequest) (resp getUserinfoByIDsResponse, err error) {
	if err := few(len(req.Items), "user_item"); err != nil {
		return resp, err
	}
	d, err := s.caller(tx, by)
	if err != nil {
		return resp, err
	}
	var users []id.UserID
	for _, u := range req.Items {
		if u.Type == Employee {
			users = append(users, u.UserID)
		}
	}
	members, err := s.PeopleNamed(ctx, tx, d, users)
	if err != nil {
		return resp, err
	}
	resp.Users, err = s.userInfos(tx, d, members)
	return resp, err
}

// few refuses an empty list, and one that is too long.
func few(n int, name string) error {
	if n < 1 || n > maxUserItems {
		return wire.ErrParameter.With("%s: 1 to %d expected", name, maxUserItems)
	}
	return nil
}

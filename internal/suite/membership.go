package suite

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Member authorisation (成员授权, doc 94496): where the corp lets them, members install a third-party application each
// for themselves. The first does so for the corp, and every other is added to the range.

// ErrOnlyByMembers refuses a call that is for installations by members (doc 90313).
var ErrOnlyByMembers = wire.Code(60218, "only member authorization allowed")

// maxAuthorised is how many members a page of user/list_member_auth has (doc 94513).
const maxAuthorised = 1000

// MayJoin reports whether the member may install the suite for themselves now: the corp lets its members do so, the
// suite is one that they can install, and no administrator has decided who uses it.
func (s *Service) MayJoin(tx *store.Tx, v Suite, corpID string, m directory.Member) (bool, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil || !c.MemberAuth || v.Kind != access.ThirdParty || v.Draft || !m.Enabled {
		return false, err
	}
	in, err := s.Installation(tx, corpID, v.SuiteID)
	if errors.Is(err, ErrNotInstalled) {
		return true, nil
	}
	return err == nil && in.Mode == ByMembers && !slices.ContainsFunc(in.Range.Members, m.UserID.Equal), err
}

// Join installs the suite for a member. Of the first one in the corp the provider is told by create_auth; a later one
// is added to the range, and there is no change_auth (doc 94496). A member who may not join is ErrNotGranted.
func (s *Service) Join(ctx context.Context, tx *store.Tx, v Suite, corpID string, m directory.Member) error {
	may, err := s.MayJoin(tx, v, corpID, m)
	if err == nil && !may {
		err = ErrNotGranted.With("the member may not install the suite for themselves")
	}
	if err != nil {
		return err
	}
	in, err := s.Installation(tx, corpID, v.SuiteID)
	if errors.Is(err, ErrNotInstalled) {
		_, _, err = s.InstallSuite(ctx, tx, Install{SuiteID: v.SuiteID, CorpID: corpID, By: m.UserID, Mode: ByMembers})
		return err
	}
	if err != nil {
		return err
	}
	in.Range.Members = append(slices.Clone(in.Range.Members), m.UserID)
	return s.deps.Apps.UpdateApp(ctx, tx, in.App)
}

// joined reports whether all that has changed is that members were added, which is no change_auth.
func joined(in Installation, before, after app.App) bool {
	if in.Mode != ByMembers || before.Disabled != after.Disabled || !slices.Equal(before.Grants, after.Grants) ||
		!slices.Equal(before.Range.Departments, after.Range.Departments) || !slices.Equal(before.Range.Tags, after.Range.Tags) {
		return false
	}
	return !slices.ContainsFunc(before.Range.Members, func(u id.UserID) bool { return !slices.ContainsFunc(after.Range.Members, u.Equal) })
}

func (s *Service) membershipEndpoints() []wire.Endpoint {
	allow := access.To(access.InRange, access.ThirdParty)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/user/list_member_auth", Doc: 94513, Allow: allow, Handle: wire.Read(s.listMemberAuth)},
		{Method: "POST", Path: "/cgi-bin/user/check_member_auth", Doc: 94514, Allow: allow, Handle: wire.Read(s.checkMemberAuth)},
		{Method: "POST", Path: "/cgi-bin/user/list_selected_ticket_user", Doc: 94894, Allow: allow, Handle: wire.Read(s.listSelectedTicketUser)},
	}
}

// byMembers returns the calling installation, which members must have made.
func (s *Service) byMembers(tx *store.Tx, by access.Caller) (Installation, error) {
	in, found, err := s.InstallationNo(tx, by.App)
	if err == nil && (!found || in.Mode != ByMembers) {
		err = ErrOnlyByMembers.With("an administrator has installed the application")
	}
	return in, err
}

type listMemberAuthRequest struct {
	Cursor string `json:"cursor"`
	Limit  *int64 `json:"limit"`
}

type memberAuth struct {
	OpenUserID id.UserID `json:"open_userid"`
}

type listMemberAuthResponse struct {
	Next    string       `json:"next_cursor"`
	Members []memberAuth `json:"member_auth_list"`
}

func (s *Service) listMemberAuth(ctx context.Context, tx *store.Tx, by access.Caller, req listMemberAuthRequest) (resp listMemberAuthResponse, err error) {
	resp.Members = []memberAuth{}
	limit := int64(maxAuthorised)
	if req.Limit != nil {
		limit = *req.Limit
	}
	if limit < 1 || limit > maxAuthorised {
		return resp, wire.ErrParameter.With("limit: 1 to %d expected", maxAuthorised)
	}
	in, err := s.byMembers(tx, by)
	if err != nil {
		return resp, err
	}
	list := wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/user/list_member_auth"} // the last member's number
	after, err := list.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	numbers, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(in.Range.Members)) // without those who have left
	if err != nil {
		return resp, err
	}
	users := map[int64]id.UserID{}
	var order []int64
	for _, u := range in.Range.Members {
		if no := numbers[u.Key()]; no > after {
			users[no] = u
			order = append(order, no)
		}
	}
	slices.Sort(order)
	for i, no := range order {
		if int64(i) == limit {
			resp.Next = list.Next(by, order[i-1])
			break
		}
		resp.Members = append(resp.Members, memberAuth{users[no]})
	}
	return resp, nil
}

type checkMemberAuthRequest struct {
	OpenUserID id.UserID `json:"open_userid"`
}

type checkMemberAuthResponse struct {
	Authorised bool `json:"is_member_auth"`
}

func (s *Service) checkMemberAuth(ctx context.Context, tx *store.Tx, by access.Caller, req checkMemberAuthRequest) (resp checkMemberAuthResponse, err error) {
	if req.OpenUserID == "" {
		return resp, wire.ErrParameter.With("open_userid is missing")
	}
	in, err := s.byMembers(tx, by)
	resp.Authorised = err == nil && slices.ContainsFunc(in.Range.Members, req.OpenUserID.Equal)
	return resp, err
}

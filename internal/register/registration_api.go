package register

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

func (s *Service) codeEndpoints() []wire.Endpoint {
	call := func(path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.deps.Suites.ByProvider(), Allow: providers, Handle: h}
	}
	return []wire.Endpoint{
		call("get_register_code", 90581, wire.Write(s.getRegisterCode)),
		call("get_register_info", 90582, wire.Read(s.getRegisterInfo)),
	}
}

type getRegisterCodeRequest struct {
	Template string    `json:"template_id"`
	CorpName string    `json:"corp_name"`
	Admin    string    `json:"admin_name"`
	Mobile   string    `json:"admin_mobile"`
	State    string    `json:"state"`
	Follow   id.UserID `json:"follow_user"` // a member of the provider
}

type getRegisterCodeResponse struct {
	Code      string `json:"register_code"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}

func (s *Service) getRegisterCode(ctx context.Context, tx *store.Tx, by access.Caller, req getRegisterCodeRequest) (resp getRegisterCodeResponse, err error) {
	p, err := s.deps.Suites.Provider(tx, by.Partner)
	switch {
	case err != nil:
		return resp, err
	case req.Template == "":
		return resp, ErrNoTemplate
	case len(req.Template) > maxID:
		return resp, ErrTemplate.With("at most %d bytes", maxID)
	case !suite.StateValid(req.State, maxState):
		return resp, suite.ErrState.With("at most %d letters and digits", maxState)
	}
	if req.Follow != "" {
		if ok, err := s.deps.Directory.Exists(tx, p.CorpID, req.Follow); err != nil || !ok {
			return resp, errors.Join(err, directory.ErrMemberNotFound.With("follow_user: %q is not a member of the provider", req.Follow))
		}
	}
	packs, err := selectPackages(tx, `provider = ? AND templateid = ?`, p.No, req.Template)
	if err == nil && len(packs) == 0 {
		err = ErrTemplate
	}
	if err != nil {
		return resp, err
	}
	resp.ExpiresIn = int64(codeLife.Seconds())
	resp.Code, err = s.newCode(tx, packs[0], form{req.CorpName, req.Admin, req.Mobile, req.Follow}, req.State)
	return resp, err
}

type getRegisterInfoRequest struct {
	Code string `json:"register_code"`
}

type (
	contactSync struct {
		Token     string `json:"access_token"`
		ExpiresIn int64  `json:"expires_in"` // seconds left
	}
	authUser struct {
		UserID id.UserID `json:"userid"`
	}
	getRegisterInfoResponse struct {
		CorpID   id.CorpID    `json:"corpid"`
		Sync     *contactSync `json:"contact_sync,omitempty"` // while the directory may be filled
		User     authUser     `json:"auth_user_info"`
		State    string       `json:"state,omitempty"`
		Template string       `json:"template_id"`
	}
)

// getRegisterInfo answers what a code has made, for 24 hours after the code was made.
func (s *Service) getRegisterInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getRegisterInfoRequest) (resp getRegisterInfoResponse, err error) {
	p, err := s.deps.Suites.Provider(tx, by.Partner)
	if err != nil {
		return resp, err
	}
	if req.Code == "" {
		return resp, ErrNoCode
	}
	list, err := selectRegistrations(tx, `mac = ? AND package IN (SELECT no FROM register_package WHERE provider = ?)`, s.codeMAC(req.Code), p.No)
	switch {
	case err != nil:
		return resp, err
	case len(list) == 0:
		return resp, ErrCode
	case list[0].corp == "" || !tx.Now().Before(list[0].created.Add(askWithin)):
		return resp, ErrNoInfo.With("a code by which an enterprise was made, at most 24 hours old, expected")
	}
	r := list[0]
	packs, err := selectPackages(tx, `no = ?`, r.pack)
	if err != nil || len(packs) == 0 {
		return resp, errors.Join(err, whereNone(len(packs)))
	}
	resp = getRegisterInfoResponse{CorpID: id.CorpID(r.corp), State: r.state, Template: packs[0].ID}
	if resp.User.UserID, err = s.adminOf(tx, p, r); err != nil {
		return resp, err
	}
	if left := r.left(tx.Now()); packs[0].Migration && left > 0 {
		resp.Sync = &contactSync{s.token(r), int64(left.Seconds())}
	}
	return resp, nil
}

// adminOf is what the provider knows the founder by.
func (s *Service) adminOf(tx *store.Tx, p suite.Provider, r registration) (id.UserID, error) {
	known, err := s.deps.Directory.MemberNumbers(tx, r.corp, []string{string(r.admin)})
	return s.deps.Suites.ShownMember(p.No, known[string(r.admin)]), err
}

// scopeEndpoints take the token by which a provider fills a new directory. Any other
// token of contact sync is refused by them.
func (s *Service) scopeEndpoints() []wire.Endpoint {
	row := access.Allow{access.ContactSync: access.All}
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/agent/set_scope", Doc: 90583, Allow: row, Handle: wire.Write(s.agentSetScope)},
		{Method: "GET", Path: "/cgi-bin/sync/contact_sync_success", Doc: 90584, Allow: row, Handle: wire.Write(s.contactSyncSuccess)},
	}
}

type setScopeRequest struct {
	AgentID *int64      `json:"agentid"`
	Users   []id.UserID `json:"allow_user"`
	Parties []int64     `json:"allow_party"`
	Tags    []int64     `json:"allow_tag"`
}

type setScopeResponse struct {
	Users   []id.UserID `json:"invaliduser"`
	Parties []int64     `json:"invalidparty"`
	Tags    []int64     `json:"invalidtag"`
}

// agentSetScope sets the range of an application that came with the registration. A list
// that is left out is emptied.
func (s *Service) agentSetScope(ctx context.Context, tx *store.Tx, by access.Caller, req setScopeRequest) (resp setScopeResponse, err error) {
	if req.AgentID == nil {
		return resp, app.ErrAgentMissing
	}
	if _, err := s.syncing(tx, by); errors.Is(err, ErrNotSyncing) {
		return resp, wire.ErrForbidden.With("the token of a registration expected, before contact_sync_success")
	} else if err != nil {
		return resp, err
	}
	a, err := s.deps.Apps.App(tx, by.CorpID, *req.AgentID)
	if errors.Is(err, app.ErrNotFound) || err == nil && a.Partner != by.Partner {
		return resp, app.ErrAgentInvalid.With("an application that came with the registration expected")
	}
	if err != nil {
		return resp, err
	}
	good, bad, err := s.deps.Directory.Part(tx, by, directory.Nodes{Users: id.Texts(req.Users), Departments: req.Parties, Tags: req.Tags})
	if err != nil {
		return resp, err
	}
	a.Range = good
	return setScopeResponse{id.From[id.UserID](bad.Users), bad.Departments, bad.Tags}, s.deps.Apps.UpdateApp(ctx, tx, a)
}

func (s *Service) contactSyncSuccess(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (none wire.None, err error) {
	r, err := s.syncing(tx, by)
	if err != nil {
		return none, err
	}
	n, err := tx.Exec(`UPDATE register_code SET unlocked_at = ? WHERE no = ? AND unlocked_at = 0`, tx.Now().UnixMilli(), r.no)
	if err == nil && n == 0 {
		err = ErrNotSyncing
	}
	return none, err
}

package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/licence"
	"qiwei/internal/redirect"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// visitor is a member as a provider knows them, in ids of its own (doc 91121).
type visitor struct {
	code
	CorpShown, UserShown string
	Ticket               string // empty if there is none
	OpenID               string // of a person, who has nothing else
}

// redeemBySuite takes a suite's code. It names the member whether or not the corp has installed the suite, and gives a
// ticket only for a member in the visible range of what is installed. On any error the code stays valid.
func (s *Service) redeemBySuite(tx *store.Tx, by access.Caller, text string) (r visitor, err error) {
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err != nil {
		return r, err
	}
	if v.Kind == access.Custom {
		return r, wire.ErrForbidden.With("a proxy-developed application redeems its codes by auth/getuserinfo, with the access_token of the corp")
	}
	if r.code, err = s.findOwned(tx, text, `suite = ?`, v.No, forUserInfo, forLogin); err != nil {
		return r, err
	}
	if came, _ := redirect.Parse(r.Origin); !came.On(v.RedirectDomain) {
		return r, ErrRedirect.With("the code came back on %s; the trusted domain of the suite is %q", came.Host, v.RedirectDomain)
	}
	if err := r.use(tx); err != nil {
		return r, err
	}
	if r.Person != "" {
		r.OpenID = OpenID(s.deps.Box, v.Partner, r.Person)
		return r, nil
	}
	r.CorpShown, r.UserShown = s.deps.Suites.ShownIDs(v.Provider, r.CorpID, r.Member.No)
	if r.Purpose != forUserInfo || r.Scope != scopeUserInfo && r.Scope != scopePrivate || r.App == 0 {
		return r, nil
	}
	a, found, err := s.installed(tx, v, r.App)
	if err != nil || !found {
		return r, err
	}
	visible, err := s.sees(tx, a, r.Member)
	if err == nil && visible {
		r.Ticket = s.suiteTicket(tx, v, a, r.Member, r.Scope)
	}
	return r, err
}

// findOwned is find for the code of a suite or a provider, whose it must be.
func (s *Service) findOwned(tx *store.Tx, text, whose string, owner int64, purposes ...purpose) (code, error) {
	if text = strings.TrimSpace(text); text == "" {
		return code{}, ErrCodeMissing
	}
	c, used, found, err := s.selectCode(tx, s.codeMAC(text), whose, owner)
	if err == nil && !found {
		err = ErrCode
	}
	if err != nil {
		return code{}, err
	}
	return c.good(tx, used, purposes)
}

// installed returns the application if it is an installation of the suite that is switched on.
func (s *Service) installed(tx *store.Tx, v suite.Suite, appNo int64) (a app.App, found bool, err error) {
	in, found, err := s.deps.Suites.InstallationNo(tx, appNo)
	return in.App, found && in.Suite.No == v.No && !in.Disabled, err
}

// A suite's ticket is sealed for the suite, which has no corp when it comes with it.
func (s *Service) suiteTicket(tx *store.Tx, v suite.Suite, a app.App, m directory.Member, sc scope) string {
	return s.deps.Box.SealText(seal.UserTicket, "suite "+v.SuiteID, fmt.Appendf(nil, "%d %d %d %s", a.No, m.No, tx.Now().Add(oldTicketLife).Unix(), sc))
}

// suiteDetail is what a suite may read about a member.
type suiteDetail struct {
	CorpShown, UserShown string
	Fields               map[string]string
}

// detailBySuite returns what the ticket lets the suite read now: the fields that the corp has granted and the member
// has ticked (doc 91122).
func (s *Service) detailBySuite(ctx context.Context, tx *store.Tx, by access.Caller, text string) (d suiteDetail, err error) {
	if text == "" {
		return d, ErrTicketMissing
	}
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err != nil {
		return d, err
	}
	plain, err := s.deps.Box.OpenText(seal.UserTicket, "suite "+v.SuiteID, text)
	if err != nil {
		return d, ErrTicket
	}
	var t userTicket
	if _, err := fmt.Sscanf(string(plain), "%d %d %d %s", &t.app, &t.member, &t.expires, &t.scope); err != nil {
		return d, ErrTicket
	}
	if tx.Now().Unix() >= t.expires {
		return d, ErrTicketExpired
	}
	a, found, err := s.installed(tx, v, t.app)
	if err == nil && !found {
		err = ErrTicket.With("the suite is no longer installed there")
	}
	if err != nil {
		return d, err
	}
	m, found, err := s.deps.Directory.MemberNo(tx, t.member)
	if err == nil && (!found || !m.Enabled) {
		err = ErrTicket.With("the member is no longer there")
	}
	if err != nil {
		return d, err
	}
	visible, err := s.sees(tx, a, m)
	if err == nil && !visible {
		err = wire.ErrNoPrivilege.With("the member is outside the visible range")
	}
	if err != nil {
		return d, err
	}
	d.CorpShown, d.UserShown = s.deps.Suites.ShownIDs(v.Provider, a.CorpID, m.No)
	d.Fields = map[string]string{}
	if t.scope == scopePrivate {
		fields, err := s.Consent(tx, a, m)
		if err != nil {
			return d, err
		}
		for _, f := range fields {
			d.Fields[f] = s.fieldOf(m, f)
		}
	}
	return d, nil
}

// programLogin is what wx.qy.login gives a mini program of the suite for a member, who needs a licence for it as
// for its pages.
func (s *Service) programLogin(ctx context.Context, tx *store.Tx, v suite.Suite, corpID string, m directory.Member) (string, error) {
	in, err := s.deps.Suites.Installation(tx, corpID, v.SuiteID)
	licensed := true
	if err == nil {
		licensed, err = s.licensed(ctx, tx, in.App, m)
	} else if errors.Is(err, suite.ErrNotInstalled) {
		err = nil
	}
	if err == nil && !licensed {
		err = licence.ErrUnlicensed
	}
	if err != nil {
		return "", err
	}
	return s.issue(tx, code{CorpID: corpID, Member: m, Purpose: forProgram, Suite: v.No})
}

// sessionKey is the key of a mini program's session: the same for the same code, and told to nobody else.
func (s *Service) sessionKey(c code) []byte {
	return s.deps.Box.MAC(seal.UserCode, "session "+string(c.mac))[:16]
}

package oauth

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// codeScript is a member who opens the page of an application or of a suite, agrees to all that it asks for, and
// comes back to it with a code; or who has scanned the QR code on a provider's site.
type codeScript struct {
	CorpID string    `json:"corpid"`
	UserID id.UserID `json:"userid"`
	// One of these.
	AgentID  int64  `json:"agentid"`
	SuiteID  string `json:"suite_id"`
	Provider string `json:"provider"` // corpid
	// Scope is snsapi_base, snsapi_userinfo, or snsapi_privateinfo, which is so if it is left out.
	Scope scope `json:"scope"`
}

// codeAnswer has the code that getuserinfo, getuserinfo3rd or, of a provider, get_login_info takes, once.
type codeAnswer struct {
	Code string `json:"code"`
}

// scriptCode gives a code without a browser.
func (s *Service) scriptCode(ctx context.Context, req codeScript) (answer codeAnswer, err error) {
	switch req.Scope {
	case "":
		req.Scope = scopePrivate
	case scopeBase, scopeUserInfo, scopePrivate:
	default:
		return answer, door.Missing("scope: snsapi_base, snsapi_userinfo or snsapi_privateinfo expected")
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		corp, found, err := s.corpOf(tx, req.CorpID)
		if err == nil && !found {
			err = door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		}
		if err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corp.CorpID), req.UserID)
		if err != nil {
			return err
		}
		c := code{CorpID: corp.CorpID, Member: m, Purpose: forUserInfo, Scope: req.Scope}
		switch {
		case req.Provider != "":
			p, err := s.deps.Suites.Provider(tx, req.Provider)
			if err != nil {
				return door.Missing("provider: the enterprise is not a provider")
			}
			c.Purpose, c.Partner, c.Scope = forProvider, p.No, ""
		default:
			if err := s.opened(ctx, tx, &c, req); err != nil {
				return err
			}
		}
		answer.Code, err = s.issue(tx, c)
		return err
	})
	return answer, err
}

// opened fills in whose code it is, and notes what the member has agreed to.
func (s *Service) opened(ctx context.Context, tx *store.Tx, c *code, req codeScript) error {
	var a app.App
	var err error
	domain := ""
	if req.SuiteID != "" {
		in, err := s.deps.Suites.Installation(tx, c.CorpID, req.SuiteID)
		if errors.Is(err, suite.ErrNotFound) || errors.Is(err, suite.ErrNotInstalled) {
			return door.Missing("suite_id: the enterprise has no such suite")
		}
		if err != nil {
			return err
		}
		a, domain = in.App, in.Suite.RedirectDomain
		if in.Suite.Kind != access.Custom { // whose codes are redeemed by the application
			c.Suite = in.Suite.No
		}
	} else {
		if a, err = s.deps.Apps.App(tx, c.CorpID, req.AgentID); errors.Is(err, app.ErrNotFound) {
			return door.Missing("agentid: there is no such application")
		} else if err != nil {
			return err
		}
		domain = a.RedirectDomain
		if c.Suite, err = s.suiteOf(tx, &a); err != nil {
			return err
		}
	}
	c.App, c.Origin = a.No, "https://"+domain
	if c.Scope != scopePrivate {
		return nil
	}
	return s.SetConsent(ctx, tx, a, c.Member, app.SensitiveFields)
}

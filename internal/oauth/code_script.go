package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// codeScript is a member, or somebody in WeChat, who opens the page of an application or of a suite, agrees to all that it asks for, and
// comes back to it with a code; or who has scanned the QR code on a provider's site.
type codeScript struct {
	CorpID string `json:"corpid"`
	// One of these: a member, a customer, or whoever has the unionid in WeChat.
	UserID   id.UserID     `json:"userid"`
	External id.ExternalID `json:"external_userid"`
	UnionID  string        `json:"unionid"`
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
		c := code{CorpID: corp.CorpID, Purpose: forUserInfo, Scope: req.Scope}
		if req.External != "" || req.UnionID != "" {
			if err := s.openedOutside(tx, &c, req); err != nil {
				return err
			}
			answer.Code, err = s.issue(tx, c)
			return err
		}
		if c.Member, err = s.deps.Directory.Member(ctx, tx, access.System(corp.CorpID), req.UserID); err != nil {
			return err
		}
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

// openedOutside fills in the code of somebody in WeChat. A suite's needs no installation: they belong to no corp.
func (s *Service) openedOutside(tx *store.Tx, c *code, req codeScript) (err error) {
	switch {
	case req.UserID != "" || req.External != "" && req.UnionID != "":
		return door.Missing("userid, external_userid, unionid: one of them expected")
	case req.Provider != "":
		return door.Missing("provider: members alone sign in on its site")
	}
	if c.Person, err = s.outside.Known(tx, c.CorpID, req.External, req.UnionID); err != nil {
		return err
	}
	if req.SuiteID != "" {
		v, err := s.deps.Suites.Suite(tx, req.SuiteID)
		if errors.Is(err, suite.ErrNotFound) || err == nil && !hasPages(v) {
			return door.Missing("suite_id: there is no such third-party application")
		}
		c.Suite, c.CorpID, c.Origin = v.No, v.Partner, "https://"+v.RedirectDomain
		return err
	}
	a, err := s.deps.Apps.App(tx, c.CorpID, req.AgentID)
	if errors.Is(err, app.ErrNotFound) {
		return door.Missing("agentid: there is no such application")
	}
	if err != nil {
		return err
	}
	domains, err := s.oauthDomains(tx, named{app: &a})
	if err != nil {
		return err
	}
	c.App, c.Origin = a.No, "https://"+strings.Join(domains, "")
	c.Suite, err = s.suiteOf(tx, &a)
	return err
}

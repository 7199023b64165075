package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The second verification at sign-in (登录二次验证, doc 99519, 99521). A member in its range who has signed in gets
// a session that is pending: every page of ours leads to the company's page with a code. The company finds
// out who it is (auth/get_tfa_info, or user/getuserinfo with the contact-sync secret), checks whatever it
// checks, and lets the member in (user/tfa_succ, or user/authsucc).
//
// The verification during use (使用二次验证) has the same calls but begins in WeCom's own client, which qiwei is
// not.

// Errors of the second verification (doc 99499, 99500).
var (
	ErrPassCode    = wire.Code(40207, "invalid tfa_code")
	ErrOutsideTFA  = wire.Code(40208, "user not in tfa range")
	ErrTFADomain   = wire.Code(40209, "tfa domain not match")
	ErrTFAUnset    = wire.Code(40210, "tfa url not set")
	errTFALocation = page.Problem{
		Title: page.Text{Zh: "二次验证页面未正确配置", En: "The page of the second verification is not set up"},
		Why: page.Text{
			Zh: "企业要求你登录后进行二次验证，但验证页面的地址不是完整的网址，或者是一个不可用的网页授权链接。",
			En: "Your company asks for a second verification after sign-in, but the address of its page is not a complete web address, or is an authorisation link that does not work.",
		},
		Mend: []page.Text{{Zh: "请管理员检查二次验证的页面地址。", En: "Ask an administrator to look at the address of the verification's page."}},
	}
)

// verifyPage is where a corp's members are sent: an address, and the query to which only the code is added.
type verifyPage struct {
	to    redirect.Address
	app   int64
	state string // to be returned as written; only with an authorisation link
	link  bool
}

// verifyPageOf reads the corp's setting. The address may be an authorisation
// link of a self-built application (doc 99499): opening that one ends at its
// redirect_uri with a code, so that is where we go at once.
func (s *Service) verifyPageOf(tx *store.Tx, c corp.Corp) (p verifyPage, ok bool, err error) {
	u, err := url.Parse(c.TwoFactor.URL)
	if err != nil {
		return p, false, nil
	}
	if !strings.HasSuffix(u.Path, authorizePath) {
		p.to, ok = redirect.Parse(c.TwoFactor.URL)
		return p, ok, nil
	}
	link, err := s.readLink(tx, redirect.ParseQuery(u.RawQuery))
	if err != nil || link.refused != nil || link.corp.CorpID != c.CorpID {
		return p, false, err
	}
	if link.app != nil {
		p.app = link.app.No
	}
	p.to, p.state, p.link = link.to, link.state, true
	return p, true, nil
}

// sendToVerify leads a pending member to the company's page with a new code.
func (s *Service) sendToVerify(lv *login.Visit, sess login.Session, next string) error {
	v := s.visit(lv)
	var p verifyPage
	var text string
	var ok bool
	err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, sess.CorpID)
		if err != nil {
			return err
		}
		if p, ok, err = s.verifyPageOf(tx, c); err != nil || !ok {
			return err
		}
		if next != "" {
			if err := s.deps.Login.GoesTo(tx, sess, next); err != nil {
				return err
			}
		}
		text, err = s.issue(tx, code{
			CorpID: sess.CorpID, Member: sess.Member, Purpose: forVerify, App: p.app, Origin: p.to.Origin(), Device: s.deps.Login.Device(v.r), Session: sess.Key(),
		})
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		return v.Problem(http.StatusOK, errTFALocation)
	}
	query := "code=" + text
	if p.link {
		query += "&state=" + p.state
	}
	return v.Redirect(p.to.With(query))
}

// mayVerify answers why the caller has no part in the corp's verification, or not for this member. An
// application must own the page's domain and see the member (doc 99499).
func (s *Service) mayVerify(tx *store.Tx, by access.Caller, m directory.Member) error {
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	if c.TwoFactor.URL == "" {
		return ErrTFAUnset
	}
	if by.Kind != access.ContactSync {
		a, err := s.deps.Apps.AppNo(tx, by.App)
		if err != nil {
			return err
		}
		if err := s.onVerifyPage(tx, c, a); err != nil {
			return err
		}
	}
	inside, err := s.deps.Login.MustVerify(tx, c, m)
	if err != nil {
		return err
	}
	if !inside {
		return ErrOutsideTFA.With("member %q", m.UserID)
	}
	visible, err := s.deps.Directory.Sees(tx, by, m)
	if err == nil && !visible {
		err = wire.ErrNoPrivilege.With("member %q is outside the visible range", m.UserID)
	}
	return err
}

func (s *Service) onVerifyPage(tx *store.Tx, c corp.Corp, a app.App) error {
	p, ok, err := s.verifyPageOf(tx, c)
	if err != nil {
		return err
	}
	if !ok || !p.to.On(a.RedirectDomain) {
		return ErrTFADomain.With("the verification's page is on %s, the application's trusted domain is %q", p.to.Host, a.RedirectDomain)
	}
	return nil
}

// Verifying tells the company which member a code of the verification is about, and gives it the code with
// which it admits the member. It answers ErrCode, ErrTFAUnset, ErrTFADomain and ErrOutsideTFA. On any error
// the code stays valid. Doc 99499.
func (s *Service) Verifying(ctx context.Context, tx *store.Tx, by access.Caller, text string) (m directory.Member, passCode string, err error) {
	c, err := s.find(tx, by.CorpID, text, forVerify)
	if err != nil {
		return m, "", err
	}
	if err := s.mayVerify(tx, by, c.Member); err != nil {
		return m, "", err
	}
	if err := s.present(tx, c); err != nil {
		return m, "", err
	}
	passCode, err = s.issue(tx, code{CorpID: c.CorpID, Member: c.Member, Purpose: forPass, App: by.App, Origin: c.Origin, Session: c.Session})
	return c.Member, passCode, err
}

// present uses the code of a verification and notes that the company has begun to verify this session.
func (s *Service) present(tx *store.Tx, c code) error {
	if err := c.use(tx); err != nil {
		return err
	}
	return s.deps.Login.Present(tx, c.Session)
}

// Verified admits the session that the code from Verifying names. Doc 99500.
func (s *Service) Verified(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, passCode string) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	if err := s.mayVerify(tx, by, m); err != nil {
		return err
	}
	c, err := s.find(tx, by.CorpID, passCode, forPass)
	if err == nil && (c.Member.No != m.No || (by.Kind != access.ContactSync && c.App != by.App)) {
		err = ErrPassCode
	}
	if err == nil {
		err = c.use(tx)
	}
	if err != nil {
		return asPassCode(err)
	}
	// The member may have signed out meanwhile; that is no error of the company's.
	sess, found, err := s.deps.Login.PendingSession(tx, c.Session)
	if err != nil || !found {
		return err
	}
	return s.deps.Login.Pass(ctx, tx, sess)
}

// asPassCode turns the error of a code into that of a tfa_code.
func asPassCode(err error) error {
	var refused wire.Error
	if !errors.As(err, &refused) {
		return err
	}
	e := ErrPassCode
	e.Note = refused.Note
	return e
}

// VerifiedByName admits a member by the userid only (doc 90203). If the company has redeemed the code of one
// of the sessions, it means that session; otherwise all pending ones. A member who joins in this way becomes
// active.
func (s *Service) VerifiedByName(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	if by.Kind != access.ContactSync {
		if err := s.mayVerify(tx, by, m); err != nil {
			return err
		}
	}
	sessions, err := s.deps.Login.PendingSessions(tx, m)
	if err != nil {
		return err
	}
	for _, sess := range sessions {
		if err := s.deps.Login.Pass(ctx, tx, sess); err != nil {
			return err
		}
	}
	return s.deps.Directory.Activate(ctx, tx, access.System(by.CorpID), m.UserID)
}

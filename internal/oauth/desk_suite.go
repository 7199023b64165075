package oauth

import (
	"errors"
	"net/http"

	"qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Sign-in on a provider's site by a QR code, for members of every corp: wwlogin with a login authorisation (登录授权,
// doc 98171), and the older 3rd_qrConnect with the provider itself (doc 91124).

const providerPath = "/wwopen/sso/3rd_qrConnect"

// userType is who may sign in by a provider's QR code (doc 91124).
type userType string

const (
	adminsOnly userType = "admin"
	anyMember  userType = "member"
)

// readServiceDesk reads the rest of the link of wwlogin with login_type=ServiceApp.
func (s *Service) readServiceDesk(tx *store.Tx, l deskLink) (deskLink, error) {
	appID := l.query.Get("appid")
	names, err := s.resolve(tx, appID, "")
	switch {
	case err != nil:
		return l, err
	case !names.found:
		return l.refuse(codeAppID, page.BadParameter("appid", appID))
	case names.suite == nil || names.suite.Kind != suite.Login:
		p := page.BadParameter("appid", appID)
		p.Mend = []page.Text{{
			Zh: "login_type=ServiceApp 需要“登录授权”应用的 SuiteID；qiwei provider list 列出它，KIND 为 login。",
			En: "login_type=ServiceApp needs the SuiteID of a login authorisation; qiwei provider list shows it, with the kind login.",
		}}
		return l.refuse(codeNotSuite, p)
	}
	l.suite = *names.suite
	l.asker = page.App{Name: l.suite.Name, Logo: s.deps.Login.Local(l.suite.Logo)}
	l.trusted = l.suite.TrustedDomains
	return l.leads(nonEmpty(l.suite.RedirectDomain), codeTrusted, page.Mismatch{App: l.asker, SuiteID: l.suite.SuiteID})
}

func (s *Service) providerConnect(v *visit) error {
	return s.desk(v, readProviderDesk, func(l deskLink, d page.QR) error {
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).QRConnect, d)
	}, false)
}

// readProviderDesk reads the link of 3rd_qrConnect. It begins with a click on the provider's site.
func readProviderDesk(v *visit, tx *store.Tx, q redirect.Query) (l deskLink, err error) {
	s := v.s
	l.query, l.state = q, login.EscapeUnsafe(q.Raw("state"))
	switch l.only = userType(q.Get("usertype")); l.only {
	case "":
		l.only = adminsOnly
	case adminsOnly, anyMember:
	default:
		return l.refuse(codeAppID, page.BadParameter("usertype", q.Get("usertype")))
	}
	c, found, err := s.corpOf(tx, q.Get("appid"))
	if err != nil {
		return l, err
	}
	if !found {
		return l.refuse(codeAppID, page.BadParameter("appid", q.Get("appid")))
	}
	l.partner, err = s.deps.Suites.Provider(tx, c.CorpID)
	if errors.Is(err, suite.ErrNoProvider) {
		p := page.BadParameter("appid", q.Get("appid"))
		p.Mend = []page.Text{{Zh: "该企业不是服务商：appid 应为服务商的 CorpID。", En: "The enterprise is not a provider: the appid must be a provider's CorpID."}}
		return l.refuse(codeNotVendor, p)
	}
	if err != nil {
		return l, err
	}
	l.asker = page.App{Name: c.Name}
	start := l.partner.StartDomain
	if start == "" {
		start = l.partner.LoginDomain
	}
	// The page itself leads here again, to a fresh code or to another language.
	from, ok := redirect.Parse(v.r.Referer())
	own, ownOK := redirect.Parse(s.deps.Login.Origin(v.r))
	if !ok || !from.On(start) && (!ownOK || from.Host != own.Host) {
		return l.refuse(codeSource, page.BadSource(v.r.Referer(), nonEmpty(start), ""))
	}
	return l.leads(nonEmpty(l.partner.LoginDomain), codeRedirect, page.Mismatch{App: l.asker, Provider: l.partner.CorpID})
}

// mayAnswer answers with a page that says why the member may not confirm a provider's QR code; ok where they may.
func (v *visit) mayAnswer(sc scan, asker page.App, sess login.Session) (ok bool, err error) {
	if sc.only != adminsOnly {
		return true, nil
	}
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		_, ok, err = v.s.roleOf(tx, sess.CorpID, sess.Member)
		return err
	})
	if err == nil && !ok {
		return false, v.Problem(http.StatusOK, page.AdminsOnly(asker, v.Person(sess.Member), login.SwitchAnywhere(v.here())))
	}
	return ok, err
}

func (s *Service) roleOf(tx *store.Tx, corpID string, m directory.Member) (admin.Admin, bool, error) {
	return s.deps.Admins.Of(tx, corpID, m)
}

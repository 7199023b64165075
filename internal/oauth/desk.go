package oauth

import (
	"net/http"
	"net/url"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Error codes of the web login page (doc 98152); qrConnect shows the same (unverified).
const (
	codeRedirect  = -31020
	codeAppID     = -31027
	codeAgentID   = -31028
	codeNoURI     = -31035
	codeSource    = -31033
	codeNotVendor = -31034
	codeNotSuite  = -31037
	codeTrusted   = -31039
	codeLoginType = -31040
)

// deskLink is the link of a QR page, parsed and checked.
type deskLink struct {
	corp corp.Corp // with app
	app  app.App
	// suite or partner asks instead of an application, and members of any corp may answer.
	suite   suite.Suite
	partner suite.Provider
	only    userType
	asker   page.App // as the page shows it
	trusted []string // domains that may embed the page
	to      redirect.Address
	// state as written, and the whole query
	state string
	query redirect.Query

	refused *page.Problem
}

// refuse makes the link one that leads nowhere.
func (l deskLink) refuse(code int, p page.Problem) (deskLink, error) {
	p.ErrCode = code
	l.refused = &p
	return l, nil
}

// leads reads the redirect address, which must be on one of the domains.
func (l deskLink) leads(domains []string, code int, m page.Mismatch) (deskLink, error) {
	uri := l.query.Get("redirect_uri")
	if uri == "" {
		return l.refuse(codeNoURI, page.BadParameter("redirect_uri", ""))
	}
	var ok bool
	l.to, ok = redirect.Parse(uri)
	for _, d := range domains {
		if ok && l.to.On(d) {
			return l, nil
		}
	}
	m.RedirectURI, m.Configured = uri, domains
	return l.refuse(code, page.RedirectMismatch(m))
}

// readDesk reads the link of a page with a QR code. domains returns which of an application's domains the
// page may lead to.
func (s *Service) readDesk(tx *store.Tx, q redirect.Query, domains func(app.App) []string) (l deskLink, err error) {
	l.query, l.state = q, login.EscapeUnsafe(q.Raw("state"))
	refuse := l.refuse
	// Clients leave login_type out; the page then is CorpApp's (unverified).
	switch q.Get("login_type") {
	case "", "CorpApp", "jssdk":
	case "ServiceApp":
		return s.readServiceDesk(tx, l)
	default:
		return refuse(codeLoginType, page.BadParameter("login_type", q.Get("login_type")))
	}
	names, err := s.resolve(tx, q.Get("appid"), q.Get("agentid"))
	if err != nil {
		return l, err
	}
	switch l.corp = names.corp; {
	case !names.found, names.suite != nil:
		return refuse(codeAppID, page.BadParameter("appid", q.Get("appid")))
	case names.refused != nil:
		return refuse(codeAgentID, *names.refused)
	case names.app == nil:
		return refuse(codeAgentID, page.BadParameter("agentid", ""))
	}
	l.app = *names.app
	l.asker, l.trusted = s.deps.Login.PageApp(l.app), l.app.TrustedDomains
	return l.leads(domains(l.app), codeRedirect, page.Mismatch{App: l.asker, CorpID: l.app.CorpID, AgentID: l.app.AgentID})
}

// connectDomains are the domains that qrConnect may lead to: the callback domain of web login (授权回调域). Only
// wwlogin is documented to accept the OAuth trusted domain as well. So an application with a callback domain
// must use it: otherwise what works here would fail there. One without it may use the OAuth trusted domain,
// the only one that it has.
func connectDomains(a app.App) []string {
	if a.LoginDomain != "" {
		return []string{a.LoginDomain}
	}
	return nonEmpty(a.RedirectDomain)
}

// webLoginDomains are the domains that wwlogin may lead to (doc 98152).
func webLoginDomains(a app.App) []string { return nonEmpty(a.LoginDomain, a.RedirectDomain) }

func (s *Service) qrConnect(v *visit) error {
	return s.desk(v, byDomains(connectDomains), func(l deskLink, d page.QR) error {
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).QRConnect, d)
	}, true)
}

func (s *Service) webLogin(v *visit) error {
	return s.desk(v, byDomains(webLoginDomains), func(l deskLink, d page.QR) error {
		d.SessionSignature, d.OpenDataSID = id.Hex(16), id.Hex(16)
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).WebLogin, d)
	}, false)
}

// framed reports whether a link is for a page inside another site's frame.
func framed(q redirect.Query) bool {
	return q.Get("login_type") == "jssdk" || q.Get("version") != "" || q.Get("redirect_type") != "" || q.Get("panel_size") != ""
}

// byDomains reads the link of an application's page, which leads to some of its domains.
func byDomains(domains func(app.App) []string) func(*visit, *store.Tx, redirect.Query) (deskLink, error) {
	return func(v *visit, tx *store.Tx, q redirect.Query) (deskLink, error) { return v.s.readDesk(tx, q, domains) }
}

// desk answers with a page that shows a QR code. Requested again with a code's key, as a browser without
// scripts does, it shows that code's state, and leads on once the scan was decided.
func (s *Service) desk(v *visit, read func(*visit, *store.Tx, redirect.Query) (deskLink, error), draw func(deskLink, page.QR) error, echoAppID bool) error {
	q := redirect.ParseQuery(v.r.URL.RawQuery)
	v.Bare(framed(q))
	var l deskLink
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		l, err = read(v, tx, q)
		return err
	})
	if err != nil {
		return err
	}
	if l.refused != nil {
		l.refused.Nonce = v.Nonce()
		return v.Problem(http.StatusOK, *l.refused)
	}
	sc, shown, err := s.shownBefore(v, l)
	if err != nil {
		return err
	}
	if shown && sc.status == scanConfirmed {
		return v.Redirect(sc.target(sc.code, echoAppID))
	}
	if shown && sc.status == scanDeclined {
		return v.Redirect(sc.target("", false))
	}
	if !shown {
		from := s.deps.ClientIP(v.r).String()
		if !s.deps.Dev && !s.shown.Take(s.deps.Store.Now(), from, "qr", codesPerMinute, codesPeriod) {
			return v.Problem(http.StatusTooManyRequests, crowded)
		}
		sc = scan{key: id.Hex(8), corpID: l.corp.CorpID, app: l.app.No, suite: l.suite.No, partner: l.partner.No, only: l.only, to: l.to, state: l.state, browser: s.deps.Login.Describe(v.r)}
		if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error { return insertScan(tx, sc) }); err != nil {
			return err
		}
	}
	return draw(l, s.qrPage(v, l, sc))
}

// shownBefore returns the QR code whose key the request names, if it was made for the same link.
func (s *Service) shownBefore(v *visit, l deskLink) (sc scan, ok bool, err error) {
	key := l.query.Get("key")
	if key == "" {
		return scan{}, false, nil
	}
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		sc, ok, err = s.selectScan(tx, key)
		return err
	})
	return sc, ok && sc.status != scanOver && sc.app == l.app.No && sc.suite == l.suite.No && sc.partner == l.partner.No && sc.only == l.only && sc.to.Raw == l.to.Raw && sc.state == l.state, err
}

// appID returns the appid that a QR page passes back: the one in its link, as it is written here.
func (l deskLink) appID() string {
	switch {
	case l.suite.No != 0:
		return l.suite.SuiteID
	case l.partner.No != 0:
		return l.partner.CorpID
	}
	return l.corp.CorpID
}

// target returns where the desk's browser goes in the end: with a code, or with only the state if the member
// declined. This platform has no error parameter anywhere.
func (sc scan) target(code string, echoAppID bool) string {
	if code == "" {
		return sc.to.With("state=" + sc.state)
	}
	query := "code=" + code + "&state=" + sc.state
	if sc.partner != 0 {
		query = "auth_code=" + code + "&expires_in=" + number(int64(authCodeLife.Seconds())) + "&state=" + sc.state
	}
	if echoAppID {
		query += "&appid=" + url.QueryEscape(sc.corpID)
	}
	return sc.to.With(query)
}

func (s *Service) qrPage(v *visit, l deskLink, sc scan) page.QR {
	self := login.EscapeUnsafe(v.r.URL.EscapedPath() + "?" + l.query.Without("key"))
	d := page.QR{
		Self: self, Nonce: v.Nonce(), Corp: l.corp.Name, App: l.asker,
		Origin: s.deps.Login.Origin(v.r), Key: sc.key, AppID: l.appID(), RedirectURI: l.to.Raw, State: redirect.Unescape(sc.state),
		Refresh: self, NoScript: self + "&key=" + sc.key, Framed: framed(l.query),
		RedirectType: page.RedirectType(l.query.Get("redirect_type")), Scheme: l.query.Get("color_scheme"), Style: l.query.Get("href"),
	}
	if sc.status == scanScanned {
		d.Status = page.Scanned
	}
	// These origins may embed the page and get the code: the redirect address's own, and the domains trusted
	// with the JS-SDK.
	for _, domain := range l.trusted {
		d.Embedders = append(d.Embedders, "https://"+domain, "http://"+domain)
	}
	if sc.partner != 0 {
		d.AuthCode = int(authCodeLife.Seconds())
	}
	if s.deps.Dev {
		d.ScanURL = s.scanURL(sc.key)
	}
	return d
}

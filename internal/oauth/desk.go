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
)

// Error codes of the web login page (doc 98152); qrConnect shows the same (unverified).
const (
	codeRedirect  = -31020
	codeAppID     = -31027
	codeAgentID   = -31028
	codeNoURI     = -31035
	codeNotSuite  = -31037
	codeLoginType = -31040
)

// deskLink is the link of a QR page, parsed and checked.
type deskLink struct {
	corp corp.Corp
	app  app.App
	to   redirect.Address
	// state as written, and the whole query
	state string
	query redirect.Query

	refused *page.Problem
}

// readDesk reads the link of a page with a QR code. domains returns which of an application's domains the
// page may lead to.
func (s *Service) readDesk(tx *store.Tx, q redirect.Query, domains func(app.App) []string) (l deskLink, err error) {
	l.query, l.state = q, login.EscapeUnsafe(q.Raw("state"))
	refuse := func(code int, p page.Problem) (deskLink, error) {
		p.ErrCode = code
		l.refused = &p
		return l, nil
	}
	// Clients leave login_type out; the page then is CorpApp's (unverified).
	switch q.Get("login_type") {
	case "", "CorpApp", "jssdk":
	case "ServiceApp":
		p := page.BadParameter("appid", q.Get("appid"))
		p.Mend = append(p.Mend, page.Text{
			Zh: "login_type=ServiceApp 需要第三方“登录授权”应用的 SuiteID，本服务器没有这样的应用。",
			En: "login_type=ServiceApp needs the SuiteID of a third-party login application, and this server has none.",
		})
		return refuse(codeNotSuite, p)
	default:
		return refuse(codeLoginType, page.BadParameter("login_type", q.Get("login_type")))
	}
	names, err := s.resolve(tx, q.Get("appid"), q.Get("agentid"))
	if err != nil {
		return l, err
	}
	switch l.corp = names.corp; {
	case !names.found:
		return refuse(codeAppID, page.BadParameter("appid", q.Get("appid")))
	case names.refused != nil:
		return refuse(codeAgentID, *names.refused)
	case names.app == nil:
		return refuse(codeAgentID, page.BadParameter("agentid", ""))
	}
	l.app = *names.app
	uri := q.Get("redirect_uri")
	if uri == "" {
		return refuse(codeNoURI, page.BadParameter("redirect_uri", ""))
	}
	var ok bool
	l.to, ok = redirect.Parse(uri)
	for _, d := range domains(l.app) {
		if ok && l.to.On(d) {
			return l, nil
		}
	}
	return refuse(codeRedirect, page.RedirectMismatch(page.Mismatch{RedirectURI: uri, Configured: domains(l.app), App: s.deps.Login.PageApp(l.app),
		CorpID: l.app.CorpID, AgentID: l.app.AgentID}))
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
	return s.desk(v, connectDomains, func(l deskLink, d page.QR) error {
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).QRConnect, d)
	}, true)
}

func (s *Service) webLogin(v *visit) error {
	return s.desk(v, webLoginDomains, func(l deskLink, d page.QR) error {
		d.SessionSignature, d.OpenDataSID = id.Hex(16), id.Hex(16)
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).WebLogin, d)
	}, false)
}

// framed reports whether a link is for a page inside another site's frame.
func framed(q redirect.Query) bool {
	return q.Get("login_type") == "jssdk" || q.Get("version") != "" || q.Get("redirect_type") != "" || q.Get("panel_size") != ""
}

// desk answers with a page that shows a QR code. Requested again with a code's key, as a browser without
// scripts does, it shows that code's state, and leads on once the scan was decided.
func (s *Service) desk(v *visit, domains func(app.App) []string, draw func(deskLink, page.QR) error, echoAppID bool) error {
	q := redirect.ParseQuery(v.r.URL.RawQuery)
	v.Bare(framed(q))
	var l deskLink
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		l, err = s.readDesk(tx, q, domains)
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
		sc = scan{key: id.Hex(8), corpID: l.corp.CorpID, app: l.app.No, to: l.to, state: l.state, browser: s.deps.Login.Describe(v.r)}
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
	return sc, ok && sc.status != scanOver && sc.app == l.app.No && sc.to.Raw == l.to.Raw && sc.state == l.state, err
}

// target returns where the desk's browser goes in the end: with a code, or with only the state if the member
// declined. This platform has no error parameter anywhere.
func (sc scan) target(code string, echoAppID bool) string {
	if code == "" {
		return sc.to.With("state=" + sc.state)
	}
	query := "code=" + code + "&state=" + sc.state
	if echoAppID {
		query += "&appid=" + url.QueryEscape(sc.appID())
	}
	return sc.to.With(query)
}

func (s *Service) qrPage(v *visit, l deskLink, sc scan) page.QR {
	self := login.EscapeUnsafe(v.r.URL.EscapedPath() + "?" + l.query.Without("key"))
	d := page.QR{
		Self: self, Nonce: v.Nonce(), Corp: l.corp.Name, App: s.deps.Login.PageApp(l.app),
		Origin: s.deps.Login.Origin(v.r), Key: sc.key, AppID: sc.appID(), RedirectURI: l.to.Raw, State: redirect.Unescape(sc.state),
		Refresh: self, NoScript: self + "&key=" + sc.key, Framed: framed(l.query),
		RedirectType: page.RedirectType(l.query.Get("redirect_type")), Scheme: l.query.Get("color_scheme"), Style: l.query.Get("href"),
	}
	if sc.status == scanScanned {
		d.Status = page.Scanned
	}
	// These origins may embed the page and get the code: the redirect address's own, and the domains trusted
	// with the JS-SDK.
	for _, domain := range l.app.TrustedDomains {
		d.Embedders = append(d.Embedders, "https://"+domain, "http://"+domain)
	}
	if s.deps.Dev {
		d.ScanURL = s.scanURL(sc.key)
	}
	return d
}

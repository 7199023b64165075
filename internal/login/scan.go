package login

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Sign-in at a desk by a QR code: the classic page of qrConnect (doc 91019) and
// the newer one of wwlogin (doc 98152). Both show a key; whoever scans it with a
// signed-in phone confirms or declines; the page asks until that has happened and
// goes to the application with a code, or with the state alone.

const (
	connectPath   = "/wwopen/sso/qrConnect"
	connectPathV1 = "/wwopen/sso/v1/qrConnect"
	webLoginPath  = "/wwlogin/sso/login"
	confirmPath   = "/wwopen/sso/confirm2"

	// scanLife is how long a QR code is good; the platform's time is not known.
	scanLife = 5 * time.Minute
	// scanMemory is how long its end is remembered for a page that still asks.
	scanMemory = 10 * time.Minute

	// A page's question is held until something has changed, but not longer than
	// proxies are patient; meanwhile the database is asked, for what happened on
	// another server. Both are real time: a test's clock stands still.
	holdTime = 25 * time.Second
	lookTime = time.Second

	// codesPerMinute bounds how many QR codes an address may be shown in serve,
	// since each is a row that anybody can cause. An office shares an address.
	codesPerMinute = 600
	codesPeriod    = time.Minute
)

// scanStatus is what became of a QR code.
type scanStatus int64

const (
	scanShown scanStatus = iota
	scanScanned
	scanConfirmed
	scanDeclined
	scanOver // expired, or never there
)

// word is the status as the pages' scripts and scrapers know it.
func (st scanStatus) word() string {
	return [...]string{"QRCODE_SCAN_NEVER", "QRCODE_SCAN_ING", "QRCODE_SCAN_SUCC", "QRCODE_SCAN_FAIL", "QRCODE_SCAN_ERR"}[st]
}

// scan is a QR code on somebody's screen.
type scan struct {
	key     string
	corpID  string
	app     int64
	to      address
	state   string // as written
	browser string
	status  scanStatus
	code    string // once confirmed
	desk    bool   // it signs the waiting browser in
	expires time.Time
}

func (s *Service) scanRoutes() []Route {
	confirm := s.page(page.NoFrame, s.confirmPage)
	image := http.HandlerFunc(s.qrImage)
	poll := http.HandlerFunc(s.pollConnect)
	accept := http.HandlerFunc(report)
	return []Route{
		{"GET " + connectPath, s.page(page.AnyFrame, s.qrConnect)},
		{"GET " + connectPathV1, s.page(page.AnyFrame, s.qrConnect)},
		{"GET " + webLoginPath, s.page(page.AnyFrame, s.webLogin)},
		{"GET /wwopen/sso/qrImg", image},
		{"GET /wwlogin/sso/qrcode", image},
		{"GET /wwopen/sso/l/qrConnect", poll},
		{"POST /wwopen/sso/lp/qrConnect", poll},
		{"POST /wwlogin/monoApi/sso/login/getWebQrCodeStatus", http.HandlerFunc(s.pollWeb)},
		{"GET " + confirmPath, confirm},
		{"POST " + confirmPath, s.post(page.NoFrame, s.decideScan)},
		{"POST /wwopen/report", accept},
		{"POST /wwopen/reportOss", accept},
		{"POST /wwlogin/{path...}", http.HandlerFunc(reportOss)},
	}
}

// report takes the pages' telemetry, of which nothing is kept.
func report(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

// reportOss takes it where the newer page sends it; the way there is not known,
// only its end.
func reportOss(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/reportOss") {
		http.NotFound(w, r)
		return
	}
	report(w, r)
}

// Error codes of the web login page (doc 98152); that qrConnect shows the same is
// unverified.
const (
	codeRedirect  = -31020
	codeAppID     = -31027
	codeAgentID   = -31028
	codeNoURI     = -31035
	codeNotSuite  = -31037
	codeLoginType = -31040
)

// deskLink is the link of a QR page, read and checked.
type deskLink struct {
	corp corp.Corp
	app  app.App
	to   address
	// state as written, and the whole query
	state string
	query query

	refused *page.Problem
}

// readDesk reads the link of a page with a QR code. domains says which of an
// application's domains the page may lead to.
func (s *Service) readDesk(tx *store.Tx, q query, domains func(app.App) []string) (l deskLink, err error) {
	l.query, l.state = q, escapeUnsafe(q.raw("state"))
	refuse := func(code int, p page.Problem) (deskLink, error) {
		p.ErrCode = code
		l.refused = &p
		return l, nil
	}
	// Clients leave login_type out; the page then is CorpApp's (unverified).
	switch q.get("login_type") {
	case "", "CorpApp", "jssdk":
	case "ServiceApp":
		p := page.BadParameter("appid", q.get("appid"))
		p.Mend = append(p.Mend, page.Text{
			Zh: "login_type=ServiceApp 需要第三方“登录授权”应用的 SuiteID，本服务器没有这样的应用。",
			En: "login_type=ServiceApp needs the SuiteID of a third-party login application, and this server has none.",
		})
		return refuse(codeNotSuite, p)
	default:
		return refuse(codeLoginType, page.BadParameter("login_type", q.get("login_type")))
	}
	var found bool
	if l.corp, found, err = s.corpOf(tx, q.get("appid")); err != nil {
		return l, err
	} else if !found {
		return refuse(codeAppID, page.BadParameter("appid", q.get("appid")))
	}
	a, refused, err := s.appOf(tx, l.corp.CorpID, q.get("agentid"))
	if err != nil {
		return l, err
	}
	if refused != nil {
		return refuse(codeAgentID, *refused)
	}
	if a == nil {
		return refuse(codeAgentID, page.BadParameter("agentid", ""))
	}
	l.app = *a
	uri := q.get("redirect_uri")
	if uri == "" {
		return refuse(codeNoURI, page.BadParameter("redirect_uri", ""))
	}
	var ok bool
	l.to, ok = parseAddress(uri)
	for _, d := range domains(l.app) {
		if ok && l.to.on(d) {
			return l, nil
		}
	}
	return refuse(codeRedirect, page.RedirectMismatch(page.Mismatch{RedirectURI: uri, Configured: domains(l.app), App: s.pageApp(l.app),
		CorpID: l.app.CorpID, AgentID: l.app.AgentID}))
}

// connectDomains are those that qrConnect may lead to: the callback domain of web
// login (授权回调域). Only wwlogin is documented to take the OAuth trusted domain as
// well, so an application that has a callback domain of its own is held to it;
// what works here would not work there. One that has none is let off, since all
// that it has is the other.
func connectDomains(a app.App) []string {
	if a.LoginDomain != "" {
		return []string{a.LoginDomain}
	}
	return nonEmpty(a.RedirectDomain)
}

// webLoginDomains are those that wwlogin may lead to (doc 98152).
func webLoginDomains(a app.App) []string { return nonEmpty(a.LoginDomain, a.RedirectDomain) }

func (s *Service) qrConnect(v *visit) error {
	return s.desk(v, connectDomains, func(l deskLink, d page.QR) error {
		return show(v, http.StatusOK, s.pages.QRConnect, d)
	}, true)
}

func (s *Service) webLogin(v *visit) error {
	return s.desk(v, webLoginDomains, func(l deskLink, d page.QR) error {
		d.SessionSignature, d.OpenDataSID = id.Hex(16), id.Hex(16)
		return show(v, http.StatusOK, s.pages.WebLogin, d)
	}, false)
}

// desk answers with a page that shows a QR code. Asked again with the key of one,
// as a browser without scripts does, it shows how that one stands, and leads on
// when it was decided.
func (s *Service) desk(v *visit, domains func(app.App) []string, draw func(deskLink, page.QR) error, echoAppID bool) error {
	q := parseQuery(v.r.URL.RawQuery)
	v.bare = q.get("login_type") == "jssdk" || q.get("version") != "" || q.get("redirect_type") != "" || q.get("panel_size") != ""
	var l deskLink
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		l, err = s.readDesk(tx, q, domains)
		return err
	})
	if err != nil {
		return err
	}
	if l.refused != nil {
		l.refused.Nonce = v.nonce
		return v.problem(http.StatusOK, *l.refused)
	}
	sc, shown, err := s.shownBefore(v, l)
	if err != nil {
		return err
	}
	if shown && sc.status == scanConfirmed {
		return v.redirect(sc.target(sc.code, echoAppID))
	}
	if shown && sc.status == scanDeclined {
		return v.redirect(sc.target("", false))
	}
	if !shown {
		from := s.deps.ClientIP(v.r).String()
		if !s.deps.Dev && !s.shown.Take(s.deps.Store.Now(), from, "qr", codesPerMinute, codesPeriod) {
			return v.problem(http.StatusTooManyRequests, crowded)
		}
		sc = scan{key: id.Hex(8), corpID: l.corp.CorpID, app: l.app.No, to: l.to, state: l.state, browser: s.describe(v.r)}
		if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error { return insertScan(tx, sc) }); err != nil {
			return err
		}
	}
	return draw(l, s.qrPage(v, l, sc))
}

// shownBefore returns the QR code that the page is asked to go on with, if it was
// made for the same link.
func (s *Service) shownBefore(v *visit, l deskLink) (sc scan, ok bool, err error) {
	key := l.query.get("key")
	if key == "" {
		return scan{}, false, nil
	}
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		sc, ok, err = s.selectScan(tx, key)
		return err
	})
	return sc, ok && sc.status != scanOver && sc.app == l.app.No && sc.to.raw == l.to.raw && sc.state == l.state, err
}

// target is where the desk's browser goes in the end: with a code, or, where the
// member has declined, with the state alone. There is no error parameter
// anywhere on this platform.
func (sc scan) target(code string, echoAppID bool) string {
	if code == "" {
		return sc.to.with("state=" + sc.state)
	}
	query := "code=" + code + "&state=" + sc.state
	if echoAppID {
		query += "&appid=" + url.QueryEscape(sc.corpID)
	}
	return sc.to.with(query)
}

func (s *Service) qrPage(v *visit, l deskLink, sc scan) page.QR {
	self := escapeUnsafe(v.r.URL.EscapedPath() + "?" + l.query.without("key"))
	d := page.QR{
		Self: self, Nonce: v.nonce, Corp: l.corp.Name, App: s.pageApp(l.app),
		Origin: s.origin(v.r), Key: sc.key, AppID: l.corp.CorpID, RedirectURI: l.to.raw, State: unescape(sc.state),
		Refresh: self, NoScript: self + "&key=" + sc.key, Framed: v.bare,
		RedirectType: page.RedirectType(l.query.get("redirect_type")), Scheme: l.query.get("color_scheme"), Style: l.query.get("href"),
	}
	if sc.status == scanScanned {
		d.Status = page.Scanned
	}
	// Who embeds the page may be handed the code: the redirect address's own
	// origin, and the domains that are trusted with the JS-SDK.
	for _, domain := range l.app.TrustedDomains {
		d.Embedders = append(d.Embedders, "https://"+domain, "http://"+domain)
	}
	if s.deps.Dev {
		d.ScanURL = s.scanURL(sc.key)
	}
	return d
}

// scanURL is what the QR code contains.
func (s *Service) scanURL(key string) string { return s.deps.BaseURL() + confirmPath + "?k=" + key }

// qrImage draws the QR code of a key that was shown.
func (s *Service) qrImage(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	var found bool
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		var sc scan
		sc, found, err = s.selectScan(tx, key)
		found = found && sc.status != scanOver
		return err
	})
	if err != nil || !found {
		s.notFound(w, r, err)
		return
	}
	s.png(w, r, s.scanURL(key))
}

func (s *Service) notFound(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil && r.Context().Err() == nil {
		s.deps.Log.Error("page failed", "path", r.URL.Path, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
		return
	}
	http.NotFound(w, r)
}

func (s *Service) png(w http.ResponseWriter, r *http.Request, content string) {
	image, err := qrcode.Encode(content, qrcode.Medium, 400)
	if err != nil {
		s.notFound(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(len(image)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(image)
}

// status returns how a QR code stands. A key that there is not is over.
func (s *Service) status(ctx context.Context, key string) (sc scan, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		sc, found, err = s.selectScan(tx, key)
		if err == nil && !found {
			sc.status = scanOver
		}
		return err
	})
	return sc, err
}

// wait returns how the QR code stands once that differs from what the page knows,
// or after holdTime.
func (s *Service) wait(ctx context.Context, key, known string) (scan, error) {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	// The bell is taken before the look, so that what happens in between rings.
	bell, leave := s.waiting.enter(key)
	defer leave()
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		sc, err := s.status(context.WithoutCancel(ctx), key)
		if err != nil || known == "" || sc.status.word() != known || sc.status >= scanConfirmed {
			return sc, err
		}
		select {
		case <-bell:
		case <-look.C:
		case <-s.stopped.Done():
			return sc, nil
		case <-ctx.Done():
			return sc, nil
		}
	}
}

// waiting are the pages that wait on this server, by the key of their QR code.
type waiting struct {
	mu    sync.Mutex
	bells map[string][]chan struct{}
}

func (w *waiting) enter(key string) (bell <-chan struct{}, leave func()) {
	b := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bells == nil {
		w.bells = map[string][]chan struct{}{}
	}
	w.bells[key] = append(w.bells[key], b)
	return b, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		var rest []chan struct{}
		for _, other := range w.bells[key] {
			if other != b {
				rest = append(rest, other)
			}
		}
		if w.bells[key] = rest; len(rest) == 0 {
			delete(w.bells, key)
		}
	}
}

func (w *waiting) ring(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.bells[key] {
		select {
		case b <- struct{}{}:
		default:
		}
	}
}

// asks reads what a page asks about its QR code: from the address, a form or JSON.
func asks(w http.ResponseWriter, r *http.Request) url.Values {
	q := r.URL.Query()
	if r.Method != http.MethodPost {
		return q
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var body map[string]any
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			for name, value := range body {
				if text, ok := value.(string); ok {
					q.Set(name, text)
				}
			}
		}
		return q
	}
	if r.ParseForm() == nil {
		for name := range r.PostForm {
			q.Set(name, r.PostForm.Get(name))
		}
	}
	return q
}

var callbackShape = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_.$]{0,127}$`)

type scanAnswer struct {
	Status   string `json:"status"`
	AuthCode string `json:"auth_code"`
}

func answerOf(sc scan) scanAnswer { return scanAnswer{sc.status.word(), sc.code} }

// pollConnect answers the classic page: JSONP where it names a callback.
func (s *Service) pollConnect(w http.ResponseWriter, r *http.Request) {
	q := asks(w, r)
	callback := q.Get("callback")
	if callback != "" && !callbackShape.MatchString(callback) {
		http.Error(w, "callback: letters, digits, _ . and $ expected", http.StatusBadRequest)
		return
	}
	sc, err := s.wait(r.Context(), q.Get("key"), q.Get("lastStatus"))
	if err != nil {
		s.notFound(w, r, err)
		return
	}
	body, err := json.Marshal(answerOf(sc))
	if err != nil {
		s.notFound(w, r, err)
		return
	}
	kind := "application/json; charset=UTF-8"
	if callback != "" {
		kind = "text/javascript; charset=UTF-8"
		body = []byte(callback + "(" + string(body) + ")")
	}
	sendPoll(w, kind, body)
}

// pollWeb answers the newer page.
func (s *Service) pollWeb(w http.ResponseWriter, r *http.Request) {
	q := asks(w, r)
	sc, err := s.wait(r.Context(), q.Get("webKey"), q.Get("lastStatus"))
	if err != nil {
		s.notFound(w, r, err)
		return
	}
	sid := q.Get("openDataSid")
	body, err := json.Marshal(map[string]any{"data": struct {
		scanAnswer
		OpenDataSID string `json:"openDataSid"`
	}{answerOf(sc), sid}})
	if err != nil {
		s.notFound(w, r, err)
		return
	}
	sendPoll(w, "application/json; charset=UTF-8", body)
}

func sendPoll(w http.ResponseWriter, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	bytes.NewReader(body).WriteTo(w)
}

// confirmPage is what the phone shows that scanned the code: who is asking, and
// whether to let it in.
func (s *Service) confirmPage(v *visit) error {
	sc, a, sess, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	if sc.status == scanShown && v.r.Method != http.MethodHead {
		err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { s.waiting.ring(sc.key) })
			return markScanned(tx, sc.key)
		})
		if err != nil {
			return err
		}
	}
	return show(v, http.StatusOK, s.pages.Confirm, page.Confirm{
		Self: v.self(), Corp: s.corpName(v, sc.corpID), App: s.pageApp(a), Me: v.person(sess.Member), Where: sc.browser,
		Form:   v.form(confirmPath+"?k="+sc.key, "confirm "+sc.key, sess.token),
		Switch: s.switchPath(sc.corpID, confirmPath+"?k="+sc.key),
	})
}

func (s *Service) corpName(v *visit, corpID string) string {
	var c corp.Corp
	if err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		c, err = s.deps.Corps.Corp(tx, corpID)
		return err
	}); err != nil {
		return ""
	}
	return c.Name
}

// scanned returns the QR code that a phone has come with, its application, and
// the member who holds the phone. Where one of them will not do, it has answered
// with a page that says so.
func (s *Service) scanned(v *visit) (sc scan, a app.App, sess Session, ok bool, err error) {
	var c corp.Corp
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if sc, ok, err = s.selectScan(tx, v.r.URL.Query().Get("k")); err != nil || !ok {
			return err
		}
		if a, err = s.deps.Apps.AppNo(tx, sc.app); err != nil {
			return err
		}
		c, err = s.deps.Corps.Corp(tx, sc.corpID)
		return err
	})
	switch {
	case err != nil:
		return sc, a, sess, false, err
	case !ok, sc.status >= scanConfirmed: // one QR code is confirmed once
		return sc, a, sess, false, show(v, http.StatusOK, s.pages.ConfirmResult, page.ConfirmResult{Outcome: page.Expired, App: s.pageApp(a)})
	case a.Disabled:
		return sc, a, sess, false, v.problem(http.StatusOK, appDisabled)
	}
	if sess, ok, err = v.require(asked{corp: c, app: &a, next: confirmPath + "?k=" + sc.key}); err != nil || !ok {
		return sc, a, sess, false, err
	}
	visible := false
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		visible, err = s.sees(tx, a, sess.Member)
		return err
	})
	if err != nil {
		return sc, a, sess, false, err
	}
	if !visible {
		return sc, a, sess, false, v.problem(http.StatusOK, page.NotVisible(s.pageApp(a), v.person(sess.Member), ""))
	}
	return sc, a, sess, true, nil
}

var errScanOver = errors.New("the QR code was decided or has expired")

// decideScan takes the answer of the phone.
func (s *Service) decideScan(v *visit) error {
	sc, a, sess, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	if !v.genuine(v.r.PostForm.Get("form"), "confirm "+sc.key, sess.token) {
		return v.redirect(confirmPath + "?k=" + sc.key)
	}
	outcome := page.Cancelled
	if v.r.PostForm.Get("decision") == "confirm" {
		outcome = page.Confirmed
	}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		tx.AfterCommit(func() { s.waiting.ring(sc.key) })
		return s.settleScan(tx, sc, sess.Member, s.device(v.r), outcome == page.Confirmed)
	})
	if errors.Is(err, errScanOver) {
		outcome, err = page.Expired, nil
	}
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, s.pages.ConfirmResult, page.ConfirmResult{Outcome: outcome, App: s.pageApp(a), Home: accountPath})
}

// settleScan decides a QR code, once.
func (s *Service) settleScan(tx *store.Tx, sc scan, m directory.Member, device string, confirmed bool) error {
	if !confirmed {
		return decideScan(tx, sc.key, scanDeclined, m.No, nil, tx.Now().Add(codeLife))
	}
	purpose := forLogin
	if sc.desk {
		purpose = forDesk
	}
	text, err := s.issue(tx, code{CorpID: sc.corpID, Member: m, Purpose: purpose, App: sc.app, Origin: sc.to.origin(), Device: device})
	if err != nil {
		return err
	}
	return decideScan(tx, sc.key, scanConfirmed, m.No, s.deps.Box.Seal(seal.UserCode, sc.key, []byte(text)), tx.Now().Add(codeLife))
}

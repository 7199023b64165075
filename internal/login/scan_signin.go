package login

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// A session at a desk by a QR code. The pages of qrConnect and wwlogin take a member
// to one application and leave nothing behind; this one signs his browser in, for
// products that let members in by what this server says of them. The code that the
// desk gets comes back here and is good nowhere else.

const (
	scanPath    = "/account/scan"
	scannedPath = "/account/scanned"
)

func (s *Service) scanSignInRoutes() []Route {
	return []Route{
		{"GET " + scanPath, s.page(page.NoFrame, s.scanPage)},
		{"GET " + scannedPath, s.page(page.NoFrame, s.scannedAtDesk)},
	}
}

// phone reports whether the browser is on a phone, or WeCom's own: whoever holds it
// cannot scan what it shows.
func phone(r *http.Request) bool {
	ua := r.UserAgent()
	for _, word := range []string{"Mobile", "Android", "wxwork/", "MicroMessenger/"} {
		if strings.Contains(ua, word) {
			return true
		}
	}
	return false
}

// askAtDesk answers with the way to sign in to an application: a QR code on a desk,
// password or passkey on a phone, where the member is signed in mostly; in dev a
// click on a member.
func (v *visit) askAtDesk(a asked, say said) error {
	if a.app == nil || v.s.deps.Dev || say.userID != "" || phone(v.r) {
		return v.askSignIn(http.StatusOK, a, say)
	}
	return v.showScan(a, "")
}

func (s *Service) scanPage(v *visit) error {
	q := v.r.URL.Query()
	a, ok, err := v.readAsked(q)
	if err != nil || !ok {
		return err
	}
	if a.app == nil {
		return v.redirect(signInPath + "?" + a.query())
	}
	return v.showScan(a, q.Get("key"))
}

// showScan answers with a QR code. Asked again with the key of one, as a browser
// without scripts does, it shows how that one stands, and leads on when it was
// decided.
func (v *visit) showScan(a asked, key string) error {
	s := v.s
	var sc scan
	shown := false
	if key != "" {
		err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
			sc, shown, err = s.selectScan(tx, key)
			return err
		})
		if err != nil {
			return err
		}
		shown = shown && sc.desk && sc.status != scanOver && sc.app == a.app.No && v.genuine(unescape(sc.state), string(ByScan), "")
	}
	switch {
	case shown && sc.status == scanConfirmed:
		return v.redirect(sc.target(sc.code, false))
	case shown && sc.status == scanDeclined:
		return v.redirect(sc.target("", false))
	case !shown:
		from := s.deps.ClientIP(v.r).String()
		if !s.deps.Dev && !s.shown.Take(s.deps.Store.Now(), from, "qr", codesPerMinute, codesPeriod) {
			return v.problem(http.StatusTooManyRequests, crowded)
		}
		to, ok := parseAddress(s.origin(v.r) + scannedPath + "?" + a.query())
		if !ok {
			return v.problem(http.StatusBadRequest, page.DeadLink())
		}
		state := ""
		for _, f := range v.form(scannedPath, string(ByScan), "").Hidden {
			if f.Name == "form" {
				state = f.Value
			}
		}
		sc = scan{key: id.Hex(8), corpID: a.corp.CorpID, app: a.app.No, to: to, state: state, browser: s.describe(v.r), desk: true}
		if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error { return insertScan(tx, sc) }); err != nil {
			return err
		}
	}
	v.nonce = id.Hex(16) // for the page's inline script
	v.w.Header().Set("Content-Security-Policy", page.Policy(v.nonce, page.NoFrame))
	self := scanPath + "?" + a.query()
	d := page.QR{
		Self: self, Nonce: v.nonce, Corp: a.corp.Name, App: s.pageApp(*a.app), Origin: s.origin(v.r), Key: sc.key, AppID: a.corp.CorpID,
		RedirectURI: sc.to.raw, State: unescape(sc.state), Refresh: self, NoScript: self + "&key=" + sc.key,
		Password: signInPath + "?way=" + string(ByPassword) + "&" + a.query(),
	}
	if sc.status == scanScanned {
		d.Status = page.Scanned
	}
	if s.deps.Dev {
		d.ScanURL = s.scanURL(sc.key)
	}
	return show(v, http.StatusOK, s.pages.WebLogin, d)
}

// scannedAtDesk signs the desk's browser in with the code that the phone has given.
// Only the browser that was shown the QR code may: else a member could be led to
// sign in as somebody else without noticing.
func (s *Service) scannedAtDesk(v *visit) error {
	q := v.r.URL.Query()
	a, ok, err := v.readAsked(q)
	if err != nil || !ok {
		return err
	}
	again := signInPath + "?" + url.Values{"corp": {a.corp.CorpID}, "next": {a.next}}.Encode()
	if a.app != nil {
		again = scanPath + "?" + a.query()
	}
	if !v.genuine(q.Get("state"), string(ByScan), "") || q.Get("code") == "" {
		return v.redirect(again)
	}
	var who Identity
	at := v.stranger()
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		c, err := s.find(tx, a.corp.CorpID, q.Get("code"), forDesk)
		if err != nil {
			return err
		}
		if who, err = s.prove(tx, at, a.corp.CorpID, c.Member, ByScan); err != nil {
			return err
		}
		return c.use(tx)
	})
	if errors.Is(err, ErrCode) {
		return v.redirect(again)
	}
	if err != nil {
		return err
	}
	return v.admit(a, who)
}

package oauth

import (
	"errors"
	"net/http"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
)

// A session at a desk by a QR code. The pages of qrConnect and wwlogin take a member to one application and
// leave nothing behind. This one signs the browser in, for products that admit members by what this server
// says about them. The desk's code comes back here and is valid nowhere else.

const (
	scannedPath = "/account/scanned"

	// scanPurpose is the purpose of a waiting desk's form token.
	scanPurpose = "scan"
)

func (s *Service) scanSignInRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + login.ScanPath, Handler: s.page(s.scanPage)},
		{Pattern: "GET " + scannedPath, Handler: s.page(s.scannedAtDesk)},
	}
}

func (s *Service) scanPage(v *visit) error {
	q := v.r.URL.Query()
	a, ok, err := v.ReadAsked(q)
	if err != nil || !ok {
		return err
	}
	if a.App() == nil {
		return v.Redirect(login.SignInPath(a.Corp().CorpID, a.Next()))
	}
	return v.showScan(a, q.Get("key"))
}

// showScan answers with a QR code. Requested again with a code's key, as a browser without scripts does, it
// shows that code's state, and leads on once the scan was decided.
func (s *Service) scanAtDesk(v *login.Visit, a login.Asked) error { return s.visit(v).showScan(a, "") }

func (v *visit) showScan(a login.Asked, key string) error {
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
		shown = shown && sc.desk && sc.status != scanOver && sc.app == a.App().No && v.GenuineText(redirect.Unescape(sc.state), scanPurpose, login.Session{})
	}
	switch {
	case shown && sc.status == scanConfirmed:
		return v.Redirect(sc.target(sc.code, false))
	case shown && sc.status == scanDeclined:
		return v.Redirect(sc.target("", false))
	case !shown:
		from := s.deps.ClientIP(v.r).String()
		if !s.deps.Dev && !s.shown.Take(s.deps.Store.Now(), from, "qr", codesPerMinute, codesPeriod) {
			return v.Problem(http.StatusTooManyRequests, crowded)
		}
		to, ok := redirect.Parse(s.deps.Login.Origin(v.r) + scannedPath + "?" + a.Query())
		if !ok {
			return v.Problem(http.StatusBadRequest, page.DeadLink())
		}
		state := ""
		for _, f := range v.NewForm(scannedPath, scanPurpose, login.Session{}).Hidden {
			if f.Name == "form" {
				state = f.Value
			}
		}
		sc = scan{key: id.Hex(8), corpID: a.Corp().CorpID, app: a.App().No, to: to, state: state, browser: s.deps.Login.Describe(v.r), desk: true}
		if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error { return insertScan(tx, sc) }); err != nil {
			return err
		}
	}
	v.AllowInline()
	self := login.ScanPath + "?" + a.Query()
	d := page.QR{
		Self: self, Nonce: v.Nonce(), Corp: a.Corp().Name, App: s.deps.Login.PageApp(*a.App()), Origin: s.deps.Login.Origin(v.r), Key: sc.key, AppID: a.Corp().CorpID,
		RedirectURI: sc.to.Raw, State: redirect.Unescape(sc.state), Refresh: self, NoScript: self + "&key=" + sc.key,
		Password: a.PasswordPath(),
	}
	if sc.status == scanScanned {
		d.Status = page.Scanned
	}
	if s.deps.Dev {
		d.ScanURL = s.scanURL(sc.key)
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).WebLogin, d)
}

// scannedAtDesk signs in the desk's browser with the code from the phone. Only the browser that was shown the
// QR code may use it: otherwise a member could be tricked into signing in as somebody else.
func (s *Service) scannedAtDesk(v *visit) error {
	q := v.r.URL.Query()
	a, ok, err := v.ReadAsked(q)
	if err != nil || !ok {
		return err
	}
	again := login.SignInPath(a.Corp().CorpID, a.Next())
	if a.App() != nil {
		again = login.ScanPath + "?" + a.Query()
	}
	if !v.GenuineText(q.Get("state"), scanPurpose, login.Session{}) || q.Get("code") == "" {
		return v.Redirect(again)
	}
	var who login.Identity
	at := v.Stranger()
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		c, err := s.find(tx, a.Corp().CorpID, q.Get("code"), forDesk)
		if err != nil {
			return err
		}
		if who, err = s.deps.Login.ScanIdentity(tx, a.Corp().CorpID, c.Member, at); err != nil {
			return err
		}
		return c.use(tx)
	})
	if errors.Is(err, ErrCode) {
		return v.Redirect(again)
	}
	if err != nil {
		return err
	}
	return v.Admit(a, who)
}

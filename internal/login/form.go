package login

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
)

// Forms are protected twice. The browser says where a form was sent from (Sec-Fetch-Site, or Origin), and the
// form carries a token that only this server can have made, for this browser, this session and this purpose.
// The first works in every current browser. The second also works if a proxy drops those headers, and against
// forms of an earlier session.

const (
	browserCookie = "qiwei_browser"
	browserLife   = 400 * 24 * time.Hour // the longest time that browsers keep a cookie
	formLife      = 2 * time.Hour
)

// sameOrigin returns an error if another site caused the request.
func (s *Service) sameOrigin(r *http.Request) error {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.deps.BaseURL()); err == nil && u.Host != "" {
		// If a proxy puts its own name into Host, this is our origin.
		if err := p.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return err
		}
	}
	return p.Check(r)
}

// SameOrigin returns an error if another site caused the request. Rooms above call it for every request that
// changes something with a member's session.
func (s *Service) SameOrigin(r *http.Request) error { return s.sameOrigin(r) }

// browser returns the name of this browser, and gives it one if it has none. The name says nothing about a
// member, and no page shows it.
func (v *visit) browser() string {
	b := cookieOf(v.r, browserCookie)
	if len(b) != 43 {
		b = id.Secret()
		v.setCookie(browserCookie, b, int(browserLife/time.Second))
		v.r.AddCookie(&http.Cookie{Name: browserCookie, Value: b})
	}
	return b
}

// Device is the browser as an application may know it (DeviceId, doc 91707): it stays as long as the browser
// keeps its cookies. It is empty for a nameless browser.
func (s *Service) Device(r *http.Request) string {
	b := cookieOf(r, browserCookie)
	if b == "" {
		return ""
	}
	return hex.EncodeToString(s.deps.Box.MAC(seal.Form, "device "+b)[:8])
}

func (v *visit) formPlace(purpose, session string) string {
	return purpose + "\n" + v.browser() + "\n" + session
}

// form returns a form for the purpose with its hidden fields. session is the token of its session, empty
// before sign-in.
func (v *visit) form(action, purpose, session string, fields ...page.Field) page.Form {
	expires := v.s.deps.Store.Now().Add(formLife).Unix()
	token := v.s.deps.Box.SealText(seal.Form, v.formPlace(purpose, session), strconv.AppendInt(nil, expires, 10))
	return page.Form{Action: action, Hidden: append(fields, page.Field{Name: "form", Value: token}, page.Field{Name: "lang", Value: string(v.lang)})}
}

// genuine reports whether a form token was made for this purpose, browser and
// session, and not too long ago.
func (v *visit) genuine(token, purpose, session string) bool {
	plain, err := v.s.deps.Box.OpenText(seal.Form, v.formPlace(purpose, session), token)
	if err != nil {
		return false
	}
	expires, err := strconv.ParseInt(string(plain), 10, 64)
	return err == nil && v.s.deps.Store.Now().Unix() < expires
}

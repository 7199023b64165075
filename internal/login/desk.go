package login

import (
	"net/http"
	"net/url"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/corp"
)

// ScanPath is where a browser signs in with a QR code that a phone scans. The page belongs to package oauth.
const ScanPath = "/account/scan"

// OnDesk registers fn, which answers with a QR code when a member must sign in at a desk.
func (s *Service) OnDesk(fn func(*Visit, Asked) error) { s.desk = fn }

// Asked says what a member is asked to sign in for.
type Asked struct{ a asked }

// Corp returns the corp to which the member must belong.
func (a Asked) Corp() corp.Corp { return a.a.corp }

// App returns the application that the member goes to; nil for pages of this server.
func (a Asked) App() *app.App { return a.a.app }

// Next returns the path of this server that the member goes to.
func (a Asked) Next() string { return a.a.next }

// Query returns all of it as the query of a link, which ReadAsked reads back.
func (a Asked) Query() string { return a.a.query() }

// PasswordPath is where the member is asked for a password instead.
func (a Asked) PasswordPath() string {
	return signInPath + "?way=" + string(ByPassword) + "&" + a.a.query()
}

// ReadAsked reads back what a link carries, and trusts none of it. If it names no corp, ReadAsked answers
// with the question which corp, and ok is false.
func (v *Visit) ReadAsked(values url.Values) (a Asked, ok bool, err error) {
	a.a, ok, err = v.v.readAsked(values)
	return a, ok, err
}

// Admit passes the gate, gives the browser its session and leads the member on.
func (v *Visit) Admit(a Asked, who Identity) error { return v.v.admit(a.a, who) }

// phone reports whether the browser is on a phone, or is WeCom's own. A phone cannot scan its own screen.
func phone(r *http.Request) bool {
	ua := r.UserAgent()
	for _, word := range []string{"Mobile", "Android", "wxwork/", "MicroMessenger/"} {
		if strings.Contains(ua, word) {
			return true
		}
	}
	return false
}

// askAtDesk answers with the way to sign in to an application: a QR code on a desk, password or passkey on a
// phone, where the member is usually signed in; in dev a click on a member.
func (v *visit) askAtDesk(a asked, say said) error {
	if v.s.desk == nil || a.app == nil || v.s.deps.Dev || say.userID != "" || phone(v.r) {
		return v.askSignIn(http.StatusOK, a, say)
	}
	return v.s.desk(&Visit{v}, Asked{a})
}

package login

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// A room above answers its pages for members as this room does: with the same templates, in the member's
// language, with the same headers and equally protected forms.

// Visit is a page being answered for a room above.
type Visit struct{ v *visit }

// Page makes a handler of a function that answers with a page or a redirect. An error is logged, and the page
// says only that there was one.
func (s *Service) Page(serve func(*Visit) error) http.Handler {
	return s.page(page.NoFrame, func(v *visit) error { return serve(&Visit{v}) })
}

// Framed is Page for pages that other sites may frame, with an inline script.
func (s *Service) Framed(serve func(*Visit) error) http.Handler {
	return s.page(page.AnyFrame, func(v *visit) error { return serve(&Visit{v}) })
}

// Nonce returns the nonce of the page's inline script.
func (v *Visit) Nonce() string { return v.v.nonce }

// AllowInline allows an inline script in a page that nobody may frame.
func (v *Visit) AllowInline() {
	v.v.nonce = id.Hex(16)
	v.v.w.Header().Set("Content-Security-Policy", page.Policy(v.v.nonce, page.NoFrame))
}

// Bare makes errors fit into another site's frame.
func (v *Visit) Bare(bare bool) { v.v.bare = bare }

// Stranger returns the visitor of the page, as far as the browser says.
func (v *Visit) Stranger() Stranger { return v.v.stranger() }

// Form is Page for a form that is posted. A form that another site has sent is refused. serve must check that
// it is genuine.
func (s *Service) Form(serve func(*Visit) error) http.Handler {
	return s.post(page.NoFrame, func(v *visit) error { return serve(&Visit{v}) })
}

// Request returns the browser's request.
func (v *Visit) Request() *http.Request { return v.v.r }

// Writer returns the writer of the answer, for answers that are neither page nor redirect.
func (v *Visit) Writer() http.ResponseWriter { return v.v.w }

// Speak sets the language of the page, if the browser has not asked for one in the address. It takes BCP 47
// tags, the best first.
func (v *Visit) Speak(words string) {
	if v.v.r.URL.Query().Get("lang") == "" && words != "" {
		v.v.lang = page.LangOf("", words)
	}
}

// Problem answers with a page that says what went wrong.
func (v *Visit) Problem(status int, p page.Problem) error { return v.v.problem(status, p) }

// Redirect leads to a path of this server or to a checked address.
func (v *Visit) Redirect(to string) error { return v.v.redirect(to) }

// Self returns the page's own address, for its link to the other language.
func (v *Visit) Self() string { return v.v.self() }

// NewForm returns a form for the purpose, valid for this browser and session.
func (v *Visit) NewForm(action, purpose string, sess Session, fields ...page.Field) page.Form {
	return v.v.form(action, purpose, sess.token, fields...)
}

// Genuine reports whether the posted form was made for this purpose, browser and
// session, and not too long ago.
func (v *Visit) Genuine(purpose string, sess Session) bool {
	return v.v.genuine(v.v.r.PostForm.Get("form"), purpose, sess.token)
}

// GenuineText is Genuine for a token that did not come in a form.
func (v *Visit) GenuineText(token, purpose string, sess Session) bool {
	return v.v.genuine(token, purpose, sess.token)
}

// Person is a member as the pages show it.
func (v *Visit) Person(m directory.Member) page.Person { return v.v.person(m) }

// App is an application as the pages show it.
func (v *Visit) App(a app.App) page.App { return v.v.s.PageApp(a) }

// SwitchPath is where another member of the corp signs in and then returns to next.
func (v *Visit) SwitchPath(corpID, next string) string { return v.v.s.switchPath(corpID, next) }

// Show draws a page and sends it.
func Show[D any](v *Visit, status int, draw func(*page.Pages, io.Writer, page.Lang, D) error, d D) error {
	return show(v.v, status, func(w io.Writer, l page.Lang, d D) error { return draw(v.v.s.pages, w, l, d) }, d)
}

// Need says who must be signed in for a page.
type Need struct {
	CorpID string
	App    *app.App // the application that the member signs in to
	Next   string   // path of this server to which the member returns
	// Proof is the Proof of a session that is not good enough: its member must sign in anew.
	Proof string
	// Form asks the member to fill in a form, where otherwise a QR code might be shown.
	Form bool
	// Hint is the userid that the form begins with.
	Hint string
}

// Require returns the session of the needed member. If there is none, it answers with the way to sign in,
// which leads to Next, and ok is false.
func (v *Visit) Require(n Need) (sess Session, ok bool, err error) {
	c, found, err := v.v.chooseCorp(n.CorpID)
	if err != nil || !found {
		return sess, false, err
	}
	a := asked{corp: c, app: n.App, next: ownPath(n.Next)}
	sess, found, err = v.v.s.session(v.v.r)
	if err == nil && found && n.Proof != "" && sess.Proof() == n.Proof {
		return Session{}, false, v.v.askAtDesk(a, said{userID: n.Hint})
	}
	if err == nil && (!found || sess.CorpID != n.CorpID) && !n.Form {
		return Session{}, false, v.v.askAtDesk(a, said{userID: n.Hint})
	}
	if err != nil {
		return sess, false, err
	}
	return v.v.require(a)
}

// RequireAny is Require for pages for members of any corp.
func (v *Visit) RequireAny() (sess Session, ok bool, err error) { return v.v.requireAny() }

// RequireAnywhere is RequireAny for what a provider offers to members of every corp: the corp is asked for, also
// where all but one are there for it to be tested with.
func (v *Visit) RequireAnywhere() (sess Session, ok bool, err error) {
	v.v.anywhere = true
	return v.v.requireAny()
}

// OwnPath returns a path of this server that somebody has brought; the member's own page for anything else.
func OwnPath(next string) string { return ownPath(next) }

// SwitchAnywhere is where somebody else signs in, of whatever corp, and then returns to next.
func SwitchAnywhere(next string) string {
	return signInPath + "?" + url.Values{"next": {next}, anywhereField: {"1"}}.Encode()
}

// Signed returns the browser's session, if a member of the corp is signed in and
// has passed the second verification.
func (v *Visit) Signed(corpID string) (sess Session, found bool, err error) {
	sess, found, err = v.v.s.SignedIn(v.v.r)
	return sess, found && sess.CorpID == corpID, err
}

// SignOut ends the browser's session and takes its cookie.
func (v *Visit) SignOut() error {
	token := cookieOf(v.v.r, SessionCookie)
	err := v.v.s.deps.Store.Write(v.v.ctx(), func(tx *store.Tx) error {
		return v.v.s.endSession(v.v.ctx(), tx, token)
	})
	if err == nil {
		v.v.setCookie(SessionCookie, "", -1)
	}
	return err
}

// SignInPath is where a member of the corp signs in and then goes to next.
func SignInPath(corpID, next string) string {
	return signInPath + "?" + url.Values{"corp": {corpID}, "next": {next}}.Encode()
}

// InRange reports whether the member may use the application: the application is switched on and has the
// member in its visible range.
func (s *Service) InRange(tx *store.Tx, a app.App, m directory.Member) (bool, error) {
	if a.Disabled {
		return false, nil
	}
	return s.sees(tx, a, m)
}

// AccountPath is a member's own page.
const AccountPath = accountPath

// SignedOutPath leads to a page that says that the member is signed out and offers to sign in.
func SignedOutPath(corpID string) string {
	return signInPath + "?" + url.Values{"corp": {corpID}, "signed": {"out"}}.Encode()
}

// Granted is something that a member has allowed somebody to know, with the path of the page where the member
// can revoke it.
type Granted struct{ Name, Link string }

// OnAccount lets the member's own page list what the member has granted in a room above.
func (s *Service) OnAccount(fn func(context.Context, *store.Tx, Session) ([]Granted, error)) {
	s.granted = append(s.granted, fn)
}

package login

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
	"qiwei/internal/wire/known"
)

const (
	signInPath  = "/account/sign-in"
	pickPath    = "/account/pick"
	signOutPath = "/account/sign-out"
	controlPath = "/_qiwei/sign-in"

	// pickable is how many members the picker shows at once.
	pickable = 60
)

func (s *Service) signInRoutes() []door.Route {
	routes := []door.Route{
		{Pattern: "GET " + signInPath, Handler: s.page(page.NoFrame, s.signInPage)},
		{Pattern: "POST " + signInPath, Handler: s.post(page.NoFrame, s.signIn)},
		{Pattern: "POST " + signOutPath, Handler: s.post(page.NoFrame, s.signOut)},
		{Pattern: "GET " + continuePath, Handler: s.page(page.NoFrame, s.resume)},
	}
	if s.deps.Dev {
		routes = append(routes,
			door.Route{Pattern: "POST " + pickPath, Handler: s.post(page.NoFrame, s.pick)},
			door.Route{Pattern: "POST " + controlPath, Handler: http.HandlerFunc(s.control)})
	}
	return routes
}

// asked says what a member is asked to sign in for.
type asked struct {
	corp corp.Corp
	app  *app.App // nil for the member's own pages
	next string   // a path of this server
}

// fields carries asked through a form, query through a link.
func (a asked) fields() []page.Field {
	out := []page.Field{{Name: "corp", Value: a.corp.CorpID}, {Name: "next", Value: a.next}}
	if a.app != nil {
		out = append(out, page.Field{Name: "agentid", Value: strconv.FormatInt(a.app.AgentID, 10)})
	}
	return out
}

func (a asked) query() string {
	q := url.Values{}
	for _, f := range a.fields() {
		q.Set(f.Name, f.Value)
	}
	return q.Encode()
}

func (s *Service) pageAsker(a asked) page.App {
	if a.app == nil {
		return page.App{}
	}
	return s.PageApp(*a.app)
}

// require returns the signed-in member of the corp. If there is none, it answers with the sign-in page, or
// sends the member to the second verification.
func (v *visit) require(a asked) (sess Session, ok bool, err error) {
	sess, found, err := v.s.session(v.r)
	switch {
	case err != nil:
		return sess, false, err
	case !found || sess.CorpID != a.corp.CorpID:
		return sess, false, v.askSignIn(http.StatusOK, a, said{})
	case sess.Pending:
		return sess, false, v.sendToVerify(sess, a.next)
	}
	return sess, true, nil
}

// requireAny is require for pages for members of any corp.
func (v *visit) requireAny() (sess Session, ok bool, err error) {
	sess, found, err := v.s.session(v.r)
	switch {
	case err != nil:
		return sess, false, err
	case found && sess.Pending:
		return sess, false, v.sendToVerify(sess, here(v.r))
	case found:
		return sess, true, nil
	}
	a := asked{next: here(v.r)}
	a.corp, ok, err = v.chooseCorp(v.r.URL.Query().Get("corp"))
	if err != nil || !ok {
		return sess, false, err
	}
	return sess, false, v.askSignIn(http.StatusOK, a, said{})
}

// Require returns the member of the corp who is signed in with the request's browser. An empty corpid allows
// any corp. If nobody is signed in, it answers with the way to sign in, which leads back to this page, and ok
// is false.
func (s *Service) Require(w http.ResponseWriter, r *http.Request, corpID string) (sess Session, ok bool) {
	if sess, ok, err := s.SignedIn(r); err == nil && ok && (corpID == "" || sess.CorpID == corpID) {
		return sess, true
	}
	s.page(page.NoFrame, func(v *visit) error {
		if corpID == "" {
			_, _, err := v.requireAny()
			return err
		}
		c, found, err := v.chooseCorp(corpID)
		if err != nil || !found {
			return err
		}
		_, _, err = v.require(asked{corp: c, next: here(r)})
		return err
	}).ServeHTTP(w, r)
	return Session{}, false
}

// anywhereField is the parameter of sign-in that asks which corp even where one alone is not aside.
const anywhereField = "anywhere"

// chooseCorp returns the corp with the id, or, without an id, the server's only one. Otherwise it answers
// with the question which corp.
func (v *visit) chooseCorp(corpID string) (c corp.Corp, ok bool, err error) {
	var all []corp.Corp
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if corpID != "" {
			c, ok, err = v.s.corpOf(tx, corpID)
			return err
		}
		all, err = v.s.deps.Corps.Corps(tx)
		return err
	})
	if err != nil || ok {
		return c, ok, err
	}
	anywhere := v.anywhere || v.r.FormValue(anywhereField) != ""
	if only, found := corp.Only(all); found && corpID == "" && (len(all) == 1 || !anywhere) {
		return only, true, nil
	}
	d := page.Corps{Self: v.self(), CorpID: corpID, Unknown: corpID != ""}
	q := v.r.URL.Query()
	link := func(corpID string) string {
		q.Set("corp", corpID)
		return v.r.URL.Path + "?" + q.Encode()
	}
	d.Form.Action = v.r.URL.Path
	for name := range q {
		if name != "corp" {
			d.Form.Hidden = append(d.Form.Hidden, page.Field{Name: name, Value: q.Get(name)})
		}
	}
	if v.s.deps.Dev {
		for _, c := range all {
			d.Corps = append(d.Corps, page.CorpChoice{Name: c.Name, CorpID: c.CorpID, Link: link(c.CorpID)})
		}
	}
	return c, false, show(v, http.StatusOK, v.s.pages.Corps, d)
}

// said is what a returned sign-in form says.
type said struct {
	userID  string
	trouble page.Trouble
	left    int
	wait    time.Duration
	notice  page.Notice
}

// askSignIn answers with the way to sign in: in dev a click on a member, otherwise password or passkey.
func (v *visit) askSignIn(status int, a asked, say said) error {
	if v.s.deps.Dev && say.trouble == page.NoTrouble && v.r.URL.Query().Get("way") != string(ByPassword) {
		return v.showPicker(a, "")
	}
	d := page.SignIn{
		Corp: a.corp.Name, App: v.s.pageAsker(a), Form: v.form(signInPath, "sign-in", "", a.fields()...),
		UserID: say.userID, Trouble: say.trouble, Left: say.left, Wait: say.wait, Notice: say.notice,
		Invite: invitePath + "?" + a.query(),
	}
	if d.Self = v.self(); d.Self == "" {
		d.Self = signInPath + "?way=" + string(ByPassword) + "&" + a.query()
	}
	if _, elsewhere := known.Host(v.r.Host); v.s.passkeysWork() && !elsewhere {
		d.Passkey = page.Ceremony{Begin: passkeyLoginPath + "/begin", Finish: passkeyLoginPath + "/finish"}
	}
	if v.s.deps.Dev {
		d.Picker = signInPath + "?" + a.query()
	}
	if a.app != nil && !phone(v.r) {
		d.Scan = ScanPath + "?" + a.query()
	}
	return show(v, status, v.s.pages.SignIn, d)
}

// switchPath is where another member of the corp signs in and then returns to next.
func (s *Service) switchPath(corpID, next string) string {
	return signInPath + "?" + url.Values{"corp": {corpID}, "next": {next}}.Encode()
}

// readAsked reads back what a form or a link carries, and trusts none of it. It looks up the corp and the
// application, and makes next a path of this server.
func (v *visit) readAsked(values url.Values) (a asked, ok bool, err error) {
	a.next = ownPath(values.Get("next"))
	if a.corp, ok, err = v.chooseCorp(values.Get("corp")); err != nil || !ok {
		return a, false, err
	}
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		a.app, _, err = v.s.AppOf(tx, a.corp.CorpID, values.Get("agentid"))
		return err
	})
	return a, err == nil, err
}

func (s *Service) signInPage(v *visit) error {
	q := v.r.URL.Query()
	a, ok, err := v.readAsked(q)
	if err != nil || !ok {
		return err
	}
	if words := strings.TrimSpace(q.Get("q")); s.deps.Dev && words != "" {
		return v.showPicker(a, words)
	}
	say := said{}
	if q.Get("signed") == "out" {
		say.notice = page.SignedOut
	}
	return v.askSignIn(http.StatusOK, a, say)
}

func (s *Service) signIn(v *visit) error {
	a, ok, err := v.readAsked(v.r.PostForm)
	if err != nil || !ok {
		return err
	}
	user := strings.TrimSpace(v.r.PostForm.Get("userid"))
	if !v.genuine(v.r.PostForm.Get("form"), "sign-in", "") {
		return v.askSignIn(http.StatusForbidden, a, said{userID: user, trouble: page.FormExpired})
	}
	who, err := s.CheckPassword(v.ctx(), a.corp.CorpID, id.UserID(user), v.r.PostForm.Get("password"), v.stranger())
	if done, err := v.refused(a, user, err); done || err != nil {
		return err
	}
	return v.admit(a, who)
}

// refused answers a sign-in that did not succeed; done is false for one that did.
func (v *visit) refused(a asked, user string, err error) (done bool, fatal error) {
	var locked *Locked
	var wrong *WrongSecret
	switch {
	case err == nil:
		return false, nil
	case errors.As(err, &locked):
		return true, v.askSignIn(http.StatusTooManyRequests, a, said{userID: user, trouble: page.Locked, wait: locked.Wait})
	case errors.As(err, &wrong):
		return true, v.askSignIn(http.StatusForbidden, a, said{userID: user, trouble: page.WrongPassword, left: wrong.Left})
	case errors.Is(err, ErrCrowded):
		return true, v.problem(http.StatusServiceUnavailable, crowded)
	}
	return true, err
}

var (
	memberDisabled = page.Problem{
		Title: page.Text{Zh: "账号已禁用", En: "The account is disabled"},
		Why:   page.Text{Zh: "管理员禁用了这个成员，不能登录。", En: "An administrator has disabled this account, so nobody can sign in to it."},
		Mend:  []page.Text{{Zh: "请联系企业管理员。", En: "Ask an administrator of your company."}},
	}
	crowded = page.Problem{
		Title: page.Text{Zh: "登录人数过多", En: "Too many are signing in"},
		Why:   page.Text{Zh: "服务器正在处理其他登录，请稍后再试。", En: "The server is busy with other sign-ins. Try again in a moment."},
	}
)

// admit gives the browser its session and leads the member on.
func (v *visit) admit(a asked, who Identity) error {
	err := v.enter(who, a.next)
	switch {
	case errors.Is(err, ErrDisabled):
		return v.problem(http.StatusForbidden, memberDisabled)
	case errors.Is(err, ErrStale):
		return v.askSignIn(http.StatusForbidden, a, said{userID: string(who.member.UserID), trouble: page.FormExpired})
	case err != nil:
		return err
	}
	return v.redirect(a.next)
}

// control signs a member in without proof, for tests and scripts. It answers a form with corpid and userid
// with 204 and the session's cookie. It exists in dev only.
func (s *Service) control(w http.ResponseWriter, r *http.Request) {
	if err := s.sameOrigin(r); err != nil {
		http.Error(w, "pages of other sites may not sign a member in: "+err.Error(), http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	corpID, user := r.FormValue("corpid"), id.UserID(r.FormValue("userid"))
	if corpID == "" || user == "" {
		http.Error(w, "a form with corpid and userid is expected", http.StatusBadRequest)
		return
	}
	var m directory.Member
	var found bool
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if _, found, err = s.corpOf(tx, corpID); err != nil || !found {
			return err
		}
		m, err = s.deps.Directory.Member(r.Context(), tx, access.System(corpID), user)
		return err
	})
	v := &visit{s: s, w: w, r: r}
	if err == nil && found {
		var who Identity
		if who, err = v.identity(corpID, m, ByControl); err == nil {
			err = v.enter(who, accountPath)
		}
	}
	switch {
	case err == nil && !found:
		http.Error(w, "there is no corp "+strconv.Quote(corpID)+" on this server", http.StatusNotFound)
	case errors.Is(err, directory.ErrMemberNotFound):
		http.Error(w, "the corp has no member "+strconv.Quote(string(user)), http.StatusNotFound)
	case errors.Is(err, ErrDisabled):
		http.Error(w, "the member "+strconv.Quote(string(user))+" is disabled", http.StatusForbidden)
	case err != nil:
		s.deps.Log.Error("sign-in failed", "path", controlPath, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// signOut ends the browser's session. A browser without a session gets no error.
func (s *Service) signOut(v *visit) error {
	token := cookieOf(v.r, SessionCookie)
	if token != "" && !v.genuine(v.r.PostForm.Get("form"), "account", token) {
		return v.redirect(accountPath)
	}
	corpID := ""
	err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		sess, found, err := s.selectSession(tx, token)
		if found {
			corpID = sess.CorpID
		}
		if err != nil {
			return err
		}
		return s.endSession(v.ctx(), tx, token)
	})
	if err != nil {
		return err
	}
	v.setCookie(SessionCookie, "", -1)
	to := signInPath + "?signed=out"
	if corpID != "" {
		to += "&corp=" + url.QueryEscape(corpID)
	}
	return v.redirect(to)
}

package oidc

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// authorizePosted accepts a posted request, which the protocol allows. It redirects the browser to a GET,
// because a post from another site brings none of our cookies.
func (s *Service) authorizePosted(w http.ResponseWriter, r *http.Request) {
	postAgain(w, r, "/oidc/"+url.PathEscape(r.PathValue("corpid"))+authorizePath)
}

func postAgain(w http.ResponseWriter, r *http.Request, path string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "a form of at most 64 KB is expected", http.StatusBadRequest)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", path+"?"+r.PostForm.Encode())
	w.WriteHeader(http.StatusSeeOther)
}

// read reads the browser's request. ok is false if the request has already been answered.
func (s *Service) read(v *login.Visit) (a authRequest, ok bool, err error) {
	err = s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) error {
		a, err = s.readAuthRequest(tx, v.Request())
		return err
	})
	if errors.Is(err, corp.ErrNotFound) {
		return a, false, v.Problem(http.StatusNotFound, page.DeadLink())
	}
	if err != nil {
		return a, false, err
	}
	v.Speak(strings.ReplaceAll(a.query.Get("ui_locales"), " ", ","))
	if a.refused != nil {
		return a, false, s.sendBack(v, a, a.refused)
	}
	return a, true, nil
}

// authorize admits a member to a client.
func (s *Service) authorize(v *login.Visit) error {
	a, ok, err := s.read(v)
	if err != nil || !ok {
		return err
	}
	sess, ok, err := s.signedIn(v, a)
	if err != nil || !ok {
		return err
	}
	needed, ok, err := s.mayEnter(v, a, sess)
	if err != nil || !ok {
		return err
	}
	if len(needed) > 0 || slices.Contains(a.prompt, "consent") || slices.Contains(a.prompt, "select_account") {
		if slices.Contains(a.prompt, "none") {
			return s.sendBack(v, a, errConsentRequired)
		}
		return s.askConsent(v, a, sess)
	}
	return s.sendCode(v, a, sess)
}

// signedIn returns a session that meets the client's demands. If there is none, it answers with the way to
// sign in, or with an error if the client does not want that.
func (s *Service) signedIn(v *login.Visit, a authRequest) (sess login.Session, ok bool, err error) {
	sess, found, err := v.Signed(a.corp.CorpID)
	if err != nil {
		return sess, false, err
	}
	silent := slices.Contains(a.prompt, "none")
	need := login.Need{CorpID: a.corp.CorpID, App: &a.app, Hint: userHint(a.query.Get("login_hint"))}
	if !found {
		if silent {
			return sess, false, s.sendBack(v, a, errLoginRequired.because("Nobody is signed in in this browser."))
		}
		need.Next = s.again(a, seen{For: "entry"})
		_, _, err := v.Require(need)
		return sess, false, err
	}
	demand, unmet := s.demand(a, sess)
	if demand == "" {
		return sess, true, nil
	}
	// A sign-in since the demand was made meets it, as far as signing in can.
	if a.seen != nil && a.seen.Proof != sess.Proof() {
		if unmet == nil {
			return sess, true, nil
		}
		return sess, false, s.sendBack(v, a, unmet)
	}
	if silent {
		return sess, false, s.sendBack(v, a, errLoginRequired.because("The member would have to sign in again: %s.", demand))
	}
	need.Proof = sess.Proof()
	need.Next = s.again(a, seen{Proof: sess.Proof(), For: demand})
	_, _, err = v.Require(need)
	return sess, false, err
}

// demand says why the session is not good enough; empty if it is. unmet is the error if a new sign-in has not
// helped.
func (s *Service) demand(a authRequest, sess login.Session) (why string, unmet *refusal) {
	age := s.deps.Store.Now().Sub(sess.SignedInAt)
	acr, _ := proofOf(sess.Way)
	switch {
	case a.hint != nil && a.hint["sub"] != s.subjectOf(a.client, sess.Member):
		return "id_token_hint is of another member", errLoginRequired.because("Another member than that of id_token_hint has signed in.")
	case slices.Contains(a.prompt, "login"):
		return "prompt=login", nil
	case a.maxAge == 0, a.maxAge > 0 && age > a.maxAge:
		return "max_age", nil
	}
	if w := a.claims.IDToken["acr"]; w != nil && w.Essential {
		if levels := w.texts(); len(levels) > 0 && !satisfies(acr, levels) {
			return "acr", errUnmet
		}
	}
	// Without essential it is a wish: the member is asked once and then admitted.
	if levels := strings.Fields(a.query.Get("acr_values")); len(levels) > 0 && !satisfies(acr, levels) {
		return "acr_values", nil
	}
	return "", nil
}

func (w *claimWish) texts() (out []string) {
	for _, v := range append([]any{w.Value}, w.Values...) {
		if t, ok := v.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

// satisfies reports whether a level is one of those requested, or above one.
func satisfies(acr string, levels []string) bool {
	return slices.ContainsFunc(levels, func(l string) bool {
		return slices.Contains([]string{acrNone, acrPassword, acrDevice}, l) && acr >= l
	})
}

// userHint is the userid in a login_hint, which may be an address.
func userHint(hint string) string {
	name, _, _ := strings.Cut(hint, "@")
	if len(name) > 64 {
		return ""
	}
	return name
}

// mayEnter returns the scopes to which the member must still agree. ok is false if the member may not enter;
// the client has then been told.
func (s *Service) mayEnter(v *login.Visit, a authRequest, sess login.Session) (needed []string, ok bool, err error) {
	err = s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) error {
		if ok, err = s.deps.Login.InRange(tx, a.app, sess.Member); err != nil || !ok || a.client.Trusted {
			return err
		}
		agreed, err := consented(tx, a.client.ID, sess.Member.No)
		needed = slices.DeleteFunc(a.wanted(), func(scope string) bool { return slices.Contains(agreed, scope) })
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if !ok {
		return nil, false, s.sendBack(v, a, errAccessDenied)
	}
	return needed, true, nil
}

// sendCode ends an authorization.
func (s *Service) sendCode(v *login.Visit, a authRequest, sess login.Session) error {
	ctx := v.Request().Context()
	if err := s.ensureKeys(ctx, a.corp.CorpID); err != nil {
		return err
	}
	var code string
	var refused *refusal
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		refused = nil
		// It is read again, so that the grant matches the present state.
		if a, err = s.readAuthRequest(tx, v.Request()); err != nil {
			return err
		}
		if a.refused != nil {
			refused = a.refused
			return nil
		}
		code, err = s.letIn(tx, a, sess)
		return settle(err, &refused)
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return s.sendBack(v, a, refused)
	}
	return s.answer(v, a, url.Values{"code": {code}})
}

// letIn creates the grant of a request and returns its code.
func (s *Service) letIn(tx *store.Tx, a authRequest, sess login.Session) (string, error) {
	ok, err := s.deps.Login.Hold(tx, sess)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", errLoginRequired.because("The session has just ended.")
	}
	if ok, err = s.deps.Login.InRange(tx, a.app, sess.Member); err != nil {
		return "", err
	}
	if !ok {
		return "", errAccessDenied
	}
	return s.newCode(tx, grant{
		ID: id.Letters(22), CorpID: a.corp.CorpID, Member: sess.Member, Session: sess.ID(), Scopes: a.scopes, AuthAt: sess.SignedInAt, Way: sess.Way,
		client: a.client, app: a.app,
		Request: request{RedirectURI: a.query.Get("redirect_uri"), Nonce: a.query.Get("nonce"), Challenge: a.query.Get("code_challenge"), Claims: a.claims},
	})
}

package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// An authorisation request is read from its address each time that the browser
// comes by: first, after signing in, and with the answer to the question of
// consent. Nothing of it is kept meanwhile. What happened on the way and must not
// be made up is in the parameter qiwei_seen, sealed for this very request.

const seenParameter = "qiwei_seen"

// seen is what a browser has been through on the way.
type seen struct {
	// Proof is that of the session that the browser had when the member was asked to
	// sign in anew, empty if there was none.
	Proof string `json:"p"`
	// For says which demands the member was asked for. Each is made once.
	For string `json:"f"`
	At  int64  `json:"t"` // Unix seconds
}

// seenLife is how long a member may take to sign in.
const seenLife = time.Hour

// asking is an authorisation request, read and checked as far as that is possible
// without knowing who opens it.
type asking struct {
	query  url.Values
	corp   corp.Corp
	client Client
	app    app.App
	ar     fosite.AuthorizeRequester
	claims claimsRequest
	prompt []string
	maxAge time.Duration // negative where none is asked for
	seen   *seen

	hint    map[string]any // claims of id_token_hint
	refused error          // the standard's error
}

// single are the parameters that say something to us, and may say it once.
var single = []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "request", "request_uri", "registration"}

// readAsking reads a request. Whatever is wrong with it is in refused.
func (s *Service) readAsking(ctx context.Context, tx *store.Tx, r *http.Request) (a asking, err error) {
	corpID := r.PathValue("corpid")
	a.query = r.URL.Query()
	a.maxAge = -1
	if a.corp, err = s.deps.Corps.Corp(tx, corpID); err != nil {
		return a, err
	}
	a.seen = s.readSeen(a.query)
	// fosite reads r.Form. It gets a copy without what we answer for ourselves: how
	// long ago the member signed in and how often he is to, which it would measure by
	// the machine's clock.
	form := url.Values{}
	for name, values := range a.query {
		switch name {
		case "prompt", "max_age", "id_token_hint", "acr_values", "request", "request_uri", "registration", seenParameter:
		case "scope":
			form.Set(name, strings.Join(known(values[0]), " "))
		default:
			form[name] = values
		}
	}
	// fosite wants a state of eight characters. Clients that have PKCE or a nonce send
	// none, some a shorter one; the client's own goes back, however it is.
	form.Set("state", "the client's own goes back")
	if a.query.Get("redirect_uri") == "" {
		// OAuth 2.0 has the only one that is registered stand for it, OpenID Connect none.
		a.refused = fosite.ErrInvalidRequest.WithHint("There is no redirect_uri.")
		return a, nil
	}
	asked := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: r.URL.Path}, Header: http.Header{}, Form: form}).WithContext(ctx)
	p := s.provider(tx, corpID)
	a.ar, err = p.NewAuthorizeRequest(ctx, asked)
	if p.broken != nil {
		return a, p.broken
	}
	if err != nil {
		return a, refusal(err, &a.refused)
	}
	a.client = a.ar.GetClient().(party).Client
	if a.app, err = s.deps.Apps.AppNo(tx, a.client.App); err != nil {
		return a, err
	}
	for _, name := range single {
		if len(a.query[name]) > 1 {
			a.refused = fosite.ErrInvalidRequest.WithHintf("The parameter %q is there more than once.", name)
			return a, nil
		}
	}
	return a, s.readWishes(tx, &a)
}

// known drops the scopes that there are not, as OpenID Connect would have it
// (Core, 3.1.2.1): clients ask for what other providers have. One that there is and
// that the client may not ask for is refused.
func known(scope string) []string {
	return slices.DeleteFunc(strings.Fields(scope), func(w string) bool { return !slices.Contains(Scopes(), w) })
}

// readWishes reads what the client asks of the sign-in.
func (s *Service) readWishes(tx *store.Tx, a *asking) (err error) {
	q := a.query
	a.prompt = strings.Fields(q.Get("prompt"))
	for _, w := range a.prompt {
		if !slices.Contains([]string{"none", "login", "consent", "select_account"}, w) {
			a.refused = fosite.ErrInvalidRequest.WithHintf("There is no prompt %q.", w)
		}
	}
	for name, no := range map[string]error{"request": fosite.ErrRequestNotSupported, "request_uri": fosite.ErrRequestURINotSupported, "registration": fosite.ErrRegistrationNotSupported} {
		if q.Get(name) != "" {
			a.refused = no
		}
	}
	if slices.Contains(a.prompt, "none") && len(a.prompt) > 1 {
		a.refused = fosite.ErrInvalidRequest.WithHint("The prompt none stands alone.")
	}
	if text := q.Get("max_age"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			a.refused = fosite.ErrInvalidRequest.WithHint("max_age is a number of seconds.")
		}
		a.maxAge = time.Duration(n) * time.Second
	}
	var ok bool
	if a.claims, ok = readClaimsRequest(q.Get("claims")); !ok {
		a.refused = fosite.ErrInvalidRequest.WithHint("The parameter claims is no JSON of at most 8 KB as OpenID Connect describes it.")
	}
	if len(q.Get("nonce")) > 512 || len(q.Get("state")) > 8<<10 {
		a.refused = fosite.ErrInvalidRequest.WithHint("The nonce has more than 512 bytes, or the state more than 8 KB.")
	}
	if c := q.Get("code_challenge"); c != "" && len(c) != 43 {
		a.refused = fosite.ErrInvalidRequest.WithHint("A code_challenge of the method S256 has 43 characters.")
	}
	if a.client.RequirePKCE && q.Get("code_challenge") == "" {
		a.refused = fosite.ErrInvalidRequest.WithHint("This client must send a code_challenge.")
	}
	if hint := q.Get("id_token_hint"); hint != "" && a.refused == nil {
		if a.hint, ok, err = s.readToken(tx, a.corp.CorpID, hint); err != nil {
			return err
		}
		if !ok || a.hint["aud"] != a.client.ID {
			a.refused = fosite.ErrInvalidRequest.WithHint("id_token_hint is no ID token that this client was given.")
		}
	}
	return nil
}

// place binds what was seen to the request: it opens for no other.
func place(q url.Values) string {
	c := url.Values{}
	for name, values := range q {
		if name != seenParameter && name != "lang" {
			c[name] = values
		}
	}
	sum := sha256.Sum256([]byte(c.Encode()))
	return string(sum[:])
}

func (s *Service) readSeen(q url.Values) *seen {
	plain, err := s.deps.Box.OpenText(seal.OIDCPrompt, place(q), q.Get(seenParameter))
	if err != nil {
		return nil
	}
	var out seen
	if json.Unmarshal(plain, &out) != nil || s.deps.Store.Now().After(unix(out.At).Add(seenLife)) {
		return nil
	}
	return &out
}

// again is the request's own address, with what the browser has been through.
func (s *Service) again(a asking, now seen) string {
	now.At = s.deps.Store.Now().Unix()
	plain, err := json.Marshal(now)
	if err != nil {
		panic(err) // strings and a number
	}
	return a.path(authorizePath) + "&" + seenParameter + "=" + s.deps.Box.SealText(seal.OIDCPrompt, place(a.query), plain)
}

// authorizePosted takes a request that is posted, as it may be. It is asked for
// again from here: what another site posts brings no cookie of ours.
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

// read reads the request that a browser has come with. ok is false where it was
// answered already.
func (s *Service) read(v *login.Visit) (a asking, ok bool, err error) {
	ctx := v.Request().Context()
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		a, err = s.readAsking(ctx, tx, v.Request())
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

// authorize lets a member in to a client.
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
			return s.sendBack(v, a, fosite.ErrConsentRequired.WithHint("The member has not agreed to what is asked for."))
		}
		return s.askConsent(v, a, sess)
	}
	return s.sendCode(v, a, sess)
}

// signedIn returns a session that is good enough for what the client asks. Where
// there is none, it has answered with the way to sign in, or, where the client does
// not want that, with its error.
func (s *Service) signedIn(v *login.Visit, a asking) (sess login.Session, ok bool, err error) {
	sess, found, err := v.Signed(a.corp.CorpID)
	if err != nil {
		return sess, false, err
	}
	silent := slices.Contains(a.prompt, "none")
	need := login.Need{CorpID: a.corp.CorpID, App: &a.app, Hint: userHint(a.query.Get("login_hint"))}
	if !found {
		if silent {
			return sess, false, s.sendBack(v, a, fosite.ErrLoginRequired.WithHint("Nobody is signed in in this browser."))
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
		return sess, false, s.sendBack(v, a, fosite.ErrLoginRequired.WithHint("The member would have to sign in anew: "+demand+"."))
	}
	need.Proof = sess.Proof()
	need.Next = s.again(a, seen{Proof: sess.Proof(), For: demand})
	_, _, err = v.Require(need)
	return sess, false, err
}

// errUnmet is what a client is answered whose demand for a way to sign in cannot be
// met (OpenID Connect Core Unmet Authentication Requirements 1.0).
var errUnmet = &fosite.RFC6749Error{
	ErrorField: "unmet_authentication_requirements", CodeField: http.StatusBadRequest,
	DescriptionField: "The member has not signed in in a way that the client demands.",
}

// demand says why the session will not do, empty if it does. unmet is the error
// where a new sign-in has not helped.
func (s *Service) demand(a asking, sess login.Session) (why string, unmet error) {
	age := s.deps.Store.Now().Sub(sess.SignedInAt)
	acr, _ := proofOf(sess.Way)
	switch {
	case a.hint != nil && a.hint["sub"] != s.subjectOf(a.client, sess.Member):
		return "id_token_hint is of another member", fosite.ErrLoginRequired.WithHint("Another member than that of id_token_hint has signed in.")
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
	// Without essential it is a wish: the member is asked once, and then let in.
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

// satisfies reports whether a level is one of those asked for, or above one.
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

// mayEnter returns what the member has still to agree to. ok is false where he may
// not enter, and the client was told so.
func (s *Service) mayEnter(v *login.Visit, a asking, sess login.Session) (needed []string, ok bool, err error) {
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
		return nil, false, s.sendBack(v, a, fosite.ErrAccessDenied.WithHint("The member may not use this application."))
	}
	return needed, true, nil
}

// wanted returns the scopes that a member is asked about: those of the request,
// those of the claims that it asks for one by one, and those of the claims that the
// administrator has added.
func (a asking) wanted() []string {
	out := slices.Clone([]string(a.ar.GetRequestedScopes()))
	for _, scope := range a.claims.scopesOf() {
		if slices.Contains(a.client.Scopes, scope) {
			out = append(out, scope)
		}
	}
	for _, attribute := range a.client.Claims {
		out = append(out, scopeOfAttribute(attribute))
	}
	var sorted []string
	for _, scope := range Scopes() {
		if slices.Contains(out, scope) {
			sorted = append(sorted, scope)
		}
	}
	return sorted
}

// sendCode ends an authorisation.
func (s *Service) sendCode(v *login.Visit, a asking, sess login.Session) error {
	ctx := v.Request().Context()
	if err := s.ensureKeys(ctx, a.corp.CorpID); err != nil {
		return err
	}
	var resp fosite.AuthorizeResponder
	var refused error
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		resp, refused = nil, nil
		// Read again, so that what is granted is what is there at this instant.
		if a, err = s.readAsking(ctx, tx, v.Request()); err != nil {
			return err
		}
		if a.refused != nil {
			refused = a.refused
			return nil
		}
		ok, err := s.deps.Login.InRange(tx, a.app, sess.Member)
		if err != nil {
			return err
		}
		if !ok {
			refused = fosite.ErrAccessDenied
			return nil
		}
		for _, scope := range a.ar.GetRequestedScopes() {
			a.ar.GrantScope(scope)
		}
		g := &grant{
			ID: newGrantID(), CorpID: a.corp.CorpID, Member: sess.Member, Session: sess.ID(), Scopes: a.ar.GetGrantedScopes(), AuthAt: sess.SignedInAt, Way: sess.Way,
			client: a.client, app: a.app,
			Request: request{
				RedirectURI: a.query.Get("redirect_uri"), Nonce: a.query.Get("nonce"),
				Challenge: a.query.Get("code_challenge"), Method: a.query.Get("code_challenge_method"), Claims: a.claims,
			},
		}
		a.ar.(*fosite.AuthorizeRequest).ID = g.ID
		p := s.provider(tx, a.corp.CorpID)
		resp, err = p.NewAuthorizeResponse(ctx, a.ar, s.sessionOf(g))
		if p.broken != nil {
			return p.broken
		}
		if err != nil {
			return refusal(err, &refused)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return s.sendBack(v, a, refused)
	}
	return s.answer(v, a, resp.GetParameters())
}

// sendBack answers the client with an error; where it cannot be reached, because
// there is no such client or its address is none that was registered, the member
// with a page. Nothing of a request leads anywhere that was not registered.
func (s *Service) sendBack(v *login.Visit, a asking, refused error) error {
	e := fosite.ErrorToRFC6749Error(refused)
	if a.ar == nil || !a.ar.IsRedirectURIValid() {
		return v.Problem(http.StatusBadRequest, page.BadClient(a.query.Get("client_id"), a.query.Get("redirect_uri"), e.ErrorField, e.GetDescription()))
	}
	return s.answer(v, a, url.Values{"error": {e.ErrorField}, "error_description": {e.GetDescription()}})
}

// answer takes the browser back to the client. The answer names the issuer, so that
// a client of several is not led to take one's code to another (RFC 9207).
func (s *Service) answer(v *login.Visit, a asking, answer url.Values) error {
	answer.Set("iss", s.Issuer(a.corp.CorpID))
	if answer.Del("state"); a.query.Has("state") {
		answer.Set("state", a.query.Get("state"))
	}
	to := *a.ar.GetRedirectURI()
	h := v.Writer().Header()
	h.Set("Pragma", "no-cache")
	if a.ar.GetResponseMode() == fosite.ResponseModeFormPost {
		// The page is fosite's: one form that sends itself.
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		fosite.WriteAuthorizeFormPostResponse(to.String(), answer, fosite.DefaultFormPostTemplate, v.Writer())
		return nil
	}
	q := to.Query()
	for name := range answer {
		q.Set(name, answer.Get(name))
	}
	to.RawQuery = q.Encode()
	h.Set("Location", to.String())
	v.Writer().WriteHeader(http.StatusSeeOther)
	return nil
}

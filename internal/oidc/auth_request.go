package oidc

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// authRequest is an authorization request, checked as far as that is possible without knowing who opens it.
// It is read from its address each time the browser requests it: first, after sign-in, and with the answer to
// the question of consent. Nothing is kept in between. What happened on the way and must not be forged is in
// the parameter qiwei_seen, sealed for this request.
type authRequest struct {
	query    url.Values
	corp     corp.Corp
	client   Client
	app      app.App
	redirect *url.URL // where the answer goes; nil until it is known to be registered
	formPost bool     // the answer goes there as a form that sends itself
	scopes   []string
	claims   claimsRequest
	prompt   []string
	maxAge   time.Duration // negative if none is asked for
	seen     *seen

	hint    map[string]any // claims of id_token_hint
	refused *refusal
}

// singleParameters may each occur once.
var singleParameters = []string{"response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "request", "request_uri", "registration"}

// readAuthRequest reads a request. refused holds what is wrong with it.
func (s *Service) readAuthRequest(tx *store.Tx, r *http.Request) (a authRequest, err error) {
	a = authRequest{query: r.URL.Query(), maxAge: -1}
	if a.corp, err = s.deps.Corps.Corp(tx, r.PathValue("corpid")); err != nil {
		return a, err
	}
	a.seen = s.readSeen(a.query)
	for _, step := range []func(*store.Tx, *authRequest) error{s.readReturn, readFlow, readScope, readPrompt, readClaims, s.readHint} {
		if err := settle(step(tx, &a), &a.refused); err != nil || a.refused != nil {
			return a, err
		}
	}
	return a, nil
}

// readReturn finds out where the answer goes. Until it succeeds, the request leads nowhere.
func (s *Service) readReturn(tx *store.Tx, a *authRequest) (err error) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		switch values := a.query[name]; {
		case len(values) > 1:
			return errInvalidRequest.because("The parameter %q is there more than once.", name)
		case len(values) == 0 || values[0] == "":
			// In OAuth 2.0 a client's only registered redirect URI stands for a missing one; in OpenID
			// Connect it does not.
			return errInvalidRequest.because("The parameter %q is missing.", name)
		}
	}
	c, err := s.Client(tx, a.corp.CorpID, a.query.Get("client_id"))
	if errors.Is(err, ErrNoClient) || (err == nil && c.Disabled) {
		return errInvalidClient.because("There is no such client.")
	}
	if err != nil {
		return err
	}
	to, ok := c.redirectTo(a.query.Get("redirect_uri"))
	if !ok {
		return errInvalidRequest.because("The redirect_uri is not registered for this client.")
	}
	a.client, a.redirect = c, to
	a.formPost = a.query.Get("response_mode") == "form_post"
	a.app, err = s.deps.Apps.AppNo(tx, c.App)
	return err
}

// readFlow checks which way the client wants to go, and its protection by PKCE.
func readFlow(_ *store.Tx, a *authRequest) error {
	q := a.query
	for _, name := range singleParameters {
		if len(q[name]) > 1 {
			return errInvalidRequest.because("The parameter %q is there more than once.", name)
		}
	}
	for name, no := range map[string]*refusal{"request": errRequestNotSupported, "request_uri": errRequestURINotSupported, "registration": errRegistrationUnsupported} {
		if q.Get(name) != "" {
			return no
		}
	}
	switch kind := q.Get("response_type"); kind {
	case "code":
	case "":
		return errInvalidRequest.because("response_type is missing.")
	default:
		return errUnsupportedResponse
	}
	if !slices.Contains([]string{"", "query", "form_post"}, q.Get("response_mode")) {
		return errUnsupportedMode
	}
	challenge, method := q.Get("code_challenge"), q.Get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !a.client.needsPKCE():
	case challenge == "":
		return errInvalidRequest.because("code_challenge is missing.")
	case method != "S256":
		// Without a method the challenge is the verifier itself, in the address.
		return errInvalidRequest.because("The only code_challenge_method is S256.")
	case len(challenge) != 43:
		return errInvalidRequest.because("A code_challenge of the method S256 has 43 characters.")
	}
	if len(q.Get("nonce")) > 512 || len(q.Get("state")) > 8<<10 {
		return errInvalidRequest.because("The nonce has more than 512 bytes, or the state more than 8 KB.")
	}
	return nil
}

// knownScopes returns the scopes that exist. Others are ignored, as OpenID Connect says (Core, 3.1.2.1):
// clients ask for scopes of other providers.
func knownScopes(text string) (out []string) {
	for _, scope := range strings.Fields(text) {
		if slices.Contains(Scopes(), scope) && !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}

func readScope(_ *store.Tx, a *authRequest) error {
	a.scopes = knownScopes(a.query.Get("scope"))
	for _, scope := range a.scopes {
		if !slices.Contains(a.client.Scopes, scope) {
			return errInvalidScope.because("The client may not ask for the scope %q.", scope)
		}
	}
	return nil
}

// prompts are the values of the parameter prompt.
func prompts() []string { return []string{"none", "login", "consent", "select_account"} }

// readPrompt reads how and how recently the member must have signed in.
func readPrompt(_ *store.Tx, a *authRequest) error {
	a.prompt = strings.Fields(a.query.Get("prompt"))
	for _, p := range a.prompt {
		if !slices.Contains(prompts(), p) {
			return errInvalidRequest.because("There is no prompt %q.", p)
		}
	}
	if slices.Contains(a.prompt, "none") && len(a.prompt) > 1 {
		return errInvalidRequest.because("prompt=none cannot be combined with other prompts.")
	}
	if text := a.query.Get("max_age"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return errInvalidRequest.because("max_age is a number of seconds.")
		}
		a.maxAge = time.Duration(n) * time.Second
	}
	return nil
}

func readClaims(_ *store.Tx, a *authRequest) (err error) {
	var ok bool
	if a.claims, ok = readClaimsRequest(a.query.Get("claims")); !ok {
		return errInvalidRequest.because("The parameter claims must be JSON of at most 8 KB, as OpenID Connect describes it.")
	}
	return nil
}

// readHint reads the ID token by which the client says which member it expects.
func (s *Service) readHint(tx *store.Tx, a *authRequest) error {
	text := a.query.Get("id_token_hint")
	if text == "" {
		return nil
	}
	claims, ok, err := s.readToken(tx, a.corp.CorpID, text)
	if err != nil {
		return err
	}
	if !ok || claims["aud"] != a.client.ID {
		return errInvalidRequest.because("id_token_hint is not an ID token that was issued to this client.")
	}
	a.hint = claims
	return nil
}

// wanted returns the scopes that a member is asked about: those of the request,
// those of the claims that it asks for one by one, and those of the claims that the
// administrator has added.
func (a authRequest) wanted() []string {
	out := slices.Clone(a.scopes)
	for _, scope := range a.claims.scopesOf() {
		if slices.Contains(a.client.Scopes, scope) {
			out = append(out, scope)
		}
	}
	for _, attribute := range a.client.Claims {
		out = append(out, scopeOfAttribute(attribute))
	}
	return slices.DeleteFunc(Scopes(), func(scope string) bool { return !slices.Contains(out, scope) })
}

// path returns the address of the request, or of another page for it below the issuer.
func (a authRequest) path(below string) string {
	return "/oidc/" + a.corp.CorpID + below + "?" + asWritten(a.query).Encode()
}

const seenParameter = "qiwei_seen"

// asWritten returns the parameters as the client wrote them, without what we add.
func asWritten(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		if name != seenParameter && name != "lang" {
			out[name] = values
		}
	}
	return out
}

// digest binds a seal or a form to the request. It is not valid for any other.
func digest(q url.Values) string {
	sum := sha256.Sum256([]byte(asWritten(q).Encode()))
	return string(sum[:])
}

// seen is what has already happened with the request in this browser.
type seen struct {
	// Proof is the Proof of the browser's session when the member was asked to sign in anew; empty if there
	// was none.
	Proof string `json:"p"`
	// For says which demand the member was asked to meet. Each is made once.
	For string `json:"f"`
	At  int64  `json:"t"` // Unix seconds
}

// seenLife is how long a member may take to sign in.
const seenLife = time.Hour

// readSeen returns nil if the parameter is absent, expired, or forged.
func (s *Service) readSeen(q url.Values) *seen {
	plain, err := s.deps.Box.OpenText(seal.OIDCPrompt, digest(q), q.Get(seenParameter))
	if err != nil {
		return nil
	}
	var out seen
	if json.Unmarshal(plain, &out) != nil || s.deps.Store.Now().After(time.Unix(out.At, 0).Add(seenLife)) {
		return nil
	}
	return &out
}

// again returns the request's own address, with what has happened so far.
func (s *Service) again(a authRequest, now seen) string {
	now.At = s.deps.Store.Now().Unix()
	plain, err := json.Marshal(now)
	if err != nil {
		panic(err) // strings and a number
	}
	return a.path(authorizePath) + "&" + seenParameter + "=" + s.deps.Box.SealText(seal.OIDCPrompt, digest(a.query), plain)
}

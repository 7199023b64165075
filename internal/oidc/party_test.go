package oidc_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const callback = "https://product.example.com/callback"

// product is a client in the tests: its registration, and how it makes requests.
type product struct {
	oidc.Client
	t    *testing.T
	w    *qiweitest.World
	corp *qiweitest.Corp
	app  *qiweitest.Client
}

// newProduct registers a trusted client for an application that everybody sees.
func newProduct(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, change func(*oidc.Client)) *product {
	t.Helper()
	p := &product{t: t, w: w, corp: c}
	p.app = c.WithApp(access.SelfBuilt, app.Settings{Name: "产品", Range: access.Everything()})
	made := oidc.Client{ClientSettings: oidc.ClientSettings{RedirectURIs: []string{callback}, Trusted: true}}
	if change != nil {
		change(&made)
	}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p.Client, err = w.Server.OIDC.CreateClient(ctx, tx, access.System(c.CorpID), p.app.AgentID, made)
		return err
	})
	return p
}

func (p *product) change(change func(*oidc.Client)) {
	p.t.Helper()
	p.w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err := p.w.Server.OIDC.Client(tx, p.CorpID, p.ID)
		if err != nil {
			return err
		}
		change(&c)
		_, err = p.w.Server.OIDC.UpdateClient(ctx, tx, access.System(p.CorpID), c)
		return err
	})
}

func (p *product) issuer() string { return p.w.URL + "/oidc/" + p.CorpID }

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// link is the address of an authorisation request: an ordinary one, with the
// parameters changed (an empty one is left out).
func (p *product) link(pairs ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {p.ID}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"STATE-123"},
		"nonce": {"NONCE-456"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return p.issuer() + "/authorize?" + q.Encode()
}

// browser is one that follows no redirects.
type browser struct {
	*http.Client
	t *testing.T
	w *qiweitest.World
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) to(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newBrowser(t *testing.T, w *qiweitest.World) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t, w}
}

// signedIn returns a browser in which the member is signed in.
func signedIn(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string) *browser {
	b := newBrowser(t, w)
	b.signIn(c, user)
	return b
}

func (b *browser) signIn(c *qiweitest.Corp, user string) {
	b.t.Helper()
	got := b.post(b.w.URL+"/_qiwei/sign-in", url.Values{"corpid": {c.CorpID}, "userid": {user}})
	if got.status != http.StatusNoContent {
		b.t.Fatalf("sign in as %s: %d %s", user, got.status, got.body)
	}
}

func (b *browser) read(resp *http.Response, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (b *browser) get(link string) answer {
	b.t.Helper()
	if strings.HasPrefix(link, "/") {
		link = b.w.URL + link
	}
	return b.read(b.Get(link))
}

func (b *browser) post(link string, form url.Values) answer {
	b.t.Helper()
	if strings.HasPrefix(link, "/") {
		link = b.w.URL + link
	}
	return b.read(b.PostForm(link, form))
}

var (
	actionShape = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)"`)
	hiddenShape = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// submit sends the form of a page.
func (b *browser) submit(page answer, pairs ...string) answer {
	b.t.Helper()
	m := actionShape.FindStringSubmatch(page.body)
	if m == nil {
		b.t.Fatalf("no form in %d %s %s", page.status, page.header.Get("Location"), page.body)
	}
	form := url.Values{}
	for _, h := range hiddenShape.FindAllStringSubmatch(page.body, -1) {
		form.Set(unescape(h[1]), unescape(h[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.post(unescape(m[1]), form)
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}

// code follows a request to its code.
func (p *product) code(b *browser, pairs ...string) string {
	p.t.Helper()
	got := b.get(p.link(pairs...))
	q := got.to(p.t).Query()
	if got.status != http.StatusSeeOther || q.Get("code") == "" {
		p.t.Fatalf("no code: %d %s %s", got.status, got.header.Get("Location"), got.body)
	}
	return q.Get("code")
}

// tokens is the answer of the token endpoint.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Kind    string `json:"token_type"`
	Expires int64  `json:"expires_in"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
	Why     string `json:"error_description"`

	status int
	header http.Header
}

// call posts a form to an endpoint as the client, and reads the answer into v.
func (p *product) call(path string, form url.Values, v any) answer {
	p.t.Helper()
	req, err := http.NewRequest("POST", p.issuer()+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.Secret != "" && !form.Has("client_id") {
		req.SetBasicAuth(url.QueryEscape(p.ID), url.QueryEscape(p.Secret))
	} else if !form.Has("client_id") {
		form.Set("client_id", p.ID)
		req.Body = io.NopCloser(strings.NewReader(form.Encode()))
		req.ContentLength = int64(len(form.Encode()))
	}
	resp := p.w.Do(req)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if v != nil && len(body) > 0 {
		if err := json.Unmarshal(body, v); err != nil {
			p.t.Fatalf("%s: %v in %s", path, err, body)
		}
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (p *product) ask(form url.Values) (got tokens) {
	p.t.Helper()
	a := p.call("/token", form, &got)
	got.status, got.header = a.status, a.header
	return got
}

func exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
}

func refresh(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// tokens lets the browser's member in and returns what the product gets.
func (p *product) tokens(b *browser, pairs ...string) tokens {
	p.t.Helper()
	got := p.ask(exchange(p.code(b, pairs...)))
	if got.Error != "" || got.Access == "" {
		p.t.Fatalf("%d %s: %s", got.status, got.Error, got.Why)
	}
	return got
}

// keys returns the issuer's public keys.
func (p *product) keys() (set jose.JSONWebKeySet) {
	p.t.Helper()
	p.w.Get("/oidc/" + p.CorpID + "/jwks").Decode(&set)
	return set
}

// open checks a token's signature and returns what it says.
func (p *product) open(token string) (claims map[string]any) {
	p.t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		p.t.Fatalf("%v in %q", err, token)
	}
	if err := parsed.Claims(p.keys(), &claims); err != nil {
		p.t.Fatalf("%v in %q", err, token)
	}
	return claims
}

// userInfo returns the userinfo for an access token; nil if it gets none.
func (p *product) userInfo(token string) (claims map[string]any) {
	p.t.Helper()
	req, err := http.NewRequest("GET", p.issuer()+"/userinfo", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp := p.w.Do(req)
	if resp.StatusCode == http.StatusUnauthorized {
		if !strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			p.t.Errorf("WWW-Authenticate: %q", resp.Header.Get("WWW-Authenticate"))
		}
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(&claims); err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("userinfo: %s %v", resp.Status, err)
	}
	return claims
}

// decode reads an answer's JSON.
func decode(t *testing.T, resp *http.Response, v any) {
	t.Helper()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatalf("%s: %v", resp.Status, err)
	}
}

// lives reports whether a token is valid for anything.
func (p *product) lives(token string) bool {
	p.t.Helper()
	var got struct {
		Active bool `json:"active"`
	}
	p.call("/introspect", url.Values{"token": {token}}, &got)
	return got.Active
}

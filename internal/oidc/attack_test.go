package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// Each test here is named after the attack that it tries.

func TestOpenRedirect(t *testing.T) {
	for _, uri := range []string{
		"https://evil.example/callback",
		"https://product.example.com.evil.example/callback",
		"https://product.example.com@evil.example/callback",
		"https://product.example.com/callback/../evil",
		"https://product.example.com/callback/",
		"https://product.example.com/callback?x=1",
		"https://product.example.com/callback#x",
		"https://product.example.com/CALLBACK",
		"http://product.example.com/callback",
		"https://product.example.com:8443/callback",
		`https://evil.example\@product.example.com/callback`,
		"//evil.example/callback",
		"javascript:alert(1)",
		"data:text/html,x",
		"",
	} {
		t.Run(uri, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				p := newProduct(t, w, w.Corp, nil)
				b := signedIn(t, w, w.Corp, "lisi")
				for _, more := range [][]string{nil, {"prompt", "none"}, {"scope", "nonsense"}, {"response_type", "token"}, {"response_mode", "form_post"}} {
					got := b.get(p.link(append(more, "redirect_uri", uri)...))
					if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || strings.Contains(got.body, "<form") {
						t.Errorf("%q: %d %s %s", more, got.status, got.header.Get("Location"), got.body)
					}
				}
				if uri == "" {
					return
				}
				// The same at sign-out.
				hint := p.tokens(b).ID
				p.change(func(c *oidc.Client) { c.LogoutURIs = []string{callback} })
				got := b.get(p.issuer() + "/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {uri}}.Encode())
				if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
					t.Errorf("logout: %d %s", got.status, got.header.Get("Location"))
				}
				p.code(b) // still signed in
			})
		})
	}
}

// Two issuers on one server, and a client that takes one's answer for the other's. The answer names its
// issuer, and a code is valid only there.
func TestMixUp(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Second, nil)
		got := signedIn(t, w, w.Corp, "lisi").get(a.link()).to(t).Query()
		if got.Get("iss") != a.issuer() || a.issuer() == b.issuer() {
			t.Errorf("iss %q, issuer %q", got.Get("iss"), a.issuer())
		}
		if wrong := b.ask(exchange(got.Get("code"))); wrong.Error != "invalid_grant" {
			t.Errorf("at the other issuer: %+v", wrong)
		}
		// With the right client's credentials at the wrong issuer.
		mixed := *a
		mixed.CorpID = b.CorpID
		if wrong := mixed.ask(exchange(got.Get("code"))); wrong.Error != "invalid_client" || wrong.status != http.StatusUnauthorized {
			t.Errorf("the client at the other issuer: %+v", wrong)
		}
		if refused := signedIn(t, w, w.Corp, "lisi").get(a.link("prompt", "nonsense")).to(t).Query(); refused.Get("iss") != a.issuer() {
			t.Errorf("an error names no issuer: %v", refused)
		}
		tokens := a.ask(exchange(got.Get("code")))
		if tokens.Error != "" {
			t.Fatalf("at its own: %+v", tokens)
		}
		// Nor does a client of the other issuer end what a code or a token has given.
		for _, form := range []url.Values{exchange(got.Get("code")), refresh(tokens.Refresh)} {
			if wrong := b.ask(form); wrong.Error != "invalid_grant" || !a.lives(tokens.Access) {
				t.Errorf("used before, at the other issuer: %+v", wrong)
			}
		}
		for _, k := range b.keys().Keys {
			for _, own := range a.keys().Keys {
				if k.KeyID == own.KeyID {
					t.Error("two corps have one key")
				}
			}
		}
		if mixed.userInfo(tokens.Access) != nil {
			t.Error("the other issuer knows the access token")
		}
	})
}

func TestOtherCorpsClient(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, other := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Second, nil)
		lisi := signedIn(t, w, w.Corp, "lisi")
		// Another corp's client does not exist at this issuer.
		link := strings.Replace(other.link(), other.CorpID, w.CorpID, 1)
		if got := lisi.get(link); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
			t.Errorf("%d %s", got.status, got.header.Get("Location"))
		}
		// A member of one corp is nobody at the other's issuer, although the userids are equal.
		if got := lisi.get(other.link("prompt", "none")).to(t).Query(); got.Get("error") != "login_required" {
			t.Errorf("%v", got)
		}
		got := own.tokens(lisi)
		if other.lives(got.Access) {
			t.Error("another corp's client is told of a token")
		}
		if a := other.call("/revoke", url.Values{"token": {got.Access}}, nil); a.status != http.StatusOK || !own.lives(got.Access) {
			t.Errorf("another corp's client revokes a token: %d", a.status)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := w.Server.OIDC.Client(tx, w.CorpID, other.ID); err != oidc.ErrNoClient {
				t.Errorf("read by the wrong corp: %v", err)
			}
			if err := w.Server.OIDC.DeleteClient(ctx, tx, access.System(w.CorpID), other.ID); err != oidc.ErrNoClient {
				t.Errorf("deleted by the wrong corp: %v", err)
			}
			return nil
		})
	})
}

func TestCodeReplay(t *testing.T) {
	for _, when := range []time.Duration{0, 30 * time.Second, 20 * time.Minute} {
		t.Run(when.String(), func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				p := newProduct(t, w, w.Corp, nil)
				code := p.code(signedIn(t, w, w.Corp, "lisi"))
				first := p.ask(exchange(code))
				if first.Error != "" || !p.lives(first.Access) {
					t.Fatalf("%+v", first)
				}
				w.Advance(when)
				if err := w.Server.OIDC.Sweep(context.Background()); err != nil {
					t.Fatal(err)
				}
				if second := p.ask(exchange(code)); second.Error != "invalid_grant" || second.status != http.StatusBadRequest || second.Access != "" {
					t.Errorf("the second time: %+v", second)
				}
				if p.lives(first.Access) || p.lives(first.Refresh) || p.userInfo(first.Access) != nil {
					t.Error("what the first use gave is still good")
				}
				if third := p.ask(refresh(first.Refresh)); third.Error != "invalid_grant" {
					t.Errorf("the refresh token of the first use: %+v", third)
				}
			})
		})
	}
}

func TestCodeOfAnotherClient(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p, thief := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Corp, nil)
		code := p.code(signedIn(t, w, w.Corp, "lisi"))
		if got := thief.ask(exchange(code)); got.Error != "invalid_grant" {
			t.Errorf("%+v", got)
		}
		form := exchange(code)
		form.Set("redirect_uri", "https://product.example.com/elsewhere")
		if got := p.ask(form); got.Error != "invalid_grant" {
			t.Errorf("with another redirect_uri: %+v", got)
		}
		wrong := *p
		wrong.Secret = "not-the-secret-of-this-client"
		if got := wrong.ask(exchange(code)); got.Error != "invalid_client" || got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("with a wrong secret: %+v", got)
		}
		if got := p.ask(exchange(code)); got.Error != "" {
			t.Errorf("afterwards: %+v", got)
		}
		late := p.code(signedIn(t, w, w.Corp, "lisi"))
		w.Advance(61 * time.Second)
		if got := p.ask(exchange(late)); got.Error != "invalid_grant" {
			t.Errorf("after a minute: %+v", got)
		}
	})
}

func TestPKCEDowngrade(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		public := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Public = true })
		strict := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.RequirePKCE = true })
		b := signedIn(t, w, w.Corp, "lisi")

		without := func(code string) url.Values { f := exchange(code); f.Del("code_verifier"); return f }
		wrong := func(code string) url.Values {
			f := exchange(code)
			f.Set("code_verifier", strings.Repeat("x", 43))
			return f
		}
		// A wrong verifier, and then none: the challenge is not forgotten.
		code := p.code(b)
		for i, form := range []url.Values{wrong(code), without(code), wrong(code), without(code)} {
			if got := p.ask(form); got.Error != "invalid_grant" || got.Access != "" {
				t.Errorf("try %d: %+v", i, got)
			}
		}
		// The challenge is taken out of the request on its way, and the client sends its
		// verifier in good faith.
		if got := p.ask(exchange(p.code(b, "code_challenge", "", "code_challenge_method", ""))); got.Error != "invalid_grant" {
			t.Errorf("stripped: %+v", got)
		}
		for _, ask := range [][]string{{"code_challenge_method", "plain"}, {"code_challenge_method", ""}, {"code_challenge_method", "S512"}, {"code_challenge", "short"}} {
			if got := b.get(p.link(ask...)).to(t).Query(); got.Get("error") != "invalid_request" {
				t.Errorf("%q: %v", ask, got)
			}
		}
		for name, c := range map[string]*product{"public": public, "strict": strict} {
			if got := b.get(c.link("code_challenge", "", "code_challenge_method", "")).to(t).Query(); got.Get("error") != "invalid_request" {
				t.Errorf("%s without PKCE: %v", name, got)
			}
			if got := c.ask(exchange(c.code(b))); got.Error != "" {
				t.Errorf("%s with PKCE: %+v", name, got)
			}
		}
		// A public client has no secret, and another's does not help it.
		public.Secret = p.Secret
		if got := public.ask(without(public.code(b))); got.Error != "invalid_grant" {
			t.Errorf("public without a verifier: %+v", got)
		}
	})
}

// An attacker puts their own or a stolen code into a victim's sign-in. A request's nonce and state come back
// only with its own answer.
func TestStateAndNonceReuse(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		victim, attacker := signedIn(t, w, w.Corp, "lisi"), signedIn(t, w, w.Corp, "wangwu")
		caught := victim.get(p.link("state", "victims-state", "nonce", "victims-nonce", "code_challenge", challengeOf(strings.Repeat("v", 43)))).to(t).Query()
		own := attacker.get(p.link("state", "attackers-state", "nonce", "attackers-nonce")).to(t).Query()
		if caught.Get("state") != "victims-state" || own.Get("state") != "attackers-state" {
			t.Errorf("%v %v", caught, own)
		}
		// Into the attacker's own sign-in, whose verifier is another.
		if got := p.ask(exchange(caught.Get("code"))); got.Error != "invalid_grant" {
			t.Errorf("a caught code: %+v", got)
		}
		// Without PKCE: the ID token has the nonce that the code was asked with.
		bare := []string{"code_challenge", "", "code_challenge_method", ""}
		form := exchange(p.code(victim, append(bare, "nonce", "victims-nonce")...))
		form.Del("code_verifier")
		if claims := p.open(p.ask(form).ID); claims["nonce"] != "victims-nonce" || claims["userid"] == "wangwu" {
			t.Errorf("%v", claims)
		}
		// A nonce given twice counts as none.
		if got := victim.get(p.link() + "&nonce=another").to(t).Query(); got.Get("error") != "invalid_request" {
			t.Errorf("two nonces: %v", got)
		}
		if got := victim.get(p.link() + "&redirect_uri=https%3A%2F%2Fevil.example%2F"); got.to(t).Host == "evil.example" {
			t.Errorf("two addresses: %s", got.header.Get("Location"))
		}
	})
}

// A token that is not signed, or with our public key as if it were a secret, is no
// ID token of ours.
func TestAlgorithmConfusion(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.LogoutURIs = []string{callback} })
		b := signedIn(t, w, w.Corp, "lisi")
		real := p.tokens(b).ID
		claims := p.open(real)
		body := strings.Split(real, ".")[1]
		kid := ""
		var forged []string
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + body + "."
		forged = append(forged, none, strings.Replace(none, "bm9uZ", "Tm9uZ", 1), real[:len(real)-8]+"AAAAAAAA", strings.Split(real, ".")[0]+"."+body+".")
		for _, k := range p.keys().Keys {
			der, err := x509.MarshalPKIXPublicKey(k.Key)
			if err != nil {
				t.Fatal(err)
			}
			if kid = k.KeyID; k.Algorithm != "RS256" && k.Algorithm != "ES256" {
				t.Errorf("a key for %s", k.Algorithm)
			}
			for _, secret := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
				forged = append(forged, sign(t, jose.HS256, secret, kid, claims))
			}
		}
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range p.keys().Keys {
			forged = append(forged, sign(t, jose.RS256, rsaKey, k.KeyID, claims), sign(t, jose.ES256, ecKey, k.KeyID, claims), sign(t, jose.PS256, rsaKey, k.KeyID, claims))
		}
		for _, token := range forged {
			if got := b.get(p.link("id_token_hint", token)).to(t).Query(); got.Get("error") != "invalid_request" {
				t.Errorf("%s as id_token_hint: %v", token, got)
			}
			// Without a genuine hint the member is asked before being signed out.
			if got := b.get(p.issuer() + "/logout?" + url.Values{"id_token_hint": {token}}.Encode()); got.status != http.StatusOK || !strings.Contains(got.body, `value="leave"`) {
				t.Errorf("%s at the way out: %d %s", token, got.status, got.header.Get("Location"))
			}
			if p.userInfo(token) != nil {
				t.Errorf("%s is an access token", token)
			}
		}
		// Nor is an ID token an access token, or a code a refresh token.
		if p.userInfo(real) != nil || p.lives(real) {
			t.Error("an ID token opens userinfo")
		}
		if got := p.ask(refresh(p.code(b))); got.Error != "invalid_grant" {
			t.Errorf("a code as a refresh token: %+v", got)
		}
		tokens := p.tokens(b)
		if got := p.ask(refresh(tokens.Access)); got.Error != "invalid_grant" {
			t.Errorf("an access token as a refresh token: %+v", got)
		}
		if p.userInfo(tokens.Refresh) != nil {
			t.Error("a refresh token opens userinfo")
		}
	})
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRefreshTokenReuse(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p, thief := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		first := p.tokens(b)
		if got := thief.ask(refresh(first.Refresh)); got.Error != "invalid_grant" {
			t.Errorf("another client's: %+v", got)
		}
		second := p.ask(refresh(first.Refresh))
		if second.Error != "" || second.Refresh == first.Refresh || second.ID == "" || !p.lives(second.Access) {
			t.Fatalf("%+v", second)
		}
		if claims := p.open(second.ID); claims["auth_time"] != p.open(first.ID)["auth_time"] || claims["sid"] != p.open(first.ID)["sid"] {
			t.Errorf("%v", claims)
		}
		if got := p.ask(refresh(first.Refresh)); got.Error != "invalid_grant" || got.Access != "" {
			t.Errorf("reused: %+v", got)
		}
		for name, token := range map[string]string{"refresh": second.Refresh, "access": second.Access, "first access": first.Access} {
			if p.lives(token) {
				t.Errorf("the %s token is still good", name)
			}
		}
		if got := p.ask(refresh(second.Refresh)); got.Error != "invalid_grant" {
			t.Errorf("the newest: %+v", got)
		}
	})
}

// A consent form is valid only for its request and its session.
func TestForgedConsent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Trusted = false })
		evil := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Trusted = false })
		b := signedIn(t, w, w.Corp, "lisi")
		page := b.get(p.link())
		action := unescape(actionShape.FindStringSubmatch(page.body)[1])
		for name, to := range map[string]string{
			"another client":       strings.ReplaceAll(action, p.ID, evil.ID),
			"a new sign-in wanted": action + "&prompt=login",
			"more scopes":          strings.Replace(action, "scope=openid", "scope=openid+email", 1),
		} {
			forged := page
			forged.body = strings.Replace(page.body, actionShape.FindStringSubmatch(page.body)[0], `<form method="post" action="`+to+`"`, 1)
			if got := b.submit(forged, "decision", "allow"); got.to(t).Query().Has("code") {
				t.Errorf("%s: %s", name, got.header.Get("Location"))
			}
		}
		other := signedIn(t, w, w.Corp, "wangwu")
		if got := other.submit(page, "decision", "allow"); got.to(t).Query().Has("code") {
			t.Errorf("another member: %s", got.header.Get("Location"))
		}
		req, err := http.NewRequest("POST", w.URL+action, strings.NewReader("decision=allow"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := b.read(b.Do(req)); got.status != http.StatusForbidden {
			t.Errorf("from another site: %d", got.status)
		}
	})
}

func TestOversizedRequests(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		for _, ask := range [][]string{{"nonce", strings.Repeat("n", 600)}, {"state", strings.Repeat("s", 9000)}, {"claims", `{"userinfo":{"x":"` + strings.Repeat("c", 9000) + `"}}`}} {
			if got := b.get(p.link(ask...)).to(t).Query(); got.Get("error") != "invalid_request" {
				t.Errorf("%s of %d: %v", ask[0], len(ask[1]), got.Get("error"))
			}
		}
		form := exchange("x")
		form.Set("padding", strings.Repeat("p", 100<<10))
		if got := p.ask(form); got.Error != "invalid_request" {
			t.Errorf("100 KB at the token endpoint: %+v", got)
		}
		form = exchange("x")
		form.Add("code", "y")
		if got := p.ask(form); got.Error != "invalid_request" {
			t.Errorf("two codes: %+v", got)
		}
	})
}

package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestLifeOfTokens(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		short := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.AccessMinutes, c.RefreshDays = 5, 1 })
		b := signedIn(t, w, w.Corp, "lisi")
		long, brief := p.tokens(b), short.tokens(b)
		if long.Expires != 3600 || brief.Expires != 300 {
			t.Errorf("expires_in %d and %d", long.Expires, brief.Expires)
		}
		w.Advance(6 * time.Minute)
		if short.userInfo(brief.Access) != nil || p.userInfo(long.Access) == nil {
			t.Error("after six minutes")
		}
		w.Advance(25 * time.Hour)
		if p.userInfo(long.Access) != nil {
			t.Error("an access token lives longer than an hour")
		}
		if got := short.ask(refresh(brief.Refresh)); got.Error != "invalid_grant" {
			t.Errorf("a refresh token of one day: %+v", got)
		}
		next := p.ask(refresh(long.Refresh))
		if next.Error != "" {
			t.Fatalf("%+v", next)
		}
		// Without offline access it ends with the session's last day, however often it
		// was used.
		w.Advance(28 * 24 * time.Hour)
		if next = p.ask(refresh(next.Refresh)); next.Error != "" {
			t.Fatalf("%+v", next)
		}
		w.Advance(2 * 24 * time.Hour)
		if got := p.ask(refresh(next.Refresh)); got.Error != "invalid_grant" {
			t.Errorf("after the session's end: %+v", got)
		}
		// With offline access it lives as long as it is used.
		p.change(func(c *oidc.Client) { c.Scopes = append(oidc.DefaultScopes(), "offline_access") })
		b.signIn(w.Corp, "lisi")
		offline := p.tokens(b, "scope", "openid offline_access")
		for range 3 {
			w.Advance(29 * 24 * time.Hour)
			if offline = p.ask(refresh(offline.Refresh)); offline.Error != "" {
				t.Fatalf("%+v", offline)
			}
		}
		w.Advance(30 * 24 * time.Hour)
		if got := p.ask(refresh(offline.Refresh)); got.Error != "invalid_grant" {
			t.Errorf("unused for a month: %+v", got)
		}
	})
}

func TestIntrospection(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		stranger := newProduct(t, w, w.Corp, nil)
		neighbour := *p
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			neighbour.Client, err = w.Server.OIDC.CreateClient(ctx, tx, access.System(w.CorpID), p.app.AgentID,
				oidc.Client{ClientSettings: oidc.ClientSettings{RedirectURIs: []string{callback}}})
			return err
		})
		public := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Public = true })
		got := p.tokens(signedIn(t, w, w.Corp, "lisi"), "scope", "openid email")
		var in map[string]any
		p.call("/introspect", url.Values{"token": {got.Access}}, &in)
		if in["active"] != true || in["client_id"] != p.ID || in["username"] != "lisi" || in["scope"] != "openid email" || in["token_type"] != "Bearer" ||
			in["exp"] != float64(w.Clock.Now().Unix()+3600) || in["sub"] != p.open(got.ID)["sub"] {
			t.Errorf("%v", in)
		}
		if !p.lives(got.Refresh) || !neighbour.lives(got.Access) || stranger.lives(got.Access) || p.lives("nonsense") || p.lives("") {
			t.Error("who is told of which token")
		}
		in = nil
		if a := public.call("/introspect", url.Values{"token": {got.Access}}, &in); a.status != http.StatusUnauthorized || in["error"] != "invalid_client" {
			t.Errorf("a client without a secret: %d %v", a.status, in)
		}
		wrong := *p
		wrong.Secret = "wrong-secret-wrong-secret"
		if a := wrong.call("/introspect", url.Values{"token": {got.Access}}, nil); a.status != http.StatusUnauthorized {
			t.Errorf("with a wrong secret: %d", a.status)
		}
	})
}

func TestRevocation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		for _, hint := range []string{"", "access_token", "refresh_token"} {
			kept, got := p.tokens(b), p.tokens(b)
			if a := p.call("/revoke", url.Values{"token": {got.Refresh}, "token_type_hint": {hint}}, nil); a.status != http.StatusOK || a.body != "" {
				t.Errorf("%d %s", a.status, a.body)
			}
			if p.lives(got.Access) || p.lives(got.Refresh) || !p.lives(kept.Access) {
				t.Errorf("hint %q", hint)
			}
		}
		if a := p.call("/revoke", url.Values{"token": {"nonsense"}}, nil); a.status != http.StatusOK {
			t.Errorf("nonsense: %d", a.status)
		}
	})
}

// A client may send its secret in the form as well.
func TestSecretInTheForm(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		for secret, want := range map[string]string{p.Secret: "", "wrong-secret-wrong-secret": "invalid_client", "": "invalid_client"} {
			form := exchange(p.code(b))
			form.Set("client_id", p.ID)
			form.Set("client_secret", secret)
			if got := p.ask(form); got.Error != want {
				t.Errorf("secret %q: %+v", secret, got)
			}
		}
		form := exchange(p.code(b))
		form.Set("client_id", p.ID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", "e30.e30.e30")
		if got := p.ask(form); got.Error == "" {
			t.Errorf("an assertion: %+v", got)
		}
		for _, grant := range []string{"password", "client_credentials", "implicit", ""} {
			if got := p.ask(url.Values{"grant_type": {grant}, "username": {"lisi"}, "password": {"x"}}); got.Error == "" || got.Access != "" {
				t.Errorf("grant %q: %+v", grant, got)
			}
		}
	})
}

// If many redeem a code at once, one gets tokens, which are then revoked.
func TestManyRedeemAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		code := p.code(signedIn(t, w, w.Corp, "lisi"))
		var mu sync.Mutex
		var won []tokens
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				got := p.ask(exchange(code))
				mu.Lock()
				defer mu.Unlock()
				if got.Error == "" {
					won = append(won, got)
				} else if got.Error != "invalid_grant" {
					t.Errorf("%+v", got)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d got tokens", len(won))
		}
		if p.lives(won[0].Access) {
			t.Error("the first keeps what it got, though others have had the code")
		}
	})
}

// A code is good for a minute and no instant longer, a refresh token and an access
// token likewise.
func TestInstantOfExpiry(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.AccessMinutes, c.RefreshDays = 1, 1 })
		b := signedIn(t, w, w.Corp, "lisi")
		for _, tt := range []struct {
			after time.Duration
			want  string
		}{{time.Minute - time.Millisecond, ""}, {time.Minute, "invalid_grant"}} {
			code := p.code(b)
			w.Advance(tt.after)
			if got := p.ask(exchange(code)); got.Error != tt.want {
				t.Errorf("a code after %v: %+v", tt.after, got)
			}
			got := p.tokens(b)
			w.Advance(tt.after)
			if alive := p.userInfo(got.Access) != nil; alive != (tt.want == "") || alive != p.lives(got.Access) {
				t.Errorf("an access token after %v: %v", tt.after, alive)
			}
			w.Advance(24*time.Hour - time.Minute)
			if again := p.ask(refresh(got.Refresh)); again.Error != tt.want {
				t.Errorf("a refresh token after a day and %v: %+v", tt.after-time.Minute, again)
			}
			b.signIn(w.Corp, "lisi")
		}
	})
}

// Without the scope openid it is OAuth 2.0: there is no ID token, and no userinfo.
func TestWithoutOpenID(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		got := p.tokens(signedIn(t, w, w.Corp, "lisi"), "scope", "email")
		if got.ID != "" || got.Scope != "email" || !p.lives(got.Access) || p.userInfo(got.Access) != nil {
			t.Errorf("%+v", got)
		}
	})
}

// A refresh may ask for what was granted, as far as the client may still have it.
func TestScopeOfRefresh(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		got := p.tokens(signedIn(t, w, w.Corp, "lisi"), "scope", "openid email groups")
		more := refresh(got.Refresh)
		more.Set("scope", "openid email profile")
		if wider := p.ask(more); wider.Error != "invalid_scope" || wider.Access != "" {
			t.Errorf("wider: %+v", wider)
		}
		// The refusal has not used the token up.
		more.Set("scope", "openid nonsense")
		next := p.ask(more)
		if next.Error != "" || next.Scope != "openid email groups" {
			t.Fatalf("narrower: %+v", next)
		}
		p.change(func(c *oidc.Client) { c.Scopes = []string{"openid", "groups"} })
		if info := p.userInfo(next.Access); info["email"] != nil || info["groups"] == nil {
			t.Errorf("a scope that was taken away still tells: %v", info)
		}
		if last := p.ask(refresh(next.Refresh)); last.Error != "" || last.Scope != "openid groups" || p.open(last.ID)["email"] != nil {
			t.Errorf("after a scope was taken away: %+v", last)
		}
	})
}

// Errors have the standard's names.
func TestErrorsOfTheTokenEndpoint(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p, other := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		got := p.tokens(b)
		for name, tt := range map[string]struct {
			form url.Values
			want string
		}{
			"no grant type":      {url.Values{}, "invalid_request"},
			"another grant type": {url.Values{"grant_type": {"password"}, "username": {"lisi"}, "password": {"x"}}, "unsupported_grant_type"},
			"no code":            {url.Values{"grant_type": {"authorization_code"}}, "invalid_request"},
			"no refresh token":   {url.Values{"grant_type": {"refresh_token"}}, "invalid_request"},
			"a nonsense code":    {exchange("nonsense"), "invalid_grant"},
			"a nonsense token":   {refresh("nonsense"), "invalid_grant"},
		} {
			if got := p.ask(tt.form); got.Error != tt.want || got.status != http.StatusBadRequest || got.Why == "" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		for name, verifier := range map[string]string{"short": "abc", "long": strings.Repeat("x", 129), "another's": strings.Repeat("y", 43), "the challenge itself": challengeOf(verifier)} {
			form := exchange(p.code(b))
			form.Set("code_verifier", verifier)
			if got := p.ask(form); got.Error != "invalid_grant" {
				t.Errorf("a verifier that is %s: %+v", name, got)
			}
		}
		if q := b.get(p.link("code_challenge", "")).to(t).Query(); q.Get("error") != "invalid_request" {
			t.Errorf("a method without a challenge: %v", q)
		}
		if q := b.get(p.link("response_type", "")).to(t).Query(); q.Get("error") != "invalid_request" {
			t.Errorf("no response_type: %v", q)
		}
		var refused tokens
		if a := other.call("/revoke", url.Values{"token": {got.Refresh}}, &refused); a.status != http.StatusBadRequest || refused.Error != "unauthorized_client" || !p.lives(got.Refresh) {
			t.Errorf("another client revokes: %d %+v", a.status, refused)
		}
		if a := p.call("/revoke", url.Values{}, &refused); a.status != http.StatusBadRequest || refused.Error != "invalid_request" {
			t.Errorf("revoking nothing: %d %+v", a.status, refused)
		}
		if a := p.call("/revoke", url.Values{"token": {got.Access}}, nil); a.status != http.StatusOK || p.lives(got.Refresh) {
			t.Errorf("an access token takes its grant with it: %d", a.status)
		}
	})
}

func TestSharedWithScripts(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Public = true })
		for _, path := range []string{"/token", "/userinfo", "/revoke"} {
			req, err := http.NewRequest("OPTIONS", p.issuer()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp := w.Do(req)
			if resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Authorization") ||
				resp.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: %v", path, resp.Header)
			}
		}
		if got := p.ask(exchange(p.code(signedIn(t, w, w.Corp, "lisi")))); got.Error != "" || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%+v", got)
		}
	})
}

func TestClientSettings(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	agent := w.As(access.SelfBuilt).AgentID
	for _, tt := range []struct {
		name string
		set  func(*oidc.Client)
		bad  string // the wrong setting; empty if all are fine
	}{
		{"nothing but an address", func(c *oidc.Client) {}, ""},
		{"a phone's own scheme", func(c *oidc.Client) { c.RedirectURIs = []string{"com.example.app:/callback"} }, ""},
		{"loopback", func(c *oidc.Client) { c.RedirectURIs = []string{"http://127.0.0.1/callback"} }, ""},
		{"no address", func(c *oidc.Client) { c.RedirectURIs = nil }, "redirect URI"},
		{"a pattern", func(c *oidc.Client) { c.RedirectURIs = []string{"https://*.example.com/"} }, "redirect URI"},
		{"a fragment", func(c *oidc.Client) { c.RedirectURIs = []string{"https://example.com/#x"} }, "redirect URI"},
		{"a script", func(c *oidc.Client) { c.RedirectURIs = []string{"javascript:alert(1)"} }, "redirect URI"},
		{"a scheme without a dot", func(c *oidc.Client) { c.RedirectURIs = []string{"myapp:/x"} }, "redirect URI"},
		{"a user", func(c *oidc.Client) { c.RedirectURIs = []string{"https://a@example.com/"} }, "redirect URI"},
		{"a relative address", func(c *oidc.Client) { c.RedirectURIs = []string{"/callback"} }, "redirect URI"},
		{"a bad way out", func(c *oidc.Client) { c.LogoutURIs = []string{"data:x"} }, "redirect URI"},
		{"a bad back channel", func(c *oidc.Client) { c.BackChannel = "ftp://example.com" }, "back-channel logout URI"},
		{"an unknown scope", func(c *oidc.Client) { c.Scopes = []string{"root"} }, "scope"},
		{"an unknown attribute", func(c *oidc.Client) { c.Claims = map[string]string{"x": "password"} }, "claim"},
		{"a claim of the protocol", func(c *oidc.Client) { c.Claims = map[string]string{"sub": "userid"} }, "claim"},
		{"no signature", func(c *oidc.Client) { c.Algorithm = "none" }, "algorithm"},
		{"a shared secret as key", func(c *oidc.Client) { c.Algorithm = "HS256" }, "algorithm"},
		{"pairwise of two hosts", func(c *oidc.Client) {
			c.Subject, c.RedirectURIs = oidc.SubjectPairwise, []string{"https://a.example/", "https://b.example/"}
		}, "sector"},
		{"a short secret", func(c *oidc.Client) { c.Secret = "hunter2" }, "secret"},
		{"an id with a colon", func(c *oidc.Client) { c.ID = "a:b" }, "client id"},
	} {
		c := oidc.Client{ClientSettings: oidc.ClientSettings{RedirectURIs: []string{"https://example.com/callback"}}}
		tt.set(&c)
		err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, err := w.Server.OIDC.CreateClient(context.Background(), tx, access.System(w.CorpID), agent, c)
			return err
		})
		invalid, _ := err.(*oidc.Invalid)
		if (tt.bad == "") != (err == nil) || (tt.bad != "" && (invalid == nil || invalid.Setting != tt.bad)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

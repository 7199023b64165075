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

// Of many that redeem one code at once, one gets tokens, and then nobody has any.
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
		bad  string // the setting, empty where it is fine
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

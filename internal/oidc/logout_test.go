package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/qiweitest"
)

// listener is a client's back-channel endpoint.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	heard  []string
	status int
}

func newListener(t *testing.T) *listener {
	l := &listener{status: http.StatusOK}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.heard = append(l.heard, r.PostFormValue("logout_token"))
		if l.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

// news returns what was heard since the last time.
func (l *listener) news() (out []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out, l.heard = l.heard, nil
	return out
}

func (l *listener) answer(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

func tell(t *testing.T, w *qiweitest.World, c *qiweitest.Corp) {
	t.Helper()
	if err := w.Server.OIDC.Tell(context.Background(), c.CorpID); err != nil {
		t.Fatal(err)
	}
}

func TestLogout(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		l := newListener(t)
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) {
			c.LogoutURIs, c.BackChannel, c.Scopes = []string{callback + "?bye=1"}, l.URL, append(oidc.DefaultScopes(), "offline_access")
		})
		quiet := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		quiet.tokens(b)
		got, offline := p.tokens(b), p.tokens(b, "scope", "openid offline_access")
		claims := p.open(got.ID)
		out := func(pairs ...string) string {
			q := url.Values{"id_token_hint": {got.ID}, "post_logout_redirect_uri": {callback + "?bye=1"}, "state": {"out"}}
			for i := 0; i < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return p.issuer() + "/logout?" + q.Encode()
		}

		// Without the ID token of this session the member is asked.
		page := b.get(out("id_token_hint", "", "client_id", p.ID))
		if !strings.Contains(page.body, "lisi") {
			t.Fatalf("%d %s", page.status, page.body)
		}
		b.submit(page, "decision", "stay")
		p.code(b, "prompt", "none")
		// Another member's browser is not signed out by somebody's ID token.
		other := signedIn(t, w, w.Corp, "wangwu")
		if page := other.get(out()); page.status != http.StatusOK || !strings.Contains(page.body, `value="leave"`) {
			t.Errorf("%d %s", page.status, page.header.Get("Location"))
		}
		// Nor by an ID token that another product shows.
		if page := b.get(out("client_id", quiet.ID)); page.status == http.StatusFound || page.status == http.StatusSeeOther {
			t.Errorf("with another client's ID token: %d %s", page.status, page.header.Get("Location"))
		}
		p.code(b, "prompt", "none")
		tell(t, w, w.Corp)
		if heard := l.news(); heard != nil {
			t.Errorf("heard %q before anybody has left", heard)
		}

		w.Advance(2 * time.Hour) // an expired ID token still works as a hint
		if left := b.get(out()); left.header.Get("Location") != callback+"?bye=1&state=out" {
			t.Fatalf("%d %s", left.status, left.header.Get("Location"))
		}
		if q := b.get(p.link("prompt", "none")).to(t).Query(); q.Get("error") != "login_required" {
			t.Errorf("after leaving: %v", q)
		}
		if again := p.ask(refresh(got.Refresh)); again.Error != "invalid_grant" {
			t.Errorf("a refresh token outlives its session: %+v", again)
		}
		if again := p.ask(refresh(offline.Refresh)); again.Error != "" {
			t.Errorf("offline access ends with the session: %+v", again)
		}
		if left := b.get(out("client_id", p.ID)); left.header.Get("Location") != callback+"?bye=1&state=out" {
			t.Errorf("leaving twice: %d %s", left.status, left.header.Get("Location"))
		}

		// The client is told once, by a logout token, which cannot serve as any other token.
		tell(t, w, w.Corp)
		tell(t, w, w.Corp)
		heard := l.news()
		if len(heard) != 1 {
			t.Fatalf("heard %q", heard)
		}
		parsed, err := jwt.ParseSigned(heard[0], []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		if kind := parsed.Headers[0].ExtraHeaders[jose.HeaderType]; kind != "logout+jwt" {
			t.Errorf("typ %v", kind)
		}
		token := p.open(heard[0])
		events, _ := token["events"].(map[string]any)
		if token["iss"] != p.issuer() || token["aud"] != p.ID || token["sub"] != claims["sub"] || token["sid"] != claims["sid"] || token["nonce"] != nil ||
			token["jti"] == nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
			t.Errorf("%v", token)
		}
		if q := other.get(p.link("id_token_hint", heard[0])).to(t).Query(); q.Has("code") {
			t.Errorf("a logout token of another member hints at nobody: %v", q)
		}
	})
}

// Every way to end a session tells the clients.
func TestEndsAreTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, w *qiweitest.World, b *browser)
		told int
	}{
		{"signing out", func(t *testing.T, w *qiweitest.World, b *browser) { b.submit(b.get("/account/")) }, 1},
		{"another member in the same browser", func(t *testing.T, w *qiweitest.World, b *browser) { b.signIn(w.Corp, "wangwu") }, 1},
		{"the same member anew", func(t *testing.T, w *qiweitest.World, b *browser) { b.signIn(w.Corp, "lisi") }, 0},
		{"the same userid of another corp", func(t *testing.T, w *qiweitest.World, b *browser) { b.signIn(w.Second, "lisi") }, 1},
		{"being disabled", func(t *testing.T, w *qiweitest.World, b *browser) {
			w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`)
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				l := newListener(t)
				p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.BackChannel = l.URL })
				b := signedIn(t, w, w.Corp, "lisi")
				p.tokens(b)
				p.tokens(b)
				tt.end(t, w, b)
				tell(t, w, w.Corp)
				if heard := l.news(); len(heard) != tt.told {
					t.Errorf("heard %d times, want %d", len(heard), tt.told)
				}
			})
		})
	}
}

// A client that cannot be reached is told later, but not for ever.
func TestTellingAgain(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		l := newListener(t)
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.BackChannel = l.URL })
		b := signedIn(t, w, w.Corp, "lisi")
		p.tokens(b)
		l.answer(http.StatusServiceUnavailable)
		b.submit(b.get("/account/"))
		tell(t, w, w.Corp)
		tell(t, w, w.Corp)
		if n := len(l.news()); n != 1 {
			t.Errorf("tried %d times at once", n)
		}
		l.answer(http.StatusFound) // a redirect, which is not followed
		w.Advance(11 * time.Second)
		tell(t, w, w.Corp)
		if n := len(l.news()); n != 1 {
			t.Errorf("tried %d times after eleven seconds", n)
		}
		l.answer(http.StatusOK)
		w.Advance(61 * time.Second)
		tell(t, w, w.Corp)
		tell(t, w, w.Corp)
		if n := len(l.news()); n != 1 {
			t.Errorf("told %d times", n)
		}

		l.answer(http.StatusInternalServerError)
		b.signIn(w.Corp, "lisi")
		p.tokens(b)
		b.submit(b.get("/account/"))
		for range 20 {
			tell(t, w, w.Corp)
			w.Advance(24 * time.Hour)
		}
		if n := len(l.news()); n != 7 {
			t.Errorf("tried %d times in all, want 7", n)
		}
	})
}

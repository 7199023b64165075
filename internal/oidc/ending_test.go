package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// endMember ends what a member has given to products, as a new password does.
func endMember(w *qiweitest.World, c *qiweitest.Corp, user id.UserID) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		m, err := w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), user)
		if err != nil {
			return err
		}
		return w.Server.OIDC.EndMember(ctx, tx, c.CorpID, m.No, "a test")
	})
}

// When a member's credentials change, nothing that was given before lives on: no code, no access token, no
// refresh token, be it for offline access. Others keep theirs.
func TestEndMember(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		offline := func(c *oidc.Client) { c.Scopes = append(oidc.DefaultScopes(), "offline_access") }
		l := newListener(t)
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { offline(c); c.BackChannel = l.URL })
		silent, twin := newProduct(t, w, w.Corp, offline), newProduct(t, w, w.Second, offline)
		scope := []string{"scope", "openid offline_access"}
		b := signedIn(t, w, w.Corp, "lisi")
		online, off, elsewhere := p.tokens(b), p.tokens(b, scope...), silent.tokens(b, scope...)
		second := p.tokens(signedIn(t, w, w.Corp, "lisi"))
		code := p.code(b)
		colleague := p.tokens(signedIn(t, w, w.Corp, "wangwu"), scope...)
		namesake := twin.tokens(signedIn(t, w, w.Second, "lisi"), scope...)
		want := map[any]bool{p.open(online.ID)["sid"]: true, p.open(second.ID)["sid"]: true}

		endMember(w, w.Corp, "lisi")
		for name, one := range map[string]struct {
			p *product
			tokens
		}{"online": {p, online}, "offline": {p, off}, "another client's": {silent, elsewhere}, "another session's": {p, second}} {
			if one.p.userInfo(one.Access) != nil || one.p.lives(one.Access) || one.p.lives(one.Refresh) {
				t.Errorf("%s tokens are still good", name)
			}
			if got := one.p.ask(refresh(one.Refresh)); got.Error != "invalid_grant" {
				t.Errorf("%s refresh token: %+v", name, got)
			}
		}
		if got := p.ask(exchange(code)); got.Error != "invalid_grant" {
			t.Errorf("a code from before: %+v", got)
		}
		if !p.lives(colleague.Access) || !p.lives(colleague.Refresh) || !twin.lives(namesake.Access) || !twin.lives(namesake.Refresh) {
			t.Error("another member's tokens have ended, too")
		}
		// Each session's end is reported once, although two grants of one have ended.
		tell(t, w, w.Corp)
		heard := l.news()
		for _, token := range heard {
			claims := p.open(token)
			if claims["sub"] != p.open(online.ID)["sub"] || !want[claims["sid"]] {
				t.Errorf("told %v", claims)
			}
			delete(want, claims["sid"])
		}
		if len(heard) != 2 {
			t.Errorf("heard %d times, want 2", len(heard))
		}
		// A signed-in member is admitted again.
		if got := p.tokens(b); !p.lives(got.Access) {
			t.Error("the member cannot come in any more")
		}
	})
}

// A client is also told of an end that deletes the very rows by which it is told.
func TestEndsWithoutRowsAreTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(w *qiweitest.World, p *product)
	}{
		{"the member is deleted", func(w *qiweitest.World, p *product) {
			w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		}},
		{"the application is deleted", func(w *qiweitest.World, p *product) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				return w.Server.Apps.DeleteApp(ctx, tx, p.CorpID, p.app.AgentID)
			})
		}},
		{"the client is deleted", func(w *qiweitest.World, p *product) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				return w.Server.OIDC.DeleteClient(ctx, tx, access.System(p.CorpID), p.ID)
			})
		}},
		{"the client is disabled", func(w *qiweitest.World, p *product) { p.change(func(c *oidc.Client) { c.Disabled = true }) }},
		{"the member is disabled", func(w *qiweitest.World, p *product) {
			w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				for _, subject := range []oidc.Subject{oidc.SubjectUserID, oidc.SubjectPublic} {
					l := newListener(t)
					p := newProduct(t, w, w.Corp, func(c *oidc.Client) {
						c.BackChannel, c.Subject, c.Scopes = l.URL, subject, append(oidc.DefaultScopes(), "offline_access")
					})
					b := signedIn(t, w, w.Corp, "lisi")
					got, off := p.tokens(b), p.tokens(b, "scope", "openid offline_access")
					tt.end(w, p)
					if p.lives(got.Access) || p.lives(off.Refresh) {
						t.Error("the tokens are still good")
					}
					tell(t, w, w.Corp)
					heard := l.news()
					if len(heard) != 1 {
						t.Fatalf("%s: heard %d times, want once", subject, len(heard))
					}
					told, was := p.open(heard[0]), p.open(got.ID)
					if told["sub"] != was["sub"] || told["sid"] != was["sid"] || told["aud"] != p.ID || told["iss"] != p.issuer() {
						t.Errorf("told %v, was %v", told, was)
					}
					// For the next round.
					sync := w.As(access.ContactSync)
					sync.Call("POST", "/cgi-bin/user/create", `{"userid":"lisi","name":"李四","department":[3],"mobile":"13800000044"}`)
					sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":1}`)
				}
			})
		})
	}
}

// A sign-in under way when the session ends leaves nothing that outlives the session.
func TestEndDuringSignIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Scopes = append(oidc.DefaultScopes(), "offline_access") })
		for range 5 {
			b := signedIn(t, w, w.Corp, "lisi")
			var mu sync.Mutex
			var codes []string
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					for range 5 {
						resp, err := b.Get(p.link("prompt", "none", "scope", "openid offline_access"))
						if err != nil {
							t.Error(err)
							return
						}
						resp.Body.Close()
						to, err := url.Parse(resp.Header.Get("Location"))
						if err != nil || resp.StatusCode != http.StatusSeeOther {
							t.Errorf("%s %v", resp.Status, err)
							return
						}
						mu.Lock()
						codes = append(codes, to.Query().Get("code"))
						mu.Unlock()
					}
				})
			}
			all.Go(func() { // the sessions end, and with them everything else
				for _, enabled := range []string{"0", "1"} {
					w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":`+enabled+`}`)
				}
			})
			all.Wait()
			for _, code := range codes {
				if code == "" {
					continue // it came too late
				}
				if got := p.ask(exchange(code)); got.Error != "invalid_grant" {
					t.Fatalf("a code has outlived the session: %+v", got)
				}
			}
		}
	})
}

// A new password ends what was given before it, offline access included, and the
// products are told.
func TestNewPassword(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		l := newListener(t)
		change := func(c *oidc.Client) { c.BackChannel, c.Scopes = l.URL, append(oidc.DefaultScopes(), "offline_access") }
		p, twin := newProduct(t, w, w.Corp, change), newProduct(t, w, w.Second, change)
		b := signedIn(t, w, w.Corp, "lisi")
		online, offline := p.tokens(b), p.tokens(b, "scope", "openid offline_access")
		namesake := twin.tokens(signedIn(t, w, w.Second, "lisi"), "scope", "openid offline_access")
		password, err := w.Server.Login.NewPassword(t.Context(), "lisi", "another long phrase")
		if err != nil {
			t.Fatal(err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "lisi", password)
		})
		for name, got := range map[string]tokens{"online": online, "offline": offline} {
			if p.userInfo(got.Access) != nil || p.lives(got.Refresh) {
				t.Errorf("%s tokens are still good", name)
			}
			if again := p.ask(refresh(got.Refresh)); again.Error != "invalid_grant" {
				t.Errorf("%s: %+v", name, again)
			}
		}
		if !twin.lives(namesake.Refresh) {
			t.Error("the namesake's tokens have ended, too")
		}
		tell(t, w, w.Corp)
		if heard := l.news(); len(heard) != 1 {
			t.Errorf("heard %d times, want once", len(heard))
		}
	})
}

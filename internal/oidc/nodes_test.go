package oidc_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// TestNodes lets each step of a sign-in be taken by another server on the same
// database, one of which was started after the member had signed in.
func TestNodes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		code := p.code(b)

		other, err := platform.Open(context.Background(), platform.Config{Database: w.Server.Database, Key: qiweitest.Key, Clock: w.Clock, SweepEvery: -1})
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(other)
		other.SetBaseURL(w.URL) // members and clients reach all by one name
		t.Cleanup(func() {
			front.Close()
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		})
		there := *p
		// there speaks to the other server, and names the issuer that both are.
		here := w.URL
		at := func(url string, do func()) { w.URL = url; do(); w.URL = here }

		var got, next tokens
		at(front.URL, func() { got = there.ask(exchange(code)) })
		if got.Error != "" {
			t.Fatalf("a code of another server: %+v", got)
		}
		if claims := p.open(got.ID); claims["iss"] != p.issuer() {
			t.Errorf("%v", claims)
		}
		if next = p.ask(refresh(got.Refresh)); next.Error != "" {
			t.Fatalf("a refresh token of another server: %+v", next)
		}
		at(front.URL, func() {
			if again := there.ask(refresh(got.Refresh)); again.Error != "invalid_grant" {
				t.Errorf("used at the one, reused at the other: %+v", again)
			}
		})
		if p.lives(next.Access) {
			t.Error("what a reuse has ended at the other server lives here")
		}
		// A session that ends at one is over at the other.
		at(front.URL, func() {
			if got := b.get(p.link("prompt", "none")); !strings.Contains(got.header.Get("Location"), "code=") {
				t.Errorf("the other server does not know the session: %s", got.header.Get("Location"))
			}
		})
		b.submit(b.get("/account/"))
		at(front.URL, func() {
			if got := b.get(p.link("prompt", "none")).to(t).Query(); got.Get("error") != "login_required" {
				t.Errorf("%v", got)
			}
		})
	})
}

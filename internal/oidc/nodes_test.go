package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// secondNode starts another server on the database of the first.
func secondNode(t *testing.T, w *qiweitest.World) *httptest.Server {
	t.Helper()
	other, err := platform.Open(context.Background(), platform.Config{Database: w.Server.Database, Key: qiweitest.Key, Clock: w.Clock, SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(other)
	other.SetBaseURL(w.URL) // members and clients reach all servers by one name
	t.Cleanup(func() {
		front.Close()
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return front
}

// TestNodes lets each step of a sign-in be taken by another server on the same
// database, one of which was started after the member had signed in.
func TestNodes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		code := p.code(b)

		front := secondNode(t, w)
		there := *p
		// there talks to the other server, under the issuer's name that both share.
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
		// A session that ends at one server has ended at the other.
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

// One code, and then one refresh token, is redeemed at two servers at once, many times. At most one of them
// gives tokens, and those are void once the other has seen the second use.
func TestTwoNodesRedeemAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		front := secondNode(t, w)
		redeem := func(base string, form url.Values) (got tokens) {
			req, err := http.NewRequest("POST", base+"/oidc/"+p.CorpID+"/token", strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return got
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth(p.ID, p.Secret)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return got
			}
			defer resp.Body.Close()
			if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
				t.Error(err)
			}
			got.status = resp.StatusCode
			return got
		}
		for round := range 6 {
			form := exchange(p.code(b))
			if round%2 == 1 {
				form = refresh(p.tokens(b).Refresh)
			}
			var got [6]tokens
			var all sync.WaitGroup
			for i := range got {
				all.Go(func() { got[i] = redeem([]string{w.URL, front.URL}[i%2], form) })
			}
			all.Wait()
			won := 0
			for _, one := range got {
				switch {
				case one.Error == "" && one.status == http.StatusOK:
					won++
					if p.lives(one.Access) || p.lives(one.Refresh) {
						t.Errorf("round %d: what the first use gave is still good", round)
					}
				case one.Error != "invalid_grant":
					t.Errorf("round %d: %+v", round, one)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d got tokens", round, won)
			}
		}
	})
}

// A server that dies in the middle of an exchange has done nothing: the code or the refresh token stays
// valid, and no orphaned token is left. A server that dies after the commit, before the answer, has used it
// up: the client's second try ends the tokens that nobody received.
func TestCrashInExchange(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		died := errors.New("died")
		left := func() (n int64) {
			w.Write(func(_ context.Context, tx *store.Tx) (err error) {
				n, err = tx.Count(`SELECT count(*) FROM oidc_token WHERE grant_id IN (SELECT id FROM oidc_grant WHERE client = ?)`, p.ID)
				return err
			})
			return n
		}
		for name, form := range map[string]url.Values{"code": exchange(p.code(b)), "refresh token": refresh(p.tokens(b).Refresh)} {
			before := left()
			err := w.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
				if err := w.Server.OIDC.Exchange(tx, p.Client, form); err != nil {
					return err
				}
				return died
			})
			if !errors.Is(err, died) || left() != before {
				t.Errorf("%s: %v; %d tokens, %d before", name, err, left(), before)
			}
			if got := p.ask(form); got.Error != "" {
				t.Errorf("%s: the client's second try: %+v", name, got)
			}
		}
		form := exchange(p.code(b))
		if err := w.Server.Store.Write(t.Context(), func(tx *store.Tx) error { return w.Server.OIDC.Exchange(tx, p.Client, form) }); err != nil {
			t.Fatal(err)
		}
		before := left()
		if got := p.ask(form); got.Error != "invalid_grant" || left() >= before {
			t.Errorf("after the commit: %+v; %d tokens, %d before", got, left(), before)
		}
	})
}

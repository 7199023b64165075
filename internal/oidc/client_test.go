package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// Two enterprises look alike. One's operations on the other's client do nothing and say so, in each operation
// and in each statement behind it.
func TestTwinsClient(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, twin := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Second, nil)
		oidcs := w.Server.OIDC
		astray := twin.Client
		astray.CorpID = w.CorpID // claiming that it is ours
		astray.RedirectURIs = []string{"https://evil.example/"}
		for name, do := range map[string]func(context.Context, *store.Tx) error{
			"update": func(ctx context.Context, tx *store.Tx) error {
				_, err := oidcs.UpdateClient(ctx, tx, access.System(w.CorpID), astray)
				return err
			},
			"rotate the secret": func(ctx context.Context, tx *store.Tx) error {
				_, err := oidcs.RotateSecret(ctx, tx, access.System(w.CorpID), twin.ID, time.Hour)
				return err
			},
			"delete": func(ctx context.Context, tx *store.Tx) error {
				return oidcs.DeleteClient(ctx, tx, access.System(w.CorpID), twin.ID)
			},
			"read": func(ctx context.Context, tx *store.Tx) error {
				_, err := oidcs.Client(tx, w.CorpID, twin.ID)
				return err
			},
			"the row's settings": func(ctx context.Context, tx *store.Tx) error { return oidc.UpdateClientRow(tx, astray) },
			"the row's secret":   func(ctx context.Context, tx *store.Tx) error { return oidc.UpdateClientSecretRow(tx, astray) },
			"the row": func(ctx context.Context, tx *store.Tx) error {
				return oidc.DeleteClientRow(tx, w.CorpID, twin.ID)
			},
		} {
			err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error { return do(context.Background(), tx) })
			if !errors.Is(err, oidc.ErrNoClient) {
				t.Errorf("%s: %v, want ErrNoClient", name, err)
			}
		}
		// The corp that the caller claims does not count; the caller's own does.
		mislabelled := own.Client
		mislabelled.CorpID, mislabelled.Name = w.Second.CorpID, "报表"
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			got, err := oidcs.UpdateClient(ctx, tx, access.System(w.CorpID), mislabelled)
			if got.CorpID != w.CorpID {
				t.Errorf("a client has gone to %s", got.CorpID)
			}
			return err
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := oidcs.Client(tx, w.CorpID, own.ID)
			if c.Name != "报表" {
				t.Errorf("the own client is called %q", c.Name)
			}
			return err
		})
		for _, p := range []*product{own, twin} {
			if got := p.tokens(signedIn(t, w, p.corp, "lisi")); !p.lives(got.Access) {
				t.Errorf("the client of %s has suffered", p.CorpID)
			}
		}
	})
}

// post sends a form to the token endpoint with a header of its own.
func (p *product) post(authorization, contentType, body string) (got tokens) {
	p.t.Helper()
	req, err := http.NewRequest("POST", p.issuer()+"/token", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp := p.w.Do(req)
	decode(p.t, resp, &got)
	got.status, got.header = resp.StatusCode, resp.Header
	return got
}

// TestCredentials tries the ways in which clients identify themselves: the right ones, and those by which one
// client could pass for another.
func TestCredentials(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		odd := "p+q/r s%20=&:" + strings.Repeat("x", 24) // a product's own secret
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Secret = odd })
		other := newProduct(t, w, w.Corp, nil)
		public := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Public = true })
		basic := func(id, secret string) string {
			r := &http.Request{Header: http.Header{}}
			r.SetBasicAuth(id, secret)
			return r.Header.Get("Authorization")
		}
		b := signedIn(t, w, w.Corp, "lisi")
		for _, tt := range []struct {
			name          string
			authorization string
			more          url.Values
			kind          string
			want          string // the error, empty for tokens
			status        int
		}{
			{"in the header, encoded", basic(url.QueryEscape(p.ID), url.QueryEscape(odd)), nil, form, "", 200},
			{"in the header as it is", basic(p.ID, odd), nil, form, "", 200},
			{"in the form", "", url.Values{"client_id": {p.ID}, "client_secret": {odd}}, form, "", 200},
			{"a charset", basic(p.ID, odd), nil, form + "; charset=UTF-8", "", 200},
			{"in both", basic(p.ID, odd), url.Values{"client_id": {p.ID}, "client_secret": {odd}}, form, "", 200},
			{"the form names another client", basic(p.ID, odd), url.Values{"client_id": {other.ID}}, form, "invalid_request", 400},
			{"the form has another secret", basic(p.ID, odd), url.Values{"client_secret": {other.Secret}}, form, "invalid_request", 400},
			{"another's secret", basic(p.ID, other.Secret), nil, form, "invalid_client", 401},
			{"another client", basic(other.ID, other.Secret), nil, form, "invalid_grant", 400},
			{"a public client", "", url.Values{"client_id": {public.ID}}, form, "invalid_grant", 400},
			{"no secret", "", url.Values{"client_id": {p.ID}}, form, "invalid_client", 401},
			{"an empty secret", basic(p.ID, ""), nil, form, "invalid_client", 401},
			{"nobody", "", nil, form, "invalid_client", 401},
			{"no such client", basic("ocnobody", odd), nil, form, "invalid_client", 401},
			{"a broken header", "Basic !!!", url.Values{"client_id": {p.ID}, "client_secret": {odd}}, form, "invalid_client", 401},
			{"an assertion", basic(p.ID, odd), url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {"e30.e30."}}, form, "invalid_client", 401},
			{"JSON", basic(p.ID, odd), nil, "application/json", "invalid_request", 400},
			{"no type", basic(p.ID, odd), nil, "", "invalid_request", 400},
			{"twice", basic(p.ID, odd), url.Values{"client_id": {p.ID, p.ID}}, form, "invalid_request", 400},
		} {
			body := exchange(p.code(b))
			for name, values := range tt.more {
				body[name] = values
			}
			got := p.post(tt.authorization, tt.kind, body.Encode())
			if got.Error != tt.want || got.status != tt.status || (tt.want == "") != (got.Access != "") {
				t.Errorf("%s: %d %s %s, want %d %s", tt.name, got.status, got.Error, got.Why, tt.status, tt.want)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (got.status == 401 && tt.authorization != "") {
				t.Errorf("%s: WWW-Authenticate %q", tt.name, challenge)
			}
			if strings.ContainsAny(got.Why, "\"\\") || strings.Contains(got.Why, odd) {
				t.Errorf("%s: error_description %q", tt.name, got.Why)
			}
		}
		// A disabled client is nobody, at each endpoint.
		code := other.code(b)
		other.change(func(c *oidc.Client) { c.Disabled = true })
		for path, form := range map[string]url.Values{"/token": exchange(code), "/introspect": {"token": {"x"}}, "/revoke": {"token": {"x"}}} {
			var got tokens
			if a := other.call(path, form, &got); a.status != http.StatusUnauthorized || got.Error != "invalid_client" {
				t.Errorf("a disabled client at %s: %d %+v", path, a.status, got)
			}
		}
		// What stands in the address is not read: it would be in logs.
		req, err := http.NewRequest("POST", p.issuer()+"/token?"+exchange(p.code(b)).Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", form)
		req.Header.Set("Authorization", basic(p.ID, odd))
		if resp := w.Do(req); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("a code in the address: %s", resp.Status)
		}
	})
}

// A redirect URI is compared letter for letter. Only the port of a loopback address is the client's choice.
func TestRedirectURIs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) {
			c.RedirectURIs = []string{"http://127.0.0.1/cb", "http://[::1]:9000/cb?x=1", "https://127.0.0.1/tls", "http://localhost:3000/cb", "com.example.app:/cb"}
		})
		b := signedIn(t, w, w.Corp, "lisi")
		for uri, ok := range map[string]bool{
			"http://127.0.0.1/cb": true, "http://127.0.0.1:51234/cb": true, "http://[::1]/cb?x=1": true, "http://[::1]:1/cb?x=1": true,
			"com.example.app:/cb": true, "http://localhost:3000/cb": true,
			"http://127.0.0.1:51234/cb/": false, "http://127.0.0.1:51234/CB": false, "http://127.0.0.1:51234/cb?x=1": false, "http://127.0.0.1:51234": false,
			"https://127.0.0.1:51234/cb": false, "http://127.0.0.2/cb": false, "http://127.0.0.1:51234@evil.example/cb": false,
			"http://127.0.0.1.evil.example/cb": false, "http://127.0.0.1:51234.evil.example/cb": false, "http://127.0.0.1:/cb": false, "http://127.0.0.1:51234/cb#x": false,
			"http://127.0.0.1:123456/cb": false, "http://[::1]:1/cb": false, "http://[::1]:1/cb?x=2": false, "https://127.0.0.1:1/tls": false,
			"http://localhost:3001/cb": false, "http://localhost/cb": false, "com.example.app:/cb/x": false, "com.example.app://cb": false,
		} {
			got := b.get(p.link("redirect_uri", uri))
			address, _, _ := strings.Cut(uri, "?")
			if ok != strings.HasPrefix(got.header.Get("Location"), address+"?") || ok != got.to(t).Query().Has("code") {
				t.Errorf("%s: %d %s", uri, got.status, got.header.Get("Location"))
			}
			if !ok && (got.status != http.StatusBadRequest || got.header.Get("Location") != "") {
				t.Errorf("%s: %d %s", uri, got.status, got.header.Get("Location"))
			}
		}
		// The code is valid only with the address for which it was requested.
		code := b.get(p.link("redirect_uri", "http://127.0.0.1:51234/cb")).to(t).Query().Get("code")
		form := exchange(code)
		for _, tt := range []struct{ uri, want string }{{"http://127.0.0.1:51235/cb", "invalid_grant"}, {"http://127.0.0.1/cb", "invalid_grant"}, {"", "invalid_grant"}, {"http://127.0.0.1:51234/cb", ""}} {
			if form.Set("redirect_uri", tt.uri); tt.uri == "" {
				form.Del("redirect_uri")
			}
			if got := p.ask(form); got.Error != tt.want {
				t.Errorf("%q: %+v", tt.uri, got)
			}
		}
	})
}

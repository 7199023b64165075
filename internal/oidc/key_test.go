package oidc_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func kidOf(t *testing.T, token string) string {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Headers[0].KeyID
}

func has(set jose.JSONWebKeySet, kid string) bool { return len(set.Key(kid)) > 0 }

// A key is published a day before it signs, and a week after: a client that fetches the keys once a day knows
// every key in time.
func TestKeyRotation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Algorithm = oidc.ES256 })
		signs := func() string {
			t.Helper()
			return kidOf(t, p.tokens(signedIn(t, w, w.Corp, "lisi")).ID)
		}
		sweep := func() {
			t.Helper()
			if err := w.Server.OIDC.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		first := signs()
		second, err := w.Server.OIDC.RotateKey(context.Background(), w.CorpID, oidc.ES256, false)
		if err != nil {
			t.Fatal(err)
		}
		if !has(p.keys(), second.KID) || signs() != first {
			t.Error("a new key is published, and does not sign yet")
		}
		w.Advance(25 * time.Hour)
		sweep()
		if signs() != second.KID || !has(p.keys(), first) {
			t.Error("a day later it signs, and the old one is published yet")
		}
		w.Advance(8 * 24 * time.Hour)
		sweep()
		if has(p.keys(), first) || !has(p.keys(), second.KID) {
			t.Error("a week later the old one is gone")
		}
		for _, k := range p.keys().Keys {
			if !k.IsPublic() || k.Use != "sig" {
				t.Errorf("published: %+v", k)
			}
		}
		// Stolen: withdrawn at once.
		third, err := w.Server.OIDC.RotateKey(context.Background(), w.CorpID, oidc.ES256, true)
		if err != nil {
			t.Fatal(err)
		}
		if signs() != third.KID || has(p.keys(), second.KID) {
			t.Error("a key that has become known still counts")
		}
	})
}

// Keys follow by themselves. It runs on SQLite alone: on PostgreSQL the tests share
// their tables, and this one moves the clock by months under the keys of others.
func TestKeysFollowByThemselves(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	w.WithoutTwin()
	p := newProduct(t, w, w.Corp, nil)
	p.tokens(signedIn(t, w, w.Corp, "lisi"))
	before := len(p.keys().Keys)
	w.Advance(91 * 24 * time.Hour)
	for range 2 {
		if err := w.Server.OIDC.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.keys().Keys); n != 2*before {
		t.Errorf("%d keys after three months, %d before", n, before)
	}
}

// At rest keys and secrets are sealed, and tokens are digests.
func TestAtRest(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	p := newProduct(t, w, w.Corp, nil)
	got := p.tokens(signedIn(t, w, w.Corp, "lisi"))
	var all bytes.Buffer
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, column := range []string{"private FROM oidc_key", "secret_mac FROM oidc_client", "settings FROM oidc_client", "mac FROM oidc_token", "request FROM oidc_grant"} {
			err := tx.Each(`SELECT `+column, nil, func(rows *store.Rows) error {
				var text string
				var b []byte
				err := rows.Scan(&b)
				if err != nil {
					err = rows.Scan(&text)
				}
				all.WriteString(string(b) + text + "\n")
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, secret := range []string{p.Secret, got.Access, got.Refresh, "PRIVATE"} {
		if all.Len() < 200 || bytes.Contains(all.Bytes(), []byte(secret)) {
			t.Errorf("%q is in the tables as it is", secret)
		}
	}
}

func TestSecretRotation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		old := *p
		b := signedIn(t, w, w.Corp, "lisi")
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			p.Client, err = w.Server.OIDC.RotateSecret(ctx, tx, access.System(w.CorpID), p.ID, time.Hour)
			return err
		})
		if p.Secret == old.Secret {
			t.Fatal("the secret is the same")
		}
		p.tokens(b)
		old.tokens(b)
		w.Advance(61 * time.Minute)
		p.tokens(b)
		if got := old.ask(exchange(old.code(b))); got.Error != "invalid_client" {
			t.Errorf("the old secret after an hour: %+v", got)
		}
	})
}

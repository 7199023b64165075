package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// What two enterprises have does not touch, even where one names the other's rows.
func TestWhatEndsInAnotherEnterprise(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		l := newListener(t)
		ours := newProduct(t, w, w.Corp, nil)
		theirs := newProduct(t, w, w.Second, func(c *oidc.Client) { c.BackChannel = l.URL })
		b := signedIn(t, w, w.Corp, "lisi")
		our, their := ours.tokens(b), theirs.tokens(signedIn(t, w, w.Second, "lisi"))
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m, err := w.Server.Directory.Member(ctx, tx, access.System(w.Second.CorpID), "lisi")
			if err != nil {
				return err
			}
			if err := w.Server.OIDC.EndMember(ctx, tx, w.CorpID, m.No, "a test"); err != nil {
				return err
			}
			if list, err := w.Server.OIDC.Clients(tx, w.CorpID); err != nil || len(list) != 1 || list[0].ID != ours.ID {
				t.Errorf("our clients: %+v, %v", list, err)
			}
			if err := w.Server.OIDC.DeleteClient(ctx, tx, access.System(w.CorpID), theirs.ID); !errors.Is(err, oidc.ErrNoClient) {
				t.Errorf("delete another's client: %v", err)
			}
			// Both came in by what bears one name.
			_, err = tx.Exec(`UPDATE oidc_grant SET session = (SELECT session FROM oidc_grant WHERE client = ?) WHERE client = ?`, ours.ID, theirs.ID)
			return err
		})
		if !ours.lives(our.Access) || !theirs.lives(their.Access) {
			t.Error("a token has ended")
		}
		if got := b.submit(b.get("/account/")); got.status >= http.StatusBadRequest {
			t.Errorf("sign out: %d %s", got.status, got.body)
		}
		if ours.lives(our.Access) || !theirs.lives(their.Access) {
			t.Error("the end of a session is not its own enterprise's alone")
		}
		tell(t, w, w.Second)
		if n := len(l.news()); n != 0 {
			t.Errorf("another enterprise's product heard %d times", n)
		}
		// One enterprise is told without the other.
		endMember(w, w.Second, "lisi")
		tell(t, w, w.Corp)
		if n := len(l.news()); n != 0 {
			t.Error("telling one enterprise's products has told the other's")
		}
		tell(t, w, w.Second)
		if n := len(l.news()); n != 1 {
			t.Errorf("heard %d times, want once", n)
		}
	})
}

// A token opens nothing but at its own issuer; a grant that were to say that it is
// another enterprise's opens nothing at all.
func TestTokenElsewhere(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ours, theirs := newProduct(t, w, w.Corp, nil), newProduct(t, w, w.Second, nil)
		their := theirs.tokens(signedIn(t, w, w.Second, "lisi"))
		if ours.userInfo(their.Access) != nil || ours.lives(their.Access) || ours.lives(their.Refresh) {
			t.Error("another enterprise's token opens something")
		}
		if theirs.userInfo(their.Access) == nil || !theirs.lives(their.Access) {
			t.Error("it opens nothing at home")
		}
		w.Write(func(_ context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE oidc_grant SET corpid = ? WHERE client = ?`, w.CorpID, theirs.ID)
			return err
		})
		if theirs.userInfo(their.Access) != nil || theirs.lives(their.Access) || ours.userInfo(their.Access) != nil || ours.lives(their.Access) {
			t.Error("a grant of nobody's opens something")
		}
	})
}

// Each enterprise's keys are its own: they sign, follow and are withdrawn alone.
func TestKeysOfTwoEnterprises(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	w.WithoutTwin() // whose keys come of age, too
	es := func(c *oidc.Client) { c.Algorithm = oidc.ES256 }
	ours, theirs := newProduct(t, w, w.Corp, es), newProduct(t, w, w.Second, es)
	signs := func(p *product) string { return kidOf(t, p.tokens(signedIn(t, w, p.corp, "lisi")).ID) }
	our, their := signs(ours), signs(theirs)
	if our == their || !has(ours.keys(), our) || has(ours.keys(), their) {
		t.Fatalf("ours %s, theirs %s", our, their)
	}
	w.Advance(80 * 24 * time.Hour)
	next, err := w.Server.OIDC.RotateKey(context.Background(), w.Second.CorpID, oidc.ES256, true)
	if err != nil {
		t.Fatal(err)
	}
	if signs(ours) != our || signs(theirs) != next.KID || !has(ours.keys(), our) {
		t.Error("another enterprise's new key has changed ours")
	}
	// Ours is of age now, and theirs is not.
	w.Advance(11 * 24 * time.Hour)
	for range 2 {
		if err := w.Server.OIDC.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(25 * time.Hour)
	if now := signs(ours); now == our || now == next.KID {
		t.Errorf("%s signs, our key of before is %s and theirs %s", now, our, next.KID)
	}
}

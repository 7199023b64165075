package console_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestSignInsAreAudited: whoever comes in stands in the audit log beside those who are
// refused, once, with the door and the way; the console's own line is not doubled.
func TestSignInsAreAudited(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		ctx := context.Background()
		const password = "correct horse battery"
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			p, err := w.Server.Login.NewPassword(ctx, "lisi", password)
			if err != nil {
				return err
			}
			return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "lisi", p)
		})
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan") // at the pages, and from there into the console
		at := login.Stranger{Door: login.DoorLDAP, Address: netip.MustParseAddr("203.0.113.1")}
		for range 3 {
			who, err := w.Server.Login.CheckPassword(ctx, w.CorpID, "lisi", password, at)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Server.Login.Admit(ctx, who, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Server.Login.CheckPassword(ctx, w.CorpID, "lisi", "wrong", at); err == nil {
			t.Fatal("a wrong password is right")
		}
		if err := w.Server.Login.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		lines := func() (out []string) {
			var log struct {
				Entries []struct {
					UserID, Address, Action string
					Detail                  struct {
						Door, Way, Result, Why string
						Count                  int
					}
				}
			}
			a.ok("GET", "/console/api/audit?action=session", "", &log)
			for _, e := range log.Entries {
				out = append(out, e.Action+" "+e.UserID+" "+e.Detail.Door+" "+e.Detail.Way+" "+e.Detail.Result+e.Detail.Why+" "+[]string{"", "1", "", "3"}[e.Detail.Count])
			}
			slices.Sort(out)
			return out
		}
		want := []string{
			"session.begin zhangsan  member  ",
			"session.entered lisi ldap password entered 3",
			"session.entered zhangsan pages control entered ",
			"session.refused lisi ldap password wrong 1",
		}
		if got := lines(); !slices.Equal(got, want) {
			t.Errorf("the audit has\n%q, want\n%q", got, want)
		}
		if err := w.Server.Console.PruneSignIns(ctx, w.Clock.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if got := lines(); !slices.Equal(got, want[:1]) {
			t.Errorf("after they have had their time: %q", got)
		}
	})
}

// A crowd of members whose passwords an LDAP product checks is named one by one, beside
// a guesser who fills what there is room for.
func TestAGuesserHidesNobodyWhoComesIn(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	ctx := context.Background()
	p, err := w.Server.Login.NewPassword(ctx, "lisi", "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "lisi", p)
	})
	for i := range 250 {
		at := login.Stranger{Door: login.DoorLDAP, Address: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})}
		w.Server.Login.CheckPassword(ctx, w.CorpID, "wangwu", "wrong", at)
	}
	for i := range 3 {
		at := login.Stranger{Door: login.DoorLDAP, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
		who, err := w.Server.Login.CheckPassword(ctx, w.CorpID, "lisi", "correct horse battery", at)
		if err == nil {
			err = w.Server.Login.Admit(ctx, who, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Server.Login.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	var named []id.UserID
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return tx.Each(`SELECT userid FROM console_audit WHERE corpid = ? AND action = 'session.entered'`, []any{w.CorpID}, func(rows *store.Rows) error {
			var user string
			err := rows.Scan(&user)
			named = append(named, id.UserID(user))
			return err
		})
	})
	if !slices.Equal(named, []id.UserID{"lisi", "lisi", "lisi"}) {
		t.Errorf("named %q, want lisi from three addresses", named)
	}
}

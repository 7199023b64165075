package storetest

import (
	"context"
	"slices"
	counter "sync/atomic"
	"testing"

	"qiwei/internal/store"
)

// ahead: an announced query answers what it would answer without that, and waits for nothing.
func ahead(t *testing.T, b *bench) {
	st := b.things("a", "b")
	count := func(tx *store.Tx) (int64, error) { return tx.Count(`SELECT count(*) FROM thing`) }
	names := func(tx *store.Tx, but string) (list []string, err error) {
		err = tx.Each(`SELECT name FROM thing WHERE name <> ? ORDER BY name`, []any{but}, func(rows *store.Rows) error {
			list = append(list, "")
			return rows.Scan(&list[len(list)-1])
		})
		return list, err
	}
	want := func(tx *store.Tx, when string, n int64, list ...string) {
		t.Helper()
		got, err := count(tx)
		if err != nil || got != n {
			t.Errorf("%s: %d things, want %d; %v", when, got, n, err)
		}
		if all, err := names(tx, "a"); err != nil || !slices.Equal(all, list) {
			t.Errorf("%s: %q, want %q; %v", when, all, list, err)
		}
	}
	announce := func(tx *store.Tx) {
		tx.Ahead(
			func() error { _, err := count(tx); return err },
			func() error { _, err := names(tx, "a"); return err },
		)
	}
	var trips counter.Int64
	err := st.Write(store.CountTrips(t.Context(), &trips), func(tx *store.Tx) error {
		announce(tx)
		if _, err := names(tx, "b"); err != nil {
			return err
		}
		before := trips.Load()
		for range 2 {
			want(tx, "announced", 2, "b")
		}
		if n := trips.Load() - before; n != 0 {
			t.Errorf("announced queries waited %d times", n)
		}
		if err := send(tx, "c"); err != nil {
			return err
		}
		want(tx, "after a change", 3, "b", "c")

		// A part that fails takes with it what was read in it.
		announce(tx)
		if err := tx.Try(func() error {
			if err := send(tx, "d"); err != nil {
				return err
			}
			announce(tx)
			want(tx, "in a part", 4, "b", "c", "d")
			return context.Canceled
		}); err != context.Canceled {
			return err
		}
		want(tx, "after the part", 3, "b", "c")

		// Announced and never run; announced again and again.
		for range 100 {
			announce(tx)
			tx.Ahead(func() error { _, err := names(tx, "x"); return err })
		}
		_, err := tx.Exec(`UPDATE thing SET n = 7 WHERE name = ?`, "a")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.want(st, "a", "b", "c")
	// What cannot write does not announce, and what is announced cannot write.
	b.write(st, func(tx *store.Tx) error {
		tx.Ahead(func() error { return send(tx, "e") }, func() error { _, err := tx.Exec(`DELETE FROM thing`); return err })
		return nil
	})
	b.want(st, "a", "b", "c")
	if err := st.Read(t.Context(), func(tx *store.Tx) error { announce(tx); want(tx, "in a read", 3, "b", "c"); return nil }); err != nil {
		t.Error(err)
	}
}

// aheadFails: an announced query that fails ends the transaction, as it would by itself.
func aheadFails(t *testing.T, b *bench) {
	st := b.things("a")
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		if err := send(tx, "b"); err != nil {
			return err
		}
		wrong := func() error { _, err := tx.Count(`SELECT nothing FROM thing`); return err }
		tx.Ahead(wrong)
		return wrong()
	})
	if err == nil {
		t.Error("a wrong query has succeeded")
	}
	b.want(st, "a")
	b.write(st, func(tx *store.Tx) error { return send(tx, "c") })
	b.want(st, "a", "c")
}

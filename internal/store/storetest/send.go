package storetest

import (
	"errors"
	"fmt"
	"testing"

	"qiwei/internal/store"
)

func send(tx *store.Tx, name string) error {
	return tx.Send(`INSERT INTO thing (name) VALUES (?)`, name)
}

// sends: what is sent is there for the next statement, in order, and in the commit.
func sends(t *testing.T, b *bench) {
	st := b.things("a")
	var changed, late int64
	b.write(st, func(tx *store.Tx) error {
		for _, name := range []string{"b", "c"} {
			if err := send(tx, name); err != nil {
				return err
			}
		}
		if err := tx.SendCount(&changed, `UPDATE thing SET n = n + 1 WHERE name <> ?`, "a"); err != nil {
			return err
		}
		if n, err := tx.Count(`SELECT count(*) FROM thing WHERE n = 1`); err != nil || n != 2 || changed != 2 {
			t.Errorf("%d rows, %v; %d changed", n, err, changed)
		}
		if err := tx.Send(`DELETE FROM thing WHERE name = ?`, "b"); err != nil {
			return err
		}
		return tx.SendCount(&late, `UPDATE thing SET n = 5 WHERE name = ?`, "c")
	})
	if late != 1 {
		t.Errorf("after the commit %d changed", late)
	}
	b.want(st, "a", "c")
	// More than is kept back, new statements among them.
	b.write(st, func(tx *store.Tx) error {
		for i := range 250 {
			if err := tx.Send(fmt.Sprintf(`INSERT INTO thing (name, n) VALUES (?, %d)`, i%7), fmt.Sprint("many ", i)); err != nil {
				return err
			}
		}
		return tx.Send(`DELETE FROM thing WHERE name LIKE ?`, "many %")
	})
	b.want(st, "a", "c")
}

// sendsFail: whatever follows a statement that was sent and fails, nothing is written.
func sendsFail(t *testing.T, b *bench) {
	st := b.things("a")
	broken := errors.New("broken")
	none := func(n int64) error {
		if n == 0 {
			return broken
		}
		return nil
	}
	taken := func(tx *store.Tx) error { return send(tx, "a") }
	unfit := func(tx *store.Tx) error { return tx.SendThen(none, `UPDATE thing SET n = 1 WHERE name = ?`, "nobody") }
	for _, bad := range []struct {
		name string
		send func(*store.Tx) error
		want error
	}{{"a taken name", taken, store.ErrUnique}, {"a count of none", unfit, broken}} {
		for name, follow := range map[string]func(*store.Tx) error{
			"the commit":          func(*store.Tx) error { return nil },
			"a query":             func(tx *store.Tx) error { _, err := names(tx); return err },
			"a new query":         func(tx *store.Tx) error { _, err := tx.Count(`SELECT count(*) + 7 FROM thing`); return err },
			"others that are new": func(tx *store.Tx) error { return errors.Join(tx.Send(`UPDATE thing SET small = 3`), send(tx, "d")) },
			"an error that is overlooked": func(tx *store.Tx) error {
				tx.Count(`SELECT count(*) FROM thing`)
				return nil
			},
		} {
			err := st.Write(ctx, func(tx *store.Tx) error {
				if err := send(tx, "b"); err != nil {
					return err
				}
				if _, err := insert(tx, "c"); err != nil {
					return err
				}
				if err := bad.send(tx); err != nil {
					return err
				}
				return follow(tx)
			})
			if !errors.Is(err, bad.want) {
				t.Errorf("%s before %s: %v", bad.name, name, err)
			}
			b.want(st, "a")
		}
		// In a part that is tried it costs the part.
		b.write(st, func(tx *store.Tx) error {
			if _, err := insert(tx, "b"); err != nil {
				return err
			}
			if err := tx.Try(func() error { return errors.Join(send(tx, "c"), bad.send(tx)) }); !errors.Is(err, bad.want) {
				t.Errorf("%s in a part: %v", bad.name, err)
			}
			tx.Try(func() error { return errors.Join(send(tx, "d"), broken) })
			if err := tx.Try(func() error { return send(tx, "e") }); err != nil {
				return err
			}
			return send(tx, "f")
		})
		b.want(st, "a", "b", "e", "f")
		b.write(st, func(tx *store.Tx) error { return tx.Send(`DELETE FROM thing WHERE name <> ?`, "a") })
	}
	if err := st.Read(ctx, func(tx *store.Tx) error { return send(tx, "z") }); err == nil {
		t.Error("a read sent a change")
	}
	b.want(st, "a")
}

// recallsWithin: a write recalls what it has not changed, and nothing else.
func recallsWithin(t *testing.T, b *bench) {
	st := b.things("a", "b")
	b.write(st, func(tx *store.Tx) error {
		for i, step := range []struct {
			do   func() error
			read bool
		}{
			{func() error { return nil }, true},
			{func() error { return set(tx, "b", 1, true) }, false},
			{func() error { return set(tx, "a", 2, true) }, true},
			{func() error { return set(tx, "a", 3, true) }, true},
		} {
			if err := step.do(); err != nil {
				return err
			}
			n, read, err := recalled(tx, "a")
			if want, _ := tx.Count(`SELECT n FROM thing WHERE name = 'a'`); err != nil || n != want || read != step.read {
				t.Errorf("step %d: %d, %v, read %t; want %d, %t", i, n, err, read, want, step.read)
			}
		}
		return nil
	})
}

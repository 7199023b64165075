package store_test

import (
	"errors"
	"testing"

	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestTry lets parts of a transaction fail: by their own error, by the
// database's, and inside one another.
func TestTry(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		s := w.Server.Store
		put := func(tx *store.Tx, name string) error {
			_, err := tx.Exec(`INSERT INTO installation (name, value) VALUES (?, ?)`, w.CorpID+name, []byte{1})
			return err
		}
		wrong := errors.New("wrong")
		var told []string
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.Try(func() error {
				tx.AfterCommit(func() { told = append(told, "a") })
				return put(tx, "a")
			}); err != nil {
				return err
			}
			if err := tx.Try(func() error {
				tx.AfterCommit(func() { told = append(told, "b") })
				return errors.Join(put(tx, "b"), wrong)
			}); !errors.Is(err, wrong) {
				t.Errorf("its own error: %v", err)
			}
			if err := tx.Try(func() error { return put(tx, "a") }); !errors.Is(err, store.ErrUnique) {
				t.Errorf("the database's error: %v", err)
			}
			return tx.Try(func() error {
				if err := tx.Try(func() error { return errors.Join(put(tx, "c"), wrong) }); !errors.Is(err, wrong) {
					t.Errorf("inside another: %v", err)
				}
				return put(tx, "d")
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int64{"a": 1, "b": 0, "c": 0, "d": 1} {
			var n int64
			if err := s.Read(t.Context(), func(tx *store.Tx) (err error) {
				n, err = tx.Count(`SELECT count(*) FROM installation WHERE name = ?`, w.CorpID+name)
				return err
			}); err != nil || n != want {
				t.Errorf("%s: %d rows, %v", name, n, err)
			}
		}
		if len(told) != 1 || told[0] != "a" {
			t.Errorf("after the commit: %v", told)
		}
	})
}

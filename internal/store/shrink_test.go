package store_test

import (
	"sync"
	"testing"

	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestReturnMemory: what was written is read and written on when memory was given back, by more readers than were
// open at the start.
func TestReturnMemory(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		s := w.Server.Store
		put := func(name string) {
			t.Helper()
			if err := s.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO installation (name, value) VALUES (?, ?)`, w.CorpID+name, []byte{1})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		put("before")
		if err := s.ReturnMemory(t.Context()); err != nil {
			t.Fatal(err)
		}
		put("after")
		const readers = 8
		var all, inside sync.WaitGroup
		inside.Add(readers / 2) // hold their connections until as many read at once
		for i := range readers {
			all.Go(func() {
				if err := s.Read(t.Context(), func(tx *store.Tx) error {
					n, err := tx.Count(`SELECT count(*) FROM installation WHERE name IN (?, ?)`, w.CorpID+"before", w.CorpID+"after")
					if n != 2 {
						t.Errorf("%d rows of 2", n)
					}
					if i < readers/2 {
						inside.Done()
						inside.Wait()
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

package work_test

import (
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// Whoever presses a key that waits, or is about to, and then waits for the queue finds its work done.
func TestPressed(t *testing.T) {
	for name, early := range map[string]bool{"while it waits": false, "before it begins to wait": true} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, r *room) {
				var open, pressed atomic.Bool
				var q *work.Queue
				r.change = func(k *work.Kind) {
					k.Every = time.Hour
					all, take := k.Waiting, k.Take
					k.Waiting = func(tx *store.Tx) ([]work.Waiting, error) {
						list, err := all(tx)
						for i := range list {
							list[i].Due = tx.Now().Add(firstPause) // what the row says does not tell that it was pressed
						}
						return list, err
					}
					k.Take = func(tx *store.Tx, turn *work.Turn) (work.Batch, time.Time, error) {
						if open.Load() {
							return take(tx, turn)
						}
						tx.AfterCommit(func() {
							if early && pressed.CompareAndSwap(false, true) {
								open.Store(true)
								q.Wake(turn.Key, true)
							}
						})
						return nil, tx.Now().Add(firstPause), nil
					}
				}
				q = r.server()
				q.Start()
				for key := range int64(50) {
					open.Store(false)
					pressed.Store(false)
					r.queue(q, key, 1)
					settle(t, q)
					if !early {
						if r.of(key) != nil {
							t.Fatalf("it did not wait: %d", r.of(key))
						}
						open.Store(true)
						q.Wake(key, true)
						settle(t, q)
					}
					if len(r.of(key)) != 1 {
						t.Fatalf("key %d was pressed, and is not done", key)
					}
				}
				if n := r.event(work.Queued); n != 50 || r.event(work.Done) != 50 {
					t.Errorf("queued %d, done %d", n, r.event(work.Done))
				}
			})
		})
	}
}

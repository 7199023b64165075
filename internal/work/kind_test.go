package work_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// kinds are the ways in which a room may keep the leases of its work.
var kinds = map[string]func(*work.Kind){
	"with a count of tries": nil,
	"without one":           func(k *work.Kind) { k.Lease.Tries = "" },
	"without a lease":       func(k *work.Kind) { k.Lease = work.Lease{} },
	"of unfinished work":    func(k *work.Kind) { k.Lease.Where = "no < 100" },
}

// counted waits until an outcome has been counted so often. It is counted a moment after the work has ended.
func counted(r *room, what string, times int64) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for limit := time.After(20 * time.Second); r.event(what) != times; {
		select {
		case <-limit:
			return false
		case <-tick.C:
		}
	}
	return true
}

// However the leases of a kind are kept: work is done in order, and what fails is tried again after its
// pauses and given up after its tries.
func TestKinds(t *testing.T) {
	for name, change := range kinds {
		run(t, func(t *testing.T, r *room) {
			r.change = change
			q := r.server()
			q.Start()
			r.queue(q, 1, 12)
			if settle(t, q); !slices.Equal(r.of(1), numbers(12)) || !counted(r, work.Done, 3) {
				t.Errorf("%s: %d, counted %v", name, r.of(1), r.events)
			}
			var mu sync.Mutex
			tries := 0
			r.do = func(_ context.Context, key, n int64) error {
				mu.Lock()
				defer mu.Unlock()
				if tries++; key == 3 && tries > 1 {
					return nil
				}
				return errors.New("no")
			}
			tried := func() int { mu.Lock(); defer mu.Unlock(); return tries }
			r.queue(q, 2, 1)
			pauses := []time.Duration{firstPause, time.Minute}
			if name == "without a lease" { // whose room says when it is due
				pauses = nil
			}
			for i, pause := range pauses {
				if settle(t, q); tried() != i+1 || r.finals != nil {
					t.Errorf("%s: %d tries, want %d; given up %d", name, tried(), i+1, r.finals)
				}
				r.w.Advance(pause - time.Millisecond)
				q.Wake(2, true) // as a look does that has read the queue just before the failure
				if settle(t, q); tried() != i+1 {
					t.Errorf("%s: tried again before %s", name, pause)
				}
				r.w.Advance(time.Millisecond)
			}
			if settle(t, q); tried() != 3 || !slices.Equal(r.finals, []int64{2}) || !counted(r, work.Retried, 2) || !counted(r, work.Failed, 1) {
				t.Errorf("%s: %d tries, given up %d, counted %v", name, tried(), r.finals, r.events)
			}
			// What has gone well begins to count anew.
			mu.Lock()
			tries = 0
			mu.Unlock()
			r.queue(q, 3, 1)
			settle(t, q)
			r.w.Advance(firstPause)
			if settle(t, q); !slices.Equal(r.of(3), numbers(1)) {
				t.Errorf("%s: after one failure: %d", name, r.of(3))
			}
			mu.Lock()
			tries = 0
			mu.Unlock()
			r.queue(q, 3, 1)
			settle(t, q)
			r.w.Advance(firstPause)
			if settle(t, q); len(r.of(3)) != 2 || len(r.finals) != 1 {
				t.Errorf("%s: after another one: %d, given up %d", name, r.of(3), r.finals)
			}
		})
	}
}

// A server does its own enterprises' work and nobody else's, whether the server says so or the kind.
func TestForWhom(t *testing.T) {
	for _, byKind := range []bool{true, false} {
		run(t, func(t *testing.T, r *room) {
			second := func(corpID string) bool { return corpID == "corp2" }
			if !byKind {
				r.whose = second
			}
			r.change = func(k *work.Kind) {
				all := k.Waiting
				k.Waiting = func(tx *store.Tx) ([]work.Waiting, error) {
					list, err := all(tx)
					for i := range list {
						if list[i].Key < 3 {
							list[i].CorpID = fmt.Sprint("corp", list[i].Key)
						}
					}
					return list, err
				}
				if byKind {
					k.For = second
				}
			}
			for key := range int64(3) {
				r.queue(nil, key+1, 1)
			}
			q := r.server()
			if err := q.Drained(t.Context()); err != nil || r.of(2) != nil {
				t.Errorf("a server that has not started works: %d, %v", r.of(2), err)
			}
			q.Start()
			settle(t, q)
			if len(r.of(1)) != 0 || len(r.of(2)) != 1 || len(r.of(3)) != 1 {
				t.Errorf("another's %d, its own %d, nobody's %d", r.of(1), r.of(2), r.of(3))
			}
		})
	}
}

// Whoever works on one key passes over those that another server takes meanwhile.
func TestOneOfThoseThatAreLeft(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		var take work.Taker
		r.change = func(k *work.Kind) {
			all := k.Waiting
			k.Waiting = func(tx *store.Tx) ([]work.Waiting, error) {
				list, err := all(tx)
				for i := range list {
					list[i].Holder = "" // as it was before the other server took it
				}
				return list, err
			}
			take = k.Take
		}
		q := r.server()
		r.queue(nil, 1, 1)
		r.queue(nil, 2, 1)
		r.hold(1, "who knows", leaseLength)
		for _, want := range []bool{true, false} {
			if worked, err := q.One(t.Context(), take); err != nil || worked != want {
				t.Errorf("worked: %v, %v, want %v", worked, err, want)
			}
		}
		if r.of(1) != nil || len(r.of(2)) != 1 {
			t.Errorf("the other's %d, the one left %d", r.of(1), r.of(2))
		}
	})
}

// An outcome that cannot be recorded is tried five times. Then the work is done again.
func TestRecordsThatFail(t *testing.T) {
	for fails, dos := range map[int]int{4: 1, 5: 2} {
		run(t, func(t *testing.T, r *room) {
			var mu sync.Mutex
			did, recorded := 0, 0
			r.do = func(context.Context, int64, int64) error { mu.Lock(); defer mu.Unlock(); did++; return nil }
			r.recorded = func(work.Result) error {
				mu.Lock()
				defer mu.Unlock()
				if recorded++; recorded <= fails {
					return errors.New("no")
				}
				return nil
			}
			q := r.server()
			q.Start()
			r.queue(q, 1, 1)
			settle(t, q)
			mu.Lock()
			defer mu.Unlock()
			if did != dos || recorded != fails+1 {
				t.Errorf("after %d failures: done %d times and recorded %d times", fails, did, recorded)
			}
		})
	}
}

// Who has lost its lease to another server makes no progress, and its outcome is not recorded.
func TestProgressOfALostLease(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		var turn *work.Turn
		r.change = func(k *work.Kind) {
			take := k.Take
			k.Take = func(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
				turn = t
				return take(tx, t)
			}
		}
		var first, second error
		once := false
		progress := func() error {
			return r.w.Server.Store.Write(context.Background(), func(tx *store.Tx) error { return turn.Progress(tx) })
		}
		r.do = func(context.Context, int64, int64) error {
			if once {
				return nil
			}
			once = true
			first = progress()
			r.hold(1, "who knows", leaseLength)
			second = progress()
			return second
		}
		q := r.server()
		q.Start()
		r.queue(q, 1, 1)
		if settle(t, q); first != nil || !errors.Is(second, work.ErrLost) {
			t.Errorf("while it holds the lease %v, without it %v", first, second)
		}
		if r.of(1) != nil || r.event(work.Retried)+r.event(work.Failed)+r.event(work.Done) != 0 {
			t.Errorf("what was lost counts: %d, %v", r.of(1), r.events)
		}
		r.w.Advance(leaseLength)
		if settle(t, q); !slices.Equal(r.of(1), numbers(1)) {
			t.Errorf("once the lease is over: %d", r.of(1))
		}
	})
}

// A server that finds its work and does it has nothing to say.
func TestQuiet(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		var said bytes.Buffer
		r.log = slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn})
		q := r.server()
		q.Start()
		for key := range int64(3) {
			r.queue(nil, key+1, 1)
			if err := q.Drained(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		q.Stop()
		if said.Len() > 0 {
			t.Errorf("it says %s", &said)
		}
	})
}

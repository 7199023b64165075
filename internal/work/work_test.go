package work_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
	"qiwei/internal/work"
	"qiwei/qiweitest"
)

// room is a small room with work: numbers below a key, which must be done in order.
type room struct {
	t *testing.T
	w *qiweitest.World
	// do is what is done with a number; nil for nothing.
	do func(ctx context.Context, key, n int64) error
	// slots is how many keys a server works on at once, 4 if it is zero.
	slots int
	// change makes the kind another one; nil for none.
	change func(*work.Kind)
	// recorded is called where an outcome is recorded; nil for nothing.
	recorded func(res work.Result) error
	log      slog.Handler             // nil for none
	whose    func(corpID string) bool // whose work the server does; nil for everybody's

	mu     sync.Mutex
	done   map[int64][]int64
	finals []int64 // keys that were given up
	events map[string]int64
}

const (
	leaseLength = 15 * time.Second
	firstPause  = 10 * time.Second
	triesMost   = 3
)

func newRoom(t *testing.T, w *qiweitest.World) *room {
	w.Write(func(_ context.Context, tx *store.Tx) error {
		for _, q := range []string{
			`CREATE TABLE lane (no BIGINT PRIMARY KEY, holder TEXT NOT NULL DEFAULT '', until BIGINT NOT NULL DEFAULT 0, tries BIGINT NOT NULL DEFAULT 0)`,
			`CREATE TABLE piece (key BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (key, n))`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
	return &room{t: t, w: w, done: map[int64][]int64{}, events: map[string]int64{}}
}

// server is one more server of the room.
func (r *room) server() *work.Queue {
	q := r.serverOn(r.w.Server.Store, r.w.Clock)
	r.t.Cleanup(q.Stop)
	return q
}

func (r *room) serverOn(st *store.Store, at *clock.Clock) *work.Queue {
	log := slog.DiscardHandler
	if r.log != nil {
		log = r.log
	}
	e := work.New(work.Deps{Store: st, Clock: at, Log: slog.New(log), For: r.whose, Observe: func(e work.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events[e.Outcome] += e.N
	}})
	k := work.Kind{
		Name:  "test",
		Lease: work.Lease{Table: "lane", Key: "no", Holder: "holder", Until: "until", Tries: "tries", Length: leaseLength},
		Slots: cmp.Or(r.slots, 4), Every: 5 * time.Millisecond,
		Retry: work.Retry{After: []time.Duration{firstPause, time.Minute}, Tries: triesMost},
		Waiting: func(tx *store.Tx) (list []work.Waiting, err error) {
			err = tx.Each(`SELECT no, holder, until FROM lane WHERE EXISTS (SELECT 1 FROM piece WHERE key = no) ORDER BY no`, nil, func(rows *store.Rows) error {
				var w work.Waiting
				var until int64
				err := rows.Scan(&w.Key, &w.Holder, &until)
				w.Until = time.UnixMilli(until)
				list = append(list, w)
				return err
			})
			return list, err
		},
		Take: func(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
			b := &batch{r: r, key: t.Key, turn: t}
			err := tx.Each(`SELECT n FROM piece WHERE key = ? ORDER BY n LIMIT 5`, []any{t.Key}, func(rows *store.Rows) error {
				var n int64
				err := rows.Scan(&n)
				b.todo = append(b.todo, n)
				return err
			})
			if err != nil || len(b.todo) == 0 {
				return nil, time.Time{}, err
			}
			return b, time.Time{}, nil
		},
	}
	if r.change != nil {
		r.change(&k)
	}
	return e.Queue(k)
}

type batch struct {
	r          *room
	turn       *work.Turn
	key        int64
	todo, done []int64
}

func (b *batch) Do(ctx context.Context) error {
	for _, n := range b.todo {
		if b.r.do != nil {
			if err := b.r.do(ctx, b.key, n); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.r.mu.Lock()
		b.r.done[b.key] = append(b.r.done[b.key], n)
		b.r.mu.Unlock()
		b.done = append(b.done, n)
	}
	return nil
}

func (b *batch) Record(_ context.Context, tx *store.Tx, res work.Result) error {
	if b.r.recorded != nil {
		if err := b.r.recorded(res); err != nil {
			return err
		}
	}
	if res.Final {
		b.r.mu.Lock()
		b.r.finals = append(b.r.finals, b.key)
		b.r.mu.Unlock()
		b.done = b.todo
	}
	for _, n := range b.done {
		if _, err := tx.Exec(`DELETE FROM piece WHERE key = ? AND n = ?`, b.key, n); err != nil {
			return err
		}
	}
	return nil
}

// queue writes n numbers for the key.
func (r *room) queue(q *work.Queue, key int64, n int) {
	r.t.Helper()
	r.w.Write(func(_ context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO lane (no) VALUES (?) ON CONFLICT DO NOTHING`, key); err != nil {
			return err
		}
		last, err := tx.Count(`SELECT coalesce(max(n), 0) FROM piece WHERE key = ?`, key)
		if err != nil {
			return err
		}
		for i := range int64(n) {
			if _, err := tx.Exec(`INSERT INTO piece (key, n) VALUES (?, ?)`, key, last+i+1); err != nil {
				return err
			}
		}
		if q != nil {
			q.Queued(tx, key, n)
		}
		return nil
	})
}

// hold gives the key to a holder for a while.
func (r *room) hold(key int64, holder string, until time.Duration) {
	r.t.Helper()
	r.w.Write(func(_ context.Context, tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE lane SET holder = ?, until = ? WHERE no = ?`, holder, tx.Now().Add(until).UnixMilli(), key)
		return err
	})
}

func (r *room) of(key int64) []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.done[key])
}

func (r *room) event(outcome string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[outcome]
}

func settle(t *testing.T, q *work.Queue) {
	t.Helper()
	if err := q.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func numbers(n int64) (list []int64) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

func run(t *testing.T, test func(*testing.T, *room)) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) { test(t, newRoom(t, w)) })
}

// The work of one key is done in order and once, by whichever server.
func TestOrder(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		servers := []*work.Queue{r.server(), r.server()}
		var all sync.WaitGroup
		for key := range int64(6) {
			all.Go(func() {
				for i := range 8 {
					r.queue(servers[i%2], key, 5)
				}
			})
		}
		for _, q := range servers {
			q.Start()
		}
		all.Wait()
		for _, q := range servers {
			if err := q.Drained(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var seen int
		for key := range int64(6) {
			// Numbers restart after everything before was done.
			last, list := int64(0), r.of(key)
			for _, n := range list {
				if n != last+1 && n != 1 {
					t.Errorf("key %d: %d", key, list)
					break
				}
				last = n
			}
			seen += len(list)
		}
		if seen != 6*40 || r.event(work.Queued) != 6*40 {
			t.Errorf("%d were done, %d were queued, want %d", seen, r.event(work.Queued), 6*40)
		}
	})
}

// A lease keeps others out for its time, and no longer.
func TestTakenOver(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		r.queue(nil, 1, 3)
		r.hold(1, "who knows", leaseLength)
		q := r.server()
		q.Start()
		settle(t, q)
		r.w.Advance(leaseLength - time.Millisecond)
		if settle(t, q); r.of(1) != nil {
			t.Errorf("while another holds it: %d", r.of(1))
		}
		r.w.Advance(time.Millisecond)
		if settle(t, q); !slices.Equal(r.of(1), numbers(3)) {
			t.Errorf("after the lease: %d", r.of(1))
		}
	})
}

// A server that was killed takes up its work at its next start. On a database that
// others use as well it takes only what was its own machine's.
func TestTakenBack(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		for key := range int64(4) {
			r.queue(nil, key+1, 2)
		}
		r.hold(1, work.Holder(false), leaseLength)
		r.hold(2, work.Holder(true), leaseLength)
		r.hold(3, "who knows", leaseLength)
		stuck, held := make(chan struct{}), make(chan struct{})
		r.do = func(_ context.Context, key, n int64) error {
			if key == 4 && n == 1 {
				close(held)
				<-stuck
			}
			return nil
		}
		living := r.server()
		living.Start()
		living.Wake(4, false)
		<-held

		q := r.server()
		q.Start()
		if err := waitFor(t, func() bool { return len(r.of(1)) == 2 }); err != nil {
			t.Errorf("of this machine's dead: %v", err)
		}
		settle(t, q)
		onFile := r.w.Server.Store.Database() == "SQLite" // whose processes are all of this machine
		if taken := len(r.of(2)) == 2; taken != onFile {
			t.Errorf("from a process that has the database not open: %v, want %v", taken, onFile)
		}
		if r.of(3) != nil || r.of(4) != nil {
			t.Errorf("taken from holders that may live: %d, %d", r.of(3), r.of(4))
		}
		close(stuck)
		settle(t, living)
	})
}

// waitFor waits until a condition holds, as long as a test lasts.
func waitFor(t *testing.T, so func() bool) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(2 * time.Minute)
	for !so() {
		select {
		case <-tick.C:
		case <-limit:
			return errors.New("it did not come about")
		}
	}
	return nil
}

// Work that panics ends neither the server nor other work, and is tried again.
func TestPanic(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		q := r.server()
		var once sync.Once
		r.do = func(_ context.Context, key, n int64) error {
			if key == 1 && n == 3 {
				once.Do(func() { panic("a fault of the room's") })
			}
			return nil
		}
		q.Start()
		r.queue(q, 1, 5)
		r.queue(q, 2, 5)
		if settle(t, q); !slices.Equal(r.of(1), numbers(2)) || !slices.Equal(r.of(2), numbers(5)) {
			t.Errorf("after the panic: %d and %d", r.of(1), r.of(2))
		}
		if !counted(r, work.Panicked, 1) || !counted(r, work.Retried, 1) {
			t.Errorf("counted %v", r.events)
		}
		r.w.Advance(firstPause)
		if settle(t, q); !slices.Equal(r.of(1), numbers(5)) {
			t.Errorf("after the pause: %d", r.of(1))
		}
	})
}

// Failing work is tried again after growing pauses, and given up in the end. Work that kills its servers is
// given up too.
func TestRetries(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		q := r.server()
		tries := 0
		r.do = func(context.Context, int64, int64) error { tries++; return errors.New("no") }
		q.Start()
		r.queue(q, 1, 1)
		for i, pause := range []time.Duration{firstPause, time.Minute, 0} {
			if settle(t, q); tries != i+1 {
				t.Fatalf("%d tries, want %d", tries, i+1)
			}
			if pause == 0 {
				break
			}
			r.w.Advance(pause - time.Millisecond)
			if settle(t, q); tries != i+1 {
				t.Fatalf("tried again before %v", pause)
			}
			r.w.Advance(time.Millisecond)
		}
		if !slices.Equal(r.finals, []int64{1}) || !counted(r, work.Failed, 1) || !counted(r, work.Retried, 2) {
			t.Errorf("given up %d, counted %v", r.finals, r.events)
		}
		q.Stop() // it must not come by the work before it has been begun so often
		r.queue(nil, 2, 1)
		r.w.Write(func(_ context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE lane SET tries = ? WHERE no = 2`, triesMost)
			return err
		})
		q.Start()
		if settle(t, q); tries != 3 || !slices.Equal(r.finals, []int64{1, 2}) {
			t.Errorf("begun too often: %d tries, given up %d", tries, r.finals)
		}
	})
}

// A clock that is set back makes no lease and no pause longer than they were meant
// to be.
func TestClockSetBack(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		q := r.server()
		fail := true
		r.do = func(context.Context, int64, int64) error {
			if fail {
				return errors.New("not yet")
			}
			return nil
		}
		r.queue(nil, 1, 1)
		r.hold(1, "who knows", leaseLength)
		r.queue(q, 2, 1)
		q.Start()
		settle(t, q)
		if !counted(r, work.Retried, 1) {
			t.Fatalf("counted %v", r.events)
		}
		fail = false
		r.w.Clock.Set(r.w.Clock.Now().Add(-24 * time.Hour))
		if settle(t, q); len(r.of(1)) != 1 || len(r.of(2)) != 1 {
			t.Errorf("a day back: %d, %d", r.of(1), r.of(2))
		}
	})
}

// Starting and stopping again and again loses nothing, and leaves no lease behind.
func TestStartAndStop(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		r.do = func(ctx context.Context, _, _ int64) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Microsecond):
				return nil
			}
		}
		servers := []*work.Queue{r.server(), r.server()}
		var all sync.WaitGroup
		for i, q := range servers {
			all.Go(func() {
				for range 25 {
					q.Start()
					r.queue(q, int64(i+1), 3)
					q.Stop()
				}
			})
			all.Go(func() {
				for range 25 {
					q.Stop()
					q.Wake(int64(i+1), true)
					q.Start()
				}
			})
		}
		all.Wait()
		for _, q := range servers {
			q.Stop()
		}
		r.w.Write(func(_ context.Context, tx *store.Tx) error {
			n, err := tx.Count(`SELECT count(*) FROM lane WHERE holder <> '' OR until > 0 OR tries > 0`)
			if n > 0 {
				err = fmt.Errorf("%d leases are left behind", n)
			}
			return err
		})
		servers[0].Start()
		if err := servers[0].Drained(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.w.Write(func(_ context.Context, tx *store.Tx) error {
			n, err := tx.Count(`SELECT count(*) FROM piece`)
			if n > 0 {
				err = fmt.Errorf("%d pieces were not done", n)
			}
			return err
		})
	})
}

package work

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/trace"
)

// Queue is the work of one kind. It runs a goroutine for each key with something to do, and none for the
// others.
type Queue struct {
	engine *Engine
	kind   Kind
	owner  string
	poked  chan struct{} // makes the queue look
	slots  chan struct{} // nil if there is no bound

	life sync.Mutex // held while the queue starts or stops

	mu      sync.Mutex
	started bool
	guests  int // calls of Drain, for which the queue works even if it is not started
	keys    map[int64]*entry
	busy    int           // keys that are worked on and not waiting for their next try
	idle    chan struct{} // closed when busy falls to 0
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
}

// entry is a key being worked on.
type entry struct {
	again    bool               // it was woken since it last looked
	pressed  bool               // it was pressed since it last looked, and waits for nothing
	wake     context.CancelFunc // ends its wait; nil while it does not wait, or no longer
	failures int64              // in a row, where the kind has no column for it
	troubles int                // transactions in a row that failed
	causes   []trace.Cause      // what it was woken by since it was last worked on, as far as that is traced
}

func newQueue(e *Engine, k Kind) *Queue {
	if k.Every <= 0 {
		k.Every = time.Second
	}
	q := &Queue{engine: e, kind: k, owner: e.owner.String(), poked: make(chan struct{}, 1), keys: map[int64]*entry{}, idle: make(chan struct{})}
	if k.Slots > 0 {
		q.slots = make(chan struct{}, k.Slots)
	}
	q.ctx, q.stop = context.WithCancel(context.Background())
	return q
}

// Start begins to work, with what was left from before. A process that only changes something does not call
// it: the running server finds what the process queued.
func (q *Queue) Start() {
	q.life.Lock()
	defer q.life.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.started {
		return
	}
	if q.ctx.Err() != nil {
		q.ctx, q.stop = context.WithCancel(context.Background())
	}
	q.started = true
	ctx := q.ctx
	q.running.Go(func() { q.look(ctx) })
}

// Stop ends the work under way and then returns. The rest is done after the next start, or by another server.
func (q *Queue) Stop() {
	q.life.Lock()
	defer q.life.Unlock()
	q.mu.Lock()
	q.started = false
	q.stop()
	q.mu.Unlock()
	q.running.Wait()
}

// Queued makes the queue look at the key once the transaction is on disk, and counts n things to do.
func (q *Queue) Queued(tx *store.Tx, key int64, n int) {
	cause := trace.CauseOf(tx.Context())
	tx.AfterCommit(func() {
		if n > 0 {
			q.observe(Queued, int64(n), 0)
		}
		q.wake(key, nudge, cause)
	})
}

// Changed makes the queue look for work once the transaction is on disk, if the keys are not known.
func (q *Queue) Changed(tx *store.Tx) { tx.AfterCommit(q.Look) }

// Look makes the queue look for work now.
func (q *Queue) Look() {
	select {
	case q.poked <- struct{}{}:
	default: // it will look
	}
}

// Wake has the key looked at. A key that waits for its next try is left to wait,
// unless it is pressed.
func (q *Queue) Wake(key int64, press bool) {
	u := nudge
	if press {
		u = pressed
	}
	q.wake(key, u, trace.Cause{})
}

// urgency is how a key is woken.
type urgency int

const (
	nudge   urgency = iota // it is left to wait for its next try
	due                    // the wait that it is in ends
	pressed                // so does the wait that it is about to begin
)

func (q *Queue) wake(key int64, u urgency, cause trace.Cause) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.started && q.guests == 0 || q.ctx.Err() != nil {
		return
	}
	e := q.keys[key]
	switch {
	case e == nil:
		e = &entry{}
		q.keys[key] = e
		q.busy++
		q.running.Go(func() { q.run(key, e) })
	case e.wake == nil:
		e.again, e.pressed = true, e.pressed || u == pressed
	case u != nudge:
		// It is busy from now on: nobody may take the queue for idle before its goroutine runs again.
		e.wake()
		e.wake = nil
		q.busy++
	}
	if cause != (trace.Cause{}) && len(e.causes) < causesMost {
		e.causes = append(e.causes, cause)
	}
}

// look takes over what dead processes have left, and then looks now and then for waiting keys that nobody
// holds.
func (q *Queue) look(ctx context.Context) {
	tick := time.NewTicker(q.kind.Every)
	defer tick.Stop()
	inherited := false
	for {
		err := q.guard(func() error {
			if !inherited {
				if err := q.engine.deps.Store.Write(ctx, q.inherit); err != nil {
					return err
				}
				inherited = true
			}
			_, _, err := q.wakeDue(ctx, nil)
			return err
		})
		if err != nil && ctx.Err() == nil {
			q.engine.deps.Log.Warn("look for work", "kind", q.kind.Name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-q.poked:
		}
	}
}

// wakeDue wakes the keys whose work is due and returns how many there are, n. held of those belong to another
// server.
func (q *Queue) wakeDue(ctx context.Context, only func(Waiting) bool) (n, held int, err error) {
	list, now, err := q.waiting(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, w := range list {
		if !q.due(now, w) || only != nil && !only(w) {
			continue
		}
		if n++; q.held(now, w.Holder, w.Until) {
			held++
		} else {
			q.wake(w.Key, due, trace.Cause{})
		}
	}
	return n, held, nil
}

func (q *Queue) waiting(ctx context.Context) (list []Waiting, now time.Time, err error) {
	err = q.engine.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		list, err = q.kind.Waiting(tx)
		return err
	})
	return list, now, err
}

// due reports whether this server has something to do now.
func (q *Queue) due(now time.Time, w Waiting) bool {
	if w.CorpID != "" && q.kind.For != nil && !q.kind.For(w.CorpID) {
		return false
	}
	return !q.kind.Retry.Due(now, w.Due).After(now) && !q.left(now, w.Holder, w.Until)
}

// Drained returns when nothing is due any more, here and on other servers: everything has been done, has
// failed, or waits for its next try.
func (q *Queue) Drained(ctx context.Context) error { return q.drained(ctx, nil, true) }

// Settled is Drained, ignoring what other servers hold.
func (q *Queue) Settled(ctx context.Context) error { return q.drained(ctx, nil, false) }

func (q *Queue) drained(ctx context.Context, only func(Waiting) bool, others bool) error {
	for {
		q.mu.Lock()
		busy, idle := q.busy, q.idle
		works := q.started || q.guests > 0
		q.mu.Unlock()
		if !works {
			return nil
		}
		if busy > 0 {
			select {
			case <-idle:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		due, held, err := q.wakeDue(ctx, only)
		if err != nil || due == 0 || !others && due == held {
			return err
		}
		// Either it is ours now, or another server's, which does not tell us when it ends.
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Drain does what is due and returns when nothing is left of it, whether the queue is started or not. only,
// if it is not nil, selects keys.
func (q *Queue) Drain(ctx context.Context, only func(Waiting) bool) error {
	q.mu.Lock()
	if q.ctx.Err() != nil {
		q.mu.Unlock()
		return fmt.Errorf("%s: stopped", q.kind.Name)
	}
	q.guests++
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.guests--
		q.mu.Unlock()
	}()
	return q.drained(ctx, only, false)
}

// One works on one due key, in the caller's goroutine and for only one batch, which take selects. It reports
// whether there was one.
func (q *Queue) One(ctx context.Context, take Taker) (worked bool, err error) {
	list, now, err := q.waiting(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range list {
		if !q.due(now, w) || q.held(now, w.Holder, w.Until) {
			continue
		}
		t, _, err := q.turn(ctx, w.Key, &entry{}, nil, take)
		if err != nil {
			return false, err
		}
		if t == nil { // another has taken it meanwhile
			continue
		}
		defer t.over()
		q.do(ctx, t, &entry{})
		_, _, err = q.turn(context.WithoutCancel(ctx), w.Key, &entry{}, t, nil)
		return true, err
	}
	return false, nil
}

// pause waits for a time of the clock, or until the key is pressed. Meanwhile the
// key counts as idle.
func (q *Queue) pause(e *entry, until time.Time) {
	ctx, cancel := context.WithCancel(q.ctx)
	defer cancel()
	q.mu.Lock()
	if e.pressed {
		e.pressed = false
		q.mu.Unlock()
		return
	}
	e.wake = cancel
	q.rest()
	q.mu.Unlock()
	q.engine.deps.Clock.Wait(ctx, until)
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.wake != nil { // nobody woke it
		e.wake = nil
		q.busy++
	}
}

// begin notes that the key is about to look, and will see what it was pressed for until now.
func (q *Queue) begin(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.pressed = false
}

// rest counts a key as idle. The caller holds the lock.
func (q *Queue) rest() {
	q.busy--
	if q.busy == 0 {
		close(q.idle)
		q.idle = make(chan struct{})
	}
}

// finish ends the key, unless it was woken meanwhile.
func (q *Queue) finish(key int64, e *entry) (ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.again && q.ctx.Err() == nil {
		e.again = false
		return false
	}
	delete(q.keys, key)
	q.rest()
	return true
}

// slot waits for a slot to work on a key and returns a function that frees it. It stops waiting when the
// queue stops, because nothing new is begun then.
func (q *Queue) slot() func() {
	if q.slots == nil {
		return func() {}
	}
	select {
	case q.slots <- struct{}{}:
		return func() { <-q.slots }
	case <-q.ctx.Done():
		return func() {}
	}
}

// guard runs fn and turns a panic into an error, so that one piece of work does not
// end the server.
func (q *Queue) guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.observe(Panicked, 1, 0)
			q.engine.deps.Log.Error("work panicked", "kind", q.kind.Name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	return fn()
}

var errPanic = errors.New("panic")

func (q *Queue) observe(outcome string, n int64, took time.Duration) {
	q.engine.deps.Observe(Event{Kind: q.kind.Name, Outcome: outcome, N: n, Took: took})
}

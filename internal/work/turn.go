package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/trace"
)

const (
	// recordWithin is how long the database may take to record what was done.
	recordWithin = time.Minute
	// troublesMost is how often a record is tried if it fails for another reason than that the database does
	// not answer. After that it is dropped, and the work is done again.
	troublesMost = 5
	// troublesWait bounds the pause between those tries, in looks.
	troublesWait = 60
	// holdEvery is how often a lease is renewed, as a fraction of its length.
	holdEvery = 3
)

// Turn is a running batch, as its room sees it.
type Turn struct {
	Key   int64
	Until time.Time // the lease's end; zero if there is none
	// Tries is how often the work was begun since it last went well, this time
	// included.
	Tries int64
	// Last is the batch before, of the same key; nil for the first.
	Last Batch

	queue  *Queue
	batch  Batch
	result Result
	lost   bool
	took   time.Duration
	span   *trace.Span

	mu     sync.Mutex
	counts []Event
}

// Count counts a part of the batch: Done, Retried or Failed. A batch without such counts counts as one.
func (t *Turn) Count(outcome string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts = append(t.counts, Event{t.queue.kind.Name, outcome, 1, took})
}

// Progress renews the lease in one of Do's transactions. That transaction's changes are kept, so the work has
// gone well so far. It returns ErrLost if another server has the work, and otherwise locks the row against
// it.
func (t *Turn) Progress(tx *store.Tx) error { return t.queue.renew(tx, t.Key, true) }

// run works on a key, batch by batch, until nothing is left. A batch's outcome is recorded in the transaction
// that takes the next.
func (q *Queue) run(key int64, e *entry) {
	free := q.slot()
	defer func() { free() }()
	var done *Turn
	for {
		q.begin(e)
		next, wait, err := q.turn(q.ctx, key, e, done, q.kind.Take)
		if err == nil && next != nil {
			q.do(q.ctx, next, e)
		}
		switch {
		case err != nil && q.ctx.Err() == nil:
			done = q.trouble(key, e, done, err)
		case next != nil:
			done = next
		case !wait.IsZero() && q.ctx.Err() == nil:
			done = nil
			free()
			q.pause(e, wait)
			free = q.slot()
		default:
			done.over()
			if done = nil; q.finish(key, e) {
				return
			}
		}
	}
}

// trouble waits after a failed transaction, and returns what must still be recorded.
func (q *Queue) trouble(key int64, e *entry, done *Turn, err error) *Turn {
	q.engine.deps.Log.Error("record work", "kind", q.kind.Name, "key", key, "err", err)
	wait := q.kind.Every
	if !errors.Is(err, store.ErrUnavailable) {
		e.troubles++
		wait *= time.Duration(min(e.troubles, troublesWait))
		if e.troubles == troublesMost {
			done.over()
			done = nil
		}
	}
	select {
	case <-time.After(wait):
	case <-q.ctx.Done():
	}
	return done
}

// turn records the outcome of the previous batch and takes the next one, unless that failed or the server
// stops.
func (q *Queue) turn(ctx context.Context, key int64, e *entry, done *Turn, take Taker) (next *Turn, wait time.Time, err error) {
	if done == nil && ctx.Err() != nil {
		return nil, wait, nil
	}
	// What was done is recorded even while the server stops, but not for ever.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if done != nil {
		within = trace.In(within, done.span)
	}
	err = q.guard(func() error {
		if s, ok := settler(done); ok && !done.lost {
			if err := s.Settle(within); err != nil {
				return err
			}
		}
		return q.engine.deps.Store.Write(within, func(tx *store.Tx) (err error) {
			next, wait = nil, time.Time{}
			if done != nil {
				if wait, err = q.record(within, tx, key, e, done); err != nil || !wait.IsZero() {
					return err
				}
			}
			if ctx.Err() != nil || take == nil {
				return q.drop(tx, key, time.Time{}, done.ended())
			}
			next, wait, err = q.next(tx, key, done, take)
			return err
		})
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	e.troubles = 0
	done.over()
	q.count(e, done)
	return next, wait, nil
}

// ended says how a turn counts when its key is released because the server stops. A successful turn must not
// count as a try: otherwise work would be given up after that many restarts.
func (t *Turn) ended() begun {
	switch {
	case t == nil:
		return counts
	case t.result.Stopped:
		return spared
	case t.result.Err == nil && !t.lost:
		return well
	}
	return counts
}

func settler(t *Turn) (Settler, bool) {
	if t == nil {
		return nil, false
	}
	s, ok := t.batch.(Settler)
	return s, ok
}

// record stores a batch's outcome. wait is when the work is tried again. Until then the key rests, on other
// servers too.
func (q *Queue) record(ctx context.Context, tx *store.Tx, key int64, e *entry, t *Turn) (wait time.Time, err error) {
	mine, failures, err := q.holds(tx, key)
	if err != nil {
		return wait, err
	}
	if t.lost = t.lost || !mine; t.lost && !q.kind.Repeatable {
		return wait, nil
	}
	r := &t.result
	r.Final, r.Again = false, time.Time{}
	if r.Err != nil && !r.Stopped {
		if q.kind.Lease.Tries == "" {
			failures = e.failures + 1
		}
		r.Final = q.kind.Retry.Tries > 0 && failures >= q.kind.Retry.Tries
		if !r.Final {
			r.Again = tx.Now().Add(q.kind.Retry.Wait(failures))
		}
	}
	if err := t.batch.Record(ctx, tx, *r); err != nil {
		return wait, err
	}
	if r.Err == nil || r.Final || r.Stopped {
		return wait, nil
	}
	return r.Again, q.drop(tx, key, r.Again, counts)
}

// next takes the lease and the next batch.
func (q *Queue) next(tx *store.Tx, key int64, done *Turn, take Taker) (*Turn, time.Time, error) {
	t := &Turn{Key: key, queue: q}
	if !q.kind.Lease.none() {
		t.Until = tx.Now().Add(q.kind.Lease.Length)
	}
	fresh := false
	if done != nil {
		t.Last = done.batch
		fresh = done.result.Err == nil && !done.lost
	}
	mine, tries, err := q.take(tx, key, t.Until, fresh)
	if err != nil {
		return nil, time.Time{}, err
	}
	var wait time.Time
	if !mine {
		wait, err = q.rests(tx, key)
		return nil, wait, err
	}
	t.Tries = tries
	if t.batch, wait, err = take(tx, t); err != nil {
		return nil, wait, err
	}
	if t.batch == nil {
		return nil, wait, q.drop(tx, key, time.Time{}, spared)
	}
	return t, wait, nil
}

// errGivenUp is the failure of work that was begun too often without ending: it may have killed the servers
// that began it.
var errGivenUp = errors.New("given up: several attempts were begun and none ended")

// do does the batch.
func (q *Queue) do(ctx context.Context, t *Turn, e *entry) {
	ctx = q.traced(ctx, t, e)
	if most := q.kind.Retry.Tries; most > 0 && t.Tries > most {
		t.result.Err = errGivenUp
		t.span.Fail()
		return
	}
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var holding sync.WaitGroup
	if q.kind.Hold {
		holding.Go(func() { q.hold(work, cancel, t.Key) })
	}
	// The duration is measured in machine time.
	began := time.Now()
	err := q.guard(func() error { return t.batch.Do(work) })
	t.took = time.Since(began)
	t.lost = errors.Is(err, ErrLost) || errors.Is(context.Cause(work), ErrLost)
	cancel(nil)
	holding.Wait()
	t.result.Err = err
	t.result.Stopped = ctx.Err() != nil && err != nil
	if err != nil && !t.result.Stopped {
		t.span.Fail()
	}
	switch {
	case t.lost:
		q.engine.deps.Log.Warn("work was lost to another server", "kind", q.kind.Name, "key", t.Key)
	case err != nil && !t.result.Stopped:
		q.engine.deps.Log.Warn("work failed", "kind", q.kind.Name, "key", t.Key, "tries", t.Tries, "err", err)
	}
}

// hold keeps other servers from the key, and ends the work if one has it anyway.
func (q *Queue) hold(ctx context.Context, cancel context.CancelCauseFunc, key int64) {
	tick := time.NewTicker(q.kind.Lease.Length / holdEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := q.engine.deps.Store.Write(ctx, func(tx *store.Tx) error { return q.renew(tx, key, false) })
		if errors.Is(err, ErrLost) {
			cancel(ErrLost)
			return
		}
	}
}

// count reports a batch's outcome to the metrics, once it is on disk.
func (q *Queue) count(e *entry, t *Turn) {
	if t == nil || t.lost || t.result.Stopped {
		return
	}
	outcome := Done
	switch {
	case t.result.Final:
		outcome = Failed
	case t.result.Err != nil:
		outcome = Retried
	}
	if e.failures++; outcome != Retried {
		e.failures = 0
	}
	if len(t.counts) == 0 {
		q.observe(outcome, 1, t.took)
	}
	for _, c := range t.counts {
		q.observe(c.Outcome, c.N, c.Took)
	}
}

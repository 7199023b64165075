// Package work runs background work, after a transaction and outside a request: callbacks, imports,
// downloads, notices to other programs. The rooms keep their work in tables of their own. This package
// decides when it is done, by which of several servers, how often it is tried, and what is counted.
//
// Work has a key. The work of one key (a receiver of callbacks, a job) is done in order, by one goroutine of
// one server; keys do not wait for each other:
//
//	commit ──Queued──┐
//	tick ──Waiting───┴─> key ──lease, Take──> Batch.Do ──Record, Take──> Batch.Do …
//	                          (transaction)              (transaction)
//
// A server holds the lease of the key that it works on. When a lease runs out, another server may take it. A
// lease whose holder is known to be dead is taken over at the next start.
package work

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
	"qiwei/internal/trace"
)

// Deps is what the engine needs.
type Deps struct {
	Store *store.Store
	Clock *clock.Clock
	Log   *slog.Logger
	// Observe is told what happens, for metrics. It may be nil.
	Observe func(Event)
	// Tracer is told of each piece of work. It may be nil.
	Tracer *trace.Tracer
	// For says whose work this server does, of kinds that do not say it themselves; everybody's if it is nil.
	For func(corpID string) bool
}

// Engine has the queues of all kinds of work.
type Engine struct {
	deps   Deps
	owner  owner
	queues []*Queue
}

// New returns an engine without queues.
func New(d Deps) *Engine {
	if d.Observe == nil {
		d.Observe = func(Event) {}
	}
	return &Engine{deps: d, owner: newOwner()}
}

// What can happen to work.
const (
	Queued   = "queued"
	Done     = "done"
	Retried  = "retried" // it failed, and is tried again later
	Failed   = "failed"  // it failed, and is not tried again
	Panicked = "panicked"
)

// Event is something that happened to work of a kind.
type Event struct {
	Kind    string
	Outcome string
	N       int64
	Took    time.Duration // of Done, Retried and Failed
}

// Backlog is what waits to be done.
type Backlog struct {
	Waiting int64
	Oldest  time.Time // when the first of it was queued; zero if nothing waits or it is not known
}

// Kind is a kind of background work.
type Kind struct {
	Name  string // in metrics and the log, such as "callback"
	Lease Lease  // the zero value for work that needs none: its transactions collide
	// Slots is how many keys a server works on at once; without bound if it is 0.
	Slots int
	// Every is how often a server looks for work that a command line or another server has queued or left.
	// One second if it is 0. It is machine time.
	Every time.Duration
	// Hold renews the lease while Do runs, and ends Do when the lease is lost.
	Hold bool
	// Repeatable says that recording does no harm after the lease was lost. Such a record is still written;
	// others are dropped.
	Repeatable bool
	Retry      Retry
	// For says whose work this server does; if it is nil, the engine says it.
	For func(corpID string) bool

	// Waiting returns the keys for which there is work, due or not, oldest first.
	Waiting func(tx *store.Tx) ([]Waiting, error)
	// Take returns what is to be done next. See Taker.
	Take Taker
	// Backlog counts what waits.
	Backlog func(tx *store.Tx) (Backlog, error)
}

// Waiting is a key for which there is work.
type Waiting struct {
	Key    int64
	CorpID string    // whose work it is, for Kind.For; may be empty
	Due    time.Time // of the first of it
	Holder string    // of the lease, as the row has it
	Until  time.Time // the lease's end, as the row has it
}

// Taker returns the next batch for the turn's key, in the transaction that holds the lease. Without a batch
// the key rests until wait, or until it is woken if wait is zero.
type Taker func(tx *store.Tx, t *Turn) (b Batch, wait time.Time, err error)

// Batch is a portion of a key's work.
type Batch interface {
	// Do does the work, outside of transactions. The context ends when the server stops or the lease is lost.
	// After an error the work is tried again, as Kind.Retry says.
	Do(ctx context.Context) error
	// Record stores the outcome, in the transaction that takes the next batch. It may run more than once.
	Record(ctx context.Context, tx *store.Tx, r Result) error
}

// Settler is a Batch with transactions of its own between Do and Record. After an
// error from Settle it is called again.
type Settler interface {
	Settle(ctx context.Context) error
}

// Result is the outcome of a batch.
type Result struct {
	// Err is Do's error, or says how Do panicked.
	Err error
	// Stopped says that the server stopped meanwhile, which is no failure.
	Stopped bool
	// Final says that the batch failed and is not tried again. Otherwise it is tried again at Again.
	Final bool
	Again time.Time
}

// Queue declares a kind of work. It is called while the server is put together.
func (e *Engine) Queue(k Kind) *Queue {
	if slices.ContainsFunc(e.queues, func(q *Queue) bool { return q.kind.Name == k.Name }) {
		panic(fmt.Sprintf("work: two kinds are called %q", k.Name))
	}
	if k.For == nil {
		k.For = e.deps.For
	}
	q := newQueue(e, k)
	e.queues = append(e.queues, q)
	return q
}

// Backlogs returns what waits, by kind.
func (e *Engine) Backlogs(ctx context.Context) (map[string]Backlog, error) {
	out := map[string]Backlog{}
	err := e.deps.Store.Read(ctx, func(tx *store.Tx) error {
		for _, q := range e.queues {
			if q.kind.Backlog == nil {
				continue
			}
			b, err := q.kind.Backlog(tx)
			if err != nil {
				return fmt.Errorf("backlog of %s: %w", q.kind.Name, err)
			}
			out[q.kind.Name] = b
		}
		return nil
	})
	return out, err
}

package callback

import (
	"context"
	"sync"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

const (
	// largest is the most deliveries that a receiver is sent before their outcome is stored. flushAfter ends
	// a batch early. A crash repeats no more than one batch. The first batch has size smallest; each later
	// one depends on the one before.
	largest    = 400
	smallest   = 16
	flushAfter = 60 * time.Millisecond

	// lease is how long a dead server keeps others from its receivers. A request is begun only if the lease
	// outlives it.
	lease      = 15 * time.Second
	leaseSpare = 5 * time.Second

	// goodSlots and badSlots are how many requests may be under way at once: to receivers that answered
	// quickly last time, and to all others. So a receiver that hangs cannot take the place of one that does
	// not.
	goodSlots = 256
	badSlots  = 64
	slow      = time.Second
)

// retry is the pause after the first, second, … failure with one push. WeCom's intervals are not documented.
var retry = work.Retry{After: []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute}}

// kind is the delivery of pushes as the engine sees it: a receiver is a key.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name:  "callback",
		Lease: work.Lease{Table: "callback_lease", Key: "receiver", Holder: "owner", Until: "until", Of: "callback_receiver", Length: max(lease, s.deps.Timeout+2*leaseSpare)},
		Retry: retry, Repeatable: true, For: s.deps.For,
		Waiting: selectWaiting, Take: s.take, Backlog: backlog,
	}
}

// Start begins to deliver. A command that only changes something does not call it: the running server finds
// what the command queued.
func (s *Service) Start() { s.work.Start() }

// Stop returns once the requests under way have ended. Waiting pushes are delivered after the next start, or
// by another server.
func (s *Service) Stop() { s.work.Stop() }

// Drained returns when nothing is due any more: each push has been delivered, has failed, or waits for its
// next attempt.
func (s *Service) Drained(ctx context.Context) error { return s.work.Drained(ctx) }

// Sweep deletes deliveries that have been kept long enough.
func (s *Service) Sweep(ctx context.Context) error {
	for more := true; more; {
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
			more, err = sweep(tx, tx.Now().Add(-s.deps.Keep))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// lanes limit the requests under way. They remember which receivers did badly.
type lanes struct {
	good, bad chan struct{} // one slot per request

	mu      sync.Mutex
	failing map[int64]struct{} // receivers that failed or were slow the last time
}

func newLanes() *lanes {
	return &lanes{good: make(chan struct{}, goodSlots), bad: make(chan struct{}, badSlots), failing: map[int64]struct{}{}}
}

// enter waits for a slot for a request to the receiver and returns a function that frees it; nil when the
// server stops.
func (l *lanes) enter(ctx context.Context, receiver int64) (leave func()) {
	l.mu.Lock()
	slots := l.good
	if _, failing := l.failing[receiver]; failing {
		slots = l.bad
	}
	l.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }
	case <-ctx.Done():
		return nil
	}
}

// judge remembers how the receiver did.
func (l *lanes) judge(receiver int64, good bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if good {
		delete(l.failing, receiver)
	} else {
		l.failing[receiver] = struct{}{}
	}
}

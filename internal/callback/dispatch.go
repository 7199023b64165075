package callback

import (
	"context"
	"sync"
	"time"

	"qiwei/internal/store"
)

const (
	// largest is how many deliveries a receiver is sent at most before what came of
	// them is written down; flushAfter ends a batch early. A crash repeats no more
	// than that. A batch is as large as the last one suggests, and smallest at first.
	largest    = 400
	smallest   = 16
	flushAfter = 60 * time.Millisecond

	// lease is how long a server that has stopped keeps others from its receivers.
	// A request is only begun while the lease outlives it.
	lease      = 15 * time.Second
	leaseSpare = 5 * time.Second

	// goodSlots and badSlots are how many requests are under way at once: to
	// receivers that answered last time, and soon, and to all others. So those that
	// hang cannot take the room of those that do not.
	goodSlots = 256
	badSlots  = 64
	slow      = time.Second

	// lookEvery is how often a server looks for what it was not told of: pushes
	// queued by a command line or by a server that has stopped.
	lookEvery = time.Second

	// recordWithin is how long the database may take to take up what was sent.
	recordWithin = time.Minute
)

// retryAfter is how long a receiver is left alone after its first, second, …
// failure with one push. WeCom's intervals are not documented.
var retryAfter = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute}

// dispatcher delivers what is queued: one goroutine for each receiver for whom
// something waits, and none for the others.
type dispatcher struct {
	s         *Service
	owner     string
	good, bad chan struct{} // a slot each
	running   sync.WaitGroup

	ctx  context.Context // ends when Stop is called
	stop context.CancelFunc

	mu      sync.Mutex
	started bool
	queues  map[int64]*queue   // by receiver
	busy    int                // of them, those that do not wait for their next attempt
	failing map[int64]struct{} // receivers that failed or were slow last time
	idle    chan struct{}      // closed when busy falls to 0
}

type queue struct {
	again bool               // something was queued since it last looked
	wake  context.CancelFunc // ends its wait for the next attempt; nil while it does not wait
}

func newDispatcher(s *Service) *dispatcher {
	ctx, stop := context.WithCancel(context.Background())
	return &dispatcher{
		s: s, owner: ownerID(), good: make(chan struct{}, goodSlots), bad: make(chan struct{}, badSlots),
		ctx: ctx, stop: stop, queues: map[int64]*queue{}, failing: map[int64]struct{}{}, idle: make(chan struct{}),
	}
}

// Start begins to deliver. Commands that only change something do not call it:
// the server that runs beside them finds what they have queued.
func (d *dispatcher) Start() {
	d.mu.Lock()
	d.started = true
	d.mu.Unlock()
	d.running.Go(d.look)
}

// Stop lets the requests under way end and returns then. What waits is delivered
// after the next start, or by another server.
func (d *dispatcher) Stop() {
	d.mu.Lock()
	d.started = false
	d.mu.Unlock()
	d.stop()
	d.running.Wait()
}

// wake has the receiver's queue looked at. A queue that waits for its next attempt
// is left to wait unless it is pressed.
func (d *dispatcher) wake(receiver int64, press bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.started {
		return
	}
	q := d.queues[receiver]
	switch {
	case q == nil:
		d.queues[receiver] = &queue{}
		d.busy++
		d.running.Go(func() { d.run(receiver) })
	case q.wake == nil:
		q.again = true
	case press:
		q.wake()
	}
}

// look finds what waits and is nobody's, now and then.
func (d *dispatcher) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	swept := d.s.deps.Clock.Now()
	for {
		if _, err := d.wakeDue(d.ctx); err != nil && d.ctx.Err() == nil {
			d.s.deps.Log.Warn("look for callbacks to deliver", "err", err)
		}
		if now := d.s.deps.Clock.Now(); now.Sub(swept) >= time.Minute && d.s.deps.For == nil {
			swept = now
			if err := d.s.Sweep(d.ctx); err != nil && d.ctx.Err() == nil {
				d.s.deps.Log.Warn("sweep callbacks", "err", err)
			}
		}
		select {
		case <-d.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// wakeDue wakes the receivers whose first delivery is due, and returns how many
// there are, those of other servers among them.
func (d *dispatcher) wakeDue(ctx context.Context) (due int, err error) {
	var list []waiting
	var now time.Time
	if err := d.s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		list, err = selectWaiting(tx)
		return err
	}); err != nil {
		return 0, err
	}
	for _, w := range list {
		if w.due > now.UnixMilli() || (w.corpID != "" && d.s.deps.For != nil && !d.s.deps.For(w.corpID)) {
			continue
		}
		due++
		if w.owner == "" || w.owner == d.owner {
			d.wake(w.receiver, true)
		}
	}
	return due, nil
}

// Drained returns when nothing is left that is due: each push has been delivered,
// has failed, or waits for its next attempt.
func (s *Service) Drained(ctx context.Context) error {
	d := s.dispatcher
	for {
		d.mu.Lock()
		busy, idle := d.busy, d.idle
		d.mu.Unlock()
		if busy > 0 {
			select {
			case <-idle:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		due, err := d.wakeDue(ctx)
		if err != nil || due == 0 {
			return err
		}
		// Either it is ours now, or another server's, whose work we cannot hear end.
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

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

// pause waits for a time of the clock, or until the queue is pressed. Meanwhile
// the queue counts as idle.
func (d *dispatcher) pause(q *queue, until time.Time) {
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	d.mu.Lock()
	q.wake = cancel
	d.rest()
	d.mu.Unlock()
	d.s.deps.Clock.Wait(ctx, until)
	d.mu.Lock()
	q.wake = nil
	d.busy++
	d.mu.Unlock()
}

// rest counts a queue out. The caller holds the lock.
func (d *dispatcher) rest() {
	d.busy--
	if d.busy == 0 {
		close(d.idle)
		d.idle = make(chan struct{})
	}
}

// finish ends the receiver's queue, unless something was queued meanwhile.
func (d *dispatcher) finish(receiver int64, q *queue) (ended bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.again && d.ctx.Err() == nil {
		q.again = false
		return false
	}
	delete(d.queues, receiver)
	d.rest()
	return true
}

// slot waits for the room to make a request to the receiver and returns how to
// give it back; nil when the dispatcher stops.
func (d *dispatcher) slot(receiver int64) func() {
	d.mu.Lock()
	slots := d.good
	if _, failing := d.failing[receiver]; failing {
		slots = d.bad
	}
	d.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }
	case <-d.ctx.Done():
		return nil
	}
}

// judge remembers how the receiver did.
func (d *dispatcher) judge(receiver int64, good bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if good {
		delete(d.failing, receiver)
	} else {
		d.failing[receiver] = struct{}{}
	}
}

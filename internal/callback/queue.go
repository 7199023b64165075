package callback

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/store"
)

// run delivers what waits for one receiver, one after the other, until nothing
// does. It looks at the queue in the transaction that records what came of the
// last batch.
func (d *dispatcher) run(receiver int64) {
	d.mu.Lock()
	q := d.queues[receiver]
	d.mu.Unlock()
	var done []attempt
	size := smallest
	for {
		t, err := d.turn(receiver, size, done)
		if err != nil && d.ctx.Err() == nil {
			d.s.deps.Log.Error("deliver callbacks", "receiver", receiver, "err", err)
			realPause(d.ctx, lookEvery)
			continue // with what is still to be recorded
		}
		done = nil
		switch {
		case len(t.queue) > 0:
			done = d.deliver(receiver, t)
			size = min(max(2*len(done), smallest), largest)
		case t.wait > 0 && d.ctx.Err() == nil:
			d.pause(q, time.UnixMilli(t.wait))
		case d.finish(receiver, q):
			return
		}
	}
}

func realPause(ctx context.Context, t time.Duration) {
	select {
	case <-time.After(t):
	case <-ctx.Done():
	}
}

// turn is a batch to be delivered.
type turn struct {
	to    Address
	who   Receiver
	queue []queued
	until time.Time // the lease's end
	wait  int64     // where the first is not due yet, when it is
}

// turn records attempts and returns what is to be delivered next. It returns no
// queue where nothing waits, where the first has to, or where another server
// delivers to the receiver.
func (d *dispatcher) turn(receiver int64, size int, done []attempt) (t turn, err error) {
	if done, err = d.answered(done); err != nil {
		return t, err
	}
	length := max(lease, d.s.deps.Timeout+2*leaseSpare)
	// What was sent is recorded even while the server stops, but not for ever.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), recordWithin)
	defer cancel()
	err = d.s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		t = turn{}
		if err := record(tx, done); err != nil {
			return err
		}
		t.until = tx.Now().Add(length)
		mine, err := takeLease(tx, receiver, d.owner, t.until)
		if err != nil || !mine {
			return err
		}
		if d.ctx.Err() == nil {
			if err := d.next(tx, receiver, size, &t); err != nil {
				return err
			}
		}
		if len(t.queue) == 0 {
			return dropLease(tx, receiver, d.owner)
		}
		return nil
	})
	if err == nil {
		for _, a := range done {
			d.s.deps.Observe(Observed{a.outcome(), a.took})
		}
	}
	return t, err
}

// next fills the turn with what is due, size deliveries at most.
func (d *dispatcher) next(tx *store.Tx, receiver int64, size int, t *turn) (err error) {
	if t.queue, err = selectQueue(tx, receiver, size); err != nil || len(t.queue) == 0 {
		return err
	}
	now := tx.Now().UnixMilli()
	for i, q := range t.queue {
		if q.due > now {
			if i == 0 {
				t.wait = q.due
			}
			t.queue = t.queue[:i]
			break
		}
	}
	if len(t.queue) == 0 {
		return nil
	}
	who, found, err := bookOf(tx, receiver)
	if err != nil {
		return err
	}
	if found {
		book := d.s.books[who.Book]
		if book == nil { // a newer server's, beside this one, which will deliver it
			t.queue = nil
			return nil
		}
		t.who = who
		t.to, found, err = book(tx, who.Key)
	}
	if err == nil && !found {
		t.queue = nil
		err = giveUp(tx, receiver, "there is no callback URL any more")
	}
	return err
}

// deliver sends the batch and returns what came of it. It ends early so that what
// was sent is soon recorded, and after a failure, whose delivery stays first.
func (d *dispatcher) deliver(receiver int64, t turn) (done []attempt) {
	free := d.slot(receiver)
	if free == nil {
		return nil
	}
	defer free()
	began := time.Now()
	for _, q := range t.queue {
		left := t.until.Sub(d.s.deps.Clock.Now())
		if d.ctx.Err() != nil || left < d.s.deps.Timeout+leaseSpare || (len(done) > 0 && time.Since(began) > flushAfter) {
			break
		}
		a := d.attempt(t, q)
		done = append(done, a)
		d.judge(receiver, a.ok && a.took < slow)
		if !a.ok {
			break
		}
	}
	return done
}

func (d *dispatcher) attempt(t turn, q queued) attempt {
	at := d.s.deps.Clock.Now()
	// A request that is under way ends by itself, not with the server.
	got, ok, reply, drawn := d.s.sender.post(context.WithoutCancel(d.ctx), t.to, q.body, min(q.within, d.s.deps.Timeout))
	a := attempt{of: q, who: t.who, at: at, took: got.took, status: got.status, ok: ok, problem: got.problem, seal: drawn.String(), reply: reply}
	a.response = append([]byte{}, got.body[:min(len(got.body), keptBytes)]...)
	if !ok {
		n := min(maxTries-int(q.chances), len(retryAfter)-1)
		a.due = d.s.deps.Clock.Now().Add(retryAfter[max(n, 0)]).UnixMilli()
	}
	return a
}

// answered gives passive replies to those who take them, each in one transaction
// with the record of its delivery, and returns the attempts that are still to be
// recorded.
func (d *dispatcher) answered(done []attempt) (rest []attempt, err error) {
	for _, a := range done {
		take := d.s.replies[a.of.reply]
		if take == nil || !a.ok || (len(a.reply) == 0 && !d.s.empty[a.of.reply]) {
			a.unread()
			rest = append(rest, a)
			continue
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), recordWithin)
		err := d.s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			// Another server may have taken it, where ours stood still for too long.
			n, err := tx.Count(`SELECT count(*) FROM callback_delivery WHERE no = ? AND state = 0`, a.of.no)
			if err != nil || n == 0 {
				return err
			}
			return a.hand(ctx, tx, take)
		})
		cancel()
		if errors.Is(err, store.ErrUnavailable) {
			return nil, err
		}
		if err != nil {
			d.s.deps.Log.Error("take a passive reply", "delivery", a.of.no, "taker", a.of.reply, "err", err)
			a.problem = notTaken(err)
		}
		rest = append(rest, a) // which changes nothing if it is recorded
	}
	return rest, nil
}

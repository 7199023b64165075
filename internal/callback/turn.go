package callback

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// turn is a batch of deliveries to one receiver, sent in sequence.
type turn struct {
	s     *Service
	of    *work.Turn
	to    Address
	who   Receiver
	queue []queued

	done []attempt // what was sent
	left []attempt // the part of done that Record must store
}

// take returns what is due for the receiver. If the first delivery must wait, everything behind it waits too.
func (s *Service) take(tx *store.Tx, of *work.Turn) (work.Batch, time.Time, error) {
	size, none := smallest, time.Time{}
	if last, ok := of.Last.(*turn); ok {
		size = min(max(2*len(last.done), smallest), largest)
	}
	queue, err := selectQueue(tx, of.Key, size)
	if err == nil && s.deps.Faults != nil {
		queue, err = s.arrange(tx, of.Key, queue)
	}
	if err != nil {
		return nil, none, err
	}
	for i, q := range queue {
		if due := retry.Due(tx.Now(), time.UnixMilli(q.due)); due.After(tx.Now()) {
			if i == 0 {
				return nil, due, nil
			}
			queue = queue[:i]
			break
		}
	}
	if len(queue) == 0 {
		return nil, none, nil
	}
	who, found, err := bookOf(tx, of.Key)
	if err != nil {
		return nil, none, err
	}
	t := &turn{s: s, of: of, who: who, queue: queue}
	if found {
		book := s.books[who.Book]
		if book == nil { // a newer server queued it, and will deliver it
			return nil, none, nil
		}
		if t.to, found, err = book(tx, who.Key); err != nil {
			return nil, none, err
		}
	}
	if !found {
		return nil, none, giveUp(tx, of.Key, "", "the callback URL was removed")
	}
	return t, none, nil
}

// Do sends the batch. It ends early so that what was sent is recorded soon, and after a failure, whose
// delivery stays first in the queue.
func (t *turn) Do(ctx context.Context) error {
	leave := t.s.lanes.enter(ctx, t.of.Key)
	if leave == nil {
		return nil
	}
	defer leave()
	defer func() { t.left = t.done }()
	began := time.Now()
	for _, q := range t.queue {
		left := t.of.Until.Sub(t.s.deps.Clock.Now())
		if ctx.Err() != nil || left < t.s.deps.Timeout+leaseSpare || (len(t.done) > 0 && time.Since(began) > flushAfter) {
			break
		}
		a := t.attempt(ctx, q)
		t.done = append(t.done, a)
		t.of.Count(a.outcome(), a.took)
		if t.s.deps.Observe != nil {
			t.s.deps.Observe(t.who.CorpID, a.outcome())
		}
		t.s.lanes.judge(t.of.Key, a.ok && a.took < slow)
		if !a.ok {
			break
		}
	}
	return nil
}

func (t *turn) attempt(ctx context.Context, q queued) attempt {
	s := t.s
	at := s.deps.Clock.Now()
	// A request under way is finished even while the server stops.
	spoil := s.spoils.sent(q.no)
	got, ok, reply, drawn := s.sender.post(context.WithoutCancel(ctx), t.to, q.body, min(q.within, s.deps.Timeout), spoil.Forge)
	for range spoil.Copies - 1 {
		s.sender.post(context.WithoutCancel(ctx), t.to, q.body, min(q.within, s.deps.Timeout), spoil.Forge)
	}
	if what := spoil.OfDelivery(); what != "" && got.problem == "" {
		got.problem = "a fault: " + what
	}
	a := attempt{of: q, who: t.who, at: at, took: got.took, status: got.status, ok: ok, problem: got.problem, seal: drawn.String(), reply: reply}
	a.response = append([]byte{}, got.body[:min(len(got.body), keptBytes)]...)
	if !ok {
		a.due = s.deps.Clock.Now().Add(retry.Wait(int64(maxTries) - q.chances + 1)).UnixMilli()
	}
	return a
}

// Settle passes passive replies to their takers, each in one transaction with the record of its delivery.
func (t *turn) Settle(ctx context.Context) error {
	s := t.s
	for i := range t.left {
		a := &t.left[i]
		take := s.replies[a.of.reply]
		if a.settled {
			continue
		}
		if take == nil || !a.ok || (len(a.reply) == 0 && !s.empty[a.of.reply]) {
			a.unread()
			continue
		}
		err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			// Another server may have taken it if ours stood still for too long.
			n, err := tx.Count(`SELECT count(*) FROM callback_delivery WHERE no = ? AND state = 0`, a.of.no)
			if err != nil || n == 0 {
				return err
			}
			return a.hand(ctx, tx, take)
		})
		if errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if err != nil {
			s.deps.Log.Error("take a passive reply", "delivery", a.of.no, "taker", a.of.reply, "err", err)
			a.problem = notTaken(err)
		}
		a.settled = true
	}
	return nil
}

// Record stores what was sent. What Settle has recorded does not change.
func (t *turn) Record(_ context.Context, tx *store.Tx, _ work.Result) error {
	return record(tx, t.left)
}

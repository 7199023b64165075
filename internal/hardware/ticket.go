package hardware

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

const (
	// ticketEvery is how often a model is pushed a new ticket (doc 96053: every ten
	// minutes).
	ticketEvery = 10 * time.Minute
	// ticketLife is how long one is good, so that two pushes may fail (doc 95992).
	ticketLife = 30 * time.Minute
	// ticketsKept are how many are good at a time.
	ticketsKept = 3
)

// firstTicket is when a model that has none yet is given one: as soon as there is a
// URL to push it to; 0 is never.
func (v Model) firstTicket(now time.Time) int64 {
	if v.URL == "" {
		return 0
	}
	return now.UnixMilli()
}

// ticketText makes the ticket that was made for the model at the time.
func (s *Service) ticketText(modelID string, at int64) string {
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.HardwareTicket, modelID, strconv.AppendInt(nil, at, 10)))
}

// ticketGood reports whether a ticket was pushed for the model, is one of the three
// newest, and is not older than 30 minutes.
func (s *Service) ticketGood(v Model, text string, now time.Time) bool {
	for _, at := range v.tickets {
		if s.ticketText(v.ModelID, at) == text {
			return now.Sub(time.UnixMilli(at)) <= ticketLife
		}
	}
	return false
}

// PushTicket makes a new ticket for the model and pushes it to the callback URL, if
// the model has one (doc 96053). The returned ticket is good either way.
func (s *Service) PushTicket(ctx context.Context, tx *store.Tx, modelID string) (string, error) {
	v, err := s.Model(tx, modelID)
	if err != nil {
		return "", err
	}
	return s.pushTicket(ctx, tx, v)
}

func (s *Service) pushTicket(ctx context.Context, tx *store.Tx, v Model) (string, error) {
	at := tx.Now().UnixMilli()
	if len(v.tickets) > 0 && at <= v.tickets[0] { // two within a millisecond, or a clock that was set back
		at = v.tickets[0] + 1
	}
	if at > tx.Now().Add(ticketLife).UnixMilli() {
		at, v.tickets = tx.Now().UnixMilli(), nil
	}
	v.tickets = append([]int64{at}, v.tickets[:min(len(v.tickets), ticketsKept-1)]...)
	text, err := json.Marshal(v.tickets)
	if err != nil {
		return "", err
	}
	var due int64
	if v.URL != "" {
		due = tx.Now().Add(ticketEvery).UnixMilli()
	}
	if _, err := tx.Exec(`UPDATE hardware_model SET tickets = ?, ticket_due = ? WHERE no = ?`, string(text), due, v.No); err != nil {
		return "", err
	}
	ticket := s.ticketText(v.ModelID, at)
	return ticket, s.tellTicket(ctx, tx, v, ticket)
}

// ticketWork is the making of tickets as the engine sees it: a model is a key. It
// needs no lease, because two servers that make one ticket collide.
func (s *Service) ticketWork() work.Kind {
	return work.Kind{Name: "hardware ticket", Slots: 2, Every: 5 * time.Second, Waiting: waitingTickets, Take: s.takeTicket, Backlog: ticketBacklog}
}

func waitingTickets(tx *store.Tx) (list []work.Waiting, err error) {
	now := tx.Now()
	// Nothing is due later than its interval from now, unless the clock was set back.
	err = tx.Each(`SELECT s.no, s.partner, s.ticket_due FROM hardware_model s
		WHERE s.ticket_due > 0 AND (s.ticket_due <= ? OR s.ticket_due > ?) ORDER BY s.ticket_due, s.no`,
		[]any{now.UnixMilli(), now.Add(2 * ticketEvery).UnixMilli()}, func(rows *store.Rows) error {
			var w work.Waiting
			var due int64
			err := rows.Scan(&w.Key, &w.CorpID, &due)
			w.Due = time.UnixMilli(min(due, now.UnixMilli()))
			list = append(list, w)
			return err
		})
	return list, err
}

// ticketBacklog counts the models whose ticket is late.
func ticketBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM hardware_model WHERE ticket_due > 0 AND ticket_due < ?`, tx.Now().UnixMilli())
	return b, err
}

func (s *Service) takeTicket(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	var due int64
	found, err := tx.Get(`SELECT ticket_due FROM hardware_model WHERE no = ? AND ticket_due > 0`, []any{t.Key}, &due)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	if at := time.UnixMilli(due); at.After(tx.Now()) && at.Before(tx.Now().Add(2*ticketEvery)) {
		return nil, time.Time{}, nil
	}
	return dueTicket{s, t.Key}, time.Time{}, nil
}

// dueTicket is a model whose next ticket is due.
type dueTicket struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueTicket) Do(context.Context) error { return nil }

// Record makes the ticket. The push waits in the callback room's queue.
func (d dueTicket) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := d.s.selectModels(tx, `ticket_due > 0 AND no = ?`, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = d.s.pushTicket(ctx, tx, list[0])
	return err
}

// wakeTickets has the model's ticket made as soon as it is due.
func (s *Service) wakeTickets(tx *store.Tx, v Model) {
	tx.AfterCommit(func() { s.work.Wake(v.No, false) })
}

// MakeTickets makes the tickets that are due, and returns.
func (s *Service) MakeTickets(ctx context.Context) error { return s.work.Drain(ctx, nil) }

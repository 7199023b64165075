package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

const (
	// pushEvery is how often a new ticket is pushed (doc 90628, 96053: every ten minutes;
	// 7 to 14 have been seen).
	pushEvery = 10 * time.Minute
	// pushedLife is how long a ticket is good, so that two pushes may fail (doc 95992).
	pushedLife = 30 * time.Minute
	// pushedKept is how many tickets are good at a time.
	pushedKept = 3
)

// PushedTickets are the tickets that are pushed every ten minutes: to suites (doc 90628) and to models of smart
// hardware (doc 96053). Both are rows of a table with the columns no, tickets (a JSON list of the times at which
// the newest were made, in Unix milliseconds) and ticket_due (when the next is due, 0 for never).
type PushedTickets struct {
	// Work names the making of tickets among the work in the background.
	Work string
	// Table is the rows' table, and From what a list of them is selected from, with CorpID as the column of the
	// provider's corpid. From calls the rows r.
	Table, From, CorpID string
	// Noun and Address are what a row and the URL that it is pushed to are called in errors.
	Noun, Address string
	Purpose       seal.Purpose
	Box           *seal.Box
	// Push makes and pushes the next ticket of a row, by Next. A row that is gone is no error.
	Push func(ctx context.Context, tx *store.Tx, no int64) error

	queue *work.Queue
}

// Begin adds the making of tickets to the engine. They are made after Start.
func (p *PushedTickets) Begin(engine *work.Engine) {
	// There is no lease: where two servers make the same ticket, their transactions collide.
	p.queue = engine.Queue(work.Kind{Name: p.Work, Slots: 2, Every: 5 * time.Second, Waiting: p.waiting, Take: p.take, Backlog: p.backlog})
}

// Start begins to make tickets, until Stop.
func (p *PushedTickets) Start() { p.queue.Start() }

// Stop ends that.
func (p *PushedTickets) Stop() { p.queue.Stop() }

// Make makes the tickets that are due, and returns.
func (p *PushedTickets) Make(ctx context.Context) error { return p.queue.Drain(ctx, nil) }

// Wake has the row's ticket made as soon as it is due.
func (p *PushedTickets) Wake(tx *store.Tx, no int64) {
	tx.AfterCommit(func() { p.queue.Wake(no, false) })
}

// FirstDue is when a row that has had no ticket yet is given one: at once where there is a URL to push it to,
// and otherwise never, which is 0. The unit is Unix milliseconds.
func FirstDue(url string, now time.Time) int64 {
	if url == "" {
		return 0
	}
	return now.UnixMilli()
}

// Moved follows a change of the row's URL. A row that has been pushed tickets before keeps its turn.
func (p *PushedTickets) Moved(tx *store.Tx, no int64, url string) (err error) {
	if first := FirstDue(url, tx.Now()); first == 0 {
		_, err = tx.Exec(`UPDATE `+p.Table+` SET ticket_due = 0 WHERE no = ?`, no)
	} else {
		_, err = tx.Exec(`UPDATE `+p.Table+` SET ticket_due = ? WHERE no = ? AND ticket_due = 0`, first, no)
		p.Wake(tx, no)
	}
	return err
}

// text is the ticket that was made for the row with the id at the time.
func (p *PushedTickets) text(id string, at int64) string {
	return base64.RawURLEncoding.EncodeToString(p.Box.SealSame(p.Purpose, id, strconv.AppendInt(nil, at, 10)))
}

// Check returns why the ticket is not good for the row with the id and the tickets, or nothing if it is: one of the
// three newest, and not older than 30 minutes.
func (p *PushedTickets) Check(tickets []int64, id, ticket string, now time.Time) (problem string) {
	if i := slices.IndexFunc(tickets, func(at int64) bool { return p.text(id, at) == ticket }); i >= 0 && now.Sub(time.UnixMilli(tickets[i])) <= pushedLife {
		return ""
	}
	if len(tickets) == 0 {
		return fmt.Sprintf("no ticket has been pushed for the %s yet; it needs a %s that was verified", p.Noun, p.Address)
	}
	if age := now.Sub(time.UnixMilli(tickets[0])); age > pushedLife {
		return fmt.Sprintf("the newest ticket was pushed %v ago, and a ticket is valid for %v", age.Round(time.Second), pushedLife)
	}
	return fmt.Sprintf("one of the three newest tickets that were pushed for this %s expected", p.Noun)
}

// Next makes a new ticket for the row. The next one is due in ten minutes where there is a URL, and otherwise never.
func (p *PushedTickets) Next(tx *store.Tx, no int64, id string, tickets []int64, url string) (ticket string, err error) {
	at := tx.Now().UnixMilli()
	if len(tickets) > 0 && at <= tickets[0] { // two within a millisecond, or a clock that was set back
		at = tickets[0] + 1
	}
	if at > tx.Now().Add(pushedLife).UnixMilli() {
		at, tickets = tx.Now().UnixMilli(), nil
	}
	text, err := json.Marshal(append([]int64{at}, tickets[:min(len(tickets), pushedKept-1)]...))
	if err != nil {
		return "", err
	}
	var due int64
	if url != "" {
		due = tx.Now().Add(pushEvery).UnixMilli()
	}
	_, err = tx.Exec(`UPDATE `+p.Table+` SET tickets = ?, ticket_due = ? WHERE no = ?`, string(text), due, no)
	return p.text(id, at), err
}

func (p *PushedTickets) waiting(tx *store.Tx) (list []work.Waiting, err error) {
	now := tx.Now()
	// Nothing is due later than its interval from now, unless the clock was set back.
	err = tx.Each(`SELECT r.no, `+p.CorpID+`, r.ticket_due FROM `+p.From+` WHERE r.ticket_due > 0 AND (r.ticket_due <= ? OR r.ticket_due > ?) ORDER BY r.ticket_due, r.no`,
		[]any{now.UnixMilli(), now.Add(2 * pushEvery).UnixMilli()}, func(rows *store.Rows) error {
			var w work.Waiting
			var due int64
			err := rows.Scan(&w.Key, &w.CorpID, &due)
			w.Due = time.UnixMilli(min(due, now.UnixMilli()))
			list = append(list, w)
			return err
		})
	return list, err
}

// backlog counts the tickets that are late.
func (p *PushedTickets) backlog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM `+p.Table+` WHERE ticket_due > 0 AND ticket_due < ?`, tx.Now().UnixMilli())
	return b, err
}

func (p *PushedTickets) take(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	if due, err := p.due(tx, t.Key); err != nil || !due {
		return nil, time.Time{}, err
	}
	return dueTicket{p, t.Key}, time.Time{}, nil
}

// due reports whether the row's next ticket is due.
func (p *PushedTickets) due(tx *store.Tx, no int64) (bool, error) {
	var at int64
	found, err := tx.Get(`SELECT ticket_due FROM `+p.Table+` WHERE no = ? AND ticket_due > 0`, []any{no}, &at)
	due := time.UnixMilli(at)
	return found && !(due.After(tx.Now()) && due.Before(tx.Now().Add(2*pushEvery))), err
}

// dueTicket is a row whose next ticket is due.
type dueTicket struct {
	p  *PushedTickets
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueTicket) Do(context.Context) error { return nil }

// Record makes the ticket, unless somebody has made one since this one was taken. The push waits in the callback
// room's queue.
func (d dueTicket) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	if due, err := d.p.due(tx, d.no); err != nil || !due {
		return err
	}
	return d.p.Push(ctx, tx, d.no)
}

package callback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// State is the state of a delivery.
type State int

// The states of a delivery.
const (
	Waiting State = iota
	Delivered
	Failed
)

func (s State) String() string { return [...]string{"waiting", "delivered", "failed"}[s] }

// Delivery is a push to one receiver, as people look at it.
type Delivery struct {
	No       int64
	Name     string
	AgentID  int64  // 0 if the receiver is no application
	Receiver string // the receiver's present URL; empty if it no longer has one
	QueuedAt time.Time
	State    State
	Attempts int64
	Due      time.Time // of the next attempt, if it waits for one
	// Last is the last attempt, if there was one.
	Last *Attempt
	Body string // in the clear; only when one delivery is asked for
	// All are the attempts in order; only when one delivery is asked for.
	All []Attempt
}

// Attempt is one request of a delivery.
type Attempt struct {
	At      time.Time
	Took    time.Duration
	Status  int // of HTTP; 0 if there was no answer
	Problem string
	// Query and Request are what was sent: the end of the URL, and the body. They are encrypted again with
	// the random values of that time. Lost says why they cannot be.
	Query, Request, Lost string
	Response             []byte // its beginning
	Reply                string // the decrypted answer, if there is one
}

// ErrNotFound is returned for a delivery that does not exist.
var ErrNotFound = errors.New("there is no such delivery")

// Filter chooses deliveries. A zero field matches all.
type Filter struct {
	AgentID int64
	State   *State
	Name    string // or its family
	Before  int64  // deliveries with lower numbers
	Limit   int    // 50 if it is zero
}

// Deliveries returns deliveries to the applications of the caller's corp, newest
// first.
func (s *Service) Deliveries(ctx context.Context, tx *store.Tx, by access.Caller, f Filter) ([]Delivery, error) {
	where, args := `r.corpid = ?`, []any{by.CorpID}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if f.AgentID != 0 {
		a, err := s.deps.Apps.App(tx, by.CorpID, f.AgentID)
		if err != nil {
			return nil, err
		}
		and(`r.app = ?`, a.No)
	}
	if f.State != nil { // a constant, because the partial indexes of waiting and failed ones need it
		and(fmt.Sprintf(`d.state = %d`, *f.State))
	}
	if f.Name != "" {
		and(`(d.name = ? OR substr(d.name, 1, ?) = ?)`, f.Name, int64(len(f.Name)+1), f.Name+"/")
	}
	if f.Before > 0 {
		and(`d.no < ?`, f.Before)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	return s.selectDeliveries(tx, where+` ORDER BY d.no DESC LIMIT ?`, append(args, int64(limit))...)
}

// Delivery returns a delivery of the caller's corp with all details, or ErrNotFound.
func (s *Service) Delivery(ctx context.Context, tx *store.Tx, by access.Caller, no int64) (Delivery, error) {
	list, err := s.selectDeliveries(tx, `r.corpid = ? AND d.no = ?`, by.CorpID, no)
	if err != nil {
		return Delivery{}, err
	}
	if len(list) == 0 {
		return Delivery{}, fmt.Errorf("%w: %d", ErrNotFound, no)
	}
	d := list[0]
	var receiver int64
	if _, err := tx.Get(`SELECT receiver, body FROM callback_delivery WHERE no = ?`, []any{no}, &receiver, &d.Body); err != nil {
		return d, err
	}
	to, found, err := s.addressNow(tx, receiver)
	if err != nil {
		return d, err
	}
	d.Receiver = to.URL
	err = tx.Each(`SELECT at, took, status, problem, seal, response FROM callback_attempt WHERE delivery = ? ORDER BY n`, []any{no}, func(rows *store.Rows) error {
		var a Attempt
		var seal string
		if err := scanAttempt(rows, &a, &seal); err != nil {
			return err
		}
		if found {
			a.encrypt(to, d.Body, seal)
		} else {
			a.Lost = "the receiver no longer has a callback, and its keys were deleted with it"
		}
		d.All = append(d.All, a)
		return nil
	})
	return d, err
}

func (s *Service) addressNow(tx *store.Tx, receiver int64) (Address, bool, error) {
	who, found, err := bookOf(tx, receiver)
	if err != nil || !found || s.books[who.Book] == nil {
		return Address{}, false, err
	}
	return s.books[who.Book](tx, who.Key)
}

func scanAttempt(rows *store.Rows, a *Attempt, seal *string) error {
	var at, took, status int64
	err := rows.Scan(&at, &took, &status, &a.Problem, seal, &a.Response)
	a.At, a.Took, a.Status = time.UnixMilli(at).UTC(), time.Duration(took)*time.Microsecond, int(status)
	return err
}

// encrypt fills in what was sent, and what came back in the clear. It can do so only if the keys have not
// changed since.
func (a *Attempt) encrypt(to Address, text, seal string) {
	then, ok := parseSealed(seal)
	if !ok {
		a.Lost = "nothing was sent"
		return
	}
	drawn := then
	query, body, crypt, err := to.envelope(text, &drawn)
	switch {
	case err != nil:
		a.Lost = err.Error()
	case drawn.signature != then.signature:
		a.Lost = "the callback's token or key has been changed since"
	default:
		a.Query, a.Request = query.Encode(), string(body)
		if r, err := crypt.OpenReply(a.Response); err == nil {
			a.Reply = string(r.Body)
		} else if !errors.Is(err, callbackcrypto.ErrNoReply) && len(a.Response) >= keptBytes {
			a.Reply = "(not kept completely)"
		}
	}
}

// Replay queues deliveries of the caller's corp again, and returns how many. They keep their earlier attempts
// and say what they said then, with the same CreateTime and MsgId.
func (s *Service) Replay(ctx context.Context, tx *store.Tx, by access.Caller, numbers []int64) (int64, error) {
	var n int64
	for _, no := range numbers {
		found, err := s.replay(tx, `no = ?`, by.CorpID, no)
		if err != nil {
			return n, err
		}
		if found == 0 {
			return n, fmt.Errorf("%w: %d", ErrNotFound, no)
		}
		n += found
	}
	return n, nil
}

// ReplayFailed queues failed deliveries of the caller's corp again: all of them, or those of one application
// if agentid is not 0.
func (s *Service) ReplayFailed(ctx context.Context, tx *store.Tx, by access.Caller, agentID int64) (int64, error) {
	if agentID == 0 {
		return s.replay(tx, `state = 2`, by.CorpID)
	}
	a, err := s.deps.Apps.App(tx, by.CorpID, agentID)
	if err != nil {
		return 0, err
	}
	return s.replay(tx, `state = 2 AND receiver IN (SELECT no FROM callback_receiver WHERE app = ?)`, by.CorpID, a.No)
}

// replay queues the deliveries that match a condition again. The condition's arguments follow the corpid.
func (s *Service) replay(tx *store.Tx, condition, corpID string, args ...any) (int64, error) {
	var receivers []int64
	var n int64
	err := tx.Each(`UPDATE callback_delivery SET state = 0, due = 0, chances = ? WHERE `+condition+
		` AND receiver IN (SELECT no FROM callback_receiver WHERE corpid = ?) RETURNING receiver`,
		append(append([]any{int64(maxTries)}, args...), corpID), func(rows *store.Rows) error {
			var r int64
			err := rows.Scan(&r)
			receivers, n = append(receivers, r), n+1
			return err
		})
	if err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	tx.AfterCommit(func() {
		for _, r := range receivers {
			s.work.Wake(r, true)
		}
	})
	return n, nil
}

// Backlog returns what waits for delivery in the database.
func (s *Service) Backlog(ctx context.Context) (b work.Backlog, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		b, err = backlog(tx)
		return err
	})
	return b, err
}

func backlog(tx *store.Tx) (b work.Backlog, err error) {
	var oldest int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(queued_at), 0) FROM callback_delivery WHERE state = 0`, nil, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMilli(oldest).UTC()
	}
	return b, err
}

func (s *Service) selectDeliveries(tx *store.Tx, where string, args ...any) ([]Delivery, error) {
	var list []Delivery
	err := tx.Each(`SELECT d.no, d.name, d.queued_at, d.state, d.attempts, d.due, coalesce(r.app, 0)
		FROM callback_delivery d JOIN callback_receiver r ON r.no = d.receiver WHERE `+where, args, func(rows *store.Rows) error {
		var d Delivery
		var queued, state, due int64
		if err := rows.Scan(&d.No, &d.Name, &queued, &state, &d.Attempts, &due, &d.AgentID); err != nil {
			return err
		}
		d.QueuedAt, d.State = time.UnixMilli(queued).UTC(), State(state)
		if due > 0 && d.State == Waiting {
			d.Due = time.UnixMilli(due).UTC()
		}
		list = append(list, d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	agents := map[int64]int64{}
	for i := range list {
		d := &list[i]
		if err := s.complete(tx, d, agents); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// complete replaces the application's number by the agentid and fills in the last attempt.
func (s *Service) complete(tx *store.Tx, d *Delivery, agents map[int64]int64) error {
	if no := d.AgentID; no != 0 {
		if _, ok := agents[no]; !ok {
			a, err := s.deps.Apps.AppNo(tx, no)
			if err != nil {
				return err
			}
			agents[no] = a.AgentID
		}
		d.AgentID = agents[no]
	}
	return tx.Each(`SELECT at, took, status, problem, seal, response FROM callback_attempt WHERE delivery = ? ORDER BY n DESC LIMIT 1`, []any{d.No},
		func(rows *store.Rows) error {
			var a Attempt
			var seal string
			err := scanAttempt(rows, &a, &seal)
			d.Last = &a
			return err
		})
}

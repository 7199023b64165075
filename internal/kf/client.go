package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What servicers do in their client. All of it is an event, which the API's own doing is not (doc 94670).

// The changes of a session (doc 94670).
const (
	taken       = 1 // from the pool
	handedOver  = 2
	finished    = 3
	takenUpAnew = 4
)

// acting is a servicer at work for a customer.
type acting struct {
	s        *Service
	tx       *store.Tx
	a        Account
	servicer directory.Member
	v        Session
	state    State
	now      id.UserID // who serves the customer, or did
}

func (s *Service) acting(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact) (w acting, err error) {
	w = acting{s: s, tx: tx, a: a}
	if w.servicer, err = s.serves(ctx, tx, access.System(a.CorpID), a, user); err != nil {
		return w, err
	}
	if w.v, err = sessionOf(tx, a, c.No); err != nil {
		return w, err
	}
	w.state = w.v.at(tx.Now())
	w.now, err = s.userOf(tx, a.CorpID, w.v.Servicer)
	return w, err
}

// changed records a change of the session. Who takes one from the pool, and who ends one, gets a code.
func (w acting) changed(change int64, old, now id.UserID, code string) error {
	return w.s.addEvent(w.tx, w.a, w.v.Customer, now, old, happened{Type: sessionChanged, ChangeType: &change, Code: code})
}

// mine refuses a servicer who does not serve the customer now.
func (w acting) mine() error {
	if w.state != Served || w.v.Servicer != w.servicer.No {
		return ErrMove.With("%q does not serve the customer: the session is in state %d", w.servicer.UserID, w.state)
	}
	return nil
}

// Take takes a customer from the pool. Where no application manages the account, whoever has written waits for a
// servicer as those in the pool do.
func (s *Service) Take(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact) error {
	w, err := s.acting(ctx, tx, a, user, c)
	if err != nil {
		return err
	}
	waits, err := s.waits(tx, a, w.state)
	if err != nil {
		return err
	}
	if !waits {
		return ErrMove.With("the session is in state %d, not in the pool", w.state)
	}
	if _, err := s.onDuty(ctx, tx, access.System(a.CorpID), a, user); err != nil {
		return err
	}
	w.v.Attended = true // the code is in the event
	if _, err := s.move(tx, a, w.v, Served, w.servicer.No); err != nil {
		return err
	}
	code, err := s.newCode(tx, a, w.v, attended)
	if err != nil {
		return err
	}
	return w.changed(taken, "", w.servicer.UserID, code)
}

// waits reports whether a session in the state is for a servicer to take.
func (s *Service) waits(tx *store.Tx, a Account, state State) (bool, error) {
	if state != Unhandled {
		return state == Pool, nil
	}
	managers, err := recallManagers(tx, a.CorpID)
	for m := range managers {
		if m.account == a.No {
			return false, err
		}
	}
	return err == nil, err
}

// Reply is a servicer who writes to a customer, within 48 hours after the customer has. Whoever does so in a
// session that has ended, or was handed to somebody else, takes it up anew (doc 94669).
func (s *Service) Reply(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact, msgtype string, content Content) (Message, error) {
	w, err := s.acting(ctx, tx, a, user, c)
	if err != nil {
		return Message{}, err
	}
	switch {
	case tx.Now().Sub(w.v.AskedAt) > window:
		return Message{}, ErrTooLate.With("the customer's last message is more than 48 hours old")
	case w.state != Served && w.state != Ended:
		return Message{}, ErrState.With("the session is in state %d: take the customer first", w.state)
	case w.state == Ended || w.v.Servicer != w.servicer.No:
		w.v.Attended = true
		if _, err := s.move(tx, a, w.v, Served, w.servicer.No); err != nil {
			return Message{}, err
		}
		if err := w.changed(takenUpAnew, w.now, w.servicer.UserID, ""); err != nil {
			return Message{}, err
		}
	}
	m := Message{Customer: c.No, Origin: ByServicer, Servicer: w.servicer.UserID, Type: msgtype, Failed: w.v.Fail != reaches}
	if err := s.incoming(tx, a.CorpID, &m, content); err != nil {
		return m, err
	}
	if err := count(tx, a, w.v, w.servicer.No, Counts{Assigned: true, Replied: tx.Now()}); err != nil {
		return m, err
	}
	return s.add(tx, a, m)
}

// HandOver hands a customer to another servicer, who must be receiving.
func (s *Service) HandOver(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact, to id.UserID) error {
	w, err := s.acting(ctx, tx, a, user, c)
	if err == nil {
		err = w.mine()
	}
	if err != nil {
		return err
	}
	m, err := s.onDuty(ctx, tx, access.System(a.CorpID), a, to)
	if err != nil {
		return err
	}
	if m.No == w.servicer.No {
		return ErrMove.With("%q serves the customer already", m.UserID)
	}
	if _, err := s.move(tx, a, w.v, Served, m.No); err != nil {
		return err
	}
	return w.changed(handedOver, w.servicer.UserID, m.UserID, "")
}

// Finish ends a session.
func (s *Service) Finish(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact) error {
	w, err := s.acting(ctx, tx, a, user, c)
	if err == nil {
		err = w.mine()
	}
	if err != nil {
		return err
	}
	code, err := s.move(tx, a, w.v, Ended, 0)
	if err != nil {
		return err
	}
	return w.changed(finished, w.servicer.UserID, "", code)
}

// SetDuty says whether a servicer receives customers of an account. Doc 94670.
func (s *Service) SetDuty(ctx context.Context, tx *store.Tx, a Account, user id.UserID, d Duty) error {
	m, err := s.serves(ctx, tx, access.System(a.CorpID), a, user)
	if err != nil {
		return err
	}
	rests, err := selectRests(tx, a)
	if err != nil || rests[m.No] == d {
		return err
	}
	if err := setDuty(tx, a, m.No, d); err != nil {
		return err
	}
	status, stop := d.status()+1, d.stopType()
	h := happened{Type: dutyChanged, Status: &status}
	if d != Receiving {
		h.StopType = &stop
	}
	return s.addEvent(tx, a, 0, m.UserID, "", h)
}

// TakeNoMore has servicers take no messages of a customer from now on, or take them again.
func (s *Service) TakeNoMore(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact, refuse bool) error {
	w, err := s.acting(ctx, tx, a, user, c)
	if err != nil {
		return err
	}
	if w.v.No == 0 {
		return wire.ErrParameter.With("the customer has never been there")
	}
	if w.v.Refused == refuse {
		return nil
	}
	w.v.Refused = refuse
	if err := updateSession(tx, a, w.v); err != nil {
		return err
	}
	if refuse {
		if err := count(tx, a, w.v, w.servicer.No, Counts{Refused: true}); err != nil {
			return err
		}
	}
	reject := flag(refuse)
	return s.addEvent(tx, a, c.No, w.servicer.UserID, "", happened{Type: rejectChanged, Reject: &reject})
}

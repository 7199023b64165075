package kf

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// State is where a customer's session is (doc 94669).
type State int64

// The states.
const (
	Unhandled State = 0 // the customer has written
	Assistant State = 1 // the API answers
	Pool      State = 2 // waiting for a servicer
	Served    State = 3 // by a servicer
	Ended     State = 4 // or not begun: the customer has entered and written nothing
)

// moves are the states that a session may be moved to by the API, by the one it is in. The page shows them in a
// picture and says them in a table, of which these are the words (doc 94669); that others are refused is
// unverified.
var moves = map[State][]State{
	Unhandled: {Assistant, Pool, Served},
	Assistant: {Pool, Served},
	Pool:      {Served},
	Served:    {Served, Ended},
}

// Session is a customer at an account.
type Session struct {
	No        int64
	Account   int64
	Customer  int64
	Run       int64 // how many sessions they have had
	State     State // as of the last change, see at
	Servicer  int64 // the last one; 0 if there was none
	AskedAt   time.Time
	Sent      int64 // messages of the API since the customer's last
	Pooled    bool  // this session has been in the pool
	Attended  bool  // this session has had a servicer
	EnteredAt time.Time
	Entry     entry
	Welcomed  time.Time
	Refused   bool  // servicers take no messages of the customer
	Fail      int64 // what becomes of messages to the customer: a fail_type, or reaches
	Advice    *Advice
	Component int64 // by whose link the customer came to this session; 0 if by none
}

// reaches is Fail for a customer whom messages reach.
const reaches = -1

// at returns the state at a time: a session is over 48 hours after the customer's last message (doc 94669).
func (v Session) at(now time.Time) State {
	if v.State != Ended && now.Sub(v.AskedAt) > window {
		return Ended
	}
	return v.State
}

// Errors of sessions (doc 90313).
var (
	ErrOver       = wire.Code(95013, "conversation ended")
	ErrMove       = wire.Code(95016, "state transition not allowed")
	errNoServicer = wire.ErrParameter.With("servicer_userid: missing")
)

// session returns a customer at an account. Without one it returns a Session without a number that has not
// begun.
func (s *Service) session(tx *store.Tx, a Account, external id.ExternalID) (Session, error) {
	c, err := s.deps.Customers.Contact(tx, a.CorpID, external)
	if err != nil {
		return Session{}, err
	}
	return sessionOf(tx, a, c.No)
}

func sessionOf(tx *store.Tx, a Account, customer int64) (Session, error) {
	v, found, err := selectSession(tx, a, customer)
	if !found {
		v = Session{Account: a.No, Customer: customer, State: Ended, Fail: reaches}
	}
	return v, err
}

// StateOf returns the state of a customer's session at an account that the caller manages, and who serves it.
// Doc 94669.
func (s *Service) StateOf(tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID) (state State, servicer id.UserID, err error) {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return 0, "", err
	}
	v, err := s.session(tx, a, external)
	if err != nil {
		return 0, "", err
	}
	if state = v.at(tx.Now()); state != Served {
		return state, "", nil
	}
	servicer, err = s.userOf(tx, a.CorpID, v.Servicer)
	return state, servicer, err
}

// userOf returns the userid of a member, empty for one who has left.
func (s *Service) userOf(tx *store.Tx, corpID string, no int64) (id.UserID, error) {
	if no == 0 {
		return "", nil
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{no})
	return users[no], err
}

// Move moves a session of an account that the caller manages, as the API may. It returns a code by which a
// message may be sent for it: for the first time that this session is in the pool, the first time that it has
// a servicer, and for its end; otherwise none. It answers ErrOver, ErrMove, and what onDuty answers. Doc 94669.
func (s *Service) Move(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID, to State, user id.UserID) (code string, err error) {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return "", err
	}
	if to < Unhandled || to > Ended {
		return "", wire.ErrParameter.With("service_state: 0 to 4 expected, %d given", to)
	}
	v, err := s.session(tx, a, external)
	if err != nil {
		return "", err
	}
	from := v.at(tx.Now())
	switch {
	case from == Ended:
		return "", ErrOver.With("it begins again when the customer writes")
	case !slices.Contains(moves[from], to):
		return "", ErrMove.With("from %d to %d", from, to)
	}
	var m directory.Member
	if to == Served {
		if user == "" {
			return "", errNoServicer
		}
		if m, err = s.onDuty(ctx, tx, by, a, user); err != nil {
			return "", err
		}
		if from == Served && m.No == v.Servicer {
			return "", ErrMove.With("%q serves the customer already", m.UserID)
		}
		if err := s.licensed(ctx, tx, by, m.No); err != nil {
			return "", err
		}
	}
	return s.move(tx, a, v, to, m.No)
}

// move writes the new state, counts it, and returns the code for it.
func (s *Service) move(tx *store.Tx, a Account, v Session, to State, servicer int64) (code string, err error) {
	from := v.at(tx.Now())
	v.State = to
	kind := noCode
	switch to {
	case Assistant:
		err = count(tx, a, v, 0, Counts{Assigned: true})
	case Pool:
		if !v.Pooled {
			v.Pooled, kind = true, inPool
		}
	case Served:
		if !v.Attended {
			v.Attended, kind = true, attended
		}
		v.Servicer = servicer
		if err = count(tx, a, v, servicer, Counts{Assigned: true}); err == nil && from != Served { // counts where the assistant had it, perhaps before the pool
			err = count(tx, a, v, 0, Counts{Moved: true})
		}
	case Ended:
		kind = ended
	}
	if err == nil {
		err = updateSession(tx, a, v)
	}
	if err != nil || kind == noCode {
		return "", err
	}
	return s.newCode(tx, a, v, kind)
}

package emergency

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Call is one to a member.
type Call struct {
	No       int64
	CallID   string
	Member   int64
	CalledAt time.Time
	Talked   bool
	Talk     time.Duration
	Reason   int64
}

// Reasons of what became of a call (doc 91628).
const (
	ended      = 0
	ringing    = 1
	rungOut    = 12
	tooOften   = 13
	lastReason = 99 // anything else
)

// Limits. How many members one call is for is unverified.
const (
	maxCallees = 100
	maxSoon    = 3 // calls to one member within soon (doc 91628)
	maxLong    = 8 // within a day
	soon       = 8 * time.Minute
	long       = 24 * time.Hour
	kept       = 7 * 24 * time.Hour // for which the state of a call can be asked for
	rings      = time.Minute        // before the platform gives up (unverified)
)

// Errors of emergency notices (doc 91627).
var (
	ErrNotLinked = wire.Code(301049, "app not linked to the emergency notice app")
	ErrOff       = wire.Code(301050, "emergency notice app off")
	ErrBalance   = wire.Code(301051, "emergency notice balance too low")
	ErrNoMobile  = wire.Code(60103, "invalid mobile")
)

// Placed is what has become of ringing one member up: a call, or why there is none.
type Placed struct {
	UserID id.UserID
	CallID string
	Code   int
}

// Ring rings members up whom the caller sees. It answers ErrNotLinked, ErrOff and ErrBalance, and for each
// member 0, 60111 or ErrNoMobile. Doc 91627.
func (s *Service) Ring(tx *store.Tx, by access.Caller, users []id.UserID) ([]Placed, error) {
	switch n := len(users); {
	case n == 0:
		return nil, wire.ErrEmpty.With("callee_userid is missing")
	case n > maxCallees:
		return nil, wire.ErrParameter.With("callee_userid: at most %d, %d given", maxCallees, n)
	}
	if err := s.linked(tx, by); err != nil {
		return nil, err
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return nil, err
	}
	out := make([]Placed, len(users))
	for i, u := range users {
		out[i].UserID = u
		b, ok := known[u.Key()]
		if !ok {
			out[i].Code = directory.ErrMemberNotFound.Code
			continue
		}
		m, err := s.deps.Directory.Member(tx.Context(), tx, by, b.UserID)
		if err != nil {
			return nil, err
		}
		if out[i].UserID = m.UserID; m.Mobile == "" {
			out[i].Code = ErrNoMobile.Code
			continue
		}
		if out[i].CallID, err = s.place(tx, by.CorpID, m.No); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// linked refuses an application that may not ring anybody up, whatever the reason.
func (s *Service) linked(tx *store.Tx, by access.Caller) error {
	if !by.MayCallOf(access.Emergency) {
		return ErrNotLinked.With("qiwei app set --callable %s", access.Emergency)
	}
	var off int64
	if _, err := tx.Get(`SELECT disabled FROM emergency_corp WHERE corpid = ?`, []any{by.CorpID}, &off); err != nil || off != 0 {
		if err == nil {
			err = ErrOff
		}
		return err
	}
	return nil
}

// place makes a call, which is paid for. One too many for the member does not ring.
func (s *Service) place(tx *store.Tx, corpID string, member int64) (callID string, err error) {
	if n, err := tx.Exec(`UPDATE emergency_corp SET balance = balance - 1 WHERE corpid = ? AND balance > 0`, corpID); err != nil {
		return "", err
	} else if n == 0 {
		left, err := tx.Count(`SELECT count(*) FROM emergency_corp WHERE corpid = ? AND balance = 0`, corpID)
		if err == nil && left > 0 {
			err = ErrBalance
		}
		if err != nil {
			return "", err
		}
	}
	now, reason := tx.Now(), int64(ringing)
	for _, most := range []struct {
		calls  int64
		within time.Duration
	}{{maxSoon, soon}, {maxLong, long}} {
		n, err := tx.Count(`SELECT count(*) FROM emergency_call WHERE corpid = ? AND member = ? AND called_at > ? AND reason <> ?`, corpID, member, now.Add(-most.within).Unix(), int64(tooOften))
		if err != nil {
			return "", err
		}
		if n >= most.calls {
			reason = tooOften
		}
	}
	callID = "6-" + now.UTC().Format("20060102150405") + "-" + id.Hex(12) + "-out"
	return callID, tx.Send(`INSERT INTO emergency_call (corpid, callid, member, called_at, talked, talk_time, reason) VALUES (?, ?, ?, ?, 0, 0, ?)`, corpID, callID, member, now.Unix(), reason)
}

// State returns what has become of a call of the last seven days to a member whom the caller sees. Doc 91628.
func (s *Service) State(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, callID string) (Call, error) {
	switch {
	case user == "":
		return Call{}, wire.ErrEmpty.With("callee_userid is missing")
	case callID == "":
		return Call{}, wire.ErrEmpty.With("callid is missing")
	case !by.MayCallOf(access.Emergency):
		return Call{}, ErrNotLinked.With("qiwei app set --callable %s", access.Emergency)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Call{}, err
	}
	c, err := s.call(tx, by.CorpID, callID)
	if err == nil && (c.Member != m.No || tx.Now().Sub(c.CalledAt) > kept) {
		err = wire.ErrParameter.With("callid: no call of the last seven days to %q", m.UserID)
	}
	return c, err
}

// call returns a call of the corp as it stands now.
func (s *Service) call(tx *store.Tx, corpID, callID string) (c Call, err error) {
	var at, talked, talk int64
	found, err := tx.Get(`SELECT no, callid, member, called_at, talked, talk_time, reason FROM emergency_call WHERE corpid = ? AND callid = ?`, []any{corpID, callID}, &c.No, &c.CallID, &c.Member, &at, &talked, &talk, &c.Reason)
	if err == nil && !found {
		err = wire.ErrParameter.With("callid: there is no call %q", callID)
	}
	c.CalledAt, c.Talked, c.Talk = time.Unix(at, 0), talked == 1, time.Duration(talk)*time.Second
	if c.Reason == ringing && !tx.Now().Before(c.CalledAt.Add(rings)) {
		c.Reason = rungOut
	}
	return c, err
}

// Answer is a member who answers a call that rings, and talks for a time; or with another reason than 0 the line
// says why it came to nothing.
func (s *Service) Answer(tx *store.Tx, corpID, callID string, talk time.Duration, reason int64) error {
	c, err := s.call(tx, corpID, callID)
	switch {
	case err != nil:
		return err
	case c.Reason != ringing:
		return wire.ErrParameter.With("callid: the call does not ring any more")
	case reason < ended || reason > lastReason || reason == ringing:
		return wire.ErrParameter.With("reason: one of getstates expected, and not %d", ringing)
	case talk < 0 || reason != ended && talk > 0:
		return wire.ErrParameter.With("talktime: seconds that a call that was answered took expected")
	}
	talked := int64(0)
	if reason == ended {
		talked = 1
	}
	_, err = tx.Exec(`UPDATE emergency_call SET talked = ?, talk_time = ?, reason = ? WHERE corpid = ? AND no = ?`, talked, int64(talk/time.Second), reason, corpID, c.No)
	return err
}

// Set switches the notices of a corp off or on, and says how many calls it may make; below 0 there is no end of
// them.
func (s *Service) Set(tx *store.Tx, corpID string, disabled bool, balance int64) error {
	off := 0
	if disabled {
		off = 1
	}
	_, err := tx.Exec(`INSERT INTO emergency_corp (corpid, disabled, balance) VALUES (?, ?, ?) ON CONFLICT (corpid) DO UPDATE SET disabled = excluded.disabled, balance = excluded.balance`, corpID, off, balance)
	return err
}

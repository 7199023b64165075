package meeting

import (
	"qiwei/internal/store"
)

// Status is what a meeting has come to (doc 99049).
type Status int64

// The statuses. The last one is by the clock alone.
const (
	Reserved  Status = 1
	Held      Status = 2
	Ended     Status = 3
	Cancelled Status = 4
	Expired   Status = 5
)

// Session is a time that a meeting was held: from the first who came in to the last who left, or to its end.
type Session struct {
	No        int64
	Sub       int64 // start of the repetition; 0 for a meeting that does not repeat
	StartedAt int64 // Unix seconds
	EndedAt   int64 // 0 while it is held
}

// State is what a meeting is at the time of a transaction.
type State struct {
	Status  Status
	Session Session // the one that is held
}

// stateOf returns the state of a meeting. One that repeats waits as long as a sub-meeting is left, whatever was held.
func stateOf(tx *store.Tx, m Meeting) (st State, err error) {
	list, err := selectSessions(tx, `meeting = ? ORDER BY no DESC LIMIT 1`, m.No)
	if err != nil {
		return st, err
	}
	now := tx.Now().Unix()
	_, left := m.current(now)
	switch {
	case len(list) > 0 && list[0].EndedAt == 0:
		st.Status, st.Session = Held, list[0]
	case m.Cancelled:
		st.Status = Cancelled
	case len(list) > 0 && (!m.Repeat.On || !left || m.Retired):
		st.Status = Ended
	case left:
		st.Status = Reserved
	default:
		st.Status = Expired
	}
	return st, nil
}

func selectSessions(tx *store.Tx, where string, args ...any) (list []Session, err error) {
	err = tx.Each(`SELECT no, sub, started_at, ended_at FROM meeting_session WHERE `+where, args, func(rows *store.Rows) error {
		var s Session
		err := rows.Scan(&s.No, &s.Sub, &s.StartedAt, &s.EndedAt)
		list = append(list, s)
		return err
	})
	return list, err
}

// held returns the session of a meeting that is being held.
func held(tx *store.Tx, m Meeting) (Session, error) {
	st, err := stateOf(tx, m)
	if err == nil && st.Status != Held {
		err = errParameter.With("meetingid: %q is not being held", m.ID)
	}
	return st.Session, err
}

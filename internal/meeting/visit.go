package meeting

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Visit is a stay of a person with one device, in a meeting or in its waiting room.
type Visit struct {
	No       int64
	Sub      int64
	Session  int64 // our number; 0 in the waiting room
	Person   int64
	Instance int64 // the kind of device (doc 98157)
	Waiting  bool
	JoinedAt int64 // Unix milliseconds
	LeftAt   int64 // 0 while they are there
	Audio    bool
	Video    bool
	Screen   bool
	Data     string // of the link that they came by
}

// Entry is how somebody comes in.
type Entry struct {
	Who
	Instance int64
	Password string
	Key      string // of a link
}

// instances are the kinds of device with which people come in (doc 98157).
var instances = []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 21, 22, 30, 32, 33, 81, 82, 83, 84}

// quietFrom is from which person on a meeting mutes who comes in, where it does so after six.
const quietFrom = 6

// Join has somebody come to a meeting: into its waiting room if it has one and they do not lead it, or in. The first
// who comes in begins it. Who is there already with the same device stays as they are. It answers 400030 for a wrong
// password, which is counted if the transaction is one of Service.inTx, and 40058 with the reason where they may not
// come in.
func (s *Service) Join(ctx context.Context, tx *store.Tx, corpID, meetingID string, e Entry) (Meeting, Visit, error) {
	if err := hold(tx, corpID, "meetingid", meetingID); err != nil {
		return Meeting{}, Visit{}, err
	}
	m, err := find(tx, corpID, meetingID)
	if err != nil {
		return m, Visit{}, err
	}
	var v Visit
	err = tx.Try(func() (err error) {
		v, err = s.join(ctx, tx, m, e)
		return err
	})
	if errors.As(err, new(wrongPassword)) { // of all else that it did nothing is left
		if err := countTry(tx, m, e.Who.key()); err != nil {
			return m, v, err
		}
	}
	return m, v, err
}

// join is Join of a meeting that is held for it.
func (s *Service) join(ctx context.Context, tx *store.Tx, m Meeting, e Entry) (Visit, error) {
	if !slices.Contains(instances, e.Instance) {
		return Visit{}, errParameter.With("instance_id: a kind of device expected, not %d", e.Instance)
	}
	st, err := stateOf(tx, m)
	if err != nil {
		return Visit{}, err
	}
	o, open := m.current(tx.Now().Unix())
	switch {
	case st.Status == Cancelled:
		return Visit{}, ErrCancelled.With("meetingid: %q", m.ID)
	case st.Status != Held && (m.Retired || !open):
		return Visit{}, errParameter.With("meetingid: the meeting is over")
	}
	v := Visit{Instance: e.Instance, JoinedAt: tx.Now().UnixMilli()}
	if v.Sub = st.Session.Sub; st.Status != Held && m.Repeat.On {
		v.Sub = o.start
	}
	p, err := s.person(ctx, tx, m, e.Who)
	if err != nil {
		return v, err
	}
	there, err := present(tx, m)
	if err != nil {
		return v, err
	}
	if i := slices.IndexFunc(there, func(v Visit) bool { return v.Person == p.No && v.Instance == e.Instance }); i >= 0 {
		return there[i], nil
	}
	if err := s.mayJoin(tx, m, p, e, there); err != nil {
		return v, err
	}
	if e.Key != "" {
		v.Data = m.Links[slices.IndexFunc(m.Links, func(l Link) bool { return l.Key == e.Key })].Data
	}
	v.Person = p.No
	if m.Settings.WaitingRoom && !m.leads(p) && !p.Passed {
		v.Waiting = true
		if v, err = insertVisit(tx, m, v); err != nil {
			return v, err
		}
		return v, s.tell(ctx, tx, m, joinedWaitingRoom, p, nil)
	}
	v, err = s.enter(ctx, tx, m, p, v, there)
	return v, err
}

// mayJoin refuses those who may not come in.
func (s *Service) mayJoin(tx *store.Tx, m Meeting, p Person, e Entry, there []Visit) error {
	c := m.Settings
	leads := m.leads(p)
	invited := p.UserID != "" && m.invites(p.UserID)
	switch {
	case e.Key != "" && !slices.ContainsFunc(m.Links, func(l Link) bool { return l.Key == e.Key }):
		return errParameter.With("the link is none of this meeting")
	case p.Banned:
		return errParameter.With("this person was removed and may not come back")
	case p.UserID == "" && !c.External:
		return errParameter.With("only members of the enterprise may come in")
	case c.Locked && !leads:
		return errParameter.With("the meeting is locked")
	case c.Password == "" || invited:
	case e.Password == "": // asks whether there is one
		return ErrPassword.With("password: the meeting has another")
	default:
		if err := mayTry(tx, m, e.Who.key()); err != nil {
			return err
		}
		if e.Password != c.Password {
			return wrongPassword{ErrPassword.With("password: the meeting has another")}
		}
	}
	if !c.BeforeHost && !leads {
		all, err := persons(tx, m)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(there, func(v Visit) bool { return !v.Waiting && m.leads(all[v.Person]) }) {
			return errParameter.With("no host has come in yet")
		}
	}
	if !c.Enrol || leads || p.UserID != "" && m.Enrolment.StaffFree {
		return nil
	}
	found, err := tx.Get(`SELECT 1 FROM meeting_enrolment WHERE meeting = ? AND person = ? AND status = ?`, []any{m.No, p.No, int64(approved)}, new(int64))
	if err == nil && !found {
		err = errParameter.With("this person has not enrolled, or the enrolment is not approved")
	}
	return err
}

// enter takes somebody into the meeting itself, and begins it if they are the first.
func (s *Service) enter(ctx context.Context, tx *store.Tx, m Meeting, p Person, v Visit, there []Visit) (Visit, error) {
	st, err := stateOf(tx, m)
	if err != nil {
		return v, err
	}
	if st.Status != Held {
		if st.Session, err = s.begin(ctx, tx, m, p, v.Sub); err != nil {
			return v, err
		}
	}
	in, ledNow := 0, false
	all, err := persons(tx, m)
	if err != nil {
		return v, err
	}
	for _, o := range there {
		if !o.Waiting {
			in++
			ledNow = ledNow || m.leads(all[o.Person])
		}
	}
	leads := m.leads(p)
	c := m.Settings
	v.Waiting, v.Session, v.Sub = false, st.Session.No, st.Session.Sub
	v.Audio = leads || !c.MuteAll && c.EnterMute != 1 && !(c.EnterMute == 2 && in >= quietFrom)
	if v, err = insertVisit(tx, m, v); err != nil {
		return v, err
	}
	if !leads && !ledNow {
		if err := s.tell(ctx, tx, m, joinedBeforeHost, p, nil); err != nil {
			return v, err
		}
	}
	return v, s.tell(ctx, tx, m, joined, p, nil)
}

// begin begins a session. The member who begins it is told of to those who count what members begin (doc 99648); for
// somebody outside that is the administrator.
func (s *Service) begin(ctx context.Context, tx *store.Tx, m Meeting, p Person, sub int64) (Session, error) {
	starter := p.UserID
	if starter == "" {
		starter = m.Admin
	}
	ses := Session{Sub: sub, StartedAt: tx.Now().Unix()}
	var err error
	ses.No, err = tx.Insert(`INSERT INTO meeting_session (corpid, meeting, sub, starter, started_at) VALUES (?, ?, ?, ?, ?)`, m.CorpID, m.No, sub, string(starter), ses.StartedAt)
	if err != nil {
		return ses, err
	}
	if err := s.tell(ctx, tx, m, begun, p, nil); err != nil {
		return ses, err
	}
	return ses, s.started.Record(ctx, tx, access.MemberOf(m.CorpID, starter), Started{By: starter, MeetingID: m.ID, people: s.deps.Directory})
}

// Leave has somebody leave a meeting or its waiting room, with one device or, where instance is negative, with all.
// When nobody is left in the meeting, it ends.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who, instance int64) (Meeting, error) {
	m, p, there, err := s.inside(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return m, err
	}
	mine := slices.DeleteFunc(there, func(v Visit) bool { return v.Person != p.No || instance >= 0 && v.Instance != instance })
	if len(mine) == 0 {
		return m, errParameter.With("this person is not in the meeting")
	}
	return m, s.leave(ctx, tx, m, p, p, mine)
}

// inside returns a meeting, somebody in it and everybody who is there, for what that person does.
func (s *Service) inside(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who) (m Meeting, p Person, there []Visit, err error) {
	if err = hold(tx, corpID, "meetingid", meetingID); err != nil {
		return m, p, nil, err
	}
	if m, err = find(tx, corpID, meetingID); err != nil {
		return m, p, nil, err
	}
	if p, err = s.person(ctx, tx, m, w); err != nil {
		return m, p, nil, err
	}
	there, err = present(tx, m)
	return m, p, there, err
}

// leave ends visits of a person. by is who has them leave: themselves, somebody who leads the meeting, or nobody where
// the application does.
func (s *Service) leave(ctx context.Context, tx *store.Tx, m Meeting, by, p Person, mine []Visit) error {
	for _, v := range mine {
		v.LeftAt, v.Screen = tx.Now().UnixMilli(), false
		if err := updateVisit(tx, m, v); err != nil {
			return err
		}
		kind, of := left, (*Person)(nil)
		if v.Waiting {
			kind, of = leftWaitingRoom, &p
		} else {
			by = p // who is removed leaves, as the page of that event has it
		}
		if err := s.tell(ctx, tx, m, kind, by, of); err != nil {
			return err
		}
	}
	there, err := present(tx, m)
	if err != nil || slices.ContainsFunc(there, func(v Visit) bool { return !v.Waiting }) {
		return err
	}
	if st, err := stateOf(tx, m); err != nil || st.Status != Held {
		return err
	}
	return s.end(ctx, tx, m, p)
}

// End ends a meeting that is held. Everybody leaves, of which only the end is told.
func (s *Service) End(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who) (Meeting, error) {
	m, p, _, err := s.inside(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return m, err
	}
	if !m.leads(p) {
		return m, errParameter.With("only who leads the meeting ends it")
	}
	if _, err := held(tx, m); err != nil {
		return m, err
	}
	return m, s.end(ctx, tx, m, p)
}

// end ends the session; nobody is by where the application does it.
func (s *Service) end(ctx context.Context, tx *store.Tx, m Meeting, by Person) error {
	if _, err := tx.Exec(`UPDATE meeting_visit SET left_at = ?, screen = 0 WHERE corpid = ? AND meeting = ? AND left_at = 0`, tx.Now().UnixMilli(), m.CorpID, m.No); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE meeting_session SET ended_at = ? WHERE corpid = ? AND meeting = ? AND ended_at = 0`, tx.Now().Unix(), m.CorpID, m.No); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE meeting_person SET cohost = 0, passed = 0 WHERE corpid = ? AND meeting = ?`, m.CorpID, m.No); err != nil {
		return err
	}
	return s.tell(ctx, tx, m, over, by, nil)
}

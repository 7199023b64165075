package meeting

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Create reserves a meeting, puts its schedule into its people's calendars and tells them. Its administrator is always
// among the invitees. by is an application, or the member who becomes the administrator. It answers the codes of 60111
// and 60011 for the administrator, 400021 for other members, and those of the rules of meetings. Docs 99104, 98148.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting) (Meeting, error) {
	m, err := s.Reserve(ctx, tx, by, m)
	if err != nil {
		return m, err
	}
	return m, s.notify(ctx, tx, m, m.Invitees, "会议邀请")
}

// Reserve is Create that tells nobody.
func (s *Service) Reserve(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting) (Meeting, error) {
	m.Settings = withKey(m.Settings)
	if err := m.validStart(tx.Now().Unix()); err != nil {
		return m, err
	}
	if err := m.valid(); err != nil {
		return m, err
	}
	if len(m.Invitees) > maxNamed {
		return m, ErrPeople.With("invitees.userid: at most %d expected, %d given; set_invitees takes more", maxNamed, len(m.Invitees))
	}
	if err := m.settleRepeat(); err != nil {
		return m, err
	}
	m, err := s.settled(ctx, tx, by, m)
	if err != nil {
		return m, err
	}
	sch, err := s.deps.Calendars.Plan(ctx, tx, by, m.schedule())
	if err != nil {
		return m, refusedByCalendar(err)
	}
	m.ScheduleID = sch.ID
	return insertMeeting(tx, m)
}

// settled gives a new meeting its ids, and its people as the directory has them.
func (s *Service) settled(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting) (Meeting, error) {
	admin, err := s.deps.Directory.Member(ctx, tx, sight(by), m.Admin)
	if err != nil {
		return m, err
	}
	if !admin.Enabled {
		return m, directory.ErrMemberNotFound.With("admin_userid: %q is disabled", m.Admin)
	}
	m.CorpID, m.ID, m.App, m.Admin, m.Department, m.CreatedAt = by.CorpID, "hy"+id.Letters(30), by.App, admin.UserID, mainDepartment(admin), tx.Now().Unix()
	return m, s.settlePeople(tx, by, &m, nil)
}

// Recall puts a meeting of the past among an application's: these members were at it from its beginning to its end.
// Nobody is told, and no calendar has it.
func (s *Service) Recall(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, came []id.UserID) (Meeting, error) {
	if m.Start+m.Length > tx.Now().Unix() || m.Repeat.On {
		return m, ErrStart.With("a time of the past expected, of a meeting that does not repeat")
	}
	if err := m.valid(); err != nil {
		return m, err
	}
	m, err := s.settled(ctx, tx, by, m)
	if err != nil {
		return m, err
	}
	if m, err = insertMeeting(tx, m); err != nil {
		return m, err
	}
	end := m.Start + m.Length
	session, err := tx.Insert(`INSERT INTO meeting_session (corpid, meeting, sub, starter, started_at, ended_at) VALUES (?, ?, 0, ?, ?, ?)`, m.CorpID, m.No, string(m.Admin), m.Start, end)
	if err != nil {
		return m, err
	}
	for _, u := range came {
		p, err := s.person(ctx, tx, m, Who{UserID: u})
		if err != nil {
			return m, err
		}
		v, err := insertVisit(tx, m, Visit{Session: session, Person: p.No, Instance: 1, JoinedAt: m.Start * 1000})
		if err != nil {
			return m, err
		}
		v.LeftAt = end * 1000
		if err := updateVisit(tx, m, v); err != nil {
			return m, err
		}
	}
	return m, nil
}

// withKey gives a meeting with a host key that names none one of six digits (doc 98148).
func withKey(c Settings) Settings {
	switch {
	case !c.HostKeyOn:
		c.HostKey = ""
	case c.HostKey == "":
		c.HostKey = newNumber()[:6]
	}
	return c
}

// refusedByCalendar says in the words of meetings why the calendar does not take a schedule.
func refusedByCalendar(err error) error {
	var no wire.Error
	if !errors.As(err, &no) {
		return err
	}
	switch {
	case errors.Is(err, calendar.ErrBooked):
		return err
	case errors.Is(err, calendar.ErrNoDefault), errors.Is(err, calendar.ErrCalendarID), errors.Is(err, calendar.ErrOtherApp), errors.Is(err, calendar.ErrCalendarDeleted), errors.Is(err, calendar.ErrUsersSchedule):
		return ErrCalendar.With("cal_id: a calendar of the calling application expected")
	}
	return err
}

func mainDepartment(m directory.Member) int64 {
	if m.MainDepartment != 0 || len(m.Places) == 0 {
		return m.MainDepartment
	}
	return m.Places[0].Department
}

// sight returns by as whom the directory is asked: a member names everybody.
func sight(by access.Caller) access.Caller {
	if by.Kind == access.Member {
		return access.System(by.CorpID)
	}
	return by
}

// settlePeople replaces the members of a meeting by those whom the directory has. The administrator comes first among
// the invitees, and is a host without being named one.
func (s *Service) settlePeople(tx *store.Tx, by access.Caller, m *Meeting, kept []id.UserID) (err error) {
	if len(m.Hosts) > maxHosts {
		return ErrHosts.With("settings.hosts.userid: at most %d expected, %d given", maxHosts, len(m.Hosts))
	}
	if m.Invitees, err = s.members(tx, by, m.Invitees, kept, m.Admin, "invitees.userid"); err != nil {
		return err
	}
	m.Invitees = append([]id.UserID{m.Admin}, m.Invitees...)
	if m.Hosts, err = s.members(tx, by, m.Hosts, kept, m.Admin, "settings.hosts.userid"); err != nil {
		return err
	}
	ring := m.Ring
	m.Ring = nil
	for i, u := range ring {
		at := -1
		for j, v := range m.Invitees {
			if v.Equal(u) {
				at = j
			}
		}
		if at < 0 {
			return ErrRing.With("settings.ring_users.userid[%d]: %q is not among the invitees", i, u)
		}
		m.Ring = append(m.Ring, m.Invitees[at])
	}
	return nil
}

// members returns the userids as the directory spells them, once each and without the administrator.
func (s *Service) members(tx *store.Tx, by access.Caller, users, kept []id.UserID, admin id.UserID, field string) (out []id.UserID, err error) {
	known, err := s.deps.Rules.Known(tx, by, users, kept)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{admin.Key(): true}
	for i, u := range users {
		m, ok := known[u.Key()]
		if !ok {
			return nil, ErrPerson.With("%s[%d]: %q is no enabled member whom the application sees", field, i, u)
		}
		if !seen[u.Key()] {
			seen[u.Key()] = true
			out = append(out, m.UserID)
		}
	}
	return out, nil
}

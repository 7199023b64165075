package meeting

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Change is what an update may set. What is nil stays.
type Change struct {
	Title, Description, Location, CalendarID *string
	Start, Length                            *int64
	Invitees, Hosts, Ring                    *[]id.UserID
	Settings                                 func(*Settings) // sets those that are given
	Repeat                                   *Repeat
	Remind                                   *[]int64
}

// Update changes a meeting that has not begun, for its application or its administrator. Its schedule follows, and
// those who take part are told. Docs 99047, 98154.
func (s *Service) Update(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, c Change) error {
	if err := s.mustWait(tx, m, ErrHeld); err != nil {
		return err
	}
	old := m
	if (c.Start == nil) != (c.Length == nil) {
		if c.Start == nil {
			return ErrStart.With("meeting_start: it comes together with meeting_duration")
		}
		return ErrLength.With("meeting_duration: it comes together with meeting_start")
	}
	for to, from := range map[*string]*string{&m.Title: c.Title, &m.Description: c.Description, &m.Location: c.Location, &m.CalendarID: c.CalendarID} {
		if from != nil {
			*to = *from
		}
	}
	now := tx.Now().Unix()
	if c.Start != nil {
		if m.Start, m.Length = *c.Start, *c.Length; m.Start != old.Start {
			if err := m.validStart(now); err != nil {
				return err
			}
		}
	}
	if c.Settings != nil {
		c.Settings(&m.Settings)
		m.Settings = withKey(m.Settings)
	}
	if c.Remind != nil {
		m.Remind = *c.Remind
	}
	if err := m.valid(); err != nil {
		return err
	}
	if err := m.repeatAnew(old, c.Repeat); err != nil {
		return err
	}
	if !m.Repeat.On && m.Start <= now {
		return ErrPast.With("meeting_start: it has passed; give another together with meeting_duration")
	}
	if err := s.changePeople(tx, by, &m, c); err != nil {
		return err
	}
	return s.write(ctx, tx, by, old, m)
}

// repeatAnew sets the repetition that a change asks for, or lets the old one go on from another start.
func (m *Meeting) repeatAnew(old Meeting, wanted *Repeat) error {
	if wanted != nil {
		m.Repeat = *wanted
	}
	if wanted != nil || m.Start != old.Start {
		if wanted == nil && !m.Repeat.ByCount {
			m.Repeat.Until = max(m.Repeat.Until, m.Start)
		}
		return m.settleRepeat()
	}
	return nil
}

func (s *Service) changePeople(tx *store.Tx, by access.Caller, m *Meeting, c Change) error {
	kept := append(append([]id.UserID{}, m.Invitees...), m.Hosts...)
	if c.Invitees != nil {
		if len(*c.Invitees) > maxNamed {
			return ErrPeople.With("invitees.userid: at most %d expected, %d given; set_invitees takes more", maxNamed, len(*c.Invitees))
		}
		m.Invitees = *c.Invitees
		if c.Ring == nil { // who is not invited any more is not called
			m.Ring = slices.DeleteFunc(slices.Clone(m.Ring), func(u id.UserID) bool { return !slices.ContainsFunc(m.Invitees, u.Equal) })
		}
	}
	if c.Hosts != nil {
		m.Hosts = *c.Hosts
	}
	if c.Ring != nil {
		m.Ring = *c.Ring
	}
	if c.Invitees == nil && c.Hosts == nil && c.Ring == nil {
		return nil
	}
	return s.settlePeople(tx, by, m, kept)
}

// write writes a changed meeting, has its schedule follow and tells its people.
func (s *Service) write(ctx context.Context, tx *store.Tx, by access.Caller, old, m Meeting) error {
	if err := s.replan(ctx, tx, by, old, m); err != nil {
		return refusedByCalendar(err)
	}
	if err := s.tellChanged(ctx, tx, by, modified, m); err != nil {
		return err
	}
	var gone, added, stayed []id.UserID
	for _, u := range old.Invitees {
		if !slices.ContainsFunc(m.Invitees, u.Equal) {
			gone = append(gone, u)
		}
	}
	for _, u := range m.Invitees {
		if slices.ContainsFunc(old.Invitees, u.Equal) {
			stayed = append(stayed, u)
		} else {
			added = append(added, u)
		}
	}
	for _, part := range []struct {
		who   []id.UserID
		words string
	}{{gone, "已被移出会议"}, {added, "会议邀请"}, {stayed, "会议有变更"}} {
		if err := s.notify(ctx, tx, m, part.who, part.words); err != nil {
			return err
		}
	}
	return nil
}

// replan writes a changed meeting and its schedule, or makes another schedule where it goes into another calendar.
func (s *Service) replan(ctx context.Context, tx *store.Tx, by access.Caller, old, m Meeting) error {
	if m.CalendarID == old.CalendarID {
		if err := updateMeeting(tx, m, true); err != nil {
			return err
		}
		return s.deps.Calendars.Replan(ctx, tx, by, m.ScheduleID, m.schedule())
	}
	before, _, err := s.deps.Calendars.Find(tx, m.CorpID, old.ScheduleID)
	if err != nil {
		return err
	}
	if before.Rooms > 0 {
		return calendar.ErrBooked.With("cal_id: the meeting has a meeting room, which goes with its calendar")
	}
	sch, err := s.deps.Calendars.Plan(ctx, tx, by, m.schedule())
	if err != nil {
		return err
	}
	m.ScheduleID = sch.ID
	if err := updateMeeting(tx, m, true); err != nil {
		return err
	}
	return s.deps.Calendars.Withdraw(ctx, tx, by, old.ScheduleID)
}

// SetInvitees replaces the invitees of a meeting that has not begun. Its administrator must be among them. Doc 98162.
func (s *Service) SetInvitees(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, users []id.UserID) error {
	if err := s.mustWait(tx, m, ErrHeld); err != nil {
		return err
	}
	if len(users) > maxInvitees {
		return ErrPeople.With("invitees: at most %d expected, %d given", maxInvitees, len(users))
	}
	if !slices.ContainsFunc(users, m.Admin.Equal) {
		return ErrNoAdmin.With("invitees: %s is its administrator", m.Admin)
	}
	old := m
	m.Invitees = users
	m.Ring = slices.DeleteFunc(slices.Clone(m.Ring), func(u id.UserID) bool { return !slices.ContainsFunc(users, u.Equal) })
	if err := s.settlePeople(tx, by, &m, append(append([]id.UserID{}, old.Invitees...), old.Hosts...)); err != nil {
		return err
	}
	return s.write(ctx, tx, by, old, m)
}

// SetGuests replaces the guests of a meeting that has not been cancelled. Doc 99040.
func (s *Service) SetGuests(tx *store.Tx, m Meeting, list []Guest) error {
	if m.Cancelled {
		return ErrCancelled.With("meetingid: %q", m.ID)
	}
	if err := validGuests(list); err != nil {
		return err
	}
	m.Guests = list
	return updateMeeting(tx, m, false)
}

// Cancel cancels a meeting that has not begun, or one of its sub-meetings, and takes it out of the calendars. With
// the last sub-meeting the whole meeting is cancelled. Docs 99048, 98153.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, subID string) error {
	if err := s.mustWait(tx, m, ErrNotCancellable); err != nil {
		return err
	}
	if subID != "" {
		o, err := m.sub(subID, tx.Now().Unix())
		if err != nil {
			return err
		}
		if o.end <= tx.Now().Unix() {
			return ErrNotCancellable.With("sub_meetingid: %q is over", subID)
		}
		if len(m.spans()) > 1 {
			return s.cancelSub(ctx, tx, by, m, o)
		}
	}
	m.Cancelled = true
	if err := updateMeeting(tx, m, false); err != nil {
		return err
	}
	if err := s.deps.Calendars.Withdraw(ctx, tx, by, m.ScheduleID); err != nil {
		return err
	}
	return s.tellCancelled(ctx, tx, by, m)
}

func (s *Service) tellCancelled(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting) error {
	if err := s.tellChanged(ctx, tx, by, cancelled, m); err != nil {
		return err
	}
	return s.notify(ctx, tx, m, m.Invitees, "会议已取消")
}

func (s *Service) cancelSub(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, o span) error {
	m.Repeat.Excluded = with(m.Repeat.Excluded, o.start)
	if err := updateMeeting(tx, m, false); err != nil {
		return err
	}
	if err := s.deps.Calendars.Drop(ctx, tx, by, m.ScheduleID, o.start); err != nil {
		return err
	}
	if err := s.tellChanged(ctx, tx, by, modified, m); err != nil {
		return err
	}
	return s.notify(ctx, tx, m, m.Invitees, "会议有变更")
}

// mustWait refuses a meeting that is cancelled, is held or is over. late is the code for the last two.
func (s *Service) mustWait(tx *store.Tx, m Meeting, late wire.Error) error {
	state, err := stateOf(tx, m)
	switch {
	case err != nil:
		return err
	case state.Status == Cancelled:
		return ErrCancelled.With("meetingid: %q", m.ID)
	case state.Status == Held:
		return late.With("meetingid: %q is being held", m.ID)
	case state.Status == Ended || state.Status == Expired:
		return late.With("meetingid: %q is over", m.ID)
	}
	return nil
}

// scheduleChanged lets a meeting follow its schedule where a member or an application has changed that: it takes its
// times and its title, and is cancelled with it. While the meeting is held and afterwards the schedule stays as it is.
func (s *Service) scheduleChanged(ctx context.Context, tx *store.Tx, by access.Caller, c calendar.Changed) error {
	sch := c.Schedule
	list, err := selectMeetings(tx, `corpid = ? AND schedule_id = ? AND cancelled = 0`, sch.CorpID, sch.ID)
	if err != nil || len(list) == 0 {
		return err
	}
	m := list[0]
	if !sch.Cancelled && m.follows(sch) {
		return nil
	}
	state, err := stateOf(tx, m)
	switch {
	case err != nil:
		return err
	case state.Status == Held:
		return ErrScheduleHeld.With("schedule_id: %q", sch.ID)
	case state.Status == Ended:
		return ErrScheduleOver.With("schedule_id: %q", sch.ID)
	}
	if m.Cancelled = sch.Cancelled; m.Cancelled {
		if err := updateMeeting(tx, m, false); err != nil {
			return err
		}
		return s.tellCancelled(ctx, tx, by, m)
	}
	if sch.Summary != m.summary() {
		m.Title = sch.Summary
	}
	m.Start, m.Length = sch.Start, sch.End-sch.Start
	r := sch.Repeat
	m.Repeat = Repeat{On: r.On, Type: r.Type, Custom: r.Custom, Interval: r.Interval, Weekdays: r.Weekdays, Days: r.Days, Until: r.Until}
	if err := m.settleRepeat(); err != nil {
		return err
	}
	m.Repeat.Excluded = r.Excluded
	if err := m.valid(); err != nil {
		return err
	}
	if err := updateMeeting(tx, m, false); err != nil {
		return err
	}
	return s.tellChanged(ctx, tx, by, modified, m)
}

// follows reports whether the meeting has the title and the times of its schedule.
func (m Meeting) follows(sch calendar.Schedule) bool {
	r := m.Repeat.rhythm()
	return sch.Summary == m.summary() && m.Start == sch.Start && m.Start+m.Length == sch.End && r.On == sch.Repeat.On && r.Type == sch.Repeat.Type &&
		r.Until == sch.Repeat.Until && slices.Equal(r.Excluded, sch.Repeat.Excluded)
}

package calendar

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Seen is a calendar as one member sees it.
type Seen struct {
	Calendar
	Own  bool // the member's own
	Busy bool // only its busy times
	May  bool // the member may change it and what is in it
}

// ownName is what a member's own calendar is called.
const ownName = "我的日历"

// Own returns the member's own calendar, and makes it if there is none yet.
func (s *Service) Own(tx *store.Tx, corpID string, user id.UserID) (Calendar, error) {
	list, err := existingCalendars(tx, `corpid = ? AND owner_key = ? AND owner_key <> ''`, corpID, user.Key())
	if err != nil || len(list) > 0 {
		if err == nil {
			return list[0], nil
		}
		return Calendar{}, err
	}
	return insertCalendar(tx, Calendar{CorpID: corpID, Owner: user, details: details{Summary: ownName, Color: defaultColor}})
}

// SeenBy returns the calendars that the member sees: the own one, those that are shared with the member, and
// public ones of whose range the member is. In WeCom a member subscribes to a public one first.
func (s *Service) SeenBy(tx *store.Tx, corpID string, m directory.Member) (list []Seen, err error) {
	of, err := s.departmentsOf(tx, corpID, m)
	if err != nil {
		return nil, err
	}
	all, err := existingCalendars(tx, `corpid = ? AND (owner_key = ? OR public = 1 OR no IN (SELECT calendar FROM calendar_person WHERE corpid = ? AND userkey = ?))`,
		corpID, m.UserID.Key(), corpID, m.UserID.Key())
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if seen, ok := c.seenBy(m.UserID, of); ok {
			list = append(list, seen)
		}
	}
	slices.SortStableFunc(list, func(a, b Seen) int { return int(flag(b.Own) - flag(a.Own)) })
	return list, nil
}

func (c Calendar) seenBy(user id.UserID, departments map[int64]bool) (Seen, bool) {
	if c.App == 0 {
		return Seen{Calendar: c, Own: true, May: true}, c.Owner.Equal(user)
	}
	for _, p := range c.Shares {
		if p.UserID.Equal(user) {
			return Seen{Calendar: c, Busy: p.Permission == SeesBusy && !p.Admin, May: p.Admin}, true
		}
	}
	in := c.Public && (slices.ContainsFunc(c.PublicUsers, user.Equal) || slices.ContainsFunc(c.Parties, func(d int64) bool { return departments[d] }))
	return Seen{Calendar: c}, in
}

// departmentsOf returns the member's departments and those above them.
func (s *Service) departmentsOf(tx *store.Tx, corpID string, m directory.Member) (map[int64]bool, error) {
	out := map[int64]bool{}
	for _, p := range m.Places {
		line, err := s.deps.Directory.Line(tx, corpID, p.Department)
		if err != nil {
			return nil, err
		}
		for _, d := range line {
			out[d.ID] = true
		}
		out[p.Department] = true
	}
	return out, nil
}

// Attended returns the schedules that the member was invited to and that are not over at a time.
func (s *Service) Attended(tx *store.Tx, corpID string, user id.UserID, from, to int64) ([]Schedule, error) {
	return selectSchedules(tx, `corpid = ? AND cancelled = 0 AND last_ends >= ? AND starts < ? AND no IN (SELECT schedule FROM calendar_attendee WHERE corpid = ? AND userkey = ?) ORDER BY starts, no`,
		corpID, from, to, corpID, user.Key())
}

// Between returns the schedules of a calendar that may take some of the time between from and to.
func (s *Service) Between(tx *store.Tx, c Calendar, from, to int64) ([]Schedule, error) {
	return selectSchedules(tx, `corpid = ? AND calendar = ? AND cancelled = 0 AND last_ends >= ? AND starts < ? ORDER BY starts, no`, c.CorpID, c.No, from, to)
}

// Since returns the schedules of a calendar that have changed after a sequence number, cancelled ones too.
func (s *Service) Since(tx *store.Tx, c Calendar, sequence int64) ([]Schedule, error) {
	return selectSchedules(tx, `corpid = ? AND calendar = ? AND sequence > ? ORDER BY sequence`, c.CorpID, c.No, sequence)
}

// Find returns a schedule of the corp by its schedule_id, a cancelled one too.
func (s *Service) Find(tx *store.Tx, corpID, scheduleID string) (sch Schedule, found bool, err error) {
	list, err := selectSchedules(tx, `corpid = ? AND schedule_id = ?`, corpID, scheduleID)
	if err != nil || len(list) == 0 {
		return sch, false, err
	}
	return list[0], true, nil
}

// mayChange refuses a member who may not change a schedule: its administrators may, those of its calendar,
// and who made it.
func (s *Service) mayChange(tx *store.Tx, user id.UserID, sch Schedule) error {
	if sch.Creator.Equal(user) || slices.ContainsFunc(sch.Attendees, func(a Attendee) bool { return a.Admin && a.UserID.Equal(user) }) {
		return nil
	}
	c, err := existingCalendars(tx, `corpid = ? AND no = ?`, sch.CorpID, sch.Calendar)
	if err != nil {
		return err
	}
	for _, one := range c {
		if seen, ok := one.seenBy(user, nil); ok && seen.May {
			return nil
		}
	}
	return ErrNoRight.With("schedule_id: %q; its administrators may change it", sch.ID)
}

// existing returns a schedule that a member names.
func (s *Service) existing(tx *store.Tx, by access.Caller, scheduleID string) (Schedule, error) {
	sch, found, err := s.Find(tx, by.CorpID, scheduleID)
	switch {
	case err != nil:
	case !found:
		err = ErrScheduleID.With("schedule_id: there is no schedule %q", scheduleID)
	case sch.Cancelled:
		err = ErrScheduleDeleted.With("schedule_id: %q", scheduleID)
	}
	return sch, err
}

// Respond records what an attendee answers. Accepting once is for one repetition only, which at names by its
// start. Doc 98111.
func (s *Service) Respond(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, a Answer, at int64) error {
	sch, err := s.existing(tx, by, scheduleID)
	if err != nil {
		return err
	}
	if a < Tentative || a > Declined {
		return errParameter.With("response_status: 1 tentative, 2 accepted, 3 accepted once or 4 declined expected")
	}
	if a == AcceptedOnce {
		if !sch.Repeat.On {
			return ErrOpMode.With("response_status: 3 is for schedules that repeat")
		}
		if _, found := sch.timing().at(at); !found {
			return ErrOpStart.With("op_start_time: the start of a repetition expected, %d is none", at)
		}
	}
	i := slices.IndexFunc(sch.Attendees, func(p Attendee) bool { return p.UserID.Equal(by.UserID) })
	if i < 0 {
		return ErrNoRight.With("%s does not take part", by.UserID)
	}
	sch.Attendees[i].Answer = a
	sch.Source = ""
	if sch, err = s.update(tx, sch, true); err != nil {
		return err
	}
	return s.happened(ctx, tx, by, scheduleResponded, sch.App, sch.CalendarID, sch.ID)
}

// ChangeAsMember is UpdateSchedule by a member, of which the application is told.
func (s *Service) ChangeAsMember(ctx context.Context, tx *store.Tx, by access.Caller, u Update) (newID string, err error) {
	old, err := s.existing(tx, by, u.ID)
	if err != nil {
		return "", err
	}
	if err := s.mayChange(tx, by.UserID, old); err != nil {
		return "", err
	}
	newID, err = s.change(ctx, tx, by, old, u)
	if err != nil {
		return "", err
	}
	return newID, s.happened(ctx, tx, by, scheduleModified, old.App, old.CalendarID, old.ID)
}

// CancelAsMember is DeleteSchedule by a member, of which the application is told.
func (s *Service) CancelAsMember(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, m Mode, at int64) error {
	sch, err := s.existing(tx, by, scheduleID)
	if err != nil {
		return err
	}
	if err := s.mayChange(tx, by.UserID, sch); err != nil {
		return err
	}
	if err := s.remove(ctx, tx, by, sch, m, at); err != nil {
		return err
	}
	return s.happened(ctx, tx, by, scheduleDeleted, sch.App, sch.CalendarID, sch.ID)
}

// CreateOwn makes a schedule in the member's own calendar.
func (s *Service) CreateOwn(ctx context.Context, tx *store.Tx, by access.Caller, d Draft) (Schedule, error) {
	if d.Summary == "" {
		d.Summary = defaultSummary
	}
	if err := s.settleDraft(tx, by, &d); err != nil {
		return Schedule{}, err
	}
	return s.insertOwn(ctx, tx, by, d)
}

func (s *Service) insertOwn(ctx context.Context, tx *store.Tx, by access.Caller, d Draft) (Schedule, error) {
	c, err := s.Own(tx, by.CorpID, by.UserID)
	if err != nil {
		return Schedule{}, err
	}
	d.Creator = by.UserID
	made, err := s.insert(tx, c, d.Schedule)
	if err != nil || d.Quiet {
		return made, err
	}
	others := slices.DeleteFunc(slices.Clone(made.Attendees), func(a Attendee) bool { return a.UserID.Equal(by.UserID) })
	return made, s.tellAttendees(ctx, tx, made, others, "新日程")
}

// administered returns a calendar that the member administers.
func (s *Service) administered(tx *store.Tx, by access.Caller, calID string) (Calendar, error) {
	c, gone, found, err := selectCalendar(tx, by.CorpID, calID)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, ErrCalendarID.With("cal_id: there is no calendar %q", calID)
	case gone:
		return c, ErrCalendarDeleted.With("cal_id: %q", calID)
	}
	if seen, ok := c.seenBy(by.UserID, nil); !ok || !seen.May || c.App == 0 {
		return c, ErrNoRight.With("cal_id: %q; its administrators may change it", calID)
	}
	return c, nil
}

// UpdateAsMember is UpdateCalendar by one of its administrators, of which the application is told.
func (s *Service) UpdateAsMember(ctx context.Context, tx *store.Tx, by access.Caller, w Wish) ([]Refused, error) {
	c, err := s.administered(tx, by, w.ID)
	if err != nil {
		return nil, err
	}
	bad, err := s.replace(ctx, tx, by, c, w)
	if err != nil {
		return nil, err
	}
	return bad, s.happened(ctx, tx, by, calendarModified, c.App, c.ID, "")
}

// DeleteAsMember is DeleteCalendar by one of its administrators, of which the application is told.
func (s *Service) DeleteAsMember(ctx context.Context, tx *store.Tx, by access.Caller, calID string) error {
	c, err := s.administered(tx, by, calID)
	if err != nil {
		return err
	}
	if err := s.deleteCalendar(ctx, tx, by, c); err != nil {
		return err
	}
	return s.happened(ctx, tx, by, calendarDeleted, c.App, c.ID, "")
}

// Busy is a time that somebody has no time.
type Busy struct {
	Start int64 `json:"start_time"`
	End   int64 `json:"end_time"`
}

// BusyTimes returns when the member has no time between from and to, in order and without overlaps: what is in
// the own calendar, and what the member was invited to and has not declined.
func (s *Service) BusyTimes(tx *store.Tx, corpID string, user id.UserID, from, to int64) (out []Busy, err error) {
	list, err := s.Attended(tx, corpID, user, from, to)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(sch Schedule) bool {
		return slices.ContainsFunc(sch.Attendees, func(a Attendee) bool { return a.UserID.Equal(user) && a.Answer == Declined })
	})
	own, err := s.inOwn(tx, corpID, user, from, to)
	if err != nil {
		return nil, err
	}
	list = append(list, own...)
	for _, sch := range list {
		sch.Occurrences(from, to, func(start, end int64) bool {
			out = append(out, Busy{max(start, from), min(end, to)})
			return true
		})
	}
	return merged(out), nil
}

// merged joins times that touch.
func merged(list []Busy) []Busy {
	slices.SortFunc(list, func(a, b Busy) int { return int(a.Start - b.Start) })
	out := list[:0]
	for _, b := range list {
		if n := len(out); n > 0 && b.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, b.End)
		} else if b.End > b.Start {
			out = append(out, b)
		}
	}
	return out
}

// Ours returns a schedule of the calling application that is not cancelled, for a room above.
func (s *Service) Ours(tx *store.Tx, by access.Caller, scheduleID string) (Schedule, error) {
	return s.scheduleToChange(tx, by, scheduleID)
}

// CountRooms adds n to the bookings of meeting rooms that depend on a schedule's time.
func (s *Service) CountRooms(tx *store.Tx, corpID string, no, n int64) error {
	_, err := tx.Exec(`UPDATE calendar_schedule SET rooms = rooms + ? WHERE no = ? AND corpid = ?`, n, no, corpID)
	return err
}

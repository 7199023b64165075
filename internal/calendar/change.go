package calendar

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Mode says which repetitions of a schedule a change is for (doc 96204).
type Mode int64

// The modes.
const (
	Whole    Mode = 0
	OnlyThis Mode = 1 // the schedule loses the repetition, and a new one takes its place
	FromThis Mode = 2 // the schedule ends before it, and a new one goes on
)

// Changed is a schedule whose times have changed or that was cancelled, for the rooms above.
type Changed struct {
	Schedule Schedule
	// Times says that the schedule takes other times than before. It is false if only its text has changed.
	Times bool
}

// OnChanged registers fn, which is called inside the transaction that changes a schedule.
func (s *Service) OnChanged(fn func(ctx context.Context, tx *store.Tx, by access.Caller, c Changed) error) {
	s.changed = append(s.changed, fn)
}

// Update is a change of a schedule.
type Update struct {
	Draft
	Mode          Mode
	OpStart       int64
	SkipAttendees bool
}

// UpdateSchedule replaces a schedule of the calling application, or some of its repetitions. It returns the id
// of the schedule that it made of those, empty if it made none. Doc 97720.
func (s *Service) UpdateSchedule(ctx context.Context, tx *store.Tx, by access.Caller, u Update) (newID string, err error) {
	old, err := s.scheduleToChange(tx, by, u.ID)
	if err != nil {
		return "", err
	}
	return s.change(ctx, tx, by, old, u)
}

// change is UpdateSchedule, by whoever may.
func (s *Service) change(ctx context.Context, tx *store.Tx, by access.Caller, old Schedule, u Update) (newID string, err error) {
	if u.Summary == "" {
		u.Summary = defaultSummary
	}
	if u.SkipAttendees {
		u.Attendees = slices.Clone(old.Attendees)
	} else {
		u.Attendees = keepAnswers(old.Attendees, u.Attendees)
	}
	if err := u.valid(); err != nil {
		return "", err
	}
	switch {
	case !u.SkipAttendees:
		err = s.settlePeople(tx, by, &u.Draft, userIDs(old.Attendees))
	case len(u.Admins) > 0:
		err = u.setAdmins()
	}
	if err != nil {
		return "", err
	}
	whole, err := old.mode(u.Mode, u.OpStart)
	if err != nil {
		return "", err
	}
	if !whole && u.Mode == OnlyThis && u.Repeat.On {
		return "", ErrOnlyRepeating.With("schedule.reminders.is_repeat: a single repetition cannot repeat itself")
	}
	if !whole && u.Start < dayOf(u.OpStart, old.location()) {
		return "", ErrBeforeOpStart.With("schedule.start_time: the day of op_start_time or later expected")
	}
	if old.Rooms > 0 && by.Kind != access.Member && (!whole || !sameTimes(old, u.Schedule)) { // a member's rooms follow
		return "", ErrBooked.With("schedule_id: %q has a meeting room; only its text and attendees can change", old.ID)
	}
	if whole {
		return "", s.changeWhole(ctx, tx, by, old, u)
	}
	return s.split(ctx, tx, by, old, u)
}

// dayOf returns when the day of a time begins.
func dayOf(at int64, zone *time.Location) int64 { return midnight(time.Unix(at, 0).In(zone)).Unix() }

// mode checks a mode and the start that comes with it. whole says that all repetitions are meant.
func (s Schedule) mode(m Mode, at int64) (whole bool, err error) {
	switch {
	case m == Whole:
		return true, nil
	case m != OnlyThis && m != FromThis:
		return false, ErrOpMode.With("op_mode: 0, 1 or 2 expected")
	case !s.Repeat.On:
		return false, ErrOpMode.With("op_mode: 0 expected, because the schedule does not repeat")
	}
	if _, found := s.timing().at(at); !found {
		return false, ErrOpStart.With("op_start_time: the start of a repetition expected, %d is none", at)
	}
	return m == FromThis && at == s.Start, nil
}

// sameTimes reports whether two schedules take the same times.
func sameTimes(a, b Schedule) bool {
	x, y := a.Repeat, b.Repeat
	if !x.On && !y.On {
		x, y = Repeat{}, Repeat{}
	}
	if !x.Custom && !y.Custom {
		x.Interval, x.Weekdays, x.Days = y.Interval, y.Weekdays, y.Days
	}
	return a.Start == b.Start && a.End == b.End && a.WholeDay == b.WholeDay && a.Offset == b.Offset &&
		x.On == y.On && x.Type == y.Type && x.Until == y.Until && x.Custom == y.Custom && x.Interval == y.Interval &&
		slices.Equal(x.Weekdays, y.Weekdays) && slices.Equal(x.Days, y.Days)
}

// keepAnswers gives those who took part before the answers that they have given.
func keepAnswers(before, wanted []Attendee) []Attendee {
	out := slices.Clone(wanted)
	for i := range out {
		for _, b := range before {
			if b.UserID.Equal(out[i].UserID) {
				out[i].Answer = b.Answer
			}
		}
	}
	return out
}

func (s *Service) changeWhole(ctx context.Context, tx *store.Tx, by access.Caller, old Schedule, u Update) error {
	if !u.Repeat.On && u.Start != old.Start && u.Start < tx.Now().Unix() {
		return ErrIntoPast.With("schedule.start_time")
	}
	next := old
	next.Start, next.End, next.Content, next.Attendees = u.Start, u.End, u.Content, u.Attendees
	next.Source = u.Source
	if next.Zone == "" && next.Offset == old.Offset { // a zone that a calendar program has set stays
		next.Zone = old.Zone
	}
	moved := !sameTimes(old, next)
	if moved {
		next.Repeat.Excluded = nil
		kept := next.timing()
		for _, at := range old.Repeat.Excluded {
			if _, found := kept.at(at); found {
				next.Repeat.Excluded = append(next.Repeat.Excluded, at)
			}
		}
	} else {
		next.Repeat.Excluded = old.Repeat.Excluded
	}
	next, err := s.update(tx, next, true)
	if err != nil {
		return err
	}
	if err := s.report(ctx, tx, by, Changed{next, moved}); err != nil || u.Quiet {
		return err
	}
	return s.tellChange(ctx, tx, old, next)
}

// split takes repetitions out of a schedule and makes another one of them.
func (s *Service) split(ctx context.Context, tx *store.Tx, by access.Caller, old Schedule, u Update) (newID string, err error) {
	rest := old
	if u.Mode == OnlyThis {
		rest.exclude(u.OpStart)
	} else {
		rest.Repeat.Until = u.OpStart - 1
	}
	rest.Source = ""
	if rest, err = s.update(tx, rest, false); err != nil {
		return "", err
	}
	c, err := existingCalendars(tx, `corpid = ? AND no = ?`, old.CorpID, old.Calendar)
	if err != nil || len(c) == 0 {
		return "", err
	}
	made := Schedule{Start: u.Start, End: u.End, Content: u.Content, Attendees: u.Attendees, Creator: old.Creator}
	made.Repeat.Excluded = nil
	if u.Mode == OnlyThis {
		made.Parent, made.InsteadOf, made.Repeat = old.No, u.OpStart, Repeat{}
	} else {
		for _, at := range old.Repeat.Excluded {
			if at > u.OpStart {
				made.Repeat.Excluded = append(made.Repeat.Excluded, at)
			}
		}
	}
	if made, err = s.insert(tx, c[0], made); err != nil {
		return "", err
	}
	if err := s.report(ctx, tx, by, Changed{rest, true}); err != nil {
		return "", err
	}
	return made.ID, s.tellChange(ctx, tx, old, made)
}

// exclude takes one repetition out.
func (s *Schedule) exclude(at int64) {
	if !slices.Contains(s.Repeat.Excluded, at) {
		s.Repeat.Excluded = sorted(append(slices.Clone(s.Repeat.Excluded), at))
	}
}

func (s *Service) report(ctx context.Context, tx *store.Tx, by access.Caller, c Changed) error {
	for _, fn := range s.changed {
		if err := fn(ctx, tx, by, c); err != nil {
			return err
		}
	}
	return nil
}

// DeleteSchedule cancels a schedule of the calling application, or some of its repetitions. Doc 97725.
func (s *Service) DeleteSchedule(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, m Mode, opStart int64) error {
	sch, err := s.scheduleToChange(tx, by, scheduleID)
	if err != nil {
		return err
	}
	return s.remove(ctx, tx, by, sch, m, opStart)
}

// remove is DeleteSchedule, by whoever may.
func (s *Service) remove(ctx context.Context, tx *store.Tx, by access.Caller, sch Schedule, m Mode, opStart int64) error {
	whole, err := sch.mode(m, opStart)
	if err != nil {
		return err
	}
	if whole {
		if err := s.cancel(ctx, tx, by, sch); err != nil {
			return err
		}
		return s.tellAttendees(ctx, tx, sch, sch.Attendees, "日程已取消")
	}
	if m == OnlyThis {
		sch.exclude(opStart)
	} else {
		sch.Repeat.Until = opStart - 1
	}
	sch.Source = ""
	if sch, err = s.update(tx, sch, false); err != nil {
		return err
	}
	if err := s.report(ctx, tx, by, Changed{sch, true}); err != nil {
		return err
	}
	return s.tellAttendees(ctx, tx, sch, sch.Attendees, "日程有变更")
}

// cancel cancels a schedule. What was split from it is another schedule and stays.
func (s *Service) cancel(ctx context.Context, tx *store.Tx, by access.Caller, sch Schedule) error {
	if sch.Cancelled {
		return nil
	}
	sch.Cancelled = true
	sch, err := s.update(tx, sch, false)
	if err != nil {
		return err
	}
	return s.report(ctx, tx, by, Changed{sch, true})
}

// AddAttendees adds members to a schedule of the calling application. Doc 97721.
func (s *Service) AddAttendees(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, users []id.UserID) error {
	sch, err := s.scheduleToChange(tx, by, scheduleID)
	if err != nil {
		return err
	}
	if len(users) > maxAttendees {
		return ErrAttendees.With("attendees: at most %d expected", maxAttendees)
	}
	known, err := s.members(tx, by, users, nil, "attendees")
	if err != nil {
		return err
	}
	var added []Attendee
	for _, u := range known {
		if !slices.ContainsFunc(sch.Attendees, func(a Attendee) bool { return a.UserID.Equal(u) }) {
			added = append(added, Attendee{UserID: u})
		}
	}
	if sch.Attendees = append(sch.Attendees, added...); len(sch.Attendees) > maxAttendees {
		return ErrAttendees.With("attendees: a schedule has at most %d, this would be %d", maxAttendees, len(sch.Attendees))
	}
	return s.setAttendees(ctx, tx, by, sch, added, "新日程")
}

// RemoveAttendees removes members from a schedule of the calling application. Those who do not take part are
// ignored (unverified). Doc 97722.
func (s *Service) RemoveAttendees(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, users []id.UserID) error {
	sch, err := s.scheduleToChange(tx, by, scheduleID)
	if err != nil {
		return err
	}
	if len(users) > maxAttendees {
		return ErrAttendees.With("attendees: at most %d expected", maxAttendees)
	}
	var left, gone []Attendee
	for _, a := range sch.Attendees {
		if slices.ContainsFunc(users, a.UserID.Equal) {
			gone = append(gone, a)
		} else {
			left = append(left, a)
		}
	}
	sch.Attendees = left
	return s.setAttendees(ctx, tx, by, sch, gone, "已被移出日程")
}

func (s *Service) setAttendees(ctx context.Context, tx *store.Tx, by access.Caller, sch Schedule, told []Attendee, words string) error {
	if len(told) == 0 {
		return nil
	}
	sch.Source = ""
	sch, err := s.update(tx, sch, true)
	if err != nil {
		return err
	}
	if err := s.report(ctx, tx, by, Changed{sch, false}); err != nil {
		return err
	}
	return s.tellAttendees(ctx, tx, sch, told, words)
}

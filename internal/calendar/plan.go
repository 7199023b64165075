package calendar

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Plan makes a schedule for a room above, which decides who may: in the calendar that the draft names, in the
// default one of the application, or in the own one of a member. It does not count among those of the day, and more
// members than a request names may attend it.
func (s *Service) Plan(ctx context.Context, tx *store.Tx, by access.Caller, d Draft) (Schedule, error) {
	if err := s.settlePlan(tx, by, &d); err != nil {
		return Schedule{}, err
	}
	if by.Kind == access.Member {
		return s.insertOwn(ctx, tx, by, d)
	}
	c, err := s.planned(tx, by, d.CalendarID)
	if err != nil {
		return Schedule{}, err
	}
	made, err := s.insert(tx, c, d.Schedule)
	if err != nil || d.Quiet {
		return made, err
	}
	return made, s.tellAttendees(ctx, tx, made, made.Attendees, "新日程")
}

func (s *Service) planned(tx *store.Tx, by access.Caller, calID string) (Calendar, error) {
	if calID == "" {
		return s.defaultCalendar(tx, by)
	}
	return s.calendarOf(tx, by, calID)
}

// settlePlan is settleDraft without the limit of attendees, which is that of the room above.
func (s *Service) settlePlan(tx *store.Tx, by access.Caller, d *Draft) error {
	if d.Summary == "" {
		d.Summary = defaultSummary
	}
	alone := d.Schedule
	alone.Attendees = nil
	if err := alone.valid(); err != nil {
		return err
	}
	return s.settlePeople(tx, sight(by), d, nil) // whom the caller may invite, the room above knows
}

// Replan replaces a schedule for a room above, which decides who may. One that is cancelled stays as it is. It
// answers ErrBooked where other times would leave a meeting room behind that an application has booked.
func (s *Service) Replan(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, d Draft) error {
	old, found, err := s.Find(tx, by.CorpID, scheduleID)
	if err != nil || !found || old.Cancelled {
		return err
	}
	d.Attendees = keepAnswers(old.Attendees, d.Attendees)
	if err := s.settlePlan(tx, by, &d); err != nil {
		return err
	}
	if old.Rooms > 0 && by.Kind != access.Member && !sameTimes(old, d.Schedule) {
		return ErrBooked.With("it has a meeting room; only its text and people can change")
	}
	return s.changeWhole(ctx, tx, by, old, Update{Draft: d})
}

// Drop takes the repetition that begins at a time out of a schedule, for a room above, and tells nobody.
func (s *Service) Drop(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string, at int64) error {
	sch, found, err := s.Find(tx, by.CorpID, scheduleID)
	if err != nil || !found || sch.Cancelled {
		return err
	}
	sch.exclude(at)
	sch.Source = ""
	if sch, err = s.update(tx, sch, false); err != nil {
		return err
	}
	return s.report(ctx, tx, by, Changed{sch, true})
}

// Withdraw cancels a schedule for a room above, and tells nobody.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, by access.Caller, scheduleID string) error {
	sch, found, err := s.Find(tx, by.CorpID, scheduleID)
	if err != nil || !found {
		return err
	}
	return s.cancel(ctx, tx, by, sch)
}

// Cancel cancels a schedule for a room above, which decides who may. One that is cancelled already stays so.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, by access.Caller, sch Schedule) error {
	if sch.Cancelled {
		return nil
	}
	if err := s.cancel(ctx, tx, by, sch); err != nil {
		return err
	}
	return s.tellAttendees(ctx, tx, sch, sch.Attendees, "日程已取消")
}

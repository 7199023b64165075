package calendar

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What rooms above read and write of schedules for a member, in the words of the API.

// Request is a schedule as a request of the API has it; its reminders, and a schedule as the API answers it.
type (
	Request   = scheduleRequest
	Reminders = remindersRequest
	Shown     = shownSchedule
)

// NewDraft reads a schedule of a request.
func NewDraft(r *Request) (Draft, error) { return r.draft() }

// Show returns a schedule as schedule/get answers it (doc 97724).
func Show(s Schedule) Shown { return newShownSchedule(s) }

// SeenSchedule returns a schedule that a member sees in full, a cancelled one too. Others count as unknown.
func (s *Service) SeenSchedule(tx *store.Tx, corpID string, m directory.Member, scheduleID string) (Schedule, error) {
	sch, found, err := s.Find(tx, corpID, scheduleID)
	if err == nil && found {
		found, err = s.seesFully(tx, corpID, m, sch)
	}
	if err == nil && !found {
		err = ErrScheduleID.With("schedule_id: there is no schedule %q that %s sees", scheduleID, m.UserID)
	}
	return sch, err
}

func (s *Service) seesFully(tx *store.Tx, corpID string, m directory.Member, sch Schedule) (bool, error) {
	if sch.Creator.Equal(m.UserID) || attends(sch.Attendees, m.UserID) {
		return true, nil
	}
	list, err := s.SeenBy(tx, corpID, m)
	return slices.ContainsFunc(list, func(c Seen) bool { return c.No == sch.Calendar && !c.Busy }), err
}

// MemberSchedules returns the schedules of a member that take some of the time between from and to, in Unix seconds:
// what the member takes part in, and what is in the own calendar. They are in the order of their starts.
func (s *Service) MemberSchedules(tx *store.Tx, corpID string, user id.UserID, from, to int64) ([]Schedule, error) {
	list, err := s.Attended(tx, corpID, user, from, to)
	if err != nil {
		return nil, err
	}
	own, err := s.inOwn(tx, corpID, user, from, to)
	if err != nil {
		return nil, err
	}
	list = append(list, own...)
	var out []Schedule
	seen := map[int64]bool{}
	for _, sch := range list {
		takes := false
		sch.Occurrences(from, to, func(int64, int64) bool { takes = true; return false })
		if takes && !seen[sch.No] {
			seen[sch.No] = true
			out = append(out, sch)
		}
	}
	slices.SortStableFunc(out, func(a, b Schedule) int { return int(a.Start - b.Start) })
	return out, nil
}

// AttendeesAsMember changes who takes part in a schedule that the member may change, and leaves the rest of it.
func (s *Service) AttendeesAsMember(tx *store.Tx, by access.Caller, scheduleID string, add, remove []id.UserID) (Update, error) {
	old, err := s.existing(tx, by, scheduleID)
	if err != nil {
		return Update{}, err
	}
	u := Kept(old)
	for _, one := range add {
		if !attends(u.Attendees, one) {
			u.Attendees = append(u.Attendees, Attendee{UserID: one})
		}
	}
	gone := func(one id.UserID) bool { return slices.ContainsFunc(remove, one.Equal) }
	u.Attendees = slices.DeleteFunc(u.Attendees, func(a Attendee) bool { return gone(a.UserID) })
	u.Admins = slices.DeleteFunc(u.Admins, gone)
	return u, nil
}

// Kept is the update of a schedule that changes nothing.
func Kept(old Schedule) (u Update) {
	u.Schedule = old
	u.Attendees = slices.Clone(old.Attendees)
	for _, a := range old.Attendees {
		if a.Admin {
			u.Admins = append(u.Admins, a.UserID)
		}
	}
	return u
}

// AnswerOf is what a member who takes part has said; nothing, if the member does not.
func (s Schedule) AnswerOf(user id.UserID) Answer {
	for _, a := range s.Attendees {
		if a.UserID.Equal(user) {
			return a.Answer
		}
	}
	return Unanswered
}

// inOwn returns what is in the calendars that the member owns.
func (s *Service) inOwn(tx *store.Tx, corpID string, user id.UserID, from, to int64) (list []Schedule, err error) {
	own, err := existingCalendars(tx, `corpid = ? AND owner_key = ? AND owner_key <> ''`, corpID, user.Key())
	if err != nil {
		return nil, err
	}
	for _, c := range own {
		some, err := s.Between(tx, c, from, to)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

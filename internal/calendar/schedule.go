package calendar

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Schedule is a schedule (日程).
type Schedule struct {
	No         int64
	CorpID     string
	Calendar   int64  // our number
	CalendarID string // cal_id
	ID         string
	App        int64     // as of the calendar
	Creator    id.UserID // the member who made it; empty for an application
	Start, End int64     // Unix seconds
	Content
	Attendees []Attendee
	Cancelled bool
	Sequence  int64 // the calendar's when it was last changed
	Number    int64 // the calendar's when it was made
	Rooms     int64 // bookings that depend on its time
	// Parent is the repeating schedule that this one was split from for one day, and InsteadOf the start of the
	// repetition that it replaces.
	Parent, InsteadOf int64
	Name, UID         string // of the CalDAV resource, if a client has named it
	RemindAt          int64  // Unix seconds; 0 for never
	CreatedAt         int64  // Unix milliseconds
	ChangedAt         int64
}

// Content is what is kept as JSON.
type Content struct {
	Summary     string  `json:"summary,omitempty"`
	Description string  `json:"description,omitempty"`
	Location    string  `json:"location,omitempty"`
	WholeDay    bool    `json:"whole_day,omitempty"`
	Remind      bool    `json:"remind,omitempty"`
	Diffs       []int64 `json:"diffs,omitempty"`  // seconds from the start; before it they are negative
	Offset      int64   `json:"offset,omitempty"` // hours from UTC
	Zone        string  `json:"zone,omitempty"`   // IANA name, where a calendar program has set one; it wins
	Repeat      Repeat  `json:"repeat,omitzero"`
	// Source is the iCalendar object from which a calendar program made this, for as long as nothing else
	// changes it.
	Source string `json:"source,omitempty"`
}

// Attendee is a member who takes part.
type Attendee struct {
	UserID id.UserID
	Answer Answer
	Admin  bool
}

// Answer is what an attendee says (doc 97724).
type Answer int64

// The answers.
const (
	Unanswered   Answer = 0
	Tentative    Answer = 1
	Accepted     Answer = 2
	AcceptedOnce Answer = 3
	Declined     Answer = 4
)

// Limits of schedules (docs 93624 and 93648).
const (
	maxAttendees   = 1000
	maxText        = 1000 // characters of a description
	maxLocation    = 128
	madePerDay     = 20_000
	defaultSummary = "新建事件"
	maxDiffs       = 10 // unverified
)

// DefaultOffset is the zone of schedules that name none: China's.
const DefaultOffset = 8

// location returns the zone whose clock the repetitions follow.
func (c Content) location() *time.Location {
	if c.Zone != "" {
		if zone, err := time.LoadLocation(c.Zone); err == nil {
			return zone
		}
	}
	return time.FixedZone("", int(c.Offset)*3600)
}

func (s Schedule) timing() timing {
	return timing{span{s.Start, s.End}, s.WholeDay, s.location(), s.Repeat}
}

// Occurrences calls fn for the times that the schedule takes between from and to, in Unix seconds and even in
// part, in order, until fn returns false.
func (s Schedule) Occurrences(from, to int64, fn func(start, end int64) bool) {
	length := s.End - s.Start
	if s.WholeDay {
		length += 3 * 3600 // a day may be longer where clocks change
	}
	s.timing().each(from-length, to-1, func(o span) bool {
		if o.end > from || o.start == o.end && o.start >= from {
			return fn(o.start, o.end)
		}
		return true
	})
}

func (s Schedule) valid() error {
	switch {
	case utf8.RuneCountInString(s.Summary) > maxSummary:
		return errParameter.With("schedule.summary: at most %d characters expected", maxSummary)
	case utf8.RuneCountInString(s.Description) > maxText:
		return errParameter.With("schedule.description: at most %d characters expected", maxText)
	case utf8.RuneCountInString(s.Location) > maxLocation:
		return errParameter.With("schedule.location: at most %d characters expected", maxLocation)
	case s.Start <= 0 || s.Start > endOfTime:
		return errParameter.With("schedule.start_time: a Unix time in seconds expected")
	case s.End < s.Start || s.End > endOfTime:
		return errParameter.With("schedule.end_time: a Unix time in seconds, not before start_time, expected")
	case len(s.Attendees) > maxAttendees:
		return ErrAttendees.With("schedule.attendees: at most %d expected", maxAttendees)
	case s.Offset < -12 || s.Offset > 12:
		return ErrZone.With("schedule.reminders.timezone: -12 to 12 hours from UTC expected")
	case s.Repeat.On && s.Repeat.Type == Daily && s.Repeat.interval() == 1 && s.End-s.Start > 366*86400:
		return errParameter.With("schedule.end_time: a schedule that repeats every day takes at most a year")
	}
	if err := s.validDiffs(); err != nil {
		return err
	}
	return s.Repeat.valid(s.Start)
}

// Reminders that every schedule can have, and those of whole days. Doc 93648 lists them; its sample for an
// update, and what doc 97724 says of the phone, have whole days take any time of their first day.
var (
	usualDiffs = []int64{0, -300, -900, -3600, -86400}
	dayDiffs   = []int64{-172800, -604800}
)

func (s Schedule) validDiffs() error {
	if len(s.Diffs) > maxDiffs {
		return ErrRemindDiffs.With("schedule.reminders.remind_time_diffs: at most %d expected", maxDiffs)
	}
	for _, d := range s.Diffs {
		if !slices.Contains(usualDiffs, d) && !(s.WholeDay && (slices.Contains(dayDiffs, d) || d > 0 && d < 86400)) {
			return ErrRemindDiffs.With("schedule.reminders.remind_time_diffs: 0, -300, -900, -3600, -86400, and for whole days 32400, -172800, -604800 expected, not %d", d)
		}
	}
	return nil
}

// Draft is a schedule as a request wants it.
type Draft struct {
	Schedule
	Admins []id.UserID
	Quiet  bool // nobody is told
}

// CreateSchedule makes a schedule in a calendar of the calling application, or in its default calendar if the
// draft names none. Doc 93648.
func (s *Service) CreateSchedule(ctx context.Context, tx *store.Tx, by access.Caller, d Draft) (Schedule, error) {
	if d.Summary == "" {
		d.Summary = defaultSummary
	}
	if err := s.settleDraft(tx, by, &d); err != nil {
		return Schedule{}, err
	}
	var c Calendar
	var err error
	if d.CalendarID == "" {
		c, err = s.defaultCalendar(tx, by)
	} else {
		c, err = s.calendarOf(tx, by, d.CalendarID)
	}
	if err != nil {
		return Schedule{}, err
	}
	if err := countMade(tx, by); err != nil {
		return Schedule{}, err
	}
	made, err := s.insert(tx, c, d.Schedule)
	if err != nil || d.Quiet {
		return made, err
	}
	return made, s.tellAttendees(ctx, tx, made, made.Attendees, "新日程")
}

// settleDraft checks a draft and replaces its members by those whom the directory has.
func (s *Service) settleDraft(tx *store.Tx, by access.Caller, d *Draft, kept ...id.UserID) error {
	if err := d.valid(); err != nil {
		return err
	}
	return s.settlePeople(tx, by, d, kept)
}

// settlePeople replaces the attendees by members whom the caller may invite. Those in kept take part already.
func (s *Service) settlePeople(tx *store.Tx, by access.Caller, d *Draft, kept []id.UserID) error {
	users := make([]id.UserID, len(d.Attendees))
	answers := map[string]Answer{}
	for i, a := range d.Attendees {
		users[i] = a.UserID
		answers[a.UserID.Key()] = a.Answer
	}
	known, err := s.members(tx, by, users, kept, "schedule.attendees")
	if err != nil {
		return err
	}
	d.Attendees = d.Attendees[:0:0]
	for _, u := range known {
		d.Attendees = append(d.Attendees, Attendee{UserID: u, Answer: answers[u.Key()]})
	}
	return d.setAdmins()
}

// setAdmins marks the administrators among the attendees.
func (d *Draft) setAdmins() error {
	if len(d.Admins) > maxAdmins {
		return errParameter.With("schedule.admins: at most %d members expected", maxAdmins)
	}
	for i := range d.Attendees {
		d.Attendees[i].Admin = false
	}
	for i, a := range d.Admins {
		at := slices.IndexFunc(d.Attendees, func(p Attendee) bool { return p.UserID.Equal(a) })
		if at < 0 {
			return ErrScheduleAdmin.With("schedule.admins[%d]: %q is not among the attendees", i, a)
		}
		d.Attendees[at].Admin = true
	}
	return nil
}

// defaultCalendar returns the application's default calendar. It makes one if it has none. A third-party
// application must name one (doc 93648).
func (s *Service) defaultCalendar(tx *store.Tx, by access.Caller) (Calendar, error) {
	if by.Kind == access.ThirdParty {
		return Calendar{}, ErrNoDefault.With("schedule.cal_id: a third-party application names one")
	}
	list, err := existingCalendars(tx, `corpid = ? AND app = ? AND app > 0 AND chosen = 1`, by.CorpID, by.App)
	if err != nil || len(list) > 0 {
		if err == nil {
			return list[0], nil
		}
		return Calendar{}, err
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		return Calendar{}, err
	}
	return insertCalendar(tx, Calendar{CorpID: by.CorpID, App: by.App, Default: true, details: details{Summary: a.Name, Color: defaultColor}})
}

const defaultColor = "#0082EF"

// scheduleOf returns a schedule that the application may read.
func (s *Service) scheduleOf(tx *store.Tx, by access.Caller, scheduleID string) (Schedule, error) {
	list, err := selectSchedules(tx, `corpid = ? AND schedule_id = ?`, by.CorpID, scheduleID)
	switch {
	case err != nil:
		return Schedule{}, err
	case len(list) == 0 || scheduleID == "":
		return Schedule{}, ErrScheduleID.With("schedule_id: there is no schedule %q", scheduleID)
	case list[0].App == 0 && by.Kind != access.Calendar:
		return Schedule{}, ErrUsersSchedule.With("schedule_id: %q", scheduleID)
	case list[0].App != 0 && list[0].App != by.App:
		return Schedule{}, ErrOtherApp.With("schedule_id: %q was made by another application", scheduleID)
	}
	return list[0], nil
}

// scheduleToChange is scheduleOf for a call that changes it.
func (s *Service) scheduleToChange(tx *store.Tx, by access.Caller, scheduleID string) (Schedule, error) {
	sch, err := s.scheduleOf(tx, by, scheduleID)
	switch {
	case err != nil:
	case sch.App == 0:
		err = ErrChangeUsers.With("schedule_id: %q", scheduleID)
	case sch.Cancelled:
		err = ErrScheduleDeleted.With("schedule_id: %q", scheduleID)
	}
	return sch, err
}

// Schedules returns schedules of the calling application, those that were cancelled too. Doc 97724.
func (s *Service) Schedules(tx *store.Tx, by access.Caller, ids []string) ([]Schedule, error) {
	if len(ids) == 0 {
		return nil, ErrNoScheduleID.With("schedule_id_list: 1 to %d expected", maxAsked)
	}
	if len(ids) > maxAsked {
		return nil, ErrLimit.With("schedule_id_list: at most %d expected", maxAsked)
	}
	out := make([]Schedule, 0, len(ids))
	for _, scheduleID := range ids {
		sch, err := s.scheduleOf(tx, by, scheduleID)
		if err != nil {
			return nil, err
		}
		out = append(out, sch)
	}
	return out, nil
}

// SchedulesIn returns a page of the schedules in a calendar of the calling application, in the order in which
// they were made, those that were cancelled too. Doc 97723.
func (s *Service) SchedulesIn(tx *store.Tx, by access.Caller, calID string, offset int64, limit *int64) ([]Schedule, error) {
	c, err := s.calendarOf(tx, by, calID)
	if err != nil {
		return nil, err
	}
	most := int64(500)
	if limit != nil {
		most = *limit
	}
	if most < 1 || most > maxAsked {
		return nil, ErrLimit.With("limit: 1 to %d expected", maxAsked)
	}
	if offset < 0 {
		return nil, ErrOffset.With("offset: 0 or more expected")
	}
	return selectSchedules(tx, `corpid = ? AND calendar = ? ORDER BY number, no LIMIT ? OFFSET ?`, by.CorpID, c.No, most, offset)
}

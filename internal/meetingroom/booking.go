package meetingroom

import (
	"context"
	"errors"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/meeting"
	"qiwei/internal/store"
)

// Booking is a time for which a room is taken.
type Booking struct {
	No         int64
	CorpID     string
	ID         string
	Room       int64 // our number
	RoomID     int64
	Series     int64  // our number, of one for a schedule that repeats; 0 for none
	SeriesID   string // its booking_id
	App        int64  // our number of the application that booked; 0 for a member
	Booker     id.UserID
	ScheduleID string
	Start, End int64 // Unix seconds
	Status     Status
	CheckedIn  int64 // Unix seconds; 0 for not yet
	ReleaseAt  int64 // when the room is given back if nobody checks in, Unix seconds; 0 for never
}

// Status is what a booking is (doc 93620).
type Status int64

// The statuses. The last two are for rooms that need approval.
const (
	Booked    Status = 0
	Cancelled Status = 1
	Asked     Status = 2
	Approving Status = 3
)

const (
	// window is what times of bookings are rounded to, and the shortest booking (doc 93620).
	window = 30 * 60
	// late is how long after its beginning a window can still be booked.
	late = 15 * 60
	// ahead is how far a schedule that repeats for ever is booked ahead.
	ahead = 366 * 86400
	// maxLong is how long one booking can be; unverified.
	maxLong = 31 * 86400
)

// china is the zone of the platform's days.
var china = time.FixedZone("", 8*3600)

// dayOf returns when the day of a time begins in China.
func dayOf(at int64) int64 {
	t := time.Unix(at, 0).In(china)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, china).Unix()
}

// windowOf rounds a time to whole windows, and moves a beginning that has passed to the window that can still
// be booked. ok is false if none of it can (doc 93620).
func windowOf(start, end, now int64) (from, to int64, ok bool) {
	from, to = start-start%window, end
	if over := to % window; over > 0 {
		to += window - over
	}
	to = max(to, from+window)
	if end <= now {
		return from, to, false
	}
	if now > from+late {
		from += (now - from - late + window - 1) / window * window
	}
	return from, to, from < to
}

// Wish is a booking as somebody wants it.
type Wish struct {
	RoomID     int64
	Subject    string
	Start, End int64
	Booker     id.UserID
	Attendees  []id.UserID
}

// maxAttendees is how many members one booking invites; unverified, as for schedules.
const maxAttendees = 1000

// Book books a room and makes the schedule for it. Doc 93620.
func (s *Service) Book(ctx context.Context, tx *store.Tx, by access.Caller, w Wish) (Booking, error) {
	r, booker, err := s.roomToBook(ctx, tx, by, w.RoomID, w.Booker)
	if err != nil {
		return Booking{}, err
	}
	if w.Start <= 0 || w.End <= w.Start || w.End-w.Start > maxLong {
		return Booking{}, errParameter.With("start_time and end_time: Unix times in seconds, at most 31 days apart, expected")
	}
	if len(w.Attendees) > maxAttendees {
		return Booking{}, errParameter.With("attendees: at most %d expected", maxAttendees)
	}
	from, to, ok := windowOf(w.Start, w.End, tx.Now().Unix())
	if !ok {
		return Booking{}, errParameter.With("end_time: it has passed")
	}
	if err := s.mustBeFree(tx, r, from, to); err != nil {
		return Booking{}, err
	}
	d := calendar.Draft{Admins: []id.UserID{booker}}
	d.Summary, d.Location, d.Start, d.End, d.Offset = w.Subject, r.place(), from, to, calendar.DefaultOffset
	d.Attendees = []calendar.Attendee{{UserID: booker, Answer: calendar.Accepted}}
	for _, u := range w.Attendees {
		d.Attendees = append(d.Attendees, calendar.Attendee{UserID: u})
	}
	sch, err := s.deps.Calendars.Plan(ctx, tx, by, d)
	if err != nil {
		return Booking{}, err
	}
	b := Booking{CorpID: by.CorpID, Room: r.No, RoomID: r.ID, App: by.App, Booker: booker, ScheduleID: sch.ID, Start: from, End: to}
	if r.Approval {
		b.Status = Asked
	}
	return s.take(tx, r, b, sch)
}

// take writes a booking for which the room is free.
func (s *Service) take(tx *store.Tx, r Room, b Booking, sch calendar.Schedule) (Booking, error) {
	b.ReleaseAt = r.releaseAt(b, tx.Now().Unix())
	b.ID = "bk" + id.Hex(10) + "AAA"
	if err := s.deps.Calendars.CountRooms(tx, b.CorpID, sch.No, 1); err != nil {
		return b, err
	}
	return insertBooking(tx, b)
}

// roomToBook returns a room that the booker may book now, and the booker as the directory spells them.
func (s *Service) roomToBook(ctx context.Context, tx *store.Tx, by access.Caller, roomID int64, booker id.UserID) (r Room, user id.UserID, err error) {
	if r, err = s.room(tx, by.CorpID, roomID); err != nil {
		return r, "", err
	}
	if r.Disabled {
		return r, "", ErrRoomDisabled.With("meetingroom_id: %d", roomID)
	}
	if r.Approval && by.Kind != access.Member {
		return r, "", errParameter.With("meetingroom_id: %d needs approval, and the API books only rooms that need none", roomID)
	}
	m, err := s.deps.Directory.Member(ctx, tx, sight(by), booker)
	if err != nil {
		return r, "", err
	}
	if !m.Enabled {
		return r, "", directory.ErrMemberNotFound.With("booker: %q is disabled", booker)
	}
	in, err := s.deps.Directory.InRange(tx, by.CorpID, r.bookers(), m)
	if err == nil && !in {
		err = ErrRange.With("booker: %s may not book room %d", m.UserID, roomID)
	}
	return r, m.UserID, err
}

// sight returns by as whom the directory is asked: a member names everybody.
func sight(by access.Caller) access.Caller {
	if by.Kind == access.Member {
		return access.System(by.CorpID)
	}
	return by
}

// mustBeFree waits for others who book the room, and refuses a time that is taken.
func (s *Service) mustBeFree(tx *store.Tx, r Room, from, to int64) error {
	if err := lockRoom(tx, r); err != nil {
		return err
	}
	taken, found, err := overlapping(tx, r, from, to)
	if err == nil && found {
		err = ErrTaken.With("the room is taken from %s to %s", hour(taken.Start), hour(taken.End))
	}
	return err
}

func hour(at int64) string { return time.Unix(at, 0).In(china).Format("2006-01-02 15:04") }

// BookSchedule books a room for a schedule of the calling application, for each of its repetitions where the
// room is free. conflicts are the days on which it is not. Doc 93620.
func (s *Service) BookSchedule(ctx context.Context, tx *store.Tx, by access.Caller, roomID int64, scheduleID string, booker id.UserID) (bookingID string, conflicts []int64, err error) {
	sch, err := s.deps.Calendars.Ours(tx, by, scheduleID)
	if err != nil {
		return "", nil, err
	}
	if sch.Rooms > 0 {
		return "", nil, ErrHasRoom.With("schedule_id: %q", scheduleID)
	}
	r, user, err := s.roomToBook(ctx, tx, by, roomID, booker)
	if err != nil {
		return "", nil, err
	}
	if sch.End-sch.Start > maxLong {
		return "", nil, errParameter.With("schedule_id: a booking takes at most 31 days")
	}
	if err := lockRoom(tx, r); err != nil {
		return "", nil, err
	}
	b := Booking{CorpID: by.CorpID, Room: r.No, RoomID: r.ID, App: by.App, Booker: user, ScheduleID: sch.ID}
	if !sch.Repeat.On {
		from, to, ok := windowOf(sch.Start, sch.End, tx.Now().Unix())
		if !ok {
			return "", nil, errParameter.With("schedule_id: it is over")
		}
		if err := s.mustBeFree(tx, r, from, to); err != nil {
			return "", []int64{dayOf(from)}, err
		}
		b.Start, b.End = from, to
		b, err = s.take(tx, r, b, sch)
		return b.ID, nil, err
	}
	return s.bookSeries(tx, r, b, sch)
}

// BookMeeting books a room for a meeting of the calling application, as BookSchedule does for its schedule. It answers
// 90602 for a meeting that is none of the application's, and 400041 for one that is cancelled. Doc 93620.
func (s *Service) BookMeeting(ctx context.Context, tx *store.Tx, by access.Caller, roomID int64, meetingID string, booker id.UserID) (bookingID string, conflicts []int64, err error) {
	m, err := s.deps.Meetings.Ours(tx, by, meetingID)
	switch {
	case errors.Is(err, meeting.ErrOthers), errors.Is(err, meeting.ErrNotByAPI):
		return "", nil, meeting.ErrUnknown.With("meetingid: the calling application has not made it")
	case err != nil:
		return "", nil, err
	case m.Cancelled:
		return "", nil, meeting.ErrCancelled.With("meetingid: %q", meetingID)
	}
	return s.BookSchedule(ctx, tx, by, roomID, m.ScheduleID, booker)
}

// bookSeries books the days of a schedule that repeats.
func (s *Service) bookSeries(tx *store.Tx, r Room, b Booking, sch calendar.Schedule) (bookingID string, conflicts []int64, err error) {
	se := series{CorpID: b.CorpID, ID: "rb" + id.Hex(10) + "AAA", Room: r.No, App: b.App, Booker: b.Booker, ScheduleID: sch.ID}
	if se.No, err = insertSeries(tx, se); err != nil {
		return "", nil, err
	}
	n, conflicts, err := s.bookDays(tx, r, se, sch, tx.Now().Unix(), tx.Now().Unix()+ahead)
	if err != nil {
		return "", nil, err
	}
	if n == 0 {
		if len(conflicts) == 0 {
			return "", nil, errParameter.With("schedule_id: no repetition of it is left within a year")
		}
		return "", conflicts, ErrTaken.With("the room is taken at all times of the schedule")
	}
	return se.ID, conflicts, nil
}

// bookDays books those of a schedule's repetitions that begin between from and to and for which the room is
// free.
func (s *Service) bookDays(tx *store.Tx, r Room, se series, sch calendar.Schedule, from, to int64) (booked int, conflicts []int64, err error) {
	b := Booking{CorpID: se.CorpID, Room: r.No, Series: se.No, App: se.App, Booker: se.Booker, ScheduleID: se.ScheduleID}
	sch.Occurrences(from, to, func(start, end int64) bool {
		var ok, found bool
		if b.Start, b.End, ok = windowOf(start, end, tx.Now().Unix()); !ok {
			return true
		}
		if _, found, err = overlapping(tx, r, b.Start, b.End); err != nil {
			return false
		}
		if found {
			conflicts = append(conflicts, dayOf(b.Start))
			return true
		}
		booked++
		_, err = s.take(tx, r, b, sch)
		return err == nil
	})
	if err != nil {
		return 0, nil, err
	}
	until := int64(0)
	sch.Occurrences(to, to+40*366*86400, func(int64, int64) bool { until = to; return false }) // it goes on
	_, err = tx.Exec(`UPDATE meeting_series SET made_until = ? WHERE no = ? AND corpid = ?`, until, se.No, se.CorpID)
	return booked, slices.Compact(conflicts), err
}

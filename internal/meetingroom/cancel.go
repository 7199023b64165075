package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/store"
)

// Cancellation says what of a booking is cancelled.
type Cancellation struct {
	BookingID    string
	KeepSchedule bool  // of a schedule that does not repeat
	Day          int64 // of a series: a time in the day on which it is; 0 for all
}

// CancelBooking cancels a booking of the calling application, or a series, or one day of it. Doc 93620.
func (s *Service) CancelBooking(ctx context.Context, tx *store.Tx, by access.Caller, c Cancellation) error {
	list, se, err := s.bookings(tx, by.CorpID, c.BookingID)
	if err != nil {
		return err
	}
	owner := list[0].App
	if owner != by.App && !(by.Kind == access.MeetingRoom && owner == 0) {
		return ErrOthers.With("booking_id: %q", c.BookingID)
	}
	return s.cancelBookings(ctx, tx, by, list, se, c)
}

// bookings returns those with a booking_id: one, or all of a series.
func (s *Service) bookings(tx *store.Tx, corpID, bookingID string) (list []Booking, se *series, err error) {
	if list, err = selectBookings(tx, `corpid = ? AND booking_id = ?`, corpID, bookingID); err != nil || len(list) > 0 {
		return list, nil, err
	}
	all, err := selectSeries(tx, `corpid = ? AND booking_id = ?`, corpID, bookingID)
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 || bookingID == "" {
		return nil, nil, errParameter.With("booking_id: there is no booking %q", bookingID)
	}
	list, err = selectBookings(tx, `corpid = ? AND series = ?`, corpID, all[0].No)
	if err == nil && len(list) == 0 {
		err = errParameter.With("booking_id: there is no booking %q", bookingID)
	}
	return list, &all[0], err
}

func (s *Service) cancelBookings(ctx context.Context, tx *store.Tx, by access.Caller, list []Booking, se *series, c Cancellation) error {
	n := 0
	for _, b := range list {
		if b.Status == Cancelled || c.Day != 0 && dayOf(b.Start) != dayOf(c.Day) {
			continue
		}
		n++
		if err := s.free(tx, b); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, by, roomCancelled, b); err != nil {
			return err
		}
	}
	switch {
	case n == 0 && c.Day != 0:
		return errParameter.With("cancel_date: nothing is booked on that day")
	case n == 0:
		return errParameter.With("booking_id: %q is cancelled already", c.BookingID)
	case se != nil && c.Day == 0:
		return endSeries(tx, *se)
	case se != nil || list[0].Series != 0 || c.KeepSchedule:
		return nil
	}
	sch, found, err := s.deps.Calendars.Find(tx, by.CorpID, list[0].ScheduleID)
	if err != nil || !found {
		return err
	}
	return s.deps.Calendars.Cancel(ctx, tx, by, sch)
}

// free gives the room back.
func (s *Service) free(tx *store.Tx, b Booking) error {
	if err := setStatus(tx, b, Cancelled); err != nil {
		return err
	}
	sch, found, err := s.deps.Calendars.Find(tx, b.CorpID, b.ScheduleID)
	if err != nil || !found {
		return err
	}
	return s.deps.Calendars.CountRooms(tx, b.CorpID, sch.No, -1)
}

// scheduleChanged lets bookings follow their schedule: they end with it. Where a member has given it another
// time, the room is cancelled and, if it is free then, booked anew (doc 95333).
func (s *Service) scheduleChanged(ctx context.Context, tx *store.Tx, by access.Caller, c calendar.Changed) error {
	if !c.Times || c.Schedule.Rooms == 0 {
		return nil
	}
	list, err := selectBookings(tx, `corpid = ? AND schedule_id = ? AND status <> 1 AND ends > ?`, by.CorpID, c.Schedule.ID, tx.Now().Unix())
	if err != nil || len(list) == 0 {
		return err
	}
	for _, b := range list {
		if err := s.free(tx, b); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, by, roomCancelled, b); err != nil {
			return err
		}
	}
	old := list[0]
	all, err := selectSeries(tx, `corpid = ? AND no = ?`, old.CorpID, old.Series)
	if err != nil {
		return err
	}
	if c.Schedule.Cancelled {
		for _, se := range all {
			if err := endSeries(tx, se); err != nil {
				return err
			}
		}
		return nil
	}
	rooms, err := selectRooms(tx, `corpid = ? AND no = ?`, old.CorpID, old.Room)
	if err != nil || len(rooms) == 0 {
		return err
	}
	if err := lockRoom(tx, rooms[0]); err != nil {
		return err
	}
	for _, se := range all {
		if _, _, err := s.bookDays(tx, rooms[0], se, c.Schedule, tx.Now().Unix(), tx.Now().Unix()+ahead); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return s.rebook(ctx, tx, by, rooms[0], old, c.Schedule)
	}
	made, err := selectBookings(tx, `corpid = ? AND series = ? AND status <> 1`, old.CorpID, old.Series)
	for _, b := range made {
		if err == nil {
			err = s.tell(ctx, tx, by, roomBooked, b)
		}
	}
	return err
}

// rebook books the room for a schedule that has moved, if it can.
func (s *Service) rebook(ctx context.Context, tx *store.Tx, by access.Caller, r Room, b Booking, sch calendar.Schedule) error {
	var ok bool
	if b.Start, b.End, ok = windowOf(sch.Start, sch.End, tx.Now().Unix()); !ok {
		return nil
	}
	_, taken, err := overlapping(tx, r, b.Start, b.End)
	if err != nil || taken {
		return err
	}
	b.CheckedIn = 0
	if b, err = s.take(tx, r, b, sch); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, roomBooked, b)
}

// Query asks for the bookings of rooms in a time of one day.
type Query struct {
	RoomFilter
	From, To int64 // Unix seconds; now and the end of the day if they are 0
}

// RoomBookings are the bookings of a room.
type RoomBookings struct {
	RoomID   int64
	Bookings []Booking
}

// Bookings returns the rooms that match, and what is booked in them. Doc 93620.
func (s *Service) Bookings(tx *store.Tx, corpID string, q Query) ([]RoomBookings, error) {
	if q.From == 0 {
		q.From = tx.Now().Unix()
	}
	if q.To == 0 {
		q.To = dayOf(tx.Now().Unix()) + 86400
	}
	if q.From < 0 || q.To <= q.From || dayOf(q.To-1) != dayOf(q.From) {
		return nil, errParameter.With("start_time and end_time: two times of one day expected")
	}
	rooms, err := s.Rooms(tx, corpID, q.RoomFilter)
	if err != nil {
		return nil, err
	}
	if q.ID != 0 && len(rooms) == 0 {
		return nil, errParameter.With("meetingroom_id: there is no room %d", q.ID)
	}
	out := make([]RoomBookings, len(rooms))
	at := map[int64]int{}
	for i, r := range rooms {
		out[i].RoomID, at[r.No] = r.ID, i
	}
	for _, r := range rooms {
		list, err := selectBookings(tx, `corpid = ? AND room = ? AND status <> 1 AND starts < ? AND starts > ? AND ends > ?`, corpID, r.No, q.To, q.From-maxLong-window, q.From)
		if err != nil {
			return nil, err
		}
		out[at[r.No]].Bookings = list
	}
	return out, nil
}

// BookingOf returns a booking of a room by its id; of a series the first, under the series' id. Doc 93620.
func (s *Service) BookingOf(tx *store.Tx, corpID string, roomID int64, bookingID string) (Booking, error) {
	r, err := s.room(tx, corpID, roomID)
	if err != nil {
		return Booking{}, err
	}
	list, se, err := s.bookings(tx, corpID, bookingID)
	if err != nil {
		return Booking{}, err
	}
	b := list[0]
	if b.Room != r.No {
		return b, errParameter.With("booking_id: %q is of another room", bookingID)
	}
	if se != nil {
		b.ID, b.SeriesID = se.ID, ""
		if se.Cancelled {
			b.Status = Cancelled
		}
	}
	return b, nil
}

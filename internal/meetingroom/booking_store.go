package meetingroom

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// series is a booking for a schedule that repeats.
type series struct {
	No         int64
	CorpID     string
	ID         string
	Room       int64
	App        int64
	Booker     id.UserID
	ScheduleID string
	Cancelled  bool
	MadeUntil  int64
}

func insertSeries(tx *store.Tx, se series) (int64, error) {
	return tx.Insert(`INSERT INTO meeting_series (corpid, booking_id, room, app, booker, schedule_id, made_until) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		se.CorpID, se.ID, se.Room, se.App, string(se.Booker), se.ScheduleID)
}

func selectSeries(tx *store.Tx, where string, args ...any) (list []series, err error) {
	err = tx.Each(`SELECT no, corpid, booking_id, room, app, booker, schedule_id, cancelled, made_until FROM meeting_series WHERE `+where, args, func(rows *store.Rows) error {
		var se series
		err := rows.Scan(&se.No, &se.CorpID, &se.ID, &se.Room, &se.App, &se.Booker, &se.ScheduleID, &se.Cancelled, &se.MadeUntil)
		list = append(list, se)
		return err
	})
	return list, err
}

func endSeries(tx *store.Tx, se series) error {
	_, err := tx.Exec(`UPDATE meeting_series SET cancelled = 1, made_until = 0 WHERE no = ? AND corpid = ?`, se.No, se.CorpID)
	return err
}

func insertBooking(tx *store.Tx, b Booking) (Booking, error) {
	var err error
	b.No, err = tx.Insert(`INSERT INTO meeting_booking (corpid, booking_id, room, series, app, booker, schedule_id, starts, ends, status, release_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		b.CorpID, b.ID, b.Room, b.Series, b.App, string(b.Booker), b.ScheduleID, b.Start, b.End, int64(b.Status), b.ReleaseAt)
	return b, err
}

// selectBookings returns bookings in the order of their beginning.
func selectBookings(tx *store.Tx, where string, args ...any) (list []Booking, err error) {
	err = tx.Each(`SELECT b.no, b.corpid, b.booking_id, b.room, r.room_id, b.series, coalesce(s.booking_id, ''), b.app, b.booker, b.schedule_id, b.starts, b.ends, b.status, b.checked_in, b.release_at
		FROM (SELECT * FROM meeting_booking WHERE `+where+`) b JOIN meeting_room r ON r.no = b.room LEFT JOIN meeting_series s ON s.no = b.series ORDER BY b.starts, b.no`, args,
		func(rows *store.Rows) error {
			var b Booking
			err := rows.Scan(&b.No, &b.CorpID, &b.ID, &b.Room, &b.RoomID, &b.Series, &b.SeriesID, &b.App, &b.Booker, &b.ScheduleID, &b.Start, &b.End, &b.Status, &b.CheckedIn, &b.ReleaseAt)
			list = append(list, b)
			return err
		})
	return list, err
}

// overlapping returns a booking of the room that takes some of a time. Since bookings never overlap, it can
// only be the last that begins before the time's end.
func overlapping(tx *store.Tx, r Room, from, to int64) (b Booking, found bool, err error) {
	found, err = tx.Get(`SELECT starts, ends FROM meeting_booking WHERE corpid = ? AND room = ? AND status <> 1 AND starts < ? ORDER BY starts DESC LIMIT 1`,
		[]any{r.CorpID, r.No, to}, &b.Start, &b.End)
	return b, found && b.End > from, err
}

func setStatus(tx *store.Tx, b Booking, status Status) error {
	_, err := tx.Exec(`UPDATE meeting_booking SET status = ? WHERE no = ? AND corpid = ?`, int64(status), b.No, b.CorpID)
	return err
}

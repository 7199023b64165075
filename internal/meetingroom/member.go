package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What members do.

// BookAsMember is Book by a member, for which the enterprise's applications are told.
func (s *Service) BookAsMember(ctx context.Context, tx *store.Tx, by access.Caller, w Wish) (Booking, error) {
	w.Booker = by.UserID
	b, err := s.Book(ctx, tx, by, w)
	if err != nil {
		return b, err
	}
	return b, s.tell(ctx, tx, by, roomBooked, b)
}

// CancelAsMember is CancelBooking by the member who booked.
func (s *Service) CancelAsMember(ctx context.Context, tx *store.Tx, by access.Caller, c Cancellation) error {
	list, se, err := s.mine(tx, by, c.BookingID)
	if err != nil {
		return err
	}
	return s.cancelBookings(ctx, tx, by, list, se, c)
}

// mine returns the bookings with an id that the member made.
func (s *Service) mine(tx *store.Tx, by access.Caller, bookingID string) ([]Booking, *series, error) {
	list, se, err := s.bookings(tx, by.CorpID, bookingID)
	if err == nil && !list[0].Booker.Equal(by.UserID) {
		err = calendar.ErrNoRight.With("booking_id: %q was booked by another member", bookingID)
	}
	return list, se, err
}

// CheckIn notes that the booker has come.
func (s *Service) CheckIn(tx *store.Tx, by access.Caller, bookingID string) error {
	list, _, err := s.mine(tx, by, bookingID)
	if err != nil {
		return err
	}
	now := tx.Now().Unix()
	for _, b := range list {
		if b.Status == Booked && b.Start-late <= now && now < b.End {
			_, err := tx.Exec(`UPDATE meeting_booking SET checked_in = ?, release_at = 0 WHERE no = ? AND corpid = ?`, now, b.No, b.CorpID)
			return err
		}
	}
	return errParameter.With("booking_id: from a quarter of an hour before a booking to its end one can check in")
}

// Release gives the rest of a booking back while it lasts. The window that has begun stays taken.
func (s *Service) Release(tx *store.Tx, by access.Caller, bookingID string) error {
	list, _, err := s.mine(tx, by, bookingID)
	if err != nil {
		return err
	}
	now := tx.Now().Unix()
	for _, b := range list {
		if b.Status == Booked && b.Start <= now && now < b.End {
			ends := min(b.End, now-now%window+window)
			_, err := tx.Exec(`UPDATE meeting_booking SET ends = ?, release_at = 0 WHERE no = ? AND corpid = ?`, ends, b.No, b.CorpID)
			return err
		}
	}
	return errParameter.With("booking_id: only while a booking lasts can it be released; cancel it before")
}

// Decide moves a booking that needs approval on: to Approving, to Booked, or to Cancelled.
func (s *Service) Decide(ctx context.Context, tx *store.Tx, by access.Caller, bookingID string, to Status) error {
	list, _, err := s.bookings(tx, by.CorpID, bookingID)
	if err != nil {
		return err
	}
	b := list[0]
	if b.Status != Asked && b.Status != Approving || to < Booked || to > Approving || to == Asked {
		return errParameter.With("status: 0 approved, 1 refused or 3 being approved expected, of a booking that waits for it")
	}
	if to == Cancelled {
		if err := s.free(tx, b); err != nil {
			return err
		}
		return s.tell(ctx, tx, by, roomCancelled, b)
	}
	rooms, err := selectRooms(tx, `corpid = ? AND no = ?`, b.CorpID, b.Room)
	if err != nil || len(rooms) == 0 {
		return err
	}
	if err := setRelease(tx, b, rooms[0].releaseAt(b, tx.Now().Unix())); err != nil { // it may have begun meanwhile
		return err
	}
	return setStatus(tx, b, to)
}

// Mine returns what a member has booked and that is not over, the next first.
func (s *Service) Mine(tx *store.Tx, corpID string, user id.UserID) ([]Booking, error) {
	return selectBookings(tx, `corpid = ? AND lower(booker) = ? AND status <> 1 AND ends > ? ORDER BY starts LIMIT 200`, corpID, user.Key(), tx.Now().Unix())
}

package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Room returns a room of the corp.
func (s *Service) Room(tx *store.Tx, corpID string, roomID int64) (Room, error) {
	return s.room(tx, corpID, roomID)
}

// CancelAsAdmin cancels a booking, or a series, of whomever it is; its schedule stays. The corp's applications are
// told.
func (s *Service) CancelAsAdmin(ctx context.Context, tx *store.Tx, by access.Caller, bookingID string) error {
	list, se, err := s.bookings(tx, by.CorpID, bookingID)
	if err != nil {
		return err
	}
	return s.cancelBookings(ctx, tx, by, list, se, Cancellation{BookingID: bookingID, KeepSchedule: true})
}

// Subjects returns what bookings are about: the texts of their schedules, by schedule_id.
func (s *Service) Subjects(tx *store.Tx, corpID string, list []Booking) (map[string]string, error) {
	out := map[string]string{}
	for _, b := range list {
		if _, known := out[b.ScheduleID]; known {
			continue
		}
		sch, _, err := s.deps.Calendars.Find(tx, corpID, b.ScheduleID)
		if err != nil {
			return nil, err
		}
		out[b.ScheduleID] = sch.Summary
	}
	return out, nil
}

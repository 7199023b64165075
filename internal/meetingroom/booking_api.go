package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) bookingEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("get_booking_info", 93620, wire.Read(s.getBookingInfo)),
		endpoint("book", 93620, wire.Write(s.book)),
		endpoint("book_by_schedule", 93620, wire.Write(s.bookBySchedule)),
		endpoint("book_by_meeting", 93620, wire.Write(s.bookByMeeting)),
		endpoint("cancel_book", 93620, wire.Write(s.cancelBook)),
		endpoint("bookinfo/get", 93620, wire.Read(s.bookinfoGet)),
	}
}

type (
	getBookingInfoRequest struct {
		ID       int64  `json:"meetingroom_id"`
		Start    int64  `json:"start_time"`
		End      int64  `json:"end_time"`
		City     string `json:"city"`
		Building string `json:"building"`
		Floor    string `json:"floor"`
	}
	listedBooking struct {
		ID         string    `json:"booking_id"`
		ScheduleID string    `json:"schedule_id"`
		Start      int64     `json:"start_time"`
		End        int64     `json:"end_time"`
		Booker     id.UserID `json:"booker"`
		Status     Status    `json:"status"`
	}
	roomBookings struct {
		ID       int64           `json:"meetingroom_id"`
		Schedule []listedBooking `json:"schedule"`
	}
	getBookingInfoResponse struct {
		List []roomBookings `json:"booking_list"`
	}
)

func (s *Service) getBookingInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getBookingInfoRequest) (resp getBookingInfoResponse, err error) {
	list, err := s.Bookings(tx, by.CorpID, Query{RoomFilter{ID: req.ID, City: req.City, Building: req.Building, Floor: req.Floor}, req.Start, req.End})
	for _, r := range list {
		one := roomBookings{ID: r.RoomID}
		for _, b := range r.Bookings {
			one.Schedule = append(one.Schedule, listedBooking{b.ID, b.ScheduleID, b.Start, b.End, b.Booker, b.Status})
		}
		resp.List = append(resp.List, one)
	}
	return resp, err
}

type (
	bookRequest struct {
		ID        int64       `json:"meetingroom_id"`
		Subject   string      `json:"subject"`
		Start     int64       `json:"start_time"`
		End       int64       `json:"end_time"`
		Booker    id.UserID   `json:"booker"`
		Attendees []id.UserID `json:"attendees"`
	}
	bookResponse struct {
		BookingID  string `json:"booking_id"`
		ScheduleID string `json:"schedule_id"`
	}
)

func (s *Service) book(ctx context.Context, tx *store.Tx, by access.Caller, req bookRequest) (bookResponse, error) {
	b, err := s.Book(ctx, tx, by, Wish{req.ID, req.Subject, req.Start, req.End, req.Booker, req.Attendees})
	return bookResponse{b.ID, b.ScheduleID}, err
}

type (
	bookByScheduleRequest struct {
		ID         int64     `json:"meetingroom_id"`
		ScheduleID string    `json:"schedule_id"`
		Booker     id.UserID `json:"booker"`
	}
	bookByScheduleResponse struct {
		BookingID string  `json:"booking_id"`
		Conflicts []int64 `json:"conflict_date"`
	}
)

func (s *Service) bookBySchedule(ctx context.Context, tx *store.Tx, by access.Caller, req bookByScheduleRequest) (resp bookByScheduleResponse, err error) {
	resp.BookingID, resp.Conflicts, err = s.BookSchedule(ctx, tx, by, req.ID, req.ScheduleID, req.Booker)
	return resp, err
}

type bookByMeetingRequest struct {
	ID        int64     `json:"meetingroom_id"`
	MeetingID string    `json:"meetingid"`
	Booker    id.UserID `json:"booker"`
}

func (s *Service) bookByMeeting(ctx context.Context, tx *store.Tx, by access.Caller, req bookByMeetingRequest) (resp bookByScheduleResponse, err error) {
	resp.BookingID, resp.Conflicts, err = s.BookMeeting(ctx, tx, by, req.ID, req.MeetingID, req.Booker)
	return resp, err
}

type cancelBookRequest struct {
	BookingID string `json:"booking_id"`
	Keep      int64  `json:"keep_schedule"`
	Day       int64  `json:"cancel_date"`
}

func (s *Service) cancelBook(ctx context.Context, tx *store.Tx, by access.Caller, req cancelBookRequest) (wire.None, error) {
	return wire.None{}, s.CancelBooking(ctx, tx, by, Cancellation{req.BookingID, req.Keep != 0, req.Day})
}

type (
	bookinfoGetRequest struct {
		ID        int64  `json:"meetingroom_id"`
		BookingID string `json:"booking_id"`
	}
	shownBooking struct {
		ID         string    `json:"booking_id"`
		SeriesID   string    `json:"master_booking_id,omitempty"`
		ScheduleID string    `json:"schedule_id"`
		Start      int64     `json:"start_time"`
		End        int64     `json:"end_time"`
		Booker     id.UserID `json:"booker"`
		Status     Status    `json:"status"`
	}
	bookinfoGetResponse struct {
		ID       int64        `json:"meetingroom_id"`
		Schedule shownBooking `json:"schedule"`
	}
)

func (s *Service) bookinfoGet(ctx context.Context, tx *store.Tx, by access.Caller, req bookinfoGetRequest) (resp bookinfoGetResponse, err error) {
	b, err := s.BookingOf(tx, by.CorpID, req.ID, req.BookingID)
	return bookinfoGetResponse{req.ID, shownBooking{b.ID, b.SeriesID, b.ScheduleID, b.Start, b.End, b.Booker, b.Status}}, err
}

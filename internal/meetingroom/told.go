package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The kinds of event (doc 95333): what members do. The meeting rooms' application and those that may make its
// calls are told.
const (
	roomBooked    = "book_meeting_room"
	roomCancelled = "cancel_meeting_room"
)

type kinds map[string]*event.Kind[Happened]

func (s *Service) declare(l *event.Log) kinds {
	out := kinds{}
	for _, name := range []string{roomBooked, roomCancelled} {
		out[name] = event.Declare(l, event.Declaration{
			Name: name, Doc: 95333, Identity: []string{"BookingId"},
			Receivers: event.Receivers{access.MeetingRoom: event.Full, access.SelfBuilt: event.Full},
			Only: func(to access.Caller) bool {
				return to.Kind == access.MeetingRoom || to.MayCallOf(access.MeetingRoom)
			},
		}, func() Happened {
			return Happened{Event: name, By: "zhangsan", RoomID: 1, BookingID: "bk0123456789abcdef0123AAA"}
		})
	}
	return out
}

// Happened is what a member did.
type Happened struct {
	Event     string
	By        id.UserID
	RoomID    int64
	BookingID string
}

// Subject names the booking.
func (h Happened) Subject() string { return h.BookingID }

// Push writes the event.
func (h Happened) Push(*store.Tx, event.Audience) ([]event.Push, error) {
	var f event.Fields
	if h.Event == roomBooked {
		f.Int("MeetingRoomId", h.RoomID)
	}
	f.Text("BookingId", h.BookingID)
	if h.Event == roomCancelled {
		f.Int("MeetingRoomId", h.RoomID)
	}
	return []event.Push{{Event: h.Event, From: h.By, Fields: f}}, nil
}

// tell records what a member or an administrator did. What applications do is told to nobody.
func (s *Service) tell(ctx context.Context, tx *store.Tx, by access.Caller, name string, b Booking) error {
	if by.Kind != access.Member && by.Kind != access.Admin {
		return nil
	}
	return s.kinds[name].Record(ctx, tx, by, Happened{Event: name, By: by.UserID, RoomID: b.RoomID, BookingID: b.ID})
}

package meetingroom

import (
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns what the member's page asks for.
func (s *Service) Routes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/meetingrooms", Handler: phone(s.phoneRooms)},
		{Pattern: "GET /phone/api/bookings", Handler: phone(s.phoneBookings)},
		{Pattern: "POST /phone/api/bookings", Handler: phone(s.phoneBook)},
		{Pattern: "POST /phone/api/bookings/{id}/{step}", Handler: phone(s.phoneStep)},
	}
}

type (
	phoneTaken struct {
		Start int64 `json:"start_time"`
		End   int64 `json:"end_time"`
	}
	phoneRoom struct {
		ID        int64        `json:"meetingroom_id"`
		Name      string       `json:"name"`
		Place     string       `json:"place"`
		Capacity  int64        `json:"capacity"`
		Equipment []int64      `json:"equipment"`
		Approval  bool         `json:"need_approval"`
		Taken     []phoneTaken `json:"taken"`
	}
	phoneBooking struct {
		ID        string   `json:"booking_id"`
		RoomID    int64    `json:"meetingroom_id"`
		Series    string   `json:"series_id"` // of one for a schedule that repeats
		Room      string   `json:"room"`
		Place     string   `json:"place"`
		Subject   string   `json:"subject"`
		Start     int64    `json:"start_time"`
		End       int64    `json:"end_time"`
		Status    Status   `json:"status"`
		CheckedIn int64    `json:"checked_in"`
		ReleaseAt int64    `json:"release_at"` // when it is given back unless the booker checks in; 0 for never
		Steps     []string `json:"steps"`      // that the member may take
	}
	phoneBook struct {
		RoomID    int64       `json:"meetingroom_id"`
		Subject   string      `json:"subject"`
		Start     int64       `json:"start_time"`
		End       int64       `json:"end_time"`
		Attendees []id.UserID `json:"attendees"`
	}
)

// phoneRooms answers the rooms that the member may book, and when they are taken on the day of a time.
func (s *Service) phoneRooms(r *http.Request, sess login.Session) (any, error) {
	at, err := door.Number(r, "day")
	if err != nil {
		return nil, err
	}
	out := []phoneRoom{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		if at == 0 {
			at = tx.Now().Unix()
		}
		rooms, err := s.Rooms(tx, sess.CorpID, RoomFilter{})
		if err != nil {
			return err
		}
		for _, room := range rooms {
			in, err := s.deps.Directory.InRange(tx, sess.CorpID, room.bookers(), sess.Member)
			if err != nil {
				return err
			}
			if !in || room.Disabled {
				continue
			}
			one := phoneRoom{room.ID, room.Name, room.place(), room.Capacity, append([]int64{}, room.Equipment...), room.Approval, []phoneTaken{}}
			list, err := s.Bookings(tx, sess.CorpID, Query{RoomFilter{ID: room.ID}, dayOf(at), dayOf(at) + 86400})
			if err != nil {
				return err
			}
			for _, b := range list[0].Bookings {
				one.Taken = append(one.Taken, phoneTaken{b.Start, b.End})
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

func (s *Service) phoneBookings(r *http.Request, sess login.Session) (any, error) {
	out := []phoneBooking{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Mine(tx, sess.CorpID, sess.Member.UserID)
		if err != nil {
			return err
		}
		about, err := s.Subjects(tx, sess.CorpID, list)
		if err != nil {
			return err
		}
		rooms := map[int64]Room{}
		for _, b := range list {
			r, known := rooms[b.RoomID]
			if !known {
				if r, err = s.room(tx, sess.CorpID, b.RoomID); err != nil {
					return err
				}
				rooms[b.RoomID] = r
			}
			out = append(out, phoneBooking{b.ID, b.RoomID, b.SeriesID, r.Name, r.place(), about[b.ScheduleID], b.Start, b.End, b.Status, b.CheckedIn, b.ReleaseAt, b.steps(tx.Now().Unix())})
		}
		return nil
	})
	return out, err
}

// steps returns what the booker may do to a booking now.
func (b Booking) steps(now int64) []string {
	out := []string{}
	if b.Status == Booked && b.CheckedIn == 0 && b.Start-late <= now && now < b.End {
		out = append(out, "checkin")
	}
	if b.Start > now || b.Status != Booked {
		return append(out, "cancel")
	}
	if now-now%window+window < b.End { // the window that has begun stays taken
		out = append(out, "release")
	}
	return out
}

func (s *Service) phoneBook(r *http.Request, sess login.Session) (out any, err error) {
	var req phoneBook
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, errParameter.With("a JSON object expected: %v", err)
	}
	err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		b, err := s.BookAsMember(r.Context(), tx, access.MemberOf(sess.CorpID, sess.Member.UserID), Wish{RoomID: req.RoomID, Subject: req.Subject, Start: req.Start, End: req.End, Attendees: req.Attendees})
		out = bookResponse{b.ID, b.ScheduleID}
		return err
	})
	return out, err
}

func (s *Service) phoneStep(r *http.Request, sess login.Session) (any, error) {
	by, bookingID := access.MemberOf(sess.CorpID, sess.Member.UserID), r.PathValue("id")
	return nothing{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		switch r.PathValue("step") {
		case "cancel":
			return s.CancelAsMember(r.Context(), tx, by, Cancellation{BookingID: bookingID})
		case "checkin":
			return s.CheckIn(tx, by, bookingID)
		case "release":
			return s.Release(tx, by, bookingID)
		}
		return door.ErrNotFound
	})
}

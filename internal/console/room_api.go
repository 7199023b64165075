package console

import (
	"cmp"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/meetingroom"
	"qiwei/internal/store"
)

// Meeting rooms (会议室) as their administrators have them: the rooms, and who has booked them on a day.

func (s *Service) roomCalls() []call {
	return []call{
		{pattern: "GET /console/api/rooms", right: readCorp, handle: s.listRooms},
		{pattern: "POST /console/api/rooms", right: editCorp, handle: s.addRoom},
		{pattern: "PUT /console/api/rooms/{room}", right: editCorp, handle: s.updateRoom},
		{pattern: "DELETE /console/api/rooms/{room}", right: editCorp, handle: s.deleteRoom},
		{pattern: "GET /console/api/bookings", right: readCorp, handle: s.listBookings},
		{pattern: "POST /console/api/bookings/{booking}/decide", right: editCorp, handle: s.decideBooking},
		{pattern: "DELETE /console/api/bookings/{booking}", right: editCorp, handle: s.cancelBooking},
	}
}

type roomForm struct {
	ID int64 `json:"id,omitempty"`
	meetingroom.Room
	Range   *rangeDetail `json:"range,omitempty"` // who may book it, with names; empty for everybody
	Version string       `json:"version,omitempty"`
}

func (s *Service) listRooms(v *visit) (any, error) {
	out := []roomForm{}
	return map[string]any{"rooms": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Rooms.Rooms(tx, v.corpID, meetingroom.RoomFilter{})
		for _, r := range list {
			who, err := v.named(tx, access.Range{Members: r.Users, Departments: r.Parties})
			if err != nil {
				return err
			}
			out = append(out, roomForm{r.ID, r, who, digest(r)})
		}
		return err
	})
}

func (s *Service) addRoom(v *visit) (any, error) {
	var req roomForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Rooms.AddRoom(v.ctx(), tx, v.by, req.Room)
		return done{"room.create", req.Name, map[string]any{"id": made}}, err
	})
	return map[string]int64{"id": made}, err
}

// room returns the room that the path names.
func (v *visit) room(tx *store.Tx) (meetingroom.Room, error) {
	no, err := v.number("room")
	if err != nil {
		return meetingroom.Room{}, err
	}
	r, err := v.s.deps.Rooms.Room(tx, v.corpID, no)
	if err != nil {
		err = errGone
	}
	return r, err
}

func (s *Service) updateRoom(v *visit) (any, error) {
	var req roomForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		now, err := v.room(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != digest(now) {
			return done{}, errStale
		}
		r := req.Room
		u := meetingroom.RoomUpdate{ID: now.ID, Name: &r.Name, Capacity: &r.Capacity, Equipment: &r.Equipment, Latitude: &r.Latitude, Longitude: &r.Longitude,
			City: &r.City, Building: &r.Building, Floor: &r.Floor, Range: true, Users: r.Users, Parties: r.Parties, Approval: &r.Approval, Disabled: &r.Disabled, ReleaseAfter: &r.ReleaseAfter}
		return done{"room.update", r.Name, map[string]any{"id": now.ID}}, s.deps.Rooms.UpdateRoom(v.ctx(), tx, v.by, u)
	})
}

func (s *Service) deleteRoom(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		r, err := v.room(tx)
		if err != nil {
			return done{}, err
		}
		return done{"room.delete", r.Name, map[string]any{"id": r.ID}}, s.deps.Rooms.DeleteRoom(v.ctx(), tx, v.by, r.ID)
	})
}

type bookingLine struct {
	ID        string             `json:"booking_id"`
	Room      int64              `json:"room"`
	Subject   string             `json:"subject"`
	Booker    id.UserID          `json:"userid"`
	Name      string             `json:"name"`
	Start     int64              `json:"start"`
	End       int64              `json:"end"`
	Status    meetingroom.Status `json:"status"`
	CheckedIn int64              `json:"checked_in"`
	Series    bool               `json:"series"`
}

// listBookings answers what is booked from one time of a day to another.
func (s *Service) listBookings(v *visit) (any, error) {
	var q meetingroom.Query
	var err error
	if q.From, err = v.number("from"); err != nil {
		return nil, err
	}
	if q.To, err = v.number("to"); err != nil {
		return nil, err
	}
	out := []bookingLine{}
	return map[string]any{"bookings": &out}, v.look(func(tx *store.Tx) error {
		rooms, err := s.deps.Rooms.Bookings(tx, v.corpID, q)
		if err != nil {
			return err
		}
		var all []meetingroom.Booking
		var users []id.UserID
		for _, r := range rooms {
			all = append(all, r.Bookings...)
		}
		for _, b := range all {
			users = append(users, b.Booker)
		}
		about, err := s.deps.Rooms.Subjects(tx, v.corpID, all)
		if err != nil {
			return err
		}
		names, err := s.deps.Directory.NamesOf(tx, v.corpID, users)
		for _, b := range all {
			out = append(out, bookingLine{b.ID, b.RoomID, about[b.ScheduleID], b.Booker, cmp.Or(names[b.Booker.Key()], string(b.Booker)), b.Start, b.End, b.Status, b.CheckedIn, b.Series != 0})
		}
		return err
	})
}

func (s *Service) decideBooking(v *visit) (any, error) {
	var req struct {
		Approve bool `json:"approve"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		bookingID, to := v.r.PathValue("booking"), meetingroom.Cancelled
		if req.Approve {
			to = meetingroom.Booked
		}
		return done{"booking.decide", bookingID, map[string]any{"approve": req.Approve}}, s.deps.Rooms.Decide(v.ctx(), tx, v.by, bookingID, to)
	})
}

func (s *Service) cancelBooking(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		bookingID := v.r.PathValue("booking")
		return done{"booking.cancel", bookingID, nil}, s.deps.Rooms.CancelAsAdmin(v.ctx(), tx, v.by, bookingID)
	})
}

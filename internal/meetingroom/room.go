package meetingroom

import (
	"context"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Room is a meeting room.
type Room struct {
	No     int64  `json:"-"`
	CorpID string `json:"-"`
	ID     int64  `json:"-"`

	Name      string      `json:"name"`
	Capacity  int64       `json:"capacity"`
	City      string      `json:"city,omitempty"`
	Building  string      `json:"building,omitempty"`
	Floor     string      `json:"floor,omitempty"`
	Equipment []int64     `json:"equipment,omitempty"`
	Latitude  string      `json:"latitude,omitempty"`
	Longitude string      `json:"longitude,omitempty"`
	Users     []id.UserID `json:"users,omitempty"` // who may book it, besides the departments; everybody if both are empty
	Parties   []int64     `json:"parties,omitempty"`
	// Approval has members ask for it; the API books only rooms without. Disabled takes it out of use. Both are
	// set by administrators.
	Approval bool `json:"approval,omitempty"`
	Disabled bool `json:"disabled,omitempty"`
	// ReleaseAfter is how many minutes after its beginning a booking is given back to which nobody has checked in;
	// 0 for never.
	ReleaseAfter int64 `json:"release_after,omitempty"`
}

// Limits of rooms (doc 93619).
const (
	maxName      = 30 // characters
	maxUsers     = 1000
	maxParties   = 1000
	maxPlace     = 64 // characters of a city, a building or a floor; unverified
	maxCapacity  = 1_000_000
	mostMinutes  = 120 // minutes; ours
	maxEquipment = 5   // the last kind: 1 television, 2 telephone, 3 projector, 4 whiteboard, 5 video
)

func (r Room) valid() error {
	switch n := utf8.RuneCountInString(r.Name); {
	case n < 1 || n > maxName:
		return errParameter.With("name: 1 to %d characters expected", maxName)
	case r.Capacity < 1 || r.Capacity > maxCapacity:
		return errParameter.With("capacity: 1 to %d people expected", maxCapacity)
	case (r.City == "") != (r.Building == "") || (r.City == "") != (r.Floor == ""):
		return errParameter.With("city, building and floor: all three or none expected")
	case (r.Latitude == "") != (r.Longitude == ""):
		return errParameter.With("coordinate: latitude and longitude expected")
	case r.Latitude != "" && r.City == "":
		return errParameter.With("coordinate: city, building and floor are needed with it")
	case r.Latitude != "" && (!degrees(r.Latitude, 90) || !degrees(r.Longitude, 180)):
		return errParameter.With("coordinate: degrees such as \"22.540503\" expected")
	case r.ReleaseAfter < 0 || r.ReleaseAfter > mostMinutes:
		return errParameter.With("release_after: 0 to %d minutes expected", mostMinutes)
	case len(r.Users) > maxUsers:
		return errParameter.With("range.user_list: at most %d members expected", maxUsers)
	case len(r.Parties) > maxParties:
		return errParameter.With("range.department_list: at most %d departments expected", maxParties)
	}
	for _, place := range []string{r.City, r.Building, r.Floor} {
		if utf8.RuneCountInString(place) > maxPlace {
			return errParameter.With("city, building and floor: at most %d characters expected", maxPlace)
		}
	}
	for i, e := range r.Equipment {
		if e < 1 || e > maxEquipment {
			return errParameter.With("equipment[%d]: 1 to %d expected", i, maxEquipment)
		}
	}
	return nil
}

// bookers is the range of those who may book the room.
func (r Room) bookers() access.Range {
	if len(r.Users) == 0 && len(r.Parties) == 0 {
		return access.Everything()
	}
	return access.Range{Members: r.Users, Departments: r.Parties}
}

// place returns where the room is, for a schedule.
func (r Room) place() string {
	if r.City == "" {
		return r.Name
	}
	return r.Building + " " + r.Floor + " " + r.Name
}

// settle checks a room and replaces the members of its range by those whom the directory has.
func (s *Service) settle(tx *store.Tx, by access.Caller, r *Room) error {
	if err := r.valid(); err != nil {
		return err
	}
	r.Equipment = slices.Compact(slices.Sorted(slices.Values(r.Equipment)))
	known, err := s.deps.Directory.Named(tx, by, id.Texts(r.Users))
	if err != nil {
		return err
	}
	users := r.Users
	r.Users = nil
	for i, u := range users {
		m, ok := known[u.Key()]
		if !ok {
			return directory.ErrMemberNotFound.With("range.user_list[%d]: %q is no enabled member whom the application sees", i, u)
		}
		if !slices.Contains(r.Users, m.UserID) {
			r.Users = append(r.Users, m.UserID)
		}
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, r.Parties)
	for i, p := range r.Parties {
		if err == nil && !seen[p] {
			err = directory.ErrDepartmentNotFound.With("range.department_list[%d]: %d is no department that the application sees", i, p)
		}
	}
	return err
}

// AddRoom adds a room and returns its number. Doc 93619.
func (s *Service) AddRoom(ctx context.Context, tx *store.Tx, by access.Caller, r Room) (int64, error) {
	if err := s.settle(tx, by, &r); err != nil {
		return 0, err
	}
	r.CorpID = by.CorpID
	return insertRoom(tx, r)
}

// RoomUpdate changes what is not nil of a room.
type RoomUpdate struct {
	ID                          int64
	Name, City, Building, Floor *string
	Capacity                    *int64
	Equipment                   *[]int64
	Latitude, Longitude         *string
	Range                       bool // Users and Parties replace the range
	Users                       []id.UserID
	Parties                     []int64
	Approval, Disabled          *bool
	ReleaseAfter                *int64
}

// room returns a room of the corp.
func (s *Service) room(tx *store.Tx, corpID string, roomID int64) (Room, error) {
	list, err := selectRooms(tx, `corpid = ? AND room_id = ? AND deleted = 0`, corpID, roomID)
	if err == nil && len(list) == 0 {
		err = errParameter.With("meetingroom_id: there is no room %d", roomID)
	}
	if err != nil {
		return Room{}, err
	}
	return list[0], nil
}

// UpdateRoom changes a room. Doc 93619.
func (s *Service) UpdateRoom(ctx context.Context, tx *store.Tx, by access.Caller, u RoomUpdate) error {
	r, err := s.room(tx, by.CorpID, u.ID)
	if err != nil {
		return err
	}
	old := r
	for to, from := range map[*string]*string{&r.Name: u.Name, &r.City: u.City, &r.Building: u.Building, &r.Floor: u.Floor, &r.Latitude: u.Latitude, &r.Longitude: u.Longitude} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*bool]*bool{&r.Approval: u.Approval, &r.Disabled: u.Disabled} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*int64]*int64{&r.Capacity: u.Capacity, &r.ReleaseAfter: u.ReleaseAfter} {
		if from != nil {
			*to = *from
		}
	}
	if u.Equipment != nil {
		r.Equipment = *u.Equipment
	}
	if u.Range {
		r.Users, r.Parties = u.Users, u.Parties
	}
	moves := u.City != nil || u.Building != nil || u.Floor != nil
	if moves && (u.City == nil || u.Building == nil || u.Floor == nil) {
		return errParameter.With("city, building and floor: all three expected to change where the room is")
	}
	if old.Latitude != "" && old.Building == r.Building && old.City == r.City && (old.Latitude != r.Latitude || old.Longitude != r.Longitude) {
		return errParameter.With("coordinate: that of a building stays (doc 93619)")
	}
	if u.Range { // those of before may have left, which is no mistake of this call
		err = s.settle(tx, by, &r)
	} else {
		err = r.valid()
	}
	if err != nil {
		return err
	}
	if r.ReleaseAfter != old.ReleaseAfter {
		if err := setReleases(tx, r); err != nil {
			return err
		}
	}
	return updateRoom(tx, r)
}

// RoomFilter selects rooms. A zero field selects nothing.
type RoomFilter struct {
	ID                    int64
	City, Building, Floor string
	Equipment             []int64 // all of it
}

func (f RoomFilter) valid() error {
	if f.Building != "" && f.City == "" || f.Floor != "" && f.Building == "" {
		return errParameter.With("building needs city, and floor needs building")
	}
	return nil
}

// Rooms returns the corp's rooms in the order of their numbers. Doc 93619.
func (s *Service) Rooms(tx *store.Tx, corpID string, f RoomFilter) ([]Room, error) {
	if err := f.valid(); err != nil {
		return nil, err
	}
	where, args := `corpid = ? AND deleted = 0`, []any{corpID}
	for _, column := range []struct{ name, value string }{{"city", f.City}, {"building", f.Building}, {"floor", f.Floor}} {
		if column.value != "" {
			where, args = where+` AND `+column.name+` = ?`, append(args, column.value)
		}
	}
	if f.ID != 0 {
		where, args = where+` AND room_id = ?`, append(args, f.ID)
	}
	list, err := selectRooms(tx, where+` ORDER BY room_id`, args...)
	return slices.DeleteFunc(list, func(r Room) bool {
		return slices.ContainsFunc(f.Equipment, func(e int64) bool { return !slices.Contains(r.Equipment, e) })
	}), err
}

// DeleteRoom deletes a room and cancels its bookings. Doc 93619.
func (s *Service) DeleteRoom(ctx context.Context, tx *store.Tx, by access.Caller, roomID int64) error {
	r, err := s.room(tx, by.CorpID, roomID)
	if err != nil {
		return err
	}
	if err := lockRoom(tx, r); err != nil {
		return err
	}
	list, err := selectBookings(tx, `corpid = ? AND room = ? AND status <> 1`, r.CorpID, r.No)
	if err != nil {
		return err
	}
	for _, b := range list {
		if err := s.free(tx, b); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE meeting_series SET cancelled = 1 WHERE corpid = ? AND room = ?`, r.CorpID, r.No); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE meeting_room SET deleted = 1 WHERE corpid = ? AND no = ?`, r.CorpID, r.No)
	return err
}

package meetingroom

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) roomEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add", 93619, wire.Write(s.add)),
		endpoint("list", 93619, wire.Read(s.list)),
		endpoint("edit", 93619, wire.Write(s.edit)),
		endpoint("del", 93619, wire.Write(s.del)),
	}
}

type (
	coordinate struct {
		Latitude  string `json:"latitude"`
		Longitude string `json:"longitude"`
	}
	bookers struct {
		Users   []id.UserID `json:"user_list"`
		Parties []int64     `json:"department_list"`
	}
	addRequest struct {
		Name       string     `json:"name"`
		Capacity   int64      `json:"capacity"`
		City       string     `json:"city"`
		Building   string     `json:"building"`
		Floor      string     `json:"floor"`
		Equipment  []int64    `json:"equipment"`
		Coordinate coordinate `json:"coordinate"`
		Range      bookers    `json:"range"`
	}
	addResponse struct {
		ID int64 `json:"meetingroom_id"`
	}
)

func (s *Service) add(ctx context.Context, tx *store.Tx, by access.Caller, req addRequest) (resp addResponse, err error) {
	resp.ID, err = s.AddRoom(ctx, tx, by, Room{
		Name: req.Name, Capacity: req.Capacity, City: req.City, Building: req.Building, Floor: req.Floor, Equipment: req.Equipment,
		Latitude: req.Coordinate.Latitude, Longitude: req.Coordinate.Longitude, Users: req.Range.Users, Parties: req.Range.Parties,
	})
	return resp, err
}

type (
	listRequest struct {
		City      string  `json:"city"`
		Building  string  `json:"building"`
		Floor     string  `json:"floor"`
		Equipment []int64 `json:"equipment"`
	}
	shownRoom struct {
		ID         int64       `json:"meetingroom_id"`
		Name       string      `json:"name"`
		Capacity   int64       `json:"capacity"`
		City       string      `json:"city,omitempty"`
		Building   string      `json:"building,omitempty"`
		Floor      string      `json:"floor,omitempty"`
		Equipment  []int64     `json:"equipment"`
		Coordinate *coordinate `json:"coordinate,omitempty"`
		Approval   int64       `json:"need_approval"`
		Range      *bookers    `json:"range,omitempty"` // for the meeting rooms' application only (doc 93619)
	}
	listResponse struct {
		Rooms []shownRoom `json:"meetingroom_list"`
	}
)

func (s *Service) list(ctx context.Context, tx *store.Tx, by access.Caller, req listRequest) (resp listResponse, err error) {
	list, err := s.Rooms(tx, by.CorpID, RoomFilter{City: req.City, Building: req.Building, Floor: req.Floor, Equipment: req.Equipment})
	for _, r := range list {
		one := shownRoom{ID: r.ID, Name: r.Name, Capacity: r.Capacity, City: r.City, Building: r.Building, Floor: r.Floor, Equipment: r.Equipment}
		if r.Latitude != "" {
			one.Coordinate = &coordinate{r.Latitude, r.Longitude}
		}
		if r.Approval {
			one.Approval = 1
		}
		if by.Kind == access.MeetingRoom && (len(r.Users) > 0 || len(r.Parties) > 0) {
			one.Range = &bookers{r.Users, r.Parties}
		}
		resp.Rooms = append(resp.Rooms, one)
	}
	return resp, err
}

type editRequest struct {
	ID         int64       `json:"meetingroom_id"`
	Name       *string     `json:"name"`
	Capacity   *int64      `json:"capacity"`
	City       *string     `json:"city"`
	Building   *string     `json:"building"`
	Floor      *string     `json:"floor"`
	Equipment  *[]int64    `json:"equipment"`
	Coordinate *coordinate `json:"coordinate"`
	Range      *bookers    `json:"range"`
}

func (s *Service) edit(ctx context.Context, tx *store.Tx, by access.Caller, req editRequest) (wire.None, error) {
	u := RoomUpdate{ID: req.ID, Name: req.Name, Capacity: req.Capacity, City: req.City, Building: req.Building, Floor: req.Floor, Equipment: req.Equipment}
	if req.Coordinate != nil {
		u.Latitude, u.Longitude = &req.Coordinate.Latitude, &req.Coordinate.Longitude
	}
	if req.Range != nil {
		u.Range, u.Users, u.Parties = true, req.Range.Users, req.Range.Parties
	}
	return wire.None{}, s.UpdateRoom(ctx, tx, by, u)
}

type delRequest struct {
	ID int64 `json:"meetingroom_id"`
}

func (s *Service) del(ctx context.Context, tx *store.Tx, by access.Caller, req delRequest) (wire.None, error) {
	return wire.None{}, s.DeleteRoom(ctx, tx, by, req.ID)
}

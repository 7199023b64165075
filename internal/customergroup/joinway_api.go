package customergroup

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) wayEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "groupchat/add_join_way", 92229, wire.Write(s.addJoinWay), permitWays),
		customer.Endpoint("POST", "groupchat/get_join_way", 92229, wire.Read(s.getJoinWay), permitWays),
		customer.Endpoint("POST", "groupchat/update_join_way", 92229, wire.Write(s.updateJoinWay), permitWays),
		customer.Endpoint("POST", "groupchat/del_join_way", 92229, wire.Write(s.delJoinWay), permitWays),
	}
}

// waySettings are the fields of two requests.
type waySettings struct {
	Scene      int64       `json:"scene"`
	Remark     string      `json:"remark"`
	AutoCreate *int64      `json:"auto_create_room"`
	RoomName   string      `json:"room_base_name"`
	RoomNumber int64       `json:"room_base_id"`
	Chats      []id.ChatID `json:"chat_id_list"`
	State      string      `json:"state"`
	MarkSource *bool       `json:"mark_source"` // counts for applications that acquire customers alone
}

func (w waySettings) settings() (WaySettings, error) {
	out := WaySettings{Scene: w.Scene, Remark: w.Remark, AutoCreate: true, RoomName: w.RoomName, RoomNumber: w.RoomNumber, State: w.State, MarkSource: true}
	if w.AutoCreate != nil {
		if *w.AutoCreate != 0 && *w.AutoCreate != 1 {
			return out, wire.ErrParameter.With("auto_create_room: 0 or 1 expected, %d given", *w.AutoCreate)
		}
		out.AutoCreate = *w.AutoCreate == 1
	}
	if w.MarkSource != nil {
		out.MarkSource = *w.MarkSource
	}
	return out, nil
}

type configIDAnswer struct {
	ConfigID string `json:"config_id"`
}

func (s *Service) addJoinWay(ctx context.Context, tx *store.Tx, by access.Caller, req waySettings) (resp configIDAnswer, err error) {
	settings, err := req.settings()
	if err != nil {
		return resp, err
	}
	w, err := s.CreateWay(tx, by, settings, req.Chats)
	return configIDAnswer{w.ConfigID}, err
}

type (
	configIDRequest struct {
		ConfigID string `json:"config_id"`
	}
	getJoinWayResponse struct {
		Way *wayAnswer `json:"join_way"`
	}
	wayAnswer struct {
		ConfigID   string      `json:"config_id"`
		Scene      int64       `json:"scene"`
		Remark     string      `json:"remark"`
		AutoCreate int64       `json:"auto_create_room"`
		RoomName   string      `json:"room_base_name"`
		RoomNumber int64       `json:"room_base_id"`
		Chats      []id.ChatID `json:"chat_id_list"`
		QRCode     string      `json:"qr_code"`
		State      string      `json:"state"`
		MarkSource bool        `json:"mark_source"`
	}
)

// getJoinWay answers the groups that the way was given and those that it has made (unverified).
func (s *Service) getJoinWay(ctx context.Context, tx *store.Tx, by access.Caller, req configIDRequest) (resp getJoinWayResponse, err error) {
	w, err := s.way(tx, by, req.ConfigID)
	if err != nil {
		return resp, err
	}
	resp.Way = &wayAnswer{ConfigID: w.ConfigID, Scene: w.Scene, Remark: w.Remark, AutoCreate: flag(w.AutoCreate), RoomName: w.RoomName, RoomNumber: w.RoomNumber,
		QRCode: s.QRCode(w), State: w.State, MarkSource: w.MarkSource}
	for _, no := range append(w.Chats, w.New...) {
		resp.Way.Chats = append(resp.Way.Chats, s.ChatID(no))
	}
	return resp, nil
}

// wayLink is where the code of a join way leads.
const wayLink = "/wechat/join/"

// QRCode returns what the code of a way says, or the address of its button in a mini program.
func (s *Service) QRCode(w Way) string { return s.deps.BaseURL() + wayLink + w.ConfigID }

type updateJoinWayRequest struct {
	ConfigID string `json:"config_id"`
	waySettings
}

func (s *Service) updateJoinWay(ctx context.Context, tx *store.Tx, by access.Caller, req updateJoinWayRequest) (none wire.None, err error) {
	settings, err := req.settings()
	if err != nil {
		return none, err
	}
	return none, s.UpdateWay(tx, by, req.ConfigID, settings, req.Chats)
}

func (s *Service) delJoinWay(ctx context.Context, tx *store.Tx, by access.Caller, req configIDRequest) (none wire.None, err error) {
	return none, s.DeleteWay(tx, by, req.ConfigID)
}

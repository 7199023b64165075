package archive

import (
	"context"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// archiver is the archive's own application: nobody else has its calls (doc 91614).
func archiver() access.Allow { return access.To(access.All, access.ChatArchive) }

func call(method, name string, doc, perMinute int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: method, Path: "/cgi-bin/msgaudit/" + name, Doc: doc, Allow: archiver(), Handle: h,
		Limit: wire.Limit{PerCorp: perMinute, Every: time.Minute},
	}
}

func (s *Service) permitEndpoints() []wire.Endpoint {
	return []wire.Endpoint{call("POST", "get_permit_user_list", 91614, 1000, wire.Read(s.getPermitUserList))}
}

type getPermitUserListRequest struct {
	Type Edition `json:"type"` // public SDKs send 0 where they mean all
}

type getPermitUserListResponse struct {
	IDs []id.UserID `json:"ids"`
}

func (s *Service) getPermitUserList(ctx context.Context, tx *store.Tx, by access.Caller, req getPermitUserListRequest) (resp getPermitUserListResponse, err error) {
	if req.Type < 0 || req.Type > Enterprise {
		return resp, wire.ErrParameter.With("type: 1, 2 or 3 expected")
	}
	resp.IDs, err = s.Permitted(tx, by.CorpID, req.Type)
	return resp, err
}

func (s *Service) agreeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		call("POST", "check_single_agree", 91782, 2500, wire.Read(s.checkSingleAgree)),
		call("POST", "check_room_agree", 91782, 1500, wire.Read(s.checkRoomAgree)),
	}
}

type (
	checkSingleAgreeRequest struct {
		Info []asked `json:"info"`
	}
	asked struct {
		UserID   id.UserID     `json:"userid"`
		External id.ExternalID `json:"exteranalopenid"` // the platform's spelling
	}
	checkSingleAgreeResponse struct {
		Info []singleAgree `json:"agreeinfo"`
	}
	singleAgree struct {
		ChangedAt int64         `json:"status_change_time"` // Unix seconds
		UserID    id.UserID     `json:"userid"`
		External  id.ExternalID `json:"exteranalopenid"`
		Answer    Answer        `json:"agree_status"`
	}
)

func (s *Service) checkSingleAgree(ctx context.Context, tx *store.Tx, by access.Caller, req checkSingleAgreeRequest) (resp checkSingleAgreeResponse, err error) {
	var pairs []Consent
	for _, a := range req.Info {
		pairs = append(pairs, Consent{UserID: a.UserID, External: a.External})
	}
	list, err := s.Answers(tx, by.CorpID, pairs)
	resp.Info = []singleAgree{}
	for _, c := range list {
		resp.Info = append(resp.Info, singleAgree{c.At.Unix(), c.UserID, c.External, c.Answer})
	}
	return resp, err
}

type (
	roomRequest struct {
		RoomID string `json:"roomid"`
	}
	checkRoomAgreeResponse struct {
		Info []roomAgree `json:"agreeinfo"`
	}
	roomAgree struct {
		ChangedAt int64         `json:"status_change_time"` // Unix seconds
		External  id.ExternalID `json:"exteranalopenid"`
		Answer    Answer        `json:"agree_status"`
	}
)

func (s *Service) checkRoomAgree(ctx context.Context, tx *store.Tx, by access.Caller, req roomRequest) (resp checkRoomAgreeResponse, err error) {
	list, err := s.RoomAnswers(tx, by.CorpID, req.RoomID)
	resp.Info = []roomAgree{}
	for _, c := range list {
		resp.Info = append(resp.Info, roomAgree{c.At.Unix(), c.External, c.Answer})
	}
	return resp, err
}

func (s *Service) groupEndpoints() []wire.Endpoint {
	return []wire.Endpoint{call("POST", "groupchat/get", 92951, 2000, wire.Read(s.groupchatGet))}
}

// ErrNotInner is answered for a room that is no internal group of the corp (doc 90313).
var ErrNotInner = wire.Code(301059, "only support inner room")

type (
	groupchatGetResponse struct {
		Name      string       `json:"roomname"`
		Creator   id.UserID    `json:"creator"`
		CreatedAt int64        `json:"room_create_time"` // Unix seconds
		Notice    string       `json:"notice"`
		Members   []roomMember `json:"members"`
	}
	roomMember struct {
		UserID   id.UserID `json:"memberid"`
		JoinedAt int64     `json:"jointime"` // Unix seconds
	}
)

func (s *Service) groupchatGet(ctx context.Context, tx *store.Tx, by access.Caller, req roomRequest) (resp groupchatGetResponse, err error) {
	if _, err := s.opened(tx, by.CorpID); err != nil {
		return resp, err
	}
	if req.RoomID == "" {
		return resp, wire.ErrEmpty.With("roomid")
	}
	g, found, err := s.deps.Chats.FindGroup(tx, by.CorpID, req.RoomID)
	if err != nil {
		return resp, err
	}
	if !found {
		return s.appChat(tx, by.CorpID, req.RoomID)
	}
	members, err := s.deps.Chats.GroupMembers(tx, g)
	resp = groupchatGetResponse{Name: g.Name, Creator: g.Creator, CreatedAt: g.CreatedAt.Unix(), Notice: g.Notice, Members: []roomMember{}}
	for _, m := range members {
		resp.Members = append(resp.Members, roomMember{m.UserID, m.JoinedAt.Unix()})
	}
	return resp, err
}

func (s *Service) robotEndpoints() []wire.Endpoint {
	return []wire.Endpoint{call("GET", "get_robot_info", 91774, 600, wire.Read(s.getRobotInfo))}
}

type (
	getRobotInfoRequest struct {
		RobotID string `json:"robot_id"`
	}
	getRobotInfoResponse struct {
		Data robotInfo `json:"data"`
	}
	robotInfo struct {
		RobotID string    `json:"robot_id"`
		Name    string    `json:"name"`
		Creator id.UserID `json:"creator_userid"`
	}
)

func (s *Service) getRobotInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getRobotInfoRequest) (resp getRobotInfoResponse, err error) {
	if _, err := s.opened(tx, by.CorpID); err != nil {
		return resp, err
	}
	info, found, err := s.robotInfo(tx, by.CorpID, req.RobotID)
	if err == nil && !found { // which code the platform answers is unverified
		err = wire.ErrParameter.With("robot_id: there is no robot %q", req.RobotID)
	}
	resp.Data = info
	return resp, err
}

// appChat answers a group chat of an application as an internal group. When somebody has joined it is not
// known; they are said to have been there from its beginning.
func (s *Service) appChat(tx *store.Tx, corpID, roomID string) (resp groupchatGetResponse, err error) {
	g, found, err := s.deps.Messages.Group(tx, corpID, roomID)
	if err == nil && !found {
		err = ErrNotInner.With("%q", roomID)
	}
	if err != nil {
		return resp, err
	}
	users, err := s.deps.Messages.GroupUsers(tx, g.No)
	resp = groupchatGetResponse{Name: g.Name, Creator: users[g.Owner], CreatedAt: g.CreatedAt.Unix(), Members: []roomMember{}}
	for _, no := range slices.Sorted(maps.Keys(users)) {
		resp.Members = append(resp.Members, roomMember{users[no], g.CreatedAt.Unix()})
	}
	return resp, err
}

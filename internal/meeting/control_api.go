package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) controlEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		advanced("realcontrol/set", 98175, wire.Write(s.realcontrolSet)),
		advanced("realcontrol/set_cohost", 98180, wire.Write(s.setCohostCall)),
		advanced("realcontrol/mute_user", 98184, wire.Write(s.muteUser)),
		advanced("realcontrol/switch_user_video", 98189, wire.Write(s.switchUserVideo)),
		advanced("realcontrol/close_screen_share", 98185, wire.Write(s.closeScreenShare)),
		advanced("realcontrol/set_nicknames", 98188, wire.Write(s.setNicknames)),
		advanced("realcontrol/manage_waiting_room_users", 98186, wire.Write(s.manageWaitingRoomUsers)),
		advanced("realcontrol/kickout_users", 98181, wire.Write(s.kickoutUsers)),
		advanced("realcontrol/dismiss", 98187, wire.Write(s.dismissCall)),
	}
}

type (
	operated struct {
		OpenID   string `json:"tmp_openid"`
		Instance int64  `json:"instance_id"`
	}
	realcontrolSetRequest struct {
		ID          string `json:"meetingid"`
		MuteAll     *bool  `json:"mute_all"`
		UnmuteSelf  *bool  `json:"allow_unmute_self"`
		EnterMute   *int64 `json:"enable_enter_mute"`
		Locked      *bool  `json:"meeting_locked"`
		HideCode    *bool  `json:"hide_meeting_code_password"`
		Chat        *int64 `json:"allow_chat"`
		ShareScreen *bool  `json:"allow_share_screen"`
		External    *bool  `json:"allow_external_user"` // true for members alone, unlike the setting of that name (doc 98175)
		Bell        *bool  `json:"play_ivr_on_join"`
		WaitingRoom *bool  `json:"enable_waiting_room"`
	}
)

func (o operated) device() Device { return Device(o) }

func (s *Service) realcontrolSet(ctx context.Context, tx *store.Tx, by access.Caller, req realcontrolSetRequest) (wire.None, error) {
	r, err := s.open(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	c := Running{MuteAll: req.MuteAll, UnmuteSelf: req.UnmuteSelf, Locked: req.Locked, HideCode: req.HideCode, ShareScreen: req.ShareScreen, Bell: req.Bell, WaitingRoom: req.WaitingRoom, EnterMute: req.EnterMute, Chat: req.Chat}
	if req.External != nil {
		open := !*req.External
		c.External = &open
	}
	return wire.None{}, s.set(ctx, tx, r, c)
}

type (
	operatedRequest struct {
		ID   string    `json:"meetingid"`
		User *operated `json:"operated_user"`
	}
	cohostRequest struct {
		operatedRequest
		Action *bool `json:"action"`
	}
	muteRequest struct {
		operatedRequest
		Option *bool `json:"option"`
	}
	videoRequest struct {
		operatedRequest
		Video bool `json:"video"`
	}
)

// one opens the meeting of a request that names one person.
func (s *Service) one(tx *store.Tx, by access.Caller, req operatedRequest) (room, Device, error) {
	if req.User == nil || req.User.OpenID == "" {
		return room{}, Device{}, wire.ErrEmpty.With("operated_user.tmp_openid is missing")
	}
	r, err := s.open(tx, by, req.ID)
	return r, req.User.device(), err
}

func (s *Service) setCohostCall(ctx context.Context, tx *store.Tx, by access.Caller, req cohostRequest) (wire.None, error) {
	if req.Action == nil {
		return wire.None{}, wire.ErrEmpty.With("action is missing")
	}
	r, d, err := s.one(tx, by, req.operatedRequest)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.setCohost(ctx, tx, r, d, *req.Action)
}

func (s *Service) muteUser(ctx context.Context, tx *store.Tx, by access.Caller, req muteRequest) (wire.None, error) {
	if req.Option == nil {
		return wire.None{}, wire.ErrEmpty.With("option is missing")
	}
	r, d, err := s.one(tx, by, req.operatedRequest)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.mute(tx, r, d, *req.Option)
}

func (s *Service) switchUserVideo(ctx context.Context, tx *store.Tx, by access.Caller, req videoRequest) (wire.None, error) {
	r, d, err := s.one(tx, by, req.operatedRequest)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.video(tx, r, d, req.Video)
}

func (s *Service) closeScreenShare(ctx context.Context, tx *store.Tx, by access.Caller, req operatedRequest) (wire.None, error) {
	r, d, err := s.one(tx, by, req)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.unshare(ctx, tx, r, d)
}

type (
	named struct {
		operated
		Nickname string `json:"nickname"`
	}
	nicknamesRequest struct {
		ID    string  `json:"meetingid"`
		Users []named `json:"operated_users"`
	}
	kickRequest struct {
		ID    string     `json:"meetingid"`
		Again *bool      `json:"allow_rejoin"`
		Users []operated `json:"operated_users"`
	}
	waitingRoomRequest struct {
		ID    string     `json:"meetingid"`
		Type  int64      `json:"operate_type"`
		Again *bool      `json:"allow_rejoin"`
		Users []operated `json:"operated_users"`
	}
)

func checkOperated(n int) error {
	switch {
	case n == 0:
		return wire.ErrEmpty.With("operated_users is empty")
	case n > maxOperated:
		return errParameter.With("operated_users: at most %d expected, %d given", maxOperated, n)
	}
	return nil
}

func devices(list []operated) []Device {
	out := make([]Device, len(list))
	for i, o := range list {
		out[i] = o.device()
	}
	return out
}

func (s *Service) setNicknames(ctx context.Context, tx *store.Tx, by access.Caller, req nicknamesRequest) (wire.None, error) {
	if err := checkOperated(len(req.Users)); err != nil {
		return wire.None{}, err
	}
	r, err := s.open(tx, by, req.ID)
	for _, u := range req.Users {
		if err == nil {
			err = s.setNickname(tx, r, u.device(), u.Nickname)
		}
	}
	return wire.None{}, err
}

func (s *Service) kickoutUsers(ctx context.Context, tx *store.Tx, by access.Caller, req kickRequest) (wire.None, error) {
	if req.Again == nil {
		return wire.None{}, wire.ErrEmpty.With("allow_rejoin is missing")
	}
	if err := checkOperated(len(req.Users)); err != nil {
		return wire.None{}, err
	}
	r, err := s.open(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.kick(ctx, tx, r, devices(req.Users), *req.Again)
}

// What manage_waiting_room_users does (doc 98186).
const (
	letThemIn  = 1
	haveThem   = 2
	removeThem = 3
)

func (s *Service) manageWaitingRoomUsers(ctx context.Context, tx *store.Tx, by access.Caller, req waitingRoomRequest) (wire.None, error) {
	if err := checkOperated(len(req.Users)); err != nil {
		return wire.None{}, err
	}
	r, err := s.open(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	list := devices(req.Users)
	switch req.Type {
	case letThemIn:
		err = s.admit(ctx, tx, r, list)
	case haveThem:
		err = s.moveOut(ctx, tx, r, list)
	case removeThem:
		err = s.remove(ctx, tx, r, list, true, req.Again == nil || *req.Again)
	default:
		err = errParameter.With("operate_type: 1, 2 or 3 expected")
	}
	return wire.None{}, err
}

type dismissRequest struct {
	ID     string `json:"meetingid"`
	Force  *int64 `json:"force_dismiss"` // 1 if it is left out
	Retire int64  `json:"retrieve_code"`
}

func (s *Service) dismissCall(ctx context.Context, tx *store.Tx, by access.Caller, req dismissRequest) (wire.None, error) {
	r, err := s.open(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.dismiss(ctx, tx, r, req.Force == nil || *req.Force != 0, req.Retire == 1)
}

package living

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	info := endpoint("get_living_info", 93635, wire.Read(s.getLivingInfo))
	info.Method = "GET"
	return []wire.Endpoint{
		endpoint("create", 93637, wire.Write(s.create)),
		endpoint("modify", 93640, wire.Write(s.modify)),
		endpoint("cancel", 93638, wire.Write(s.cancel)),
		endpoint("delete_replay_data", 93874, wire.Write(s.deleteReplayData)),
		endpoint("get_living_code", 93641, wire.Read(s.getLivingCode)),
		endpoint("get_user_all_livingid", 93634, wire.Read(s.getUserAllLivingid)),
		info,
		endpoint("get_watch_stat", 93636, wire.Read(s.getWatchStat)),
		endpoint("get_living_share_info", 94442, wire.Read(s.getLivingShareInfo)),
	}
}

type (
	activityDetail struct {
		Description string   `json:"description"`
		Images      []string `json:"image_list"`
	}
	createRequest struct {
		Anchor      id.UserID       `json:"anchor_userid"`
		Theme       string          `json:"theme"`
		Start       int64           `json:"living_start"`
		Length      int64           `json:"living_duration"`
		Description string          `json:"description"`
		Type        int64           `json:"type"`
		AgentID     int64           `json:"agentid"` // of old suites with several applications, which there are none of
		Remind      int64           `json:"remind_time"`
		Cover       string          `json:"activity_cover_mediaid"`
		Share       string          `json:"activity_share_mediaid"`
		Activity    *activityDetail `json:"activity_detail"`
	}
	livingResponse struct {
		ID string `json:"livingid"`
	}
	livingRequest struct {
		ID string `json:"livingid"`
	}
	modifyRequest struct {
		ID          string  `json:"livingid"`
		Theme       *string `json:"theme"`
		Start       *int64  `json:"living_start"`
		Length      *int64  `json:"living_duration"`
		Description *string `json:"description"`
		Type        *int64  `json:"type"`
		Remind      *int64  `json:"remind_time"`
	}
)

func (s *Service) create(ctx context.Context, tx *store.Tx, by access.Caller, req createRequest) (livingResponse, error) {
	l := Live{Anchor: req.Anchor, Start: req.Start, Length: req.Length, Body: Body{Theme: req.Theme, Description: req.Description, Type: req.Type, Remind: req.Remind}}
	if req.Type == activity {
		l.Description, l.Cover, l.Share = "", req.Cover, req.Share
		if req.Activity != nil {
			l.Description, l.Images = req.Activity.Description, req.Activity.Images
		}
	}
	l, err := s.Create(ctx, tx, by, l)
	return livingResponse{l.ID}, err
}

func (s *Service) modify(ctx context.Context, tx *store.Tx, by access.Caller, req modifyRequest) (wire.None, error) {
	return wire.None{}, s.Modify(ctx, tx, by, req.ID, Change{Theme: req.Theme, Description: req.Description, Start: req.Start, Length: req.Length, Type: req.Type, Remind: req.Remind})
}

func (s *Service) cancel(ctx context.Context, tx *store.Tx, by access.Caller, req livingRequest) (wire.None, error) {
	return wire.None{}, s.Cancel(ctx, tx, by, req.ID)
}

func (s *Service) deleteReplayData(ctx context.Context, tx *store.Tx, by access.Caller, req livingRequest) (wire.None, error) {
	return wire.None{}, s.DeleteReplay(ctx, tx, by, req.ID)
}

type (
	livingCodeRequest struct {
		ID     string `json:"livingid"`
		OpenID string `json:"openid"`
	}
	livingCodeResponse struct {
		Code string `json:"living_code"`
	}
)

func (s *Service) getLivingCode(ctx context.Context, tx *store.Tx, by access.Caller, req livingCodeRequest) (livingCodeResponse, error) {
	code, err := s.WatchCode(tx, by, req.ID, req.OpenID)
	return livingCodeResponse{code}, err
}

type (
	allLivingidRequest struct {
		UserID id.UserID `json:"userid"`
		Cursor string    `json:"cursor"`
		Limit  int64     `json:"limit"`
	}
	allLivingidResponse struct {
		Next string   `json:"next_cursor"`
		IDs  []string `json:"livingid_list"`
	}
)

// maxPage is how many ids one answer has (doc 93634).
const maxPage = 100

func (s *Service) getUserAllLivingid(ctx context.Context, tx *store.Tx, by access.Caller, req allLivingidRequest) (resp allLivingidResponse, err error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "living/get_user_all_livingid"}
	after, err := cursor.Open(by, req.Cursor, m.UserID.Key())
	if err != nil {
		return resp, err
	}
	limit := req.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	list, err := selectLives(tx, `corpid = ? AND app = ? AND anchor_key = ? AND no > ? ORDER BY no LIMIT ?`, by.CorpID, by.App, m.UserID.Key(), after, limit+1)
	if err != nil {
		return resp, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		resp.Next = cursor.Next(by, list[limit-1].No, m.UserID.Key())
	}
	for _, l := range list {
		resp.IDs = append(resp.IDs, l.ID)
	}
	return resp, nil
}

type (
	livingInfo struct {
		Theme       string    `json:"theme"`
		Start       int64     `json:"living_start"`
		Length      int64     `json:"living_duration"`
		Status      Status    `json:"status"`
		Reserved    int64     `json:"reserve_start"`
		Reservation int64     `json:"reserve_living_duration"`
		Description string    `json:"description"`
		Anchor      id.UserID `json:"anchor_userid"`
		Department  int64     `json:"main_department"`
		Viewers     int64     `json:"viewer_num"`
		Comments    int64     `json:"comment_num"`
		Spoke       int64     `json:"mic_num"`
		OpenReplay  int64     `json:"open_replay"`
		Replay      *int64    `json:"replay_status,omitempty"`
		Type        int64     `json:"type"`
		PushURL     string    `json:"push_stream_url,omitempty"`
		Online      int64     `json:"online_count"`
		Reservers   int64     `json:"subscribe_count"`
	}
	livingInfoResponse struct {
		Info *livingInfo `json:"living_info,omitempty"`
	}
)

func (s *Service) getLivingInfo(ctx context.Context, tx *store.Tx, by access.Caller, req livingRequest) (resp livingInfoResponse, err error) {
	l, err := s.own(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	c, err := countViewers(tx, l)
	if err != nil {
		return resp, err
	}
	now := tx.Now().Unix()
	info := livingInfo{
		Theme: l.Theme, Start: l.Start, Length: l.Length, Status: l.Status(now), Reserved: l.Start, Reservation: l.Length, Description: l.Description,
		Anchor: l.Anchor, Department: l.Department, Viewers: c.viewers, Comments: c.comments, Spoke: c.spoke, Type: l.Type, Online: c.online, Reservers: c.reserved,
	}
	switch info.Status {
	case OnAir:
		info.Start, info.Length = l.StartedAt, now-l.StartedAt
	case Ended:
		info.Start, info.Length = l.StartedAt, l.EndedAt-l.StartedAt
	case Reserved:
		if l.Type == activity {
			info.PushURL = s.pushURL(l)
		}
	}
	if l.Replay != noReplay {
		info.OpenReplay = 1
		status := l.replayStatus(now)
		info.Replay = &status
	}
	return livingInfoResponse{&info}, nil
}

// replayStatus is replay_status: 0 made, 1 in the making, 2 deleted, 3 failed (doc 93635).
func (l Live) replayStatus(now int64) int64 {
	switch {
	case l.Replay == replayDeleted:
		return 2
	case l.Replay == replayFailed:
		return 3
	case now < l.EndedAt+int64(makingReplay/time.Second):
		return 1
	}
	return 0
}

// pushURL is where the anchor of an activity pushes the video, which puts it on air. Nothing takes video here: in
// dev a request to this address begins the broadcast, and elsewhere there is no address.
func (s *Service) pushURL(l Live) string {
	if !s.deps.Dev {
		return ""
	}
	return s.deps.BaseURL() + "/_qiwei/living/push/" + l.CorpID + "/" + l.ID
}

type (
	watchStatRequest struct {
		ID   string `json:"livingid"`
		Next string `json:"next_key"`
	}
	watcher struct {
		UserID          id.UserID     `json:"userid"`
		Time            int64         `json:"watch_time"`
		Comment         int64         `json:"is_comment"`
		Spoke           int64         `json:"is_mic"`
		Invitor         id.UserID     `json:"invitor_userid,omitempty"`
		InvitorExternal id.ExternalID `json:"invitor_external_userid,omitempty"`
	}
	externalWatcher struct {
		External        id.ExternalID `json:"external_userid"`
		Type            int64         `json:"type"`
		Name            string        `json:"name"`
		Time            int64         `json:"watch_time"`
		Comment         int64         `json:"is_comment"`
		Spoke           int64         `json:"is_mic"`
		Invitor         id.UserID     `json:"invitor_userid,omitempty"`
		InvitorExternal id.ExternalID `json:"invitor_external_userid,omitempty"`
	}
	statInfo struct {
		Users     []watcher         `json:"users"`
		Externals []externalWatcher `json:"external_users"`
	}
	watchStatResponse struct {
		Ending int64    `json:"ending"`
		Next   string   `json:"next_key"`
		Info   statInfo `json:"stat_info"`
	}
)

func (s *Service) getWatchStat(ctx context.Context, tx *store.Tx, by access.Caller, req watchStatRequest) (resp watchStatResponse, err error) {
	l, err := s.own(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "living/get_watch_stat"}
	after, of := int64(0), strconv.FormatInt(l.No, 10)
	if req.Next != "0" { // which the first call may send (doc 93636)
		if after, err = cursor.Open(by, req.Next, of); err != nil {
			return resp, err
		}
	}
	list, err := selectViewers(tx, `corpid = ? AND living = ? AND watched = 1 AND no > ? ORDER BY no LIMIT ?`, l.CorpID, l.No, after, int64(viewersListed)+1)
	if err != nil {
		return resp, err
	}
	if resp.Ending = 1; len(list) > viewersListed {
		list = list[:viewersListed]
		resp.Ending, resp.Next = 0, cursor.Next(by, list[viewersListed-1].No, of)
	}
	now := tx.Now().Unix()
	for _, v := range list {
		w := watcher{v.UserID, v.watched(now), flag(v.Comments > 0), flag(v.Spoke), v.Invitor.UserID, v.Invitor.External}
		if v.External == "" {
			resp.Info.Users = append(resp.Info.Users, w)
			continue
		}
		resp.Info.Externals = append(resp.Info.Externals, externalWatcher{v.External, v.Kind, v.Name, w.Time, w.Comment, w.Spoke, w.Invitor, w.InvitorExternal})
	}
	return resp, nil
}

type (
	shareInfoRequest struct {
		Code string `json:"ww_share_code"`
	}
	shareInfoResponse struct {
		ID              string        `json:"livingid"`
		Viewer          id.UserID     `json:"viewer_userid,omitempty"`
		ViewerExternal  id.ExternalID `json:"viewer_external_userid,omitempty"`
		Invitor         id.UserID     `json:"invitor_userid,omitempty"`
		InvitorExternal id.ExternalID `json:"invitor_external_userid,omitempty"`
	}
)

func (s *Service) getLivingShareInfo(ctx context.Context, tx *store.Tx, by access.Caller, req shareInfoRequest) (shareInfoResponse, error) {
	l, v, err := s.Shared(tx, by, req.Code)
	return shareInfoResponse{l.ID, v.UserID, v.External, v.Invitor.UserID, v.Invitor.External}, err
}

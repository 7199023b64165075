package mcp

import (
	"cmp"
	"context"
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/meeting"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) meetingTools() []tool {
	return []tool{
		writes("create_meeting", "创建预约会议，可邀请成员并设置会议参数", s.createMeeting),
		writes("cancel_meeting", "取消预约会议", s.cancelMeeting),
		reads("get_meeting_info", "获取会议详情", s.getMeetingInfo),
		reads("list_user_meetings", "查询当前用户在时间范围内的会议 ID，仅支持当日前后 30 天", s.listUserMeetings),
		writes("set_invite_meeting_members", "更新会议受邀成员，全量覆盖", s.setInvitees),
	}
}

type (
	usersRequest struct {
		Users []id.UserID `json:"userid"`
	}
	meetingSettings struct {
		Password    *string       `json:"password" about:"会议密码"`
		WaitingRoom *bool         `json:"enable_waiting_room" about:"是否启用等候室"`
		BeforeHost  *bool         `json:"allow_enter_before_host" about:"是否允许成员在主持人进入前加入"`
		EnterMute   *int64        `json:"enable_enter_mute" only:"0,1,2" about:"入会时静音：0 关闭，1 开启"`
		External    *bool         `json:"allow_external_user" about:"是否允许外部用户入会"`
		Watermark   *bool         `json:"enable_screen_watermark" about:"是否开启屏幕水印"`
		RemindScope *int64        `json:"remind_scope" only:"1,2,3,4" about:"提醒范围：1 不提醒，2 仅主持人，3 所有成员，4 指定部分人"`
		Ring        *usersRequest `json:"ring_users" about:"响铃用户"`
	}
	createMeetingRequest struct {
		Title       string           `json:"title" must:"1" about:"会议标题"`
		Start       string           `json:"meeting_start_datetime" must:"1" about:"开始时间，格式：YYYY-MM-DD HH:mm（北京时间）"`
		Length      int64            `json:"meeting_duration" must:"1" about:"时长（秒）"`
		Description string           `json:"description" about:"会议描述"`
		Location    string           `json:"location" about:"会议地点"`
		Invitees    *usersRequest    `json:"invitees" about:"被邀请人"`
		Settings    *meetingSettings `json:"settings" about:"会议设置"`
	}
	createMeetingResponse struct {
		ID     string      `json:"meetingid"`
		Code   string      `json:"meeting_code"`
		Link   string      `json:"meeting_link"`
		Excess []id.UserID `json:"excess_users"` // nobody: accounts for meetings are not sold here
	}
	meetingIDRequest struct {
		ID string `json:"meetingid" must:"1" about:"会议 ID"`
	}
)

// into changes the settings that are given.
func (f *meetingSettings) into(m *meeting.Meeting) {
	if f == nil {
		return
	}
	set(&m.Settings.Password, f.Password)
	set(&m.Settings.WaitingRoom, f.WaitingRoom)
	set(&m.Settings.BeforeHost, f.BeforeHost)
	set(&m.Settings.EnterMute, f.EnterMute)
	set(&m.Settings.External, f.External)
	set(&m.Settings.Watermark, f.Watermark)
	set(&m.Settings.RemindScope, f.RemindScope)
	if f.Ring != nil {
		m.Ring = f.Ring.Users
	}
}

func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

func (s *Service) createMeeting(ctx context.Context, tx *store.Tx, a actor, req createMeetingRequest) (resp createMeetingResponse, err error) {
	start, err := readTime("meeting_start_datetime", req.Start)
	if err != nil {
		return resp, err
	}
	invitees := []id.UserID{}
	if req.Invitees != nil {
		invitees = req.Invitees.Users
	}
	m := meeting.NewMeeting(req.Title, start, req.Length, invitees)
	m.Description, m.Location = req.Description, req.Location
	req.Settings.into(&m)
	if m, err = s.deps.Meetings.CreateAsMember(ctx, tx, a.By, m); err != nil {
		return resp, err
	}
	info, err := s.deps.Meetings.InfoAsMember(tx, a.By, m.ID, "")
	return createMeetingResponse{ID: m.ID, Code: m.Code, Link: info.Link}, err
}

func (s *Service) cancelMeeting(ctx context.Context, tx *store.Tx, a actor, req meetingIDRequest) (none, error) {
	return none{}, s.deps.Meetings.CancelAsMember(ctx, tx, a.By, req.ID, "")
}

type setInviteesRequest struct {
	meetingIDRequest
	Invitees []attendeeRequest `json:"invitees" must:"1" about:"受邀成员，全量覆盖"`
}

func (s *Service) setInvitees(ctx context.Context, tx *store.Tx, a actor, req setInviteesRequest) (none, error) {
	users := []id.UserID{}
	for _, one := range req.Invitees {
		users = append(users, one.UserID)
	}
	return none{}, s.deps.Meetings.SetInviteesAsMember(ctx, tx, a.By, req.ID, users)
}

type (
	listMeetingsRequest struct {
		Begin  string `json:"begin_datetime" about:"起始时间，格式：YYYY-MM-DD HH:mm（北京时间）"`
		End    string `json:"end_datetime" about:"结束时间，格式：YYYY-MM-DD HH:mm（北京时间）"`
		Cursor string `json:"cursor" most:"256" about:"分页游标"`
		Limit  int64  `json:"limit" about:"每页返回条数，最大 100"`
	}
	listMeetingsResponse struct {
		Cursor string   `json:"next_cursor"`
		IDs    []string `json:"meetingid_list"`
	}
)

// mostMeetings is how many meetings a page has.
const mostMeetings = 100

// listUserMeetings answers the meetings that the member leads or is invited to, those that begin within the times.
func (s *Service) listUserMeetings(ctx context.Context, tx *store.Tx, a actor, req listMeetingsRequest) (resp listMeetingsResponse, err error) {
	now := tx.Now()
	q := meeting.Query{UserID: a.Member.UserID, Limit: cmp.Or(req.Limit, mostMeetings)}
	if q.Limit < 1 || q.Limit > mostMeetings {
		return resp, errParameter.With("limit: 1 to %d expected", mostMeetings)
	}
	begin, end := cmp.Or(req.Begin, showTime(now.AddDate(0, 0, -nearDays).Unix())), cmp.Or(req.End, showTime(now.AddDate(0, 0, nearDays).Unix()))
	if q.From, q.To, err = readSpan("begin_datetime", begin, "end_datetime", end); err != nil {
		return resp, err
	}
	if err := near(tx, "begin_datetime", q.From); err != nil {
		return resp, err
	}
	if err := near(tx, "end_datetime", q.To); err != nil {
		return resp, err
	}
	if q.After, err = s.openCursor(req.Cursor); err != nil {
		return resp, err
	}
	list, more, err := s.deps.Meetings.List(tx, a.By.CorpID, q)
	for _, m := range list {
		if m.Start <= q.To { // those to come are listed whenever they begin
			resp.IDs = append(resp.IDs, m.ID)
		}
	}
	if more {
		resp.Cursor = s.cursor(list[len(list)-1].No)
	}
	return resp, err
}

type meetingInfoRequest struct {
	ID   string `json:"meetingid" about:"会议 ID"`
	Code string `json:"meeting_code" about:"会议号码，未传会议 ID 时使用"`
	Sub  string `json:"sub_meetingid" about:"子会议 ID"`
}

// getMeetingInfo answers a meeting as get_info does, with its times as models read them.
func (s *Service) getMeetingInfo(ctx context.Context, tx *store.Tx, a actor, req meetingInfoRequest) (json.RawMessage, error) {
	if req.ID == "" && req.Code == "" {
		return nil, errParameter.With("meetingid, meeting_code: one of the two expected")
	}
	if req.ID == "" {
		m, err := s.deps.Meetings.Numbered(tx, a.By.CorpID, req.Code)
		if err != nil {
			return nil, err
		}
		req.ID = m.ID
	}
	info, err := s.deps.Meetings.InfoAsMember(tx, a.By, req.ID, req.Sub)
	if err != nil {
		return nil, err
	}
	var fields any
	if err := json.Unmarshal(wire.Encode(info), &fields); err != nil {
		return nil, err
	}
	return json.Marshal(datetimes(fields))
}

// timesOf are the fields of get_info that hold times, and what the tool calls them.
var timesOf = map[string]string{
	"meeting_start": "meeting_start_datetime", "first_join_time": "first_join_datetime", "last_quit_time": "last_quit_datetime",
	"repeat_until": "repeat_until_datetime", "start_time": "start_datetime", "end_time": "end_datetime",
}

func datetimes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, one := range v {
			if at, ok := one.(float64); ok && timesOf[name] != "" {
				text := showTime(int64(at))
				out[timesOf[name]] = text[:min(len(text), len("2006-01-02 15:04"))]
				continue
			}
			out[name] = datetimes(one)
		}
		return out
	case []any:
		for i := range v {
			v[i] = datetimes(v[i])
		}
	}
	return v
}

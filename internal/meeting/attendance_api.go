package meeting

import (
	"context"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) attendanceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		advanced("get_attendee_list", 98156, wire.Read(s.getAttendeeList)),
		advanced("get_realtime_attendee_list", 98157, wire.Read(s.getRealtimeAttendeeList)),
		advanced("waitingroom/get_current_user_list", 98163, wire.Read(s.getCurrentUserList)),
		advanced("waitingroom/get_user_list", 98164, wire.Read(s.getUserList)),
		advanced("check_device_in_meeting", 98165, wire.Read(s.checkDeviceInMeeting)),
		advanced("get_quality", 98821, wire.Read(s.getQuality)),
		advanced("statistics/get_start_list", 99651, wire.Read(s.getStartList)),
	}
}

// How many of those who were there one answer has, at most and where none is asked for (docs 98156, 98157, 98163,
// 98164 and 98821).
const (
	maxAttendees     = 100
	maxNow           = 50
	usualWaiting     = 10
	usualWaitingPast = 20
)

// page is a part of a list of visits.
type page struct {
	m      Meeting
	where  string
	args   []any
	cursor string
	limit  int64
	most   int64 // and what limit is where it is 0
	path   string
	usual  int64
}

// read returns the visits of a page, the people of the meeting, and the next cursor. Members whom the application does
// not see are left out. The limit must stay what it was when the cursor was given.
func (s *Service) read(tx *store.Tx, by access.Caller, p page) (list []Visit, all map[int64]Person, next string, err error) {
	if p.limit < 0 || p.limit > p.most {
		return nil, nil, "", errParameter.With("limit: 1 to %d expected", p.most)
	}
	limit := p.limit
	if limit == 0 {
		limit = p.usual
	}
	of := []string{p.m.ID, strconv.FormatInt(limit, 10), p.where}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: p.path}
	after, err := cursor.Open(by, p.cursor, of...)
	if err != nil {
		return nil, nil, "", err
	}
	args := append([]any{p.m.No, after}, p.args...)
	if list, err = selectVisits(tx, `meeting = ? AND no > ? AND `+p.where+` ORDER BY no LIMIT ?`, append(args, limit+1)...); err != nil {
		return nil, nil, "", err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		next = cursor.Next(by, list[limit-1].No, of...)
	}
	if all, err = persons(tx, p.m); err != nil {
		return nil, nil, "", err
	}
	var users []string
	for _, v := range list {
		if u := all[v.Person].UserID; u != "" {
			users = append(users, string(u))
		}
	}
	seen, err := s.deps.Directory.Named(tx, by, users)
	list = slices.DeleteFunc(list, func(v Visit) bool {
		u := all[v.Person].UserID
		_, ok := seen[u.Key()]
		return u != "" && !ok
	})
	return list, all, next, err
}

type (
	attendeeListRequest struct {
		ID     string `json:"meetingid"`
		Sub    string `json:"sub_meetingid"`
		Start  int64  `json:"start_time"`
		End    int64  `json:"end_time"`
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	attendee struct {
		OpenID      string    `json:"tmp_openid"`
		UserID      id.UserID `json:"userid"`
		Joined      string    `json:"join_time"`
		Left        string    `json:"quit_time"`
		Instance    int64     `json:"instance_id"`
		Role        Role      `json:"role"`
		WebinarRole int64     `json:"webinar_role"`
		JoinType    int64     `json:"join_type"`
		Net         string    `json:"net,omitempty"`
		Audio       bool      `json:"audio_state"`
		Video       bool      `json:"video_state"`
		Screen      bool      `json:"screen_shared_state"`
		Data        string    `json:"customer_data"`
	}
	attendeeListResponse struct {
		More      bool       `json:"has_more"`
		Next      string     `json:"next_cursor"`
		Attendees []attendee `json:"attendees"`
	}
)

// byPhone and byApp are two of the ways in (doc 98157).
const (
	byPhone = 0
	byApp   = 1
)

func joinType(instance int64) int64 {
	if instance == 0 {
		return byPhone
	}
	return byApp
}

// seconds writes a time as these lists do: in seconds, as a text.
func seconds(ms int64) string { return strconv.FormatInt(ms/1000, 10) }

func (s *Service) getAttendeeList(ctx context.Context, tx *store.Tx, by access.Caller, req attendeeListRequest) (resp attendeeListResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	o, err := m.subGiven(req.Sub, tx.Now().Unix())
	if err != nil {
		return resp, err
	}
	from, to, err := attended(req.Start, req.End, tx.Now().Unix())
	if err != nil {
		return resp, err
	}
	p := page{m: m, where: `waiting = 0 AND sub = ?`, args: []any{o.start}, cursor: req.Cursor, limit: req.Limit, most: maxAttendees, usual: maxAttendees, path: "meeting/get_attendee_list"}
	if !m.Repeat.On { // of those that repeat, times are not looked at (doc 98156)
		p.where, p.args = p.where+` AND joined_at >= ? AND joined_at < ?`, append(p.args, from*1000, to*1000+1000)
	}
	list, all, next, err := s.read(tx, by, p)
	for _, v := range list {
		who := all[v.Person]
		a := attendee{OpenID: who.OpenID, UserID: who.UserID, Joined: seconds(v.JoinedAt), Instance: v.Instance, Role: m.role(who), JoinType: joinType(v.Instance), Audio: v.Audio, Video: v.Video, Screen: v.Screen, Data: v.Data}
		if v.LeftAt > 0 {
			a.Left = seconds(v.LeftAt)
		} else {
			a.Net = "未知"
		}
		resp.Attendees = append(resp.Attendees, a)
	}
	resp.More, resp.Next = next != "", next
	return resp, err
}

// attended returns the times between which people must have come in: a month apart at most, and a quarter of a year
// where none is given (doc 98156).
func attended(start, end, now int64) (from, to int64, err error) {
	const month, quarter = 31 * 86400, 90 * 86400
	if start == 0 && end == 0 {
		return now - quarter, now, nil
	}
	if end == 0 {
		end = now
	}
	if start == 0 {
		start = end - month
	}
	if start < 0 || end < start || end-start > month {
		err = errParameter.With("start_time and end_time: Unix times in seconds, at most 31 days apart, expected")
	}
	return start, end, err
}

// subGiven is sub for calls that must be told which sub-meeting of one that repeats is meant.
func (m Meeting) subGiven(subID string, now int64) (span, error) {
	if m.Repeat.On && subID == "" {
		return span{}, ErrSub.With("sub_meetingid: the meeting repeats, so that it must be given")
	}
	return m.sub(subID, now)
}

type (
	realtimeRequest struct {
		ID       string `json:"meetingid"`
		Sub      string `json:"sub_meetingid"`
		Cursor   string `json:"cursor"`
		Misspelt string `json:"cursort"` // as the page's sample has it
		Limit    int64  `json:"limit"`
	}
	presentAttendee struct {
		UserID   id.UserID `json:"userid"`
		OpenID   string    `json:"tmp_openid"`
		Joined   string    `json:"join_time"`
		Instance int64     `json:"instance_id"`
		Role     Role      `json:"role"`
		JoinType int64     `json:"join_type"`
		Audio    bool      `json:"audio_state"`
		Video    bool      `json:"video_state"`
		Screen   bool      `json:"screen_shared_state"`
	}
	realtimeResponse struct {
		Status    string            `json:"status"` // only in the page's sample; unverified
		More      bool              `json:"has_more"`
		Next      string            `json:"next_cursor"`
		Attendees []presentAttendee `json:"attendees"`
	}
)

func (s *Service) getRealtimeAttendeeList(ctx context.Context, tx *store.Tx, by access.Caller, req realtimeRequest) (resp realtimeResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	o, err := m.subGiven(req.Sub, tx.Now().Unix())
	if err != nil {
		return resp, err
	}
	st, err := stateOf(tx, m)
	if err != nil {
		return resp, err
	}
	resp.Status = strconv.FormatInt(int64(st.Status), 10)
	if req.Cursor == "" {
		req.Cursor = req.Misspelt
	}
	list, all, next, err := s.read(tx, by, page{m: m, where: `waiting = 0 AND left_at = 0 AND sub = ?`, args: []any{o.start}, cursor: req.Cursor, limit: req.Limit, most: maxNow, usual: maxNow, path: "meeting/get_realtime_attendee_list"})
	for _, v := range list {
		who := all[v.Person]
		resp.Attendees = append(resp.Attendees, presentAttendee{who.UserID, who.OpenID, seconds(v.JoinedAt), v.Instance, m.role(who), joinType(v.Instance), v.Audio, v.Video, v.Screen})
	}
	resp.More, resp.Next = next != "", next
	return resp, err
}

type (
	checkDeviceRequest struct {
		UserID    id.UserID `json:"userid"`
		Instances []int64   `json:"instance_id_list"`
		IDs       []string  `json:"meetingid_list"`
	}
	deviceIn struct {
		ID       string `json:"meetingid"`
		Instance int64  `json:"instance_id"`
	}
	checkDeviceResponse struct {
		Results []deviceIn `json:"result_list"`
	}
)

// maxChecked is how many meetings a call may ask about. The page names no limit.
const maxChecked = 100

func (s *Service) checkDeviceInMeeting(ctx context.Context, tx *store.Tx, by access.Caller, req checkDeviceRequest) (resp checkDeviceResponse, err error) {
	who, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
	if err != nil {
		return resp, err
	}
	switch n := len(req.IDs); {
	case n == 0:
		return resp, wire.ErrEmpty.With("meetingid_list is empty")
	case n > maxChecked:
		return resp, errParameter.With("meetingid_list: at most %d expected, %d given", maxChecked, n)
	}
	for _, meetingID := range req.IDs {
		m, err := s.Ours(tx, by, meetingID)
		if err != nil {
			return resp, err
		}
		visits, err := selectVisits(tx, `meeting = ? AND waiting = 0 AND left_at = 0 AND person IN (SELECT no FROM meeting_person WHERE meeting = ? AND who = ?) ORDER BY no`, m.No, m.No, who.UserID.Key())
		if err != nil {
			return resp, err
		}
		for _, v := range visits {
			if len(req.Instances) == 0 || slices.Contains(req.Instances, v.Instance) {
				resp.Results = append(resp.Results, deviceIn{m.ID, v.Instance})
			}
		}
	}
	return resp, nil
}

type (
	qualityRequest struct {
		ID     string `json:"meetingid"`
		Sub    string `json:"sub_meetingid"`
		Start  int64  `json:"start_time"`
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	// qualityOf is 0 everywhere, which the page has for no data: nothing is carried that could be good or bad.
	qualityOf struct {
		Quality  int64    `json:"quality"`
		Audio    int64    `json:"audio_quality"`
		Video    int64    `json:"video_quality"`
		Screen   int64    `json:"screen_share_quality"`
		Network  int64    `json:"network_quality"`
		Problems []string `json:"problems"`
	}
	attendeeQuality struct {
		UserID   id.UserID `json:"userid"`
		OpenID   string    `json:"tmp_openid"`
		Instance int64     `json:"instance_id"`
		qualityOf
	}
	qualityResponse struct {
		qualityOf
		Attendees []attendeeQuality `json:"attendees"`
		Next      string            `json:"next_cursor"`
		More      bool              `json:"has_more"`
	}
)

// qualityBack is how far back the quality is answered for (doc 98821).
const qualityBack = 7 * 24 * time.Hour

func (s *Service) getQuality(ctx context.Context, tx *store.Tx, by access.Caller, req qualityRequest) (resp qualityResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	o, err := m.subGiven(req.Sub, tx.Now().Unix())
	if err != nil {
		return resp, err
	}
	if req.Start < tx.Now().Add(-qualityBack).Unix() || req.Start > tx.Now().Unix() {
		return resp, errParameter.With("start_time: Unix seconds of the last seven days expected")
	}
	sessions, err := selectSessions(tx, `meeting = ? AND sub = ? AND started_at >= ? AND ended_at > 0 ORDER BY no LIMIT 1`, m.No, o.start, req.Start)
	if err != nil || len(sessions) == 0 {
		return resp, err
	}
	list, all, next, err := s.read(tx, by, page{m: m, where: `session = ?`, args: []any{sessions[0].No}, cursor: req.Cursor, limit: req.Limit, most: maxNow, usual: maxNow, path: "meeting/get_quality"})
	for _, v := range list {
		who := all[v.Person]
		resp.Attendees = append(resp.Attendees, attendeeQuality{UserID: who.UserID, OpenID: who.OpenID, Instance: v.Instance})
	}
	resp.More, resp.Next = next != "", next
	return resp, err
}

package meeting

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) reservationEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		basic("create", 99104, wire.Write(s.create)),
		basic("update", 99047, wire.Write(s.update)),
		basic("cancel", 99048, wire.Write(s.cancel)),
		basic("get_info", 99049, wire.Read(s.getInfo)),
		basic("get_user_meetingid", 99050, wire.Read(s.getUserMeetingid)),
	}
}

type (
	users struct {
		UserIDs []id.UserID `json:"userid"`
	}
	guestWire struct {
		Area  string `json:"area"`
		Phone string `json:"phone_number"`
		Name  string `json:"guest_name"`
	}
	settingsRequest struct {
		RemindScope    *int64  `json:"remind_scope"`
		Password       *string `json:"password"`
		WaitingRoom    *bool   `json:"enable_waiting_room"`
		BeforeHost     *bool   `json:"allow_enter_before_host"`
		EnterMute      *int64  `json:"enable_enter_mute"`
		UnmuteSelf     *bool   `json:"allow_unmute_self"`
		MuteAll        *bool   `json:"mute_all"`
		External       *bool   `json:"allow_external_user"`
		Watermark      *bool   `json:"enable_screen_watermark"`
		WatermarkType  *int64  `json:"watermark_type"`
		AutoRecord     *string `json:"auto_record_type"`
		AttendeeRecord *bool   `json:"attendee_join_auto_record"`
		HostPause      *bool   `json:"enable_host_pause_auto_record"`
		Interpreter    *bool   `json:"enable_interpreter"`
		Enrol          *bool   `json:"enable_enroll"`
		HostKeyOn      *bool   `json:"enable_host_key"`
		HostKey        *string `json:"host_key"`
		Hosts          *users  `json:"hosts"`
		Ring           *users  `json:"ring_users"`
	}
	remindersRequest struct {
		Repeat    int64    `json:"is_repeat"`
		Type      int64    `json:"repeat_type"`
		Custom    int64    `json:"is_custom_repeat"`
		UntilType int64    `json:"repeat_until_type"`
		Count     int64    `json:"repeat_until_count"`
		Until     int64    `json:"repeat_until"`
		Interval  int64    `json:"repeat_interval"`
		Weekdays  []int64  `json:"repeat_day_of_week"`
		Days      []int64  `json:"repeat_day_of_month"`
		Remind    *[]int64 `json:"remind_before"`
	}
	createRequest struct {
		Admin       id.UserID         `json:"admin_userid"`
		Title       string            `json:"title"`
		Start       int64             `json:"meeting_start"`
		Length      int64             `json:"meeting_duration"`
		Description string            `json:"description"`
		Location    string            `json:"location"`
		AgentID     int64             `json:"agentid"` // of old suites with several applications, which there are none of
		Invitees    *users            `json:"invitees"`
		Guests      []guestWire       `json:"guests"`
		Settings    *settingsRequest  `json:"settings"`
		CalendarID  string            `json:"cal_id"`
		Reminders   *remindersRequest `json:"reminders"`
		Again       bool              `json:"skip_duplicate_check"` // the table of errors names it (400302), and no page
	}
	createResponse struct {
		ID     string      `json:"meetingid"`
		Excess []id.UserID `json:"excess_users"` // whose accounts are not paid for; nobody's are not
		Code   string      `json:"meeting_code"`
		Link   string      `json:"meeting_link"`
	}
	updateRequest struct {
		ID          string            `json:"meetingid"`
		Title       *string           `json:"title"`
		Start       *int64            `json:"meeting_start"`
		Length      *int64            `json:"meeting_duration"`
		Description *string           `json:"description"`
		Location    *string           `json:"location"`
		Remind      *int64            `json:"remind_time"` // one of remind_before, of older requests
		AgentID     int64             `json:"agentid"`
		Invitees    *users            `json:"invitees"`
		Settings    *settingsRequest  `json:"settings"`
		CalendarID  *string           `json:"cal_id"`
		Reminders   *remindersRequest `json:"reminders"`
	}
	updateResponse struct {
		Excess []id.UserID `json:"excess_users"`
	}
)

// set sets what is given.
func (r *settingsRequest) set(c *Settings) {
	for to, from := range map[*bool]*bool{
		&c.WaitingRoom: r.WaitingRoom, &c.BeforeHost: r.BeforeHost, &c.UnmuteSelf: r.UnmuteSelf, &c.MuteAll: r.MuteAll, &c.External: r.External, &c.Watermark: r.Watermark,
		&c.AttendeeRecord: r.AttendeeRecord, &c.HostPause: r.HostPause, &c.Interpreter: r.Interpreter, &c.Enrol: r.Enrol, &c.HostKeyOn: r.HostKeyOn,
	} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*int64]*int64{&c.RemindScope: r.RemindScope, &c.EnterMute: r.EnterMute, &c.WatermarkType: r.WatermarkType} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*string]*string{&c.Password: r.Password, &c.AutoRecord: r.AutoRecord, &c.HostKey: r.HostKey} {
		if from != nil {
			*to = *from
		}
	}
}

func (r *remindersRequest) repeat() Repeat {
	return Repeat{
		On: r.Repeat == 1, Type: calendar.RepeatType(r.Type), Custom: r.Custom == 1, Interval: r.Interval, Weekdays: r.Weekdays, Days: r.Days,
		ByCount: r.UntilType == 1, Count: r.Count, Until: r.Until,
	}
}

// remindable are the seconds of remind_before; any other stands for the beginning itself (doc 99104).
var remindable = []int64{0, 300, 900, 3600, 86400}

func reminders(list []int64) (out []int64) {
	for _, n := range list {
		if !slices.Contains(remindable, n) {
			n = 0
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func guestsOf(list []guestWire) []Guest {
	out := make([]Guest, len(list))
	for i, g := range list {
		out[i] = Guest(g)
	}
	return out
}

func (s *Service) create(ctx context.Context, tx *store.Tx, by access.Caller, req createRequest) (resp createResponse, err error) {
	m := Meeting{Admin: req.Admin, Start: req.Start, Length: req.Length, Body: Body{
		Title: req.Title, Description: req.Description, Location: req.Location, CalendarID: req.CalendarID, Settings: usual(), Guests: guestsOf(req.Guests),
	}}
	if req.Invitees != nil {
		m.Invitees = req.Invitees.UserIDs
	}
	if r := req.Settings; r != nil {
		r.set(&m.Settings)
		if r.Hosts != nil {
			m.Hosts = r.Hosts.UserIDs
		}
		if r.Ring != nil {
			m.Ring = r.Ring.UserIDs
		}
	}
	if r := req.Reminders; r != nil {
		m.Repeat = r.repeat()
		if r.Remind != nil {
			m.Remind = reminders(*r.Remind)
		}
	}
	if m, err = s.Create(ctx, tx, by, m); err == nil && !req.Again {
		err = isNew(tx, by, m)
	}
	return createResponse{ID: m.ID, Code: m.Code, Link: s.link(m, "")}, err
}

// isNew refuses a meeting that the application has already: one that is the same in all that a request can say (400302).
// What WeCom compares is unverified.
func isNew(tx *store.Tx, by access.Caller, m Meeting) error {
	list, err := selectMeetings(tx, `corpid = ? AND admin_key = ? AND app = ? AND starts = ? AND length = ? AND cancelled = 0`, by.CorpID, m.Admin.Key(), by.App, m.Start, m.Length)
	if err != nil {
		return err
	}
	said := func(m Meeting) (string, error) {
		for _, list := range []*[]id.UserID{&m.Invitees, &m.Hosts, &m.Ring} {
			*list = slices.Clone(*list)
			slices.Sort(*list)
		}
		m.Settings.HostKey = "" // which is drawn where the request names none
		body, err := json.Marshal([]any{m.Body, m.People})
		return string(body), err
	}
	var mine string
	words := make([]string, len(list))
	for i, one := range list {
		if words[i], err = said(one); err != nil {
			return err
		}
		if one.No == m.No {
			mine = words[i]
		}
	}
	for i, old := range list {
		if old.No != m.No && words[i] == mine {
			return ErrAgain.With("it is %q; skip_duplicate_check makes another", old.ID)
		}
	}
	return nil
}

// link is the address of the page on which people join, by one of the meeting's links or without.
func (s *Service) link(m Meeting, key string) string {
	address := s.deps.BaseURL() + "/phone/meetings?code=" + m.Code
	if key != "" {
		address += "&key=" + key
	}
	return address
}

func (s *Service) update(ctx context.Context, tx *store.Tx, by access.Caller, req updateRequest) (updateResponse, error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return updateResponse{}, err
	}
	c := Change{Title: req.Title, Description: req.Description, Location: req.Location, CalendarID: req.CalendarID, Start: req.Start, Length: req.Length}
	if req.Invitees != nil {
		c.Invitees = &req.Invitees.UserIDs
	}
	if r := req.Settings; r != nil {
		c.Settings = r.set
		if r.Hosts != nil {
			c.Hosts = &r.Hosts.UserIDs
		}
		if r.Ring != nil {
			c.Ring = &r.Ring.UserIDs
		}
	}
	if req.Remind != nil {
		list := reminders([]int64{*req.Remind})
		c.Remind = &list
	}
	if r := req.Reminders; r != nil {
		repeat := r.repeat()
		c.Repeat = &repeat
		if r.Remind != nil {
			list := reminders(*r.Remind)
			c.Remind = &list
		}
	}
	return updateResponse{}, s.Update(ctx, tx, by, m, c)
}

type meetingRequest struct {
	ID string `json:"meetingid"`
}

type cancelRequest struct {
	ID  string `json:"meetingid"`
	Sub string `json:"sub_meetingid"`
}

func (s *Service) cancel(ctx context.Context, tx *store.Tx, by access.Caller, req cancelRequest) (wire.None, error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.Cancel(ctx, tx, by, m, req.Sub)
}

type (
	userMeetingidRequest struct {
		UserID id.UserID `json:"userid"`
		Cursor string    `json:"cursor"`
		Begin  int64     `json:"begin_time"`
		End    int64     `json:"end_time"`
		Limit  int64     `json:"limit"`
	}
	userMeetingidResponse struct {
		Next string   `json:"next_cursor"`
		IDs  []string `json:"meetingid_list"`
	}
)

func (s *Service) getUserMeetingid(ctx context.Context, tx *store.Tx, by access.Caller, req userMeetingidRequest) (resp userMeetingidResponse, err error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
	if err != nil {
		return resp, err
	}
	q := Query{App: &by.App, UserID: m.UserID, From: req.Begin, To: req.End, Limit: req.Limit}
	of := []string{m.UserID.Key(), strconv.FormatInt(req.Begin, 10), strconv.FormatInt(req.End, 10)}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "meeting/get_user_meetingid"}
	if req.Cursor != "0" { // which the first call may send (doc 99050)
		if q.After, err = cursor.Open(by, req.Cursor, of...); err != nil {
			return resp, err
		}
	}
	list, more, err := s.List(tx, by.CorpID, q)
	if err != nil {
		return resp, err
	}
	for _, m := range list {
		resp.IDs = append(resp.IDs, m.ID)
	}
	if more {
		resp.Next = cursor.Next(by, list[len(list)-1].No, of...)
	}
	return resp, nil
}

package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type infoRequest struct {
	ID   string `json:"meetingid"`
	Code string `json:"meeting_code"`
	Sub  string `json:"sub_meetingid"`
}

// Info is a meeting as get_info answers it (docs 99049 and 98149, which share the call).
type Info struct {
	Admin       id.UserID    `json:"admin_userid"`
	Title       string       `json:"title"`
	Start       int64        `json:"meeting_start"`
	Length      int64        `json:"meeting_duration"`
	Description string       `json:"description"`
	Location    string       `json:"location"`
	Department  int64        `json:"main_department"`
	Status      Status       `json:"status"`
	Type        int64        `json:"meeting_type"` // 0 once, 1 repeating
	AgentID     int64        `json:"agentid,omitempty"`
	Attendees   attendeesOf  `json:"attendees"`
	Settings    settingsOf   `json:"settings"`
	CalendarID  string       `json:"cal_id"`
	Reminders   remindersOf  `json:"reminders"`
	Code        string       `json:"meeting_code"`
	Link        string       `json:"meeting_link"`
	Voted       bool         `json:"has_vote"` // polls are not built
	MoreSubs    int64        `json:"has_more_sub_meeting"`
	Remaining   int64        `json:"remain_sub_meetings"`
	CurrentSub  string       `json:"current_sub_meetingid,omitempty"`
	Subs        []subOf      `json:"sub_meetings"`
	Guests      []guestWire  `json:"guests"`
	SubRepeats  []subRepeats `json:"sub_repeat_list"`
}

type (
	attendeesOf struct {
		Members []memberThere   `json:"member"`
		Others  []externalThere `json:"tmp_external_user"`
	}
	there struct {
		Status    int64 `json:"status"` // 1 was there, 2 was not
		FirstJoin int64 `json:"first_join_time"`
		LastQuit  int64 `json:"last_quit_time"`
		Joins     int64 `json:"total_join_count"`
		Seconds   int64 `json:"cumulative_time"`
	}
	memberThere struct {
		UserID id.UserID `json:"userid"`
		there
	}
	externalThere struct {
		Temporary string `json:"tmp_external_userid"`
		there
	}
	settingsOf struct {
		RemindScope    int64  `json:"remind_scope"`
		NeedPassword   bool   `json:"need_password"`
		Password       string `json:"password"`
		WaitingRoom    bool   `json:"enable_waiting_room"`
		BeforeHost     bool   `json:"allow_enter_before_host"`
		EnterMute      int64  `json:"enable_enter_mute"`
		EnterMuteType  int64  `json:"enable_enter_mute_type"`
		UnmuteSelf     bool   `json:"allow_unmute_self"`
		External       bool   `json:"allow_external_user"`
		Watermark      bool   `json:"enable_screen_watermark"`
		WatermarkType  int64  `json:"watermark_type"`
		AutoRecord     string `json:"auto_record_type"`
		AttendeeRecord bool   `json:"attendee_join_auto_record"`
		HostPause      bool   `json:"enable_host_pause_auto_record"`
		Documents      bool   `json:"enable_doc_upload_permission"` // nothing is uploaded here
		Enrol          bool   `json:"enable_enroll"`
		HostKeyOn      bool   `json:"enable_host_key"`
		HostKey        string `json:"host_key"`
		Hosts          users  `json:"hosts"`
		CurrentHosts   users  `json:"current_hosts"`
		Cohosts        users  `json:"co_hosts"`
		Ring           users  `json:"ring_users"`
	}
	rhythmOf struct {
		Type      calendar.RepeatType `json:"repeat_type"`
		UntilType int64               `json:"repeat_until_type"`
		Count     int64               `json:"repeat_until_count"`
		Until     int64               `json:"repeat_until"`
		Interval  int64               `json:"repeat_interval"`
		Custom    int64               `json:"is_custom_repeat"`
		Weekdays  []int64             `json:"repeat_day_of_week"`
		Days      []int64             `json:"repeat_day_of_month"`
	}
	remindersOf struct {
		Repeat int64 `json:"is_repeat"`
		rhythmOf
		Remind []int64 `json:"remind_before"`
	}
	subOf struct {
		ID       string `json:"sub_meetingid"`
		Status   int64  `json:"status"` // 0 there, 1 cancelled
		Start    int64  `json:"start_time"`
		End      int64  `json:"end_time"`
		Title    string `json:"title"`
		RepeatID string `json:"repeat_id"`
	}
	subRepeats struct {
		RepeatID string `json:"repeat_id"`
		rhythmOf
	}
)

func (s *Service) getInfo(ctx context.Context, tx *store.Tx, by access.Caller, req infoRequest) (info Info, err error) {
	var m Meeting
	switch {
	case req.ID != "":
		m, err = s.Ours(tx, by, req.ID)
	case req.Code != "":
		if m, err = numbered(tx, by.CorpID, req.Code); err == nil {
			err = m.madeBy(by)
		}
	default:
		err = wire.ErrEmpty.With("meetingid or meeting_code expected")
	}
	if err != nil {
		return info, err
	}
	return s.info(tx, by, m, req.Sub)
}

// info writes a meeting as get_info does, with who was at a sub-meeting or, without one, at any.
func (s *Service) info(tx *store.Tx, by access.Caller, m Meeting, subID string) (info Info, err error) {
	now := tx.Now().Unix()
	st, err := stateOf(tx, m)
	if err != nil {
		return info, err
	}
	info = Info{
		Admin: m.Admin, Title: m.Title, Start: m.Start, Length: m.Length, Description: m.Description, Location: m.Location, Department: m.Department, Status: st.Status,
		CalendarID: m.CalendarID, Code: m.Code, Link: s.link(m, ""), Settings: m.Settings.shown(), Reminders: remindersOf{Repeat: flag(m.Repeat.On), rhythmOf: m.Repeat.shown(), Remind: m.Remind},
	}
	if by.Kind.Installed() {
		info.AgentID = by.AgentID
	}
	of := int64(-1)
	if subID != "" {
		o, err := m.sub(subID, now)
		if err != nil {
			return info, err
		}
		info.Start, of = o.start, o.start
	}
	if m.Repeat.On {
		m.showSubs(&info, st, now)
	}
	for _, g := range m.Guests {
		info.Guests = append(info.Guests, guestWire(g))
	}
	return info, s.showPeople(tx, m, &info, of)
}

func (c Settings) shown() settingsOf {
	return settingsOf{
		RemindScope: c.RemindScope, NeedPassword: c.Password != "", Password: c.Password, WaitingRoom: c.WaitingRoom, BeforeHost: c.BeforeHost, EnterMute: c.EnterMute, EnterMuteType: c.EnterMute,
		UnmuteSelf: c.UnmuteSelf, External: c.External, Watermark: c.Watermark, WatermarkType: c.WatermarkType, AutoRecord: c.AutoRecord, AttendeeRecord: c.AttendeeRecord,
		HostPause: c.HostPause, Enrol: c.Enrol, HostKeyOn: c.HostKeyOn, HostKey: c.HostKey,
	}
}

func (r Repeat) shown() rhythmOf {
	return rhythmOf{Type: r.Type, UntilType: flag(r.ByCount), Count: r.Count, Until: r.Until, Interval: r.Interval, Custom: flag(r.Custom), Weekdays: r.Weekdays, Days: r.Days}
}

// showSubs lists the sub-meetings, cancelled ones too. All follow one rhythm here: clients of the platform can split a
// series, which the phone's page does not.
func (m Meeting) showSubs(info *Info, st State, now int64) {
	repeatID := m.ID + "-1"
	info.Type = 1
	info.SubRepeats = []subRepeats{{repeatID, m.Repeat.shown()}}
	whole := m
	whole.Repeat.Excluded = nil
	gone := map[int64]bool{}
	for _, at := range m.Repeat.Excluded {
		gone[at] = true
	}
	for _, o := range whole.spans() {
		info.Subs = append(info.Subs, subOf{o.id(), flag(gone[o.start]), o.start, o.end, m.Title, repeatID})
		if !gone[o.start] && o.end > now {
			info.Remaining++
		}
	}
	if o, found := m.current(now); found {
		info.CurrentSub = o.id()
	}
	if st.Status == Held {
		info.CurrentSub = span{start: st.Session.Sub}.id()
	}
}

// showPeople fills in who was there, in the sub-meeting that begins at sub or, if it is negative, in all.
func (s *Service) showPeople(tx *store.Tx, m Meeting, info *Info, sub int64) error {
	all, err := persons(tx, m)
	if err != nil {
		return err
	}
	visits, err := selectVisits(tx, `meeting = ? AND waiting = 0 ORDER BY no`, m.No)
	if err != nil {
		return err
	}
	now := tx.Now().UnixMilli()
	stays, order := map[int64]*there{}, []int64{}
	c := &info.Settings
	c.Hosts.UserIDs, c.Ring.UserIDs = m.Hosts, m.Ring
	for _, v := range visits {
		p := all[v.Person]
		if v.LeftAt == 0 && p.UserID != "" {
			switch m.role(p) {
			case leader, adminLeader:
				c.CurrentHosts.UserIDs = add(c.CurrentHosts.UserIDs, p.UserID)
			case cohost:
				c.Cohosts.UserIDs = add(c.Cohosts.UserIDs, p.UserID)
			}
		}
		if sub >= 0 && v.Sub != sub {
			continue
		}
		t := stays[v.Person]
		if t == nil {
			t = &there{Status: 1, FirstJoin: v.JoinedAt / 1000}
			stays[v.Person], order = t, append(order, v.Person)
		}
		until := v.LeftAt
		if until == 0 {
			until = now
		} else {
			t.LastQuit = max(t.LastQuit, until/1000)
		}
		t.Joins++
		t.Seconds += (until - v.JoinedAt) / 1000
	}
	came := map[string]*there{}
	for _, no := range order {
		if p := all[no]; p.UserID != "" {
			came[p.UserID.Key()] = stays[no]
		}
	}
	for _, u := range m.Invitees {
		t := there{Status: 2}
		if was := came[u.Key()]; was != nil {
			t = *was
			delete(came, u.Key())
		}
		info.Attendees.Members = append(info.Attendees.Members, memberThere{u, t})
	}
	for _, no := range order {
		p := all[no]
		switch {
		case p.External != "":
			info.Attendees.Others = append(info.Attendees.Others, externalThere{p.Temporary, *stays[no]})
		case p.UserID != "" && came[p.UserID.Key()] != nil:
			info.Attendees.Members = append(info.Attendees.Members, memberThere{p.UserID, *stays[no]})
		}
	}
	return nil
}

func add(list []id.UserID, u id.UserID) []id.UserID {
	for _, v := range list {
		if v.Equal(u) {
			return list
		}
	}
	return append(list, u)
}

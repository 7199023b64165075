package mcp

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func (s *Service) scheduleTools() []tool {
	return []tool{
		reads("get_schedule_list_by_range", "查询时间范围内的日程 ID，仅支持当日前后 30 天", s.getScheduleList),
		reads("get_schedule_detail", "批量获取日程详情，1 至 50 个", s.getScheduleDetail),
		writes("create_schedule", "创建日程，可设置提醒、参与人和重复规则", s.createSchedule),
		writes("update_schedule", "修改日程，只需传入需要修改的字段", s.updateSchedule),
		writes("cancel_schedule", "取消日程", s.cancelSchedule),
		writes("add_schedule_attendees", "添加日程参与人", s.addAttendees),
		writes("del_schedule_attendees", "移除日程参与人", s.delAttendees),
		reads("check_availability", "查询 1 至 10 个成员在时间范围内的忙碌时段", s.checkAvailability),
	}
}

type (
	spanRequest struct {
		Start string `json:"start_time" must:"1" about:"开始时间，格式：YYYY-MM-DD HH:mm:ss（北京时间）"`
		End   string `json:"end_time" must:"1" about:"结束时间，格式：YYYY-MM-DD HH:mm:ss（北京时间）"`
	}
	scheduleListResponse struct {
		IDs []string `json:"schedule_id_list"`
	}
)

func (r spanRequest) near(tx *store.Tx) (from, to int64, err error) {
	if from, to, err = readSpan("start_time", r.Start, "end_time", r.End); err != nil {
		return 0, 0, err
	}
	if err = near(tx, "start_time", from); err == nil {
		err = near(tx, "end_time", to)
	}
	return from, to, err
}

func (s *Service) getScheduleList(ctx context.Context, tx *store.Tx, a actor, req spanRequest) (resp scheduleListResponse, err error) {
	from, to, err := req.near(tx)
	if err != nil {
		return resp, err
	}
	list, err := s.deps.Calendars.MemberSchedules(tx, a.By.CorpID, a.Member.UserID, from, to+1)
	for _, sch := range list {
		resp.IDs = append(resp.IDs, sch.ID)
	}
	return resp, err
}

type (
	scheduleIDsRequest struct {
		IDs []string `json:"schedule_id_list" must:"1" most:"50" about:"日程 ID 列表，1 至 50 个"`
	}
	scheduleDetailResponse struct {
		List []calendar.Shown `json:"schedule"`
	}
)

func (s *Service) getScheduleDetail(ctx context.Context, tx *store.Tx, a actor, req scheduleIDsRequest) (resp scheduleDetailResponse, err error) {
	if len(req.IDs) == 0 {
		return resp, errParameter.With("schedule_id_list: 1 to 50 expected")
	}
	for _, one := range req.IDs {
		sch, err := s.deps.Calendars.SeenSchedule(tx, a.By.CorpID, a.Member, one)
		if err != nil {
			return resp, err
		}
		resp.List = append(resp.List, calendar.Show(sch))
	}
	return resp, nil
}

type (
	attendeeRequest struct {
		UserID id.UserID `json:"userid" must:"1"`
	}
	scheduleFields struct {
		Start       *string             `json:"start_time" about:"开始时间，格式：YYYY-MM-DD HH:mm:ss（北京时间）"`
		End         *string             `json:"end_time" about:"结束时间，格式：YYYY-MM-DD HH:mm:ss（北京时间）"`
		Summary     *string             `json:"summary" about:"标题，最长 128 字"`
		Description *string             `json:"description" about:"描述，最长 1000 字"`
		Location    *string             `json:"location" about:"地点，最长 128 字"`
		WholeDay    *int64              `json:"is_whole_day" only:"0,1" about:"是否全天：0 否，1 是"`
		Attendees   *[]attendeeRequest  `json:"attendees" about:"参与人"`
		Reminders   *calendar.Reminders `json:"reminders" about:"提醒与重复：is_remind 是否提醒，remind_before_event_secs 提前秒数（0、300、900、3600、86400），remind_time_diffs，timezone 时区"`
	}
	changedSchedule struct {
		ID string `json:"schedule_id" must:"1" about:"日程 ID"`
		scheduleFields
	}
	createScheduleRequest struct {
		Schedule *scheduleFields `json:"schedule" must:"1"`
	}
	createScheduleResponse struct {
		ID string `json:"schedule_id"`
	}
	updateScheduleRequest struct {
		Schedule *changedSchedule `json:"schedule" must:"1"`
	}
	scheduleIDRequest struct {
		ID string `json:"schedule_id" must:"1" about:"日程 ID"`
	}
)

// into writes the given fields into a draft.
func (f scheduleFields) into(d *calendar.Draft) error {
	for _, t := range []struct {
		field string
		text  *string
		to    *int64
	}{{"schedule.start_time", f.Start, &d.Start}, {"schedule.end_time", f.End, &d.End}} {
		if t.text != nil {
			at, err := readTime(t.field, *t.text)
			if err != nil {
				return err
			}
			*t.to = at
		}
	}
	for to, text := range map[*string]*string{&d.Summary: f.Summary, &d.Description: f.Description, &d.Location: f.Location} {
		if text != nil {
			*to = *text
		}
	}
	if f.WholeDay != nil {
		d.WholeDay = *f.WholeDay != 0
	}
	if f.Attendees != nil {
		d.Attendees = nil
		for _, a := range *f.Attendees {
			d.Attendees = append(d.Attendees, calendar.Attendee{UserID: a.UserID})
		}
		d.Admins = nil
	}
	if f.Reminders != nil {
		read, err := calendar.NewDraft(&calendar.Request{Reminders: f.Reminders})
		if err != nil {
			return err
		}
		d.Remind, d.Diffs, d.Repeat, d.Offset, d.Zone = read.Remind, read.Diffs, read.Repeat, read.Offset, ""
	}
	return nil
}

func (s *Service) createSchedule(ctx context.Context, tx *store.Tx, a actor, req createScheduleRequest) (createScheduleResponse, error) {
	if req.Schedule.Start == nil || req.Schedule.End == nil {
		return createScheduleResponse{}, errParameter.With("schedule: start_time and end_time expected")
	}
	d := calendar.Draft{}
	d.Offset = calendar.DefaultOffset
	if err := req.Schedule.into(&d); err != nil {
		return createScheduleResponse{}, err
	}
	made, err := s.deps.Calendars.CreateOwn(ctx, tx, a.By, d)
	return createScheduleResponse{made.ID}, err
}

func (s *Service) updateSchedule(ctx context.Context, tx *store.Tx, a actor, req updateScheduleRequest) (none, error) {
	old, err := s.deps.Calendars.SeenSchedule(tx, a.By.CorpID, a.Member, req.Schedule.ID)
	if err != nil {
		return none{}, err
	}
	u := calendar.Kept(old)
	if err := req.Schedule.into(&u.Draft); err != nil {
		return none{}, err
	}
	u.Source = ""
	_, err = s.deps.Calendars.ChangeAsMember(ctx, tx, a.By, u)
	return none{}, err
}

func (s *Service) cancelSchedule(ctx context.Context, tx *store.Tx, a actor, req scheduleIDRequest) (none, error) {
	return none{}, s.deps.Calendars.CancelAsMember(ctx, tx, a.By, req.ID, calendar.Whole, 0)
}

type attendeesRequest struct {
	scheduleIDRequest
	Attendees []attendeeRequest `json:"attendees" must:"1" about:"参与人"`
}

func (r attendeesRequest) users() (out []id.UserID) {
	for _, a := range r.Attendees {
		out = append(out, a.UserID)
	}
	return out
}

func (s *Service) addAttendees(ctx context.Context, tx *store.Tx, a actor, req attendeesRequest) (none, error) {
	return none{}, s.changeAttendees(ctx, tx, a, req.ID, req.users(), nil)
}

func (s *Service) delAttendees(ctx context.Context, tx *store.Tx, a actor, req attendeesRequest) (none, error) {
	return none{}, s.changeAttendees(ctx, tx, a, req.ID, nil, req.users())
}

func (s *Service) changeAttendees(ctx context.Context, tx *store.Tx, a actor, scheduleID string, add, remove []id.UserID) error {
	u, err := s.deps.Calendars.AttendeesAsMember(tx, a.By, scheduleID, add, remove)
	if err != nil {
		return err
	}
	u.Source = ""
	_, err = s.deps.Calendars.ChangeAsMember(ctx, tx, a.By, u)
	return err
}

type (
	availabilityRequest struct {
		Users []id.UserID `json:"check_user_list" must:"1" most:"10" about:"成员 userid 列表，1 至 10 个"`
		spanRequest
	}
	busySlot struct {
		Start   string `json:"start_time"`
		End     string `json:"end_time"`
		ID      string `json:"schedule_id,omitempty"`
		Subject string `json:"subject,omitempty"`
	}
	userBusy struct {
		UserID id.UserID  `json:"userid"`
		Slots  []busySlot `json:"busy_slots"`
	}
	availabilityResponse struct {
		List []userBusy `json:"user_busy_list"`
	}
)

// lookDays is how long a span of check_availability may be; unverified.
const lookDays = 31

// checkAvailability answers when members have no time. What a schedule is about is told only to those who see it, and
// members whom the address book's rules hide are as unknown as those who are not there.
func (s *Service) checkAvailability(ctx context.Context, tx *store.Tx, a actor, req availabilityRequest) (resp availabilityResponse, err error) {
	from, to, err := readSpan("start_time", req.Start, "end_time", req.End)
	switch {
	case err != nil:
		return resp, err
	case len(req.Users) == 0:
		return resp, errParameter.With("check_user_list: 1 to 10 expected")
	case to-from > lookDays*86400:
		return resp, errParameter.With("end_time: at most %d days after start_time expected", lookDays)
	}
	sight, err := s.deps.Rules.Sight(tx, a.By.CorpID, a.Member, true)
	if err != nil {
		return resp, err
	}
	for i, u := range req.Users {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(a.By.CorpID), u)
		sees := false
		if err == nil && m.Enabled {
			sees, err = s.deps.Rules.Sees(tx, sight, m)
		}
		if err == nil && !sees || errors.Is(err, directory.ErrMemberNotFound) {
			err = directory.ErrMemberNotFound.With("check_user_list[%d]: there is no enabled member %q", i, u)
		}
		if err != nil {
			return resp, err
		}
		one := userBusy{UserID: m.UserID}
		list, err := s.deps.Calendars.MemberSchedules(tx, a.By.CorpID, m.UserID, from, to)
		if err != nil {
			return resp, err
		}
		for _, sch := range list {
			if sch.AnswerOf(m.UserID) == calendar.Declined {
				continue
			}
			slot := busySlot{}
			if _, err := s.deps.Calendars.SeenSchedule(tx, a.By.CorpID, a.Member, sch.ID); err == nil {
				slot.ID, slot.Subject = sch.ID, sch.Summary
			}
			sch.Occurrences(from, to, func(start, end int64) bool {
				slot.Start, slot.End = showTime(max(start, from)), showTime(min(end, to))
				one.Slots = append(one.Slots, slot)
				return true
			})
		}
		resp.List = append(resp.List, one)
	}
	return resp, nil
}

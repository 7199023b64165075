package calendar

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// scheduleEndpoints are the calls of schedules. All but the list may be made by the meeting rooms' application
// too (doc 93624).
func (s *Service) scheduleEndpoints() []wire.Endpoint {
	out := []wire.Endpoint{
		endpoint("schedule/add", 93648, wire.Write(s.scheduleAdd)),
		endpoint("schedule/update", 97720, wire.Write(s.scheduleUpdate)),
		endpoint("schedule/get", 97724, wire.Read(s.scheduleGet)),
		endpoint("schedule/del", 97725, wire.Write(s.scheduleDel)),
		endpoint("schedule/add_attendees", 97721, wire.Write(s.addAttendees)),
		endpoint("schedule/del_attendees", 97722, wire.Write(s.delAttendees)),
	}
	for i := range out {
		out[i].Allow[access.MeetingRoom] = access.All
	}
	return append(out, endpoint("schedule/get_by_calendar", 97723, wire.Read(s.getByCalendar)))
}

type (
	attendeeWire struct {
		UserID id.UserID `json:"userid"`
	}
	remindersRequest struct {
		Remind   int64   `json:"is_remind"`
		Before   *int64  `json:"remind_before_event_secs"`
		Diffs    []int64 `json:"remind_time_diffs"`
		Repeat   int64   `json:"is_repeat"`
		Type     int64   `json:"repeat_type"`
		Until    int64   `json:"repeat_until"`
		Custom   int64   `json:"is_custom_repeat"`
		Interval int64   `json:"repeat_interval"`
		Weekdays []int64 `json:"repeat_day_of_week"`
		Days     []int64 `json:"repeat_day_of_month"`
		Timezone *int64  `json:"timezone"`
	}
	scheduleRequest struct {
		ID          string            `json:"schedule_id"`
		Admins      []id.UserID       `json:"admins"`
		Attendees   []attendeeWire    `json:"attendees"`
		Summary     string            `json:"summary"`
		Description string            `json:"description"`
		Reminders   *remindersRequest `json:"reminders"`
		Location    string            `json:"location"`
		Start       int64             `json:"start_time"`
		End         int64             `json:"end_time"`
		CalendarID  string            `json:"cal_id"`
		WholeDay    int64             `json:"is_whole_day"`
	}
	scheduleAddRequest struct {
		Schedule *scheduleRequest `json:"schedule"`
		AgentID  int64            `json:"agentid"` // of old suites with several applications, which there are none of
	}
	scheduleUpdateRequest struct {
		SkipAttendees int64            `json:"skip_attendees"`
		Mode          Mode             `json:"op_mode"`
		OpStart       int64            `json:"op_start_time"`
		Schedule      *scheduleRequest `json:"schedule"`
	}
	scheduleAddResponse struct {
		ID string `json:"schedule_id"`
	}
	scheduleUpdateResponse struct {
		ID string `json:"schedule_id,omitempty"`
	}
)

// usualBefore are the seconds that remind_before_event_secs can have (doc 93648).
var usualBefore = []int64{0, 300, 900, 3600, 86400}

func (r *scheduleRequest) draft() (Draft, error) {
	d := Draft{Admins: r.Admins}
	d.ID, d.CalendarID, d.Start, d.End = r.ID, r.CalendarID, r.Start, r.End
	d.Summary, d.Description, d.Location, d.WholeDay, d.Offset = r.Summary, r.Description, r.Location, r.WholeDay != 0, DefaultOffset
	for _, a := range r.Attendees {
		d.Attendees = append(d.Attendees, Attendee{UserID: a.UserID})
	}
	m := r.Reminders
	if m == nil {
		return d, nil
	}
	if m.Timezone != nil {
		d.Offset = *m.Timezone
	}
	if d.Remind = m.Remind != 0; d.Remind {
		switch {
		case len(m.Diffs) > 0:
			d.Diffs = m.Diffs
		case m.Before == nil:
			d.Diffs = []int64{0}
		case !slices.Contains(usualBefore, *m.Before):
			return d, ErrRemind.With("schedule.reminders.remind_before_event_secs: 0, 300, 900, 3600 or 86400 expected, not %d", *m.Before)
		default:
			d.Diffs = []int64{-*m.Before}
		}
	}
	if m.Repeat != 0 {
		d.Repeat = Repeat{On: true, Type: RepeatType(m.Type), Until: m.Until}
		if m.Custom != 0 {
			d.Repeat.Custom, d.Repeat.Interval, d.Repeat.Weekdays, d.Repeat.Days = true, m.Interval, m.Weekdays, m.Days
		}
	}
	return d, nil
}

var errNoSchedule = wire.ErrEmpty.With("schedule: an object expected")

func (s *Service) scheduleAdd(ctx context.Context, tx *store.Tx, by access.Caller, req scheduleAddRequest) (resp scheduleAddResponse, err error) {
	if req.Schedule == nil {
		return resp, errNoSchedule
	}
	d, err := req.Schedule.draft()
	if err != nil {
		return resp, err
	}
	d.ID = ""
	made, err := s.CreateSchedule(ctx, tx, by, d)
	return scheduleAddResponse{made.ID}, err
}

func (s *Service) scheduleUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req scheduleUpdateRequest) (resp scheduleUpdateResponse, err error) {
	if req.Schedule == nil {
		return resp, errNoSchedule
	}
	d, err := req.Schedule.draft()
	if err != nil {
		return resp, err
	}
	made, err := s.UpdateSchedule(ctx, tx, by, Update{Draft: d, Mode: req.Mode, OpStart: req.OpStart, SkipAttendees: req.SkipAttendees != 0})
	return scheduleUpdateResponse{made}, err
}

type scheduleDelRequest struct {
	ID      string `json:"schedule_id"`
	Mode    Mode   `json:"op_mode"`
	OpStart int64  `json:"op_start_time"`
}

func (s *Service) scheduleDel(ctx context.Context, tx *store.Tx, by access.Caller, req scheduleDelRequest) (wire.None, error) {
	return wire.None{}, s.DeleteSchedule(ctx, tx, by, req.ID, req.Mode, req.OpStart)
}

type attendeesRequest struct {
	ID        string         `json:"schedule_id"`
	Attendees []attendeeWire `json:"attendees"`
}

func (r attendeesRequest) users() (out []id.UserID) {
	for _, a := range r.Attendees {
		out = append(out, a.UserID)
	}
	return out
}

func (s *Service) addAttendees(ctx context.Context, tx *store.Tx, by access.Caller, req attendeesRequest) (wire.None, error) {
	return wire.None{}, s.AddAttendees(ctx, tx, by, req.ID, req.users())
}

func (s *Service) delAttendees(ctx context.Context, tx *store.Tx, by access.Caller, req attendeesRequest) (wire.None, error) {
	return wire.None{}, s.RemoveAttendees(ctx, tx, by, req.ID, req.users())
}

type (
	shownAttendee struct {
		UserID id.UserID `json:"userid"`
		Answer Answer    `json:"response_status"`
	}
	excludedWire struct {
		Start int64 `json:"start_time"`
	}
	shownReminders struct {
		Remind   int64          `json:"is_remind"`
		Repeat   int64          `json:"is_repeat"`
		Before   int64          `json:"remind_before_event_secs"`
		Diffs    []int64        `json:"remind_time_diffs"`
		Type     RepeatType     `json:"repeat_type"`
		Until    int64          `json:"repeat_until"`
		Custom   int64          `json:"is_custom_repeat"`
		Interval int64          `json:"repeat_interval"`
		Weekdays []int64        `json:"repeat_day_of_week"`
		Days     []int64        `json:"repeat_day_of_month"`
		Timezone int64          `json:"timezone"`
		Excluded []excludedWire `json:"exclude_time_list"`
	}
	shownSchedule struct {
		ID          string          `json:"schedule_id"`
		Sequence    int64           `json:"sequence"`
		Admins      []id.UserID     `json:"admins"`
		Attendees   []shownAttendee `json:"attendees"`
		Summary     string          `json:"summary"`
		Description string          `json:"description"`
		Reminders   shownReminders  `json:"reminders"`
		Location    string          `json:"location"`
		Start       int64           `json:"start_time"`
		End         int64           `json:"end_time"`
		Status      int64           `json:"status"`
		WholeDay    int64           `json:"is_whole_day"`
		CalendarID  string          `json:"cal_id"`
	}
	schedulesResponse struct {
		Schedules []shownSchedule `json:"schedule_list"`
	}
)

func newSchedulesResponse(list []Schedule) (resp schedulesResponse) {
	resp.Schedules = make([]shownSchedule, len(list))
	for i, s := range list {
		resp.Schedules[i] = newShownSchedule(s)
	}
	return resp
}

func newShownSchedule(s Schedule) shownSchedule {
	r := s.Repeat
	out := shownSchedule{
		ID: s.ID, Sequence: s.Number, Summary: s.Summary, Description: s.Description, Location: s.Location, Start: s.Start, End: s.End,
		Status: flag(s.Cancelled), WholeDay: flag(s.WholeDay), CalendarID: s.CalendarID,
		Reminders: shownReminders{
			Remind: flag(s.Remind), Repeat: flag(r.On), Diffs: s.Diffs, Type: r.Type, Until: r.Until, Custom: flag(r.Custom), Interval: r.Interval,
			Weekdays: r.Weekdays, Days: r.Days, Timezone: s.hours(),
		},
	}
	for _, d := range s.Diffs {
		if d <= 0 { // the older field knows times before the start only
			out.Reminders.Before = -d
			break
		}
	}
	for _, at := range r.Excluded {
		out.Reminders.Excluded = append(out.Reminders.Excluded, excludedWire{at})
	}
	for _, a := range s.Attendees {
		out.Attendees = append(out.Attendees, shownAttendee{a.UserID, a.Answer})
		if a.Admin {
			out.Admins = append(out.Admins, a.UserID)
		}
	}
	return out
}

// hours returns the zone as the API has it: whole hours from UTC at the start, at most 12.
func (s Schedule) hours() int64 {
	if s.Zone == "" {
		return s.Offset
	}
	_, offset := time.Unix(s.Start, 0).In(s.location()).Zone()
	return min(max(int64(offset)/3600, -12), 12)
}

type scheduleGetRequest struct {
	IDs []string `json:"schedule_id_list"`
}

func (s *Service) scheduleGet(ctx context.Context, tx *store.Tx, by access.Caller, req scheduleGetRequest) (schedulesResponse, error) {
	list, err := s.Schedules(tx, by, req.IDs)
	return newSchedulesResponse(list), err
}

type getByCalendarRequest struct {
	ID     string `json:"cal_id"`
	Offset int64  `json:"offset"`
	Limit  *int64 `json:"limit"`
}

func (s *Service) getByCalendar(ctx context.Context, tx *store.Tx, by access.Caller, req getByCalendarRequest) (schedulesResponse, error) {
	list, err := s.SchedulesIn(tx, by, req.ID, req.Offset, req.Limit)
	return newSchedulesResponse(list), err
}

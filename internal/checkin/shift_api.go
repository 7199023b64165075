package checkin

import (
	"context"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) shiftEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("getcheckinschedulist", 93380, 60, wire.Read(s.getcheckinschedulist), access.Custom, access.ThirdParty),
		endpoint("setcheckinschedulist", 93385, 60, wire.Write(s.setcheckinschedulist), access.Custom, access.ThirdParty),
	}
}

// timeRequest asks after members in a time.
type timeRequest struct {
	From  int64       `json:"starttime"` // Unix seconds
	To    int64       `json:"endtime"`
	Users []id.UserID `json:"useridlist"`
}

// valid answers ErrSpan for a time that is none, or too long.
func (r timeRequest) valid() error {
	if r.From <= 0 || r.To < r.From || r.To-r.From > maxSpan {
		return ErrSpan.With("starttime and endtime, at most %d days apart, expected", maxSpan/day)
	}
	return nil
}

type (
	scheduleEntry struct {
		UserID    id.UserID `json:"userid"`
		YearMonth int64     `json:"yearmonth"`
		Group     int64     `json:"groupid"`
		GroupName string    `json:"groupname"`
		Schedule  struct {
			Days []scheduleDay `json:"scheduleList"`
		} `json:"schedule"`
	}
	scheduleDay struct {
		Day  int64        `json:"day"`
		Info scheduleInfo `json:"schedule_info"`
	}
	scheduleInfo struct {
		ID       int64             `json:"schedule_id"`
		Name     string            `json:"schedule_name"`
		Sections []scheduleSection `json:"time_section"`
	}
	scheduleSection struct {
		ID         int64 `json:"id"`
		Work       int64 `json:"work_sec"`
		Off        int64 `json:"off_work_sec"`
		RemindWork int64 `json:"remind_work_sec"`
		RemindOff  int64 `json:"remind_off_work_sec"`
	}
	getcheckinschedulistResponse struct {
		List []scheduleEntry `json:"schedule_list"`
	}
)

// restName is what the shift without times is called.
const restName = "休息"

// getcheckinschedulist answers the days of which somebody has said what members work. Other days are rest.
func (s *Service) getcheckinschedulist(ctx context.Context, tx *store.Tx, by access.Caller, req timeRequest) (resp getcheckinschedulistResponse, err error) {
	if err := req.valid(); err != nil {
		return resp, err
	}
	people, err := s.people(tx, by, req.Users)
	if err != nil {
		return resp, err
	}
	rules, err := s.rulesFor(tx, by.CorpID, people)
	if err != nil {
		return resp, err
	}
	from, to := Midnight(req.From), Midnight(req.To)
	shifts, err := selectShifts(tx, by.CorpID, keysOf(people), from, to)
	if err != nil {
		return resp, err
	}
	for _, p := range people {
		for midnight := from; midnight <= to; midnight += day {
			v, ok := shifts[shiftKey{p.UserID.Key(), midnight}]
			r := ruleOf(rules, p, midnight)
			if !ok || r == nil || r.Type != Shifts || r.group != v.group {
				continue
			}
			resp.add(p.UserID, r, midnight, v.schedule)
		}
	}
	return resp, nil
}

func (r *getcheckinschedulistResponse) add(user id.UserID, rule *dated, midnight, schedule int64) {
	date := time.Unix(midnight, 0).In(form.China)
	month := int64(date.Year()*100 + int(date.Month()))
	i := slices.IndexFunc(r.List, func(e scheduleEntry) bool { return e.UserID == user && e.YearMonth == month && e.Group == rule.group })
	if i < 0 {
		i = len(r.List)
		r.List = append(r.List, scheduleEntry{UserID: user, YearMonth: month, Group: rule.group, GroupName: rule.Name})
	}
	info := scheduleInfo{Name: restName}
	if sh, ok := rule.Shift(schedule); ok {
		info.ID, info.Name = sh.ID, sh.Name
		for _, sec := range sh.Sections {
			info.Sections = append(info.Sections, scheduleSection{sec.ID, sec.Work, sec.Off, sec.RemindWork, sec.RemindOff})
		}
	}
	r.List[i].Schedule.Days = append(r.List[i].Schedule.Days, scheduleDay{int64(date.Day()), info})
}

func keysOf(people []*person) (keys []string) {
	for _, p := range people {
		keys = append(keys, p.UserID.Key())
	}
	return keys
}

type setcheckinschedulistRequest struct {
	Group     int64       `json:"groupid"`
	Items     []ShiftItem `json:"items"`
	YearMonth int64       `json:"yearmonth"`
}

// ShiftItem is what a member works on a day of a month.
type ShiftItem struct {
	UserID   id.UserID `json:"userid"`
	Day      int64     `json:"day"`
	Schedule *int64    `json:"schedule_id"`
}

func (s *Service) setcheckinschedulist(ctx context.Context, tx *store.Tx, by access.Caller, req setcheckinschedulistRequest) (wire.None, error) {
	return wire.None{}, s.SetShifts(ctx, tx, by, req.Group, req.YearMonth, req.Items, false)
}

// maxShifts is how many days one call may set; the page names no limit.
const maxShifts = 10_000

// SetShifts says what members whom a rule covers work on days of a month, all or nothing (doc 93385). Applications may
// only say it of days to come.
func (s *Service) SetShifts(ctx context.Context, tx *store.Tx, by access.Caller, group, yearMonth int64, items []ShiftItem, past bool) error {
	if n := len(items); n < 1 || n > maxShifts {
		return ErrInput.With("items: %d, 1 to %d expected", n, maxShifts)
	}
	first, err := time.ParseInLocation("200601", strconv.FormatInt(yearMonth, 10), form.China)
	if err != nil {
		return ErrShiftDay.With("yearmonth: %d; a year and a month such as 202612 expected", yearMonth)
	}
	var users []id.UserID
	for _, it := range items {
		if !slices.ContainsFunc(users, it.UserID.Equal) {
			users = append(users, it.UserID)
		}
	}
	people, err := s.named(tx, by, users)
	if err != nil {
		return err
	}
	rules, err := s.rulesFor(tx, by.CorpID, people)
	if err != nil {
		return err
	}
	h := ruleNumbered(rules, group)
	if h == nil || h.present(today(tx)) == nil {
		return ErrGroup.With("groupid: there is no rule %d", group)
	}
	if h.present(today(tx)).Type != Shifts {
		return ErrGroup.With("groupid: rule %d has no shifts", group)
	}
	for i, it := range items {
		date := time.Date(first.Year(), first.Month(), int(it.Day), 0, 0, 0, 0, form.China)
		if it.Day < 1 || it.Day > 31 || date.Month() != first.Month() {
			return ErrShiftDay.With("items[%d].day: %d is no day of %d", i, it.Day, yearMonth)
		}
		if date.Unix() <= today(tx) && !past {
			return ErrShiftDay.With("items[%d].day: %d has begun; days to come expected", i, it.Day)
		}
		p := people[slices.IndexFunc(people, func(p *person) bool { return p.UserID.Equal(it.UserID) })]
		r := ruleOf(rules, p, date.Unix())
		if r == nil || r.group != group {
			return ErrUser.With("items[%d].userid: rule %d does not cover %q on that day", i, group, it.UserID)
		}
		if it.Schedule == nil {
			return ErrInput.With("items[%d].schedule_id is missing", i)
		}
		if _, ok := r.Shift(*it.Schedule); !ok {
			return ErrInput.With("items[%d].schedule_id: rule %d has no shift %d", i, group, *it.Schedule)
		}
		if err := writeShift(tx, by.CorpID, p.UserID.Key(), date.Unix(), shiftOf{group, *it.Schedule}); err != nil {
			return err
		}
	}
	return nil
}

func ruleNumbered(rules []*history, group int64) *history {
	i := slices.IndexFunc(rules, func(h *history) bool { return h.group == group })
	if i < 0 {
		return nil
	}
	return rules[i]
}

package checkin

import (
	"encoding/json"
	"slices"

	"qiwei/internal/id"
)

// The kinds of rules (doc 93384).
const (
	Fixed  int64 = 1 // everybody works at the same times
	Shifts int64 = 2 // each member's days have shifts
	Free   int64 = 3 // whoever comes, comes
)

// Rule says when and where members check in (doc 98041). As JSON, in which it is stored and exported, its fields
// have the platform's names.
type Rule struct {
	Type         int64        `json:"grouptype"`
	Name         string       `json:"groupname"`
	Dates        []Workdays   `json:"checkindate,omitempty"`
	SpecialWork  []SpecialDay `json:"spe_workdays,omitempty"`
	SpecialOff   []SpecialDay `json:"spe_offdays,omitempty"`
	Holidays     bool         `json:"sync_holidays"`
	NeedPhoto    bool         `json:"need_photo"`
	LocalPicture bool         `json:"note_can_use_local_pic"`
	WiFi         []WiFi       `json:"wifimac_infos,omitempty"`
	Places       []Place      `json:"loc_infos,omitempty"`
	OnRestDays   bool         `json:"allow_checkin_offworkday"`
	Range        Range        `json:"range"`
	White        []id.UserID  `json:"white_users,omitempty"`  // of the range, but need not check in
	Means        int64        `json:"type"`                   // 0 phones, 1 and 2 devices, 3 both
	Reporters    []Reporter   `json:"reporters,omitempty"`    // who get the reports
	ReportersAt  int64        `json:"reporters_at,omitempty"` // when they were last changed
	Shifts       []Shift      `json:"schedulelist,omitempty"`
	OutOfRange   int64        `json:"option_out_range"` // a check-in elsewhere: 0 flawed, 1 field work, 2 refused
	SyncOutings  bool         `json:"sync_out_checkin"` // outings count as check-ins
	Interval     int64        `json:"offwork_interval_time"`
	FaceDetect   bool         `json:"use_face_detect"`
	FaceLive     bool         `json:"open_face_live_detect"`
	Overtime     Overtime     `json:"ot_info_v2"`
	OvertimeAt   int64        `json:"ot_at,omitempty"`         // when it was last changed
	SpanDay      int64        `json:"span_day_time"`           // when a day begins where work is free, seconds after midnight
	Standard     int64        `json:"standard_work_duration"`  // seconds of a day where work is free, -1 any
	ByApproval   bool         `json:"open_sp_checkin"`         // 审批打卡
	Method       int64        `json:"checkin_method_type"`     // 0 in pairs, 1 the first and the last, 2 only noted
	Correct      Correction   `json:"correction"`              // 补卡
	Creator      id.UserID    `json:"create_userid,omitempty"` // the administrator, none of those of an application
	Updater      id.UserID    `json:"update_userid,omitempty"`
}

// The parts of a rule.
type (
	// Workdays are days of the week with the same times.
	Workdays struct {
		Days     []int64   `json:"workdays"` // 0 is Sunday
		Sections []Section `json:"checkintime"`
		Biweekly Biweekly  `json:"biweekly,omitzero"`
		Flex
	}
	// Biweekly are workdays that take turns by the week, the first being that of 2024-01-01.
	Biweekly struct {
		On   bool    `json:"enable_weekday_recurrence"`
		Odd  []int64 `json:"odd_workdays"`
		Even []int64 `json:"even_workdays"`
	}
	// Section is a time of work and when one checks in for it, in seconds after the day's midnight.
	Section struct {
		ID          int64  `json:"time_id"`
		Work        int64  `json:"work_sec"`
		Off         int64  `json:"off_work_sec"`
		RemindWork  int64  `json:"remind_work_sec"`
		RemindOff   int64  `json:"remind_off_work_sec"`
		Rests       []Rest `json:"rests,omitempty"` // by their beginnings
		EarlyWork   int64  `json:"earliest_work_sec"`
		LateWork    int64  `json:"latest_work_sec"`
		EarlyOff    int64  `json:"earliest_off_work_sec"`
		LateOff     int64  `json:"latest_off_work_sec"`
		NoCheckWork bool   `json:"no_need_checkon,omitempty"`
		NoCheckOff  bool   `json:"no_need_checkoff,omitempty"`
	}
	// Rest is a break, which does not count as work.
	Rest struct {
		Begin int64 `json:"rest_begin_time"`
		End   int64 `json:"rest_end_time"`
	}
	// Flex is how exactly one must come and go, in seconds.
	Flex struct {
		Allow   bool     `json:"allow_flex"`
		OnDuty  int64    `json:"flex_on_duty_time"`  // as late as this is not late
		OffDuty int64    `json:"flex_off_duty_time"` // as early as this is not early
		Early   int64    `json:"max_allow_arrive_early"`
		Late    int64    `json:"max_allow_arrive_late"` // who comes and goes as much later is not late
		LateFor LateRule `json:"late_rule"`
	}
	// LateRule lets those come later who stayed late the day before.
	LateRule struct {
		Allow bool       `json:"allow_offwork_after_time"`
		Rules []LateTime `json:"timerules"`
	}
	// LateTime is how much later one may come after how much later one went.
	LateTime struct {
		After int64 `json:"offwork_after_time"`
		Flex  int64 `json:"onwork_flex_time"`
	}
	// SpecialDay is a day, or some, that is not as the week has it.
	SpecialDay struct {
		Kind     int64     `json:"type"` // 0 a day, 1 from one day to another, 2 every two weeks
		Day      int64     `json:"timestamp"`
		Begin    int64     `json:"begtime"`
		End      int64     `json:"endtime"`
		Notes    string    `json:"notes"`
		Sections []Section `json:"checkintime"`
	}
	// WiFi is a network at which one may check in.
	WiFi struct {
		Name string `json:"wifiname"`
		MAC  string `json:"wifimac"`
	}
	// Place is where one may check in. Degrees are in millionths, of GCJ-02.
	Place struct {
		Latitude  int64  `json:"lat"`
		Longitude int64  `json:"lng"`
		Title     string `json:"loc_title"`
		Detail    string `json:"loc_detail"`
		Distance  int64  `json:"distance"` // metres
	}
	// Range is whom a rule covers.
	Range struct {
		Parties []int64     `json:"party_id"`
		Users   []id.UserID `json:"userid"`
		Tags    []int64     `json:"tagid"`
	}
	// Reporter is who gets reports.
	Reporter struct {
		UserID id.UserID `json:"userid,omitempty"`
		TagID  int64     `json:"tagid,omitempty"`
	}
	// Shift is the times of a day.
	Shift struct {
		ID       int64     `json:"schedule_id"` // 0 is rest
		Name     string    `json:"schedule_name"`
		Sections []Section `json:"time_section"`
		Flex
	}
	// Correction says which check-ins members may have corrected (补卡).
	Correction struct {
		Allow     bool   `json:"allow_apply_offworkday"`
		Most      int64  `json:"allow_apply_bk_cnt"`       // a month, -1 any number
		Days      int64  `json:"allow_apply_bk_day_limit"` // 1 today's, 2 yesterday's too; -1 any
		NextMonth int64  `json:"buka_limit_next_month"`    // on this day of the next month it is too late; -1 never
		Remind    Remind `json:"buka_remind,omitzero"`
		Closed    int64  `json:"buka_restriction"` // bits of what may not be: 1 missing, 2 late, 4 early, 8 other
	}
	// Remind says when members are reminded to have check-ins corrected.
	Remind struct {
		On    bool  `json:"open_remind"`
		Day   int64 `json:"buka_remind_day"`
		Month int64 `json:"buka_remind_month"` // 0 this month, 1 the next
	}
)

// newRule returns a rule as it is where a request says nothing.
func newRule() Rule {
	return Rule{Holidays: true, LocalPicture: true, ByApproval: true, Standard: -1, Correct: Correction{Most: -1, Days: -1, NextMonth: -1}}
}

// Complete gives what a file or a page left out the value that it has where a request says nothing.
func (r *Rule) Complete() {
	usual := func(v *int64, absent, value int64) {
		if *v == absent {
			*v = value
		}
	}
	for _, v := range []*int64{&r.Standard, &r.Correct.Most, &r.Correct.Days, &r.Correct.NextMonth} {
		usual(v, 0, -1)
	}
	none := noOvertime()
	for _, d := range []*OvertimeDay{&r.Overtime.Workday, &r.Overtime.RestDay, &r.Overtime.Holiday} {
		usual(&d.ConvertTo, 0, 1)
		usual(&d.Ratio, 0, usualRatio)
		if d.Checkin.Max == 0 {
			d.Checkin = none.Workday.Checkin
		}
	}
	if r.Overtime.Unit == (OvertimeUnit{}) {
		r.Overtime.Unit = none.Unit
	}
	usual(&r.Overtime.Unit.Step, 0, usualStep)
	usual(&r.Overtime.Unit.PerDay, 0, usualPerDay)
	for i := range r.Dates {
		r.Dates[i].Sections = checkedTimes(r.Dates[i].Sections)
	}
	for i := range r.Shifts {
		r.Shifts[i].Sections = checkedTimes(r.Shifts[i].Sections)
	}
}

// checkedTimes gives sections the usual times where they do not say when one checks in.
func checkedTimes(list []Section) []Section {
	for _, s := range list {
		if s.LateOff != 0 {
			return list
		}
	}
	return windows(list)
}

// Shift returns the shift with the id.
func (r *Rule) Shift(id int64) (Shift, bool) {
	i := slices.IndexFunc(r.Shifts, func(s Shift) bool { return s.ID == id })
	if i < 0 {
		return Shift{}, false
	}
	return r.Shifts[i], true
}

// eachUser calls fn for every userid of the rule, and drops those that fn makes empty.
func (r *Rule) eachUser(fn func(*id.UserID)) {
	for _, list := range []*[]id.UserID{&r.Range.Users, &r.White} {
		for i := range *list {
			fn(&(*list)[i])
		}
		*list = slices.DeleteFunc(*list, func(u id.UserID) bool { return u == "" })
	}
	for i := range r.Reporters {
		if r.Reporters[i].UserID != "" {
			fn(&r.Reporters[i].UserID)
		}
	}
	r.Reporters = slices.DeleteFunc(r.Reporters, func(p Reporter) bool { return p.UserID == "" && p.TagID == 0 })
	fn(&r.Creator)
	fn(&r.Updater)
}

// on reports whether a special day falls on a day.
func (d SpecialDay) on(midnight int64) bool {
	switch d.Kind {
	case 1:
		return d.Begin <= midnight && midnight <= d.End
	case 2:
		return d.Day <= midnight && midnight <= d.End && (midnight-d.Day)%(14*day) == 0
	}
	return d.Day == midnight
}

// firstWeek is the Monday of the first week that workdays which take turns are counted from (doc 93384).
const firstWeek int64 = 1704038400

// weekday is the day of the week, 0 being Sunday.
func weekday(midnight int64) int64 {
	return ((midnight-firstWeek)/day%7 + 8) % 7
}

// on reports whether the days have a day among them.
func (w Workdays) on(midnight int64) bool {
	days := w.Days
	if w.Biweekly.On {
		days = w.Biweekly.Odd
		week := (midnight - firstWeek) / (7 * day)
		if midnight < firstWeek {
			week = (midnight - firstWeek - 6*day) / (7 * day)
		}
		if week%2 != 0 {
			days = w.Biweekly.Even
		}
	}
	return slices.Contains(days, weekday(midnight))
}

// length is how long the section lasts without its rests.
func (s Section) length() int64 { return s.within(s.Work, s.Off) }

// within is how much of a time is work, given in seconds after midnight.
func (s Section) within(from, to int64) int64 {
	from, to = max(from, s.Work), min(to, s.Off)
	total := max(to-from, 0)
	for _, r := range s.Rests {
		total -= max(min(to, r.End)-max(from, r.Begin), 0)
	}
	return max(total, 0)
}

// clone returns a copy that shares nothing with the rule.
func (r *Rule) clone() (Rule, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return Rule{}, err
	}
	out := Rule{}
	return out, json.Unmarshal(text, &out)
}

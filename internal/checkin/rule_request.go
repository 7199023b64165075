package checkin

import (
	"cmp"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/wire"
)

// groupRequest is a rule as a request describes it (doc 98041). What is nil is not said.
type groupRequest struct {
	Group        int64            `json:"groupid"`
	Type         *int64           `json:"grouptype"`
	Name         *string          `json:"groupname"`
	Dates        []dateRequest    `json:"checkindate"`
	SpecialWork  []specialRequest `json:"spe_workdays"`
	SpecialOff   []specialRequest `json:"spe_offdays"`
	Holidays     *bool            `json:"sync_holidays"`
	NeedPhoto    *bool            `json:"need_photo"`
	WiFi         []wifiRequest    `json:"wifimac_infos"`
	LocalPicture *bool            `json:"note_can_use_local_pic"`
	OnRestDays   *bool            `json:"allow_checkin_offworkday"`
	Places       []placeRequest   `json:"loc_infos"`
	Range        *rangeRequest    `json:"range"`
	White        []id.UserID      `json:"white_users"`
	Means        *int64           `json:"type"`
	Reporters    *reporterRequest `json:"reporterinfo"`
	Corrections  *bool            `json:"allow_apply_offworkday"`
	Most         *int64           `json:"allow_apply_bk_cnt"`
	MostDays     *int64           `json:"allow_apply_bk_day_limit"`
	NextMonth    *int64           `json:"buka_limit_next_month"`
	OutOfRange   *int64           `json:"option_out_range"`
	Shifts       []shiftRequest   `json:"schedulelist"`
	Interval     *int64           `json:"offwork_interval_time"`
	FaceDetect   *bool            `json:"use_face_detect"`
	FaceLive     *bool            `json:"open_face_live_detect"`
	Overtime     *overtimeRequest `json:"ot_info_v2"`
	OldOvertime  *wire.None       `json:"ot_info"`
	SyncOutings  *bool            `json:"sync_out_checkin"`
	Remind       *remindRequest   `json:"buka_remind"`
	Closed       *int64           `json:"buka_restriction"`
	SpanDay      *int64           `json:"span_day_time"`
	Standard     *int64           `json:"standard_work_duration"`
	ByApproval   *bool            `json:"open_sp_checkin"`
	Method       *int64           `json:"checkin_method_type"`
}

// The parts of a request.
type (
	dateRequest struct {
		Days     []int64          `json:"workdays"`
		Sections []sectionRequest `json:"checkintime"`
		Biweekly *biweeklyRequest `json:"biweekly"`
		FlexTime int64            `json:"flex_time"`
		Ahead    int64            `json:"limit_aheadtime"`
		NoOff    bool             `json:"noneed_offwork"`
		flexRequest
	}
	biweeklyRequest struct {
		On   bool    `json:"enable_weekday_recurrence"`
		Odd  []int64 `json:"odd_workdays"`
		Even []int64 `json:"even_workdays"`
	}
	flexRequest struct {
		Allow   *bool            `json:"allow_flex"`
		OnDuty  int64            `json:"flex_on_duty_time"`
		OffDuty int64            `json:"flex_off_duty_time"`
		Early   int64            `json:"max_allow_arrive_early"`
		Late    int64            `json:"max_allow_arrive_late"`
		LateFor *lateRuleRequest `json:"late_rule"`
	}
	lateRuleRequest struct {
		Allow bool          `json:"allow_offwork_after_time"`
		After int64         `json:"offwork_after_time"`
		Flex  int64         `json:"onwork_flex_time"`
		Rules []lateRequest `json:"timerules"`
	}
	lateRequest struct {
		After int64 `json:"offwork_after_time"`
		Flex  int64 `json:"onwork_flex_time"`
	}
	sectionRequest struct {
		ID         *int64        `json:"time_id"`
		Work       *int64        `json:"work_sec"`
		Off        *int64        `json:"off_work_sec"`
		RemindWork *int64        `json:"remind_work_sec"`
		RemindOff  *int64        `json:"remind_off_work_sec"`
		AllowRest  bool          `json:"allow_rest"`
		RestBegin  *int64        `json:"rest_begin_time"`
		RestEnd    *int64        `json:"rest_end_time"`
		Rests      []restRequest `json:"rest_times"`
		EarlyWork  *int64        `json:"earliest_work_sec"`
		LateWork   *int64        `json:"latest_work_sec"`
		EarlyOff   *int64        `json:"earliest_off_work_sec"`
		LateOff    *int64        `json:"latest_off_work_sec"`
		NoOn       bool          `json:"no_need_checkon"`
		NoOff      bool          `json:"no_need_checkoff"`
	}
	restRequest struct {
		Begin int64 `json:"rest_begin_time"`
		End   int64 `json:"rest_end_time"`
	}
	specialRequest struct {
		Kind     int64            `json:"type"`
		Day      int64            `json:"timestamp"`
		Begin    int64            `json:"begtime"`
		End      int64            `json:"endtime"`
		Notes    string           `json:"notes"`
		Sections []sectionRequest `json:"checkintime"`
	}
	wifiRequest struct {
		Name string `json:"wifiname"`
		MAC  string `json:"wifimac"`
	}
	placeRequest struct {
		Latitude  *int64 `json:"lat"`
		Longitude *int64 `json:"lng"`
		Title     string `json:"loc_title"`
		Detail    string `json:"loc_detail"`
		Distance  int64  `json:"distance"`
	}
	rangeRequest struct {
		Parties []int64     `json:"party_id"`
		Users   []id.UserID `json:"userid"`
		Tags    []int64     `json:"tagid"`
	}
	reporterRequest struct {
		Reporters []reportRequest `json:"reporters"`
	}
	reportRequest struct {
		UserID id.UserID `json:"userid"`
		TagID  int64     `json:"tagid"`
	}
	shiftRequest struct {
		ID       *int64           `json:"schedule_id"`
		Name     string           `json:"schedule_name"`
		Sections []sectionRequest `json:"time_section"`
		FlexTime int64            `json:"flex_time"`
		Ahead    int64            `json:"limit_aheadtime"`
		LimitOff int64            `json:"limit_offtime"`
		NoOff    bool             `json:"noneed_offwork"`
		flexRequest
	}
	remindRequest struct {
		On    bool   `json:"open_remind"`
		Day   *int64 `json:"buka_remind_day"`
		Month *int64 `json:"buka_remind_month"`
	}
)

// put replaces a value by one that is said.
func put[T any](into *T, said *T) {
	if said != nil {
		*into = *said
	}
}

// apply puts what a request says into a rule. A list that is empty says nothing (doc 98041).
func (g *groupRequest) apply(r *Rule, now int64) error {
	if err := g.foreign(r); err != nil {
		return err
	}
	put(&r.Type, g.Type)
	put(&r.Name, g.Name)
	put(&r.Holidays, g.Holidays)
	put(&r.NeedPhoto, g.NeedPhoto)
	put(&r.LocalPicture, g.LocalPicture)
	put(&r.OnRestDays, g.OnRestDays)
	put(&r.Means, g.Means)
	put(&r.OutOfRange, g.OutOfRange)
	put(&r.Interval, g.Interval)
	put(&r.FaceDetect, g.FaceDetect)
	put(&r.FaceLive, g.FaceLive)
	put(&r.SyncOutings, g.SyncOutings)
	put(&r.SpanDay, g.SpanDay)
	put(&r.Standard, g.Standard)
	put(&r.ByApproval, g.ByApproval)
	put(&r.Method, g.Method)
	if g.Range != nil {
		r.Range = Range(*g.Range)
	}
	if len(g.White) > 0 {
		r.White = g.White
	}
	if g.Reporters != nil {
		r.Reporters, r.ReportersAt = nil, now
		for _, p := range g.Reporters.Reporters {
			r.Reporters = append(r.Reporters, Reporter(p))
		}
	}
	if len(g.WiFi) > 0 {
		r.WiFi = nil
		for _, w := range g.WiFi {
			r.WiFi = append(r.WiFi, WiFi(w))
		}
	}
	if len(g.Places) > 0 {
		r.Places = nil
		for _, p := range g.Places {
			if p.Latitude == nil || p.Longitude == nil {
				return bad("invalid location info").With("lat and lng expected")
			}
			r.Places = append(r.Places, Place{*p.Latitude, *p.Longitude, p.Title, p.Detail, p.Distance})
		}
	}
	if err := g.corrections(&r.Correct); err != nil {
		return err
	}
	if g.Overtime != nil {
		o, err := g.Overtime.overtime()
		if err != nil {
			return err
		}
		r.Overtime, r.OvertimeAt = o, now
	}
	return g.times(r)
}

// corrections puts what a request says of corrections into a rule.
func (g *groupRequest) corrections(c *Correction) error {
	put(&c.Allow, g.Corrections)
	set := func(v *int64, usual int64) bool { return v != nil && *v != usual }
	if !c.Allow && (set(g.Most, -1) || set(g.MostDays, -1) || set(g.NextMonth, -1) || set(g.Closed, 0) || g.Remind != nil && g.Remind.On) {
		return bad("need allow_apply_offworkday, set the fields related to buka requires allow_apply_offworkday to be enabled")
	}
	put(&c.Most, g.Most)
	put(&c.Days, g.MostDays)
	put(&c.NextMonth, g.NextMonth)
	put(&c.Closed, g.Closed)
	if m := g.Remind; m != nil {
		if !m.On && (set(m.Day, 0) || set(m.Month, 0)) {
			return bad("need open_remind, set buka_remind_day/buka_remind_month requires open_remind first")
		}
		c.Remind = Remind{On: m.On}
		put(&c.Remind.Day, m.Day)
		put(&c.Remind.Month, m.Month)
	}
	return nil
}

// times puts days and shifts into a rule.
func (g *groupRequest) times(r *Rule) (err error) {
	if len(g.Dates) > 0 {
		r.Dates = nil
		for _, d := range g.Dates {
			w := Workdays{Days: d.Days}
			if d.Biweekly != nil {
				w.Biweekly = Biweekly(*d.Biweekly)
			}
			if w.Flex, err = d.flex(false); err != nil {
				return err
			}
			if w.Sections, err = sections(d.Sections, true); err != nil {
				return err
			}
			r.Dates = append(r.Dates, w)
		}
	}
	if len(g.Shifts) > 0 {
		r.Shifts = nil
		for _, v := range g.Shifts {
			if v.ID == nil {
				return bad("invalid schedule id").With("schedule_id is missing")
			}
			sh := Shift{ID: *v.ID, Name: v.Name}
			if sh.Flex, err = v.flex(true); err != nil {
				return err
			}
			if sh.Sections, err = sections(v.Sections, true); err != nil {
				return err
			}
			r.Shifts = append(r.Shifts, sh)
		}
	}
	if len(g.SpecialWork) > 0 {
		if r.SpecialWork, err = specialDays(g.SpecialWork); err != nil {
			return err
		}
	}
	if len(g.SpecialOff) > 0 {
		r.SpecialOff, err = specialDays(g.SpecialOff)
	}
	return err
}

func specialDays(list []specialRequest) (out []SpecialDay, err error) {
	for _, v := range list {
		d := SpecialDay{Kind: v.Kind, Day: v.Day, Begin: v.Begin, End: v.End, Notes: v.Notes}
		for _, sec := range v.Sections {
			if sec.EarlyWork != nil || sec.LateWork != nil || sec.EarlyOff != nil || sec.LateOff != nil {
				return nil, old("special workday should not have earliest_work_sec/latest_work_sec/earliest_off_work_sec/latest_off_work_sec")
			}
		}
		if d.Sections, err = sections(v.Sections, false); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// flex returns the flexibility of a request. Where the page has it on unless it is said to be off, on is true; it then
// is on only if there is some.
func (f flexRequest) flex(on bool) (out Flex, err error) {
	out = Flex{Allow: f.Allow != nil && *f.Allow, OnDuty: f.OnDuty, OffDuty: f.OffDuty, Early: f.Early, Late: f.Late}
	some := f.OnDuty != 0 || f.OffDuty != 0 || f.Early != 0 || f.Late != 0
	if on && f.Allow == nil {
		out.Allow = some || f.LateFor != nil && f.LateFor.Allow
	}
	if v := f.LateFor; v != nil {
		out.LateFor.Allow = v.Allow
		for _, t := range v.Rules {
			out.LateFor.Rules = append(out.LateFor.Rules, LateTime(t))
		}
		if len(v.Rules) == 0 && (v.After != 0 || v.Flex != 0) {
			out.LateFor.Rules = []LateTime{{v.After, v.Flex}}
		}
	}
	switch {
	case !out.Allow && (some || out.LateFor.Allow || len(out.LateFor.Rules) > 0):
		return out, bad("flex checkin rule need allow flex")
	case out.Allow && !some && !out.LateFor.Allow:
		return out, bad("invalid flex checkin rule, the value of the field needs to be set")
	case (f.OnDuty != 0 || f.OffDuty != 0) && (f.Early != 0 || f.Late != 0):
		return out, bad("invalid flex checkin rule, , only one item can be set")
	}
	return out, nil
}

// sections returns times of work; checked ones say when one checks in.
func sections(list []sectionRequest, checked bool) (out []Section, err error) {
	for _, v := range list {
		if v.RemindWork == nil || v.RemindOff == nil {
			return nil, bad("checkin time need remind_work_sec and remind_off_work_sec")
		}
		switch {
		case v.ID == nil:
			return nil, bad("conflict time id").With("time_id is missing")
		case v.Work == nil:
			return nil, bad("checkin time work_sec invalid").With("it is missing")
		case v.Off == nil:
			return nil, bad("checkin time off_work_sec invalid").With("it is missing")
		}
		sec := Section{ID: *v.ID, Work: *v.Work, Off: *v.Off, RemindWork: *v.RemindWork, RemindOff: *v.RemindOff, NoCheckWork: v.NoOn, NoCheckOff: v.NoOff}
		if checked {
			if v.EarlyWork == nil || v.LateWork == nil || v.EarlyOff == nil || v.LateOff == nil {
				return nil, bad("invalid checkin time, need earliest_work_sec/latest_work_sec/earliest_off_work_sec/latest_off_work_sec")
			}
			sec.EarlyWork, sec.LateWork, sec.EarlyOff, sec.LateOff = *v.EarlyWork, *v.LateWork, *v.EarlyOff, *v.LateOff
		}
		if sec.Rests, err = v.rests(); err != nil {
			return nil, err
		}
		out = append(out, sec)
	}
	return out, nil
}

// rests returns the breaks of a section, the earliest first.
func (v sectionRequest) rests() (out []Rest, err error) {
	given := len(v.Rests) > 0 || v.RestBegin != nil && *v.RestBegin != 0 || v.RestEnd != nil && *v.RestEnd != 0
	switch {
	case !v.AllowRest && given:
		return nil, bad("set rest_begin_time or rest_end_time need allow_rest first")
	case !v.AllowRest:
		return nil, nil
	case v.RestBegin == nil || v.RestEnd == nil:
		return nil, bad("checkin time rest time invalid").With("rest_begin_time and rest_end_time expected")
	}
	out = []Rest{{*v.RestBegin, *v.RestEnd}}
	for _, r := range v.Rests {
		out = append(out, Rest(r))
	}
	slices.SortFunc(out, func(a, b Rest) int { return cmp.Compare(a.Begin, b.Begin) })
	return out, nil
}

// foreign answers ErrOldField for fields that the API does not take, or not for the kind of rule. The zeros of old
// fields are let pass: silenceper/wechat always sends them.
func (g *groupRequest) foreign(r *Rule) error {
	kind := r.Type
	put(&kind, g.Type)
	for _, d := range g.Dates {
		if d.FlexTime != 0 || d.Ahead != 0 || d.NoOff {
			return old("flex_time/limit_aheadtime/noneed_offwork is old feature, use new feature")
		}
	}
	for _, v := range g.Shifts {
		if v.FlexTime != 0 || v.Ahead != 0 || v.NoOff || v.LimitOff != 0 {
			return old("flex_time/limit_aheadtime/limit_offtime/noneed_offwork is old feature, use new feature")
		}
	}
	switch {
	case g.OldOvertime != nil:
		return old("ot_info is old feature use ot_info_v2")
	case kind == Shifts && len(g.Dates) > 0:
		return old("freegroup do not have checkindate")
	case kind == Free && len(g.Shifts) > 0:
		return old("unrestrain checkingroup do not have schedule")
	case kind == Fixed && len(g.Shifts) > 0:
		return old("only freegroup has schedulelist")
	case kind == Fixed && g.SpanDay != nil:
		return old("When the grouptype is 1, the 'span_day_time' field should not appear in the request.")
	case kind == Fixed && g.Standard != nil:
		return old("When the grouptype is 1, the 'standard_work_duration' field should not appear in the request.")
	case kind == Shifts && g.SpanDay != nil:
		return old("When the grouptype is 2, the 'span_day_time' field should not appear in the request.")
	case kind == Shifts && g.Standard != nil:
		return old("When the grouptype is 2, the 'standard_work_duration' field should not appear in the request.")
	}
	return nil
}

// bad refuses a field in the words of doc 98041.
func bad(text string) wire.Error {
	e := ErrField
	e.Text = text
	return e
}

// old refuses a field that may not be there, in the words of doc 98041.
func old(text string) wire.Error {
	e := ErrOldField
	e.Text = text
	return e
}

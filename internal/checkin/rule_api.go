package checkin

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) ruleEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("getcorpcheckinoption", 93384, 60, wire.Read(s.getcorpcheckinoption), access.Custom),
		endpoint("getcheckinoption", 90263, 0, wire.Read(s.getcheckinoption), access.Custom, access.ThirdParty),
	}
}

// groupInfo is a rule as both calls answer it (docs 93384, 90263).
type groupInfo struct {
	Type         int64         `json:"grouptype"`
	Group        int64         `json:"groupid"`
	ByApproval   bool          `json:"open_sp_checkin"`
	Dates        []dateInfo    `json:"checkindate"`
	SpecialWork  []specialInfo `json:"spe_workdays"`
	SpecialOff   []specialInfo `json:"spe_offdays"`
	Holidays     bool          `json:"sync_holidays"`
	Name         string        `json:"groupname"`
	NeedPhoto    bool          `json:"need_photo"`
	WiFi         []WiFi        `json:"wifimac_infos"`
	LocalPicture bool          `json:"note_can_use_local_pic"`
	OnRestDays   bool          `json:"allow_checkin_offworkday"`
	Corrections  bool          `json:"allow_apply_offworkday"`
	Places       []Place       `json:"loc_infos"`
	Shifts       []shiftInfo   `json:"schedulelist"`
	Interval     int64         `json:"offwork_interval_time"`
	Method       int64         `json:"checkin_method_type"`
	Closed       int64         `json:"buka_restriction"`
	SpanDay      *int64        `json:"span_day_time,omitempty"`
	Standard     *int64        `json:"standard_work_duration,omitempty"`
}

// The parts of a rule.
type (
	dateInfo struct {
		Days     []int64       `json:"workdays"`
		Sections []sectionInfo `json:"checkintime"`
		FlexTime int64         `json:"flex_time"` // counts only where the two below are -1, which they never are
		NoOff    bool          `json:"noneed_offwork"`
		Ahead    int64         `json:"limit_aheadtime"` // milliseconds
		OnDuty   int64         `json:"flex_on_duty_time"`
		OffDuty  int64         `json:"flex_off_duty_time"`
		Biweekly *Biweekly     `json:"biweekly,omitempty"`
	}
	sectionInfo struct {
		Work       int64 `json:"work_sec"`
		Off        int64 `json:"off_work_sec"`
		RemindWork int64 `json:"remind_work_sec"`
		RemindOff  int64 `json:"remind_off_work_sec"`
	}
	specialInfo struct {
		Day      int64         `json:"timestamp"`
		Notes    string        `json:"notes"`
		Sections []sectionInfo `json:"checkintime"`
	}
	shiftInfo struct {
		ID       int64              `json:"schedule_id"`
		Name     string             `json:"schedule_name"`
		Sections []shiftSectionInfo `json:"time_section"`
		Ahead    int64              `json:"limit_aheadtime"` // milliseconds
		NoOff    bool               `json:"noneed_offwork"`
		LimitOff int64              `json:"limit_offtime"`
		OnDuty   int64              `json:"flex_on_duty_time"`
		OffDuty  int64              `json:"flex_off_duty_time"`
		Flexible bool               `json:"allow_flex"`
		LateFor  LateRule           `json:"late_rule"`
		Early    int64              `json:"max_allow_arrive_early"`
		Late     int64              `json:"max_allow_arrive_late"`
	}
	shiftSectionInfo struct {
		ID         int64  `json:"time_id"`
		Work       int64  `json:"work_sec"`
		Off        int64  `json:"off_work_sec"`
		RemindWork int64  `json:"remind_work_sec"`
		RemindOff  int64  `json:"remind_off_work_sec"`
		RestBegin  int64  `json:"rest_begin_time"`
		RestEnd    int64  `json:"rest_end_time"`
		AllowRest  bool   `json:"allow_rest"`
		Rests      []Rest `json:"rest_times"` // all but the earliest
	}
)

func (d *dated) info() groupInfo {
	r := &d.Rule
	out := groupInfo{
		Type: r.Type, Group: d.group, ByApproval: r.ByApproval, Holidays: r.Holidays, Name: r.Name, NeedPhoto: r.NeedPhoto, WiFi: r.WiFi, LocalPicture: r.LocalPicture,
		OnRestDays: r.OnRestDays, Corrections: r.Correct.Allow, Places: r.Places, Interval: r.Interval, Method: r.Method, Closed: r.Correct.Closed,
	}
	if r.Type == Free {
		out.SpanDay, out.Standard = &r.SpanDay, &r.Standard
	}
	for _, w := range r.Dates {
		v := dateInfo{Days: w.Days, Sections: sectionInfos(w.Sections), OnDuty: w.OnDuty, OffDuty: w.OffDuty}
		if w.Biweekly.On {
			v.Days, v.Biweekly = nil, &w.Biweekly
		}
		v.Ahead, _, v.NoOff = limits(w.Sections)
		out.Dates = append(out.Dates, v)
	}
	// A special day of several days is one entry for each of them: the answer has no other form.
	for _, list := range []struct {
		from []SpecialDay
		into *[]specialInfo
	}{{r.SpecialWork, &out.SpecialWork}, {r.SpecialOff, &out.SpecialOff}} {
		for _, d := range list.from {
			for _, at := range d.days() {
				*list.into = append(*list.into, specialInfo{at, d.Notes, sectionInfos(d.Sections)})
			}
		}
	}
	for _, sh := range r.Shifts {
		out.Shifts = append(out.Shifts, sh.info())
	}
	return out
}

func (sh Shift) info() shiftInfo {
	v := shiftInfo{ID: sh.ID, Name: sh.Name, OnDuty: sh.OnDuty, OffDuty: sh.OffDuty, Flexible: sh.Allow, LateFor: sh.LateFor, Early: sh.Early, Late: sh.Late}
	v.Ahead, v.LimitOff, v.NoOff = limits(sh.Sections)
	for _, s := range sh.Sections {
		sec := shiftSectionInfo{ID: s.ID, Work: s.Work, Off: s.Off, RemindWork: s.RemindWork, RemindOff: s.RemindOff}
		if len(s.Rests) > 0 {
			sec.AllowRest, sec.RestBegin, sec.RestEnd, sec.Rests = true, s.Rests[0].Begin, s.Rests[0].End, s.Rests[1:]
		}
		v.Sections = append(v.Sections, sec)
	}
	return v
}

func sectionInfos(list []Section) (out []sectionInfo) {
	for _, s := range list {
		out = append(out, sectionInfo{s.Work, s.Off, s.RemindWork, s.RemindOff})
	}
	return out
}

// limits returns how long before work one may check in, in milliseconds, until how many seconds after work one may
// check out, and whether nobody has to, as older clients know it.
func limits(list []Section) (ahead, after int64, noOff bool) {
	if len(list) == 0 {
		return 0, 0, false
	}
	first, last := list[0], list[len(list)-1]
	noOff = true
	for _, s := range list {
		noOff = noOff && s.NoCheckOff
	}
	return (first.Work - first.EarlyWork) * 1000, last.LateOff - last.Off, noOff
}

type getcheckinoptionRequest struct {
	At    int64       `json:"datetime"` // the day's midnight
	Users []id.UserID `json:"useridlist"`
}

type (
	memberGroup struct {
		UserID id.UserID `json:"userid"`
		Group  groupInfo `json:"group"`
	}
	getcheckinoptionResponse struct {
		Info []memberGroup `json:"info"`
	}
)

// getcheckinoption answers the rules of members on a day. Of a rule with shifts, the days hold the shift of that day.
func (s *Service) getcheckinoption(ctx context.Context, tx *store.Tx, by access.Caller, req getcheckinoptionRequest) (resp getcheckinoptionResponse, err error) {
	if req.At <= 0 {
		return resp, ErrInput.With("datetime: the midnight of a day expected, as a Unix time in seconds")
	}
	people, err := s.people(tx, by, req.Users)
	if err != nil {
		return resp, err
	}
	rules, err := s.rulesFor(tx, by.CorpID, people)
	if err != nil {
		return resp, err
	}
	midnight := Midnight(req.At)
	shifts, err := selectShifts(tx, by.CorpID, keysOf(people), midnight, midnight)
	if err != nil {
		return resp, err
	}
	for _, p := range people {
		r := ruleOf(rules, p, midnight)
		if r == nil {
			continue
		}
		g := r.info()
		if v, ok := shifts[shiftKey{p.UserID.Key(), midnight}]; ok && r.Type == Shifts && v.group == r.group {
			if sh, ok := r.Shift(v.schedule); ok {
				d := dateInfo{Days: []int64{midnight}, Sections: sectionInfos(sh.Sections), OnDuty: sh.OnDuty, OffDuty: sh.OffDuty}
				d.Ahead, _, d.NoOff = limits(sh.Sections)
				g.Dates = []dateInfo{d}
			}
		}
		resp.Info = append(resp.Info, memberGroup{p.UserID, g})
	}
	return resp, nil
}

type (
	corpGroup struct {
		groupInfo
		Range     rangeInfo     `json:"range"`
		CreatedAt int64         `json:"create_time"`
		White     []id.UserID   `json:"white_users,omitempty"`
		Means     int64         `json:"type"`
		Reporters reporterInfo  `json:"reporterinfo"`
		Overtime  *overtimeInfo `json:"ot_info,omitempty"`
		Most      int64         `json:"allow_apply_bk_cnt"`
		OutRange  int64         `json:"option_out_range"`
		Creator   id.UserID     `json:"create_userid"`
		Face      bool          `json:"use_face_detect"`
		Days      int64         `json:"allow_apply_bk_day_limit"`
		Updater   id.UserID     `json:"update_userid"`
	}
	rangeInfo struct {
		Parties []string    `json:"party_id"` // the platform writes them as texts
		Users   []id.UserID `json:"userid"`
		Tags    []int64     `json:"tagid"`
	}
	reporterInfo struct {
		Reporters []Reporter `json:"reporters"`
		UpdatedAt int64      `json:"updatetime"`
	}
	getcorpcheckinoptionResponse struct {
		Groups []corpGroup `json:"group"`
	}
)

// getcorpcheckinoption answers all rules of the corp, also those that begin tomorrow.
func (s *Service) getcorpcheckinoption(ctx context.Context, tx *store.Tx, by access.Caller, req wire.None) (resp getcorpcheckinoptionResponse, err error) {
	rules, err := selectRules(tx, by.CorpID)
	for _, h := range rules {
		d := h.present(today(tx))
		if d == nil {
			continue
		}
		g := corpGroup{
			groupInfo: d.info(), CreatedAt: d.created, White: d.White, Means: d.Means, Reporters: reporterInfo{d.Reporters, d.ReportersAt}, Overtime: d.overtimeInfo(),
			Most: d.Correct.Most, Days: d.Correct.Days, OutRange: d.OutOfRange, Creator: d.Creator, Updater: d.Updater, Face: d.FaceDetect,
			Range: rangeInfo{Users: d.Range.Users, Tags: d.Range.Tags},
		}
		for _, p := range d.Range.Parties {
			g.Range.Parties = append(g.Range.Parties, strconv.FormatInt(p, 10))
		}
		resp.Groups = append(resp.Groups, g)
	}
	return resp, err
}

// Present is a rule of the corp as it is now, with the day that this began on.
type Present struct {
	Group int64
	App   int64 // the application that has made it, 0 for an administrator
	From  int64
	Rule
}

// Rules returns the corp's rules, also those that begin tomorrow.
func (s *Service) Rules(tx *store.Tx, corpID string) (out []Present, err error) {
	rules, err := selectRules(tx, corpID)
	for _, h := range rules {
		if d := h.present(today(tx)); d != nil {
			out = append(out, Present{d.group, d.app, h.from[0], d.Rule})
		}
	}
	return out, err
}

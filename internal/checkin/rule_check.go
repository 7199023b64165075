package checkin

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a rule (doc 98041).
const (
	maxName       = 40 // characters
	maxDates      = 7
	maxSections   = 4
	maxTimeID     = 99999
	maxRests      = 5
	maxShiftCount = 50
	maxSites      = 500
	maxSpecial    = 366
	maxNotes      = 40 // bytes
	maxFlex       = 360 * 60
	maxLate       = 600 * 60
	maxInterval   = 1435 * 60
	maxNextMonth  = 28
	maxCount      = 99
	maxBack       = 180 // days
	minWork       = 3 * 60
)

// hour is an hour in seconds.
const hour = 60 * 60

// check answers what is wrong with a rule, in the words of doc 98041. Before is the rule as it was, nil for a new one.
func (r *Rule) check(before *Rule, midnight int64) error {
	if r.Type < Fixed || r.Type > Free {
		return bad("invalid group type")
	}
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > maxName {
		return bad("invalid groupname, groupname cannot be empty and contains a maximum of 40 characters")
	}
	if len(r.Range.Parties)+len(r.Range.Users)+len(r.Range.Tags) == 0 {
		return bad("empty checkin range")
	}
	for _, fn := range []func() error{r.checkMeans, r.checkCorrections, r.checkSites, r.checkTimes} {
		if err := fn(); err != nil {
			return err
		}
	}
	return r.checkSpecial(before, midnight)
}

func (r *Rule) checkMeans() error {
	switch {
	case r.Means < 0 || r.Means > 3:
		return bad("invalid checkin type, group.type need to be one of 0/1/3")
	case r.OutOfRange < 0 || r.OutOfRange > 2:
		return bad("invalid option_out_range, the maximum is 2")
	case r.FaceLive && !r.FaceDetect:
		return bad("invalid face detect, open_face_live_detect requires use_face_detect first")
	case r.Interval < 0 || r.Interval%300 != 0 || r.Interval > maxInterval:
		return bad("invalid offwork_interval_time, the value must be a multiple of 5 minutes and the maximum value cannot exceed 1435 minutes")
	case r.Method < 0 || r.Method > 2 || r.Method == 2 && r.Type != Free:
		return bad("invalid checkin_method_type").With("0 or 1 expected, or 2 where grouptype is 3")
	case r.SpanDay < 0 || r.SpanDay >= day:
		return bad("The value of 'span_day_time' must be greater than or equal to 0 and less than 86400.")
	case r.SpanDay%60 != 0:
		return bad("'span_day_time' must be a whole number of minutes, meaning it should be divisible by 60.")
	case r.Standard != -1 && (r.Standard < hour || r.Standard > day || r.Standard%(hour/2) != 0):
		return bad("The value of 'standard_work_duration' can only be -1 or increments of half hour, starting from 1 hour, such as 1.5 hours, 2 hours, 2.5 hours, all the way up to 23 hours, 23.5 hours, and 24 hours.")
	}
	for _, p := range r.Reporters {
		if p.UserID == "" && p.TagID == 0 {
			return bad("invalid reporter, need vid or tagid")
		}
	}
	return nil
}

func (r *Rule) checkCorrections() error {
	c := r.Correct
	switch {
	case c.NextMonth < -1 || c.NextMonth == 0 || c.NextMonth > maxNextMonth:
		return bad("invalid buka_limit_next_month, the maximum value is 28")
	case c.Most < -1 || c.Most > maxCount:
		return bad("invalid allow_apply_bk_cnt, the maximum value is 99")
	case c.Days < -1 || c.Days > maxBack:
		return bad("invalid allow_apply_bk_day_limit, the maximum value is 180")
	case c.Closed < 0 || c.Closed > 15:
		return bad("invalid buka_restriction").With("four bits expected")
	}
	if m := c.Remind; m.On && (m.Month < 0 || m.Month > 1 || m.Month == 0 && (m.Day < 15 || m.Day > 30) || m.Month == 1 && (m.Day < 1 || m.Day > 26)) {
		return bad("invalid buka_remind parameter")
	}
	return nil
}

// distances are those that a place can have, in metres.
var distances = []int64{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1500, 2000, 2500, 3000}

func (r *Rule) checkSites() error {
	if len(r.WiFi)+len(r.Places) == 0 {
		return bad("need wifi or location")
	}
	if len(r.WiFi) > maxSites || len(r.Places) > maxSites {
		return bad("wifi or location size maximum 500")
	}
	macs := map[string]bool{}
	for _, w := range r.WiFi {
		mac := strings.ToLower(w.MAC)
		switch n := utf8.RuneCountInString(w.Name); {
		case n < 1 || n > maxName || w.MAC == "":
			return bad("invalid wifi info")
		case !validMAC(w.MAC):
			return bad("invalid wifi mac")
		case macs[mac]:
			return bad("conflict wifi mac")
		}
		macs[mac] = true
	}
	for _, p := range r.Places {
		title, detail := utf8.RuneCountInString(p.Title), utf8.RuneCountInString(p.Detail)
		switch {
		case p.Latitude < -maxLatitude || p.Latitude > maxLatitude || p.Longitude < -maxLongitude || p.Longitude > maxLongitude,
			title < 1 || title > maxName || detail < 1 || detail > maxName:
			return bad("invalid location info")
		case !slices.Contains(distances, p.Distance):
			return bad("invalid location distance")
		}
	}
	return nil
}

// checkTimes checks the days and the shifts of a rule. The ids of times are the rule's.
func (r *Rule) checkTimes() error {
	ids := map[int64]bool{}
	switch r.Type {
	case Shifts:
		return r.checkShifts(ids)
	case Fixed:
		if n := len(r.Dates); n < 1 || n > maxDates {
			return bad("checkindate size must greater than 0 and less than or equal to 7")
		}
	}
	if r.Type == Free && len(r.SpecialWork) > 0 {
		return bad("free group or unrestrain group do not have special work day")
	}
	seen := map[int64]bool{}
	for _, w := range r.Dates {
		days := w.Days
		if w.Biweekly.On {
			days = slices.Concat(w.Biweekly.Odd, w.Biweekly.Even)
			slices.Sort(days)
			days = slices.Compact(days)
		}
		if len(days) < 1 || len(days) > 7 {
			return bad("checkindate workdays invalid, checkin time size must greater than 0 and less than or equal to 7")
		}
		for _, d := range days {
			if d < 0 || d > 6 || seen[d] {
				return bad("checkindate workdays invalid, checkin time size must greater than 0 and less than or equal to 7").With("0 to 6, each once, expected")
			}
			seen[d] = true
		}
		if r.Type == Free {
			continue
		}
		if n := len(w.Sections); n < 1 || n > maxSections {
			return bad("checkin time size must greater than 0 and less than or equal to 4")
		}
		if err := checkSections(w.Sections, ids, true); err != nil {
			return err
		}
		for _, s := range w.Sections {
			if s.EarlyWork < 0 || s.EarlyOff < 0 || s.EarlyWork > day || s.LateWork > 2*day-60 || s.EarlyOff > day+4*hour || s.LateOff > day+4*hour {
				return bad("fixgroup, invalid checkin time earliest_work_sec or earliest_off_work_sec")
			}
		}
		if err := w.Flex.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rule) checkShifts(ids map[int64]bool) error {
	if len(r.SpecialWork) > 0 {
		return bad("free group or unrestrain group do not have special work day")
	}
	if len(r.Shifts) > maxShiftCount {
		return bad("freegroup schedule size maximum 50")
	}
	known, names, rest := map[int64]bool{}, map[string]bool{}, false
	for _, v := range r.Shifts {
		n := utf8.RuneCountInString(v.Name)
		switch {
		case v.ID == 0 && v.Name != restName:
			return bad("invalid rest schedule name")
		case v.ID == 0 && len(v.Sections) > 0:
			return bad("rest schedule should not have checkin time")
		case v.ID < 0 || known[v.ID]:
			return bad("conflict schedule id")
		case n < 1 || n > maxName:
			return bad("invalid schedule name")
		case names[v.Name]:
			return bad("conflict schedule name")
		}
		known[v.ID], names[v.Name] = true, true
		if v.ID == 0 {
			rest = true
			continue
		}
		if n := len(v.Sections); n < 1 || n > maxSections {
			return bad("time section size must greater than 0 and less than or equal to 4")
		}
		if err := checkSections(v.Sections, ids, true); err != nil {
			return err
		}
		if first := v.Sections[0]; first.EarlyWork < first.Work-4*hour {
			return bad("schedule time section, earliest_work_sec for the first period shall not be more than 4 hours before work_sec")
		}
		if err := v.Flex.check(); err != nil {
			return err
		}
	}
	switch {
	case !rest:
		return bad("a rest schedule with id 0 is required for freegroup")
	case len(r.Shifts) < 2:
		return bad("a valid schedule is required for freegroup")
	}
	return nil
}

func (f Flex) check() error {
	for _, v := range []int64{f.OnDuty, f.OffDuty, f.Early, f.Late} {
		if v < 0 || v%300 != 0 || v > maxFlex {
			return bad("invalid flex checkin rule, field has to be a multiple of 300 and not exceed and not exceed 21600")
		}
	}
	if !f.LateFor.Allow && len(f.LateFor.Rules) > 0 {
		return bad("late rule need open allow_offwork_after_time")
	}
	for _, v := range f.LateFor.Rules {
		switch {
		case v.After < 0 || v.Flex < 0 || v.After%quarter != 0 || v.Flex%quarter != 0 || v.After > maxLate || v.Flex > maxLate:
			return bad("invalid late rule, late rule must be a multiple of 15 minutes, with a maximum of 600 minutes")
		case v.After < v.Flex:
			return bad("invalid late rule, offwork_after_time should less than onwork_flex_time")
		}
	}
	return nil
}

// checkSections checks the times of a day.
func checkSections(list []Section, ids map[int64]bool, checked bool) error {
	for _, s := range list {
		if s.ID <= 0 || s.ID >= maxTimeID || ids[s.ID] {
			return bad("conflict time id")
		}
		ids[s.ID] = true
		if err := s.check(checked); err != nil {
			return err
		}
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b Section) int { return cmp.Compare(a.Work, b.Work) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; b.Work < a.Off || checked && b.EarlyWork <= a.LateOff {
			return bad("there should be no overlap between the checkin times")
		}
	}
	return nil
}

// The moments at which members are reminded, in seconds from work's beginning and end.
var (
	remindsBefore = []int64{0, 5 * 60, 10 * 60, 15 * 60, 20 * 60}
	remindsAfter  = []int64{0, 10 * 60, 20 * 60, 30 * 60, 60 * 60}
)

func (s Section) check(checked bool) error {
	times := []int64{s.Work, s.Off, s.RemindWork, s.RemindOff, s.EarlyWork, s.LateWork, s.EarlyOff, s.LateOff}
	for _, r := range s.Rests {
		times = append(times, r.Begin, r.End)
	}
	for _, t := range times {
		if t%60 != 0 {
			return bad("checkin time invalid, value has to be a multiple of 60")
		}
	}
	switch {
	case s.Work < 0 || s.Work > day:
		return bad("checkin time work_sec invalid")
	case s.Off < 0 || s.Off >= 2*day-60:
		return bad("checkin time off_work_sec invalid")
	case s.Off-s.Work <= 60 || s.Off-s.Work >= day:
		return bad("checkin time work_sec or off_work_sec invalid")
	case !slices.Contains(remindsBefore, s.Work-s.RemindWork):
		return bad("checkin time remind_work_sec invalid")
	case !slices.Contains(remindsAfter, s.RemindOff-s.Off):
		return bad("checkin time remind_off_work_sec invalid")
	}
	if err := s.checkRests(); err != nil || !checked {
		return err
	}
	switch {
	case s.EarlyWork >= s.LateWork || s.EarlyOff >= s.LateOff:
		return bad("invalid earliest_work_sec/latest_work_sec or earliest_off_work_sec/latest_off_work_sec")
	case s.LateOff < s.Off || s.LateOff >= s.Off+day:
		return bad("invalid latest_off_work_sec")
	case s.EarlyOff <= s.Work || s.EarlyOff >= s.Off:
		return bad("invalid earliest_off_work_sec")
	case s.EarlyWork >= s.Work || s.LateWork <= s.Work || s.LateWork >= s.Off:
		return bad("invalid earliest_work_sec or latest_work_sec")
	}
	return nil
}

func (s Section) checkRests() error {
	wrong := bad("checkin time rest time invalid")
	if len(s.Rests) > maxRests {
		return wrong.With("at most %d rests", maxRests)
	}
	for i, r := range s.Rests {
		if r.Begin <= s.Work || r.End >= s.Off || r.Begin >= r.End || i > 0 && r.Begin < s.Rests[i-1].End {
			return wrong
		}
	}
	if s.length() <= minWork {
		return wrong.With("the work is %d minutes or less", minWork/60)
	}
	return nil
}

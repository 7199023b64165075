package checkin

import (
	"cmp"
	"slices"
)

// dayKind is what a day is to a member.
type dayKind int

const (
	noDay dayKind = iota // no rule covers the member
	workday
	restDay
	holiday
)

// plan is a member's day as the rule has it.
type plan struct {
	day      int64
	rule     *dated // nil: none
	kind     dayKind
	shift    Shift // its sections are those of the day, whatever the kind of rule
	exempt   bool  // the member need not check in
	reported int64 // record_type (doc 93374)
}

// The kinds of a day's report (doc 93374).
const (
	recordFixed    int64 = 1
	recordShifts   int64 = 3
	recordFree     int64 = 4
	recordOvertime int64 = 5
	recordNone     int64 = 7
)

// planOf returns a day of a member whom the rule covers; nil is no rule. Shift is the id of the member's shift of the
// day, by the rule of the given group, or none.
func planOf(r *dated, midnight int64, user string, shift shiftOf) plan {
	p := plan{day: midnight, rule: r, reported: recordNone}
	if r == nil {
		return p
	}
	p.exempt = r.exempt[user]
	switch r.Type {
	case Shifts:
		p.reported, p.kind = recordShifts, restDay
		if s, ok := r.Shift(shift.schedule); ok && shift.group == r.group && s.ID != 0 {
			p.kind, p.shift = workday, s
		}
	case Free:
		p.reported, p.kind, p.shift = recordFree, r.kindOf(midnight), Shift{}
	default:
		p.reported, p.kind = recordFixed, r.kindOf(midnight)
		if p.kind == workday {
			p.shift = r.times(midnight)
		}
	}
	return p
}

// kindOf returns what a day is by the week, by the holidays, and by the rule's special days, which win.
func (r *Rule) kindOf(midnight int64) dayKind {
	on := func(d SpecialDay) bool { return d.on(midnight) }
	if slices.ContainsFunc(r.SpecialWork, on) {
		return workday
	}
	if slices.ContainsFunc(r.SpecialOff, on) {
		return restDay
	}
	if off, known := statutory[midnight]; known && r.Holidays && len(r.Dates) > 0 {
		if off {
			return holiday
		}
		return workday
	}
	if slices.ContainsFunc(r.Dates, func(w Workdays) bool { return w.on(midnight) }) {
		return workday
	}
	return restDay
}

// times returns those of a workday of a fixed rule. A weekend that is worked in exchange has those of the first days
// of the rule.
func (r *Rule) times(midnight int64) Shift {
	for _, d := range r.SpecialWork {
		if d.on(midnight) {
			flex := Flex{}
			if len(r.Dates) > 0 {
				flex = r.Dates[0].Flex
			}
			return Shift{Sections: windows(d.Sections), Flex: flex}
		}
	}
	for _, w := range r.Dates {
		if w.on(midnight) {
			return Shift{Sections: w.Sections, Flex: w.Flex}
		}
	}
	if len(r.Dates) == 0 {
		return Shift{}
	}
	return Shift{Sections: r.Dates[0].Sections, Flex: r.Dates[0].Flex}
}

// How long before work, and until when, one may check in on a special workday, whose times say nothing of it.
const (
	usualEarly = 4 * 60 * 60
	usualLate  = 28 * 60 * 60
)

// windows gives sections the usual times to check in at, and to be reminded at.
func windows(list []Section) []Section {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Section) int { return cmp.Compare(a.Work, b.Work) })
	for i := range out {
		s := &out[i]
		s.EarlyWork, s.LateWork, s.EarlyOff, s.LateOff = max(s.Work-usualEarly, 0), s.Off-60, s.Work+60, max(usualLate, s.Off+hour)
		if i > 0 {
			s.EarlyWork = minute((out[i-1].Off + s.Work) / 2)
			out[i-1].LateOff = s.EarlyWork - 60
		}
		if s.RemindWork == 0 && s.RemindOff == 0 {
			s.RemindWork, s.RemindOff = s.Work, s.Off
		}
	}
	return out
}

// standard is how long a day's work is.
func (p plan) standard() (total int64) {
	if p.kind != workday {
		return 0
	}
	if p.rule.Type == Free {
		return max(p.rule.Standard, 0)
	}
	for _, s := range p.shift.Sections {
		total += s.length()
	}
	return total
}

// span is the time that the day's check-ins fall in, in Unix seconds, the last not included.
func (p plan) span() (from, to int64) {
	from, to = p.day, p.day+day
	if p.rule != nil && p.rule.Type == Free {
		return from + p.rule.SpanDay, to + p.rule.SpanDay
	}
	for _, s := range p.shift.Sections {
		from, to = min(from, p.day+s.EarlyWork), max(to, p.day+s.LateOff+1)
	}
	return from, to
}

// work is the beginning and the end of the day's work in Unix seconds, 0 where there is none.
func (p plan) work() (begin, end int64) {
	for _, s := range p.shift.Sections {
		if begin == 0 || p.day+s.Work < begin {
			begin = p.day + s.Work
		}
		end = max(end, p.day+s.Off)
	}
	return begin, end
}

// planOvertime returns how overtime counts on the day.
func (p plan) planOvertime() OvertimeDay {
	switch p.kind {
	case workday:
		return p.rule.Overtime.Workday
	case restDay:
		return p.rule.Overtime.RestDay
	case holiday:
		return p.rule.Overtime.Holiday
	}
	return OvertimeDay{}
}

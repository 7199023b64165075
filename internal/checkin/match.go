package checkin

import (
	"slices"
	"strings"

	"qiwei/internal/approval"
	"qiwei/internal/form"
)

// dayReport is what became of a member's day.
type dayReport struct {
	plan
	slots       []slot
	pairs       []pair
	shown       []shown
	regular     int64 // seconds worked
	flaws       [7]tally
	overtime    worked
	away        []approval.Absence // also overtime
	corrections []*Record
	field       int64 // check-ins in the field
	checkins    int64
	first, last int64 // check-ins
}

// tally counts a flaw and how long it was.
type tally struct{ count, seconds int64 }

// shown is a check-in as it is listed.
type shown struct {
	rec       *Record // nil: it is missing
	at        int64
	kind      string
	exception string
	due       int64
	plan      *plan
	timeline  int64
}

// What check-ins are called (doc 90262).
const (
	comingText = "上班打卡"
	goingText  = "下班打卡"
	outingText = "外出打卡"
	notedText  = "仅记录打卡时间和位置"
)

// kindText is what coming or going is called.
func kindText(off bool) string {
	if off {
		return goingText
	}
	return comingText
}

// input is what a day is computed from.
type input struct {
	records []*Record // of the member, by time, also of the days around
	used    map[*Record]bool
	away    []approval.Absence
	stayed  int64 // how long after work the member stayed the day before
	now     int64
}

// report computes a day. It marks the check-ins that the day has used.
func (p plan) report(in input) *dayReport {
	d := &dayReport{plan: p}
	for _, a := range in.away {
		if a.Begin < p.day+day && a.End > p.day {
			d.away = append(d.away, a)
		}
	}
	for _, r := range in.records {
		if r.Source == ByApproval && Midnight(r.At) == p.day {
			d.corrections = append(d.corrections, r)
		}
	}
	d.slots = p.slots(d.away)
	p.fill(d.slots, in.records, in.used)
	p.judge(d.slots, in.stayed, in.now)
	rest := p.kind == restDay || p.kind == holiday
	switch {
	case len(d.slots) > 0:
		d.regular = p.regular(d.slots, d.away)
	case p.kind == noDay, p.exempt, p.rule.Type == Free, rest && (p.rule.OnRestDays || p.planOvertime().Allow):
		d.pairs = p.pairs(p.onSpan(in.records, in.used))
		for _, c := range d.pairs {
			in.used[c.on] = true
			if c.off != nil {
				in.used[c.off] = true
				d.regular += c.off.At - c.on.At
			}
		}
	}
	d.tally(in.now)
	d.list(in.records, in.now)
	d.overtime = d.extra()
	if rest && d.overtime.Seconds > 0 {
		d.reported = recordOvertime
	}
	return d
}

// tally counts the day's flaws. Who is missed at every time of the day is absent.
func (d *dayReport) tally(now int64) {
	var needed, none []*slot
	came := false
	for i := range d.slots {
		s := &d.slots[i]
		came = came || s.rec != nil
		if s.needed {
			needed = append(needed, s)
		}
		switch s.flaw {
		case missing:
			none = append(none, s)
		case late, early:
			d.add(s.flaw, s.by)
		}
	}
	if len(needed) > 0 && len(none) == len(needed) && !came {
		d.add(absent, d.standard()-d.missed())
		for _, s := range none {
			s.flaw = absent
		}
	} else {
		for range none {
			d.add(missing, 0)
		}
	}
	if _, end := d.span(); d.kind == workday && d.rule.Type == Free && !d.exempt && now >= end {
		d.tallyFree()
	}
}

// tallyFree counts the flaws of a workday without times, once it is over.
func (d *dayReport) tallyFree() {
	switch n := len(d.pairs); {
	case n == 0 && !d.isAway():
		d.add(absent, d.standard())
	case n > 0 && d.pairs[n-1].off == nil && d.rule.Method != 2:
		d.add(missing, 0)
	}
}

// isAway reports whether the member is away on the day by an approval.
func (d *dayReport) isAway() bool {
	return slices.ContainsFunc(d.away, func(a approval.Absence) bool { return a.Kind != form.Overtime })
}

// missed is how much of the day's work the member was away for by approvals.
func (d *dayReport) missed() (total int64) {
	for _, sec := range d.shift.Sections {
		for _, a := range d.away {
			if a.Kind != form.Overtime {
				total += sec.within(a.Begin-d.day, a.End-d.day)
			}
		}
	}
	return min(total, d.standard())
}

func (d *dayReport) add(f flaw, seconds int64) {
	d.flaws[f].count++
	d.flaws[f].seconds += seconds
}

// list makes the list of the day's check-ins, among them those that are missing.
func (d *dayReport) list(records []*Record, now int64) {
	seen := map[*Record]bool{}
	put := func(r *Record, kind string, timed bool, due, timeline int64) {
		seen[r] = true
		var wrong []string
		if timed {
			wrong = append(wrong, "时间异常")
		}
		for _, w := range []struct {
			bit  int64
			text string
			flaw flaw
		}{{flawPlace, "地点异常", place}, {flawWiFi, "wifi异常", place}, {flawDevice, "非常用设备", device}} {
			if r.Flaws&w.bit != 0 {
				wrong = append(wrong, w.text)
				d.add(w.flaw, 0)
			}
		}
		if r.Flaws&fieldWork != 0 {
			d.field++
		}
		d.shown = append(d.shown, shown{r, r.At, kind, strings.Join(wrong, ";"), due, &d.plan, timeline})
	}
	for _, s := range d.slots {
		kind := kindText(s.off)
		switch {
		case s.rec != nil:
			put(s.rec, kind, s.flaw == late || s.flaw == early, s.due, s.section.ID)
		case s.flaw == missing || s.flaw == absent:
			d.shown = append(d.shown, shown{nil, s.due, kind, "未打卡", s.due, &d.plan, s.section.ID})
		}
	}
	for _, c := range d.pairs {
		kind := comingText
		if d.rule != nil && d.rule.Method == 2 {
			kind = notedText
		}
		put(c.on, kind, false, 0, 0)
		if c.off != nil {
			put(c.off, goingText, false, 0, 0)
		}
	}
	for _, s := range d.shown {
		if s.rec == nil {
			continue
		}
		d.checkins++
		if d.first == 0 || s.at < d.first {
			d.first = s.at
		}
		d.last = max(d.last, s.at)
	}
	for _, r := range records {
		if r.Flaws&outing != 0 && !seen[r] && Midnight(r.At) == d.day {
			put(r, outingText, false, 0, 0)
		}
	}
	slices.SortStableFunc(d.shown, func(a, b shown) int { return int(a.at - b.at) })
}

// extra computes the overtime.
func (d *dayReport) extra() worked {
	if d.kind == noDay || d.exempt {
		return worked{}
	}
	o := d.plan.planOvertime()
	begin, end := d.work()
	var stayed, approved []stretch
	for _, c := range d.pairs {
		if c.off != nil && (d.kind != workday || d.rule.Type == Free && d.rule.Standard < 0) {
			stayed = append(stayed, stretch{c.on.At, c.off.At})
		}
	}
	if n := len(d.slots); n > 0 && d.slots[0].rec != nil && d.slots[n-1].rec != nil {
		stayed = append(stayed, stretch{d.slots[0].rec.At, d.slots[n-1].rec.At})
	}
	for _, a := range d.away {
		if a.Kind == form.Overtime {
			approved = append(approved, stretch{max(a.Begin, d.day), min(a.End, d.day+day)})
		}
	}
	return o.overtime(d.rule.Overtime.Unit, d.day, end, o.allows(begin, end, stayed), o.allows(begin, end, approved))
}

// stayedAfter is how long after work the member stayed.
func (d *dayReport) stayedAfter() int64 {
	_, end := d.work()
	if n := len(d.slots); n > 0 && d.slots[n-1].rec != nil {
		return d.slots[n-1].rec.At - end
	}
	return 0
}

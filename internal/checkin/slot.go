package checkin

import (
	"slices"

	"qiwei/internal/approval"
	"qiwei/internal/form"
)

// slot is a time of the day at which a member is to check in.
type slot struct {
	section Section
	off     bool
	due     int64 // as the rule has it, Unix seconds
	want    int64 // after leave and the like
	from    int64 // from when to when one can check in, both included
	to      int64
	needed  bool
	rec     *Record
	flaw    flaw
	by      int64 // by how many seconds it was late or early
}

// flaw is what is wrong with a slot.
type flaw int64

// The flaws that a day may have (doc 93374).
const (
	fine    flaw = 0
	late    flaw = 1
	early   flaw = 2
	missing flaw = 3
	absent  flaw = 4
	place   flaw = 5
	device  flaw = 6
)

// slots returns those of a day, after what the member was away for.
func (p plan) slots(away []approval.Absence) (out []slot) {
	if p.kind != workday || p.exempt {
		return nil
	}
	for _, sec := range p.shift.Sections {
		on := slot{section: sec, due: p.day + sec.Work, from: p.day + sec.EarlyWork, to: p.day + sec.LateWork, needed: !sec.NoCheckWork}
		off := slot{section: sec, off: true, due: p.day + sec.Off, from: p.day + sec.EarlyOff, to: p.day + sec.LateOff, needed: !sec.NoCheckOff}
		on.want, off.want = p.excused(sec, away)
		if on.want >= off.want {
			on.needed, off.needed = false, false
			on.want, off.want = on.due, off.due
		}
		if on.want > on.due {
			on.to = max(on.to, off.want-60)
		}
		if off.want < off.due {
			off.from = min(off.from, on.want+60)
		}
		out = append(out, on, off)
	}
	return out
}

// excused returns when the member is to come and to go, after what the member was away for at both ends.
func (p plan) excused(sec Section, away []approval.Absence) (come, leave int64) {
	come, leave = p.day+sec.Work, p.day+sec.Off
	for range len(away) + len(sec.Rests) + 1 {
		for _, a := range away {
			if a.Kind == form.Overtime {
				continue
			}
			if a.Begin <= come && come < a.End {
				come = a.End
			}
			if a.Begin < leave && leave <= a.End {
				leave = a.Begin
			}
		}
		for _, r := range sec.Rests {
			if come > p.day+sec.Work && p.day+r.Begin <= come && come < p.day+r.End {
				come = p.day + r.End
			}
			if leave < p.day+sec.Off && p.day+r.Begin < leave && leave <= p.day+r.End {
				leave = p.day + r.Begin
			}
		}
	}
	return come, leave
}

// counts reports whether a check-in can be one for work by the rule.
func (p plan) counts(r *Record) bool {
	if r.Flaws&outing != 0 {
		return p.rule != nil && p.rule.SyncOutings
	}
	return r.Source != ByDevice || p.rule == nil || p.rule.Means != 0
}

// fill finds for each slot the check-in: a correction that stands for it, or the first within the time for coming and
// the last within the time for going. It marks what it has used.
func (p plan) fill(slots []slot, records []*Record, used map[*Record]bool) {
	for i := range slots {
		for _, r := range records {
			if r.Due != 0 && r.Due == slots[i].due && (slots[i].rec == nil || r.No > slots[i].rec.No) {
				slots[i].rec = r
			}
		}
	}
	for i := 0; i+1 < len(slots); i += 2 {
		on, off := &slots[i], &slots[i+1]
		for _, r := range records {
			if r.Due != 0 || used[r] || !p.counts(r) {
				continue
			}
			if on.rec == nil && on.from <= r.At && r.At <= on.to {
				on.rec = r
			} else if on.rec != r && (off.rec == nil || off.rec.Due == 0) && off.from <= r.At && r.At <= off.to {
				off.rec = r
			}
		}
		if r := on.rec; r != nil && r.Due == 0 && off.rec == nil && r.At >= off.from && r.At-on.want > off.want-r.At {
			on.rec, off.rec = nil, r
		}
		for _, s := range []*slot{on, off} {
			if s.rec != nil {
				used[s.rec] = true
			}
		}
	}
}

// minute is the minute that a time is in: who comes within the minute is not late.
func minute(at int64) int64 { return at - at%60 }

// judge says what is wrong with each slot at a time. Stayed is how long after work the member stayed the day before.
func (p plan) judge(slots []slot, stayed, now int64) {
	f := p.shift.Flex
	for i := 0; i+1 < len(slots); i += 2 {
		on, off := &slots[i], &slots[i+1]
		var shifted, tolerance, ahead int64
		if f.Allow {
			tolerance, ahead = f.OnDuty, f.OffDuty
		}
		want := on.want
		if i == 0 && f.LateFor.Allow {
			want += f.LateFor.flex(stayed)
		}
		if r := on.rec; r != nil {
			at := minute(r.At)
			if f.Allow {
				shifted = min(max(at-on.want, -f.Early), f.Late)
			}
			if at > want+max(shifted, 0)+tolerance {
				on.flaw, on.by = late, at-want-max(shifted, 0)
			}
		}
		if r := off.rec; r != nil {
			if at := minute(r.At); at < off.want+shifted-ahead {
				off.flaw, off.by = early, off.want+shifted-at
			}
		}
		for _, s := range []*slot{on, off} {
			if s.rec == nil && s.needed && now > s.to {
				s.flaw = missing
			}
		}
	}
}

// flex is how much later one may come after having stayed so long.
func (l LateRule) flex(stayed int64) (flex int64) {
	for _, r := range l.Rules {
		if stayed >= r.After {
			flex = max(flex, r.Flex)
		}
	}
	return flex
}

// regular is how long the member has worked in the times of work.
func (p plan) regular(slots []slot, away []approval.Absence) (total int64) {
	for i := 0; i+1 < len(slots); i += 2 {
		on, off := slots[i], slots[i+1]
		from, to := on.want, off.want
		switch {
		case on.rec != nil:
			from = on.rec.At
		case on.needed || !on.section.NoCheckWork:
			continue
		}
		switch {
		case off.rec != nil:
			to = off.rec.At
		case off.needed || !off.section.NoCheckOff:
			continue
		}
		sec := on.section
		if f := p.shift.Flex; f.Allow && on.rec != nil {
			shifted := min(max(minute(on.rec.At)-on.want, -f.Early), f.Late)
			sec.Work, sec.Off = sec.Work+shifted, sec.Off+shifted
		}
		total += sec.within(from-p.day, to-p.day)
		for _, a := range away {
			if a.Kind != form.Overtime {
				total -= sec.within(max(a.Begin, from)-p.day, min(a.End, to)-p.day)
			}
		}
	}
	return max(total, 0)
}

// pair is a coming and a going where no times are set; off is nil until the member has gone.
type pair struct{ on, off *Record }

// pairs orders the check-ins of a day without times of work.
func (p plan) pairs(records []*Record) (out []pair) {
	method, interval := int64(0), int64(0)
	if p.rule != nil {
		method, interval = p.rule.Method, p.rule.Interval
	}
	for _, r := range records {
		last := len(out) - 1
		switch {
		case method == 2:
			out = append(out, pair{on: r})
		case last < 0:
			out = append(out, pair{on: r})
		case out[last].off != nil && method == 0:
			out = append(out, pair{on: r})
		case r.At-out[last].on.At < max(interval, 1):
		default:
			out[last].off = r
		}
	}
	return out
}

// onSpan returns the check-ins that count and fall into the day and are not another's.
func (p plan) onSpan(records []*Record, used map[*Record]bool) []*Record {
	from, to := p.span()
	return slices.DeleteFunc(slices.Clone(records), func(r *Record) bool {
		return used[r] || r.At < from || r.At >= to || !p.counts(r)
	})
}

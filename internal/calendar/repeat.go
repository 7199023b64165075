package calendar

import (
	"math"
	"slices"
	"time"
)

// RepeatType says in which rhythm a schedule repeats (doc 93648).
type RepeatType int64

// The rhythms.
const (
	Daily   RepeatType = 0
	Weekly  RepeatType = 1
	Monthly RepeatType = 2
	Yearly  RepeatType = 5
	Workday RepeatType = 7 // Monday to Friday; whether the platform leaves out holidays is unverified
)

// Repeat is how a schedule repeats.
type Repeat struct {
	On    bool       `json:"on,omitempty"`
	Type  RepeatType `json:"type,omitempty"`
	Until int64      `json:"until,omitempty"` // Unix seconds, included; 0 is for ever
	// Custom has Interval, Weekdays and Days count. Without it the rhythm is that of the start.
	Custom   bool    `json:"custom,omitempty"`
	Interval int64   `json:"interval,omitempty"`
	Weekdays []int64 `json:"weekdays,omitempty"` // 1 Monday to 7 Sunday
	Days     []int64 `json:"days,omitempty"`     // of the month; a month that lacks one leaves it out
	// Excluded are the starts of the repetitions that were taken out, in order.
	Excluded []int64 `json:"excluded,omitempty"`
}

// endOfTime is the last second of the wire's times, which are unsigned and of 32 bits.
const endOfTime = math.MaxUint32

// MaxInterval is the largest repeat_interval.
const MaxInterval = 999

func (r Repeat) valid(start int64) error {
	if !r.On {
		return nil
	}
	switch r.Type {
	case Daily, Weekly, Monthly, Yearly, Workday:
	default:
		return ErrRepeatType.With("repeat_type: 0 daily, 1 weekly, 2 monthly, 5 yearly or 7 on workdays expected, not %d", r.Type)
	}
	if r.Until < 0 || r.Until > endOfTime || r.Until != 0 && r.Until < start {
		return errParameter.With("repeat_until: a Unix time in seconds after the start expected, or 0 for no end")
	}
	if !r.Custom {
		return nil
	}
	if r.Interval == 0 {
		return ErrInterval.With("is_custom_repeat needs it")
	}
	if r.Interval < 1 || r.Interval > MaxInterval {
		return errParameter.With("repeat_interval: 1 to %d expected", MaxInterval)
	}
	if r.Type == Weekly && slices.ContainsFunc(r.Weekdays, func(d int64) bool { return d < 1 || d > 7 }) {
		return ErrWeekday.With("repeat_day_of_week: 1 (Monday) to 7 (Sunday) expected")
	}
	if r.Type == Monthly && slices.ContainsFunc(r.Days, func(d int64) bool { return d < 1 || d > 31 }) {
		return ErrMonthDay.With("repeat_day_of_month: 1 to 31 expected")
	}
	return nil
}

// span is one repetition: its start and end in Unix seconds.
type span struct{ start, end int64 }

// timing is all that the repetitions follow from.
type timing struct {
	first    span
	wholeDay bool
	zone     *time.Location
	repeat   Repeat
}

// each calls fn for the repetitions that begin from..to, both included, in order, until fn returns false. The
// first is a repetition even if the rhythm does not meet it. Repetitions keep the wall clock's time in the
// zone, so they move with its changes of clocks.
func (t timing) each(from, to int64, fn func(span) bool) {
	to = min(to, endOfTime)
	if t.repeat.On && t.repeat.Until != 0 {
		to = min(to, t.repeat.Until)
	}
	give := func(start int64) bool {
		if start < from || start > to || slices.Contains(t.repeat.Excluded, start) {
			return start <= to
		}
		return fn(span{start, t.endOf(start)})
	}
	if !give(t.first.start) || !t.repeat.On {
		return
	}
	begin, last := time.Unix(t.first.start, 0).In(t.zone), t.first.start
	for k := t.skipped(from); ; k++ {
		base, days := t.period(begin, k)
		for _, d := range days {
			at := time.Date(d.Year(), d.Month(), d.Day(), begin.Hour(), begin.Minute(), begin.Second(), 0, t.zone).Unix()
			if at <= last { // before the first, or a day that the calendar of the zone lacks
				continue
			}
			if last = at; !give(at) {
				return
			}
		}
		if base.Unix() > to {
			return
		}
	}
}

// endOf returns when the repetition ends that begins at start. A timed one always takes equally long. A whole
// day ends on the clock, whatever the clocks did in it.
func (t timing) endOf(start int64) int64 {
	if !t.wholeDay {
		return start + t.first.end - t.first.start
	}
	begin, end := time.Unix(t.first.start, 0).In(t.zone), time.Unix(t.first.end, 0).In(t.zone)
	days := int(math.Round(midnight(end).Sub(midnight(begin)).Hours() / 24))
	at := time.Unix(start, 0).In(t.zone)
	return time.Date(at.Year(), at.Month(), at.Day()+days, end.Hour(), end.Minute(), end.Second(), 0, t.zone).Unix()
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// interval is never beyond its bound, whoever asks before the rule is checked: an interval near 2^63 would wrap
// around and never come to an end.
func (r Repeat) interval() int64 {
	if r.Custom && r.Interval > 0 && r.Type != Workday { // what an interval of workdays means is unverified
		return min(r.Interval, MaxInterval)
	}
	return 1
}

// skipped returns how many periods surely lie before from, so that a rhythm that began long ago is not walked
// through.
func (t timing) skipped(from int64) int64 {
	if from <= t.first.start {
		return 0
	}
	longest := map[RepeatType]int64{Daily: 1, Weekly: 7, Workday: 7, Monthly: 31, Yearly: 366}[t.repeat.Type]
	periods := (from - t.first.start) / (86400 * longest)
	return max(0, periods/t.repeat.interval()-1)
}

// period returns where the k-th period begins, and the days of the rhythm in it.
func (t timing) period(begin time.Time, k int64) (base time.Time, days []time.Time) {
	n := int(k * t.repeat.interval())
	day := func(year int, month time.Month, d int) time.Time {
		return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
	}
	y, m, d := begin.Date()
	switch t.repeat.Type {
	case Daily:
		base = day(y, m, d+n)
		return base, []time.Time{base}
	case Weekly, Workday:
		monday := d - (int(begin.Weekday())+6)%7
		base = day(y, m, monday+7*n)
		for _, w := range t.weekdays(begin) {
			days = append(days, base.AddDate(0, 0, int(w)-1))
		}
		return base, days
	case Monthly:
		base = day(y, m+time.Month(n), 1)
		wanted := []int64{int64(d)}
		if t.repeat.Custom && len(t.repeat.Days) > 0 {
			wanted = sorted(t.repeat.Days)
		}
		for _, w := range wanted {
			if on := day(base.Year(), base.Month(), int(w)); on.Month() == base.Month() {
				days = append(days, on)
			}
		}
		return base, days
	default: // Yearly
		base = day(y+n, m, 1)
		if on := day(base.Year(), m, d); on.Month() == m { // 29 February
			days = append(days, on)
		}
		return base, days
	}
}

func (t timing) weekdays(begin time.Time) []int64 {
	switch {
	case t.repeat.Type == Workday:
		return []int64{1, 2, 3, 4, 5}
	case t.repeat.Custom && len(t.repeat.Weekdays) > 0:
		return sorted(t.repeat.Weekdays)
	}
	return []int64{int64((begin.Weekday()+6)%7) + 1}
}

func sorted(list []int64) []int64 { return slices.Compact(slices.Sorted(slices.Values(list))) }

// at returns the repetition that begins at a time.
func (t timing) at(start int64) (s span, found bool) {
	t.each(start, start, func(o span) bool { s, found = o, true; return false })
	return s, found
}

// lastEnd returns when everything is over.
func (t timing) lastEnd() int64 {
	if !t.repeat.On {
		return t.first.end
	}
	if t.repeat.Until == 0 {
		return endOfTime
	}
	return min(endOfTime, t.repeat.Until+max(t.first.end-t.first.start, 0)+86400)
}

package meeting

import (
	"slices"
	"strconv"
	"time"

	"qiwei/internal/calendar"
)

// Repeat is how a meeting repeats (周期性会议).
type Repeat struct {
	On       bool                `json:"on,omitempty"`
	Type     calendar.RepeatType `json:"type,omitempty"`
	Custom   bool                `json:"custom,omitempty"`
	Interval int64               `json:"interval,omitempty"`
	Weekdays []int64             `json:"weekdays,omitempty"` // 1 Monday to 7 Sunday
	Days     []int64             `json:"days,omitempty"`     // of the month
	ByCount  bool                `json:"by_count,omitempty"`
	Count    int64               `json:"count,omitempty"`
	Until    int64               `json:"until,omitempty"` // Unix seconds, included; never 0 where On
	// Excluded are the starts of sub-meetings that were cancelled.
	Excluded []int64 `json:"excluded,omitempty"`
}

// Limits of repetitions (docs 99104 and 98148).
const (
	maxSubs    = 200
	maxSparse  = 50 // of those that repeat every month, or every two weeks
	usualCount = 7
	twoWeeks   = 2
)

// rhythm is the repetition as the calendar has it.
func (r Repeat) rhythm() calendar.Repeat {
	if !r.On {
		return calendar.Repeat{}
	}
	return calendar.Repeat{
		On: true, Type: r.Type, Until: r.Until, Excluded: r.Excluded,
		Custom: r.Custom || r.fortnightly(), Interval: max(r.Interval, 1), Weekdays: r.Weekdays, Days: r.Days,
	}
}

// fortnightly is the one interval that a repetition has without being its own (doc 99104).
func (r Repeat) fortnightly() bool { return r.Type == calendar.Weekly && r.Interval == twoWeeks }

// most is how many sub-meetings there can be.
func (r Repeat) most() int64 {
	if r.Type == calendar.Monthly || r.fortnightly() {
		return maxSparse
	}
	return maxSubs
}

// span is one sub-meeting: its start and end in Unix seconds.
type span struct{ start, end int64 }

// id is its sub_meetingid.
func (o span) id() string { return strconv.FormatInt(o.start, 10) }

// spans returns the times of the sub-meetings in order, or the one time of a meeting that does not repeat. Cancelled
// ones are left out.
func (m Meeting) spans() (out []span) {
	if !m.Repeat.On {
		return []span{{m.Start, m.Start + m.Length}}
	}
	m.timing().Occurrences(m.Start, m.Repeat.Until+1, func(start, end int64) bool {
		out = append(out, span{start, end})
		return len(out) < maxSubs
	})
	return out
}

func (m Meeting) timing() calendar.Schedule {
	var sch calendar.Schedule
	sch.Start, sch.End, sch.Offset, sch.Repeat = m.Start, m.Start+m.Length, calendar.DefaultOffset, m.Repeat.rhythm()
	return sch
}

// lastEnd returns when the last sub-meeting is over.
func (m Meeting) lastEnd() int64 {
	if list := m.spans(); len(list) > 0 {
		return list[len(list)-1].end
	}
	return m.Start
}

// current returns the sub-meeting that is on or comes next at a time.
func (m Meeting) current(now int64) (o span, found bool) {
	for _, o := range m.spans() {
		if o.end > now {
			return o, true
		}
	}
	return span{}, false
}

// sub returns the sub-meeting with an id, or the current one where the id is empty. A meeting that does not repeat has
// none, and its times stand for it.
func (m Meeting) sub(subID string, now int64) (span, error) {
	if !m.Repeat.On {
		if subID != "" {
			return span{}, ErrSub.With("sub_meetingid: the meeting does not repeat")
		}
		return span{0, m.Start + m.Length}, nil
	}
	if subID == "" {
		if o, found := m.current(now); found {
			return o, nil
		}
		list := m.spans()
		if len(list) == 0 {
			return span{}, ErrSub.With("the meeting has no sub-meeting left")
		}
		return list[len(list)-1], nil
	}
	for _, o := range m.spans() {
		if o.id() == subID {
			return o, nil
		}
	}
	return span{}, ErrSub.With("sub_meetingid: there is no sub-meeting %.64q", subID)
}

// settle checks a repetition and sets when it ends.
func (m *Meeting) settleRepeat() error {
	r := &m.Repeat
	if !r.On {
		*r = Repeat{}
		return nil
	}
	begin := time.Unix(m.Start, 0).In(china)
	switch {
	case !slices.Contains([]calendar.RepeatType{calendar.Daily, calendar.Weekly, calendar.Monthly, calendar.Workday}, r.Type):
		return errParameter.With("reminders.repeat_type: 0 daily, 1 weekly, 2 monthly or 7 on workdays expected, not %d", r.Type)
	case r.Custom && r.Type == calendar.Workday:
		return errParameter.With("reminders.repeat_type: 0, 1 or 2 expected where is_custom_repeat is 1")
	case r.Custom && (r.Interval < 1 || r.Interval > calendar.MaxInterval):
		return errParameter.With("reminders.repeat_interval: 1 to %d expected where is_custom_repeat is 1", int64(calendar.MaxInterval))
	case !r.Custom && (r.Interval < 0 || r.Interval > twoWeeks):
		return errParameter.With("reminders.repeat_interval: 1 or %d expected where is_custom_repeat is 0", int64(twoWeeks))
	case slices.ContainsFunc(r.Weekdays, func(d int64) bool { return d < 1 || d > 7 }):
		return errParameter.With("reminders.repeat_day_of_week: 1 (Monday) to 7 (Sunday) expected")
	case slices.ContainsFunc(r.Days, func(d int64) bool { return d < 1 || d > 31 }):
		return errParameter.With("reminders.repeat_day_of_month: 1 to 31 expected")
	}
	if !r.Custom {
		r.Weekdays, r.Days = nil, nil
	}
	// The day of the start is among the days; the platform adds it where a request leaves it out (doc 98148).
	if r.Weekdays = onlyIf(r.Type == calendar.Weekly, r.Weekdays); len(r.Weekdays) > 0 {
		r.Weekdays = with(r.Weekdays, int64((begin.Weekday()+6)%7)+1)
	}
	if r.Days = onlyIf(r.Type == calendar.Monthly, r.Days); len(r.Days) > 0 {
		r.Days = with(r.Days, int64(begin.Day()))
	}
	return m.settleUntil()
}

// settleUntil sets when the repetition ends: after its count, or at its last day, and at the latest after as many
// sub-meetings as there can be.
func (m *Meeting) settleUntil() error {
	r := &m.Repeat
	most := r.most()
	if r.ByCount {
		if r.Count == 0 {
			r.Count = usualCount
		}
		if r.Count < 1 || r.Count > most {
			return errParameter.With("reminders.repeat_until_count: 1 to %d expected", most)
		}
		most = r.Count
	} else if r.Count = 0; r.Until != 0 && r.Until < m.Start {
		return errParameter.With("reminders.repeat_until: a Unix time after meeting_start expected")
	}
	given := r.Until
	all, last := *m, m.Start
	all.Repeat.Until, all.Repeat.Excluded = 0, nil
	n := int64(0)
	all.timing().Occurrences(m.Start, m.Start+lookSpan, func(start, _ int64) bool {
		if !r.ByCount && given != 0 && start > given {
			return false
		}
		n, last = n+1, start
		return n < most
	})
	r.Until = last
	return nil
}

// lookSpan is how many seconds ahead repetitions are looked for.
const lookSpan = 200 * 366 * 86400

func onlyIf(is bool, list []int64) []int64 {
	if is {
		return list
	}
	return nil
}

// with returns the list in order, with n in it and nothing twice.
func with(list []int64, n int64) []int64 {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(list), n))))
}

// china is the zone of the platform's days.
var china = time.FixedZone("CST", 8*3600)

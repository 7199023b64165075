package hardware

import (
	"strconv"
	"strings"
	"time"
)

// ruleText is a rule as it is written: "9:00-10:00,15:30-17:45 * * 1-5 *", namely the times of a day, days,
// months, days of the week (0 is Sunday) and years (doc 94004). In rules that applications write, only the
// first and the fourth column have a meaning, and "/" has none (doc 96031).
type ruleText struct {
	times    [][2]int // minutes since midnight, both included
	weekdays [7]bool
}

// parseRule reads a rule. It keeps what has a meaning.
func parseRule(text string) (r ruleText, ok bool) {
	columns := strings.Fields(text)
	if len(columns) != 5 || strings.Contains(text, "/") {
		return r, false
	}
	for i, most := range []int{0, 31, 12, 6, 9999} {
		if i == 0 {
			continue
		}
		least := 1
		if i == 3 {
			least = 0
		}
		if !eachNumber(columns[i], least, most, func(n int) {
			if i == 3 {
				r.weekdays[n] = true
			}
		}) {
			return r, false
		}
	}
	if columns[0] == "*" {
		r.times = [][2]int{{0, 24*60 - 1}}
		return r, true
	}
	for part := range strings.SplitSeq(columns[0], ",") {
		from, to, found := strings.Cut(part, "-")
		a, okA := minutes(from)
		b, okB := minutes(to)
		if !found || !okA || !okB || a > b { // a span over midnight is written as two
			return r, false
		}
		r.times = append(r.times, [2]int{a, b})
	}
	return r, true
}

func minutes(text string) (int, bool) {
	hour, minute, found := strings.Cut(text, ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	return h*60 + m, found && err1 == nil && err2 == nil && len(minute) == 2 && len(hour) <= 2 && h >= 0 && h < 24 && m >= 0 && m < 60
}

// eachNumber calls fn for the numbers of a column: "*", or a list of numbers and spans.
func eachNumber(column string, least, most int, fn func(int)) bool {
	if column == "*" {
		for n := least; n <= min(most, 31); n++ {
			fn(n)
		}
		return true
	}
	for part := range strings.SplitSeq(column, ",") {
		from, to, span := strings.Cut(part, "-")
		if !span {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < least || b > most || a > b {
			return false
		}
		for n := a; n <= b && n-a <= 31; n++ {
			fn(n)
		}
	}
	return true
}

var china = time.FixedZone("UTC+8", 8*60*60)

// allows reports whether the rule lets somebody pass at the time.
func (r ruleText) allows(at time.Time) bool {
	at = at.In(china)
	now := at.Hour()*60 + at.Minute()
	if !r.weekdays[int(at.Weekday())] {
		return false
	}
	for _, t := range r.times {
		if t[0] <= now && now <= t[1] {
			return true
		}
	}
	return false
}

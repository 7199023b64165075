package wire_test

import (
	"testing"
	"time"

	"qiwei/internal/wire"
)

var start = time.Date(2031, 1, 6, 9, 0, 0, 0, time.UTC) // 17:00 in China

func TestLimiter(t *testing.T) {
	t.Parallel()
	const minute, hour, month = time.Minute, time.Hour, 30 * wire.Day
	for _, tt := range []struct {
		name  string
		every time.Duration
		calls []time.Duration // since the start
		ok    []bool          // of at most three in the period
	}{
		{"a minute blocks for 60 seconds from the call too many", minute,
			[]time.Duration{0, 0, 0, 50 * time.Second, 61 * time.Second, 109 * time.Second, 110 * time.Second},
			[]bool{true, true, true, false, false, false, true}},
		{"a new minute begins with the first call after the last", minute,
			[]time.Duration{0, 59 * time.Second, 59 * time.Second, 60 * time.Second, 119 * time.Second, 119 * time.Second, 119 * time.Second},
			[]bool{true, true, true, true, true, true, false}},
		{"an hour blocks for 60 minutes", hour,
			[]time.Duration{0, 0, 0, 0, 59 * minute, 60 * minute, 61 * minute},
			[]bool{true, true, true, false, false, true, true}},
		{"a day blocks until midnight in China", wire.Day,
			[]time.Duration{0, 0, 0, 0, 7*hour - 1, 7 * hour, 8 * hour, 9 * hour, 10 * hour, 30 * hour, 31 * hour},
			[]bool{true, true, true, false, false, true, true, true, false, false, true}},
		{"a month blocks for 30 days", month,
			[]time.Duration{0, 0, 0, hour, 30 * wire.Day, 30*wire.Day + hour},
			[]bool{true, true, true, false, false, true}},
		{"a clock set back forgets what has not happened yet", hour,
			[]time.Duration{0, 0, 0, 0, -wire.Day, -wire.Day, -wire.Day, -wire.Day},
			[]bool{true, true, true, false, true, true, true, false}},
	} {
		l := wire.NewLimiter()
		for i, at := range tt.calls {
			now := start.Add(at)
			if got := l.Take(now, "corp", "/api", 3, tt.every); got != tt.ok[i] {
				t.Errorf("%s: call %d is allowed: %v", tt.name, i+1, got)
			}
			if blocked := l.Blocked(now, "corp", "/api", tt.every); blocked == tt.ok[i] {
				t.Errorf("%s: after call %d Blocked is %v", tt.name, i+1, blocked)
			}
		}
		for _, other := range [][2]string{{"corp", "/other"}, {"other", "/api"}} {
			if !l.Take(start, other[0], other[1], 1, tt.every) {
				t.Errorf("%s: %q shares a count", tt.name, other)
			}
		}
	}
	if !wire.NewLimiter().Take(start, "corp", "/api", 0, minute) {
		t.Error("no limit is a limit")
	}
}

// Old counts are forgotten, so that addresses that come and go do not fill the memory.
func TestLimiterForgets(t *testing.T) {
	t.Parallel()
	l := wire.NewLimiter()
	now := start
	for i := range 200_000 {
		now = now.Add(10 * time.Millisecond)
		l.Take(now, string(rune('a'+i%26))+now.String(), "/api", 3, time.Minute)
	}
	if n := l.Len(); n > 200_000/2 {
		t.Errorf("%d counts are kept", n)
	}
	now = now.Add(2 * time.Hour)
	for i := range 10_000 {
		l.Take(now, string(rune(i)), "/api", 3, time.Minute)
	}
	if n := l.Len(); n > 10_000 {
		t.Errorf("%d counts are kept two hours later", n)
	}
}

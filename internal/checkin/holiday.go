package checkin

import (
	"time"

	"qiwei/internal/form"
)

// The statutory holidays, as the State Council gives notice of them each November for the next year. A year
// without a notice has none yet: its weeks are as the rule says.
var holidays = []struct{ from, to string }{
	{"2024-01-01", "2024-01-01"}, {"2024-02-10", "2024-02-17"}, {"2024-04-04", "2024-04-06"}, {"2024-05-01", "2024-05-05"},
	{"2024-06-10", "2024-06-10"}, {"2024-09-15", "2024-09-17"}, {"2024-10-01", "2024-10-07"},
	{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
	{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
	{"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"},
	{"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"}, {"2026-10-01", "2026-10-07"},
}

// madeUp are the weekends that are worked in exchange.
var madeUp = []string{
	"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
	"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
	"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
}

// statutory says of days whether they are holidays (true) or worked in exchange (false).
var statutory = func() map[int64]bool {
	out := map[int64]bool{}
	for _, h := range holidays {
		for at, end := dayOf(h.from), dayOf(h.to); at <= end; at += day {
			out[at] = true
		}
	}
	for _, d := range madeUp {
		out[dayOf(d)] = false
	}
	return out
}()

// dayOf is the midnight of a date in China. It panics for what is no date.
func dayOf(date string) int64 {
	t, err := time.Parse(time.RFC3339, date+"T00:00:00+08:00")
	if err != nil {
		panic(err)
	}
	return t.Unix()
}

// dateOf is the date of a time in China, such as 2026-12-01.
func dateOf(at int64) string { return time.Unix(at, 0).In(form.China).Format(time.DateOnly) }

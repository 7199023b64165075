package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The first repetitions of a schedule, by each rhythm (doc 93648).
func TestRepetitions(t *testing.T) {
	t.Parallel()
	china := time.FixedZone("", 8*3600)
	berlin := zone(t, "Europe/Berlin")
	start := time.Date(2031, 1, 6, 9, 0, 0, 0, china) // a Monday
	for _, tt := range []struct {
		what  string
		start time.Time
		r     Repeat
		want  string
	}{
		{"none", start, Repeat{}, "01-06"},
		{"every day", start, Repeat{On: true, Type: Daily}, "01-06 01-07 01-08 01-09"},
		{"every third day", start, Repeat{On: true, Type: Daily, Custom: true, Interval: 3}, "01-06 01-09 01-12 01-15"},
		{"an interval that is not custom", start, Repeat{On: true, Type: Daily, Interval: 3}, "01-06 01-07 01-08 01-09"},
		{"every week", start, Repeat{On: true, Type: Weekly}, "01-06 01-13 01-20 01-27"},
		{"on Wednesdays and Sundays", start, Repeat{On: true, Type: Weekly, Custom: true, Interval: 1, Weekdays: []int64{7, 3, 3}}, "01-06 01-08 01-12 01-15"},
		{"every second week on Mondays", start, Repeat{On: true, Type: Weekly, Custom: true, Interval: 2, Weekdays: []int64{1}}, "01-06 01-20 02-03 02-17"},
		{"custom without days", start, Repeat{On: true, Type: Weekly, Custom: true, Interval: 2}, "01-06 01-20 02-03 02-17"},
		{"every month", start, Repeat{On: true, Type: Monthly}, "01-06 02-06 03-06 04-06"},
		{"on the 31st", start.AddDate(0, 0, 25), Repeat{On: true, Type: Monthly}, "01-31 03-31 05-31 07-31"},
		{"on the 10th and 30th", start, Repeat{On: true, Type: Monthly, Custom: true, Interval: 1, Days: []int64{30, 10}}, "01-06 01-10 01-30 02-10"},
		{"every year", start, Repeat{On: true, Type: Yearly}, "01-06 2032-01-06 2033-01-06 2034-01-06"},
		{"on 29 February", time.Date(2028, 2, 29, 9, 0, 0, 0, china), Repeat{On: true, Type: Yearly}, "2028-02-29 2032-02-29 2036-02-29 2040-02-29"},
		{"on workdays", start.AddDate(0, 0, 3), Repeat{On: true, Type: Workday}, "01-09 01-10 01-13 01-14"},
		{"until a day", start, Repeat{On: true, Type: Daily, Until: start.AddDate(0, 0, 1).Unix()}, "01-06 01-07"},
		{"without two of them", start, Repeat{On: true, Type: Daily, Excluded: []int64{start.Unix(), start.AddDate(0, 0, 2).Unix()}}, "01-07 01-09 01-10 01-11"},
		{"across a change of clocks", time.Date(2031, 3, 29, 9, 0, 0, 0, berlin), Repeat{On: true, Type: Daily}, "03-29 03-30 03-31 04-01"},
		{"at an hour that one day lacks", time.Date(2031, 3, 29, 2, 30, 0, 0, berlin), Repeat{On: true, Type: Daily}, "03-29 03-30 03-31 04-01"},
	} {
		at := timing{first: span{tt.start.Unix(), tt.start.Unix() + 3600}, zone: tt.start.Location(), repeat: tt.r}
		var got []string
		at.each(0, endOfTime, func(o span) bool {
			day := time.Unix(o.start, 0).In(tt.start.Location())
			form := "01-02"
			if day.Year() != 2031 {
				form = "2006-01-02"
			}
			if (day.Hour() != tt.start.Hour() || day.Minute() != tt.start.Minute()) && !strings.Contains(tt.what, "lacks") {
				t.Errorf("%s: begins %s", tt.what, day)
			}
			if o.end-o.start != 3600 {
				t.Errorf("%s: takes %d seconds", tt.what, o.end-o.start)
			}
			got = append(got, day.Format(form))
			return len(got) < 4
		})
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, s, tt.want)
		}
	}
}

// Whoever asks from a later time on sees the same repetitions, however long ago the rhythm began.
func TestRepetitionsFromLater(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"Asia/Shanghai", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"} {
		z := zone(t, place)
		for _, typ := range []RepeatType{Daily, Weekly, Monthly, Yearly, Workday} {
			for _, interval := range []int64{1, 2, 5, MaxInterval} {
				for _, hour := range []int{0, 2, 23} {
					begin := time.Date(2008, 1, 31, hour, 30, 0, 0, z)
					at := timing{first: span{begin.Unix(), begin.Unix() + 60}, zone: z, repeat: Repeat{On: true, Type: typ, Custom: true, Interval: interval, Weekdays: []int64{1, 4, 7}, Days: []int64{1, 29, 31}}}
					var all []int64
					at.each(0, endOfTime, func(o span) bool { all = append(all, o.start); return len(all) < 3000 })
					if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
						t.Fatalf("%s %d %d: not in order", place, typ, interval)
					}
					for i := 0; i < len(all); i += 97 {
						var got []int64
						at.each(all[i], all[min(i+5, len(all)-1)], func(o span) bool { got = append(got, o.start); return true })
						if want := all[i:min(i+6, len(all))]; !slices.Equal(got, want) {
							t.Fatalf("%s type %d every %d from the %d-th: %v, want %v", place, typ, interval, i, got, want)
						}
						if _, found := at.at(all[i]); !found {
							t.Fatalf("%d is no repetition", all[i])
						}
						if _, found := at.at(all[i] + 1); found {
							t.Fatalf("%d is a repetition", all[i]+1)
						}
					}
				}
			}
		}
	}
}

// A whole day is as long as the day is where the clocks change.
func TestWholeDays(t *testing.T) {
	t.Parallel()
	z := zone(t, "America/New_York")
	begin := time.Date(2031, 3, 8, 0, 0, 0, 0, z)
	s := Schedule{Start: begin.Unix(), End: begin.AddDate(0, 0, 1).Unix(), Content: Content{WholeDay: true, Zone: z.String(), Repeat: Repeat{On: true, Type: Daily}}}
	var got []string
	s.Occurrences(begin.Unix(), begin.AddDate(0, 0, 3).Unix(), func(start, end int64) bool {
		got = append(got, fmt.Sprint((end-start)/3600))
		return true
	})
	if strings.Join(got, " ") != "24 23 24" {
		t.Errorf("hours: %v", got)
	}
}

// FuzzRepeat looks for rhythms that never come to an end, or that answer what was not asked for.
func FuzzRepeat(f *testing.F) {
	f.Add(int64(1_925_000_000), int64(0), int64(1), int64(0), int64(0), int64(1_999_000_000), uint8(0))
	f.Add(int64(1), int64(2), int64(12), int64(31), int64(0), int64(endOfTime), uint8(3))
	f.Fuzz(func(t *testing.T, start, typ, interval, day, until, to int64, weekday uint8) {
		r := Repeat{On: true, Type: RepeatType(typ), Custom: true, Interval: interval, Days: []int64{day}, Weekdays: []int64{int64(weekday)}, Until: until}
		if start < 1 || start > endOfTime || r.valid(start) != nil {
			return
		}
		from := max(0, to-400*86400)
		last := int64(-1)
		timing{first: span{start, start + 1}, zone: time.UTC, repeat: r}.each(from, to, func(o span) bool {
			if o.start < from || o.start > to || o.start <= last || o.start < start || until != 0 && o.start > until {
				t.Fatalf("%+v: %d in %d..%d after %d", r, o.start, from, to, last)
			}
			last = o.start
			return true
		})
	})
}

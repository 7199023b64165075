package form

import (
	"slices"
	"time"
)

// maxOvertime is the time that overtime may span (doc 91853).
const maxOvertime = 7 * day

// rangeValue checks a time from one moment to another, and computes what it lasts where that is left out.
func rangeValue(c RangeConfig, v RangeValue, at string) (*RangeValue, error) {
	if v.Type == "" {
		v.Type = c.Type
	}
	switch {
	case v.Type != c.Type:
		return nil, problem("%s.type: %q; the template says %s", at, v.Type, c.Type)
	case v.Begin <= 0 || v.End <= 0:
		return nil, problem("%s: new_begin and new_end expected", at)
	case v.Type == halfDay && (sinceMidnight(v.Begin)%half != 0 || sinceMidnight(v.End)%half != 0):
		return nil, problem("%s: by half days new_begin and new_end are 00:00 or 12:00 in UTC+8", at)
	case v.Type == halfDay && v.End < v.Begin, v.Type == byHour && v.End <= v.Begin:
		return nil, problem("%s: new_end is before new_begin", at)
	case v.Duration < 0:
		return nil, problem("%s.new_duration: seconds expected", at)
	}
	if v.PerDay = c.PerDay; v.PerDay == 0 {
		v.PerDay = day
	}
	if v.Duration == 0 {
		v.Duration = v.length()
	}
	return &v, nil
}

// length is how long the time lasts; the half day that begins at its end is in it.
func (v RangeValue) length() int64 {
	if v.Type == halfDay {
		return v.End - v.Begin + half
	}
	return v.End - v.Begin
}

func sinceMidnight(at int64) int64 {
	t := time.Unix(at, 0).In(China)
	return int64(t.Hour())*3600 + int64(t.Minute())*60 + int64(t.Second())
}

// attendance checks a trip, an outing or overtime, and computes how it falls on days.
func attendance(c AttendanceConfig, v AttendanceValue, at string) (*AttendanceValue, error) {
	if v.Type == 0 {
		v.Type = c.Type
	}
	if v.Type != c.Type {
		return nil, problem("%s.type: %d; the template says %d", at, v.Type, c.Type)
	}
	return v.sliced(c.DateRange, at)
}

// sliced completes the range and the days of an attendance.
func (v AttendanceValue) sliced(c RangeConfig, at string) (*AttendanceValue, error) {
	given := v.DateRange.Duration
	r, err := rangeValue(c, v.DateRange, at+".date_range")
	if err != nil {
		return nil, err
	}
	v.DateRange = *r
	if v.Type == Overtime && r.End-r.Begin > maxOvertime {
		return nil, problem("%s.date_range: overtime spans seven days at most", at)
	}
	if v.Slices == nil || len(v.Slices.Days) == 0 {
		v.Slices = &SliceValue{Days: r.days(), Duration: r.Duration, State: 1}
		if given != 0 && given != r.length() {
			v.Slices.State = 2
		}
		return &v, nil
	}
	s := SliceValue{State: 2}
	for i, d := range v.Slices.Days {
		switch step := v.step(); {
		case sinceMidnight(d.Day) != 0:
			return nil, problem("%s.slice_info.day_items[%d].daytime: midnight in UTC+8 expected", at, i)
		case d.Day+day <= r.Begin || d.Day > r.End:
			return nil, problem("%s.slice_info.day_items[%d].daytime: the day is outside of date_range", at, i)
		case d.Duration < 0 || d.Duration%step != 0 || d.Duration > day:
			return nil, problem("%s.slice_info.day_items[%d].duration: %d seconds; a multiple of %d up to 86400 expected", at, i, d.Duration, step)
		case slices.ContainsFunc(v.Slices.Days[:i], func(o DaySlice) bool { return o.Day == d.Day }):
			return nil, problem("%s.slice_info.day_items[%d].daytime: the day is there twice", at, i)
		}
		s.Days = append(s.Days, d)
		s.Duration += d.Duration
	}
	v.Slices, v.DateRange.Duration = &s, s.Duration
	return &v, nil
}

// step is what durations of days are multiples of (doc 91853).
func (v AttendanceValue) step() int64 {
	switch {
	case v.DateRange.Type == byHour:
		return 360
	case v.Type == Overtime:
		return 8640
	}
	return half
}

// days spreads the time over its days.
func (v RangeValue) days() (out []DaySlice) {
	from, to, left := v.Begin, v.Begin+v.length(), v.Duration
	for from < to && len(out) < 400 {
		midnight := from - sinceMidnight(from)
		until := min(to, midnight+day)
		part := min(until-from, left)
		out = append(out, DaySlice{midnight, part})
		left -= part
		from = until
	}
	return out
}

// vacation checks a leave. Its options are the kinds of leave.
func (f *filler) vacation(v VacationValue, at string) (*VacationValue, error) {
	names, err := f.d.Vacations()
	if err != nil {
		return nil, err
	}
	if len(v.Selector.Options) != 1 {
		return nil, problem("%s.selector.options: one kind of leave expected", at)
	}
	kind, ok := whole(v.Selector.Options[0].Key)
	name, known := names[kind]
	if !ok || !known {
		return nil, problem("%s.selector.options[0].key: there is no kind of leave %q", at, v.Selector.Options[0].Key)
	}
	v.Selector = SelectorValue{Type: single, Options: []Option{{Key: v.Selector.Options[0].Key, Value: In(name)}}}
	if v.Attendance.Type == 0 {
		v.Attendance.Type = Leave
	}
	if v.Attendance.Type != Leave {
		return nil, problem("%s.attendance.type: %d; 1 expected", at, v.Attendance.Type)
	}
	scale := v.Attendance.DateRange.Type
	if scale != halfDay && scale != byHour {
		return nil, problem("%s.attendance.date_range.type: halfday or hour expected", at)
	}
	a, err := v.Attendance.sliced(RangeConfig{Type: scale}, at+".attendance")
	if err != nil {
		return nil, err
	}
	v.Attendance = *a
	return &v, nil
}

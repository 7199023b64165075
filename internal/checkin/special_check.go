package checkin

import (
	"reflect"
	"slices"
)

// year2000 is the day that special days are after.
var year2000 = dayOf("2000-01-01")

// checkSpecial checks the special days of a rule. Those that are new are days to come.
func (r *Rule) checkSpecial(before *Rule, midnight int64) error {
	if len(r.SpecialWork) > maxSpecial || len(r.SpecialOff) > maxSpecial {
		return bad("special day maximum value 366")
	}
	taken := map[int64]bool{}
	for i, d := range slices.Concat(r.SpecialWork, r.SpecialOff) {
		off := i >= len(r.SpecialWork)
		if err := d.check(off); err != nil {
			return err
		}
		known := before != nil && slices.ContainsFunc(slices.Concat(before.SpecialWork, before.SpecialOff), func(o SpecialDay) bool { return reflect.DeepEqual(o, d) })
		for _, at := range d.days() {
			if at <= midnight && !known {
				return bad("invalid specialday timestamp, only future dates are allowed here")
			}
			if taken[at] {
				return bad("conflict specailday")
			}
			taken[at] = true
		}
	}
	return nil
}

// days are those of a special day.
func (d SpecialDay) days() (out []int64) {
	switch d.Kind {
	case 0:
		return []int64{d.Day}
	case 1:
		for at := d.Begin; at <= d.End; at += day {
			out = append(out, at)
		}
	case 2:
		for at := d.Day; at <= d.End; at += 14 * day {
			out = append(out, at)
		}
	}
	return out
}

// isDay reports whether a time is the midnight of a day that a special day may be.
func isDay(at int64) bool { return at > year2000 && at == Midnight(at) }

func (d SpecialDay) check(off bool) error {
	switch {
	case d.Notes == "":
		return bad("special day notes cannot be empty")
	case len(d.Notes) > maxNotes:
		return bad("special day notes cannot be empty").With("at most %d bytes", maxNotes)
	case d.Kind < 0 || d.Kind > 2:
		return bad("special work day type invalid")
	case off && len(d.Sections) > 0:
		return bad("special offday should not have checkintime")
	case !off && len(d.Sections) == 0:
		return bad("special work day need checkintime")
	case d.Kind != 1 && !isDay(d.Day):
		return bad("invalid specailday timestamp")
	case d.Kind == 1 && (d.Begin == 0 || d.End == 0 || d.End < d.Begin):
		return bad("invalid specailday begtime or endtime")
	case d.Kind == 1 && !isDay(d.Begin):
		return bad("invalid specailday begtime")
	case d.Kind != 0 && !isDay(d.End), d.Kind == 2 && d.End < d.Day:
		return bad("invalid specailday endtime")
	case d.Kind == 1 && d.End-d.Begin > 366*day, d.Kind == 2 && d.End-d.Day > 366*day:
		return bad("the period of specialday cannot exceed one year")
	}
	if off {
		return nil
	}
	for _, s := range d.Sections {
		if s.Work%60 != 0 || s.Off%60 != 0 || s.Work < 4*hour || s.Work > 18*hour || s.Off < 4*hour || s.Off > day+3*hour || s.Work >= s.Off || s.Off-s.Work > day {
			return bad("special workday checkin time work_sec/off_work_sec invalid")
		}
	}
	if len(d.Sections) > maxSections {
		return bad("time section size must greater than 0 and less than or equal to 4")
	}
	return checkSections(d.Sections, map[int64]bool{}, false)
}

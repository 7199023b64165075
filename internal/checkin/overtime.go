package checkin

// Overtime says which work counts as overtime (doc 98041).
type Overtime struct {
	Workday OvertimeDay  `json:"workdayconf"`
	RestDay OvertimeDay  `json:"restdayconf"`
	Holiday OvertimeDay  `json:"holidayconf"`
	Unit    OvertimeUnit `json:"time_unit_config"`
}

// How overtime is known.
const (
	byBoth     int64 = 0 // what is approved and checked in
	byCheckins int64 = 1
	byApproval int64 = 2
)

// The parts of overtime.
type (
	// OvertimeDay is overtime on days of a kind.
	OvertimeDay struct {
		Allow     bool            `json:"allow_ot"`
		Type      int64           `json:"type"`
		Apply     RestInfo        `json:"apply"` // the rests of what is approved
		Checkin   OvertimeCheckin `json:"checkin"`
		Both      RestInfo        `json:"applycheckin"`
		Convert   bool            `json:"ot_trans_enable"`
		ConvertTo int64           `json:"ot_trans_type"` // 1 leave, 2 money
		Ratio     int64           `json:"trans_ratio"`   // of leave to overtime, per cent
		SyncLeave bool            `json:"sync_vacation"`
		When      int64           `json:"ot_time_range"` // 0 any time, 1 before work, 2 after it
	}
	// OvertimeCheckin is overtime that check-ins tell of.
	OvertimeCheckin struct {
		Start int64    `json:"ot_time_start"` // it begins so many seconds after work
		Min   int64    `json:"ot_time_min"`
		Max   int64    `json:"ot_time_max"`
		Rest  RestInfo `json:"restinfo"`
	}
	// RestInfo is what is taken off.
	RestInfo struct {
		Type  int64       `json:"type"` // 0 nothing, 1 certain times, 2 by how long it was
		Times []FixedRest `json:"fix_time_rule_list"`
		Steps []RestStep  `json:"items"`
	}
	// FixedRest is a time of rest, in seconds after midnight.
	FixedRest struct {
		Begin int64 `json:"fix_time_begin_sec"`
		End   int64 `json:"fix_time_end_sec"`
	}
	// RestStep is what is taken off overtime of a length.
	RestStep struct {
		Overtime int64 `json:"ot_time"`
		Rest     int64 `json:"rest_time"`
	}
	// OvertimeUnit is how overtime is rounded.
	OvertimeUnit struct {
		Unit      int64 `json:"ot_time_unit"`         // 2 hours, 3 days
		PerDay    int64 `json:"perday_duration_secs"` // of a day
		Method    int64 `json:"rounding_method"`      // 1 nearest, 2 up, 3 down
		Precision int64 `json:"rounding_precision"`   // digits after the point, of 1
		Step      int64 `json:"step_size"`            // seconds, of 2 and 3
	}
)

// Usual values (doc 98041).
const (
	usualOvertimeStart = 30 * 60
	usualOvertimeMin   = 30 * 60
	usualOvertimeMax   = 240 * 60
	usualRatio         = 100
	usualPerDay        = 8 * 60 * 60
	usualStep          = 60 * 60
)

// taken is what is taken off overtime from one second of a day to another.
func (r RestInfo) taken(from, to int64) (off int64) {
	switch r.Type {
	case 1:
		for _, t := range r.Times {
			off += max(min(to, t.End)-max(from, t.Begin), 0)
		}
	case 2:
		for _, s := range r.Steps {
			if to-from >= s.Overtime {
				off = s.Rest
			}
		}
	}
	return min(off, max(to-from, 0))
}

// round makes a time one that is counted.
func (u OvertimeUnit) round(seconds int64) int64 {
	unit := int64(60 * 60)
	if u.Unit == 3 {
		unit = u.PerDay
	}
	switch u.Method {
	case 2:
		return (seconds + u.Step - 1) / u.Step * u.Step
	case 3:
		return seconds / u.Step * u.Step
	}
	if u.Precision == 1 {
		unit /= 10
	}
	return (seconds + unit/2) / unit * unit
}

// stretch is a time from one second to another, in Unix seconds.
type stretch struct{ from, to int64 }

func (s stretch) and(o stretch) stretch {
	return stretch{max(s.from, o.from), max(min(s.to, o.to), max(s.from, o.from))}
}

// worked is the overtime of a day.
type worked struct {
	Seconds int64
	Short   int64 // what was approved and not worked
}

// overtime returns what of the times that somebody stayed, and of those that were approved, is overtime. Both
// are outside of the times of work; end is when work ended, 0 on a day without work.
func (o OvertimeDay) overtime(u OvertimeUnit, midnight, end int64, stayed, approved []stretch) (w worked) {
	if !o.Allow {
		return w
	}
	sum := func(list []stretch, rest RestInfo) (total int64) {
		for _, t := range list {
			total += t.to - t.from - rest.taken(t.from-midnight, t.to-midnight)
		}
		return total
	}
	switch o.Type {
	case byApproval:
		w.Seconds = sum(approved, o.Apply)
	case byCheckins:
		var counted []stretch
		for _, t := range stayed {
			if end != 0 && t.from >= end {
				t.from = max(t.from, end+o.Checkin.Start)
			}
			if t.to > t.from {
				counted = append(counted, t)
			}
		}
		if w.Seconds = sum(counted, o.Checkin.Rest); w.Seconds < o.Checkin.Min {
			return worked{}
		}
		w.Seconds = min(w.Seconds, o.Checkin.Max)
	default:
		var both []stretch
		for _, a := range approved {
			for _, t := range stayed {
				if c := a.and(t); c.to > c.from {
					both = append(both, c)
				}
			}
		}
		w.Seconds = sum(both, o.Both)
		w.Short = max(sum(approved, o.Both)-w.Seconds, 0)
	}
	w.Seconds = u.round(w.Seconds)
	return w
}

// allows leaves out the times of overtime that do not count: before work, or after it.
func (o OvertimeDay) allows(begin, end int64, list []stretch) (out []stretch) {
	for _, t := range list {
		if end != 0 {
			before, after := stretch{t.from, min(t.to, begin)}, stretch{max(t.from, end), t.to}
			if o.When != 2 && before.to > before.from {
				out = append(out, before)
			}
			if o.When != 1 && after.to > after.from {
				out = append(out, after)
			}
			continue
		}
		if t.to > t.from {
			out = append(out, t)
		}
	}
	return out
}

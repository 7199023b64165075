package checkin

// overtimeRequest is ot_info_v2 of a request (doc 98041).
type overtimeRequest struct {
	Workday *overtimeDayRequest `json:"workdayconf"`
	RestDay *overtimeDayRequest `json:"restdayconf"`
	Holiday *overtimeDayRequest `json:"holidayconf"`
	Unit    *unitRequest        `json:"time_unit_config"`
}

type (
	overtimeDayRequest struct {
		Allow     *bool                   `json:"allow_ot"`
		Type      *int64                  `json:"type"`
		Apply     *restConfRequest        `json:"apply"`
		Checkin   *overtimeCheckinRequest `json:"checkin"`
		Both      *restConfRequest        `json:"applycheckin"`
		Convert   bool                    `json:"ot_trans_enable"`
		ConvertTo *int64                  `json:"ot_trans_type"`
		Vacation  *overtimeLeaveRequest   `json:"vacation"`
		When      int64                   `json:"ot_time_range"`
	}
	overtimeLeaveRequest struct {
		Ratio *int64 `json:"trans_ratio"`
		Sync  *bool  `json:"sync_vacation"`
	}
	restConfRequest struct {
		Rest *restInfoRequest `json:"restinfo"`
	}
	overtimeCheckinRequest struct {
		Start *int64           `json:"ot_time_start"`
		Min   *int64           `json:"ot_time_min"`
		Max   *int64           `json:"ot_time_max"`
		Rest  *restInfoRequest `json:"restinfo"`
	}
	restInfoRequest struct {
		Type  int64              `json:"type"`
		Times []fixedRestRequest `json:"fix_time_rule_list"`
		Rule  *restRuleRequest   `json:"cal_ottime_rule"`
	}
	fixedRestRequest struct {
		Begin *int64 `json:"fix_time_begin_sec"`
		End   *int64 `json:"fix_time_end_sec"`
	}
	restRuleRequest struct {
		Items []restStepRequest `json:"items"`
	}
	restStepRequest struct {
		Overtime *int64 `json:"ot_time"`
		Rest     *int64 `json:"rest_time"`
	}
	unitRequest struct {
		Unit      *int64 `json:"ot_time_unit"`
		PerDay    *int64 `json:"perday_duration_secs"`
		Method    *int64 `json:"rounding_method"`
		Precision *int64 `json:"rounding_precision"`
		Step      *int64 `json:"step_size"`
	}
)

// noOvertime is a rule's overtime where none is allowed.
func noOvertime() Overtime {
	none := OvertimeDay{Type: byApproval, ConvertTo: 1, Ratio: usualRatio, SyncLeave: true, Checkin: OvertimeCheckin{Start: usualOvertimeStart, Min: usualOvertimeMin, Max: usualOvertimeMax}}
	return Overtime{none, none, none, OvertimeUnit{Unit: 2, PerDay: usualPerDay, Method: 1, Precision: 1, Step: usualStep}}
}

// Limits of overtime (doc 98041).
const (
	maxOvertime      = 720 * 60
	maxRatio         = 3000
	maxOvertimeRests = 10
	maxOvertimeSteps = 5
	maxStep          = 360 * 60 // of rest
	quarter          = 15 * 60
	minPerDay        = 3600
	maxPerDay        = 86400
)

// overtime returns what the request says. The page wants all three kinds of days, and its own sample has one: what is
// not there allows no overtime.
func (q *overtimeRequest) overtime() (o Overtime, err error) {
	if q.Workday == nil && q.RestDay == nil && q.Holiday == nil {
		return o, bad("invalid ot_info_v2, workdayconf/restdayconf/holidayconf is necessary")
	}
	o = noOvertime()
	for _, d := range []struct {
		q    *overtimeDayRequest
		into *OvertimeDay
	}{{q.Workday, &o.Workday}, {q.RestDay, &o.RestDay}, {q.Holiday, &o.Holiday}} {
		if d.q == nil {
			continue
		}
		if err := d.q.into(d.into); err != nil {
			return o, err
		}
	}
	if q.Unit != nil {
		err = q.Unit.into(&o.Unit)
	}
	return o, err
}

func (q *overtimeDayRequest) into(d *OvertimeDay) (err error) {
	put(&d.Allow, q.Allow)
	put(&d.Type, q.Type)
	put(&d.ConvertTo, q.ConvertTo)
	d.Convert, d.When = q.Convert, q.When
	if v := q.Vacation; v != nil {
		put(&d.Ratio, v.Ratio)
		put(&d.SyncLeave, v.Sync)
	}
	switch {
	case d.Type < byBoth || d.Type > byApproval:
		return bad("otinfo type invalid")
	case d.ConvertTo < 1 || d.ConvertTo > 2:
		return bad("otinfo ot_trans_type invalid")
	case d.Ratio < 0 || d.Ratio > maxRatio:
		return bad("otinfo vacation.trans_ratio invalid")
	case d.When < 0 || d.When > 2:
		return bad("otinfo ot_time_range invalid").With("0, 1 or 2 expected")
	}
	if q.Apply != nil {
		if d.Apply, err = q.Apply.Rest.info("apply"); err != nil {
			return err
		}
	}
	if q.Both != nil {
		if d.Both, err = q.Both.Rest.info("applycheckin"); err != nil {
			return err
		}
	}
	if c := q.Checkin; c != nil {
		put(&d.Checkin.Start, c.Start)
		put(&d.Checkin.Min, c.Min)
		put(&d.Checkin.Max, c.Max)
		if d.Checkin.Start < 0 || d.Checkin.Start > maxOvertime || d.Checkin.Min < 0 || d.Checkin.Min >= d.Checkin.Max || d.Checkin.Max > maxOvertime {
			return bad("invalid otinfo ot_time_min or ot_time_max")
		}
		d.Checkin.Rest, err = c.Rest.info("checkin")
	}
	return err
}

// info returns what is taken off overtime.
func (q *restInfoRequest) info(name string) (r RestInfo, err error) {
	if q == nil {
		return r, nil
	}
	steps := q.Rule != nil && len(q.Rule.Items) > 0
	switch r.Type = q.Type; {
	case r.Type < 0 || r.Type > 2:
		return r, bad(name + ".restinfo.type invalid")
	case r.Type == 0 && (steps || len(q.Times) > 0):
		return r, bad("if rest is not enabled, the rest period cannot be configured")
	case r.Type == 1 && steps:
		return r, bad("otinfo select the deduction by rest period, the deduction by overtime hours is not allowed")
	case r.Type == 2 && len(q.Times) > 0:
		return r, bad("otinfo select the deduction by overtime hours, the deduction by rest period is not allowed")
	case r.Type == 1:
		r.Times, err = q.fixed()
	case r.Type == 2:
		r.Steps, err = q.steps()
	}
	return r, err
}

func (q *restInfoRequest) fixed() (out []FixedRest, err error) {
	if n := len(q.Times); n < 1 || n > maxOvertimeRests {
		return nil, bad("otinfo restinfo fix_time_rule_list size must greater than 0 and less than or equal to 10")
	}
	wrong := bad("invalid fix_time_begin_sec or fix_time_end_sec, value has to be a multiple of 60")
	for _, t := range q.Times {
		if t.Begin == nil || t.End == nil {
			return nil, bad("need fix_time_begin_sec and fix_time_end_sec")
		}
		f := FixedRest{*t.Begin, *t.End}
		if f.Begin%60 != 0 || f.End%60 != 0 || f.Begin < 0 || f.End <= f.Begin || f.End-f.Begin > day || f.End >= 2*day {
			return nil, wrong
		}
		for _, o := range out {
			if f.Begin < o.End && o.Begin < f.End {
				return nil, wrong.With("two rests overlap")
			}
		}
		out = append(out, f)
	}
	return out, nil
}

func (q *restInfoRequest) steps() (out []RestStep, err error) {
	if q.Rule == nil || len(q.Rule.Items) < 1 || len(q.Rule.Items) > maxOvertimeSteps {
		return nil, bad("otinfo restinfo cal_ottime_rule items size must greater than 0 and less than or equal to 5")
	}
	for i, t := range q.Rule.Items {
		if t.Overtime == nil || t.Rest == nil {
			return nil, bad("need otinfo rest_time and ot_time")
		}
		s := RestStep{*t.Overtime, *t.Rest}
		switch {
		case s.Rest < 0 || s.Rest > s.Overtime || s.Rest%quarter != 0 || s.Rest > maxStep:
			return nil, bad("invalid otinfo rest_time or ot_time")
		case s.Overtime%quarter != 0 || i > 0 && s.Overtime <= out[i-1].Overtime:
			return nil, bad("invalid otinfo restinfo, ot_time needs to be incremented")
		}
		out = append(out, s)
	}
	return out, nil
}

func (q *unitRequest) into(u *OvertimeUnit) error {
	put(&u.Unit, q.Unit)
	put(&u.PerDay, q.PerDay)
	put(&u.Method, q.Method)
	put(&u.Precision, q.Precision)
	put(&u.Step, q.Step)
	switch {
	case u.Unit < 2 || u.Unit > 3:
		return bad("otinfo ot_time_unit invalid").With("2 or 3 expected")
	case u.PerDay < minPerDay || u.PerDay > maxPerDay || u.PerDay%360 != 0:
		return bad("otinfo perday_duration_secs invalid").With("3600 to 86400, a multiple of 360, expected")
	case u.Method < 1 || u.Method > 3:
		return bad("otinfo rounding_method invalid").With("1, 2 or 3 expected")
	case u.Precision < 0 || u.Precision > 1:
		return bad("otinfo rounding_precision invalid").With("0 or 1 expected")
	case u.Step <= 0 || u.Step > day:
		return bad("otinfo step_size invalid").With("1 to 86400 seconds expected")
	}
	return nil
}

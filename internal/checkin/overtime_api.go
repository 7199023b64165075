package checkin

// overtimeInfo is the overtime of a rule in its older form, which has one kind of days without work (doc 93384).
type overtimeInfo struct {
	Type     int64 `json:"type"`
	Workdays bool  `json:"allow_ot_workingday"`
	Others   bool  `json:"allow_ot_nonworkingday"`
	Checkin  struct {
		Start      int64        `json:"ot_workingday_time_start"`
		Min        int64        `json:"ot_workingday_time_min"`
		Max        int64        `json:"ot_workingday_time_max"`
		OthersMin  int64        `json:"ot_nonworkingday_time_min"`
		OthersMax  int64        `json:"ot_nonworkingday_time_max"`
		Rest       restInfoInfo `json:"ot_workingday_restinfo"`
		OthersRest restInfoInfo `json:"ot_nonworkingday_restinfo"`
		OthersSpan int64        `json:"ot_nonworkingday_spanday_time"`
	} `json:"otcheckinfo"`
	UpdatedAt int64 `json:"uptime"`
	Apply     struct {
		Workdays   bool         `json:"allow_ot_workingday"`
		Others     bool         `json:"allow_ot_nonworkingday"`
		UpdatedAt  int64        `json:"uptime"`
		Rest       restInfoInfo `json:"ot_workingday_restinfo"`
		OthersRest restInfoInfo `json:"ot_nonworkingday_restinfo"`
		OthersSpan int64        `json:"ot_nonworkingday_spanday_time"`
	} `json:"otapplyinfo"`
}

type restInfoInfo struct {
	Type  int64     `json:"type"`
	Fixed FixedRest `json:"fix_time_rule"` // the first of them
	Rule  struct {
		Items []RestStep `json:"items"`
	} `json:"cal_ottime_rule"`
}

func (r RestInfo) info() (out restInfoInfo) {
	out.Type, out.Rule.Items = r.Type, r.Steps
	if len(r.Times) > 0 {
		out.Fixed = r.Times[0]
	}
	return out
}

// overtimeInfo returns the overtime of a rule in that form; nil where none is allowed. Days of rest stand for
// holidays, too.
func (d *dated) overtimeInfo() *overtimeInfo {
	o := &d.Overtime
	others := o.RestDay
	if !others.Allow {
		others = o.Holiday
	}
	if !o.Workday.Allow && !others.Allow {
		return nil
	}
	v := &overtimeInfo{Type: o.Workday.Type, Workdays: o.Workday.Allow, Others: others.Allow, UpdatedAt: d.OvertimeAt}
	if !o.Workday.Allow {
		v.Type = others.Type
	}
	c := o.Workday.Checkin
	v.Checkin.Start, v.Checkin.Min, v.Checkin.Max, v.Checkin.Rest = c.Start, c.Min, c.Max, c.Rest.info()
	v.Checkin.OthersMin, v.Checkin.OthersMax, v.Checkin.OthersRest = others.Checkin.Min, others.Checkin.Max, others.Checkin.Rest.info()
	v.Apply.Workdays, v.Apply.Others, v.Apply.UpdatedAt = o.Workday.Allow, others.Allow, d.OvertimeAt
	v.Apply.Rest, v.Apply.OthersRest = o.Workday.Both.info(), others.Both.info()
	return v
}

package console

import (
	"qiwei/internal/checkin"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func (s *Service) checkinCalls() []call {
	return []call{
		{pattern: "GET /console/api/checkin/rules", right: readCorp, handle: s.listCheckinRules},
		{pattern: "POST /console/api/checkin/rules", right: editCorp, handle: s.createCheckinRule},
		{pattern: "PUT /console/api/checkin/rules/{id}", right: editCorp, handle: s.replaceCheckinRule},
		{pattern: "DELETE /console/api/checkin/rules/{id}", right: editCorp, handle: s.deleteCheckinRule},
		{pattern: "POST /console/api/checkin/rules/{id}/shifts", right: editCorp, handle: s.setCheckinShifts},
		{pattern: "GET /console/api/checkin/months", right: readCorp, handle: s.checkinMonths},
	}
}

// checkinRule is a rule, with the application that has made it, which alone may change it by the API.
type checkinRule struct {
	Group int64        `json:"groupid"`
	App   string       `json:"app,omitempty"`
	From  int64        `json:"from"` // Unix seconds of the day on which it begins
	Rule  checkin.Rule `json:"rule"`
}

func (s *Service) listCheckinRules(v *visit) (any, error) {
	out := []checkinRule{}
	return map[string]any{"rules": &out}, v.look(func(tx *store.Tx) error {
		rules, err := s.deps.Checkins.Rules(tx, v.corpID)
		if err != nil {
			return err
		}
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		names := map[int64]string{}
		for _, a := range apps {
			names[a.No] = a.Name
		}
		for _, r := range rules {
			out = append(out, checkinRule{r.Group, names[r.App], r.From, r.Rule})
		}
		return err
	})
}

type checkinRuleRequest struct {
	Now  bool         `json:"effective_now"` // otherwise tomorrow
	Rule checkin.Rule `json:"rule"`
}

func (s *Service) createCheckinRule(v *visit) (any, error) {
	var req checkinRuleRequest
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Checkins.CreateRule(v.ctx(), tx, v.by, req.Rule, checkin.Beginning(tx, req.Now))
		return done{"checkin_rule.create", req.Rule.Name, map[string]any{"groupid": made}}, err
	})
	return map[string]int64{"groupid": made}, err
}

func (s *Service) replaceCheckinRule(v *visit) (any, error) {
	var req checkinRuleRequest
	if err := v.read(&req); err != nil {
		return nil, err
	}
	group, err := v.number("id")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"checkin_rule.update", req.Rule.Name, map[string]any{"groupid": group}}, s.deps.Checkins.ReplaceRule(v.ctx(), tx, v.by, group, req.Rule, req.Now)
	})
}

func (s *Service) deleteCheckinRule(v *visit) (any, error) {
	group, err := v.number("id")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"checkin_rule.delete", itoa(group), nil}, s.deps.Checkins.DeleteRule(v.ctx(), tx, v.by, group, v.query("now") == "true")
	})
}

// setCheckinShifts says what members work on days of a month; the days may be past.
func (s *Service) setCheckinShifts(v *visit) (any, error) {
	var req struct {
		YearMonth int64               `json:"yearmonth"`
		Items     []checkin.ShiftItem `json:"items"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	group, err := v.number("id")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"checkin_rule.shifts", itoa(group), map[string]any{"yearmonth": req.YearMonth, "days": len(req.Items)}}, s.deps.Checkins.SetShifts(v.ctx(), tx, v.by, group, req.YearMonth, req.Items, true)
	})
}

// checkinMonths answers the months of the members of a department, a page at a time.
func (s *Service) checkinMonths(v *visit) (any, error) {
	dep, err := v.number("department")
	if err != nil {
		return nil, err
	}
	offset, limit, err := v.page(20, 50)
	if err != nil {
		return nil, err
	}
	out := struct {
		Members []checkin.MemberMonth `json:"members"`
		Total   int64                 `json:"total"`
	}{Members: []checkin.MemberMonth{}}
	return &out, v.look(func(tx *store.Tx) error {
		list, total, err := s.deps.Directory.ListMembers(v.ctx(), tx, v.by, directory.MemberFilter{Department: dep, Below: true, Words: v.query("q"), Status: 5, Offset: offset, Limit: limit})
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, m := range list {
			users = append(users, m.UserID)
		}
		out.Total = total
		months, err := s.deps.Checkins.Months(tx, v.by, users, v.query("month"))
		out.Members = append(out.Members, months...)
		return err
	})
}

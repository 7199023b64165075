package console

import (
	"errors"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
)

// Rules of sensitive words (聊天敏感词) say what members may not write to customers. An admin changes all of them,
// whoever made them.

func (s *Service) sensitiveCalls() []call {
	return []call{
		{pattern: "GET /console/api/sensitive", right: readCorp, handle: s.listSensitive},
		{pattern: "POST /console/api/sensitive", right: editCorp, handle: s.createSensitive},
		{pattern: "PUT /console/api/sensitive/{rule}", right: editCorp, handle: s.updateSensitive},
		{pattern: "DELETE /console/api/sensitive/{rule}", right: editCorp, handle: s.deleteSensitive},
	}
}

type sensitiveLine struct {
	RuleID      string    `json:"rule_id"`
	Name        string    `json:"name"`
	Words       []string  `json:"words"`
	Semantics   []int64   `json:"semantics"` // 1 telephone numbers, 2 mail addresses, 3 red packets
	Kind        int64     `json:"kind"`      // 1 intercepts, 2 warns
	App         string    `json:"app,omitempty"`
	At          time.Time `json:"at"`
	Members     []person  `json:"members"`
	Departments []int64   `json:"departments"`
}

func (s *Service) listSensitive(v *visit) (any, error) {
	lines := []sensitiveLine{}
	return map[string]any{"rules": &lines}, v.look(func(tx *store.Tx) error {
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		list, err := s.deps.Sensitive.Rules(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, r := range list {
			_, in, err := s.deps.Sensitive.Details(tx, v.by, s.deps.Sensitive.RuleID(r))
			if err != nil {
				return err
			}
			line := sensitiveLine{RuleID: s.deps.Sensitive.RuleID(r), Name: r.Name, Words: orEmpty(r.Words), Semantics: orEmpty(r.Semantics), Kind: r.Kind, App: apps[r.App], At: r.CreatedAt, Departments: orEmpty(in.Departments)}
			if line.Members, err = v.people(tx, in.Users); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
}

type sensitiveForm struct {
	Name        string      `json:"name"`
	Words       []string    `json:"words"`
	Semantics   []int64     `json:"semantics"`
	Kind        int64       `json:"kind"`
	Users       []id.UserID `json:"userids"`
	Departments []int64     `json:"departments"`
}

func (f sensitiveForm) valid() error {
	switch {
	case f.Name == "":
		return problem{422, "", "请填写规则名称", "Give the rule a name.", "name"}
	case len(f.Words) == 0:
		return problem{422, "", "请填写敏感词", "Write the words, one a line.", "words"}
	case len(f.Users)+len(f.Departments) == 0:
		return problem{422, "", "请选择适用的成员或部门", "Choose the members or departments that it is for.", "userids"}
	}
	return nil
}

func (s *Service) createSensitive(v *visit) (any, error) {
	var req sensitiveForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := req.valid(); err != nil {
		return nil, err
	}
	var ruleID string
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		ruleID, err = s.deps.Sensitive.Create(v.ctx(), tx, v.by, sensitive.Rule{Name: req.Name, Words: req.Words, Semantics: req.Semantics, Kind: req.Kind}, sensitive.Range{Users: req.Users, Departments: req.Departments})
		return done{"sensitive.create", req.Name, map[string]any{"rule_id": ruleID, "words": len(req.Words)}}, err
	})
	return map[string]string{"rule_id": ruleID}, err
}

func goneRule(err error) error {
	if errors.Is(err, sensitive.ErrRuleID) || errors.Is(err, sensitive.ErrDeleted) {
		return errGone
	}
	return err
}

func (s *Service) updateSensitive(v *visit) (any, error) {
	var req sensitiveForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := req.valid(); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		before, in, err := s.deps.Sensitive.Details(tx, v.by, v.r.PathValue("rule"))
		if err != nil {
			return done{}, goneRule(err)
		}
		u := sensitive.Update{RuleID: v.r.PathValue("rule"), Name: &req.Name, Words: req.Words, Semantics: &req.Semantics, Kind: &req.Kind}
		u.Add = sensitive.Range{Users: without(req.Users, in.Users), Departments: without(req.Departments, in.Departments)}
		u.Remove = sensitive.Range{Users: without(in.Users, req.Users), Departments: without(in.Departments, req.Departments)}
		return done{"sensitive.update", before.Name, map[string]any{"rule_id": u.RuleID, "name": req.Name, "words": [2]int{len(before.Words), len(req.Words)}}},
			s.deps.Sensitive.Update(v.ctx(), tx, v.by, u)
	})
}

// without returns those of a list that are not in another.
func without[T comparable](list, other []T) (out []T) {
	for _, one := range list {
		if !slices.Contains(other, one) {
			out = append(out, one)
		}
	}
	return out
}

func (s *Service) deleteSensitive(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		ruleID := v.r.PathValue("rule")
		before, _, err := s.deps.Sensitive.Details(tx, v.by, ruleID)
		if err != nil {
			return done{}, goneRule(err)
		}
		return done{"sensitive.delete", before.Name, map[string]any{"rule_id": ruleID}}, s.deps.Sensitive.Delete(tx, v.by, ruleID)
	})
}

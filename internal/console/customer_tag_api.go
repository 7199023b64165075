package console

import (
	"errors"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/strategy"
)

// Tags for customers are the corp's, or a strategy group's (规则组). An admin changes all of them, whoever made
// them.

func (s *Service) customerTagCalls() []call {
	return []call{
		{pattern: "GET /console/api/customer-tags", right: readCustomers, handle: s.listCustomerTags},
		{pattern: "POST /console/api/customer-tags", right: editCorp, handle: s.addCustomerTags},
		{pattern: "PUT /console/api/customer-tags/{tag}", right: editCorp, handle: s.editCustomerTag},
		{pattern: "DELETE /console/api/customer-tags/{tag}", right: editCorp, handle: s.deleteCustomerTag},
		{pattern: "GET /console/api/strategies", right: readCorp, handle: s.listStrategies},
	}
}

type tagSetLine struct {
	ID       id.CustomerTag `json:"id"`
	Name     string         `json:"name"`
	Order    int64          `json:"order"`
	App      string         `json:"app,omitempty"` // that made it; empty for an admin
	At       time.Time      `json:"at"`
	Strategy int64          `json:"strategy_id,omitempty"`
	Tags     []tagSetTag    `json:"tags"`
}

type tagSetTag struct {
	tagLine
	Order int64     `json:"order"`
	App   string    `json:"app,omitempty"`
	At    time.Time `json:"at"`
}

func (s *Service) listCustomerTags(v *visit) (any, error) {
	out := []tagSetLine{}
	return map[string]any{"groups": &out}, v.look(func(tx *store.Tx) error {
		names, err := v.appNames(tx)
		if err != nil {
			return err
		}
		sets, err := s.deps.Customers.TagSets(tx, v.corpID)
		for _, g := range sets {
			line := tagSetLine{ID: g.ID, Name: g.Name, Order: g.Order, App: names[g.App], At: time.Unix(g.CreatedAt, 0).UTC(), Strategy: g.Strategy, Tags: []tagSetTag{}}
			for _, t := range g.Tags {
				line.Tags = append(line.Tags, tagSetTag{tagLine{t.ID, t.Name}, t.Order, names[t.App], time.Unix(t.CreatedAt, 0).UTC()})
			}
			out = append(out, line)
		}
		return err
	})
}

// addCustomerTags adds tags to a group by its id, or to the one of a name, which is made if there is none.
func (s *Service) addCustomerTags(v *visit) (any, error) {
	var req struct {
		Strategy int64          `json:"strategy_id"`
		Group    id.CustomerTag `json:"group_id"`
		Name     string         `json:"group_name"`
		Tags     []string       `json:"tags"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if len(req.Tags) == 0 {
		return nil, problem{422, "", "请填写至少一个标签", "Write at least one tag.", "tags"}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		n := customer.NewTags{Strategy: req.Strategy, GroupID: req.Group, Group: req.Name}
		for _, name := range req.Tags {
			n.Tags = append(n.Tags, customer.NewTag{Name: name})
		}
		g, _, err := s.deps.Customers.AddTags(v.ctx(), tx, v.by, n)
		return done{"customer_tag.create", g.Name, map[string]any{"tags": req.Tags}}, err
	})
}

// customerTag returns the tag or the group that the path names.
func (v *visit) customerTag(tx *store.Tx) (name string, group bool, strategy int64, err error) {
	sets, err := v.s.deps.Customers.TagSets(tx, v.corpID)
	if err != nil {
		return "", false, 0, err
	}
	want := id.CustomerTag(v.r.PathValue("tag"))
	for _, g := range sets {
		if g.ID == want {
			return g.Name, true, g.Strategy, nil
		}
		for _, t := range g.Tags {
			if t.ID == want {
				return t.Name, false, g.Strategy, nil
			}
		}
	}
	return "", false, 0, errGone
}

func (s *Service) editCustomerTag(v *visit) (any, error) {
	var req struct {
		Name  *string `json:"name"`
		Order *int64  `json:"order"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.Name == nil && req.Order == nil {
		return nil, badRequest{errors.New("name or order expected")}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		before, group, strategy, err := v.customerTag(tx)
		if err != nil {
			return done{}, err
		}
		tag := id.CustomerTag(v.r.PathValue("tag"))
		return done{"customer_tag.update", before, map[string]any{"id": tag, "group": group, "name": req.Name, "order": req.Order}},
			s.deps.Customers.EditTag(v.ctx(), tx, v.by, customer.TagUpdate{ID: tag, Name: req.Name, Order: req.Order, Strategic: strategy != 0})
	})
}

func (s *Service) deleteCustomerTag(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		name, group, strategy, err := v.customerTag(tx)
		if err != nil {
			return done{}, err
		}
		tag := []id.CustomerTag{id.CustomerTag(v.r.PathValue("tag"))}
		tags, groups := tag, []id.CustomerTag(nil)
		if group {
			tags, groups = nil, tag
		}
		return done{"customer_tag.delete", name, map[string]any{"id": tag[0], "group": group}},
			s.deps.Customers.RemoveTags(v.ctx(), tx, v.by, tags, groups, strategy != 0)
	})
}

type strategyLine struct {
	ID          int64     `json:"strategy_id"`
	Family      string    `json:"family"`
	Parent      int64     `json:"parent_id,omitempty"`
	Name        string    `json:"name"`
	App         string    `json:"app,omitempty"`
	At          time.Time `json:"at"`
	Admins      []person  `json:"admins"`
	Members     []person  `json:"members"`
	Departments []int64   `json:"departments"`
}

func (s *Service) listStrategies(v *visit) (any, error) {
	out := []strategyLine{}
	return map[string]any{"strategies": &out}, v.look(func(tx *store.Tx) error {
		names, err := v.appNames(tx)
		if err != nil {
			return err
		}
		for _, family := range []strategy.Family{strategy.Customers, strategy.Moments} {
			list, err := s.deps.Strategies.Roll(tx, v.corpID, family)
			if err != nil {
				return err
			}
			for _, g := range list {
				line := strategyLine{ID: g.StrategyID, Family: string(family), Parent: g.Parent, Name: g.Name, App: names[g.App], At: g.CreatedAt, Departments: orEmpty(g.Departments)}
				if line.Admins, err = v.people(tx, g.Admins); err != nil {
					return err
				}
				if line.Members, err = v.people(tx, g.Members); err != nil {
					return err
				}
				out = append(out, line)
			}
		}
		return nil
	})
}

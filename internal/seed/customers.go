package seed

import (
	"fmt"
	"strings"

	"qiwei/internal/customer"
	"qiwei/internal/id"
)

// CustomerTags is a group of tags for customers.
type CustomerTags struct {
	Group string   `json:"group_name"`
	Tags  []string `json:"tags"`
}

// ContactWay is a way by which customers find members.
type ContactWay struct {
	AgentID     int64       `json:"agentid"` // of the application that it belongs to
	Remark      string      `json:"remark,omitempty"`
	State       string      `json:"state,omitempty"`
	Members     []id.UserID `json:"user,omitempty"`
	Departments []int64     `json:"party,omitempty"`
}

// Customer is a customer with those who follow them.
type Customer struct {
	Name     string           `json:"name"`
	Type     int64            `json:"type,omitempty"` // 1 if absent
	Gender   int64            `json:"gender,omitempty"`
	UnionID  string           `json:"unionid,omitempty"`
	Avatar   string           `json:"avatar,omitempty"`
	Position string           `json:"position,omitempty"`
	CorpName string           `json:"corp_name,omitempty"`
	FullName string           `json:"corp_full_name,omitempty"`
	Follow   []CustomerFollow `json:"follow"`
}

// CustomerFollow is a member who follows a customer.
type CustomerFollow struct {
	UserID      id.UserID `json:"userid"`
	Remark      string    `json:"remark,omitempty"`
	Description string    `json:"description,omitempty"`
	Company     string    `json:"remark_company,omitempty"`
	Mobiles     []string  `json:"remark_mobiles,omitempty"`
	State       string    `json:"state,omitempty"`
	AddWay      int64     `json:"add_way,omitempty"`
	// Tags are written as in "level/gold".
	Tags []string `json:"tags,omitempty"`
}

// customers come after members and applications.
func (l loader) customers(e Enterprise) error {
	tags := map[string]id.CustomerTag{}
	for i, g := range e.CustomerTags {
		n := customer.NewTags{Group: g.Group}
		for _, t := range g.Tags {
			n.Tags = append(n.Tags, customer.NewTag{Name: t})
		}
		_, made, err := l.s.Customers.AddTags(l.ctx, l.tx, l.by, n)
		if err != nil {
			return fmt.Errorf("customer_tags[%d] (%s): %w", i, g.Group, err)
		}
		for _, t := range made {
			tags[g.Group+"/"+t.Name] = l.s.Customers.TagID(t)
		}
	}
	for i, w := range e.ContactWays {
		a, err := l.s.Apps.App(l.tx, l.by.CorpID, w.AgentID)
		if err == nil {
			by := l.by
			by.App = a.No
			_, err = l.s.Customers.CreateWay(l.ctx, l.tx, by, customer.CodeFor(w.Remark, w.State, w.Members, w.Departments), w.Members)
		}
		if err != nil {
			return fmt.Errorf("contact_ways[%d]: %w", i, err)
		}
	}
	for i, c := range e.Customers {
		if err := l.customer(c, tags); err != nil {
			return fmt.Errorf("customers[%d] (%s): %w", i, c.Name, err)
		}
	}
	return nil
}

func (l loader) customer(c Customer, tags map[string]id.CustomerTag) error {
	if c.Type == 0 {
		c.Type = customer.WeChat
	}
	var external id.ExternalID
	for _, f := range c.Follow {
		made, _, err := l.s.Customers.Befriend(l.ctx, l.tx, l.by, customer.Arrival{
			External: external, UserID: f.UserID, State: f.State, AddWay: f.AddWay,
			Contact: customer.Contact{Kind: c.Type, Name: c.Name, Gender: c.Gender, UnionID: c.UnionID, Avatar: c.Avatar, Position: c.Position, CorpName: c.CorpName, FullName: c.FullName},
		})
		if err != nil {
			return err
		}
		external = l.s.Customers.ExternalID(made.Kind, made.No)
		l.externals[c.Name] = external
		if err := l.s.Customers.Remark(l.ctx, l.tx, l.by, f.UserID, external, customer.NoteUpdate{
			Remark: &f.Remark, Description: &f.Description, Company: &f.Company, Mobiles: &f.Mobiles,
		}); err != nil {
			return err
		}
		var given []id.CustomerTag
		for _, name := range f.Tags {
			tag, ok := tags[name]
			if !ok {
				return fmt.Errorf("follow %s: tags: %q; one of customer_tags, written as group/tag, expected", f.UserID, strings.TrimSpace(name))
			}
			given = append(given, tag)
		}
		if len(given) > 0 {
			if _, err := l.s.Customers.Mark(l.ctx, l.tx, l.by, f.UserID, external, given, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

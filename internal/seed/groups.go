package seed

import (
	"fmt"

	"qiwei/internal/customergroup"
	"qiwei/internal/id"
)

// CustomerGroup is a group of members and customers.
type CustomerGroup struct {
	Name    string      `json:"name"`
	Owner   id.UserID   `json:"owner"`
	Notice  string      `json:"notice,omitempty"`
	Members []id.UserID `json:"userids,omitempty"`
	Admins  []id.UserID `json:"admins,omitempty"`
	// Customers are names of customers.
	Customers []string `json:"customers,omitempty"`
}

// JoinWay is a way by which people come into groups.
type JoinWay struct {
	AgentID    int64  `json:"agentid"` // of the application that it belongs to
	Remark     string `json:"remark,omitempty"`
	State      string `json:"state,omitempty"`
	RoomName   string `json:"room_base_name,omitempty"`
	RoomNumber int64  `json:"room_base_id,omitempty"`
	// Groups are names of customer groups.
	Groups []string `json:"groups"`
}

// groups come after customers, whose ids the loader knows by their names.
func (l loader) groups(e Enterprise) error {
	chats := map[string]id.ChatID{}
	for i, g := range e.CustomerGroups {
		people := customergroup.People{Users: g.Members}
		for _, name := range g.Customers {
			external, ok := l.externals[name]
			if !ok {
				return fmt.Errorf("customer_groups[%d] (%s): customers: %q; the name of one of customers expected", i, g.Name, name)
			}
			people.Externals = append(people.Externals, external)
		}
		made, err := l.s.Groups.Create(l.ctx, l.tx, l.by, customergroup.NewGroup{Name: g.Name, Owner: g.Owner, Admins: g.Admins, People: people})
		if err == nil && g.Notice != "" {
			err = l.s.Groups.Announce(l.ctx, l.tx, l.by, l.s.Groups.ChatID(made.No), g.Notice)
		}
		if err != nil {
			return fmt.Errorf("customer_groups[%d] (%s): %w", i, g.Name, err)
		}
		chats[g.Name] = l.s.Groups.ChatID(made.No)
	}
	for i, w := range e.JoinWays {
		var groups []id.ChatID
		for _, name := range w.Groups {
			chat, ok := chats[name]
			if !ok {
				return fmt.Errorf("join_ways[%d]: groups: %q; the name of one of customer_groups expected", i, name)
			}
			groups = append(groups, chat)
		}
		a, err := l.s.Apps.App(l.tx, l.by.CorpID, w.AgentID)
		if err == nil {
			by := l.by
			by.App = a.No
			_, err = l.s.Groups.CreateWay(l.tx, by, customergroup.CodeFor(w.Remark, w.State, w.RoomName, w.RoomNumber), groups)
		}
		if err != nil {
			return fmt.Errorf("join_ways[%d]: %w", i, err)
		}
	}
	return nil
}

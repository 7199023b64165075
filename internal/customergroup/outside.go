package customergroup

import (
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What a WeChat user's own page shows, in dev.

// InGroup is a group that somebody outside is in.
type InGroup struct {
	ChatID id.ChatID
	Name   string
	Last   *Message // nil if nothing was said
}

// GroupsOf returns the groups that a customer is in, the oldest first.
func (s *Service) GroupsOf(tx *store.Tx, corpID string, c customer.Contact) (out []InGroup, err error) {
	list, err := selectGroupsOf(tx, corpID, outsider, c.No)
	if err != nil {
		return nil, err
	}
	for _, g := range list {
		in := InGroup{ChatID: s.ChatID(g.No), Name: g.Name}
		last, err := s.Messages(tx, corpID, g.No, 1)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			in.Last = &last[0]
		}
		out = append(out, in)
	}
	return out, nil
}

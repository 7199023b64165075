package strategy

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Rolled is a strategy group as a list for people has it.
type Rolled struct {
	Group
	Admins      []id.UserID
	Members     []id.UserID
	Departments []int64
}

// Roll returns the corp's strategy groups of a family, in the order of their making, each with whom it looks
// after.
func (s *Service) Roll(tx *store.Tx, corpID string, f Family) ([]Rolled, error) {
	list, err := selectGroups(tx, `corpid = ? AND family = ? ORDER BY no`, corpID, string(f))
	if err != nil {
		return nil, err
	}
	var out []Rolled
	for _, g := range list {
		r := Rolled{Group: g}
		nodes, err := selectNodes(tx, corpID, g.No, node{}, maxNodes)
		if err != nil {
			return nil, err
		}
		var members []int64
		for _, n := range nodes {
			if n.Kind == aMember {
				members = append(members, n.Node)
			} else {
				r.Departments = append(r.Departments, n.Node)
			}
		}
		users, err := s.deps.Directory.NumberedMembers(tx, corpID, append(append([]int64{}, members...), g.Admins...))
		if err != nil {
			return nil, err
		}
		for _, no := range members {
			if u, ok := users[no]; ok {
				r.Members = append(r.Members, u)
			}
		}
		for _, no := range g.Admins {
			if u, ok := users[no]; ok {
				r.Admins = append(r.Admins, u)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

package customergroup

import (
	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// shower answers the people in a group as a caller may see them.
type shower struct {
	s        *Service
	by       access.Caller
	users    map[int64]id.UserID
	contacts map[int64]customer.Contact
}

func (s *Service) shower(tx *store.Tx, by access.Caller, g Group, people []Person) (*shower, error) {
	var members, outsiders []int64
	for _, p := range people {
		if p.Kind == staff {
			members = append(members, p.No)
		} else {
			outsiders = append(outsiders, p.No)
		}
		if p.Invitor != 0 {
			members = append(members, p.Invitor)
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
	if err != nil {
		return nil, err
	}
	v := &shower{s: s, by: by, users: map[int64]id.UserID{}}
	for no, u := range users { // what is asked for may be kept, and shared
		v.users[no] = u
	}
	if g.LeftUserID != "" {
		v.users[g.Owner] = g.LeftUserID
	}
	v.contacts, err = s.deps.Customers.Contacts(tx, by.CorpID, outsiders)
	return v, err
}

// person shows somebody in a group, without the name.
func (v *shower) person(p Person) memberAnswer {
	m := memberAnswer{Person: id.Person(v.users[p.No]), Type: p.Kind, JoinedAt: p.JoinedAt.Unix(), Scene: p.Scene, State: p.State, Nickname: p.Nickname}
	if u, ok := v.users[p.Invitor]; ok {
		m.Invitor = &userAnswer{u}
	}
	if p.Kind == outsider {
		c := v.contacts[p.No]
		m.Person = id.Person(v.s.deps.Customers.ExternalID(c.Kind, c.No))
		if c.Kind == customer.WeChat && !v.by.Kind.Installed() {
			m.UnionID = c.UnionID
		}
	}
	return m
}

// nameAll fills in the names: a customer's, and a member's where the caller may read names of members.
func (v *shower) nameAll(tx *store.Tx, people []Person, answers []memberAnswer) error {
	var members []int64
	if directory.NewView(v.by).Searches(directory.FieldName) {
		for _, p := range people {
			if p.Kind == staff {
				members = append(members, p.No)
			}
		}
	}
	names, err := v.s.deps.Directory.Names(tx, v.by.CorpID, members)
	for i, p := range people {
		if p.Kind == outsider {
			name := v.contacts[p.No].Name
			answers[i].Name = &name
		} else if name, ok := names[p.No]; ok {
			answers[i].Name = &name
		}
	}
	return err
}

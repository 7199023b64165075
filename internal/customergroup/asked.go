package customergroup

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
)

// What rooms above ask about groups.

// Numbered returns those of the corp's groups, by number, that are there, in the order of their creation.
func (s *Service) Numbered(tx *store.Tx, corpID string, numbers []int64) (out []Group, err error) {
	for some := range slices.Chunk(numbers, 500) {
		list, err := selectGroupsWhere(tx, `g.corpid = ? AND g.dismissed_at = 0 AND g.no IN (`+store.Marks(len(some))+`) ORDER BY g.no`, store.Args([]any{corpID}, some)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// VisibleOf returns those of the groups whose owners the caller sees. Everybody sees those of an owner who has left
// (see Visible).
func (s *Service) VisibleOf(tx *store.Tx, by access.Caller, groups []Group) ([]Group, error) {
	owners := make([]int64, len(groups))
	for i, g := range groups {
		owners[i] = g.Owner
	}
	seen, err := s.deps.Customers.Serving(tx, by, owners)
	return slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return g.LeftUserID == "" && seen[g.Owner] == "" }), err
}

// Outsiders returns who is in a group from outside of the corp, by their external_userids.
func (s *Service) Outsiders(tx *store.Tx, corpID string, g Group) (map[id.ExternalID]customer.Contact, error) {
	in, err := selectPeople(tx, corpID, g.No, `kind = ?`, int64(outsider))
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(in))
	for i, p := range in {
		numbers[i] = p.No
	}
	contacts, err := s.deps.Customers.Contacts(tx, corpID, numbers)
	out := map[id.ExternalID]customer.Contact{}
	for _, c := range contacts {
		out[s.deps.Customers.ExternalID(c.Kind, c.No)] = c
	}
	return out, err
}

// OnJoined has fn called when customers, by number, have come into a group, in that transaction.
func (s *Service) OnJoined(fn func(ctx context.Context, tx *store.Tx, by access.Caller, group int64, customers []int64) error) {
	s.joined = append(s.joined, fn)
}

func (s *Service) tellJoined(ctx context.Context, tx *store.Tx, by access.Caller, group int64, people []Person) error {
	var customers []int64
	for _, p := range people {
		if p.Kind == outsider {
			customers = append(customers, p.No)
		}
	}
	if len(customers) == 0 {
		return nil
	}
	for _, fn := range s.joined {
		if err := fn(ctx, tx, by, group, customers); err != nil {
			return err
		}
	}
	return nil
}

// Code makes a join way whose QR code leads into one group alone.
func (s *Service) Code(tx *store.Tx, by access.Caller, chat id.ChatID, remark string) (Way, error) {
	return s.CreateWay(tx, by, WaySettings{Scene: 2, Remark: remark}, []id.ChatID{chat})
}

// licensed returns those of the owners who have a licence, where the caller needs one (doc 95652). It answers
// 701008 if none of several has.
func (s *Service) licensed(tx *store.Tx, by access.Caller, owners []int64) ([]int64, error) {
	lacking, err := s.deps.Customers.Unlicensed(tx.Context(), tx, by, owners)
	if err != nil || len(lacking) == 0 {
		return owners, err
	}
	out := slices.DeleteFunc(slices.Clone(owners), func(no int64) bool { return lacking[no] })
	if len(out) == 0 {
		err = licence.ErrNoExternal
	}
	return out, err
}

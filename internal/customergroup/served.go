package customergroup

import (
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/store"
)

// served returns who is in groups from outside of the corp, for the list of all who are served (doc 99434). A group
// whose owner has no customer contact any more is none of customers: of it, the name is told and not the id. An owner
// who has left is in no range, and everybody sees the group (see Visible).
func (s *Service) served(tx *store.Tx, by access.Caller, after, limit int64) (out []customer.ServedInGroup, last int64, more bool, err error) {
	type place struct {
		no    int64
		group Group
		customer.ServedInGroup
	}
	var list []place
	err = tx.Each(`SELECT m.no, m.person, m.joined_at, g.no, g.name, g.owner, g.left_userid FROM customer_group_member m JOIN customer_group g ON g.no = m.chat
		WHERE m.corpid = ? AND m.no > ? AND m.kind = ? AND m.left_at = 0 AND g.dismissed_at = 0 ORDER BY m.no LIMIT ?`,
		[]any{by.CorpID, after, int64(outsider), limit + 1}, func(rows *store.Rows) error {
			var p place
			var joined int64
			err := rows.Scan(&p.no, &p.Customer, &joined, &p.group.No, &p.group.Name, &p.group.Owner, &p.group.LeftUserID)
			p.JoinedAt = time.Unix(joined, 0)
			list = append(list, p)
			return err
		})
	if err != nil {
		return nil, 0, false, err
	}
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	if last = after; len(list) > 0 {
		last = list[len(list)-1].no
	}
	owners := make([]int64, len(list))
	for i, p := range list {
		owners[i] = p.group.Owner
	}
	serving, err := s.deps.Customers.Serving(tx, by, owners)
	if err == nil && !by.SeesAll() {
		owners, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, owners)
	}
	if err != nil {
		return nil, 0, false, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, owners)
	for _, p := range list {
		one := p.ServedInGroup
		if one.Owner = users[p.group.Owner]; p.group.LeftUserID != "" {
			one.Owner = p.group.LeftUserID
		}
		if one.Owner == "" {
			continue
		}
		if serving[p.group.Owner] != "" || p.group.LeftUserID != "" {
			one.ChatID = s.ChatID(p.group.No)
		} else {
			one.Name = p.group.Name
		}
		out = append(out, one)
	}
	return out, last, more, err
}

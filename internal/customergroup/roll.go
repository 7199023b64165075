package customergroup

import (
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What administrators are shown of groups, of the ways into them, and of templates.

// RollQuery chooses groups. What is zero chooses all.
type RollQuery struct {
	Words  string // each is in the name
	Owner  id.UserID
	Status int64 // 1 the owner has left, 3 another has it since
	Before int64 // number of a group; those before it, the newest first
	Limit  int64
}

// Rolled is a group as a list for people has it.
type Rolled struct {
	Group
	ChatID           id.ChatID
	Owner            id.UserID
	Staff, Outsiders int64 // people in it
}

// rolledAtOnce is how many groups one statement reads for a list.
const rolledAtOnce = 200

// Roll returns groups whose owner the caller sees, the newest first, and whether there are more. Everybody sees
// those whose owner has left.
func (s *Service) Roll(tx *store.Tx, by access.Caller, q RollQuery) (out []Rolled, more bool, err error) {
	where, args := `g.corpid = ? AND g.dismissed_at = 0`, []any{by.CorpID}
	for _, word := range strings.Fields(strings.ToLower(q.Words)) {
		where, args = where+` AND lower(g.name)`+store.Like, append(args, store.Pattern("", word, ""))
	}
	if q.Owner != "" {
		known, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, []string{string(q.Owner)})
		if err != nil || known[string(q.Owner)] == 0 {
			return nil, false, err
		}
		where, args = where+` AND g.owner = ?`, append(args, known[string(q.Owner)])
	}
	if q.Status != 0 {
		where, args = where+` AND g.status = ?`, append(args, q.Status)
	}
	for before := q.Before; !more; {
		page, some := where, args[:len(args):len(args)]
		if before != 0 {
			page, some = page+` AND g.no < ?`, append(some, before)
		}
		list, err := selectGroupsWhere(tx, page+` ORDER BY g.no DESC LIMIT ?`, append(some, int64(rolledAtOnce))...)
		if err != nil {
			return nil, false, err
		}
		owners := make([]int64, len(list))
		for i, g := range list {
			owners[i] = g.Owner
		}
		users, err := s.deps.Customers.Serving(tx, by, owners)
		if err != nil {
			return nil, false, err
		}
		for _, g := range list {
			owner := g.LeftUserID
			if owner == "" {
				if owner = users[g.Owner]; owner == "" {
					continue
				}
			}
			if more = int64(len(out)) == q.Limit; more {
				break
			}
			out = append(out, Rolled{Group: g, ChatID: s.ChatID(g.No), Owner: owner})
		}
		if len(list) < rolledAtOnce {
			break
		}
		before = list[len(list)-1].No
	}
	return out, more, s.countRolled(tx, by.CorpID, out)
}

// countRolled fills in how many people are in the groups.
func (s *Service) countRolled(tx *store.Tx, corpID string, list []Rolled) error {
	at := map[int64]*Rolled{}
	numbers := make([]int64, len(list))
	for i := range list {
		numbers[i], at[list[i].No] = list[i].No, &list[i]
	}
	if len(numbers) == 0 {
		return nil
	}
	return tx.Each(`SELECT chat, kind, count(*) FROM customer_group_member WHERE corpid = ? AND chat IN (`+store.Marks(len(numbers))+`) AND left_at = 0 GROUP BY chat, kind`,
		store.Args([]any{corpID}, numbers), func(rows *store.Rows) error {
			var chat, kind, n int64
			err := rows.Scan(&chat, &kind, &n)
			if g := at[chat]; g != nil && kind == staff {
				g.Staff = n
			} else if g != nil {
				g.Outsiders = n
			}
			return err
		})
}

// RollOf returns the groups of the numbers that have not been dismissed, whoever owns them.
func (s *Service) RollOf(tx *store.Tx, corpID string, numbers []int64) (out []Rolled, err error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	list, err := selectGroupsWhere(tx, `g.corpid = ? AND g.dismissed_at = 0 AND g.no IN (`+store.Marks(len(numbers))+`) ORDER BY g.no`, store.Args([]any{corpID}, numbers)...)
	if err != nil {
		return nil, err
	}
	for _, g := range list {
		owner, err := s.ownerOf(tx, corpID, g)
		if err != nil {
			return nil, err
		}
		out = append(out, Rolled{Group: g, ChatID: s.ChatID(g.No), Owner: owner})
	}
	return out, s.countRolled(tx, corpID, out)
}

// Attendee is somebody in a group, with a name where the corp knows one.
type Attendee struct {
	Person
	Name    string
	Invitor id.UserID
}

// Attendees returns who is in a group, in the order in which they came.
func (s *Service) Attendees(tx *store.Tx, corpID string, g Group) (out []Attendee, err error) {
	people, err := selectPeople(tx, corpID, g.No, "")
	if err != nil {
		return nil, err
	}
	var members, customers []int64
	for _, p := range people {
		if p.Kind == staff {
			members = append(members, p.No)
		} else {
			customers = append(customers, p.No)
		}
		if p.Invitor != 0 {
			members = append(members, p.Invitor)
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	if err != nil {
		return nil, err
	}
	names, err := s.deps.Directory.Names(tx, corpID, members)
	if err != nil {
		return nil, err
	}
	contacts, err := s.deps.Customers.Contacts(tx, corpID, customers)
	for _, p := range people {
		a := Attendee{Person: p, Invitor: users[p.Invitor]}
		if p.Kind == staff {
			a.UserID, a.Name = users[p.No], names[p.No]
		} else {
			c := contacts[p.No]
			a.External, a.Name = s.deps.Customers.ExternalID(c.Kind, c.No), c.Name
		}
		out = append(out, a)
	}
	return out, err
}

// GroupsWith returns the groups that a customer, by number, is in.
func (s *Service) GroupsWith(tx *store.Tx, corpID string, customer int64) ([]Rolled, error) {
	list, err := selectGroupsOf(tx, corpID, outsider, customer)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(list))
	for i, g := range list {
		numbers[i] = g.No
	}
	return s.RollOf(tx, corpID, numbers)
}

// WayList returns join ways whose remark or state has these words in it, the newest first, those before a number
// if one is given, and whether there are more.
func (s *Service) WayList(tx *store.Tx, corpID, words string, before, limit int64) (list []Way, more bool, err error) {
	where, args := `corpid = ?`, []any{corpID}
	for _, word := range strings.Fields(strings.ToLower(words)) {
		like := store.Pattern("", word, "")
		where, args = where+` AND (lower(remark)`+store.Like+` OR lower(state)`+store.Like+` OR config_id`+store.Like+`)`, append(args, like, like, like)
	}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err = selectWaysWhere(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	return list, more, err
}

// WayOf returns a join way that the caller may change, with the groups that it has made. It answers
// customer.ErrConfigID.
func (s *Service) WayOf(tx *store.Tx, by access.Caller, configID string) (Way, error) {
	return s.way(tx, by, configID)
}

// WayCame returns how many people have come into the groups of a way with its state, and how many of them are
// still there. Without a state nobody can tell.
func (s *Service) WayCame(tx *store.Tx, corpID string, w Way) (came, there int64, err error) {
	groups := append(append([]int64{}, w.Chats...), w.New...)
	if w.State == "" || len(groups) == 0 {
		return 0, 0, nil
	}
	_, err = tx.Get(`SELECT count(*), CAST(coalesce(sum(CASE WHEN left_at = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM customer_group_member
		WHERE corpid = ? AND state = ? AND scene = ? AND chat IN (`+store.Marks(len(groups))+`)`,
		store.Args([]any{corpID, w.State, int64(byCode)}, groups), &came, &there)
	return came, there, err
}

// Templates returns the corp's templates with their ids, the newest first.
func (s *Service) Templates(tx *store.Tx, corpID string) (list []Template, ids []string, err error) {
	var numbers []int64
	if err := tx.Each(`SELECT no FROM customer_group_welcome WHERE corpid = ? ORDER BY no DESC`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		numbers = append(numbers, no)
		return err
	}); err != nil {
		return nil, nil, err
	}
	for _, no := range numbers {
		t, _, err := selectTemplate(tx, corpID, no)
		if err != nil {
			return nil, nil, err
		}
		list, ids = append(list, t), append(ids, s.templateID(no))
	}
	return list, ids, nil
}

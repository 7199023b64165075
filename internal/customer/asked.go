package customer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// What rooms above ask about customers.

// Member returns a member whom the caller sees, and whether the member has customer contact. It answers
// 60111 for an unknown userid and 60011 for one out of range.
func (s *Service) Member(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, bool, error) {
	return s.member(ctx, tx, by, user)
}

// FollowersOf returns what lies between a customer, by number, and members, at most limit. Members who have not
// confirmed are not among them.
func (s *Service) FollowersOf(tx *store.Tx, corpID string, customer int64, limit int) ([]Follow, error) {
	list, err := selectFollowers(tx, corpID, customer, 0, limit)
	return slices.DeleteFunc(list, func(f Follow) bool { return f.Standing == Half }), err
}

// CorpTags returns the numbers of the corp's tags with the ids, and those of the ids that name none.
func (s *Service) CorpTags(tx *store.Tx, corpID string, tags []id.CustomerTag) (numbers []int64, bad []id.CustomerTag, err error) {
	table, err := s.tags(tx, corpID)
	if err != nil {
		return nil, nil, err
	}
	table = table.ofCorp()
	for _, t := range tags {
		no, err := s.numbersOf(table, []id.CustomerTag{t}, false, false)
		if err != nil {
			bad = append(bad, t)
		} else if !slices.Contains(numbers, no[0]) {
			numbers = append(numbers, no[0])
		}
	}
	return numbers, bad, nil
}

// taggedAtOnce is how many members one statement asks about.
const taggedAtOnce = 500

// Tagged returns which of the members, by number, have given a WeChat user at least one of the tags.
func (s *Service) Tagged(tx *store.Tx, corpID string, members, tags []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	for some := range slices.Chunk(members, taggedAtOnce) {
		err := tx.Each(`SELECT member, tags FROM customer_follow WHERE corpid = ? AND member IN (`+store.Marks(len(some))+`) AND standing <> ? AND kind = ? AND tags <> '[]'`,
			append(store.Args([]any{corpID}, some), int64(Half), int64(WeChat)), func(rows *store.Rows) error {
				var member int64
				var text string
				if err := rows.Scan(&member, &text); err != nil || out[member] {
					return err
				}
				var given []int64
				err := json.Unmarshal([]byte(text), &given)
				out[member] = slices.ContainsFunc(given, func(no int64) bool { return slices.Contains(tags, no) })
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// UnionContact returns the corp's customer of a unionid.
func (s *Service) UnionContact(tx *store.Tx, corpID, unionID string) (c Contact, found bool, err error) {
	list, err := selectContactsWhere(tx, `corpid = ? AND unionid = ? AND unionid <> ''`, corpID, unionID)
	if err != nil || len(list) == 0 {
		return c, false, err
	}
	return list[0], true, nil
}

// contactsAtOnce is how many customers one statement asks about.
const contactsAtOnce = 500

// VisibleContacts returns those of the customers, by their external_userids, whom somebody follows that the
// caller sees.
func (s *Service) VisibleContacts(tx *store.Tx, by access.Caller, externals []id.ExternalID) (map[id.ExternalID]Contact, error) {
	asked := map[int64]id.ExternalID{}
	for _, e := range externals {
		if len(e) > 2 {
			if no, err := s.deps.Box.OpenNumber(seal.ExternalUserID, string(e[2:])); err == nil {
				asked[no] = e
			}
		}
	}
	out := map[id.ExternalID]Contact{}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(asked)), contactsAtOnce) {
		contacts, err := selectContactsWhere(tx, `corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{by.CorpID}, some)...)
		if err != nil {
			return nil, err
		}
		followers := map[int64][]int64{}
		var members []int64
		if err := tx.Each(`SELECT customer, member FROM customer_follow WHERE corpid = ? AND customer IN (`+store.Marks(len(some))+`)`, store.Args([]any{by.CorpID}, some), func(rows *store.Rows) error {
			var customer, member int64
			err := rows.Scan(&customer, &member)
			followers[customer], members = append(followers[customer], member), append(members, member)
			return err
		}); err != nil {
			return nil, err
		}
		slices.Sort(members)
		seen, err := s.serving(tx, by, slices.Compact(members))
		if err != nil {
			return nil, err
		}
		for _, c := range contacts {
			e := asked[c.No]
			if e == s.ExternalID(c.Kind, c.No) && slices.ContainsFunc(followers[c.No], func(m int64) bool { return seen[m] != "" }) {
				out[e] = c
			}
		}
	}
	return out, nil
}

// HasTag reports whether the corp has a tag, or a group of tags, with the id.
func (s *Service) HasTag(tx *store.Tx, corpID string, tag id.CustomerTag) (bool, error) {
	table, err := s.tags(tx, corpID)
	if err != nil {
		return false, err
	}
	_, group, _ := s.openTag(tag)
	_, err = s.numbersOf(table, []id.CustomerTag{tag}, group, false)
	return err == nil, nil
}

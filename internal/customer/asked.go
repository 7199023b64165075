package customer

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
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

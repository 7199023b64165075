package customer

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What rooms above ask about customers.

// Call returns a call of customer contact, which the same callers may make as those of this room; a provider's
// application needs one of the permissions.
func Call(method, name string, doc int, h wire.Handler, grants ...string) wire.Endpoint {
	return endpoint(method, name, doc, h, grants...)
}

// Serving returns, of the members by number, those who have customer contact, are in the corp and are seen by
// the caller.
func (s *Service) Serving(tx *store.Tx, by access.Caller, members []int64) (map[int64]id.UserID, error) {
	return s.serving(tx, by, members)
}

// ServingMember returns a member whom the caller sees, and whether the member has customer contact. It answers
// 60111 for an unknown userid and 60011 for one out of range.
func (s *Service) ServingMember(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, bool, error) {
	return s.member(ctx, tx, by, user)
}

// Contact returns the corp's customer of an external_userid. It answers ErrExternal for every other id.
func (s *Service) Contact(tx *store.Tx, corpID string, external id.ExternalID) (Contact, error) {
	return s.contact(tx, corpID, external)
}

// FollowsOf returns what lies between a member and customers, in the order of Follow.No: those above after, at
// most limit. Customers whom the member has not confirmed are not among them.
func (s *Service) FollowsOf(tx *store.Tx, corpID string, member, after, limit int64) ([]Follow, error) {
	return selectFollows(tx, corpID, member, after, limit)
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

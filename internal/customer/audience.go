package customer

import (
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// manyArgs is how many customers are asked for in one statement.
const manyArgs = 500

// FollowsOf returns what lies between a member and the customers whose relation is behind a number, in their
// order. Those whom the member has not confirmed are not among them.
func (s *Service) FollowsOf(tx *store.Tx, corpID string, member, after, limit int64) ([]Follow, error) {
	return selectFollows(tx, corpID, member, after, limit)
}

// FollowsBehind returns what lies between members and the customers behind a number, in their order and at
// least limit relations if there are so many. Of each customer it returns all or nothing.
func (s *Service) FollowsBehind(tx *store.Tx, corpID string, after, limit int64) ([]Follow, error) {
	list, err := selectFollowsWhere(tx, `corpid = ? AND customer > ? AND standing <> ? ORDER BY customer, member LIMIT ?`, corpID, after, int64(Half), limit)
	if err != nil || int64(len(list)) < limit {
		return list, err
	}
	last := list[len(list)-1]
	rest, err := selectFollowsWhere(tx, `corpid = ? AND customer = ? AND member > ? AND standing <> ? ORDER BY member`, corpID, last.Customer, last.Member, int64(Half))
	return append(list, rest...), err
}

// FollowsWith returns what lies between members and some customers, or between one member and them if it is
// not 0, in the order of the customers.
func (s *Service) FollowsWith(tx *store.Tx, corpID string, member int64, customers []int64) (out []Follow, err error) {
	for some := range slices.Chunk(customers, manyArgs) {
		where, args := `corpid = ? AND standing <> ?`, []any{corpID, int64(Half)}
		if member != 0 {
			where, args = where+` AND member = ?`, append(args, member)
		}
		list, err := selectFollowsWhere(tx, where+` AND customer IN (`+store.Marks(len(some))+`) ORDER BY customer, member`, store.Args(args, some)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// FollowsBetween returns what lies between a member and the customers whose relation is one of the numbers from one
// to another.
func (s *Service) FollowsBetween(tx *store.Tx, corpID string, member, first, last int64) ([]Follow, error) {
	return selectFollowsWhere(tx, `corpid = ? AND member = ? AND no BETWEEN ? AND ? AND standing <> ?`, corpID, member, first, last, int64(Half))
}

// Numbers returns the numbers of the corp's customers by their ids. It leaves out every other id.
func (s *Service) Numbers(tx *store.Tx, corpID string, externals []id.ExternalID) (map[id.ExternalID]int64, error) {
	var opened []int64
	for _, e := range externals {
		if len(e) > 2 {
			if no, err := s.deps.Box.OpenNumber(seal.ExternalUserID, string(e[2:])); err == nil {
				opened = append(opened, no)
			}
		}
	}
	own := map[id.ExternalID]int64{}
	for some := range slices.Chunk(opened, manyArgs) {
		if err := tx.Each(`SELECT no, kind FROM customer WHERE corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some), func(rows *store.Rows) error {
			var no, kind int64
			err := rows.Scan(&no, &kind)
			own[s.ExternalID(kind, no)] = no
			return err
		}); err != nil {
			return nil, err
		}
	}
	out := map[id.ExternalID]int64{}
	for _, e := range externals {
		if no, ok := own[e]; ok {
			out[e] = no
		}
	}
	return out, nil
}

// LastTalked returns the member who was the last to talk with each of the customers, for those who have talked
// with anybody.
func (s *Service) LastTalked(tx *store.Tx, corpID string, customers []int64) (map[int64]int64, error) {
	out, newest := map[int64]int64{}, map[int64]int64{}
	for some := range slices.Chunk(customers, manyArgs) {
		if err := tx.Each(`SELECT customer, member, max(no) FROM customer_message WHERE corpid = ? AND author IN (?, ?) AND customer IN (`+store.Marks(len(some))+`) GROUP BY customer, member`,
			store.Args([]any{corpID, string(ByCustomer), string(ByMember)}, some), func(rows *store.Rows) error {
				var customer, member, no int64
				err := rows.Scan(&customer, &member, &no)
				if no > newest[customer] {
					out[customer], newest[customer] = member, no
				}
				return err
			}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TagNumbers returns the numbers of the corp's tags, as Follow.Tags has them. It answers ErrTag for an id of
// anything else.
func (s *Service) TagNumbers(tx *store.Tx, corpID string, tags []id.CustomerTag) ([]int64, error) {
	table, err := s.tags(tx, corpID)
	if err != nil {
		return nil, err
	}
	return s.numbersOf(table, tags, false, false)
}

// Share stores what will be said to many, and returns its number for Deliver.
func (s *Service) Share(tx *store.Tx, corpID string, c Content) (int64, error) {
	text, err := s.Store(tx, corpID, Words{Content: c})
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO customer_content (corpid, content) VALUES (?, ?)`, corpID, text)
}

// Shared is a content that Share has stored.
type Shared struct {
	No int64
	Content
}

// Deliver says something shared to customers of a member, as the member, with which those who have not yet
// begun to chat have begun. The archive hears of it.
func (s *Service) Deliver(tx *store.Tx, corpID string, shared Shared, member int64, author Author, to []Follow) error {
	at := tx.Now().UnixMilli()
	for some := range slices.Chunk(to, 200) {
		args, fresh := make([]any, 0, 6*len(some)), []any{at}
		for _, f := range some {
			args = append(args, corpID, f.Customer, member, string(author), shared.No, at)
			if f.ChattedAt.IsZero() {
				fresh = append(fresh, f.No)
			}
		}
		if err := tx.Send(`INSERT INTO customer_message (corpid, customer, member, author, content, shared, at) VALUES `+store.Tuples(`(?, ?, ?, ?, '', ?, ?)`, len(some)), args...); err != nil {
			return err
		}
		if len(fresh) == 1 {
			continue
		}
		// IS TRUE: by an index on the corp, both databases would go through much more than these rows.
		if err := tx.Send(`UPDATE customer_follow SET chatted_at = ? WHERE no IN (`+store.Marks(len(fresh)-1)+`) AND (corpid = ?) IS TRUE AND chatted_at = 0`, append(fresh, corpID)...); err != nil {
			return err
		}
	}
	return s.tellArchiveOf(tx, corpID, member, author, Words{Content: shared.Content}, to)
}

package directory

import (
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Our number of a member is what other ids of them are made of: it stays when the
// userid changes, and nobody else ever has it. A member who has left keeps it, so
// that what still speaks of them can be told to whoever knows them by such an id.

// fewNumbers is how many are looked up at once so that the answer is kept.
const fewNumbers = 8

// MemberNumbers returns our numbers of members by their userids, spelled as they are
// asked about. Those who have left have theirs too; what is no userid is left out.
func (s *Service) MemberNumbers(tx *store.Tx, corpID string, users []string) (map[string]int64, error) {
	if len(users) == 0 || len(users) > fewNumbers {
		return memberNumbers(tx, corpID, users)
	}
	size := func(m map[string]int64) int {
		if len(m) < len(users) {
			return -1
		}
		return 100 * len(m)
	}
	return store.RecallTable(tx, "member", "numbers "+corpID+" "+strings.Join(users, " "), size, func() (map[string]int64, error) {
		return memberNumbers(tx, corpID, users)
	})
}

func memberNumbers(tx *store.Tx, corpID string, users []string) (map[string]int64, error) {
	keys := map[string]int64{}
	for _, u := range users {
		keys[id.UserID(u).Key()] = 0
	}
	for _, table := range []string{"member", "member_gone"} {
		var left []string
		for key, no := range keys {
			if no == 0 {
				left = append(left, key)
			}
		}
		for len(left) > 0 {
			some := left[:min(len(left), manyArgs)]
			left = left[len(some):]
			if err := tx.Each(`SELECT userkey, max(no) FROM `+table+` WHERE corpid = ? AND userkey IN (`+store.Marks(len(some))+`) GROUP BY userkey`,
				store.Args([]any{corpID}, some), func(rows *store.Rows) error {
					var key string
					var no int64
					err := rows.Scan(&key, &no)
					keys[key] = no
					return err
				}); err != nil {
				return nil, err
			}
		}
	}
	out := make(map[string]int64, len(users))
	for _, u := range users {
		if no := keys[id.UserID(u).Key()]; no != 0 {
			out[u] = no
		}
	}
	return out, nil
}

// NumberedMembers returns the userids of the corp's members by our numbers. Those who
// have left are nobody.
func (s *Service) NumberedMembers(tx *store.Tx, corpID string, numbers []int64) (map[int64]id.UserID, error) {
	if len(numbers) == 0 || len(numbers) > fewNumbers {
		return numberedMembers(tx, corpID, numbers)
	}
	key := "numbered " + corpID
	for _, no := range numbers {
		key += " " + strconv.FormatInt(no, 10)
	}
	size := func(m map[int64]id.UserID) int {
		if len(m) < len(numbers) {
			return -1
		}
		return 100 * len(m)
	}
	return store.RecallTable(tx, "member", key, size, func() (map[int64]id.UserID, error) { return numberedMembers(tx, corpID, numbers) })
}

func numberedMembers(tx *store.Tx, corpID string, numbers []int64) (map[int64]id.UserID, error) {
	out := make(map[int64]id.UserID, len(numbers))
	for len(numbers) > 0 {
		some := numbers[:min(len(numbers), manyArgs)]
		numbers = numbers[len(some):]
		if err := tx.Each(`SELECT no, userid FROM member WHERE corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some),
			func(rows *store.Rows) error {
				var no int64
				var user id.UserID
				err := rows.Scan(&no, &user)
				out[no] = user
				return err
			}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Left returns which of our numbers are of members who have left the corp.
func (s *Service) Left(tx *store.Tx, corpID string, numbers []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	for some := range slices.Chunk(numbers, manyArgs) {
		gone, err := selectNumbers(tx, `SELECT no FROM member_gone WHERE corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some)...)
		if err != nil {
			return nil, err
		}
		for _, no := range gone {
			out[no] = true
		}
	}
	return out, nil
}

// Departed returns by our numbers what the userids of members were who have left, in small letters. Somebody whose
// userid is another's by now has none.
func (s *Service) Departed(tx *store.Tx, corpID string, numbers []int64) (map[int64]id.UserID, error) {
	out := map[int64]id.UserID{}
	for some := range slices.Chunk(numbers, manyArgs) {
		if err := tx.Each(`SELECT g.no, g.userkey FROM member_gone g WHERE g.corpid = ? AND g.no IN (`+store.Marks(len(some))+`)
			AND NOT EXISTS (SELECT 1 FROM member m WHERE m.corpid = g.corpid AND m.userkey = g.userkey)
			AND NOT EXISTS (SELECT 1 FROM member_gone l WHERE l.corpid = g.corpid AND l.userkey = g.userkey AND l.no > g.no)`, store.Args([]any{corpID}, some), func(rows *store.Rows) error {
			var no int64
			var user id.UserID
			err := rows.Scan(&no, &user)
			out[no] = user
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Names returns the names of the corp's members by our numbers, whoever may read them: see View. Those who
// have left have none.
func (s *Service) Names(tx *store.Tx, corpID string, numbers []int64) (map[int64]string, error) {
	out := make(map[int64]string, len(numbers))
	for some := range slices.Chunk(numbers, manyArgs) {
		if err := tx.Each(`SELECT no, name FROM member WHERE corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some), func(rows *store.Rows) error {
			var no int64
			var name string
			err := rows.Scan(&no, &name)
			out[no] = name
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// NamesOf returns the names of the corp's members by the keys of their userids, whoever may read them: see View.
// Those who have left have none.
func (s *Service) NamesOf(tx *store.Tx, corpID string, users []id.UserID) (map[string]string, error) {
	out := make(map[string]string, len(users))
	for some := range slices.Chunk(distinctKeys(id.Texts(users)), manyArgs) {
		if err := tx.Each(`SELECT userkey, name FROM member WHERE corpid = ? AND userkey IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some), func(rows *store.Rows) error {
			var key, name string
			err := rows.Scan(&key, &name)
			out[key] = name
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

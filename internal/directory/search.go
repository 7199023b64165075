package directory

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// NameSearch looks for members by their names (doc 91844).
type NameSearch struct {
	Word string
	// Exact compares the whole name, Of the English name alone; else a part of either.
	Exact bool
	Of    Field // FieldName if it is empty
	// Also are our numbers of members who are found without matching the word.
	Also  []int64
	After int64 // our number of the last one found before
	Limit int
}

// SearchNames returns members that the caller sees, by our numbers, which they are in the order of. It compares
// without regard to case.
func (s *Service) SearchNames(tx *store.Tx, by access.Caller, q NameSearch) ([]Member, error) {
	with, visible, args := visibility(by)
	args = append(append(args, by.CorpID), visibleArgs(by)...)
	word := strings.ToLower(q.Word)
	where := `(m.namekey` + store.Like + ` OR lower(m.english_name)` + store.Like
	switch {
	case q.Exact && q.Of == FieldEnglishName:
		where, args = `(lower(m.english_name) = ?`, append(args, q.After, word)
	case q.Exact:
		where, args = `(m.namekey = ?`, append(args, q.After, word)
	default:
		args = append(args, q.After, store.Pattern("", word, ""), store.Pattern("", word, ""))
	}
	if len(q.Also) > 0 {
		where += ` OR m.no IN (` + store.Marks(len(q.Also)) + `)`
		args = store.Args(args, q.Also)
	}
	return s.selectMembers(tx, with, `m.corpid = ? AND `+visible("m")+` AND m.no > ? AND `+where+`) ORDER BY m.no LIMIT ?`, append(args, int64(q.Limit))...)
}

// Gone is a member who has left.
type Gone struct {
	No   int64
	Name string
}

// remembered is how long the name of somebody who has left is kept.
const remembered = 365 * 24 * time.Hour

// GoneMembers calls fn for those who left the caller's range within a year and had activated their accounts, in
// the order of our numbers after one, until fn returns false.
func (s *Service) GoneMembers(tx *store.Tx, by access.Caller, after int64, fn func(Gone) bool) error {
	type row struct {
		Gone
		departments []int64
	}
	var list []row
	if err := tx.Each(`SELECT no, name, departments FROM member_gone WHERE corpid = ? AND left_at > ? AND activated = 1 AND name <> '' AND no > ? ORDER BY no`,
		[]any{by.CorpID, tx.Now().Add(-remembered).UnixMilli(), after}, func(rows *store.Rows) error {
			var r row
			var departments string
			if err := rows.Scan(&r.No, &r.Name, &departments); err != nil {
				return err
			}
			list = append(list, r)
			return json.Unmarshal([]byte(departments), &list[len(list)-1].departments)
		}); err != nil {
		return err
	}
	for _, r := range list {
		seen, err := by.SeesAll(), error(nil)
		if !seen {
			seen, err = anyBelowRange(tx, by, r.departments)
		}
		if err != nil {
			return err
		}
		if seen && !fn(r.Gone) {
			return nil
		}
	}
	return nil
}

// forgetMember keeps of a deleted member what others still know them by.
func forgetMember(tx *store.Tx, corpID string, m Member) error {
	departments, err := json.Marshal(append([]int64{}, m.Departments()...))
	if err != nil {
		return err
	}
	return tx.Send(`INSERT INTO member_gone (no, corpid, userkey, left_at, name, departments, activated) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		m.No, corpID, m.UserID.Key(), tx.Now().UnixMilli(), m.Name, string(departments), flag(m.Activated))
}

// ForgetNames forgets the names of those who left more than a year ago.
func (s *Service) ForgetNames(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE member_gone SET name = '', departments = '[]' WHERE name <> '' AND left_at < ?`, tx.Now().Add(-remembered).UnixMilli())
	return err
}

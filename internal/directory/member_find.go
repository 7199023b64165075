package directory

import (
	"context"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// MemberFilter selects the members that an administrator looks for.
type MemberFilter struct {
	Department int64 // 0: anywhere
	Below      bool  // also those of all departments below
	Tag        int64 // carried directly; 0: any member
	Status     int64 // bits: 1 active, 2 disabled, 4 inactive; 0 means all
	// Words must each occur in one of the columns of found. ErrSearch limits them.
	Words string
	// Also are numbers of members who are found without matching the words.
	Also   []int64
	Offset int
	Limit  int
}

// found are the columns in which words are searched.
var found = []string{"m.userkey", "lower(m.name)", "lower(m.alias)", "lower(m.position)", "m.mobile", "m.email", "m.biz_mail"}

// ListMembers returns a page of the members that match the filter and that the caller may see, by creation,
// and their total number.
func (s *Service) ListMembers(ctx context.Context, tx *store.Tx, by access.Caller, f MemberFilter) (list []Member, total int64, err error) {
	words, err := searchWords(f.Words)
	if err != nil {
		return nil, 0, err
	}
	var clauses []string
	var args []any
	visible := func(string) string { return "1 = 1" }
	if !by.SeesAll() {
		clause, some := scopeAs("scope", by.CorpID, by.Range, 0)
		clauses, args = append(clauses, clause), append(args, some...)
		_, visible, _ = visibility(by)
	}
	if f.Department != 0 && f.Below {
		clause, some := scopeAs("chosen", by.CorpID, access.Range{Departments: []int64{f.Department}}, 0)
		clauses, args = append(clauses, clause), append(args, some...)
	}
	with := ""
	if len(clauses) > 0 {
		with = `WITH RECURSIVE ` + strings.Join(clauses, ", ")
	}
	where := `m.corpid = ? AND ` + visible("m")
	args = append(append(args, by.CorpID), visibleArgs(by)...)
	switch {
	case f.Department != 0 && f.Below && f.Department != access.Root:
		where += ` AND m.no IN (SELECT md.member FROM member_department md JOIN chosen ON chosen.id = md.department WHERE md.corpid = ?)`
		args = append(args, by.CorpID)
	case f.Department != 0 && !f.Below:
		where += ` AND m.no IN (SELECT md.member FROM member_department md WHERE md.corpid = ? AND md.department = ?)`
		args = append(args, by.CorpID, f.Department)
	}
	if f.Tag != 0 {
		where += ` AND m.no IN (SELECT t.member FROM tag_member t WHERE t.corpid = ? AND t.tagid = ?)`
		args = append(args, by.CorpID, f.Tag)
	}
	where += statusCondition(f.Status)
	if len(words) > 0 {
		each := make([]string, len(words))
		for i, w := range words {
			for range found {
				args = append(args, store.Pattern("", w, ""))
			}
			each[i] = `(` + strings.Join(found, store.Like+` OR `) + store.Like + `)`
		}
		where += ` AND ((` + strings.Join(each, ` AND `) + `)`
		if len(f.Also) > 0 {
			where += ` OR m.no IN (` + store.Marks(len(f.Also)) + `)`
			args = store.Args(args, f.Also)
		}
		where += `)`
	}
	if total, err = tx.Count(with+` SELECT count(*) FROM member m WHERE `+where, args...); err != nil {
		return nil, 0, err
	}
	list, err = s.selectMembers(tx, with, where+` ORDER BY m.no LIMIT ? OFFSET ?`, append(args, int64(f.Limit), int64(f.Offset))...)
	return list, total, err
}

// EachName calls fn with the number and the name of every member of the corp.
func (s *Service) EachName(tx *store.Tx, corpID string, fn func(no int64, name string)) error {
	return tx.Each(`SELECT no, name FROM member WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		var name string
		err := rows.Scan(&no, &name)
		fn(no, name)
		return err
	})
}

// Populations returns how many direct members each department of the corp has.
func (s *Service) Populations(tx *store.Tx, corpID string) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := tx.Each(`SELECT department, count(*) FROM member_department WHERE corpid = ? GROUP BY department`, []any{corpID}, func(rows *store.Rows) error {
		var dep, n int64
		err := rows.Scan(&dep, &n)
		out[dep] = n
		return err
	})
	return out, err
}

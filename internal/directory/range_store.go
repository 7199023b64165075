package directory

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// scope returns a WITH clause that holds every department of a range, as scope(id): the given ones, those of
// the tags, and all below them.
func scope(corpID string, r access.Range) (with string, args []any) {
	with, args = scopeAs("scope", corpID, r, 0)
	return `WITH RECURSIVE ` + with, args
}

// scopeAs returns one clause of a WITH. It does not reach the department cut from its parent; 0 is none.
func scopeAs(name, corpID string, r access.Range, cut int64) (clause string, args []any) {
	r.Departments, r.Tags = once(r.Departments), once(r.Tags)
	args = store.Args([]any{corpID}, r.Departments)
	clause = name + `(id) AS (
		SELECT id FROM department WHERE corpid = ? AND id IN (` + store.Marks(len(r.Departments)) + `)`
	if len(r.Tags) > 0 {
		clause += ` UNION SELECT department FROM tag_department WHERE corpid = ? AND tagid IN (` + store.Marks(len(r.Tags)) + `)`
		args = store.Args(append(args, corpID), r.Tags)
	}
	clause += ` UNION SELECT d.id FROM department d JOIN ` + name + ` ON d.parentid = ` + name + `.id WHERE d.corpid = ?`
	args = append(args, corpID)
	if cut != 0 {
		clause += ` AND d.id <> ?`
		args = append(args, cut)
	}
	return clause + `)`, args
}

// once leaves out what a long list repeats. A request may name one department forty thousand times, and a
// database takes some thirty thousand values in a statement, which is more than a corp has departments.
func once(list []int64) []int64 {
	if len(list) <= 100 {
		return list
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// anyBelowRange reports whether one of the departments lies in the caller's range.
func anyBelowRange(tx *store.Tx, by access.Caller, deps []int64) (bool, error) {
	r := by.Range
	if len(deps) == 0 || (len(r.Departments) == 0 && len(r.Tags) == 0) {
		return false, nil
	}
	args := append(store.Args([]any{by.CorpID}, deps), by.CorpID)
	query := `WITH RECURSIVE up(id, parentid) AS (
			SELECT id, parentid FROM department WHERE corpid = ? AND id IN (` + store.Marks(len(deps)) + `)
			UNION SELECT d.id, d.parentid FROM department d JOIN up ON d.id = up.parentid WHERE d.corpid = ?)
		SELECT count(*) FROM up WHERE id IN (` + store.Marks(len(r.Departments)) + `)`
	args = store.Args(args, r.Departments)
	if len(r.Tags) > 0 {
		query += ` OR id IN (SELECT department FROM tag_department WHERE corpid = ? AND tagid IN (` + store.Marks(len(r.Tags)) + `))`
		args = store.Args(append(args, by.CorpID), r.Tags)
	}
	n, err := tx.Count(query, args...)
	return n > 0, err
}

// visibility returns a WITH clause and a condition that limit members to the caller's range. The clause's
// arguments come first in the query; those of the condition, visibleArgs, where the condition stands.
func visibility(by access.Caller) (with string, condition func(table string) string, args []any) {
	if by.SeesAll() {
		return "", func(string) string { return "1 = 1" }, nil
	}
	with, args = scope(by.CorpID, by.Range)
	return with, func(m string) string { return inScope(by.Range, "scope", m) }, args
}

// inScope is the condition that a member, in the table m, is in a range whose departments the clause has.
func inScope(r access.Range, clause, m string) string {
	c := `(EXISTS (SELECT 1 FROM member_department v JOIN ` + clause + ` ON ` + clause + `.id = v.department WHERE v.corpid = ` + m + `.corpid AND v.member = ` + m + `.no)`
	if n := len(r.Members); n > 0 {
		c += ` OR ` + m + `.userkey IN (` + store.Marks(n) + `)`
	}
	if n := len(r.Tags); n > 0 {
		c += ` OR EXISTS (SELECT 1 FROM tag_member t WHERE t.corpid = ` + m + `.corpid AND t.member = ` + m + `.no AND t.tagid IN (` + store.Marks(n) + `))`
	}
	return c + `)`
}

func visibleArgs(by access.Caller) []any {
	if by.SeesAll() {
		return nil
	}
	return scopeArgs(by.Range)
}

// scopeArgs are those of inScope.
func scopeArgs(r access.Range) []any {
	var args []any
	for _, u := range r.Members {
		args = append(args, u.Key())
	}
	return store.Args(args, r.Tags)
}

// manyArgs is how many elements go into one IN list: SQLite allows 32,766 arguments in a query, and the rest
// of the query has some too.
const manyArgs = 500

// brief is a member's number and userid.
type brief struct {
	no     int64
	userID id.UserID
}

// visibleMembers returns, by key, those of the userids that the caller may see.
func visibleMembers(tx *store.Tx, by access.Caller, users []string) (map[string]brief, error) {
	out := map[string]brief{}
	with, visible, first := visibility(by)
	for some := range slices.Chunk(distinctKeys(users), manyArgs) {
		args := append(slices.Clone(first), by.CorpID)
		args = append(store.Args(args, some), visibleArgs(by)...)
		err := tx.Each(with+` SELECT m.no, m.userid FROM member m WHERE m.corpid = ? AND m.userkey IN (`+store.Marks(len(some))+`) AND `+visible("m"), args,
			func(rows *store.Rows) error {
				var m brief
				err := rows.Scan(&m.no, &m.userID)
				out[m.userID.Key()] = m
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// VisibleMembers returns our numbers of those of the userids that the caller may
// see, by their keys.
func (s *Service) VisibleMembers(tx *store.Tx, by access.Caller, users []string) (map[string]int64, error) {
	seen, err := visibleMembers(tx, by, users)
	out := make(map[string]int64, len(seen))
	for key, m := range seen {
		out[key] = m.no
	}
	return out, err
}

// VisibleDepartments returns which of the departments exist in the caller's range.
func (s *Service) VisibleDepartments(tx *store.Tx, by access.Caller, departments []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	asked := distinct(departments)
	if len(asked) == 0 {
		return out, nil
	}
	query, args := `SELECT id FROM department WHERE corpid = ?`, []any{by.CorpID}
	if !by.SeesAll() {
		with, first := scope(by.CorpID, by.Range)
		query, args = with+` SELECT id FROM scope JOIN department USING (id) WHERE corpid = ?`, append(first, by.CorpID)
	}
	if len(asked) <= manyArgs { // if there are more, all are read, so that the range is computed once
		query, args = query+` AND id IN (`+store.Marks(len(asked))+`)`, store.Args(args, asked)
	}
	seen, err := selectNumbers(tx, query, args...)
	for _, d := range seen {
		out[d] = true
	}
	return out, err
}

// distinct returns the elements of list without repetitions.
func distinct[T comparable](list []T) []T {
	out := make([]T, 0, len(list))
	seen := make(map[T]bool, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// distinctKeys returns the keys of the userids without repetitions.
func distinctKeys(users []string) []string {
	keys := make([]string, len(users))
	for i, u := range users {
		keys[i] = id.UserID(u).Key()
	}
	return distinct(keys)
}

// part separates the elements of list that are in the set from the others.
func part(list []int64, set map[int64]bool) (in, out []int64) {
	for _, v := range distinct(list) {
		if set[v] {
			in = append(in, v)
		} else {
			out = append(out, v)
		}
	}
	return in, out
}

// Sees reports whether the member is in the caller's range.
func (s *Service) Sees(tx *store.Tx, by access.Caller, m Member) (bool, error) {
	if by.SeesAll() {
		return true, nil
	}
	return s.inRange(tx, by, m)
}

// InRange reports whether the member of the corp is in a range.
func (s *Service) InRange(tx *store.Tx, corpID string, r access.Range, m Member) (bool, error) {
	if r.All() {
		return true, nil
	}
	return s.inRange(tx, access.System(corpID).Within(r), m)
}

func (s *Service) inRange(tx *store.Tx, by access.Caller, m Member) (bool, error) {
	if slices.ContainsFunc(by.Range.Members, m.UserID.Equal) {
		return true, nil
	}
	if len(by.Range.Tags) > 0 {
		n, err := tx.Count(`SELECT count(*) FROM tag_member WHERE corpid = ? AND member = ? AND tagid IN (`+store.Marks(len(by.Range.Tags))+`)`,
			store.Args([]any{by.CorpID, m.No}, by.Range.Tags)...)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return anyBelowRange(tx, by, m.Departments())
}

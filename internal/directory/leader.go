package directory

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Leaders returns who leads each of the departments, as far as the caller sees these.
func (s *Service) Leaders(tx *store.Tx, by access.Caller, departments []int64) (map[int64][]Member, error) {
	out := map[int64][]Member{}
	seen, err := s.VisibleDepartments(tx, by, departments)
	if err != nil {
		return nil, err
	}
	departments = slices.DeleteFunc(slices.Clone(departments), func(d int64) bool { return !seen[d] })
	if len(departments) == 0 {
		return out, nil
	}
	leads := map[int64][]int64{}
	var numbers []int64
	if err := tx.Each(`SELECT department, member FROM member_department WHERE corpid = ? AND department IN (`+store.Marks(len(departments))+`) AND is_leader = 1
		ORDER BY department, ord DESC, member`, store.Args([]any{by.CorpID}, departments), func(rows *store.Rows) error {
		var dep, no int64
		err := rows.Scan(&dep, &no)
		leads[dep], numbers = append(leads[dep], no), append(numbers, no)
		return err
	}); err != nil || len(numbers) == 0 {
		return out, err
	}
	members := map[int64]Member{}
	for some := range slices.Chunk(numbers, manyArgs) {
		list, err := s.selectMembers(tx, "", `m.no IN (`+store.Marks(len(some))+`)`, store.Args([]any{}, some)...)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			members[m.No] = m
		}
	}
	for dep, list := range leads {
		for _, no := range list {
			out[dep] = append(out[dep], members[no])
		}
	}
	return out, nil
}

// TaggedDirectly returns the tags that name the member, and not a department of theirs.
func (s *Service) TaggedDirectly(tx *store.Tx, m Member) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.Each(`SELECT tagid FROM tag_member WHERE member = ?`, []any{m.No}, func(rows *store.Rows) error {
		var tag int64
		err := rows.Scan(&tag)
		out[tag] = true
		return err
	})
	return out, err
}

package directory

import (
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Line returns the department and those above it up to the root, nearest first;
// none if there is no such department.
func (s *Service) Line(tx *store.Tx, corpID string, dep int64) ([]Department, error) {
	var line []Department
	err := tx.Each(`WITH RECURSIVE up(id, parentid, name, level) AS (
			SELECT id, parentid, name, 1 FROM department WHERE corpid = ? AND id = ?
			UNION ALL SELECT d.id, d.parentid, d.name, up.level + 1 FROM department d JOIN up ON d.id = up.parentid WHERE d.corpid = ?)
		SELECT id, parentid, name FROM up ORDER BY level`, []any{corpID, dep, corpID}, func(rows *store.Rows) error {
		var d Department
		err := rows.Scan(&d.ID, &d.ParentID, &d.Name)
		line = append(line, d)
		return err
	})
	return line, err
}

// Child returns the department of the name below the parent. If none has it exactly, it may differ in letter
// case.
func (s *Service) Child(tx *store.Tx, corpID string, parent int64, name string) (d Department, found bool, err error) {
	found, err = tx.Get(`SELECT `+departmentColumns+` FROM department WHERE corpid = ? AND parentid = ? AND name = ?`, []any{corpID, parent, name},
		&d.ID, &d.ParentID, &d.Name, &d.NameEN, &d.Order)
	if found || err != nil {
		return d, found, err
	}
	// This uses the index of names: SQLite would otherwise read the whole tree by its ids.
	err = tx.Each(`SELECT `+departmentColumns+` FROM department WHERE corpid = ? AND parentid = ? AND name > '' ORDER BY name`, []any{corpID, parent},
		func(rows *store.Rows) error {
			var c Department
			if err := scanDepartment(rows, &c); err != nil {
				return err
			}
			if !found && strings.EqualFold(c.Name, name) {
				d, found = c, true
			}
			return nil
		})
	return d, found, err
}

// TagNamed returns the tag of the name, like Child.
func (s *Service) TagNamed(tx *store.Tx, corpID, name string) (Tag, bool, error) {
	list, err := selectTags(tx, `corpid = ? AND name = ?`, corpID, name)
	if err != nil || len(list) > 0 {
		return first(list), len(list) > 0, err
	}
	if list, err = selectTags(tx, `corpid = ?`, corpID); err != nil {
		return Tag{}, false, err
	}
	for _, t := range list {
		if strings.EqualFold(t.Name, name) {
			return t, true, nil
		}
	}
	return Tag{}, false, nil
}

func first[T any](list []T) (v T) {
	if len(list) > 0 {
		v = list[0]
	}
	return v
}

// TagsVia returns the tags that the member carries, directly or through one of the departments: the member's
// and those above them.
func (s *Service) TagsVia(tx *store.Tx, corpID string, member int64, departments []int64) ([]Tag, error) {
	return selectTags(tx, `corpid = ? AND tagid IN (SELECT tm.tagid FROM tag_member tm WHERE tm.member = ?
			UNION SELECT td.tagid FROM tag_department td WHERE td.corpid = ? AND td.department IN (`+store.Marks(len(departments))+`))`,
		store.Args([]any{corpID, member, corpID}, departments)...)
}

// Peopled returns the departments that have direct members.
func (s *Service) Peopled(tx *store.Tx, corpID string) (map[int64]bool, error) {
	list, err := selectNumbers(tx, `SELECT DISTINCT department FROM member_department WHERE corpid = ?`, corpID)
	out := make(map[int64]bool, len(list))
	for _, d := range list {
		out[d] = true
	}
	return out, err
}

// Tree returns all departments that the caller may see, without their leaders.
func (s *Service) Tree(tx *store.Tx, by access.Caller) ([]Department, error) {
	return s.departments(tx, by, 0, true)
}

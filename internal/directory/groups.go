package directory

import (
	"slices"
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

// DepartmentPaths returns the full path of each of the departments: the names from the root down, each after
// a slash, as in "/甲公司/研发部/后端组". A slash inside a name, which the platform allows, becomes a full-width one,
// so that no department's name can look like another's path.
func (s *Service) DepartmentPaths(tx *store.Tx, corpID string, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	args := append(store.Args([]any{corpID}, distinct(ids)), corpID)
	err := tx.Each(`WITH RECURSIVE up(start, id, parentid, name, height) AS (
			SELECT id, id, parentid, name, 0 FROM department WHERE corpid = ? AND id IN (`+store.Marks(len(distinct(ids)))+`)
			UNION ALL SELECT up.start, d.id, d.parentid, d.name, up.height + 1 FROM department d JOIN up ON d.id = up.parentid WHERE d.corpid = ?)
		SELECT start, name FROM up ORDER BY start, height DESC`, args, func(rows *store.Rows) error {
		var dep int64
		var name string
		err := rows.Scan(&dep, &name)
		out[dep] += "/" + slashless(name)
		return err
	})
	return out, err
}

// TagsOf returns the tags that hold the member, ordered by id: directly, or through one of the member's
// departments or one above them.
func (s *Service) TagsOf(tx *store.Tx, corpID string, m Member) ([]Tag, error) {
	var out []Tag
	deps := m.Departments()
	args := append(store.Args([]any{corpID}, deps), corpID, corpID, corpID, m.No, corpID)
	err := tx.Each(`WITH RECURSIVE up(id, parentid) AS (
			SELECT id, parentid FROM department WHERE corpid = ? AND id IN (`+store.Marks(len(deps))+`)
			UNION SELECT d.id, d.parentid FROM department d JOIN up ON d.id = up.parentid WHERE d.corpid = ?)
		SELECT tagid, name, owner FROM tag WHERE corpid = ? AND tagid IN (
			SELECT tagid FROM tag_member WHERE corpid = ? AND member = ?
			UNION SELECT td.tagid FROM tag_department td JOIN up ON up.id = td.department WHERE td.corpid = ?)
		ORDER BY tagid`, args, func(rows *store.Rows) error {
		var t Tag
		err := rows.Scan(&t.ID, &t.Name, &t.Owner)
		out = append(out, t)
		return err
	})
	return out, err
}

// GroupNames returns the groups of a member as products know them: the departments that hold the member, all
// those above them, and the tags, each once. Products know no tree: a product that admits a division admits
// its teams only if their members are in the division's group. A department is a path as in DepartmentPaths.
// A tag is its name, in which a slash becomes a full-width one too, so that no tag is taken for a department.
func (s *Service) GroupNames(tx *store.Tx, corpID string, m Member) ([]string, error) {
	deps := m.Departments()
	paths, err := s.DepartmentPaths(tx, corpID, deps)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, dep := range deps {
		for path := paths[dep]; path != "" && !slices.Contains(out, path); path = path[:strings.LastIndexByte(path, '/')] {
			out = append(out, path)
		}
	}
	tags, err := s.TagsOf(tx, corpID, m)
	for _, t := range tags {
		out = append(out, slashless(t.Name))
	}
	return out, err
}

// slashless replaces the slashes in a name that stands in paths or beside them.
func slashless(name string) string { return strings.ReplaceAll(name, "/", "／") }

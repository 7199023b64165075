package directory

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

const departmentColumns = `id, parentid, name, name_en, ord`

func scanDepartment(rows *store.Rows, d *Department) error {
	return rows.Scan(&d.ID, &d.ParentID, &d.Name, &d.NameEN, &d.Order)
}

func selectDepartment(tx *store.Tx, corpID string, dep int64) (d Department, found bool, err error) {
	found, err = tx.Get(`SELECT `+departmentColumns+` FROM department WHERE corpid = ? AND id = ?`, []any{corpID, dep},
		&d.ID, &d.ParentID, &d.Name, &d.NameEN, &d.Order)
	return d, found, err
}

func selectDepartments(tx *store.Tx, corpID string, named bool) ([]Department, error) {
	return scanDepartments(tx, named, "", `FROM department WHERE corpid = ? ORDER BY id`, corpID)
}

// scanDepartments reads the departments of a query. It reads names only if they are wanted: the SQLite driver
// costs by the column, and a tree may have 30,000 rows.
func scanDepartments(tx *store.Tx, named bool, with, from string, args ...any) ([]Department, error) {
	columns := `id, parentid, ord`
	if named {
		columns = departmentColumns
	}
	var list []Department
	err := tx.Each(with+` SELECT `+columns+` `+from, args, func(rows *store.Rows) error {
		list = append(list, Department{})
		d := &list[len(list)-1]
		if named {
			return scanDepartment(rows, d)
		}
		return rows.Scan(&d.ID, &d.ParentID, &d.Order)
	})
	return list, err
}

// selectDepartmentsBelow returns the department top and all below it; if top is 0, all in the caller's range.
func selectDepartmentsBelow(tx *store.Tx, by access.Caller, top int64, named bool) ([]Department, error) {
	with, args := scope(by.CorpID, access.Range{Departments: []int64{top}})
	if top == 0 {
		with, args = scope(by.CorpID, by.Range)
	}
	return scanDepartments(tx, named, with, `FROM department JOIN scope USING (id) WHERE corpid = ? ORDER BY id`, append(args, by.CorpID)...)
}

// ancestors returns the department and those above it up to the root, nearest
// first; none if there is no such department.
func ancestors(tx *store.Tx, corpID string, dep int64) ([]int64, error) {
	var line []int64
	err := tx.Each(`WITH RECURSIVE up(id, parentid, level) AS (
			SELECT id, parentid, 1 FROM department WHERE corpid = ? AND id = ?
			UNION ALL SELECT d.id, d.parentid, up.level + 1 FROM department d JOIN up ON d.id = up.parentid WHERE d.corpid = ?)
		SELECT id FROM up ORDER BY level`, []any{corpID, dep, corpID}, func(rows *store.Rows) error {
		var a int64
		err := rows.Scan(&a)
		line = append(line, a)
		return err
	})
	return line, err
}

// Around returns the departments from the root to dep, and the children of dep in the order in which they are
// shown.
func (s *Service) Around(tx *store.Tx, corpID string, dep int64) (path, below []Department, err error) {
	line, err := ancestors(tx, corpID, dep)
	if err != nil {
		return nil, nil, err
	}
	if len(line) == 0 {
		return nil, nil, ErrDepartmentNotFound.With("id %d", dep)
	}
	if path, err = scanDepartments(tx, true, "", `FROM department WHERE corpid = ? AND id IN (`+store.Marks(len(line))+`)`, store.Args([]any{corpID}, line)...); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(path, func(a, b Department) int { return slices.Index(line, b.ID) - slices.Index(line, a.ID) })
	below, err = scanDepartments(tx, true, "", `FROM department WHERE corpid = ? AND parentid = ? ORDER BY ord DESC, id`, corpID, dep)
	return path, below, err
}

// departmentDepth returns the level of a department, 1 for the root, and 0 if there is none.
func departmentDepth(tx *store.Tx, corpID string, dep int64) (int, error) {
	line, err := ancestors(tx, corpID, dep)
	return len(line), err
}

// departmentHeight returns the number of levels of a department's subtree.
func departmentHeight(tx *store.Tx, corpID string, dep int64) (int, error) {
	n, err := tx.Count(`WITH RECURSIVE below(id, level) AS (
			SELECT id, 1 FROM department WHERE corpid = ? AND id = ?
			UNION ALL SELECT d.id, below.level + 1 FROM department d JOIN below ON d.parentid = below.id WHERE d.corpid = ?)
		SELECT coalesce(max(level), 0) FROM below`, corpID, dep, corpID)
	return int(n), err
}

// checkSiblings answers ErrDepartmentTaken if the id is taken, or if another department below the same parent
// has the name.
func checkSiblings(tx *store.Tx, corpID string, d Department) error {
	// Two queries use one index each. One query with OR would read all siblings.
	for _, q := range []struct{ condition, name string }{{`name = ?`, d.Name}, {`name_en = ? AND name_en <> ''`, d.NameEN}} {
		var taken int64
		found, err := tx.Get(`SELECT id FROM department WHERE corpid = ? AND parentid = ? AND id <> ? AND `+q.condition,
			[]any{corpID, d.ParentID, d.ID, q.name}, &taken)
		if err != nil {
			return err
		}
		if found {
			return ErrDepartmentTaken.Ending(": ", taken)
		}
	}
	return nil
}

// orderOrNext returns the given order, or one after the last sibling.
func orderOrNext(tx *store.Tx, corpID string, parent int64, order *int64) (int64, error) {
	if order != nil {
		return *order, nil
	}
	var last sql.NullInt64
	if _, err := tx.Get(`SELECT min(ord) FROM department WHERE corpid = ? AND parentid = ?`, []any{corpID, parent}, &last); err != nil {
		return 0, err
	}
	if !last.Valid {
		return firstOrder, nil
	}
	return max(last.Int64-1, 0), nil
}

// insertDepartment adds the row; an id of 0 becomes the highest id plus one.
func insertDepartment(tx *store.Tx, corpID string, d Department) (int64, error) {
	if d.ID == 0 {
		var err error
		if d.ID, err = nextID(tx, "department", "id", corpID); err != nil {
			return 0, err
		}
	}
	n, err := tx.Exec(`INSERT INTO department (corpid, id, parentid, name, name_en, ord) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (corpid, id) DO NOTHING`, corpID, d.ID, d.ParentID, d.Name, d.NameEN, d.Order)
	if err != nil {
		return 0, fmt.Errorf("insert department: %w", err)
	}
	if n == 0 {
		return 0, ErrDepartmentTaken.Ending(": ", d.ID)
	}
	return d.ID, nil
}

// nextID returns the default id of a corp's next department or tag: the highest plus one, or the first gap if
// the highest possible id is taken.
func nextID(tx *store.Tx, table, column, corpID string) (int64, error) {
	top, err := tx.Count(`SELECT coalesce(max(`+column+`), 0) FROM `+table+` WHERE corpid = ?`, corpID)
	if err != nil || top < maxInt32 {
		return top + 1, err
	}
	return tx.Count(`SELECT min(t.`+column+`) + 1 FROM `+table+` t WHERE t.corpid = ? AND NOT EXISTS
		(SELECT 1 FROM `+table+` n WHERE n.corpid = t.corpid AND n.`+column+` = t.`+column+` + 1)`, corpID)
}

func updateDepartment(tx *store.Tx, corpID string, d Department) error {
	_, err := tx.Exec(`UPDATE department SET parentid = ?, name = ?, name_en = ?, ord = ? WHERE corpid = ? AND id = ?`,
		d.ParentID, d.Name, d.NameEN, d.Order, corpID, d.ID)
	if err != nil {
		return fmt.Errorf("update department: %w", err)
	}
	return nil
}

// lockTree makes other transactions that change the corp's tree wait for this one: if two departments move
// below each other at once, the second sees where the first went.
func lockTree(tx *store.Tx, corpID string) error {
	if _, err := tx.Exec(`UPDATE directory_size SET departments = departments WHERE corpid = ?`, corpID); err != nil {
		return fmt.Errorf("lock tree: %w", err)
	}
	return nil
}

// countNodes changes how many nodes hang below departments, and answers ErrTooManyNodes if one would exceed
// its limit. The departments must exist. A change of 0 only makes other transactions wait. It goes through
// the ids in ascending order, so that no two transactions wait for each other.
func countNodes(tx *store.Tx, corpID string, changes map[int64]int64) error {
	for _, dep := range slices.Sorted(maps.Keys(changes)) {
		by := changes[dep]
		if err := tx.SendThen(func(n int64) error {
			switch {
			case n > 0:
				return nil
			case by <= 0: // deleted since this transaction read it; it runs again
				return fmt.Errorf("count nodes of department %d: %w", dep, store.ErrConflict)
			}
			return ErrTooManyNodes.With("department %d holds at most %d members and departments", dep, maxNodes)
		}, `UPDATE department SET nodes = nodes + ? WHERE corpid = ? AND id = ? AND (nodes + ? <= ? OR ? <= 0)`,
			by, corpID, dep, by, maxNodes, by); err != nil {
			return err
		}
	}
	return nil
}

func countDepartments(tx *store.Tx, corpID string, by int64) error {
	n, err := tx.Exec(`UPDATE directory_size SET departments = departments + ? WHERE corpid = ? AND departments + ? <= ?`, by, corpID, by, maxDepartments)
	if err != nil {
		return fmt.Errorf("count departments: %w", err)
	}
	if n == 0 {
		return ErrTooManyNodes.With("a corp has at most %d departments", maxDepartments)
	}
	return nil
}

// FindDepartment returns the department of the corp, regardless of the caller.
func (s *Service) FindDepartment(tx *store.Tx, corpID string, dep int64) (Department, bool, error) {
	return selectDepartment(tx, corpID, dep)
}

package sheet

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of department files (doc 90979).
var (
	ErrTree     = wire.Code(302004, "invalid department tree")
	ErrIDs      = wire.Code(302006, "duplicate partyid in import file")
	ErrSiblings = wire.Code(302007, "duplicate department name in import file")
)

// DepartmentHeader is the header of WeCom's template (batch_party_sample.csv).
var DepartmentHeader = []string{"部门名称", "部门ID", "父部门ID", "排序"}

// DepartmentRow is one row of a department file.
type DepartmentRow struct {
	Line     int
	ID       int64
	ParentID int64 // 0 for the root
	Name     string
	Order    int64 // 0 keeps the present order
	Err      error // the row cannot be used
}

// ReadDepartments reads a department file and returns its rows, parents first. A row keeps a parent that is
// not in the file, because the corp may have it.
func ReadDepartments(r io.Reader) ([]DepartmentRow, error) {
	reader, header, err := sheetHeader(r)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, h := range header {
		at[strings.ToUpper(h)] = i
	}
	for _, h := range DepartmentHeader[:3] {
		if _, ok := at[strings.ToUpper(h)]; !ok {
			return nil, ErrFile.With("the column %s is missing; %s expected", h, strings.Join(DepartmentHeader, ","))
		}
	}
	var rows []DepartmentRow
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, ErrFile.With("%v", err)
		}
		record = plainCells(record)
		if emptyRecord(record) {
			continue
		}
		line, _ := reader.FieldPos(0)
		rows = append(rows, departmentRow(record, at, line))
	}
	if len(rows) == 0 {
		return nil, ErrFile.With("the file has no rows below its header")
	}
	checkSheetTree(rows)
	return parentsFirst(rows), nil
}

func departmentRow(record []string, at map[string]int, line int) DepartmentRow {
	cell := func(h string) string {
		if i, ok := at[strings.ToUpper(h)]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	number := func(h string, row *DepartmentRow) int64 {
		text := cell(h)
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil && row.Err == nil {
			row.Err = ErrTree.With("%s: %q; a number expected", h, text)
		}
		return n
	}
	row := DepartmentRow{Line: line, Name: cell("部门名称")}
	if !utf8.ValidString(row.Name) {
		row.Err = errNotUTF8
	}
	row.ID, row.ParentID, row.Order = number("部门ID", &row), number("父部门ID", &row), number("排序", &row)
	switch {
	case row.Err != nil:
	case row.Name == "" || row.ID == 0:
		row.Err = ErrTree.With("a name and an id are needed")
	case row.ID != access.Root && row.ParentID == 0:
		row.Err = ErrTree.With("department %d has no parent; only the root, 1, has none", row.ID)
	case row.ID == access.Root && row.ParentID != 0:
		row.Err = ErrTree.With("the root has no parent")
	}
	return row
}

// checkSheetTree marks rows that repeat an id, or a name below the same parent.
func checkSheetTree(rows []DepartmentRow) {
	ids := map[int64]bool{}
	type place struct {
		parent int64
		name   string
	}
	names := map[place]bool{}
	for i := range rows {
		row := &rows[i]
		if row.Err != nil {
			continue
		}
		at := place{row.ParentID, row.Name}
		switch {
		case ids[row.ID]:
			row.Err = ErrIDs.With("%d", row.ID)
		case names[at]:
			row.Err = ErrSiblings.With("%q below %d", row.Name, row.ParentID)
		}
		ids[row.ID], names[at] = true, true
	}
}

// parentsFirst orders the rows so that each comes after its parent. It marks rows in a cycle.
func parentsFirst(rows []DepartmentRow) []DepartmentRow {
	inFile, below := map[int64]bool{}, map[int64][]int{}
	for i, row := range rows {
		if row.Err != nil {
			continue
		}
		inFile[row.ID] = true
		below[row.ParentID] = append(below[row.ParentID], i)
	}
	var next []int64
	for parent := range below {
		if !inFile[parent] {
			next = append(next, parent)
		}
	}
	slices.Sort(next)
	var out []DepartmentRow
	done := make([]bool, len(rows))
	for ; len(next) > 0; next = next[1:] {
		for _, i := range below[next[0]] {
			if !done[i] {
				done[i] = true
				out = append(out, rows[i])
				next = append(next, rows[i].ID)
			}
		}
	}
	for i, row := range rows {
		if !done[i] {
			if row.Err == nil {
				row.Err = ErrTree.With("department %d hangs below itself", row.ID)
			}
			out = append(out, row)
		}
	}
	return out
}

// ImportDepartment creates the row's department. If it exists, it renames, moves and reorders it.
func ImportDepartment(ctx context.Context, tx *store.Tx, d *directory.Service, by access.Caller, row DepartmentRow) (created bool, err error) {
	if row.Err != nil {
		return false, row.Err
	}
	var order *int64
	if row.Order != 0 {
		order = &row.Order
	}
	_, found, err := d.FindDepartment(tx, by.CorpID, row.ID)
	if err != nil {
		return false, err
	}
	if !found {
		_, err := d.CreateDepartment(ctx, tx, by, directory.NewDepartment{ID: row.ID, ParentID: row.ParentID, Name: row.Name, Order: order})
		return true, err
	}
	u := directory.DepartmentUpdate{ID: row.ID, Name: &row.Name, Order: order}
	if row.ID != access.Root {
		u.ParentID = &row.ParentID
	}
	return false, d.UpdateDepartment(ctx, tx, by, u)
}

// DepartmentCells returns the department's cells under DepartmentHeader.
func DepartmentCells(d directory.Department) []string {
	return []string{d.Name, strconv.FormatInt(d.ID, 10), strconv.FormatInt(d.ParentID, 10), strconv.FormatInt(d.Order, 10)}
}

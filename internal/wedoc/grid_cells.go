package wedoc

import (
	"encoding/json"

	"qiwei/internal/store"
)

type spot struct{ row, column int64 }

// cells returns what is written in an area.
func cells(tx *store.Tx, sh Sheet, a area) (map[spot]Cell, error) {
	out := map[spot]Cell{}
	return out, tx.Each(`SELECT at_row, at_column, body FROM wedoc_cell WHERE sheet = ? AND at_row >= ? AND at_row <= ? AND at_column >= ? AND at_column <= ?`,
		[]any{sh.No, a.top, a.bottom, a.left, a.right}, func(rows *store.Rows) error {
			var at spot
			var body string
			var c Cell
			if err := rows.Scan(&at.row, &at.column, &body); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(body), &c)
			out[at] = c
			return err
		})
}

// grid is a part of a sheet (doc 97661).
type (
	rowData struct {
		Cells []Cell `json:"values"`
	}
	grid struct {
		Row    int64     `json:"start_row"`
		Column int64     `json:"start_column"`
		Rows   []rowData `json:"rows"`
	}
)

// area is what the grid covers. A grid of nothing covers nothing, which is refused.
func (g grid) area() (area, error) {
	if g.Row < 0 || g.Column < 0 || len(g.Rows) == 0 {
		return area{}, errParameter.With("grid_data: start_row and start_column from 0 on, and rows expected")
	}
	if g.Row >= maxSheetRows || g.Column >= maxSheetColumns { // what is added to them must stay a number
		return area{}, ErrSize.With("a sheet has at most %d rows and %d columns", maxSheetRows, maxSheetColumns)
	}
	width := 0
	for _, r := range g.Rows {
		width = max(width, len(r.Cells))
	}
	if width == 0 {
		return area{}, errParameter.With("grid_data.rows: a row with values expected")
	}
	a := area{g.Row, g.Column, g.Row + int64(len(g.Rows)) - 1, g.Column + int64(width) - 1}
	return a, a.valid()
}

// read returns a part of a sheet. Cells that nothing was written into are empty; what is outside of the sheet is left
// out.
func read(tx *store.Tx, sh Sheet, a area) (grid, error) {
	g := grid{Row: a.top, Column: a.left}
	a.bottom, a.right = min(a.bottom, sh.Rows-1), min(a.right, sh.Columns-1)
	there, err := cells(tx, sh, a)
	if err != nil {
		return g, err
	}
	for row := a.top; row <= a.bottom; row++ {
		var r rowData
		for column := a.left; column <= a.right; column++ {
			r.Cells = append(r.Cells, there[spot{row, column}])
		}
		g.Rows = append(g.Rows, r)
	}
	return g, nil
}

// write writes a part of a sheet and returns how many cells that were. The sheet grows where the part goes beyond it.
// A cell without cell_value keeps its own, and so does one without cell_format.
func write(tx *store.Tx, d Document, sh Sheet, g grid) (written int64, err error) {
	a, err := g.area()
	if err != nil {
		return 0, err
	}
	if a.bottom >= sh.Rows || a.right >= sh.Columns {
		sh.Rows, sh.Columns = max(sh.Rows, a.bottom+1), max(sh.Columns, a.right+1)
		if sh.Rows > maxSheetRows || sh.Columns > maxSheetColumns || sh.Rows*sh.Columns > maxSheetCells {
			return 0, ErrSize.With("a sheet has at most %d rows, %d columns and %d cells", maxSheetRows, maxSheetColumns, maxSheetCells)
		}
		if err := resize(tx, sh); err != nil {
			return 0, err
		}
	}
	there, err := cells(tx, sh, a)
	if err != nil {
		return 0, err
	}
	for i, r := range g.Rows {
		for j, c := range r.Cells {
			if c.empty() {
				continue
			}
			if err := c.valid(); err != nil {
				return 0, err
			}
			at := spot{a.top + int64(i), a.left + int64(j)}
			before := there[at]
			if c.Value.Text == nil && c.Value.Link == nil {
				c.Value = before.Value
			}
			if c.Format == nil {
				c.Format = before.Format
			}
			body, err := json.Marshal(c)
			if err != nil {
				return 0, err
			}
			if err := tx.Send(`INSERT INTO wedoc_cell (corpid, sheet, at_row, at_column, body) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (sheet, at_row, at_column) DO UPDATE SET body = excluded.body`, d.CorpID, sh.No, at.row, at.column, string(body)); err != nil {
				return 0, err
			}
			written++
		}
	}
	return written, nil
}

func resize(tx *store.Tx, sh Sheet) error {
	_, err := tx.Exec(`UPDATE wedoc_sheet SET row_count = ?, column_count = ? WHERE no = ?`, sh.Rows, sh.Columns, sh.No)
	return err
}

// cut takes rows or columns out of a sheet, from the start up to the end, which stays. Both count from 1 (doc 101168).
// It returns how many were taken out.
func cut(tx *store.Tx, sh Sheet, dimension string, start, end int64) (int64, error) {
	column, size := "at_row", &sh.Rows
	switch dimension {
	case "ROW":
	case "COLUMN":
		column, size = "at_column", &sh.Columns
	default:
		return 0, errParameter.With("dimension: ROW or COLUMN expected")
	}
	if start < 1 || end <= start {
		return 0, errParameter.With("start_index, end_index: a start from 1 on, and an end behind it expected")
	}
	start, end = start-1, min(end-1, *size)
	n := end - start
	if n <= 0 {
		return 0, errParameter.With("start_index: at most %d expected", *size)
	}
	if n >= *size {
		return 0, errParameter.With("a sheet keeps one row and one column at least")
	}
	*size -= n
	if _, err := tx.Exec(`DELETE FROM wedoc_cell WHERE sheet = ? AND `+column+` >= ? AND `+column+` < ?`, sh.No, start, end); err != nil {
		return 0, err
	}
	// In two steps: moved at once, a cell would meet another that has yet to move.
	for _, step := range []struct {
		change, where string
		by            int64
	}{{column + ` = -(` + column + ` - ?) - 1`, column + ` >= ?`, n}, {column + ` = -` + column + ` - 1 + ?`, column + ` < ?`, 0}} {
		bound := end
		if step.by == 0 {
			bound = 0
		}
		if _, err := tx.Exec(`UPDATE wedoc_cell SET `+step.change+` WHERE sheet = ? AND `+step.where, step.by, sh.No, bound); err != nil {
			return 0, err
		}
	}
	return n, resize(tx, sh)
}

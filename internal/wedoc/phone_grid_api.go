package wedoc

import (
	"cmp"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

type (
	// phoneCell is a cell that something was written into.
	phoneCell struct {
		Row    int64       `json:"row"` // from 0
		Column int64       `json:"column"`
		Text   string      `json:"text"`
		Link   string      `json:"link,omitempty"`
		Look   *TextFormat `json:"look,omitempty"`
	}
	phoneArea struct {
		Rows    int64       `json:"rows"` // of the sheet
		Columns int64       `json:"columns"`
		Cells   []phoneCell `json:"cells"`
	}
)

func shownCell(at spot, c Cell) phoneCell {
	out := phoneCell{Row: at.row, Column: at.column}
	switch v := c.Value; {
	case v.Text != nil:
		out.Text = *v.Text
	case v.Link != nil:
		out.Text, out.Link = cmp.Or(v.Link.Text, v.Link.URL), v.Link.URL
	}
	if c.Format != nil {
		out.Look = c.Format.Text
	}
	return out
}

// phoneCells answers what is written in an area of a sheet: row, column, rows and columns in the query.
func (s *Service) phoneCells(r *http.Request, sess login.Session) (any, error) {
	var at [4]int64
	for i, name := range []string{"row", "column", "rows", "columns"} {
		n, err := door.Number(r, name)
		if err != nil {
			return nil, err
		}
		at[i] = n
	}
	a := area{at[0], at[1], at[0] + at[2] - 1, at[1] + at[3] - 1}
	if at[0] < 0 || at[1] < 0 || at[2] < 1 || at[3] < 1 {
		return nil, errParameter.With("row, column, rows, columns: an area of the sheet expected")
	}
	if err := a.valid(); err != nil {
		return nil, err
	}
	out := phoneArea{Cells: []phoneCell{}}
	err := s.view(r, func(tx *store.Tx) error {
		d, _, err := s.seen(r, tx, sess, Spreadsheet)
		if err != nil {
			return err
		}
		sh, err := sheet(tx, d, r.URL.Query().Get("sheet_id"))
		if err != nil {
			return err
		}
		out.Rows, out.Columns = sh.Rows, sh.Columns
		there, err := cells(tx, sh, a)
		for at, c := range there {
			out.Cells = append(out.Cells, shownCell(at, c))
		}
		return err
	})
	return out, err
}

type (
	phoneCellChange struct {
		SheetID string `json:"sheet_id"`
		Row     int64  `json:"row"`
		Column  int64  `json:"column"`
		Before  string `json:"before"` // what the member has seen there
		Text    string `json:"text"`
	}
	phoneCellSaved struct {
		Saved bool      `json:"saved"`
		Cell  phoneCell `json:"cell"` // as it is now
	}
)

// phoneCell writes a text into a cell. If somebody has written into it since the member has seen it, nothing is
// written, and the page is told what is there now. The cell keeps its look.
func (s *Service) phoneCell(r *http.Request, sess login.Session) (any, error) {
	var out phoneCellSaved
	err := change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneCellChange) error {
		d, err := s.written(r, tx, sess, Spreadsheet)
		if err != nil {
			return err
		}
		sh, err := sheet(tx, d, req.SheetID)
		if err != nil {
			return err
		}
		at := spot{req.Row, req.Column}
		if at.row < 0 || at.column < 0 || at.row >= sh.Rows || at.column >= sh.Columns {
			return errParameter.With("row, column: a cell of the sheet expected, which has %d rows and %d columns", sh.Rows, sh.Columns)
		}
		there, err := cells(tx, sh, area{at.row, at.column, at.row, at.column})
		if err != nil {
			return err
		}
		if out = (phoneCellSaved{Cell: shownCell(at, there[at])}); out.Cell.Text != req.Before {
			return nil
		}
		if _, err := write(tx, d, sh, grid{at.row, at.column, []rowData{{[]Cell{{Value: CellValue{Text: &req.Text}}}}}}); err != nil {
			return err
		}
		out.Saved, out.Cell.Text, out.Cell.Link = true, req.Text, ""
		return s.Touch(tx, d)
	})
	return out, err
}

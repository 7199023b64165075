package wedoc

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Sheet is a sheet of a spreadsheet.
type Sheet struct {
	No            int64
	ID            string
	Title         string
	Rows, Columns int64
}

// The sheet of a new spreadsheet; unverified.
const (
	firstSheet   = "工作表1"
	firstRows    = 200
	firstColumns = 20
)

// Limits of spreadsheets (doc 101168, doc 97661, and error 710678).
const (
	maxSheets       = 255
	maxSheetRows    = 200_000
	maxSheetColumns = 2000
	maxSheetCells   = 1_500_000

	maxRangeRows    = 1000
	maxRangeColumns = 200
	maxRangeCells   = 10_000

	maxSheetTitle = 100 // characters; unverified
	maxCellText   = 50_000
)

// Cell is what stands in a cell, and how it looks: one of Text and Link.
type Cell struct {
	Value  CellValue   `json:"cell_value"`
	Format *CellFormat `json:"cell_format,omitempty"`
}

// The wire's parts of a cell (doc 97661). They are stored as they come.
type (
	// CellValue is a text or a link.
	CellValue struct {
		Text *string   `json:"text,omitempty"`
		Link *CellLink `json:"link,omitempty"`
	}
	// CellLink is an address with the words that are shown for it.
	CellLink struct {
		URL  string `json:"url"`
		Text string `json:"text"`
	}
	// CellFormat is how a cell looks.
	CellFormat struct {
		Text *TextFormat `json:"text_format,omitempty"`
	}
	// TextFormat is how the letters of a cell look.
	TextFormat struct {
		Font          string     `json:"font"`
		Size          int64      `json:"font_size"`
		Bold          bool       `json:"bold"`
		Italic        bool       `json:"italic"`
		Strikethrough bool       `json:"strikethrough"`
		Underline     bool       `json:"underline"`
		Color         *CellColor `json:"color,omitempty"`
	}
	// CellColor is a color, of four numbers up to 255.
	CellColor struct {
		Red   int64  `json:"red"`
		Green int64  `json:"green"`
		Blue  int64  `json:"blue"`
		Alpha *int64 `json:"alpha,omitempty"`
	}
)

// empty reports whether nothing was ever written into the cell.
func (c Cell) empty() bool { return c.Value.Text == nil && c.Value.Link == nil && c.Format == nil }

func (c Cell) valid() error {
	switch v := c.Value; {
	case v.Text != nil && v.Link != nil:
		return errParameter.With("cell_value: text or link expected, not both")
	case v.Text != nil && utf8.RuneCountInString(*v.Text) > maxCellText:
		return errParameter.With("cell_value.text: at most %d characters expected", maxCellText)
	case v.Link != nil && (v.Link.URL == "" || len(v.Link.URL) > 2048 || utf8.RuneCountInString(v.Link.Text) > maxCellText):
		return errParameter.With("cell_value.link: a url of at most 2048 bytes and a text expected")
	}
	if c.Format == nil || c.Format.Text == nil {
		return nil
	}
	f := c.Format.Text
	if f.Size < 0 || f.Size > 72 {
		return errParameter.With("text_format.font_size: at most 72 expected")
	}
	if k := f.Color; k != nil {
		for _, n := range []*int64{&k.Red, &k.Green, &k.Blue, k.Alpha} {
			if n != nil && (*n < 0 || *n > 255) {
				return errParameter.With("text_format.color: 0 to 255 expected")
			}
		}
	}
	return nil
}

// area is a rectangle of a sheet: rows and columns from 0, up to the last ones, which belong to it.
type area struct{ top, left, bottom, right int64 }

func (a area) rows() int64    { return a.bottom - a.top + 1 }
func (a area) columns() int64 { return a.right - a.left + 1 }

func (a area) valid() error {
	if a.rows() > maxRangeRows || a.columns() > maxRangeColumns || a.rows()*a.columns() > maxRangeCells {
		return errParameter.With("at most %d rows, %d columns and %d cells expected", maxRangeRows, maxRangeColumns, maxRangeCells)
	}
	return nil
}

// parseArea reads a range such as A1:B5. A single cell may come alone.
func parseArea(text string) (a area, err error) {
	wrong := errParameter.With("range: an area such as A1:B5 expected, not %q", text)
	from, to, both := strings.Cut(text, ":")
	if !both {
		to = from
	}
	var ok1, ok2 bool
	a.top, a.left, ok1 = parseCell(from)
	a.bottom, a.right, ok2 = parseCell(to)
	if !ok1 || !ok2 || a.bottom < a.top || a.right < a.left {
		return a, wrong
	}
	return a, a.valid()
}

func parseCell(text string) (row, column int64, ok bool) {
	letters := strings.TrimRight(text, "0123456789")
	digits := text[len(letters):]
	if len(letters) < 1 || len(letters) > 3 {
		return 0, 0, false
	}
	for _, c := range strings.ToUpper(letters) {
		if c < 'A' || c > 'Z' {
			return 0, 0, false
		}
		column = column*26 + int64(c-'A') + 1
	}
	row, err := strconv.ParseInt(digits, 10, 32)
	return row - 1, column - 1, err == nil && row >= 1
}

// addSheet adds a sheet behind the others. Doc 101168.
func (s *Service) addSheet(tx *store.Tx, d Document, sh Sheet) (Sheet, error) {
	switch n := utf8.RuneCountInString(sh.Title); {
	case n < 1 || n > maxSheetTitle:
		return sh, errParameter.With("title: 1 to %d characters expected", maxSheetTitle)
	case sh.Rows < 1 || sh.Columns < 1 || sh.Columns > maxRangeColumns || sh.Rows > maxRangeCells || sh.Rows*sh.Columns > maxRangeCells:
		return sh, errParameter.With("row_count, column_count: at most %d columns and %d cells expected", maxRangeColumns, maxRangeCells)
	}
	all, err := sheets(tx, d)
	if err != nil {
		return sh, err
	}
	if len(all) >= maxSheets {
		return sh, ErrSheetCount.With("a spreadsheet has at most %d sheets", maxSheets)
	}
	if slices.ContainsFunc(all, func(o Sheet) bool { return o.Title == sh.Title }) {
		return sh, errParameter.With("title: there is a sheet %q already", sh.Title)
	}
	sh.ID = id.Letters(6)
	sh.No, err = tx.Insert(`INSERT INTO wedoc_sheet (corpid, doc, sheet_id, title, row_count, column_count) VALUES (?, ?, ?, ?, ?, ?)`,
		d.CorpID, d.No, sh.ID, sh.Title, sh.Rows, sh.Columns)
	return sh, err
}

func sheets(tx *store.Tx, d Document) (list []Sheet, err error) {
	err = tx.Each(`SELECT no, sheet_id, title, row_count, column_count FROM wedoc_sheet WHERE doc = ? ORDER BY no`, []any{d.No}, func(rows *store.Rows) error {
		var sh Sheet
		if err := rows.Scan(&sh.No, &sh.ID, &sh.Title, &sh.Rows, &sh.Columns); err != nil {
			return err
		}
		list = append(list, sh)
		return nil
	})
	return list, err
}

func sheet(tx *store.Tx, d Document, sheetID string) (Sheet, error) {
	all, err := sheets(tx, d)
	if err != nil {
		return Sheet{}, err
	}
	for _, sh := range all {
		if sh.ID == sheetID {
			return sh, nil
		}
	}
	return Sheet{}, ErrNoSheet.With("sheet_id: there is no sheet %q", sheetID)
}

// deleteSheet deletes a sheet; the last one stays.
func deleteSheet(tx *store.Tx, d Document, sh Sheet) error {
	all, err := sheets(tx, d)
	if err == nil && len(all) == 1 {
		err = ErrSheetLast.With("a spreadsheet keeps one sheet at least")
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM wedoc_sheet WHERE corpid = ? AND no = ?`, d.CorpID, sh.No)
	return err
}

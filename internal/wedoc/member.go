package wedoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/store"
)

// What rooms above do with documents for a member, once they know that the member may: package mcp asks RightOf first.

// Find returns a document of the corp by its docid, whoever made it.
func (s *Service) Find(tx *store.Tx, corpID, docID string) (d Document, found bool, err error) {
	return selectDocument(tx, corpID, docID)
}

// DocIDOf returns the docid in a document's address, empty if it is none. A host of WeCom's is as good as this
// server's: people copy addresses from wherever they see them.
func DocIDOf(url string) string {
	url, _, _ = strings.Cut(url, "?")
	url, _, _ = strings.Cut(url, "#")
	parts := strings.Split(strings.TrimRight(url, "/"), "/")
	if len(parts) < 2 || !slices.Contains([]string{"doc", "sheet", "smartsheet", "smartpage"}, parts[len(parts)-2]) {
		return ""
	}
	return parts[len(parts)-1]
}

// Markdown returns a text, a spreadsheet or a smart page as Markdown.
func (s *Service) Markdown(tx *store.Tx, d Document) (string, error) {
	switch d.Kind {
	case Text:
		c, _, err := getContent(tx, d)
		return c.markdown(), err
	case Spreadsheet:
		return s.sheetsMarkdown(tx, d)
	case SmartPage:
		return pagesMarkdown(tx, d)
	}
	return "", ErrDocID.With("docid: %q is of doc_type %d, which has no text", d.DocID, d.Kind)
}

// SetMarkdown replaces what is in a text.
func (s *Service) SetMarkdown(tx *store.Tx, d Document, text string) error {
	d, err := Lock(tx, d)
	if err != nil {
		return err
	}
	c := fromMarkdown(text)
	if n := c.length(); n > maxLetters {
		return errParameter.With("content: %d places, at most %d expected", n, maxLetters)
	}
	old, _, err := getContent(tx, d)
	if err != nil {
		return err
	}
	d.Version++
	// A change that was meant for a version before this one finds nothing of it again.
	if err := putContent(tx, d, c, edit{d.Version, 0, -old.length()}, edit{d.Version, 0, c.length()}); err != nil {
		return err
	}
	return s.Touch(tx, d)
}

// The parts of a grid, for rooms above.
type (
	Grid = grid
	Row  = rowData
)

// SheetInfo is a sheet of a spreadsheet with the area that something was written into, such as A1:C5; empty if
// nothing was.
type SheetInfo struct {
	Sheet
	Area string
}

// Sheets returns the sheets of a spreadsheet.
func (s *Service) Sheets(tx *store.Tx, d Document) ([]SheetInfo, error) {
	list, err := sheets(tx, d)
	var out []SheetInfo
	for _, sh := range list {
		a, found, err := used(tx, sh)
		if err != nil {
			return nil, err
		}
		one := SheetInfo{Sheet: sh}
		if found {
			one.Area = fmt.Sprintf("%s%d:%s%d", columnName(a.left), a.top+1, columnName(a.right), a.bottom+1)
		}
		out = append(out, one)
	}
	return out, err
}

// used returns the smallest area that holds everything written into a sheet.
func used(tx *store.Tx, sh Sheet) (a area, found bool, err error) {
	var n int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(at_row), 0), coalesce(min(at_column), 0), coalesce(max(at_row), 0), coalesce(max(at_column), 0) FROM wedoc_cell WHERE sheet = ?`,
		[]any{sh.No}, &n, &a.top, &a.left, &a.bottom, &a.right)
	return a, n > 0, err
}

// columnName returns the letters of a column, which counts from 0.
func columnName(column int64) string {
	out := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		out = string(rune('A'+(n-1)%26)) + out
	}
	return out
}

// AddSheet adds a sheet to a spreadsheet. Zero rows or columns are those of a first sheet.
func (s *Service) AddSheet(tx *store.Tx, d Document, sh Sheet) (Sheet, error) {
	d, err := Lock(tx, d)
	if err != nil {
		return sh, err
	}
	sh.Rows, sh.Columns = cmp.Or(sh.Rows, firstRows), cmp.Or(sh.Columns, firstColumns)
	if sh, err = s.addSheet(tx, d, sh); err != nil {
		return sh, err
	}
	return sh, s.Touch(tx, d)
}

// DeleteSheet deletes a sheet of a spreadsheet.
func (s *Service) DeleteSheet(tx *store.Tx, d Document, sheetID string) error {
	return s.inSheet(tx, d, sheetID, func(d Document, sh Sheet) error { return deleteSheet(tx, d, sh) })
}

// WriteGrid writes a part of a sheet.
func (s *Service) WriteGrid(tx *store.Tx, d Document, sheetID string, g Grid) error {
	return s.inSheet(tx, d, sheetID, func(d Document, sh Sheet) error {
		_, err := write(tx, d, sh, g)
		return err
	})
}

// AppendRow writes a row below the last one that something was written into.
func (s *Service) AppendRow(tx *store.Tx, d Document, sheetID string, r Row) error {
	return s.inSheet(tx, d, sheetID, func(d Document, sh Sheet) error {
		a, found, err := used(tx, sh)
		if err != nil {
			return err
		}
		g := grid{Rows: []rowData{r}}
		if found {
			g.Row = a.bottom + 1
		}
		_, err = write(tx, d, sh, g)
		return err
	})
}

func (s *Service) inSheet(tx *store.Tx, d Document, sheetID string, change func(Document, Sheet) error) error {
	d, err := Lock(tx, d)
	if err != nil {
		return err
	}
	sh, err := sheet(tx, d, sheetID)
	if err != nil {
		return err
	}
	if err := change(d, sh); err != nil {
		return err
	}
	return s.Touch(tx, d)
}

// sheetsMarkdown returns each sheet as a heading and a table of its first cells.
func (s *Service) sheetsMarkdown(tx *store.Tx, d Document) (string, error) {
	list, err := sheets(tx, d)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, sh := range list {
		fmt.Fprintf(&out, "## %s\n\n", sh.Title)
		a, found, err := used(tx, sh)
		if err != nil {
			return "", err
		}
		if !found {
			continue
		}
		a.top, a.left = 0, 0
		a.right = min(a.right, maxRangeColumns-1)
		a.bottom = min(a.bottom, maxRangeRows-1, maxRangeCells/a.columns()-1)
		g, err := read(tx, sh, a)
		if err != nil {
			return "", err
		}
		out.WriteString(g.markdown() + "\n")
	}
	return out.String(), nil
}

func (g grid) markdown() string {
	rows := make([][]string, len(g.Rows))
	for i, r := range g.Rows {
		for _, c := range r.Cells {
			rows[i] = append(rows[i], c.Value.markdown())
		}
	}
	return markdownTable(rows)
}

func (v CellValue) markdown() string {
	switch {
	case v.Text != nil:
		return *v.Text
	case v.Link != nil:
		return fmt.Sprintf("[%s](%s)", cmp.Or(v.Link.Text, v.Link.URL), v.Link.URL)
	}
	return ""
}

package smartsheet

import (
	"slices"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
)

// Sheet is a sheet (子表) of a smart sheet.
type Sheet struct {
	No       int64
	Doc      wedoc.Document
	ID       string
	Title    string
	Position int64
	Records  int64  // how many there are
	Serial   int64  // how many there have ever been
	Version  int64  // raised by each change
	Stamp    string // drawn anew by each change
}

// Limits of smart sheets (doc 99907 and neighbours; error 2505401).
const (
	maxSheets     = 255
	maxTitle      = 100 // characters; unverified
	maxViews      = 200
	maxFields     = 150 // unverified: as many as a group may have
	maxGroups     = 150
	maxGroupField = 150
	maxRecords    = 100_000
	maxBatch      = 5000 // records a call; the pages advise 500
	maxPage       = 1000
)

func sheetsOf(tx *store.Tx, d wedoc.Document) (list []Sheet, err error) {
	err = tx.Each(`SELECT no, sheet_id, title, position, records, serial, version, stamp FROM smart_sheet WHERE doc = ? ORDER BY position, no`, []any{d.No}, func(rows *store.Rows) error {
		sh := Sheet{Doc: d}
		if err := rows.Scan(&sh.No, &sh.ID, &sh.Title, &sh.Position, &sh.Records, &sh.Serial, &sh.Version, &sh.Stamp); err != nil {
			return err
		}
		list = append(list, sh)
		return nil
	})
	return list, err
}

func sheetOf(tx *store.Tx, d wedoc.Document, sheetID string) (Sheet, error) {
	list, err := sheetsOf(tx, d)
	if err != nil {
		return Sheet{}, err
	}
	for _, sh := range list {
		if sh.ID == sheetID {
			return sh, nil
		}
	}
	return Sheet{}, wedoc.ErrNoSheet.With("sheet_id: there is no sheet %q", sheetID)
}

func validTitle(field, title string) error {
	if n := utf8.RuneCountInString(title); n < 1 || n > maxTitle {
		return errParameter.With("%s: 1 to %d characters expected", field, maxTitle)
	}
	return nil
}

// addSheet adds a sheet at a position, or behind the others if the position is beyond them. Doc 99896.
func addSheet(tx *store.Tx, d wedoc.Document, sh Sheet) (Sheet, error) {
	list, err := sheetsOf(tx, d)
	if err != nil {
		return sh, err
	}
	if len(list) >= maxSheets {
		return sh, wedoc.ErrSheetCount.With("a smart sheet has at most %d sheets", maxSheets)
	}
	sh.Doc, sh.ID, sh.Position = d, id.Letters(6), min(max(sh.Position, 0), int64(len(list)))
	if _, err := tx.Exec(`UPDATE smart_sheet SET position = position + 1 WHERE doc = ? AND position >= ?`, d.No, sh.Position); err != nil {
		return sh, err
	}
	sh.No, err = tx.Insert(`INSERT INTO smart_sheet (corpid, doc, sheet_id, title, position, stamp) VALUES (?, ?, ?, ?, ?, ?)`, d.CorpID, d.No, sh.ID, sh.Title, sh.Position, newStamp())
	return sh, err
}

// titleFor returns a title that no sheet has.
func titleFor(list []Sheet, title string) string {
	out := title
	for n := 2; slices.ContainsFunc(list, func(o Sheet) bool { return o.Title == out }); n++ {
		out = title + " (" + itoa(int64(n)) + ")"
	}
	return out
}

// deleteSheet deletes a sheet; the last one stays. Doc 99899.
func deleteSheet(tx *store.Tx, sh Sheet) error {
	list, err := sheetsOf(tx, sh.Doc)
	if err == nil && len(list) == 1 {
		err = wedoc.ErrSheetLast.With("a smart sheet keeps one sheet at least")
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE smart_sheet SET position = position - 1 WHERE doc = ? AND position > ?`, sh.Doc.No, sh.Position); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM smart_sheet WHERE corpid = ? AND no = ?`, sh.Doc.CorpID, sh.No)
	return err
}

func newStamp() string { return id.Letters(16) }

// changed writes that something in the sheet has changed.
func (s *Service) changed(tx *store.Tx, sh *Sheet) error {
	sh.Version++
	if _, err := tx.Exec(`UPDATE smart_sheet SET records = ?, serial = ?, version = ?, stamp = ? WHERE corpid = ? AND no = ?`,
		sh.Records, sh.Serial, sh.Version, newStamp(), sh.Doc.CorpID, sh.No); err != nil {
		return err
	}
	return s.deps.Docs.Touch(tx, sh.Doc)
}

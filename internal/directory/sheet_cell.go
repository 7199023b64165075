package directory

import "strings"

// Spreadsheets take a cell that begins with one of these for a formula. Members
// write their own alias, and =HYPERLINK(…) in an export would run on the machine of
// the admin who opens it.
const formulaStarts = "=+-@\t\r"

// plainNumber is what a cell may consist of that begins with a sign and is harmless,
// as a telephone number is.
const plainNumber = "0123456789 ,.+-"

// SheetCell returns a value as a cell of a CSV file for people. A value that a
// spreadsheet would run gets an apostrophe before it, which makes it a text there; so
// does one that has apostrophes before such a value, so that plainCell can tell the
// two apart.
func SheetCell(value string) string {
	bare := strings.TrimLeft(value, "'")
	if bare == "" || !strings.ContainsRune(formulaStarts, rune(bare[0])) || strings.Trim(bare, plainNumber) == "" {
		return value
	}
	return "'" + value
}

// plainCell returns the value of a cell that an import reads: it is SheetCell turned
// round.
func plainCell(cell string) string {
	if value, ok := strings.CutPrefix(cell, "'"); ok && SheetCell(value) == cell {
		return value
	}
	return cell
}

// plainCells does so to a row.
func plainCells(record []string) []string {
	for i, c := range record {
		record[i] = plainCell(c)
	}
	return record
}

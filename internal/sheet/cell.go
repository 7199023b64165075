package sheet

import "strings"

// Spreadsheets read a cell that begins with one of these as a formula. Members write their own alias, and
// =HYPERLINK(…) in an export would run on the machine of the admin who opens it.
const formulaStarts = "=+-@\t\r"

// plainNumber matches a cell that begins with a sign and is harmless, such as a telephone number.
const plainNumber = "0123456789 ,.+-"

// Cell returns a value as a cell of a CSV file for people. A value that a spreadsheet would run gets an
// apostrophe before it, which makes it a text there. A value that already has apostrophes before such a text
// gets one more, so that plainCell can distinguish the two.
func Cell(value string) string {
	bare := strings.TrimLeft(value, "'")
	if bare == "" || !strings.ContainsRune(formulaStarts, rune(bare[0])) || strings.Trim(bare, plainNumber) == "" {
		return value
	}
	return "'" + value
}

// plainCell returns the value of an imported cell. It is the inverse of Cell.
func plainCell(cell string) string {
	if value, ok := strings.CutPrefix(cell, "'"); ok && Cell(value) == cell {
		return value
	}
	return cell
}

// plainCells does this for a row.
func plainCells(record []string) []string {
	for i, c := range record {
		record[i] = plainCell(c)
	}
	return record
}

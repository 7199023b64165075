package sheet

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// What a file is written in.
const (
	UTF8  = "UTF-8"
	UTF16 = "UTF-16"
	GBK   = "GBK"
	XLSX  = "xlsx"
)

var (
	errOldWorkbook = ErrFile.With("the file is an old workbook (.xls); save it as .xlsx or as CSV")
	errNoText      = ErrFile.With("the file is no text in UTF-8, UTF-16 or GBK, and no .xlsx workbook")
)

// Plain returns a file that people bring as CSV in UTF-8, and what it was written in: Excel in China saves CSV as GBK,
// others save UTF-16, and many send the workbook itself. WeCom's own calls take UTF-8 alone, so they do not ask here.
func Plain(content []byte) (plain []byte, written string, err error) {
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		plain, err = workbook(content)
		return plain, XLSX, err
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return nil, "", errOldWorkbook
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}):
		plain, err = fromUTF16(content[2:], binary.LittleEndian)
		return plain, UTF16, err
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		plain, err = fromUTF16(content[2:], binary.BigEndian)
		return plain, UTF16, err
	case utf8.Valid(content):
		return content, UTF8, nil
	}
	// GB18030 is GBK with all of Unicode, so it reads both.
	plain, err = simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(plain, utf8.RuneError) {
		return nil, "", errNoText
	}
	return plain, GBK, nil
}

// Foreign reports whether the beginning of a file is one that Plain has to turn into UTF-8 first.
func Foreign(head []byte) bool {
	for _, mark := range []string{"PK\x03\x04", "\xd0\xcf\x11\xe0", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	for i := 0; i < utf8.UTFMax; i++ { // the last character may be cut
		if utf8.Valid(head[:max(0, len(head)-i)]) {
			return false
		}
	}
	return true
}

// fromUTF16 returns UTF-8. Excel writes UTF-16 with tabs between the cells, which commas take the place of.
func fromUTF16(content []byte, order binary.ByteOrder) ([]byte, error) {
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	text := []byte(string(utf16.Decode(units)))
	head, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.IndexByte(head, ',') >= 0 || bytes.IndexByte(head, '\t') < 0 {
		return text, nil
	}
	return commaSeparated(text)
}

// commaSeparated returns a text with tabs between its cells as CSV, each row on the line where it was. A comma in a
// cell begins no other cell.
func commaSeparated(text []byte) ([]byte, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = '\t', true, -1, true
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for line := 1; ; {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, errNoText
		}
		for at, _ := r.FieldPos(0); line < at; line++ {
			w.Flush()
			out.WriteByte('\n')
		}
		line++
		for _, cell := range row {
			line += strings.Count(cell, "\n")
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
}

package sheet

import (
	"bytes"
	"encoding/binary"
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
		return fromUTF16(content[2:], binary.LittleEndian), UTF16, nil
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		return fromUTF16(content[2:], binary.BigEndian), UTF16, nil
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

// fromUTF16 returns UTF-8. Excel writes UTF-16 with tabs between the cells, which are read as commas.
func fromUTF16(content []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	text := []byte(string(utf16.Decode(units)))
	head, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.IndexByte(head, ',') >= 0 || bytes.IndexByte(head, '\t') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\t"), []byte(","))
}

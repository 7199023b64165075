package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"qiwei/internal/sheet"
)

func utf16Of(t *testing.T, order binary.AppendByteOrder, text string) string {
	t.Helper()
	out := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// packed returns a workbook of these parts.
func packed(t *testing.T, parts map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func book(t *testing.T, rows, shared string) string {
	t.Helper()
	return packed(t, map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="成员" sheetId="7" r:id="rId2"/><sheet name="x" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/other.xml"/><Relationship Id="rId2" Target="worksheets/sheet9.xml"/></Relationships>`,
		"xl/worksheets/sheet9.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst>` + shared + `</sst>`,
	})
}

func TestFilesOfManyForms(t *testing.T) {
	t.Parallel()
	const text = "姓名,帐号\n张三,zhangsan\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	rows := `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>手机号</t></is></c></row>
		<row r="3"><c r="B3"><v>1.3800000001E10</v></c><c r="A3" t="s"><v>1</v></c><c r="C3" t="str"><v>a,"b"</v></c></row>`
	shared := `<si><t>姓名</t></si><si><r><t>张</t></r><r><t xml:space="preserve">三 
丰</t></r><rPh><t>zhang</t></rPh></si>`
	for _, tt := range []struct{ name, content, want, written string }{
		{"UTF-8", text, text, sheet.UTF8},
		{"with a mark", "\ufeff" + text, "\ufeff" + text, sheet.UTF8},
		{"nothing", "", "", sheet.UTF8},
		{"GBK", gbk, text, sheet.GBK},
		{"UTF-16", utf16Of(t, binary.LittleEndian, text), text, sheet.UTF16},
		{"UTF-16, the other way round", utf16Of(t, binary.BigEndian, text), text, sheet.UTF16},
		{"UTF-16 with tabs, as Excel saves Unicode text", utf16Of(t, binary.LittleEndian, strings.ReplaceAll(text, ",", "\t")), text, sheet.UTF16},
		{"UTF-16 with tabs, and commas in a cell", utf16Of(t, binary.LittleEndian, "姓名\t职务\r\n\r\n张三\t销售,一部\r\n李四\t\"两\n行\"\r\n\r\n王五\tx\r\n"), "姓名,职务\n\n张三,\"销售,一部\"\n李四,\"两\n行\"\n\n王五,x\n", sheet.UTF16},
		{"a workbook", book(t, rows, shared), "姓名,手机号\n\n张三 丰,13800000001,\"a,\"\"b\"\"\"\n", sheet.XLSX},
		{"a workbook of numbers", book(t, `<row><c><v>7</v></c></row>`, ""), "7\n", sheet.XLSX},
	} {
		got, written, err := sheet.Plain([]byte(tt.content))
		if err != nil || string(got) != tt.want || written != tt.written {
			t.Errorf("%s: %q in %q, %v; want %q", tt.name, got, written, err, tt.want)
		}
		if foreign := sheet.Foreign([]byte(tt.content)); foreign != (tt.written != sheet.UTF8) {
			t.Errorf("%s: foreign is %v", tt.name, foreign)
		}
	}
	if sheet.Foreign([]byte("姓名")[:5]) {
		t.Error("a beginning that ends within a character is taken for foreign")
	}
	for name, content := range map[string]string{
		"an old workbook":             "\xd0\xcf\x11\xe0\xa1\xb1",
		"neither":                     "\x80\x81\xff\xff",
		"an archive that is no book":  packed(t, map[string]string{"a.txt": "x"}),
		"an archive that is cut off":  "PK\x03\x04zzz",
		"a text that is not there":    book(t, `<row r="1"><c r="A1" t="s"><v>9</v></c></row>`, shared),
		"a column too many":           book(t, `<row r="1"><c r="XFD1"><v>9</v></c></row>`, shared),
		"a cell without a column":     book(t, `<row r="1"><c r="1"><v>9</v></c></row>`, shared),
		"rows in the wrong order":     book(t, `<row r="2"><c r="A2"><v>9</v></c></row><row r="1"><c r="A1"><v>9</v></c></row>`, shared),
		"a row beyond what there are": book(t, `<row r="99999999"><c r="A1"><v>9</v></c></row>`, shared),
		"what is no XML":              book(t, `<row r="1">`, shared),
	} {
		if got, _, err := sheet.Plain([]byte(content)); err == nil {
			t.Errorf("%s is read as %q", name, got)
		}
	}
}

// TestBombs: a small file that would fill the memory is refused before it does.
func TestBombs(t *testing.T) {
	t.Parallel()
	const cell = `<c t="s"><v>0</v></c>`
	for name, content := range map[string]string{
		"a row of very many cells":         book(t, `<row>`+strings.Repeat(`<c/>`, 1<<19)+`</row>`, ""),
		"a text that many cells name":      book(t, strings.Repeat(`<row>`+strings.Repeat(cell, 256)+`</row>`, 3), `<si><t>`+strings.Repeat("x", 100_000)+`</t></si>`),
		"a text longer than any cell":      book(t, `<row>`+cell+`</row>`, `<si><t>`+strings.Repeat("x", 200_000)+`</t></si>`),
		"a text of very many pieces":       book(t, `<row>`+cell+`</row>`, `<si>`+strings.Repeat(`<r><t>x</t></r>`, 1<<17)+`</si>`),
		"very many texts":                  book(t, `<row>`+cell+`</row>`, strings.Repeat(`<si/>`, 5<<20)),
		"elements deep inside each other":  book(t, `<row>`+cell+`</row>`, `<si><t>x</t></si>`+strings.Repeat(`<a>`, 1000)+strings.Repeat(`</a>`, 1000)),
		"a comment of two million letters": book(t, `<!-- `+strings.Repeat("x", 2<<20)+` --><row>`+cell+`</row>`, `<si><t>x</t></si>`),
	} {
		got, _, err := sheet.Plain([]byte(content))
		if err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s, in %d bytes: %d bytes, %v", name, len(content), len(got), err)
		}
	}
}

package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"qiwei/internal/wire"
)

// Bounds of a workbook, which is compressed: a small file may hold a lot.
const (
	workbookMost = 256 << 20 // bytes of a part, unpacked
	columnsMost  = 256
	rowsMost     = 1 << 20 // as many as Excel has
)

var errWorkbook = ErrFile.With("the workbook cannot be read; save the sheet as CSV")

// workbook returns the first sheet of an .xlsx file as CSV, each row on the line that has its number.
func workbook(content []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, errWorkbook
	}
	shared, err := sharedTexts(z)
	if err != nil {
		return nil, err
	}
	name, err := firstSheet(z)
	if err != nil {
		return nil, err
	}
	part, err := openPart(z, name)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	line := 1
	err = eachRow(xml.NewDecoder(part), shared, func(no int, cells []string) error {
		for ; line < no; line++ {
			w.Flush()
			out.WriteByte('\n')
		}
		line++
		return w.Write(cells)
	})
	w.Flush()
	return out.Bytes(), err
}

// openPart opens a part of the package, and lets no more of it out than is bearable.
func openPart(z *zip.Reader, name string) (io.ReadCloser, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, errWorkbook
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{f, workbookMost}, f}, nil
}

// bounded fails where io.LimitReader would end.
type bounded struct {
	io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrFile.With("the workbook is too large; save the sheet as CSV")
	}
	return n, err
}

// firstSheet returns the name of the part with the sheet that is shown first.
func firstSheet(z *zip.Reader) (string, error) {
	var book struct {
		Sheets []struct {
			ID string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(decodePart(z, "xl/workbook.xml", &book), decodePart(z, "xl/_rels/workbook.xml.rels", &relations)); err != nil || len(book.Sheets) == 0 {
		return "", errWorkbook
	}
	for _, r := range relations.List {
		if r.ID == book.Sheets[0].ID {
			if rest, absolute := strings.CutPrefix(r.Target, "/"); absolute {
				return rest, nil
			}
			return path.Join("xl", r.Target), nil
		}
	}
	return "", errWorkbook
}

func decodePart(z *zip.Reader, name string, into any) error {
	part, err := openPart(z, name)
	if err != nil {
		return err
	}
	defer part.Close()
	return xml.NewDecoder(part).Decode(into)
}

// richText is a text, or several pieces of one. How it is pronounced (rPh) is left out.
type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (r richText) String() string {
	text := r.Text
	for _, run := range r.Runs {
		text += run.Text
	}
	return text
}

// sharedTexts returns the texts that cells name by number. A workbook of numbers has none.
func sharedTexts(z *zip.Reader) ([]string, error) {
	const name = "xl/sharedStrings.xml"
	there := false
	for _, f := range z.File {
		there = there || f.Name == name
	}
	if !there {
		return nil, nil
	}
	part, err := openPart(z, name)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var out []string
	d := xml.NewDecoder(part)
	for {
		start, err := nextElement(d)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if start.Name.Local == "si" {
			var text richText
			if err := d.DecodeElement(&text, &start); err != nil {
				return nil, errWorkbook
			}
			out = append(out, text.String())
		}
	}
}

// nextElement returns the next element that begins.
func nextElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) || errors.As(err, new(wire.Error)) {
			return xml.StartElement{}, err
		}
		if err != nil {
			return xml.StartElement{}, errWorkbook
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
	}
}

// eachRow calls fn with each row of a sheet that has cells, and its number.
func eachRow(d *xml.Decoder, shared []string, fn func(no int, cells []string) error) error {
	last := 0
	for {
		start, err := nextElement(d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start.Name.Local != "row" {
			continue
		}
		var row struct {
			No    int        `xml:"r,attr"`
			Cells []bookCell `xml:"c"`
		}
		if err := d.DecodeElement(&row, &start); err != nil {
			return errWorkbook
		}
		if row.No == 0 {
			row.No = last + 1
		}
		if row.No <= last || row.No > rowsMost {
			return errWorkbook
		}
		last = row.No
		var cells []string
		for _, c := range row.Cells {
			at := len(cells)
			if c.At != "" {
				at = columnOf(c.At)
			}
			text, err := c.text(shared)
			if err != nil {
				return err
			}
			if at < 0 {
				return errWorkbook
			}
			if text == "" {
				continue
			}
			if at >= columnsMost {
				return ErrFile.With("at most %d columns", columnsMost)
			}
			for len(cells) <= at {
				cells = append(cells, "")
			}
			cells[at] = text
		}
		if len(cells) > 0 {
			if err := fn(row.No, cells); err != nil {
				return err
			}
		}
	}
}

// bookCell is a cell of a sheet.
type bookCell struct {
	At     string   `xml:"r,attr"` // such as B2
	Kind   string   `xml:"t,attr"`
	Value  string   `xml:"v"`
	Inline richText `xml:"is"`
}

// text returns what the cell says, on one line.
func (c bookCell) text(shared []string) (string, error) {
	text := c.Value
	switch c.Kind {
	case "s":
		n, err := strconv.Atoi(c.Value)
		if err != nil || n < 0 || n >= len(shared) {
			return "", errWorkbook
		}
		text = shared[n]
	case "inlineStr":
		text = c.Inline.String()
	case "b", "str", "e", "d":
	default:
		// A mobile number is a number to Excel, which may write it with an exponent.
		if f, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, "eE") {
			text = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return strings.Join(strings.Fields(text), " "), nil
}

// columnOf returns the column of a cell such as B2, from 0 on.
func columnOf(at string) int {
	n := 0
	for _, r := range at {
		if r < 'A' || r > 'Z' || n > columnsMost {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	return n - 1
}

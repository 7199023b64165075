package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/wire"
)

// Bounds of a workbook, which is compressed: a small file may hold a lot, a short text may be named by many cells, and
// an element of four bytes takes twenty times as many in memory.
const (
	workbookMost = 256 << 20 // bytes of a part, unpacked
	plainMost    = 64 << 20  // bytes of the sheet as CSV, or of all shared texts: as large as a CSV may be
	indexMost    = 1 << 20   // bytes of a part that says where the others are
	sharedMost   = 4 << 20   // shared texts
	rowMost      = 1 << 20   // bytes of a row, and of a shared text with all its pieces
	depthMost    = 100       // elements inside each other
	cellMost     = 32_767    // characters of a cell, as many as Excel has
	columnsMost  = 256
	rowsMost     = 1 << 20 // as many as Excel has
)

var (
	errWorkbook = ErrFile.With("the workbook cannot be read; save the sheet as CSV")
	errTooLarge = ErrFile.With("the workbook is too large; save the sheet as CSV")
)

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
	part, err := openPart(z, name, workbookMost)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	line := 1
	err = eachRow(newParser(part), shared, func(no int, cells []string) error {
		for ; line < no; line++ {
			w.Flush()
			out.WriteByte('\n')
		}
		line++
		if err := w.Write(cells); err != nil {
			return err
		}
		if out.Len() > plainMost {
			return errTooLarge
		}
		return nil
	})
	w.Flush()
	return out.Bytes(), err
}

// openPart opens a part of the package, and lets no more than most bytes of it out.
func openPart(z *zip.Reader, name string, most int64) (io.ReadCloser, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, errWorkbook
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{f, most}, f}, nil
}

// bounded fails where io.LimitReader would end.
type bounded struct {
	io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
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
	part, err := openPart(z, name, indexMost)
	if err != nil {
		return err
	}
	defer part.Close()
	return xml.NewDecoder(part).Decode(into)
}

// parser reads the elements of a part one by one. The decoder takes what it reads as a whole and remembers all elements
// that it is inside of, so none may be large or deep.
type parser struct {
	xml   *xml.Decoder
	from  *leashed
	depth int
}

// leashed is what the decoder reads: byte by byte, and so no further than what it is asked for.
type leashed struct {
	*bufio.Reader
	left int // bytes
}

func (l *leashed) ReadByte() (byte, error) {
	if l.left--; l.left < 0 {
		return 0, errTooLarge
	}
	return l.Reader.ReadByte()
}

func newParser(part io.Reader) *parser {
	from := &leashed{Reader: bufio.NewReader(part)}
	return &parser{xml: xml.NewDecoder(from), from: from}
}

// next returns the next element that begins, or io.EOF.
func (p *parser) next() (xml.StartElement, error) {
	for {
		p.from.left = rowMost
		token, err := p.xml.Token()
		if errors.Is(err, io.EOF) || errors.As(err, new(wire.Error)) {
			return xml.StartElement{}, err
		}
		if err != nil {
			return xml.StartElement{}, errWorkbook
		}
		switch token := token.(type) {
		case xml.StartElement:
			if p.depth++; p.depth > depthMost {
				return token, errTooLarge
			}
			return token, nil
		case xml.EndElement:
			p.depth--
		}
	}
}

// element reads the rest of an element that has begun.
func (p *parser) element(into any, start xml.StartElement) error {
	p.from.left = rowMost
	p.depth--
	err := p.xml.DecodeElement(into, &start)
	if err != nil && !errors.As(err, new(wire.Error)) {
		err = errWorkbook
	}
	return err
}

// richText is a text, or several pieces of one. How it is pronounced (rPh) is left out.
type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (r richText) String() string {
	var text strings.Builder
	text.WriteString(r.Text)
	for _, run := range r.Runs {
		text.WriteString(run.Text)
	}
	return text.String()
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
	part, err := openPart(z, name, workbookMost)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var out []string
	size := 0
	d := newParser(part)
	for {
		start, err := d.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if start.Name.Local == "si" {
			var text richText
			if err := d.element(&text, start); err != nil {
				return nil, err
			}
			out = append(out, text.String())
			if size += len(out[len(out)-1]); size > plainMost || len(out) > sharedMost {
				return nil, errTooLarge
			}
		}
	}
}

// eachRow calls fn with each row of a sheet that has cells, and its number.
func eachRow(d *parser, shared []string, fn func(no int, cells []string) error) error {
	last := 0
	for {
		start, err := d.next()
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
		if err := d.element(&row, start); err != nil {
			return err
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
	if len(text) > utf8.UTFMax*cellMost {
		return "", errTooLarge
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

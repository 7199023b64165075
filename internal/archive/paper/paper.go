// Package paper writes texts and JPEG pictures into a PDF, page after page, without holding them in memory.
//
// It uses the one font for Chinese that a reader of PDF must bring itself (STSong-Light with the encoding
// UniGB-UTF16-H), so that the program needs no font of ten megabytes, and no library.
package paper

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"image/jpeg"
	"io"
	"strings"
	"unicode/utf16"
)

// The page is A4, in points.
const (
	width, height = 595, 842
	margin        = 50
)

// Writer writes one document.
type Writer struct {
	out     *bufio.Writer
	at      int64
	starts  []int64 // of the objects, by their number less one
	pages   []int
	content bytes.Buffer // of the page being written
	images  []int        // used on it
	y       float64
	foot    string
	err     error
}

// The numbers of the objects that every document has.
const (
	catalogue = iota + 1
	pageTree
	font
	fontBelow
	fontLook
)

// New begins a document with a line at the foot of each page.
func New(w io.Writer, foot string) *Writer {
	d := &Writer{out: bufio.NewWriter(w), foot: foot, starts: make([]int64, fontLook)}
	d.write("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	d.object(catalogue, fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R >>", pageTree))
	d.object(font, fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H /DescendantFonts [%d 0 R] >>", fontBelow))
	// Of the font's characters those from 1 to 95 are Latin and half as wide; they are numbered as in Adobe-GB1.
	d.object(fontBelow, fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 /W [1 95 500 814 939 500] /FontDescriptor %d 0 R >>", fontLook))
	d.object(fontLook, "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>")
	d.y = height - margin
	return d
}

func (d *Writer) write(text string) {
	if d.err != nil {
		return
	}
	n, err := d.out.WriteString(text)
	d.at, d.err = d.at+int64(n), err
}

// object writes an object under its number; 0 takes the next one.
func (d *Writer) object(no int, body string) int {
	if no == 0 {
		d.starts = append(d.starts, 0)
		no = len(d.starts)
	}
	d.starts[no-1] = d.at
	d.write(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", no, body))
	return no
}

// stream writes an object with content.
func (d *Writer) stream(dict string, content []byte) int {
	return d.object(0, fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content))
}

// Text writes a text in lines that fit, of a size in points, in from the left, in a grey from 0 (black) to 1.
func (d *Writer) Text(text string, size, in, grey float64) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		for _, part := range broken(line, (width-2*margin-in)/size) {
			d.room(size * 1.5)
			d.y -= size * 1.5
			fmt.Fprintf(&d.content, "BT /F %.1f Tf %.2f g 1 0 0 1 %.1f %.1f Tm <%s> Tj ET\n", size, grey, margin+in, d.y, encoded(part))
		}
	}
}

// Space leaves room.
func (d *Writer) Space(points float64) { d.y -= points }

// Picture puts a JPEG on the page, at most so wide and high; it reports whether it could.
func (d *Writer) Picture(content []byte, in, most float64) bool {
	c, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil || c.Width == 0 || c.Height == 0 {
		return false
	}
	colours := "/DeviceRGB"
	switch components(content) {
	case 1:
		colours = "/DeviceGray"
	case 3:
	default:
		return false
	}
	scale := min(most/float64(c.Width), most/float64(c.Height), 1)
	w, h := float64(c.Width)*scale, float64(c.Height)*scale
	d.room(h + 6)
	no := d.stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /DCTDecode", c.Width, c.Height, colours), content)
	d.images = append(d.images, no)
	d.y -= h + 6
	fmt.Fprintf(&d.content, "q %.1f 0 0 %.1f %.1f %.1f cm /I%d Do Q\n", w, h, margin+in, d.y, no)
	return true
}

// components returns how many colours a JPEG has, from its frame header; 0 if it has none.
func components(content []byte) int {
	for i := 2; i+9 < len(content) && content[i] == 0xff; {
		kind, length := content[i+1], int(content[i+2])<<8|int(content[i+3])
		if kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc {
			return int(content[i+9])
		}
		i += 2 + length
	}
	return 0
}

// room begins another page if so many points are not left on this one.
func (d *Writer) room(points float64) {
	if d.y-points < margin {
		d.page()
	}
}

// page ends a page.
func (d *Writer) page() {
	fmt.Fprintf(&d.content, "BT /F 8 Tf 0.45 g 1 0 0 1 %d %d Tm <%s> Tj ET\n", margin, margin-20, encoded(fmt.Sprintf("%s · %d", d.foot, len(d.pages)+1)))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(d.content.Bytes())
	z.Close()
	content := d.stream("/Filter /FlateDecode", packed.Bytes())
	var images strings.Builder
	for _, no := range d.images {
		fmt.Fprintf(&images, " /I%d %d 0 R", no, no)
	}
	d.pages = append(d.pages, d.object(0, fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources << /Font << /F %d 0 R >> /XObject <<%s >> >> >>",
		pageTree, width, height, content, font, images.String())))
	d.content.Reset()
	d.images, d.y = nil, height-margin
}

// Close ends the document.
func (d *Writer) Close() error {
	if d.content.Len() > 0 || len(d.pages) == 0 {
		d.page()
	}
	var kids strings.Builder
	for _, p := range d.pages {
		fmt.Fprintf(&kids, " %d 0 R", p)
	}
	d.object(pageTree, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s ] >>", len(d.pages), kids.String()))
	begin := d.at
	d.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(d.starts)+1))
	for _, at := range d.starts {
		d.write(fmt.Sprintf("%010d 00000 n \n", at))
	}
	d.write(fmt.Sprintf("trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(d.starts)+1, catalogue, begin))
	if d.err != nil {
		return d.err
	}
	return d.out.Flush()
}

// encoded is a text in hexadecimal UTF-16.
func encoded(text string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&out, "%04X", u)
	}
	return out.String()
}

// broken cuts a line into parts that are at most so many em wide, at a space where there is one.
func broken(line string, most float64) (out []string) {
	var part []rune
	wide, space := 0.0, -1
	for _, r := range line {
		if r == '\t' {
			r = ' '
		}
		if r < ' ' {
			continue
		}
		w := 1.0
		if r < 0x7f {
			w = 0.5
		}
		if wide+w > most {
			cut := len(part)
			if space > cut/2 {
				cut = space + 1
			}
			out = append(out, string(part[:cut]))
			part = append([]rune(nil), part[cut:]...)
			wide, space = 0, -1
			for _, p := range part {
				if wide += 1; p < 0x7f {
					wide -= 0.5
				}
			}
		}
		if r == ' ' {
			space = len(part)
		}
		part, wide = append(part, r), wide+w
	}
	return append(out, string(part))
}

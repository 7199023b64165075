package callbackcrypto

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// readXML fills fields from the children of the root <xml>, in CDATA or not. It refuses a document type,
// which could declare entities. (Go's decoder would skip it and expand nothing, but a sender of one is up to
// no good.) It also refuses a second element of a name that matters, because two parsers might take different
// ones. Other elements may occur, repeat and nest.
func readXML(body []byte, fields map[string]*string) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	var (
		depth  int
		rooted bool
		into   *string // the field that the present child of the root fills
		text   strings.Builder
		seen   = make(map[*string]bool, len(fields))
	)
	for {
		tok, err := d.Token()
		if err == io.EOF && rooted {
			return nil
		}
		if err != nil {
			return ErrParse.because(err)
		}
		switch tok := tok.(type) {
		case xml.Directive:
			return ErrParse.with("a document type is not accepted")
		case xml.StartElement:
			depth++
			into = nil // a field with an element inside is not text
			switch depth {
			case 1:
				if rooted || tok.Name.Local != "xml" {
					return ErrParse.with("the XML must have one root, <xml>")
				}
				rooted = true
			case 2:
				into = fields[strings.ToLower(tok.Name.Local)]
				if into != nil && seen[into] {
					return ErrParse.with("a second %s", tok.Name.Local)
				}
				seen[into] = true
				text.Reset()
			}
		case xml.EndElement:
			if into != nil {
				*into = strings.TrimSpace(text.String())
				into = nil
			}
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(tok)) > 0 {
				return ErrParse.with("text outside the XML")
			}
			if into != nil {
				text.Write(tok)
			}
		}
	}
}

// xmlWriter writes the children of one <xml> in the platform's own form, which
// encoding/xml cannot: no line breaks, CDATA for text.
type xmlWriter struct {
	b   strings.Builder
	err error
}

func (w *xmlWriter) cdata(name, value string) {
	if !fitsXML(value) && w.err == nil {
		w.err = ErrBuild.with("%s holds a character that XML cannot carry", name)
	}
	// A value must not be able to end its own section.
	value = strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>")
	w.bare(name, "<![CDATA["+value+"]]>")
}

func (w *xmlWriter) bare(name, text string) {
	w.b.WriteString("<" + name + ">" + text + "</" + name + ">")
}

func (w *xmlWriter) close() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return []byte("<xml>" + w.b.String() + "</xml>"), nil
}

// fitsXML reports whether s passes through CDATA unchanged. A carriage return is
// legal there, but a parser turns it into a line feed.
func fitsXML(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' || r == '\ufffe' || r == '\uffff'
	})
}

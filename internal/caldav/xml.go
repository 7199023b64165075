package caldav

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// The namespaces, and the prefixes that we write.
const (
	nsDAV    = "DAV:"
	nsCal    = "urn:ietf:params:xml:ns:caldav"
	nsServer = "http://calendarserver.org/ns/"
	nsApple  = "http://apple.com/ns/ical/"
)

var prefixes = map[string]string{nsDAV: "d", nsCal: "c", nsServer: "cs", nsApple: "a"}

// node is an element of a request.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	words    strings.Builder // a text may come in many pieces
	children []*node
}

func (n *node) text() string { return n.words.String() }

// What a request may hold. An answer names each property again for each resource, and a filter is tried on each,
// so these are few; a program may ask for many resources.
const (
	maxNodes    = 20_000
	maxNesting  = 30
	maxName     = 256 // bytes of a name, and of its namespace
	maxChildren = 256 // of any element but the root
	maxFilters  = 64
)

var errXML = errors.New("the body is not XML of this kind")

// parse reads a request's body. It is nil for an empty one.
func parse(r io.Reader) (*node, error) {
	d := xml.NewDecoder(r)
	var root *node
	var open []*node
	for n, filters := 0, 0; ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, errXML
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if n++; n > maxNodes || len(open) > maxNesting || root != nil && len(open) == 0 || len(tok.Name.Space) > maxName || len(tok.Name.Local) > maxName {
				return nil, errXML
			}
			if strings.HasSuffix(tok.Name.Local, "-filter") {
				if filters++; filters > maxFilters {
					return nil, errXML
				}
			}
			el := &node{name: tok.Name, attrs: tok.Attr}
			if len(open) == 0 {
				root = el
			} else {
				up := open[len(open)-1]
				if up.children = append(up.children, el); len(open) > 1 && len(up.children) > maxChildren {
					return nil, errXML
				}
			}
			open = append(open, el)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			switch {
			case len(open) > 0:
				open[len(open)-1].words.Write(tok)
			case strings.TrimSpace(string(tok)) != "":
				return nil, errXML
			}
		}
	}
}

func (n *node) is(space, local string) bool {
	return n != nil && n.name.Space == space && n.name.Local == local
}

// child returns the first child of the name.
func (n *node) child(space, local string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.is(space, local) {
			return c
		}
	}
	return nil
}

func (n *node) attr(local string) string {
	for _, a := range n.attrs {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;")

// esc writes a text into XML, without what XML cannot carry.
func esc(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return escaper.Replace(text)
}

// tag writes an element by its name; one of a namespace that we do not know brings it along.
func tag(name xml.Name, inner string) string {
	p, ok := prefixes[name.Space]
	open, end := p+":"+name.Local, p+":"+name.Local
	if !ok {
		open, end = "x:"+name.Local+` xmlns:x="`+esc(name.Space)+`"`, "x:"+name.Local
	}
	if inner == "" {
		return "<" + open + "/>"
	}
	return "<" + open + ">" + inner + "</" + end + ">"
}

func dav(local, inner string) string { return tag(xml.Name{Space: nsDAV, Local: local}, inner) }
func cal(local, inner string) string { return tag(xml.Name{Space: nsCal, Local: local}, inner) }
func href(path string) string        { return dav("href", esc(path)) }

// document writes an answer around its elements.
func document(root, inner string) string {
	return `<?xml version="1.0" encoding="utf-8"?>` + "\n<d:" + root + ` xmlns:d="DAV:" xmlns:c="` + nsCal + `" xmlns:cs="` + nsServer + `" xmlns:a="` + nsApple + `">` + inner + "</d:" + root + ">"
}

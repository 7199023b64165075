package scim

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a filter.
const (
	maxFilter      = 16 << 10
	maxFilterDepth = 24
	maxFilterTerms = 256
)

// node is a condition on resources (RFC 7644, 3.4.2.2): and, or and not with the
// conditions below; has, where one element of a list fulfils the one below; pr;
// or a comparison with a value.
type node struct {
	op    string
	of    []*node
	path  path
	value any // string, json.Number, bool or nil
}

// path leads to an attribute of a resource: one of its own or an extension's, a
// part of it, and in PATCH to those elements of a list that a filter holds for.
type path struct {
	extension *schema
	attribute *attribute // nil: the extension as a whole
	filter    *node
	sub       *attribute
}

// parser reads a filter or a path from the left to the right.
type parser struct {
	t     *resourceType
	in    string
	at    int
	depth int
	terms int
}

// parseFilter reads a filter.
func (t *resourceType) parseFilter(text string) (*node, error) {
	if len(text) > maxFilter {
		return nil, bad(invalidFilter, "the filter is too long")
	}
	if !utf8.ValidString(text) {
		return nil, bad(invalidFilter, "the filter is not UTF-8")
	}
	p := &parser{t: t, in: text}
	n, err := p.or(nil)
	if isUnknown(err) {
		err = bad(invalidFilter, "%v", err)
	}
	if err == nil {
		p.space()
		if p.at < len(p.in) {
			err = p.wrong("something follows the filter")
		}
	}
	return n, err
}

func (p *parser) wrong(what string) error {
	return bad(invalidFilter, "%s at character %d of the filter", what, p.at+1)
}

func (p *parser) space() {
	for p.at < len(p.in) && p.in[p.at] == ' ' {
		p.at++
	}
}

// word takes the keyword, if it comes next.
func (p *parser) word(w string) bool {
	p.space()
	end := p.at + len(w)
	if end > len(p.in) || !strings.EqualFold(p.in[p.at:end], w) {
		return false
	}
	if end < len(p.in) && isNameChar(p.in[end]) {
		return false
	}
	p.at = end
	return true
}

func (p *parser) char(c byte) bool {
	p.space()
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

// or, and and term read with their precedence. within is the list attribute in
// whose brackets they stand.
func (p *parser) or(within *attribute) (*node, error) { return p.join("or", within, p.and) }

func (p *parser) and(within *attribute) (*node, error) { return p.join("and", within, p.term) }

func (p *parser) join(op string, within *attribute, next func(*attribute) (*node, error)) (*node, error) {
	n, err := next(within)
	if err != nil {
		return nil, err
	}
	list := []*node{n}
	for p.word(op) {
		if n, err = next(within); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	if len(list) == 1 {
		return n, nil
	}
	return &node{op: op, of: list}, nil
}

func (p *parser) term(within *attribute) (*node, error) {
	if p.terms++; p.terms > maxFilterTerms {
		return nil, p.wrong("too many terms")
	}
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.wrong("nested too deeply")
	}
	defer func() { p.depth-- }()
	start := p.at
	if p.word("not") {
		if p.char('(') {
			n, err := p.group(within)
			return &node{op: "not", of: []*node{n}}, err
		}
		p.at = start
	}
	if p.char('(') {
		return p.group(within)
	}
	at, err := p.attribute(within)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.in) && p.in[p.at] == '[' {
		if within != nil || at.sub != nil || at.attribute == nil || at.attribute.kind != "complex" {
			return nil, p.wrong("no list to filter")
		}
		n, err := p.brackets(at.attribute)
		return &node{op: "has", path: at, of: []*node{n}}, err
	}
	return p.compare(at)
}

func (p *parser) group(within *attribute) (*node, error) {
	n, err := p.or(within)
	if err == nil && !p.char(')') {
		err = p.wrong(") expected")
	}
	return n, err
}

func (p *parser) brackets(list *attribute) (*node, error) {
	p.at++ // [
	n, err := p.or(list)
	if err == nil && !p.char(']') {
		err = p.wrong("] expected")
	}
	return n, err
}

var operators = []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}

func (p *parser) compare(at path) (*node, error) {
	if at.attribute == nil {
		return nil, p.wrong("an attribute expected, not a schema")
	}
	if p.word("pr") {
		return &node{op: "pr", path: at}, nil
	}
	for _, op := range operators {
		if !p.word(op) {
			continue
		}
		p.space()
		v, err := p.literal()
		return &node{op: op, path: at, value: v}, err
	}
	return nil, p.wrong("eq, ne, co, sw, ew, pr, gt, ge, lt or le expected")
}

// literal reads a value as JSON writes it. Some clients write True.
func (p *parser) literal() (any, error) {
	rest := p.in[p.at:]
	if strings.HasPrefix(rest, `"`) {
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				var s string
				if err := json.Unmarshal([]byte(rest[:i+1]), &s); err != nil {
					return nil, p.wrong("a text that is no JSON")
				}
				p.at += i + 1
				return s, nil
			}
		}
		return nil, p.wrong("a text without its end")
	}
	end := strings.IndexAny(rest, " )]")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	p.at += end
	switch strings.ToLower(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	var n json.Number
	if err := json.Unmarshal([]byte(word), &n); err != nil || word == "" || word[0] == '"' {
		return nil, p.wrong("a value expected")
	}
	return n, nil
}

// attribute reads the name of an attribute, with its schema and a part of it.
func (p *parser) attribute(within *attribute) (path, error) {
	p.space()
	start := p.at
	for p.at < len(p.in) && isNameChar(p.in[p.at]) {
		p.at++
	}
	name := p.in[start:p.at]
	if name == "" {
		return path{}, p.wrong("the name of an attribute expected")
	}
	if within != nil {
		sub := find(within.sub, name)
		if sub == nil {
			return path{}, unknown("%s has no %q", within.name, name)
		}
		return path{attribute: sub}, nil
	}
	return p.t.parseAttribute(name)
}

func isNameChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '$' || c == '.' || c == ':'
}

// parseAttribute reads a name such as userName, name.formatted or
// urn:…:2.0:User:manager.value.
func (t *resourceType) parseAttribute(name string) (p path, err error) {
	list, common := t.schema.attributes, common
	if rest, ok := cutURN(name, t.schema.urn); ok {
		name = rest
	} else {
		for _, e := range t.extensions {
			rest, ok := cutURN(name, e.urn)
			if !ok {
				continue
			}
			if p.extension = e; rest == "" {
				return p, nil
			}
			name, list, common = rest, e.attributes, nil
		}
	}
	top, sub, dotted := strings.Cut(name, ".")
	if p.attribute = find(common, top); p.attribute == nil {
		p.attribute = find(list, top)
	}
	if p.attribute == nil {
		return p, unknown("there is no attribute %q", name)
	}
	if dotted {
		if p.sub = find(p.attribute.sub, sub); p.sub == nil {
			if p.attribute.name == "name" && (strings.EqualFold(sub, "familyName") || strings.EqualFold(sub, "givenName")) {
				p.sub = str(strings.ToLower(sub[:1])+sub[1:len(sub)-4]+"Name", "")
				return p, nil
			}
			return p, unknown("%s has no %q", p.attribute.name, sub)
		}
	}
	return p, nil
}

// cutURN returns what follows a schema's URN and a colon.
func cutURN(name, urn string) (rest string, ok bool) {
	if len(name) < len(urn) || !strings.EqualFold(name[:len(urn)], urn) {
		return "", false
	}
	if rest = name[len(urn):]; rest == "" {
		return "", true
	}
	return strings.CutPrefix(rest, ":")
}

// parsePath reads the path of a PATCH operation.
func (t *resourceType) parsePath(text string) (path, error) {
	if len(text) > maxFilter || !utf8.ValidString(text) {
		return path{}, bad(invalidPath, "the path is too long")
	}
	open := strings.IndexByte(text, '[')
	if open < 0 {
		return t.parseAttribute(strings.TrimSpace(text))
	}
	at, err := t.parseAttribute(strings.TrimSpace(text[:open]))
	if err != nil {
		return at, err
	}
	if at.attribute == nil || at.sub != nil || !at.attribute.multi || at.attribute.kind != "complex" {
		return at, bad(invalidPath, "%s is no list to choose from", text[:open])
	}
	p := &parser{t: t, in: text, at: open}
	if at.filter, err = p.brackets(at.attribute); err != nil {
		if isUnknown(err) {
			return at, err
		}
		return at, bad(invalidPath, "%v", err)
	}
	rest := strings.TrimSpace(p.in[p.at:])
	if rest == "" {
		return at, nil
	}
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return at, bad(invalidPath, "%q: a dot and a name expected", rest)
	}
	if at.sub = find(at.attribute.sub, name); at.sub == nil {
		return at, unknown("%s has no %q", at.attribute.name, name)
	}
	return at, nil
}

// holds tries the filter on a document.
func (n *node) holds(d document) bool {
	switch n.op {
	case "and":
		for _, m := range n.of {
			if !m.holds(d) {
				return false
			}
		}
		return true
	case "or":
		for _, m := range n.of {
			if m.holds(d) {
				return true
			}
		}
		return false
	case "not":
		return !n.of[0].holds(d)
	case "has":
		for _, e := range n.path.values(d) {
			if o, ok := object(e); ok && n.of[0].holds(o) {
				return true
			}
		}
		return false
	case "pr":
		return len(n.path.values(d)) > 0
	case "ne":
		return !n.any(d, "eq")
	}
	return n.any(d, n.op)
}

func (n *node) any(d document, op string) bool {
	values := n.path.values(d)
	if n.value == nil && op == "eq" {
		return len(values) == 0
	}
	for _, v := range values {
		if compare(n.path.last(), v, op, n.value) {
			return true
		}
	}
	return false
}

// last is the attribute that a value of the path has.
func (p path) last() *attribute {
	if p.sub != nil {
		return p.sub
	}
	return p.attribute
}

// values returns what is there at the path; of an object in a comparison its value.
func (p path) values(d document) []any {
	if p.extension != nil {
		d, _ = object(d[p.extension.urn])
	}
	var list []any
	switch v := d[p.attribute.name].(type) {
	case nil:
		return nil
	case []any:
		list = v
	default:
		list = []any{v}
	}
	if p.sub == nil {
		return list
	}
	var out []any
	for _, e := range list {
		if o, ok := object(e); ok && o[p.sub.name] != nil {
			out = append(out, o[p.sub.name])
		}
	}
	return out
}

func compare(a *attribute, have any, op string, want any) bool {
	if o, ok := object(have); ok {
		have = o["value"]
		if sub := find(a.sub, "value"); sub != nil {
			a = sub
		}
	}
	switch h := have.(type) {
	case bool:
		w, ok := want.(bool)
		if s, text := want.(string); text { // "True", as some write it
			w, ok = strings.EqualFold(s, "true"), true
		}
		return ok && op == "eq" && h == w
	case int64:
		n, ok := want.(json.Number)
		if !ok {
			return false
		}
		w, err := n.Int64()
		return err == nil && ordered(int(compareNumbers(h, w)), op)
	case string:
		w, ok := want.(string)
		if !ok {
			return false
		}
		if a.kind == "dateTime" {
			x, err1 := time.Parse(time.RFC3339Nano, h)
			y, err2 := time.Parse(time.RFC3339Nano, w)
			return err1 == nil && err2 == nil && ordered(x.Compare(y), op)
		}
		if !a.exact {
			h, w = strings.ToLower(h), strings.ToLower(w)
		}
		switch op {
		case "co":
			return strings.Contains(h, w)
		case "sw":
			return strings.HasPrefix(h, w)
		case "ew":
			return strings.HasSuffix(h, w)
		}
		return ordered(strings.Compare(h, w), op)
	}
	return false
}

func compareNumbers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func ordered(c int, op string) bool {
	switch op {
	case "eq":
		return c == 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	case "le":
		return c <= 0
	}
	return false
}

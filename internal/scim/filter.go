package scim

import (
	"encoding/json"
	"strings"
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
					return nil, p.wrong("a text that is not JSON")
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

package wire

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number is a JSON number as it was written.
type number string

// object is a parsed JSON object. Where a key stands twice, the last one counts.
type object map[string]any

// maxDepth bounds nesting, so that a body of brackets cannot exhaust the stack.
const maxDepth = 64

// parse reads JSON as WeCom does: what is wrong ends the reading, what was read
// before it counts, and clean is false (doc 90455). The values are object,
// []any, string, number, bool and nil.
func parse(body []byte) (value any, clean bool) {
	if len(body) >= 3 && body[0] == 0xEF && body[1] == 0xBB && body[2] == 0xBF {
		body = body[3:] // a byte order mark
	}
	p := &parser{in: body}
	p.space()
	if p.at == len(p.in) {
		return object{}, true // no body is an empty one
	}
	value = p.value(0)
	p.space()
	if p.at < len(p.in) {
		p.broken = true
	}
	return value, !p.broken
}

type parser struct {
	in     []byte
	at     int
	broken bool // something was not JSON
	ended  bool // and nothing after it can be read
}

func (p *parser) end() { p.broken, p.ended = true, true }

func (p *parser) space() {
	for p.at < len(p.in) {
		switch p.in[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.at < len(p.in) {
		return p.in[p.at]
	}
	return 0
}

func (p *parser) value(depth int) any {
	if depth > maxDepth {
		p.end()
		return nil
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.string()
	case c == '-' || (c >= '0' && c <= '9'):
		return p.number()
	case c == 't' && p.word("true"):
		return true
	case c == 'f' && p.word("false"):
		return false
	case c == 'n' && p.word("null"):
		return nil
	}
	p.end()
	return nil
}

func (p *parser) word(w string) bool {
	if strings.HasPrefix(string(p.in[p.at:min(len(p.in), p.at+len(w))]), w) {
		p.at += len(w)
		return true
	}
	return false
}

func (p *parser) object(depth int) any {
	out := object{}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.peek() == '}' {
			p.at++
			p.broken = p.broken || !first // a comma before the brace
			return out
		}
		if p.peek() != '"' {
			p.end()
			return out
		}
		key := p.string()
		p.space()
		if p.ended || p.peek() != ':' {
			p.end()
			return out
		}
		p.at++
		p.space()
		v := p.value(depth + 1)
		if p.ended && v == nil {
			return out // the value that broke the body was not read
		}
		out[key] = v
		if p.ended {
			return out
		}
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return out
		default:
			p.end()
			return out
		}
	}
}

func (p *parser) array(depth int) any {
	out := []any{}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.peek() == ']' {
			p.at++
			p.broken = p.broken || !first
			return out
		}
		v := p.value(depth + 1)
		if p.ended && v == nil {
			return out
		}
		out = append(out, v)
		if p.ended {
			return out
		}
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return out
		default:
			p.end()
			return out
		}
	}
}

func (p *parser) number() any {
	start := p.at
	for p.at < len(p.in) && strings.IndexByte("+-.eE0123456789", p.in[p.at]) >= 0 {
		p.at++
	}
	text := string(p.in[start:p.at])
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		p.broken = true
		return nil
	}
	return number(text)
}

// string reads a string. Bytes that are not UTF-8 become U+FFFD and a control
// character stays as it is; both count as unclean only where the string ends
// the body.
func (p *parser) string() string {
	p.at++
	start := p.at
	for p.at < len(p.in) {
		switch p.in[p.at] {
		case '"':
			s := string(p.in[start:p.at])
			p.at++
			if !utf8.ValidString(s) {
				s = strings.ToValidUTF8(s, "\uFFFD")
			}
			return s
		case '\\':
			return p.escaped(start)
		}
		p.at++
	}
	p.end()
	return string(p.in[start:])
}

func (p *parser) escaped(start int) string {
	out := append([]byte(nil), p.in[start:p.at]...)
	for p.at < len(p.in) {
		c := p.in[p.at]
		p.at++
		if c == '"' {
			s := string(out)
			if !utf8.ValidString(s) {
				s = strings.ToValidUTF8(s, "\uFFFD")
			}
			return s
		}
		if c != '\\' {
			out = append(out, c)
			continue
		}
		e := p.peek()
		p.at++
		switch e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := p.hex4()
			if utf16.IsSurrogate(r) && p.peek() == '\\' && p.at+1 < len(p.in) && p.in[p.at+1] == 'u' {
				p.at += 2
				r = utf16.DecodeRune(r, p.hex4())
			}
			out = utf8.AppendRune(out, r)
		default:
			p.broken = true
			out = append(out, e)
		}
	}
	p.at = len(p.in)
	p.end()
	return string(out)
}

func (p *parser) hex4() rune {
	if p.at+4 > len(p.in) {
		p.at = len(p.in)
		p.end()
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(string(p.in[p.at:p.at+4]), 16, 32)
	p.at += 4
	if err != nil {
		p.broken = true
		return utf8.RuneError
	}
	return rune(n)
}

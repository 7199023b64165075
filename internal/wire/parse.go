package wire

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number is a JSON number as it was written.
type number string

// object is a parsed JSON object. If a key occurs twice, the last one counts.
type object map[string]any

// maxDepth bounds nesting, so that a body of brackets cannot exhaust the stack.
const maxDepth = 64

// parse reads JSON as WeCom does: an error ends the reading, everything complete before it counts, and clean
// is false (doc 90455). A value that breaks off does not count: half a userid may be another member's. The
// values are object, []any, string, number, bool and nil.
//
// Beyond JSON it skips a byte order mark. It also accepts, as unclean, a comma after the last element, an
// unknown escape, a control character in a string, and a number such as 007.
func parse(body []byte) (value any, clean bool) {
	if len(body) >= 3 && body[0] == 0xEF && body[1] == 0xBB && body[2] == 0xBF {
		body = body[3:]
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

// value reads a value. If p.ended is set afterwards, the value was not read, except for the outermost object,
// which holds what was read of it.
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
		if p.ended {
			return out
		}
		out[key] = v
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
		if p.ended {
			return out
		}
		out = append(out, v)
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

// number reads a number; nil if it is none.
func (p *parser) number() any {
	start := p.at
	for p.at < len(p.in) && strings.IndexByte("+-.eE0123456789", p.in[p.at]) >= 0 {
		p.at++
	}
	text := string(p.in[start:p.at])
	if isNumber(text) {
		return number(text)
	}
	p.broken = true
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return nil
	}
	return number(text)
}

// isNumber reports whether text is a number by JSON's grammar.
func isNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	whole, rest := digits(text)
	if whole == "" || (whole[0] == '0' && len(whole) > 1) {
		return false
	}
	if after, ok := strings.CutPrefix(rest, "."); ok {
		var part string
		if part, rest = digits(after); part == "" {
			return false
		}
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		var power string
		if power, rest = digits(rest); power == "" {
			return false
		}
	}
	return rest == ""
}

func digits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// string reads a string. Each byte that is not UTF-8 becomes U+FFFD.
func (p *parser) string() string {
	p.at++
	start := p.at
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case c == '"':
			s := string(p.in[start:p.at])
			p.at++
			return validUTF8(s)
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			p.broken = true
		}
		p.at++
	}
	p.end()
	return ""
}

func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// escaped reads on in a string that has begun at start and has an escape now.
func (p *parser) escaped(start int) string {
	out := append([]byte(nil), p.in[start:p.at]...)
	for p.at < len(p.in) {
		c := p.in[p.at]
		p.at++
		if c == '"' {
			return validUTF8(string(out))
		}
		if c != '\\' {
			p.broken = p.broken || c < 0x20
			out = append(out, c)
			continue
		}
		if p.at == len(p.in) {
			break
		}
		e := p.in[p.at]
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
			out = utf8.AppendRune(out, p.unicode())
		default:
			p.broken = true
			out = append(out, e)
		}
	}
	p.end()
	return ""
}

// unicode reads what follows \u, and the second half of a pair of surrogates. A
// half alone is U+FFFD.
func (p *parser) unicode() rune {
	r, n := hex4(p.in[p.at:])
	p.at += n
	if n < 4 {
		p.broken = true
		return utf8.RuneError
	}
	if utf16.IsSurrogate(r) {
		if rest := p.in[p.at:]; len(rest) > 2 && rest[0] == '\\' && rest[1] == 'u' {
			second, n := hex4(rest[2:])
			if pair := utf16.DecodeRune(r, second); n == 4 && pair != utf8.RuneError {
				p.at += 6
				return pair
			}
		}
		return utf8.RuneError
	}
	return r
}

// hex4 reads up to four hexadecimal digits and returns how many there were.
func hex4(in []byte) (r rune, n int) {
	for n < 4 && n < len(in) {
		c := in[n]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return r, n
		}
		r = r<<4 | rune(c)
		n++
	}
	return r, n
}

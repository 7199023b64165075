package ldap

import "errors"

// LDAP is encoded in a subset of BER: lengths are definite, and all of its tags fit into one byte (RFC 4511,
// 5.1). Some clients write lengths in more bytes than needed, so a DER reader does not work.

// maxMessage bounds a request. The largest that is sensible is a filter of some
// hundred names.
const maxMessage = 256 << 10

var (
	errBER     = errors.New("the message is not BER")
	errTooLong = errors.New("the message is too long")
)

// The universal tags in use.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagOctets     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
)

// element is one value with its tag.
type element struct {
	tag  byte
	body []byte
}

// readHeader reads a tag and a length from the beginning of in, and returns how many bytes the two take; more
// is true if in ends within them.
func readHeader(in []byte) (tag byte, length, size int, more bool, err error) {
	if len(in) < 2 {
		return 0, 0, 0, true, nil
	}
	if in[0]&0x1f == 0x1f {
		return 0, 0, 0, false, errBER // a tag of several bytes
	}
	if in[1] < 0x80 {
		return in[0], int(in[1]), 2, false, nil
	}
	n := int(in[1] & 0x7f)
	if n == 0 || n > 4 {
		return 0, 0, 0, false, errBER // indefinite, or absurd
	}
	if len(in) < 2+n {
		return 0, 0, 0, true, nil
	}
	for _, b := range in[2 : 2+n] {
		length = length<<8 | int(b)
	}
	return in[0], length, 2 + n, false, nil
}

// elements is a row of values.
type elements []byte

func (e elements) empty() bool { return len(e) == 0 }

// peek returns the tag of the next value; 0 if there is none.
func (e elements) peek() byte {
	if len(e) == 0 {
		return 0
	}
	return e[0]
}

// next takes the next value, whatever its tag.
func (e *elements) next() (element, error) {
	tag, length, size, more, err := readHeader(*e)
	if err != nil || more || length < 0 || length > len(*e)-size {
		return element{}, errBER
	}
	body := (*e)[size : size+length : size+length]
	*e = (*e)[size+length:]
	return element{tag, body}, nil
}

// take takes the next value, which must have the tag.
func (e *elements) take(tag byte) ([]byte, error) {
	el, err := e.next()
	if err == nil && el.tag != tag {
		err = errBER
	}
	return el.body, err
}

func (e *elements) row(tag byte) (elements, error) {
	body, err := e.take(tag)
	return elements(body), err
}

func (e *elements) text(tag byte) (string, error) {
	body, err := e.take(tag)
	return string(body), err
}

// number takes a non-negative integer of at most 31 bits, as all of LDAP's are.
func (e *elements) number(tag byte) (int, error) {
	body, err := e.take(tag)
	if err != nil || len(body) == 0 || len(body) > 5 || body[0]&0x80 != 0 {
		return 0, errBER
	}
	n := 0
	for _, b := range body {
		n = n<<8 | int(b)
	}
	if n > 1<<31-1 {
		return 0, errBER
	}
	return n, nil
}

func (e *elements) boolean() (bool, error) {
	body, err := e.take(tagBoolean)
	if err != nil || len(body) != 1 {
		return false, errBER
	}
	return body[0] != 0, nil
}

// writer appends values to a buffer.
type writer struct{ out []byte }

// within writes a value whose body is what write appends.
func (w *writer) within(tag byte, write func()) {
	start := len(w.out)
	w.out = append(w.out, tag, 0)
	write()
	n := len(w.out) - start - 2
	if n < 0x80 {
		w.out[start+1] = byte(n)
		return
	}
	size := 1
	for n>>(8*size) > 0 {
		size++
	}
	w.out = append(w.out, make([]byte, size)...)
	copy(w.out[start+2+size:], w.out[start+2:start+2+n])
	w.out[start+1] = 0x80 | byte(size)
	for i := range size {
		w.out[start+2+i] = byte(n >> (8 * (size - 1 - i)))
	}
}

func (w *writer) text(tag byte, s string) {
	n := len(s)
	switch {
	case n < 0x80:
		w.out = append(w.out, tag, byte(n))
	case n < 0x10000:
		w.out = append(w.out, tag, 0x82, byte(n>>8), byte(n))
	default:
		w.out = append(w.out, tag, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	w.out = append(w.out, s...)
}

// number writes an integer that is not negative.
func (w *writer) number(tag byte, n int) {
	size := 1
	for n>>(8*size-1) > 0 {
		size++
	}
	w.out = append(w.out, tag, byte(size))
	for i := range size {
		w.out = append(w.out, byte(n>>(8*(size-1-i))))
	}
}

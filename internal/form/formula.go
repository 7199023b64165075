package form

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

func digits(n int) string { return strconv.Itoa(n) }

// Compute returns the value of an expression of numbers, +, -, *, / and brackets; a name in braces stands for
// the number that of returns.
func Compute(expression string, of func(name string) (float64, bool)) (float64, error) {
	c := calculator{text: expression, of: of}
	v, err := c.sum(0)
	if err == nil && c.next() != 0 {
		err = errors.New("something follows the end: " + c.text)
	}
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = errors.New("it divides by zero")
	}
	return v, err
}

type calculator struct {
	text string
	of   func(string) (float64, bool)
}

// deepest is how many brackets may be open.
const deepest = 20

// next returns the next character that is no blank, 0 at the end.
func (c *calculator) next() byte {
	if c.text = strings.TrimLeft(c.text, " "); c.text == "" {
		return 0
	}
	return c.text[0]
}

func (c *calculator) sum(depth int) (float64, error) {
	v, err := c.product(depth)
	for err == nil {
		op := c.next()
		if op != '+' && op != '-' {
			break
		}
		c.text = c.text[1:]
		var w float64
		if w, err = c.product(depth); op == '-' {
			w = -w
		}
		v += w
	}
	return v, err
}

func (c *calculator) product(depth int) (float64, error) {
	v, err := c.factor(depth)
	for err == nil {
		op := c.next()
		if op != '*' && op != '/' {
			break
		}
		c.text = c.text[1:]
		var w float64
		if w, err = c.factor(depth); op == '/' {
			v /= w
		} else {
			v *= w
		}
	}
	return v, err
}

func (c *calculator) factor(depth int) (float64, error) {
	switch b := c.next(); {
	case depth > deepest:
		return 0, errors.New("too many brackets")
	case b == '(':
		c.text = c.text[1:]
		v, err := c.sum(depth + 1)
		if err == nil && c.next() != ')' {
			err = errors.New("a bracket is not closed")
		}
		if err == nil {
			c.text = c.text[1:]
		}
		return v, err
	case b == '{':
		name, rest, ok := strings.Cut(c.text[1:], "}")
		if !ok {
			return 0, errors.New("a brace is not closed")
		}
		c.text = rest
		if v, ok := c.of(name); ok {
			return v, nil
		}
		return 0, errors.New("there is no number " + name)
	}
	end := strings.IndexFunc(c.text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(c.text)
	}
	v, err := strconv.ParseFloat(c.text[:end], 64)
	if err != nil {
		return 0, errors.New("a number expected: " + c.text)
	}
	c.text = c.text[end:]
	return v, nil
}

// decimal writes a number as a form does, without superfluous digits.
func decimal(v float64) string {
	text := strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0" // as in the page's sample: "5.0"
	}
	return text
}

// isDecimal reports whether a text is a decimal number.
func isDecimal(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && strings.Trim(text, "+-.0123456789") == ""
}

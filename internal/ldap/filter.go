package ldap

import "strings"

// The kinds of filter, by their tags (RFC 4511, 4.5.1).
const (
	filterAnd     = 0xa0
	filterOr      = 0xa1
	filterNot     = 0xa2
	filterEqual   = 0xa3
	filterPieces  = 0xa4
	filterAtLeast = 0xa5
	filterAtMost  = 0xa6
	filterPresent = 0x87
	filterApprox  = 0xa8
	filterMatches = 0xa9
)

// Limits of a filter.
const (
	maxFilterDepth = 24
	maxFilterTerms = 256
	maxFilterValue = 1024
)

// filter is a condition on entries, as it was sent.
type filter struct {
	kind   byte
	of     []filter
	attr   string   // in lower case
	value  string   // for comparisons
	pieces []string // for substrings: the pieces between the asterisks; the first and last may be empty
	rule   string   // for an extensible match
}

var (
	errFilterDeep = refuse(adminLimitExceeded, "the filter is nested too deeply")
	errFilterLong = refuse(adminLimitExceeded, "the filter has too many terms")
	errFilterBig  = refuse(adminLimitExceeded, "a value in the filter is too long")
)

func parseFilter(in *elements) (filter, error) {
	terms := 0
	return parseFilterAt(in, 1, &terms)
}

func parseFilterAt(in *elements, depth int, terms *int) (f filter, err error) {
	if depth > maxFilterDepth {
		return f, errFilterDeep
	}
	if *terms++; *terms > maxFilterTerms {
		return f, errFilterLong
	}
	el, err := in.next()
	if err != nil {
		return f, err
	}
	f.kind = el.tag
	body := elements(el.body)
	switch f.kind {
	case filterAnd, filterOr:
		for !body.empty() {
			g, err := parseFilterAt(&body, depth+1, terms)
			if err != nil {
				return f, err
			}
			f.of = append(f.of, g)
		}
		return f, nil
	case filterNot:
		g, err := parseFilterAt(&body, depth+1, terms)
		if err == nil && !body.empty() {
			err = errBER
		}
		f.of = []filter{g}
		return f, err
	case filterEqual, filterAtLeast, filterAtMost, filterApprox:
		if f.attr, err = body.text(tagOctets); err != nil {
			return f, err
		}
		if f.value, err = body.text(tagOctets); err == nil && !body.empty() {
			err = errBER
		}
	case filterPresent:
		f.attr = string(el.body)
	case filterPieces:
		err = f.parsePieces(body)
	case filterMatches:
		err = f.parseMatch(body)
	default:
		err = errBER
	}
	if err == nil && f.size() > maxFilterValue {
		err = errFilterBig
	}
	f.attr = strings.ToLower(f.attr)
	return f, err
}

func (f filter) size() int {
	n := max(len(f.attr), len(f.value))
	for _, p := range f.pieces {
		n += len(p)
	}
	return n
}

func (f *filter) parsePieces(body elements) (err error) {
	if f.attr, err = body.text(tagOctets); err != nil {
		return err
	}
	list, err := body.row(tagSequence)
	if err != nil || list.empty() {
		return errBER
	}
	first, last := "", ""
	var between []string
	for i := 0; !list.empty(); i++ {
		el, err := list.next()
		if err != nil || last != "" || len(el.body) == 0 || i > maxFilterTerms {
			return errBER
		}
		switch {
		case el.tag == 0x80 && i == 0:
			first = string(el.body)
		case el.tag == 0x81:
			between = append(between, string(el.body))
		case el.tag == 0x82:
			last = string(el.body)
		default:
			return errBER
		}
	}
	f.pieces = append(append([]string{first}, between...), last)
	return nil
}

// parseMatch reads an extensible match: [1] rule, [2] attribute, [3] value, [4]
// whether the parts of the DN count as attributes.
func (f *filter) parseMatch(body elements) (err error) {
	if body.peek() == 0x81 {
		if f.rule, err = body.text(0x81); err != nil {
			return err
		}
	}
	if body.peek() == 0x82 {
		if f.attr, err = body.text(0x82); err != nil {
			return err
		}
	}
	if f.value, err = body.text(0x83); err != nil {
		return err
	}
	if body.peek() == 0x84 {
		_, err = body.take(0x84)
	}
	if err == nil && !body.empty() {
		err = errBER
	}
	return err
}

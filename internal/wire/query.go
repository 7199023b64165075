package wire

import (
	"net/url"
	"strings"
)

// query is the query of a request: its parameters in their order. Queries have a handful of parameters, so a
// linear search costs less than a map, which would have to be made for each call.
type query []parameter

type parameter struct{ name, value string }

// lookup returns the first parameter of the name. It is the one that counts.
func (q query) lookup(name string) (value string, ok bool) {
	for i := range q {
		if q[i].name == name {
			return q[i].value, true
		}
	}
	return "", false
}

// get is lookup for callers that treat an absent parameter as empty.
func (q query) get(name string) string {
	value, _ := q.lookup(name)
	return value
}

// parseQuery reads a query as leniently as the platform: empty pairs are skipped, a bad escape stays as
// written, each byte that is not UTF-8 becomes U+FFFD, and "+" in a secret that a client forgot to escape is
// the only loss. The parameters are appended to into.
func parseQuery(into query, raw string) query {
	for raw != "" {
		pair := raw
		if end := strings.IndexByte(raw, '&'); end >= 0 {
			pair, raw = raw[:end], raw[end+1:]
		} else {
			raw = ""
		}
		if pair == "" {
			continue
		}
		name, value := pair, ""
		if is := strings.IndexByte(pair, '='); is >= 0 {
			name, value = pair[:is], pair[is+1:]
		}
		into = append(into, parameter{validUTF8(unescape(name)), validUTF8(unescape(value))})
	}
	return into
}

func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

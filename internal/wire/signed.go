package wire

import (
	"slices"
	"strings"
)

// Signed, embedded in a request type, keeps what the body's signature is made of (doc
// 98768): the request as it was sent, before any id is translated.
type Signed struct {
	pairs []string
}

// SignedText returns the members of the body as key=value, sorted and joined by "&".
// Members of objects and of lists stand for themselves. What is empty is left out, and so
// is sig itself.
func (s Signed) SignedText() string { return strings.Join(s.pairs, "&") }

func (s *Signed) setPairs(pairs []string) { s.pairs = pairs }

type signed interface{ setPairs([]string) }

// signedPairs collects the pairs of a body.
func signedPairs(tree any) []string {
	var pairs []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case object:
			for k, inner := range v {
				if k != "sig" || key != "" {
					walk(k, inner)
				}
			}
		case []any:
			for _, inner := range v {
				walk(key, inner)
			}
		case string:
			if v != "" {
				pairs = append(pairs, key+"="+v)
			}
		case number:
			pairs = append(pairs, key+"="+string(v))
		case bool:
			pairs = append(pairs, key+"="+map[bool]string{true: "true", false: "false"}[v])
		}
	}
	walk("", tree)
	slices.Sort(pairs)
	return pairs
}

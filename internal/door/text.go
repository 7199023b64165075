package door

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Readable reports whether an address is text. PostgreSQL stores neither NUL nor what is not UTF-8, and refuses to be
// asked about it.
func Readable(r *http.Request) bool {
	if !isText(r.URL.Path) {
		return false
	}
	for _, values := range r.URL.Query() {
		for _, v := range values {
			if !isText(v) {
				return false
			}
		}
	}
	return true
}

func isText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// nul is how JSON writes the character that PostgreSQL cannot store in a text and nobody means.
var nul = []byte(`\u0000`)

// ReadJSON reads a body of JSON to its end, without NULs in its texts, as package wire reads those of the API.
func ReadJSON(body io.Reader) ([]byte, error) {
	in, err := io.ReadAll(body)
	if err != nil || !bytes.Contains(in, nul) {
		return in, err
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] != '\\' || i+1 == len(in):
			out = append(out, in[i])
		case bytes.HasPrefix(in[i:], nul):
			i += len(nul) - 1
		default:
			out = append(out, in[i], in[i+1]) // an escaped backslash begins no other escape
			i++
		}
	}
	return out, nil
}

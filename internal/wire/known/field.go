package known

import (
	_ "embed"
	"strings"
	"sync"
)

// One row per field that the official pages have in a request: its path after an @, then a row a field. A
// test holds it against the table of facts.
//
//go:embed requests.tsv
var requests string

// Field is a field of a request as the official pages have it.
type Field struct {
	Name string `json:"name"` // with its parents: schedule.attendees[].userid
	Type string `json:"type"` // integer, string, object, array of string, query …; empty where no page says
	Need string `json:"need"` // yes, no, if (it depends), or empty where no page says
}

// RequestFields returns the documented fields of a call's request, in the order of its page. A call has those of its
// path of today at its former one.
func RequestFields(path string) []Field { return fields()[Today(path)] }

// Today returns the path that a call has today: another one for a former path.
func Today(path string) string {
	if e, ok := Lookup(path); ok {
		if today, is := strings.CutPrefix(e.Note, "old path of "); is {
			return today
		}
	}
	return path
}

var fields = sync.OnceValue(func() map[string][]Field {
	out := map[string][]Field{}
	path := ""
	for row := range strings.Lines(requests) {
		row = strings.TrimSuffix(row, "\n")
		if at, ok := strings.CutPrefix(row, "@"); ok {
			path = at
			continue
		}
		c := strings.Split(row, "\t")
		if len(c) != 3 {
			panic("known: requests.tsv: " + row)
		}
		out[path] = append(out[path], Field{c[0], c[1], c[2]})
	}
	return out
})

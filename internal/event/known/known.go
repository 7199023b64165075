// Package known lists every callback that WeCom documents, whether or not this program makes it. `qiwei
// endpoints --callbacks` compares it with the declared events to show what is built and what is not.
package known

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// One row per callback, sorted by name; the header names the columns.
//
//go:embed callbacks.tsv
var table string

// Callback is one row of the list.
type Callback struct {
	// Name identifies the XML: event/ with the Event and, after another slash, the ChangeType; the InfoType
	// of a callback to a provider's suite; or the MsgType of a message or of a passive reply.
	Name string
	// Pages are the official pages that describe it, each after the kind of application that it is written
	// for: corp:90240, third:90376, custom:96468.
	Pages []string
}

// EventName returns the list's name of an event, which the declared kinds call by its Event and ChangeType:
// change_contact/create_user.
func EventName(event string) string { return "event/" + event }

// All returns every callback, sorted by name. The caller may change the slice.
func All() []Callback { return slices.Clone(callbacks()) }

// Lookup returns the callback of the name, and whether it exists.
func Lookup(name string) (Callback, bool) {
	all := callbacks()
	i, ok := slices.BinarySearchFunc(all, name, func(c Callback, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return Callback{}, false
	}
	return all[i], true
}

var callbacks = sync.OnceValue(func() []Callback {
	_, rows, _ := strings.Cut(table, "\n")
	var all []Callback
	for row := range strings.Lines(rows) {
		name, pages, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if !ok || name == "" || pages == "" {
			panic("event/known: " + row) // the table is ours, and a test reads all of it
		}
		all = append(all, Callback{name, strings.Fields(pages)})
	}
	return all
})

package platform

import (
	"slices"

	"qiwei/internal/message"
)

// Callbacks returns the callbacks that a server makes, by their names in the list
// of event/known, and the answers to them that it reads. It starts no server.
func Callbacks() []string {
	names := message.Replies()
	for _, kind := range described().Events.Declarations() {
		names = append(append(names, kind.Callbacks...), kind.SuiteCallbacks...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

package platform

import (
	"slices"

	"qiwei/internal/event/known"
	"qiwei/internal/message"
)

// Callbacks returns the callbacks that a server makes, by their names in the list
// of event/known, and the answers to them that it reads. It starts no server.
func Callbacks() []string {
	names := append(message.Pushes(), message.Replies()...)
	for _, kind := range described().Events.Subscriptions() {
		names = append(names, known.EventName(kind.Event))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

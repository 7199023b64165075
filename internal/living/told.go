package living

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func declare(l *event.Log) *event.Kind[ChangedEvent] {
	return event.Declare(l, event.Declaration{Name: "living_status_change", Doc: 94145, CorpForm: true, Identity: []string{"LivingId", "Status"}}, func() ChangedEvent {
		return ChangedEvent{LivingID: "lvSAMPLESAMPLESAMPLESAMPLESAMPLE", Status: OnAir, Anchor: "zhangsan"}
	})
}

// ChangedEvent is a change of a broadcast's status. That one has expired is told to nobody (doc 94145).
type ChangedEvent struct {
	LivingID string
	Status   Status
	Anchor   id.UserID
	App      int64 // our number
}

// Subject names the broadcast.
func (e ChangedEvent) Subject() string { return e.LivingID }

// Receiver is the application that has made the broadcast, also of what it did itself: its page begins the life of
// a broadcast with the reservation. A third-party application is told at its command URL, in the form of a corp's
// application (doc 94308).
func (e ChangedEvent) Receiver() event.Receiver { return event.Receiver{App: e.App, Command: true} }

// Push writes the event.
func (e ChangedEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("LivingId", e.LivingID)
	f.Int("Status", int64(e.Status))
	f.Int("AgentID", to.AgentID)
	return []event.Push{{Event: "living_status_change", From: e.Anchor, Fields: f}}, nil
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, by access.Caller, l Live) error {
	return s.changed.Record(ctx, tx, by, ChangedEvent{LivingID: l.ID, Status: l.Stored, Anchor: l.Anchor, App: l.App})
}

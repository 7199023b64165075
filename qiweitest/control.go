package qiweitest

import (
	"context"

	"qiwei/internal/control"
)

// Fault makes calls of the API fail on purpose: with an errcode, an HTTP status, a
// delay, or a dropped connection; always, a number of times, or by chance.
type Fault = control.Fault

// Fail sets a fault and returns a function that removes it.
func (w *World) Fail(f Fault) (mend func()) {
	w.t.Helper()
	set, err := w.Server.Control.AddFault(f)
	if err != nil {
		w.t.Fatalf("fault: %v", err)
	}
	return func() { w.Server.Control.RemoveFault(set.ID) }
}

// Snapshot keeps everything in the database and returns a function that restores it. On PostgreSQL Worlds
// share a database: a test that uses it runs alone (RunAlone).
func (w *World) Snapshot() (restore func()) {
	w.t.Helper()
	w.twin.end()
	ctx := context.Background()
	if _, err := w.Server.Control.TakeSnapshot(ctx, "test"); err != nil {
		w.t.Fatalf("snapshot: %v", err)
	}
	return func() {
		w.t.Helper()
		if err := w.Server.Control.RestoreSnapshot(ctx, "test"); err != nil {
			w.t.Fatalf("restore: %v", err)
		}
	}
}

package qiweitest

import "context"

// Jobs runs the imports and exports that were submitted. A World runs none by itself, so that a test can look
// at what comes before.
func (w *World) Jobs() {
	w.t.Helper()
	for {
		worked, err := w.Server.Jobs.RunOne(context.Background())
		if err != nil {
			w.t.Fatalf("jobs: %v", err)
		}
		if !worked {
			return
		}
	}
}

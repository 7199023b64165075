package qiweitest

import "context"

// Jobs does the imports and exports that have been asked for. A World does none by
// itself, so that a test can look at what comes before.
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

package store

import (
	"sync"
	"testing"
)

// TestRunningEndsOnce closes it while others begin and end: it waits for everything that has begun, and
// nothing begins afterwards.
func TestRunningEndsOnce(t *testing.T) {
	t.Parallel()
	r := newRunning()
	if !r.begin() {
		t.Fatal("nothing may begin")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for r.begin() {
				r.done()
			}
		})
	}
	ended := make(chan struct{})
	all.Go(func() { r.close(); close(ended) })
	for r.begin() { // until it is being closed
		r.done()
	}
	select {
	case <-ended:
		t.Error("it has not waited for what runs")
	default:
	}
	r.done()
	all.Wait()
	if r.begin() {
		t.Error("something may begin after the end")
	}
	newRunning().close() // nothing has run
}

package store

import (
	"sync"
	"sync/atomic"
)

// running counts what runs until it is closed. Every transaction passes through it, on all processors at
// once, so it costs one addition each way and no lock.
type running struct {
	n    atomic.Int64 // what runs, and shut once nothing may begin any more
	once sync.Once
	idle chan struct{} // closed when it is closed and nothing runs
}

// shut is more than can ever run.
const shut = 1 << 62

func newRunning() *running { return &running{idle: make(chan struct{})} }

// begin counts one in, unless it is closed. A caller that was counted in must call done.
func (r *running) begin() bool {
	if r.n.Add(1) < shut {
		return true
	}
	r.done()
	return false
}

func (r *running) done() {
	if r.n.Add(-1) == shut {
		r.once.Do(func() { close(r.idle) })
	}
}

// close stops anything new from beginning and waits until nothing runs. It is called once.
func (r *running) close() {
	r.n.Add(1)
	r.n.Add(shut)
	r.done()
	<-r.idle
}

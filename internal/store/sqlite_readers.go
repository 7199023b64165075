package store

import (
	"context"
	"sync/atomic"
	"time"
)

// sqliteReaders is how many reads run at once. Each reader keeps a page cache of its own, so more of them cost
// memory; two cores are busy with four.
const sqliteReaders = 4

// openAfter is how long reads wait, all of them together, before another reader is opened. A reader parses the
// whole schema, which takes some milliseconds and a megabyte: opening one for two reads that meet once costs more
// than the second would have waited.
const openAfter = 5 * time.Millisecond

// liteReaders are the connections that read. The first is opened with the first read.
type liteReaders struct {
	open    func() (*liteConn, error)
	free    chan *liteConn
	opened  atomic.Int32 // free or not
	opening atomic.Bool  // or somebody looks whether to open one
	waited  atomic.Int64 // nanoseconds that reads have waited since the last was opened
}

// idle returns a reader that is free, or nil.
func (r *liteReaders) idle() *liteConn {
	select {
	case c := <-r.free:
		return c
	default:
		return nil
	}
}

// take waits for a reader, or opens one if reads have waited long enough.
func (r *liteReaders) take(ctx context.Context) (*liteConn, error) {
	for {
		began := time.Now()
		c, patience, err := r.another()
		if c != nil || err != nil {
			return c, err
		}
		select {
		case c = <-r.free:
		case <-patience:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		r.waited.Add(int64(time.Since(began)))
		if c != nil {
			return c, nil
		}
	}
}

// another opens a reader if there is none yet, or if it is time to. Otherwise it says how long to wait before it is
// asked again: nil is forever.
func (r *liteReaders) another() (c *liteConn, patience <-chan time.Time, err error) {
	n := r.opened.Load()
	if n == sqliteReaders { // it never falls
		return nil, nil, nil
	}
	if !r.opening.CompareAndSwap(false, true) {
		return nil, time.After(openAfter), nil
	}
	defer r.opening.Store(false)
	if n = r.opened.Load(); n == sqliteReaders {
		return nil, nil, nil
	}
	if left := openAfter - time.Duration(r.waited.Load()); n > 0 && left > 0 {
		return nil, time.After(left), nil
	}
	c, err = r.open()
	r.waited.Store(0)
	switch {
	case err == nil:
		r.opened.Add(1)
		return c, nil, nil
	case n > 0: // those there are will do
		return nil, time.After(openAfter), nil
	}
	return nil, nil, err
}

// close closes the readers that are free.
func (r *liteReaders) close() {
	for c := r.idle(); c != nil; c = r.idle() {
		c.close()
	}
}

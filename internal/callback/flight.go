package callback

import (
	"context"
	"sync"
	"time"

	"qiwei/internal/clock"
)

// flights are the requests under way, each with the time by which it must be answered. The server's clock
// measures it, so that a test can move past it. Real time is a second bound, in case the clock stands still.
type flights struct {
	clock *clock.Clock

	mu     sync.Mutex
	list   map[*flight]struct{}
	first  time.Time          // the time that the watcher waits for
	watch  context.CancelFunc // ends its wait
	active bool               // a watcher runs
}

type flight struct {
	by     time.Time
	cancel context.CancelFunc
}

// begin returns a context that ends when the time is up.
func (f *flights) begin(ctx context.Context, within time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(ctx, within)
	fl := &flight{by: f.clock.Now().Add(within), cancel: cancel}
	f.mu.Lock()
	if f.list == nil {
		f.list = map[*flight]struct{}{}
	}
	f.list[fl] = struct{}{}
	if !f.active {
		f.active = true
		go f.run()
	} else if f.watch != nil && fl.by.Before(f.first) {
		f.watch()
	}
	f.mu.Unlock()
	return ctx, func() {
		cancel()
		f.mu.Lock()
		delete(f.list, fl)
		f.mu.Unlock()
	}
}

// run ends the requests whose time is up, until none is left.
func (f *flights) run() {
	for {
		f.mu.Lock()
		now, first := f.clock.Now(), time.Time{}
		for fl := range f.list {
			if !now.Before(fl.by) {
				fl.cancel()
				delete(f.list, fl)
			} else if first.IsZero() || fl.by.Before(first) {
				first = fl.by
			}
		}
		if first.IsZero() {
			f.active, f.watch = false, nil
			f.mu.Unlock()
			return
		}
		// With a clock that stands still, the wait would outlast the last flight.
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		f.first, f.watch = first, cancel
		f.mu.Unlock()
		f.clock.Wait(ctx, first)
		cancel()
	}
}

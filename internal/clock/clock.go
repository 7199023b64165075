// Package clock is the server's only source of time. Everything that asks for
// the time asks a Clock, so that a test, or the control API of `qiwei dev`, can
// move two hours or ninety days in one call.
package clock

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Clock tells the time. The zero value is not usable; call New or At.
type Clock struct {
	mu    sync.Mutex // held while moving it
	hand  atomic.Pointer[hand]
	moved chan struct{}
}

// hand is the state of a clock. It is replaced and never changed, so that Now takes no lock.
type hand struct {
	offset time.Duration
	frozen bool
	still  time.Time // the time shown while frozen
}

// New returns a clock that runs with the machine's.
func New() *Clock { return with(hand{}) }

// At returns a clock that stands still at t until it is advanced or released.
func At(t time.Time) *Clock { return with(hand{frozen: true, still: t}) }

func with(h hand) *Clock {
	c := &Clock{moved: make(chan struct{})}
	c.hand.Store(&h)
	return c
}

// Now returns the current time in UTC.
func (c *Clock) Now() time.Time { return c.hand.Load().now() }

func (h *hand) now() time.Time {
	if h.frozen {
		return h.still.UTC()
	}
	return time.Now().Add(h.offset).UTC()
}

// move changes the clock's hand, and wakes everyone who waits if change reports a change.
func (c *Clock) move(change func(*hand) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := *c.hand.Load()
	if change(&h) {
		c.hand.Store(&h)
		close(c.moved)
		c.moved = make(chan struct{})
	}
}

// Advance moves the clock by d and wakes everyone who waits for it.
func (c *Clock) Advance(d time.Duration) {
	c.move(func(h *hand) bool {
		if h.frozen {
			h.still = h.still.Add(d)
		} else {
			h.offset += d
		}
		return true
	})
}

// Set moves the clock to t. A running clock keeps running, a frozen one stays frozen.
func (c *Clock) Set(t time.Time) {
	c.move(func(h *hand) bool {
		if h.frozen {
			h.still = t
		} else {
			h.offset = time.Until(t)
		}
		return true
	})
}

// Freeze stops the clock. Release lets it run on from there.
func (c *Clock) Freeze() {
	c.move(func(h *hand) bool {
		if h.frozen {
			return false
		}
		h.still, h.frozen = h.now(), true
		return true
	})
}

// Release lets a frozen clock run on from the time it shows.
func (c *Clock) Release() {
	c.move(func(h *hand) bool {
		if !h.frozen {
			return false
		}
		h.offset, h.frozen = time.Until(h.still), false
		return true
	})
}

// Wait returns nil once the clock has reached t, or ctx's error if that ends
// first. A clock that is moved past t ends the wait at once.
func (c *Clock) Wait(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		h, moved := c.hand.Load(), c.moved
		c.mu.Unlock()
		left, frozen := t.Sub(h.now()), h.frozen
		if left <= 0 {
			return nil
		}
		var due <-chan time.Time
		stop := func() bool { return false }
		if !frozen {
			timer := time.NewTimer(left)
			due, stop = timer.C, timer.Stop
		}
		select {
		case <-ctx.Done():
			stop()
			return ctx.Err()
		case <-moved:
			stop()
		case <-due:
		}
	}
}

// Frozen reports whether the clock stands still.
func (c *Clock) Frozen() bool { return c.hand.Load().frozen }

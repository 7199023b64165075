// Package clock is the server's only source of time. Everything that asks for
// the time asks a Clock, so that a test, or the control API of `qiwei dev`, can
// move two hours or ninety days in one call.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time. The zero value is not usable; call New or At.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	frozen bool
	still  time.Time // the time shown while frozen
	moved  chan struct{}
}

// New returns a clock that runs with the machine's.
func New() *Clock { return &Clock{moved: make(chan struct{})} }

// At returns a clock that stands still at t until it is advanced or released.
func At(t time.Time) *Clock {
	return &Clock{frozen: true, still: t, moved: make(chan struct{})}
}

// Now returns the current time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.still.UTC()
	}
	return time.Now().Add(c.offset).UTC()
}

// Advance moves the clock by d and wakes everyone who waits for it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.still = c.still.Add(d)
	} else {
		c.offset += d
	}
	c.wake()
}

// Set moves the clock to t; it keeps running or standing as it did.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.still = t
	} else {
		c.offset = time.Until(t)
	}
	c.wake()
}

// Freeze stops the clock where it is; Release lets it run on from there.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen {
		c.still, c.frozen = c.now(), true
		c.wake()
	}
}

// Release lets a frozen clock run on from the time it shows.
func (c *Clock) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.offset, c.frozen = time.Until(c.still), false
		c.wake()
	}
}

func (c *Clock) wake() {
	close(c.moved)
	c.moved = make(chan struct{})
}

// Wait returns nil once the clock has reached t, or ctx's error if that ends
// first. A clock that is moved past t ends the wait at once.
func (c *Clock) Wait(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		left, frozen, moved := t.Sub(c.now()), c.frozen, c.moved
		c.mu.Unlock()
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
func (c *Clock) Frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frozen
}

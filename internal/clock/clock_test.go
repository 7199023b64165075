package clock_test

import (
	"context"
	"testing"
	"time"

	"qiwei/internal/clock"
)

var noon = time.Date(2031, 1, 2, 12, 0, 0, 0, time.UTC)

func TestFrozenClockMovesOnlyWhenMoved(t *testing.T) {
	c := clock.At(noon)
	if !c.Now().Equal(noon) {
		t.Fatalf("Now = %v, want %v", c.Now(), noon)
	}
	c.Advance(2 * time.Hour)
	if want := noon.Add(2 * time.Hour); !c.Now().Equal(want) {
		t.Errorf("after two hours: %v, want %v", c.Now(), want)
	}
	c.Set(noon)
	if !c.Now().Equal(noon) {
		t.Errorf("after Set: %v, want %v", c.Now(), noon)
	}
}

func TestRunningClockKeepsItsOffset(t *testing.T) {
	c := clock.New()
	before := time.Now()
	c.Advance(90 * 24 * time.Hour)
	if got := c.Now().Sub(before); got < 90*24*time.Hour {
		t.Errorf("moved by %v, want at least ninety days", got)
	}
	c.Freeze()
	a := c.Now()
	if b := c.Now(); !a.Equal(b) {
		t.Errorf("a frozen clock went from %v to %v", a, b)
	}
	c.Release()
	if c.Now().Before(a) {
		t.Errorf("released clock went back from %v to %v", a, c.Now())
	}
}

func TestWaitEndsWhenTheClockIsMoved(t *testing.T) {
	c := clock.At(noon)
	done := make(chan error, 1)
	go func() { done <- c.Wait(context.Background(), noon.Add(time.Hour)) }()
	c.Advance(time.Hour)
	if err := <-done; err != nil {
		t.Errorf("Wait: %v", err)
	}
}

// Stopping a clock that stands, or releasing one that goes, changes nothing.
func TestTwice(t *testing.T) {
	c := clock.At(noon)
	if !c.Frozen() {
		t.Error("a clock that was made to stand goes")
	}
	c.Freeze()
	if !c.Now().Equal(noon) || !c.Frozen() {
		t.Errorf("stopped twice: %v", c.Now())
	}
	c.Release()
	if c.Frozen() || c.Now().Sub(noon) > time.Minute {
		t.Errorf("released: %v", c.Now())
	}
	c.Advance(time.Hour)
	c.Release()
	if got := c.Now().Sub(noon); c.Frozen() || got < time.Hour || got > time.Hour+time.Minute {
		t.Errorf("released twice, it is %v later", got)
	}
	c.Set(noon)
	if got := c.Now().Sub(noon); got < 0 || got > time.Minute {
		t.Errorf("set while it goes, it is %v off", got)
	}
}

// A wait ends at its moment: on a clock that goes by itself, and not a moment
// before on one that is moved.
func TestWaitEndsInTime(t *testing.T) {
	c := clock.New()
	began := time.Now()
	if err := c.Wait(context.Background(), c.Now().Add(20*time.Millisecond)); err != nil || time.Since(began) < 20*time.Millisecond {
		t.Errorf("a clock that goes: after %v, %v", time.Since(began), err)
	}
	still := clock.At(noon)
	if err := still.Wait(context.Background(), noon); err != nil {
		t.Errorf("a moment that has come: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := still.Wait(ctx, noon.Add(time.Millisecond)); err == nil {
		t.Error("a clock that stands came to a later moment")
	}
	done := make(chan error, 1)
	go func() { done <- still.Wait(context.Background(), noon.Add(time.Hour)) }()
	still.Advance(time.Hour - time.Nanosecond)
	still.Advance(time.Nanosecond)
	if err := <-done; err != nil || !still.Now().Equal(noon.Add(time.Hour)) {
		t.Errorf("moved in two steps: %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := clock.At(noon).Wait(ctx, noon.Add(time.Hour)); err == nil {
		t.Error("Wait = nil, want the context's error")
	}
}

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

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := clock.At(noon).Wait(ctx, noon.Add(time.Hour)); err == nil {
		t.Error("Wait = nil, want the context's error")
	}
}

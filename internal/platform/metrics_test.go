package platform

import (
	"context"
	"testing"
	"time"

	"qiwei/internal/wire"
)

// BenchmarkObserve is what counting costs a call; it allocates nothing.
func BenchmarkObserve(b *testing.B) {
	m := newMetrics("", func(context.Context) error { return nil })
	ok := wire.Call{Path: "/cgi-bin/user/get", Took: 300 * time.Microsecond}
	refused := ok
	refused.ErrCode = 60111
	b.ReportAllocs()
	for b.Loop() {
		m.observe(ok)
		m.observe(refused)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	m := newMetrics("", func(context.Context) error { return nil })
	c := wire.Call{Path: "/cgi-bin/user/get", ErrCode: 60111, Took: time.Millisecond}
	if n := testing.AllocsPerRun(100, func() { m.observe(c) }); n > 0 {
		t.Errorf("%v allocations a call", n)
	}
}

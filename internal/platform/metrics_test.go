package platform

import (
	"testing"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// BenchmarkObserve is what counting costs a call; it allocates nothing.
func BenchmarkObserve(b *testing.B) {
	m := newMetrics("")
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
	m := newMetrics("")
	c := wire.Call{Path: "/cgi-bin/user/get", ErrCode: 60111, Took: time.Millisecond}
	waited := m.storeWaited()
	if n := testing.AllocsPerRun(100, func() { m.observe(c); waited(store.ForConnection, 0) }); n > 0 {
		t.Errorf("%v allocations a call", n)
	}
}

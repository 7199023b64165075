package work

import (
	"context"
	"testing"

	"qiwei/internal/trace"
)

// Where nothing is traced, work costs nothing more.
func TestUntracedWorkCostsNothing(t *testing.T) {
	q := New(Deps{}).Queue(Kind{Name: "test"})
	e, turn := &entry{}, &Turn{Key: 1, queue: q}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := testing.AllocsPerRun(100, func() { untraced(ctx, q, e, turn) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUntraced(b *testing.B) {
	b.ReportAllocs()
	q := New(Deps{}).Queue(Kind{Name: "test"})
	e, turn := &entry{}, &Turn{Key: 1, queue: q}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for b.Loop() {
		untraced(ctx, q, e, turn)
	}
}

// untraced is what a batch does for its span, from the request that queued it to the
// record.
func untraced(ctx context.Context, q *Queue, e *entry, turn *Turn) {
	if trace.CauseOf(ctx) != (trace.Cause{}) {
		panic("there is a cause")
	}
	work := q.traced(ctx, turn, e)
	trace.In(work, turn.span)
	turn.over()
}

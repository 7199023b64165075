package aibot

import (
	"context"
	"sync"
	"testing"

	"qiwei/internal/rescue"
)

// A panic on one side of a connection ends that connection, and nothing else.
func TestAPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	counted := 0
	s := &Service{deps: Deps{Rescue: rescue.Rescuer{Count: func(string) { counted++ }}}} // without a clock, what it tells panics
	connection := func() *conn {
		ctx, end := context.WithCancel(context.Background())
		return &conn{s: s, ctx: ctx, end: end}
	}
	broken, other := connection(), connection()
	defer other.end()
	var telling sync.WaitGroup
	telling.Go(func() { broken.rescued("test", broken.tell) })
	telling.Wait()
	if counted != 1 || broken.ctx.Err() == nil || other.ctx.Err() != nil {
		t.Errorf("counted %d; ended %v; the other %v", counted, broken.ctx.Err(), other.ctx.Err())
	}
}

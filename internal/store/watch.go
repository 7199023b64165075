package store

import (
	"context"
	"sync/atomic"
)

type watchKey struct{}

// Watch returns a context that counts in open its transactions that run. A server
// in a test counts so those of each request, and refuses to write to the client or
// to read from it while there is one: a slow client would hold the transaction, and
// with a few of them the database (there are four readers on SQLite).
func Watch(ctx context.Context, open *atomic.Int32) context.Context {
	return context.WithValue(ctx, watchKey{}, open)
}

// watch counts a transaction in, if the context counts any, and returns what
// counts it out.
func watch(ctx context.Context) (done func()) {
	open, ok := ctx.Value(watchKey{}).(*atomic.Int32)
	if !ok {
		return func() {}
	}
	open.Add(1)
	return func() { open.Add(-1) }
}

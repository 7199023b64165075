package store

import (
	"context"
	"sync/atomic"
)

type watchKey struct{}

// Watch returns a context whose running transactions are counted in open. A test's server counts those of
// each request this way, and refuses to write to the client or read from it while there is one: a slow client
// would hold the transaction, and a few slow clients the whole database (SQLite has four readers).
func Watch(ctx context.Context, open *atomic.Int32) context.Context {
	return context.WithValue(ctx, watchKey{}, open)
}

// watch counts a transaction in, if the context counts any, and returns a function that counts it out.
func watch(ctx context.Context) (done func()) {
	open, ok := ctx.Value(watchKey{}).(*atomic.Int32)
	if !ok {
		return func() {}
	}
	open.Add(1)
	return func() { open.Add(-1) }
}

type tripsKey struct{}

// CountTrips returns a context whose transactions count in n how often they wait for PostgreSQL. A test holds
// the calls by which a write is slow or fast to it: time depends on the machine, and this does not.
func CountTrips(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, tripsKey{}, n)
}

func (t *pgTx) trip() {
	if n, ok := t.ctx.Value(tripsKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

package work

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// causesMost bounds the causes that are remembered of a key: thousands of members
// may have changed before a receiver is told of them.
const causesMost = 16

// traced begins the span of a batch, which ends once what came of it is recorded.
// It is linked to the requests that had the key woken in this process. Work that a
// look at the database finds has no known cause.
func (q *Queue) traced(ctx context.Context, t *Turn, e *entry) context.Context {
	if q.engine.deps.Tracer == nil {
		return ctx
	}
	q.mu.Lock()
	causes := e.causes
	e.causes = nil
	q.mu.Unlock()
	ctx, t.span = q.engine.deps.Tracer.Work(ctx, "work "+q.kind.Name, causes...)
	if t.span != nil {
		t.span.Set("work.kind", q.kind.Name)
		t.span.Set("work.key_hash", keyHash(q.kind.Name, t.Key))
		t.span.SetInt("work.tries", t.Tries)
	}
	return ctx
}

// over ends the turn's span.
func (t *Turn) over() {
	if t != nil {
		t.span.End()
	}
}

// keyHash tells the keys of a kind apart without naming rows of the database, from
// whose numbers a receiver of traces could read how many there are.
func keyHash(kind string, key int64) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(kind), uint64(key)))
	return hex.EncodeToString(sum[:6])
}

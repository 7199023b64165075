package store

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// memo keeps what was read from the database for as long as the database stands
// still, whoever would change it. It is what makes a call that reads two rows by
// key cost little more than an empty handler.
//
// SQLite tells in the header of its WAL index whether anything was committed, by
// this process or another; it is what SQLite itself compares before it trusts
// its page cache. Looking at it costs no system call. PostgreSQL has nothing of
// the kind, so nothing is kept there.
type memo struct {
	index   index
	current atomic.Pointer[kept]
}

// index shows the state of a database. It is fulfilled by walIndex.
type index interface {
	// state returns a value that differs after each commit; ok is false while it
	// cannot be told.
	state() (s state, ok bool)
}

// state is one copy of the header of a WAL index.
type state [48]byte

// maxKept bounds what is kept, in bytes of keys and values.
const maxKept = 64 << 20

// kept holds the values of one state of the database.
type kept struct {
	state  state
	seed   maphash.Seed
	bytes  atomic.Int64
	shards [64]struct {
		sync.RWMutex
		values map[string]any
	}
}

// now returns what is kept of the present state, nil where nothing can be.
func (m *memo) now() *kept {
	if m == nil {
		return nil
	}
	s, ok := m.index.state()
	if !ok {
		return nil
	}
	k := m.current.Load()
	if k != nil && k.state == s {
		return k
	}
	fresh := &kept{state: s, seed: maphash.MakeSeed()}
	if !m.current.CompareAndSwap(k, fresh) {
		return nil // somebody else was first; his may be of a later state
	}
	return fresh
}

func (k *kept) get(key string) (any, bool) {
	shard := &k.shards[maphash.String(k.seed, key)%uint64(len(k.shards))]
	shard.RLock()
	defer shard.RUnlock()
	v, ok := shard.values[key]
	return v, ok
}

func (k *kept) put(key string, v any, size int) {
	if k.bytes.Add(int64(len(key)+size+64)) > maxKept { // 64: the map's own
		return
	}
	shard := &k.shards[maphash.String(k.seed, key)%uint64(len(k.shards))]
	shard.Lock()
	defer shard.Unlock()
	if shard.values == nil {
		shard.values = map[string]any{}
	}
	shard.values[key] = v
}

// Recall returns what read returns, or returned before under the same key if
// nothing has been committed to the database since. size says how many bytes a
// value takes; one of a negative size is not kept, so that nobody can fill the
// memory by asking for what is not there. The value is shared by all who recall it and must not be changed.
//
// What is kept is of the state in which it was looked for, or of a later one: a
// commit between the look and the read changes the state, and nobody finds the
// value under the new one.
func Recall[T any](tx *Tx, key string, size func(T) int, read func() (T, error)) (T, error) {
	if tx.kept == nil {
		return read()
	}
	if v, ok := tx.kept.get(key); ok {
		return v.(T), nil
	}
	v, err := read()
	if n := size(v); err == nil && n >= 0 {
		tx.kept.put(key, v, n)
	}
	return v, err
}

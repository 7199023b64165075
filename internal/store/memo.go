package store

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// memo keeps what was read from the database until anybody changes it. With it, a call that reads two rows by
// key costs little more than an empty handler.
//
// This process numbers the states of the database as it sees them. A value is kept with the number of the
// state that its reader had seen, and with the subjects that it was read from: rows and tables. For each
// subject the memo knows the state that its last change led to. A value is valid while none of its subjects
// has changed since.
//
// A memo must be told two things, each database in its own way (liteState, witness): that the database is in
// the same state as before, and what changed if only a transaction of this process led to the next state.
// Nobody reports what other processes change, so then everything is forgotten.
//
// A value may be kept with an older number than that of the state it was really read from, but never with a
// newer one. So if a change comes between the look and the read, it leaves a value that nobody finds, never
// one that is out of date.
type memo struct {
	seed maphash.Seed
	most int // bytes of a shard's generation

	mu      sync.Mutex    // held to number a state
	last    uint64        // number of the newest state
	floor   atomic.Uint64 // values kept in lower states are forgotten
	changed [subjects]atomic.Uint64
	shards  [64]shard
}

// subjects is the number of slots for the numbers of last changes. Subjects whose names fall into the same
// slot are forgotten together.
const subjects = 1 << 14

// subject is the slot of a row's or table's last change.
type subject uint32

// anything is the subject that every change changes.
const anything subject = 0

// subjectOf returns the slot of a name.
func subjectOf(name string) subject {
	hash := uint32(2166136261) // FNV-1a
	for i := 0; i < len(name); i++ {
		hash = (hash ^ uint32(name[i])) * 16777619
	}
	hash ^= hash >> 15
	return subject(1 + hash%(subjects-1))
}

// DefaultMemory is how many bytes of read values are kept by default.
const DefaultMemory = 64 << 20

// entrySize is how many bytes an entry takes besides its key and its value.
const entrySize = 160

// shard is a part of the keys. It has two generations. An entry found in the older one moves into the
// younger. When the younger is full, it becomes the older, and entries that nobody has asked for since are
// dropped.
type shard struct {
	sync.RWMutex
	young, old map[string]entry
	bytes      int // of young
}

type entry struct {
	value any
	state uint64     // that the reader had looked at
	of    [2]subject // what it was read from
	size  int32
}

func newMemo(bytes int) *memo {
	m := &memo{seed: maphash.MakeSeed(), last: 1}
	m.most = max(1, bytes/2/len(m.shards))
	return m
}

// change is what a transaction has changed.
type change struct {
	of         []subject
	everything bool // it is not known more exactly
}

// changeMost is how many subjects a change names before it counts as everything.
const changeMost = 512

// has reports whether one of the subjects has changed.
func (c *change) has(of [2]subject) bool {
	return c.everything || slices.Contains(c.of, of[0]) || slices.Contains(c.of, of[1])
}

func (c *change) add(of ...subject) {
next:
	for _, s := range of {
		if c.everything || len(c.of) >= changeMost {
			c.everything = true
			return
		}
		for _, known := range c.of {
			if known == s {
				continue next
			}
		}
		c.of = append(c.of, s)
	}
}

func (c *change) merge(other change) {
	c.everything = c.everything || other.everything
	c.add(other.of...)
}

// next numbers the state that the change has led to. The caller must publish the number only afterwards, so
// that no reader has it before the change is noted.
func (m *memo) next(c change) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	if c.everything {
		m.floor.Store(m.last)
		return m.last
	}
	for _, s := range c.of {
		m.changed[s].Store(m.last)
	}
	return m.last
}

// forget numbers a state about which nothing is known.
func (m *memo) forget() uint64 { return m.next(change{everything: true}) }

// look is a reader's look at the database: the state it was in after the reader began. The zero look is for a
// database in an unknown state, from which nothing is kept.
type look struct {
	memo  *memo
	state uint64
}

// holds reports whether nothing that the entry is of has changed since.
func (m *memo) holds(e *entry) bool {
	return e.state >= m.floor.Load() && m.changed[e.of[0]].Load() <= e.state && m.changed[e.of[1]].Load() <= e.state
}

func (m *memo) shard(key []byte) *shard {
	return &m.shards[maphash.Bytes(m.seed, key)%uint64(len(m.shards))]
}

func (l look) get(key []byte) (any, bool) {
	shard := l.memo.shard(key)
	shard.RLock()
	e, ok := shard.young[string(key)]
	aged := false
	if !ok {
		e, ok = shard.old[string(key)]
		aged = ok
	}
	shard.RUnlock()
	if !ok || !l.memo.holds(&e) {
		return nil, false
	}
	if aged {
		shard.put(string(key), e, l.memo.most)
	}
	return e.value, true
}

func (l look) put(key string, v any, size int, of [2]subject) {
	e := entry{value: v, state: l.state, of: of, size: int32(len(key) + size + entrySize)}
	if l.memo.holds(&e) && int(e.size) <= l.memo.most {
		l.memo.shard([]byte(key)).put(key, e, l.memo.most)
	}
}

func (s *shard) put(key string, e entry, most int) {
	s.Lock()
	defer s.Unlock()
	before, known := s.young[key]
	if known && before.state > e.state {
		return // another reader was later, and faster
	}
	if s.bytes += int(e.size) - int(before.size); s.bytes > most {
		s.old, s.young, s.bytes = s.young, nil, int(e.size)
	}
	if s.young == nil {
		s.young = map[string]entry{}
	}
	s.young[key] = e
}

package store

import (
	"encoding/binary"
	"sync/atomic"
)

// liteState tells a memo when a SQLite database has changed.
//
// The header of SQLite's WAL index shows whether anything was committed, by this process or another. SQLite
// itself compares it before it trusts its page cache. Reading it costs no system call. While the header is
// the same as before, so is the state.
//
// When this process commits, the header changes, and the writer knows what it has changed. The writer takes
// the new header for its own only if the header's counter of commits has gone up by exactly one since the
// writer got the lock against other writers. Until then, a reader that sees an unknown header keeps nothing.
// In all other cases somebody else has written, and everything is forgotten.
type liteState struct {
	*memo
	index index

	current    atomic.Pointer[liteMark]
	committing atomic.Bool

	// Of the writer's transaction: the header at its beginning.
	before state
	known  bool
}

// liteMark is a state of the database: its header, and its number in the memo.
type liteMark struct {
	header state
	number uint64
}

// index shows the header of a database. walIndex implements it.
type index interface {
	// state returns a value that differs after each commit; ok is false while it is unknown.
	state() (s state, ok bool)
}

// state is one copy of the header of a WAL index.
type state [48]byte

// commits is SQLite's counter of commits, which wraps around.
func (s *state) commits() uint32 { return binary.NativeEndian.Uint32(s[8:12]) }

// pages is how many pages the WAL has.
func (s *state) pages() uint32 { return binary.NativeEndian.Uint32(s[16:20]) }

func newLiteState(ix index, memory int) *liteState {
	s := &liteState{memo: newMemo(memory), index: ix}
	s.current.Store(&liteMark{number: s.forget()})
	return s
}

// look returns the present state, or the zero look while it is unknown.
func (s *liteState) look() look {
	if s == nil {
		return look{}
	}
	for {
		mark := s.current.Load()
		header, ok := s.index.state()
		if !ok {
			return look{}
		}
		if header == mark.header {
			return look{s.memo, mark.number}
		}
		// committing is read after the header and before the mark: if the header is
		// that of a commit of ours, either is seen.
		committing := s.committing.Load()
		if s.current.Load() != mark {
			continue
		}
		if committing {
			return look{}
		}
		s.current.CompareAndSwap(mark, &liteMark{header, s.forget()})
	}
}

// begun is called when the writer has got the lock.
func (s *liteState) begun() {
	if s != nil {
		s.before, s.known = s.index.state()
	}
}

// ending is called before its transaction ends, and ended when it has ended.
func (s *liteState) ending() {
	if s != nil {
		s.committing.Store(true)
	}
}

func (s *liteState) ended(c change) {
	if s == nil {
		return
	}
	defer s.committing.Store(false)
	after, ok := s.index.state()
	if ok && s.known && after == s.before {
		return // it has changed nothing
	}
	mark := s.current.Load()
	if !ok || !s.known || mark.header != s.before || after.commits() != s.before.commits()+1 {
		c.everything = true
	}
	if !ok {
		after = state{}
	}
	s.current.Store(&liteMark{after, s.next(c)})
}

// walPages is how many pages the WAL has; 0 if that is unknown.
func (s *liteState) walPages() uint32 {
	if s == nil {
		return 0
	}
	header, ok := s.index.state()
	if !ok {
		return 0
	}
	return header.pages()
}

package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// sqliteGroup is how many writes may share one commit.
const sqliteGroup = 128

// liteWrite is a write in the queue.
type liteWrite struct {
	run   func(conn) (change, error)
	wait  wait
	taken atomic.Bool // by the loop, or by a caller who no longer waits
	err   error
	end   func() // if run has not returned: ends the caller's function in the same way
	done  chan struct{}
}

func (s *sqlite) write(ctx context.Context, run func(conn) (change, error)) error {
	w := &liteWrite{run: run, wait: beginWait(), done: make(chan struct{})}
	select {
	case s.writes <- w:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		if w.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-w.done
	}
	if w.end != nil {
		w.end()
	}
	return w.err
}

func (s *sqlite) writeLoop() {
	whole := false
	defer func() {
		if !whole { // a write has ended the goroutine: another one carries on
			s.stopped.Go(s.writeLoop)
		}
	}()
	for {
		select {
		case <-s.stop:
			whole = true
			return
		case w := <-s.writes:
			s.writeGroup(w)
		}
	}
}

// next returns a write that waits, or nil.
func (s *sqlite) next() *liteWrite {
	select {
	case w := <-s.writes:
		return w
	default:
		return nil
	}
}

// writeGroup runs the write, and all writes that arrived meanwhile, in one transaction. If that does not
// commit, every write of it fails.
func (s *sqlite) writeGroup(w *liteWrite) {
	c := s.writer
	if _, err := c.exec("BEGIN IMMEDIATE", nil); err != nil {
		// Writes that came while it waited for the lock do not wait as long again.
		for ; w != nil; w = s.next() {
			w.finish(err)
		}
		return
	}
	s.state.begun()
	var group []*liteWrite // those whose changes are in the transaction
	var changed change     // by all of them
	var broken error
	defer func() {
		s.state.ending()
		if broken == nil {
			_, broken = c.exec("COMMIT", nil)
		}
		if broken != nil {
			c.exec("ROLLBACK", nil) // SQLite itself may have done it
		}
		s.state.ended(changed)
		for _, w := range group {
			w.finish(broken)
		}
		s.checkpoint()
	}()
	for n := 1; w != nil; n++ {
		if w.taken.CompareAndSwap(false, true) {
			s.waited.ended(ForWriter, w.wait)
			w.execute(c, &group, &changed, &broken)
		}
		if broken != nil || n == sqliteGroup {
			return
		}
		w = s.next()
	}
}

// checkpointAt is how many pages the WAL may have before they are copied into the
// database, as many as SQLite's own default.
const checkpointAt = 4000

// checkpoint does what SQLite would otherwise do within a commit. There the writers would wait for it, and
// meanwhile readers would not know what has changed.
func (s *sqlite) checkpoint() {
	if s.state.walPages() >= checkpointAt {
		s.writer.exec("PRAGMA wal_checkpoint(PASSIVE)", nil) // what it does not reach it reaches the next time
	}
}

func (w *liteWrite) finish(err error) {
	w.err = err
	close(w.done)
}

// execute runs one write and adds it to the group, or undoes it and tells its caller
// why. What breaks the whole transaction is left in broken.
//
// A write has a savepoint of its own, but for the first: nothing of another is in the
// transaction yet, so where it fails the transaction is undone. SQLite copies each
// page that a write changes inside a savepoint.
func (w *liteWrite) execute(c *liteConn, group *[]*liteWrite, changed *change, broken *error) {
	first := len(*group) == 0
	if !first {
		if _, *broken = c.exec("SAVEPOINT w", nil); *broken != nil {
			w.finish(*broken)
			return
		}
	}
	err := errors.New("the write has not returned")
	defer func() {
		if first {
			*group, *broken = append(*group, w), err
			return
		}
		if err != nil {
			if _, gone := c.exec("ROLLBACK TO w", nil); gone != nil {
				// A full disk, for one, makes SQLite undo the whole transaction.
				*broken = fmt.Errorf("%w: undone with a write that failed in the same transaction: %w", ErrUnavailable, gone)
				w.finish(err)
				return
			}
		}
		if _, *broken = c.exec("RELEASE w", nil); err == nil {
			*group = append(*group, w)
		} else {
			w.finish(err)
		}
	}()
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			p := Panic{v, debug.Stack()}
			w.end = func() { panic(p) }
		} else {
			w.end = runtime.Goexit // as a test that fails inside a write does
		}
	}()
	var what change
	what, err = w.run(c)
	changed.merge(what)
	returned = true
}

// Panic is the panic of a write as the caller of Write sees it: the two are different goroutines.
type Panic struct {
	Value any
	Stack []byte
}

func (p Panic) String() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

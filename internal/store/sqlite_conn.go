package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"time"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteConn is one connection with its prepared statements. SQLite prepares on
// each connection anew, and preparing costs more than a read by key.
//
// One goroutine at a time uses it, so SQLite is told not to lock it for each call;
// only interrupting is for other goroutines, which SQLite allows.
type liteConn struct {
	tls    *libc.TLS
	handle uintptr // SQLite's own
	stmts  map[string]*liteStmt
	before func(statement string) error // see Config.Watch; may be nil
}

// newLiteConn opens the file. may is 0, or SQLITE_OPEN_CREATE where the file need not exist.
func newLiteConn(path string, pragmas []string, may int32) (*liteConn, error) {
	c := &liteConn{tls: libc.NewTLS(), stmts: map[string]*liteStmt{}}
	if err := c.open(path, may); err != nil {
		c.close()
		return nil, err
	}
	for _, pragma := range pragmas {
		if _, err := c.exec("PRAGMA "+pragma, nil); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *liteConn) open(path string, may int32) error {
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	out := libc.Xmalloc(c.tls, types.Size_t(unsafe.Sizeof(uintptr(0))))
	if out == 0 {
		return errNoMemory
	}
	defer libc.Xfree(c.tls, out)
	got := (*uintptr)(memory(out))
	*got = 0
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_NOMUTEX|may, 0)
	if c.handle = *got; rc != sqlite3.SQLITE_OK {
		return c.errorOf(rc)
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.handle, 1)
	return nil
}

// script runs the statements in a text, and keeps none of them.
func (c *liteConn) script(text string) error {
	statements, err := libc.CString(text)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, statements)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.handle, statements, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.errorOf(rc)
	}
	return nil
}

// look is for a write, which recalls nothing.
func (c *liteConn) look() look { return look{} }

// interruptEvery is how often a statement is interrupted after its caller has gone away. SQLite forgets an
// interruption that comes before the statement begins.
const interruptEvery = 5 * time.Millisecond

// endWith ends the statement that runs when ctx is done, and those after it until
// stop is called. The driver would do it with a goroutine for each statement, which
// costs as much as a read by key; this costs as much as registering with the
// context.
func (c *liteConn) endWith(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	var mu sync.Mutex // held to interrupt
	stopped := false
	forget := context.AfterFunc(ctx, func() {
		tls := libc.NewTLS()
		defer tls.Close()
		for {
			mu.Lock()
			if stopped {
				mu.Unlock()
				return
			}
			sqlite3.Xsqlite3_interrupt(tls, c.handle)
			mu.Unlock()
			<-time.After(interruptEvery)
		}
	})
	return func() {
		if !forget() {
			mu.Lock()
			stopped = true
			mu.Unlock()
		}
	}
}

// interrupted reports whether the error is that of a statement that was told to end.
func interrupted(err error) bool {
	var lite *liteError
	return errors.As(err, &lite) && lite.code&0xff == sqlite3.SQLITE_INTERRUPT
}

func (c *liteConn) close() {
	for _, st := range c.stmts {
		st.close()
	}
	if c.handle != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.handle)
	}
	c.tls.Close()
}

// liteStatements bounds the prepared statements of a connection; lists of many
// lengths would otherwise pile them up.
const liteStatements = 400

func (c *liteConn) prepare(query string) (*liteStmt, error) {
	if c.before != nil {
		if err := c.before(query); err != nil {
			return nil, err
		}
	}
	if st, ok := c.stmts[query]; ok {
		return st, nil
	}
	st, err := c.newStmt(query)
	if err != nil {
		return nil, err
	}
	if len(c.stmts) >= liteStatements {
		for q, old := range c.stmts {
			old.close()
			delete(c.stmts, q)
			break
		}
	}
	c.stmts[query] = st
	return st, nil
}

// send runs the statement at once: there is no round trip to save.
func (c *liteConn) send(query string, args []any, then rowsChanged) error {
	n, err := c.exec(query, args)
	if err == nil {
		err = then.report(n)
	}
	return err
}

func (c *liteConn) flush() error { return nil }

func (c *liteConn) drop() {}

func (c *liteConn) exec(query string, args []any) (int64, error) {
	st, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	if err := st.exec(args); err != nil {
		return 0, err
	}
	return int64(sqlite3.Xsqlite3_changes(c.tls, c.handle)), nil
}

// lastNumber is the number of the last row inserted.
func (c *liteConn) lastNumber() int64 {
	return sqlite3.Xsqlite3_last_insert_rowid(c.tls, c.handle)
}

func (c *liteConn) query(query string, args []any) (*Rows, error) {
	st, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := st.query(args)
	if err != nil {
		return nil, err
	}
	return &Rows{from: rows, values: make([]driver.Value, st.columns)}, nil
}

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	litedriver "modernc.org/sqlite"
)

const (
	// sqliteReaders is how many reads run at once. Each reader keeps a page
	// cache of its own, so more of them cost memory; two cores are busy with four.
	sqliteReaders = 4

	// sqliteGroup is how many writes may share one commit.
	sqliteGroup = 128
)

// sqlite runs reads on a few connections of their own and all writes on one.
//
// Writes that wait while another commits are put into one transaction, each in
// its own savepoint, and share the next commit. A commit means an fsync, which
// costs more than the statements before it: this way the number of durable
// writes a second is not bound by the disk's latency.
//
// The functions of writes run one after the other in one goroutine, writeLoop: to
// hand the connection from caller to caller would cost as much as a write.
type sqlite struct {
	dsn     string
	files   *openDatabase
	memo    *memo // nil where the WAL index cannot be read
	readers chan *liteConn
	writer  *liteConn
	writes  chan *liteWrite
	stop    chan struct{}
	stopped sync.WaitGroup
}

// liteWrite is a write in the queue.
type liteWrite struct {
	run   func(conn) error
	taken atomic.Bool // by the loop, or by a caller who no longer waits
	err   error
	end   func() // where run has not returned: ends the caller's function in the same way
	done  chan struct{}
}

func openSQLite(ctx context.Context, path string, lockWait time.Duration) (*sqlite, error) {
	// busy_timeout comes first: the pragmas after it may themselves have to wait
	// for another process, such as a command line beside the running server.
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", max(lockWait.Milliseconds(), 1)), "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)",
		"temp_store(memory)", "cache_size(-6000)", "journal_size_limit(67108864)",
	}}
	s := &sqlite{
		files:   openFiles(path),
		dsn:     "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode(),
		readers: make(chan *liteConn, sqliteReaders),
		writes:  make(chan *liteWrite, sqliteGroup),
		stop:    make(chan struct{}),
	}
	if err := s.open(ctx); err != nil {
		s.closeAll()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	s.stopped.Go(s.writeLoop)
	return s, nil
}

func (s *sqlite) open(ctx context.Context) (err error) {
	if s.writer, err = newLiteConn(s.dsn); err != nil {
		return err
	}
	for range sqliteReaders {
		c, err := newLiteConn(s.dsn)
		if err != nil {
			return err
		}
		s.readers <- c
		if _, err := c.exec("PRAGMA query_only = on", nil); err != nil {
			return err
		}
	}
	// The WAL index is there once the database has been read.
	if err := s.ping(ctx); err != nil {
		return err
	}
	if ix, err := s.files.walIndex(); err == nil {
		s.memo = &memo{index: ix}
	}
	return nil
}

func (s *sqlite) admin() (db *sql.DB, done func() error, err error) {
	if db, err = sql.Open("sqlite", s.dsn); err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

func (s *sqlite) ping(ctx context.Context) error {
	return s.read(ctx, func(c conn) error {
		rows, err := c.query("PRAGMA schema_version", nil) // which is in the file
		if err != nil {
			return err
		}
		return rows.Close()
	})
}

func (s *sqlite) close() error {
	close(s.stop)
	s.stopped.Wait()
	return s.closeAll()
}

func (s *sqlite) closeAll() error {
	for len(s.readers) > 0 {
		(<-s.readers).close()
	}
	if s.writer != nil {
		s.writer.close()
	}
	return s.files.close()
}

func (s *sqlite) kept() *kept { return s.memo.now() }

// read runs in a transaction that begins with the first statement, so that a
// read of what is kept costs none.
func (s *sqlite) read(ctx context.Context, run func(conn) error) error {
	r := &liteRead{ctx: ctx, db: s}
	defer r.end()
	return run(r)
}

// liteRead is a read transaction that takes a connection when it needs one.
type liteRead struct {
	ctx context.Context
	db  *sqlite
	on  *liteConn
}

func (r *liteRead) begin() error {
	if r.on != nil {
		return nil
	}
	select {
	case r.on = <-r.db.readers:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	_, err := r.on.exec("BEGIN", nil)
	return err
}

func (r *liteRead) end() {
	if r.on != nil {
		r.on.exec("ROLLBACK", nil) // nothing to keep, and it cannot fail half-way
		r.db.readers <- r.on
	}
}

func (r *liteRead) exec(query string, args []any) (int64, error) {
	return 0, errors.New("a read transaction may not write")
}

func (r *liteRead) query(query string, args []any) (*Rows, error) {
	if err := r.begin(); err != nil {
		return nil, err
	}
	return r.on.query(query, args)
}

func (s *sqlite) write(ctx context.Context, run func(conn) error) error {
	w := &liteWrite{run: run, done: make(chan struct{})}
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

// writeGroup runs the write, and whatever has come in meanwhile, in one
// transaction. If that does not commit, every write of it fails.
func (s *sqlite) writeGroup(w *liteWrite) {
	c := s.writer
	if _, err := c.exec("BEGIN IMMEDIATE", nil); err != nil {
		// Those who have come while it waited for the lock do not wait as long again.
		for ; w != nil; w = s.next() {
			w.finish(err)
		}
		return
	}
	var group []*liteWrite // those whose changes are in the transaction
	var broken error
	defer func() {
		if broken == nil {
			_, broken = c.exec("COMMIT", nil)
		}
		if broken != nil {
			c.exec("ROLLBACK", nil) // SQLite itself may have done it
		}
		for _, w := range group {
			w.finish(broken)
		}
	}()
	for n := 1; w != nil; n++ {
		w.execute(c, &group, &broken)
		if broken != nil || n == sqliteGroup {
			return
		}
		w = s.next()
	}
}

func (w *liteWrite) finish(err error) {
	w.err = err
	close(w.done)
}

// execute runs one write in its savepoint and adds it to the group, or undoes it
// and tells its caller why. What breaks the whole transaction is left in broken.
func (w *liteWrite) execute(c *liteConn, group *[]*liteWrite, broken *error) {
	if !w.taken.CompareAndSwap(false, true) {
		return
	}
	if _, *broken = c.exec("SAVEPOINT w", nil); *broken != nil {
		w.finish(*broken)
		return
	}
	err := errors.New("the write has not returned")
	defer func() {
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
			w.end = runtime.Goexit // as a test does that fails inside a write
		}
	}()
	err = w.run(c)
	returned = true
}

// Panic is what a panic in a write becomes for the caller of Write, since the two
// are different goroutines.
type Panic struct {
	Value any
	Stack []byte
}

func (p Panic) String() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// liteConn is one connection with its prepared statements. SQLite prepares on
// each connection anew, and preparing costs more than a read by key. It speaks to
// the driver without database/sql, which costs as much again.
type liteConn struct {
	conn  driver.Conn
	stmts map[string]*liteStmt
}

type liteStmt struct {
	stmt    driver.Stmt
	columns int
}

// Statements run without the request's context: the driver would start a
// goroutine for each to watch it.
var background = context.Background()

func newLiteConn(dsn string) (*liteConn, error) {
	c, err := (&litedriver.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &liteConn{conn: c, stmts: map[string]*liteStmt{}}, nil
}

func (c *liteConn) close() {
	for _, st := range c.stmts {
		st.stmt.Close()
	}
	c.conn.Close()
}

// liteStatements bounds the prepared statements of a connection; lists of many
// lengths would otherwise pile them up.
const liteStatements = 400

func (c *liteConn) prepare(query string) (*liteStmt, error) {
	if st, ok := c.stmts[query]; ok {
		return st, nil
	}
	st, err := c.conn.(driver.ConnPrepareContext).PrepareContext(background, query)
	if err != nil {
		return nil, err
	}
	if len(c.stmts) >= liteStatements {
		for q, old := range c.stmts {
			old.stmt.Close()
			delete(c.stmts, q)
			break
		}
	}
	c.stmts[query] = &liteStmt{stmt: st}
	return c.stmts[query], nil
}

func (c *liteConn) exec(query string, args []any) (int64, error) {
	st, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	named, err := namedValues(args)
	if err != nil {
		return 0, err
	}
	res, err := st.stmt.(driver.StmtExecContext).ExecContext(background, named)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *liteConn) query(query string, args []any) (*Rows, error) {
	st, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	named, err := namedValues(args)
	if err != nil {
		return nil, err
	}
	rows, err := st.stmt.(driver.StmtQueryContext).QueryContext(background, named)
	if err != nil {
		return nil, err
	}
	if st.columns == 0 {
		st.columns = len(rows.Columns())
	}
	return &Rows{lite: rows, values: make([]driver.Value, st.columns)}, nil
}

func namedValues(args []any) ([]driver.NamedValue, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		switch a.(type) {
		case string, int64, []byte, nil:
			out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
			continue
		}
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

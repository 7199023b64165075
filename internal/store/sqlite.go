package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"sync"

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
type sqlite struct {
	dsn     string
	migrate *sql.DB // opened when asked for
	memo    *memo   // nil where the WAL index cannot be read
	readers chan *liteConn
	writes  chan *liteWrite
	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

type liteWrite struct {
	ctx      context.Context
	run      func(conn) error
	err      error
	panicked any
	done     chan struct{}
}

func openSQLite(ctx context.Context, path string) (*sqlite, error) {
	// busy_timeout comes first: the pragmas after it may themselves have to wait
	// for another process, such as a command line beside the running server.
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)",
		"temp_store(memory)", "cache_size(-6000)", "journal_size_limit(67108864)",
	}}
	s := &sqlite{
		dsn:     "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode(),
		readers: make(chan *liteConn, sqliteReaders),
		writes:  make(chan *liteWrite, sqliteGroup),
		stop:    make(chan struct{}),
	}
	writer, err := newLiteConn(s.dsn)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	for range sqliteReaders {
		c, err := newLiteConn(s.dsn)
		if err == nil {
			_, err = c.exec("PRAGMA query_only = on", nil)
		}
		if err != nil {
			writer.close()
			return nil, fmt.Errorf("open SQLite: %w", err)
		}
		s.readers <- c
	}
	// The WAL index is there once the database has been read.
	if err := s.ping(ctx); err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if ix, err := openWALIndex(path); err == nil {
		s.memo = &memo{index: ix}
	}
	s.stopped.Go(func() { s.writeLoop(writer) })
	return s, nil
}

func (s *sqlite) admin() (*sql.DB, error) {
	db, err := sql.Open("sqlite", s.dsn)
	s.migrate = db
	return db, err
}

func (s *sqlite) ping(ctx context.Context) error {
	return s.read(ctx, func(c conn) error {
		rows, err := c.query("SELECT 1", nil)
		if err != nil {
			return err
		}
		return rows.Close()
	})
}

func (s *sqlite) close() error {
	s.once.Do(func() { close(s.stop) })
	s.stopped.Wait()
	for range sqliteReaders {
		(<-s.readers).close()
	}
	var err error
	if s.migrate != nil {
		err = s.migrate.Close()
	}
	if s.memo != nil {
		err = errors.Join(err, s.memo.index.close())
	}
	return err
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
	w := &liteWrite{ctx: ctx, run: run, done: make(chan struct{})}
	select {
	case s.writes <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return ErrUnavailable
	}
	select {
	case <-w.done:
	case <-s.stop:
		// The loop may still have taken it; wait for its word, or give up if it
		// has ended.
		s.stopped.Wait()
		select {
		case <-w.done:
		default:
			return ErrUnavailable
		}
	}
	if w.panicked != nil {
		panic(w.panicked)
	}
	return w.err
}

func (s *sqlite) writeLoop(c *liteConn) {
	defer c.close()
	for {
		select {
		case <-s.stop:
			return
		case w := <-s.writes:
			group := []*liteWrite{w}
			s.writeGroup(c, &group)
			for _, w := range group {
				close(w.done)
			}
		}
	}
}

// writeGroup runs the first write of the group and whatever has come in
// meanwhile in one transaction. If that does not commit, every write of it fails.
func (s *sqlite) writeGroup(c *liteConn, group *[]*liteWrite) {
	fail := func(err error) {
		for _, w := range *group {
			if w.err == nil {
				w.err = err
			}
		}
	}
	if _, err := c.exec("BEGIN IMMEDIATE", nil); err != nil {
		fail(err)
		return
	}
	for i := 0; i < len(*group); i++ {
		if err := (*group)[i].execute(c); err != nil {
			c.exec("ROLLBACK", nil)
			fail(err)
			return
		}
		if i == len(*group)-1 && i < sqliteGroup-1 {
			select {
			case w := <-s.writes:
				*group = append(*group, w)
			default:
			}
		}
	}
	if _, err := c.exec("COMMIT", nil); err != nil {
		c.exec("ROLLBACK", nil)
		fail(err)
	}
}

// execute runs one write in its savepoint. What the write itself returns goes to
// w.err; an error of the savepoint spoils the whole group and is returned.
func (w *liteWrite) execute(c *liteConn) error {
	if w.err = w.ctx.Err(); w.err != nil {
		return nil
	}
	if _, err := c.exec("SAVEPOINT w", nil); err != nil {
		return err
	}
	w.call(c)
	if w.err != nil || w.panicked != nil {
		if _, err := c.exec("ROLLBACK TO w", nil); err != nil {
			return err
		}
	}
	_, err := c.exec("RELEASE w", nil)
	return err
}

func (w *liteWrite) call(c *liteConn) {
	defer func() {
		if w.panicked = recover(); w.panicked != nil {
			w.err = errors.New("panic in a write")
		}
	}()
	w.err = w.run(c)
}

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

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	litedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqlite runs reads on a few connections of their own and all writes on one.
//
// Writes that wait while another commits are put into one transaction, each in its own savepoint, and share
// the next commit. A commit means an fsync, which costs more than the statements before it: this way the
// disk's latency does not limit the number of durable writes per second.
//
// The functions of writes run in sequence in one goroutine, writeLoop: handing the connection from caller to
// caller would cost as much as a write. See sqlite_write.go.
type sqlite struct {
	dsn     string // for the driver, which migrations run on
	path    string
	pragmas []string
	files   *openDatabase
	state   *liteState // nil where the WAL index cannot be read
	readers liteReaders
	writer  *liteConn
	writes  chan *liteWrite
	waited  waited
	stop    chan struct{}
	stopped sync.WaitGroup
}

// syncData has SQLite wait for a commit's data alone, and not for the time of the
// file's last change, too. It is done once for the whole process, as it is SQLite's.
var syncData = sync.OnceFunc(func() {
	litedriver.Fdatasync(true) // where the system has no such call, it stays as it is
})

func openSQLite(ctx context.Context, path string, cfg Config) (*sqlite, error) {
	// busy_timeout comes first: the pragmas after it may themselves have to wait
	// for another process, such as a command line beside the running server.
	syncData()
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", max(cfg.LockWait.Milliseconds(), 1)), "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)",
		"temp_store(memory)", "cache_size(-6000)", "journal_size_limit(67108864)",
	}
	s := &sqlite{
		path:    path,
		pragmas: pragmas,
		files:   openFiles(path),
		dsn:     "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + url.Values{"_pragma": pragmas}.Encode(),
		writes:  make(chan *liteWrite, sqliteGroup),
		waited:  cfg.Waited,
		stop:    make(chan struct{}),
	}
	s.readers = liteReaders{free: make(chan *liteConn, sqliteReaders), open: s.newReader}
	if err := s.open(ctx, cfg); err != nil {
		s.closeAll()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	s.stopped.Go(s.writeLoop)
	return s, nil
}

func (s *sqlite) open(ctx context.Context, cfg Config) (err error) {
	if s.writer, err = newLiteConn(s.path, s.pragmas, sqlite3.SQLITE_OPEN_CREATE); err != nil {
		return err
	}
	if cfg.Watch != nil {
		s.writer.before = cfg.Watch(s.writer.script)
	}
	// The WAL index exists once the database has been read.
	if err := s.ping(ctx); err != nil {
		return err
	}
	ix, err := s.files.walIndex()
	if err != nil {
		return nil // nothing is kept then
	}
	s.state = newLiteState(ix, cfg.Memory)
	// The writer itself decides when, see checkpoint.
	_, err = s.writer.exec("PRAGMA wal_autocheckpoint = 0", nil)
	return err
}

func (s *sqlite) newReader() (*liteConn, error) {
	c, err := newLiteConn(s.path, s.pragmas, 0)
	if err != nil {
		return nil, err
	}
	if _, err = c.exec("PRAGMA query_only = on", nil); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
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
	s.readers.close()
	if s.writer != nil {
		s.writer.close()
	}
	return s.files.close()
}

// read runs in a transaction that begins with the first statement, so that a
// read of what is kept costs none.
func (s *sqlite) read(ctx context.Context, run func(conn) error) error {
	r := &liteRead{ctx: ctx, db: s}
	defer r.end()
	err := run(r)
	if interrupted(err) && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// liteRead is a read transaction that takes a connection when it needs one.
type liteRead struct {
	ctx    context.Context
	db     *sqlite
	on     *liteConn
	watch  func() // ends the watch of ctx
	looked bool
	seen   look
}

// look is useless once the transaction itself has a state.
func (r *liteRead) look() look {
	if !r.looked {
		r.looked = true
		if r.on == nil {
			r.seen = r.db.state.look()
		}
	}
	return r.seen
}

func (r *liteRead) begin() error {
	if r.on != nil {
		return nil
	}
	var wait wait
	if r.on = r.db.readers.idle(); r.on == nil {
		wait.begin()
		var err error
		if r.on, err = r.db.readers.take(r.ctx); err != nil {
			return err
		}
	}
	r.db.waited.ended(ForConnection, wait)
	r.watch = r.on.endWith(r.ctx)
	_, err := r.on.exec("BEGIN", nil)
	return err
}

func (r *liteRead) end() {
	if r.on != nil {
		r.watch()
		r.on.exec("ROLLBACK", nil) // nothing to keep, and it cannot fail half-way
		r.db.readers.free <- r.on
	}
}

func (r *liteRead) exec(query string, args []any) (int64, error) {
	return 0, errors.New("a read transaction may not write")
}

func (r *liteRead) send(string, []any, rowsChanged) error {
	return errors.New("a read transaction may not write")
}

func (r *liteRead) flush() error { return nil }

func (r *liteRead) drop() {}

func (r *liteRead) query(query string, args []any) (*Rows, error) {
	if err := r.begin(); err != nil {
		return nil, err
	}
	return r.on.query(query, args)
}

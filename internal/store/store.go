// Package store opens the database, SQLite or PostgreSQL, and runs transactions
// on it. It knows no room's tables: rooms bring their SQL and their migrations.
//
// Rooms write one SQL text for both databases, with ? for arguments. What
// differs between the two is in dialect.go and nowhere else.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/trace"
)

// Config says what to open.
type Config struct {
	// URL is postgres://… or the path of a SQLite file.
	URL   string
	Clock *clock.Clock
	Log   *slog.Logger
	// LockWait is how long a transaction waits for another process's locks, before it fails with
	// ErrUnavailable. Zero means 5 seconds.
	LockWait time.Duration
	// Connections is how many connections to PostgreSQL run transactions at once, besides one that checks
	// whether anything has changed. Zero means four for each processor of this machine, and at least 8.
	Connections int
	// Memory is how many bytes of read values are kept. Zero means DefaultMemory.
	Memory int
	// Waited is told how long a transaction has waited for what it then got, for
	// metrics: nothing where that was free. It may be nil, and must return at once.
	Waited func(what string, took time.Duration)
	// Collide has each write run once in vain before it runs for good, as if it had collided with another. A test
	// sees whether it leaves something behind.
	Collide bool
	// Watch is called with each connection on which SQLite writes, and what it returns before each statement there,
	// which may run others first. A test sees to triggers this way. It may be nil.
	Watch func(run func(statements string) error) (before func(statement string) error)
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	backend backend
	dialect dialect
	clock   *clock.Clock
	log     *slog.Logger
	keys    keys
	writing writing
	wrote   []func()
	lanes   atomic.Uint32
	collide bool

	running *running // transactions
	once    sync.Once
	err     error // of Close
}

// backend runs one function inside one transaction. sqlite and postgres implement it.
type backend interface {
	read(ctx context.Context, run func(conn) error) error
	// write commits if run returns no error. The change is what run has done to the database, even if it
	// returns an error.
	write(ctx context.Context, run func(conn) (change, error)) error
	ping(ctx context.Context) error
	admin() (db *sql.DB, done func() error, err error) // for migrations
	// close is called once, when no transaction runs any more.
	close() error
}

// conn is a place where statements run: inside a transaction that the backend
// opened and will end.
type conn interface {
	exec(query string, args []any) (changed int64, err error)
	query(query string, args []any) (*Rows, error)
	// send runs a statement, at once or together with the next one that is waited for; its error is then
	// reported by that one.
	send(query string, args []any, then rowsChanged) error
	// flush waits for what was sent.
	flush() error
	// drop forgets what was sent and has not run yet.
	drop()
	// look returns the state of the database at some moment since the transaction began, for cached values.
	// It is the same each time.
	look() look
}

// rowsChanged hears how many rows a statement has changed. Both may be nil.
type rowsChanged struct {
	count *int64                    // is set
	check func(changed int64) error // may fail, runs no statement, and is called before a commit
}

func (t rowsChanged) report(changed int64) error {
	if t.count != nil {
		*t.count = changed
	}
	if t.check != nil {
		return t.check(changed)
	}
	return nil
}

// File returns the SQLite file that a URL names, empty if it names PostgreSQL.
func File(url string) string {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return ""
	}
	return strings.TrimPrefix(url, "sqlite:")
}

// Open opens the database and checks that it answers.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{clock: c.Clock, log: c.Log, running: newRunning(), collide: c.Collide}
	s.lanes.Store(rand.Uint32()) // beside those of other servers
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if c.Waited == nil {
		c.Waited = func(string, time.Duration) {}
	}
	if c.LockWait <= 0 {
		c.LockWait = 5 * time.Second
	}
	if c.Memory <= 0 {
		c.Memory = DefaultMemory
	}
	if c.Connections <= 0 {
		c.Connections = max(8, 4*runtime.GOMAXPROCS(0))
	}
	var err error
	if path := File(c.URL); path == "" {
		s.dialect = postgresDialect
		s.backend, err = openPostgres(ctx, c)
	} else {
		s.dialect = sqliteDialect
		s.backend, err = openSQLite(ctx, path, c)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close lets the running transactions end and closes the database. Later ones fail with ErrUnavailable.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.running.close()
		s.err = s.backend.close()
	})
	return s.err
}

// begin counts a transaction, unless the store is closed. The caller calls
// s.running.done at its end.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.running.begin() {
		return fmt.Errorf("%w: the store is closed", ErrUnavailable)
	}
	return nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.done()
	return mapError(s.backend.ping(ctx))
}

// Database returns "SQLite" or "PostgreSQL", for messages to people. No room
// may decide anything by it.
func (s *Store) Database() string { return s.dialect.name }

// Now returns the time of the server's clock.
func (s *Store) Now() time.Time { return s.clock.Now() }

// Read runs fn in a transaction that sees one state of the database and cannot change it. What fn recalls
// (Recall) may come from another state, never older than the beginning of the read.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.done()
	defer trace.Begin(ctx, "read").End()
	return mapError(s.backend.read(ctx, func(c conn) error {
		defer watch(ctx)()
		tx := &Tx{ctx: ctx, conn: c, dialect: &s.dialect, now: s.clock.Now(), readOnly: true}
		return tx.run(fn)
	}))
}

// Write runs fn in a transaction. When it returns nil the changes are on disk; when it returns an error,
// nothing has changed. What fn reads is one state of the database, and if another transaction changes any of
// the rows that fn changes, fn is run again on the new state: no update is lost.
//
// So fn may run more than once and must not touch anything outside the transaction: work for after the commit
// goes to Tx.AfterCommit, and what has to be taken back before another run to Tx.OnRerun. It must not call Read or Write of the same store, and must not use the network.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, s.writing.run, fn)
}

// write is Write, tried by the way of trying: among other writes, or alone.
func (s *Store) write(ctx context.Context, way func(context.Context, dialect, func() error) error, fn func(*Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.done()
	defer trace.Begin(ctx, "write").End()
	if s.collide {
		if err := s.inVain(ctx, fn); err != nil {
			return err
		}
	}
	var after, again []func()
	err := way(ctx, s.dialect, func() error {
		return mapError(s.backend.write(ctx, func(c conn) (change, error) {
			defer watch(ctx)()
			for _, f := range again {
				f()
			}
			after, again = nil, nil
			tx := &Tx{ctx: ctx, conn: c, dialect: &s.dialect, now: s.clock.Now(), keys: &s.keys}
			if s.dialect.collides {
				tx.lane = s.lanes.Add(1)
			}
			err := tx.run(fn)
			after, again = tx.after, tx.again
			return tx.changed, err
		}))
	})
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	for _, f := range s.wrote {
		f()
	}
	return nil
}

// errInVain undoes a write that was run in vain.
var errInVain = errors.New("run in vain")

// inVain runs a write and undoes it, as a collision at its commit does. An error of fn is final.
func (s *Store) inVain(ctx context.Context, fn func(*Tx) error) error {
	var again []func()
	err := mapError(s.backend.write(ctx, func(c conn) (change, error) {
		tx := &Tx{ctx: ctx, conn: c, dialect: &s.dialect, now: s.clock.Now(), keys: &s.keys}
		defer func() { again = tx.again }()
		if err := tx.run(fn); err != nil {
			return tx.changed, err
		}
		return tx.changed, errInVain
	}))
	if errors.Is(err, errInVain) || errors.Is(err, ErrConflict) || violates(err) {
		for _, f := range again {
			f()
		}
		return nil
	}
	return err
}

// OnWrite registers fn, which is called after every transaction of this server that may have written
// something. fn must return at once, and must find out itself what was written. Call OnWrite at assembly,
// before the first transaction.
func (s *Store) OnWrite(fn func()) { s.wrote = append(s.wrote, fn) }

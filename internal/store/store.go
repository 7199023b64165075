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
	"runtime"
	"strings"
	"sync"
	"time"

	"qiwei/internal/clock"
)

// Config says what to open.
type Config struct {
	// URL is postgres://… or the path of a SQLite file.
	URL   string
	Clock *clock.Clock
	Log   *slog.Logger
	// LockWait is how long a transaction waits for what another process has
	// locked, before it fails with ErrUnavailable. Zero means 5 seconds.
	LockWait time.Duration
	// Connections is how many connections to PostgreSQL run transactions at once,
	// beside one that looks whether anything has changed. Zero means four for each
	// processor of this machine, and at least 8.
	Connections int
	// Memory is how many bytes of what was read are kept. Zero means DefaultMemory.
	Memory int
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

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // transactions
	once    sync.Once
	err     error // of Close
}

// backend runs one function inside one transaction. It is fulfilled by sqlite
// and postgres.
type backend interface {
	read(ctx context.Context, run func(conn) error) error
	// write commits where run returns no error. The change is what run has done to
	// the database, also where it returns one.
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
	// look returns the state of the database at some moment since the transaction
	// began, for what is kept; the same one each time.
	look() look
}

// File returns the SQLite file that a URL names, empty where it names PostgreSQL.
func File(url string) string {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return ""
	}
	return strings.TrimPrefix(url, "sqlite:")
}

// Open opens the database and checks that it answers.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{clock: c.Clock, log: c.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
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

// Close lets the transactions that run come to their end and closes the
// database. Later ones fail with ErrUnavailable.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.running.Wait()
		s.err = s.backend.close()
	})
	return s.err
}

// begin counts a transaction, unless the store is closed. The caller calls
// s.running.Done at its end.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%w: the store is closed", ErrUnavailable)
	}
	s.running.Add(1)
	return nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	return mapError(s.backend.ping(ctx))
}

// Database returns "SQLite" or "PostgreSQL", for messages to people. No room
// may decide anything by it.
func (s *Store) Database() string { return s.dialect.name }

// Now returns the time of the server's clock.
func (s *Store) Now() time.Time { return s.clock.Now() }

// Read runs fn in a transaction that sees one state of the database and cannot
// change it. What fn recalls (Recall) may be of another, which is never older than
// the beginning of the read.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	return mapError(s.backend.read(ctx, func(c conn) error {
		defer watch(ctx)()
		tx := &Tx{ctx: ctx, conn: c, dialect: s.dialect, now: s.clock.Now(), readOnly: true}
		return tx.run(fn)
	}))
}

// Write runs fn in a transaction. When it returns nil the changes are on disk;
// when it returns an error, nothing has changed. What fn reads is one state of
// the database, and if another transaction changes any of the rows that fn
// changes, fn is run again on the new state: no update is lost.
//
// So fn may run more than once and must not touch anything outside the
// transaction: what should happen after the commit goes to Tx.AfterCommit. It
// must not call Read or Write of the same store, and no network.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	var after []func()
	err := s.writing.run(ctx, s.dialect, func() error {
		after = nil
		return mapError(s.backend.write(ctx, func(c conn) (change, error) {
			defer watch(ctx)()
			tx := &Tx{ctx: ctx, conn: c, dialect: s.dialect, now: s.clock.Now(), keys: &s.keys}
			err := tx.run(fn)
			after = tx.after
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

// OnWrite has fn called after every transaction of this server that may have
// written something. It must return at once; what was written, it has to look for.
// It is called while the server is put together, before the first transaction.
func (s *Store) OnWrite(fn func()) { s.wrote = append(s.wrote, fn) }

// writing runs write transactions again that collided with another.
//
// Of many that change one row at once (a counter that every new member raises),
// one commits and all others collide, again and again. Therefore those that have
// collided take turns, and one that still has no luck keeps all others of this
// process out until it is through.
type writing struct {
	all   sync.RWMutex // held by each try
	again sync.Mutex   // held by one that has collided
}

const (
	triesInCompany = 4
	triesUnique    = 3
	collidingMost  = 10 * time.Second
)

func (w *writing) run(ctx context.Context, d dialect, try func() error) error {
	if !d.collides {
		return try()
	}
	err := w.inCompany(try)
	if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUnique) {
		return err
	}
	w.again.Lock()
	defer w.again.Unlock()
	ctx, cancel := context.WithTimeout(ctx, collidingMost)
	defer cancel()
	for n := 2; ctx.Err() == nil; n++ {
		switch {
		case n <= triesInCompany:
			err = w.inCompany(try)
		case n == triesInCompany+1:
			w.all.Lock()
			defer w.all.Unlock()
			fallthrough
		default:
			err = try()
		}
		// A unique violation is worth another try: the first saw no such row because
		// the other transaction had not committed; the second sees it and answers
		// with the room's own error.
		if !errors.Is(err, ErrConflict) && !(errors.Is(err, ErrUnique) && n < triesUnique) {
			break
		}
	}
	return err
}

func (w *writing) inCompany(try func() error) error {
	w.all.RLock()
	defer w.all.RUnlock()
	return try()
}

// Tx is a transaction. It is used by one goroutine and ends with the function
// it was given to.
type Tx struct {
	ctx      context.Context
	conn     conn
	dialect  dialect
	now      time.Time
	readOnly bool
	after    []func()

	keys    *keys  // of a write
	changed change // by the statements so far
	naming  []Row  // of the statement that runs now, see Only

	// SQLite would go on after a statement has failed, and while the rows of
	// another are being read; PostgreSQL does not. These hold both to what both do.
	failed error
	rows   *Rows // of the last query
}

func (tx *Tx) run(fn func(*Tx) error) error {
	defer func() {
		if tx.rows != nil {
			tx.rows.Close() // if fn has forgotten it, or could not because it panicked
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	return tx.ctx.Err() // whoever has gone is not told, so for them it has not happened
}

// Now returns the transaction's one time.
func (tx *Tx) Now() time.Time { return tx.now }

// ReadOnly reports whether the transaction cannot change anything.
func (tx *Tx) ReadOnly() bool { return tx.readOnly }

// AfterCommit has fn called once the transaction is on disk, and never if it is not.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

var (
	errReadOnly = errors.New("a read transaction may not write")
	errReading  = errors.New("a statement while the rows of another are being read; read them to the end first")
)

// may reports whether a statement can run now.
func (tx *Tx) may() error {
	if tx.rows != nil && !tx.rows.closed {
		return errReading
	}
	if tx.failed != nil {
		return fmt.Errorf("an earlier statement of the transaction has failed: %w", tx.failed)
	}
	return tx.ctx.Err() // no statement begins for whoever has gone
}

func (tx *Tx) check(err error) error {
	if err != nil {
		err = mapError(err)
		tx.failed = err
	}
	return err
}

// Try runs fn as a part of the transaction that may fail alone: when it returns
// an error, what it changed is undone and the transaction goes on. A batch uses
// it so that one bad row does not cost the others.
func (tx *Tx) Try(fn func() error) error {
	if _, err := tx.Exec("SAVEPOINT try"); err != nil {
		return err
	}
	after, failed := len(tx.after), tx.failed
	err := fn()
	if errors.Is(tx.failed, ErrConflict) || errors.Is(tx.failed, ErrUnavailable) {
		return err // no fault of the part: the whole transaction fails, and may run again
	}
	if err != nil {
		tx.after = tx.after[:after]
		tx.failed = failed
		if _, undoErr := tx.Exec("ROLLBACK TO SAVEPOINT try"); undoErr != nil {
			return errors.Join(err, undoErr)
		}
	}
	if _, releaseErr := tx.Exec("RELEASE SAVEPOINT try"); releaseErr != nil {
		return errors.Join(err, releaseErr)
	}
	return err
}

// Exec runs a statement and returns how many rows it changed. After an error the
// transaction can only be given up: it will not commit.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, errReadOnly
	}
	if err := tx.may(); err != nil {
		return 0, err
	}
	if err := tx.note(query); err != nil {
		return 0, err
	}
	n, err := tx.conn.exec(tx.dialect.rebind(query), args)
	return n, tx.check(err)
}

// Query runs a query. The caller closes the rows before the next statement, or
// uses Each, which does.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := tx.may(); err != nil {
		return nil, err
	}
	if !tx.readOnly {
		if err := tx.note(query); err != nil {
			return nil, err
		}
	}
	rows, err := tx.conn.query(tx.dialect.rebind(query), args)
	if err != nil {
		return nil, tx.check(err)
	}
	tx.rows = rows
	return rows, nil
}

// Each runs a query and calls scan for each row. scan can run no other statement.
func (tx *Tx) Each(query string, args []any, scan func(*Rows) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return tx.check(rows.Err())
}

// Get runs a query for at most one row and scans it. found is false where there
// is none.
func (tx *Tx) Get(query string, args []any, into ...any) (found bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, tx.check(rows.Err())
	}
	if err := rows.Scan(into...); err != nil {
		return false, fmt.Errorf("scan: %w", err)
	}
	return true, tx.check(rows.Close()) // the statement may still fail behind its first row
}

// Count runs a query for one number.
func (tx *Tx) Count(query string, args ...any) (int64, error) {
	var n int64
	if _, err := tx.Get(query, args, &n); err != nil {
		return 0, err
	}
	return n, nil
}

// Insert runs an INSERT into a table whose key is @serial and named "no", and
// returns the number that the row got.
func (tx *Tx) Insert(query string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, errReadOnly
	}
	var no int64
	found, err := tx.Get(query+" RETURNING no", args, &no)
	if err == nil && !found {
		err = errors.New("insert returned no row")
	}
	return no, err
}

// Marks returns n question marks for an IN (…), and Args widens a list for it.
func Marks(n int) string {
	if n == 0 {
		return "NULL" // IN (NULL) matches nothing on both databases
	}
	return strings.Repeat("?,", n-1) + "?"
}

// Args appends the elements of list to args.
func Args[T any](args []any, list []T) []any {
	for _, v := range list {
		args = append(args, v)
	}
	return args
}

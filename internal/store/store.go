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
	"strings"
	"time"

	"qiwei/internal/clock"
)

// Config says what to open.
type Config struct {
	// URL is postgres://… or the path of a SQLite file.
	URL   string
	Clock *clock.Clock
	Log   *slog.Logger
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	backend backend
	dialect dialect
	clock   *clock.Clock
	log     *slog.Logger
}

// backend runs one function inside one transaction. It is fulfilled by sqlite
// and postgres.
type backend interface {
	read(ctx context.Context, run func(conn) error) error
	write(ctx context.Context, run func(conn) error) error
	ping(ctx context.Context) error
	admin() (*sql.DB, error) // for migrations; closed with the store
	close() error
}

// conn is a place where statements run: inside a transaction that the backend
// opened and will end.
type conn interface {
	exec(query string, args []any) (changed int64, err error)
	query(query string, args []any) (*Rows, error)
}

// Open opens the database and checks that it answers.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{clock: c.Clock, log: c.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		s.dialect = postgresDialect
		s.backend, err = openPostgres(ctx, c.URL)
	} else {
		s.dialect = sqliteDialect
		s.backend, err = openSQLite(ctx, strings.TrimPrefix(c.URL, "sqlite:"))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the running transactions and closes the database.
func (s *Store) Close() error { return s.backend.close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return mapError(s.backend.ping(ctx)) }

// Database returns "SQLite" or "PostgreSQL", for messages to people. No room
// may decide anything by it.
func (s *Store) Database() string { return s.dialect.name }

// Now returns the time of the server's clock.
func (s *Store) Now() time.Time { return s.clock.Now() }

// Read runs fn in a transaction that sees one state of the database and cannot
// change it.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	err := s.backend.read(ctx, func(c conn) error {
		return fn(&Tx{conn: c, dialect: s.dialect, now: s.clock.Now(), readOnly: true})
	})
	return mapError(err)
}

// Write runs fn in a transaction. When it returns nil the changes are on disk;
// when it returns an error, nothing has changed.
//
// fn may run more than once (PostgreSQL refuses one of two transactions that
// collide), so it must not touch anything outside the transaction: what should
// happen after the commit goes to Tx.AfterCommit. It must not call Read or
// Write of the same store, and no network.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		var after []func()
		err := mapError(s.backend.write(ctx, func(c conn) error {
			tx := &Tx{conn: c, dialect: s.dialect, now: s.clock.Now()}
			err := fn(tx)
			after = tx.after
			return err
		}))
		if err == nil {
			for _, f := range after {
				f()
			}
			return nil
		}
		if !s.dialect.retries(err) || try == 5 || ctx.Err() != nil {
			return err
		}
	}
}

// Tx is a transaction. It is used by one goroutine and ends with the function
// it was given to.
type Tx struct {
	conn     conn
	dialect  dialect
	now      time.Time
	readOnly bool
	after    []func()
}

// Now returns the transaction's one time.
func (tx *Tx) Now() time.Time { return tx.now }

// AfterCommit has fn called once the transaction is on disk, and never if it is not.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Try runs fn as a part of the transaction that may fail alone: when it returns
// an error, what it changed is undone and the transaction goes on. A batch uses
// it so that one bad row does not cost the others.
func (tx *Tx) Try(fn func() error) error {
	if _, err := tx.Exec("SAVEPOINT try"); err != nil {
		return err
	}
	after := len(tx.after)
	err := fn()
	if err != nil {
		tx.after = tx.after[:after]
		if _, undoErr := tx.Exec("ROLLBACK TO SAVEPOINT try"); undoErr != nil {
			return errors.Join(err, undoErr)
		}
	}
	if _, releaseErr := tx.Exec("RELEASE SAVEPOINT try"); releaseErr != nil {
		return errors.Join(err, releaseErr)
	}
	return err
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, errors.New("a read transaction may not write")
	}
	n, err := tx.conn.exec(tx.dialect.rebind(query), args)
	return n, mapError(err)
}

// Query runs a query. The caller closes the rows, or uses Each, which does.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	rows, err := tx.conn.query(tx.dialect.rebind(query), args)
	return rows, mapError(err)
}

// Each runs a query and calls scan for each row.
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
	return rows.Err()
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
		return false, rows.Err()
	}
	if err := rows.Scan(into...); err != nil {
		return false, fmt.Errorf("scan: %w", err)
	}
	return true, nil
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

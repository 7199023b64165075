package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Tx is a transaction. It is used by one goroutine and ends with the function
// it was given to.
type Tx struct {
	ctx      context.Context
	conn     conn
	dialect  *dialect
	now      time.Time
	readOnly bool
	after    []func()
	again    []func()
	lane     uint32

	keys       *keys          // of a write
	changed    change         // by the statements so far
	recalled   map[string]any // by a write, of what it has not changed
	naming     []Row          // of the statement that runs now, see Only
	announcing bool           // queries are announced and not run, see Ahead

	// SQLite would continue after a failed statement, and while another's rows are being read; PostgreSQL
	// does not. These make both behave the same.
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
	return tx.ctx.Err() // a caller who has gone away is not told, so for them it has not happened
}

// Now returns the transaction's one time.
func (tx *Tx) Now() time.Time { return tx.now }

// Context returns the context of the transaction's caller.
func (tx *Tx) Context() context.Context { return tx.ctx }

// ReadOnly reports whether the transaction cannot change anything.
func (tx *Tx) ReadOnly() bool { return tx.readOnly }

// Lane returns a number from 0 up to most-1, another one than the transactions have
// that run beside this one, where there are so many. Who counts in a row for each
// lane does not make all others wait, or run again, as one row does. Where writes run
// one after the other it is 0.
func (tx *Tx) Lane(most int) int { return int(tx.lane % uint32(most)) }

// AfterCommit has fn called once the transaction is on disk, and never if it is not.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// OnRerun has fn called if the transaction is run again from its beginning, before it is, and never otherwise: neither
// once it is on disk nor when it is refused. It takes back what is kept in memory alone, such as a count.
func (tx *Tx) OnRerun(fn func()) { tx.again = append(tx.again, fn) }

var (
	errReadOnly = errors.New("a read transaction may not write")
	errReading  = errors.New("a statement while the rows of another are being read; read them to the end first")
)

// ready answers why no statement can run now, or nil.
func (tx *Tx) ready() error {
	if tx.rows != nil && !tx.rows.closed {
		return errReading
	}
	if tx.failed != nil {
		return fmt.Errorf("an earlier statement of the transaction has failed: %w", tx.failed)
	}
	return tx.ctx.Err() // no statement begins for a caller who has gone away
}

func (tx *Tx) check(err error) error {
	if err != nil {
		err = mapError(err)
		tx.failed = err
	}
	return err
}

// Try runs fn as a part of the transaction that may fail alone: when it returns an error, what it changed is
// rolled back and the transaction continues. A batch uses it so that one bad row does not cost the others.
func (tx *Tx) Try(fn func() error) error {
	if _, err := tx.Exec("SAVEPOINT try"); err != nil {
		return err
	}
	after, failed := len(tx.after), tx.failed
	err := fn()
	if err == nil && tx.failed == nil {
		err = tx.check(tx.conn.flush()) // a failure now still belongs to fn
	}
	if errors.Is(tx.failed, ErrConflict) || errors.Is(tx.failed, ErrUnavailable) {
		return err // not the part's fault: the whole transaction fails, and may run again
	}
	if err != nil {
		tx.after = tx.after[:after]
		tx.failed = failed
		tx.conn.drop()
		tx.overtaken("")
		if _, undoErr := tx.Exec("ROLLBACK TO SAVEPOINT try"); undoErr != nil {
			return errors.Join(err, undoErr)
		}
	}
	if releaseErr := tx.Send("RELEASE SAVEPOINT try"); releaseErr != nil {
		return errors.Join(err, releaseErr)
	}
	return err
}

// Exec runs a statement and returns how many rows it changed. After an error the transaction can no longer
// commit.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, errReadOnly
	}
	if err := tx.ready(); err != nil {
		return 0, err
	}
	if tx.announcing {
		return 0, errAhead
	}
	if err := tx.note(query); err != nil {
		return 0, err
	}
	n, err := tx.conn.exec(tx.dialect.rebind(query), args)
	return n, tx.check(err)
}

// Send runs a statement that nobody waits for: on PostgreSQL it is sent with the next one whose result is
// needed, or with the commit, which saves a round trip. If it fails, that one or Write reports the error. So
// it is for statements that are not expected to fail. Use Exec to handle a unique violation.
func (tx *Tx) Send(query string, args ...any) error { return tx.send(rowsChanged{}, query, args) }

// SendThen is Send, and check gets the number of rows that the statement has changed. check's error counts as
// the statement's. check must run no statement.
func (tx *Tx) SendThen(check func(changed int64) error, query string, args ...any) error {
	return tx.send(rowsChanged{check: check}, query, args)
}

// SendCount is Send, and puts the number of changed rows into n. It is there once the next statement that is
// waited for has run, or after the commit (AfterCommit).
func (tx *Tx) SendCount(n *int64, query string, args ...any) error {
	return tx.send(rowsChanged{count: n}, query, args)
}

func (tx *Tx) send(then rowsChanged, query string, args []any) error {
	if tx.readOnly {
		return errReadOnly
	}
	if err := tx.ready(); err != nil {
		return err
	}
	if tx.announcing {
		return errAhead
	}
	if err := tx.note(query); err != nil {
		return err
	}
	return tx.check(tx.conn.send(tx.dialect.rebind(query), args, then))
}

// Query runs a query. The caller closes the rows before the next statement, or
// uses Each, which does.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := tx.ready(); err != nil {
		return nil, err
	}
	if tx.announcing {
		tx.conn.(asking).ask(tx.dialect.rebind(query), args)
		return nil, errAhead
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

// Get runs a query for at most one row and scans it. found is false if there is none.
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
	return true, tx.check(rows.Close()) // the statement may still fail after its first row
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
func (tx *Tx) Insert(query string, args ...any) (no int64, err error) {
	if tx.readOnly {
		return 0, errReadOnly
	}
	found := false
	if c, ok := tx.conn.(numbering); ok {
		n, err := tx.Exec(query, args...)
		if err != nil {
			return 0, err
		}
		no, found = c.lastNumber(), n > 0
	} else {
		found, err = tx.Get(query+" RETURNING no", args, &no)
	}
	if err == nil && !found {
		err = errors.New("insert returned no row")
	}
	return no, err
}

// numbering is a conn that knows the number of the last row inserted. SQLite does, and
// where a statement returns the row, makes a trigger of it.
type numbering interface{ lastNumber() int64 }

// Marks returns n question marks for an IN (…), and Args widens a list for it.
func Marks(n int) string {
	if n == 0 {
		return "NULL" // IN (NULL) matches nothing on both databases
	}
	return strings.Repeat("?,", n-1) + "?"
}

// Tuples returns a row of values n times, for INSERT … VALUES.
func Tuples(row string, n int) string { return strings.Repeat(row+", ", n-1) + row }

// Args appends the elements of list to args.
func Args[T any](args []any, list []T) []any {
	for _, v := range list {
		args = append(args, v)
	}
	return args
}

package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"modernc.org/libc"
	litedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteConn is one connection with its prepared statements. SQLite prepares on each connection anew, and
// preparing costs more than a read by key. It uses the driver without database/sql, which would double the
// cost.
type liteConn struct {
	conn   driver.Conn
	handle uintptr // SQLite's own, see endWith
	stmts  map[string]*liteStmt
}

type liteStmt struct {
	stmt    driver.Stmt
	columns int
}

// Statements run without the request's context: the driver would start a
// goroutine for each to watch it. See endWith.
var background = context.Background()

func newLiteConn(dsn string) (*liteConn, error) {
	c, err := (&litedriver.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	out := &liteConn{conn: c, stmts: map[string]*liteStmt{}}
	if v := reflect.Indirect(reflect.ValueOf(c)); v.Kind() == reflect.Struct && v.FieldByName("db").Kind() == reflect.Uintptr {
		out.handle = uintptr(v.FieldByName("db").Uint())
	}
	return out, nil
}

// look is for a write, which recalls nothing.
func (c *liteConn) look() look { return look{} }

// interruptEvery is how often a statement is interrupted after its caller has gone away. SQLite forgets an
// interruption that comes before the statement begins.
const interruptEvery = 5 * time.Millisecond

// endWith ends the statement that runs when ctx is done, and those after it until stop is called. The driver
// would do it with a goroutine for each statement, which costs as much as a read by key; this costs as much
// as registering with the context. It needs SQLite's handle of the connection, which the driver does not
// expose.
func (c *liteConn) endWith(ctx context.Context) (stop func()) {
	if ctx.Done() == nil || c.handle == 0 {
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
	var lite *litedriver.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_INTERRUPT
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

// send runs the statement at once: there is no round trip to save.
func (c *liteConn) send(query string, args []any, then told) error {
	n, err := c.exec(query, args)
	if err == nil {
		err = then.tell(n)
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
	return &Rows{from: rows, values: make([]driver.Value, st.columns)}, nil
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

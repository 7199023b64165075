package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// Migrations run through database/sql. What they need of a driver is little: it is here, so that the program
// need not hold pgx's own, which reads and writes every type there is.

// pgAdmin makes connections for database/sql.
type pgAdmin struct{ *postgres }

func (p *postgres) admin() (db *sql.DB, done func() error, err error) {
	db = sql.OpenDB(pgAdmin{p})
	return db, db.Close, nil
}

// Connect makes a connection that has what every session has set.
func (p pgAdmin) Connect(ctx context.Context) (driver.Conn, error) {
	line, err := pgconn.ConnectConfig(ctx, p.cfg)
	if err != nil {
		return nil, err
	}
	if err := p.set(ctx, line); err != nil {
		line.Close(context.Background())
		return nil, err
	}
	return &pgLine{line}, nil
}

// Driver is for database/sql alone.
func (p pgAdmin) Driver() driver.Driver { return p }

// Open opens nothing: the connector is the way.
func (p pgAdmin) Open(string) (driver.Conn, error) { return p.Connect(context.Background()) }

// pgLine is a connection. It implements what database/sql asks for: statements with arguments and without, rows,
// and transactions.
type pgLine struct{ *pgconn.PgConn }

// Close ends the connection.
func (l *pgLine) Close() error { return l.PgConn.Close(context.Background()) }

// Begin begins a transaction.
func (l *pgLine) Begin() (driver.Tx, error) {
	_, err := l.ExecContext(context.Background(), "BEGIN", nil)
	return pgEnd{l}, err
}

// ExecContext runs a statement.
func (l *pgLine) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := l.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return driver.RowsAffected(result.CommandTag.RowsAffected()), nil
}

// QueryContext runs a statement and returns its rows.
func (l *pgLine) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	result, err := l.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return &pgLineRows{result}, nil
}

func (l *pgLine) run(ctx context.Context, query string, args []driver.NamedValue) (*pgconn.Result, error) {
	plain := make([]any, len(args))
	for i, a := range args {
		plain[i] = a.Value
	}
	values, formats, err := pgParameters(plain)
	if err != nil {
		return nil, err
	}
	if l.IsClosed() {
		return nil, driver.ErrBadConn
	}
	result := l.ExecParams(ctx, query, values, nil, formats, pgBinary).Read()
	return result, result.Err
}

// Prepare returns a statement that is sent anew each time.
func (l *pgLine) Prepare(query string) (driver.Stmt, error) { return pgLineStmt{l, query}, nil }

type pgEnd struct{ *pgLine }

func (e pgEnd) Commit() error   { return e.end("COMMIT") }
func (e pgEnd) Rollback() error { return e.end("ROLLBACK") }

func (e pgEnd) end(how string) error {
	_, err := e.ExecContext(context.Background(), how, nil)
	return err
}

type pgLineStmt struct {
	*pgLine
	query string
}

func (st pgLineStmt) Close() error  { return nil }
func (st pgLineStmt) NumInput() int { return -1 }

func (st pgLineStmt) Exec(args []driver.Value) (driver.Result, error) {
	return st.ExecContext(context.Background(), st.query, pgNamed(args))
}

func (st pgLineStmt) Query(args []driver.Value) (driver.Rows, error) {
	return st.QueryContext(context.Background(), st.query, pgNamed(args))
}

func pgNamed(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, v := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}

// pgLineRows are rows that have all been read.
type pgLineRows struct{ *pgconn.Result }

// Columns returns their names.
func (r *pgLineRows) Columns() []string {
	out := make([]string, len(r.FieldDescriptions))
	for i, f := range r.FieldDescriptions {
		out[i] = f.Name
	}
	return out
}

// Next reads the next row.
func (r *pgLineRows) Next(into []driver.Value) (err error) {
	if len(r.Rows) == 0 {
		return io.EOF
	}
	for i, b := range r.Rows[0] {
		if into[i], err = pgValue(r.FieldDescriptions[i].DataTypeOID, b); err != nil {
			return fmt.Errorf("column %s: %w", r.FieldDescriptions[i].Name, err)
		}
	}
	r.Rows = r.Rows[1:]
	return nil
}

// Close has nothing to end.
func (r *pgLineRows) Close() error { return nil }

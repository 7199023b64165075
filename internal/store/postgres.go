package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConns is how many transactions run at once on one server.
const postgresConns = 32

type postgres struct{ db *sql.DB }

func openPostgres(ctx context.Context, url string, lockWait time.Duration) (*postgres, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		// The driver's message may hold the password of the URL.
		return nil, fmt.Errorf("the database URL does not parse; expected postgres://user:password@host/database")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	// A transaction of another server that stands still (a stopped process, a
	// network that is cut) must not hold its locks for ever.
	settings := fmt.Sprintf("SET lock_timeout = %d; SET idle_in_transaction_session_timeout = '1min'", max(lockWait.Milliseconds(), 1))
	db := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.PgConn().Exec(ctx, settings).ReadAll()
		return err
	}))
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	p := &postgres{db: db}
	if err := p.ping(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return p, nil
}

func (p *postgres) kept() *kept  { return nil }
func (p *postgres) close() error { return p.db.Close() }

func (p *postgres) admin() (db *sql.DB, done func() error, err error) {
	return p.db, func() error { return nil }, nil
}

func (p *postgres) ping(ctx context.Context) error {
	return p.read(ctx, func(conn) error { return nil })
}

func (p *postgres) read(ctx context.Context, run func(conn) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, run)
}

// write runs at repeatable read: a row that another transaction has changed since
// this one began cannot be changed, which is ErrConflict, and Store.Write runs it
// again. Rooms read, decide and write as if they were alone; what they decide by
// rows that they do not write (a tree without loops) they guard by writing one.
// See docs/decisions/0001-writes-at-repeatable-read.md.
func (p *postgres) write(ctx context.Context, run func(conn) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead}, run)
}

func (p *postgres) run(ctx context.Context, opts *sql.TxOptions, run func(conn) error) (err error) {
	tx, err := p.begin(ctx, opts)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	if err := run(postgresConn{ctx, tx}); err != nil {
		return err
	}
	done = true
	return tx.Commit()
}

// begin starts a transaction. The connections that a restarted server has lost
// look alive until they are used. Nothing was asked of them yet, so another one is
// tried, until one is good or none can be made.
func (p *postgres) begin(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error) {
	for try := 0; ; try++ {
		tx, err := p.db.BeginTx(ctx, opts)
		var dial *pgconn.ConnectError
		if err == nil || try == postgresConns || ctx.Err() != nil || errors.As(err, &dial) || !errors.Is(mapError(err), ErrUnavailable) {
			return tx, err
		}
	}
}

type postgresConn struct {
	ctx context.Context
	tx  *sql.Tx
}

func (c postgresConn) exec(query string, args []any) (int64, error) {
	res, err := c.tx.ExecContext(c.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c postgresConn) query(query string, args []any) (*Rows, error) {
	rows, err := c.tx.QueryContext(c.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &Rows{std: rows}, nil
}

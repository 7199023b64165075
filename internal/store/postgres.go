package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

type postgres struct{ db *sql.DB }

func openPostgres(ctx context.Context, url string) (*postgres, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		// The driver's message may hold the password of the URL.
		return nil, fmt.Errorf("the database URL does not parse; expected postgres://user:password@host/database")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	db.SetConnMaxIdleTime(5 * time.Minute)
	p := &postgres{db: db}
	if err := p.ping(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return p, nil
}

func (p *postgres) admin() (*sql.DB, error)        { return p.db, nil }
func (p *postgres) kept() *kept                    { return nil }
func (p *postgres) ping(ctx context.Context) error { return p.db.PingContext(ctx) }
func (p *postgres) close() error                   { return p.db.Close() }

func (p *postgres) read(ctx context.Context, run func(conn) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, run)
}

// write runs at read committed: the rooms guard their rules with unique indexes
// and with counters that are updated where they are checked.
func (p *postgres) write(ctx context.Context, run func(conn) error) error {
	return p.run(ctx, nil, run)
}

func (p *postgres) run(ctx context.Context, opts *sql.TxOptions, run func(conn) error) (err error) {
	tx, err := p.db.BeginTx(ctx, opts)
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

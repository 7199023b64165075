package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors of either database. Everything else passes through.
var (
	ErrUnique      = errors.New("unique constraint violated")
	ErrForeign     = errors.New("foreign key violated") // PostgreSQL's alone: nobody asks for SQLite's
	ErrConflict    = errors.New("transaction collided with another")
	ErrUnavailable = errors.New("database unavailable")
)

// mapError wraps the driver's error in one of the errors above.
func mapError(err error) error {
	if err == nil || errors.Is(err, ErrUnique) || errors.Is(err, ErrForeign) || errors.Is(err, ErrConflict) || errors.Is(err, ErrUnavailable) {
		return err
	}
	var lite interface { // of ours, and of the driver's, which migrations run on
		error
		Code() int
	}
	if errors.As(err, &lite) {
		switch code := lite.Code(); code & 0xff {
		case sqlite3.SQLITE_CONSTRAINT:
			if code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY {
				return fmt.Errorf("%w: %w", ErrUnique, err)
			}
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505":
			return fmt.Errorf("%w: %w", ErrUnique, err)
		case "23503":
			return fmt.Errorf("%w: %w", ErrForeign, err)
		case "40001", "40P01":
			return fmt.Errorf("%w: %w", ErrConflict, err)
		case "55P03", "25P03": // locked for too long, idle for too long
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "58": // connection, resources such as the disk, the system's errors
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		case "57": // an operator's doing: shutdown, crash, start; 57014 is a cancelled query
			if pg.Code != "57014" {
				return fmt.Errorf("%w: %w", ErrUnavailable, err)
			}
		}
		return err
	}
	if errors.Is(err, context.Canceled) {
		return err // the caller's doing
	}
	if errors.As(err, new(*pgconn.ConnectError)) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var netErr net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &netErr) ||
		pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

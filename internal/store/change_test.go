package store

import (
	"context"
	"database/sql/driver"
	"io"
	"testing"
	"time"
)

// lockedConn is a connection whose statements wait for a row that is locked.
type lockedConn struct {
	conn
	asked, unlocked chan struct{}
}

func (c *lockedConn) query(string, []any) (*Rows, error) {
	close(c.asked)
	<-c.unlocked
	return newRows(noRows{}), nil
}

type noRows struct{}

func (noRows) Columns() []string         { return nil }
func (noRows) Next([]driver.Value) error { return io.EOF }
func (noRows) Close() error              { return nil }

// TestReferencesAreNotWaitedFor has a transaction that holds a row ask which tables
// refer to which, while another one that waits for the row asks as well.
func TestReferencesAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	var k keys
	ask := func() (*lockedConn, chan error) {
		c, done := &lockedConn{asked: make(chan struct{}), unlocked: make(chan struct{})}, make(chan error, 1)
		go func() {
			_, err := k.below(&Tx{ctx: context.Background(), conn: c, dialect: &postgresDialect}, "thing")
			done <- err
		}()
		return c, done
	}
	waiter, waited := ask()
	<-waiter.asked
	holder, held := ask()
	close(holder.unlocked)
	select {
	case err := <-held:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the one that holds the row waits for the one that waits for it")
	}
	close(waiter.unlocked)
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

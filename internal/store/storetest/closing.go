package storetest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

func closing(t *testing.T, b *bench) {
	b.things("a")
	st := b.open()
	release := b.hold(st, "b")
	inside, free := make(chan struct{}), make(chan struct{})
	read := make(chan error, 1)
	go func() {
		read <- st.Read(ctx, func(tx *store.Tx) error {
			close(inside)
			<-free
			_, err := names(tx)
			return err
		})
	}()
	<-inside
	closed := make(chan error)
	for range 2 {
		go func() { closed <- st.Close() }()
	}
	for !errors.Is(st.Ping(ctx), store.ErrUnavailable) { // until Close has begun
	}
	nothing := func(*store.Tx) error { t.Error("ran after Close"); return nil }
	if err := st.Write(ctx, nothing); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("write after Close: %v", err)
	}
	if err := st.Read(ctx, nothing); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("read after Close: %v", err)
	}
	select {
	case <-closed:
		t.Error("closed while transactions ran")
	default:
	}
	close(free)
	release()
	if err := <-read; err != nil {
		t.Errorf("the read that ran: %v", err)
	}
	for range 2 {
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
	}
	b.want(b.open(), "a", "b")
}

func leaks(t *testing.T, b *bench) {
	st := b.things("a")
	broken := errors.New("broken")
	for range 50 { // more than there are connections
		st.Write(ctx, func(tx *store.Tx) error { return broken })
		st.Read(ctx, func(tx *store.Tx) error { return broken })
		st.Read(ctx, func(tx *store.Tx) error { tx.Query(`SELECT name FROM thing`); return broken })
		st.Write(ctx, func(tx *store.Tx) error { tx.Query(`SELECT name FROM thing`); return nil })
		st.Write(ctx, func(tx *store.Tx) error { tx.Exec(`no SQL`); return nil })
		c, cancel := context.WithCancel(ctx)
		st.Write(c, func(tx *store.Tx) error { cancel(); _, err := insert(tx, "b"); return err })
		c, cancel = context.WithCancel(ctx)
		st.Read(c, func(tx *store.Tx) error { cancel(); _, err := names(tx); return err })
	}
	b.want(st, "a")
	b.write(st, func(tx *store.Tx) error { _, err := insert(tx, "c"); return err })
	b.want(st, "a", "c")
}

// nothingRuns is run while no other test is.
func nothingRuns(t *testing.T, b *bench) {
	use := func() {
		st, err := store.Open(ctx, store.Config{URL: b.url, Clock: clock.New()})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { st.Read(ctx, func(tx *store.Tx) error { _, err := tx.Count(`SELECT 1`); return err }) })
			all.Go(func() {
				st.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS t (n BIGINT)`); return err })
			})
		}
		all.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
	use() // what the first use starts once for all, stays
	before := runtime.NumGoroutine()
	for range 5 {
		use()
	}
	// The goroutines of closed connections end on their own, a little later.
	for deadline := time.After(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		select {
		case <-deadline:
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		default:
		}
	}
}

// abandoned leaves statements that would run for minutes. The next ones on the same
// store must not wait for them.
func abandoned(t *testing.T, b *bench) {
	st := b.things("a")
	long := func(ctx context.Context) error {
		return st.Read(ctx, func(tx *store.Tx) error {
			_, err := tx.Count(`WITH RECURSIVE c(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM c WHERE n < 4000000000) SELECT count(*) FROM c`)
			return err
		})
	}
	for range 3 { // more of them than there are connections
		gone, leave := context.WithCancel(ctx)
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if err := long(gone); !errors.Is(err, context.Canceled) {
					t.Errorf("a statement whose caller has gone: %v", err)
				}
			})
		}
		<-time.After(20 * time.Millisecond) // some run, some wait for a connection
		leave()
		left := time.Now()
		all.Wait()
		b.want(st, "a")
		if took := time.Since(left); took > patience/2 { // and the statements would take longer
			t.Errorf("the next read waited %v", took)
		}
	}
	b.write(st, func(tx *store.Tx) error { _, err := insert(tx, "b"); return err })
	b.want(st, "a", "b")
}

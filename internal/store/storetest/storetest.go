// Package storetest holds what every database behind package store must do. Each database passes all of it,
// so that the rooms need not know which one they use.
package storetest

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// Check tests a database. empty returns the URL of an empty one at each call.
func Check(t *testing.T, empty func(testing.TB) string) {
	t.Run("a closed store leaves nothing running", func(t *testing.T) { nothingRuns(t, &bench{t: t, url: empty(t)}) })
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"values come back as they were written", values},
		{"rows are numbered upward and never twice", numbers},
		{"a read sees one state", oneState},
		{"a read cannot write", readOnly},
		{"a write happens whole or not at all", atomic},
		{"a write that fails leaves its neighbours alone", neighbours},
		{"a caller who has gone has written nothing", gone},
		{"a panic reaches the caller", panics},
		{"a goroutine ended in a write is ended, and nothing else", exits},
		{"after the commit means after it", afterCommit},
		{"what a run has counted is taken back before another", rerun},
		{"constraints are errors of their own", constraints},
		{"a failed statement ends the transaction", failed},
		{"rows are read before the next statement", reading},
		{"no update is lost", lostUpdate},
		{"writes that run at once have lanes of their own", lanes},
		{"two who insert the same: one sees the other", sameInsert},
		{"a row that is known from elsewhere can be referred to", unseenRow},
		{"what is sent is there for the next statement", sends},
		{"what is sent and fails is not written", sendsFail},
		{"a query that was announced answers as always", ahead},
		{"an announced query that fails ends the transaction", aheadFails},
		{"a write recalls what it has not changed", recallsWithin},
		{"what is recalled is as new as what is read", recall},
		{"what is recalled of a row is as new as the row", recallRows},
		{"a write forgets what it changes, and what it says nothing of", forgets},
		{"nobody recalls what was overwritten before", history},
		{"a statement ends with its caller", abandoned},
		{"a lock of another process is not waited for for ever", locked},
		{"closing waits for those who are inside", closing},
		{"thousands of different statements", statements},
		{"nothing leaks", leaks},
		{"migrations go forward", migrations},
		{"migrations of two servers at once", migrationsAtOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, &bench{t: t, url: empty(t)})
		})
	}
}

// bench is the place of one test: an empty database and the stores open on it.
type bench struct {
	t   *testing.T
	url string
}

var ctx = context.Background()

// patience ends a test that would otherwise hang.
const patience = 2 * time.Minute

// open opens the database once more, as another process would.
func (b *bench) open(change ...func(*store.Config)) *store.Store {
	b.t.Helper()
	c := store.Config{URL: b.url, Clock: clock.At(time.Date(2031, 1, 6, 9, 0, 0, 0, time.UTC))}
	for _, f := range change {
		f(&c)
	}
	st, err := store.Open(ctx, c)
	if err != nil {
		b.t.Fatalf("open: %v", err)
	}
	b.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.t.Errorf("close: %v", err)
		}
	})
	return st
}

// thing is the schema of most tests.
const thing = `-- +goose Up
CREATE TABLE thing (
    no    @serial,
    name  @text NOT NULL,
    n     BIGINT NOT NULL DEFAULT 0,
    bytes @bytes,
    small SMALLINT NOT NULL DEFAULT 0,
    maybe TEXT
);
CREATE UNIQUE INDEX thing_name ON thing (name);
CREATE TABLE part (
    name  @text PRIMARY KEY,
    thing BIGINT NOT NULL REFERENCES thing (no) ON DELETE CASCADE
) @rowless;
`

func room(name, text string) fs.FS {
	return fstest.MapFS{"migrations/" + name: {Data: []byte(text)}}
}

// things opens a store whose table has things of these names.
func (b *bench) things(names ...string) *store.Store {
	b.t.Helper()
	st := b.open()
	if err := st.Migrate(ctx, room("202601010000_thing.sql", thing)); err != nil {
		b.t.Fatal(err)
	}
	b.write(st, func(tx *store.Tx) error {
		for _, name := range names {
			if _, err := insert(tx, name); err != nil {
				return err
			}
		}
		return nil
	})
	return st
}

func insert(tx *store.Tx, name string) (int64, error) {
	return tx.Insert(`INSERT INTO thing (name) VALUES (?)`, name)
}

func (b *bench) write(st *store.Store, fn func(*store.Tx) error) {
	b.t.Helper()
	if err := st.Write(ctx, fn); err != nil {
		b.t.Fatalf("write: %v", err)
	}
}

func (b *bench) read(st *store.Store, fn func(*store.Tx) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := st.Read(ctx, fn); err != nil {
		b.t.Fatalf("read: %v", err)
	}
}

// names returns the names of all things, in order.
func (b *bench) names(st *store.Store) (list []string) {
	b.t.Helper()
	b.read(st, func(tx *store.Tx) (err error) { list, err = names(tx); return err })
	return list
}

func names(tx *store.Tx) (list []string, err error) {
	err = tx.Each(`SELECT name FROM thing ORDER BY name`, nil, func(rows *store.Rows) error {
		var name string
		err := rows.Scan(&name)
		list = append(list, name)
		return err
	})
	return list, err
}

func (b *bench) want(st *store.Store, want ...string) {
	b.t.Helper()
	if got := b.names(st); !slices.Equal(got, want) {
		b.t.Errorf("the table holds %q, want %q", got, want)
	}
}

// Package storetest holds what every database behind package store must do. Each database passes all of it,
// so that the rooms need not know which one they use.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	syncatomic "sync/atomic"
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
		{"constraints are errors of their own", constraints},
		{"a failed statement ends the transaction", failed},
		{"rows are read before the next statement", reading},
		{"no update is lost", lostUpdate},
		{"two who insert the same: one sees the other", sameInsert},
		{"what is sent is there for the next statement", sends},
		{"what is sent and fails is not written", sendsFail},
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

func values(t *testing.T, b *bench) {
	st := b.things()
	long := strings.Repeat("长", 100_000)
	for i, v := range []struct {
		name  string
		n     int64
		bytes []byte
		small int64
		maybe sql.NullString
	}{
		{"", 0, []byte{}, 0, sql.NullString{}},
		{"a'b\"c?d$1%_\\\n\t;--", 1<<63 - 1, []byte{0, 1, 0xff, '\''}, 32767, sql.NullString{String: "", Valid: true}},
		{"企微🏢é\u200b", -1 << 63, bytes.Repeat([]byte{0xfe}, 70_000), -32768, sql.NullString{String: "null", Valid: true}},
		{long[:300], 1 << 53, nil, 1, sql.NullString{String: long, Valid: true}},
	} {
		back := v
		back.name, back.n, back.bytes, back.maybe = "?", 7, []byte("?"), sql.NullString{String: "?", Valid: true}
		b.write(st, func(tx *store.Tx) error {
			no, err := tx.Insert(`INSERT INTO thing (name, n, bytes, small, maybe) VALUES (?, ?, ?, ?, ?)`, v.name, v.n, v.bytes, v.small, v.maybe)
			if err != nil {
				return err
			}
			found, err := tx.Get(`SELECT name, n, bytes, small, maybe FROM thing WHERE no = ? AND name = ? AND '?' = '?'`, []any{no, v.name},
				&back.name, &back.n, &back.bytes, &back.small, &back.maybe)
			if err == nil && !found {
				err = errors.New("not found")
			}
			return err
		})
		if back.name != v.name || back.n != v.n || !bytes.Equal(back.bytes, v.bytes) || back.small != v.small || back.maybe != v.maybe {
			t.Errorf("row %d came back different", i)
		}
	}
	// Text is compared and sorted byte by byte, and large lists are possible.
	b.write(st, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM thing`)
		for _, name := range []string{"b", "中", "B", "a", "A", "é", "_"} {
			if err == nil {
				_, err = insert(tx, name)
			}
		}
		return err
	})
	b.want(st, "A", "B", "_", "a", "b", "é", "中")
	b.read(st, func(tx *store.Tx) error {
		list := make([]string, 30_000)
		list[29_999] = "b"
		if n, err := tx.Count(`SELECT count(*) FROM thing WHERE name IN (`+store.Marks(len(list))+`)`, store.Args(nil, list)...); err != nil || n != 1 {
			t.Errorf("a list of 30,000: %d, %v", n, err)
		}
		if n, err := tx.Count(`SELECT count(*) FROM thing WHERE name IN (` + store.Marks(0) + `)`); err != nil || n != 0 {
			t.Errorf("an empty list: %d, %v", n, err)
		}
		return nil
	})
}

func numbers(t *testing.T, b *bench) {
	st := b.things("a", "b")
	var last, next int64
	b.write(st, func(tx *store.Tx) (err error) {
		if last, err = insert(tx, "c"); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM thing WHERE no = ?`, last)
		return err
	})
	b.write(st, func(tx *store.Tx) (err error) { next, err = insert(tx, "d"); return err })
	if next <= last {
		t.Errorf("row %d after row %d, which had been deleted", next, last)
	}
}

func oneState(t *testing.T, b *bench) {
	st := b.things("a")
	b.read(st, func(tx *store.Tx) error {
		before, err := names(tx)
		if err != nil {
			return err
		}
		b.write(st, func(tx *store.Tx) error {
			if _, err := insert(tx, "b"); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE thing SET name = 'z' WHERE name = 'a'`)
			return err
		})
		after, err := names(tx)
		if !slices.Equal(before, after) {
			t.Errorf("one read saw %q and then %q", before, after)
		}
		return err
	})
	b.want(st, "b", "z")
}

func readOnly(t *testing.T, b *bench) {
	st := b.things("a")
	for name, write := range map[string]func(*store.Tx) error{
		"Exec":   func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM thing`); return err },
		"Insert": func(tx *store.Tx) error { _, err := insert(tx, "b"); return err },
		"Get": func(tx *store.Tx) error {
			_, err := tx.Get(`DELETE FROM thing RETURNING no`, nil, new(int64))
			return err
		},
	} {
		if err := st.Read(ctx, write); err == nil {
			t.Errorf("%s wrote in a read transaction", name)
		}
	}
	b.want(st, "a")
}

func atomic(t *testing.T, b *bench) {
	st := b.things("a")
	broken := errors.New("broken")
	err := st.Write(ctx, func(tx *store.Tx) error {
		if _, err := insert(tx, "b"); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM thing WHERE name = 'a'`); err != nil {
			return err
		}
		return fmt.Errorf("after two statements: %w", broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("write: %v", err)
	}
	b.want(st, "a")
}

// hold runs a write that stays inside until release is called. On a database that
// writes one after the other, all others wait for it.
func (b *bench) hold(st *store.Store, name string) (release func()) {
	b.t.Helper()
	inside, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- st.Write(ctx, func(tx *store.Tx) error {
			if _, err := insert(tx, name); err != nil {
				return err
			}
			close(inside)
			<-free
			return nil
		})
	}()
	select {
	case <-inside:
	case err := <-done:
		b.t.Fatalf("hold: %v", err)
	}
	return func() {
		close(free)
		if err := <-done; err != nil {
			b.t.Errorf("the write that held the others: %v", err)
		}
	}
}

func neighbours(t *testing.T, b *bench) {
	st := b.things("taken")
	release := b.hold(st, "first")
	broken := errors.New("broken")
	var want []string
	var all sync.WaitGroup
	for i := range 60 {
		name := fmt.Sprintf("n%02d", i)
		run := func(expect string, fn func(context.Context) error) {
			all.Go(func() {
				defer func() {
					if recover() != nil && expect != "panic" {
						t.Errorf("%s: a panic of another", name)
					}
				}()
				if err := fn(ctx); (err == nil) != (expect == "") {
					t.Errorf("%s: %v; expected %q", name, err, expect)
				}
			})
		}
		switch write := func(tx *store.Tx) error { _, err := insert(tx, name); return err }; i % 6 {
		case 0, 1:
			want = append(want, name)
			run("", func(ctx context.Context) error { return st.Write(ctx, write) })
		case 2:
			run("its own error", func(ctx context.Context) error {
				return st.Write(ctx, func(tx *store.Tx) error { return errors.Join(write(tx), broken) })
			})
		case 3:
			run("panic", func(ctx context.Context) error {
				return st.Write(ctx, func(tx *store.Tx) error { write(tx); panic("broken") })
			})
		case 4:
			run("a cancelled context", func(ctx context.Context) error {
				ctx, cancel := context.WithCancel(ctx)
				return st.Write(ctx, func(tx *store.Tx) error { cancel(); write(tx); return nil })
			})
		case 5:
			run("a taken name", func(ctx context.Context) error {
				return st.Write(ctx, func(tx *store.Tx) error { write(tx); _, err := insert(tx, "taken"); return err })
			})
		}
	}
	release()
	all.Wait()
	b.want(st, append(append([]string{"first"}, want...), "taken")...)
}

func gone(t *testing.T, b *bench) {
	st := b.things()
	release := b.hold(st, "first")
	waiting, cancel := context.WithCancel(ctx)
	cancel()
	for _, c := range []context.Context{waiting, canceledSoon(t)} {
		err := st.Write(c, func(tx *store.Tx) error {
			_, err := insert(tx, "late")
			<-c.Done() // on a database that lets it in
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("write: %v", err)
		}
		if err := st.Read(waiting, func(*store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
	}
	release()
	b.want(st, "first")
}

// canceledSoon returns a context that is cancelled while somebody waits on it.
func canceledSoon(t *testing.T) context.Context {
	c, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(20*time.Millisecond, cancel)
	t.Cleanup(func() { timer.Stop(); cancel() })
	return c
}

func panics(t *testing.T, b *bench) {
	st := b.things("a")
	for name, run := range map[string]func(context.Context, func(*store.Tx) error) error{"Read": st.Read, "Write": st.Write} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "broken") {
					t.Errorf("%s: recovered %s", name, got)
				}
			}()
			run(ctx, func(tx *store.Tx) error {
				if name == "Write" {
					insert(tx, "b")
				}
				tx.Query(`SELECT name FROM thing`) // and the rows stay open
				panic("broken")
			})
		}()
	}
	b.want(st, "a")
	b.write(st, func(tx *store.Tx) error { _, err := insert(tx, "c"); return err })
	b.want(st, "a", "c")
}

func exits(t *testing.T, b *bench) {
	st := b.things("a")
	for name, run := range map[string]func(context.Context, func(*store.Tx) error) error{"Read": st.Read, "Write": st.Write} {
		whole := true
		var done sync.WaitGroup
		done.Go(func() {
			t := new(testing.T) // one that may fail
			run(ctx, func(tx *store.Tx) error {
				if name == "Write" {
					insert(tx, "b")
				}
				whole = false
				t.FailNow()
				return nil
			})
			whole = true
		})
		done.Wait()
		if whole {
			t.Errorf("%s came back", name)
		}
	}
	b.write(st, func(tx *store.Tx) error { _, err := insert(tx, "c"); return err })
	b.want(st, "a", "c")
}

func afterCommit(t *testing.T, b *bench) {
	st := b.things("taken")
	var told []string
	tell := func(tx *store.Tx, what string) { tx.AfterCommit(func() { told = append(told, what) }) }
	st.Write(ctx, func(tx *store.Tx) error { tell(tx, "never"); return errors.New("broken") })
	st.Write(ctx, func(tx *store.Tx) error { tell(tx, "never"); _, err := insert(tx, "taken"); return err })
	func() {
		defer func() { recover() }()
		st.Write(ctx, func(tx *store.Tx) error { tell(tx, "never"); panic("broken") })
	}()
	b.write(st, func(tx *store.Tx) error {
		tell(tx, "first")
		tx.AfterCommit(func() {
			b.want(st, "new", "taken")
			b.write(st, func(tx *store.Tx) error { tell(tx, "second"); return nil })
		})
		_, err := insert(tx, "new")
		if told != nil {
			t.Errorf("told %q before the commit", told)
		}
		return err
	})
	if want := []string{"first", "second"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func constraints(t *testing.T, b *bench) {
	st := b.things("a")
	for _, c := range []struct {
		name   string
		unique bool
		write  func(*store.Tx) error
	}{
		{"a unique index", true, func(tx *store.Tx) error { _, err := insert(tx, "a"); return err }},
		{"a unique index in an update", true, func(tx *store.Tx) error {
			insert(tx, "b")
			_, err := tx.Exec(`UPDATE thing SET name = 'a' WHERE name = 'b'`)
			return err
		}},
		{"a primary key", true, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO part (name, thing) SELECT 'p', no FROM thing`)
			if err == nil {
				_, err = tx.Exec(`INSERT INTO part (name, thing) SELECT 'p', no FROM thing`)
			}
			return err
		}},
		{"a foreign key", false, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO part (name, thing) VALUES ('p', 4711)`)
			return err
		}},
		{"a column that must be there", false, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO thing (name) VALUES (?)`, nil)
			return err
		}},
	} {
		runs := 0
		err := st.Write(ctx, func(tx *store.Tx) error { runs++; return c.write(tx) })
		if err == nil || errors.Is(err, store.ErrUnique) != c.unique || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v", c.name, err)
		}
		if runs > 3 {
			t.Errorf("%s: tried %d times", c.name, runs)
		}
	}
	b.want(st, "a")
}

func failed(t *testing.T, b *bench) {
	st := b.things("a")
	err := st.Write(ctx, func(tx *store.Tx) error {
		if _, err := insert(tx, "b"); err != nil {
			return err
		}
		insert(tx, "a") // and nobody looks whether it worked
		if _, err := insert(tx, "c"); !errors.Is(err, store.ErrUnique) {
			t.Errorf("a statement after one that has failed: %v", err)
		}
		if _, err := names(tx); err == nil {
			t.Error("a query after a statement that has failed")
		}
		return nil
	})
	if !errors.Is(err, store.ErrUnique) {
		t.Errorf("write: %v", err)
	}
	b.want(st, "a")
	if err := st.Read(ctx, func(tx *store.Tx) error { tx.Count(`SELECT nothing`); return nil }); err == nil {
		t.Error("a read whose statement has failed")
	}
}

func reading(t *testing.T, b *bench) {
	st := b.things("a", "b", "c")
	err := st.Write(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT name FROM thing`, nil, func(*store.Rows) error { _, err := insert(tx, "d"); return err })
	})
	if err == nil {
		t.Error("a statement inside Each was run")
	}
	stop := errors.New("enough")
	for range 50 { // more than there are connections
		err := st.Read(ctx, func(tx *store.Tx) error {
			seen := 0
			err := tx.Each(`SELECT name FROM thing`, nil, func(*store.Rows) error { seen++; return stop })
			if !errors.Is(err, stop) || seen != 1 {
				t.Errorf("Each: %v after %d rows", err, seen)
			}
			if n, err := tx.Count(`SELECT count(*) FROM thing`); err != nil || n != 3 {
				t.Errorf("a query after a list that was left early: %d, %v", n, err)
			}
			_, err = tx.Query(`SELECT name FROM thing`) // nobody closes it
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b.want(st, "a", "b", "c")
}

func lostUpdate(t *testing.T, b *bench) {
	st, other := b.things("counter", "list"), b.open()
	const writers, each = 8, 12
	var all sync.WaitGroup
	for w := range writers {
		st := []*store.Store{st, other}[w%2]
		all.Go(func() {
			for range each {
				count := func(tx *store.Tx) error {
					n, err := tx.Count(`SELECT n FROM thing WHERE name = 'counter'`)
					if err != nil {
						return err
					}
					_, err = tx.Exec(`UPDATE thing SET n = ? WHERE name = 'counter'`, n+1)
					return err
				}
				err := st.Write(ctx, func(tx *store.Tx) error {
					if w < writers/2 {
						return count(tx)
					}
					tx.Try(func() error { return count(tx) }) // a collision is no error of the part
					return nil
				})
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	all.Wait()
	b.read(st, func(tx *store.Tx) error {
		n, err := tx.Count(`SELECT n FROM thing WHERE name = 'counter'`)
		if n != writers*each {
			t.Errorf("%d of %d increments are there", n, writers*each)
		}
		return err
	})
}

func sameInsert(t *testing.T, b *bench) {
	st, other := b.things(), b.open()
	taken := errors.New("taken")
	for round := range 10 {
		name := fmt.Sprint("name", round)
		errs := make(chan error, 8)
		for w := range cap(errs) {
			go func() {
				errs <- []*store.Store{st, other}[w%2].Write(ctx, func(tx *store.Tx) error {
					if n, err := tx.Count(`SELECT count(*) FROM thing WHERE name = ?`, name); err != nil || n > 0 {
						return errors.Join(err, taken)
					}
					_, err := insert(tx, name)
					return err
				})
			}()
		}
		won := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				won++
			} else if !errors.Is(err, taken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if won != 1 {
			t.Errorf("%s was inserted %d times", name, won)
		}
	}
}

func recall(t *testing.T, b *bench) {
	st, other := b.things("row"), b.open()
	reads := 0
	recalled := func(tx *store.Tx) (int64, error) {
		return store.Recall(tx, "n of row", func(int64) int { return 8 }, func() (int64, error) {
			reads++
			return tx.Count(`SELECT n FROM thing WHERE name = 'row'`)
		})
	}
	set := func(tx *store.Tx, n int64) error {
		_, err := tx.Exec(`UPDATE thing SET n = ? WHERE name = 'row'`, n)
		return err
	}
	for i := range 40 { // each commit, by this store or by another one, is seen at once
		writer := []*store.Store{st, other}[i%2]
		b.write(writer, func(tx *store.Tx) error {
			if err := set(tx, int64(i)); err != nil {
				return err
			}
			if n, err := recalled(tx); err != nil || n != int64(i) {
				t.Errorf("in the write itself: %d, %v; want %d", n, err, i)
			}
			return nil
		})
		for range 3 {
			b.read(st, func(tx *store.Tx) error {
				if n, err := recalled(tx); err != nil || n != int64(i) {
					t.Fatalf("recalled %d, %v; %d was committed", n, err, i)
				}
				return nil
			})
		}
		// What was not committed is never seen.
		writer.Write(ctx, func(tx *store.Tx) error {
			set(tx, -1)
			b.read(st, func(tx *store.Tx) error {
				if n, err := recalled(tx); err != nil || n != int64(i) {
					t.Fatalf("recalled %d, %v while -1 was being written", n, err)
				}
				return nil
			})
			return errors.New("broken")
		})
	}
	t.Logf("%d looks needed %d reads", 40*5, reads)

	// The same with writers and readers at once.
	var acknowledged syncatomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Go(func() {
		defer close(stop)
		for i := range int64(80) {
			b.write([]*store.Store{st, other}[i%2], func(tx *store.Tx) error { return set(tx, 1000+i) })
			acknowledged.Store(1000 + i)
		}
	})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				least := acknowledged.Load()
				err := st.Read(ctx, func(tx *store.Tx) error {
					n, err := store.Recall(tx, "n of row", func(int64) int { return 8 }, func() (int64, error) {
						return tx.Count(`SELECT n FROM thing WHERE name = 'row'`)
					})
					if n < least {
						t.Errorf("recalled %d after %d was acknowledged", n, least)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func locked(t *testing.T, b *bench) {
	st := b.things("row")
	other := b.open(func(c *store.Config) { c.LockWait = 30 * time.Millisecond })
	change := func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE thing SET n = n + 1 WHERE name = 'row'`)
		return err
	}
	inside, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- st.Write(ctx, func(tx *store.Tx) error {
			err := change(tx)
			close(inside)
			<-free
			return err
		})
	}()
	<-inside
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := other.Write(ctx, change); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("write while another process holds the row: %v", err)
			}
		})
	}
	b.want(other, "row") // reading goes on
	all.Wait()
	close(free)
	if err := <-done; err != nil {
		t.Errorf("the holder: %v", err)
	}
	b.write(other, change)
	b.read(st, func(tx *store.Tx) error {
		if n, err := tx.Count(`SELECT n FROM thing`); err != nil || n != 2 {
			t.Errorf("changed %d times, %v; want 2", n, err)
		}
		return nil
	})
}

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

func statements(t *testing.T, b *bench) {
	st := b.things("a", "b")
	for i := range 1500 {
		query := fmt.Sprintf(`SELECT count(*) + %d FROM thing WHERE name <> ?`, i)
		b.read(st, func(tx *store.Tx) error {
			if n, err := tx.Count(query, "a"); err != nil || n != int64(i)+1 {
				t.Errorf("%s: %d, %v", query, n, err)
			}
			return nil
		})
	}
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

func migrations(t *testing.T, b *bench) {
	st := b.open()
	first := room("202601010000_thing.sql", thing)
	second := room("202602010000_more.sql", "-- +goose Up\nALTER TABLE thing ADD COLUMN more BIGINT NOT NULL DEFAULT 7;\n")
	for range 2 {
		if err := st.Migrate(ctx, first); err != nil {
			t.Fatalf("migrate: %v", err)
		}
	}
	b.write(st, func(tx *store.Tx) error { _, err := insert(tx, "old"); return err })
	half := room("202603010000_half.sql", "-- +goose Up\nALTER TABLE thing ADD COLUMN half BIGINT;\nALTER TABLE nothing ADD COLUMN half BIGINT;\n")
	if err := st.Migrate(ctx, first, second, half); err == nil {
		t.Error("a migration that does not work was taken")
	}
	more := func(tx *store.Tx) error {
		if n, err := tx.Count(`SELECT more FROM thing WHERE name = 'old'`); err != nil || n != 7 {
			t.Errorf("an old row has %d, %v", n, err)
		}
		return nil
	}
	b.read(st, more) // those before it are done
	if err := st.Read(ctx, func(tx *store.Tx) error { _, err := tx.Count(`SELECT half FROM thing`); return err }); err == nil {
		t.Error("half of a migration was done")
	}
	if err := st.Migrate(ctx, second, first); err != nil {
		t.Errorf("in another order: %v", err)
	}
	b.read(st, more)
	if err := st.Migrate(ctx, first); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("an old program on a new schema: %v", err)
	}
	between := room("202601150000_between.sql", "-- +goose Up\nCREATE TABLE between_them (n BIGINT);\n")
	if err := st.Migrate(ctx, first, between, second); err != nil {
		t.Errorf("a migration merged late, from another branch: %v", err)
	}
	if err := st.Migrate(ctx, first, second, room("202601010000_thing.sql", thing)); err == nil {
		t.Error("two migrations of one name")
	}
	if err := st.Migrate(ctx, first, second, room("202602010000_other.sql", thing)); err == nil {
		t.Error("two migrations of one number")
	}
}

func migrationsAtOnce(t *testing.T, b *bench) {
	rooms := []fs.FS{room("202601010000_thing.sql", thing)}
	for i := range 8 {
		rooms = append(rooms, room(fmt.Sprintf("2026020%d0000_t.sql", i+1), fmt.Sprintf("-- +goose Up\nCREATE TABLE t%d (n BIGINT);\nINSERT INTO t%d VALUES (1);\n", i, i)))
	}
	stores := []*store.Store{b.open(), b.open(), b.open()}
	errs := make(chan error)
	for _, st := range stores {
		go func() { errs <- st.Migrate(ctx, rooms...) }()
	}
	for range stores {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	b.read(stores[0], func(tx *store.Tx) error {
		for i := range 8 {
			if n, err := tx.Count(fmt.Sprintf(`SELECT count(*) FROM t%d`, i)); err != nil || n != 1 {
				t.Errorf("t%d has %d rows, %v", i, n, err)
			}
		}
		return nil
	})
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/store"
)

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

// canceledSoon returns a context that is cancelled while somebody waits with it.
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

// rerun: what a run has counted in memory is taken back before each further one, and stays when it was the last.
func rerun(t *testing.T, b *bench) {
	st := b.things("taken")
	runs, counted := 0, 0
	count := func(tx *store.Tx) {
		runs, counted = runs+1, counted+1
		tx.OnRerun(func() { counted-- })
	}
	err := st.Write(ctx, func(tx *store.Tx) error { count(tx); _, err := insert(tx, "taken"); return err })
	if !errors.Is(err, store.ErrUnique) || counted != 1 {
		t.Errorf("refused after %d runs: %v, counted %d times", runs, err, counted)
	}
	b.write(st, func(tx *store.Tx) error { count(tx); _, err := insert(tx, "new"); return err })
	if counted != 2 {
		t.Errorf("counted %d times", counted)
	}
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

package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	syncatomic "sync/atomic"
	"testing"
	"time"

	"qiwei/internal/store"
)

func row(name string) store.Row { return store.Row{Table: "thing", Key: name} }

func size(int64) int { return 8 }

// recalled returns the number of a thing, as a call does that is made often. read
// says whether the database was asked.
func recalled(tx *store.Tx, name string) (n int64, read bool, err error) {
	n, err = store.RecallRow(tx, row(name), size, func() (int64, error) {
		read = true
		return tx.Count(`SELECT n FROM thing WHERE name = ?`, name)
	})
	return n, read, err
}

// set changes the number of a thing, with or without saying which row that is.
func set(tx *store.Tx, name string, n int64, named bool) error {
	exec := tx.Exec
	if named {
		exec = tx.Only(row(name)).Exec
	}
	_, err := exec(`UPDATE thing SET n = ? WHERE name = ?`, n, name)
	return err
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
	recallAtOnce(b, st, other, set)
}

// recallAtOnce is recall with a writer and readers at once.
func recallAtOnce(b *bench, st, other *store.Store, set func(*store.Tx, int64) error) {
	t := b.t
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

func recallRows(t *testing.T, b *bench) {
	st, other := b.things("a", "b"), b.open()
	want := map[string]int64{"a": 0, "b": 0}
	check := func(what string) {
		t.Helper()
		for name, want := range want {
			for range 2 {
				b.read(st, func(tx *store.Tx) error {
					if n, _, err := recalled(tx, name); err != nil || n != want {
						t.Fatalf("%s: recalled %d of %s, %v; %d was committed", what, n, name, err, want)
					}
					return nil
				})
			}
		}
	}
	check("at first")
	for i := range int64(24) {
		name, writer, named := []string{"a", "b"}[i%2], []*store.Store{st, other}[i/2%2], i/4%2 == 0
		b.write(writer, func(tx *store.Tx) error { return set(tx, name, i, named) })
		want[name] = i
		check(fmt.Sprintf("write %d, named %v", i, named))
		// What was undone has changed nothing, whatever it said.
		writer.Write(ctx, func(tx *store.Tx) error { return errors.Join(set(tx, name, -1, named), errors.New("broken")) })
		check("after a write that failed")
		// A part that was tried and undone, and one that was not.
		b.write(writer, func(tx *store.Tx) error {
			tx.Try(func() error { return errors.Join(set(tx, name, -1, named), errors.New("broken")) })
			return tx.Try(func() error { return set(tx, "a", 100+i, named) })
		})
		want["a"] = 100 + i
		check("after parts that were tried")
	}
}

// What forgets looks at: a row of thing, a row of part, and the table of things.

func recalledA(tx *store.Tx) (int64, bool, error) { return recalled(tx, "a") }

func recalledPart(tx *store.Tx) (n int64, read bool, err error) {
	n, err = store.RecallRow(tx, store.Row{Table: "part", Key: "p"}, size, func() (int64, error) {
		read = true
		return tx.Count(`SELECT count(*) FROM part WHERE name = 'p'`)
	})
	return n, read, err
}

func recalledAll(tx *store.Tx) (n int64, read bool, err error) {
	n, err = store.RecallTable(tx, "thing", "all", size, func() (int64, error) {
		read = true
		return tx.Count(`SELECT count(*) FROM thing`)
	})
	return n, read, err
}

// forgets looks at what stays kept after a write. PostgreSQL cannot tell the writes
// of other databases of the same server from those of strangers in this one, and
// then forgets more than it must; so what should stay kept gets several chances.
func forgets(t *testing.T, b *bench) {
	st := b.things("a", "b")
	b.write(st, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO part (name, thing) SELECT 'p', no FROM thing WHERE name = 'b'`)
		return err
	})
	recalls := []func(*store.Tx) (int64, bool, error){recalledA, recalledPart, recalledAll}
	look := func() (kept [3]bool) {
		t.Helper()
		for i, recall := range recalls {
			b.read(st, func(tx *store.Tx) error {
				_, read, err := recall(tx)
				kept[i] = !read
				return err
			})
		}
		return kept
	}
	exec := func(query string) func(*store.Tx, string) error {
		return func(tx *store.Tx, _ string) error { _, err := tx.Exec(query); return err }
	}
	for _, w := range []struct {
		what  string
		write func(tx *store.Tx, fresh string) error
		kept  [3]bool // row a of thing, row p of part, the table thing
	}{
		{"nothing", func(*store.Tx, string) error { return nil }, [3]bool{true, true, true}},
		{"another row, named", func(tx *store.Tx, _ string) error { return set(tx, "b", 1, true) }, [3]bool{true, true, false}},
		{"another row", func(tx *store.Tx, _ string) error { return set(tx, "b", 2, false) }, [3]bool{false, true, false}},
		{"the row, named", func(tx *store.Tx, _ string) error { return set(tx, "a", 3, true) }, [3]bool{false, true, false}},
		{"a new row, named", func(tx *store.Tx, fresh string) error {
			_, err := tx.Only(row(fresh)).Insert(`INSERT INTO thing (name) VALUES (?)`, fresh)
			return err
		}, [3]bool{true, true, false}},
		{"a row of another table", func(tx *store.Tx, fresh string) error {
			_, err := tx.Exec(`INSERT INTO part (name, thing) SELECT ?, no FROM thing WHERE name = 'b'`, fresh)
			return err
		}, [3]bool{true, false, true}},
		{"a row that others refer to", func(tx *store.Tx, fresh string) error {
			if _, err := tx.Only(row(fresh)).Insert(`INSERT INTO thing (name) VALUES (?)`, fresh); err != nil {
				return err
			}
			_, err := tx.Exec(`DELETE FROM thing WHERE name = ?`, fresh)
			return err
		}, [3]bool{false, false, false}},
		{"a row of another table than is named", func(tx *store.Tx, _ string) error {
			_, err := tx.Only(row("a")).Exec(`UPDATE part SET name = name WHERE name = 'p'`)
			return err
		}, [3]bool{false, false, false}},
		{"a statement that begins as none does", exec(`/* UPDATE */ UPDATE thing SET n = 1 WHERE name = 'b'`), [3]bool{false, false, false}},
	} {
		reached := [3]bool{}
		for try := range 300 {
			look()
			b.write(st, func(tx *store.Tx) error { return w.write(tx, fmt.Sprint(w.what, try)) })
			kept := look()
			for i, is := range kept {
				if is && !w.kept[i] {
					t.Fatalf("%s: number %d stayed kept", w.what, i)
				}
				reached[i] = reached[i] || is
			}
			if reached == w.kept {
				break
			}
		}
		if reached != w.kept {
			t.Errorf("%s: %v stayed kept, want %v", w.what, reached, w.kept)
		}
	}
}

// history lets two stores read and write at once, each of them with rows that are named and rows that are
// not. Each read must return what was acknowledged before the read began, or something later.
func history(t *testing.T, b *bench) {
	names := []string{"a", "b", "c"}
	stores := []*store.Store{b.things(names...), b.open()}
	Watch(t, stores, names, 2, func(writes func() int) {
		for writes() < 300 {
			<-time.After(time.Millisecond)
		}
	}, func(err error) bool { return false })
}

// Watch reads and writes the numbers of things through all stores at once until
// during returns, and reports each read that is older than what was acknowledged
// before it began, and each that returns a number from the future. Errors that
// may happen are those that excuse takes; a write that has failed may still have
// happened.
func Watch(t *testing.T, stores []*store.Store, names []string, writers int, during func(writes func() int), excuse func(error) bool) {
	t.Helper()
	var given, done syncatomic.Int64
	acknowledged := make([]syncatomic.Int64, len(names))
	stop := make(chan struct{})
	running := func() bool {
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	var all sync.WaitGroup
	turns := make([]sync.Mutex, len(names)) // one writer to a row: what is acknowledged last is what is there
	for w := range writers * len(stores) {
		all.Go(func() {
			for running() {
				i := rand.IntN(len(names))
				turns[i].Lock()
				n := given.Add(1)
				err := stores[w%len(stores)].Write(ctx, func(tx *store.Tx) error { return set(tx, names[i], n, n%3 > 0) })
				if err == nil {
					acknowledged[i].Store(n)
					done.Add(1)
				} else if !excuse(err) {
					t.Errorf("write: %v", err)
				}
				turns[i].Unlock()
			}
		})
	}
	for r := range 4 * len(stores) {
		all.Go(func() {
			for running() {
				i := rand.IntN(len(names))
				least := acknowledged[i].Load()
				var n int64
				err := stores[r%len(stores)].Read(ctx, func(tx *store.Tx) (err error) {
					n, _, err = recalled(tx, names[i])
					return err
				})
				switch most := given.Load(); {
				case err != nil && !excuse(err):
					t.Errorf("read: %v", err)
				case err == nil && (n < least || n > most):
					t.Errorf("%s: read %d after %d was acknowledged", names[i], n, least)
				}
			}
		})
	}
	during(func() int { return int(done.Load()) })
	close(stop)
	all.Wait()
	t.Logf("%d writes", done.Load())
}

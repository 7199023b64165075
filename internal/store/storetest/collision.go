package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"qiwei/internal/store"
)

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

// unseenRow refers to a row that was committed after the write had begun: where writes run beside each other, the first
// run does not see it and the next does.
func unseenRow(t *testing.T, b *bench) {
	st, other := b.things("a"), b.open()
	var known int64
	commit := func() {
		b.write(other, func(tx *store.Tx) (err error) {
			known, err = insert(tx, "later")
			return err
		})
	}
	if st.Database() == "SQLite" { // where the two would wait for each other
		commit()
	}
	b.write(st, func(tx *store.Tx) error {
		if _, err := tx.Count(`SELECT count(*) FROM thing`); err != nil {
			return err
		}
		if known == 0 {
			commit()
		}
		_, err := tx.Exec(`INSERT INTO part (name, thing) VALUES ('p', ?)`, known)
		return err
	})
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

// lanes has writes count in a row for each lane. None of those that run at once meets
// another, so that none is run again; where they run one after the other, there is
// one row.
func lanes(t *testing.T, b *bench) {
	st := b.things()
	const writers, most = 4, 16
	inside := make(chan int, 100)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			err := st.Write(ctx, func(tx *store.Tx) error {
				lane := tx.Lane(most)
				inside <- lane
				_, err := tx.Exec(`INSERT INTO thing (name, n) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = thing.n + 1`, fmt.Sprint("lane", lane))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(inside)
	seen := map[int]int{}
	for lane := range inside {
		seen[lane]++
		if lane < 0 || lane >= most {
			t.Errorf("lane %d of %d", lane, most)
		}
	}
	want := writers
	if st.Database() == "SQLite" {
		want = 1
	}
	if len(seen) != want {
		t.Errorf("%d writes had %d lanes, want %d", writers, len(seen), want)
	}
	if got := len(b.names(st)); got != want {
		t.Errorf("%d rows were counted in, want %d", got, want)
	}
}

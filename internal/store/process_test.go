package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// With this variable the test binary becomes another process on the database that it names.
const otherProcess = "QIWEI_TEST_OTHER_PROCESS"

func TestMain(m *testing.M) {
	if path := os.Getenv(otherProcess); path != "" {
		run := func() error { return count(path, 30) }
		if store.File(path) == "" {
			run = func() error { return doze(path) }
		}
		if err := run(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// count opens the database, counts its row up, and closes it.
func count(path string, times int) error {
	st, err := store.Open(context.Background(), store.Config{URL: path, Clock: clock.New()})
	if err != nil {
		return err
	}
	for range times {
		if err := up(st); err != nil {
			return err
		}
	}
	return st.Close()
}

func up(st *store.Store) error {
	before, err := look(st)
	if err != nil {
		return err
	}
	err = st.Write(context.Background(), func(tx *store.Tx) error {
		n, err := tx.Count(`SELECT n FROM counter`)
		if err == nil {
			_, err = tx.Exec(`UPDATE counter SET n = ?`, n+1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	after, err := look(st)
	if err == nil && after <= before {
		err = fmt.Errorf("%d was counted up, and then there was %d", before, after)
	}
	return err
}

// look recalls the row, as a call does that is made often.
func look(st *store.Store) (n int64, err error) {
	err = st.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = store.Recall(tx, "counter", func(int64) int { return 8 }, func() (int64, error) { return tx.Count(`SELECT n FROM counter`) })
		return err
	})
	return n, err
}

// TestSQLiteBesideOtherProcesses works on a database while other processes open and close it, as the command
// line does beside a server, and while other stores in this process do so too.
func TestSQLiteBesideOtherProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "qiwei.db")
	st, err := store.Open(context.Background(), store.Config{URL: path, Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	schema := fstest.MapFS{"migrations/202601010000_counter.sql": {Data: []byte("-- +goose Up\nCREATE TABLE counter (n BIGINT NOT NULL);\nINSERT INTO counter VALUES (0);\n")}}
	if err := st.Migrate(context.Background(), schema); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), otherProcess+"="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("another process: %v: %s", err, out)
			}
		})
	}
	all.Go(func() {
		for range 5 {
			if err := count(path, 2); err != nil {
				t.Errorf("another store: %v", err)
			}
		}
	})
	for range 60 {
		if err := up(st); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if n, err := look(st); err != nil || n != 3*30+5*2+60 {
		t.Errorf("counted to %d, %v; want %d", n, err, 3*30+5*2+60)
	}
}

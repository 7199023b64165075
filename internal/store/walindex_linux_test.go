package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// TestItsLocksStay looks for SQLite's lock on the WAL index, without which
// another process would truncate it: while a store is open, also when another
// one on the same database has come and gone.
func TestItsLocksStay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	open := func() *store.Store {
		t.Helper()
		s, err := store.Open(t.Context(), store.Config{URL: path, Clock: clock.New()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	locked := func() bool {
		t.Helper()
		info, err := os.Stat(path + "-shm")
		if err != nil {
			t.Fatal(err)
		}
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(locks), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
	}
	first := open()
	if !locked() {
		t.Error("the WAL index is not locked by an open store")
	}
	second := open()
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if !locked() {
		t.Error("the WAL index is not locked once another store on it has closed")
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		for _, fd := range fds {
			if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(to, path) {
				t.Errorf("%s is still open", to)
			}
		}
	}
}

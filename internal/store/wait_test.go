package store_test

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// TestWaits holds what transactions need for three seconds, of a clock that passes
// once all wait, and looks at what is told of those who wait for it.
func TestWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "waits.db")
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		waits := map[string][]time.Duration{}
		s, err := store.Open(t.Context(), store.Config{URL: path, Clock: clock.New(), Waited: func(what string, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			waits[what] = append(waits[what], took)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		mu.Lock()
		clear(waits) // of the opening
		mu.Unlock()
		count := func(tx *store.Tx) error {
			_, err := tx.Count("SELECT COUNT(*) FROM sqlite_schema")
			return err
		}
		released := make(chan struct{})
		time.AfterFunc(3*time.Second, func() { close(released) })
		const connections = 4
		var running sync.WaitGroup
		for range connections + 1 {
			running.Go(func() {
				if err := s.Read(t.Context(), func(tx *store.Tx) error {
					err := count(tx)
					<-released
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		for range 2 {
			running.Go(func() {
				if err := s.Write(t.Context(), func(tx *store.Tx) error {
					err := count(tx)
					<-released
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		mu.Lock()
		defer mu.Unlock()
		got := waits[store.ForConnection]
		slices.Sort(got)
		if len(got) != connections+1 || got[0] != 0 || got[1] == 0 || got[connections-1] > 50*time.Millisecond || got[connections] != 3*time.Second {
			t.Errorf("for a connection: %v; the first is there at once, three are opened while others wait, and there are no more", got)
		}
		if got, want := waits[store.ForWriter], []time.Duration{0, 3 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("for the writer: %v", got)
		}
	})
}

package store_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
	"qiwei/internal/store/storetest"
	"qiwei/test/pgserver"
)

// TestRecallOverRestarts kills PostgreSQL under two servers that read and write, several times. A crash may
// undo transactions' numbers, which are then assigned again. Nobody may recall anything by them.
func TestRecallOverRestarts(t *testing.T) {
	t.Parallel()
	pg, err := pgserver.Start(t.Context())
	if errors.Is(err, pgserver.ErrNotFound) {
		return // this machine has SQLite only
	}
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	var stores []*store.Store
	for range 2 {
		st, err := store.Open(t.Context(), store.Config{URL: pg.URL(), Clock: clock.New(), Connections: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		stores = append(stores, st)
	}
	schema := fstest.MapFS{"migrations/202601010000_thing.sql": {Data: []byte("-- +goose Up\nCREATE TABLE thing (name @text PRIMARY KEY, n BIGINT NOT NULL);\n" +
		"INSERT INTO thing VALUES ('a', 0), ('b', 0);\n")}}
	if err := stores[0].Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	storetest.Watch(t, stores, []string{"a", "b"}, 2, func(writes func() int) {
		for range 4 {
			patience := time.After(2 * time.Minute)
			for before := writes(); writes() < before+60; {
				select {
				case <-time.After(time.Millisecond):
				case <-patience:
					t.Error("no more writes after a restart")
					return
				}
			}
			if err := pg.Restart(context.Background()); err != nil {
				t.Error(err)
				return
			}
		}
	}, func(err error) bool { return errors.Is(err, store.ErrUnavailable) })
}

package storetest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"qiwei/internal/store"
)

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

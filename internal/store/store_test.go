package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"qiwei/internal/clock"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Check(t, func(t testing.TB) string { return filepath.Join(t.TempDir(), "qi wei?#.db") })
}

func TestPostgreSQL(t *testing.T) {
	server := os.Getenv("QIWEI_TEST_POSTGRES")
	if server == "" {
		return // the machine has none; see test/run
	}
	storetest.Check(t, func(t testing.TB) string { return emptyPostgres(t, server) })
}

// emptyPostgres makes an empty database that is dropped after the test.
func emptyPostgres(t testing.TB, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "qiwei_store_" + id.Hex(6)
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + name); err != nil {
			t.Errorf("a connection is left: %v", err)
		}
		db.Close()
	})
	u.Path = "/" + name
	return u.String()
}

func TestOpenFails(t *testing.T) {
	for _, tt := range []struct{ url, says string }{
		{filepath.Join(t.TempDir(), "no", "such", "folder", "qiwei.db"), "open SQLite"},
		{t.TempDir(), "open SQLite"},
		{"postgres://u:sesame@127.0.0.1:1/qiwei?sslmode=disable", "connect to PostgreSQL"},
		{"postgres://u:sesame@[::1/qiwei", "does not parse"},
		{"postgres://u:sesame@127.0.0.1/qiwei?sslmode=sometimes", "does not parse"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		st, err := store.Open(ctx, store.Config{URL: tt.url, Clock: clock.New()})
		cancel()
		if err == nil {
			st.Close()
			t.Errorf("%s was opened", tt.url)
			continue
		}
		if msg := fmt.Sprint(err); !strings.Contains(msg, tt.says) || strings.Contains(msg, "sesame") {
			t.Errorf("%s: %s", tt.url, msg)
		}
	}
}

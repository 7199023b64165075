package qiweitest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"qiwei/internal/clock"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// The schema is made once in a test binary; each World on SQLite gets a copy of
// the file, and all on PostgreSQL share one database, in which each has
// enterprises of its own.

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "qiweitest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "qiwei.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	if twinned() {
		if err := addTwin(path); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(path)
})

func migrate(database string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: database, Clock: clock.New()})
	if err != nil {
		return err
	}
	if err := st.Migrate(ctx, platform.Migrations()...); err != nil {
		st.Close()
		return err
	}
	return st.Close()
}

func sqliteCopy(t testing.TB) string {
	t.Helper()
	image, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "qiwei.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var postgresOnce = sync.OnceValues(func() (string, error) {
	server := os.Getenv("QIWEI_TEST_POSTGRES")
	if server == "" {
		return "", nil
	}
	return CreatePostgres(server)
})

// CreatePostgres makes an empty database on the PostgreSQL server, gives it the
// schema, and returns its URL.
func CreatePostgres(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("QIWEI_TEST_POSTGRES: %w", err)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := "qiwei_test_" + id.Hex(6)
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		return "", fmt.Errorf("create test database: %w", err)
	}
	u.Path = "/" + name
	return u.String(), migrate(u.String())
}

// postgresTemplate is a database that nobody is connected to, so that it can be
// copied.
var postgresTemplate = sync.OnceValues(func() (string, error) { return CreatePostgres(os.Getenv("QIWEI_TEST_POSTGRES")) })

func postgresCopy(t testing.TB) string {
	t.Helper()
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	u, err := url.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", os.Getenv("QIWEI_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := "qiwei_test_" + id.Hex(6)
	if _, err := db.Exec("CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(u.Path, "/")); err != nil {
		t.Fatalf("copy test database: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

func postgresDatabase(t testing.TB) string {
	t.Helper()
	u, err := postgresOnce()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return u
}

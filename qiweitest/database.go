package qiweitest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"qiwei/internal/clock"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// The schema is made once in a run of the tests for SQLite, and each World gets a copy of the file. On PostgreSQL it
// is made once on a server, each test binary gets a copy of the database, and its Worlds share that one, in which
// each has enterprises of its own.

// templateFolder names the variable with the folder in which the test binaries of one run share what they have made.
// Without it each makes its own.
const templateFolder = "QIWEI_TEST_TEMPLATES"

// schemaFile is what the test binaries of a run share of SQLite.
type schemaFile struct {
	Image    []byte
	Triggers map[string][]string // of the twin's, by table
}

var sqliteSchema = sync.OnceValues(func() (*twinSchema, error) {
	made, err := sharedSchema()
	return &twinSchema{image: made.Image, triggers: made.Triggers, has: map[string]bool{}, written: map[string]bool{}}, err
})

func sharedSchema() (made schemaFile, err error) {
	folder := os.Getenv(templateFolder)
	if folder == "" {
		return newSchema()
	}
	shared := filepath.Join(folder, fmt.Sprintf("sqlite-%t.gob", twinned()))
	if packed, err := os.ReadFile(shared); err == nil {
		return made, gob.NewDecoder(bytes.NewReader(packed)).Decode(&made)
	}
	if made, err = newSchema(); err != nil {
		return made, err
	}
	var packed bytes.Buffer
	if err := gob.NewEncoder(&packed).Encode(made); err != nil {
		return made, err
	}
	// The file has its name once it is whole. Two that are made at the same time are alike.
	unfinished := fmt.Sprintf("%s-%d", shared, os.Getpid())
	return made, errors.Join(os.WriteFile(unfinished, packed.Bytes(), 0o600), os.Rename(unfinished, shared))
}

func newSchema() (made schemaFile, err error) {
	dir, err := os.MkdirTemp("", "qiweitest")
	if err != nil {
		return made, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "qiwei.db")
	if err := migrate(path); err != nil {
		return made, err
	}
	if twinned() {
		if made.Triggers, err = addTwin(path); err != nil {
			return made, err
		}
	}
	made.Image, err = os.ReadFile(path)
	return made, err
}

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

// sqliteWorld starts a World on a copy of the schema.
func sqliteWorld(t testing.TB, opts []Option) *World {
	t.Helper()
	schema, err := sqliteSchema()
	if err != nil {
		t.Fatalf("make SQLite's schema: %v", err)
	}
	image, has, err := schema.file()
	if err != nil {
		t.Fatalf("make SQLite's schema: %v", err)
	}
	path := filepath.Join(t.TempDir(), "qiwei.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(schema.triggers) == 0 {
		return newWorld(t, path, opts, nil)
	}
	return newWorld(t, path, opts, &twinTriggers{schema: schema, has: has})
}

var postgresOnce = sync.OnceValues(func() (string, error) {
	server := os.Getenv("QIWEI_TEST_POSTGRES")
	if server == "" {
		return "", nil
	}
	return CreatePostgres(server)
})

// CreatePostgres makes a database on the PostgreSQL server, with the schema and nothing in it, and returns its URL.
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
	template, err := postgresTemplate(context.Background(), db, u)
	if err != nil {
		return "", fmt.Errorf("make a template on PostgreSQL: %w", err)
	}
	name := "qiwei_test_" + id.Hex(6)
	if _, err := db.Exec("CREATE DATABASE " + name + " TEMPLATE " + template + copiesFiles(db)); err != nil {
		return "", fmt.Errorf("create test database: %w", err)
	}
	return beside(u, name), nil
}

// copiesFiles has the server copy a template's files, which takes half as long as copying them through its log.
// Before version 15 nothing else was possible.
func copiesFiles(db *sql.DB) string {
	version := 0
	if db.QueryRow("SELECT current_setting('server_version_num')::int").Scan(&version); version < 15_00_00 {
		return ""
	}
	return " STRATEGY FILE_COPY"
}

// beside returns the URL of another database on the same server.
func beside(server *url.URL, name string) string {
	u := *server
	u.Path = "/" + name
	return u.String()
}

// postgresTemplate returns the name of the database that has today's schema and that nobody is connected to, so that
// it can be copied. Running all migrations takes four times as long as copying what they made, and a run of all tests
// needs a database for each package: the first to come makes the template for all.
func postgresTemplate(ctx context.Context, db *sql.DB, server *url.URL) (string, error) {
	sum, err := schemaSum()
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("qiwei_template_%x", sum[:6])
	conn, err := db.Conn(ctx) // the lock is the connection's
	if err != nil {
		return "", err
	}
	defer conn.Close()
	lock := int64(binary.BigEndian.Uint64(sum[:8]))
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lock)
	there := false
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	// It has its name once it is whole: a test that is killed leaves none that is not.
	unfinished := name + "_unfinished"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + unfinished, "CREATE DATABASE " + unfinished} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	if err := migrate(beside(server, unfinished)); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name)
	return name, err
}

// schemaSum tells one state of the migrations from another.
func schemaSum() ([]byte, error) {
	sum := sha256.New()
	for _, room := range platform.Migrations() {
		files, err := fs.Glob(room, "migrations/*.sql")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			text, err := fs.ReadFile(room, f)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(sum, "%s %d\n%s", f, len(text), text)
		}
	}
	return sum.Sum(nil), nil
}

// postgresCopy returns a database that the test has for itself.
func postgresCopy(t testing.TB) string {
	t.Helper()
	u, err := CreatePostgres(os.Getenv("QIWEI_TEST_POSTGRES"))
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return u
}

func postgresDatabase(t testing.TB) string {
	t.Helper()
	u, err := postgresOnce()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return u
}

package pgserver_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"qiwei/test/pgserver"
)

// start starts a server that ends with the test. On a machine without PostgreSQL it checks that Start says
// so, and returns nil.
func start(t *testing.T, settings ...string) *pgserver.Server {
	t.Helper()
	_, missing := pgserver.Find()
	s, err := pgserver.Start(t.Context(), settings...)
	if missing != nil {
		if !errors.Is(missing, pgserver.ErrNotFound) || !errors.Is(err, pgserver.ErrNotFound) {
			t.Fatalf("Find: %v, Start: %v; want ErrNotFound from both", missing, err)
		}
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func connect(t *testing.T, s *pgserver.Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func get(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func TestServerIsWhatItSays(t *testing.T) {
	t.Parallel()
	s := start(t, "work_mem=9MB", "shared_buffers=32MB")
	if s == nil {
		return
	}
	conn := connect(t, s)
	for sql, want := range map[string]string{
		"SHOW server_encoding":    "UTF8",
		"SHOW fsync":              "off",
		"SHOW synchronous_commit": "on",
		"SHOW max_connections":    "400",
		"SHOW work_mem":           "9MB",  // asked for
		"SHOW shared_buffers":     "32MB", // asked for, against its own
		"SELECT current_user":     "qiwei",
		"SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user": "true",
	} {
		if got := get(t, conn, sql); got != want {
			t.Errorf("%s is %q, want %q", sql, got, want)
		}
	}
	if got := get(t, conn, "SHOW server_version"); strings.Fields(got)[0] != s.Version() {
		t.Errorf("server_version is %q, Version says %q", got, s.Version())
	}
}

func TestWhatWasCommittedOutlivesAKill(t *testing.T) {
	t.Parallel()
	s := start(t)
	if s == nil {
		return
	}
	url := s.URL()
	conn := connect(t, s)
	exec(t, conn, "CREATE TABLE kept (n int)")
	for range 50 {
		exec(t, conn, "INSERT INTO kept VALUES (1)")
	}
	exec(t, conn, "BEGIN")
	exec(t, conn, "INSERT INTO kept VALUES (2)")

	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "COMMIT"); err == nil {
		t.Error("the connection lives on after Kill")
	}
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("a killed server takes connections")
	}
	if err := s.Kill(); err == nil {
		t.Error("a second Kill had something to kill")
	}

	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.URL() != url {
		t.Errorf("the address went from %s to %s", url, s.URL())
	}
	if got := get(t, connect(t, s), "SELECT count(*) || ' of ' || sum(n) FROM kept"); got != "50 of 50" {
		t.Errorf("after the kill there are %s; want 50 of 50", got)
	}

	if err := s.Restart(t.Context()); err != nil { // of a server that runs
		t.Fatal(err)
	}
	if got := get(t, connect(t, s), "SELECT count(*)::text FROM kept"); got != "50" {
		t.Errorf("after another restart there are %s rows; want 50", got)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	if err := os.Chmod(filepath.Dir(tmp), 0o711); err != nil { // for root's sake: see TestRootsOwnFolderIsAvoided
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	s := start(t)
	if s == nil {
		return
	}
	if left, _ := os.ReadDir(tmp); len(left) != 1 {
		t.Errorf("while it runs, %s holds %v; want one folder", tmp, left)
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		t.Error("a stopped server takes connections")
	}
	if s.Restart(t.Context()) == nil || s.Kill() == nil {
		t.Error("a stopped server can be started or killed")
	}

	if _, err := pgserver.Start(t.Context(), "no_such_setting=1"); err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("Start with a wrong setting: %v; want PostgreSQL's words", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pgserver.Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Start when cancelled: %v", err)
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("failed starts left behind: %v", left)
	}
}

// A server that must not be root cannot use a temporary folder that only root can enter.
func TestRootsOwnFolderIsAvoided(t *testing.T) {
	tmp := t.TempDir()
	if err := os.Chmod(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	if s := start(t); s != nil {
		get(t, connect(t, s), "SELECT 'reached'")
	}
}

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// install puts programs into a folder that answer as PostgreSQL's do. Its tests do
// not run in parallel: a program just written cannot be started while another
// test, forking, still holds it open for writing.
func install(t *testing.T, dir, version string, names ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s (Debian %s-1)'\n", name, version, version)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindTakesTheNewest(t *testing.T) {
	root := t.TempDir()
	old := install(t, filepath.Join(root, "path"), "9.6.24", "initdb", "postgres")
	install(t, filepath.Join(root, "pg/15/bin"), "15.18", "initdb", "postgres")
	newest := install(t, filepath.Join(root, "pg/17/bin"), "17.10", "initdb", "postgres")
	install(t, filepath.Join(root, "pg/16/bin"), "17.9", "initdb", "postgres")
	install(t, filepath.Join(root, "pg/clients/bin"), "18.1", "psql")
	install(t, filepath.Join(root, "pg/half/bin"), "18.1", "postgres")

	got, err := find([]string{old, filepath.Join(root, "missing"), filepath.Join(root, "pg/*/bin")})
	if want := (Program{Dir: newest, Version: "17.10"}); err != nil || got != want {
		t.Errorf("found %v, %v; want %v", got, err, want)
	}
}

func TestFindSaysWhenThereIsNone(t *testing.T) {
	dir := install(t, t.TempDir(), "17.1", "psql", "pg_dump")
	if got, err := find([]string{dir, ""}); !errors.Is(err, ErrNotFound) {
		t.Errorf("found %v, %v; want ErrNotFound", got, err)
	}
}

func TestABetaIsBelowItsRelease(t *testing.T) {
	root := t.TempDir()
	beta := install(t, filepath.Join(root, "beta"), "19beta2", "initdb", "postgres")
	release := install(t, filepath.Join(root, "release"), "19.0", "initdb", "postgres")
	older := install(t, filepath.Join(root, "older"), "18.4", "initdb", "postgres")

	if got, err := find([]string{beta, release, older}); err != nil || got.Dir != release {
		t.Errorf("found %v, %v; want 19.0", got, err)
	}
	if got, err := find([]string{older, beta}); err != nil || got.Dir != beta {
		t.Errorf("found %v, %v; want 19beta2", got, err)
	}
}

package qiweitest

import (
	"os"
	"path/filepath"
	"testing"
)

// Golden compares a text with a file below testdata: push/told.txt. Where QIWEI_UPDATE is set, it writes the file anew
// first. There is no flag for it, because a package that others import must not take a name from their flags.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if os.Getenv("QIWEI_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s differs (%v); if that is meant, run the test with QIWEI_UPDATE=1. It is now\n%s", path, err, got)
	}
}

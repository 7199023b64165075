package qiweitest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTemplatesAreShared: what one test binary has made in the folder of a run is what the next begins with.
func TestTemplatesAreShared(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(templateFolder, folder)
	made, err := sharedSchema()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v; want one file", files, err)
	}
	if kept, err := os.ReadFile(files[0]); err != nil || len(kept) < len(made.Image) {
		t.Errorf("the file is not what was made: %v", err)
	}
	if err := os.WriteFile(files[0], []byte("not a schema"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sharedSchema(); err == nil {
		t.Error("the next one makes its own")
	}
}

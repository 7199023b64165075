package main

import (
	"os"
	"strings"
	"testing"
)

// TestUpToDate: the pages have the types of the Go code as it is now.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../src/shared/api.ts")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) == want {
		return
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(got)) {
		have[line] = true
	}
	for line := range strings.Lines(want) {
		if !have[line] {
			t.Errorf("web/src/shared/api.ts is stale: go generate ./web. The first line that differs:\n%s", line)
			return
		}
	}
	t.Error("web/src/shared/api.ts is stale: go generate ./web")
}

package callbackcrypto_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The snippets of docs/callback-crypto.md are lines of the example and its
// output, so that what a reader copies has run.
func TestDocsSayWhatTheExampleDoes(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	plain := func(s string) string { // without indentation and comment marks
		return regexp.MustCompile(`(?m)^\s*(// )?`).ReplaceAllString(s, "")
	}
	example := plain(read("example_test.go"))
	snippets := regexp.MustCompile("(?s)```(?:go|text)\n(.*?)```").FindAllStringSubmatch(read("../docs/callback-crypto.md"), -1)
	if len(snippets) != 3 {
		t.Errorf("%d snippets, want 3", len(snippets))
	}
	for _, s := range snippets {
		if !strings.Contains(example, plain(s[1])) {
			t.Errorf("not in example_test.go:\n%s", s[1])
		}
	}
}

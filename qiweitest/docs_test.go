package qiweitest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the documentation shows of this package is lines of test/outside, which
// uses it as another module does.
func TestDocsSayWhatRuns(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	plain := func(s string) string { return regexp.MustCompile(`(?m)^\s+`).ReplaceAllString(s, "") }
	example := plain(read("../test/outside/app_test.go") + read("../test/outside/callback_test.go"))
	for path, want := range map[string]int{"../docs/testing.md": 7, "../docs/callbacks.md": 2, "../README.md": 1, "../README.zh-CN.md": 1} {
		snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(path), -1)
		if len(snippets) != want {
			t.Errorf("%s has %d snippets, want %d", path, len(snippets), want)
		}
		for _, s := range snippets {
			code := strings.TrimPrefix(s[1], "import ")
			if !strings.Contains(example, plain(code)) {
				t.Errorf("of %s, not in test/outside:\n%s", path, s[1])
			}
		}
	}
}

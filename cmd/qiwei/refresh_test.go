package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Commands that run at once all find their way into the credentials: none writes what it has read before another one
// made something.
func TestCommandsAtOnceKeepTheCredentials(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	var names []string
	for i := range 24 {
		names = append(names, fmt.Sprintf("应用-%d-", i))
	}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if o := qiwei(t, "app", "create", "--data", s.data, "--corpid", s.creds.Corps[0].CorpID, "--kind", "self_built", "--name", name); o.code != 0 {
				t.Errorf("%s: %s", name, o.err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(filepath.Join(s.data, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(text), name) {
			t.Errorf("%s is not in the file", name)
		}
	}
}

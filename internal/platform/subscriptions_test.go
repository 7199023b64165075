package platform_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestSubscriptionTable compares who is told of which event, and in which form,
// with testdata/subscriptions.txt, so that a change of it is a line in the diff.
func TestSubscriptionTable(t *testing.T) {
	const path = "testdata/subscriptions.txt"
	var lines []string
	for _, s := range qiweitest.New(t).Server.Events.Declarations() {
		var to []string
		for _, kind := range access.AppKinds() {
			if form, ok := s.Receivers[kind]; ok {
				to = append(to, fmt.Sprintf("%s %s", kind, form))
			}
		}
		if len(to) == 0 {
			to = []string{"the one that it is addressed to"}
		}
		lines = append(lines, fmt.Sprintf("%s (doc %d): %s", s.Name, s.Doc, strings.Join(to, ", ")))
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; if that is meant, run the test with -update.\n%s", path, difference(string(want), got))
	}
}

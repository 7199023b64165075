package main

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

// TestVerbs: whoever makes one thing with create or add, and takes it away with delete or remove, does so with all, and
// a secret is renewed by one word everywhere.
func TestVerbs(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("qiwei"), kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	same := [][]string{{"create", "add"}, {"delete", "remove"}, {"rotate-secret", "reset-secret"}}
	seen := 0
	for _, leaf := range parser.Model.Leaves(true) {
		names := append([]string{leaf.Name}, leaf.Aliases...)
		for _, verbs := range same {
			if slices.ContainsFunc(verbs, func(v string) bool { return slices.Contains(names, v) }) {
				seen++
				for _, v := range verbs {
					if !slices.Contains(names, v) {
						t.Errorf("%s has no %s", leaf.FullPath(), v)
					}
				}
			}
		}
		if leaf.Name == "secret" && !slices.Contains(names, "rotate-secret") {
			t.Errorf("%s has no rotate-secret", leaf.FullPath())
		}
	}
	if seen < 30 {
		t.Errorf("%d commands", seen)
	}
}

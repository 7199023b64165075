package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestChecksNameWhatIsThere(t *testing.T) {
	t.Parallel()
	const root = "../.."
	for _, c := range checks {
		for _, need := range c.needs {
			if !slices.ContainsFunc(programs, func(p program) bool { return p.name == need }) {
				t.Errorf("%s needs %s, which is no program here", c.what, need)
			}
		}
		if c.dir != "" && !hasTest(t, filepath.Join(root, c.dir), c.test) {
			t.Errorf("%s: %s has no %s", c.what, c.dir, c.test)
		}
		if c.journey != "" {
			text, err := os.ReadFile(filepath.Join(root, "web/e2e/console.test.mjs"))
			if err != nil || !strings.Contains(string(text), "'"+c.journey+"'") {
				t.Errorf("%s: the journeys have no part %s (%v)", c.what, c.journey, err)
			}
		}
		if len(c.run) > 0 && c.run[0] == "sh" {
			if _, err := os.Stat(filepath.Join(root, c.run[1])); err != nil {
				t.Error(err)
			}
		}
	}
}

// hasTest reports whether a folder has the test function that a pattern begins
// with, or any, where it is empty.
func hasTest(t *testing.T, dir, pattern string) bool {
	t.Helper()
	want, _, _ := strings.Cut(pattern, "/")
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") && (want == "" || f.Name.Name == want) {
				return true
			}
		}
	}
	return false
}

func TestWhatIsLeftOutIsNamed(t *testing.T) {
	t.Parallel()
	nginx := program{name: "nginx", packages: []string{"nginx"}}
	node := program{name: "Node.js", packages: []string{"nodejs"}, get: "install Node.js"}
	all := []check{
		{what: "everything", needs: []string{"PostgreSQL"}},
		{what: "a proxy", needs: []string{"nginx"}, dir: "test/clients/forward", test: "TestProxies/nginx"},
		{what: "pages behind it", needs: []string{"nginx", "Node.js"}, run: []string{"make", "pages"}},
	}
	left, lines := leave(all, []program{nginx, node})
	if len(left) != 2 || left[0].what != "a proxy" || left[1].what != "pages behind it" {
		t.Fatalf("left out: %+v", left)
	}
	for i, want := range []string{
		"not run: a proxy (test/clients/forward TestProxies/nginx); to run it: apt-get install nginx",
		"not run: pages behind it (make pages); to run it: install Node.js, and apt-get install nginx",
	} {
		if got := lines[i].String(); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}

func TestAProgramIsFoundOrNot(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"works": "exit 0", "broken": "exit 1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("QIWEI_TEST_WITHOUT", "unwanted,Other")
	t.Setenv("SOME_VARIABLE", "")
	for _, tt := range []struct {
		what string
		program
		found bool
	}{
		{"on PATH", program{name: "a", commands: []string{"none", "works"}}, true},
		{"not on PATH", program{name: "b", commands: []string{"none"}}, false},
		{"that does not run", program{name: "c", commands: []string{"broken"}, enough: answers}, false},
		{"that does not run beside one that does", program{name: "d", commands: []string{"broken", "works"}, enough: answers, variable: "SOME_VARIABLE"}, true},
		{"that is to be missing", program{name: "Unwanted", commands: []string{"works"}}, false},
	} {
		if got := tt.here(context.Background()); got != tt.found {
			t.Errorf("a program %s is here: %v", tt.what, got)
		}
	}
	if got := os.Getenv("SOME_VARIABLE"); got != filepath.Join(dir, "works") {
		t.Errorf("the tests are told of %q", got)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// goTest runs one module's tests, without those of the checks that are skipped.
func (r *runner) goTest(ctx context.Context, dir string, skipped []check) error {
	// -shuffle finds tests that depend on each other, and keeps go from using cached results.
	args := []string{"go", "test", "-timeout=20m", "-shuffle=on"}
	if os.Getenv("QIWEI_TEST_RACE") == "1" {
		args = append(args, "-race")
	}
	if len(r.args) == 0 {
		// A whole run vets too, between the tests: go vet alone would type-check everything once more.
		args = append(args, "-vet=all")
	}
	whole, tests := r.without(dir, skipped)
	if len(tests) > 0 {
		args = append(args, "-skip="+strings.Join(tests, "|"))
	}
	if !namesPackages(r.args) {
		packages, err := packagesBut(ctx, dir, whole)
		if err != nil {
			return err
		}
		args = append(args, packages...)
	}
	before := len(r.sum.fallen)
	err := r.command(ctx, dir, []string{"QIWEI_TEST_POSTGRES=" + r.postgres}, append(args, r.args...)...)
	if err != nil && ctx.Err() == nil && len(r.args) == 0 && r.again(ctx, dir, r.sum.fallen[before:]) {
		return nil
	}
	return err
}

// without returns the folders of the module's packages that are skipped entirely, and the skipped tests in go
// test's form.
func (r *runner) without(module string, skipped []check) (whole, tests []string) {
	for _, c := range skipped {
		rel, err := filepath.Rel(module, filepath.Join(r.root, c.dir))
		switch {
		case c.dir == "" || err != nil || strings.HasPrefix(rel, "..") || r.moduleOf(c.dir) != module:
		case c.test == "":
			whole = append(whole, filepath.Join(r.root, c.dir))
		default:
			tests = append(tests, "^"+strings.ReplaceAll(c.test, "/", "$/^")+"$")
		}
	}
	return whole, tests
}

// moduleOf returns the folder of the module that a package is in.
func (r *runner) moduleOf(dir string) string {
	at := filepath.Join(r.root, dir)
	for at != r.root {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		}
		at = filepath.Dir(at)
	}
	return at
}

// packagesBut lists the packages of the module in a folder, without those in the other folders.
func packagesBut(ctx context.Context, dir string, but []string) ([]string, error) {
	if len(but) == 0 {
		return []string{"./..."}, nil
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "./...")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), "PWD="+dir), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool { return slices.Contains(but, p) })
	for i, p := range packages {
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return nil, err
		}
		packages[i] = "./" + filepath.ToSlash(rel)
	}
	return packages, nil
}

// fetched reports whether a module's dependencies are on this machine, or could be
// fetched now.
func (r *runner) fetched(ctx context.Context, dir string) bool {
	for _, args := range [][]string{{"list", "-deps", "-test", "./..."}, {"mod", "download"}} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PWD="+dir)
		if cmd.Run() == nil {
			return true // or they are, and something else is wrong: go test says what
		}
	}
	return false
}

// command runs a command whose output is counted.
func (r *runner) command(ctx context.Context, dir string, env []string, args ...string) error {
	return r.commandTo(ctx, r.sum, dir, env, args...)
}

// commandTo runs a command in its own process group and leaves nothing of the group alive, neither after an
// interrupt nor if a test forgot something.
func (r *runner) commandTo(ctx context.Context, out io.Writer, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PWD="+dir), env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = 10 * time.Second
	endGroup := inGroup(cmd)
	defer endGroup()
	return cmd.Run()
}

// namesPackages reports whether arguments for go test choose the packages.
func namesPackages(args []string) bool {
	if i := slices.Index(args, "-args"); i >= 0 {
		args = args[:i]
	}
	return slices.ContainsFunc(args, func(a string) bool {
		return a == "." || strings.HasPrefix(a, "./") || strings.HasPrefix(a, "qiwei/")
	})
}

// moduleRoot is the folder of the module that we are in.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("not in a Go module: run it in the project's folder")
	}
	return filepath.Dir(mod), nil
}

// nestedModules lists the folders below dir that have a go.mod.
func nestedModules(dir string) ([]string, error) {
	var modules []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist) && path == dir:
			return filepath.SkipAll
		case err != nil:
			return err
		case d.IsDir() && path != dir && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.Name() == "go.mod":
			modules = append(modules, filepath.Dir(path))
		}
		return nil
	})
	return modules, err
}

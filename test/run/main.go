// Command run runs every test of the project, on every database that this
// machine has. `make test` runs it, and so does
//
//	go run ./test/run [-- arguments for go test]
//
// It starts a private PostgreSQL server (package pgserver) and hands its address
// to the tests in QIWEI_TEST_POSTGRES; a machine without PostgreSQL tests on
// SQLite alone, and the last lines say which it was. Then it runs `go test ./...`
// in this module and in each module below test/, which keeps other people's
// client libraries out of our go.mod. Arguments that name packages ("./...")
// restrict the run to those of this module.
//
//	QIWEI_TEST_POSTGRES=postgres://…  use this server instead of a private one;
//	                                  its user must be allowed to create databases
//	QIWEI_TEST_RACE=1                 run with the race detector
//
// However it ends, also by Ctrl-C, it takes the server, all processes of the tests
// and their temporary files with it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"qiwei/test/pgserver"
)

func main() {
	// A closed output (`make test | head`) is a signal too: writing to it must not
	// end the program before it has cleaned up.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	ctx = whileParentLives(ctx)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run returns the exit code: 0 when all tests passed, 1 when some did not or
// could not be run, 130 when it was interrupted.
func run(ctx context.Context, args []string, out io.Writer) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	sum := &tally{out: out}
	databases, err := runAll(ctx, args, sum)
	if ctx.Err() != nil {
		fmt.Fprintln(out, "interrupted")
		return 130
	}
	if err != nil {
		fmt.Fprintln(out, "test run:", err)
	}
	if databases != "" {
		fmt.Fprintln(out, "databases:", databases)
	}
	fmt.Fprintf(out, "packages: %d passed, %d failed\n", sum.passed, sum.failed)
	if err != nil || sum.failed > 0 {
		return 1
	}
	return 0
}

// runAll prepares the databases, runs all modules and cleans up. It returns the
// databases in words.
func runAll(ctx context.Context, args []string, sum *tally) (databases string, err error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	modules := []string{root}
	if !namesPackages(args) {
		nested, err := nestedModules(filepath.Join(root, "test"))
		if err != nil {
			return "", err
		}
		modules = append(modules, nested...)
	}

	// Tests that are killed cannot remove their temporary files; so all temporary
	// files go into one folder. PostgreSQL, as another user, passes through it.
	tmp, err := os.MkdirTemp("", "qiwei-test-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, removeAll(tmp)) }()
	if err := os.Chmod(tmp, 0o711); err != nil {
		return "", err
	}
	if err := os.Setenv("TMPDIR", tmp); err != nil {
		return "", err
	}

	postgres := os.Getenv("QIWEI_TEST_POSTGRES")
	if postgres != "" {
		databases = "SQLite and the PostgreSQL of QIWEI_TEST_POSTGRES"
	} else {
		pg, notStarted := pgserver.Start(ctx)
		switch {
		case errors.Is(notStarted, pgserver.ErrNotFound):
			databases = "SQLite only (no PostgreSQL server program found)"
		case notStarted != nil:
			return "", notStarted
		default:
			defer func() { err = errors.Join(err, pg.Stop()) }()
			postgres = pg.URL()
			databases = "SQLite and PostgreSQL " + pg.Version()
		}
	}
	fmt.Fprintln(sum.out, "testing on", databases)

	var failed []string
	for _, dir := range modules {
		if err := goTest(ctx, dir, args, postgres, sum); err != nil {
			rel, _ := filepath.Rel(root, dir)
			failed = append(failed, fmt.Sprintf("go test in %s: %v", rel, err))
		}
		if ctx.Err() != nil {
			return databases, ctx.Err()
		}
	}
	if len(failed) > 0 {
		return databases, errors.New(strings.Join(failed, "; "))
	}
	return databases, nil
}

// goTest runs one module's tests in a process group of their own, and leaves none
// of the group alive: neither after an interrupt nor what a test forgot.
func goTest(ctx context.Context, dir string, args []string, postgres string, sum *tally) error {
	// -shuffle finds tests that lean on each other, and keeps go from answering
	// out of its cache.
	cmd := exec.CommandContext(ctx, "go", "test", "-timeout=20m", "-shuffle=on")
	if os.Getenv("QIWEI_TEST_RACE") == "1" {
		cmd.Args = append(cmd.Args, "-race")
	}
	if !namesPackages(args) {
		cmd.Args = append(cmd.Args, "./...")
	}
	cmd.Args = append(cmd.Args, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "QIWEI_TEST_POSTGRES="+postgres, "PWD="+dir)
	cmd.Stdout, cmd.Stderr = sum, sum
	cmd.WaitDelay = 10 * time.Second
	endGroup := inGroup(cmd)
	defer endGroup()
	return cmd.Run()
}

// removeAll is os.RemoveAll, tried again for a while: a server that a killed test
// had started writes until it has noticed.
func removeAll(dir string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		if os.RemoveAll(dir) == nil {
			return nil
		}
		<-tick.C
	}
	return os.RemoveAll(dir)
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

// whileParentLives ends the context when our parent has gone. `go run` does not
// hand on a SIGTERM that it gets, it dies of it.
func whileParentLives(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			if os.Getppid() != parent {
				cancel()
			}
		}
	}()
	return ctx
}

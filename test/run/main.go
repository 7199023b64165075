// Command run runs every test of the project, on every database that this machine has. `make test` runs it,
// and so does
//
//	go run ./test/run [-- arguments for go test]
//
// It starts a private PostgreSQL server (package pgserver) and hands its address to the tests in
// QIWEI_TEST_POSTGRES. Then it runs `go test ./...` in this module and in each module below test/, which
// keeps other people's client libraries out of our go.mod, and the tests that are not Go tests: the checks of
// the pages. Arguments narrow it down to go test; those that name packages ("./...") to this module.
//
// Some tests start programs that a machine may lack (program.go lists them). Root on Debian or Ubuntu gets
// them installed. Tests that need a missing one are left out before anything runs, and the last lines name
// them: a test that has begun never skips itself.
//
//	QIWEI_TEST_ALL=1                  fail if anything was left out
//	QIWEI_TEST_INSTALL=0              install nothing
//	QIWEI_TEST_WITHOUT=chromium,java  pretend that these are not here
//	QIWEI_TEST_POSTGRES=postgres://…  use this server instead of a private one;
//	                                  its user must be allowed to create databases
//	QIWEI_TEST_RACE=1                 run with the race detector
//
// A test or two that failed in a whole run and then pass three times alone do not fail it. The last lines name
// them as unsteady.
//
// However it ends, also by Ctrl-C, it takes the server, all processes of the tests and their temporary files
// with it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
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
	r := &runner{args: args, sum: &tally{out: out}}
	err := r.runAll(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(out, "interrupted")
		return 130
	}
	if err != nil {
		fmt.Fprintln(out, "test run:", err)
	}
	if r.databases != "" {
		fmt.Fprintln(out, "databases:", r.databases)
	}
	for _, o := range r.leftOut {
		fmt.Fprintln(out, o)
	}
	for _, f := range r.sum.unsteady {
		fmt.Fprintln(out, f)
	}
	incomplete := len(r.leftOut) > 0 && os.Getenv("QIWEI_TEST_ALL") == "1"
	if incomplete {
		fmt.Fprintln(out, "QIWEI_TEST_ALL=1 wants all of it: this fails")
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", r.sum.passed, r.sum.failed)
	if err != nil || r.sum.failed > 0 || incomplete {
		return 1
	}
	return 0
}

// A runner runs the tests once.
type runner struct {
	args []string // for go test
	root string   // the module's folder
	sum  *tally

	postgres  string    // the server's address; empty without one
	databases string    // in words
	leftOut   []omitted // what was not run
}

// runAll prepares the machine and the databases, runs everything and cleans up.
func (r *runner) runAll(ctx context.Context) (err error) {
	if r.root, err = moduleRoot(); err != nil {
		return err
	}
	// Debian keeps servers off the PATH of those who are not root.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin")

	// Killed tests cannot remove their temporary files, so all temporary files go into one folder.
	// PostgreSQL, as another user, must be able to pass through it.
	tmp, err := os.MkdirTemp("", "qiwei-test-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(tmp)) }()
	if err := os.Chmod(tmp, 0o711); err != nil {
		return err
	}
	if err := errors.Join(os.Setenv("TMPDIR", tmp), os.Setenv("QIWEI_TEST_TEMPLATES", tmp)); err != nil {
		return err
	}

	skipped := r.prepare(ctx)
	stop, err := r.startPostgres(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	fmt.Fprintln(r.sum.out, "testing on", r.databases)

	var failed []string
	if len(r.args) == 0 {
		failed = r.runChecks(ctx, skipped)
	}
	modules := []string{r.root}
	if !namesPackages(r.args) {
		nested, err := nestedModules(filepath.Join(r.root, "test"))
		if err != nil {
			return err
		}
		modules = append(modules, nested...)
	}
	for _, dir := range modules {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, err := filepath.Rel(r.root, dir)
		if err != nil {
			return err
		}
		if dir != r.root && !r.fetched(ctx, dir) {
			r.leftOut = append(r.leftOut, omitted{what: "the tests of " + rel, how: "go mod download in " + rel + ", where Go reaches its proxy"})
			continue
		}
		if err := r.goTest(ctx, dir, skipped); err != nil {
			failed = append(failed, fmt.Sprintf("go test in %s: %v", rel, err))
		}
	}
	if len(failed) > 0 {
		return errors.New(strings.Join(failed, "; "))
	}
	return nil
}

// startPostgres finds or starts the PostgreSQL server. The function returned stops
// one that it started.
func (r *runner) startPostgres(ctx context.Context) (stop func() error, err error) {
	stop = func() error { return nil }
	if r.postgres = os.Getenv("QIWEI_TEST_POSTGRES"); r.postgres != "" {
		r.databases = "SQLite and the PostgreSQL of QIWEI_TEST_POSTGRES"
		return stop, nil
	}
	err = pgserver.ErrNotFound
	var pg *pgserver.Server
	if !contains(without(), "PostgreSQL") {
		pg, err = pgserver.Start(ctx)
	}
	switch {
	case errors.Is(err, pgserver.ErrNotFound):
		r.databases = "SQLite only"
		return stop, nil
	case err != nil:
		return nil, err
	}
	r.postgres, r.databases = pg.URL(), "SQLite and PostgreSQL "+pg.Version()
	return pg.Stop, nil
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

// whileParentLives ends the context when our parent has gone. `go run` does not pass a SIGTERM on; it dies.
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

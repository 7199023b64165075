//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qiwei/test/pgserver"
)

// TestMain lets the test binary be the program under test.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_TEST_AS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// A project of two modules. Its test leaves a temporary file behind and a process that holds a lock, notes
// what it was given, and then follows its instructions.
const project = `
-- go.mod --
module scratch

go 1.26
-- note/note.go --
package note
-- note/note_test.go --
package note

import ("os"; "os/exec"; "syscall"; "testing")

func Test(t *testing.T) {
	os.MkdirTemp("", "left-behind")
	held, _ := os.Create("held")
	syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // a run before this one may hold it
	child := exec.Command("sleep", "600")
	child.ExtraFiles = []*os.File{held}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("given.tmp", []byte(os.Getenv("QIWEI_TEST_POSTGRES")), 0o600)
	os.Rename("given.tmp", "given")
	switch os.Getenv("SCRATCH") {
	case "once":
		if _, err := os.Stat("before"); err != nil {
			os.WriteFile("before", nil, 0o600)
			t.Error("only now")
		}
	case "crash":
		if _, err := os.Stat("before"); err != nil {
			os.WriteFile("before", nil, 0o600)
			panic("only now")
		}
	case "fail":
		t.Error("as told")
	case "hang":
		select {}
	}
}
-- test/clients/go.mod --
module scratch/test/clients

go 1.26
-- test/clients/clients_test.go --
package clients

import "testing"

func Test(t *testing.T) {}
-- test/clients/node_modules/x/go.mod --
module not/ours
`

type scratch struct {
	dir, tmp string
	cmd      *exec.Cmd
	out      bytes.Buffer
}

// newScratch writes the project and prepares the program to run in it.
func newScratch(t *testing.T, behaviour string, env ...string) *scratch {
	t.Helper()
	s := &scratch{dir: t.TempDir(), tmp: t.TempDir()}
	for file := range strings.SplitSeq(project, "\n-- ") {
		name, text, ok := strings.Cut(file, " --\n")
		if !ok {
			continue
		}
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{filepath.Dir(s.tmp), s.tmp} {
		if err := os.Chmod(dir, 0o711); err != nil { // else PostgreSQL's user cannot enter
			t.Fatal(err)
		}
	}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "RUN_TEST_AS_PROGRAM=1", "QIWEI_TEST_POSTGRES=", "QIWEI_TEST_RACE=", "QIWEI_TEST_ALL=", "QIWEI_TEST_INSTALL=0",
		"GOFLAGS=", "GOWORK=off", "PWD="+s.dir, "TMPDIR="+s.tmp, "SCRATCH="+behaviour)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.cmd.WaitDelay = 30 * time.Second // for a run that outlives its parent
	return s
}

func (s *scratch) start(t *testing.T) {
	t.Helper()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
}

// given waits for the test in the project and returns the address that it got.
func (s *scratch) given(t *testing.T) string {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(2 * time.Minute)
	for {
		b, err := os.ReadFile(filepath.Join(s.dir, "note", "given"))
		if err == nil {
			return string(b)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the test in the project has not begun")
		}
	}
}

// ended waits for the end and checks the exit code, and that nothing is left.
func (s *scratch) ended(t *testing.T, code int) {
	t.Helper()
	s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d\n%s", got, code, s.out.String())
	}
	if left, _ := os.ReadDir(s.tmp); len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	if s.held(t) {
		t.Error("a process of the tests is left")
	}
	address, err := url.Parse(s.given(t))
	if err != nil {
		t.Fatal(err)
	}
	if address.Host == "" {
		return
	}
	if conn, err := net.Dial("tcp", address.Host); err == nil {
		conn.Close()
		t.Errorf("PostgreSQL is left at %s", address.Host)
	}
}

// held reports whether the test's process still has its lock, some seconds after
// it should have been killed.
func (s *scratch) held(t *testing.T) bool {
	t.Helper()
	f, err := os.Open(filepath.Join(s.dir, "note", "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 250 {
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return false
		}
		<-tick.C
	}
	return true
}

// databases returns the line that says what the run has tested on.
func databases() string {
	if p, err := pgserver.Find(); err == nil {
		return "\ndatabases: SQLite and PostgreSQL " + p.Version + "\n"
	}
	return "\ndatabases: SQLite only\n"
}

func TestARunThatPasses(t *testing.T) {
	t.Parallel()
	s := newScratch(t, "pass")
	s.start(t)
	s.ended(t, 0)
	out := s.out.String()
	if !strings.HasSuffix(out, "\n2 passed, 0 failed\n") || !strings.Contains(out, databases()) ||
		!strings.Contains(out, "ok  \tscratch/note\t") || !strings.Contains(out, "ok  \tscratch/test/clients\t") {
		t.Error(out)
	}
	if _, err := pgserver.Find(); (err == nil) != strings.HasPrefix(s.given(t), "postgres://") {
		t.Errorf("the tests were given %q; PostgreSQL on this machine: %v", s.given(t), err)
	}
}

func TestARunThatFailsStillRunsTheRest(t *testing.T) {
	t.Parallel()
	s := newScratch(t, "fail")
	s.start(t)
	s.ended(t, 1)
	out := s.out.String()
	if !strings.HasSuffix(out, "\n1 passed, 1 failed\n") || !strings.Contains(out, "note_test.go:28: as told") {
		t.Error(out)
	}
}

// A test that fails once is named, and does not hold up the rest. A crash does.
func TestARunWithAnUnsteadyTest(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]struct {
		code  int
		lines string
	}{
		"once":  {0, "\nunsteady: Test of scratch/note failed, and then passed 3 times alone\n2 passed, 0 failed\n"},
		"crash": {1, "\n1 passed, 1 failed\n"},
	} {
		s := newScratch(t, behaviour)
		s.start(t)
		s.ended(t, want.code)
		if out := s.out.String(); !strings.HasSuffix(out, want.lines) || !strings.Contains(out, "only now") {
			t.Errorf("%s: %s", behaviour, out)
		}
	}
}

func TestArgumentsAndAServerOfOnesOwn(t *testing.T) {
	t.Parallel()
	s := newScratch(t, "fail", "QIWEI_TEST_POSTGRES=postgres:///mine")
	s.cmd.Args = append(s.cmd.Args, "--", "-skip", ".", "./note")
	s.start(t)
	err := s.cmd.Wait()
	out := s.out.String()
	if err != nil || !strings.HasSuffix(out, "\n1 passed, 0 failed\n") || !strings.Contains(out, "\ndatabases: SQLite and the PostgreSQL of QIWEI_TEST_POSTGRES\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// If something is missing, the run passes and says so, unless everything was demanded.
func TestARunWithoutAProgram(t *testing.T) {
	t.Parallel()
	for all, code := range map[string]int{"": 0, "1": 1} {
		s := newScratch(t, "pass", "QIWEI_TEST_WITHOUT=nginx,postgresql", "QIWEI_TEST_ALL="+all)
		s.start(t)
		s.ended(t, code)
		out := s.out.String()
		for _, line := range []string{
			"not run: every test on PostgreSQL; to run it: apt-get install postgresql",
			"not run: sign-in behind nginx (test/clients/forward TestProxies/nginx); to run it: apt-get install nginx",
			"databases: SQLite only",
			"2 passed, 0 failed",
		} {
			if !strings.Contains(out, "\n"+line+"\n") {
				t.Errorf("QIWEI_TEST_ALL=%s: no line %q in\n%s", all, line, out)
			}
		}
		if s.given(t) != "" {
			t.Error("the tests were given a PostgreSQL")
		}
	}
}

func TestAnInterruptedRunLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		s := newScratch(t, "hang")
		s.start(t)
		s.given(t)
		s.cmd.Process.Signal(signal)
		s.ended(t, 130)
	}
}

// `go run` and make do not pass on every signal; they die.
func TestARunWhoseParentDiesLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newScratch(t, "hang")
	s.cmd.Args = []string{"sh", "-c", `"$0"; exit 3`, os.Args[0]}
	s.cmd.Path = "/bin/sh"
	s.start(t)
	s.given(t)
	s.cmd.Process.Kill()
	s.ended(t, -1) // returns when the run has closed its output, too
	if !strings.HasSuffix(s.out.String(), "interrupted\n") {
		t.Error(s.out.String())
	}
}

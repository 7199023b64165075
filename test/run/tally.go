package main

import (
	"bytes"
	"io"
)

// tally passes on what go test prints, and counts the packages in it. It must only
// be written to by one goroutine at a time, as os/exec does.
type tally struct {
	out            io.Writer
	passed, failed int
	fallen         []fallen // the packages that failed, in order
	unsteady       []fallen // those that passed when they were heard again

	line []byte // the part of the current line so far
	now  fallen // the package whose output this is
}

// fallen is a package that failed.
type fallen struct {
	pkg     string
	tests   []string // the tests that failed, without their subtests
	crashed bool     // it ended by a panic, a data race or the like, or was not built
}

// lineKept is how much of a line is kept: enough to know it by.
const lineKept = 256

// Write never fails, so that a closed output does not break the tests in the
// middle: they are ended in order.
func (t *tally) Write(p []byte) (int, error) {
	t.out.Write(p)
	rest := p
	for {
		head, tail, whole := bytes.Cut(rest, []byte("\n"))
		if len(t.line) < lineKept {
			t.line = append(t.line, head...)
		}
		if !whole {
			return len(p), nil
		}
		t.read(t.line)
		t.line, rest = t.line[:0], tail
	}
}

// read takes in a line. go test prints a package's output in one piece, and its outcome last:
//
//	--- FAIL: TestCrash (0.20s)
//	ok  	qiwei/internal/clock	0.1s
//	FAIL	qiwei/internal/store	0.2s    but not the FAIL that stands alone
func (t *tally) read(line []byte) {
	switch {
	case bytes.HasPrefix(line, []byte("ok  \t")):
		t.passed++
		t.now = fallen{}
	case bytes.HasPrefix(line, []byte("FAIL\t")):
		t.failed++
		words := bytes.Fields(line[len("FAIL\t"):])
		if len(words) > 0 {
			t.now.pkg = string(words[0])
		}
		t.now.crashed = t.now.crashed || bytes.HasSuffix(line, []byte(" failed]"))
		t.fallen = append(t.fallen, t.now)
		t.now = fallen{}
	case bytes.HasPrefix(line, []byte("--- FAIL: ")):
		name, _, _ := bytes.Cut(line[len("--- FAIL: "):], []byte(" "))
		t.now.tests = append(t.now.tests, string(name))
	default:
		for _, crash := range crashes {
			t.now.crashed = t.now.crashed || bytes.HasPrefix(line, []byte(crash))
		}
	}
}

// crashes are how the lines begin that a package prints when it does not end by itself.
var crashes = []string{"panic: ", "fatal error: ", "WARNING: DATA RACE", "SIGQUIT: ", "exit status 2"}

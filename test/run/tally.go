package main

import (
	"bytes"
	"io"
)

// tally passes on what go test prints and counts the packages in it. It must only
// be written to by one goroutine at a time, as os/exec does.
type tally struct {
	out            io.Writer
	passed, failed int
	line           []byte // the part of the current line so far
}

// Write never fails, so that a closed output does not break the tests in the
// middle: they are ended in order.
func (t *tally) Write(p []byte) (int, error) {
	t.out.Write(p)
	rest := p
	for {
		head, tail, whole := bytes.Cut(rest, []byte("\n"))
		if len(t.line) < 64 { // enough to know it by
			t.line = append(t.line, head...)
		}
		if !whole {
			return len(p), nil
		}
		// ok  	qiwei/internal/clock	0.1s
		// FAIL	qiwei/internal/store	0.2s    but not the FAIL that stands alone
		switch {
		case bytes.HasPrefix(t.line, []byte("ok  \t")):
			t.passed++
		case bytes.HasPrefix(t.line, []byte("FAIL\t")):
			t.failed++
		}
		t.line, rest = t.line[:0], tail
	}
}

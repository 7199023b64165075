package main

import (
	"fmt"
	"io"
)

// progress shows on a terminal how much has gone through it, in one line that it overwrites.
type progress struct {
	out   io.Writer
	what  string
	total int64 // bytes; 0 if that is not known
	done  int64
	shown int // percent; -1 before the first
}

func newProgress(out io.Writer, what string, total int64) *progress {
	return &progress{out: out, what: what, total: total, shown: -1}
}

// Write counts bytes. It prints only when the line changes.
func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if p.total <= 0 {
		return len(b), nil
	}
	if percent := int(min(p.done, p.total) * 100 / p.total); percent != p.shown {
		p.shown = percent
		fmt.Fprintf(p.out, "\r%s %3d%% of %.1f MB", p.what, percent, float64(p.total)/1e6)
	}
	return len(b), nil
}

// Finish clears the line.
func (p *progress) Finish() {
	if p.shown >= 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out, "importing", 2_000_000)
	for range 1000 {
		if n, err := p.Write(make([]byte, 2000)); n != 2000 || err != nil {
			t.Fatal(n, err)
		}
	}
	p.Finish()
	lines := strings.Split(out.String(), "\r")
	if len(lines) != 103 || lines[1] != "importing   0% of 2.0 MB" || lines[101] != "importing 100% of 2.0 MB" || lines[102] != "\x1b[K" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	out.Reset()
	p = newProgress(&out, "importing", 0)
	p.Write([]byte("x"))
	if p.Finish(); out.Len() > 0 {
		t.Errorf("of nothing: %q", out.String())
	}
}

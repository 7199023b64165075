package main

import (
	"os"
	"testing"
)

func TestMappedFrom(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"00400000-01b51000 r-xp 00000000 fe:00 99                 /bin/qiwei\n":           true,
		"01b51000-03537000 r--p 01751000 fe:00 99                 /bin/qiwei\n":           true,
		"03537000-03637000 rw-p 03137000 fe:00 99                 /bin/qiwei\n":           false,
		"00400000-01b51000 r-xp 00000000 fe:00 99                 /bin/qiwei (deleted)\n": false,
		"7f0000000000-7f0000001000 r-xp 00000000 00:00 0          [vdso]\n":               false,
		"7f0000000000-7f0000001000 r--p 00000000 00:00 0\n":                               false,
	} {
		from, to, ok := mappedFrom(line, "/bin/qiwei")
		if ok != want || ok && from >= to {
			t.Errorf("%q: %x to %x, %v", line, from, to, ok)
		}
	}
}

// A program whose file was unmapped goes on.
func TestUnmapProgram(t *testing.T) {
	t.Parallel()
	unmapProgram()
	if _, err := os.ReadFile("/proc/self/status"); err != nil {
		t.Error(err)
	}
}

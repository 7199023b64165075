package main

import (
	"io/fs"
	"os"
	"runtime/debug"
	"testing"

	"qiwei/internal/platform"
)

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	const v2, v1 = "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"
	machine := "MemFree:  99 kB\nMemTotal:       1024 kB\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"a machine":                  {map[string]string{"/proc/meminfo": machine}, 512 << 10},
		"a container":                {map[string]string{"/proc/meminfo": machine, v2: "1000\n"}, 800},
		"one without a limit":        {map[string]string{"/proc/meminfo": machine, v2: "max\n"}, 512 << 10},
		"an old one":                 {map[string]string{"/proc/meminfo": machine, v1: "1000\n"}, 800},
		"an old one without":         {map[string]string{"/proc/meminfo": machine, v1: "9223372036854771712\n"}, 512 << 10},
		"a system that says no word": {nil, 0},
	} {
		got := memoryLimit(func(path string) ([]byte, error) {
			if text, ok := tt.files[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		})
		if got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// What an operator has set in the environment is left alone, and otherwise the server bounds its memory by what there is.
// It changes settings of the whole process, so it is not parallel.
func TestTuneMemory(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	set := func(gogc, gomemlimit string) (int, int64) {
		t.Setenv("GOGC", gogc)
		t.Setenv("GOMEMLIMIT", gomemlimit)
		debug.SetGCPercent(77)
		debug.SetMemoryLimit(1 << 40)
		tuneMemory()
		n := debug.SetGCPercent(77)
		return n, debug.SetMemoryLimit(-1)
	}
	if n, most := set("50", "1GiB"); n != 77 || most != 1<<40 {
		t.Errorf("what was set in the environment became %d, %d", n, most)
	}
	n, most := set("", "")
	if there := memoryLimit(os.ReadFile); n != platform.GCPercent || most <= 0 || most > platform.MemoryLimit || there > 0 && most > there {
		t.Errorf("without settings: %d %%, %d bytes; the machine has %d", n, most, there)
	}
}

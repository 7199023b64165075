package main

import (
	"io/fs"
	"testing"
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

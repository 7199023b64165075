package main

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// tuneMemory sets the garbage collector where GOGC and GOMEMLIMIT do not: it runs seldom, but more and more
// often as the memory of the machine or its container runs out.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(platform.GCPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit := int64(platform.MemoryLimit)
		if there := memoryLimit(os.ReadFile); there > 0 {
			limit = min(limit, there)
		}
		debug.SetMemoryLimit(limit)
	}
}

// returnMemory gives back to the system what a start has taken and the running server does not need: founding
// the demo and hashing its passwords take several times that. The collector alone would keep it for hours in a
// server that is hardly called. Of the program's own file it needs half of what the start has looked at.
func returnMemory(ctx context.Context, st *store.Store) error {
	if err := st.ReturnMemory(ctx); err != nil {
		return err
	}
	debug.FreeOSMemory()
	unmapProgram()
	return nil
}

// memoryLimit returns how many bytes the heap may take before the collector works hard to keep it smaller:
// four fifths of a container's memory, or half of a machine's, which other programs share. It is 0 if the
// system does not say.
func memoryLimit(read func(string) ([]byte, error)) int64 {
	first := func(path, key string) int64 {
		text, err := read(path)
		if err != nil {
			return 0
		}
		_, rest, _ := strings.Cut(string(text), key)
		words := strings.Fields(rest)
		if len(words) == 0 {
			return 0
		}
		n, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return 0 // "max"
		}
		return n
	}
	machine := first("/proc/meminfo", "MemTotal:") << 10
	limit := machine / 2
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if container := first(path, ""); container > 0 && container < machine {
			limit = container / 5 * 4
		}
	}
	return limit
}

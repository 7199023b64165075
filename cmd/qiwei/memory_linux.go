package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapProgram takes the pages of the program's file out of this process. They stay in the system's page cache, and
// come back with their neighbours when they are used, 64 KB for less than a microsecond. Nothing depends on it, so a
// system that refuses does no harm.
func unmapProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		from, to, ok := mappedFrom(line, program)
		if ok {
			syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}

// mappedFrom returns the addresses of a line of /proc/self/maps; ok is false if it is not of that file, or can be
// written: what was written there would be lost.
func mappedFrom(line, file string) (from, to uintptr, ok bool) {
	words := strings.Fields(line)
	if len(words) < 6 || words[5] != file || len(words) > 6 || !strings.HasPrefix(words[1], "r-") {
		return 0, 0, false
	}
	first, last, _ := strings.Cut(words[0], "-")
	a, errFirst := strconv.ParseUint(first, 16, 64)
	b, errLast := strconv.ParseUint(last, 16, 64)
	return uintptr(a), uintptr(b), errFirst == nil && errLast == nil && a < b
}

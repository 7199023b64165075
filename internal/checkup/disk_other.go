//go:build !(linux || darwin || freebsd)

package checkup

// freeSpace cannot be told here.
func freeSpace(string) (free int64, ok bool) { return 0, false }

//go:build linux || darwin || freebsd

package checkup

import "syscall"

// freeSpace returns how many bytes of the path's disk are free for this process; ok is false if that cannot be
// told.
func freeSpace(path string) (free int64, ok bool) {
	var fs syscall.Statfs_t
	if path == "" || syscall.Statfs(path, &fs) != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true
}

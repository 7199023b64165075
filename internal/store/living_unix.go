//go:build unix

package store

import (
	"os"
	"syscall"
)

// A process that has a SQLite database open holds a lock on one byte of an empty file
// beside it, FILE-live: the byte whose place is the process's number. The kernel lets
// go of it however the process ends, and a number is not drawn again soon, other than
// those that the kernel gives to processes. So whoever finds a number in the database
// can tell whether its process still lives, also where the two are in containers of
// their own. Like those of SQLite these locks are the whole process's, and the
// descriptor stays open as long as the database is (see opened).

// markLiving says that this process has the database open.
func markLiving(path string) *os.File {
	f, err := os.OpenFile(path+"-live", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil
	}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, byteOf(processNumber)); err != nil {
		f.Close()
		return nil
	}
	return f
}

func byteOf(process uint32) *syscall.Flock_t {
	return &syscall.Flock_t{Type: syscall.F_WRLCK, Start: int64(process), Len: 1}
}

// lives reports whether the process has the database open, and whether that can be
// told.
func (d *openDatabase) lives(process uint32) (alive, known bool) {
	if process == processNumber {
		return true, true
	}
	opened.Lock()
	defer opened.Unlock()
	if d.living == nil {
		return false, false
	}
	lock := byteOf(process)
	if err := syscall.FcntlFlock(d.living.Fd(), syscall.F_GETLK, lock); err != nil {
		return false, false
	}
	return lock.Type != syscall.F_UNLCK, true
}

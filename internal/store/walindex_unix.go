//go:build unix

package store

import (
	"bytes"
	"encoding/binary"
	"os"
	"syscall"
)

// walIndex is the header of a SQLite database's WAL index, mapped into memory.
// SQLite keeps two copies of it, writes the second before the first, and takes a
// state for good where both agree; so do we. The layout is that of
// https://sqlite.org/walformat.html, section "The WAL-index header".
type walIndex struct{ mapped []byte }

const walIndexVersion = 3007000

// openWALIndex maps the WAL index of the database at path, which must be open.
func openWALIndex(path string, held *heldFiles) (index, error) {
	fd, err := syscall.Open(path+"-shm", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	held.keep(fd)
	mapped, err := syscall.Mmap(fd, 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &walIndex{mapped}, nil
}

func (w *walIndex) state() (s state, ok bool) {
	copy(s[:], w.mapped[:48])
	if !bytes.Equal(s[:], w.mapped[48:96]) {
		return s, false // a commit is being written
	}
	return s, s[12] == 1 && binary.NativeEndian.Uint32(s[:4]) == walIndexVersion
}

func (w *walIndex) close() error { return syscall.Munmap(w.mapped) }

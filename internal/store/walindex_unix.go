//go:build unix

package store

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// walIndex is the header of a SQLite database's WAL index, mapped into memory. SQLite keeps two copies of it,
// writes the second before the first, and trusts a state if both agree; so do we. The layout is that of
// https://sqlite.org/walformat.html, section "The WAL-index header".
type walIndex struct{ mapped []byte }

const walIndexVersion = 3007000

func (w *walIndex) state() (s state, ok bool) {
	copy(s[:], w.mapped[:48])
	if !bytes.Equal(s[:], w.mapped[48:96]) {
		return s, false // a commit is being written
	}
	return s, s[12] == 1 && binary.NativeEndian.Uint32(s[:4]) == walIndexVersion
}

// opened are the databases that this process has open, by path. They belong to the process and not to a
// store, because POSIX locks do: closing any descriptor of a file drops all locks that the process holds on
// that file. Without SQLite's locks on the WAL index, another process that opens the database takes itself
// for the first, and truncates the index while we use it. So our descriptor is closed only when the last
// store of this process has closed its connections.
var opened struct {
	sync.Mutex
	databases map[string]*openDatabase
}

type openDatabase struct {
	path   string
	stores int
	file   *os.File
	index  *walIndex
	living *os.File // see lives; nil where it cannot be had
}

// openFiles counts a store that is about to open its connections.
func openFiles(path string) *openDatabase {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	opened.Lock()
	defer opened.Unlock()
	d := opened.databases[path]
	if d == nil {
		if opened.databases == nil {
			opened.databases = map[string]*openDatabase{}
		}
		d = &openDatabase{path: path, living: markLiving(path)}
		opened.databases[path] = d
	}
	d.stores++
	return d
}

// walIndex maps the WAL index, which is there once the database has been read.
func (d *openDatabase) walIndex() (index, error) {
	opened.Lock()
	defer opened.Unlock()
	if d.index != nil {
		return d.index, nil
	}
	if d.file == nil {
		f, err := os.Open(d.path + "-shm")
		if err != nil {
			return nil, err
		}
		d.file = f
	}
	mapped, err := syscall.Mmap(int(d.file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	d.index = &walIndex{mapped}
	return d.index, nil
}

// close is called by a store that has closed its connections.
func (d *openDatabase) close() (err error) {
	opened.Lock()
	defer opened.Unlock()
	if d.stores--; d.stores > 0 {
		return nil
	}
	delete(opened.databases, d.path)
	if d.index != nil {
		err = syscall.Munmap(d.index.mapped)
	}
	if d.file != nil {
		d.file.Close()
	}
	if d.living != nil {
		d.living.Close()
	}
	return err
}

//go:build unix

package store

import (
	"errors"
	"path/filepath"
	"sync"
	"syscall"
)

// heldFiles keeps what we ourselves have opened of a SQLite database open until
// none of this process's stores uses that database any more.
//
// The locks that SQLite takes are the process's, and the system drops all of them
// on a file as soon as the process closes any descriptor of it, one of ours
// included. Another process, such as a command line beside the server, then
// takes itself for the only one, truncates the WAL index under our feet and may
// overwrite what was committed (https://sqlite.org/howtocorrupt.html, 2.2).
type heldFiles struct {
	path  string
	users int
	open  []int
}

// Locks are the process's, so this is, too.
var (
	holding sync.Mutex
	held    = map[string]*heldFiles{} // by the database's path
)

// holdFiles is called before SQLite opens the database at path, and release once
// it has closed it.
func holdFiles(path string) *heldFiles {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	holding.Lock()
	defer holding.Unlock()
	h := held[path]
	if h == nil {
		h = &heldFiles{path: path}
		held[path] = h
	}
	h.users++
	return h
}

// keep takes a descriptor that we have opened of one of the database's files.
func (h *heldFiles) keep(fd int) {
	holding.Lock()
	defer holding.Unlock()
	h.open = append(h.open, fd)
}

func (h *heldFiles) release() error {
	holding.Lock()
	defer holding.Unlock()
	if h.users--; h.users > 0 {
		return nil
	}
	delete(held, h.path)
	var errs []error
	for _, fd := range h.open {
		errs = append(errs, syscall.Close(fd))
	}
	return errors.Join(errs...)
}

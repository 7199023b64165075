package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// directory keeps blobs as files, in one folder for each pair of first letters. They are written in a
// separate folder and renamed into place once they are on disk, so that every file with a key is complete.
type directory struct{ root string }

const (
	drafts = "drafts"
	// staleDraft is the age at which a draft must have been left by a crash: an upload ends within a quarter
	// of an hour.
	staleDraft = time.Hour
)

func newDirectory(root string) directory { return directory{filepath.Clean(root)} }

func (d directory) String() string { return d.root }

func (d directory) path(key string) string { return filepath.Join(d.root, key[:2], key) }

func (d directory) draft() (*os.File, error) {
	folder := filepath.Join(d.root, drafts)
	f, err := os.CreateTemp(folder, "*")
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		f, err = os.CreateTemp(folder, "*")
	}
	return f, err
}

func (d directory) keep(_ context.Context, key string, f *os.File, _ int64) error {
	defer os.Remove(f.Name()) // does nothing after the rename
	err := f.Sync()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	path := d.path(key)
	folder := filepath.Dir(path)
	if err := os.Mkdir(folder, 0o700); err == nil {
		err = syncFolder(d.root)
		if err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || os.IsPermission(err) { // Windows
		err = nil
	}
	return errors.Join(err, f.Close())
}

func (d directory) open(_ context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	f, err := os.Open(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if offset > 0 {
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			f.Close()
			return nil, err
		}
	}
	if length < 0 {
		return f, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, length), f}, nil
}

func (d directory) delete(_ context.Context, key string) error {
	err := os.Remove(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d directory) check(context.Context) error {
	f, err := d.draft()
	if err != nil {
		return fmt.Errorf("the folder for files cannot be written: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("the folder for files: %w", err)
	}
	return nil
}

func (d directory) tidy() error { return removeStale(filepath.Join(d.root, drafts), "") }

// removeStale removes the files with a name prefix that nobody has written to for so long that a crash must
// have left them.
func removeStale(folder, prefix string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the folder for files: %w", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), prefix) && time.Since(info.ModTime()) > staleDraft {
			os.Remove(filepath.Join(folder, e.Name()))
		}
	}
	return nil
}

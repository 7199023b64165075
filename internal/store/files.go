package store

import (
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// files are the texts of one folder by their names. What testing/fstest has for it would put the package testing, with
// its flags, into the program.
type files map[string]string

// Open opens a file, or the folder itself.
func (f files) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{f, 0}, nil
	}
	text, there := f[name]
	if !there {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{strings.NewReader(text), fileInfo{name, int64(len(text)), 0o444}}, nil
}

// list returns the files by their names.
func (f files) list() (out []fs.DirEntry) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		out = append(out, fs.FileInfoToDirEntry(fileInfo{name, int64(len(f[name])), 0o444}))
	}
	return out
}

type openFile struct {
	*strings.Reader
	info fileInfo
}

func (o *openFile) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openFile) Close() error               { return nil }

// folder is the folder, opened.
type folder struct {
	of files
	at int // how many of its files were read
}

func (d *folder) Stat() (fs.FileInfo, error) { return fileInfo{".", 0, fs.ModeDir | 0o555}, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

// ReadDir returns the next n files, or all that are left if n is not above 0.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	left := d.of.list()[d.at:]
	if n > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		left = left[:min(n, len(left))]
	}
	d.at += len(left)
	return left, nil
}

type fileInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

// Package web holds the console's and the phone's pages as they were built from
// this folder. Without Node nothing is built, and Pages has none.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"io"
	"io/fs"
	"path"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built files: console/index.html, phone/index.html, assets/….
func Pages() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return packed{sub}
}

// packed opens files that pack.mjs has packed, by the names that they had before.
type packed struct{ fs.FS }

func (p packed) Open(name string) (fs.File, error) {
	f, err := p.FS.Open(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	zipped, zipErr := fs.ReadFile(p.FS, name+".gz")
	if zipErr != nil {
		return nil, err // under the name that was asked for
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	info, err := fs.Stat(p.FS, name+".gz")
	if err != nil {
		return nil, err
	}
	return &unpacked{bytes.NewReader(plain), unpackedInfo{info, path.Base(name), int64(len(plain))}}, nil
}

// unpacked is a file that was packed.
type unpacked struct {
	*bytes.Reader
	info unpackedInfo
}

func (u *unpacked) Stat() (fs.FileInfo, error) { return u.info, nil }
func (u *unpacked) Close() error               { return nil }

// unpackedInfo is what the packed file says of itself, with the name and the size that it had before.
type unpackedInfo struct {
	fs.FileInfo
	name string
	size int64
}

func (i unpackedInfo) Name() string { return i.name }
func (i unpackedInfo) Size() int64  { return i.size }

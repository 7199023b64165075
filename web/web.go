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
	"testing/fstest"
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
	return fstest.MapFS{name: &fstest.MapFile{Data: plain, Mode: 0o444}}.Open(name)
}

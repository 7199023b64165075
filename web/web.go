// Package web holds the console's and the phone's pages as they were built from
// this folder. Without Node nothing is built, and Pages has none.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built files: console/index.html, phone/index.html, assets/….
func Pages() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// dataFlags say where an installation keeps its data. They are the same for
// every command that works on one, whether or not a server runs on it.
type dataFlags struct {
	Data     string `help:"Data directory." default:"./data" env:"QIWEI_DATA" placeholder:"DIR"`
	Database string `help:"postgres://… or a SQLite file. DIR/qiwei.db if not given." env:"QIWEI_DATABASE" placeholder:"URL"`
	Blobs    string `help:"Directory for uploaded files, or s3://BUCKET?endpoint=URL&region=NAME. DIR/media if not given." env:"QIWEI_BLOBS" placeholder:"PLACE"`
}

// database returns what store.Open opens.
func (f dataFlags) database() string {
	if f.Database != "" {
		return f.Database
	}
	return filepath.Join(f.Data, "qiwei.db")
}

// blobs returns what blob.Open opens.
func (f dataFlags) blobs() string {
	if f.Blobs != "" {
		return f.Blobs
	}
	return filepath.Join(f.Data, "media")
}

// sqlite returns the path of the SQLite file, empty on PostgreSQL.
func (f dataFlags) sqlite() string {
	return store.File(f.database())
}

// create makes the data directory and the database file, readable by the server's user only.
func (f dataFlags) create() error {
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if path := f.sqlite(); path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
		return file.Close()
	}
	return nil
}

// open opens an existing installation for a command.
func (f dataFlags) open(ctx context.Context, cfg platform.Config) (*platform.Server, error) {
	if path := f.sqlite(); path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database %s; name the directory of a server with --data, or its database with --database", path)
		}
	}
	var err error
	if cfg.Key, err = f.key(); err != nil {
		return nil, err
	}
	cfg.Database, cfg.Blobs, cfg.SweepEvery = f.database(), f.blobs(), -1 // only servers sweep
	return platform.Open(ctx, cfg)
}

// ofDev reports whether the data directory is that of `qiwei dev`, which serve refuses.
func (f dataFlags) ofDev() bool {
	_, err := os.Stat(credentialsPath(f.Data))
	return err == nil
}

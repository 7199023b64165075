// Package blob keeps the content of files under keys: in a directory, or in a bucket of an S3-compatible
// service. It does not know what they are and who may read them; the room that owns them keeps that in its
// tables.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrNotFound is returned for a key under which nothing is kept.
var ErrNotFound = errors.New("no such blob")

// Bucket is where blobs are kept. It is safe for concurrent use. A nil Bucket can keep nothing.
//
// A key is 4 to 64 lower-case letters and digits, and is written once.
type Bucket struct{ place place }

// place is a kind of bucket: directory or s3.
type place interface {
	// draft makes an empty file for a blob that is being written.
	draft() (*os.File, error)
	// keep stores the draft under the key. When it returns nil, the draft is on disk or with the service. The
	// file is closed and removed, whatever happens.
	keep(ctx context.Context, key string, f *os.File, size int64) error
	open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	delete(ctx context.Context, key string) error
	check(ctx context.Context) error
	// tidy removes drafts that a crash has left.
	tidy() error
	String() string
}

// Open returns the bucket that a text names: the path of a directory, or
//
//	s3://bucket/prefix?endpoint=https://s3.example:9000&region=us-east-1&path_style=true
//
// It does not check that the bucket exists; Check does.
func Open(where string) (*Bucket, error) {
	if rest, ok := strings.CutPrefix(where, "s3://"); ok {
		p, err := newS3(rest)
		if err != nil {
			return nil, err
		}
		return &Bucket{p}, nil
	}
	if scheme, _, ok := strings.Cut(where, "://"); ok && scheme != "file" {
		return nil, fmt.Errorf("%s://… cannot hold files: the path of a directory, or s3://bucket?endpoint=…&region=… expected", scheme)
	}
	where = strings.TrimPrefix(where, "file://")
	if where == "" {
		return nil, errors.New("no place for files is given: the path of a directory, or s3://bucket?endpoint=…&region=… expected")
	}
	return &Bucket{newDirectory(where)}, nil
}

var errNowhere = errors.New("no place for files is set")

// String returns the place, without anything secret.
func (b *Bucket) String() string {
	if b == nil {
		return "nowhere"
	}
	return b.place.String()
}

// Check reports whether blobs can be written and read there.
func (b *Bucket) Check(ctx context.Context) error {
	if b == nil {
		return errNowhere
	}
	return b.place.check(ctx)
}

// Tidy removes what a crash has left half done, an hour after it was last written to.
func (b *Bucket) Tidy() error {
	if b == nil {
		return nil
	}
	return b.place.tidy()
}

// Open returns length bytes of the blob from offset on; a negative length means all that follows. It answers
// ErrNotFound if there is no blob.
func (b *Bucket) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b == nil || !validKey(key) {
		return nil, ErrNotFound
	}
	return b.place.open(ctx, key, offset, length)
}

// Delete removes the blob. A missing blob is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if b == nil || !validKey(key) {
		return nil
	}
	return b.place.delete(ctx, key)
}

func validKey(key string) bool {
	if len(key) < 4 || len(key) > 64 {
		return false
	}
	return strings.IndexFunc(key, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') }) < 0
}

// Draft is a blob that is being written. It is a file on this machine, whatever the bucket. So it can be read
// before it is kept, and what is refused half-way never reaches the bucket. Only one goroutine may use it.
type Draft struct {
	bucket *Bucket
	file   *os.File
	size   int64
}

// Draft begins a blob. The caller must call Discard in the end, also after Keep.
func (b *Bucket) Draft() (*Draft, error) {
	if b == nil {
		return nil, errNowhere
	}
	f, err := b.place.draft()
	if err != nil {
		return nil, fmt.Errorf("begin a blob: %w", err)
	}
	return &Draft{bucket: b, file: f}, nil
}

// Write appends to the blob.
func (d *Draft) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	d.size += int64(n)
	return n, err
}

// ReadAt reads what has been written.
func (d *Draft) ReadAt(p []byte, off int64) (int, error) { return d.file.ReadAt(p, off) }

// Size returns how much has been written.
func (d *Draft) Size() int64 { return d.size }

// Keep stores the blob under the key. When it returns nil the blob survives a
// crash of this machine.
func (d *Draft) Keep(ctx context.Context, key string) error {
	if d.file == nil || !validKey(key) {
		return fmt.Errorf("keep a blob as %q: not a key, or kept already", key)
	}
	f := d.file
	d.file = nil
	if err := d.bucket.place.keep(ctx, key, f, d.size); err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	return nil
}

// Discard ends a draft that has not been kept.
func (d *Draft) Discard() {
	if d.file != nil {
		d.file.Close()
		os.Remove(d.file.Name())
		d.file = nil
	}
}

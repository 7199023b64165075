package backup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"filippo.io/age"

	"qiwei/internal/blob"
	"qiwei/internal/store"
)

// Target is where a backup is put.
type Target struct {
	Store *store.Store
	Files *blob.Bucket
	Rooms []fs.FS // the migrations
	// Open opens the backup, once for each time that it is read.
	Open       func() (io.ReadCloser, error)
	Passphrase string
	// Key takes the master key, if the backup has it; it may be nil.
	Key func([]byte) error
}

// Restored is what was put back.
type Restored struct {
	Manifest Manifest
	Sum      Sum
	HasKey   bool
}

// Restore puts a backup into an empty database and its files into the bucket. The whole backup is read and checked
// before anything is written. The rows come all at once, and last: an installation whose restoration was cut off is
// still empty, and it can be done again.
func Restore(ctx context.Context, to Target) (Restored, error) {
	r, err := to.check()
	if err != nil {
		return r, err
	}
	if err := to.putFiles(ctx); err != nil {
		return r, err
	}
	err = to.Store.Load(ctx, to.Rooms, func() (store.Dump, error) { return to.dump(r.Manifest) })
	return r, err
}

// each calls fn with every entry of the backup, until it returns an error or io.EOF.
func (to Target) each(fn func(name string, size int64, content io.Reader) error) error {
	file, err := to.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	head := bufio.NewReader(file)
	var in io.Reader = head
	if start, _ := head.Peek(len(ageMagic)); string(start) == ageMagic {
		if to.Passphrase == "" {
			return ErrLocked
		}
		key, err := age.NewScryptIdentity(to.Passphrase)
		if err != nil {
			return err
		}
		if in, err = age.Decrypt(head, key); err != nil {
			return fmt.Errorf("%w: %w", ErrLocked, err)
		}
	}
	packed, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	content := &failing{from: packed}
	entries := tar.NewReader(content)
	for {
		h, err := entries.Next()
		if err == nil {
			err = fn(h.Name, h.Size, entries)
		} else if err == io.EOF {
			_, err = io.Copy(io.Discard, content) // the rest holds the checksums
			if err == nil {
				return nil
			}
		}
		switch {
		case content.err != nil:
			return fmt.Errorf("%w: %w", ErrCut, content.err)
		case err == io.EOF:
			return nil
		case errors.Is(err, tar.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("%w: %w", ErrCut, err)
		case err != nil:
			return err
		}
	}
}

// failing remembers the error that reading ended with, however it is reported by those between.
type failing struct {
	from io.Reader
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.from.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// ageMagic is how an encrypted file begins.
const ageMagic = "age-encryption.org/"

// check reads all of the backup.
func (to Target) check() (r Restored, err error) {
	var seen Sum
	ended, tables := false, map[string]bool{}
	err = to.each(func(name string, size int64, content io.Reader) error {
		switch {
		case r.Manifest.Form == 0 && name != manifestEntry:
			return ErrForm
		case name == manifestEntry:
			if err := json.NewDecoder(content).Decode(&r.Manifest); err != nil || r.Manifest.Form < 1 || r.Manifest.Form > Form {
				return ErrForm
			}
		case strings.HasPrefix(name, tablesFolder):
			table, err := tableOf(name)
			if err != nil {
				return err
			}
			tables[table] = true
			n, err := lines(content)
			seen.Rows += n - 1
			return err
		case strings.HasPrefix(name, filesFolder):
			seen.Files, seen.Bytes = seen.Files+1, seen.Bytes+size
			_, err := io.Copy(io.Discard, content)
			return err
		case name == keyEntry:
			r.HasKey = true
		case name == endEntry:
			ended = true
			return json.NewDecoder(content).Decode(&r.Sum)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	seen.Tables = len(tables)
	if !ended || seen.Rows != r.Sum.Rows || seen.Files != r.Sum.Files || seen.Bytes != r.Sum.Bytes || seen.Tables != r.Sum.Tables {
		return r, fmt.Errorf("%w: it has %d rows of %d, and %d files of %d", ErrCut, seen.Rows, r.Sum.Rows, seen.Files, r.Sum.Files)
	}
	return r, nil
}

func lines(r io.Reader) (n int64, err error) {
	buf := make([]byte, 64<<10)
	for {
		got, err := r.Read(buf)
		for _, c := range buf[:got] {
			if c == '\n' {
				n++
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// tableOf returns the table that an entry has rows of.
func tableOf(entry string) (string, error) {
	name, part, ok := strings.Cut(strings.TrimPrefix(entry, tablesFolder), ".")
	if !ok || name == "" || !strings.HasSuffix(part, ".jsonl") {
		return "", fmt.Errorf("%w: an entry %q", ErrForm, entry)
	}
	return name, nil
}

// putFiles puts the files and the key in their places.
func (to Target) putFiles(ctx context.Context) error {
	return to.each(func(name string, _ int64, content io.Reader) error {
		key, isFile := strings.CutPrefix(name, filesFolder)
		switch {
		case isFile:
			return to.putFile(ctx, key, content)
		case name == keyEntry && to.Key != nil:
			text, err := io.ReadAll(io.LimitReader(content, 1<<10))
			if err != nil {
				return err
			}
			return to.Key(text)
		}
		return nil
	})
}

func (to Target) putFile(ctx context.Context, key string, content io.Reader) error {
	draft, err := to.Files.Draft()
	if err != nil {
		return err
	}
	defer draft.Discard()
	if _, err := io.Copy(draft, content); err != nil {
		return err
	}
	return draft.Keep(ctx, key)
}

// dump reads the tables of the backup.
func (to Target) dump(m Manifest) (store.Dump, error) {
	return &dumped{to: to, versions: m.Versions}, nil
}

type dumped struct {
	to       Target
	versions []int64
	numbers  map[string]int64
}

func (d *dumped) Versions() []int64         { return d.versions }
func (d *dumped) Numbers() map[string]int64 { return d.numbers }

// rowMost bounds a row's line.
const rowMost = 256 << 20

func (d *dumped) Each(table func(string, []string) error, row func([]any) error) error {
	present := ""
	return d.to.each(func(name string, _ int64, content io.Reader) error {
		if name == numbersEntry {
			if err := json.NewDecoder(content).Decode(&d.numbers); err != nil {
				return fmt.Errorf("%w: %w", ErrForm, err)
			}
			return io.EOF // files follow
		}
		if !strings.HasPrefix(name, tablesFolder) {
			return nil
		}
		of, err := tableOf(name)
		if err != nil {
			return err
		}
		in := bufio.NewScanner(content)
		in.Buffer(make([]byte, 64<<10), rowMost)
		for n := 0; in.Scan(); n++ {
			if n == 0 {
				var columns []string
				if err := json.Unmarshal(in.Bytes(), &columns); err != nil {
					return fmt.Errorf("%w: %s: %w", ErrForm, name, err)
				}
				if of != present {
					present = of
					if err := table(of, columns); err != nil {
						return err
					}
				}
				continue
			}
			values, err := parseRow(in.Bytes())
			if err != nil {
				return fmt.Errorf("%w: %s, row %d: %w", ErrForm, name, n, err)
			}
			if err := row(values); err != nil {
				return err
			}
		}
		return in.Err()
	})
}

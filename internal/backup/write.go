package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"qiwei/internal/blob"
	"qiwei/internal/store"
)

// Source is what is backed up.
type Source struct {
	Store *store.Store
	Files *blob.Bucket
	// Key is put into the backup, if it is not nil; only encrypted ones may have it.
	Key     []byte
	Program string
	Now     time.Time
	// Passphrase encrypts the backup, if it is not empty.
	Passphrase string
	// Progress is told what is being written; it may be nil.
	Progress func(what string)
}

// workFactor is the binary logarithm of scrypt's cost. 18 takes about a second, as age has it.
var workFactor = 18

var errOpenKey = errors.New("a backup that is not encrypted may not hold the master key")

// Write writes a backup. The rows are those of one moment; files that are deleted afterwards, while it runs, are
// named in the sum.
func Write(ctx context.Context, w io.Writer, from Source) (Sum, error) {
	if from.Key != nil && from.Passphrase == "" {
		return Sum{}, errOpenKey
	}
	closers := []io.Closer{}
	if from.Passphrase != "" {
		to, err := age.NewScryptRecipient(from.Passphrase)
		if err != nil {
			return Sum{}, err
		}
		to.SetWorkFactor(workFactor)
		sealed, err := age.Encrypt(w, to)
		if err != nil {
			return Sum{}, fmt.Errorf("encrypt: %w", err)
		}
		w, closers = sealed, append(closers, sealed)
	}
	packed := gzip.NewWriter(w)
	out := &archive{tar: tar.NewWriter(packed), from: from}
	closers = append(closers, packed, out.tar)
	if err := out.all(ctx); err != nil {
		return Sum{}, err
	}
	for i := len(closers) - 1; i >= 0; i-- {
		if err := closers[i].Close(); err != nil {
			return Sum{}, err
		}
	}
	return out.sum, nil
}

// archive is a backup that is being written. It takes the rows from the store.
type archive struct {
	tar  *tar.Writer
	from Source
	sum  Sum

	table   string
	columns []string
	blobs   int // the column of the table blob that has its keys, or -1
	keys    []string
	part    int
	rows    []byte
}

func (a *archive) all(ctx context.Context) error {
	if err := a.from.Store.Dump(ctx, a); err != nil {
		return err
	}
	for _, key := range a.keys {
		if err := a.file(ctx, key); err != nil {
			return fmt.Errorf("file %s: %w", key, err)
		}
	}
	if a.from.Key != nil {
		if err := a.entry(keyEntry, a.from.Key); err != nil {
			return err
		}
	}
	return a.json(endEntry, a.sum)
}

func (a *archive) entry(name string, content []byte) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: a.from.Now}); err != nil {
		return err
	}
	_, err := a.tar.Write(content)
	return err
}

func (a *archive) json(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.entry(name, append(text, '\n'))
}

// Schema begins the backup.
func (a *archive) Schema(versions []int64) error {
	return a.json(manifestEntry, Manifest{Form: Form, Program: a.from.Program, MadeAt: a.from.Now.UTC(), Versions: versions})
}

// partSize is how many bytes of rows lie in one entry: tar wants to know its length before.
const partSize = 4 << 20

// blobTable is the table that has a row for each file, and blobKey its column with the file's key.
const (
	blobTable = "blob"
	blobKey   = "key"
)

// Table begins a table.
func (a *archive) Table(name string, columns []string) error {
	if err := a.flush(); err != nil {
		return err
	}
	if a.from.Progress != nil {
		a.from.Progress(name)
	}
	a.sum.Tables++
	a.table, a.columns, a.part, a.blobs = name, columns, 0, -1
	if name == blobTable {
		for i, c := range columns {
			if c == blobKey {
				a.blobs = i
			}
		}
	}
	return a.begin()
}

// begin begins a part of the table with the line of its columns.
func (a *archive) begin() error {
	a.part++
	line, err := json.Marshal(a.columns)
	a.rows = append(append(a.rows[:0], line...), '\n')
	return err
}

// Row adds a row to the table.
func (a *archive) Row(values []any) (err error) {
	if a.blobs >= 0 {
		if key, ok := values[a.blobs].(string); ok {
			a.keys = append(a.keys, key)
		}
	}
	a.sum.Rows++
	if a.rows, err = appendRow(a.rows, values); err != nil || len(a.rows) < partSize {
		return err
	}
	if err := a.flush(); err != nil {
		return err
	}
	return a.begin()
}

func (a *archive) flush() error {
	if a.table == "" {
		return nil
	}
	err := a.entry(fmt.Sprintf("%s%s.%d.jsonl", tablesFolder, a.table, a.part), a.rows)
	a.rows = a.rows[:0]
	return err
}

// Numbers ends the tables.
func (a *archive) Numbers(last map[string]int64) error {
	if err := a.flush(); err != nil {
		return err
	}
	return a.json(numbersEntry, last)
}

// file adds a file. Its length is known only when it has been read, so it is read into a draft first.
func (a *archive) file(ctx context.Context, key string) error {
	content, err := a.from.Files.Open(ctx, key, 0, -1)
	if errors.Is(err, blob.ErrNotFound) {
		a.sum.Gone = append(a.sum.Gone, key)
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	draft, err := a.from.Files.Draft()
	if err != nil {
		return err
	}
	defer draft.Discard()
	if _, err := io.Copy(draft, content); err != nil {
		return err
	}
	if err := a.tar.WriteHeader(&tar.Header{Name: filesFolder + key, Mode: 0o600, Size: draft.Size(), ModTime: a.from.Now}); err != nil {
		return err
	}
	n, err := io.Copy(a.tar, io.NewSectionReader(draft, 0, draft.Size()))
	a.sum.Files, a.sum.Bytes = a.sum.Files+1, a.sum.Bytes+n
	return err
}

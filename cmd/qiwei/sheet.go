package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/term"

	"qiwei/internal/platform"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// sheetBatch is how many rows of an import share a transaction. A server on the same database writes in
// between. If a row is refused, they are written again in smaller batches in which each row may fail alone.
// Being able to undo single rows costs SQLite more the more rows there are, up to twice the time of the rows
// themselves.
const (
	sheetBatch   = 300
	carefulBatch = 50
)

// rowError is a row that could not be imported, as the platform would say it.
type rowError struct {
	Row     int    `json:"row"`
	ID      string `json:"id"`
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

// importReport is the outcome of an import.
type importReport struct {
	Rows    int        `json:"rows"`
	Created int        `json:"created"`
	Updated int        `json:"updated"`
	Failed  []rowError `json:"failed"`
}

func (r *importReport) add(row int, id string, created bool, err error) {
	r.Rows++
	switch {
	case err != nil:
		r.fail(row, id, err)
	case created:
		r.Created++
	default:
		r.Updated++
	}
}

func (r *importReport) fail(row int, id string, err error) {
	e := rowError{Row: row, ID: id, ErrCode: wire.ErrBusy.Code, ErrMsg: err.Error()}
	var refused wire.Error
	if errors.As(err, &refused) {
		e.ErrCode, e.ErrMsg = refused.Code, refused.Message()
	}
	r.Failed = append(r.Failed, e)
}

// shownFailures is how many failed rows are printed; all are in the report file.
const shownFailures = 50

// print prints the outcome, and returns an error if a row failed.
func (r *importReport) print(c *console, asJSON bool, file string) error {
	slices.SortStableFunc(r.Failed, func(a, b rowError) int { return cmp.Compare(a.Row, b.Row) })
	if file != "" {
		if err := r.write(file); err != nil {
			return err
		}
	}
	if r.Failed == nil {
		r.Failed = []rowError{}
	}
	if asJSON {
		if err := printJSON(c.out, r); err != nil {
			return err
		}
	} else {
		if len(r.Failed) > 0 {
			t := newTable("ROW", "ID", "ERRCODE", "ERRMSG")
			for _, f := range r.Failed[:min(len(r.Failed), shownFailures)] {
				t.row(f.Row, f.ID, f.ErrCode, f.ErrMsg)
			}
			if err := t.print(c.out); err != nil {
				return err
			}
			if n := len(r.Failed) - shownFailures; n > 0 {
				fmt.Fprintf(c.out, "and %d more; --report FILE has all\n", n)
			}
		}
		fmt.Fprintf(c.out, "%d rows: %d created, %d updated, %d failed\n", r.Rows, r.Created, r.Updated, len(r.Failed))
	}
	if n := len(r.Failed); n > 0 {
		return fmt.Errorf("%d of %d rows were not imported; fix them and run the same command again", n, r.Rows)
	}
	return nil
}

func (r *importReport) write(path string) error {
	return writeSheet(path, nil, []string{"row", "id", "errcode", "errmsg"}, func(put func([]string) error) error {
		for _, f := range r.Failed {
			if err := put([]string{strconv.Itoa(f.Row), f.ID, strconv.Itoa(f.ErrCode), f.ErrMsg}); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeSheet writes a CSV file that spreadsheets open as UTF-8, or writes to out if there is no path.
func writeSheet(path string, out io.Writer, header []string, rows func(put func([]string) error) error) (err error) {
	if path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	put := func(row []string) error {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = sheet.Cell(c)
		}
		return w.Write(cells)
	}
	if err := put(header); err != nil {
		return err
	}
	if err := rows(put); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// openSheet opens the file, or the standard input for "-", with a progress bar if there is a terminal to show
// it.
// The file may be in any form that people bring; its reader answers UTF-8.
func openSheet(c *console, path string) (io.Reader, func(), error) {
	in, done, err := openFile(c, path)
	if err != nil {
		return nil, nil, err
	}
	whole := bufio.NewReaderSize(in, 64<<10)
	head, err := whole.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		done()
		return nil, nil, err
	}
	if !sheet.Foreign(head) {
		return whole, done, nil
	}
	content, err := io.ReadAll(whole)
	done()
	if err != nil {
		return nil, nil, err
	}
	plain, _, err := sheet.Plain(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, explain(err))
	}
	return bytes.NewReader(plain), func() {}, nil
}

func openFile(c *console, path string) (io.Reader, func(), error) {
	if path == "-" {
		return os.Stdin, func() {}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	closeFile := func() { file.Close() }
	shown, ok := c.err.(*os.File)
	info, err := file.Stat()
	if err != nil || !ok || !term.IsTerminal(int(shown.Fd())) {
		return file, closeFile, err
	}
	bar := newProgress(shown, "importing", info.Size())
	return io.TeeReader(file, bar), func() { bar.Finish(); closeFile() }, nil
}

// batch runs fn for each of the rows and reports the outcome of each to done. A failing row does not undo the
// others.
func batch[T any](ctx context.Context, s *platform.Server, rows []T, fn func(*store.Tx, T) error, done func(T, error)) error {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		for _, row := range rows {
			if err := fn(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		for _, row := range rows {
			done(row, nil)
		}
		return nil
	}
	if !isRefusal(err) {
		return err
	}
	for some := range slices.Chunk(rows, carefulBatch) {
		outcome := make([]error, len(some))
		if err := s.Store.Write(ctx, func(tx *store.Tx) error {
			for i, row := range some {
				outcome[i] = tx.Try(func() error { return fn(tx, row) })
				if e := outcome[i]; e != nil && !isRefusal(e) {
					return e
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for i, row := range some {
			done(row, outcome[i])
		}
	}
	return nil
}

// isRefusal reports whether the platform refused a row, as opposed to a failure of the database.
func isRefusal(err error) bool {
	var e wire.Error
	return errors.As(err, &e)
}

package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteStmt is a prepared statement of one connection.
//
// It calls SQLite itself: see decision 80 for what the driver's own statements cost.
type liteStmt struct {
	on      *liteConn
	handle  uintptr
	params  int
	columns int

	// texts is SQLite's memory of room bytes that the texts of the arguments are
	// copied to. SQLite reads them from there while the statement runs.
	texts uintptr
	room  int
}

// textsMost is how many bytes of texts a statement keeps for the next time.
const textsMost = 16 << 10

// bytesMost bounds the arguments; SQLite's own limit is 1,000,000,000.
const bytesMost = 1_000_000_000

// memory returns a pointer to SQLite's memory, which is not Go's: the collector
// neither moves nor frees it.
func memory(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

func (c *liteConn) newStmt(query string) (*liteStmt, error) {
	text, err := libc.CString(query)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	const pointers = 2 * unsafe.Sizeof(uintptr(0))
	out := libc.Xmalloc(c.tls, types.Size_t(pointers))
	if out == 0 {
		return nil, errNoMemory
	}
	defer libc.Xfree(c.tls, out)
	got := unsafe.Slice((*uintptr)(memory(out)), 2)
	got[0], got[1] = 0, 0
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.handle, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, out, out+unsafe.Sizeof(uintptr(0)))
	if rc != sqlite3.SQLITE_OK {
		return nil, c.errorOf(rc)
	}
	st := &liteStmt{on: c, handle: got[0]}
	if rest := query[min(len(query), int(got[1]-text)):]; st.handle == 0 || strings.Trim(rest, " \t\r\n;") != "" {
		st.close()
		return nil, fmt.Errorf("one statement expected: %s", query)
	}
	st.params = int(sqlite3.Xsqlite3_bind_parameter_count(c.tls, st.handle))
	st.columns = int(sqlite3.Xsqlite3_column_count(c.tls, st.handle))
	return st, nil
}

func (st *liteStmt) close() {
	sqlite3.Xsqlite3_finalize(st.on.tls, st.handle)
	st.forgetTexts()
}

func (st *liteStmt) forgetTexts() {
	if st.texts != 0 {
		libc.Xfree(st.on.tls, st.texts)
	}
	st.texts, st.room = 0, 0
}

var errNoMemory = errors.New("SQLite has got no memory")

// bind gives the statement its arguments, in the place of those of the last time.
// Texts and bytes stay in st.texts until the next time.
func (st *liteStmt) bind(args []any) error {
	if len(args) < st.params {
		return fmt.Errorf("%d arguments for %d parameters", len(args), st.params)
	}
	args = args[:st.params]
	var converted []any // instead of args, which are the caller's
	room := 1           // so that a text without bytes has a place, too
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			room += len(v)
		case []byte:
			room += len(v)
		case int64, bool, nil, float64:
		default:
			plain, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
			if converted == nil {
				converted = append(converted, args...)
			}
			converted[i] = plain
			if text, ok := plain.(string); ok {
				room += len(text)
			} else if bytes, ok := plain.([]byte); ok {
				room += len(bytes)
			}
		}
	}
	if converted != nil {
		args = converted
	}
	if room > bytesMost {
		return fmt.Errorf("arguments of %d bytes, at most %d", room, bytesMost)
	}
	if room > st.room {
		st.forgetTexts()
		if st.texts = libc.Xmalloc(st.on.tls, types.Size_t(room)); st.texts == 0 {
			return errNoMemory
		}
		st.room = room
	}
	at := 0
	for i, arg := range args {
		if rc := st.bindOne(int32(i+1), arg, &at); rc != sqlite3.SQLITE_OK {
			return fmt.Errorf("argument %d: %w", i+1, st.on.errorOf(rc))
		}
	}
	return nil
}

// bindOne binds one argument, whose bytes go to st.texts at at.
func (st *liteStmt) bindOne(i int32, arg any, at *int) int32 {
	tls, static := st.on.tls, uintptr(sqlite3.SQLITE_STATIC)
	place := func(n int) (uintptr, []byte) {
		p := st.texts + uintptr(*at)
		*at += n
		return p, unsafe.Slice((*byte)(memory(p)), n)
	}
	switch v := arg.(type) {
	case int64:
		return sqlite3.Xsqlite3_bind_int64(tls, st.handle, i, v)
	case string:
		p, into := place(len(v))
		copy(into, v)
		return sqlite3.Xsqlite3_bind_text(tls, st.handle, i, p, int32(len(v)), static)
	case []byte:
		if v == nil {
			return sqlite3.Xsqlite3_bind_null(tls, st.handle, i)
		}
		p, into := place(len(v))
		copy(into, v)
		return sqlite3.Xsqlite3_bind_blob(tls, st.handle, i, p, int32(len(v)), static)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return sqlite3.Xsqlite3_bind_int64(tls, st.handle, i, n)
	case float64:
		return sqlite3.Xsqlite3_bind_double(tls, st.handle, i, v)
	case nil:
		return sqlite3.Xsqlite3_bind_null(tls, st.handle, i)
	}
	return sqlite3.SQLITE_MISMATCH
}

// step reports whether there is a row.
func (st *liteStmt) step() (row bool, err error) {
	switch rc := sqlite3.Xsqlite3_step(st.on.tls, st.handle); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, st.on.errorOf(rc)
	}
}

// reset ends the statement's run. Its arguments stay until it is bound again.
func (st *liteStmt) reset() error {
	rc := sqlite3.Xsqlite3_reset(st.on.tls, st.handle)
	if st.room > textsMost {
		sqlite3.Xsqlite3_clear_bindings(st.on.tls, st.handle)
		st.forgetTexts()
	}
	if rc != sqlite3.SQLITE_OK {
		return st.on.errorOf(rc)
	}
	return nil
}

// exec runs the statement to its end.
func (st *liteStmt) exec(args []any) error {
	if err := st.bind(args); err != nil {
		return err
	}
	for {
		row, err := st.step()
		if row {
			continue
		}
		if end := st.reset(); err == nil { // after an error it repeats that
			err = end
		}
		return err
	}
}

// query runs the statement to its first row.
func (st *liteStmt) query(args []any) (*liteRows, error) {
	if err := st.bind(args); err != nil {
		return nil, err
	}
	row, err := st.step()
	if err != nil {
		st.reset()
		return nil, err
	}
	return &liteRows{st: st, ready: row, ended: !row}, nil
}

// liteRows are the rows of a statement that runs. It is a driver.Rows.
type liteRows struct {
	st    *liteStmt
	ready bool // a row waits to be read
	ended bool // or failed
}

// Columns returns their names.
func (r *liteRows) Columns() []string {
	out := make([]string, r.st.columns)
	for i := range out {
		out[i] = libc.GoString(sqlite3.Xsqlite3_column_name(r.st.on.tls, r.st.handle, int32(i)))
	}
	return out
}

// Next reads the next row.
func (r *liteRows) Next(into []driver.Value) error {
	if r.ended {
		return io.EOF
	}
	if !r.ready {
		row, err := r.st.step()
		if r.ended = !row; err != nil {
			return err
		}
		if !row {
			return io.EOF
		}
	}
	r.ready = false
	for i := range into {
		into[i] = r.st.column(int32(i))
	}
	return nil
}

// Close ends the statement's run.
func (r *liteRows) Close() error {
	err := r.st.reset()
	if r.ended {
		return nil // what reset repeats was said by Next
	}
	return err
}

// column returns a value of the present row.
func (st *liteStmt) column(i int32) driver.Value {
	tls := st.on.tls
	switch sqlite3.Xsqlite3_column_type(tls, st.handle, i) {
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_column_int64(tls, st.handle, i)
	case sqlite3.SQLITE_TEXT:
		p := sqlite3.Xsqlite3_column_text(tls, st.handle, i)
		n := sqlite3.Xsqlite3_column_bytes(tls, st.handle, i)
		if p == 0 || n == 0 {
			return ""
		}
		return string(unsafe.Slice((*byte)(memory(p)), n))
	case sqlite3.SQLITE_BLOB:
		p := sqlite3.Xsqlite3_column_blob(tls, st.handle, i)
		n := sqlite3.Xsqlite3_column_bytes(tls, st.handle, i)
		if p == 0 || n == 0 {
			return []byte(nil)
		}
		return append([]byte(nil), unsafe.Slice((*byte)(memory(p)), n)...)
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(tls, st.handle, i)
	}
	return nil
}

// liteError is an error of SQLite.
type liteError struct {
	code int
	text string
}

func (e *liteError) Error() string { return e.text }

// Code returns SQLite's extended result code.
func (e *liteError) Code() int { return e.code }

// errorOf returns what SQLite says of its last failure on the connection.
func (c *liteConn) errorOf(code int32) error {
	text := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, code))
	if c.handle != 0 {
		if more := libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.handle)); more != text {
			text += ": " + more
		}
	}
	return &liteError{int(code), fmt.Sprintf("%s (%d)", text, code)}
}

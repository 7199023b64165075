package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// codedError is an error of SQLite with a code.
type codedError int

func (e codedError) Error() string { return fmt.Sprintf("SQLite %d", int(e)) }
func (e codedError) Code() int     { return int(e) }

// What a database says is a violation, a collision, that it cannot be reached, or none of these.
func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want error // nil: it is only itself
	}{
		{codedError(sqlite3.SQLITE_CONSTRAINT_UNIQUE), ErrUnique}, {codedError(sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY), ErrUnique},
		{codedError(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY), nil}, {codedError(sqlite3.SQLITE_CONSTRAINT), nil}, {codedError(sqlite3.SQLITE_ERROR), nil},
		{codedError(sqlite3.SQLITE_BUSY), ErrUnavailable}, {codedError(sqlite3.SQLITE_BUSY_SNAPSHOT), ErrUnavailable}, {codedError(sqlite3.SQLITE_FULL), ErrUnavailable},
		{codedError(sqlite3.SQLITE_IOERR_WRITE), ErrUnavailable}, {codedError(sqlite3.SQLITE_READONLY), ErrUnavailable}, {codedError(sqlite3.SQLITE_CANTOPEN), ErrUnavailable},
		{&pgconn.PgError{Code: "23505"}, ErrUnique}, {&pgconn.PgError{Code: "23503"}, ErrForeign}, {&pgconn.PgError{Code: "42601"}, nil}, {&pgconn.PgError{}, nil}, {&pgconn.PgError{Code: "5"}, nil},
		{&pgconn.PgError{Code: "40001"}, ErrConflict}, {&pgconn.PgError{Code: "40P01"}, ErrConflict}, {&pgconn.PgError{Code: "40002"}, nil},
		{&pgconn.PgError{Code: "55P03"}, ErrUnavailable}, {&pgconn.PgError{Code: "25P03"}, ErrUnavailable}, {&pgconn.PgError{Code: "55000"}, nil},
		{&pgconn.PgError{Code: "08006"}, ErrUnavailable}, {&pgconn.PgError{Code: "53100"}, ErrUnavailable}, {&pgconn.PgError{Code: "58030"}, ErrUnavailable},
		{&pgconn.PgError{Code: "57P01"}, ErrUnavailable}, {&pgconn.PgError{Code: "57014"}, nil},
		{context.Canceled, nil}, {context.DeadlineExceeded, nil}, {errors.New("something else"), nil}, {nil, nil},
		{&pgconn.ConnectError{}, ErrUnavailable}, {fmt.Errorf("read: %w", &net.OpError{Op: "read", Err: context.Canceled}), nil},
		{driver.ErrBadConn, ErrUnavailable}, {sql.ErrConnDone, ErrUnavailable}, {io.EOF, ErrUnavailable}, {io.ErrUnexpectedEOF, ErrUnavailable}, {&net.OpError{Op: "dial", Err: errors.New("refused")}, ErrUnavailable},
		{fmt.Errorf("insert: %w", ErrUnique), ErrUnique}, {fmt.Errorf("%w: %w", ErrConflict, io.EOF), ErrConflict},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("statement: %w", tt.err)} {
			if tt.err == nil && err != nil {
				continue
			}
			got := mapError(err)
			if !errors.Is(got, err) {
				t.Errorf("%v has become %v", err, got)
			}
			for _, kind := range []error{ErrUnique, ErrForeign, ErrConflict, ErrUnavailable} {
				if errors.Is(got, kind) != (kind == tt.want) {
					t.Errorf("%#v is %v: %v", tt.err, kind, errors.Is(got, kind))
				}
			}
		}
	}
}

// A column is copied to where it fits, and refused everywhere else.
func TestWhereAColumnFits(t *testing.T) {
	t.Parallel()
	type (
		word   string
		number int64
		part   float64
		flag   bool
	)
	content := []byte("bytes")
	for _, tt := range []struct {
		value driver.Value
		into  any
		want  any // nil: it does not fit
	}{
		{"a", new(string), "a"}, {"a", new(word), word("a")}, {"a", new(int64), nil}, {"a", new(number), nil}, {"a", new(part), nil}, {"a", new(bool), nil}, {"a", new([]byte), nil},
		{int64(7), new(int64), int64(7)}, {int64(7), new(int), 7}, {int64(7), new(number), number(7)}, {int64(7), new(float64), 7.}, {int64(7), new(part), part(7)}, {int64(7), new(string), nil}, {int64(7), new(word), nil},
		{int64(0), new(bool), false}, {int64(1), new(bool), true}, {int64(2), new(bool), true}, {true, new(bool), true}, {true, new(int64), nil}, {true, new(flag), nil},
		{1.5, new(float64), 1.5}, {1.5, new(part), part(1.5)}, {1.5, new(int64), nil}, {1.5, new(number), nil}, {1.5, new(string), nil},
		{content, new([]byte), content}, {content, new(any), content}, {content, new(string), nil}, {nil, new([]byte), []byte(nil)}, {nil, new(any), nil}, {nil, new(string), nil}, {nil, new(int64), nil},
		{"a", new(any), "a"}, {nil, new(sql.NullString), sql.NullString{}}, {"a", new(sql.NullString), sql.NullString{String: "a", Valid: true}}, {int64(7), new(sql.NullInt64), sql.NullInt64{Int64: 7, Valid: true}},
	} {
		_, whatever := tt.into.(*any)
		err := assign(tt.into, tt.value)
		if got := reflect.ValueOf(tt.into).Elem().Interface(); (err == nil) != (tt.want != nil || whatever) || err == nil && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%T(%v) into %T: %v, %v", tt.value, tt.value, tt.into, got, err)
		}
		if b, ok := reflect.ValueOf(tt.into).Elem().Interface().([]byte); ok && len(b) > 0 {
			if b[0] = 'B'; !bytes.Equal(content, []byte("bytes")) {
				t.Errorf("%T shares the bytes of the row", tt.into)
				content = []byte("bytes")
			}
		}
	}
}

// What a statement changes is read from its beginning; anything unusual is taken for a change of everything.
func TestWhatAStatementChanges(t *testing.T) {
	t.Parallel()
	everything := effect{kind: unclear}
	for query, want := range map[string]effect{
		"INSERT INTO member (no) VALUES (1)": {changes, "member"}, "insert into \"Member\"(no) values (1)": {changes, "member"}, "INSERT OR REPLACE INTO member": everything, "INSERT INTO": everything,
		"UPDATE member SET name = ''": {changes, "member"}, "UPDATE member m SET name = ''": everything, "UPDATE": everything,
		"DELETE FROM member WHERE no = 1": {deletes, "member"}, "DELETE member": everything, "DELETE FROM": everything, "DELETE OF member": everything,
		"SELECT 1": {kind: reads}, "SELECT * FROM member": {kind: reads}, "SELECT 1 INTO member": everything, "WITH x AS (SELECT 1) SELECT * FROM x": {kind: reads},
		"WITH x AS (SELECT 1) DELETE FROM member": everything, "WITH x AS (INSERT INTO member VALUES (1) RETURNING no) SELECT no FROM x": everything,
		"SAVEPOINT a": {kind: reads}, "RELEASE a": {kind: reads}, "ROLLBACK TO a": {kind: reads}, "CREATE TABLE member (no)": everything, "": everything, "PRAGMA x": everything,
	} {
		for range 2 { // read, and remembered
			if got := effectOf(query); got != want {
				t.Errorf("%q: %+v, want %+v", query, got, want)
			}
		}
	}
	var c change
	one, other := unnamed("t0"), unnamed("other")
	c.add(one, one)
	if c.add(one); len(c.of) != 1 {
		t.Errorf("one subject counts %d times", len(c.of))
	}
	for n := 1; len(c.of) < changeMost; n++ {
		c.add(unnamed(fmt.Sprint("t", n)))
	}
	if c.everything || !c.has([2]subject{one, other}) || !c.has([2]subject{other, one}) || c.has([2]subject{other, other}) {
		t.Errorf("%d subjects, everything %v", len(c.of), c.everything)
	}
	if c.add(other); !c.everything || !c.has([2]subject{other, other}) {
		t.Errorf("one subject more than it names: everything %v", c.everything)
	}
	var few change
	few.add(one)
	few.merge(change{of: []subject{other}})
	if few.everything || !few.has([2]subject{other, other}) {
		t.Errorf("merged: %+v", few)
	}
	if few.merge(change{everything: true}); !few.everything {
		t.Error("merged with everything it is less")
	}
}

// Rows that become visible late are looked for, as long as they may still come.
func TestRowsThatComeLate(t *testing.T) {
	t.Parallel()
	q := &Sequence{Table: "x", skipped: map[int64]int{}, last: 10}
	step := func(seen []int64, settled int64, where string, args ...any) {
		t.Helper()
		q.Seen(slices.Clone(seen))
		gotWhere, gotArgs := q.Next()
		if q.Settled() != settled || gotWhere != where || !slices.Equal(gotArgs, args) {
			t.Errorf("after %d: settled %d, %s with %d; want %d, %s with %d", seen, q.Settled(), gotWhere, gotArgs, settled, where, args)
		}
	}
	step(nil, 10, `no > ?`, int64(10))
	step([]int64{11, 12}, 12, `no > ?`, int64(12))
	step([]int64{16, 14}, 12, `(no > ? OR no IN (?,?))`, int64(16), int64(13), int64(15))
	step([]int64{13}, 14, `(no > ? OR no IN (?))`, int64(16), int64(15))
	for range lookedFor - 2 {
		q.Seen(nil)
	}
	step(nil, 14, `(no > ? OR no IN (?))`, int64(16), int64(15))
	step(nil, 16, `no > ?`, int64(16))
	q.Seen([]int64{17 + skippedMost + 5})
	if len(q.skipped) != skippedMost || q.Settled() != 16 {
		t.Errorf("%d numbers are looked for, settled %d", len(q.skipped), q.Settled())
	}
}

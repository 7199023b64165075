package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Rows are the rows of a query. They come directly from the driver: database/sql's overhead per row costs as
// much as reading it.
type Rows struct {
	from   driver.Rows
	values []driver.Value
	err    error

	closed bool // read to the end, or closed before
}

func newRows(from driver.Rows) *Rows { return &Rows{from: from} }

// Next makes the next row ready for Scan and reports whether there is one.
func (r *Rows) Next() bool {
	if r.closed {
		return false
	}
	if r.values == nil {
		r.values = make([]driver.Value, len(r.from.Columns()))
	}
	if err := r.from.Next(r.values); err != nil {
		if !errors.Is(err, io.EOF) {
			r.err = err
		}
		r.Close()
		return false
	}
	return true
}

// Err returns what ended the rows before their end, if anything did.
func (r *Rows) Err() error { return mapError(r.err) }

// Close ends the query. It may be called more than once.
func (r *Rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return mapError(r.from.Close())
}

// Scan copies the row's columns to where into points: to strings, numbers,
// truth values, bytes, and their sql.Null forms.
func (r *Rows) Scan(into ...any) error {
	if len(into) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d values", len(r.values), len(into))
	}
	for i, v := range r.values {
		if err := assign(into[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// columns returns the names of the columns.
func (r *Rows) columns() []string { return r.from.Columns() }

func assign(into any, v driver.Value) error {
	switch p := into.(type) {
	case *any:
		if b, ok := v.([]byte); ok {
			v = append([]byte{}, b...)
		}
		*p = v
		return nil
	case *string:
		if s, ok := v.(string); ok {
			*p = s
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*p = n
			return nil
		}
	case *bool:
		switch b := v.(type) {
		case int64: // SQLite has no truth values
			*p = b != 0
			return nil
		case bool:
			*p = b
			return nil
		}
	case *[]byte:
		switch b := v.(type) {
		case []byte:
			*p = append([]byte(nil), b...)
			return nil
		case nil:
			*p = nil
			return nil
		}
	case sql.Scanner:
		return p.Scan(v)
	}
	// Named types, such as id.UserID.
	to := reflect.ValueOf(into).Elem()
	switch x := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(x)
			return nil
		}
	case int64:
		switch to.Kind() {
		case reflect.Int, reflect.Int64:
			to.SetInt(x)
			return nil
		case reflect.Float64:
			to.SetFloat(float64(x))
			return nil
		}
	case float64:
		if to.Kind() == reflect.Float64 {
			to.SetFloat(x)
			return nil
		}
	}
	return fmt.Errorf("%T cannot be scanned into %T", v, into)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Dumped takes everything that is in a database, as it is at one moment. Its methods are called in this order:
// Schema, then Table and its Rows for each table, those that others refer to first, then Numbers.
type Dumped interface {
	// Schema takes the versions of the migrations that made the tables.
	Schema(versions []int64) error
	Table(name string, columns []string) error
	// Row takes a row's values: nil, int64, float64, string or []byte. They are the taker's.
	Row(values []any) error
	// Numbers takes the last number that each table's rows were given, of tables whose rows are numbered.
	Numbers(last map[string]int64) error
}

// Dump reads everything within one transaction, so other transactions may go on.
func (s *Store) Dump(ctx context.Context, to Dumped) error {
	return s.Read(ctx, func(tx *Tx) error {
		versions, err := tx.versions()
		if err != nil {
			return err
		}
		if err := to.Schema(versions); err != nil {
			return err
		}
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := tx.dump(t.name, to); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		last, err := tx.lastNumbers()
		if err != nil {
			return err
		}
		return to.Numbers(last)
	})
}

func (tx *Tx) dump(table string, to Dumped) error {
	rows, err := tx.Query(`SELECT * FROM ` + table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns := rows.columns()
	if err := to.Table(table, columns); err != nil {
		return err
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := to.Row(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// versions are those of the migrations that were applied.
func (tx *Tx) versions() (list []int64, err error) {
	err = tx.Each(`SELECT version_id FROM goose_db_version WHERE version_id > 0 ORDER BY id`, nil, func(rows *Rows) error {
		var v int64
		err := rows.Scan(&v)
		list = append(list, v)
		return err
	})
	return list, err
}

func (tx *Tx) lastNumbers() (map[string]int64, error) {
	last := map[string]int64{}
	err := tx.Each(tx.dialect.lastNumbers, nil, func(rows *Rows) error {
		var table string
		var n int64
		err := rows.Scan(&table, &n)
		if !strings.HasPrefix(table, "goose") && n > 0 {
			last[table] = n
		}
		return err
	})
	return last, err
}

// setLastNumber has the next row of an empty or loaded table numbered after n.
func (tx *Tx) setLastNumber(table string, n int64) error {
	if tx.dialect.numbers {
		_, err := tx.Count(`SELECT setval(pg_get_serial_sequence(?, 'no'), ?)`, table, n)
		return err
	}
	changed, err := tx.Exec(`UPDATE sqlite_sequence SET seq = ? WHERE name = ?`, n, table)
	if err == nil && changed == 0 {
		_, err = tx.Exec(`INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`, table, n)
	}
	return err
}

// Dump is what a Dumped has taken, to be read again.
type Dump interface {
	// Versions are those of the migrations.
	Versions() []int64
	// Each calls table and row as they were called for the Dumped.
	Each(table func(name string, columns []string) error, row func(values []any) error) error
	// Numbers may be called when Each has returned.
	Numbers() map[string]int64
}

// ErrNotEmpty says that a database into which something is to be loaded has something in it.
var ErrNotEmpty = errors.New("the database is not empty")

// Load puts a dump into an empty database, of whichever kind, and brings its schema up to date: all of it or
// nothing. open is called for each attempt. The error is ErrNotEmpty, or says that the dump's program was newer.
func (s *Store) Load(ctx context.Context, rooms []fs.FS, open func() (Dump, error)) error {
	d, err := open()
	if err != nil {
		return err
	}
	if err := s.migrateTo(ctx, rooms, d.Versions()); err != nil {
		return err
	}
	if err := s.Write(ctx, func(tx *Tx) error {
		d, err := open()
		if err != nil {
			return err
		}
		return tx.load(d)
	}); err != nil {
		return err
	}
	return s.Migrate(ctx, rooms...)
}

func (tx *Tx) load(d Dump) error {
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	known := map[string]tableInfo{}
	for _, t := range tables {
		known[t.name] = t
		switch n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM ` + t.name + ` LIMIT 1) one`); {
		case err != nil:
			return err
		case n > 0:
			return fmt.Errorf("%w: its table %s has rows", ErrNotEmpty, t.name)
		}
	}
	l := loading{tx: tx}
	err = d.Each(func(name string, columns []string) error {
		t, ok := known[name]
		if !ok {
			return fmt.Errorf("there is no table %s", name)
		}
		for _, c := range columns {
			if !plainName(c) {
				return fmt.Errorf("table %s has no column %q", name, c)
			}
		}
		if err := l.flush(); err != nil {
			return err
		}
		l.table(t, columns)
		return nil
	}, l.row)
	if err == nil {
		err = l.flush()
	}
	if err == nil {
		err = l.refer()
	}
	if err != nil {
		return err
	}
	for table, n := range d.Numbers() {
		if _, ok := known[table]; !ok {
			return fmt.Errorf("there is no table %s", table)
		}
		if err := tx.setLastNumber(table, n); err != nil {
			return err
		}
	}
	return nil
}

// plainName reports whether a name of the dump can stand in a statement.
func plainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// loading puts rows into tables, many with one statement.
type loading struct {
	tx      *Tx
	into    tableCopy
	rows    [][]any // that wait for their statement
	pending []reference
}

// reference is a row that refers to another of its table, which may come later.
type reference struct {
	table, column string
	no, to        any
}

func (l *loading) table(t tableInfo, columns []string) {
	l.into = tableCopy{name: t.name, columns: columns}
	for i, c := range columns {
		if slices.Contains(t.selfNames, c) {
			l.into.self = append(l.into.self, i)
		}
	}
}

func (l *loading) row(values []any) error {
	t := &l.into
	if len(values) != len(t.columns) {
		return fmt.Errorf("table %s: a row of %d values for %d columns", t.name, len(values), len(t.columns))
	}
	for _, i := range t.self {
		if values[i] != nil {
			l.pending = append(l.pending, reference{t.name, t.columns[i], values[slices.Index(t.columns, "no")], values[i]})
			values[i] = nil
		}
	}
	l.rows = append(l.rows, values)
	if (len(l.rows)+1)*len(t.columns) > restoredArgs {
		return l.flush()
	}
	return nil
}

func (l *loading) flush() error {
	t := l.into
	t.self = nil // row has dealt with them
	rows := l.rows
	l.rows = l.rows[:0]
	if err := t.insertRows(l.tx, rows); err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	return nil
}

func (l *loading) refer() error {
	for _, r := range l.pending {
		if err := l.tx.Send(`UPDATE `+r.table+` SET `+r.column+` = ? WHERE no = ?`, r.to, r.no); err != nil {
			return err
		}
	}
	return nil
}

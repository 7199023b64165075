package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Copy is everything in the database at one moment, in memory. It is for test controls; Dump is for
// backups.
type Copy struct {
	tables []tableCopy // those that others refer to come first
	rows   int
}

type tableCopy struct {
	name    string
	columns []string
	self    []int // columns that refer to rows of the same table
	rows    packedRows
}

// Rows is how many rows the copy has.
func (c *Copy) Rows() int { return c.rows }

// Copy reads everything, as it is at one moment.
func (s *Store) Copy(ctx context.Context) (*Copy, error) {
	c := &Copy{}
	err := s.Read(ctx, func(tx *Tx) error {
		c.tables, c.rows = nil, 0
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			rows, err := tx.Query(`SELECT * FROM ` + t.name)
			if err != nil {
				return err
			}
			t.columns = rows.columns()
			t.rows.columns = len(t.columns)
			row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
			for i := range row {
				into[i] = &row[i]
			}
			for rows.Next() {
				err := rows.Scan(into...)
				if err == nil {
					err = t.rows.add(row)
				}
				if err != nil {
					rows.Close()
					return fmt.Errorf("copy %s: %w", t.name, err)
				}
			}
			if err := rows.Err(); err != nil {
				return err
			}
			t.rows.data = slices.Clip(slices.Clone(t.rows.data)) // it has grown by doubling
			for i, column := range t.columns {
				if slices.Contains(t.selfNames, column) {
					t.self = append(t.self, i)
				}
			}
			c.tables, c.rows = append(c.tables, t.tableCopy), c.rows+t.rows.count
		}
		return nil
	})
	return c, err
}

// restoredArgs is how many arguments one statement of a restoration has at most.
const restoredArgs = 5000

func (t tableCopy) insert(tx *Tx) error {
	var rows [][]any
	for row := range t.rows.all() {
		rows = append(rows, row)
		if (len(rows)+1)*len(t.columns) > restoredArgs {
			if err := t.insertRows(tx, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if err := t.insertRows(tx, rows); err != nil {
		return err
	}
	// What refers to rows of the same table waits until all of them are there.
	if len(t.self) == 0 {
		return nil
	}
	key := slices.Index(t.columns, "no")
	for row := range t.rows.all() {
		for _, i := range t.self {
			if row[i] == nil {
				continue
			}
			if _, err := tx.Exec(`UPDATE `+t.name+` SET `+t.columns[i]+` = ? WHERE no = ?`, row[i], row[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// insertRows puts rows into the table with one statement, without what refers to the same table.
func (t tableCopy) insertRows(tx *Tx, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	args := make([]any, 0, len(rows)*len(t.columns))
	for _, row := range rows {
		for i, v := range row {
			if slices.Contains(t.self, i) {
				v = nil
			}
			args = append(args, v)
		}
	}
	one := `(` + Marks(len(t.columns)) + `)`
	_, err := tx.Exec(`INSERT INTO `+t.name+` (`+strings.Join(t.columns, ", ")+`) VALUES `+strings.TrimSuffix(strings.Repeat(one+", ", len(rows)), ", "), args...)
	return err
}

type tableInfo struct {
	tableCopy
	selfNames []string
}

// tables returns the database's tables, each after those that it refers to.
func (tx *Tx) tables() ([]tableInfo, error) {
	refers, self := map[string][]string{}, map[string][]string{}
	var names []string
	if err := tx.Each(tx.dialect.tables, nil, func(rows *Rows) error {
		var name string
		err := rows.Scan(&name)
		if !strings.HasPrefix(name, "goose") { // what the schema is, not what is in it
			names = append(names, name)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := tx.Each(tx.dialect.references, nil, func(rows *Rows) error {
		var from, to, column string
		err := rows.Scan(&from, &to, &column)
		if from == to {
			self[from] = append(self[from], column)
		} else {
			refers[from] = append(refers[from], to)
		}
		return err
	}); err != nil {
		return nil, err
	}
	var out []tableInfo
	placed := map[string]bool{}
	for len(out) < len(names) {
		before := len(out)
		for _, name := range names {
			if placed[name] || slices.ContainsFunc(refers[name], func(to string) bool { return !placed[to] }) {
				continue
			}
			placed[name] = true
			out = append(out, tableInfo{tableCopy{name: name}, self[name]})
		}
		if len(out) == before {
			return nil, fmt.Errorf("tables refer to each other in a circle, among them %v", names)
		}
	}
	return out, nil
}

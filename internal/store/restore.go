package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Restore puts everything back as it was when the copy was made, and runs after in the same transaction.
// Numbers assigned since are not assigned again.
//
// Only tables that differ from the copy are written, and those whose rows go with theirs. Which differ is seen
// by reading them in the transaction that restores: so it does not matter who has changed them, this process,
// another, or a write that shares the commit. Most tables of a small enterprise are empty and stay so; for them
// one question is asked together.
func (s *Store) Restore(ctx context.Context, c *Copy, after func(*Tx) error) error {
	return s.write(ctx, s.writing.alone, func(tx *Tx) error {
		todo, err := c.differing(tx)
		if err != nil {
			return err
		}
		for _, t := range slices.Backward(c.tables) {
			if !todo[t.name] {
				continue
			}
			if _, err := tx.Exec(`DELETE FROM ` + t.name); err != nil {
				return err
			}
		}
		for _, t := range c.tables {
			if !todo[t.name] {
				continue
			}
			if err := t.insert(tx); err != nil {
				return fmt.Errorf("restore %s: %w", t.name, err)
			}
		}
		return after(tx)
	})
}

// differing returns the tables whose rows are not those of the copy, and the tables that would lose rows with
// them and have some.
func (c *Copy) differing(tx *Tx) (map[string]bool, error) {
	filled, err := c.filled(tx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, t := range c.tables {
		same := filled[t.name] == (t.rows.count > 0)
		if same && filled[t.name] {
			if same, err = t.same(tx); err != nil {
				return nil, fmt.Errorf("compare %s: %w", t.name, err)
			}
		}
		if same {
			continue
		}
		out[t.name] = true
		if !filled[t.name] {
			continue // no row of it is deleted
		}
		below, err := tx.keys.below(tx, t.name)
		if err != nil {
			return nil, err
		}
		for _, name := range below {
			if filled[name] {
				out[name] = true
			}
		}
	}
	return out, nil
}

// askedTables is how many tables one question asks about; SQLite takes 500 parts.
const askedTables = 200

// filled returns the tables that have a row now.
func (c *Copy) filled(tx *Tx) (map[string]bool, error) {
	out := map[string]bool{}
	for some := range slices.Chunk(c.tables, askedTables) {
		var parts []string
		for _, t := range some {
			parts = append(parts, `SELECT '`+t.name+`' WHERE EXISTS (SELECT 1 FROM `+t.name+`)`)
		}
		if err := tx.Each(strings.Join(parts, ` UNION ALL `), nil, func(rows *Rows) error {
			var name string
			err := rows.Scan(&name)
			out[name] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// same reports whether the table has the copy's rows in the copy's order. In another order they count as
// changed, which costs only time.
func (t tableCopy) same(tx *Tx) (bool, error) {
	rows, err := tx.Query(`SELECT * FROM ` + t.name)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	n, kept := 0, t.rows.data
	for ; rows.Next(); n++ {
		if n >= t.rows.count {
			return false, nil
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		var same bool
		if same, kept = t.rows.same(kept, values); !same {
			return false, nil
		}
	}
	return n == t.rows.count, tx.check(rows.Err())
}

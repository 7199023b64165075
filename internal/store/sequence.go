package store

import (
	"slices"
)

// Sequence follows the growing numbers of a table from transaction to transaction
// and misses none. On PostgreSQL a number is given out before its row is committed,
// so that a larger one may be seen first; Sequence remembers what it skipped and
// looks for it for a while. It belongs to one goroutine.
type Sequence struct {
	// Table has the rows, and its column no the numbers.
	Table string

	last    int64
	skipped map[int64]int // number -> how often it was looked for in vain
}

const (
	// lookedFor is how often a skipped number is looked for. A transaction that was
	// undone never fills its.
	lookedFor = 200
	// skippedMost bounds how many are looked for.
	skippedMost = 1000
)

// Begin goes to the newest row: what was written before is not told of.
func (q *Sequence) Begin(tx *Tx) (err error) {
	q.skipped = map[int64]int{}
	q.last, err = tx.Count(`SELECT coalesce(max(no), 0) FROM ` + q.Table)
	return err
}

// Settled is the number up to which all rows were told of, or will never be there.
func (q *Sequence) Settled() int64 {
	settled := q.last
	for no := range q.skipped {
		settled = min(settled, no-1)
	}
	return settled
}

// Next returns the condition, and its arguments, for the rows that have not been
// told of yet. Whoever selects by it calls Seen with the numbers it got.
func (q *Sequence) Next() (where string, args []any) {
	where, args = `no > ?`, []any{q.last}
	if len(q.skipped) == 0 {
		return where, args
	}
	list := make([]int64, 0, len(q.skipped))
	for no := range q.skipped {
		list = append(list, no)
	}
	slices.Sort(list)
	return `(` + where + ` OR no IN (` + Marks(len(list)) + `))`, Args(args, list)
}

// Seen takes the numbers of the rows that Next's condition chose.
func (q *Sequence) Seen(numbers []int64) {
	for no, tries := range q.skipped {
		if tries++; tries > lookedFor {
			delete(q.skipped, no)
		} else {
			q.skipped[no] = tries
		}
	}
	slices.Sort(numbers)
	for _, no := range numbers {
		if no <= q.last {
			delete(q.skipped, no)
			continue
		}
		for gap := q.last + 1; gap < no && len(q.skipped) < skippedMost; gap++ {
			q.skipped[gap] = 0
		}
		q.last = no
	}
}

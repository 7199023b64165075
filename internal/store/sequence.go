package store

import (
	"slices"
)

// Sequence follows the growing numbers of a table from transaction to transaction and misses none. On
// PostgreSQL a number is assigned before its row is committed, so a larger one may be seen first. Sequence
// remembers the skipped numbers and looks for them for a while. It belongs to one goroutine.
type Sequence struct {
	// Table has the rows, and its column no the numbers.
	Table string

	last    int64
	skipped map[int64]int // number -> how often it was looked for in vain
}

const (
	// lookedFor is how often a skipped number is looked for. A transaction that was rolled back never fills
	// its number.
	lookedFor = 200
	// skippedMost bounds how many are looked for.
	skippedMost = 1000
)

// Begin moves to the newest row: earlier rows are not returned.
func (q *Sequence) Begin(tx *Tx) (err error) {
	q.skipped = map[int64]int{}
	q.last, err = tx.Count(`SELECT coalesce(max(no), 0) FROM ` + q.Table)
	return err
}

// Settled is the number up to which all rows were returned, or will never exist.
func (q *Sequence) Settled() int64 {
	settled := q.last
	for no := range q.skipped {
		settled = min(settled, no-1)
	}
	return settled
}

// Next returns the condition, and its arguments, for the rows that have not been returned yet. After
// selecting by it, call Seen with the numbers.
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

// Seen takes the numbers of the rows that matched Next's condition.
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

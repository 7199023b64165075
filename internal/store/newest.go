package store

import (
	"cmp"
	"math"
	"strings"
)

// Place is where a page of a list ends that begins with the newest: the time and our number of its last row.
type Place struct{ At, No int64 }

// Newest is the condition of a page of a list that begins with the newest of a corp's rows.
type Newest struct {
	column string
	parts  []string
	args   []any
}

// NewestOf begins the condition of a corp's rows whose time, in column, is between two, both included, and that come
// behind a place. A zero value is not given.
func NewestOf(column, corpID string, from, to int64, before Place) *Newest {
	to = cmp.Or(to, math.MaxInt64)
	if before.At > 0 {
		to = min(to, before.At)
	}
	// It is one BETWEEN, so that SQLite does not walk by time whatever the filter is.
	n := &Newest{column: column, parts: []string{`corpid = ?`, column + ` BETWEEN ? AND ?`}, args: []any{corpID, from, to}}
	if before.At > 0 {
		n.And(`(`+column+` < ? OR no < ?)`, before.At, before.No)
	}
	return n
}

// And narrows the condition down.
func (n *Newest) And(part string, args ...any) {
	n.parts, n.args = append(n.parts, part), append(n.args, args...)
}

// Page returns the condition with the order and the number of rows, and its arguments.
func (n *Newest) Page(size int64) (string, []any) {
	return strings.Join(n.parts, ` AND `) + ` ORDER BY ` + n.column + ` DESC, no DESC LIMIT ?`, append(n.args, size)
}

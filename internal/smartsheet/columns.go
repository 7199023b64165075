package smartsheet

import "sync"

// columns keeps what filters and orders have read of sheets: each has to look at every record, which takes a second
// for a hundred thousand of them. A column is found by the stamp of its sheet, which every change of the sheet draws
// anew, so that one that is kept is never out of date.
type columns struct {
	mu    sync.Mutex
	kept  map[string]keptColumn
	order []string // of keeping
	bytes int
}

type keptColumn struct {
	values  column
	numbers []int64
	bytes   int
}

// mostColumns is how many bytes are kept.
const mostColumns = 32 << 20

// get returns what is kept under the key, or reads and keeps it.
func (c *columns) get(key string, read func() (keptColumn, error)) (keptColumn, error) {
	c.mu.Lock()
	found, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		return found, nil
	}
	found, err := read()
	if err != nil || found.bytes > mostColumns/2 {
		return found, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.kept[key]; ok {
		return found, nil // another caller was faster
	}
	if c.kept == nil {
		c.kept = map[string]keptColumn{}
	}
	c.kept[key], c.order, c.bytes = found, append(c.order, key), c.bytes+found.bytes
	for c.bytes > mostColumns {
		c.bytes -= c.kept[c.order[0]].bytes
		delete(c.kept, c.order[0])
		c.order = c.order[1:]
	}
	return found, nil
}

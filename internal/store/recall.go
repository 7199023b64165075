package store

// Row names a row of a table by its key, for those who cache what they read from it. A key of several columns
// is written as one text, by reader and writer alike.
type Row struct{ Table, Key string }

func (r Row) subject() subject { return subjectOf(r.Table + "/" + r.Key) }

// A table is two subjects: whole changes with each of its rows, and unnamed with
// the changes that do not say of which rows they are.
func whole(table string) subject   { return subjectOf(table + "*") }
func unnamed(table string) subject { return subjectOf(table + "!") }

// Recall returns what read returns, or returned before under the same key if nothing has been committed to
// the database since; in a write, if the write has changed nothing since. size says how many bytes a value
// takes; one of a negative size is not kept, so that nobody can fill the memory by asking for things that do
// not exist. All callers share the value and must not change it.
func Recall[T any](tx *Tx, key string, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	return recall(tx, append(buf[:0], key...), func() [2]subject { return [2]subject{anything, anything} }, size, read)
}

// RecallTable is Recall for what is read from one table only. The value is kept until that table changes.
func RecallTable[T any](tx *Tx, table, key string, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	return recall(tx, append(buf[:0], key...), func() [2]subject { return [2]subject{whole(table), whole(table)} }, size, read)
}

// RecallRow is Recall for what is read from one row only. The value is kept until a statement changes the
// row: one that names it (Tx.Only), or one that changes rows of the table without naming them.
func RecallRow[T any](tx *Tx, row Row, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	key := append(append(append(buf[:0], row.Table...), '/'), row.Key...)
	return recall(tx, key, func() [2]subject { return [2]subject{row.subject(), unnamed(row.Table)} }, size, read)
}

// keyBuffer is room for a key in bytes; longer keys are allocated.
const keyBuffer = 160

// recall calls of, and makes a string of the key, only if something is to be kept.
func recall[T any](tx *Tx, key []byte, of func() [2]subject, size func(T) int, read func() (T, error)) (T, error) {
	if !tx.readOnly {
		return recallWithin(tx, string(key), of(), read)
	}
	l := tx.conn.look()
	if l.memo == nil {
		return read()
	}
	if v, ok := l.get(key); ok {
		return v.(T), nil
	}
	v, err := read()
	if n := size(v); err == nil && n >= 0 {
		if l = tx.conn.look(); l.memo != nil { // the read may have shown that it was of no use
			l.put(string(key), v, n, of())
		}
	}
	return v, err
}

// recalledMost bounds what a write keeps of what it has read.
const recalledMost = 64

// recallWithin is recall in a write, which has a cache of its own for what it has not changed.
func recallWithin[T any](tx *Tx, key string, of [2]subject, read func() (T, error)) (T, error) {
	if tx.changed.has(of) {
		return read()
	}
	if v, ok := tx.recalled[key]; ok {
		return v.(T), nil
	}
	v, err := read()
	if err == nil && len(tx.recalled) < recalledMost {
		if tx.recalled == nil {
			tx.recalled = map[string]any{}
		}
		tx.recalled[key] = v
	}
	return v, err
}

// Only returns the transaction for one statement that changes only these rows of its table, so that cached
// values of other rows stay. It is for tables that change often and whose rows are read often. Everywhere
// else Exec and Insert forget what was read from the table, and nobody has to think about it. Name a row
// whose key changes by both keys.
func (tx *Tx) Only(rows ...Row) *Named { return &Named{tx, rows} }

// Named runs a statement that says which rows it changes.
type Named struct {
	tx   *Tx
	rows []Row
}

// Exec is Tx.Exec.
func (n *Named) Exec(query string, args ...any) (int64, error) {
	n.tx.naming = n.rows
	defer func() { n.tx.naming = nil }()
	return n.tx.Exec(query, args...)
}

// Insert is Tx.Insert.
func (n *Named) Insert(query string, args ...any) (int64, error) {
	n.tx.naming = n.rows
	defer func() { n.tx.naming = nil }()
	return n.tx.Insert(query, args...)
}

// Send is Tx.Send.
func (n *Named) Send(query string, args ...any) error {
	n.tx.naming = n.rows
	defer func() { n.tx.naming = nil }()
	return n.tx.Send(query, args...)
}

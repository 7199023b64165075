package store

// Row names a row of a table by its key, to those who keep what they have read of
// it. A key of several columns is written as one text, by reader and writer alike.
type Row struct{ Table, Key string }

func (r Row) subject() subject { return subjectOf(r.Table + "/" + r.Key) }

// A table is two subjects: whole changes with each of its rows, and unnamed with
// the changes that do not say of which rows they are.
func whole(table string) subject   { return subjectOf(table + "*") }
func unnamed(table string) subject { return subjectOf(table + "!") }

// Recall returns what read returns, or returned before under the same key if
// nothing has been committed to the database since; in a write, if the write has
// changed nothing since. size says how many bytes a
// value takes; one of a negative size is not kept, so that nobody can fill the
// memory by asking for what is not there. The value is shared by all who recall it
// and must not be changed.
func Recall[T any](tx *Tx, key string, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	return recall(tx, append(buf[:0], key...), func() [2]subject { return [2]subject{anything, anything} }, size, read)
}

// RecallTable is Recall of what is read from one table alone: it is kept while
// that table stands still.
func RecallTable[T any](tx *Tx, table, key string, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	return recall(tx, append(buf[:0], key...), func() [2]subject { return [2]subject{whole(table), whole(table)} }, size, read)
}

// RecallRow is Recall of what is read from one row alone. It is kept until a
// statement changes the row: one that names it (Tx.Only), or one that changes rows
// of the table without naming them.
func RecallRow[T any](tx *Tx, row Row, size func(T) int, read func() (T, error)) (T, error) {
	var buf [keyBuffer]byte
	key := append(append(append(buf[:0], row.Table...), '/'), row.Key...)
	return recall(tx, key, func() [2]subject { return [2]subject{row.subject(), unnamed(row.Table)} }, size, read)
}

// keyBuffer is room for a key in bytes; longer ones are made elsewhere.
const keyBuffer = 160

// recall asks of, and makes a text of the key, only where something is to be kept.
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

// recallWithin is recall in a write, which keeps for itself what it read before it
// changed it.
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

// Only returns the transaction for one statement that changes no other rows of its
// table than these, so that what was read of others stays kept. It is for tables
// that change often and whose rows are read often; everywhere else Exec and Insert
// forget what was read of the table, and nobody has to think of it. A row whose key
// changes is named by both keys.
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

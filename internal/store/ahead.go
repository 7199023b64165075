package store

import "errors"

// asking is a conn that can be asked before anybody waits for the answer.
type asking interface {
	// ask has the query sent together with the next statement that is waited for.
	ask(query string, args []any)
	// forget drops the answers to queries that name a table, or all of them if it is empty.
	forget(table string)
}

// errAhead ends a function that Ahead runs, at its first query.
var errAhead = errors.New("the query was only announced")

// Ahead announces queries of a write. Each of asks is run up to its first query, which is then sent to
// PostgreSQL together with the next statement that is waited for. Whoever runs the same query with the same
// values later finds its answer here, and does not wait: a round trip costs more than most queries. Once the
// transaction changes a table that such a query names, the query is asked again.
//
// asks must change nothing, and it does no harm if an announced query never runs. On SQLite, which has no
// round trips, asks are not run.
func (tx *Tx) Ahead(asks ...func() error) {
	if _, ok := tx.conn.(asking); !ok || tx.readOnly || tx.failed != nil {
		return
	}
	tx.announcing = true
	defer func() { tx.announcing = false }()
	for _, ask := range asks {
		_ = ask() // errAhead, or what the function itself will answer when it is run
	}
}

// overtaken drops the answers to announced queries that name a table, or all of them if it is empty.
func (tx *Tx) overtaken(table string) {
	if c, ok := tx.conn.(asking); ok {
		c.forget(table)
	}
}

package store

import (
	"bytes"
	"database/sql/driver"
	"io"
	"slices"
	"strings"
)

// pgAsked is a query that was announced: it goes with the next statement that somebody waits for, and its
// answer is kept for whoever runs it.
type pgAsked struct {
	query   string
	values  [][]byte
	formats []int16

	statement *pgStatement // once it was queued
	answered  bool
	rows      [][]driver.Value
}

// pgAskedMost bounds the queries of a transaction that are announced. Their answers are kept in memory.
const pgAskedMost = 32

func (t *pgTx) ask(query string, args []any) {
	values, formats, err := pgParameters(args)
	if err != nil || len(t.asked) >= pgAskedMost || t.find(query, values) != nil {
		return
	}
	t.asked = append(t.asked, &pgAsked{query: query, values: values, formats: formats})
}

func (t *pgTx) find(query string, values [][]byte) *pgAsked {
	for _, a := range t.asked {
		if a.query == query && slices.EqualFunc(a.values, values, func(x, y []byte) bool { return bytes.Equal(x, y) && (x == nil) == (y == nil) }) {
			return a
		}
	}
	return nil
}

func (t *pgTx) forget(table string) {
	t.asked = slices.DeleteFunc(t.asked, func(a *pgAsked) bool { return table == "" || strings.Contains(a.query, table) })
}

// answer returns the kept answer to a query, or nil if there is none.
func (t *pgTx) answer(query string, args []any) driver.Rows {
	if len(t.asked) == 0 {
		return nil
	}
	values, _, err := pgParameters(args)
	if err != nil {
		return nil
	}
	a := t.find(query, values)
	if a == nil {
		return nil
	}
	if !a.answered { // it is asked now
		t.asked = slices.DeleteFunc(t.asked, func(one *pgAsked) bool { return one == a })
		return nil
	}
	return &pgAnswer{columns: a.statement.columns, rows: a.rows}
}

// again asks everything anew, because another session has another state.
func (t *pgTx) again() {
	for _, a := range t.asked {
		a.answered = false
	}
}

// questions puts what was announced before the statement that is queued next.
func (t *pgTx) questions() (put []*pgAsked) {
	for _, a := range t.asked {
		if !a.answered {
			a.rows = nil
			a.statement = t.on.bind(a.query, a.values, a.formats)
			put = append(put, a)
		}
	}
	return put
}

// answers reads the answers to what questions has put. After an error there is nothing more to read.
func (t *pgTx) answers(put []*pgAsked) error {
	for i, a := range put {
		r, err := t.on.begun(a.query, &pgRows{session: t.on, statement: a.statement, followed: true})
		for err == nil {
			row := make([]driver.Value, len(r.Columns()))
			if err = r.Next(row); err == nil {
				a.rows = append(a.rows, row)
			}
		}
		if err != io.EOF {
			t.skipped(put[i+1:])
			return err
		}
		a.answered = true
	}
	return nil
}

// skipped says that the server has not seen these questions, because what came before them has failed.
func (t *pgTx) skipped(put []*pgAsked) {
	for _, a := range put {
		t.on.forgetUnready(a.query, a.statement)
	}
}

// pgAnswer is an answer that was read before. It implements driver.Rows.
type pgAnswer struct {
	columns []string
	rows    [][]driver.Value
}

func (a *pgAnswer) Columns() []string { return a.columns }

func (a *pgAnswer) Next(into []driver.Value) error {
	if len(a.rows) == 0 {
		return io.EOF
	}
	copy(into, a.rows[0])
	a.rows = a.rows[1:]
	return nil
}

func (a *pgAnswer) Close() error { return nil }

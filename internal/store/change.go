package store

import (
	"strings"
	"sync"
	"sync/atomic"
)

// effect is what a statement does to the database, as far as its text shows.
type effect struct {
	kind  effectKind
	table string // of changes and deletes
}

type effectKind int

const (
	reads   effectKind = iota
	changes            // rows of one table
	deletes            // rows of one table, and by foreign keys those of others
	unclear            // perhaps anything
)

// effects of the statements so far; bounded as dialect's texts are.
var (
	effects      sync.Map // query -> effect
	effectsCount atomic.Int64
)

func effectOf(query string) effect {
	if e, ok := effects.Load(query); ok {
		return e.(effect)
	}
	e := parseEffect(query)
	if effectsCount.Load() < reboundMost {
		effectsCount.Add(1)
		effects.Store(query, e)
	}
	return e
}

// parseEffect reads the words that a statement begins with. It calls anything else unclear, which only costs
// the cached values.
func parseEffect(query string) effect {
	words := strings.FieldsFunc(query, func(r rune) bool {
		return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '(' || r == ')' || r == ',' || r == ';'
	})
	word := func(i int) string {
		if i < len(words) {
			return strings.ToUpper(words[i])
		}
		return ""
	}
	table := func(i int) string {
		if i < len(words) {
			return strings.ToLower(strings.Trim(words[i], `"`))
		}
		return ""
	}
	switch word(0) {
	case "INSERT":
		if word(1) == "INTO" && table(2) != "" {
			return effect{changes, table(2)}
		}
	case "UPDATE":
		if table(1) != "" && word(2) == "SET" {
			return effect{changes, table(1)}
		}
	case "DELETE":
		if word(1) == "FROM" && table(2) != "" {
			return effect{deletes, table(2)}
		}
	case "SAVEPOINT", "RELEASE", "ROLLBACK":
		return effect{kind: reads}
	case "SELECT", "WITH":
		for i := range words {
			switch word(i) {
			case "INSERT", "UPDATE", "DELETE", "MERGE", "INTO":
				return effect{kind: unclear}
			}
		}
		return effect{kind: reads}
	}
	return effect{kind: unclear}
}

// note adds to the transaction's change what the statement is about to do.
func (tx *Tx) note(query string) error {
	e := effectOf(query)
	switch {
	case e.kind == reads:
		return nil
	case e.kind == unclear || tx.changed.everything:
		tx.overtaken("")
		tx.changed.everything = true
		return nil
	}
	tx.overtaken(e.table)
	tx.changed.add(anything, whole(e.table))
	if tx.naming != nil && e.kind == changes {
		for _, row := range tx.naming {
			if row.Table != e.table {
				tx.changed.everything = true // it names rows of a table other than the one it changes
			}
			tx.changed.add(row.subject())
		}
		return nil
	}
	tx.changed.add(unnamed(e.table))
	if e.kind == changes {
		return nil
	}
	also, err := tx.keys.below(tx, e.table)
	for _, table := range also {
		tx.changed.add(whole(table), unnamed(table))
		tx.overtaken(table)
	}
	return err
}

// keys knows which tables refer to which. A newer program may add some while this one runs, but only to new
// tables, which this one has never read.
type keys struct {
	referrer atomic.Pointer[map[string][]string] // table -> tables with a column that refers to it; nil before it is read
}

// below returns the tables whose rows may change when a row of the table is deleted.
func (k *keys) below(tx *Tx, table string) ([]string, error) {
	known := k.referrer.Load()
	if known == nil {
		read, err := references(tx)
		if err != nil {
			return nil, err
		}
		known = &read
		k.referrer.Store(known)
	}
	var out []string
	seen := map[string]bool{table: true}
	for todo := []string{table}; len(todo) > 0; todo = todo[1:] {
		for _, from := range (*known)[todo[0]] {
			if !seen[from] {
				seen[from] = true
				out, todo = append(out, from), append(todo, from)
			}
		}
	}
	return out, nil
}

// references asks the database which tables refer to which. It may have to wait for
// a row that another transaction of this process has locked, and which asks at this
// moment too. So each transaction asks for itself, and none waits for another's
// answer: the database could not see that they wait for each other.
func references(tx *Tx) (map[string][]string, error) {
	rows, err := tx.conn.query(tx.dialect.references, nil)
	if err != nil {
		return nil, tx.check(err)
	}
	defer rows.Close()
	read := map[string][]string{}
	for rows.Next() {
		var from, to, column string
		if err := rows.Scan(&from, &to, &column); err != nil {
			return nil, err
		}
		read[to] = append(read[to], from)
	}
	return read, tx.check(rows.Err())
}

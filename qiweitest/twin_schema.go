package qiweitest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"qiwei/internal/store"
)

// twinSchema is a database that has the schema and the triggers of some tables.
//
// Whoever opens a database parses all triggers in it, which takes three times as long as the rest of the schema, and a
// package's tests write to few of the tables. So a table gets its triggers before the first statement that writes to
// it, and the Worlds that the same test binary starts later begin with them.
type twinSchema struct {
	triggers map[string][]string // of each table

	mu      sync.Mutex
	image   []byte          // the file
	has     map[string]bool // the tables whose triggers are in it
	written map[string]bool // the tables that were written to since it was made
}

// file returns what a World's database begins as, and the tables whose triggers it has.
func (s *twinSchema) file() (image []byte, has map[string]bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.written) == 0 {
		return s.image, s.has, nil
	}
	dir, err := os.MkdirTemp("", "qiweitest")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "qiwei.db")
	if err := os.WriteFile(path, s.image, 0o600); err != nil {
		return nil, nil, err
	}
	if err := onSQLite(path, func(tx *store.Tx) error {
		for table := range s.written {
			for _, trigger := range s.triggers[table] {
				if _, err := tx.Exec(trigger); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	if image, err = os.ReadFile(path); err != nil {
		return nil, nil, err
	}
	has = maps.Clone(s.has)
	maps.Copy(has, s.written)
	s.image, s.has, s.written = image, has, map[string]bool{}
	return image, has, nil
}

// write notes that a table is written to.
func (s *twinSchema) write(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.has[table] {
		s.written[table] = true
	}
}

// twinTriggers gives the tables of a World's database their triggers.
type twinTriggers struct {
	schema *twinSchema
	has    map[string]bool // the tables that the file began with; not changed
	ended  atomic.Bool
}

// watch is for store.Config. A transaction that is undone has its triggers undone as well.
func (w *twinTriggers) watch(run func(statements string) error) (before func(statement string) error) {
	has := maps.Clone(w.has)
	var fresh []string // the tables that got theirs in this transaction
	return func(statement string) error {
		switch {
		case w.ended.Load():
			return nil
		case strings.HasPrefix(statement, "BEGIN"):
			fresh = nil
		case strings.HasPrefix(statement, "ROLLBACK"):
			for _, t := range fresh {
				delete(has, t)
			}
			fresh = nil
		}
		for _, table := range writtenIn(statement) {
			triggers := w.schema.triggers[table]
			if has[table] || len(triggers) == 0 {
				continue
			}
			if err := run(strings.Join(triggers, ";\n")); err != nil {
				return err
			}
			has[table], fresh = true, append(fresh, table)
			w.schema.write(table)
		}
		return nil
	}
}

var (
	writes      = regexp.MustCompile(`\b(?:INTO|UPDATE|DELETE\s+FROM)\s+([a-z_0-9]+)`)
	writtenOnce sync.Map // statement -> the tables that it writes to
)

// writtenIn returns the tables that a statement writes to.
func writtenIn(statement string) []string {
	if known, ok := writtenOnce.Load(statement); ok {
		return known.([]string)
	}
	var tables []string
	for _, found := range writes.FindAllStringSubmatch(statement, -1) {
		tables = append(tables, found[1])
	}
	slices.Sort(tables)
	tables = slices.Compact(tables)
	writtenOnce.Store(statement, tables)
	return tables
}

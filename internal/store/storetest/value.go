package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/store"
)

func values(t *testing.T, b *bench) {
	st := b.things()
	long := strings.Repeat("长", 100_000)
	for i, v := range []struct {
		name  string
		n     int64
		bytes []byte
		small int64
		maybe sql.NullString
	}{
		{"", 0, []byte{}, 0, sql.NullString{}},
		{"a'b\"c?d$1%_\\\n\t;--", 1<<63 - 1, []byte{0, 1, 0xff, '\''}, 32767, sql.NullString{String: "", Valid: true}},
		{"企微🏢é\u200b", -1 << 63, bytes.Repeat([]byte{0xfe}, 70_000), -32768, sql.NullString{String: "null", Valid: true}},
		{long[:300], 1 << 53, nil, 1, sql.NullString{String: long, Valid: true}},
	} {
		back := v
		back.name, back.n, back.bytes, back.maybe = "?", 7, []byte("?"), sql.NullString{String: "?", Valid: true}
		b.write(st, func(tx *store.Tx) error {
			no, err := tx.Insert(`INSERT INTO thing (name, n, bytes, small, maybe) VALUES (?, ?, ?, ?, ?)`, v.name, v.n, v.bytes, v.small, v.maybe)
			if err != nil {
				return err
			}
			found, err := tx.Get(`SELECT name, n, bytes, small, maybe FROM thing WHERE no = ? AND name = ? AND '?' = '?'`, []any{no, v.name},
				&back.name, &back.n, &back.bytes, &back.small, &back.maybe)
			if err == nil && !found {
				err = errors.New("not found")
			}
			return err
		})
		if back.name != v.name || back.n != v.n || !bytes.Equal(back.bytes, v.bytes) || back.small != v.small || back.maybe != v.maybe {
			t.Errorf("row %d came back different", i)
		}
	}
	// Text is compared and sorted byte by byte, and large lists are possible.
	b.write(st, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM thing`)
		for _, name := range []string{"b", "中", "B", "a", "A", "é", "_"} {
			if err == nil {
				_, err = insert(tx, name)
			}
		}
		return err
	})
	b.want(st, "A", "B", "_", "a", "b", "é", "中")
	b.read(st, func(tx *store.Tx) error {
		list := make([]string, 30_000)
		list[29_999] = "b"
		if n, err := tx.Count(`SELECT count(*) FROM thing WHERE name IN (`+store.Marks(len(list))+`)`, store.Args(nil, list)...); err != nil || n != 1 {
			t.Errorf("a list of 30,000: %d, %v", n, err)
		}
		if n, err := tx.Count(`SELECT count(*) FROM thing WHERE name IN (` + store.Marks(0) + `)`); err != nil || n != 0 {
			t.Errorf("an empty list: %d, %v", n, err)
		}
		return nil
	})
}

func numbers(t *testing.T, b *bench) {
	st := b.things("a", "b")
	var last, next int64
	b.write(st, func(tx *store.Tx) (err error) {
		if last, err = insert(tx, "c"); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM thing WHERE no = ?`, last)
		return err
	})
	b.write(st, func(tx *store.Tx) (err error) { next, err = insert(tx, "d"); return err })
	if next <= last {
		t.Errorf("row %d after row %d, which had been deleted", next, last)
	}
}

func statements(t *testing.T, b *bench) {
	st := b.things("a", "b")
	for i := range 1500 {
		query := fmt.Sprintf(`SELECT count(*) + %d FROM thing WHERE name <> ?`, i)
		b.read(st, func(tx *store.Tx) error {
			if n, err := tx.Count(query, "a"); err != nil || n != int64(i)+1 {
				t.Errorf("%s: %d, %v", query, n, err)
			}
			return nil
		})
	}
}

package moment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/store"
)

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 200

func selectTasks(tx *store.Tx, where string, args ...any) (out []Task, err error) {
	err = tx.Each(`SELECT no, member, published_at FROM moment_task WHERE `+where, args, func(rows *store.Rows) error {
		var t Task
		var published int64
		err := rows.Scan(&t.No, &t.Member, &published)
		if published > 0 {
			t.PublishedAt = time.Unix(published, 0).UTC()
		}
		out = append(out, t)
		return err
	})
	return out, err
}

// insertTasks asks members. Whoever has been asked is not asked again.
func insertTasks(tx *store.Tx, corpID string, moment int64, members []int64) error {
	const row = `(?, ?, ?, 0)`
	for some := range slices.Chunk(members, rowsAtOnce) {
		var args []any
		for _, m := range some {
			args = append(args, corpID, moment, m)
		}
		if _, err := tx.Exec(`INSERT INTO moment_task (corpid, moment, member, published_at) VALUES `+strings.Repeat(row+`, `, len(some)-1)+row+` ON CONFLICT DO NOTHING`, args...); err != nil {
			return fmt.Errorf("insert tasks: %w", err)
		}
	}
	return nil
}

func insertCustomers(tx *store.Tx, corpID string, task int64, follows []customer.Follow) error {
	const row = `(?, ?, ?, ?)`
	for some := range slices.Chunk(follows, rowsAtOnce) {
		var args []any
		for _, f := range some {
			args = append(args, corpID, task, f.Customer, flag(f.Reached()))
		}
		if _, err := tx.Exec(`INSERT INTO moment_customer (corpid, task, customer, sent) VALUES `+strings.Repeat(row+`, `, len(some)-1)+row, args...); err != nil {
			return fmt.Errorf("insert customers: %w", err)
		}
	}
	return nil
}

// selectCustomers returns the numbers of a task's customers behind a number, in order; those who can see it
// alone if sent is set.
func selectCustomers(tx *store.Tx, corpID string, task int64, sent bool, after, limit int64) (out []int64, err error) {
	err = tx.Each(`SELECT customer FROM moment_customer WHERE corpid = ? AND task = ? AND customer > ? AND sent >= ? ORDER BY customer LIMIT ?`,
		[]any{corpID, task, after, flag(sent), limit}, func(rows *store.Rows) error {
			var no int64
			err := rows.Scan(&no)
			out = append(out, no)
			return err
		})
	return out, err
}

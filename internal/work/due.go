package work

import (
	"time"

	"qiwei/internal/store"
)

// Reminders is a table whose rows say in remind_at when somebody is to be reminded of them, in Unix seconds; 0 is never.
// Its columns no and corpid are the key and whose it is. A row needs no lease, because two servers that remind of it
// collide.
type Reminders string

// remindedAtOnce is how many are looked for at a time; the next look finds the others.
const remindedAtOnce = 1000

// Waiting returns the rows that are due, those that were due first first.
func (r Reminders) Waiting(tx *store.Tx) (list []Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, remind_at FROM `+string(r)+` WHERE remind_at > 0 AND remind_at <= ? ORDER BY remind_at LIMIT ?`, []any{tx.Now().Unix(), int64(remindedAtOnce)},
		func(rows *store.Rows) error {
			var w Waiting
			var due int64
			err := rows.Scan(&w.Key, &w.CorpID, &due)
			w.Due = time.Unix(due, 0)
			list = append(list, w)
			return err
		})
	return list, err
}

// Backlog counts those that are late.
func (r Reminders) Backlog(tx *store.Tx) (b Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM `+string(r)+` WHERE remind_at > 0 AND remind_at < ?`, tx.Now().Unix())
	return b, err
}

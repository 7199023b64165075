package customer

import (
	"time"

	"qiwei/internal/store"
)

// manyMembers is how many members one statement names.
const manyMembers = 500

// countDay adds to a day of a member, to today unless the day says when it was.
func countDay(tx *store.Tx, corpID string, member int64, d Day) error {
	if d.At.IsZero() {
		d.At = dayOf(tx.Now())
	}
	_, err := tx.Exec(`INSERT INTO customer_day (corpid, member, day, applied, added, removals, chats, messages, asked, replied, waited) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (corpid, member, day) DO UPDATE SET applied = customer_day.applied + excluded.applied, added = customer_day.added + excluded.added, removals = customer_day.removals + excluded.removals,
			chats = customer_day.chats + excluded.chats, messages = customer_day.messages + excluded.messages, asked = customer_day.asked + excluded.asked,
			replied = customer_day.replied + excluded.replied, waited = customer_day.waited + excluded.waited`,
		corpID, member, d.At.Unix(), d.Applied, d.Added, d.Removals, d.Chats, d.Messages, d.Asked, d.Replied, d.Waited.Milliseconds())
	return err
}

// addDays adds the days of members to those of a time span.
func addDays(tx *store.Tx, corpID string, members []int64, first, last time.Time, days map[int64]*Day) error {
	sum := func(column string) string { return `, CAST(sum(` + column + `) AS BIGINT)` }
	args := append(store.Args([]any{corpID}, members), first.Unix(), last.Unix())
	return tx.Each(`SELECT day`+sum("applied")+sum("added")+sum("removals")+sum("chats")+sum("messages")+sum("asked")+sum("replied")+sum("waited")+`
		FROM customer_day WHERE corpid = ? AND member IN (`+store.Marks(len(members))+`) AND day BETWEEN ? AND ? GROUP BY day`, args,
		func(rows *store.Rows) error {
			var day, waited int64
			var d Day
			if err := rows.Scan(&day, &d.Applied, &d.Added, &d.Removals, &d.Chats, &d.Messages, &d.Asked, &d.Replied, &waited); err != nil {
				return err
			}
			if of := days[day]; of != nil {
				d.Waited = time.Duration(waited) * time.Millisecond
				of.add(d)
			}
			return nil
		})
}

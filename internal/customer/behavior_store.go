package customer

import (
	"time"

	"qiwei/internal/store"
)

// manyMembers is how many members one statement names.
const manyMembers = 500

// countDay adds to a member's day, today.
func countDay(tx *store.Tx, corpID string, member int64, d Day) error {
	_, err := tx.Exec(`INSERT INTO customer_day (corpid, member, day, applied, added, removals) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (corpid, member, day) DO UPDATE SET applied = customer_day.applied + excluded.applied, added = customer_day.added + excluded.added, removals = customer_day.removals + excluded.removals`,
		corpID, member, dayOf(tx.Now()).Unix(), d.Applied, d.Added, d.Removals)
	return err
}

func addCounts(tx *store.Tx, corpID string, members []int64, first, last time.Time, days map[int64]*Day) error {
	args := append(store.Args([]any{corpID}, members), first.Unix(), last.Unix())
	return tx.Each(`SELECT day, CAST(sum(applied) AS BIGINT), CAST(sum(added) AS BIGINT), CAST(sum(removals) AS BIGINT) FROM customer_day WHERE corpid = ? AND member IN (`+store.Marks(len(members))+`) AND day BETWEEN ? AND ? GROUP BY day`, args,
		func(rows *store.Rows) error {
			var day, applied, added, removals int64
			err := rows.Scan(&day, &applied, &added, &removals)
			if d := days[day]; d != nil {
				d.Applied, d.Added, d.Removals = d.Applied+applied, d.Added+added, d.Removals+removals
			}
			return err
		})
}

// addChats counts what was written. Welcomes are no member's messages.
func addChats(tx *store.Tx, corpID string, members []int64, first, last time.Time, days map[int64]*Day) error {
	args := append(store.Args([]any{corpID}, members), first.UnixMilli(), last.AddDate(0, 0, 1).UnixMilli(), string(ByCustomer), string(ByMember))
	var now conversation
	return tx.Each(`SELECT member, customer, author, at FROM customer_message WHERE corpid = ? AND member IN (`+store.Marks(len(members))+`) AND at >= ? AND at < ? AND author IN (?, ?)
		ORDER BY member, customer, at, no`, args, func(rows *store.Rows) error {
		var member, customer, at int64
		var author Author
		if err := rows.Scan(&member, &customer, &author, &at); err != nil {
			return err
		}
		when := time.UnixMilli(at)
		day := days[dayOf(when).Unix()]
		if now.member != member || now.customer != customer || now.day != day {
			now = conversation{member: member, customer: customer, day: day}
		}
		now.add(author, when)
		return nil
	})
}

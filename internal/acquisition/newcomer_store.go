package acquisition

import (
	"fmt"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/store"
)

func selectNewcomers(tx *store.Tx, where string, args ...any) (out []Newcomer, err error) {
	err = tx.Each(`SELECT no, link, customer, kind, member, state, added_at, messages, component, once_key FROM acquisition_customer WHERE `+where, args, func(rows *store.Rows) error {
		var n Newcomer
		var added int64
		err := rows.Scan(&n.No, &n.Link, &n.Customer, &n.Kind, &n.Member, &n.State, &added, &n.Messages, &n.Component, &n.OnceKey)
		if added > 0 {
			n.AddedAt = time.Unix(added, 0).UTC()
		}
		out = append(out, n)
		return err
	})
	return out, err
}

// putNewcomer notes who has come by a link. Whoever came to the member before is of the new link now.
func putNewcomer(tx *store.Tx, corpID string, n Newcomer) error {
	if _, err := tx.Exec(`DELETE FROM acquisition_customer WHERE corpid = ? AND customer = ? AND member = ?`, corpID, n.Customer, n.Member); err != nil {
		return err
	}
	_, err := tx.Insert(`INSERT INTO acquisition_customer (corpid, link, customer, kind, member, state, added_at, messages, component, once_key) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`,
		corpID, n.Link, n.Customer, n.Kind, n.Member, n.State, n.Component, n.OnceKey)
	if err != nil {
		err = fmt.Errorf("insert newcomer: %w", err)
	}
	return err
}

func countDay(tx *store.Tx, corpID string, link, clicks, added int64) error {
	_, err := tx.Exec(`INSERT INTO acquisition_day (corpid, link, day, clicks, added) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (corpid, link, day) DO UPDATE SET clicks = acquisition_day.clicks + excluded.clicks, added = acquisition_day.added + excluded.added`,
		corpID, link, customer.DayOf(tx.Now()).Unix(), clicks, added)
	return err
}

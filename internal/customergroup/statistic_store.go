package customergroup

import (
	"time"

	"qiwei/internal/store"
)

// countByOwner counts what owners have now in groups, as it was in a time span. An owner without groups is
// left out. SQLite keeps the order of a CROSS JOIN: from the groups, not from everybody in any group of the corp.
func countByOwner(tx *store.Tx, corpID string, owners []int64, from, to time.Time) (map[int64]*Statistic, error) {
	out := map[int64]*Statistic{}
	marks := store.Marks(len(owners))
	of := func(no int64) *Statistic {
		if out[no] == nil {
			out[no] = &Statistic{}
		}
		return out[no]
	}
	first, end := from.Unix(), to.Unix()
	groups := `SELECT owner, sum(CASE WHEN created_at >= ? THEN 1 ELSE 0 END), sum(CASE WHEN dismissed_at = 0 OR dismissed_at >= ? THEN 1 ELSE 0 END)
		FROM customer_group WHERE corpid = ? AND created_at < ? AND owner IN (` + marks + `) GROUP BY owner`
	if err := tx.Each(groups, store.Args([]any{first, end, corpID, end}, owners), func(rows *store.Rows) error {
		var no, made, all int64
		err := rows.Scan(&no, &made, &all)
		of(no).NewGroups, of(no).Groups = made, all
		return err
	}); err != nil {
		return nil, err
	}
	people := `SELECT g.owner, sum(CASE WHEN m.joined_at >= ? THEN 1 ELSE 0 END), sum(CASE WHEN (m.left_at = 0 OR m.left_at >= ?) AND (g.dismissed_at = 0 OR g.dismissed_at >= ?) THEN 1 ELSE 0 END)
		FROM customer_group g CROSS JOIN customer_group_member m
		WHERE m.chat = g.no AND m.corpid = g.corpid AND g.corpid = ? AND m.joined_at < ? AND g.owner IN (` + marks + `) GROUP BY g.owner`
	if err := tx.Each(people, store.Args([]any{first, end, end, corpID, end}, owners), func(rows *store.Rows) error {
		var no, came, all int64
		err := rows.Scan(&no, &came, &all)
		of(no).NewPeople, of(no).People = came, all
		return err
	}); err != nil {
		return nil, err
	}
	said := `SELECT owner, CAST(sum(messages) AS BIGINT), count(DISTINCT chat), count(*) FROM (
			SELECT g.owner, w.chat, w.kind, w.person, count(*) AS messages FROM customer_group g CROSS JOIN customer_group_message w
			WHERE w.chat = g.no AND w.corpid = g.corpid AND g.corpid = ? AND w.at < ? AND g.owner IN (` + marks + `) GROUP BY g.owner, w.chat, w.kind, w.person) who GROUP BY owner`
	return out, tx.Each(said, store.Args([]any{corpID, to.UnixMilli()}, owners), func(rows *store.Rows) error {
		var no, messages, chats, people int64
		err := rows.Scan(&no, &messages, &chats, &people)
		of(no).Message, of(no).Chatting, of(no).Said = messages, chats, people
		return err
	})
}

package acquisition

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/store"
)

const linkColumns = `no, link_id, app, name, members, departments, skip_verify, mark_source, priority, priority_users, created_at, turns, unavailable`

func selectLinks(tx *store.Tx, where string, args ...any) (out []Link, err error) {
	err = tx.Each(`SELECT `+linkColumns+` FROM acquisition_link WHERE `+where, args, func(rows *store.Rows) error {
		var l Link
		var created int64
		var members, departments, users string
		if err := rows.Scan(&l.No, &l.LinkID, &l.App, &l.Name, &members, &departments, &l.SkipVerify, &l.MarkSource, &l.Priority.Type, &users, &created, &l.Turns, &l.Unavailable); err != nil {
			return err
		}
		l.CreatedAt = time.Unix(created, 0).UTC()
		for _, list := range []struct {
			text string
			into *[]int64
		}{{members, &l.Settings.Members}, {departments, &l.Departments}, {users, &l.Priority.Members}} {
			if err := json.Unmarshal([]byte(list.text), list.into); err != nil {
				return err
			}
		}
		out = append(out, l)
		return nil
	})
	return out, err
}

func numbers(list []int64) string {
	if list == nil {
		return "[]"
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers
	}
	return string(text)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func insertLink(tx *store.Tx, corpID string, l Link) (int64, error) {
	no, err := tx.Insert(`INSERT INTO acquisition_link (corpid, link_id, app, name, members, departments, skip_verify, mark_source, priority, priority_users, created_at, turns, unavailable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		corpID, l.LinkID, l.App, l.Name, numbers(l.Settings.Members), numbers(l.Departments), flag(l.SkipVerify), flag(l.MarkSource), l.Priority.Type, numbers(l.Priority.Members), l.CreatedAt.Unix())
	if err != nil {
		return 0, fmt.Errorf("insert link: %w", err)
	}
	return no, nil
}

func updateLink(tx *store.Tx, corpID string, l Link) error {
	_, err := tx.Exec(`UPDATE acquisition_link SET name = ?, members = ?, departments = ?, skip_verify = ?, mark_source = ?, priority = ?, priority_users = ?, turns = ?, unavailable = ? WHERE corpid = ? AND no = ?`,
		l.Name, numbers(l.Settings.Members), numbers(l.Departments), flag(l.SkipVerify), flag(l.MarkSource), l.Priority.Type, numbers(l.Priority.Members), l.Turns, flag(l.Unavailable), corpID, l.No)
	return err
}

func deleteLink(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`DELETE FROM acquisition_link WHERE corpid = ? AND no = ?`, corpID, no)
	return err
}

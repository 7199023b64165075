package customergroup

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

const groupColumns = `g.no, g.name, g.notice, g.owner, g.left_userid, g.status, g.version, g.capacity, g.template, g.created_at, g.dismissed_at`

func scanGroup(rows *store.Rows) (g Group, err error) {
	var made, ended int64
	err = rows.Scan(&g.No, &g.Name, &g.Notice, &g.Owner, &g.LeftUserID, &g.Status, &g.Version, &g.Capacity, &g.Template, &made, &ended)
	g.CreatedAt, g.Dismissed = time.Unix(made, 0).UTC(), ended != 0
	return g, err
}

func selectGroupsWhere(tx *store.Tx, where string, args ...any) (out []Group, err error) {
	err = tx.Each(`SELECT `+groupColumns+` FROM customer_group g WHERE `+where, args, func(rows *store.Rows) error {
		g, err := scanGroup(rows)
		out = append(out, g)
		return err
	})
	return out, err
}

func selectGroup(tx *store.Tx, corpID string, no int64) (g Group, found bool, err error) {
	list, err := selectGroupsWhere(tx, `g.corpid = ? AND g.no = ?`, corpID, no)
	if err != nil || len(list) == 0 {
		return g, false, err
	}
	return list[0], true, nil
}

// selectGroups returns one more than is asked for, if there are more.
func selectGroups(tx *store.Tx, corpID string, owners []int64, q Query) ([]Group, error) {
	where, args := `g.corpid = ? AND g.owner IN (`+store.Marks(len(owners))+`) AND g.dismissed_at = 0 AND g.no > ?`, append(store.Args([]any{corpID}, owners), q.After)
	if q.Status != 0 {
		where, args = where+` AND g.status = ?`, append(args, q.Status)
	}
	return selectGroupsWhere(tx, where+` ORDER BY g.no LIMIT ? OFFSET ?`, append(args, q.Limit+1, q.Offset)...)
}

// selectGroupsOf returns the groups that somebody is in. SQLite keeps the order of a CROSS JOIN: from the person, not
// from all groups of the corp.
func selectGroupsOf(tx *store.Tx, corpID string, kind, person int64) (out []Group, err error) {
	err = tx.Each(`SELECT `+groupColumns+` FROM customer_group_member m CROSS JOIN customer_group g
		WHERE g.no = m.chat AND m.corpid = ? AND g.corpid = ? AND m.kind = ? AND m.person = ? AND m.left_at = 0 AND g.dismissed_at = 0 ORDER BY g.no`, []any{corpID, corpID, kind, person},
		func(rows *store.Rows) error {
			g, err := scanGroup(rows)
			out = append(out, g)
			return err
		})
	return out, err
}

func insertGroup(tx *store.Tx, corpID string, g Group) (int64, error) {
	return tx.Insert(`INSERT INTO customer_group (corpid, name, notice, owner, left_userid, status, version, capacity, template, created_at, dismissed_at) VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, 0)`,
		corpID, g.Name, g.Notice, g.Owner, g.Status, g.Version, g.Capacity, g.Template, g.CreatedAt.Unix())
}

func updateGroup(tx *store.Tx, corpID string, g Group) error {
	ended := int64(0)
	if g.Dismissed {
		ended = tx.Now().Unix()
	}
	_, err := tx.Exec(`UPDATE customer_group SET name = ?, notice = ?, owner = ?, left_userid = ?, status = ?, version = ?, template = ?, dismissed_at = ? WHERE corpid = ? AND no = ?`,
		g.Name, g.Notice, g.Owner, string(g.LeftUserID), g.Status, g.Version, g.Template, ended, corpID, g.No)
	return err
}

// selectPeople returns those who are in a group, in the order in which they came, or some of them.
func selectPeople(tx *store.Tx, corpID string, group int64, some string, args ...any) (out []Person, err error) {
	if some != "" {
		some = ` AND ` + some
	}
	err = tx.Each(`SELECT kind, person, admin, scene, invitor, state, nickname, joined_at FROM customer_group_member WHERE corpid = ? AND chat = ? AND left_at = 0`+some+` ORDER BY no`,
		append([]any{corpID, group}, args...), func(rows *store.Rows) error {
			var p Person
			var admin, at int64
			err := rows.Scan(&p.Kind, &p.No, &admin, &p.Scene, &p.Invitor, &p.State, &p.Nickname, &at)
			p.Admin, p.JoinedAt = admin == 1, time.Unix(at, 0).UTC()
			out = append(out, p)
			return err
		})
	return out, err
}

func countPeople(tx *store.Tx, corpID string, group int64) (int64, error) {
	return tx.Count(`SELECT count(*) FROM customer_group_member WHERE corpid = ? AND chat = ? AND left_at = 0`, corpID, group)
}

func insertPerson(tx *store.Tx, corpID string, group int64, p Person) error {
	_, err := tx.Insert(`INSERT INTO customer_group_member (corpid, chat, kind, person, admin, scene, invitor, state, nickname, joined_at, left_at) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 0)`,
		corpID, group, p.Kind, p.No, p.Scene, p.Invitor, p.State, p.Nickname, tx.Now().Unix())
	if err != nil {
		err = fmt.Errorf("insert person: %w", err)
	}
	return err
}

func removePerson(tx *store.Tx, corpID string, group int64, p Person) (int64, error) {
	return tx.Exec(`UPDATE customer_group_member SET left_at = ?, admin = 0 WHERE corpid = ? AND chat = ? AND kind = ? AND person = ? AND left_at = 0`, tx.Now().Unix(), corpID, group, p.Kind, p.No)
}

func markAdmins(tx *store.Tx, corpID string, group int64, members []int64) error {
	if _, err := tx.Exec(`UPDATE customer_group_member SET admin = 0 WHERE corpid = ? AND chat = ? AND admin = 1`, corpID, group); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE customer_group_member SET admin = 1 WHERE corpid = ? AND chat = ? AND kind = ? AND left_at = 0 AND person IN (`+store.Marks(len(members))+`)`,
		store.Args([]any{corpID, group, int64(staff)}, members)...)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

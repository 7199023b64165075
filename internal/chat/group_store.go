package chat

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

func insertGroup(tx *store.Tx, g Group) (int64, error) {
	no, err := tx.Insert(`INSERT INTO chat_group (corpid, chatid, name, notice, owner, creator, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		g.CorpID, g.ChatID, g.Name, g.Notice, g.Owner, string(g.Creator), g.CreatedAt.UnixMilli())
	if err != nil {
		err = fmt.Errorf("insert group: %w", err)
	}
	return no, err
}

func updateGroup(tx *store.Tx, g Group) error {
	_, err := tx.Exec(`UPDATE chat_group SET name = ?, notice = ?, owner = ? WHERE corpid = ? AND no = ?`, g.Name, g.Notice, g.Owner, g.CorpID, g.No)
	return err
}

// rowsAtOnce is how many rows a statement writes or names.
const rowsAtOnce = 500

func insertGroupMembers(tx *store.Tx, g Group, members []int64, at time.Time) error {
	for some := range slices.Chunk(members, rowsAtOnce) {
		var args []any
		for _, m := range some {
			args = append(args, g.No, m, g.CorpID, at.UnixMilli())
		}
		if _, err := tx.Exec(`INSERT INTO chat_group_member (chat_group, member, corpid, joined_at) VALUES (?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?)`, len(some)-1), args...); err != nil {
			return fmt.Errorf("insert members of a group: %w", err)
		}
	}
	return nil
}

func deleteGroupMembers(tx *store.Tx, g Group, members []int64) error {
	for some := range slices.Chunk(members, rowsAtOnce) {
		if _, err := tx.Exec(`DELETE FROM chat_group_member WHERE corpid = ? AND chat_group = ? AND member IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{g.CorpID, g.No}, some)...); err != nil {
			return err
		}
	}
	return nil
}

func selectGroup(tx *store.Tx, corpID, chatID string) (Group, bool, error) {
	list, err := selectGroups(tx, `corpid = ? AND chatid = ?`, corpID, chatID)
	if err != nil || len(list) == 0 {
		return Group{}, false, err
	}
	return list[0], true, nil
}

func selectGroupsOf(tx *store.Tx, corpID string, member int64) ([]Group, error) {
	return selectGroups(tx, `corpid = ? AND no IN (SELECT chat_group FROM chat_group_member WHERE corpid = ? AND member = ?) ORDER BY no`, corpID, corpID, member)
}

func selectGroups(tx *store.Tx, where string, args ...any) (out []Group, err error) {
	err = tx.Each(`SELECT no, corpid, chatid, name, notice, owner, creator, created_at FROM chat_group WHERE `+where, args, func(rows *store.Rows) error {
		var g Group
		var at int64
		err := rows.Scan(&g.No, &g.CorpID, &g.ChatID, &g.Name, &g.Notice, &g.Owner, &g.Creator, &at)
		g.CreatedAt = time.UnixMilli(at).UTC()
		out = append(out, g)
		return err
	})
	return out, err
}

func selectGroupMembers(tx *store.Tx, corpID string, group int64) (out []GroupMember, err error) {
	err = tx.Each(`SELECT member, joined_at FROM chat_group_member WHERE corpid = ? AND chat_group = ? ORDER BY joined_at, member`, []any{corpID, group}, func(rows *store.Rows) error {
		var m GroupMember
		var at int64
		err := rows.Scan(&m.Member, &at)
		m.JoinedAt = time.UnixMilli(at).UTC()
		out = append(out, m)
		return err
	})
	return out, err
}

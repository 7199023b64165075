package message

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

// chatRow is a chat without its members; owner is 0 once the owner has left the corp.
type chatRow struct {
	no, app, owner int64
	corpID         string
	chatID, name   string
	createdAt      int64
}

func (c chatRow) group() Group {
	return Group{c.no, c.chatID, c.name, c.owner, time.UnixMilli(c.createdAt).UTC()}
}

func selectChat(tx *store.Tx, corpID, chatID string) (chatRow, bool, error) {
	return oneChat(tx, `corpid = ? AND chatid = ?`, corpID, chatID)
}

func oneChat(tx *store.Tx, where string, args ...any) (c chatRow, found bool, err error) {
	var owner sql.NullInt64
	found, err = tx.Get(`SELECT no, app, owner, corpid, chatid, name, created_at FROM chat WHERE `+where, args, &c.no, &c.app, &owner, &c.corpID, &c.chatID, &c.name, &c.createdAt)
	c.owner = owner.Int64
	return c, found, err
}

func selectChatMembers(tx *store.Tx, chat int64) (members []int64, err error) {
	err = tx.Each(`SELECT member FROM chat_member WHERE chat = ? ORDER BY member`, []any{chat}, func(rows *store.Rows) error {
		var m int64
		err := rows.Scan(&m)
		members = append(members, m)
		return err
	})
	return members, err
}

func insertChat(tx *store.Tx, c Chat, owner int64, members map[string]int64) error {
	no, err := tx.Insert(`INSERT INTO chat (corpid, app, chatid, name, owner, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		c.CorpID, c.App, c.ChatID, c.Name, owner, tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert chat: %w", err)
	}
	return insertChatMembers(tx, no, members)
}

func insertChatMembers(tx *store.Tx, chat int64, members map[string]int64) error {
	var numbers []int64
	for _, m := range members {
		numbers = append(numbers, m)
	}
	slices.Sort(numbers)
	for some := range slices.Chunk(numbers, copiesAtOnce) {
		var args []any
		for _, m := range some {
			args = append(args, chat, m)
		}
		if _, err := tx.Exec(`INSERT INTO chat_member (chat, member) VALUES `+strings.Repeat(`(?, ?), `, len(some)-1)+`(?, ?) ON CONFLICT DO NOTHING`, args...); err != nil {
			return fmt.Errorf("insert chat members: %w", err)
		}
	}
	return nil
}

func changeChat(tx *store.Tx, c chatRow, added map[string]int64, removed []int64) error {
	var owner any
	if c.owner != 0 {
		owner = c.owner
	}
	if _, err := tx.Exec(`UPDATE chat SET name = ?, owner = ? WHERE no = ?`, c.name, owner, c.no); err != nil {
		return err
	}
	if err := insertChatMembers(tx, c.no, added); err != nil {
		return err
	}
	for some := range slices.Chunk(removed, copiesAtOnce) {
		if _, err := tx.Exec(`DELETE FROM chat_member WHERE chat = ? AND member IN (`+store.Marks(len(some))+`)`, store.Args([]any{c.no}, some)...); err != nil {
			return err
		}
	}
	return nil
}

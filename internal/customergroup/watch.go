package customergroup

import (
	"qiwei/internal/store"
)

// Watch finds what is said in groups, and who comes into one, since it last looked, by any server. It belongs to
// one goroutine.
type Watch struct {
	s                *Service
	messages, people store.Sequence
}

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch {
	return &Watch{s, store.Sequence{Table: "customer_group_message"}, store.Sequence{Table: "customer_group_member"}}
}

// Begin makes it begin now.
func (w *Watch) Begin(tx *store.Tx) error {
	if err := w.messages.Begin(tx); err != nil {
		return err
	}
	return w.people.Begin(tx)
}

// watchMost is how many rows a look reads of a table.
const watchMost = 2000

// Look calls touched with each of the members in a group in which something has happened: r/ and the chat_id.
func (w *Watch) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	chats := map[int64]bool{}
	for _, q := range []struct {
		of    *store.Sequence
		table string
	}{{&w.messages, "customer_group_message"}, {&w.people, "customer_group_member"}} {
		var seen []int64
		where, args := q.of.Next()
		err := tx.Each(`SELECT no, chat FROM `+q.table+` WHERE `+where+` ORDER BY no LIMIT ?`, append(args, int64(watchMost)), func(rows *store.Rows) error {
			var no, chat int64
			err := rows.Scan(&no, &chat)
			seen, chats[chat] = append(seen, no), true
			return err
		})
		if err != nil {
			return err
		}
		q.of.Seen(seen)
	}
	if len(chats) == 0 {
		return nil
	}
	listening := map[int64]bool{}
	for _, m := range members {
		listening[m] = true
	}
	for chat := range chats {
		err := tx.Each(`SELECT person FROM customer_group_member WHERE chat = ? AND kind = ? AND left_at = 0`, []any{chat, int64(staff)}, func(rows *store.Rows) error {
			var member int64
			err := rows.Scan(&member)
			if listening[member] {
				touched(member, "r/"+string(w.s.ChatID(chat)))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

package aibot

import (
	"database/sql"

	"qiwei/internal/store"
)

// Follow finds the conversations with robots in which something was written or changed since it last looked,
// by any server. It belongs to one goroutine.
type Follow struct {
	messages, cards store.Sequence
	growing         map[int64]int64 // open streams -> the length of their body
}

// NewFollow returns a Follow that reports what is written after it began.
func (s *Service) NewFollow() *Follow {
	return &Follow{messages: store.Sequence{Table: "bot_message"}, cards: store.Sequence{Table: "bot_card"}}
}

// Begin makes it begin now. It follows streams that are already open to their end.
func (f *Follow) Begin(tx *store.Tx) error {
	f.growing = map[int64]int64{}
	if err := f.messages.Begin(tx); err != nil {
		return err
	}
	if err := f.cards.Begin(tx); err != nil {
		return err
	}
	// Only turns with an open stream are read, and there are few.
	return tx.Each(`SELECT m.no, length(m.body) FROM bot_turn t JOIN bot_message m ON m.bot = t.bot AND m.turn = t.no AND m.open = 1 WHERE t.look_at <> 0`, nil, func(rows *store.Rows) error {
		var no, size int64
		err := rows.Scan(&no, &size)
		f.growing[no] = size
		return err
	})
}

// Touched is a conversation in which something was written or changed: a member's own with a robot, or a
// chat's.
type Touched struct {
	BotID        string
	ChatID       string
	Chat, Member int64
}

// followMost is how many rows a look reads.
const followMost = 2000

// Look returns the conversations in which something was written or changed.
func (f *Follow) Look(tx *store.Tx) ([]Touched, error) {
	seen := map[Touched]bool{}
	var out []Touched
	const columns = `m.no, m.open, length(m.body), b.botid, coalesce(c.chatid, ''), m.chat, m.member`
	const from = ` JOIN bot b ON b.no = m.bot LEFT JOIN chat c ON c.no = m.chat`
	read := func(query string, args []any, each func(no, message, open, size int64, t Touched)) error {
		return tx.Each(query, args, func(rows *store.Rows) error {
			var no, message, open, size int64
			var t Touched
			var chat, member sql.NullInt64
			if err := rows.Scan(&no, &message, &open, &size, &t.BotID, &t.ChatID, &chat, &member); err != nil {
				return err
			}
			t.Chat, t.Member = chat.Int64, member.Int64
			each(no, message, open, size, t)
			return nil
		})
	}
	add := func(t Touched) {
		if !seen[t] {
			seen[t], out = true, append(out, t)
		}
	}
	if len(f.growing) > 0 {
		list := make([]int64, 0, len(f.growing))
		for no := range f.growing {
			list = append(list, no)
		}
		gone := f.growing
		f.growing = map[int64]int64{}
		if err := read(`SELECT m.no, `+columns+` FROM bot_message m`+from+` WHERE m.no IN (`+store.Marks(len(list))+`)`, store.Args([]any{}, list), func(no, _, open, size int64, t Touched) {
			if open != 0 {
				f.growing[no] = size
			}
			if open == 0 || size != gone[no] {
				add(t)
			}
		}); err != nil {
			return nil, err
		}
	}
	for _, q := range []struct {
		*store.Sequence
		query string
	}{
		{&f.messages, `SELECT v.no, ` + columns + ` FROM (SELECT no FROM bot_message WHERE `},
		{&f.cards, `SELECT v.no, ` + columns + ` FROM (SELECT no, message FROM bot_card WHERE `},
	} {
		on := `m.no = v.no`
		if q.Sequence == &f.cards {
			on = `m.no = v.message`
		}
		where, args := q.Next()
		var numbers []int64
		err := read(q.query+where+` ORDER BY no LIMIT ?) v JOIN bot_message m ON `+on+from, append(args, int64(followMost)), func(no, message, open, size int64, t Touched) {
			numbers = append(numbers, no)
			if open != 0 {
				f.growing[message] = size
			}
			add(t)
		})
		if err != nil {
			return nil, err
		}
		q.Seen(numbers)
	}
	return out, nil
}

// InChats returns which of the members are in the chats: chat -> members.
func (s *Service) InChats(tx *store.Tx, chats, members []int64) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	if len(chats) == 0 {
		return out, nil
	}
	wanted := map[int64]bool{}
	for _, m := range members {
		wanted[m] = true
	}
	err := tx.Each(`SELECT chat, member FROM chat_member WHERE chat IN (`+store.Marks(len(chats))+`)`, store.Args([]any{}, chats), func(rows *store.Rows) error {
		var chat, member int64
		err := rows.Scan(&chat, &member)
		if wanted[member] {
			out[chat] = append(out[chat], member)
		}
		return err
	})
	return out, err
}

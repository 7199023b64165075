package message

import (
	"context"
	"fmt"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// Watch finds the messages that were written or changed since it last looked, by any server. It belongs to
// one goroutine.
type Watch struct {
	messages, versions store.Sequence
}

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch {
	return &Watch{store.Sequence{Table: "message"}, store.Sequence{Table: "message_card"}}
}

// Begin makes the Watch begin now.
func (w *Watch) Begin(tx *store.Tx) error {
	if err := w.messages.Begin(tx); err != nil {
		return err
	}
	return w.versions.Begin(tx)
}

// Mark is the position of a Watch: everything written later lies above it.
type Mark struct{ Message, Version int64 }

// Mark returns the Watch's position.
func (w *Watch) Mark() Mark { return Mark{w.messages.Settled(), w.versions.Settled()} }

// Changed is a message that was written or changed.
type Changed struct {
	No     int64
	CorpID string
	// Pending says that some receivers have no copy yet, so HeldBy does not know all of them.
	Pending bool
}

// watchMost is how many rows a look reads.
const watchMost = 5000

// Look returns what was written or changed. A message with both is returned twice.
func (w *Watch) Look(tx *store.Tx) ([]Changed, error) {
	var out []Changed
	read := func(q *store.Sequence, query string) error {
		where, args := q.Next()
		var seen []int64
		err := tx.Each(fmt.Sprintf(query, where), append(args, watchMost), func(rows *store.Rows) error {
			var no int64
			var c Changed
			err := rows.Scan(&no, &c.No, &c.CorpID, &c.Pending)
			seen, out = append(seen, no), append(out, c)
			return err
		})
		if err == nil {
			q.Seen(seen)
		}
		return err
	}
	if err := read(&w.messages, `SELECT no, no, corpid, pending <> 0 FROM message WHERE %s ORDER BY no LIMIT ?`); err != nil {
		return nil, err
	}
	err := read(&w.versions, `SELECT v.no, m.no, m.corpid, m.pending <> 0 FROM (SELECT no, message FROM message_card WHERE %s ORDER BY no LIMIT ?) v JOIN message m ON m.no = v.message`)
	return out, err
}

// HeldBy returns which of the members have a copy of the messages: member ->
// numbers of messages.
func (s *Service) HeldBy(tx *store.Tx, messages, members []int64) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	wanted := map[int64]bool{}
	for _, m := range members {
		wanted[m] = true
	}
	for len(messages) > 0 {
		some := messages[:min(len(messages), copiesAtOnce)]
		messages = messages[len(some):]
		query, args := `SELECT member, message FROM message_copy WHERE message IN (`+store.Marks(len(some))+`)`, store.Args([]any{}, some)
		if len(members) <= copiesAtOnce {
			query, args = query+` AND member IN (`+store.Marks(len(members))+`)`, store.Args(args, members)
		}
		if err := tx.Each(query, args, func(rows *store.Rows) error {
			var member, message int64
			err := rows.Scan(&member, &message)
			if wanted[member] {
				out[member] = append(out[member], message)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Newest returns the mark of the newest message and version.
func (s *Service) Newest(tx *store.Tx) (m Mark, err error) {
	if m.Message, err = tx.Count(`SELECT coalesce(max(no), 0) FROM message`); err != nil {
		return m, err
	}
	m.Version, err = tx.Count(`SELECT coalesce(max(no), 0) FROM message_card`)
	return m, err
}

// Since returns the numbers of the member's messages that were written or changed since the mark, at most
// limit of them; more says that there are others.
func (s *Service) Since(tx *store.Tx, member int64, mark Mark, limit int) (list []int64, more bool, err error) {
	read := func(query string, args ...any) error {
		return tx.Each(query, args, func(rows *store.Rows) error {
			var no int64
			err := rows.Scan(&no)
			list = append(list, no)
			return err
		})
	}
	err = read(`SELECT message FROM message_copy WHERE member = ? AND message > ? ORDER BY message LIMIT ?`, member, mark.Message, limit+1)
	if err != nil {
		return nil, false, err
	}
	more = len(list) > limit
	err = read(`SELECT DISTINCT v.message FROM message_card v JOIN message_copy c ON c.message = v.message AND c.member = ?
		WHERE v.no > ? AND v.message <= ? LIMIT ?`, member, mark.Version, mark.Message, limit+1)
	return list, more || len(list) > limit, err
}

// Placed is a message with its conversation.
type Placed struct {
	AgentID int64   `json:"agentid"`
	ChatID  string  `json:"chatid,omitempty"`
	Message Message `json:"message"`
}

// Numbered returns those of the messages that the member has, in their order.
func (s *Service) Numbered(ctx context.Context, tx *store.Tx, m directory.Member, numbers []int64) ([]Placed, error) {
	var out []Placed
	chats := map[int64]string{}
	for len(numbers) > 0 {
		some := numbers[:min(len(numbers), copiesAtOnce)]
		numbers = numbers[len(some):]
		list, err := s.selectCopies(tx, m.No, `c.message IN (`+store.Marks(len(some))+`) ORDER BY c.message`, store.Args([]any{}, some)...)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			a, err := s.deps.Apps.AppNo(tx, l.app)
			if err != nil {
				return nil, err
			}
			if _, known := chats[l.chat]; !known && l.chat != 0 {
				c, _, err := oneChat(tx, `no = ?`, l.chat)
				if err != nil {
					return nil, err
				}
				chats[l.chat] = c.chatID
			}
			out = append(out, Placed{AgentID: a.AgentID, ChatID: chats[l.chat], Message: l})
		}
	}
	return out, nil
}

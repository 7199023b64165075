package aibot

import (
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/store"
)

// key names a conversation as the members' page does: b/ and the robot, and the chatid in a chat.
func (p place) key() string {
	if p.group.No == 0 {
		return "b/" + p.bot.BotID
	}
	return "b/" + p.bot.BotID + "/" + p.group.ChatID
}

// within is the condition for the messages of a conversation.
func (p place) within() (where string, args []any) {
	if p.group.No != 0 {
		return `chat = ? AND bot = ?`, []any{p.group.No, p.bot.No}
	}
	return `member = ? AND bot = ?`, []any{p.member, p.bot.No}
}

// Unread returns how many messages of others stand in each of the member's conversations behind the number that was
// read last there, at most most of each.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	places, err := s.placesOf(tx, corpID, m)
	out := map[string]int64{}
	for _, p := range places {
		key := p.key()
		where, args := p.within()
		n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM bot_message WHERE `+where+` AND no > ? AND sender <> ? LIMIT ?) unread`, append(args, read[key], m.No, most)...)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[key] = n
		}
	}
	return out, err
}

// searched is how many of the newest messages of a conversation a search looks through.
const searched = 5000

// Find returns those of the member's messages with robots that have the words, the newest of each conversation first.
func (s *Service) Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) (out []find.Hit, err error) {
	places, err := s.placesOf(tx, corpID, m)
	if err != nil {
		return nil, err
	}
	like, likeArgs := words.Where("body")
	for _, p := range places {
		where, args := p.within()
		var hits []find.Hit
		if err := tx.Each(`SELECT no, body, sent_at FROM (SELECT no, body, sent_at FROM bot_message WHERE `+where+` ORDER BY no DESC LIMIT ?) newest WHERE 1 = 1`+like+` ORDER BY no DESC LIMIT ?`,
			append(append(append(args, int64(searched)), likeArgs...), int64(5*most)), func(rows *store.Rows) error {
				var no, at int64
				var body string
				err := rows.Scan(&no, &body, &at)
				if text := find.Text([]byte(body)); words.In(text) && len(hits) < most {
					hits = append(hits, find.Hit{Key: p.key(), No: no, Text: words.Cut(text), At: time.UnixMilli(at).UTC()})
				}
				return err
			}); err != nil {
			return nil, err
		}
		out = append(out, hits...)
	}
	return out, nil
}

package aibot

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// Conversation is a robot in a member's list, or a chat with a robot. It has no last message before somebody
// writes.
type Conversation struct {
	BotID  string   `json:"bot"`
	ChatID string   `json:"chatid,omitempty"`
	Name   string   `json:"name"` // name of the robot
	Chat   string   `json:"chat_name,omitempty"`
	Logo   string   `json:"logo,omitempty"`
	Last   *Message `json:"last,omitempty"`
	// Deaf says that no program hears what is written: none is connected, or no address is set.
	Deaf bool `json:"deaf,omitempty"`
}

// Message is a message as one member has it.
type Message struct {
	No      int64           `json:"no"` // order within the conversation
	MsgType string          `json:"msgtype"`
	Body    json.RawMessage `json:"body"` // the object named by the msgtype
	From    string          `json:"from"` // userid, or "bot"
	Quote   json.RawMessage `json:"quote,omitempty"`
	// Open is true while a stream grows. Pictures is how many pictures came with its end.
	Open     bool `json:"open,omitempty"`
	Pictures int  `json:"pictures,omitempty"`
	// Judgeable says that the robot wants to be judged. Judged is the member's verdict: 1 right, 2 wrong.
	Judgeable bool      `json:"judgeable,omitempty"`
	Judged    int64     `json:"judged,omitempty"`
	SentAt    time.Time `json:"sent_at"`

	bot, chat, member, sender int64
	task, feedback            string
}

// Quote is a quoted message.
type Quote struct {
	No      int64           `json:"no"`
	MsgType string          `json:"msgtype"`
	From    string          `json:"from"`
	Body    json.RawMessage `json:"body"`
}

// messagesMost is how many messages are read at a time.
const messagesMost = 200

// Conversations returns the robots that the member may write to, and the chats with robots that the member is
// in, those with the newest messages first.
func (s *Service) Conversations(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) ([]Conversation, error) {
	places, err := s.placesOf(tx, corpID, m)
	if err != nil {
		return nil, err
	}
	var out []Conversation
	for _, p := range places {
		c := Conversation{BotID: p.bot.BotID, ChatID: p.group.ChatID, Name: p.bot.Name, Chat: p.group.Name, Logo: p.bot.Logo, Deaf: p.bot.deaf()}
		last, err := s.messagesOf(tx, m, p, 0, 1)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			c.Last = &last[0]
		}
		at := 0
		for at < len(out) && out[at].Last != nil && (c.Last == nil || out[at].Last.No > c.Last.No) {
			at++
		}
		out = append(out[:at], append([]Conversation{c}, out[at:]...)...)
	}
	return out, nil
}

// placesOf returns the conversations that a member may have with robots.
func (s *Service) placesOf(tx *store.Tx, corpID string, m directory.Member) (places []place, err error) {
	bots, err := s.Bots(tx, corpID)
	if err != nil {
		return nil, err
	}
	for _, b := range bots {
		sees, err := s.deps.Directory.InRange(tx, corpID, b.Range, m)
		if err != nil {
			return nil, err
		}
		if sees && !b.Disabled {
			places = append(places, place{bot: b, member: m.No})
		}
		groups, err := groupsOf(tx, b.No, m.No)
		if err != nil {
			return nil, err
		}
		for _, no := range groups {
			g, found, err := s.deps.Messages.GroupNo(tx, no)
			if err != nil {
				return nil, err
			}
			if found && !b.Disabled {
				places = append(places, place{bot: b, group: g})
			}
		}
	}
	return places, nil
}

func groupsOf(tx *store.Tx, bot, member int64) (out []int64, err error) {
	err = tx.Each(`SELECT b.chat FROM bot_chat b JOIN chat_member m ON m.chat = b.chat WHERE b.bot = ? AND m.member = ? ORDER BY b.chat`, []any{bot, member}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

// Messages returns the newest of a conversation's messages before number before
// (0: of all), oldest first.
func (s *Service) Messages(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, botID, chatID string, before int64, limit int) ([]Message, error) {
	p, err := s.talkable(tx, corpID, m, botID, chatID)
	if err != nil {
		return nil, err
	}
	return s.messagesOf(tx, m, p, before, limit)
}

func (s *Service) messagesOf(tx *store.Tx, m directory.Member, p place, before int64, limit int) ([]Message, error) {
	if limit <= 0 || limit > messagesMost {
		limit = messagesMost
	}
	if before <= 0 {
		before = 1 << 62
	}
	where, args := p.within()
	list, err := s.selectMessages(tx, m, where+` AND no < ? ORDER BY no DESC LIMIT ?`, append(args, before, int64(limit))...)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, err
}

// selectMessages reads messages as the member sees them: a card in the newest
// version that the member was given.
func (s *Service) selectMessages(tx *store.Tx, m directory.Member, where string, args ...any) ([]Message, error) {
	var out []Message
	var writers []int64
	err := tx.Each(`SELECT no, bot, chat, member, sender, msgtype, body, quote, open <> 0, task_id, feedback, sent_at,
			(SELECT count(*) FROM bot_picture p WHERE p.message = bot_message.no),
			coalesce((SELECT type FROM bot_feedback f WHERE f.message = bot_message.no AND f.member = ?), 0)
		FROM bot_message WHERE `+where, append([]any{m.No}, args...), func(rows *store.Rows) error {
		var l Message
		var body, quote string
		var chat, member sql.NullInt64
		var at, pictures int64
		if err := rows.Scan(&l.No, &l.bot, &chat, &member, &l.sender, &l.MsgType, &body, &quote, &l.Open, &l.task, &l.feedback, &at, &pictures, &l.Judged); err != nil {
			return err
		}
		l.chat, l.member, l.Body, l.SentAt, l.Pictures = chat.Int64, member.Int64, json.RawMessage(body), time.UnixMilli(at).UTC(), int(pictures)
		if quote != "" {
			l.Quote = json.RawMessage(quote)
		}
		if l.From = "bot"; l.sender != 0 {
			writers = append(writers, l.sender)
		}
		out = append(out, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read messages of robots: %w", err)
	}
	names, err := s.deps.Directory.Briefs(tx, writers)
	if err != nil {
		return nil, err
	}
	for i := range out {
		l := &out[i]
		if l.sender != 0 {
			l.From = string(names[l.sender].UserID)
		}
		if l.MsgType == "template_card" {
			var body, feedback string
			found, err := tx.Get(`SELECT body, feedback FROM bot_card WHERE message = ? AND member IN (0, ?) ORDER BY no DESC LIMIT 1`, []any{l.No, m.No}, &body, &feedback)
			if err != nil {
				return nil, err
			}
			if found {
				l.Body, l.feedback = json.RawMessage(body), feedback
			}
		}
		l.Judgeable = l.feedback != ""
	}
	return out, nil
}

// row is a message to be stored.
type row struct {
	bot, chat, member, sender, turn int64
	msgtype, body, quote            string
	stream                          string
	open                            bool
	taskID, feedback                string
}

func insertMessage(tx *store.Tx, r row) (int64, error) {
	no, err := tx.Insert(`INSERT INTO bot_message (bot, chat, member, sender, turn, msgtype, body, quote, stream, open, task_id, feedback, sent_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.bot, orNull(r.chat), orNull(r.member), r.sender, r.turn, r.msgtype, r.body, r.quote, r.stream, flag(r.open), r.taskID, r.feedback, tx.Now().UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("insert message of a robot: %w", err)
	}
	return no, nil
}

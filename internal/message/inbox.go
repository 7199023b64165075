package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Conversation is an entry of a member's list: an application, or a chat that an application has made.
type Conversation struct {
	AgentID int64   `json:"agentid"`
	ChatID  string  `json:"chatid,omitempty"`
	Name    string  `json:"name"`
	Logo    string  `json:"logo,omitempty"`
	Last    Message `json:"last"`

	app, chat int64
}

// Message is a message as one member has it.
type Message struct {
	No       int64           `json:"no"` // order within the conversation
	MsgType  string          `json:"msgtype"`
	Body     json.RawMessage `json:"body,omitempty"` // the object of the msgtype; none if recalled
	From     string          `json:"from"`           // userid of the member who wrote it; "app" or "robot"
	Robot    string          `json:"robot,omitempty"`
	SentAt   time.Time       `json:"sent_at"`
	Recalled bool            `json:"recalled,omitempty"`
	Safe     int64           `json:"safe,omitempty"`
	Files    []File          `json:"files,omitempty"` // that the body names

	app, chat int64
}

// Place names a member's conversation: with an application, or in one of its chats.
type Place struct {
	AgentID int64
	ChatID  string
}

// ErrNoConversation refuses a place in which the member has no conversation.
var ErrNoConversation = door.Missing("no such conversation")

// messagesMost is how many messages are read at a time.
const messagesMost = 200

// Conversations returns the member's conversations, the one with the newest
// message first.
func (s *Service) Conversations(ctx context.Context, tx *store.Tx, corpID string, member directory.Member) ([]Conversation, error) {
	var out []Conversation
	var last []int64
	err := tx.Each(`SELECT app, chat, max(message) FROM message_copy WHERE member = ? GROUP BY app, chat ORDER BY max(message) DESC`, []any{member.No},
		func(rows *store.Rows) error {
			var c Conversation
			err := rows.Scan(&c.app, &c.chat, &c.Last.No)
			out, last = append(out, c), append(last, c.Last.No)
			return err
		})
	if err != nil {
		return nil, err
	}
	newest, err := s.selectCopies(tx, member.No, `c.message IN (`+store.Marks(len(last))+`)`, store.Args([]any{}, last)...)
	if err != nil {
		return nil, err
	}
	byNo := map[int64]Message{}
	for _, m := range newest {
		byNo[m.No] = m
	}
	for i := range out {
		c := &out[i]
		c.Last = byNo[c.Last.No]
		a, err := s.deps.Apps.AppNo(tx, c.app)
		if err != nil {
			return nil, err
		}
		c.AgentID, c.Name, c.Logo = a.AgentID, a.Name, s.deps.Apps.LogoURL(a)
		if c.chat == 0 {
			continue
		}
		chat, _, err := oneChat(tx, `no = ?`, c.chat)
		if err != nil {
			return nil, err
		}
		c.ChatID, c.Name = chat.chatID, chat.name
	}
	return out, nil
}

// Messages returns the newest of a conversation's messages before number before (0: of all), oldest first. A
// conversation that the member never had is empty.
func (s *Service) Messages(ctx context.Context, tx *store.Tx, corpID string, member directory.Member, at Place, before int64, limit int) ([]Message, error) {
	a, chat, err := s.place(tx, corpID, at)
	if err != nil {
		return nil, err
	}
	if limit <= 0 || limit > messagesMost {
		limit = messagesMost
	}
	if before <= 0 {
		before = 1 << 62
	}
	list, err := s.selectCopies(tx, member.No, `c.app = ? AND c.chat = ? AND c.message < ? ORDER BY c.message DESC LIMIT ?`, a.No, chat, before, limit)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, err
}

// place resolves a place to the application and our number of the chat; 0 if there is no chat.
func (s *Service) place(tx *store.Tx, corpID string, at Place) (app.App, int64, error) {
	a, err := s.deps.Apps.App(tx, corpID, at.AgentID)
	if errors.Is(err, app.ErrNotFound) {
		return a, 0, ErrNoConversation
	}
	if err != nil || at.ChatID == "" {
		return a, 0, err
	}
	c, found, err := selectChat(tx, corpID, at.ChatID)
	if err == nil && (!found || c.app != a.No) {
		err = ErrNoConversation
	}
	return a, c.no, err
}

// Inbox runs fn once the member has a copy of everything sent to them.
func (s *Service) Inbox(ctx context.Context, corpID string, user id.UserID, fn func(*store.Tx, directory.Member) error) error {
	waiting := false
	read := func(tx *store.Tx) error {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
		if err != nil {
			return err
		}
		if waiting, err = unsettled(tx, corpID, m.No); err != nil || waiting {
			return err
		}
		return fn(tx, m)
	}
	if err := s.deps.Store.Read(ctx, read); err != nil || !waiting {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
		if err == nil {
			err = s.settle(tx, corpID, m.No)
		}
		if err != nil {
			return err
		}
		return fn(tx, m)
	})
}

// selectCopies reads the member's copies as the member sees them. Of a card it reads the latest version,
// whether it was given to everybody or to this member only.
func (s *Service) selectCopies(tx *store.Tx, member int64, where string, args ...any) ([]Message, error) {
	const card, button = `CASE WHEN c.card > m.card THEN c.card ELSE m.card END`, `CASE WHEN c.button > m.button THEN c.button ELSE m.button END`
	type line struct {
		Message
		body, card, button string
		byRobot            bool
		sender, sentAt     int64
	}
	var lines []line
	err := tx.Each(`SELECT m.no, m.app, m.chat, m.robot <> 0, coalesce(robot.name, ''), m.sender, m.msgtype, m.body, m.safe, m.sent_at, m.recalled_at <> 0,
			coalesce(card.body, ''), CASE WHEN button.no > coalesce(card.no, 0) THEN button.body ELSE '' END
		FROM message_copy c JOIN message m ON m.no = c.message
		LEFT JOIN robot ON robot.no = m.robot
		LEFT JOIN message_card card ON card.no = `+card+`
		LEFT JOIN message_card button ON button.no = `+button+`
		WHERE c.member = ? AND `+where, append([]any{member}, args...), func(rows *store.Rows) error {
		var l line
		err := rows.Scan(&l.No, &l.app, &l.chat, &l.byRobot, &l.Robot, &l.sender, &l.MsgType, &l.body, &l.Safe, &l.sentAt, &l.Recalled, &l.card, &l.button)
		lines = append(lines, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	var writers []int64
	for _, l := range lines {
		if l.sender != 0 {
			writers = append(writers, l.sender)
		}
	}
	names, err := s.deps.Directory.Briefs(tx, writers)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(lines))
	for i, l := range lines {
		numbers[i] = l.No
	}
	files, err := filesOf(tx, numbers)
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(lines))
	for i, l := range lines {
		m := l.Message
		m.SentAt, m.From = time.UnixMilli(l.sentAt).UTC(), "app"
		switch {
		case l.byRobot:
			m.From = "robot"
		case l.sender != 0:
			m.From = string(names[l.sender].UserID)
		}
		if !m.Recalled {
			m.Files = files[m.No]
			if m.Body, err = shown(l.MsgType, l.body, l.card, l.button); err != nil {
				return nil, fmt.Errorf("message %d: %w", m.No, err)
			}
		}
		out[i] = m
	}
	return out, nil
}

// shown combines what a member sees: the card that replaced the first one, and the text that replaced its
// buttons.
func shown(msgtype, body, card, button string) (json.RawMessage, error) {
	if card != "" {
		body = card
	}
	if button == "" {
		return json.RawMessage(body), nil
	}
	if msgtype == "template_card" {
		var c Card
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			return nil, err
		}
		c.ReplaceText = button
		return json.RawMessage(encode(&c)), nil
	}
	return append(wire.AppendString([]byte(strings.TrimSuffix(body, "}")+`,"replace_name":`), button), '}'), nil
}

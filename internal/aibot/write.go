package aibot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/directory"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of what a member writes, in bytes. The platform names none; a text is as
// long as the longest answer.
const (
	maxText  = 20480
	maxItems = 20
)

// Written is what a member writes to a robot (doc 100719). The type decides which fields count.
type Written struct {
	MsgType string        `json:"-"`
	Content string        `json:"content,omitempty"`  // text; voice: what was said, as text
	MediaID string        `json:"media_id,omitempty"` // image, file, video
	Items   []WrittenItem `json:"msg_item,omitempty"` // mixed
	// Quote is the number of the quoted message; 0 for none.
	Quote int64 `json:"-"`
}

// WrittenItem is a part of a mixed message.
type WrittenItem struct {
	MsgType string `json:"msgtype"` // text, image
	Content string `json:"content,omitempty"`
	MediaID string `json:"media_id,omitempty"`
}

// Errors of what members do, for their page.
var (
	errTooMany    = wire.ErrFrequency.With("the robot has %d of your messages in hand; wait for its answers", mostTurns)
	errSingleOnly = wire.ErrParameter.With("in a chat robots are sent texts and mixed messages")
	errNoJudging  = wire.ErrParameter.With("feedback cannot be given on this message")
)

// Write sends what a member writes to a robot, in a chat or, where chatID is empty, to it alone. In a chat,
// Write puts the mention before the text. It answers message.ErrNoConversation if the member does not see the
// robot, and an error for the member's page if the robot has too many unanswered messages.
func (s *Service) Write(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, botID, chatID string, w Written) (no int64, err error) {
	p, err := s.talkable(tx, corpID, m, botID, chatID)
	if err != nil {
		return 0, err
	}
	busy, err := inHand(tx, p.bot, m.No)
	if err == nil && busy >= mostTurns {
		err = errTooMany
	}
	if err != nil {
		return 0, err
	}
	if w, err = s.written(tx, p, w); err != nil {
		return 0, err
	}
	quote, err := s.quote(tx, p, m, w.Quote)
	if err != nil {
		return 0, err
	}
	row := row{bot: p.bot.No, chat: p.group.No, member: p.member, sender: m.No, msgtype: w.MsgType, body: encode(&w), quote: quote}
	if no, err = s.add(tx, p, row); err != nil {
		return 0, err
	}
	return no, s.begin(ctx, tx, p, m, turn{kind: said, message: no}, func(h head) (string, error) {
		if h.MsgType = w.MsgType; p.bot.Mode == WebSocket {
			return encode(h), nil // the rest is added when it is sent: the addresses of files expire within minutes
		}
		return s.messagePush(tx, p.bot, h, row.body, row.quote)
	})
}

// messagePush writes what a robot is told of a message, with fresh addresses for
// its files.
func (s *Service) messagePush(tx *store.Tx, b Bot, h head, body, quote string) (string, error) {
	out := messagePush{head: h}
	var err error
	if out.parts, err = s.partsOf(tx, b, h.MsgType, body); err != nil {
		return "", err
	}
	if quote == "" {
		return encode(out), nil
	}
	var of Quote
	if err := json.Unmarshal([]byte(quote), &of); err != nil {
		return "", fmt.Errorf("quote: %w", err)
	}
	q := &quotePart{MsgType: of.MsgType}
	if q.parts, err = s.partsOf(tx, b, of.MsgType, string(of.Body)); err != nil {
		return "", err
	}
	// A type that doc 100719 does not have is quoted as a text. The platform quotes a card as an empty one
	// (doc 101138).
	if !slices.Contains([]string{"text", "image", "mixed", "voice", "file"}, of.MsgType) {
		q.MsgType = "text"
		if q.Text == nil {
			q.parts = parts{Text: &textPart{}}
		}
	}
	out.Quote = q
	return encode(out), nil
}

// written checks what is written and keeps the fields of its type.
func (s *Service) written(tx *store.Tx, p place, w Written) (out Written, err error) {
	out = Written{MsgType: w.MsgType, Quote: w.Quote}
	mention := ""
	if p.group.No != 0 {
		mention = "@" + p.bot.Name + " "
		if w.MsgType != "text" && w.MsgType != "mixed" {
			return out, errSingleOnly
		}
	}
	switch w.MsgType {
	case "text", "voice":
		out.Content, err = text(mention, w.Content)
	case "image", "file", "video":
		out.MediaID = w.MediaID
		_, err = s.file(tx, p.bot.CorpID, w.MsgType, w.MediaID)
	case "mixed":
		if n := len(w.Items); n < 1 || n > maxItems {
			return out, wire.ErrParameter.With("msg_item: 1 to %d expected", maxItems)
		}
		for _, it := range w.Items {
			part := WrittenItem{MsgType: it.MsgType}
			switch it.MsgType {
			case "text":
				part.Content, err = text(mention, it.Content)
				mention = ""
			case "image":
				part.MediaID = it.MediaID
				_, err = s.file(tx, p.bot.CorpID, "image", it.MediaID)
			default:
				err = message.ErrType.With("msg_item.msgtype %q: text or image expected", it.MsgType)
			}
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, part)
		}
	default:
		err = message.ErrType.With("msgtype %q: text, image, mixed, voice, file or video expected", w.MsgType)
	}
	return out, err
}

func text(mention, content string) (string, error) {
	if strings.TrimSpace(content) == "" {
		return "", message.ErrEmpty
	}
	if mention = mention + content; len(mention) > maxText {
		return "", message.ErrSize.With("%d bytes, at most %d", len(mention), maxText)
	}
	return mention, nil
}

// file returns the corp's file if a member may send it as the type.
func (s *Service) file(tx *store.Tx, corpID, msgtype, mediaID string) (media.File, error) {
	kinds := []media.Kind{media.Image}
	switch msgtype {
	case "file":
		kinds = []media.Kind{media.Other}
	case "video":
		kinds = []media.Kind{media.Video}
	}
	return s.deps.Media.Find(tx, corpID, media.General, mediaID, kinds...)
}

// partsOf returns the object of a message for its push. It leaves out a file that has expired.
func (s *Service) partsOf(tx *store.Tx, b Bot, msgtype, body string) (out parts, err error) {
	var w Written
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		return out, fmt.Errorf("message of type %s: %w", msgtype, err)
	}
	switch msgtype {
	case "text", "markdown", "stream":
		out.Text = &textPart{w.Content}
	case "voice":
		out.Voice = &textPart{w.Content}
	case "image":
		out.Image, err = s.filePart(tx, b, msgtype, w.MediaID)
	case "file":
		out.File, err = s.filePart(tx, b, msgtype, w.MediaID)
	case "video":
		out.Video, err = s.filePart(tx, b, msgtype, w.MediaID)
	case "mixed":
		out.Mixed = &mixedPart{}
		for _, it := range w.Items {
			part := mixedItem{MsgType: it.MsgType}
			if it.MsgType == "text" {
				part.Text = &textPart{it.Content}
			} else if part.Image, err = s.filePart(tx, b, "image", it.MediaID); err != nil {
				return out, err
			}
			out.Mixed.Items = append(out.Mixed.Items, part)
		}
	}
	return out, err
}

// quote returns the quoted message of the conversation, as members see it.
func (s *Service) quote(tx *store.Tx, p place, m directory.Member, no int64) (string, error) {
	if no == 0 {
		return "", nil
	}
	list, err := s.selectMessages(tx, m, `no = ? AND bot = ? AND (member = ? OR chat = ?)`, no, p.bot.No, orNull(p.member), orNull(p.group.No))
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("the quoted message is not in the conversation")
	}
	if err != nil {
		return "", err
	}
	return encode(Quote{No: list[0].No, MsgType: list[0].MsgType, From: list[0].From, Body: list[0].Body}), nil
}

// Enter says that the member opens the conversation with the robot. The robot is told once a day, whether or
// not it answers (doc 101027).
func (s *Service) Enter(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, botID string) error {
	p, err := s.talkable(tx, corpID, m, botID, "")
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO bot_visit (bot, member, day) VALUES (?, ?, ?) ON CONFLICT (bot, member) DO UPDATE SET day = excluded.day WHERE bot_visit.day <> excluded.day`,
		p.bot.No, m.No, directory.Day(tx.Now()))
	if err != nil || n == 0 {
		return err
	}
	err = s.begin(ctx, tx, p, m, turn{kind: entered}, func(h head) (string, error) {
		h.MsgType, h.CreateTime = "event", tx.Now().Unix()
		return encode(eventPush{h, eventPart{Type: "enter_chat", Enter: &struct{}{}}}), nil
	})
	if errors.Is(err, errNobody) { // no program is there to greet the member
		err = nil
	}
	return err
}

// Press tells the robot what the member did with one of its cards.
func (s *Service) Press(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, no int64, answer message.CardAnswer) error {
	of, p, err := s.judged(tx, corpID, m, no)
	if err != nil {
		return err
	}
	var c message.Card
	if of.MsgType != "template_card" {
		return wire.ErrParameter.With("the message is not a card")
	}
	if err := json.Unmarshal(of.Body, &c); err != nil {
		return fmt.Errorf("card %d: %w", no, err)
	}
	did, err := c.Answer(answer)
	if err != nil {
		return err
	}
	return s.begin(ctx, tx, p, m, turn{kind: pressed, message: no, taskID: of.task}, func(h head) (string, error) {
		h.MsgType, h.CreateTime = "event", tx.Now().Unix()
		return encode(eventPush{h, eventPart{Type: "template_card_event", Card: &cardEvent{c.Type, did.Key, of.task, selectedOf(did.Selected)}}}), nil
	})
}

// FeedbackGive is how a member judges an answer (doc 101027).
type FeedbackGive struct {
	ID      string  `json:"id"`
	Type    int64   `json:"type"`                             // 1 right, 2 wrong, 3 neither any more
	Content string  `json:"content,omitempty"`                // only with 2
	Reasons []int64 `json:"inaccurate_reason_list,omitempty"` // only with 2; each of 1 to 4
}

// Judge tells the robot how the member judges one of its answers. The answer must allow it.
func (s *Service) Judge(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, no int64, f FeedbackGive) error {
	of, p, err := s.judged(tx, corpID, m, no)
	if err != nil {
		return err
	}
	switch {
	case of.feedback == "":
		return errNoJudging
	case f.Type < 1 || f.Type > 3:
		return wire.ErrParameter.With("type: 1, 2 or 3 expected")
	case f.Type == 3 && of.Judged == 0:
		return errNoJudging.With("you have given no feedback on it")
	case slices.ContainsFunc(f.Reasons, func(r int64) bool { return r < 1 || r > 4 }):
		return wire.ErrParameter.With("inaccurate_reason_list: 1 to 4 expected")
	case len(f.Content) > maxText || !utf8.ValidString(f.Content):
		return wire.ErrParameter.With("content: at most %d bytes expected", maxText)
	}
	if f.ID = of.feedback; f.Type != 2 {
		f.Content, f.Reasons = "", nil
	}
	if f.Type == 3 {
		_, err = tx.Exec(`DELETE FROM bot_feedback WHERE message = ? AND member = ?`, no, m.No)
	} else {
		_, err = tx.Exec(`INSERT INTO bot_feedback (message, member, type) VALUES (?, ?, ?) ON CONFLICT (message, member) DO UPDATE SET type = excluded.type`, no, m.No, f.Type)
	}
	if err != nil {
		return err
	}
	return s.begin(ctx, tx, p, m, turn{kind: feedback, message: no}, func(h head) (string, error) {
		h.MsgType, h.CreateTime = "event", tx.Now().Unix()
		return encode(eventPush{h, eventPart{Type: "feedback_event", Feedback: &f}}), nil
	})
}

// judged returns one of the member's messages, and its conversation.
func (s *Service) judged(tx *store.Tx, corpID string, m directory.Member, no int64) (of Message, p place, err error) {
	list, err := s.selectMessages(tx, m, `no = ?`, no)
	if err != nil {
		return of, p, err
	}
	if len(list) == 0 || list[0].member != 0 && list[0].member != m.No {
		return of, p, message.ErrNoConversation
	}
	of = list[0]
	b, found, err := s.oneBot(tx, `no = ?`, of.bot)
	if err != nil || !found {
		return of, p, err
	}
	g := message.Group{}
	if of.chat != 0 {
		if g, _, err = s.deps.Messages.GroupNo(tx, of.chat); err != nil {
			return of, p, err
		}
	}
	p, err = s.talkable(tx, corpID, m, b.BotID, g.ChatID)
	return of, p, err
}

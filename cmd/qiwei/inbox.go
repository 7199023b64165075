package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/aibot"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type inboxCmd struct {
	corpFlags
	jsonFlag
	UserID  string `arg:"" name:"userid" help:"Member."`
	AgentID int64  `name:"agentid" help:"Only what this application has sent." placeholder:"ID"`
	BotID   string `name:"bot" help:"Only the conversation with this intelligent robot." placeholder:"ID"`
	ChatID  string `name:"chatid" help:"Only this chat." placeholder:"ID"`
	Limit   int    `help:"How many messages of a conversation, from the newest back." default:"20"`
}

// inboxConversation is a conversation as JSON.
type inboxConversation struct {
	AgentID  int64             `json:"agentid,omitempty"`
	BotID    string            `json:"bot,omitempty"`
	ChatID   string            `json:"chatid,omitempty"`
	Name     string            `json:"name"`
	Messages []message.Message `json:"messages"`
}

func (cmd inboxCmd) Run(ctx context.Context, c *console) error {
	if cmd.Limit < 1 {
		return usagef("--limit %d: 1 or more expected", cmd.Limit)
	}
	out := []inboxConversation{}
	err := cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		return explain(s.Messages.Inbox(ctx, co.CorpID, id.UserID(cmd.UserID), func(tx *store.Tx, m directory.Member) error {
			out = out[:0]
			list, err := s.Messages.Conversations(ctx, tx, co.CorpID, m)
			if err != nil {
				return err
			}
			for _, l := range list {
				if cmd.BotID != "" || (cmd.AgentID != 0 && l.AgentID != cmd.AgentID) || (cmd.ChatID != "" && l.ChatID != cmd.ChatID) {
					continue
				}
				messages, err := newest(cmd.Limit, func(before int64, limit int) ([]message.Message, error) {
					return s.Messages.Messages(ctx, tx, co.CorpID, m, message.Place{AgentID: l.AgentID, ChatID: l.ChatID}, before, limit)
				}, func(m message.Message) int64 { return m.No })
				if err != nil {
					return err
				}
				out = append(out, inboxConversation{AgentID: l.AgentID, ChatID: l.ChatID, Name: l.Name, Messages: messages})
			}
			return cmd.bots(ctx, tx, s, co.CorpID, m, &out)
		}))
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, out)
	}
	for i, l := range out {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		title := fmt.Sprintf("%s (agentid %d", l.Name, l.AgentID)
		if l.BotID != "" {
			title = fmt.Sprintf("%s (bot %s", l.Name, l.BotID)
		}
		if l.ChatID != "" {
			title += ", chatid " + l.ChatID
		}
		fmt.Fprintln(c.out, title+")")
		t := newTable("TIME", "FROM", "TYPE", "CONTENT")
		for _, m := range l.Messages {
			from, body := m.From, string(m.Body)
			if m.Robot != "" {
				from = m.Robot
			}
			for _, f := range slices.Backward(m.Files) {
				body = f.Name + " " + body
			}
			if m.Recalled {
				body = "(recalled)"
			}
			t.row(m.SentAt.Local().Format(time.DateTime), from, m.MsgType, shortLine(body, 200))
		}
		if err := t.print(c.out); err != nil {
			return err
		}
	}
	return nil
}

// bots adds the conversations with intelligent robots.
func (cmd inboxCmd) bots(ctx context.Context, tx *store.Tx, s *platform.Server, corpID string, m directory.Member, out *[]inboxConversation) error {
	list, err := s.Bots.Conversations(ctx, tx, corpID, m)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.Last == nil || cmd.AgentID != 0 || (cmd.BotID != "" && l.BotID != cmd.BotID) || (cmd.ChatID != "" && l.ChatID != cmd.ChatID) {
			continue
		}
		messages, err := newest(cmd.Limit, func(before int64, limit int) ([]aibot.Message, error) {
			return s.Bots.Messages(ctx, tx, corpID, m, l.BotID, l.ChatID, before, limit)
		}, func(m aibot.Message) int64 { return m.No })
		if err != nil {
			return err
		}
		with := inboxConversation{BotID: l.BotID, ChatID: l.ChatID, Name: l.Name, Messages: []message.Message{}}
		for _, b := range messages {
			shown := message.Message{No: b.No, MsgType: b.MsgType, Body: b.Body, From: b.From, SentAt: b.SentAt}
			if b.From == "bot" {
				shown.Robot = l.Name
			}
			with.Messages = append(with.Messages, shown)
		}
		*out = append(*out, with)
	}
	return nil
}

// newest reads the newest messages of a conversation and returns them oldest first. A room returns as many at
// a time as a page of the phone shows.
func newest[M any](limit int, read func(before int64, limit int) ([]M, error), no func(M) int64) ([]M, error) {
	var out []M
	before := int64(0)
	for len(out) < limit {
		older, err := read(before, limit-len(out))
		if err != nil || len(older) == 0 {
			return out, err
		}
		out, before = append(older, out...), no(older[0])
	}
	return out, nil
}

// shortLine cuts a text for a table.
func shortLine(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i] + "…"
		}
	}
	return text
}

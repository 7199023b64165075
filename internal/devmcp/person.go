package devmcp

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

func (s *Service) personTools() []tool {
	return []tool{
		newTool("say", writes, "A member writes a text to an application (agentid) or to an intelligent robot (bot_id). The application is told at its callback URL. Answers latest_delivery, for wait_for_callback.", s.say),
		newTool("enter", writes, "A member opens an application, which is told so if it has isreportenter.", s.enter),
		newTool("press_menu", writes, "A member presses a button of an application's menu: click, view, scancode_waitmsg … The application is told.", s.pressMenu),
		newTool("answer_card", writes, "A member presses a button of a template card that an application has sent; no is the message's number in the inbox.", s.answerCard),
		newTool("inbox", reads, "What a member has received and written, by conversation, newest last: this shows what an application's messages look like to the member.", s.inbox),
		newTool("sent", reads, "The messages of an enterprise, newest first, each once however many members have it: what an application has sent.", s.sent),
	}
}

type sayRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	UserID  string `json:"userid" doc:"The member who writes." need:"1"`
	AgentID int64  `json:"agentid" doc:"The application that is written to."`
	BotID   string `json:"bot_id" doc:"Instead of agentid: the intelligent robot that is written to."`
	ChatID  string `json:"chatid" doc:"With bot_id: the chat in which the robot is mentioned."`
	Text    string `json:"text" doc:"What is written." need:"1"`
}

// as runs fn for a member in one transaction, and answers the number of the latest delivery before it.
func (s *Service) as(ctx context.Context, corpID, user string, fn func(tx *store.Tx, corpID string, m directory.Member) error) (before int64, err error) {
	return before, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, corpID)
		if err != nil {
			return err
		}
		if before, err = s.latest(ctx, tx, c.CorpID); err != nil {
			return err
		}
		m, err := s.member(ctx, tx, c.CorpID, user)
		if err != nil {
			return err
		}
		return fn(tx, c.CorpID, m)
	})
}

// latest is the number of the latest delivery to an application of the enterprise; 0 without one.
func (s *Service) latest(ctx context.Context, tx *store.Tx, corpID string) (int64, error) {
	list, err := s.deps.Callbacks.Deliveries(ctx, tx, access.System(corpID), callback.Filter{Limit: 1})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].No, nil
}

func (s *Service) say(ctx context.Context, req sayRequest) (any, error) {
	if (req.AgentID == 0) == (req.BotID == "") {
		return nil, argument("agentid or bot_id expected, and not both")
	}
	var no int64
	before, err := s.as(ctx, req.CorpID, req.UserID, func(tx *store.Tx, corpID string, m directory.Member) (err error) {
		if req.BotID != "" {
			no, err = s.deps.Bots.Write(ctx, tx, corpID, m, req.BotID, req.ChatID, aibot.Written{MsgType: "text", Content: req.Text})
			return err
		}
		no, err = s.deps.Messages.Write(ctx, tx, corpID, m, req.AgentID, message.Written{MsgType: "text", Content: req.Text})
		return err
	})
	return map[string]any{"no": no, "latest_delivery": before}, err
}

type enterRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	UserID  string `json:"userid" doc:"The member." need:"1"`
	AgentID int64  `json:"agentid" doc:"The application." need:"1"`
}

func (s *Service) enter(ctx context.Context, req enterRequest) (any, error) {
	var entered message.Entered
	before, err := s.as(ctx, req.CorpID, req.UserID, func(tx *store.Tx, corpID string, m directory.Member) (err error) {
		entered, err = s.deps.Messages.Enter(ctx, tx, corpID, m, req.AgentID)
		return err
	})
	return map[string]any{"entered": entered, "latest_delivery": before}, err
}

type pressRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	UserID  string `json:"userid" doc:"The member." need:"1"`
	AgentID int64  `json:"agentid" doc:"The application." need:"1"`
	Type    string `json:"type" doc:"The button's type, such as click or view." need:"1"`
	Key     string `json:"key" doc:"The button's key; of a view its url." need:"1"`
	Scanned string `json:"scan_result" doc:"Of a scancode button: what was scanned."`
}

func (s *Service) pressMenu(ctx context.Context, req pressRequest) (any, error) {
	var who directory.Member
	var corpID string
	before, err := s.as(ctx, req.CorpID, req.UserID, func(_ *store.Tx, c string, m directory.Member) error {
		who, corpID = m, c
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.deps.Messages.PressMenu(ctx, corpID, who, req.AgentID, message.Press{Type: req.Type, Key: req.Key, ScanResult: req.Scanned})
	return map[string]any{"latest_delivery": before}, err
}

type answerRequest struct {
	CorpID   string              `json:"corpid" doc:"The enterprise; the first if left out."`
	UserID   string              `json:"userid" doc:"The member." need:"1"`
	No       int64               `json:"no" doc:"The message's number." need:"1"`
	Key      string              `json:"key" doc:"The button's key; empty for the submit button."`
	Menu     bool                `json:"menu" doc:"Whether the key is one of the menu in the card's corner."`
	Selected map[string][]string `json:"selected" doc:"The chosen options by question."`
}

func (s *Service) answerCard(ctx context.Context, req answerRequest) (any, error) {
	before, err := s.as(ctx, req.CorpID, req.UserID, func(tx *store.Tx, corpID string, m directory.Member) error {
		return s.deps.Messages.AnswerCard(ctx, tx, corpID, m, req.No, message.CardAnswer{Key: req.Key, Menu: req.Menu, Selected: req.Selected})
	})
	return map[string]any{"latest_delivery": before}, err
}

type inboxRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	UserID  string `json:"userid" doc:"The member." need:"1"`
	AgentID int64  `json:"agentid" doc:"The conversations with this application alone."`
	BotID   string `json:"bot_id" doc:"The conversations with this robot alone."`
	Limit   int    `json:"limit" doc:"How many messages of each, from the newest back; 10 if left out, 100 at most."`
}

type conversation struct {
	AgentID  int64        `json:"agentid,omitempty"`
	BotID    string       `json:"bot_id,omitempty"`
	ChatID   string       `json:"chatid,omitempty"`
	Name     string       `json:"name"`
	Messages []inboxEntry `json:"messages"`
}

type inboxEntry struct {
	No       int64           `json:"no"`
	At       string          `json:"at"`
	From     string          `json:"from"` // app, robot, bot, or a userid
	MsgType  string          `json:"msgtype"`
	Body     json.RawMessage `json:"body,omitempty"`
	Recalled bool            `json:"recalled,omitempty"`
}

func (s *Service) inbox(ctx context.Context, req inboxRequest) (any, error) {
	var corpID string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		if corpID = c.CorpID; err != nil {
			return err
		}
		_, err = s.member(ctx, tx, corpID, req.UserID)
		return err
	}); err != nil {
		return nil, err
	}
	var out []conversation
	err := s.deps.Messages.Inbox(ctx, corpID, idOf(req.UserID), func(tx *store.Tx, m directory.Member) (err error) {
		out = []conversation{}
		if req.BotID == "" {
			if out, err = s.withApps(ctx, tx, corpID, m, req); err != nil {
				return err
			}
		}
		if req.AgentID != 0 {
			return nil
		}
		bots, err := s.withBots(ctx, tx, corpID, m, req)
		out = append(out, bots...)
		return err
	})
	return map[string]any{"conversations": out}, err
}

func (s *Service) withApps(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, req inboxRequest) ([]conversation, error) {
	out := []conversation{}
	list, err := s.deps.Messages.Conversations(ctx, tx, corpID, m)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if req.AgentID != 0 && l.AgentID != req.AgentID {
			continue
		}
		messages, err := s.deps.Messages.Messages(ctx, tx, corpID, m, message.Place{AgentID: l.AgentID, ChatID: l.ChatID}, 0, limited(req.Limit, 10, 100))
		if err != nil {
			return nil, err
		}
		c := conversation{AgentID: l.AgentID, ChatID: l.ChatID, Name: l.Name, Messages: []inboxEntry{}}
		for _, one := range messages {
			c.Messages = append(c.Messages, inboxEntry{one.No, stamp(one.SentAt), one.From, one.MsgType, one.Body, one.Recalled})
		}
		out = append(out, c)
	}
	return out, nil
}

func (s *Service) withBots(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, req inboxRequest) ([]conversation, error) {
	var out []conversation
	list, err := s.deps.Bots.Conversations(ctx, tx, corpID, m)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.Last == nil || (req.BotID != "" && l.BotID != req.BotID) {
			continue
		}
		messages, err := s.deps.Bots.Messages(ctx, tx, corpID, m, l.BotID, l.ChatID, 0, limited(req.Limit, 10, 100))
		if err != nil {
			return nil, err
		}
		c := conversation{BotID: l.BotID, ChatID: l.ChatID, Name: l.Name, Messages: []inboxEntry{}}
		for _, one := range messages {
			c.Messages = append(c.Messages, inboxEntry{No: one.No, At: stamp(one.SentAt), From: one.From, MsgType: one.MsgType, Body: one.Body})
		}
		out = append(out, c)
	}
	return out, nil
}

type sentRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64  `json:"agentid" doc:"Those of this application alone."`
	UserID  string `json:"userid" doc:"Those that this member has."`
	MsgType string `json:"msgtype" doc:"Those of this type."`
	Text    string `json:"text" doc:"Those in which this text occurs."`
	Limit   int    `json:"limit" doc:"How many at most; 20 if left out, 100 at most."`
}

func (s *Service) sent(ctx context.Context, req sentRequest) (any, error) {
	out := []message.SentMessage{}
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		if err != nil {
			return err
		}
		f := message.SentFilter{AgentID: req.AgentID, MsgType: req.MsgType, Text: req.Text, Limit: limited(req.Limit, 20, 100)}
		if req.UserID != "" {
			m, err := s.member(ctx, tx, c.CorpID, req.UserID)
			if err != nil {
				return err
			}
			f.Member = &m
		}
		list, err := s.deps.Messages.Sent(ctx, tx, access.System(c.CorpID), f)
		out = append(out, list...)
		return err
	})
	return map[string]any{"messages": out}, err
}

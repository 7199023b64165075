package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts play members in their client, in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		door.Script("POST /_qiwei/chat/send", s.deps.Log, s.scriptSend),
		door.Script("POST /_qiwei/chat/group", s.deps.Log, s.scriptGroup),
		door.Script("POST /_qiwei/chat/robot", s.deps.Log, s.scriptRobot),
		door.Script("POST /_qiwei/chat/launch", s.deps.Log, s.scriptLaunch),
		{Pattern: "GET /_qiwei/chat/messages", Handler: http.HandlerFunc(s.scriptMessages)},
	}
}

func (s *Service) named(tx *store.Tx, corpID string) error {
	_, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	}
	return err
}

// sendScript is a message. The object of the msgtype stands beside it under the msgtype's name.
type sendScript struct {
	CorpID string
	From   id.Person
	To     id.UserID
	ChatID string
	Type   string
	Time   int64 // Unix milliseconds; now if it is left out
	Rest   map[string]json.RawMessage
}

// UnmarshalJSON reads the object whose name the msgtype says.
func (r *sendScript) UnmarshalJSON(text []byte) error {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for name, into := range map[string]any{"corpid": &r.CorpID, "from": &r.From, "to": &r.To, "chatid": &r.ChatID, "msgtype": &r.Type, "time": &r.Time} {
		if v, ok := fields[name]; ok {
			if err := json.Unmarshal(v, into); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			delete(fields, name)
		}
	}
	for name := range fields {
		if name != r.Type {
			return fmt.Errorf("json: unknown field %q", name)
		}
	}
	r.Rest = fields
	return nil
}

type sendAnswer struct {
	MsgID string `json:"msgid"`
}

func (s *Service) scriptSend(ctx context.Context, req sendScript) (answer sendAnswer, err error) {
	say := Say{CorpID: req.CorpID, From: req.From, To: req.To, ChatID: req.ChatID, Type: req.Type, Content: req.Rest[req.Type]}
	if req.Time != 0 {
		say.At = time.UnixMilli(req.Time)
	}
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		if say.At.After(tx.Now()) {
			return ErrMessage.With("time: it has not come yet")
		}
		return s.named(tx, req.CorpID)
	}); err != nil {
		return answer, err
	}
	m, err := s.Send(ctx, say)
	return sendAnswer{m.MsgID}, err
}

// groupScript makes a group if it has no chatid, and changes one otherwise.
type groupScript struct {
	CorpID string      `json:"corpid"`
	ChatID string      `json:"chatid"`
	UserID id.UserID   `json:"userid"` // who does it; the owner of a new group
	Name   *string     `json:"name"`
	Notice *string     `json:"notice"`
	Owner  id.UserID   `json:"owner"`
	Add    []id.UserID `json:"add"`
	Remove []id.UserID `json:"remove"` // userid itself is one who leaves
}

type groupAnswer struct {
	ChatID  string      `json:"chatid"`
	Name    string      `json:"name"`
	Notice  string      `json:"notice"`
	Owner   id.UserID   `json:"owner"`
	Members []id.UserID `json:"members"`
}

func (s *Service) scriptGroup(ctx context.Context, req groupScript) (answer groupAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		req := req // which is changed below, and the transaction may run again
		if err := s.named(tx, req.CorpID); err != nil {
			return err
		}
		if req.ChatID == "" {
			if req.Owner != "" || len(req.Remove) > 0 {
				return wire.ErrParameter.With("a new group has userid as its owner, and add as the others")
			}
			n := NewGroup{Creator: req.UserID, Members: req.Add}
			if req.Name != nil {
				n.Name = *req.Name
			}
			g, err := s.CreateGroup(ctx, tx, req.CorpID, n)
			if err != nil {
				return err
			}
			if req.ChatID = g.ChatID; req.Notice == nil {
				answer, err = s.answerGroup(tx, req.CorpID, req.ChatID)
				return err
			}
			req.Name, req.Add = nil, nil
		}
		c := GroupChange{ChatID: req.ChatID, By: req.UserID, Name: req.Name, Notice: req.Notice, Owner: req.Owner, Add: req.Add, Remove: req.Remove}
		if err := s.ChangeGroup(ctx, tx, req.CorpID, c); err != nil {
			return err
		}
		answer, err = s.answerGroup(tx, req.CorpID, req.ChatID)
		return err
	})
	return answer, err
}

func (s *Service) answerGroup(tx *store.Tx, corpID, chatID string) (answer groupAnswer, err error) {
	g, err := s.Group(tx, corpID, chatID)
	if err != nil {
		return answer, err
	}
	answer = groupAnswer{ChatID: g.ChatID, Name: g.Name, Notice: g.Notice, Members: []id.UserID{}}
	members, err := s.GroupMembers(tx, g)
	for _, m := range members {
		answer.Members = append(answer.Members, m.UserID)
		if m.Member == g.Owner {
			answer.Owner = m.UserID
		}
	}
	return answer, err
}

type robotScript struct {
	CorpID string    `json:"corpid"`
	ChatID string    `json:"chatid"`
	UserID id.UserID `json:"userid"` // who puts it there
	Name   string    `json:"name"`
}

type robotAnswer struct {
	RobotID id.Person `json:"robot_id"`
}

func (s *Service) scriptRobot(ctx context.Context, req robotScript) (answer robotAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, req.CorpID); err != nil {
			return err
		}
		r, err := s.AddRobot(ctx, tx, req.CorpID, req.ChatID, req.UserID, req.Name)
		answer.RobotID = r.ID
		return err
	})
	return answer, err
}

// toldMessages is how many messages a script is shown.
const toldMessages = 1000

type messagesAnswer struct {
	Messages []Said `json:"messages"`
}

// scriptMessages answers what was said in a group (chatid), or between two members (a, b).
func (s *Service) scriptMessages(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, answer := r.URL.Query(), messagesAnswer{}
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			corpID := q.Get("corpid")
			if err := s.named(tx, corpID); err != nil {
				return err
			}
			if chatID := q.Get("chatid"); chatID != "" {
				g, err := s.Group(tx, corpID, chatID)
				if err == nil {
					answer.Messages, err = s.InGroup(tx, g, toldMessages)
				}
				return err
			}
			var err error
			answer.Messages, err = s.Between(tx, corpID, id.UserID(q.Get("a")), id.UserID(q.Get("b")), toldMessages)
			return err
		})
		if answer.Messages == nil {
			answer.Messages = []Said{}
		}
		return answer, err
	})
}

package masssend

import (
	"context"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play the members who send, in dev.
func (s *Service) Scripts() []door.Route {
	log, at := s.deps.Log, customer.ScriptPath
	return []door.Route{
		door.Script(at("confirm"), log, s.scriptConfirm),
		door.Script(at("mass"), log, s.scriptMass),
		door.Script(at("mass_rule"), log, s.scriptRule),
		{Pattern: "GET /_qiwei/wechat/tasks", Handler: http.HandlerFunc(s.scriptTasks)},
	}
}

type none struct{}

// confirmScript is a member who sends their part of a message.
type confirmScript struct {
	CorpID    string          `json:"corpid"`
	MsgID     string          `json:"msgid"`
	UserID    id.UserID       `json:"userid"`
	Externals []id.ExternalID `json:"external_userids"`
	Chats     []id.ChatID     `json:"chat_ids"`
}

func (s *Service) scriptConfirm(ctx context.Context, req confirmScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Confirm(ctx, tx, by, Confirmation{req.MsgID, req.UserID, req.Externals, req.Chats})
	})
}

// massScript is a member who makes a message and sends it: to some customers, or groups, or to all. With
// "for_corp" the member makes it for others, and it waits for them.
type massScript struct {
	CorpID    string          `json:"corpid"`
	UserID    id.UserID       `json:"userid"`
	ForCorp   bool            `json:"for_corp"`
	Sender    id.UserID       `json:"sender"` // with for_corp
	ChatType  string          `json:"chat_type"`
	Externals []id.ExternalID `json:"external_userids"`
	Chats     []id.ChatID     `json:"chat_ids"`
	Text      string          `json:"text"`
}

type massAnswer struct {
	MsgID  string         `json:"msgid"`
	Failed []id.Recipient `json:"fail_list"`
}

func (s *Service) scriptMass(ctx context.Context, req massScript) (answer massAnswer, err error) {
	kind, err := kindOf(req.ChatType)
	if err != nil {
		return answer, err
	}
	err = s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		m, err := s.deps.Customers.ServingMember(ctx, tx, by, req.UserID)
		if err != nil {
			return err
		}
		n := NewMessage{Groups: kind == toGroups, Externals: req.Externals, Chats: req.Chats, Sender: req.Sender, Content: customer.Content{Text: &customer.Text{Content: req.Text}}, Creator: m.No, Personal: !req.ForCorp}
		if n.Personal {
			n.Sender = m.UserID
		}
		made, failed, err := s.Create(ctx, tx, by, n)
		answer = massAnswer{s.msgID(made.No), append([]id.Recipient{}, failed...)}
		if err != nil || req.ForCorp {
			return err
		}
		for made.State == preparing { // the member waits for it
			if _, err := s.prepare(tx, &made); err != nil {
				return err
			}
		}
		return s.Confirm(ctx, tx, by, Confirmation{MsgID: answer.MsgID, UserID: m.UserID})
	})
	return answer, err
}

type ruleScript struct {
	CorpID string `json:"corpid"`
	Rule   string `json:"rule"` // month, week or day
}

func (s *Service) scriptRule(ctx context.Context, req ruleScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.SetRule(tx, by, req.Rule)
	})
}

// toldTasks is how many tasks, and recipients of one, a script is shown.
const toldTasks = 1000

type (
	tasksAnswer struct {
		Tasks []openTask `json:"tasks"`
	}
	openTask struct {
		MsgID       string          `json:"msgid"`
		ChatType    string          `json:"chat_type"`
		AllowSelect bool            `json:"allow_select"`
		Reminded    int64           `json:"reminded"` // how often
		Externals   []id.ExternalID `json:"external_userids,omitempty"`
		Chats       []id.ChatID     `json:"chat_ids,omitempty"`
		customer.Content
	}
)

// scriptTasks answers what waits for a member to confirm it, the oldest first.
func (s *Service) scriptTasks(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, answer := r.URL.Query(), tasksAnswer{Tasks: []openTask{}}
		return &answer, s.deps.Customers.Look(r.Context(), q.Get("corpid"), func(tx *store.Tx, by access.Caller) error {
			m, err := s.deps.Directory.Member(r.Context(), tx, by, id.UserID(q.Get("userid")))
			if err != nil {
				return err
			}
			tasks, err := selectTasks(tx, `corpid = ? AND member = ? AND sent_at = 0 ORDER BY no LIMIT ?`, by.CorpID, m.No, int64(toldTasks))
			for _, t := range tasks {
				one, open, err := s.openTask(tx, t)
				if err != nil {
					return err
				}
				if open {
					answer.Tasks = append(answer.Tasks, one)
				}
			}
			return err
		})
	})
}

func (s *Service) openTask(tx *store.Tx, t Task) (out openTask, open bool, err error) {
	list, err := selectMessages(tx, `corpid = ? AND no = ? AND state = 2`, t.CorpID, t.Message)
	if err != nil || len(list) == 0 {
		return out, false, err
	}
	m := list[0]
	out = openTask{MsgID: s.msgID(m.No), ChatType: map[int64]string{toCustomers: "single", toGroups: "group"}[m.Kind], AllowSelect: m.AllowSelect, Content: m.Content}
	if out.Reminded, err = tx.Count(`SELECT count(*) FROM mass_reminder WHERE corpid = ? AND message = ?`, t.CorpID, m.No); err != nil {
		return out, false, err
	}
	targets, err := selectTargets(tx, `corpid = ? AND task = ? ORDER BY no LIMIT ?`, t.CorpID, t.No, int64(toldTasks))
	for _, one := range targets {
		if m.Kind == toGroups {
			out.Chats = append(out.Chats, s.deps.Groups.ChatID(one.Target))
		} else {
			out.Externals = append(out.Externals, s.deps.Customers.ExternalID(one.Kind, one.Target))
		}
	}
	return out, true, err
}

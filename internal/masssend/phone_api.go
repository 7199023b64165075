package masssend

import (
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/mass", Handler: page(s.phoneTasks)},
		{Pattern: "POST /phone/api/mass/{msgid}", Handler: page(s.phoneConfirm)},
	}
}

// shownTargets is how many of those whom a task is for the page names.
const shownTargets = 200

type (
	taskLine struct {
		MsgID       string `json:"msgid"`
		ChatType    string `json:"chat_type"`
		AllowSelect bool   `json:"allow_select"`
		Reminded    int64  `json:"reminded"` // how often
		CreatedAt   int64  `json:"create_time"`
		customer.Content
		Count   int64        `json:"count"`  // whom it is for
		Enough  int64        `json:"enough"` // of those shown, who have got as many as they may in this period
		Targets []targetLine `json:"targets"`
	}
	targetLine struct {
		ID     id.Recipient `json:"id"` // external_userid, or chat_id
		Name   string       `json:"name"`
		Enough bool         `json:"enough,omitempty"`
	}
	quotaLine struct {
		Rule  string `json:"rule"`  // month, week or day
		Most  int64  `json:"most"`  // that a customer gets in it
		Since int64  `json:"since"` // Unix seconds
	}
)

// phoneTasks answers what waits for the member to send it, and how many messages a customer may get.
func (s *Service) phoneTasks(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		Quota quotaLine  `json:"quota"`
		Tasks []taskLine `json:"tasks"`
	}
	out.Tasks = []taskLine{}
	err := s.deps.Customers.Look(r.Context(), sess.CorpID, func(tx *store.Tx, by access.Caller) error {
		rule, err := s.rule(tx, by.CorpID)
		if err != nil {
			return err
		}
		most, since := quota(rule, tx.Now())
		out.Quota = quotaLine{rule, most, since.Unix()}
		tasks, err := selectTasks(tx, `corpid = ? AND member = ? AND sent_at = 0 ORDER BY no LIMIT ?`, by.CorpID, sess.Member.No, int64(toldTasks))
		for _, t := range tasks {
			one, open, err := s.openTask(tx, t)
			if err != nil {
				return err
			}
			if !open {
				continue
			}
			line, err := s.taskLine(tx, t, one)
			if err != nil {
				return err
			}
			out.Tasks = append(out.Tasks, line)
		}
		return err
	})
	return out, err
}

func (s *Service) taskLine(tx *store.Tx, t Task, one openTask) (out taskLine, err error) {
	list, err := selectMessages(tx, `corpid = ? AND no = ?`, t.CorpID, t.Message)
	if err != nil || len(list) == 0 {
		return out, err
	}
	m := list[0]
	out = taskLine{MsgID: one.MsgID, ChatType: one.ChatType, AllowSelect: one.AllowSelect, Reminded: one.Reminded, CreatedAt: m.CreatedAt.Unix(), Content: m.Content, Targets: []targetLine{}}
	if m.Kind == toGroups && !m.Named { // the member chooses among those of their own
		groups, err := s.deps.Groups.Owned(tx, t.CorpID, t.Member, nil)
		for _, g := range groups {
			out.Targets = append(out.Targets, targetLine{ID: id.Recipient(s.deps.Groups.ChatID(g.No)), Name: g.Name})
		}
		out.Count, out.AllowSelect = int64(len(groups)), true
		return out, err
	}
	if out.Count, err = tx.Count(`SELECT count(*) FROM mass_target WHERE corpid = ? AND task = ?`, t.CorpID, t.No); err != nil {
		return out, err
	}
	targets, err := selectTargets(tx, `corpid = ? AND task = ? ORDER BY no LIMIT ?`, t.CorpID, t.No, int64(shownTargets))
	if err != nil || len(targets) == 0 {
		return out, err
	}
	enough, err := s.enough(tx, t.CorpID, m.Kind, numbersOf(targets))
	if err != nil {
		return out, err
	}
	if m.Kind == toGroups {
		groups, err := s.deps.Groups.Owned(tx, t.CorpID, t.Member, numbersOf(targets))
		for _, g := range groups {
			out.add(targetLine{id.Recipient(s.deps.Groups.ChatID(g.No)), g.Name, enough[g.No]})
		}
		return out, err
	}
	contacts, err := s.deps.Customers.Contacts(tx, t.CorpID, numbersOf(targets))
	for _, one := range targets {
		out.add(targetLine{id.Recipient(s.deps.Customers.ExternalID(one.Kind, one.Target)), contacts[one.Target].Name, enough[one.Target]})
	}
	return out, err
}

func (l *taskLine) add(t targetLine) {
	if t.Enough {
		l.Enough++
	}
	l.Targets = append(l.Targets, t)
}

func (s *Service) phoneConfirm(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Externals []id.ExternalID `json:"external_userids"`
		Chats     []id.ChatID     `json:"chat_ids"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	return struct{}{}, s.deps.Customers.Script(r.Context(), sess.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Confirm(r.Context(), tx, by, Confirmation{r.PathValue("msgid"), sess.Member.UserID, req.Externals, req.Chats})
	})
}

// Watch finds the members for whom a message waits since it last looked. It belongs to one goroutine.
type Watch struct{ tasks store.Sequence }

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch { return &Watch{store.Sequence{Table: "mass_task"}} }

// Begin makes it begin now.
func (w *Watch) Begin(tx *store.Tx) error { return w.tasks.Begin(tx) }

// Look calls touched with each of the members who has something to send.
func (w *Watch) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	return customer.LookForTasks(tx, &w.tasks, members, touched)
}

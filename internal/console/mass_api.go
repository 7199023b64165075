package console

import (
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/masssend"
	"qiwei/internal/store"
)

// Mass messages (群发) wait for the members who send them. An admin sees how far each has come, writes one, has
// those reminded who have not confirmed, and stops it.

func (s *Service) massCalls() []call {
	return []call{
		{pattern: "GET /console/api/mass", right: readCorp, handle: s.listMass},
		{pattern: "POST /console/api/mass", right: editCorp, handle: s.createMass},
		{pattern: "PUT /console/api/mass.rule", right: editCorp, handle: s.setMassRule},
		{pattern: "GET /console/api/mass/{msgid}", right: readCorp, handle: s.getMass},
		{pattern: "GET /console/api/mass/{msgid}/{userid}", right: readCorp, handle: s.getMassPart},
		{pattern: "POST /console/api/mass/{msgid}/remind", right: editCorp, handle: s.remindMass},
		{pattern: "POST /console/api/mass/{msgid}/cancel", right: editCorp, handle: s.cancelMass},
	}
}

type massLine struct {
	No        int64       `json:"no"`
	MsgID     string      `json:"msgid"`
	Groups    bool        `json:"groups"`
	State     string      `json:"state"` // preparing, ready or cancelled
	Content   contentLine `json:"content"`
	App       string      `json:"app,omitempty"` // that made it
	By        *person     `json:"by,omitempty"`  // who did
	Personal  bool        `json:"personal,omitempty"`
	At        time.Time   `json:"at"`
	Asked     int64       `json:"asked"`
	Confirmed int64       `json:"confirmed"`
}

var massStates = map[int64]string{masssend.Preparing: "preparing", masssend.Ready: "ready", masssend.Cancelled: "cancelled"}

func (v *visit) massLines(tx *store.Tx, list []masssend.Message, progress map[int64]masssend.Progress) ([]massLine, error) {
	apps, err := v.appNames(tx)
	if err != nil {
		return nil, err
	}
	var creators []int64
	for _, m := range list {
		creators = append(creators, m.Creator)
	}
	people, err := v.numbered(tx, creators)
	out := []massLine{}
	for _, m := range list {
		l := massLine{
			No: m.No, MsgID: v.s.deps.Mass.MsgID(m), Groups: m.Kind == masssend.ToGroups, State: massStates[m.State], Content: lineOfContent(m.Content), App: apps[m.App], Personal: m.Personal,
			At: m.CreatedAt, Asked: progress[m.No].Asked, Confirmed: progress[m.No].Confirmed,
		}
		if p, ok := people[m.Creator]; ok {
			l.By = &p
		}
		out = append(out, l)
	}
	return out, err
}

func (s *Service) listMass(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	kind, ok := map[string]int64{"": 0, "customers": masssend.ToCustomers, "groups": masssend.ToGroups}[v.query("to")]
	if !ok {
		return nil, badRequest{errors.New("to: customers or groups expected")}
	}
	var out struct {
		Messages []massLine `json:"messages"`
		More     bool       `json:"more"`
		Rule     string     `json:"rule"` // month, week or day
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, more, err := s.deps.Mass.Roll(tx, v.corpID, kind, before, limit)
		if err != nil {
			return err
		}
		numbers := make([]int64, len(list))
		for i, m := range list {
			numbers[i] = m.No
		}
		progress, err := s.deps.Mass.ProgressOf(tx, v.corpID, numbers)
		if err != nil {
			return err
		}
		out.More = more
		if out.Messages, err = v.massLines(tx, list, progress); err != nil {
			return err
		}
		out.Rule, err = s.deps.Mass.Rule(tx, v.corpID)
		return err
	})
}

func (v *visit) mass(tx *store.Tx) (masssend.Message, error) {
	m, err := v.s.deps.Mass.Message(tx, v.corpID, v.r.PathValue("msgid"))
	if errors.Is(err, masssend.ErrMsgID) {
		err = errGone
	}
	return m, err
}

// mostParts is how many members of a message, and customers of a member, are shown.
const mostParts = 500

func (s *Service) getMass(v *visit) (any, error) {
	type part struct {
		person
		At time.Time `json:"at,omitzero"` // when the member confirmed
	}
	var out struct {
		massLine
		Targets  int64  `json:"targets"`
		Sent     int64  `json:"sent"`
		Waiting  int64  `json:"waiting"`
		NoFriend int64  `json:"no_friend"`
		Enough   int64  `json:"enough"`
		Parts    []part `json:"parts"`
		More     bool   `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.mass(tx)
		if err != nil {
			return err
		}
		progress, err := s.deps.Mass.ProgressOf(tx, v.corpID, []int64{m.No})
		if err != nil {
			return err
		}
		lines, err := v.massLines(tx, []masssend.Message{m}, progress)
		if err != nil {
			return err
		}
		p := progress[m.No]
		out.massLine, out.Targets, out.Sent, out.Waiting, out.NoFriend, out.Enough, out.Parts = lines[0], p.Targets, p.Sent, p.Waiting, p.NoFriend, p.Enough, []part{}
		tasks, more, err := s.deps.Mass.Parts(tx, v.by, m, 0, mostParts)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, t := range tasks {
			users = append(users, t.UserID)
		}
		names, err := v.called(tx, users)
		for _, t := range tasks {
			out.Parts = append(out.Parts, part{names[t.UserID], t.SentAt})
		}
		out.More = more
		return err
	})
}

// getMassPart shows what has become of a member's part.
func (s *Service) getMassPart(v *visit) (any, error) {
	type outcome struct {
		External id.ExternalID `json:"external_userid,omitempty"`
		ChatID   id.ChatID     `json:"chat_id,omitempty"`
		Name     string        `json:"name"`
		Status   int64         `json:"status"` // 0 waiting, 1 sent, 2 no friend, 3 has had enough
		At       time.Time     `json:"at,omitzero"`
	}
	out := struct {
		Outcomes []outcome `json:"outcomes"`
		More     bool      `json:"more"`
	}{Outcomes: []outcome{}}
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.mass(tx)
		if err != nil {
			return err
		}
		list, more, err := s.deps.Mass.Outcomes(v.ctx(), tx, v.by, s.deps.Mass.MsgID(m), v.userid(), 0, mostParts)
		if err != nil {
			return err
		}
		out.More = more
		for _, o := range list {
			line := outcome{External: o.External, ChatID: o.ChatID, Status: o.Status}
			if o.SentAt > 0 {
				line.At = time.Unix(o.SentAt, 0).UTC()
			}
			if o.External != "" {
				c, err := s.deps.Customers.Contact(tx, v.corpID, o.External)
				if err != nil {
					return err
				}
				line.Name = c.Name
			} else if g, err := s.deps.Groups.Group(tx, v.corpID, o.ChatID); err == nil {
				line.Name = g.Name
			}
			out.Outcomes = append(out.Outcomes, line)
		}
		return nil
	})
}

func (s *Service) createMass(v *visit) (any, error) {
	var req struct {
		contentForm
		Groups      bool               `json:"groups"`
		Sender      id.UserID          `json:"sender"`
		Tags        [][]id.CustomerTag `json:"tags"`
		Chats       []id.ChatID        `json:"chat_ids"`
		AllowSelect bool               `json:"allow_select"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	content, err := req.content()
	if err != nil {
		return nil, err
	}
	if req.Groups && req.Sender == "" {
		return nil, problem{422, "", "请选择发送的成员", "Choose the member who sends it.", "sender"}
	}
	if !req.Groups && req.Sender == "" && len(req.Tags) == 0 {
		return nil, problem{422, "", "请选择发送的成员，或客户标签", "Choose the member who sends it, or tags of customers.", "sender"}
	}
	var msgID string
	failed := 0
	err = v.change(func(tx *store.Tx) (done, error) {
		m, bad, err := s.deps.Mass.Create(v.ctx(), tx, v.by, masssend.NewMessage{
			Groups: req.Groups, Chats: req.Chats, Tags: req.Tags, Sender: req.Sender, AllowSelect: req.AllowSelect, Content: content, Creator: v.member.No,
		})
		if err != nil {
			return done{}, err
		}
		msgID, failed = s.deps.Mass.MsgID(m), len(bad)
		return done{"mass.create", headOf(req.Text), map[string]any{"msgid": msgID, "groups": req.Groups, "sender": req.Sender, "tags": req.Tags}}, nil
	})
	return map[string]any{"msgid": msgID, "failed": failed}, err
}

func (s *Service) remindMass(v *visit) (any, error) {
	return v.onMass("mass.remind", s.deps.Mass.Remind)
}

func (s *Service) cancelMass(v *visit) (any, error) {
	return v.onMass("mass.cancel", s.deps.Mass.Cancel)
}

// onMass does something with the message that the path names.
func (v *visit) onMass(action string, do func(*store.Tx, access.Caller, string) error) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.mass(tx)
		if err != nil {
			return done{}, err
		}
		msgID := v.s.deps.Mass.MsgID(m)
		return done{action, headOf(lineOfContent(m.Content).Text), map[string]any{"msgid": msgID}}, do(tx, v.by, msgID)
	})
}

func (s *Service) setMassRule(v *visit) (any, error) {
	var req struct {
		Rule string `json:"rule"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		before, err := s.deps.Mass.Rule(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		return done{"mass.rule", req.Rule, map[string]any{"rule": [2]string{before, req.Rule}}}, s.deps.Mass.SetRule(tx, v.by, req.Rule)
	})
}

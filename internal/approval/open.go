package approval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The approval engine (审批流程引擎, doc 90269): approvals inside another application, which has templates of its
// own and names each approval itself. They have nothing to do with those of the approval application.

// maxThirdNo is how long an application's number of an approval may be, in bytes; ours.
const maxThirdNo = 128

// OpenTemplate is a process of an application.
type OpenTemplate struct {
	ID    string     `json:"template_id"`
	Name  string     `json:"name"`
	Nodes []FlowNode `json:"nodes"`
}

// Open is an approval inside an application.
type Open struct {
	No      int64
	CorpID  string
	App     int64
	ThirdNo string
	OpenBody
	version int64
}

// OpenBody is the part that is stored as JSON.
type OpenBody struct {
	TemplateID string    `json:"template_id"`
	Name       string    `json:"name"`
	Status     Status    `json:"status"`
	At         int64     `json:"at"`
	Creator    id.UserID `json:"creator"`
	Department int64     `json:"department"`
	Nodes      []Node    `json:"nodes"`
	Data       []ExtData `json:"data"`
}

// ExtData is what the page of the approval shows (doc 90269).
type ExtData struct {
	Title string `json:"title"`
	Type  string `json:"type"` // text, link
	Value string `json:"value"`
}

// SaveOpenTemplate gives an application a process, a new one where it has no ID.
func (s *Service) SaveOpenTemplate(tx *store.Tx, a app.App, t OpenTemplate) (string, error) {
	if t.Name == "" || len(t.Nodes) == 0 || len(t.Nodes) > mostNodes {
		return "", ErrParameter.With("a name and 1 to %d nodes expected", mostNodes)
	}
	for i, n := range t.Nodes {
		if n.Type != Approve && n.Type != Notify || n.Choose {
			return "", ErrParameter.With("nodes[%d].type: 1 or 2 expected", i)
		}
		if err := s.recipients(tx, a.CorpID, n.Users); err != nil {
			return "", err
		}
	}
	if t.ID == "" {
		t.ID = id.Hex(16) + "_" + fmt.Sprint(tx.Now().Unix())
	}
	body, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO approval_open_template (corpid, app, template_id, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, template_id) DO UPDATE SET body = excluded.body`, a.CorpID, a.No, t.ID, string(body))
	return t.ID, err
}

func openTemplate(tx *store.Tx, a app.App, templateID string) (t OpenTemplate, err error) {
	body := ""
	found, err := tx.Get(`SELECT body FROM approval_open_template WHERE corpid = ? AND app = ? AND template_id = ?`, []any{a.CorpID, a.No, templateID}, &body)
	if err == nil && !found {
		err = ErrTemplate.With("审批模板ID不正确: the application has no template %q", templateID)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &t)
	}
	return t, err
}

// SubmitOpen begins an approval in an application, as thirdPartyOpenPage of the JS-SDK does (doc 90269).
func (s *Service) SubmitOpen(ctx context.Context, tx *store.Tx, a app.App, user id.UserID, templateID, thirdNo string, data []ExtData) (*Open, error) {
	if thirdNo == "" || len(thirdNo) > maxThirdNo || !utf8.ValidString(thirdNo) {
		return nil, ErrParameter.With("thirdNo: 1 to %d bytes expected", maxThirdNo)
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(a.CorpID), user)
	if err != nil {
		return nil, err
	}
	t, err := openTemplate(tx, a, templateID)
	if err != nil {
		return nil, err
	}
	if _, found, err := selectOpen(tx, a.CorpID, a.No, thirdNo); err != nil || found {
		if err == nil {
			err = ErrParameter.With("已存在相同的审批编号: %q", thirdNo)
		}
		return nil, err
	}
	o := &Open{CorpID: a.CorpID, App: a.No, ThirdNo: thirdNo, OpenBody: OpenBody{
		TemplateID: t.ID, Name: t.Name, Status: Pending, At: tx.Now().Unix(), Creator: m.UserID, Department: m.MainDepartment, Data: data,
	}}
	for _, n := range t.Nodes {
		list, kind, err := s.chosen(ctx, tx, a.CorpID, n, m)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			continue
		}
		node := newNode(n.Type, max(n.Rel, Together), list)
		node.Kind = kind
		o.Nodes = append(o.Nodes, node)
	}
	if current(o.Nodes) < 0 {
		o.Status = Passed
	}
	if err := insertOpen(tx, o); err != nil {
		return nil, err
	}
	return o, s.openMoved(ctx, tx, o, m.UserID)
}

// ActOpen does something to an approval of an application: approve, refuse, transfer, withdraw.
func (s *Service) ActOpen(ctx context.Context, tx *store.Tx, a app.App, thirdNo, name string, act Action) (*Open, error) {
	o, found, err := selectOpen(tx, a.CorpID, a.No, thirdNo)
	if err == nil && !found {
		err = ErrNoCase.With("审批申请不存在: %q", thirdNo)
	}
	if err != nil {
		return nil, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(a.CorpID), act.By)
	if err != nil {
		return nil, err
	}
	act.By = m.UserID
	if err := s.recipients(tx, a.CorpID, act.To); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"approve", "refuse", "transfer", "withdraw"}, name) {
		return nil, ErrParameter.With("there is no step %q of the approval engine", name)
	}
	// The engine's approvals move as the others do.
	c := &Case{CorpID: a.CorpID, SpNo: thirdNo, Status: o.Status, Body: Body{Creator: o.Creator, Nodes: o.Nodes}}
	if err := verbs[name].do(s, ctx, tx, c, act); err != nil {
		return nil, err
	}
	if o.Nodes, o.Status = c.Nodes, c.Status; o.Status == TakenBack {
		return nil, ErrParameter.With("the approval %q is over", thirdNo)
	}
	if o.Status == Pending && current(o.Nodes) < 0 {
		o.Status = Passed
	}
	if err := updateOpen(tx, o); err != nil {
		return nil, err
	}
	return o, s.openMoved(ctx, tx, o, act.By)
}

// openMoved tells the application, and those whose turn it is.
func (s *Service) openMoved(ctx context.Context, tx *store.Tx, o *Open, by id.UserID) error {
	if err := s.kinds.open.Record(ctx, tx, access.MemberOf(o.CorpID, by), OpenChangedEvent{ThirdNo: o.ThirdNo, Status: o.Status, App: o.App, o: o, s: s}); err != nil {
		return err
	}
	a, err := s.deps.Apps.AppNo(tx, o.App)
	if err != nil {
		return err
	}
	applicant, err := s.person(ctx, tx, o.CorpID, o.Creator)
	if err != nil {
		return err
	}
	text := "你的" + o.Name + "（" + o.ThirdNo + "）"
	switch o.Status {
	case Pending:
		return s.send(ctx, tx, a, by, notice{deciders(o.Nodes), applicant.Name + "的" + o.Name + "（" + o.ThirdNo + "）等待你处理"})
	case Passed:
		return s.send(ctx, tx, a, by, notice{[]id.UserID{o.Creator}, text + "已通过"})
	case Refused:
		return s.send(ctx, tx, a, by, notice{[]id.UserID{o.Creator}, text + "已驳回"})
	}
	return nil
}

// OpenChangedEvent is a change of an approval in an application, which alone is told (doc 90240).
type OpenChangedEvent struct {
	ThirdNo string
	Status  Status
	App     int64

	o *Open
	s *Service
}

// Subject names the approval.
func (e OpenChangedEvent) Subject() string { return e.ThirdNo }

// Receiver returns the application.
func (e OpenChangedEvent) Receiver() event.Receiver { return event.Receiver{App: e.App} }

// Push tells the application, if it may know (doc 90269).
func (e OpenChangedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if e.App != 0 && !hears(to.Caller) {
		return nil, nil
	}
	d, err := e.s.openInfo(tx, e.o)
	if err != nil {
		return nil, err
	}
	var f, info, nodes, told event.Fields
	f.Int("AgentID", to.AgentID)
	info.Text("ThirdNo", d.ThirdNo)
	info.Text("OpenSpName", d.Name)
	info.Text("OpenTemplateId", d.TemplateID)
	info.Int("OpenSpStatus", d.Status)
	info.Int("ApplyTime", d.At)
	info.Text("ApplyUserName", d.UserName)
	info.User("ApplyUserId", d.UserID)
	info.Text("ApplyUserParty", d.Party)
	info.Text("ApplyUserImage", d.Image)
	for _, n := range d.Nodes.List {
		var node, items event.Fields
		node.Int("NodeStatus", n.Status)
		node.Int("NodeAttr", n.Attr)
		node.Int("NodeType", n.Type)
		for _, i := range n.Items.List {
			var item event.Fields
			item.Text("ItemName", i.Name)
			item.User("ItemUserId", i.UserID)
			item.Text("ItemImage", i.Image)
			item.Int("ItemStatus", i.Status)
			item.Text("ItemSpeech", i.Speech)
			item.Int("ItemOpTime", i.At)
			items.Group("Item", item)
		}
		node.Group("Items", items)
		nodes.Group("ApprovalNode", node)
	}
	info.Group("ApprovalNodes", nodes)
	for _, i := range d.Notified.List {
		var item event.Fields
		item.Text("ItemName", i.Name)
		item.User("ItemUserId", i.UserID)
		item.Text("ItemImage", i.Image)
		told.Group("NotifyNode", item)
	}
	info.Group("NotifyNodes", told)
	info.Int("approverstep", e.o.step())
	f.Group("ApprovalInfo", info)
	return []event.Push{{Event: "open_approval_change", Fields: f}}, nil
}

// step is the place of the node whose turn it is, among those that decide (doc 90269). When all have decided
// it is the last one's.
func (o *Open) step() (n int64) {
	at := current(o.Nodes)
	for i, node := range o.Nodes {
		if node.Type == Approve && (at < 0 || i < at) {
			n++
		}
	}
	if at < 0 && n > 0 {
		n--
	}
	return n
}

func sampleOpen() *Open {
	named, told := newNode(Approve, AnyOne, []id.UserID{"lisi"}), newNode(Notify, 0, []id.UserID{"wangwu"})
	named.Kind = byName
	return &Open{ThirdNo: "A-1", OpenBody: OpenBody{TemplateID: "sampletemplate", Name: "付款", Status: Pending, At: 1735689600, Creator: "zhangsan", Nodes: []Node{named, told}}}
}

// openPeople returns the people of an approval, by their keys. Of a sample they are nobody.
func (s *Service) openPeople(tx *store.Tx, o *Open) (map[string]directory.Member, error) {
	out := map[string]directory.Member{}
	for _, u := range append([]id.UserID{o.Creator}, users(o.Nodes, Approve, Notify)...) {
		m := directory.Member{UserID: u, Name: string(u)}
		if o.CorpID != "" {
			var err error
			if m, err = s.person(tx.Context(), tx, o.CorpID, u); err != nil {
				return nil, err
			}
		}
		out[u.Key()] = m
	}
	return out, nil
}

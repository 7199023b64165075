package approval

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// permit is the permission by which a provider's application calls and is told (doc 99052).
const permit = "approval:base:base"

// systemAgent is the agentid of the approval application, which all samples of the callback have.
const systemAgent = 3010040

// kinds are the events of the room.
type kinds struct {
	changed *event.Kind[ChangedEvent]
	open    *event.Kind[OpenChangedEvent]
}

// hears reports whether an application is told of approvals: the approval application, those of the corp that
// are listed for it, and a provider's that have the permission (doc 91815).
func hears(to access.Caller) bool {
	if to.Kind.Installed() {
		return to.Granted(permit)
	}
	return to.Kind == access.Approval || to.MayCallOf(access.Approval)
}

func (s *Service) declare(l *event.Log) kinds {
	return kinds{
		changed: event.Declare(l, event.Declaration{
			Name: "sys_approval_change", Doc: 91815, Only: hears,
			Receivers: event.Receivers{access.Approval: event.Visible, access.SelfBuilt: event.Visible, access.Custom: event.Visible, access.ThirdParty: event.Visible},
			Callbacks: []string{"event/sys_approval_change"}, SuiteCallbacks: []string{"event/sys_approval_change"}, CorpForm: true,
		}, func() ChangedEvent {
			return ChangedEvent{SpNo: "202501010001", Change: Commented, c: sampleCase(), s: s}
		}),
		open: event.Declare(l, event.Declaration{Name: "open_approval_change", Doc: 90240}, func() OpenChangedEvent {
			return OpenChangedEvent{o: sampleOpen(), s: s}
		}),
	}
}

// sampleCase is the approval of a test of a callback.
func sampleCase() *Case {
	return &Case{SpNo: "202501010001", TemplateID: "3sampletemplate", Status: Pending, At: 1735689600, Department: 1, Body: Body{
		Names: inChinese("用车"), Creator: "zhangsan",
		Nodes:    []Node{newNode(Approve, AnyOne, []id.UserID{"lisi", "wangwu"}), newNode(Notify, 0, []id.UserID{"wangwu"})},
		Comments: []Comment{{UserID: "lisi", At: 1735689700, Content: "几点出发？", ID: "6000000000000000001"}},
	}}
}

// ChangedEvent is a change of an approval (doc 91815). Approvals of a third party's templates are its own; of
// all others the corp's applications are told.
type ChangedEvent struct {
	SpNo   string
	Status Status
	Change Change
	By     id.UserID

	c *Case
	s *Service
}

// Subject names the approval.
func (e ChangedEvent) Subject() string { return e.SpNo }

// Push tells an application that sees the applicant.
func (e ChangedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if e.Change == quiet || e.c.App != ownerOf(to.Caller) {
		return nil, nil
	}
	if e.c.No != 0 && !to.SeesAll() {
		seen, err := e.s.deps.Directory.VisibleMembers(tx, to.Caller, []string{string(e.c.Creator)})
		if err != nil || len(seen) == 0 {
			return nil, err
		}
	}
	agent := int64(systemAgent)
	if e.c.CorpID != "" {
		if a, found, err := e.s.own(tx, e.c.CorpID); err != nil {
			return nil, err
		} else if found {
			agent = a.AgentID
		}
	}
	var f event.Fields
	f.Int("AgentID", agent)
	f.Group("ApprovalInfo", e.info())
	return []event.Push{{Event: "sys_approval_change", Fields: f}}, nil
}

func (e ChangedEvent) info() (f event.Fields) {
	c := e.c
	f.Text("SpNoStr", c.SpNo)
	f.Bare("SpNo", c.SpNo)
	f.Text("SpName", c.Name())
	f.Int("SpStatus", int64(c.Status))
	f.Text("TemplateId", c.TemplateID)
	f.Int("ApplyTime", c.At)
	var g event.Fields
	g.User("UserId", c.Creator)
	g.Text("Party", strconv.FormatInt(c.Department, 10))
	f.Group("Applyer", g)
	for _, n := range c.Nodes {
		if n.Type == Approve {
			f.Group("SpRecord", n.record())
		}
	}
	for _, u := range users(c.Nodes, Notify) {
		f.Group("Notifyer", userID(u))
	}
	var list event.Fields
	for _, n := range c.Nodes {
		list.Group("NodeList", n.node())
	}
	f.Group("ProcessList", list)
	for _, m := range c.Comments {
		var g event.Fields
		g.Group("CommentUserInfo", userID(m.UserID))
		g.Int("CommentTime", m.At)
		g.Text("CommentContent", m.Content)
		g.Text("CommentId", m.ID)
		for _, id := range m.Media {
			g.Text("Attach", id)
		}
		f.Group("Comments", g)
	}
	f.Int("StatuChangeEvent", int64(e.Change))
	return f
}

func userID(u id.UserID) (f event.Fields) {
	f.User("UserId", u)
	return f
}

func (n Node) record() (f event.Fields) {
	f.Int("SpStatus", n.Status)
	f.Int("ApproverAttr", n.attr())
	for _, p := range n.People {
		var g event.Fields
		g.Group("Approver", userID(p.UserID))
		g.Text("Speech", p.Speech)
		g.Int("SpStatus", p.Status)
		g.Int("SpTime", p.At)
		for _, id := range p.Media {
			g.Text("Attach", id)
		}
		f.Group("Details", g)
	}
	return f
}

func (n Node) node() (f event.Fields) {
	f.Int("NodeType", n.Type)
	if n.Type != Notify {
		f.Int("SpStatus", n.Status)
		f.Int("ApvRel", n.Rel)
	}
	for _, p := range n.People {
		var g event.Fields
		g.Group("UserInfo", userID(p.UserID))
		if n.Type != Notify {
			g.Text("Speech", p.Speech)
			g.Int("SpYj", p.Status)
			g.Int("Sptime", p.At)
			for _, id := range p.Media {
				g.Text("MediaIds", id)
			}
		}
		f.Group("SubNodeList", g)
	}
	return f
}

// moved writes a changed approval, settles what hangs on it, and tells applications and people.
func (s *Service) moved(ctx context.Context, tx *store.Tx, c *Case, st step) error {
	if !st.first {
		if err := updateCase(tx, c); err != nil {
			return err
		}
	}
	if err := writeRoles(tx, c, st.before); err != nil {
		return err
	}
	if err := s.settle(ctx, tx, c); err != nil {
		return err
	}
	if st.past {
		return nil
	}
	if err := s.kinds.changed.Record(ctx, tx, access.MemberOf(c.CorpID, st.by), ChangedEvent{SpNo: c.SpNo, Status: c.Status, Change: st.change, By: st.by, c: c, s: s}); err != nil {
		return err
	}
	return s.notify(ctx, tx, c, st)
}

// settle lets go of the time and the leave of an approval that came to nothing, and lets others hear of it, or of
// one that has passed.
func (s *Service) settle(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	switch c.Status {
	case Refused, Withdrawn, TakenBack, Deleted:
		if err = deleteSpans(tx, c); err == nil {
			err = s.release(ctx, tx, c)
		}
	case Passed:
		err = s.credit(ctx, tx, c)
	default:
		return nil
	}
	for _, fn := range s.settled {
		if err == nil {
			err = fn(ctx, tx, c)
		}
	}
	return err
}

// notice is a message to people about an approval.
type notice struct {
	to   []id.UserID
	text string
}

// notices returns who is told what of a step. Nobody is told what they did.
func (s *Service) notices(c *Case, st step, who, applicant string) (out []notice) {
	name := c.Name()
	var lines []string
	for _, l := range c.Summary {
		if len(l.Info) > 0 {
			lines = append(lines, l.Info[0].Text)
		}
	}
	about := fmt.Sprintf("%s的%s（%s）", applicant, name, c.SpNo)
	summary := strings.Join(append([]string{""}, lines...), "\n")
	waiting := map[string]bool{}
	for _, r := range st.before {
		if r.role == deciding {
			waiting[r.user] = true
		}
	}
	var next []id.UserID
	if c.Status == Pending {
		for _, u := range deciders(c.Nodes) {
			if !waiting[u.Key()] || st.change == Urged {
				next = append(next, u)
			}
		}
	}
	if st.change == Urged {
		out = append(out, notice{next, "催办：" + about + "等待你处理" + summary})
	} else {
		out = append(out, notice{next, about + "等待你处理" + summary})
	}
	out = append(out, notice{st.told, "抄送：" + about + summary})
	opinion := ""
	if st.speech != "" {
		opinion = "：" + st.speech
	}
	mine := "你的" + name + "（" + c.SpNo + "）"
	switch {
	case st.change == Commented:
		out = append(out, notice{append([]id.UserID{c.Creator}, users(c.Nodes, Approve, Handle)...), who + "评论了" + about + opinion})
	case st.change == Agreed || st.change == Handled || st.change == AgreedAndAdded || st.change == Submitted:
		if c.Status == Passed {
			out = append(out, notice{[]id.UserID{c.Creator}, mine + "已通过" + opinion})
		}
	case st.change == Rejected:
		out = append(out, notice{[]id.UserID{c.Creator}, mine + "被" + who + "驳回" + opinion})
	case st.change == Cancelled || st.change == TookBack:
		out = append(out, notice{users(c.Nodes, Approve, Handle), who + "撤销了" + about})
	}
	return out
}

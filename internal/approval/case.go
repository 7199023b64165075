package approval

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Status is what became of an approval (doc 91983).
type Status int64

// The states of an approval.
const (
	Pending      Status = 1
	Passed       Status = 2
	Refused      Status = 3
	Withdrawn    Status = 4
	TakenBack    Status = 6 // withdrawn after it had passed
	Deleted      Status = 7
	Paid         Status = 10
	statusesText        = "1, 2, 3, 4, 6, 7 or 10"
)

func (v Status) known() bool {
	return slices.Contains([]Status{Pending, Passed, Refused, Withdrawn, TakenBack, Deleted, Paid}, v)
}

// Limits of an approval (doc 91853).
const (
	maxSummary     = 3
	maxSummaryText = 20 // characters
)

// Case is an approval: a form that a member submitted, and what people have decided on it.
type Case struct {
	No         int64
	CorpID     string
	SpNo       string
	TemplateID string
	App        int64 // the third party's application that the template is of, 0 for the corp's own
	Status     Status
	RecordType int64 // 1 leave, 2 correction of a check-in, 3 trip, 4 outing, 5 overtime
	At         int64 // Unix seconds
	Department int64
	Body

	version int64
}

// Body is the part of an approval that is stored as JSON.
type Body struct {
	Names    []form.Text    `json:"names"` // of the template, as they were
	Creator  id.UserID      `json:"creator"`
	Nodes    []Node         `json:"nodes"`
	Contents []form.Content `json:"contents"`
	Summary  []Summary      `json:"summary"`
	Comments []Comment      `json:"comments"`
	// Holds is the balance of leave that the approval uses.
	Holds []Hold `json:"holds"`
}

// Summary is a line that lists and messages show.
type Summary struct {
	Info []form.Text `json:"summary_info"`
}

// Comment is a remark (备注).
type Comment struct {
	UserID  id.UserID `json:"userid"`
	At      int64     `json:"at"` // Unix seconds
	Content string    `json:"content"`
	ID      string    `json:"id"`
	Media   []string  `json:"media"`
}

// Name is the name of the approval's template.
func (c *Case) Name() string { return form.First(c.Names) }

// Application is what is submitted.
type Application struct {
	Creator    id.UserID
	TemplateID string
	Department int64 // 0: the main one
	Contents   []form.Content
	Summary    []Summary
	// Nodes is the process; nil is the template's own.
	Nodes []Node
	// Chosen are the people of the template's nodes that the applicant chooses, in the order of the nodes.
	Chosen [][]id.UserID
	// ByMember marks one that the member submits in person, who may also use forms that the API may not.
	ByMember bool
	// At is when it was submitted, of one from before; nobody is told of that. It is now if it is zero.
	At time.Time
}

// Submit begins an approval (doc 91853). It answers ErrTemplate, ErrParameter for what does not fit the form,
// ErrNoAuth for an applicant out of the caller's range, ErrOverlap and ErrBalance.
func (s *Service) Submit(ctx context.Context, tx *store.Tx, by access.Caller, a Application) (*Case, error) {
	if err := s.switchedOn(tx, by.CorpID); err != nil {
		return nil, err
	}
	m, err := s.applicant(ctx, tx, by, a.Creator)
	if err != nil {
		return nil, err
	}
	t, err := s.visibleTemplate(tx, by, a.TemplateID)
	if err != nil {
		return nil, err
	}
	if t.RecordType == form.Punch && !a.ByMember {
		return nil, ErrParameter.With("%q (打卡补卡) cannot be submitted by the API", t.Name())
	}
	if a.Department == 0 {
		a.Department = m.MainDepartment
	} else if !slices.Contains(m.Departments(), a.Department) {
		return nil, ErrParameter.With("choose_department: the applicant is not in department %d", a.Department)
	}
	if err := checkSummary(a.Summary); err != nil {
		return nil, err
	}
	c := &Case{
		CorpID: by.CorpID, TemplateID: t.TemplateID, App: t.App, Status: Pending, RecordType: t.RecordType, At: a.when(tx), Department: a.Department,
		Body: Body{Names: t.Names, Creator: m.UserID, Summary: a.Summary},
	}
	if c.Contents, err = s.filled(ctx, tx, by, t, a.Contents); err != nil {
		return nil, err
	}
	if len(c.Summary) == 0 {
		c.Summary = summarised(c.Contents)
	}
	if c.Nodes = a.Nodes; a.Nodes == nil {
		if c.Nodes, err = s.flowOf(ctx, tx, by.CorpID, t, m, c, a.Chosen); err != nil {
			return nil, err
		}
	} else if err := s.checkNodes(tx, by.CorpID, c.Nodes); err != nil {
		return nil, err
	}
	return c, s.begin(ctx, tx, m, c, !a.At.IsZero())
}

// when is the time of an application in Unix seconds.
func (a Application) when(tx *store.Tx) int64 {
	if a.At.IsZero() {
		return tx.Now().Unix()
	}
	return a.At.Unix()
}

// begin writes a new approval and tells whom it concerns, unless it is one of the past.
func (s *Service) begin(ctx context.Context, tx *store.Tx, m directory.Member, c *Case, past bool) (err error) {
	spans := form.Spans(c.Contents)
	if err := s.checkOverlap(tx, c, spans); err != nil {
		return err
	}
	if !past {
		if err := s.mayPunch(ctx, tx, c); err != nil {
			return err
		}
	}
	if err := s.hold(tx, m, c, spans); err != nil {
		return err
	}
	if c.SpNo, err = nextNumber(tx, c.CorpID, c.At); err != nil {
		return err
	}
	told := pass(c.Nodes)
	if current(c.Nodes) < 0 {
		c.Status = Passed
	}
	if err := insertCase(tx, c); err != nil {
		return err
	}
	if err := s.files().KeepAll(tx, c.CorpID, c.No, c.Contents); err != nil {
		return err
	}
	if err := insertSpans(tx, c, spans); err != nil {
		return err
	}
	return s.moved(ctx, tx, c, step{change: Submitted, by: c.Creator, told: told, first: true, past: past})
}

// applicant returns the member who applies, whom the caller must see.
func (s *Service) applicant(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, error) {
	if user == "" {
		return directory.Member{}, ErrParameter.With("creator_userid is missing")
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(by.CorpID), user)
	if err != nil {
		return m, err
	}
	sees, err := s.deps.Directory.Sees(tx, by, m)
	if err == nil && (!sees || !m.Enabled) {
		err = ErrNoAuth.With("the applicant %q is outside the visible range, or disabled", user)
	}
	return m, err
}

// switchedOn answers ErrSwitchedOff where an administrator has disabled the approval application.
func (s *Service) switchedOn(tx *store.Tx, corpID string) error {
	a, found, err := s.own(tx, corpID)
	if err == nil && found && a.Disabled {
		err = ErrSwitchedOff
	}
	return err
}

func checkSummary(list []Summary) error {
	if len(list) > maxSummary {
		return ErrParameter.With("summary_list: %d lines, at most %d", len(list), maxSummary)
	}
	for i, line := range list {
		if len(line.Info) == 0 {
			return ErrParameter.With("summary_list[%d].summary_info is empty", i)
		}
		for _, t := range line.Info {
			if n := utf8.RuneCountInString(t.Text); n > maxSummaryText {
				return ErrParameter.With("summary_list[%d]: a text of %d characters, at most %d", i, n, maxSummaryText)
			}
			if t.Lang != "zh_CN" && t.Lang != "en" {
				return ErrParameter.With("summary_list[%d]: lang %q; zh_CN or en expected", i, t.Lang)
			}
		}
	}
	return nil
}

// summarised makes a summary of the first things that were filled in, as the client does.
func summarised(contents []form.Content) (out []Summary) {
	for _, c := range contents {
		text := ""
		switch v := c.Value; {
		case v.Text != nil:
			text = *v.Text
		case v.NewNumber != nil:
			text = *v.NewNumber
		case v.NewMoney != nil:
			text = *v.NewMoney
		case v.Selector != nil:
			var chosen []string
			for _, o := range v.Selector.Options {
				chosen = append(chosen, form.First(o.Value))
			}
			text = strings.Join(chosen, "、")
		case v.Vacation != nil:
			text = form.First(v.Vacation.Selector.Options[0].Value)
		}
		if text == "" {
			continue
		}
		line := []rune(form.First(c.Title) + "：" + strings.ReplaceAll(text, "\n", " "))
		out = append(out, Summary{form.In(string(line[:min(len(line), maxSummaryText)]))})
		if len(out) == maxSummary {
			break
		}
	}
	return out
}

// checkNodes checks a process that the caller has given.
func (s *Service) checkNodes(tx *store.Tx, corpID string, nodes []Node) error {
	if len(nodes) > mostNodes {
		return ErrParameter.With("process.node_list: %d nodes, at most %d", len(nodes), mostNodes)
	}
	deciding := 0
	for i, n := range nodes {
		switch {
		case n.Type < Approve || n.Type > Handle:
			return ErrParameter.With("process.node_list[%d].type: 1, 2 or 3 expected", i)
		case n.Type != Notify && (n.Rel < Together || n.Rel > InTurn):
			return ErrParameter.With("process.node_list[%d].apv_rel: 1, 2 or 3 expected", i)
		case len(n.People) == 0 || len(n.People) > mostNodeUsers:
			return ErrParameter.With("process.node_list[%d].userid: 1 to %d expected", i, mostNodeUsers)
		}
		if n.Type != Notify {
			deciding++
		}
	}
	if deciding == 0 {
		return ErrParameter.With("process.node_list: at least one node of type 1 or 3 expected")
	}
	all := users(nodes, Approve, Notify, Handle)
	known, err := s.deps.Directory.Named(tx, access.System(corpID), id.Texts(all))
	if err != nil {
		return err
	}
	for i := range nodes {
		for j := range nodes[i].People {
			p := &nodes[i].People[j]
			m, ok := known[p.UserID.Key()]
			if !ok {
				return directory.ErrMemberNotFound.With("process.node_list[%d].userid: %q", i, p.UserID)
			}
			p.UserID = m.UserID
		}
	}
	return nil
}

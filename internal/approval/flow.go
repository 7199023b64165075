package approval

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Flow is the process of a template, as an administrator sets it: the nodes of the first branch whose
// conditions hold, or the other ones.
type Flow struct {
	Branches []Branch   `json:"branches"`
	Nodes    []FlowNode `json:"nodes"`
}

// Branch is a process for approvals that meet all conditions.
type Branch struct {
	When  []Condition `json:"when"`
	Nodes []FlowNode  `json:"nodes"`
}

// Condition compares what was filled in. ID is that of a control (a Selector, Number, Money or Formula, or the
// days of a DateRange, Attendance or Vacation), "department" or "creator".
type Condition struct {
	ID     string   `json:"id"`
	Op     string   `json:"op"` // in, lt, le, gt, ge
	Values []string `json:"values"`
}

// FlowNode chooses the people of a node: those named, the carriers of a tag, the applicant's superior of a
// level (1 is the next), or whom the applicant chooses.
type FlowNode struct {
	Type   int64       `json:"type"`
	Rel    int64       `json:"rel"`
	Users  []id.UserID `json:"users"`
	Tag    int64       `json:"tag,omitempty"`
	Leader int64       `json:"leader,omitempty"`
	Choose bool        `json:"choose,omitempty"`
}

// mostBranches is ours.
const mostBranches = 50

func (f Flow) empty() bool { return len(f.Nodes) == 0 && len(f.Branches) == 0 }

// Users are the members whom the process names, each once.
func (f Flow) Users() (out []id.UserID) {
	nodes := slices.Clone(f.Nodes)
	for _, b := range f.Branches {
		nodes = append(nodes, b.Nodes...)
	}
	for _, n := range nodes {
		for _, u := range n.Users {
			if !slices.ContainsFunc(out, u.Equal) {
				out = append(out, u)
			}
		}
	}
	return out
}

// usualFlow is the process of a new template: the applicant's superior decides.
func usualFlow() Flow { return Flow{Nodes: []FlowNode{{Type: Approve, Rel: AnyOne, Leader: 1}}} }

// SetFlow gives a template of the corp a process.
func (s *Service) SetFlow(tx *store.Tx, by access.Caller, templateID string, f Flow) error {
	t, err := s.visibleTemplate(tx, by, templateID)
	if err != nil {
		return err
	}
	if len(f.Branches) > mostBranches {
		return ErrParameter.With("process.branches: %d, at most %d", len(f.Branches), mostBranches)
	}
	for _, b := range append([]Branch{{Nodes: f.Nodes}}, f.Branches...) {
		for _, w := range b.When {
			if !slices.Contains([]string{"", "in", "lt", "le", "gt", "ge"}, w.Op) || w.ID == "" || len(w.Values) == 0 {
				return ErrParameter.With("process: a condition has an id, an op (in, lt, le, gt or ge) and values")
			}
		}
		if len(b.Nodes) > mostNodes {
			return ErrParameter.With("process: %d nodes, at most %d", len(b.Nodes), mostNodes)
		}
		for i, n := range b.Nodes {
			switch {
			case n.Type < Approve || n.Type > Handle:
				return ErrParameter.With("process: node %d: type 1, 2 or 3 expected", i)
			case n.Rel < 0 || n.Rel > InTurn:
				return ErrParameter.With("process: node %d: rel 1, 2 or 3 expected", i)
			}
			if err := s.recipients(tx, by.CorpID, n.Users); err != nil {
				return err
			}
		}
	}
	t.Flow = f
	return updateTemplate(tx, t)
}

// nodesFor returns the nodes of the first branch whose conditions hold, or the other ones.
func (f Flow) nodesFor(m directory.Member, c *Case) []FlowNode {
	for _, b := range f.Branches {
		if !slices.ContainsFunc(b.When, func(w Condition) bool { return !w.holds(m, c) }) {
			return b.Nodes
		}
	}
	return f.Nodes
}

// flowOf returns the process that an approval takes by its template. Chosen are the people of the nodes that the
// applicant chooses, in order. Nodes with nobody in them are left out: the platform lets such a node pass, or
// hands it to an administrator, as is set; we let it pass.
func (s *Service) flowOf(ctx context.Context, tx *store.Tx, corpID string, t *Template, m directory.Member, c *Case, chosen [][]id.UserID) (out []Node, err error) {
	for _, n := range t.Flow.nodesFor(m, c) {
		if n.Choose {
			if len(chosen) == 0 || len(chosen[0]) == 0 {
				return nil, ErrParameter.With("use_template_approver: the process of %q has a node whose people the applicant chooses", t.Name())
			}
			n.Users, chosen = chosen[0], chosen[1:]
			if err := s.recipients(tx, corpID, n.Users); err != nil {
				return nil, err
			}
		}
		list, kind, err := s.chosen(ctx, tx, corpID, n, m)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			continue
		}
		node := newNode(n.Type, n.Rel, list)
		if node.Rel == 0 {
			node.Rel = AnyOne
		}
		node.Kind = kind
		out = append(out, node)
	}
	return out, nil
}

// Outline returns the process that an application would take, as far as what is filled in says: the nodes with
// the people that are found, and those for which the applicant chooses.
func (s *Service) Outline(ctx context.Context, tx *store.Tx, by access.Caller, a Application) (out []FlowNode, err error) {
	m, err := s.applicant(ctx, tx, by, a.Creator)
	if err != nil {
		return nil, err
	}
	t, err := s.visibleTemplate(tx, by, a.TemplateID)
	if err != nil {
		return nil, err
	}
	if a.Department == 0 {
		a.Department = m.MainDepartment
	}
	c := &Case{Department: a.Department, Body: Body{Creator: m.UserID, Contents: a.Contents}}
	for _, n := range t.Flow.nodesFor(m, c) {
		if n.Choose {
			out = append(out, FlowNode{Type: n.Type, Rel: n.Rel, Choose: true})
			continue
		}
		list, _, err := s.chosen(ctx, tx, by.CorpID, n, m)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			out = append(out, FlowNode{Type: n.Type, Rel: n.Rel, Users: list})
		}
	}
	return out, nil
}

// The ways in which a node's people are chosen, as the approval engine numbers them (doc 90269).
const (
	byName   int64 = 1
	byTag    int64 = 2
	byLeader int64 = 3
)

// chosen returns the people of a node for an applicant.
func (s *Service) chosen(ctx context.Context, tx *store.Tx, corpID string, n FlowNode, m directory.Member) ([]id.UserID, int64, error) {
	switch {
	case n.Tag != 0:
		numbers, err := s.deps.Directory.Audience(tx, corpID, access.Range{Tags: []int64{n.Tag}}, 0, math.MaxInt64, mostNodeUsers)
		if err != nil {
			return nil, byTag, err
		}
		known, err := s.deps.Directory.NumberedMembers(tx, corpID, numbers)
		var out []id.UserID
		for _, no := range numbers {
			out = append(out, known[no])
		}
		return out, byTag, err
	case n.Leader > 0:
		u, err := s.leader(ctx, tx, corpID, m, n.Leader)
		if u == "" || err != nil {
			return nil, byLeader, err
		}
		return []id.UserID{u}, byLeader, nil
	}
	known, err := s.deps.Directory.Named(tx, access.System(corpID), id.Texts(n.Users))
	var out []id.UserID
	for _, u := range n.Users {
		if k, ok := known[u.Key()]; ok {
			out = append(out, k.UserID)
		}
	}
	return out, byName, err
}

// leader returns the superior of a member at a level, empty if there is none: the direct leader, or else a
// leader of the main department or of one above it.
func (s *Service) leader(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, level int64) (id.UserID, error) {
	seen := map[string]bool{m.UserID.Key(): true}
	for range level {
		next, err := s.superior(ctx, tx, corpID, m, seen)
		if err != nil || next == "" {
			return "", err
		}
		seen[next.Key()] = true
		m, err = s.deps.Directory.Member(ctx, tx, access.System(corpID), next)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
	return m.UserID, nil
}

func (s *Service) superior(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, seen map[string]bool) (id.UserID, error) {
	if m.DirectLeader != "" && !seen[m.DirectLeader.Key()] {
		return m.DirectLeader, nil
	}
	line, err := s.deps.Directory.Line(tx, corpID, m.MainDepartment)
	if err != nil {
		return "", err
	}
	for _, d := range line {
		d, err := s.deps.Directory.Department(ctx, tx, access.System(corpID), d.ID)
		if err != nil {
			return "", err
		}
		for _, l := range d.Leaders {
			if !seen[l.Key()] {
				return l, nil
			}
		}
	}
	return "", nil
}

// holds reports whether an approval meets the condition.
func (w Condition) holds(m directory.Member, c *Case) bool {
	var has []string
	switch w.ID {
	case "department":
		has = []string{strconv.FormatInt(c.Department, 10)}
	case "creator":
		return slices.ContainsFunc(w.Values, func(v string) bool { return m.UserID.Equal(id.UserID(v)) })
	default:
		i := slices.IndexFunc(c.Contents, func(f form.Content) bool { return f.ID == w.ID })
		if i >= 0 {
			has = comparable(c.Contents[i].Value)
		}
	}
	if w.Op == "in" || w.Op == "" {
		return slices.ContainsFunc(has, func(v string) bool { return slices.Contains(w.Values, v) })
	}
	if len(has) == 0 || len(w.Values) == 0 {
		return false
	}
	a, err := strconv.ParseFloat(has[0], 64)
	b, err2 := strconv.ParseFloat(w.Values[0], 64)
	if err != nil || err2 != nil {
		return false
	}
	return map[string]bool{"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[w.Op]
}

// comparable returns what a condition compares: the keys of options, a number, or a duration in days.
func comparable(v form.Value) (out []string) {
	days := func(seconds int64) []string {
		return []string{strconv.FormatFloat(float64(seconds)/86400, 'f', -1, 64)}
	}
	switch {
	case v.Selector != nil:
		for _, o := range v.Selector.Options {
			out = append(out, o.Key)
		}
	case v.NewNumber != nil:
		out = []string{*v.NewNumber}
	case v.NewMoney != nil:
		out = []string{*v.NewMoney}
	case v.Formula != nil:
		out = []string{v.Formula.Value}
	case v.DateRange != nil:
		out = days(v.DateRange.Duration)
	case v.Attendance != nil:
		out = days(v.Attendance.DateRange.Duration)
	case v.Vacation != nil:
		out = days(v.Vacation.Attendance.DateRange.Duration)
	}
	return out
}

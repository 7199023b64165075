package strategy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Group is a strategy group. It belongs to the application that made it.
type Group struct {
	No         int64
	Family     Family
	StrategyID int64
	App        int64
	Parent     int64 // strategy_id of the group above, 0 if there is none
	Name       string
	Admins     []int64 // our numbers
	Privilege  string  // JSON; of the topmost group, which those below share
	CreatedAt  time.Time
}

// The kinds of node (doc 94883).
const (
	aMember     = 1
	aDepartment = 2
)

// Node is a member or a department in the range of a group.
type Node struct {
	Kind       int64
	UserID     id.UserID
	Department int64
}

// Limits of groups (doc 94883, 94890).
const (
	maxAdmins = 20
	maxGiven  = 100 // nodes in a call, of customer contact
	maxNodes  = 3000
	maxLevels = 5
	maxPage   = 1000
	maxName   = 64 // characters; unverified
)

// Change is what a call writes of a group. What is nil stays.
type Change struct {
	Name        *string
	Admins      []id.UserID
	Privilege   *string
	Add, Remove []Node
}

// group returns a group of the caller's application; the corp itself sees all. It answers ErrNotFound.
func (s *Service) group(tx *store.Tx, by access.Caller, f Family, strategyID int64) (Group, error) {
	list, err := selectGroups(tx, `corpid = ? AND family = ? AND strategy_id = ?`, by.CorpID, string(f), strategyID)
	if err != nil {
		return Group{}, err
	}
	if len(list) == 0 || (!by.OfCorp() && list[0].App != by.App) {
		return Group{}, ErrNotFound
	}
	return list[0], nil
}

// above returns the groups from g up to the topmost one.
func (s *Service) above(tx *store.Tx, corpID string, g Group) ([]Group, error) {
	out := []Group{g}
	for out[len(out)-1].Parent != 0 && len(out) < maxLevels {
		list, err := selectGroups(tx, `corpid = ? AND family = ? AND strategy_id = ?`, corpID, string(g.Family), out[len(out)-1].Parent)
		if err != nil || len(list) == 0 {
			return out, err
		}
		out = append(out, list[0])
	}
	return out, nil
}

// Create makes a group, below a parent unless that is 0. It answers 40058 for what is missing or too much and
// for a range that is not within the parent's, and 60111 and 60011 for people who are unknown or out of range.
// Doc 94883.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, f Family, parent int64, c Change) (int64, error) {
	switch {
	case c.Name == nil:
		return 0, wire.ErrParameter.With("strategy_name expected")
	case len(c.Admins) == 0:
		return 0, wire.ErrParameter.With("admin_list expected")
	case len(c.Add) == 0:
		return 0, wire.ErrParameter.With("range expected")
	}
	g := Group{Family: f, App: by.App, Parent: parent, CreatedAt: tx.Now()}
	var err error
	if g.StrategyID, err = nextID(tx, by.CorpID, f, 1); err != nil {
		return 0, err
	}
	if parent != 0 {
		p, err := s.group(tx, by, f, parent)
		if err != nil {
			return 0, err
		}
		levels, err := s.above(tx, by.CorpID, p)
		if err != nil {
			return 0, err
		}
		if len(levels) >= maxLevels {
			return 0, wire.ErrParameter.With("parent_id: at most %d levels", maxLevels)
		}
	}
	if err := s.apply(ctx, tx, by, &g, c); err != nil {
		return 0, err
	}
	if g.No, err = insertGroup(tx, by.CorpID, g); err != nil {
		return 0, err
	}
	return g.StrategyID, s.nodes(ctx, tx, by, g, c)
}

// Edit changes a group. Doc 94883.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, by access.Caller, f Family, strategyID int64, c Change) error {
	if _, err := nextID(tx, by.CorpID, f, 0); err != nil {
		return err
	}
	g, err := s.group(tx, by, f, strategyID)
	if err != nil {
		return err
	}
	if err := s.apply(ctx, tx, by, &g, c); err != nil {
		return err
	}
	if err := updateGroup(tx, by.CorpID, g); err != nil {
		return err
	}
	return s.nodes(ctx, tx, by, g, c)
}

// apply changes all but the range.
func (s *Service) apply(ctx context.Context, tx *store.Tx, by access.Caller, g *Group, c Change) error {
	if c.Name != nil {
		if n := utf8.RuneCountInString(*c.Name); strings.TrimSpace(*c.Name) == "" || n > maxName {
			return wire.ErrParameter.With("strategy_name: 1 to %d characters expected, %d given", maxName, n)
		}
		g.Name = *c.Name
	}
	if len(c.Admins) > 0 {
		admins, err := s.admins(ctx, tx, by, c.Admins)
		if err != nil {
			return err
		}
		g.Admins = admins
	}
	if c.Privilege != nil && g.Parent == 0 { // those below have the topmost group's
		g.Privilege = *c.Privilege
	}
	return nil
}

func (s *Service) admins(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID) (out []int64, err error) {
	if len(users) > maxAdmins {
		return nil, wire.ErrParameter.With("admin_list: at most %d, %d given", maxAdmins, len(users))
	}
	for _, u := range users {
		m, err := s.deps.Directory.Member(ctx, tx, by, u)
		if err != nil {
			return nil, err
		}
		a, is, err := s.deps.Admins.Of(tx, by.CorpID, m)
		if err != nil {
			return nil, err
		}
		if is && a.Role == admin.Super {
			return nil, wire.ErrParameter.With("admin_list: %q is a super administrator", m.UserID)
		}
		if !slices.Contains(out, m.No) {
			out = append(out, m.No)
		}
	}
	return out, nil
}

// nodes changes the range of a group and looks at what it has become.
func (s *Service) nodes(ctx context.Context, tx *store.Tx, by access.Caller, g Group, c Change) error {
	if len(c.Add)+len(c.Remove) == 0 {
		return nil
	}
	if given := max(len(c.Add), len(c.Remove)); g.Family == Customers && given > maxGiven || given > maxNodes {
		return wire.ErrParameter.With("range: at most %d nodes in a call, %d given", maxGiven, given)
	}
	add, err := s.found(ctx, tx, by, c.Add)
	if err != nil {
		return err
	}
	remove, err := s.found(ctx, tx, by, c.Remove)
	if err != nil {
		return err
	}
	if err := insertNodes(tx, by.CorpID, g.No, add); err != nil {
		return err
	}
	if err := deleteNodes(tx, by.CorpID, g.No, remove); err != nil {
		return err
	}
	now, err := selectNodes(tx, by.CorpID, g.No, node{}, maxNodes+1)
	switch {
	case err != nil:
		return err
	case len(now) == 0:
		return wire.ErrParameter.With("range: nobody would be left")
	case len(now) > maxNodes:
		return wire.ErrParameter.With("range: at most %d nodes", maxNodes)
	}
	if g.Parent != 0 {
		p, err := s.group(tx, by, g.Family, g.Parent)
		if err != nil {
			return err
		}
		if err := s.within(tx, by.CorpID, p, add, "range: %s is not within the range of the parent"); err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	children, err := selectGroups(tx, `corpid = ? AND family = ? AND parent = ? ORDER BY no`, by.CorpID, string(g.Family), g.StrategyID)
	if err != nil {
		return err
	}
	for _, child := range children {
		nodes, err := selectNodes(tx, by.CorpID, child.No, node{}, maxNodes)
		if err != nil {
			return err
		}
		if err := s.within(tx, by.CorpID, g, nodes, fmt.Sprintf("range_del: group %d has %%s", child.StrategyID)); err != nil {
			return err
		}
	}
	return nil
}

// found returns nodes that the caller sees.
func (s *Service) found(ctx context.Context, tx *store.Tx, by access.Caller, given []Node) (out []node, err error) {
	var departments []int64
	for i, n := range given {
		switch n.Kind {
		case aMember:
			m, err := s.deps.Directory.Member(ctx, tx, by, n.UserID)
			if err != nil {
				return nil, err
			}
			out = append(out, node{aMember, m.No})
		case aDepartment:
			departments = append(departments, n.Department)
		default:
			return nil, wire.ErrParameter.With("range[%d].type: 1 or 2 expected, %d given", i, n.Kind)
		}
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, departments)
	for _, d := range departments {
		if !seen[d] && err == nil {
			return nil, wire.ErrNoPrivilege.With("department %d is outside the visible range", d)
		}
		out = append(out, node{aDepartment, d})
	}
	return out, err
}

// rangeOf returns the members and departments of a group as a range.
func (s *Service) rangeOf(tx *store.Tx, corpID string, g Group) (r access.Range, err error) {
	nodes, err := selectNodes(tx, corpID, g.No, node{}, maxNodes)
	if err != nil {
		return r, err
	}
	var members []int64
	for _, n := range nodes {
		if n.Kind == aDepartment {
			r.Departments = append(r.Departments, n.Node)
		} else {
			members = append(members, n.Node)
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	for _, no := range members {
		if u, ok := users[no]; ok {
			r.Members = append(r.Members, u)
		}
	}
	return r, err
}

// within refuses nodes that are not in the range of a group. Members and departments that are gone do not count.
func (s *Service) within(tx *store.Tx, corpID string, g Group, nodes []node, format string) error {
	r, err := s.rangeOf(tx, corpID, g)
	if err != nil {
		return err
	}
	var members, departments []int64
	for _, n := range nodes {
		if n.Kind == aMember {
			members = append(members, n.Node)
		} else {
			departments = append(departments, n.Node)
		}
	}
	in, err := s.deps.Directory.Within(tx, corpID, r, members)
	if err != nil {
		return err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	if err != nil {
		return err
	}
	for _, no := range members {
		if u, there := users[no]; there && !slices.Contains(in, no) {
			return wire.ErrParameter.With(strings.ReplaceAll(format, "%s", "%q"), u)
		}
	}
	there, err := s.deps.Directory.VisibleDepartments(tx, access.System(corpID), departments)
	if err != nil {
		return err
	}
	inside, err := s.deps.Directory.VisibleDepartments(tx, access.System(corpID).Within(r), departments)
	for _, d := range departments {
		if err == nil && there[d] && !inside[d] {
			return wire.ErrParameter.With(format, fmt.Sprintf("department %d", d))
		}
	}
	return err
}

// Delete deletes a group and what belongs to it. One with groups below it stays: what the platform does then is
// not known. Doc 94883.
func (s *Service) Delete(ctx context.Context, tx *store.Tx, by access.Caller, f Family, strategyID int64) error {
	if _, err := nextID(tx, by.CorpID, f, 0); err != nil {
		return err
	}
	g, err := s.group(tx, by, f, strategyID)
	if err != nil {
		return err
	}
	n, err := tx.Count(`SELECT count(*) FROM strategy WHERE corpid = ? AND family = ? AND parent = ?`, by.CorpID, string(f), strategyID)
	if err != nil {
		return err
	}
	if n > 0 {
		return wire.ErrParameter.With("strategy_id: %d groups are below it", n)
	}
	if f == Customers {
		for _, fn := range s.deleted {
			if err := fn(ctx, tx, by, strategyID); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec(`DELETE FROM strategy WHERE corpid = ? AND no = ?`, by.CorpID, g.No)
	return err
}

// Topmost answers ErrNotFound if the caller's application has no group of customer contact with the id, and
// 40058 if there is one above it: tags are given to topmost groups alone (doc 94882).
func (s *Service) Topmost(tx *store.Tx, by access.Caller, strategyID int64) error {
	g, err := s.group(tx, by, Customers, strategyID)
	if err == nil && g.Parent != 0 {
		err = wire.ErrParameter.With("strategy_id: tags are added to topmost groups alone")
	}
	return err
}

// Owner returns which application made a group of customer contact; found is false for one that is not there.
func (s *Service) Owner(tx *store.Tx, corpID string, strategyID int64) (app int64, found bool, err error) {
	list, err := selectGroups(tx, `corpid = ? AND family = ? AND strategy_id = ?`, corpID, string(Customers), strategyID)
	if err != nil || len(list) == 0 {
		return 0, false, err
	}
	return list[0].App, true, nil
}

// Covers reports whether a member, by number, is in the range of a group of customer contact.
func (s *Service) Covers(tx *store.Tx, corpID string, strategyID, member int64) (bool, error) {
	list, err := selectGroups(tx, `corpid = ? AND family = ? AND strategy_id = ?`, corpID, string(Customers), strategyID)
	if err != nil || len(list) == 0 {
		return false, err
	}
	r, err := s.rangeOf(tx, corpID, list[0])
	if err != nil {
		return false, err
	}
	in, err := s.deps.Directory.Within(tx, corpID, r, []int64{member})
	return len(in) > 0, err
}

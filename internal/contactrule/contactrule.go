// Package contactrule has the rules by which members do not see each other in the address book (通讯录查看权限). It
// serves /cgi-bin/contactrule/ (doc 101536 and neighbours) and tells the phone whom a member sees. Applications see
// their range, whatever the rules say.
package contactrule

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Directory *directory.Service
}

// Service keeps rules.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// The types of rules.
const (
	hides    = 1 // from everybody but the whitelist
	ownOnly  = 2 // shows members their own departments and the whitelist
	showsNil = 3 // shows members the whitelist alone
)

// Rule is a rule.
type Rule struct {
	No    int64 `json:"-"`
	Type  int64 `json:"-"`
	Range access.Range
	// White is who sees the hidden all the same, or whom the limited see all the same.
	White access.Range `json:",omitzero"`
	// Exclude is for whom a limit is none.
	Exclude access.Range `json:",omitzero"`
	Search  bool         `json:",omitempty"` // the limited find others by their names
	Talk    bool         `json:",omitempty"` // and may write to them; kept only, as nobody writes from the address book here
}

// Limits of rules, as clients of the platform name them.
const (
	maxRules       = 100
	maxMembers     = 1000
	maxDepartments = 100
	maxTags        = 100
)

// check checks the ranges of a rule.
func (s *Service) check(tx *store.Tx, by access.Caller, r Rule) error {
	if r.Type < hides || r.Type > showsNil {
		return wire.ErrParameter.With("rules.rule_type: 1, 2 or 3 expected")
	}
	if r.Range.Empty() {
		return wire.ErrParameter.With("rules.range: members, departments or tags expected")
	}
	all := access.System(by.CorpID)
	tags, err := s.deps.Directory.Tags(tx.Context(), tx, all)
	if err != nil {
		return err
	}
	for _, one := range []access.Range{r.Range, r.White, r.Exclude} {
		if len(one.Members) > maxMembers || len(one.Departments) > maxDepartments || len(one.Tags) > maxTags {
			return wire.ErrParameter.With("rules: at most %d members, %d departments and %d tags in a range", maxMembers, maxDepartments, maxTags)
		}
		users, err := s.deps.Directory.VisibleMembers(tx, all, id.Texts(one.Members))
		if err != nil {
			return err
		}
		for _, u := range one.Members {
			if users[u.Key()] == 0 {
				return directory.ErrMemberNotFound.With("rules: %q", u)
			}
		}
		departments, err := s.deps.Directory.VisibleDepartments(tx, all, one.Departments)
		if err != nil {
			return err
		}
		for _, d := range one.Departments {
			if !departments[d] {
				return directory.ErrDepartmentNotFound.With("rules: %d", d)
			}
		}
		for _, t := range one.Tags {
			if !slices.ContainsFunc(tags, func(k directory.Tag) bool { return k.ID == t }) {
				return wire.ErrParameter.With("rules: there is no tag %d", t)
			}
		}
	}
	return nil
}

// Create adds rules, all or none, and returns their numbers.
func (s *Service) Create(tx *store.Tx, by access.Caller, list []Rule) (numbers []int64, err error) {
	if err := several(len(list)); err != nil {
		return nil, err
	}
	for _, r := range list {
		if err := s.check(tx, by, r); err != nil {
			return nil, err
		}
		no, err := insertRule(tx, by.CorpID, r)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, no)
	}
	return numbers, nil
}

func several(n int) error {
	if n == 0 {
		return wire.ErrEmpty.With("the list is missing")
	}
	if n > maxRules {
		return wire.ErrParameter.With("at most %d rules", maxRules)
	}
	return nil
}

// Update replaces rules, all or none. The type of a rule stays.
func (s *Service) Update(tx *store.Tx, by access.Caller, list []Rule) error {
	if err := several(len(list)); err != nil {
		return err
	}
	for _, r := range list {
		old, err := s.existing(tx, by.CorpID, r.No)
		if err != nil {
			return err
		}
		if r.Type != 0 && r.Type != old.Type {
			return wire.ErrParameter.With("rules.rule_type: that of a rule stays, here %d", old.Type)
		}
		r.Type = old.Type
		if err := s.check(tx, by, r); err != nil {
			return err
		}
		if err := updateRule(tx, by.CorpID, r); err != nil {
			return err
		}
	}
	return nil
}

// Delete deletes rules, all or none.
func (s *Service) Delete(tx *store.Tx, by access.Caller, numbers []int64) error {
	if err := several(len(numbers)); err != nil {
		return err
	}
	for _, no := range numbers {
		if _, err := s.existing(tx, by.CorpID, no); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM contact_rule WHERE no = ? AND corpid = ?`, no, by.CorpID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) existing(tx *store.Tx, corpID string, no int64) (Rule, error) {
	list, err := selectRules(tx, `no = ? AND corpid = ?`, no, corpID)
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("rule_id: there is no rule %d", no)
	}
	if err != nil {
		return Rule{}, err
	}
	return list[0], nil
}

// Sight is whom a member sees in the address book.
type Sight struct {
	By     access.Caller // limited to whom the member sees
	Hidden access.Range  // who are left out of that
	Self   int64         // the member, who is always seen
}

// Sight returns whom a member sees, or finds if searching. Where several rules limit a member, the strictest type
// counts, and all of its whitelists.
func (s *Service) Sight(tx *store.Tx, corpID string, m directory.Member, searching bool) (Sight, error) {
	out := Sight{By: access.System(corpID), Self: m.No}
	rules, err := selectRules(tx, `corpid = ? ORDER BY no`, corpID)
	if err != nil {
		return out, err
	}
	in := func(r access.Range) bool {
		found := false
		if err == nil && !r.Empty() {
			found, err = s.deps.Directory.InRange(tx, corpID, r, m)
		}
		return found
	}
	strictest, seen := int64(0), access.Range{Members: []id.UserID{m.UserID}}
	for _, r := range rules {
		switch {
		case r.Type == hides:
			if !in(r.White) {
				out.Hidden = union(out.Hidden, r.Range)
			}
		case searching && r.Search, !in(r.Range), in(r.Exclude), r.Type < strictest:
		default:
			if r.Type > strictest {
				strictest, seen = r.Type, access.Range{Members: []id.UserID{m.UserID}}
			}
			seen = union(seen, r.White)
		}
	}
	if strictest == ownOnly {
		seen.Departments = append(seen.Departments, m.Departments()...)
	}
	if strictest != 0 {
		out.By = out.By.Within(seen)
	}
	return out, err
}

func union(a, b access.Range) access.Range {
	return access.Range{Departments: slices.Concat(a.Departments, b.Departments), Members: slices.Concat(a.Members, b.Members), Tags: slices.Concat(a.Tags, b.Tags)}
}

// Sees reports whether a member with this sight sees another.
func (s *Service) Sees(tx *store.Tx, v Sight, m directory.Member) (bool, error) {
	if m.No == v.Self {
		return true, nil
	}
	if !v.Hidden.Empty() {
		if hidden, err := s.deps.Directory.InRange(tx, v.By.CorpID, v.Hidden, m); err != nil || hidden {
			return false, err
		}
	}
	return s.deps.Directory.Sees(tx, v.By, m)
}

// Departments returns which of the departments are shown: those that are not hidden and in which, or below which,
// somebody may be seen.
func (s *Service) Departments(tx *store.Tx, v Sight, list []directory.Department) ([]directory.Department, error) {
	shown := map[int64]bool{}
	if !v.By.SeesAll() {
		for _, d := range v.By.Range.Departments {
			path, _, err := s.deps.Directory.Around(tx, v.By.CorpID, d)
			if err != nil {
				return nil, err
			}
			for _, p := range path {
				shown[p.ID] = true
			}
		}
	}
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	within, err := s.deps.Directory.VisibleDepartments(tx, v.By, ids)
	if err != nil {
		return nil, err
	}
	hidden := map[int64]bool{}
	if len(v.Hidden.Departments) > 0 {
		if hidden, err = s.deps.Directory.VisibleDepartments(tx, access.System(v.By.CorpID).Within(access.Range{Departments: v.Hidden.Departments}), ids); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(d directory.Department) bool { return hidden[d.ID] || !within[d.ID] && !shown[d.ID] }), nil
}

// renameMember lets rules follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	rules, err := selectRules(tx, `corpid = ? AND lower(body) `+store.Like, by.CorpID, store.Pattern("", `"`+e.UserID.Key()+`"`, ""))
	if err != nil {
		return err
	}
	for _, r := range rules {
		for _, list := range [][]id.UserID{r.Range.Members, r.White.Members, r.Exclude.Members} {
			for i := range list {
				if list[i].Equal(e.UserID) {
					list[i] = e.NewUserID
				}
			}
		}
		if err := updateRule(tx, by.CorpID, r); err != nil {
			return err
		}
	}
	return nil
}

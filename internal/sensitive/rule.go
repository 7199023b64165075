package sensitive

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Rule says what members may not write to customers. It belongs to the application that made it.
type Rule struct {
	No          int64
	App         int64
	Name        string
	Words       []string
	Semantics   []int64 // telephone numbers, addresses of mail, red packets
	Kind        int64   // intercepts or warns
	Departments []int64
	CreatedAt   time.Time
	Deleted     bool
}

// What a rule does, and what it looks for besides words (doc 95097).
const (
	intercepts = 1
	warns      = 2

	telephone = 1
	mail      = 2
	redPacket = 3
)

// Limits of rules; characters where a length is meant (doc 95097).
const (
	maxRules   = 100
	maxName    = 20
	maxWords   = 300
	maxWord    = 32
	maxNodes   = 1000   // members, and departments, in a request
	maxMembers = 10_000 // of a rule
)

// Errors of rules (doc 90313).
var (
	ErrWords     = wire.Code(41068, "sensitive-word list too long")
	ErrRules     = wire.Code(41069, "too many sensitive-word rules")
	ErrRuleID    = wire.Code(41070, "sensitive-word rule id not found")
	ErrDeleted   = wire.Code(41071, "sensitive-word rule already deleted")
	ErrRange     = wire.Code(41076, "sensitive-word rule covers too many members")
	ErrNameTaken = wire.Code(41077, "sensitive-word rule name existed")
	ErrWord      = wire.Code(41083, "invalid sensitive-word keyword")
	ErrSemantics = wire.Code(41084, "invalid sensitive-word semantic rule")
)

func (r Rule) valid() error {
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > maxName {
		return wire.ErrParameter.With("rule_name: 1 to %d characters expected, %d given", maxName, n)
	}
	if len(r.Words) == 0 {
		return ErrWord.With("word_list: one or more expected")
	}
	if len(r.Words) > maxWords {
		return ErrWords.With("at most %d words, %d given", maxWords, len(r.Words))
	}
	for i, w := range r.Words {
		if n := utf8.RuneCountInString(w); strings.TrimSpace(w) == "" || n > maxWord {
			return ErrWord.With("word_list[%d]: 1 to %d characters expected, %d given", i, maxWord, n)
		}
	}
	for _, n := range r.Semantics {
		if n < telephone || n > redPacket {
			return ErrSemantics.With("1, 2 or 3 expected, %d given", n)
		}
	}
	if r.Kind != intercepts && r.Kind != warns {
		return wire.ErrParameter.With("intercept_type: 1 or 2 expected, %d given", r.Kind)
	}
	return nil
}

// Range are the members and departments to whom a rule applies.
type Range struct {
	Users       []id.UserID
	Departments []int64
}

func (s *Service) ruleID(no int64) string { return s.deps.Box.Number(seal.SensitiveRule, no) }

// rule returns the corp's rule of an id. It answers ErrRuleID for any other id, and ErrDeleted.
func (s *Service) rule(tx *store.Tx, corpID, ruleID string) (Rule, error) {
	no, err := s.deps.Box.OpenNumber(seal.SensitiveRule, ruleID)
	if err != nil {
		return Rule{}, ErrRuleID.With("%q", ruleID)
	}
	list, err := selectRules(tx, `corpid = ? AND no = ?`, corpID, no)
	switch {
	case err != nil:
		return Rule{}, err
	case len(list) == 0:
		return Rule{}, ErrRuleID.With("%q", ruleID)
	case list[0].Deleted:
		return Rule{}, ErrDeleted.With("%q", ruleID)
	}
	return list[0], nil
}

// own returns a rule that the caller may change: an application those that it made, the corp itself all. It
// answers 60011 for another's.
func (s *Service) own(tx *store.Tx, by access.Caller, ruleID string) (Rule, error) {
	r, err := s.rule(tx, by.CorpID, ruleID)
	if err == nil && !by.OfCorp() && r.App != by.App {
		err = wire.ErrNoPrivilege.With("another application made the rule")
	}
	return r, err
}

// within returns the numbers of the members of a range, and its departments. The caller must see all of them.
func (s *Service) within(ctx context.Context, tx *store.Tx, by access.Caller, r Range) (members []int64, err error) {
	if len(r.Users) > maxNodes || len(r.Departments) > maxNodes {
		return nil, ErrRange.With("at most %d members and %d departments in a call", maxNodes, maxNodes)
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(r.Users))
	if err != nil {
		return nil, err
	}
	for _, u := range r.Users {
		no := seen[u.Key()]
		if no == 0 { // says whether the member is unknown or out of range
			if _, err := s.deps.Directory.Member(ctx, tx, by, u); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(members, no) {
			members = append(members, no)
		}
	}
	deps, err := s.deps.Directory.VisibleDepartments(tx, by, r.Departments)
	for _, d := range r.Departments {
		if err == nil && !deps[d] {
			err = wire.ErrNoPrivilege.With("department %d is outside the visible range", d)
		}
	}
	return members, err
}

// Create makes a rule for members and departments whom the caller sees, and returns its id. Doc 95097.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, r Rule, in Range) (string, error) {
	if err := r.valid(); err != nil {
		return "", err
	}
	if len(in.Users)+len(in.Departments) == 0 {
		return "", wire.ErrParameter.With("applicable_range: user_list or department_list expected")
	}
	members, err := s.within(ctx, tx, by, in)
	if err != nil {
		return "", err
	}
	if err := s.unique(tx, by.CorpID, r); err != nil {
		return "", err
	}
	n, err := tx.Count(`SELECT count(*) FROM sensitive_rule WHERE corpid = ? AND deleted_at = 0`, by.CorpID)
	if err == nil && n >= maxRules {
		err = ErrRules.With("at most %d", maxRules)
	}
	if err != nil {
		return "", err
	}
	r.App, r.Departments, r.CreatedAt = by.App, distinct(in.Departments), tx.Now()
	if r.No, err = insertRule(tx, by.CorpID, r); err != nil {
		return "", taken(err, r)
	}
	return s.ruleID(r.No), addMembers(tx, by.CorpID, r.No, members)
}

func (s *Service) unique(tx *store.Tx, corpID string, r Rule) error {
	n, err := tx.Count(`SELECT count(*) FROM sensitive_rule WHERE corpid = ? AND name = ? AND deleted_at = 0 AND no <> ?`, corpID, r.Name, r.No)
	if err == nil && n > 0 {
		err = ErrNameTaken.With("%q", r.Name)
	}
	return err
}

func distinct(list []int64) []int64 {
	out, seen := []int64{}, map[int64]bool{}
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// Rules returns all rules of the corp, in the order of their creation. Doc 95097.
func (s *Service) Rules(tx *store.Tx, corpID string) ([]Rule, error) {
	return selectRules(tx, `corpid = ? AND deleted_at = 0 ORDER BY no`, corpID)
}

// Details returns a rule of the corp, with those of its range whom the caller sees. Doc 95097.
func (s *Service) Details(tx *store.Tx, by access.Caller, ruleID string) (Rule, Range, error) {
	r, err := s.rule(tx, by.CorpID, ruleID)
	if err != nil {
		return r, Range{}, err
	}
	members, err := selectMembers(tx, by.CorpID, r.No)
	if err == nil && !by.SeesAll() {
		members, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, members)
	}
	if err != nil {
		return r, Range{}, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
	if err != nil {
		return r, Range{}, err
	}
	var in Range
	for _, no := range slices.Sorted(maps.Keys(users)) {
		in.Users = append(in.Users, users[no])
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, r.Departments)
	for _, d := range r.Departments {
		if seen[d] {
			in.Departments = append(in.Departments, d)
		}
	}
	return r, in, err
}

// Update changes a rule. What is nil stays; an empty list of words stays too.
type Update struct {
	RuleID      string
	Name        *string
	Words       []string
	Semantics   *[]int64
	Kind        *int64
	Add, Remove Range
}

// Update changes a rule of the caller's application. Doc 95097.
func (s *Service) Update(ctx context.Context, tx *store.Tx, by access.Caller, u Update) error {
	r, err := s.own(tx, by, u.RuleID)
	if err != nil {
		return err
	}
	if u.Name != nil {
		r.Name = *u.Name
	}
	if len(u.Words) > 0 {
		r.Words = u.Words
	}
	if u.Semantics != nil {
		r.Semantics = *u.Semantics
	}
	if u.Kind != nil {
		r.Kind = *u.Kind
	}
	if err := r.valid(); err != nil {
		return err
	}
	if err := s.unique(tx, by.CorpID, r); err != nil {
		return err
	}
	add, err := s.within(ctx, tx, by, u.Add)
	if err != nil {
		return err
	}
	remove, err := s.within(ctx, tx, by, u.Remove)
	if err != nil {
		return err
	}
	if err := addMembers(tx, by.CorpID, r.No, add); err != nil {
		return err
	}
	if err := removeMembers(tx, by.CorpID, r.No, remove); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT count(*) FROM sensitive_rule_member WHERE corpid = ? AND rule = ?`, by.CorpID, r.No)
	if err != nil {
		return err
	}
	r.Departments = slices.DeleteFunc(distinct(append(r.Departments, u.Add.Departments...)), func(d int64) bool { return slices.Contains(u.Remove.Departments, d) })
	switch {
	case n > maxMembers:
		return ErrRange.With("at most %d members; name departments instead", maxMembers)
	case n == 0 && len(r.Departments) == 0:
		return wire.ErrParameter.With("remove_applicable_range: the rule would apply to nobody")
	}
	return taken(updateRule(tx, by.CorpID, r), r)
}

// taken is for two that give one name at the same time.
func taken(err error, r Rule) error {
	if errors.Is(err, store.ErrUnique) {
		return ErrNameTaken.With("%q", r.Name)
	}
	return err
}

// Delete deletes a rule of the caller's application. Doc 95097.
func (s *Service) Delete(tx *store.Tx, by access.Caller, ruleID string) error {
	r, err := s.own(tx, by, ruleID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sensitive_rule SET deleted_at = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), by.CorpID, r.No)
	return err
}

// RuleID returns the id of a rule.
func (s *Service) RuleID(r Rule) string { return s.ruleID(r.No) }

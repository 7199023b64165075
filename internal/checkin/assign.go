package checkin

import (
	"cmp"
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// dated is what a rule says from a day on.
type dated struct {
	Rule
	no, group, app, created int64
	from                    int64
	exempt                  map[string]bool // keys of those who need not check in
}

// history is a rule with its versions, by the days that they begin on. A version that is nil is the rule's end.
type history struct {
	no, group, app, created int64
	from                    []int64
	versions                []*dated
}

// at returns what the rule says on a day; nil if it is not there.
func (h *history) at(midnight int64) *dated {
	i := len(h.from) - 1
	for i >= 0 && h.from[i] > midnight {
		i--
	}
	if i < 0 {
		return nil
	}
	return h.versions[i]
}

// present returns what is shown of the rule: its last version, and of one that ends in days to come the present.
func (h *history) present(midnight int64) *dated {
	if last := h.versions[len(h.versions)-1]; last != nil {
		return last
	}
	return h.at(midnight)
}

// person is a member with what decides which rule covers the member.
type person struct {
	directory.Member
	near map[int64]int // how far above the member a department is
	tags map[int64]bool
}

// distance says how closely a rule names a member: by userid, by a tag, by the nearest department; -1 not at all.
// The platform's pages do not say which of two rules covers a member that both name. Ours is the closer one, and of
// two just as close the newer.
func (r *dated) distance(p *person) int {
	if slices.ContainsFunc(r.Range.Users, p.UserID.Equal) {
		return 0
	}
	if slices.ContainsFunc(r.Range.Tags, func(t int64) bool { return p.tags[t] }) {
		return 1
	}
	least := -1
	for _, dep := range r.Range.Parties {
		if d, ok := p.near[dep]; ok && (least < 0 || d+2 < least) {
			least = d + 2
		}
	}
	return least
}

// ruleOf returns the rule that covers a member on a day, nil if none does.
func ruleOf(rules []*history, p *person, midnight int64) (found *dated) {
	best := -1
	for _, h := range rules {
		r := h.at(midnight)
		if r == nil {
			continue
		}
		if d := r.distance(p); d >= 0 && (best < 0 || d <= best) {
			best, found = d, r
		}
	}
	return found
}

// people returns members whom the caller sees, each once, in the order that they are asked about. It answers
// ErrUsers for too few or too many, and ErrUser for those that are nobody.
func (s *Service) people(tx *store.Tx, by access.Caller, users []id.UserID) ([]*person, error) {
	if n := len(users); n < 1 || n > maxUsers {
		return nil, ErrUsers.With("useridlist: %d userids, 1 to %d expected", n, maxUsers)
	}
	return s.named(tx, by, users)
}

// named is people for any number of them.
func (s *Service) named(tx *store.Tx, by access.Caller, users []id.UserID) ([]*person, error) {
	var wanted []directory.Filter
	for _, u := range users {
		wanted = append(wanted, directory.Is(directory.KeyUserID, string(u)))
	}
	list, err := s.deps.Directory.FindMembers(tx, by, directory.Or(wanted...), directory.MemberPage{Limit: len(users)})
	if err != nil {
		return nil, err
	}
	known := map[string]*person{}
	for _, m := range list {
		known[m.UserID.Key()] = &person{Member: m}
	}
	var out []*person
	for i, u := range users {
		p, ok := known[u.Key()]
		if !ok {
			return nil, ErrUser.With("useridlist[%d]: %q is no member whom the application sees", i, u)
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out, nil
}

// place finds the departments and the tags by which rules name people.
func (s *Service) place(tx *store.Tx, corpID string, rules []*history, people []*person) error {
	lines := map[int64][]directory.Department{}
	var keys []string
	for _, p := range people {
		p.near, p.tags = map[int64]int{}, map[int64]bool{}
		keys = append(keys, p.UserID.Key())
		for _, dep := range p.Departments() {
			line, ok := lines[dep]
			if !ok {
				var err error
				if line, err = s.deps.Directory.Line(tx, corpID, dep); err != nil {
					return err
				}
				lines[dep] = line
			}
			for i, d := range line {
				if far, known := p.near[d.ID]; !known || i < far {
					p.near[d.ID] = i
				}
			}
		}
	}
	var tags []int64
	for _, h := range rules {
		for _, v := range h.versions {
			if v != nil {
				tags = append(tags, v.Range.Tags...)
			}
		}
	}
	slices.Sort(tags)
	for _, tag := range slices.Compact(tags) {
		in, err := s.deps.Directory.VisibleMembers(tx, access.System(corpID).Within(access.Range{Tags: []int64{tag}}), keys)
		if err != nil {
			return err
		}
		for _, p := range people {
			p.tags[tag] = in[p.UserID.Key()] != 0
		}
	}
	return nil
}

// rulesFor returns the corp's rules, and places the people for them.
func (s *Service) rulesFor(tx *store.Tx, corpID string, people []*person) ([]*history, error) {
	rules, err := selectRules(tx, corpID)
	if err != nil {
		return nil, err
	}
	return rules, s.place(tx, corpID, rules, people)
}

// member returns a member of the corp as a person.
func (s *Service) member(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) (*person, error) {
	list, err := s.named(tx, access.System(corpID), []id.UserID{user})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func byGroup(a, b *history) int { return cmp.Compare(a.group, b.group) }

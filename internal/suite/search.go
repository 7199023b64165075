package suite

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A provider that is shown no names searches them here, for its own users' words.

// circle is what a provider sees of a corp: by one of its applications, or by all.
type circle struct {
	access.Caller
	provider int64
	plain    bool // members are named by the corp's own ids
}

// circleOf returns the circle of an application of the provider in the corp, by its
// agentid, or of all where that is 0. A grant to edit the directory reads nothing.
func (s *Service) circleOf(tx *store.Tx, by access.Caller, corpID string, agentID int64) (c circle, err error) {
	own, list, err := s.granted(tx, by, corpID)
	if err != nil {
		return c, err
	}
	list = slices.DeleteFunc(list, func(in Installation) bool {
		return in.Kind == access.ContactsEdit || in.Disabled || agentID != 0 && in.AgentID != agentID
	})
	if len(list) == 0 {
		return c, wire.ErrNoPrivilege.With("no application of the provider sees anybody in that enterprise")
	}
	p, err := s.Provider(tx, by.Partner)
	if err != nil {
		return c, err
	}
	c = circle{access.System(own).Within(access.Range{}), p.No, true}
	for _, in := range list {
		r := &c.Range
		r.Departments = append(r.Departments, in.Range.Departments...)
		r.Members = append(r.Members, in.Range.Members...)
		r.Tags = append(r.Tags, in.Range.Tags...)
		c.plain = c.plain && in.PlainIDs
	}
	return c, nil
}

// nameSearch is one search for members and departments.
type nameSearch struct {
	Word   string
	Users  bool
	Gone   bool
	Depts  bool
	Exact  int64
	Limit  int
	Cursor string
}

// What full_match_field compares exactly.
const (
	exactName    = 1
	exactEnglish = 2
)

// reached is where each of the lists of a search has come to: our numbers of members, and
// ids of departments.
type reached struct{ User, Dept, Gone int64 }

// foundNames is what a search finds.
type foundNames struct {
	Users       []directory.Member
	Gone        []directory.Gone
	Departments []int64
	Next        string // empty at the end
}

// search looks for the names. Of members, departments and those who have left it finds as
// many as the limit says, each.
func (s *Service) search(ctx context.Context, tx *store.Tx, c circle, q nameSearch) (out foundNames, err error) {
	var at reached
	if q.Cursor != "" {
		if err := s.deps.Box.OpenCursor(q.Cursor, &at, c.CorpID, "name search"); err != nil {
			return out, wire.ErrParameter.With("cursor: the next_cursor of a search expected")
		}
	}
	more := false
	if q.Users {
		if out.Users, err = s.searchUsers(tx, c, q, at.User); err != nil {
			return out, err
		}
		out.Users, more = cut(out.Users, q.Limit, more, &at.User, func(m directory.Member) int64 { return m.No })
	}
	if q.Gone {
		if err := s.deps.Directory.GoneMembers(tx, c.Caller, at.Gone, func(g directory.Gone) bool {
			if q.names(g.Name) {
				out.Gone = append(out.Gone, g)
			}
			return len(out.Gone) <= q.Limit
		}); err != nil {
			return out, err
		}
		out.Gone, more = cut(out.Gone, q.Limit, more, &at.Gone, func(g directory.Gone) int64 { return g.No })
	}
	if q.Depts {
		list, err := s.deps.Directory.Departments(ctx, tx, c.Caller, 0)
		if err != nil {
			return out, err
		}
		slices.SortFunc(list, func(a, b directory.Department) int { return int(a.ID - b.ID) })
		for _, d := range list {
			if d.ID > at.Dept && (q.names(d.Name) || q.Exact == 0 && strings.Contains(strings.ToLower(d.NameEN), strings.ToLower(q.Word))) {
				out.Departments = append(out.Departments, d.ID)
			}
		}
		out.Departments, more = cut(out.Departments, q.Limit, more, &at.Dept, func(d int64) int64 { return d })
	}
	if more {
		out.Next = s.deps.Box.SealCursor(at, c.CorpID, "name search")
	}
	return out, nil
}

func (s *Service) searchUsers(tx *store.Tx, c circle, q nameSearch, after int64) ([]directory.Member, error) {
	find := directory.NameSearch{Word: q.Word, Exact: q.Exact != 0, After: after, Limit: q.Limit + 1}
	if q.Exact == exactEnglish {
		find.Of = directory.FieldEnglishName
	}
	if q.Exact == 0 {
		var err error
		if find.Also, err = s.deps.Sounds.Find(tx, c.CorpID, q.Word); err != nil {
			return nil, err
		}
	}
	return s.deps.Directory.SearchNames(tx, c.Caller, find)
}

// names reports whether the search is for the name. English names of departments and of
// those who have left are not compared exactly.
func (q nameSearch) names(name string) bool {
	switch q.Exact {
	case exactName:
		return strings.EqualFold(name, q.Word)
	case exactEnglish:
		return false
	}
	return strings.Contains(strings.ToLower(name), strings.ToLower(q.Word)) || sound.Matches(name, q.Word)
}

// cut cuts a list to the limit and notes the last that is left; more says whether
// anything of any list was cut.
func cut[T any](list []T, limit int, more bool, last *int64, no func(T) int64) ([]T, bool) {
	if len(list) > limit {
		list, more = list[:limit], true
	}
	if len(list) > 0 {
		*last = no(list[len(list)-1])
	}
	return list, more
}

// Readable returns the members and departments that a provider sees in a corp, of those
// that it names by its ids. It answers ErrNotGranted where the corp has installed nothing
// of it.
func (s *Service) Readable(ctx context.Context, tx *store.Tx, partner, corpID string, users []string, departments []int64) (map[string]directory.Member, map[int64]bool, error) {
	c, err := s.circleOf(tx, access.ProviderOf(partner, nil, nil), corpID, 0)
	if err != nil {
		return nil, nil, err
	}
	members, err := s.circleMembers(ctx, tx, c, users)
	if err != nil {
		return nil, nil, err
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, c.Caller, departments)
	return members, seen, err
}

// CorpOf returns the corp that a provider means by its id or by the corp's own;
// ErrNotGranted where that has installed nothing of it.
func (s *Service) CorpOf(tx *store.Tx, partner, corpID string) (string, error) {
	own, _, err := s.granted(tx, access.ProviderOf(partner, nil, nil), corpID)
	return own, err
}

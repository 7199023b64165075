package mcp

import (
	"context"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) contactTools() []tool {
	return []tool{reads("get_userlist", "获取当前用户可见范围内的通讯录成员，返回 userid、姓名和别名", s.getUserList)}
}

type (
	personAnswer struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
		Alias  string    `json:"alias"`
	}
	peopleAnswer struct {
		List []personAnswer `json:"userlist"`
	}
)

// mostSeen bounds what get_userlist answers. WeCom's client knows a bound of 10, and says that it is an error to be
// shown more; who has more colleagues than that could then try nothing here (unverified).
const mostSeen = 1000

// enabled selects members who are not disabled.
const enabled = int64(directory.Active | directory.Inactive)

// colleagues returns whom a member sees in the address book, as the phone's page does.
func (s *Service) colleagues(ctx context.Context, tx *store.Tx, a actor, words string, most int) (peopleAnswer, int64, error) {
	sight, err := s.deps.Rules.Sight(tx, a.By.CorpID, a.Member, words != "")
	if err != nil {
		return peopleAnswer{}, 0, err
	}
	f := directory.MemberFilter{Status: enabled, Words: words, Without: sight.Hidden, Self: sight.Self, Limit: most}
	list, total, err := s.deps.Directory.ListMembers(ctx, tx, sight.By, f)
	out := peopleAnswer{List: []personAnswer{}}
	for _, m := range list {
		out.List = append(out.List, personAnswer{m.UserID, m.Name, m.Alias})
	}
	return out, total, err
}

func (s *Service) getUserList(ctx context.Context, tx *store.Tx, a actor, _ struct{}) (peopleAnswer, error) {
	out, total, err := s.colleagues(ctx, tx, a, "", mostSeen)
	if err == nil && total > mostSeen {
		err = wire.ErrForbidden.With("the member sees %d members, and get_userlist answers at most %d; search_todo_userid finds them by name", total, mostSeen)
	}
	return out, err
}

// mostFound is how many members a search looks through.
const mostFound = 50

type searchRequest struct {
	Keyword string `json:"keyword" must:"1" most:"64" about:"姓名或别名"`
}

// searchUserID finds members by their names and aliases alone: a number of a phone is no name.
func (s *Service) searchUserID(ctx context.Context, tx *store.Tx, a actor, req searchRequest) (peopleAnswer, error) {
	word := strings.ToLower(strings.TrimSpace(req.Keyword))
	if word == "" {
		return peopleAnswer{}, errParameter.With("keyword: a name or an alias expected")
	}
	found, _, err := s.colleagues(ctx, tx, a, word, mostFound)
	out := peopleAnswer{List: []personAnswer{}}
	for _, p := range found.List {
		if strings.Contains(strings.ToLower(p.Name), word) || strings.Contains(strings.ToLower(p.Alias), word) {
			out.List = append(out.List, p)
		}
	}
	return out, err
}

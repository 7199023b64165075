package suite

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of searches (doc 91844, 92093).
const (
	maxSearchWord  = 64 // characters
	searchLimit    = 50 // found, where a search does not say how many
	maxSearchLimit = 200
	maxSearches    = 50   // in a batch
	maxSorted      = 1000 // userids
)

func (s *Service) searchEndpoints() []wire.Endpoint {
	call := func(path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/service/contact/" + path, Doc: doc, Credential: s.byProvider, Allow: providers, Handle: h}
	}
	return []wire.Endpoint{
		call("search", 91844, wire.Read(s.contactSearch)),
		call("batchsearch", 91844, wire.Read(s.contactBatchsearch)),
		call("sort", 92093, wire.Read(s.contactSort)),
	}
}

type searchQuery struct {
	Word   string `json:"query_word"`
	Type   int64  `json:"query_type"`  // 0 both, 1 members, 2 departments
	Range  int64  `json:"query_range"` // 1: also those who have left within a year
	Limit  int64  `json:"limit"`
	Exact  int64  `json:"full_match_field"` // 1 the name, 2 the English name
	Cursor string `json:"cursor"`
}

// search checks the query.
func (q searchQuery) search() (nameSearch, error) {
	switch n := utf8.RuneCountInString(q.Word); {
	case n == 0:
		return nameSearch{}, wire.ErrEmpty.With("query_word is empty")
	case n > maxSearchWord:
		return nameSearch{}, wire.ErrParameter.With("query_word has %d characters, at most %d", n, maxSearchWord)
	case q.Type < 0 || q.Type > 2, q.Range < 0 || q.Range > 1, q.Exact < 0 || q.Exact > exactEnglish:
		return nameSearch{}, wire.ErrParameter.With("query_type 0 to 2, query_range 0 or 1, full_match_field 1 or 2 expected")
	case q.Limit < 0 || q.Limit > maxSearchLimit:
		return nameSearch{}, wire.ErrParameter.With("limit: 1 to %d expected", maxSearchLimit)
	}
	return nameSearch{
		Word: q.Word, Users: q.Type != 2, Depts: q.Type != 1, Gone: q.Range == 1 && q.Type != 2,
		Exact: q.Exact, Limit: int(cmp.Or(q.Limit, searchLimit)), Cursor: q.Cursor,
	}, nil
}

// The answers of a search. A provider's call is in no corp, so its ids are written out
// here.
type (
	foundUsers struct {
		UserIDs []string `json:"userid"`
		Open    []string `json:"open_userid"`
	}
	foundParties struct {
		IDs []int64 `json:"department_id"`
	}
	searchResult struct {
		Users   foundUsers   `json:"user"`
		Parties foundParties `json:"party"`
		Gone    foundUsers   `json:"dismiss_user"`
	}
)

// found runs a search.
func (s *Service) found(ctx context.Context, tx *store.Tx, c circle, q searchQuery) (out searchResult, next string, err error) {
	search, err := q.search()
	if err != nil {
		return out, "", err
	}
	got, err := s.search(ctx, tx, c, search)
	if err != nil {
		return out, "", err
	}
	out.Users, out.Gone = foundUsers{[]string{}, []string{}}, foundUsers{[]string{}, []string{}}
	out.Parties.IDs = append([]int64{}, got.Departments...)
	for _, m := range got.Users {
		open := s.openUserID(c.provider, m.No)
		user := open
		if c.plain {
			user = string(m.UserID)
		}
		out.Users.UserIDs, out.Users.Open = append(out.Users.UserIDs, user), append(out.Users.Open, open)
	}
	for _, g := range got.Gone {
		open := s.openUserID(c.provider, g.No)
		out.Gone.UserIDs, out.Gone.Open = append(out.Gone.UserIDs, open), append(out.Gone.Open, open)
	}
	return out, got.Next, nil
}

type contactSearchRequest struct {
	AuthCorpID string `json:"auth_corpid"` // the provider's id of it, or the corp's own before the migration
	AgentID    int64  `json:"agentid"`     // 0: of all the provider's applications there
	searchQuery
}

type contactSearchResponse struct {
	Result searchResult `json:"query_result"`
	Last   bool         `json:"is_last"`
	Next   string       `json:"next_cursor"`
}

func (s *Service) contactSearch(ctx context.Context, tx *store.Tx, by access.Caller, req contactSearchRequest) (resp contactSearchResponse, err error) {
	if req.AuthCorpID == "" {
		return resp, ErrAuthCorpMissing
	}
	c, err := s.circleOf(tx, by, req.AuthCorpID, req.AgentID)
	if err != nil {
		return resp, err
	}
	resp.Result, resp.Next, err = s.found(ctx, tx, c, req.searchQuery)
	resp.Last = resp.Next == ""
	return resp, err
}

type contactBatchsearchRequest struct {
	AuthCorpID string        `json:"auth_corpid"`
	AgentID    int64         `json:"agentid"`
	Queries    []searchQuery `json:"query_request_list"`
}

type batchsearchResult struct {
	Query searchQuery `json:"query_request"`
	contactSearchResponse
}

type contactBatchsearchResponse struct {
	Results []batchsearchResult `json:"query_result_list"`
}

func (s *Service) contactBatchsearch(ctx context.Context, tx *store.Tx, by access.Caller, req contactBatchsearchRequest) (resp contactBatchsearchResponse, err error) {
	switch {
	case req.AuthCorpID == "":
		return resp, ErrAuthCorpMissing
	case len(req.Queries) == 0:
		return resp, wire.ErrEmpty.With("query_request_list is empty")
	case len(req.Queries) > maxSearches:
		return resp, wire.ErrParameter.With("query_request_list has %d elements, at most %d", len(req.Queries), maxSearches)
	}
	c, err := s.circleOf(tx, by, req.AuthCorpID, req.AgentID)
	if err != nil {
		return resp, err
	}
	for _, q := range req.Queries {
		one := batchsearchResult{Query: q}
		if one.Result, one.Next, err = s.found(ctx, tx, c, q); err != nil {
			return resp, err
		}
		one.Last = one.Next == ""
		resp.Results = append(resp.Results, one)
	}
	return resp, nil
}

type sortOption struct {
	Field int64 `json:"sort_field"` // 0 how the name sounds, 1 the alias
	Type  int64 `json:"sort_type"`  // 1: descending
}

type contactSortRequest struct {
	AuthCorpID string       `json:"auth_corpid"`
	UserIDs    []string     `json:"useridlist"`
	Options    []sortOption `json:"sort_options"`
	Type       int64        `json:"sort_type"` // of the name alone, in the older form
}

type contactSortResponse struct {
	UserIDs []string `json:"useridlist"`
}

// contactSort puts members in order. One who is not seen by the provider is ErrMemberNotFound.
func (s *Service) contactSort(ctx context.Context, tx *store.Tx, by access.Caller, req contactSortRequest) (resp contactSortResponse, err error) {
	switch {
	case req.AuthCorpID == "":
		return resp, ErrAuthCorpMissing
	case len(req.UserIDs) == 0:
		return resp, wire.ErrEmpty.With("useridlist is empty")
	case len(req.UserIDs) > maxSorted:
		return resp, wire.ErrParameter.With("useridlist has %d elements, at most %d", len(req.UserIDs), maxSorted)
	}
	if len(req.Options) == 0 {
		req.Options = []sortOption{{0, req.Type}}
	}
	for _, o := range req.Options {
		if o.Field < 0 || o.Field > 1 || o.Type < 0 || o.Type > 1 {
			return resp, wire.ErrParameter.With("sort_field and sort_type: 0 or 1 expected")
		}
	}
	c, err := s.circleOf(tx, by, req.AuthCorpID, 0)
	if err != nil {
		return resp, err
	}
	members, err := s.circleMembers(ctx, tx, c, req.UserIDs)
	if err != nil {
		return resp, err
	}
	for _, u := range req.UserIDs {
		if _, ok := members[u]; !ok {
			return resp, directory.ErrMemberNotFound.With("useridlist: %q", u)
		}
	}
	type row struct {
		text string
		keys [2]string
	}
	rows := make([]row, len(req.UserIDs))
	for i, u := range req.UserIDs {
		m := members[u]
		rows[i] = row{u, [2]string{sound.Spell(m.Name), m.Alias}}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, o := range req.Options {
			c := cmp.Compare(a.keys[o.Field], b.keys[o.Field])
			if o.Type == 1 {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	for _, r := range rows {
		resp.UserIDs = append(resp.UserIDs, r.text)
	}
	return resp, nil
}

// circleMembers returns the members that the circle sees, by the ids that the provider
// sent of them.
func (s *Service) circleMembers(ctx context.Context, tx *store.Tx, c circle, texts []string) (map[string]directory.Member, error) {
	own, err := s.view(c.provider).Own(tx, c.CorpID, access.MemberID, texts)
	if err != nil {
		return nil, err
	}
	users := make([]string, 0, len(texts))
	of := map[string]string{}
	for _, text := range texts {
		user, ok := own[text]
		if !ok && c.plain {
			user, ok = text, true
		}
		if ok {
			users = append(users, user)
			of[text] = id.UserID(user).Key()
		}
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, c.Caller, users)
	if err != nil {
		return nil, err
	}
	byKey := map[string]directory.Member{}
	for key, no := range seen {
		m, found, err := s.deps.Directory.MemberNo(tx, no)
		if err != nil {
			return nil, err
		}
		if found {
			byKey[key] = m
		}
	}
	out := map[string]directory.Member{}
	for text, key := range of {
		if m, ok := byKey[key]; ok {
			out[text] = m
		}
	}
	return out, nil
}

package acquisition

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Link is an acquisition link. It belongs to the application that made it.
type Link struct {
	No     int64
	LinkID string
	App    int64 // 0 is an administrator
	Settings
	CreatedAt   time.Time
	Turns       int64 // how many customers have been led
	Unavailable bool  // it was told that nobody can be added
}

// Settings are what update_link may change.
type Settings struct {
	Name        string
	Members     []int64 // our numbers
	Departments []int64
	SkipVerify  bool
	// MarkSource counts for applications that acquire customers alone.
	MarkSource bool
	Priority
}

// Priority says who of those that know a customer already comes first.
type Priority struct {
	Type    int64
	Members []int64 // our numbers, of named
}

// The kinds of priority (doc 97297).
const (
	nobody  = 0
	anybody = 1 // anyone in the corp
	named   = 2 // those who are listed
)

// Named are the people of a link as a call names them.
type Named struct {
	Users       []id.UserID
	Departments []int64
}

// NamedPriority is a priority as a call names it.
type NamedPriority struct {
	Type  int64
	Users []id.UserID
}

// LinkUpdate changes a link. What is nil stays.
type LinkUpdate struct {
	Name                   *string
	Range                  *Named
	SkipVerify, MarkSource *bool
	Priority               *NamedPriority
}

// Limits of links (doc 97297).
const (
	maxName     = 30   // characters
	maxPeople   = 500  // with those of the departments
	maxPriority = 1000 // people
	maxState    = 64   // bytes; longer ones are cut
	maxListed   = 100  // links in an answer
	maxLinks    = 10_000
)

// CreateLink makes a link. It answers 40058 for a name or people that are missing or too many, 60111 and 60011
// for members that are unknown or out of range, and ErrLinks. Doc 97297.
func (s *Service) CreateLink(ctx context.Context, tx *store.Tx, by access.Caller, u LinkUpdate) (Link, error) {
	l := Link{LinkID: newLinkID(), App: by.App, Settings: Settings{SkipVerify: true, MarkSource: true}, CreatedAt: tx.Now()}
	if u.Name == nil {
		return l, wire.ErrParameter.With("link_name expected")
	}
	if u.Range == nil {
		return l, wire.ErrParameter.With("range: user_list or department_list expected")
	}
	if err := lockUse(tx, by.CorpID, 0); err != nil {
		return l, err
	}
	n, err := tx.Count(`SELECT count(*) FROM acquisition_link WHERE corpid = ? AND app = ?`, by.CorpID, by.App)
	if err != nil {
		return l, err
	}
	if n >= maxLinks {
		return l, ErrLinks.With("at most %d", maxLinks)
	}
	if err := s.apply(ctx, tx, by, &l.Settings, u); err != nil {
		return l, err
	}
	l.No, err = insertLink(tx, by.CorpID, l)
	return l, err
}

// newLinkID returns an id of the form that the platform's pages show.
func newLinkID() string { return "cawcde" + id.Hex(6) }

// UpdateLink changes a link of the caller's application. Doc 97297.
func (s *Service) UpdateLink(ctx context.Context, tx *store.Tx, by access.Caller, linkID string, u LinkUpdate) error {
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return err
	}
	if err := s.apply(ctx, tx, by, &l.Settings, u); err != nil {
		return err
	}
	if u.Range != nil { // it may lead to somebody again
		l.Unavailable = false
	}
	return updateLink(tx, by.CorpID, l)
}

// apply changes the settings, once it has looked at what is new.
func (s *Service) apply(ctx context.Context, tx *store.Tx, by access.Caller, to *Settings, u LinkUpdate) (err error) {
	if u.Name != nil {
		if n := utf8.RuneCountInString(*u.Name); strings.TrimSpace(*u.Name) == "" || n > maxName {
			return wire.ErrParameter.With("link_name: 1 to %d characters expected, %d given", maxName, n)
		}
		to.Name = *u.Name
	}
	if u.Range != nil {
		if to.Members, err = s.people(ctx, tx, by, *u.Range); err != nil {
			return err
		}
		to.Departments = u.Range.Departments
	}
	if p := u.Priority; p != nil {
		switch {
		case p.Type < nobody || p.Type > named:
			return wire.ErrParameter.With("priority_type: 1 or 2 expected, %d given", p.Type)
		case p.Type == named && len(p.Users) == 0:
			return wire.ErrParameter.With("priority_userid_list expected with priority_type 2")
		case len(p.Users) > maxPriority:
			return wire.ErrParameter.With("priority_userid_list: at most %d, %d given", maxPriority, len(p.Users))
		}
		to.Priority = Priority{Type: p.Type}
		if p.Type == named {
			if to.Priority.Members, err = s.servingMembers(ctx, tx, by, p.Users); err != nil {
				return err
			}
		}
	}
	for given, set := range map[*bool]*bool{u.SkipVerify: &to.SkipVerify, u.MarkSource: &to.MarkSource} {
		if given != nil {
			*set = *given
		}
	}
	return nil
}

// servingMembers returns the numbers of members, who must all be seen by the caller and have customer contact.
func (s *Service) servingMembers(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID) (out []int64, err error) {
	for _, u := range users {
		m, err := s.deps.Customers.ServingMember(ctx, tx, by, u)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, m.No) {
			out = append(out, m.No)
		}
	}
	return out, nil
}

// people returns the numbers of the members who are named. With those of the departments they must not be too
// many.
func (s *Service) people(ctx context.Context, tx *store.Tx, by access.Caller, n Named) ([]int64, error) {
	if len(n.Users)+len(n.Departments) == 0 {
		return nil, wire.ErrParameter.With("range: user_list or department_list expected")
	}
	if len(n.Users) > maxPeople {
		return nil, wire.ErrParameter.With("user_list: at most %d, %d given", maxPeople, len(n.Users))
	}
	members, err := s.servingMembers(ctx, tx, by, n.Users)
	if err != nil {
		return nil, err
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, n.Departments)
	if err != nil {
		return nil, err
	}
	for _, d := range n.Departments {
		if !seen[d] {
			return nil, wire.ErrNoPrivilege.With("department %d is outside the visible range", d)
		}
	}
	all, err := s.membersOf(tx, by.CorpID, members, n.Departments, maxPeople+1)
	if err == nil && len(all) > maxPeople {
		err = wire.ErrParameter.With("range: at most %d people, with those of the departments", maxPeople)
	}
	return members, err
}

// membersOf returns the numbers of members and of those below departments, of these at most some.
func (s *Service) membersOf(tx *store.Tx, corpID string, members, departments []int64, most int) ([]int64, error) {
	out := slices.Clone(members)
	if len(departments) == 0 {
		return out, nil
	}
	last, err := s.deps.Directory.LastMember(tx, corpID)
	if err != nil {
		return nil, err
	}
	below, err := s.deps.Directory.Audience(tx, corpID, access.Range{Departments: departments}, 0, last, most)
	for _, no := range below {
		if !slices.Contains(out, no) {
			out = append(out, no)
		}
	}
	return out, err
}

// link returns a link of the caller's application; the corp itself sees all. It answers ErrLink.
func (s *Service) link(tx *store.Tx, by access.Caller, linkID string) (Link, error) {
	list, err := selectLinks(tx, `corpid = ? AND link_id = ?`, by.CorpID, linkID)
	if err != nil {
		return Link{}, err
	}
	if len(list) == 0 || (!by.OfCorp() && list[0].App != by.App) {
		return Link{}, ErrLink
	}
	return list[0], nil
}

// Links returns the links of the caller's application in order, from behind the number after on, and the last
// number if there are more. Doc 97297.
func (s *Service) Links(tx *store.Tx, by access.Caller, after, limit int64) (list []Link, next int64, err error) {
	if limit <= 0 || limit > maxListed {
		limit = maxListed
	}
	where, args := `corpid = ? AND app = ? AND no > ?`, []any{by.CorpID, by.App, after}
	if by.OfCorp() {
		where, args = `corpid = ? AND no > ?`, []any{by.CorpID, after}
	}
	list, err = selectLinks(tx, where+` ORDER BY no LIMIT ?`, append(args, limit+1)...)
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	return list, next, err
}

// DeleteLink deletes a link of the caller's application. If a person does, the application that made it is
// told. Doc 97297.
func (s *Service) DeleteLink(ctx context.Context, tx *store.Tx, by access.Caller, linkID string) error {
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return err
	}
	if by.OfCorp() && l.App != 0 {
		if err := s.tellLink(ctx, tx, by, linkDeleted, l, LinkEvent{}); err != nil {
			return err
		}
	}
	if err := s.tellUsing(ctx, tx, by.CorpID, linkDeleted, l); err != nil {
		return err
	}
	return deleteLink(tx, by.CorpID, l.No)
}

// linkPath is where links lead.
const linkPath = "/ca/"

// URL returns the address of a link.
func (s *Service) URL(l Link) string { return s.deps.BaseURL() + linkPath + l.LinkID }

// schemeHead begins the form of a link that WeChat opens directly; the address follows, escaped (doc 97297).
const schemeHead = "weixin://biz/ww/profile/"

// parse returns the link_id and the channel of an address of a link. Ok is false for any other address.
func parse(address string) (linkID, state string, ok bool) {
	u, err := plain(address)
	if err != nil {
		return "", "", false
	}
	if linkID, ok = strings.CutPrefix(u.Path, linkPath); !ok || linkID == "" {
		return "", "", false
	}
	return linkID, cut(u.Query().Get("customer_channel")), true
}

// unwrapped returns the address within the form that WeChat opens directly, and any other as it is.
func unwrapped(address string) (string, error) {
	rest, is := strings.CutPrefix(address, schemeHead)
	if !is {
		return address, nil
	}
	return url.QueryUnescape(rest)
}

// cut shortens a channel to what the platform keeps.
func cut(state string) string {
	if len(state) > maxState {
		state = strings.ToValidUTF8(state[:maxState], "")
	}
	return state
}

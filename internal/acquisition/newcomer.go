package acquisition

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Newcomer is a customer who has asked a member by a link. One who has asked several members is there for each.
type Newcomer struct {
	No       int64
	Link     int64
	Customer int64
	Kind     int64 // the customer's
	Member   int64
	State    string
	AddedAt  time.Time // zero while the member has not confirmed
	Messages int64     // that the member has received

	Component int64  // the application by whose scene they came; 0 for none
	OnceKey   string // with which its provider pays; empty if the corp does
}

const (
	// byLink is the add_way of an acquisition link (doc 92114).
	byLink = 16
	// maxNewcomers is how many an answer has (doc 97298).
	maxNewcomers = 1000
	// friendsAtOnce is how many members are looked at for one who knows a customer.
	friendsAtOnce = 500
)

// Open is a WeChat user who opens a link: it is counted, and the application that made it is told. If nobody of
// the link can be added, that application is told so, once.
func (s *Service) Open(ctx context.Context, tx *store.Tx, by access.Caller, address string) (leads, ok bool, err error) {
	linkID, state, ok := parse(address)
	if !ok {
		return false, false, nil
	}
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return false, false, err
	}
	members, err := s.addable(tx, by.CorpID, l)
	if err != nil {
		return false, false, err
	}
	if len(members) == 0 {
		if l.Unavailable {
			return false, true, nil
		}
		l.Unavailable = true
		if err := updateLink(tx, by.CorpID, l); err != nil {
			return false, true, err
		}
		if err := s.tellUsing(ctx, tx, by.CorpID, linkUnavailable, l); err != nil {
			return false, true, err
		}
		return false, true, s.tellLink(ctx, tx, by, linkUnavailable, l, LinkEvent{})
	}
	c, used, err := s.usedBy(tx, by.CorpID, l, address)
	if err != nil {
		return false, true, err
	}
	if !ofCard(address) {
		if err := countDay(tx, by.CorpID, l.No, 1, 0); err != nil {
			return false, true, err
		}
		if used {
			if err := countComponentDay(tx, c.No, l.No, 1, 0); err != nil {
				return false, true, err
			}
		}
	}
	if used {
		if err := s.tellUse(ctx, tx, c, profileOpened, l, state); err != nil {
			return false, true, err
		}
	}
	return true, true, s.tellLink(ctx, tx, by, profileOpened, l, LinkEvent{State: state})
}

// addable returns the userids of the link's members who can be added now, by number.
func (s *Service) addable(tx *store.Tx, corpID string, l Link) (map[int64]id.UserID, error) {
	all, err := s.membersOf(tx, corpID, l.Settings.Members, l.Departments, maxPeople)
	if err != nil {
		return nil, err
	}
	return s.deps.Customers.Serving(tx, access.System(corpID), all)
}

// Lead says whom somebody who comes by a link comes to: with a priority a member who knows them, otherwise the
// members in turn. It refuses everybody if no quota is left.
func (s *Service) Lead(ctx context.Context, tx *store.Tx, by access.Caller, known int64, a *customer.Arrival) error {
	linkID, state, _ := parse(a.Link)
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return err
	}
	if err := s.affordable(tx, by.CorpID, l, a.Link); err != nil {
		return err
	}
	if a.UserID, err = s.leads(tx, by.CorpID, &l, known); err != nil {
		return err
	}
	if a.State == "" {
		a.State = state
	}
	a.State, a.AddWay = cut(a.State), byLink
	a.Half = a.Half || !l.SkipVerify
	return updateLink(tx, by.CorpID, l)
}

// affordable refuses somebody for whom whoever pays has nothing left: the corp, or the provider with a key.
func (s *Service) affordable(tx *store.Tx, corpID string, l Link, address string) error {
	if err := lockUse(tx, corpID, 0); err != nil {
		return err
	}
	c, used, err := s.usedBy(tx, corpID, l, address)
	if err != nil {
		return err
	}
	if used {
		key, err := s.keyOf(tx, c, l, address)
		if err != nil {
			return err
		}
		if key != "" {
			balance, err := serviceBalance(tx, c.Partner)
			if err == nil && balance == 0 {
				err = errServiceEmpty
			}
			return err
		}
	}
	balance, err := balanceOf(tx, corpID)
	if err == nil && balance == 0 {
		err = errEmpty
	}
	return err
}

func (s *Service) leads(tx *store.Tx, corpID string, l *Link, known int64) (id.UserID, error) {
	members, err := s.addable(tx, corpID, *l)
	if err != nil {
		return "", err
	}
	friends := map[int64]bool{}
	if known != 0 {
		follows, err := s.deps.Customers.FollowersOf(tx, corpID, known, friendsAtOnce)
		if err != nil {
			return "", err
		}
		var list []int64
		for _, f := range follows {
			friends[f.Member] = true
			if l.Priority.Type == anybody || l.Priority.Type == named && slices.Contains(l.Priority.Members, f.Member) {
				list = append(list, f.Member)
			}
		}
		first, err := s.deps.Customers.Serving(tx, access.System(corpID), list)
		if err != nil {
			return "", err
		}
		for _, no := range list {
			if u, ok := first[no]; ok {
				return u, nil
			}
		}
	}
	var open, all []int64
	for no := range members {
		all = append(all, no)
		if !friends[no] {
			open = append(open, no)
		}
	}
	if len(open) == 0 {
		open = all
	}
	if len(open) == 0 {
		return "", wire.ErrParameter.With("link: nobody can be added by it now")
	}
	slices.Sort(open)
	l.Turns++
	return members[open[(l.Turns-1)%int64(len(open))]], nil
}

// befriended notes somebody who has come by a link, and counts the quota once the two are friends.
func (s *Service) befriended(ctx context.Context, tx *store.Tx, by access.Caller, a customer.Arrival, f customer.Follow) error {
	if a.Link == "" {
		return s.confirmed(ctx, tx, by, f)
	}
	linkID, _, _ := parse(a.Link)
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return err
	}
	n := Newcomer{Link: l.No, Customer: f.Customer, Kind: f.Kind, Member: f.Member, State: a.State}
	c, used, err := s.usedBy(tx, by.CorpID, l, a.Link)
	if err != nil {
		return err
	}
	if used {
		n.Component = c.No
		if n.OnceKey, err = s.keyOf(tx, c, l, a.Link); err != nil {
			return err
		}
		if err := s.tellUse(ctx, tx, c, friendAsked, l, a.State); err != nil {
			return err
		}
	}
	if err := putNewcomer(tx, by.CorpID, n); err != nil {
		return err
	}
	if err := s.tellLink(ctx, tx, by, friendAsked, l, LinkEvent{State: a.State}); err != nil {
		return err
	}
	return s.confirmed(ctx, tx, by, f)
}

// confirmed counts somebody who has come by a link and is a friend now.
func (s *Service) confirmed(ctx context.Context, tx *store.Tx, by access.Caller, f customer.Follow) error {
	if f.Standing != customer.Friends {
		return nil
	}
	list, err := selectNewcomers(tx, `corpid = ? AND customer = ? AND member = ? AND added_at = 0`, by.CorpID, f.Customer, f.Member)
	if err != nil || len(list) == 0 {
		return err
	}
	if _, err := tx.Exec(`UPDATE acquisition_customer SET added_at = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), by.CorpID, list[0].No); err != nil {
		return err
	}
	if err := countDay(tx, by.CorpID, list[0].Link, 0, 1); err != nil {
		return err
	}
	paid, err := s.brought(ctx, tx, by.CorpID, list[0])
	if err != nil || paid {
		return err
	}
	return s.spend(ctx, tx, by)
}

// brought tells a component whom it has brought, and reports whether its provider has paid.
func (s *Service) brought(ctx context.Context, tx *store.Tx, corpID string, n Newcomer) (paid bool, err error) {
	c, l, ok, err := s.broughtBy(tx, corpID, n)
	if err != nil || !ok {
		return false, err
	}
	if err := countComponentDay(tx, c.No, l.No, 0, 1); err != nil {
		return false, err
	}
	if err := s.tellUse(ctx, tx, c, contactAdded, l, n.State); err != nil || n.OnceKey == "" {
		return false, err
	}
	return s.payService(ctx, tx, c, l, n)
}

// broughtBy returns the component that a newcomer came by, if it still has the link.
func (s *Service) broughtBy(tx *store.Tx, corpID string, n Newcomer) (c Component, l Link, ok bool, err error) {
	if n.Component == 0 {
		return c, l, false, nil
	}
	links, err := selectLinks(tx, `corpid = ? AND no = ?`, corpID, n.Link)
	if err != nil || len(links) == 0 {
		return c, l, false, err
	}
	c, ok, err = s.component(tx, n.Component)
	return c, links[0], ok && c.given(links[0]), err
}

// tellings are how many messages a member has received when the application is told again (doc 97299).
var tellings = []int64{3, 5, 10}

// heard counts a message to a member from somebody who has come by a link.
func (s *Service) heard(ctx context.Context, tx *store.Tx, by access.Caller, f customer.Follow) error {
	list, err := selectNewcomers(tx, `corpid = ? AND customer = ? AND member = ? AND added_at > 0`, by.CorpID, f.Customer, f.Member)
	if err != nil || len(list) == 0 || f.Kind != customer.WeChat {
		return err
	}
	n := list[0]
	if _, err := tx.Exec(`UPDATE acquisition_customer SET messages = messages + 1 WHERE corpid = ? AND no = ?`, by.CorpID, n.No); err != nil {
		return err
	}
	links, err := selectLinks(tx, `corpid = ? AND no = ?`, by.CorpID, n.Link)
	if err != nil || len(links) == 0 {
		return err
	}
	n.Messages++
	if err := s.tellComponentHeard(ctx, tx, by.CorpID, n); err != nil {
		return err
	}
	switch {
	case n.Messages == 1:
		users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, []int64{n.Member})
		if err != nil {
			return err
		}
		return s.tellLink(ctx, tx, by, chatStarted, links[0], LinkEvent{Kind: n.Kind, Customer: n.Customer, UserID: users[n.Member]})
	case slices.Contains(tellings, n.Messages):
		return s.tellLink(ctx, tx, by, messageHeard, links[0], LinkEvent{Newcomer: n.No, Messages: n.Messages})
	}
	return nil
}

func (s *Service) tellComponentHeard(ctx context.Context, tx *store.Tx, corpID string, n Newcomer) error {
	c, l, ok, err := s.broughtBy(tx, corpID, n)
	switch {
	case err != nil || !ok:
		return err
	case n.Messages == 1:
		return s.tellUse(ctx, tx, c, chatStarted, l, n.State)
	case slices.Contains(tellings, n.Messages):
		return s.tellHeard(ctx, tx, c, l, n)
	}
	return nil
}

// Newcomers returns the friends that a link of the caller's application has brought to members whom it sees, in
// order from behind the number after on, and the last number if there are more. Doc 97298.
func (s *Service) Newcomers(tx *store.Tx, by access.Caller, linkID string, after, limit int64) (list []Newcomer, users map[int64]id.UserID, next int64, err error) {
	l, err := s.link(tx, by, linkID)
	if err != nil {
		return nil, nil, 0, err
	}
	if limit <= 0 || limit > maxNewcomers {
		limit = maxNewcomers
	}
	if list, err = selectNewcomers(tx, `corpid = ? AND link = ? AND no > ? AND added_at > 0 ORDER BY no LIMIT ?`, by.CorpID, l.No, after, limit+1); err != nil {
		return nil, nil, 0, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	members := make([]int64, len(list))
	for i, n := range list {
		members[i] = n.Member
	}
	users, err = s.deps.Customers.Serving(tx, by, members)
	return list, users, next, err
}

// Statistic returns how often a link was opened and how many friends it has brought in a span of days. It
// answers customer.ErrSpan. Of a component, what came with its scene counts alone (doc 99483). Doc 97375.
func (s *Service) Statistic(tx *store.Tx, by access.Caller, linkID string, span customer.Span) (clicks, added int64, err error) {
	table, column, of, read := `acquisition_day`, `corpid`, any(by.CorpID), s.link
	if by.Granted(componentPermit) {
		table, column, of = `acquisition_component_day`, `app`, by.App
		read = s.linkOfComponent
	}
	l, err := read(tx, by, linkID)
	if err != nil {
		return 0, 0, err
	}
	first, last, err := span.Days(tx.Now())
	if err != nil {
		return 0, 0, err
	}
	_, err = tx.Get(`SELECT coalesce(sum(clicks), 0), coalesce(sum(added), 0) FROM `+table+` WHERE `+column+` = ? AND link = ? AND day BETWEEN ? AND ?`,
		[]any{of, l.No, first.Unix(), last.Unix()}, &clicks, &added)
	return clicks, added, err
}

// chatKeyLife is how long a ChatKey is good (doc 100130).
const chatKeyLife = 30 * time.Minute

// chatKey is what a ChatKey stands for.
type chatKey struct{ Newcomer, Messages, App, At int64 }

func (s *Service) sealChat(corpID string, k chatKey) string {
	plain, err := json.Marshal(k)
	if err != nil {
		panic(err) // numbers
	}
	return s.deps.Box.SealText(seal.ChatKey, corpID, plain)
}

// Chat is what a member has received from somebody who has come by a link.
type Chat struct {
	Newcomer
	UserID id.UserID
	LinkID string
}

// ChatOf returns what a ChatKey stands for. It answers ErrChatKey for one that is old, or another
// application's. Doc 100130.
func (s *Service) ChatOf(tx *store.Tx, by access.Caller, text string) (c Chat, err error) {
	var k chatKey
	plain, err := s.deps.Box.OpenText(seal.ChatKey, by.CorpID, text)
	if err != nil || json.Unmarshal(plain, &k) != nil || k.App != by.App {
		return c, ErrChatKey
	}
	if tx.Now().Sub(time.Unix(k.At, 0)) > chatKeyLife {
		return c, ErrChatKey.With("it was good for %d minutes", int(chatKeyLife.Minutes()))
	}
	list, err := selectNewcomers(tx, `corpid = ? AND no = ?`, by.CorpID, k.Newcomer)
	if err != nil {
		return c, err
	}
	if len(list) == 0 {
		return c, ErrChatKey.With("the link was deleted")
	}
	links, err := selectLinks(tx, `corpid = ? AND no = ?`, by.CorpID, list[0].Link)
	if err != nil || len(links) == 0 {
		return c, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, []int64{list[0].Member})
	c = Chat{list[0], users[list[0].Member], links[0].LinkID}
	c.Messages = k.Messages
	return c, err
}

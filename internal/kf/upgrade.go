package kf

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Customers are led from customer service to a specialist, whom they then know as a friend, or into a group of
// customers (升级服务). An application recommends one; the servicer sees that, and sends the specialist's card, or the
// code of the group (see upgrade_group.go).

// Errors of upgrades (doc 90313; the first is on the page alone).
var (
	ErrNotOffered = wire.Code(95021, "upgrade service not set")
	ErrNoInquiry  = wire.Code(95031, "no inquiry from the customer in 48 hours")
	errNoContact  = wire.Code(84074, "no external contact privilege")
)

// maxWording is how many bytes a recommendation may say. The platform names no limit.
const maxWording = 1024

// Advice is whom an application recommends to a customer: a member, or a group.
type Advice struct {
	Member  int64  `json:",omitempty"` // our number
	Chat    int64  `json:",omitempty"` // our number
	Wording string `json:",omitempty"`
}

// Offer is whom customers may be led to. An administrator decides it.
type Offer struct {
	Members     []int64 // our numbers
	Departments []int64
	Chats       []OfferedChat
}

// Offer returns whom the corp leads customers to.
func (s *Service) Offer(tx *store.Tx, corpID string) (o Offer, err error) {
	var members, departments, chats string
	found, err := tx.Get(`SELECT members, departments, chats FROM kf_corp WHERE corpid = ?`, []any{corpID}, &members, &departments, &chats)
	if err != nil || !found {
		return o, err
	}
	if err := json.Unmarshal([]byte(members), &o.Members); err != nil {
		return o, err
	}
	if err := json.Unmarshal([]byte(departments), &o.Departments); err != nil {
		return o, err
	}
	return o, json.Unmarshal([]byte(chats), &o.Chats)
}

// SetOffer says whom customers may be led to: members, departments, and groups.
func (s *Service) SetOffer(ctx context.Context, tx *store.Tx, by access.Caller, p People, chats []id.ChatID) error {
	o := Offer{Members: []int64{}, Departments: []int64{}}
	for _, u := range p.Users {
		m, err := s.deps.Directory.Member(ctx, tx, by, u)
		if err != nil {
			return err
		}
		o.Members = append(o.Members, m.No)
	}
	for _, d := range p.Departments {
		if err := s.department(tx, by, d); err != nil {
			return err
		}
		o.Departments = append(o.Departments, d)
	}
	if err := lockCorp(tx, by.CorpID); err != nil {
		return err
	}
	offered, err := s.offerChats(tx, by, chats)
	if err != nil {
		return err
	}
	members, err := json.Marshal(o.Members)
	if err != nil {
		return err
	}
	departments, err := json.Marshal(o.Departments)
	if err != nil {
		return err
	}
	groups, err := json.Marshal(offered)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE kf_corp SET members = ?, departments = ?, chats = ? WHERE corpid = ?`, string(members), string(departments), string(groups), by.CorpID)
	return err
}

// Offered returns whom customers may be led to, as far as the caller sees them. Doc 94674.
func (s *Service) Offered(tx *store.Tx, by access.Caller) (p People, chats []id.ChatID, err error) {
	o, err := s.Offer(tx, by.CorpID)
	if err != nil {
		return p, nil, err
	}
	if !by.SeesAll() {
		if o.Members, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, o.Members); err != nil {
			return p, nil, err
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, o.Members)
	if err != nil {
		return p, nil, err
	}
	for _, no := range o.Members {
		if users[no] != "" {
			p.Users = append(p.Users, users[no])
		}
	}
	visible, err := s.deps.Directory.VisibleDepartments(tx, by, o.Departments)
	if err != nil {
		return p, nil, err
	}
	for _, d := range o.Departments {
		if visible[d] {
			p.Departments = append(p.Departments, d)
		}
	}
	chats, err = s.offeredChats(tx, by, o)
	return p, chats, err
}

// specialist returns a member to whom customers may be led, and whom the caller sees. It answers ErrNotOffered,
// ErrRange, and 84074 for one without customer contact. Doc 94674.
func (s *Service) specialist(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (m directory.Member, err error) {
	if m, err = s.servicer(ctx, tx, by, user); err != nil {
		return m, err
	}
	o, err := s.Offer(tx, by.CorpID)
	if err != nil {
		return m, err
	}
	in, err := s.deps.Directory.Within(tx, by.CorpID, access.Range{Departments: o.Departments}, []int64{m.No})
	if err != nil {
		return m, err
	}
	if !slices.Contains(o.Members, m.No) && len(in) == 0 {
		return m, ErrNotOffered.With("%q is not among those to whom the enterprise leads customers", m.UserID)
	}
	entitled, _, err := s.deps.Customers.Check(tx, access.System(by.CorpID), customer.Entitled{Users: []id.UserID{m.UserID}})
	if err == nil && len(entitled.Users) == 0 {
		err = errNoContact.With("%q", m.UserID)
	}
	if err != nil {
		return m, err
	}
	return m, s.licensed(ctx, tx, by, m.No)
}

// Recommend recommends a member to a customer of an account; the servicer sees it. Doc 94674.
func (s *Service) Recommend(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID, user id.UserID, wording string) error {
	a, v, err := s.upgrading(tx, by, open, external)
	if err != nil {
		return err
	}
	m, err := s.specialist(ctx, tx, by, user)
	if err != nil {
		return err
	}
	return s.advise(tx, a, v, Advice{Member: m.No, Wording: wording})
}

// advise stores a recommendation in place of the one before.
func (s *Service) advise(tx *store.Tx, a Account, v Session, is Advice) error {
	if len(is.Wording) > maxWording {
		return wire.ErrParameter.With("wording: at most %d bytes, %d given", maxWording, len(is.Wording))
	}
	is.Wording = strings.TrimSpace(is.Wording)
	v.Advice = &is
	return updateSession(tx, a, v)
}

// Withdraw takes a recommendation back. Doc 94674.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID) error {
	a, v, err := s.upgrading(tx, by, open, external)
	if err != nil || v.Advice == nil {
		return err
	}
	v.Advice = nil
	return updateSession(tx, a, v)
}

// upgrading returns the account and the session of a customer who has been there.
func (s *Service) upgrading(tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID) (a Account, v Session, err error) {
	if a, err = s.seen(tx, by, open); err != nil {
		return a, v, err
	}
	if v, err = s.session(tx, a, external); err == nil && v.No == 0 {
		err = ErrNoInquiry.With("%q has never been at the account", external)
	}
	return a, v, err
}

// Invite is a servicer who sends the card of a specialist to a customer: the one that is recommended, or
// another to whom customers may be led. Where a group is recommended, its code is sent.
func (s *Service) Invite(ctx context.Context, tx *store.Tx, a Account, user id.UserID, c customer.Contact, to id.UserID) (Message, error) {
	w, err := s.acting(ctx, tx, a, user, c)
	if err == nil {
		err = w.mine()
	}
	if err != nil {
		return Message{}, err
	}
	if to == "" && w.v.Advice != nil && w.v.Advice.Chat != 0 {
		return s.inviteTo(ctx, tx, w, c, w.v.Advice.Chat)
	}
	if to == "" && w.v.Advice != nil {
		if to, err = s.userOf(tx, a.CorpID, w.v.Advice.Member); err != nil {
			return Message{}, err
		}
	}
	m, err := s.specialist(ctx, tx, access.System(a.CorpID), to)
	if err != nil {
		return Message{}, err
	}
	if err := count(tx, a, w.v, w.servicer.No, Counts{Invited: 1}); err != nil {
		return Message{}, err
	}
	return s.Reply(ctx, tx, a, user, c, "business_card", Content{BusinessCard: &Card{m.UserID}})
}

// countJoined counts a customer who adds a specialist whose card a servicer has sent in the last 48 hours.
func (s *Service) countJoined(_ context.Context, tx *store.Tx, by access.Caller, e customer.ContactEvent) error {
	list, err := selectSessions(tx, `corpid = ? AND customer = ?`, by.CorpID, e.Customer)
	if err != nil {
		return err
	}
	for _, v := range list {
		servicer, found, err := selectInvitation(tx, by.CorpID, v, e.UserID)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		no, known, err := s.known(tx, by.CorpID, servicer)
		if err != nil {
			return err
		}
		if known {
			return count(tx, Account{No: v.Account, CorpID: by.CorpID}, v, no, Counts{Joined: 1})
		}
	}
	return nil
}

// selectInvitation returns who has sent a member's card to the customer of a session in the last 48 hours.
func selectInvitation(tx *store.Tx, corpID string, v Session, member id.UserID) (servicer id.UserID, found bool, err error) {
	found, err = tx.Get(`SELECT servicer FROM kf_message WHERE corpid = ? AND account = ? AND customer = ? AND origin = ? AND msgtype = 'business_card' AND lower(other) = ? AND at >= ? ORDER BY seq DESC LIMIT 1`,
		[]any{corpID, v.Account, v.Customer, int64(ByServicer), member.Key(), tx.Now().Add(-window).UnixMilli()}, &servicer)
	return servicer, found, err
}

package kf

import (
	"context"
	"errors"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// OfferedChat is a group to which the corp leads customers, and the join way whose code servicers send.
type OfferedChat struct {
	No   int64  `json:"no"`
	Code string `json:"code"` // config_id
}

// offerChats returns the groups with their codes: those that were offered before keep theirs, and the codes of
// others end.
func (s *Service) offerChats(tx *store.Tx, by access.Caller, chats []id.ChatID) ([]OfferedChat, error) {
	before, err := s.Offer(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	out := []OfferedChat{}
	for _, chat := range chats {
		g, err := s.deps.Groups.Visible(tx, by, chat)
		if err != nil {
			return nil, err
		}
		same := func(o OfferedChat) bool { return o.No == g.No }
		if slices.ContainsFunc(out, same) {
			continue
		}
		if i := slices.IndexFunc(before.Chats, same); i >= 0 {
			out = append(out, before.Chats[i])
			continue
		}
		w, err := s.deps.Groups.Code(tx, by, chat, "升级服务")
		if err != nil {
			return nil, err
		}
		out = append(out, OfferedChat{g.No, w.ConfigID})
	}
	for _, o := range before.Chats {
		if slices.Contains(out, o) {
			continue
		}
		if err := s.deps.Groups.DeleteWay(tx, by, o.Code); err != nil && !errors.Is(err, customer.ErrConfigID) {
			return nil, err
		}
	}
	return out, nil
}

// offeredChats returns the groups of an offer that are there and whose owners the caller sees.
func (s *Service) offeredChats(tx *store.Tx, by access.Caller, o Offer) (out []id.ChatID, err error) {
	var numbers []int64
	for _, c := range o.Chats {
		numbers = append(numbers, c.No)
	}
	groups, err := s.deps.Groups.Numbered(tx, by.CorpID, numbers)
	if err != nil {
		return nil, err
	}
	groups, err = s.deps.Groups.VisibleOf(tx, by, groups)
	for _, no := range numbers {
		if slices.ContainsFunc(groups, func(g customergroup.Group) bool { return g.No == no }) {
			out = append(out, s.deps.Groups.ChatID(no))
		}
	}
	return out, err
}

// RecommendGroup recommends a group of customers to a customer of an account; the servicer sees it. The owner must
// be seen by the caller, and have a licence where the caller needs one. It answers ErrNotOffered. Doc 94674.
func (s *Service) RecommendGroup(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID, chat id.ChatID, wording string) error {
	a, v, err := s.upgrading(tx, by, open, external)
	if err != nil {
		return err
	}
	g, err := s.deps.Groups.Visible(tx, by, chat)
	if err != nil {
		return err
	}
	o, err := s.Offer(tx, by.CorpID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(o.Chats, func(c OfferedChat) bool { return c.No == g.No }) {
		return ErrNotOffered.With("%q is not among the groups to which the enterprise leads customers", chat)
	}
	if err := s.licensed(ctx, tx, by, g.Owner); err != nil {
		return err
	}
	return s.advise(tx, a, v, Advice{Chat: g.No, Wording: wording})
}

// inviteTo sends a customer the code of a group. What the platform sends is unverified; here it is a link.
func (s *Service) inviteTo(ctx context.Context, tx *store.Tx, w acting, c customer.Contact, chat int64) (Message, error) {
	o, err := s.Offer(tx, w.a.CorpID)
	if err != nil {
		return Message{}, err
	}
	groups, err := s.deps.Groups.Numbered(tx, w.a.CorpID, []int64{chat})
	if err != nil {
		return Message{}, err
	}
	i := slices.IndexFunc(o.Chats, func(c OfferedChat) bool { return c.No == chat })
	if i < 0 || len(groups) == 0 {
		return Message{}, ErrNotOffered.With("the group is not among those to which the enterprise leads customers any more")
	}
	if err := count(tx, w.a, w.v, w.servicer.No, Counts{InvitedToChat: 1}); err != nil {
		return Message{}, err
	}
	if _, err := tx.Insert(`INSERT INTO kf_invitation (corpid, session, servicer, chat, at) VALUES (?, ?, ?, ?, ?)`, w.a.CorpID, w.v.No, w.servicer.No, chat, tx.Now().UnixMilli()); err != nil {
		return Message{}, err
	}
	code := s.deps.Groups.QRCode(customergroup.Way{ConfigID: o.Chats[i].Code})
	return s.Reply(ctx, tx, w.a, w.servicer.UserID, c, "link", Content{Link: &Link{Title: groups[0].Name, Description: w.v.Advice.Wording, URL: code}})
}

// countJoinedGroup counts customers who come into a group to which a servicer has sent them the code in the last 48
// hours.
func (s *Service) countJoinedGroup(_ context.Context, tx *store.Tx, by access.Caller, chat int64, customers []int64) error {
	type invited struct {
		Session
		servicer int64
	}
	last := map[int64]invited{} // by the session: who was the last to send the code
	for some := range slices.Chunk(customers, 500) {
		if err := tx.Each(`SELECT v.no, v.account, v.run, i.servicer FROM kf_invitation i JOIN kf_session v ON v.no = i.session
			WHERE i.corpid = ? AND v.corpid = ? AND i.chat = ? AND i.at >= ? AND v.customer IN (`+store.Marks(len(some))+`) ORDER BY i.no`,
			store.Args([]any{by.CorpID, by.CorpID, chat, tx.Now().Add(-window).UnixMilli()}, some), func(rows *store.Rows) error {
				var one invited
				err := rows.Scan(&one.No, &one.Account, &one.Run, &one.servicer)
				last[one.No] = one
				return err
			}); err != nil {
			return err
		}
	}
	for _, no := range slices.Sorted(maps.Keys(last)) {
		one := last[no]
		if err := count(tx, Account{No: one.Account, CorpID: by.CorpID}, one.Session, one.servicer, Counts{JoinedChat: 1}); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM kf_invitation WHERE corpid = ? AND session = ? AND chat = ?`, by.CorpID, no, chat); err != nil {
			return err
		}
	}
	return nil
}

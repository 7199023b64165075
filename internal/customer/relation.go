package customer

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Arrival is a customer and a member becoming friends.
type Arrival struct {
	// External is a customer whom the corp knows. Without one, Contact is looked for by its unionid, and made
	// if it is not there.
	External id.ExternalID
	Contact  Contact
	UserID   id.UserID
	Way      *Way // that the customer came by
	State    string
	AddWay   int64 // doc 92114
	ByMember bool  // the member asked for it; the customer otherwise
	Half     bool  // the member has not confirmed yet
	Channel  string
	Source   int64
	// Link is what the customer came by, of the channel that it is Through.
	Link    string
	Through Channel
}

// scanned is the add_way of a QR code (doc 92114).
const scanned = 1

// maxState is how many characters a state has (doc 92228).
const maxState = 30

func (a Arrival) valid() error {
	switch {
	case a.External == "" && strings.TrimSpace(a.Contact.Name) == "":
		return wire.ErrParameter.With("name: a name, or the external_userid of a customer expected")
	case a.Contact.Kind != WeChat && a.Contact.Kind != WeCom:
		return wire.ErrParameter.With("type: 1 or 2 expected")
	case a.Contact.Gender < 0 || a.Contact.Gender > 2:
		return wire.ErrParameter.With("gender: 0, 1 or 2 expected")
	case a.Link == "" && utf8.RuneCountInString(a.State) > maxState: // a link has a limit of its own
		return wire.ErrParameter.With("state: at most %d characters", maxState)
	case a.Half && a.ByMember:
		return wire.ErrParameter.With("half: only a customer asks a member who has to confirm")
	}
	return nil
}

// Befriend makes friends of a customer and a member, or asks the member to confirm. It records
// add_external_contact or add_half_external_contact. It answers 60111 for an unknown member, ErrExternal for
// an unknown customer, and 40058 if they are friends.
func (s *Service) Befriend(ctx context.Context, tx *store.Tx, by access.Caller, a Arrival) (c Contact, f Follow, err error) {
	if err := a.valid(); err != nil {
		return c, f, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, a.UserID)
	if err != nil {
		return c, f, err
	}
	if c, err = s.arriving(tx, by.CorpID, a); err != nil {
		return c, f, err
	}
	old, known, err := selectFollow(tx, by.CorpID, c.No, m.No)
	if err != nil {
		return c, f, err
	}
	f = Follow{No: old.No, Customer: c.No, Kind: c.Kind, Member: m.No, Standing: Friends, CreatedAt: tx.Now(), AddWay: a.AddWay, State: a.State, Channel: a.Channel, Source: a.Source}
	change := contactAdded
	if a.Half {
		f.Standing, change = Half, contactHalf
	}
	if a.ByMember {
		f.Oper = m.No
	}
	switch {
	case !known:
		f.No, err = insertFollow(tx, by.CorpID, f)
	case old.Standing == Friends || old.Standing == f.Standing:
		err = wire.ErrParameter.With("%s follows the customer already", m.UserID)
	case old.Standing == Half: // confirmed
		f.AddWay, f.Oper, f.State, f.ChattedAt = old.AddWay, old.Oper, old.State, old.ChattedAt
		err = s.stand(tx, by.CorpID, f)
	default:
		err = s.stand(tx, by.CorpID, f)
	}
	if err != nil {
		return c, f, err
	}
	if err := countDay(tx, by.CorpID, m.No, Day{Applied: flag(a.ByMember), Added: flag(f.Standing == Friends)}); err != nil {
		return c, f, err
	}
	e := ContactEvent{Change: change, Kind: c.Kind, Customer: c.No, Member: m.No, UserID: m.UserID, State: f.State, s: s}
	if c.Kind == WeChat && f.ChattedAt.IsZero() { // a code for a welcome (doc 92137)
		e.Follow = f.No
	}
	if err := s.kinds.contact[change].Record(ctx, tx, by, e); err != nil {
		return c, f, err
	}
	for _, fn := range s.befriended {
		if err := fn(ctx, tx, by, a, f); err != nil {
			return c, f, err
		}
	}
	return c, f, nil
}

// arriving returns the customer of an arrival.
func (s *Service) arriving(tx *store.Tx, corpID string, a Arrival) (Contact, error) {
	if a.External != "" {
		return s.contact(tx, corpID, a.External)
	}
	if a.Contact.UnionID != "" {
		known, err := selectContactsWhere(tx, `corpid = ? AND unionid = ? AND unionid <> ''`, corpID, a.Contact.UnionID)
		if err != nil || len(known) > 0 {
			return append(known, Contact{})[0], err
		}
	}
	no, err := insertContact(tx, corpID, a.Contact)
	a.Contact.No = no
	return a.Contact, err
}

// stand writes how the two stand to each other now. A note and tags stay.
func (s *Service) stand(tx *store.Tx, corpID string, f Follow) error {
	chatted := int64(0)
	if !f.ChattedAt.IsZero() {
		chatted = f.ChattedAt.UnixMilli()
	}
	if _, err := forgetSession(tx, corpID, f.No); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE customer_follow SET standing = ?, created_at = ?, add_way = ?, oper = ?, state = ?, channel = ?, source = ?, chatted_at = ?, blocked = 0 WHERE corpid = ? AND no = ?`,
		int64(f.Standing), f.CreatedAt.UnixMilli(), f.AddWay, f.Oper, f.State, f.Channel, f.Source, chatted, corpID, f.No)
	return err
}

// Part ends a relation. If the customer removes the member, the member keeps the customer; if the member
// removes the customer, nothing is left. It records del_follow_user or del_external_contact, and answers
// ErrNoRelation.
func (s *Service) Part(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, byMember bool) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	c, err := s.contact(tx, by.CorpID, external)
	if err != nil {
		return err
	}
	f, found, err := selectFollow(tx, by.CorpID, c.No, m.No)
	if err != nil {
		return err
	}
	if !found || (!byMember && f.Standing == OneWay) {
		return ErrNoRelation.With("%q is not a customer of %q", external, m.UserID)
	}
	change := followerRemoved
	if byMember || f.Standing == Half {
		_, err = tx.Exec(`DELETE FROM customer_follow WHERE corpid = ? AND no = ?`, by.CorpID, f.No)
		if f.Picture != "" && err == nil {
			err = s.deps.Media.Release(tx, f.Picture)
		}
	} else if _, err = forgetSession(tx, by.CorpID, f.No); err == nil {
		_, err = tx.Exec(`UPDATE customer_follow SET standing = ? WHERE corpid = ? AND no = ?`, int64(OneWay), by.CorpID, f.No)
	}
	if err != nil {
		return fmt.Errorf("part: %w", err)
	}
	if byMember {
		change = contactRemoved
	} else if err := countDay(tx, by.CorpID, m.No, Day{Removals: flag(!f.Blocked)}); err != nil { // one who had blocked the member counts already
		return err
	}
	return s.kinds.contact[change].Record(ctx, tx, by, ContactEvent{Change: change, Kind: c.Kind, Customer: c.No, Member: m.No, UserID: m.UserID, s: s})
}

// Edit is a member who changes a note or the tags of a customer in the client. It records
// edit_external_contact. Of remark and mark_tag it has the rules.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, u NoteUpdate, add, remove []id.CustomerTag) error {
	c, f, err := s.relation(ctx, tx, by, user, external)
	if err != nil {
		return err
	}
	if len(add)+len(remove) > 0 {
		if _, err := s.Mark(ctx, tx, by, user, external, add, remove); err != nil {
			return err
		}
	}
	if u != (NoteUpdate{}) || len(add)+len(remove) == 0 {
		if err := s.Remark(ctx, tx, by, user, external, u); err != nil {
			return err
		}
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	phones := u == NoteUpdate{Mobiles: u.Mobiles} && u.Mobiles != nil && len(add)+len(remove) == 0
	return s.kinds.contact[contactEdited].Record(ctx, tx, by, ContactEvent{Change: contactEdited, Kind: c.Kind, Customer: c.No, Member: f.Member, UserID: m.UserID, Phones: phones, s: s})
}

package archive

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/chat"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Answer is what somebody outside answers to being archived (doc 91782).
type Answer string

// The answers. The last is that of a conversation older than the question; the page has lost it since, and
// clients know it.
const (
	Agree        Answer = "Agree"
	Disagree     Answer = "Disagree"
	DefaultAgree Answer = "Default_Agree"
)

// Errors of consent (doc 90313).
var (
	ErrManyAsked = wire.Code(301060, "too many agree query")
	ErrStranger  = wire.Code(301061, "userid or exteropenid not exist")
)

// maxAsked is how many pairs one call asks about (doc 91782).
const maxAsked = 100

// Consent is the answer in one conversation: of a member and somebody outside, or of a room.
type Consent struct {
	UserID   id.UserID // empty in a room
	External id.ExternalID
	Answer   Answer
	At       time.Time
}

// agreed reports whether somebody outside in the conversation has agreed: in one of two the other side; in a
// room whoever speaks, or one of those who hear a member.
func (s *Service) agreed(tx *store.Tx, m chat.Message) (bool, error) {
	switch m.Body.(type) {
	case *chat.Agree, *chat.Disagree: // the answer itself is told (doc 91774)
		return true, nil
	}
	who := []chat.Person{m.From}
	member, room := int64(0), m.ChatID
	if !m.From.Outside {
		who = m.To
	}
	if room == "" {
		for _, p := range append([]chat.Person{m.From}, m.To...) {
			member = max(member, p.Member)
		}
	}
	for _, p := range who {
		if !p.Outside {
			continue
		}
		a, found, err := selectAgree(tx, m.CorpID, member, room, string(p.ID))
		if err != nil {
			return false, err
		}
		if found && a.Answer != Disagree {
			return true, nil
		}
	}
	return false, nil
}

// Asks reports whether the archive waits for an answer: the member has an edition for conversations with
// customers, and the customer has not agreed.
func (s *Service) Asks(tx *store.Tx, corpID string, member int64, external id.ExternalID) (bool, error) {
	covers, err := s.Covers(tx, corpID, member)
	if err != nil || !covers {
		return false, err
	}
	c, found, err := selectAgree(tx, corpID, member, "", string(external))
	return !found || c.Answer == Disagree, err
}

// Covers reports whether a member has an edition for conversations with customers. Of member 0 it is asked whether
// anybody has one.
func (s *Service) Covers(tx *store.Tx, corpID string, member int64) (bool, error) {
	a, found, err := s.archive(tx, corpID)
	if err != nil || !found || !a.Enabled {
		return false, err
	}
	for e := WithClients; e <= Enterprise; e++ {
		within := member == 0 && !a.Editions[e].Empty()
		if member != 0 {
			within, err = s.within(tx, a, e, []int64{member})
		}
		if err != nil || within {
			return within, err
		}
	}
	return false, nil
}

// Asked reports whether somebody outside is asked by the archive in the conversation with a member, and what they have
// answered.
func (s *Service) Asked(tx *store.Tx, corpID string, user id.UserID, external id.ExternalID) (asked bool, answer Answer, err error) {
	numbers, err := s.deps.Directory.MemberNumbers(tx, corpID, []string{string(user)})
	no := numbers[string(user)]
	if err != nil || no == 0 {
		return false, "", err
	}
	if asked, err = s.Covers(tx, corpID, no); err != nil || !asked {
		return false, "", err
	}
	c, _, err := selectAgree(tx, corpID, no, "", string(external))
	return true, c.Answer, err
}

// AskedIn is the same in a room, which is asked where one of its members has an edition for conversations with customers.
func (s *Service) AskedIn(tx *store.Tx, corpID, roomID string, external id.ExternalID) (asked bool, answer Answer, err error) {
	a, found, err := s.archive(tx, corpID)
	if err != nil || !found || !a.Enabled {
		return false, "", err
	}
	people, _, err := s.deps.Outside().Room(tx, corpID, roomID)
	if err != nil {
		return false, "", err
	}
	members := membersOf(chat.Message{To: people})
	for e := WithClients; e <= Enterprise && !asked; e++ {
		if asked, err = s.within(tx, a, e, members); err != nil {
			return false, "", err
		}
	}
	if !asked {
		return false, "", nil
	}
	c, _, err := selectAgree(tx, corpID, 0, roomID, string(external))
	return true, c.Answer, err
}

func selectAgree(tx *store.Tx, corpID string, member int64, room, external string) (c Consent, found bool, err error) {
	var at int64
	found, err = tx.Get(`SELECT external, status, changed_at FROM archive_agree WHERE corpid = ? AND member = ? AND roomid = ? AND external = ?`, []any{corpID, member, room, external},
		&c.External, &c.Answer, &at)
	c.At = time.Unix(at, 0).UTC()
	return c, found, err
}

// GiveAnswer records what somebody outside answers in a conversation: with a member, or in a room. It is told
// in the archive as a message, and to applications where they agree with a member (doc 92005).
func (s *Service) GiveAnswer(ctx context.Context, tx *store.Tx, corpID, roomID string, c Consent) error {
	if c.Answer != Agree && c.Answer != Disagree && c.Answer != DefaultAgree {
		return wire.ErrParameter.With("status: Agree, Disagree or Default_Agree expected")
	}
	if (roomID == "") == (c.UserID == "") {
		return wire.ErrParameter.With("userid, or roomid expected")
	}
	m := chat.Message{CorpID: corpID, At: tx.Now(), From: chat.Person{ID: id.Person(c.External), Outside: true}}
	var member int64
	if roomID != "" {
		inside, found, err := s.deps.Outside().Room(tx, corpID, roomID)
		if err != nil {
			return err
		}
		if !found || !inside.has(c.External) {
			return ErrStranger.With("%q is not in the room", c.External)
		}
		m.ChatID, m.To = roomID, inside.without(c.External)
	} else {
		numbers, err := s.known(tx, corpID, []Consent{c})
		if err != nil {
			return err
		}
		member = numbers[c.UserID.Key()]
		m.To = []chat.Person{{ID: id.Person(c.UserID), Member: member}}
	}
	if _, err := tx.Exec(`INSERT INTO archive_agree (corpid, member, roomid, external, status, changed_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (corpid, member, roomid, external) DO UPDATE SET status = excluded.status, changed_at = excluded.changed_at`,
		corpID, member, roomID, string(c.External), string(c.Answer), tx.Now().Unix()); err != nil {
		return err
	}
	if c.Answer == DefaultAgree {
		return nil
	}
	m.MsgID, m.Type = chat.NewMsgID(m.At, true), "agree"
	m.Body = &chat.Agree{Who: string(c.External), At: m.At.UnixMilli()}
	if c.Answer == Disagree {
		m.Type, m.Body = "disagree", &chat.Disagree{Who: string(c.External), At: m.At.UnixMilli()}
	}
	if err := s.deps.Chats.Tell(ctx, tx, m); err != nil || roomID != "" || c.Answer != Agree {
		return err
	}
	return s.deps.Outside().Approved(ctx, tx, corpID, c.UserID, c.External)
}

// known returns the numbers of the members of pairs, by key. It answers ErrStranger for whoever is not there.
func (s *Service) known(tx *store.Tx, corpID string, list []Consent) (map[string]int64, error) {
	var users []string
	for _, c := range list {
		users = append(users, string(c.UserID))
	}
	members, err := s.deps.Directory.Named(tx, access.System(corpID), users)
	if err != nil {
		return nil, err
	}
	out, asked := map[string]int64{}, map[int64][]id.ExternalID{}
	for _, c := range list {
		m, ok := members[c.UserID.Key()]
		if !ok {
			return nil, ErrStranger.With("userid %q", c.UserID)
		}
		out[c.UserID.Key()] = m.No
		asked[m.No] = append(asked[m.No], c.External)
	}
	for no, externals := range asked {
		found, err := s.deps.Outside().Acquainted(tx, corpID, no, externals)
		if err != nil {
			return nil, err
		}
		for _, e := range externals {
			if _, ok := found[e]; !ok {
				return nil, ErrStranger.With("exteranalopenid %q", e)
			}
		}
	}
	return out, nil
}

// Answers returns what was answered in conversations of a member and somebody outside. Those without an answer
// are left out: that is our reading of the page, which has no value for them. Doc 91782.
func (s *Service) Answers(tx *store.Tx, corpID string, pairs []Consent) ([]Consent, error) {
	if _, err := s.opened(tx, corpID); err != nil {
		return nil, err
	}
	switch {
	case len(pairs) == 0:
		return nil, wire.ErrEmpty.With("info")
	case len(pairs) > maxAsked:
		return nil, ErrManyAsked.With("at most %d, %d given", maxAsked, len(pairs))
	}
	members, err := s.known(tx, corpID, pairs)
	if err != nil {
		return nil, err
	}
	out := []Consent{}
	for _, p := range pairs {
		if p.UserID == "" {
			return nil, directory.ErrUserIDMissing
		}
		c, found, err := selectAgree(tx, corpID, members[p.UserID.Key()], "", string(p.External))
		if err != nil {
			return nil, err
		}
		if found {
			c.UserID = p.UserID
			out = append(out, c)
		}
	}
	return out, nil
}

// RoomAnswers returns what those outside have answered in a room, whoever is in it now. An internal group has
// nobody outside. Doc 91782.
func (s *Service) RoomAnswers(tx *store.Tx, corpID, roomID string) ([]Consent, error) {
	if _, err := s.opened(tx, corpID); err != nil {
		return nil, err
	}
	if roomID == "" {
		return nil, wire.ErrEmpty.With("roomid")
	}
	people, found, err := s.deps.Outside().Room(tx, corpID, roomID)
	if err != nil {
		return nil, err
	}
	out := []Consent{}
	if !found {
		_, err := s.deps.Chats.Group(tx, corpID, roomID)
		return out, err
	}
	for _, p := range people {
		if !p.Outside {
			continue
		}
		c, found, err := selectAgree(tx, corpID, 0, roomID, string(p.ID))
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, c)
		}
	}
	return out, nil
}

// People are those in a conversation.
type People []chat.Person

func (p People) has(external id.ExternalID) bool {
	for _, one := range p {
		if one.Outside && string(one.ID) == string(external) {
			return true
		}
	}
	return false
}

func (p People) without(external id.ExternalID) (out []chat.Person) {
	for _, one := range p {
		if string(one.ID) != string(external) {
			out = append(out, one)
		}
	}
	return out
}

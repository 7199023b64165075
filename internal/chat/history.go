package chat

import (
	"fmt"
	"slices"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// History is what rooms above read of a member's conversations, by the time.

// Counted is a conversation in which something was said in a span of time.
type Counted struct {
	Talk
	Name  string
	ID    string // userid of the other member, or the chatid
	Count int64
	Last  time.Time // of the last message in the span
}

// said leaves out what is no message: revocations, notices, and what was taken back.
const said = ` AND msgtype <> 'revoke' AND msgtype <> '` + noticeType + `' AND revoked_at = 0`

const saidBetween = said + ` AND at >= ? AND at <= ?`

// TalksIn returns the conversations of a member in which something was said between two times, both included: those
// with the newest messages first.
func (s *Service) TalksIn(tx *store.Tx, corpID string, m directory.Member, from, to time.Time) ([]Counted, error) {
	list, err := s.Talks(tx, corpID, m.No)
	if err != nil {
		return nil, err
	}
	known := s.people(tx)
	var out []Counted
	for _, t := range list {
		if t.Last == nil || t.Last.At.Before(from) {
			continue
		}
		c := Counted{Talk: t}
		if t.Peer != 0 {
			who, err := known.person(t.Peer)
			if err != nil {
				return nil, err
			}
			if who.UserID == "" {
				continue // has left
			}
			c.ID, c.Name = string(who.UserID), who.Name
		} else {
			c.ID, c.Name = t.Group.ChatID, t.Group.Name
			if c.Name == "" {
				if c.Name, err = s.namesOf(tx, t.Group, known); err != nil {
					return nil, err
				}
			}
		}
		if err := s.count(tx, corpID, m.No, &c, from, to); err != nil {
			return nil, err
		}
		if c.Count > 0 {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Counted) int { return b.Last.Compare(a.Last) })
	return out, nil
}

// spoken is the condition for the messages of a conversation that a member has.
func (t Talk) spoken(tx *store.Tx, corpID string, member int64) (where string, args []any, err error) {
	if t.Peer != 0 {
		return `corpid = ? AND chat_group = 0 AND (sender = ? AND receiver = ? OR sender = ? AND receiver = ?)`, []any{corpID, member, t.Peer, t.Peer, member}, nil
	}
	var since int64
	found, err := tx.Get(`SELECT joined_at FROM chat_group_member WHERE corpid = ? AND chat_group = ? AND member = ?`, []any{corpID, t.Group.No, member}, &since)
	if err == nil && !found {
		err = ErrNotInGroup
	}
	return `corpid = ? AND chat_group = ? AND at >= ?`, []any{corpID, t.Group.No, since}, err
}

func (s *Service) count(tx *store.Tx, corpID string, member int64, c *Counted, from, to time.Time) error {
	where, args, err := c.spoken(tx, corpID, member)
	if err != nil {
		return err
	}
	var last int64
	_, err = tx.Get(`SELECT count(*), coalesce(max(at), 0) FROM chat_message WHERE `+where+saidBetween, append(args, from.UnixMilli(), to.UnixMilli()), &c.Count, &last)
	c.Last = time.UnixMilli(last)
	return err
}

// TalkWith returns the conversation of a member with another one, or in a group that the member is in.
func (s *Service) TalkWith(tx *store.Tx, corpID string, m directory.Member, user id.UserID, chatID string) (t Talk, err error) {
	if chatID != "" {
		if t.Group, err = s.Group(tx, corpID, chatID); err == nil {
			_, err = s.inGroup(tx, t.Group, m.UserID)
		}
		return t, err
	}
	other, err := s.member(tx, corpID, user)
	t.Peer = other.No
	return t, err
}

// SaidIn returns messages of a conversation between two times, the oldest first, those above a number.
func (s *Service) SaidIn(tx *store.Tx, corpID string, m directory.Member, t Talk, from, to time.Time, after int64, limit int) ([]Shown, error) {
	where, args, err := t.spoken(tx, corpID, m.No)
	if err != nil {
		return nil, err
	}
	args = append(args, from.UnixMilli(), to.UnixMilli(), after, int64(limit))
	return selectShown(tx, where+saidBetween+` AND no > ? ORDER BY no LIMIT ?`, args...)
}

// Names returns the userids of those who said messages, by their numbers.
func (s *Service) Names(tx *store.Tx, list []Shown) (map[int64]id.UserID, error) {
	var senders []int64
	for _, m := range list {
		if m.Sender != 0 {
			senders = append(senders, m.Sender)
		}
	}
	briefs, err := s.deps.Directory.Briefs(tx, senders)
	out := map[int64]id.UserID{}
	for no, b := range briefs {
		out[no] = b.UserID
	}
	return out, err
}

// Parts returns what is in a message, and the files of it.
func (m Shown) Parts() (Body, []*File, error) {
	body, err := decode(m.Type, m.Content)
	if err != nil {
		return nil, nil, fmt.Errorf("message %d: %w", m.No, err)
	}
	return body, Files(body), nil
}

// Numbered returns a message that the member has by our number. One that was taken back is not there.
func (s *Service) Numbered(tx *store.Tx, corpID string, m directory.Member, no int64) (out Shown, found bool, err error) {
	list, err := selectShown(tx, `corpid = ? AND no = ? AND revoked_at = 0`, corpID, no)
	if err != nil || len(list) == 0 {
		return out, false, err
	}
	found, err = list[0].sees(tx, corpID, m.No)
	return list[0], found, err
}

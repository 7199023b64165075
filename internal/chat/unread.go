package chat

import (
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/store"
)

// keyOf names a conversation as the members' page does. It is empty where the other of two has left.
func (t Talk) keyOf(known *people) (string, error) {
	if t.Peer == 0 {
		return talkAnswer{ChatID: t.Group.ChatID}.key(), nil
	}
	who, err := known.person(t.Peer)
	if err != nil || who.UserID == "" {
		return "", err
	}
	return talkAnswer{UserID: who.UserID}.key(), nil
}

// Unread returns how many messages of others stand in each of the member's conversations behind the number that was
// read last there, at most most of each.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	list, err := s.Talks(tx, corpID, m.No)
	if err != nil {
		return nil, err
	}
	known, out := s.people(tx), map[string]int64{}
	for _, t := range list {
		key, err := t.keyOf(known)
		if err != nil {
			return nil, err
		}
		if key == "" || t.newest() <= read[key] {
			continue
		}
		where, args := `corpid = ? AND sender = ? AND receiver = ? AND chat_group = 0`, []any{corpID, t.Peer, m.No}
		if t.Peer == 0 {
			if where, args, err = t.spoken(tx, corpID, m.No); err != nil {
				return nil, err
			}
		}
		n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM chat_message WHERE `+where+said+` AND no > ? AND sender <> ? LIMIT ?) unread`, append(args, read[key], m.No, most)...)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[key] = n
		}
	}
	return out, nil
}

// searched is how many of the newest messages of a conversation a search looks through, and talksSearched of how many
// conversations.
const (
	searched      = 2000
	talksSearched = 200
)

// Find returns those of the member's messages with colleagues that have the words, the newest first.
func (s *Service) Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) ([]find.Hit, error) {
	list, err := s.Talks(tx, corpID, m.No)
	if err != nil {
		return nil, err
	}
	known := s.people(tx)
	like, likeArgs := words.Where("content")
	var out []find.Hit
	for _, t := range list[:min(len(list), talksSearched)] {
		key, err := t.keyOf(known)
		if err != nil {
			return nil, err
		}
		if key == "" || t.Last == nil {
			continue
		}
		hits, err := s.findIn(tx, corpID, m.No, t, words, most, like, likeArgs)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			h.hit.Key = key
			if t.Peer == 0 && h.sender != 0 {
				who, err := known.person(h.sender)
				if err != nil {
					return nil, err
				}
				h.hit.From = who.Name
			}
			out = append(out, h.hit)
		}
	}
	slices.SortFunc(out, func(a, b find.Hit) int { return b.At.Compare(a.At) })
	return out[:min(len(out), most)], nil
}

type hitOf struct {
	hit    find.Hit
	sender int64
}

// findIn looks through the newest messages of a conversation. Those of two stand in the index by who has said them.
func (s *Service) findIn(tx *store.Tx, corpID string, member int64, t Talk, words find.Words, most int, like string, likeArgs []any) (out []hitOf, err error) {
	type side struct {
		where string
		args  []any
	}
	var sides []side
	if t.Peer != 0 {
		const pair = `corpid = ? AND sender = ? AND receiver = ? AND chat_group = 0`
		sides = []side{{pair, []any{corpID, member, t.Peer}}, {pair, []any{corpID, t.Peer, member}}}
	} else {
		where, args, err := t.spoken(tx, corpID, member)
		if err != nil {
			return nil, err
		}
		sides = []side{{where, args}}
	}
	for _, one := range sides {
		list, err := selectShown(tx, `no IN (SELECT no FROM (SELECT no, content FROM chat_message WHERE `+one.where+said+` ORDER BY no DESC LIMIT ?) newest WHERE 1 = 1`+like+` ORDER BY no DESC LIMIT ?) ORDER BY no DESC`,
			append(append(append(one.args, int64(searched)), likeArgs...), int64(5*most))...)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			text, err := s.textOf(tx, corpID, l)
			if err != nil {
				return nil, err
			}
			if words.In(text) && len(out) < most {
				out = append(out, hitOf{find.Hit{No: l.No, Text: words.Cut(text), At: l.At}, l.Sender})
			}
		}
	}
	return out, nil
}

// textOf returns what people read of a message. Of one that answers another it is the answer alone.
func (s *Service) textOf(tx *store.Tx, corpID string, m Shown) (string, error) {
	body, err := decode(m.Type, m.Content)
	if err != nil {
		return "", nil // of a type that was here once
	}
	t, ok := body.(*Text)
	if !ok {
		return find.Text(m.Content), nil
	}
	if t.Quote != "" {
		_, err = s.split(tx, corpID, t)
	}
	return t.Content, err
}

package customergroup

import (
	"slices"

	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/store"
)

func (s *Service) talkKey(group int64) string { return "r/" + string(s.ChatID(group)) }

// Unread returns how many messages of others stand in each of the member's groups behind the number that was read last
// there, at most most of each.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	groups, err := selectGroupsOf(tx, corpID, staff, m.No)
	out := map[string]int64{}
	for _, g := range groups {
		key := s.talkKey(g.No)
		n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM customer_group_message WHERE corpid = ? AND chat = ? AND no > ? AND NOT (kind = ? AND person = ?) LIMIT ?) unread`,
			corpID, g.No, read[key], int64(staff), m.No, most)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[key] = n
		}
	}
	return out, err
}

// searched is how many of the newest messages of a group a search looks through, and groupsSearched in how many groups.
const (
	searched       = 2000
	groupsSearched = 200
)

// Find returns those of the messages in the member's groups that have the words, the newest first.
func (s *Service) Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) (out []find.Hit, err error) {
	groups, err := selectGroupsOf(tx, corpID, staff, m.No)
	if err != nil {
		return nil, err
	}
	like, likeArgs := words.Where("content")
	for _, g := range groups[:min(len(groups), groupsSearched)] {
		args := append([]any{corpID, g.No, int64(searched)}, likeArgs...)
		list, err := selectSaid(tx, `no IN (SELECT no FROM (SELECT no, content FROM customer_group_message WHERE corpid = ? AND chat = ? ORDER BY no DESC LIMIT ?) newest WHERE 1 = 1`+like+`)`, args, int64(5*most))
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			text := customer.ReadableWords(l.Words, l.kept)
			if !words.In(text) {
				continue
			}
			from, err := s.who(tx, corpID, l.Kind, l.Person)
			if err != nil {
				return nil, err
			}
			out = append(out, find.Hit{Key: s.talkKey(g.No), No: l.no, From: from.Name, Text: words.Cut(text), At: l.At})
		}
	}
	slices.SortFunc(out, func(a, b find.Hit) int { return b.At.Compare(a.At) })
	return out[:min(len(out), most)], nil
}

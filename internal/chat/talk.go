package chat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Talk is a conversation of a member: with another member, or in a group.
type Talk struct {
	Peer  int64 // our number of the other member; 0 in a group
	Group Group
	Last  *Shown // nil if nothing was said
}

// Shown is a message as those in the conversation see it.
type Shown struct {
	No      int64
	MsgID   string
	Sender  int64 // our number; 0 is a robot
	From    string
	Type    string
	Content json.RawMessage
	At      time.Time
	Revoked bool

	group, receiver int64
}

// talksMost bounds the list of a member's conversations.
const talksMost = 500

// Talks returns the conversations of a member, the newest first.
func (s *Service) Talks(tx *store.Tx, corpID string, member int64) ([]Talk, error) {
	last := map[int64]int64{} // other member -> number of the newest message
	for _, q := range []struct{ mine, other string }{{"sender", "receiver"}, {"receiver", "sender"}} {
		if err := eachNewest(tx, corpID, member, q.mine, q.other, func(peer, no int64) { last[peer] = max(last[peer], no) }); err != nil {
			return nil, err
		}
	}
	var out []Talk
	var numbers []int64
	for peer, no := range last {
		out, numbers = append(out, Talk{Peer: peer, Last: &Shown{No: no}}), append(numbers, no)
	}
	groups, err := selectGroupsOf(tx, corpID, member)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		t := Talk{Group: g}
		no, err := tx.Count(`SELECT coalesce(max(no), 0) FROM chat_message WHERE corpid = ? AND chat_group = ?`, corpID, g.No)
		if err != nil {
			return nil, err
		}
		if no != 0 {
			t.Last, numbers = &Shown{No: no}, append(numbers, no)
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Talk) int { return int(b.newest() - a.newest()) })
	out = out[:min(len(out), talksMost)]
	byNo := map[int64]*Shown{}
	for some := range slices.Chunk(numbers, rowsAtOnce) {
		list, err := selectShown(tx, `corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID}, some)...)
		if err != nil {
			return nil, err
		}
		for i := range list {
			byNo[list[i].No] = &list[i]
		}
	}
	for i := range out {
		if out[i].Last != nil {
			out[i].Last = byNo[out[i].Last.No]
		}
	}
	return out, nil
}

func (t Talk) newest() int64 {
	if t.Last == nil {
		return 0
	}
	return t.Last.No
}

// eachNewest calls fn with each member with whom the member's column mine stands opposite in other, and with the
// number of the newest message of the two. It reads a few rows of an index for each, however much was said.
func eachNewest(tx *store.Tx, corpID string, member int64, mine, other string, fn func(peer, no int64)) error {
	return tx.Each(fmt.Sprintf(`WITH RECURSIVE peer (no) AS (
			SELECT min(%[2]s) FROM chat_message WHERE corpid = ? AND %[1]s = ? AND %[2]s > 0
			UNION ALL SELECT (SELECT min(%[2]s) FROM chat_message WHERE corpid = ? AND %[1]s = ? AND %[2]s > peer.no) FROM peer WHERE peer.no IS NOT NULL)
		SELECT peer.no, (SELECT max(m.no) FROM chat_message m WHERE m.corpid = ? AND m.%[1]s = ? AND m.%[2]s = peer.no) FROM peer WHERE peer.no IS NOT NULL`, mine, other),
		[]any{corpID, member, corpID, member, corpID, member}, func(rows *store.Rows) error {
			var peer, no int64
			err := rows.Scan(&peer, &no)
			fn(peer, no)
			return err
		})
}

// earlier is the condition for messages before a number; those of revocations are not shown.
func earlier(before int64) (string, []any) {
	if before == 0 {
		return ` AND msgtype <> 'revoke'`, nil
	}
	return ` AND msgtype <> 'revoke' AND no < ?`, []any{before}
}

// ShownBetween returns messages of two members before a number, or the newest if it is 0; the newest last.
func (s *Service) ShownBetween(tx *store.Tx, corpID string, a, b, before, limit int64) ([]Shown, error) {
	var out []Shown
	more, args := earlier(before)
	for _, pair := range [][2]int64{{a, b}, {b, a}} {
		some, err := selectShown(tx, `corpid = ? AND chat_group = 0 AND sender = ? AND receiver = ?`+more+` ORDER BY no DESC LIMIT ?`,
			append(append([]any{corpID, pair[0], pair[1]}, args...), limit)...)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(x, y Shown) int { return int(x.No - y.No) })
	return out[max(0, len(out)-int(limit)):], nil
}

// ShownIn returns messages of a group since a member came into it, as ShownBetween does.
func (s *Service) ShownIn(tx *store.Tx, g Group, member, before, limit int64) ([]Shown, error) {
	var since int64
	found, err := tx.Get(`SELECT joined_at FROM chat_group_member WHERE corpid = ? AND chat_group = ? AND member = ?`, []any{g.CorpID, g.No, member}, &since)
	if err == nil && !found {
		err = ErrNotInGroup
	}
	if err != nil {
		return nil, err
	}
	more, args := earlier(before)
	out, err := selectShown(tx, `corpid = ? AND chat_group = ? AND at >= ?`+more+` ORDER BY no DESC LIMIT ?`, append(append([]any{g.CorpID, g.No, since}, args...), limit)...)
	slices.Reverse(out)
	return out, err
}

func selectShown(tx *store.Tx, where string, args ...any) (out []Shown, err error) {
	err = tx.Each(`SELECT no, msgid, sender, sender_id, chat_group, receiver, msgtype, content, at, revoked_at <> 0 FROM chat_message WHERE `+where, args, func(rows *store.Rows) error {
		var m Shown
		var at int64
		var content string
		err := rows.Scan(&m.No, &m.MsgID, &m.Sender, &m.From, &m.group, &m.receiver, &m.Type, &content, &at, &m.Revoked)
		m.Content, m.At = json.RawMessage(content), time.UnixMilli(at).UTC()
		out = append(out, m)
		return err
	})
	return out, err
}

// sees reports whether a member has a message.
func (m Shown) sees(tx *store.Tx, corpID string, member int64) (bool, error) {
	if m.group == 0 {
		return m.Sender == member || m.receiver == member, nil
	}
	n, err := tx.Count(`SELECT count(*) FROM chat_group_member WHERE corpid = ? AND chat_group = ? AND member = ? AND joined_at <= ?`, corpID, m.group, member, m.At.UnixMilli())
	return n > 0, err
}

// quoted is the message that a text answers.
type quoted struct {
	MsgID string `json:"msgid"`
	From  string `json:"from"` // name
	Text  string `json:"text"`
}

// quoteHead begins a text that answers, and quoteTail ends what it repeats (see quote).
const (
	quoteHead = "这是一条引用/回复消息：\n\""
	quoteTail = "\"\n------\n"
)

// split takes a text that answers apart into what it repeats and what it says.
func (s *Service) split(tx *store.Tx, corpID string, t *Text) (*quoted, error) {
	before, found, err := selectMessage(tx, corpID, t.Quote)
	if err != nil || !found {
		return nil, err
	}
	words := repeated(before)
	rest, ok := strings.CutPrefix(t.Content, quoteHead)
	author, said, cut := strings.Cut(rest, "：\n"+words+quoteTail)
	if !ok || !cut {
		return nil, nil
	}
	t.Content = said
	return &quoted{t.Quote, author, words}, nil
}

// repeated is what an answer repeats of a message.
func repeated(m messageRow) string {
	if body, err := decode(m.msgtype, json.RawMessage(m.content)); err == nil {
		if text, ok := body.(*Text); ok {
			return text.Content
		}
	}
	return "[" + m.msgtype + "]"
}

// person is a member as the page shows one.
type person struct {
	UserID id.UserID `json:"userid"`
	Name   string    `json:"name"`
	Avatar string    `json:"avatar,omitempty"`
}

// people remembers the members of an answer.
type people struct {
	s  *Service
	tx *store.Tx
	of map[int64]person
}

func (s *Service) people(tx *store.Tx) *people { return &people{s, tx, map[int64]person{}} }

// person returns a member by our number; one who has left has no name.
func (p *people) person(no int64) (person, error) {
	if one, ok := p.of[no]; ok {
		return one, nil
	}
	m, found, err := p.s.deps.Directory.MemberNo(p.tx, no)
	one := person{}
	if found {
		one = p.s.person(m)
	}
	p.of[no] = one
	return one, err
}

func (s *Service) person(m directory.Member) person {
	_, thumb := s.deps.Directory.AvatarURL(&m)
	return person{m.UserID, m.Name, s.local(thumb)}
}

// local removes this server's own address from a link, so that the link works on the host under which the page
// was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Message is something said in a conversation.
type Message struct {
	No     int64 // in this room; 0 for one of another room
	CorpID string
	MsgID  string
	At     time.Time
	Group  int64  // number of the internal group; 0 if it is none
	ChatID string // of the group, internal or not; empty in a conversation of two
	From   Person
	To     []Person // everybody else in the conversation
	Type   string
	Body   Body
}

// Person is somebody in a conversation.
type Person struct {
	ID     id.Person
	Member int64 // our number; 0 is a robot, or somebody outside
	// Outside marks a customer, or a member of another enterprise.
	Outside bool
}

// External reports whether somebody outside is in the conversation.
func (m Message) External() bool {
	return m.From.Outside || slices.ContainsFunc(m.To, func(p Person) bool { return p.Outside })
}

// Errors of messages.
var (
	ErrNotSender = wire.ErrNoPrivilege
	ErrRevoked   = ErrMessage
)

// NewMsgID returns the name of a message: a number that grows with the time and is given once, the time, and an
// ending for one that somebody outside takes part in (doc 91774). Clients do not parse it.
func NewMsgID(at time.Time, external bool) string {
	const counted = 1 << 22
	no := uint64(at.UnixMilli())*counted + given.Add(1)%counted
	out := strconv.FormatUint(no, 10) + "_" + strconv.FormatInt(at.UnixMilli(), 10)
	if external {
		out += "_external"
	}
	return out
}

// given counts the names; it begins somewhere, so that two servers do not meet.
var given = func() *atomic.Uint64 {
	n := new(atomic.Uint64)
	n.Store(rand.Uint64N(1 << 22))
	return n
}()

// Say is a message to be sent.
type Say struct {
	CorpID string
	From   id.Person // a userid, or a robot of the group
	To     id.UserID // in a conversation of two
	ChatID string    // in a group
	Type   string
	// Content is the JSON of the msgtype's object.
	Content json.RawMessage
	// At is now if it is zero. Only what fills an empty installation says another time.
	At time.Time
}

// Send sends a message. It reads the files that the message names, so it must not be called in a transaction.
func (s *Service) Send(ctx context.Context, say Say) (Message, error) {
	body, err := s.read(say)
	if err != nil {
		return Message{}, err
	}
	if err := s.attach(ctx, say.CorpID, Files(body)); err != nil {
		return Message{}, err
	}
	var m Message
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if m, err = s.place(tx, say, body); err != nil {
			return err
		}
		m.No, err = s.put(ctx, tx, m)
		return err
	})
	return m, err
}

// SendText sends a message that names no files, in the caller's transaction.
func (s *Service) SendText(ctx context.Context, tx *store.Tx, say Say) (Message, error) {
	body, err := s.read(say)
	if err == nil && len(Files(body)) > 0 {
		err = ErrMessage.With("%s has files", say.Type)
	}
	if err != nil {
		return Message{}, err
	}
	m, err := s.place(tx, say, body)
	if err != nil {
		return m, err
	}
	m.No, err = s.put(ctx, tx, m)
	return m, err
}

// read reads the content and checks what can be checked without looking anything up.
func (s *Service) read(say Say) (Body, error) {
	body, err := decode(say.Type, say.Content)
	if err != nil {
		return nil, err
	}
	switch say.Type {
	case "agree", "disagree":
		return nil, ErrMessage.With("%s is said by somebody outside: POST /_qiwei/archive/agree", say.Type)
	}
	for _, f := range Files(body) {
		if f.MediaID == "" || f.Blob != "" || f.MD5 != "" || f.Size != 0 {
			return nil, ErrMessage.With("%s: a file is named by its media_id alone", say.Type)
		}
	}
	if v, ok := body.(*Vote); ok && v.Type == 101 && v.ID == "" {
		v.ID = id.Letters(16)
	}
	return body, body.check()
}

// place finds out who says it to whom.
func (s *Service) place(tx *store.Tx, say Say, body Body) (m Message, err error) {
	m = Message{CorpID: say.CorpID, At: say.At, Type: say.Type, Body: body}
	if m.At.IsZero() {
		m.At = tx.Now()
	}
	m.MsgID = NewMsgID(m.At, false)
	if r, ok := body.(*Revoke); ok {
		return s.placeRevoke(tx, say, m, r)
	}
	if isRobot(say.From) {
		return s.placeRobot(tx, say, m)
	}
	from, err := s.member(tx, say.CorpID, id.UserID(say.From))
	if err != nil {
		return m, err
	}
	m.From = Person{ID: id.Person(from.UserID), Member: from.No}
	if _, ok := body.(*Switch); ok {
		if say.To != "" || say.ChatID != "" {
			return m, ErrMessage.With("switch is said to nobody")
		}
		return m, nil
	}
	switch {
	case (say.To == "") == (say.ChatID == ""):
		return m, ErrMessage.With("to, or chatid expected")
	case say.ChatID != "":
		g, err := s.Group(tx, say.CorpID, say.ChatID)
		if err != nil {
			return m, err
		}
		if m, err = s.inRoom(tx, m, g); err != nil {
			return m, err
		}
		return s.quote(tx, m)
	}
	to, err := s.member(tx, say.CorpID, say.To)
	if err == nil && to.No == from.No {
		err = ErrMessage.With("to: somebody else expected")
	}
	if err != nil {
		return m, err
	}
	m.To = []Person{{ID: id.Person(to.UserID), Member: to.No}}
	return s.quote(tx, m)
}

// quote puts what a text answers in front of it, as WeCom's client does (doc 91774 has no field for it).
func (s *Service) quote(tx *store.Tx, m Message) (Message, error) {
	t, ok := m.Body.(*Text)
	if !ok || t.Quote == "" {
		return m, nil
	}
	before, found, err := selectMessage(tx, m.CorpID, t.Quote)
	if err != nil {
		return m, err
	}
	same := m.Group != 0 && before.group == m.Group
	if m.Group == 0 && before.group == 0 {
		a, b := m.From.Member, m.To[0].Member
		same = before.sender == a && before.receiver == b || before.sender == b && before.receiver == a
	}
	if !found || !same {
		return m, ErrMessage.With("text.quote: there is no message %q in the conversation", t.Quote)
	}
	author, _, err := s.deps.Directory.MemberNo(tx, before.sender)
	if err != nil {
		return m, err
	}
	m.Body = &Text{Quote: t.Quote, Content: quoteHead + author.Name + "：\n" + repeated(before) + quoteTail + t.Content}
	return m, nil
}

// inRoom addresses a message to everybody else in the group, where the sender is.
func (s *Service) inRoom(tx *store.Tx, m Message, g Group) (Message, error) {
	m.Group, m.ChatID = g.No, g.ChatID
	members, err := s.GroupMembers(tx, g)
	if err != nil {
		return m, err
	}
	within := m.From.Member == 0
	for _, p := range members {
		if p.Member == m.From.Member {
			within = true
		} else if p.UserID != "" {
			m.To = append(m.To, Person{ID: id.Person(p.UserID), Member: p.Member})
		}
	}
	if !within {
		return m, ErrNotInGroup.With("%q is not in the group", m.From.ID)
	}
	return m, nil
}

// placeRobot is place for a robot, which says only a few things.
func (s *Service) placeRobot(tx *store.Tx, say Say, m Message) (Message, error) {
	r, found, err := s.Robot(tx, say.CorpID, say.From)
	if err == nil && !found {
		err = ErrMessage.With("from: there is no robot %q", string(say.From))
	}
	if err != nil {
		return m, err
	}
	if !slices.Contains([]string{"text", "markdown", "news", "image", "file"}, say.Type) {
		return m, ErrMessage.With("msgtype: a robot says text, markdown, news, image and file")
	}
	g, err := s.Group(tx, say.CorpID, say.ChatID)
	if err == nil && g.No != r.Group {
		err = ErrNotInGroup.With("the robot is in another group")
	}
	if err != nil {
		return m, err
	}
	m.From = Person{ID: r.ID}
	return s.inRoom(tx, m, g)
}

// placeRevoke puts a revocation into the conversation of the message that it takes back.
func (s *Service) placeRevoke(tx *store.Tx, say Say, m Message, r *Revoke) (Message, error) {
	from, err := s.member(tx, say.CorpID, id.UserID(say.From))
	if err != nil {
		return m, err
	}
	before, found, err := selectMessage(tx, say.CorpID, r.Before)
	switch {
	case err != nil:
		return m, err
	case !found:
		return m, ErrMessage.With("revoke.pre_msgid: there is no message %q", r.Before)
	case before.sender != from.No:
		return m, ErrNotSender.With("another one's message")
	case before.msgtype == "revoke" || before.msgtype == "switch":
		return m, ErrMessage.With("a %s cannot be revoked", before.msgtype)
	}
	// A second revocation finds the row changed, also one that runs at the same time.
	n, err := tx.Exec(`UPDATE chat_message SET revoked_at = ? WHERE corpid = ? AND no = ? AND revoked_at = 0`, m.At.UnixMilli(), say.CorpID, before.no)
	if err == nil && n == 0 {
		err = ErrRevoked.With("it has been revoked already")
	}
	if err != nil {
		return m, err
	}
	m.From = Person{ID: id.Person(from.UserID), Member: from.No}
	if before.group == 0 {
		names, err := s.deps.Directory.NumberedMembers(tx, say.CorpID, []int64{before.receiver})
		if err == nil && names[before.receiver] == "" {
			err = directory.ErrMemberNotFound.With("the receiver has left")
		}
		m.To = []Person{{ID: id.Person(names[before.receiver]), Member: before.receiver}}
		return m, err
	}
	groups, err := selectGroups(tx, `corpid = ? AND no = ?`, say.CorpID, before.group)
	if err != nil || len(groups) == 0 {
		return m, err
	}
	return s.inRoom(tx, m, groups[0])
}

// put stores the message and tells those who hear of messages.
func (s *Service) put(ctx context.Context, tx *store.Tx, m Message) (no int64, err error) {
	for _, f := range Files(m.Body) {
		if err := s.keep(tx, m.CorpID, f); err != nil {
			return 0, err
		}
	}
	content, err := json.Marshal(m.Body)
	if err != nil {
		return 0, err
	}
	receiver := int64(0)
	if m.Group == 0 && len(m.To) == 1 {
		receiver = m.To[0].Member
	}
	if m.No, err = tx.Insert(`INSERT INTO chat_message (corpid, msgid, at, chat_group, sender, sender_id, receiver, msgtype, content, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		m.CorpID, m.MsgID, m.At.UnixMilli(), m.Group, m.From.Member, string(m.From.ID), receiver, m.Type, string(content)); err != nil {
		return 0, fmt.Errorf("insert message: %w", err)
	}
	return m.No, s.Tell(ctx, tx, m)
}

// Tell tells those who hear of messages of one, also of one that another room keeps.
func (s *Service) Tell(ctx context.Context, tx *store.Tx, m Message) error {
	for _, fn := range s.heard {
		if err := fn(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// Said is a message as its conversation shows it.
type Said struct {
	MsgID   string          `json:"msgid"`
	From    string          `json:"from"`
	Type    string          `json:"msgtype"`
	Content json.RawMessage `json:"content"`
	At      int64           `json:"time"` // Unix milliseconds
	Revoked bool            `json:"revoked,omitempty"`
}

// InGroup returns the newest messages of a group, the newest last.
func (s *Service) InGroup(tx *store.Tx, g Group, limit int64) ([]Said, error) {
	return selectSaid(tx, `corpid = ? AND chat_group = ?`, []any{g.CorpID, g.No}, limit)
}

// Between returns the newest messages of two members, the newest last.
func (s *Service) Between(tx *store.Tx, corpID string, a, b id.UserID, limit int64) ([]Said, error) {
	one, err := s.deps.Directory.Member(tx.Context(), tx, access.System(corpID), a)
	if err != nil {
		return nil, err
	}
	other, err := s.deps.Directory.Member(tx.Context(), tx, access.System(corpID), b)
	if err != nil {
		return nil, err
	}
	return selectSaid(tx, `corpid = ? AND chat_group = 0 AND (sender = ? AND receiver = ? OR sender = ? AND receiver = ?)`, []any{corpID, one.No, other.No, other.No, one.No}, limit)
}

package message

import (
	"context"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of chats (doc 90313).
var (
	ErrChatID        = wire.Code(86001, "invalid chatid")
	ErrChatUnknown   = wire.Code(86003, "chatid not exist")
	ErrChatSize      = wire.Code(86006, "invalid chat member size")
	ErrOtherChat     = wire.Code(86008, "you has no privilege to access this chat, which is created by other agent.")
	ErrNoChatID      = wire.Code(86201, "chatid missing")
	ErrNoOwner       = wire.Code(86203, "chat owner missing")
	ErrNoChatMembers = wire.Code(86204, "chat member missing")
	ErrChatIDLength  = wire.Code(86205, "chatid too long")
	ErrOwner         = wire.Code(86207, "chat owner not in userlist")
	ErrChatTaken     = wire.Code(86215, "chatid existed")
	ErrChatMembers   = wire.Code(86216, "invalid chat member list")
)

// Limits of chats (doc 90245).
const (
	maxChatName    = 50 // characters
	maxChatID      = 32
	minChatMembers = 2
	maxChatMembers = 2000
)

// Chat is a group chat of an application (应用群聊).
type Chat struct {
	No      int64
	CorpID  string
	App     int64
	ChatID  string
	Name    string
	Owner   id.UserID
	Members []id.UserID // by creation
}

// chatCaller checks that the caller sees everyone, as applications with chats must:
// the help of 48002 names this case (doc 90313).
func chatCaller(by access.Caller) error {
	if !by.Range.All() && !by.OfCorp() {
		return wire.ErrForbidden.With("the application's visible range must be the root department")
	}
	return nil
}

// CreateChat creates the chat and returns its id, which it draws if none is given. Without an owner, the
// first member becomes the owner. Doc 90245.
func (s *Service) CreateChat(ctx context.Context, tx *store.Tx, by access.Caller, c Chat) (string, error) {
	if err := chatCaller(by); err != nil {
		return "", err
	}
	if err := validChatID(c.ChatID); err != nil {
		return "", err
	}
	if len(c.Members) == 0 {
		return "", ErrNoChatMembers
	}
	members, err := s.chatMembers(tx, by, c.Members)
	if err != nil {
		return "", err
	}
	if err := validSize(len(members)); err != nil {
		return "", err
	}
	owner := c.Members[0].Key()
	if c.Owner != "" {
		owner = c.Owner.Key()
	}
	if members[owner] == 0 {
		return "", ErrOwner.With("%q", c.Owner)
	}
	if c.ChatID == "" {
		c.ChatID = "wr" + id.Letters(30)
	} else if _, found, err := selectChat(tx, by.CorpID, c.ChatID); err != nil || found {
		return "", firstOf(err, ErrChatTaken.With("%q", c.ChatID))
	}
	c.CorpID, c.App, c.Name = by.CorpID, by.App, cutCharacters(c.Name, maxChatName)
	return c.ChatID, insertChat(tx, c, members[owner], members)
}

func validChatID(chatID string) error {
	switch {
	case len(chatID) > maxChatID:
		return ErrChatIDLength.With("%d characters, at most %d", len(chatID), maxChatID)
	case !plainKey(chatID) || strings.ContainsAny(chatID, "_-@"):
		return ErrChatID.With("letters and digits expected")
	}
	return nil
}

func validSize(n int) error {
	if n < minChatMembers || n > maxChatMembers {
		return ErrChatSize.With("%d members, %d to %d expected", n, minChatMembers, maxChatMembers)
	}
	return nil
}

// chatMembers returns the numbers of the members by key; all must exist.
func (s *Service) chatMembers(tx *store.Tx, by access.Caller, users []id.UserID) (map[string]int64, error) {
	if len(users) > maxChatMembers {
		return nil, validSize(len(users))
	}
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = string(u)
	}
	by.Level = access.All
	found, err := s.deps.Directory.Named(tx, by, names)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, u := range users {
		m, ok := found[u.Key()]
		if !ok {
			return nil, ErrChatMembers.With("%q is not a member", u)
		}
		out[u.Key()] = m.No
	}
	return out, nil
}

// ownChat returns one of the caller's chats.
func (s *Service) ownChat(tx *store.Tx, by access.Caller, chatID string) (chatRow, error) {
	if err := chatCaller(by); err != nil {
		return chatRow{}, err
	}
	if chatID == "" {
		return chatRow{}, ErrNoChatID
	}
	c, found, err := selectChat(tx, by.CorpID, chatID)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, ErrChatUnknown.With("%q", chatID)
	case c.app != by.App && !by.OfCorp():
		return c, ErrOtherChat
	}
	return c, nil
}

// ChatUpdate changes a chat. Nil or empty fields stay as they are.
type ChatUpdate struct {
	ChatID string
	Name   *string
	Owner  id.UserID
	Add    []id.UserID
	Remove []id.UserID
}

// UpdateChat makes the change. A member who has left keeps the old messages and gets no new ones. Doc 98913.
func (s *Service) UpdateChat(ctx context.Context, tx *store.Tx, by access.Caller, u ChatUpdate) error {
	c, err := s.ownChat(tx, by, u.ChatID)
	if err != nil {
		return err
	}
	members, err := selectChatMembers(tx, c.no)
	if err != nil {
		return err
	}
	added, err := s.chatMembers(tx, by, u.Add)
	if err != nil {
		return err
	}
	removed, err := s.inChat(tx, by, members, u.Remove)
	if err != nil {
		return err
	}
	now := map[int64]bool{}
	for _, m := range members {
		now[m] = true
	}
	for _, m := range added {
		now[m] = true
	}
	for _, m := range removed {
		delete(now, m)
	}
	if err := validSize(len(now)); err != nil {
		return err
	}
	if c.owner, err = s.newOwner(tx, by, c, now, u.Owner); err != nil {
		return err
	}
	if u.Name != nil && *u.Name != "" {
		c.name = cutCharacters(*u.Name, maxChatName)
	}
	return changeChat(tx, c, added, removed)
}

// inChat returns the numbers of users who are in the chat; all must be in it.
func (s *Service) inChat(tx *store.Tx, by access.Caller, members []int64, users []id.UserID) ([]int64, error) {
	briefs, err := s.deps.Directory.Briefs(tx, members)
	if err != nil {
		return nil, err
	}
	byKey := map[string]int64{}
	for no, b := range briefs {
		byKey[b.UserID.Key()] = no
	}
	var out []int64
	for _, u := range users {
		no, ok := byKey[u.Key()]
		if !ok {
			return nil, ErrChatMembers.With("%q is not in the chat", u)
		}
		out = append(out, no)
	}
	return out, nil
}

// newOwner returns the owner after the change. If the owner leaves, the chat needs another.
func (s *Service) newOwner(tx *store.Tx, by access.Caller, c chatRow, now map[int64]bool, owner id.UserID) (int64, error) {
	if owner == "" {
		if c.owner != 0 && !now[c.owner] {
			return 0, ErrNoOwner.With("the owner leaves; name another")
		}
		return c.owner, nil
	}
	named, err := s.deps.Directory.Named(tx, access.System(by.CorpID), []string{string(owner)})
	if err == nil && !now[named[owner.Key()].No] {
		err = ErrOwner.With("%q", owner)
	}
	return named[owner.Key()].No, err
}

// Chat returns one of the caller's chats. Doc 98914.
func (s *Service) Chat(ctx context.Context, tx *store.Tx, by access.Caller, chatID string) (Chat, error) {
	r, err := s.ownChat(tx, by, chatID)
	if err != nil {
		return Chat{}, err
	}
	members, err := selectChatMembers(tx, r.no)
	if err != nil {
		return Chat{}, err
	}
	briefs, err := s.deps.Directory.Briefs(tx, members)
	c := Chat{No: r.no, CorpID: by.CorpID, App: r.app, ChatID: r.chatID, Name: r.name, Owner: briefs[r.owner].UserID}
	for _, m := range members {
		c.Members = append(c.Members, briefs[m].UserID)
	}
	if c.Owner == "" && len(c.Members) > 0 { // the owner has left the corp
		c.Owner = c.Members[0]
	}
	return c, err
}

// SendToChat sends a message to one of the caller's chats. Doc 90248.
func (s *Service) SendToChat(ctx context.Context, tx *store.Tx, by access.Caller, chatID string, o Outgoing) error {
	chat, err := s.ownChat(tx, by, chatID)
	if err != nil {
		return err
	}
	if o.Safe != 0 && o.Safe != 1 {
		return wire.ErrParameter.With("safe: 0 or 1 expected")
	}
	co, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	f := sender{s: s, tx: tx, by: by, corp: co, chat: true, safe: o.Safe}
	c, err := f.check(o.MsgType, o.content)
	if err != nil {
		return err
	}
	if err := s.mayPost(tx, chat); err != nil {
		return err
	}
	return s.post(tx, chat, row{msgtype: o.MsgType, body: encode(c.body), safe: o.Safe, files: f.files})
}

// chatPeoplePerMinute is how many receivers a corp's messages to chats may have together (doc 90248). The
// page also has a limit per hour, which depends on the size that the platform has verified for the corp.
// qiwei has no such limit.
const chatPeoplePerMinute = 20_000

func (s *Service) mayPost(tx *store.Tx, c chatRow) error {
	if !s.deps.Limits {
		return nil
	}
	people, err := tx.Count(`SELECT count(*) FROM chat_member WHERE chat = ?`, c.no)
	if err == nil && !s.chat.TakeIn(tx, c.corpID, "appchat/send", int(people), chatPeoplePerMinute, time.Minute) {
		err = wire.ErrFrequency.With("%d receivers a minute are the enterprise's, in all chats together", chatPeoplePerMinute)
	}
	return err
}

// post gives everyone in the chat a message.
func (s *Service) post(tx *store.Tx, c chatRow, r row) error {
	r.corpID, r.app, r.chat = c.corpID, c.app, c.no
	no, err := s.insertMessage(tx, r)
	if err != nil {
		return err
	}
	if r.picture != nil {
		if _, err := tx.Exec(`INSERT INTO message_picture (message, content) VALUES (?, ?)`, no, r.picture); err != nil {
			return err
		}
	}
	members, err := selectChatMembers(tx, c.no)
	if err != nil {
		return err
	}
	return s.giveCopies(tx, no, c.app, c.no, tx.Now().UnixMilli(), members)
}

// userIDs converts texts to userids and drops empty ones.
func userIDs(list []string) []id.UserID {
	var out []id.UserID
	seen := make(map[string]bool, len(list))
	for _, u := range list {
		if u = strings.TrimSpace(u); u != "" && !seen[u] {
			seen[u] = true
			out = append(out, id.UserID(u))
		}
	}
	return out
}

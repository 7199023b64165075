package masssend

import (
	"context"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Message is what members send to many.
type Message struct {
	No      int64
	CorpID  string
	App     int64 // who made it; 0 is a person
	Creator int64 // member, our number; 0 for an application
	// Personal says that the creator made it alone, and for nobody else.
	Personal bool
	Kind     int64
	customer.Content
	Shared      int64 // number of the content in the room of customers
	AllowSelect bool
	Named       bool // of one to groups: they were named
	Source      Source
	Place       int64 // how far preparing has come
	State       int64
	CreatedAt   time.Time
}

// The kinds and states of messages.
const (
	toCustomers = 1
	toGroups    = 2

	preparing = 1
	ready     = 2
	cancelled = 3
)

// Source says for whom a message is, as far as that has to be found out.
type Source struct {
	Sender int64         `json:"sender,omitempty"` // member, our number
	Tags   [][]int64     `json:"tags,omitempty"`   // one of each list
	Range  *access.Range `json:"range,omitempty"`  // of the caller, if it does not see all
}

// Limits of mass messages (doc 92135, 97610).
const (
	maxExternals = 10_000
	maxChats     = 2000
	maxTagList   = 100
	maxReminders = 3 // in 24 hours
)

const messageHead = "msg" // of a msgid

// Errors of mass messages (doc 90313).
var (
	ErrMsgIDMissing = wire.Code(41046, "group message id missing")
	ErrMsgID        = wire.Code(41047, "group message id not found")
	ErrNobody       = wire.Code(41048, "no external contact to send")
	ErrPreparing    = wire.Code(41063, "group message still being dispatched")
	ErrCancelled    = wire.Code(41093, "group message task cancelled")
	ErrReminders    = wire.Code(41094, "group message reminders too frequent")
)

// MsgID returns the id of a message.
func (s *Service) MsgID(m Message) string { return s.msgID(m.No) }

func (s *Service) msgID(no int64) string {
	return messageHead + s.deps.Box.Number(seal.MassMessage, no)
}

// Message returns the corp's message of an id. It answers ErrMsgIDMissing, and ErrMsgID for any other id.
func (s *Service) Message(tx *store.Tx, corpID, msgID string) (Message, error) {
	if msgID == "" {
		return Message{}, ErrMsgIDMissing
	}
	unknown := ErrMsgID.With("%q", msgID)
	rest, ok := strings.CutPrefix(msgID, messageHead)
	no, err := s.deps.Box.OpenNumber(seal.MassMessage, rest)
	if !ok || err != nil {
		return Message{}, unknown
	}
	list, err := selectMessages(tx, `corpid = ? AND no = ?`, corpID, no)
	if err == nil && len(list) == 0 {
		err = unknown
	}
	if err != nil {
		return Message{}, err
	}
	return list[0], nil
}

// prepared is Message for those that are ready. It answers ErrPreparing before.
func (s *Service) prepared(tx *store.Tx, corpID, msgID string) (Message, error) {
	m, err := s.Message(tx, corpID, msgID)
	if err == nil && m.State == preparing {
		err = ErrPreparing
	}
	return m, err
}

// NewMessage asks for a mass message.
type NewMessage struct {
	Groups      bool // to groups, of the sender
	Externals   []id.ExternalID
	Chats       []id.ChatID
	Tags        [][]id.CustomerTag
	Sender      id.UserID
	AllowSelect bool
	customer.Content
	Creator  int64 // member, our number
	Personal bool
}

func (n NewMessage) valid() error {
	switch {
	case n.Groups && n.Sender == "":
		return wire.ErrParameter.With("sender: missing; who sends to groups is named")
	case !n.Groups && n.Sender == "" && len(n.Externals) == 0 && len(n.Tags) == 0:
		return wire.ErrParameter.With("sender, external_userid and tag_filter: one of them expected")
	case len(n.Externals) > maxExternals:
		return wire.ErrParameter.With("external_userid: at most %d, %d given", maxExternals, len(n.Externals))
	case len(n.Chats) > maxChats:
		return wire.ErrParameter.With("chat_id_list: at most %d, %d given", maxChats, len(n.Chats))
	}
	for i, list := range n.Tags {
		if len(list) == 0 || len(list) > maxTagList {
			return wire.ErrParameter.With("tag_filter.group_list[%d].tag_list: 1 to %d expected, %d given", i, maxTagList, len(list))
		}
	}
	return nil
}

// Create makes a message and begins to find out who gets it from whom. Failed are the ids of those who cannot
// get it. It answers ErrNobody if that is everybody. Doc 92135.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, n NewMessage) (m Message, failed []id.Recipient, err error) {
	if err := n.valid(); err != nil {
		return m, nil, err
	}
	if err := s.deps.Customers.CheckContent(tx, by.CorpID, n.Content); err != nil {
		return m, nil, err
	}
	m = Message{CorpID: by.CorpID, App: by.App, Creator: n.Creator, Personal: n.Personal, Kind: toCustomers, Content: n.Content, AllowSelect: n.AllowSelect, State: preparing, CreatedAt: tx.Now()}
	if n.Groups {
		m.Kind, m.AllowSelect, m.Named = toGroups, false, len(n.Chats) > 0
	}
	if n.Sender != "" {
		sender, err := s.deps.Customers.ServingMember(ctx, tx, by, n.Sender)
		if err != nil {
			return m, nil, err
		}
		m.Source.Sender = sender.No
	}
	if !by.SeesAll() {
		m.Source.Range = &by.Range
	}
	if !n.Groups && len(n.Externals) == 0 { // those of externals count for nothing beside them
		for _, list := range n.Tags {
			numbers, err := s.deps.Customers.TagNumbers(tx, by.CorpID, list)
			if err != nil {
				return m, nil, err
			}
			m.Source.Tags = append(m.Source.Tags, numbers)
		}
	}
	if m.Shared, err = s.deps.Customers.Share(tx, by.CorpID, n.Content); err != nil {
		return m, nil, err
	}
	if m.No, err = insertMessage(tx, m); err != nil {
		return m, nil, err
	}
	switch {
	case n.Groups:
		failed, err = s.forGroups(tx, &m, n.Chats)
	case len(n.Externals) > 0:
		failed, err = s.forCustomers(tx, &m, n.Externals)
	default:
		err = s.first(tx, &m)
	}
	return m, failed, err
}

// Remind reminds the members who have not confirmed a message. Doc 97610.
func (s *Service) Remind(tx *store.Tx, by access.Caller, msgID string) error {
	m, err := s.prepared(tx, by.CorpID, msgID)
	if err != nil {
		return err
	}
	if m.State == cancelled {
		return ErrCancelled
	}
	n, err := tx.Count(`SELECT count(*) FROM mass_reminder WHERE corpid = ? AND message = ? AND at > ?`, by.CorpID, m.No, tx.Now().Add(-24*time.Hour).Unix())
	if err == nil && n >= maxReminders {
		err = ErrReminders.With("at most %d in 24 hours", maxReminders)
	}
	if err != nil {
		return err
	}
	_, err = tx.Insert(`INSERT INTO mass_reminder (corpid, message, at) VALUES (?, ?, ?)`, by.CorpID, m.No, tx.Now().Unix())
	return err
}

// Cancel stops a message: what was not confirmed can no longer be, and what is on its way ends. Doc 97611.
func (s *Service) Cancel(tx *store.Tx, by access.Caller, msgID string) error {
	m, err := s.Message(tx, by.CorpID, msgID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE mass_message SET state = ? WHERE corpid = ? AND no = ?`, int64(cancelled), by.CorpID, m.No); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE mass_task SET sending = 0 WHERE corpid = ? AND message = ?`, by.CorpID, m.No)
	return err
}

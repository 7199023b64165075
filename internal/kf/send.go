package kf

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of sending (doc 90313).
var (
	ErrTooMany = wire.Code(95001, "kf msg count out of limit")
	ErrTooLate = wire.Code(95002, "kf msg time out of limit")
	ErrState   = wire.Code(95018, "send msg session status invalid")
)

// Limits of sending (doc 94677).
const (
	maxSent      = 5  // messages to each message of the customer
	maxMessageID = 32 // bytes
)

// failTypes are the reasons for which a message does not reach its customer (doc 94670).
var failTypes = map[int64]bool{0: true, 1: true, 2: true, 4: true, 5: true, 6: true, 8: true, 10: true, 11: true, 12: true, 13: true}

// Sending is a message of the API.
type Sending struct {
	ID      string // made if it is empty
	Type    string
	Content Content
	Link    *AcquisitionLink
}

func (m Sending) valid() error {
	if len(m.ID) > maxMessageID || !wordOnly(m.ID) {
		return wire.ErrParameter.With("msgid: at most %d of 0-9, a-z, A-Z, _ and - expected", maxMessageID)
	}
	return nil
}

// sendable says whether the API may send to a customer now.
func (v Session) sendable(now time.Time) error {
	state := v.at(now)
	switch {
	case v.AskedAt.IsZero(): // that entering alone is answered so is known from programs
		return ErrTooLate.With("the customer has not written yet")
	case now.Sub(v.AskedAt) > window:
		return ErrTooLate.With("the customer's last message is more than 48 hours old")
	case state == Ended:
		return ErrOver.With("it begins again when the customer writes")
	case state != Unhandled && state != Assistant:
		return ErrState.With("it is %d, and 0 or 1 is expected", state)
	case v.Sent >= maxSent:
		return ErrTooMany.With("%d messages were sent since the customer's last", v.Sent)
	}
	return nil
}

// Send sends a message to a customer of an account that the caller manages, within 48 hours and five times
// after each message of the customer. Of an unhandled session the assistant has taken care then. The answer
// comes before the message has arrived: if it does not, msg_send_fail follows. Doc 94677.
func (s *Service) Send(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, external id.ExternalID, m Sending) (msgID string, err error) {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return "", err
	}
	if err := m.valid(); err != nil {
		return "", err
	}
	v, err := s.session(tx, a, external)
	if err != nil {
		return "", err
	}
	content, err := s.outgoing(tx, by.CorpID, m.Type, m.Content, m.Link)
	if err != nil {
		return "", err
	}
	if err := v.sendable(tx.Now()); err != nil {
		return "", err
	}
	v.Sent++
	if v.at(tx.Now()) == Unhandled {
		_, err = s.move(tx, a, v, Assistant, 0)
	} else {
		err = updateSession(tx, a, v)
	}
	if err != nil {
		return "", err
	}
	return s.deliver(tx, a, v, Message{ID: m.ID, Customer: v.Customer, Origin: ByAPI, Type: m.Type, Content: content})
}

// SendOnEvent sends a message for which an event gave a code. Doc 95122.
func (s *Service) SendOnEvent(ctx context.Context, tx *store.Tx, by access.Caller, code string, m Sending) (msgID string, err error) {
	c, err := s.code(tx, by, code)
	if err != nil {
		return "", err
	}
	v, found, err := selectSessionNo(tx, by.CorpID, c.Session)
	if err == nil && !found {
		err = ErrCode
	}
	if err != nil {
		return "", err
	}
	a, err := s.managed(tx, by, s.OpenKfID(v.Account))
	if err != nil {
		return "", err
	}
	if err := m.valid(); err != nil {
		return "", err
	}
	if err := c.check(v, tx.Now()); err != nil {
		return "", err
	}
	content, err := s.onEvent(tx, by.CorpID, c.Kind, m)
	if err != nil {
		return "", err
	}
	if err := c.use(tx, by.CorpID); err != nil {
		return "", err
	}
	if c.Kind == atEntry {
		v.Welcomed = tx.Now()
		if err := updateSession(tx, a, v); err != nil {
			return "", err
		}
	}
	return s.deliver(tx, a, v, Message{ID: m.ID, Customer: v.Customer, Origin: OnEvent, Type: m.Type, Content: content})
}

// onEvent checks a message on an event: a text, and where its rule says so a menu.
func (s *Service) onEvent(tx *store.Tx, corpID string, kind codeKind, m Sending) ([]byte, error) {
	menu := codeRules[kind].menu
	switch {
	case m.Type == "msgmenu" && menu && m.Content.Menu != nil:
		if err := m.Content.Menu.valid(maxEventMenu); err != nil {
			return nil, err
		}
	case m.Type == "msgmenu" && !menu:
		return nil, ErrType.With("the code is for a text")
	case m.Type != "text" && m.Type != "msgmenu":
		return nil, ErrType.With("msgtype %q; text or msgmenu expected", m.Type)
	}
	return s.outgoing(tx, corpID, m.Type, m.Content, nil)
}

// deliver stores a message of the API for its customer. If it does not reach the customer, that is an event.
func (s *Service) deliver(tx *store.Tx, a Account, v Session, m Message) (msgID string, err error) {
	m.Failed = v.Fail != reaches
	if m, err = s.add(tx, a, m); err != nil || !m.Failed {
		return m.ID, err
	}
	return m.ID, s.addEvent(tx, a, v.Customer, "", "", happened{Type: sendFailed, FailID: m.ID, FailType: &v.Fail})
}

package kf

import (
	"context"
	"encoding/json"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What a person in WeChat does at an account.

// Enter is a customer who opens a link of an account. A customer who has neither been welcomed nor written in
// the last 48 hours may be welcomed: the event has a code for it, which is returned too. Doc 94670.
func (s *Service) Enter(ctx context.Context, tx *store.Tx, a Account, c customer.Contact, e entry) (code string, err error) {
	if err := e.valid(); err != nil {
		return "", err
	}
	v, err := sessionOf(tx, a, c.No)
	if err == nil {
		err = begin(tx, a, &v)
	}
	if err != nil {
		return "", err
	}
	now := tx.Now()
	v.EnteredAt, v.Entry = now, e
	if err := updateSession(tx, a, v); err != nil {
		return "", err
	}
	if now.Sub(v.Welcomed) > window && now.Sub(v.AskedAt) > window {
		if code, err = s.newCode(tx, a, v, atEntry); err != nil {
			return "", err
		}
	}
	return code, s.addEvent(tx, a, c.No, "", "", happened{Type: entered, Scene: &e.Scene, Param: &e.Param, Channel: e.Channel, WelcomeCode: code})
}

// errRefused is a script's: a servicer takes no messages of the customer.
var errRefused = wire.ErrParameter.With("servicers take no messages of the customer (kf/serve with accept takes that back)")

// Write is a customer who writes to an account. If no session is under way, one begins. Doc 94669.
func (s *Service) Write(ctx context.Context, tx *store.Tx, a Account, c customer.Contact, msgtype string, content Content) (Message, error) {
	v, err := sessionOf(tx, a, c.No)
	if err == nil {
		err = begin(tx, a, &v)
	}
	if err != nil {
		return Message{}, err
	}
	if v.Refused {
		return Message{}, errRefused
	}
	m := Message{Customer: c.No, Origin: ByCustomer, Type: msgtype}
	if err := s.incoming(tx, a.CorpID, &m, content); err != nil {
		return m, err
	}
	if v.at(tx.Now()) == Ended {
		v.Run++
		v.State, v.Pooled, v.Attended, v.Advice = Unhandled, false, false, nil
		v.Component, v.Entry.Component = v.Entry.Component, 0 // the next session begins without its link
	}
	v.AskedAt, v.Sent = tx.Now(), 0
	if err := updateSession(tx, a, v); err != nil {
		return m, err
	}
	member := int64(0)
	if v.State == Served {
		member = v.Servicer
	}
	if err := count(tx, a, v, member, Counts{Messages: 1, Assigned: v.State == Assistant || v.State == Served, Asked: tx.Now()}); err != nil {
		return m, err
	}
	return s.add(tx, a, m)
}

// Tap is a customer who taps an item of a menu that the account has sent: the item's text is the answer.
func (s *Service) Tap(ctx context.Context, tx *store.Tx, a Account, c customer.Contact, msgID, item string) (Message, error) {
	sent, found, err := selectMessage(tx, a, msgID, true)
	if err != nil {
		return sent, err
	}
	var menu Menu
	if !found || sent.Customer != c.No || sent.Type != "msgmenu" || sent.Failed {
		return sent, wire.ErrParameter.With("tap.msgid: a menu that the customer has received expected")
	}
	if err := json.Unmarshal(sent.Content, &menu); err != nil {
		return sent, err
	}
	for _, i := range menu.Items {
		if i.Click != nil && i.Click.ID == item {
			return s.Write(ctx, tx, a, c, "text", Content{Text: &Text{Content: i.Click.Content, MenuID: item}})
		}
	}
	return sent, wire.ErrParameter.With("tap.id: the id of a click item of the menu expected")
}

// sizes are how large what customers send may be; beyond it the API reads a text in its place (doc 94670).
var sizes = map[string]int64{"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

// incoming checks what a customer or a servicer sends, and puts it into the message.
func (s *Service) incoming(tx *store.Tx, corpID string, m *Message, c Content) error {
	object := c.object(m.Type)
	if object == nil {
		return ErrType.With("msgtype %q and the object of its name expected", m.Type)
	}
	if c.BusinessCard != nil && m.Type == "business_card" {
		if _, found, err := s.known(tx, corpID, c.BusinessCard.UserID); err != nil || !found {
			if err == nil {
				err = wire.ErrParameter.With("business_card.userid: there is no member %q", c.BusinessCard.UserID)
			}
			return err
		}
		m.Other = c.BusinessCard.UserID
	}
	var err error
	switch o := object.(type) {
	case Text:
		if o.Content == "" {
			err = wire.ErrParameter.With("text.content: missing")
		}
	case Location:
		err = o.valid()
	case Menu:
		err = o.valid(maxMenuItems)
	case MiniProgram:
		_, err = s.file(tx, corpID, o.ThumbID, media.Image)
	case Media:
		var f media.File
		if f, err = s.file(tx, corpID, o.MediaID, kindsOf[m.Type]); err == nil && o.Silk != "" {
			_, err = s.file(tx, corpID, o.Silk, media.Other)
		}
		if err == nil && f.Size > sizes[m.Type] {
			m.Type, object = "text", Text{Content: "[" + names[m.Type] + "] 文件过大，无法获取"}
		}
	}
	m.Content = wire.Encode(object)
	return err
}

// names are the words of the notices that stand for files.
var names = map[string]string{"image": "图片", "voice": "语音", "video": "视频", "file": "文件"}

// known returns our number of a member.
func (s *Service) known(tx *store.Tx, corpID string, user id.UserID) (no int64, found bool, err error) {
	numbers, err := s.deps.Directory.MemberNumbers(tx, corpID, []string{string(user)})
	no, found = numbers[string(user)]
	return no, found, err
}

// Recall is the author of a message who takes it back. By is empty for the customer. Doc 94670.
func (s *Service) Recall(ctx context.Context, tx *store.Tx, a Account, c customer.Contact, msgID string, by id.UserID) error {
	m, found, err := selectMessage(tx, a, msgID, false)
	if err != nil {
		return err
	}
	mine := m.Origin == ByCustomer && by == "" || m.Origin == ByServicer && by != "" && m.Servicer.Equal(by)
	if !found || m.Customer != c.No || !mine {
		return wire.ErrParameter.With("msgid: a message of whoever takes it back expected")
	}
	if fresh, err := recallMessage(tx, a, m.Seq); err != nil || !fresh {
		if err == nil {
			err = wire.ErrParameter.With("msgid: the message was taken back before")
		}
		return err
	}
	h := happened{Type: userRecalled, RecallID: m.ID}
	if by != "" {
		h.Type = servicerTook
	}
	return s.addEvent(tx, a, c.No, m.Servicer, "", h)
}

// Refuse is a customer whom messages do not reach for a reason, and from nil on reach again.
func (s *Service) Refuse(tx *store.Tx, a Account, c customer.Contact, why *int64) error {
	v, err := sessionOf(tx, a, c.No)
	if err == nil {
		err = begin(tx, a, &v)
	}
	if err != nil {
		return err
	}
	v.Fail = reaches
	if why != nil {
		if !failTypes[*why] {
			return wire.ErrParameter.With("fail_type: one of msg_send_fail expected, 10 where the customer refuses messages")
		}
		v.Fail = *why
	}
	return updateSession(tx, a, v)
}

package message

import (
	"context"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// Said is what an application, a robot or a member has said in a conversation of this room, or of the robots'
// above it, for whoever keeps what was said.
type Said struct {
	CorpID string
	At     time.Time
	Ref    string // names the message among all of the enterprise's
	By     Speaker
	// Sender is the member who says it; 0 is the speaker.
	Sender int64
	// ChatID is empty where the speaker has a conversation with each of the members alone.
	ChatID string
	// Members have got it, the sender left out.
	Members []int64
	Type    string
	Body    string // JSON: the object of the type
	Files   map[string]media.File
	// Pictures are those that came within the message.
	Pictures [][]byte
	// Recalled says that it was taken back, and nothing else.
	Recalled bool
}

// Speaker is an application or a robot that a conversation is with.
type Speaker struct {
	Kind    string // application, robot or bot
	No      int64  // our number among those of its kind
	Name    string
	Creator id.UserID
}

// The kinds of speakers.
const (
	SpeakerApp   = "application"
	SpeakerRobot = "robot"
	SpeakerBot   = "bot"
)

// Hearer hears of what is said, inside the transaction that does it.
type Hearer interface {
	// Hears reports whether it wants to hear of the enterprise's messages. It is asked with every message.
	Hears(tx *store.Tx, corpID string) (bool, error)
	Heard(ctx context.Context, tx *store.Tx, m Said) error
}

// Tell makes h hear of what is said. It is called before the first message.
func (s *Service) Tell(h Hearer) { s.hearers = append(s.hearers, h) }

// heard reports whether somebody hears of the corp's messages.
func (s *Service) heard(tx *store.Tx, corpID string) (bool, error) {
	for _, h := range s.hearers {
		if hears, err := h.Hears(tx, corpID); err != nil || hears {
			return hears, err
		}
	}
	return false, nil
}

// Pass tells those who hear of messages of one, also of one that another room keeps.
func (s *Service) Pass(ctx context.Context, tx *store.Tx, corpID string, said func() (Said, error)) error {
	var m *Said
	for _, h := range s.hearers {
		hears, err := h.Hears(tx, corpID)
		if err != nil {
			return err
		}
		if !hears {
			continue
		}
		if m == nil {
			one, err := said()
			if err != nil {
				return err
			}
			m = &one
		}
		if err := h.Heard(ctx, tx, *m); err != nil {
			return err
		}
	}
	return nil
}

// tell tells of a message that the members have just got. A message that was taken back meanwhile is not told
// of again.
func (s *Service) tell(tx *store.Tx, no int64, members []int64, recalled bool) error {
	if len(s.hearers) == 0 {
		return nil
	}
	var corpID string
	var recalledAt int64
	found, err := tx.Get(`SELECT corpid, recalled_at FROM message WHERE no = ?`, []any{no}, &corpID, &recalledAt)
	if err != nil || !found || recalledAt != 0 && !recalled {
		return err
	}
	return s.Pass(tx.Context(), tx, corpID, func() (Said, error) {
		m, err := s.said(tx, no)
		m.Members, m.Recalled = members, recalled
		return m, err
	})
}

// said reads a message as it is told of.
func (s *Service) said(tx *store.Tx, no int64) (m Said, err error) {
	var app, chat, robot, at int64
	found, err := tx.Get(`SELECT corpid, app, chat, robot, sender, msgtype, body, sent_at FROM message WHERE no = ?`, []any{no}, &m.CorpID, &app, &chat, &robot, &m.Sender, &m.Type, &m.Body, &at)
	if err != nil || !found {
		return m, err
	}
	m.At, m.Ref, m.Files = time.UnixMilli(at).UTC(), fmt.Sprint("message ", no), map[string]media.File{}
	files, err := filesOf(tx, []int64{no})
	if err != nil {
		return m, err
	}
	for _, f := range files[no] {
		m.Files[f.MediaID] = media.File{MediaID: f.MediaID, Kind: f.Kind, Name: f.Name, Size: f.Size, Key: f.key}
	}
	if chat != 0 {
		c, _, err := oneChat(tx, `no = ?`, chat)
		if err != nil {
			return m, err
		}
		m.ChatID = c.chatID
	}
	if robot == 0 {
		a, err := s.deps.Apps.AppNo(tx, app)
		m.By = Speaker{Kind: SpeakerApp, No: app, Name: a.Name}
		return m, err
	}
	m.By = Speaker{Kind: SpeakerRobot, No: robot}
	if _, err := tx.Get(`SELECT name FROM robot WHERE no = ?`, []any{robot}, &m.By.Name); err != nil {
		return m, err
	}
	return m, tx.Each(`SELECT content FROM message_picture WHERE message = ?`, []any{no}, func(rows *store.Rows) error {
		var content []byte
		err := rows.Scan(&content)
		m.Pictures = append(m.Pictures, content)
		return err
	})
}

// tellRecalled tells of a message that was taken back, before its files are let go.
func (s *Service) tellRecalled(tx *store.Tx, corpID string, no int64) error {
	if hears, err := s.heard(tx, corpID); err != nil || !hears {
		return err
	}
	var members []int64
	if err := tx.Each(`SELECT member FROM message_copy WHERE message = ? ORDER BY member`, []any{no}, func(rows *store.Rows) error {
		var m int64
		err := rows.Scan(&m)
		members = append(members, m)
		return err
	}); err != nil {
		return err
	}
	return s.tell(tx, no, members, true)
}

// without returns those of the members who do not have the message yet, where somebody hears of it.
func (s *Service) without(tx *store.Tx, no int64, members []int64) ([]int64, error) {
	var corpID string
	if len(s.hearers) == 0 {
		return nil, nil
	}
	if _, err := tx.Get(`SELECT corpid FROM message WHERE no = ?`, []any{no}, &corpID); err != nil {
		return nil, err
	}
	if hears, err := s.heard(tx, corpID); err != nil || !hears {
		return nil, err
	}
	has := map[int64]bool{}
	for some := range slices.Chunk(members, copiesAtOnce) {
		if err := tx.Each(`SELECT member FROM message_copy WHERE message = ? AND member IN (`+store.Marks(len(some))+`)`, store.Args([]any{no}, some), func(rows *store.Rows) error {
			var m int64
			err := rows.Scan(&m)
			has[m] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	var out []int64
	for _, m := range members {
		if !has[m] {
			out = append(out, m)
		}
	}
	return out, nil
}

package aibot

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// add stores a complete message and tells of it.
func (s *Service) add(tx *store.Tx, p place, r row) (int64, error) {
	no, err := insertMessage(tx, r)
	if err != nil {
		return 0, err
	}
	return no, s.tell(tx, p, no)
}

// tell tells of a message that will not grow any more.
func (s *Service) tell(tx *store.Tx, p place, no int64) error {
	return s.deps.Messages.Pass(tx.Context(), tx, p.bot.CorpID, func() (message.Said, error) { return s.said(tx, p, no) })
}

// said reads a message as it is told of.
func (s *Service) said(tx *store.Tx, p place, no int64) (m message.Said, err error) {
	var at int64
	m = message.Said{
		CorpID: p.bot.CorpID, Ref: fmt.Sprint("bot ", no), By: message.Speaker{Kind: message.SpeakerBot, No: p.bot.No, Name: p.bot.Name}, ChatID: p.group.ChatID,
		Files: map[string]media.File{},
	}
	if _, err := tx.Get(`SELECT sender, msgtype, body, sent_at FROM bot_message WHERE no = ?`, []any{no}, &m.Sender, &m.Type, &m.Body, &at); err != nil {
		return m, err
	}
	m.At = time.UnixMilli(at).UTC()
	if p.group.No != 0 {
		users, err := s.deps.Messages.GroupUsers(tx, p.group.No)
		if err != nil {
			return m, err
		}
		for member := range users {
			if member != m.Sender {
				m.Members = append(m.Members, member)
			}
		}
	} else if m.Sender == 0 {
		m.Members = []int64{p.member}
	}
	var w Written
	if err := json.Unmarshal([]byte(m.Body), &w); err != nil {
		return m, fmt.Errorf("message %d of a robot: %w", no, err)
	}
	ids := []string{w.MediaID}
	for _, it := range w.Items {
		ids = append(ids, it.MediaID)
	}
	for _, mediaID := range ids {
		if mediaID == "" {
			continue
		}
		f, err := s.deps.Media.File(tx, p.bot.CorpID, mediaID)
		if errors.Is(err, media.ErrMediaID) { // it has expired
			continue
		}
		if err != nil {
			return m, err
		}
		m.Files[mediaID] = f
	}
	return m, tx.Each(`SELECT content FROM bot_picture WHERE message = ? ORDER BY place`, []any{no}, func(rows *store.Rows) error {
		var content []byte
		err := rows.Scan(&content)
		m.Pictures = append(m.Pictures, content)
		return err
	})
}

// tellCut tells of the streams of a turn that are ended before they were finished.
func (s *Service) tellCut(tx *store.Tx, t turn) error {
	var list []int64
	if err := tx.Each(`SELECT no FROM bot_message WHERE turn = ? AND open = 1`, []any{t.no}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		list = append(list, no)
		return err
	}); err != nil || len(list) == 0 {
		return err
	}
	p, found, err := s.place(tx, t)
	if err != nil || !found {
		return err
	}
	for _, no := range list {
		if err := s.tell(tx, p, no); err != nil {
			return err
		}
	}
	return nil
}

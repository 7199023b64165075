package aibot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// stream shows the member a part of an answer, which replaces the part before it (doc 101031), and a card
// beside it.
func (s *Service) stream(ctx context.Context, tx *store.Tx, p place, t turn, in reply) error {
	part := in.Stream
	if part == nil {
		return wire.ErrEmpty.With("stream")
	}
	var pics [][]byte
	var err error
	if part.Finish { // the platform shows no pictures before that
		if pics, err = pictures(part.Items); err != nil {
			return err
		}
	}
	if part.Content != nil {
		if err := within("stream.content", *part.Content); err != nil {
			return err
		}
	}
	if part.ID == "" {
		part.ID = t.stream
	}
	if part.ID == "" || len(part.ID) > maxStreamID {
		return wire.ErrParameter.With("stream.id: 1 to %d bytes expected in the first answer", maxStreamID)
	}
	if p.bot.Mode == Webhook && tx.Now().UnixMilli() >= t.endsAt {
		return ErrStreamOver.With("a stream ends %v after the message", callbackStream)
	}
	no, err := s.growStream(tx, p, &t, *part)
	if err != nil {
		return err
	}
	for i, content := range pics {
		if _, err := tx.Exec(`INSERT INTO bot_picture (message, place, content) VALUES (?, ?, ?)`, no, int64(i), content); err != nil {
			return err
		}
	}
	if part.Finish {
		if err := s.tell(tx, p, no); err != nil {
			return err
		}
	}
	if in.MsgType == "stream_with_template_card" && in.Card != nil {
		if t.carded {
			return wire.ErrParameter.With("a message is answered with one card")
		}
		if _, err := s.deliverCard(tx, p, in.Card, row{turn: t.no}); err != nil {
			return err
		}
		t.carded = true
	}
	state, look := int64(streaming), t.endsAt
	switch {
	case part.Finish:
		state, look = over, 0
	case p.bot.Mode == Webhook:
		look = s.nextLook(tx, t.endsAt)
	}
	tx.AfterCommit(s.look)
	_, err = tx.Exec(`UPDATE bot_turn SET state = ?, stream = ?, ends_at = ?, look_at = ?, carded = ? WHERE no = ?`,
		state, part.ID, t.endsAt, look, flag(t.carded), t.no)
	return err
}

// growStream makes the message of a stream's first part, or gives it the next.
func (s *Service) growStream(tx *store.Tx, p place, t *turn, part streamReply) (no int64, err error) {
	var body string
	var open bool
	found, err := tx.Get(`SELECT no, body, open <> 0 FROM bot_message WHERE turn = ? AND stream = ? AND stream <> ''`, []any{t.no, part.ID}, &no, &body, &open)
	if err != nil {
		return 0, err
	}
	if !found {
		if p.bot.Mode == WebSocket {
			t.endsAt = tx.Now().Add(longStream).UnixMilli()
		}
		feedback, err := part.Feedback.check()
		if err != nil {
			return 0, err
		}
		now := streamBody{Finish: part.Finish}
		if part.Content != nil {
			now.Content = *part.Content
		}
		return insertMessage(tx, row{bot: p.bot.No, chat: p.group.No, member: p.member, turn: t.no, msgtype: "stream",
			body: encode(now), stream: part.ID, open: !part.Finish, feedback: feedback})
	}
	if !open || tx.Now().UnixMilli() >= t.endsAt {
		return 0, ErrStreamOver.With("it is finished, or its time is over")
	}
	var now streamBody
	if err := json.Unmarshal([]byte(body), &now); err != nil {
		return 0, fmt.Errorf("stream %d: %w", no, err)
	}
	if now.Finish = part.Finish; part.Content != nil {
		now.Content = *part.Content
	}
	_, err = tx.Exec(`UPDATE bot_message SET body = ?, open = ? WHERE no = ?`, encode(now), flag(!part.Finish), no)
	return no, err
}

const (
	// refreshEvery is how soon more of a stream is asked for; the platform's interval is not documented.
	// refreshAgain is how long to wait for the answer before asking again.
	refreshEvery = time.Second
	refreshAgain = 8 * time.Second
)

// nextLook returns when to ask for more of a stream that ends at endsAt.
func (s *Service) nextLook(tx *store.Tx, endsAt int64) int64 {
	return min(tx.Now().Add(refreshEvery).UnixMilli(), endsAt)
}

package aibot

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// mayAnswer applies the limit on a conversation's messages. The parts of a stream count as one message.
func (s *Service) mayAnswer(tx *store.Tx, t turn, r reply) error {
	if !s.deps.Limits || r.Stream != nil && r.Stream.ID != "" && r.Stream.ID == t.stream {
		return nil
	}
	return s.maySend(tx, t.bot, orNull(t.chat), orNull(t.member))
}

const (
	// How much a robot may send into a conversation over the long connection. The
	// numbers are quoted from its page and unverified.
	perMinute = 30
	perHour   = 1000
)

func (s *Service) maySend(tx *store.Tx, bot int64, chat, member any) error {
	if !s.deps.Limits {
		return nil
	}
	where := `chat IS NULL AND member = ?`
	whose := member
	if chat != nil {
		where, whose = `chat = ?`, chat
	}
	for _, l := range []struct {
		most int64
		in   time.Duration
	}{{perMinute, time.Minute}, {perHour, time.Hour}} {
		n, err := tx.Count(`SELECT count(*) FROM bot_message WHERE `+where+` AND bot = ? AND sender = 0 AND sent_at > ?`, whose, bot, tx.Now().Add(-l.in).UnixMilli())
		if err == nil && n >= l.most {
			err = wire.ErrFrequency
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendUnasked sends a message into a conversation in which the robot has been
// spoken to before (doc 101463).
func (s *Service) sendUnasked(ctx context.Context, tx *store.Tx, b Bot, r reply) error {
	if err := r.of(unasked.takes("")); err != nil {
		return err
	}
	p, err := s.sendTo(tx, b, r)
	if err != nil {
		return err
	}
	if err := s.maySend(tx, b.No, orNull(p.group.No), orNull(p.member)); err != nil {
		return err
	}
	_, err = s.deliver(ctx, tx, p, r, row{})
	return err
}

// sendTo finds the conversation: a member's, by the userid, or a chat.
func (s *Service) sendTo(tx *store.Tx, b Bot, r reply) (place, error) {
	p := place{bot: b}
	if r.ChatType < 0 || r.ChatType > 2 {
		return p, wire.ErrParameter.With("chat_type: 0, 1 or 2 expected")
	}
	spoken := func(where string, whose int64) error {
		n, err := tx.Count(`SELECT count(*) FROM bot_message WHERE `+where+` AND bot = ? AND sender <> 0`, whose, b.No)
		if err == nil && n == 0 {
			err = ErrChat.With("nobody has spoken to the robot there")
		}
		return err
	}
	if r.ChatType != 1 {
		g, found, err := s.deps.Messages.Group(tx, b.CorpID, r.ChatID)
		if err != nil {
			return p, err
		}
		if found {
			n, err := tx.Count(`SELECT count(*) FROM bot_chat WHERE bot = ? AND chat = ?`, b.No, g.No)
			if err == nil && n == 0 {
				err = ErrChat.With("the robot is not in the chat")
			}
			if err != nil {
				return p, err
			}
			p.group = g
			return p, spoken(`chat = ?`, g.No)
		}
		if r.ChatType == 2 {
			return p, ErrChat.With("%q", cut(r.ChatID, 64))
		}
	}
	named, err := s.deps.Directory.Named(tx, access.System(b.CorpID), []string{r.ChatID})
	if err != nil {
		return p, err
	}
	for _, m := range named {
		p.member = m.No
		return p, spoken(`member = ?`, m.No)
	}
	return p, ErrChat.With("%q", cut(r.ChatID, 64))
}

package aibot

import (
	"context"
	"strings"
	"time"

	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) deliverCard(tx *store.Tx, p place, c *cardReply, r row) (int64, error) {
	card, feedback, err := s.checkCard(tx, p, c, false)
	if err != nil {
		return 0, err
	}
	if card.TaskID != "" {
		n, err := tx.Count(`SELECT count(*) FROM bot_message WHERE bot = ? AND task_id = ?`, p.bot.No, card.TaskID)
		if err == nil && n > 0 {
			err = message.ErrTaskID.With("%q is the id of an earlier card", card.TaskID)
		}
		if err != nil {
			return 0, err
		}
	}
	r.bot, r.chat, r.member = p.bot.No, p.group.No, p.member
	r.msgtype, r.body, r.taskID, r.feedback = "template_card", string(wire.Encode(*card)), card.TaskID, feedback
	return s.add(tx, p, r)
}

func (s *Service) checkCard(tx *store.Tx, p place, c *cardReply, update bool) (*message.Card, string, error) {
	if c == nil {
		return nil, "", message.ErrCardType.With("template_card is missing")
	}
	card := c.Card
	if err := s.deps.Messages.CheckBotCard(tx, p.bot.CorpID, &card, update); err != nil {
		return nil, "", err
	}
	feedback, err := c.Feedback.check()
	return &card, feedback, err
}

// updateCard replaces a card whose button was pressed, for some or all of those who have it (doc 101031).
func (s *Service) updateCard(ctx context.Context, tx *store.Tx, p place, t turn, in reply) error {
	if in.ResponseType != "update_template_card" {
		return ErrResponseType.With("%q; update_template_card expected", in.ResponseType)
	}
	if tx.Now().Sub(t.began()) > promptly+time.Second {
		return ErrReqID.With("a card is updated within %v", promptly)
	}
	card, feedback, err := s.checkCard(tx, p, in.Card, true)
	if err != nil {
		return err
	}
	if card.TaskID != "" && card.TaskID != t.taskID {
		return message.ErrTaskID.With("%q was pressed, %q is to be updated", t.taskID, card.TaskID)
	}
	card.TaskID = t.taskID
	receivers := []int64{0}
	if len(in.UserIDs) > 0 {
		if receivers, err = s.receivers(tx, p, in.UserIDs); err != nil {
			return err
		}
	}
	for _, m := range receivers {
		if _, err := tx.Exec(`INSERT INTO bot_card (message, member, body, feedback) VALUES (?, ?, ?, ?)`, t.message, m, string(wire.Encode(*card)), feedback); err != nil {
			return err
		}
	}
	return nil
}

// receivers returns those of the users who are in the conversation; at least one
// must be.
func (s *Service) receivers(tx *store.Tx, p place, users []string) (out []int64, err error) {
	inside := map[string]int64{}
	if p.group.No != 0 {
		names, err := s.deps.Messages.GroupUsers(tx, p.group.No)
		if err != nil {
			return nil, err
		}
		for no, u := range names {
			inside[u.Key()] = no
		}
	} else {
		names, err := s.deps.Directory.Briefs(tx, []int64{p.member})
		if err != nil {
			return nil, err
		}
		inside[names[p.member].UserID.Key()] = p.member
	}
	for _, u := range users {
		if no, ok := inside[strings.ToLower(u)]; ok {
			out = append(out, no)
		}
	}
	if len(out) == 0 {
		err = message.ErrTarget.With("none of these members has the card")
	}
	return out, err
}

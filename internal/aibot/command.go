package aibot

import (
	"context"
	"encoding/json"

	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Command carries out a command of the long connection that belongs to a room above. It runs in the transaction in
// which the connection was found to be the robot's still, and returns the body of the acknowledgement.
type Command func(ctx context.Context, tx *store.Tx, b Bot, body []byte) (any, error)

// OnCommand registers what a command of the long connection does. Rooms do so while the server is assembled.
func (s *Service) OnCommand(cmd string, fn Command) { s.commands[cmd] = fn }

// command carries out a command that another room has registered.
func (c *conn) command(in frame) (body json.RawMessage, err error) {
	fn, ok := c.s.commands[in.Cmd]
	if !ok {
		return nil, wire.ErrParameter.With("unknown cmd %q", in.Cmd)
	}
	return body, c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
		b, found, err := c.s.oneBot(tx, `no = ? AND conn = ?`, c.bot, c.id)
		if err == nil && !found {
			err = ErrNotSubscribed.With("another connection has taken its place")
		}
		if err != nil {
			return err
		}
		answer, err := fn(c.ctx, tx, b, in.Body)
		if err != nil || answer == nil {
			return err
		}
		body, err = json.Marshal(answer)
		return err
	})
}

// Where names a conversation of a robot: a member's, by the userid, or a chat.
type Where struct {
	ChatID string
	Type   int64 // 1 single, 2 group, 0 either
}

// SendCard sends a card into a conversation in which the robot has been spoken to before. It answers ErrChat for
// others (93006).
func (s *Service) SendCard(ctx context.Context, tx *store.Tx, b Bot, to Where, card message.Card) error {
	return s.sendUnasked(ctx, tx, b, reply{MsgType: "template_card", ChatID: to.ChatID, ChatType: to.Type, Card: &cardReply{Card: card}})
}

// BotNamed returns the robot with the id, in whatever enterprise.
func (s *Service) BotNamed(tx *store.Tx, botID string) (b Bot, found bool, err error) {
	return s.oneBot(tx, `botid = ?`, botID)
}

// BotNo returns the robot with our number.
func (s *Service) BotNo(tx *store.Tx, no int64) (b Bot, found bool, err error) {
	return s.oneBot(tx, `no = ?`, no)
}

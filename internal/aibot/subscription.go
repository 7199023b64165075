package aibot

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// subscribe makes the connection a robot's. The robot's previous connection is told and closed.
func (c *conn) subscribe(body []byte) error {
	var req struct {
		BotID  string `json:"bot_id"`
		Secret string `json:"secret"`
	}
	wire.Decode(body, &req)
	err := c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) error {
		_, err := c.subscriber(tx, req.BotID, req.Secret)
		return err
	})
	// A wrong secret counts only against the address that it came from. So a stranger who knows a bot_id
	// cannot use up the attempts of its own program.
	if errors.Is(err, ErrCredential) && c.limited(c.from.String()+" "+req.BotID[:min(len(req.BotID), 64)], "wrong aibot_subscribe") {
		return wire.ErrFrequency
	}
	if err != nil {
		return err
	}
	if c.limited(req.BotID, "aibot_subscribe") {
		return wire.ErrFrequency
	}
	var found Bot
	err = c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
		b, err := c.subscriber(tx, req.BotID, req.Secret)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE bot SET conn = ?, conn_at = ? WHERE no = ?`, c.id, tx.Now().UnixMilli(), b.No)
		found = b
		return err
	})
	if err == nil {
		c.asked = found.No
		c.mu.Lock()
		if c.botID = found.BotID; c.mood == deposed {
			c.mood = well
		}
		c.mu.Unlock()
	}
	return err
}

// limited counts a subscription and reports whether it is one too many.
func (c *conn) limited(who, what string) bool {
	return c.s.deps.Limits && !c.s.subscribing.Take(c.s.deps.Clock.Now(), who, what, subscribePerMinute, time.Minute)
}

// subscriber returns the robot that the connection may become, or why it may not.
func (c *conn) subscriber(tx *store.Tx, botID, secret string) (Bot, error) {
	b, found, err := c.s.oneBot(tx, `botid = ?`, botID)
	switch {
	case err != nil:
		return b, err
	case !found || subtle.ConstantTimeCompare([]byte(b.Secret), []byte(secret)) == 0:
		return b, ErrCredential
	case b.Mode != WebSocket:
		return b, ErrCredential.With("the robot has the callback form; give it the mode %s", WebSocket)
	case b.Disabled:
		return b, ErrCredential.With("the robot is switched off")
	case c.bot != 0 && c.bot != b.No:
		return b, wire.ErrParameter.With("the connection is another robot's")
	}
	return b, nil
}

// adopt makes the connection the one that its robot's pushes go to.
func (c *conn) adopt() {
	c.ws.SetReadLimit(maxFrame)
	c.mu.Lock()
	c.bot, c.asked = c.asked, 0
	c.mu.Unlock()
	c.s.hub.subscribe(c.bot, c)
}

func (c *conn) unsubscribe() {
	if c.bot == 0 {
		return
	}
	err := c.s.deps.Store.Write(context.WithoutCancel(c.ctx), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE bot SET conn = '' WHERE no = ? AND conn = ?`, c.bot, c.id)
		return err
	})
	if err != nil {
		c.s.deps.Log.Warn("end a robot's connection", "bot", c.bot, "err", err)
	}
}

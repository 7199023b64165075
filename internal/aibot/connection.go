package aibot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of the long connection's frames. No official page has them; Programs in the field have been answered
// 853000, 846605, 846608 and 846609.
var (
	ErrCredential    = wire.Code(853000, "invalid bot_id or secret")
	ErrNotSubscribed = wire.Code(846609, "aibot websocket not subscribed")
	ErrChat          = wire.Code(93006, "invalid chatid")
)

const (
	// maxFrame bounds a frame. A stream that ends with ten pictures of 10 MB each,
	// which doc 101031 allows, does not fit into one.
	maxFrame = 16 << 20
	// maxFirst bounds a frame of a connection that has not subscribed: it has room for
	// a bot_id and a secret, and anybody may send it.
	maxFirst = 16 << 10
	// silence is how long a connection may send nothing: three heartbeats (doc 101463: one each 30 seconds).
	silence = 90 * time.Second
	// introduction is how long a connection may take to subscribe.
	introduction = 5 * time.Second
	// lookEvery is how often, by the machine's clock, a connection checks whether another server has queued
	// something for its robot or has replaced it.
	lookEvery = time.Second
	writeFor  = 10 * time.Second
	// subscribePerMinute is how often a robot may subscribe where limits are on, and how
	// many wrong secrets for it an address may send; the platform's number is not
	// documented.
	subscribePerMinute = 30
)

// conn is a long connection.
type conn struct {
	s    *Service
	id   string
	ws   *websocket.Conn
	ctx  context.Context
	end  context.CancelFunc
	wake chan struct{}
	from netip.Addr

	asked int64 // robot that has subscribed and is to be adopted; used by listen only

	mu    sync.Mutex
	bot   int64  // 0 until it has subscribed; written by listen only
	botID string // of the robot, from before its subscription is acknowledged
	heard time.Time
	began time.Time

	line  *line          // what is below it, where there may be faults
	mood  mood           // see misbehave.go; under mu
	sides sync.WaitGroup // what runs for it beside listen
}

// frame is a message of the long connection, either way. An acknowledgement has
// no cmd.
type frame struct {
	Cmd     string          `json:"cmd,omitempty"`
	Headers frameHeaders    `json:"headers"`
	Body    json.RawMessage `json:"body,omitempty"`
	ErrCode *int            `json:"errcode,omitempty"`
	ErrMsg  *string         `json:"errmsg,omitempty"`
}

type frameHeaders struct {
	ReqID string `json:"req_id"`
}

// ServeWebSocket holds a robot's long connection (doc 101463).
func (s *Service) ServeWebSocket(w http.ResponseWriter, r *http.Request) {
	w, below, ok := s.lay(w, r)
	if !ok {
		return
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ws.SetReadLimit(maxFirst)
	// The request's own context ends with the handler, which is when we return.
	ctx, end := context.WithCancel(context.WithoutCancel(r.Context()))
	defer end()
	c := &conn{s: s, id: id.Hex(16), ws: ws, ctx: ctx, end: end, wake: make(chan struct{}, 1), from: s.deps.ClientIP(r), heard: s.deps.Clock.Now(), began: s.deps.Clock.Now(), line: below}
	if !s.hub.enter(c) {
		ws.Close(websocket.StatusGoingAway, "the server stops")
		return
	}
	defer s.hub.leave(c)
	c.accepted()
	c.sides.Go(func() { c.rescued("robot's connection, telling", c.tell) })
	c.rescued("robot's connection, listening", c.listen)
	c.sides.Wait()
	ws.Close(websocket.StatusGoingAway, "")
	c.unsubscribe()
}

// rescued runs one side of the connection, and ends both when it ends.
func (c *conn) rescued(where string, side func()) {
	defer c.end()
	c.s.deps.Rescue.Run(where, func() error { side(); return nil })
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// listen reads frames and acknowledges each, until the connection ends.
func (c *conn) listen() {
	for {
		_, raw, err := c.ws.Read(c.ctx)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.heard = c.s.deps.Clock.Now()
		c.mu.Unlock()
		if err := c.reply(raw); err != nil {
			return
		}
		if c.asked != 0 { // what waits for the robot is sent after the acknowledgement
			c.adopt()
		}
	}
}

// take does what a frame asks for and returns its acknowledgement.
func (c *conn) take(raw []byte) frame {
	var in frame
	ack := func(body json.RawMessage, err error) frame {
		code, text := 0, "ok"
		var refused wire.Error
		switch {
		case err == nil:
		case errors.As(err, &refused):
			code, text = refused.Code, refused.Message()
		default:
			code, text = wire.ErrBusy.Code, wire.ErrBusy.Text
			if c.ctx.Err() == nil {
				c.s.deps.Log.Error("robot's frame", "cmd", in.Cmd, "bot", c.bot, "err", err)
			}
		}
		return frame{Headers: in.Headers, Body: body, ErrCode: &code, ErrMsg: &text}
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return ack(nil, wire.ErrParameter.With("the frame is not JSON of the form {cmd, headers: {req_id}, body}"))
	}
	switch {
	case in.Cmd == "aibot_subscribe":
		return ack(nil, c.subscribe(in.Body))
	case in.Cmd == "ping":
		return ack(nil, nil)
	case c.bot == 0:
		return ack(nil, ErrNotSubscribed)
	}
	return ack(c.do(in))
}

func (c *conn) send(f frame) error {
	ctx, cancel := context.WithTimeout(c.ctx, writeFor)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, []byte(encode(f)))
}

// tell sends the robot what waits for it, and ends the connection when it has been
// silent for too long or is no longer the robot's.
func (c *conn) tell() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		c.mu.Lock()
		bot, heard, is := c.bot, c.heard, c.mood
		c.mu.Unlock()
		now := c.s.deps.Clock.Now()
		switch {
		case is == halfOpen:
			c.s.deps.Clock.Wait(c.ctx, now.Add(longestHalfOpen))
			return
		case is == silent || is == deposed && now.Sub(heard) <= silence:
		case bot == 0 && now.Sub(c.began) > introduction:
			c.ws.Close(websocket.StatusPolicyViolation, "subscribe first")
			return
		case now.Sub(heard) > silence:
			c.ws.Close(websocket.StatusPolicyViolation, "no heartbeat")
			return
		case bot != 0:
			if ended, err := c.sendPushes(bot); err != nil || ended {
				if err != nil && c.ctx.Err() == nil {
					c.s.deps.Log.Warn("tell a robot", "bot", bot, "err", err)
				}
				return
			}
		}
		select {
		case <-c.ctx.Done():
			return
		case <-c.wake:
		case <-tick.C:
		}
	}
}

// waitingPush is a frame on its way to the robot.
type waitingPush struct {
	no          int64
	kind, reqID string
	push        string
	late        bool // it has waited too long for an answer
}

// sendPushes sends what waits, oldest first, each at least once: a connection that
// breaks before a frame is marked as sent gives it to the next.
func (c *conn) sendPushes(bot int64) (ended bool, err error) {
	for {
		var list []waitingPush
		var b Bot
		var conn string
		if err := c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) (err error) {
			list = nil
			found := false
			if b, found, err = c.s.oneBot(tx, `no = ?`, bot); err != nil || !found {
				conn = ""
				return err
			}
			if _, err := tx.Get(`SELECT conn FROM bot WHERE no = ?`, []any{bot}, &conn); err != nil {
				return err
			}
			now := tx.Now()
			return tx.Each(`SELECT no, kind, req_id, push, began_at FROM bot_turn WHERE bot = ? AND waiting = 1 ORDER BY no LIMIT 50`, []any{bot}, func(rows *store.Rows) error {
				var p waitingPush
				var began int64
				err := rows.Scan(&p.no, &p.kind, &p.reqID, &p.push, &began)
				wait := waitLong
				if p.kind == entered || p.kind == pressed {
					wait = promptly
				}
				p.late = now.Sub(time.UnixMilli(began)) > wait
				list = append(list, p)
				return err
			})
		}); err != nil {
			return false, err
		}
		if err := c.complete(b, list); err != nil {
			return false, err
		}
		if c.misbehaves() {
			return false, nil
		}
		if conn != c.id || b.Mode != WebSocket || b.Disabled {
			return true, c.dismiss(b, conn)
		}
		if len(list) == 0 {
			return false, nil
		}
		for _, p := range list {
			if p.late {
				continue
			}
			cmd := "aibot_event_callback"
			if p.kind == said {
				cmd = "aibot_msg_callback"
			}
			err := c.push(b.BotID, frame{Cmd: cmd, Headers: frameHeaders{p.reqID}, Body: json.RawMessage(p.push)})
			if errors.Is(err, errHeld) {
				return false, nil
			}
			if err != nil {
				return true, err
			}
		}
		if err := c.marked(func(tx *store.Tx) error {
			for _, p := range list {
				if _, err := tx.Exec(`UPDATE bot_turn SET waiting = 0, push = '' WHERE no = ?`, p.no); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return false, err
		}
	}
}

// marked runs fn, which marks what was sent. A connection that ends in between marks it all the same: what its program
// has read comes to the next one only if the server dies here, or the database does not answer.
func (c *conn) marked(fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), markFor)
	defer cancel()
	return c.s.deps.Store.Write(ctx, fn)
}

// markFor is how long the end of a connection waits for that.
const markFor = 5 * time.Second

// complete writes a push that was stored as its head only: a message, whose files get their addresses now.
func (c *conn) complete(b Bot, list []waitingPush) error {
	return c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) error {
		for i := range list {
			p := &list[i]
			if p.kind != said || p.late {
				continue
			}
			var h head
			if err := json.Unmarshal([]byte(p.push), &h); err != nil {
				return fmt.Errorf("turn %d: %w", p.no, err)
			}
			var body, quote string
			found, err := tx.Get(`SELECT m.body, m.quote FROM bot_turn t JOIN bot_message m ON m.no = t.message WHERE t.no = ?`, []any{p.no}, &body, &quote)
			if err == nil && found {
				p.push, err = c.s.messagePush(tx, b, h, body, quote)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// dismiss ends a connection that is no longer the robot's. If another has replaced it, the program is told so
// (doc 101463).
func (c *conn) dismiss(b Bot, by string) error {
	if by != "" && by != c.id {
		if err := c.replaced(b.BotID); err != nil {
			return err
		}
		c.ws.Close(websocket.StatusNormalClosure, replacedReason)
		return nil
	}
	c.ws.Close(websocket.StatusPolicyViolation, "the robot was removed, switched off or given another mode")
	return nil
}

const replacedReason = "replaced by a new connection"

// replaced tells the program that another has taken its place.
func (c *conn) replaced(botID string) error {
	event := eventPush{head{MsgID: id.Letters(28), CreateTime: c.s.deps.Clock.Now().Unix(), BotID: botID, MsgType: "event"}, eventPart{Type: "disconnected_event", Disconnected: &struct{}{}}}
	return c.send(frame{Cmd: "aibot_event_callback", Headers: frameHeaders{id.Hex(16)}, Body: json.RawMessage(encode(event))})
}

// do carries out a frame of a subscribed robot.
func (c *conn) do(in frame) (json.RawMessage, error) {
	s := c.s
	switch in.Cmd {
	case "aibot_upload_media_init":
		return s.uploadInit(c.ctx, c.bot, in.Body)
	case "aibot_upload_media_chunk":
		return nil, s.uploadChunk(c.bot, in.Body)
	case "aibot_upload_media_finish":
		return s.uploadFinish(c.ctx, c.bot, in.Body)
	}
	doors := map[string]outlet{
		"aibot_respond_msg": framed, "aibot_respond_welcome_msg": welcome, "aibot_respond_update_msg": updating, "aibot_send_msg": unasked,
	}
	d, ok := doors[in.Cmd]
	if !ok {
		return c.command(in)
	}
	return nil, s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
		var r reply
		wire.Decode(in.Body, &r)
		b, found, err := s.oneBot(tx, `no = ? AND conn = ?`, c.bot, c.id)
		if err == nil && !found {
			err = ErrNotSubscribed.With("another connection has taken its place")
		}
		if err != nil {
			return err
		}
		if d == unasked {
			return s.sendUnasked(c.ctx, tx, b, r)
		}
		t, found, err := oneTurn(tx, `bot = ? AND req_id = ?`, c.bot, in.Headers.ReqID)
		if err != nil {
			return err
		}
		kinds := map[outlet]string{framed: said, welcome: entered, updating: pressed}
		switch late := tx.Now().Sub(t.began()) > promptly; {
		case !found || t.kind != kinds[d]:
			return ErrReqID.With("it is of no callback that %s answers", in.Cmd)
		case d != framed && late:
			return ErrReqID.With("%s comes within %v", in.Cmd, promptly)
		}
		if err := s.mayAnswer(tx, t, r); err != nil {
			return err
		}
		return s.answer(c.ctx, tx, t, d, r)
	})
}

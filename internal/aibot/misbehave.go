package aibot

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/fault"
	"qiwei/internal/store"
)

// A connection of `qiwei dev` misbehaves where a fault wants it. What faults there are comes from programs in the
// field: each has been seen with the platform.

// mood is how a connection behaves from a fault on.
type mood int

const (
	well     mood = iota
	silent        // reads, and answers nothing
	halfOpen      // neither reads nor writes
	deposed       // has been told that another took its place, and stays open
)

// longestHalfOpen is how long a half-open connection is kept at most: it does not hear that its program has gone.
const longestHalfOpen = 10 * time.Minute

// errHeld says that a frame was not sent and stays in the queue, as the connection will not take it.
var errHeld = errors.New("the connection misbehaves")

// line is what lies below a WebSocket. It can become half-open.
type line struct {
	net.Conn
	half   atomic.Bool
	once   sync.Once
	closed chan struct{}
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if l.half.Load() {
		<-l.closed
		return 0, net.ErrClosed
	}
	return n, err
}

// Write takes what it does not send, as a kernel does whose peer is gone.
func (l *line) Write(p []byte) (int, error) {
	if l.half.Load() {
		return len(p), nil
	}
	return l.Conn.Write(p)
}

// Close closes it without a word.
func (l *line) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Conn.Close()
}

// lined is a ResponseWriter whose connection becomes a line when it is taken over.
type lined struct {
	http.ResponseWriter
	line *line
}

// Hijack takes the connection over. Its buffers write to the line.
func (w *lined) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, both, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.line.Conn = conn
	return w.line, bufio.NewReadWriter(both.Reader, bufio.NewWriter(w.line)), nil
}

// lay puts a line below a connection that is about to be accepted. It returns false if a fault has refused it.
func (s *Service) lay(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *line, bool) {
	if s.deps.Faults == nil {
		return w, nil, true
	}
	if a, ok := s.deps.Faults.Frame("", fault.Connect); ok {
		if late := a.Late(); late > 0 {
			s.deps.Clock.Wait(r.Context(), s.deps.Clock.Now().Add(late))
		}
		switch {
		case a.Status != 0:
			w.WriteHeader(a.Status)
			return nil, nil, false
		case a.Drop, a.Reset:
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			if a.Reset {
				fault.ResetConn(conn)
			}
			conn.Close()
			return nil, nil, false
		}
	}
	l := &line{closed: make(chan struct{})}
	return &lined{w, l}, l, true
}

// accepted does what is to happen to a connection at once.
func (c *conn) accepted() {
	if a, ok := c.s.deps.Faults.Frame("", fault.Accepted); ok {
		c.misbehave(a)
	}
}

// Misbehave does something to the connections that are open of a robot, or of all if the bot_id is *. It returns
// to how many.
func (s *Service) Misbehave(botID string, a fault.Fault) int {
	s.hub.mu.Lock()
	var list []*conn
	for c := range s.hub.all {
		c.mu.Lock()
		if c.line != nil && (botID == "*" || c.botID == botID) {
			list = append(list, c)
		}
		c.mu.Unlock()
	}
	s.hub.mu.Unlock()
	for _, c := range list {
		if a.Close != 0 || a.Taken { // waits for the program to close its side
			go c.rescued("robot's connection, closing", func() { c.misbehave(a) })
		} else if err := c.misbehave(a); err != nil && !errors.Is(err, errHeld) {
			c.end()
		}
	}
	return len(list)
}

// misbehave does what lasts. The error says that there is nothing more to do for the frame that caused it; unless
// it is errHeld, the connection has ended.
func (c *conn) misbehave(a fault.Fault) error {
	gone := errors.New("ended by a fault")
	switch {
	case a.Drop:
		c.line.Close()
		return gone
	case a.Reset:
		fault.ResetConn(c.line.Conn)
		c.line.Close()
		return gone
	case a.Close != 0:
		c.ws.Close(websocket.StatusCode(a.Close), "fault")
		return gone
	case a.Silent:
		c.become(silent)
	case a.HalfOpen:
		c.line.half.Store(true)
		c.become(halfOpen)
	case a.Disconnected, a.Taken:
		c.become(deposed)
		c.mu.Lock()
		botID := c.botID
		c.mu.Unlock()
		if err := c.release(botID); err != nil {
			c.s.deps.Log.Warn("take a robot from its connection", "bot", botID, "err", err)
		}
		if err := c.replaced(botID); err != nil {
			return err
		}
		if a.Taken {
			c.ws.Close(websocket.StatusNormalClosure, replacedReason)
			return gone
		}
	default:
		return nil
	}
	c.wakeUp()
	return errHeld
}

// misbehaves reports whether the connection has been left in a state in which it is told nothing.
func (c *conn) misbehaves() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mood != well
}

func (c *conn) become(m mood) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mood = m
}

// release leaves the robot without a connection: what is for it waits for the next.
func (c *conn) release(botID string) error {
	return c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE bot SET conn = '' WHERE botid = ? AND conn = ?`, botID, c.id)
		return err
	})
}

// reply takes a frame and acknowledges it, as a fault wants it where there is one.
func (c *conn) reply(raw []byte) error {
	if c.s.deps.Faults == nil {
		return c.send(c.take(raw))
	}
	var in frame
	json.Unmarshal(raw, &in) // take says what is wrong with it
	c.mu.Lock()
	bot, is := c.botID, c.mood
	c.mu.Unlock()
	subscribes := in.Cmd == "aibot_subscribe"
	if subscribes {
		var body struct {
			BotID string `json:"bot_id"`
		}
		json.Unmarshal(in.Body, &body)
		bot = body.BotID
	}
	switch {
	case is == silent || is == halfOpen:
		return nil
	case is == deposed && in.Cmd != "ping" && !subscribes:
		return c.send(refused(in, ErrNotSubscribed.Code, ErrNotSubscribed.Text))
	}
	a, ok := c.s.deps.Faults.Frame(bot, in.Cmd)
	if !ok {
		return c.send(c.take(raw))
	}
	return c.spoil(in, raw, a)
}

// refused is the acknowledgement of a frame that is refused.
func refused(in frame, code int, text string) frame {
	return frame{Headers: in.Headers, ErrCode: &code, ErrMsg: &text}
}

// spoil takes a frame that a fault is about.
func (c *conn) spoil(in frame, raw []byte, a fault.Fault) error {
	if a.Unfinished {
		raw = unfinished(in, raw)
	}
	lasts := a.Lasts()
	var ack frame
	if a.Done || a.ErrCode == 0 && !lasts {
		ack = c.take(raw)
	}
	if a.ErrCode != 0 {
		ack = refused(in, a.ErrCode, a.Text())
	}
	due := c.s.deps.Clock.Now().Add(a.Late()) // since the frame came, whenever its goroutine runs
	then := func() error {
		c.s.deps.Clock.Wait(c.ctx, due)
		switch {
		case lasts:
			if err := c.misbehave(a); !errors.Is(err, errHeld) {
				return err
			}
			return nil
		case a.Lost:
			return nil
		}
		return c.send(ack)
	}
	// What comes behind a late acknowledgement does not wait for it; but before it has subscribed a program is
	// told nothing.
	if a.Late() > 0 && in.Cmd != "aibot_subscribe" {
		c.sides.Go(func() {
			if then() != nil {
				c.end()
			}
		})
		return nil
	}
	return then()
}

// unfinished returns the frame without the end of its stream.
func unfinished(in frame, raw []byte) []byte {
	var body map[string]json.RawMessage
	var stream map[string]json.RawMessage
	if json.Unmarshal(in.Body, &body) != nil || json.Unmarshal(body["stream"], &stream) != nil {
		return raw
	}
	delete(stream, "finish")
	body["stream"] = json.RawMessage(encode(stream))
	in.Body = json.RawMessage(encode(body))
	return []byte(encode(in))
}

// push sends the robot a frame, as a fault wants it where there is one.
func (c *conn) push(botID string, f frame) error {
	if c.misbehaves() {
		return errHeld
	}
	a, ok := c.s.deps.Faults.Frame(botID, f.Cmd)
	if !ok {
		return c.send(f)
	}
	if late := a.Late(); late > 0 {
		c.s.deps.Clock.Wait(c.ctx, c.s.deps.Clock.Now().Add(late))
	}
	if a.Done || !a.Lost && !a.Lasts() {
		if err := c.send(f); err != nil {
			return err
		}
	}
	if a.Twice {
		return c.send(f)
	}
	return c.misbehave(a) // nothing, if it is lost
}

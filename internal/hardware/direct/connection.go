package direct

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/hardware"
	"qiwei/internal/hardware/frame"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// conn is a device's connection.
type conn struct {
	s    *Service
	id   string
	from netip.Addr
	ws   *websocket.Conn
	wait func() error // for bytes of the device; see line
	ctx  context.Context
	end  context.CancelFunc

	device int64 // 0 until it has registered; written under the hub's lock by listen alone
	sn     string
	state  state
	round  int64 // the binding that it has subscribed to
	stored time.Time
	heard  atomic.Int64 // Unix milliseconds of the server's clock

	mu      sync.Mutex
	flushes bool // a goroutine writes what waits
	again   bool // and has to look again
}

// state is how far a connection has come.
type state int

const (
	stranger state = iota
	registered
	activated
	subscribed
)

// ServeWebSocket holds a device's connection.
func (s *Service) ServeWebSocket(w http.ResponseWriter, r *http.Request) {
	from := s.deps.ClientIP(r)
	line := new(line)
	ws, err := websocket.Accept(opening{w, line}, r, nil)
	if err != nil {
		return // Accept has answered
	}
	ws.SetReadLimit(maxFirst)
	ctx, end := context.WithCancel(s.ctx)
	c := &conn{s: s, id: id.Hex(16), from: from, ws: ws, wait: line.wait, ctx: ctx, end: end}
	c.heard.Store(s.deps.Clock.Now().UnixMilli())
	if !s.hub.enter(c) {
		end()
		ws.Close(websocket.StatusTryAgainLater, "too many connections")
		return
	}
	// The request and its buffers go when this returns; the connection stays.
	go c.run()
}

func (c *conn) run() {
	defer c.end()
	defer c.s.hub.leave(c)
	// What waits below is woken by the end of the connection.
	stop := context.AfterFunc(c.ctx, func() { c.ws.CloseNow() })
	defer stop()
	c.listen()
	c.ws.CloseNow()
	c.disconnect()
}

// close ends the connection with a word to the device, which has a second to hear it.
func (c *conn) close(code websocket.StatusCode, reason string) {
	go func() {
		c.ws.Close(code, reason)
		c.end()
	}()
}

func (c *conn) disconnect() {
	if c.device == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), writeFor)
	defer cancel()
	if err := c.s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		return c.s.deps.Hardware.Disconnect(ctx, tx, c.device, c.id, "the connection ended")
	}); err != nil {
		c.s.deps.Log.Warn("end a device's connection", "sn", c.sn, "err", err)
	}
}

// listen waits for frames and has each answered, until the connection ends. A frame is read and answered by a goroutine
// that ends with it, because reading takes a stack four times as deep as waiting, which each device would keep.
func (c *conn) listen() {
	answered := make(chan bool)
	one := func() {
		err := c.s.deps.Rescue.Run("device's connection", c.one)
		answered <- err == nil
	}
	for {
		go one()
		if !<-answered || c.wait() != nil {
			return
		}
	}
}

// one reads a frame and answers it.
func (c *conn) one() error {
	kind, r, err := c.ws.Reader(c.ctx)
	if err != nil {
		return errEnded
	}
	raw, leave, err := c.read(r)
	if err != nil {
		return errEnded
	}
	defer leave()
	c.heard.Store(c.s.deps.Clock.Now().UnixMilli())
	out, err := c.serve(kind, raw)
	if err == nil && out.raw != nil {
		err = c.write(out.kind, out.raw, out.within)
	}
	if err != nil {
		return errEnded
	}
	return nil
}

// errEnded ends a connection; the device knows why, or it is gone.
var errEnded = errors.New("the connection has ended")

// serve answers a frame. A file that is to be sent gets its place before it comes to the desk, so that nobody
// there waits for one who waits for the desk.
func (c *conn) serve(kind websocket.MessageType, raw []byte) (reply, error) {
	if kind == websocket.MessageBinary {
		return c.s.desk.do(c.ctx, func() (reply, error) { return c.takeFile(raw) })
	}
	var in frame.Message
	if err := json.Unmarshal(raw, &in); err != nil {
		return c.answer(in, nil, wire.ErrParameter.With("the frame is not JSON of the form {cmd, headers: {req_id}, body}"))
	}
	if in.Cmd != "printer/download_file" {
		return c.s.desk.do(c.ctx, func() (reply, error) { return c.take(in) })
	}
	if len(raw) >= small {
		return c.answer(in, nil, wire.ErrParameter.With("the request is too large"))
	}
	leave, err := c.place()
	if err != nil {
		return reply{}, err
	}
	defer leave()
	out, err := c.s.desk.do(c.ctx, func() (reply, error) { return c.sendFile(in) })
	if err != nil || out.kind != websocket.MessageBinary {
		return out, err
	}
	// It is written while the place is held.
	if err := c.write(out.kind, out.raw, out.within); err != nil {
		return reply{}, err
	}
	return reply{}, nil
}

// reply is the answer to a frame; without bytes it has been written.
type reply struct {
	kind   websocket.MessageType
	raw    []byte
	within time.Duration
}

var nobody = func() {}

// read reads a frame. A large one needs a place, so that many devices that send large files at once wait for
// each other instead of filling the memory.
func (c *conn) read(r io.Reader) (raw []byte, leave func(), err error) {
	raw, err = io.ReadAll(io.LimitReader(r, small))
	if err != nil || len(raw) < small {
		return raw, nobody, err
	}
	leave, err = c.place()
	if err != nil {
		return nil, nobody, err
	}
	timer := time.AfterFunc(largeFor, c.end)
	defer timer.Stop()
	var buf bytes.Buffer
	buf.Write(raw)
	if _, err = buf.ReadFrom(r); err != nil {
		leave()
		return nil, nobody, err
	}
	return buf.Bytes(), leave, nil
}

// place waits for a place among the large frames.
func (c *conn) place() (leave func(), err error) {
	select {
	case c.s.large <- struct{}{}:
		return func() { <-c.s.large }, nil
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}

// take answers a text frame.
func (c *conn) take(in frame.Message) (reply, error) {
	body, err := c.do(in)
	if f, ok := body.(picture); ok && err == nil {
		return reply{websocket.MessageBinary, frame.File{ReqID: in.Headers.ReqID, Data: f}.Append(nil), writeFor}, nil
	}
	return c.answer(in, body, err)
}

// picture is an answer in a binary frame.
type picture []byte

// takeFile answers a binary frame.
func (c *conn) takeFile(raw []byte) (reply, error) {
	u, err := frame.ParseUpload(raw)
	in := frame.Message{Cmd: u.Cmd, Headers: frame.Headers{ReqID: u.ReqID}}
	if err != nil {
		return c.answer(in, nil, wire.ErrParameter.With("%v", err))
	}
	return c.answer(in, nil, c.upload(u))
}

// answer writes what became of a frame.
func (c *conn) answer(in frame.Message, body any, err error) (reply, error) {
	code, text := 0, "ok"
	out := frame.Message{Headers: in.Headers, ErrCode: &code, ErrMsg: &text}
	var refused wire.Error
	switch {
	case err == nil && body != nil:
		if out.Body, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	case err == nil:
	case errors.As(err, &refused):
		code, text = refused.Code, refused.Message()
	default:
		code, text = wire.ErrBusy.Code, wire.ErrBusy.Text
		if c.ctx.Err() == nil {
			c.s.deps.Log.Error("device's frame", "cmd", in.Cmd, "sn", c.sn, "err", err)
		}
	}
	if code != 0 {
		interval := 0
		out.Suggestion, interval = advice(code)
		out.Interval = &interval
	}
	raw, err := json.Marshal(out)
	return reply{websocket.MessageText, raw, writeFor}, err
}

// advice says what a device does after an error, and after how many seconds; -1 is never (doc 90457).
func advice(code int) (suggestion string, interval int) {
	switch code {
	case hardware.ErrNotBound.Code:
		return "retry", 5
	case errElsewhere.Code, errSubscribed.Code:
		return "reconnect", 60
	case errNotRegistered.Code, errNotLoggedIn.Code:
		return "reconnect", 1
	case wire.ErrBusy.Code, wire.ErrFrequency.Code:
		return "retry", 3
	}
	return "retry", -1
}

func (c *conn) write(kind websocket.MessageType, raw []byte, within time.Duration) error {
	ctx, cancel := context.WithTimeout(c.ctx, within)
	defer cancel()
	return c.ws.Write(ctx, kind, raw)
}

// flush writes what waits for the device, by a goroutine of its own while there is something.
func (c *conn) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again = true; c.flushes {
		return
	}
	c.flushes = true
	go func() {
		for c.more() {
			if err := c.s.deps.Rescue.Run("device's pushes", c.writeWaiting); err != nil {
				if c.ctx.Err() == nil {
					c.s.deps.Log.Warn("push to a device", "sn", c.sn, "err", err)
				}
				c.end() // it reconnects and compares versions
				return
			}
		}
	}()
}

// more reports whether there may be something to write.
func (c *conn) more() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushes, c.again = c.again, false
	return c.flushes
}

func (c *conn) writeWaiting() error {
	const some = 50
	for {
		var list []hardware.Push
		device := int64(0)
		if err := c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) (err error) {
			list = nil
			if c.s.hub.find(c.deviceNow()) != c {
				return nil
			}
			device = c.deviceNow()
			list, err = c.s.deps.Hardware.Waiting(tx, device, some)
			return err
		}); err != nil || len(list) == 0 {
			return err
		}
		for _, p := range list {
			if err := c.write(websocket.MessageText, []byte(p.Text), writeFor); err != nil {
				return err
			}
		}
		if err := c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
			return c.s.deps.Hardware.Pushed(tx, device, list[len(list)-1].No)
		}); err != nil {
			return err
		}
	}
}

func (c *conn) deviceNow() int64 {
	c.s.hub.mu.Lock()
	defer c.s.hub.mu.Unlock()
	return c.device
}

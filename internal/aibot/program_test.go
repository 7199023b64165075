package aibot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/aibot"
	"qiwei/qiweitest"
)

// program is a robot's long connection, as its program holds it.
type program struct {
	t  *testing.T
	ws *websocket.Conn
	n  int
	// queue holds the frames that came while another was awaited.
	queue []frame
}

type frame struct {
	Cmd     string          `json:"cmd,omitempty"`
	Headers map[string]any  `json:"headers,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	ErrCode *int            `json:"errcode,omitempty"`
	ErrMsg  string          `json:"errmsg,omitempty"`
}

func (f frame) req() string { id, _ := f.Headers["req_id"].(string); return id }

const patience = time.Minute

func dial(t *testing.T, url string) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	return &program{t: t, ws: ws}
}

// subscribed connects as the robot.
func subscribed(t *testing.T, url string, b aibot.Bot) *program {
	t.Helper()
	p := dial(t, url)
	if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"`+b.Secret+`"}`); code != 0 {
		t.Fatalf("subscribe: %d", code)
	}
	return p
}

func (p *program) read() (frame, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, raw, err := p.ws.Read(ctx)
	var f frame
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	return f, err
}

// call sends a frame and returns its acknowledgement.
func (p *program) call(cmd, req, body string) (code int, answer json.RawMessage) {
	p.t.Helper()
	if req == "" {
		p.n++
		req = fmt.Sprintf("%s_%d", cmd, p.n)
	}
	if body == "" {
		body = "null"
	}
	p.write(fmt.Sprintf(`{"cmd":%q,"headers":{"req_id":%q},"body":%s}`, cmd, req, body))
	for {
		f, err := p.read()
		if err != nil {
			p.t.Fatalf("%s: %v", cmd, err)
		}
		if f.Cmd != "" {
			p.queue = append(p.queue, f)
			continue
		}
		if f.req() != req || f.ErrCode == nil {
			p.t.Fatalf("%s %s: acknowledged %+v", cmd, req, f)
		}
		return *f.ErrCode, f.Body
	}
}

func (p *program) write(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

// next returns the next callback.
func (p *program) next(cmd string) (frame, push) {
	p.t.Helper()
	var f frame
	if len(p.queue) > 0 {
		f, p.queue = p.queue[0], p.queue[1:]
	} else {
		var err error
		if f, err = p.read(); err != nil {
			p.t.Fatalf("%s: %v", cmd, err)
		}
	}
	if f.Cmd != cmd || f.ErrCode != nil {
		p.t.Fatalf("%+v, want %s", f, cmd)
	}
	return f, read(p.t, f.Body)
}

// closed waits for the server to close the connection and returns the reason.
func (p *program) closed() string {
	p.t.Helper()
	for {
		if _, err := p.read(); err != nil {
			if s := err.Error(); !strings.Contains(s, "status") {
				p.t.Fatalf("not closed: %v", err)
			}
			return err.Error()
		}
	}
}

func connected(w *qiweitest.World, c *qiweitest.Corp) aibot.Bot {
	return robot(w, c, aibot.Bot{Mode: aibot.WebSocket})
}

package aibot_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/store"
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

// A program holds a connection, hears a member, and answers in parts.
func TestLongConnection(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		if code, _ := p.call("ping", "", ""); code != 0 {
			t.Errorf("ping: %d", code)
		}
		if err := say(w, w.Corp, "zhangsan", b.BotID, "你好"); err != nil {
			t.Fatal(err)
		}
		f, got := p.next("aibot_msg_callback")
		if got.AibotID != b.BotID || got.Text.Content != "你好" || got.From.UserID != "zhangsan" || got.ResponseURL != "" || f.req() == "" {
			t.Errorf("told %s", f.Body)
		}
		for _, tt := range []struct {
			name, cmd, req, body string
			code                 int
			has                  string // the last message; empty if it stays the same
		}{
			{"an unknown req_id", "aibot_respond_msg", "nix", `{"msgtype":"stream","stream":{"id":"s","content":"一"}}`, 846605, ""},
			{"the first part", "aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"一"}}`, 0, `bot stream {"content":"一","finish":false} …`},
			{"the next", "aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"一二"}}`, 0, `bot stream {"content":"一二","finish":false} …`},
			{"the last", "aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"一二三","finish":true}}`, 0, `bot stream {"content":"一二三","finish":true}`},
			{"one after that", "aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"四"}}`, 846608, ""},
			{"a markdown", "aibot_respond_msg", f.req(), `{"msgtype":"markdown","markdown":{"content":"五"}}`, 0, `bot markdown {"content":"五"}`},
			{"a welcome to no entering", "aibot_respond_welcome_msg", f.req(), `{"msgtype":"text","text":{"content":"a"}}`, 846605, ""},
			{"a text", "aibot_respond_msg", f.req(), `{"msgtype":"text","text":{"content":"a"}}`, 40008, ""},
			{"sent", "aibot_send_msg", "", `{"chatid":"ZhangSan","msgtype":"markdown","markdown":{"content":"六"}}`, 0, `bot markdown {"content":"六"}`},
			{"a text sent", "aibot_send_msg", "", `{"chatid":"zhangsan","msgtype":"text","text":{"content":"a"}}`, 40008, ""},
			{"to one who never spoke", "aibot_send_msg", "", `{"chatid":"lisi","chat_type":1,"msgtype":"markdown","markdown":{"content":"a"}}`, 93006, ""},
			{"to nobody", "aibot_send_msg", "", `{"chatid":"nix","msgtype":"markdown","markdown":{"content":"a"}}`, 93006, ""},
			{"to a chat that is a member", "aibot_send_msg", "", `{"chatid":"zhangsan","chat_type":2,"msgtype":"markdown","markdown":{"content":"a"}}`, 93006, ""},
			{"an unknown command", "aibot_dance", "", `{}`, 40058, ""},
		} {
			before := has(t, w, w.Corp, "zhangsan", b.BotID, "")
			if code, _ := p.call(tt.cmd, tt.req, tt.body); code != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
			}
			now := has(t, w, w.Corp, "zhangsan", b.BotID, "")
			if tt.has == "" && now != before || tt.has != "" && !strings.HasSuffix(now, "\n"+tt.has) {
				t.Errorf("%s: zhangsan has\n%s", tt.name, now)
			}
		}
	})
}

// A stream over the long connection ends ten minutes after its first part.
func TestLongStreamThatDoesNotEnd(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		f, _ := p.next("aibot_msg_callback")
		for range 10 {
			if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"…"}}`); code != 0 {
				t.Fatal(code)
			}
			w.Advance(time.Minute)
		}
		if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"late"}}`); code != 846608 {
			t.Errorf("after ten minutes: %d", code)
		}
		if _, err := w.Server.Bots.Watch(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); !strings.HasSuffix(got, `bot stream {"content":"…","finish":false}`) {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

func TestSubscribe(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		other := connected(w, w.Second)
		hook, _ := listening(w, w.Corp)
		off := robot(w, w.Corp, aibot.Bot{Mode: aibot.WebSocket, Settings: aibot.Settings{Disabled: true}})
		p := dial(t, w.URL)
		if code, _ := p.call("aibot_send_msg", "", `{"chatid":"zhangsan","msgtype":"markdown","markdown":{"content":"a"}}`); code != 846609 {
			t.Errorf("before it has subscribed: %d", code)
		}
		for _, tt := range []struct {
			name, id, secret string
			code             int
		}{
			{"a wrong secret", b.BotID, other.Secret, 853000},
			{"no secret", b.BotID, "", 853000},
			{"an unknown robot", "aib", b.Secret, 853000},
			{"one with the callback form", hook.BotID, hook.Secret, 853000},
			{"one that is switched off", off.BotID, off.Secret, 853000},
			{"its own", b.BotID, b.Secret, 0},
			{"again", b.BotID, b.Secret, 0},
			{"another's as well", other.BotID, other.Secret, 40058},
		} {
			if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+tt.id+`","secret":"`+tt.secret+`"}`); code != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
			}
		}
		for _, text := range []string{`{`, `[]`, `"a"`, `{"cmd":1}`} {
			p.write(text)
			if f, err := p.read(); err != nil || f.ErrCode == nil || *f.ErrCode != 40058 {
				t.Errorf("%s: %+v %v", text, f, err)
			}
		}
		if _, code := p.call("ping", "", ""); code != nil {
			t.Errorf("it does not live any more")
		}
	})
}

// Wrong secrets for a robot's id, which is no secret, do not lock out the right one.
func TestWrongSecretsLockNobodyOut(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := dial(t, w.URL)
		last := 0
		for range 40 {
			last, _ = p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"wrong"}`)
		}
		if last != 45009 {
			t.Errorf("the 40th wrong one in a minute: %d, want 45009", last)
		}
		subscribed(t, w.URL, b)
		if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"`+b.Secret+`"}`); code != 0 {
			t.Errorf("the right one, on the very connection: %d", code)
		}
	}, qiweitest.WithLimits())
}

// A second connection replaces the first, also across servers, and the first is told so.
func TestReplaced(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		first := subscribed(t, w.URL, b)
		second := subscribed(t, w.URL, b)
		if f, p := first.next("aibot_event_callback"); p.Event.EventType != "disconnected_event" || p.MsgType != "event" || p.AibotID != b.BotID {
			t.Errorf("told %s", f.Body)
		}
		first.closed()
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		second.next("aibot_msg_callback")

		w.Write(func(ctx context.Context, tx *store.Tx) error { // as a server beside this one does
			_, err := tx.Exec(`UPDATE bot SET conn = 'another' WHERE no = ?`, b.No)
			return err
		})
		if _, p := second.next("aibot_event_callback"); p.Event.EventType != "disconnected_event" {
			t.Errorf("told %+v", p)
		}
		second.closed()
	})
}

// A member writes to one server of a database, the program is connected to another.
func TestBesides(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		other := w.Beside()
		ctx := context.Background()
		if err := other.Store.Write(ctx, func(tx *store.Tx) error {
			m, err := other.Directory.Member(ctx, tx, access.System(w.CorpID), "zhangsan")
			if err != nil {
				return err
			}
			_, err = other.Bots.Write(ctx, tx, w.CorpID, m, b.BotID, "", aibot.Written{MsgType: "text", Content: "a"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, got := p.next("aibot_msg_callback"); got.Text.Content != "a" {
			t.Errorf("told %+v", got)
		}
	})
}

// What a member writes while no program is connected waits for ten minutes. An event waits for five seconds.
func TestReconnect(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		enter := func() {
			t.Helper()
			if err := as(w, w.Corp, "lisi", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Bots.Enter(ctx, tx, w.CorpID, m, b.BotID)
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := say(w, w.Corp, "zhangsan", b.BotID, "zu früh"); err != nil {
			t.Fatal(err)
		}
		w.Advance(10*time.Minute + time.Second)
		enter()
		if err := say(w, w.Corp, "zhangsan", b.BotID, "eins"); err != nil {
			t.Fatal(err)
		}
		w.Advance(6 * time.Second)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "zwei"); err != nil {
			t.Fatal(err)
		}
		p := subscribed(t, w.URL, b)
		for _, want := range []string{"eins", "zwei"} {
			f, got := p.next("aibot_msg_callback")
			if got.Text.Content != want {
				t.Errorf("told %q, want %q", got.Text.Content, want)
			}
			if want == "zwei" {
				if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"markdown","markdown":{"content":"ja"}}`); code != 0 {
					t.Errorf("answer: %d", code)
				}
			}
		}
		p.ws.CloseNow()
		w.Advance(24 * time.Hour)
		p = subscribed(t, w.URL, b)
		enter()
		f, got := p.next("aibot_event_callback")
		if got.Event.EventType != "enter_chat" {
			t.Errorf("told %s", f.Body)
		}
		if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"markdown","markdown":{"content":"a"}}`); code != 846605 {
			t.Errorf("an answer to an entering: %d", code)
		}
		if code, _ := p.call("aibot_respond_welcome_msg", f.req(), `{"msgtype":"text","text":{"content":"嗨"}}`); code != 0 {
			t.Errorf("welcome: %d", code)
		}
		if got := has(t, w, w.Corp, "lisi", b.BotID, ""); got != `bot text {"content":"嗨"}` {
			t.Errorf("lisi has\n%s", got)
		}
		w.Advance(6 * time.Second)
		if code, _ := p.call("aibot_respond_welcome_msg", f.req(), `{"msgtype":"text","text":{"content":"嗨"}}`); code != 846605 {
			t.Errorf("a late welcome: %d", code)
		}
	})
}

// A program that is silent for longer than three heartbeats counts as gone.
func TestSilence(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		w.Advance(89 * time.Second)
		if code, _ := p.call("ping", "", ""); code != 0 {
			t.Fatal(code)
		}
		w.Advance(91 * time.Second)
		if why := p.closed(); !strings.Contains(why, "heartbeat") {
			t.Errorf("closed with %s", why)
		}
		stranger := dial(t, w.URL)
		stranger.call("ping", "", "") // any answer will do: it shows that the connection is served
		w.Advance(11 * time.Second)
		if why := stranger.closed(); !strings.Contains(why, "subscribe") {
			t.Errorf("closed with %s", why)
		}
		gone := subscribed(t, w.URL, b)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Bots.DeleteBot(ctx, tx, w.CorpID, b.BotID)
		})
		gone.closed()
	})
}

// A card over the long connection is answered and updated within five seconds.
func TestLongCard(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		f, _ := p.next("aibot_msg_callback")
		if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"template_card","template_card":`+vote+`}`); code != 0 {
			t.Fatal(code)
		}
		no := list(t, w, w.Corp, "zhangsan", b.BotID, "")[1].No
		press := func() string {
			t.Helper()
			if err := as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Bots.Press(ctx, tx, w.CorpID, m, no, message.CardAnswer{Selected: map[string][]string{"q": {"b"}}})
			}); err != nil {
				t.Fatal(err)
			}
			f, _ := p.next("aibot_event_callback")
			return f.req()
		}
		thanks := func(task string) string {
			return `{"response_type":"update_template_card","template_card":{"card_type":"text_notice","main_title":{"title":"谢谢"},"task_id":"` + task + `","card_action":{"type":1,"url":"https://a.example"}}}`
		}
		late := press()
		w.Advance(6 * time.Second)
		req := press()
		for _, tt := range []struct {
			name, req, body string
			code            int
		}{
			{"too late", late, thanks("t1"), 846605},
			{"another card", req, thanks("t2"), 42014},
			{"no update", req, `{"msgtype":"template_card","template_card":` + notice + `}`, 93050},
			{"for somebody else", req, strings.Replace(thanks("t1"), `{`, `{"userids":["lisi"],`, 1), 82102},
			{"right", req, thanks("t1"), 0},
		} {
			if code, _ := p.call("aibot_respond_update_msg", tt.req, tt.body); code != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
			}
		}
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); !strings.Contains(got, "谢谢") {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

// upload sends a file in chunks and returns the last code and the media_id.
func upload(p *program, kind, name, sum string, total int, chunks ...string) (int, string) {
	code, body := p.call("aibot_upload_media_init", "", fmt.Sprintf(`{"type":%q,"filename":%q,"total_size":%d,"total_chunks":%d,"md5":%q}`, kind, name, total, len(chunks), sum))
	if code != 0 {
		return code, ""
	}
	var made struct {
		UploadID string `json:"upload_id"`
		MediaID  string `json:"media_id"`
		Type     string
	}
	json.Unmarshal(body, &made)
	for i := range chunks {
		i = len(chunks) - 1 - i // in any order
		for range 2 {           // and again
			if code, _ := p.call("aibot_upload_media_chunk", "", fmt.Sprintf(`{"upload_id":%q,"chunk_index":%d,"base64_data":%q}`, made.UploadID, i, base64.StdEncoding.EncodeToString([]byte(chunks[i])))); code != 0 {
				return code, ""
			}
		}
	}
	code, body = p.call("aibot_upload_media_finish", "", fmt.Sprintf(`{"upload_id":%q}`, made.UploadID))
	if code == 0 {
		json.Unmarshal(body, &made)
	}
	return code, made.MediaID
}

func TestUpload(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		f, _ := p.next("aibot_msg_callback")
		right := sum("hello, world")
		for _, tt := range []struct {
			name, kind, file, sum string
			total                 int
			chunks                []string
			code                  int
		}{
			{"an unknown type", "zip", "a.txt", right, 12, []string{"hello, ", "world"}, 40005},
			{"too small", "file", "a.txt", right, 4, []string{"a"}, 40006},
			{"too large", "file", "a.txt", right, 21 << 20, []string{"a"}, 40006},
			{"no name", "file", "", right, 12, []string{"hello, ", "world"}, 40063},
			{"fewer bytes", "file", "a.txt", right, 13, []string{"hello, ", "world"}, 40006},
			{"more bytes", "file", "a.txt", right, 11, []string{"hello, ", "world"}, 40006},
			{"a wrong md5", "file", "a.txt", strings.Repeat("0", 32), 12, []string{"hello, ", "world"}, 301019},
			{"a text for a picture", "image", "a.png", "", 12, []string{"hello, ", "world"}, 40004},
			{"right", "file", "a.txt", right, 12, []string{"hello, ", "world"}, 0},
		} {
			code, mediaID := upload(p, tt.kind, tt.file, tt.sum, tt.total, tt.chunks...)
			if code != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
			}
			if code != 0 {
				continue
			}
			if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"file","file":{"media_id":"`+mediaID+`"}}`); code != 0 {
				t.Errorf("answer with it: %d", code)
			}
			if code, _ := p.call("aibot_send_msg", "", `{"chatid":"zhangsan","msgtype":"image","image":{"media_id":"`+mediaID+`"}}`); code != 40007 {
				t.Errorf("as a picture: %d", code)
			}
			if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); !strings.HasSuffix(got, `bot file {"media_id":"`+mediaID+`"}`) {
				t.Errorf("zhangsan has\n%s", got)
			}
		}
		if code, _ := p.call("aibot_upload_media_chunk", "", `{"upload_id":"x","chunk_index":0,"base64_data":"YQ=="}`); code != 40058 {
			t.Errorf("an unknown upload: %d", code)
		}
	})
}

// The files of members come encrypted, at an address that is good for five minutes.
func TestFiles(t *testing.T) {
	for _, mode := range []aibot.Mode{aibot.Webhook, aibot.WebSocket} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				content := strings.Repeat("0123456789abcdef", 4096) // a whole number of blocks
				f, err := w.Server.Media.Upload(context.Background(), access.System(w.CorpID), media.NewFile{Kind: media.Other, Scene: media.General, Name: "报告.txt", Length: -1, Content: strings.NewReader(content)})
				if err != nil {
					t.Fatal(err)
				}
				var got push
				key := ""
				if mode == aibot.Webhook {
					b, rc := listening(w, w.Corp)
					if err := write(w, w.Corp, "zhangsan", b.BotID, "", aibot.Written{MsgType: "file", MediaID: f.MediaID}); err != nil {
						t.Fatal(err)
					}
					if got, key = taken(t, w, rc, 1)[0], rc.AESKey+"="; got.File.AESKey != "" {
						t.Errorf("told %+v", got)
					}
				} else {
					b := connected(w, w.Corp)
					if err := write(w, w.Corp, "zhangsan", b.BotID, "", aibot.Written{MsgType: "file", MediaID: f.MediaID}); err != nil {
						t.Fatal(err)
					}
					w.Advance(9 * time.Minute) // the address is made when it is sent
					p := subscribed(t, w.URL, b)
					_, got = p.next("aibot_msg_callback")
					if key = got.File.AESKey + "="; len(got.File.AESKey) != 43 {
						t.Errorf("key %q", got.File.AESKey)
					}
				}
				raw, err := base64.StdEncoding.DecodeString(key)
				if err != nil || len(raw) != 32 {
					t.Fatalf("key %q: %v", key, err)
				}
				status, sealed, name := get(t, got.File.URL)
				if status != 200 || len(sealed)%32 != 0 || !strings.Contains(name, "filename*=utf-8''%E6%8A%A5%E5%91%8A.txt") {
					t.Fatalf("%d, %d bytes, %s", status, len(sealed), name)
				}
				block, err := aes.NewCipher(raw)
				if err != nil {
					t.Fatal(err)
				}
				cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(sealed, sealed)
				if plain := string(sealed[:len(sealed)-int(sealed[len(sealed)-1])]); plain != content {
					t.Errorf("%d bytes, not the %d that were sent", len(plain), len(content))
				}
				w.Advance(5 * time.Minute)
				if status, _, _ := get(t, got.File.URL); status != 403 {
					t.Errorf("after five minutes: %d", status)
				}
				if status, _, _ := get(t, w.URL+"/aibot/file/x"); status != 403 {
					t.Errorf("a guess: %d", status)
				}
			})
		})
	}
}

func get(t *testing.T, url string) (status int, body []byte, disposition string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header.Get("Content-Disposition")
}

// With limits on, a robot sends 30 messages a minute into a conversation.
func TestLimits(t *testing.T) {
	w := qiweitest.New(t, qiweitest.WithLimits())
	b := connected(w, w.Corp)
	p := subscribed(t, w.URL, b)
	if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
		t.Fatal(err)
	}
	f, _ := p.next("aibot_msg_callback")
	send := func() int {
		code, _ := p.call("aibot_send_msg", "", `{"chatid":"zhangsan","msgtype":"markdown","markdown":{"content":"a"}}`)
		return code
	}
	for i := range 29 {
		if code := send(); code != 0 {
			t.Fatalf("message %d: %d", i, code)
		}
	}
	for i := range 40 { // the parts of a stream count as one message
		if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"…"}}`); code != 0 {
			t.Fatalf("part %d: %d", i, code)
		}
	}
	if code := send(); code != 45009 {
		t.Errorf("the thirty-first: %d", code)
	}
	w.Advance(time.Minute)
	if code := send(); code != 0 {
		t.Errorf("a minute later: %d", code)
	}
}

func sum(content string) string {
	s := md5.Sum([]byte(content))
	return hex.EncodeToString(s[:])
}

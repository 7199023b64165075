package aibot_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

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

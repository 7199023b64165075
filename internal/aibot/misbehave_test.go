package aibot_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/aibot"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const sends = `{"chatid":"zhangsan","msgtype":"markdown","markdown":{"content":"六"}}`

// spoken is a robot whose program is connected and that zhangsan has written to.
func spoken(t *testing.T, w *qiweitest.World) (aibot.Bot, *program, frame) {
	t.Helper()
	b := connected(w, w.Corp)
	p := subscribed(t, w.URL, b)
	if err := say(w, w.Corp, "zhangsan", b.BotID, "你好"); err != nil {
		t.Fatal(err)
	}
	f, _ := p.next("aibot_msg_callback")
	return b, p, f
}

// An acknowledgement can be wrong, late or lost, whether or not the frame was carried out.
func TestFaultsOfFrames(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, p, f := spoken(t, w)
		has := func() string { return has(t, w, w.Corp, "zhangsan", b.BotID, "") }

		before := has()
		mend := w.Fail(qiweitest.Fault{Bot: b.BotID, At: "aibot_send_msg", Script: []qiweitest.Fault{{}, {ErrCode: 846609}}})
		for i, want := range []int{0, 846609, 0} {
			if code, _ := p.call("aibot_send_msg", "", sends); code != want {
				t.Errorf("message %d: %d, want %d", i+1, code, want)
			}
		}
		mend()
		if got := strings.Count(has(), "markdown") - strings.Count(before, "markdown"); got != 2 {
			t.Errorf("%d of three messages came, one was refused", got)
		}

		mend = w.Fail(qiweitest.Fault{Bot: "*", At: "aibot_send_msg", Lost: true, Times: 1})
		p.write(`{"cmd":"aibot_send_msg","headers":{"req_id":"lost"},"body":` + strings.Replace(sends, "六", "七", 1) + `}`)
		if code, _ := p.call("ping", "", ""); code != 0 { // fails if the other frame is acknowledged first
			t.Errorf("ping: %d", code)
		}
		mend()
		if !strings.Contains(has(), "七") {
			t.Error("what was not acknowledged did not happen")
		}

		mend = w.Fail(qiweitest.Fault{Bot: b.BotID, At: "aibot_send*", Delay: "20s", Times: 1})
		p.write(`{"cmd":"aibot_send_msg","headers":{"req_id":"late"},"body":` + sends + `}`)
		if code, _ := p.call("ping", "", ""); code != 0 {
			t.Errorf("ping: %d", code)
		}
		w.Advance(20 * time.Second)
		if got, err := p.read(); err != nil || got.req() != "late" || got.ErrCode == nil || *got.ErrCode != 0 {
			t.Errorf("late: %+v, %v", got, err)
		}
		mend()

		mend = w.Fail(qiweitest.Fault{Bot: b.BotID, At: "aibot_respond_msg", Unfinished: true})
		if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"stream","stream":{"id":"s","content":"完","finish":true}}`); code != 0 {
			t.Errorf("the end of a stream: %d", code)
		}
		mend()
		if got := has(); !strings.Contains(got, `bot stream {"content":"完","finish":false} …`) {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

// What a robot is told can be lost, come twice, or end its connection; then the next connection is told.
func TestFaultsOfPushes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, p, _ := spoken(t, w)
		say := func(text string) {
			t.Helper()
			if err := say(w, w.Corp, "lisi", b.BotID, text); err != nil {
				t.Fatal(err)
			}
		}
		next := func(p *program, want string) string {
			t.Helper()
			_, got := p.next("aibot_msg_callback")
			if got.Text.Content != want {
				t.Errorf("told %q, want %q", got.Text.Content, want)
			}
			return got.MsgID
		}
		defer w.Fail(qiweitest.Fault{Bot: b.BotID, At: "aibot_msg_callback", Script: []qiweitest.Fault{{Twice: true}, {Drop: true}, {}, {Lost: true}}})()
		say("a")
		if first := next(p, "a"); first != next(p, "a") {
			t.Error("the same message has two msgids")
		}
		say("b")
		if f, err := p.read(); err == nil || strings.Contains(err.Error(), "status") {
			t.Errorf("read %+v, %v; want no close frame (1006)", f, err)
		}
		p = subscribed(t, w.URL, b)
		next(p, "b")
		if code, _ := p.call("ping", "", ""); code != 0 {
			t.Errorf("ping: %d", code)
		}
		say("c")
		say("d")
		next(p, "d")
	})
}

// The states that a connection is left in.
func TestConnectionsThatLookAlive(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, p, _ := spoken(t, w)
		now := func(f qiweitest.Fault) {
			t.Helper()
			f.Bot, f.At = b.BotID, "now"
			if got, err := w.Server.Control.AddFault(f); err != nil || got.Hits < 1 {
				t.Fatalf("%+v: %+v, %v", f, got, err)
			}
		}
		now(qiweitest.Fault{Disconnected: true})
		if _, got := p.next("aibot_event_callback"); got.Event.EventType != "disconnected_event" {
			t.Errorf("told %+v", got)
		}
		for cmd, want := range map[string]int{"ping": 0, "aibot_send_msg": 846609} {
			if code, _ := p.call(cmd, "", sends); code != want {
				t.Errorf("%s when another has its place: %d, want %d", cmd, code, want)
			}
		}
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"`+b.Secret+`"}`); code != 0 {
			t.Errorf("subscribe again: %d", code)
		}
		p.next("aibot_msg_callback")
		marked(t, w, b) // a connection that ends before that gives it to the next

		now(qiweitest.Fault{Taken: true})
		if _, got := p.next("aibot_event_callback"); got.Event.EventType != "disconnected_event" {
			t.Errorf("told %+v", got)
		}
		if got := p.closed(); !strings.Contains(got, "StatusNormalClosure") {
			t.Errorf("closed with %s", got)
		}

		p = subscribed(t, w.URL, b)
		now(qiweitest.Fault{Close: 1011})
		if got := p.closed(); !strings.Contains(got, "1011") && !strings.Contains(got, "StatusInternalError") {
			t.Errorf("closed with %s", got)
		}

		for name, f := range map[string]qiweitest.Fault{"silent": {Silent: true}, "half-open": {HalfOpen: true}} {
			p = subscribed(t, w.URL, b)
			now(f)
			p.write(`{"cmd":"ping","headers":{"req_id":"unheard"}}`)
			reader := make(chan error, 1)
			go func() { _, err := p.read(); reader <- err }()
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			err := p.ws.Ping(ctx) // a ping of the WebSocket itself
			cancel()
			if (err == nil) != f.Silent {
				t.Errorf("%s: a ping gives %v", name, err)
			}
			p.ws.CloseNow()
			if err := <-reader; err == nil {
				t.Errorf("%s: it answered", name)
			}
		}
		if err := say(w, w.Corp, "zhangsan", b.BotID, "b"); err != nil {
			t.Fatal(err)
		}
		if _, got := subscribed(t, w.URL, b).next("aibot_msg_callback"); got.Text.Content != "b" {
			t.Errorf("the next connection is told %q", got.Text.Content)
		}
	})
}

// marked waits until all that was sent to a robot is marked as sent.
func marked(t *testing.T, w *qiweitest.World, b aibot.Bot) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		var waiting int64
		if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
			waiting, err = tx.Count(`SELECT count(*) FROM bot_turn WHERE bot = ? AND waiting = 1`, b.No)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if waiting == 0 {
			return
		}
		select {
		case <-limit:
			t.Fatalf("%d turns wait", waiting)
		case <-tick.C:
		}
	}
}

// A robot that may not in: by HTTP, by a broken line, by silence, by its subscription.
func TestRefusedConnections(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	b := connected(w, w.Corp)
	knock := func() (*http.Response, error) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		// On a reused connection Go's client retries by itself.
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		ws, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.URL, "http"), &websocket.DialOptions{HTTPClient: client})
		if err == nil {
			ws.CloseNow()
		}
		return resp, err
	}
	mend := w.Fail(qiweitest.Fault{Bot: "*", At: "connect", Script: []qiweitest.Fault{{Status: 503}, {Drop: true}, {Reset: true}}})
	if resp, err := knock(); err == nil || resp == nil || resp.StatusCode != 503 {
		t.Errorf("refused by status: %v", err)
	}
	for _, how := range []string{"dropped", "reset"} {
		if _, err := knock(); err == nil {
			t.Errorf("%s: connected", how)
		}
	}
	if _, err := knock(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	mend()

	mend = w.Fail(qiweitest.Fault{Bot: b.BotID, At: "aibot_subscribe", ErrCode: 853000, Times: 1})
	p := dial(t, w.URL)
	for _, want := range []int{853000, 0} {
		if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"`+b.Secret+`"}`); code != want {
			t.Errorf("subscribe: %d, want %d", code, want)
		}
	}
	mend()

	defer w.Fail(qiweitest.Fault{Bot: "*", At: "accepted", Close: 1001})()
	if got := dial(t, w.URL).closed(); !strings.Contains(got, "StatusGoingAway") {
		t.Errorf("closed with %s", got)
	}
}

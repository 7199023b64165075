package aibot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// robot makes a robot of a corp, that everybody may write to.
func robot(w *qiweitest.World, c *qiweitest.Corp, b aibot.Bot) aibot.Bot {
	b.CorpID = c.CorpID
	if b.Name == "" {
		b.Name = "助手"
	}
	if b.Range.Empty() {
		b.Range = access.Everything()
	}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		b, err = w.Server.Bots.CreateBot(ctx, tx, b)
		return err
	})
	return b
}

// listening makes a robot whose callback is the receiver.
func listening(w *qiweitest.World, c *qiweitest.Corp) (aibot.Bot, *qiweitest.Receiver) {
	rc := w.Receiver()
	return robot(w, c, aibot.Bot{Mode: aibot.Webhook, Token: rc.Token, AESKey: rc.AESKey, Settings: aibot.Settings{URL: rc.URL}}), rc
}

// as runs what a member does.
func as(w *qiweitest.World, c *qiweitest.Corp, user string, do func(context.Context, *store.Tx, directory.Member) error) error {
	ctx := context.Background()
	return w.Server.Store.Write(ctx, func(tx *store.Tx) error {
		m, err := w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), id.UserID(user))
		if err != nil {
			return err
		}
		return do(ctx, tx, m)
	})
}

func write(w *qiweitest.World, c *qiweitest.Corp, user, bot, chat string, wr aibot.Written) error {
	return as(w, c, user, func(ctx context.Context, tx *store.Tx, m directory.Member) error {
		_, err := w.Server.Bots.Write(ctx, tx, c.CorpID, m, bot, chat, wr)
		return err
	})
}

func say(w *qiweitest.World, c *qiweitest.Corp, user, bot, text string) error {
	return write(w, c, user, bot, "", aibot.Written{MsgType: "text", Content: text})
}

// has returns a member's conversation, one message per line.
func has(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user, bot, chat string) string {
	t.Helper()
	var out []string
	for _, m := range list(t, w, c, user, bot, chat) {
		line := m.From + " " + m.MsgType + " " + string(m.Body)
		if m.Open {
			line += " …"
		}
		if m.Quote != nil {
			line += " > " + string(m.Quote)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func list(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user, bot, chat string) (out []aibot.Message) {
	t.Helper()
	if err := as(w, c, user, func(ctx context.Context, tx *store.Tx, m directory.Member) (err error) {
		out, err = w.Server.Bots.Messages(ctx, tx, c.CorpID, m, bot, chat, 0, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// push parses a push to a robot.
type push struct {
	MsgID       string
	AibotID     string
	ChatID      string
	ChatType    string
	From        struct{ UserID, CorpID string }
	ResponseURL string `json:"response_url"`
	MsgType     string
	Text, Voice struct{ Content string }
	Image, File struct{ URL, AESKey string }
	Stream      struct{ ID string }
	Event       struct {
		EventType string
	}
	CreateTime int64 `json:"create_time"`
}

func read(t *testing.T, body []byte) (p push) {
	t.Helper()
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return p
}

// taken returns what a receiver has got since the last time.
func taken(t *testing.T, w *qiweitest.World, rc *qiweitest.Receiver, n int) (out []push) {
	t.Helper()
	w.Delivered()
	got := rc.Take()
	if len(got) != n {
		t.Fatalf("%d pushes, want %d: %v", len(got), n, got)
	}
	for _, g := range got {
		if g.Problem != "" {
			t.Fatal(g.Problem)
		}
		out = append(out, read(t, g.Body))
	}
	return out
}

// refreshed moves the clock by a second and makes the server ask for more of the streams.
func refreshed(t *testing.T, w *qiweitest.World) {
	t.Helper()
	w.Advance(time.Second)
	if _, err := w.Server.Bots.Watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.Delivered()
}

// A member writes, the robot answers in three parts, and the member sees it grow.
func TestStream(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Next(
			rc.Reply(`{"msgtype":"stream","stream":{"id":"s1","finish":false,"content":"**广州**","feedback":{"id":"f1"}}}`),
			rc.Reply(`{"msgtype":"stream","stream":{"id":"s1","finish":false,"content":"**广州**今日"}}`),
			qiweitest.Empty, // nothing new
			rc.Reply(`{"msgtype":"stream_with_template_card","stream":{"finish":true,"content":"<think>…</think>**广州**今日29度"},"template_card":`+notice+`}`))
		if err := say(w, w.Corp, "zhangsan", b.BotID, "天气 <&>"); err != nil {
			t.Fatal(err)
		}
		got := taken(t, w, rc, 1)[0]
		if got.AibotID != b.BotID || got.ChatType != "single" || got.ChatID != "" || got.From.UserID != "zhangsan" || got.Text.Content != "天气 <&>" || got.MsgID == "" || got.CreateTime != 0 {
			t.Errorf("told %+v", got)
		}
		if !strings.HasPrefix(got.ResponseURL, w.URL+"/cgi-bin/aibot/response?response_code=") {
			t.Errorf("response_url %q", got.ResponseURL)
		}
		question := `zhangsan text {"content":"天气 <&>"}` + "\n"
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); got != question+`bot stream {"content":"**广州**","finish":false} …` {
			t.Errorf("zhangsan has\n%s", got)
		}
		refreshed(t, w)
		if again := taken(t, w, rc, 1)[0]; again.MsgType != "stream" || again.Stream.ID != "s1" || again.ResponseURL != "" || again.MsgID == got.MsgID || again.From.UserID != "zhangsan" {
			t.Errorf("asked again by %+v", again)
		}
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); got != question+`bot stream {"content":"**广州**今日","finish":false} …` {
			t.Errorf("zhangsan has\n%s", got)
		}
		refreshed(t, w)
		refreshed(t, w)
		taken(t, w, rc, 2)
		msgs := list(t, w, w.Corp, "zhangsan", b.BotID, "")
		if len(msgs) != 3 || string(msgs[1].Body) != `{"content":"<think>…</think>**广州**今日29度","finish":true}` || msgs[1].Open || !msgs[1].Judgeable || msgs[2].MsgType != "template_card" {
			t.Errorf("zhangsan has %+v", msgs)
		}
		refreshed(t, w)
		w.Advance(10 * time.Minute)
		refreshed(t, w)
		taken(t, w, rc, 0)
		if got := has(t, w, w.Corp, "lisi", b.BotID, ""); got != "" {
			t.Errorf("lisi has\n%s", got)
		}
	})
}

const notice = `{"card_type":"text_notice","main_title":{"title":"预报"},"card_action":{"type":1,"url":"https://a.example"},"jump_list":[{"type":3,"title":"问","question":"明天呢"}]}`

// A stream that is never finished ends six minutes after the message.
func TestStreamThatDoesNotEnd(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Always(rc.Reply(`{"msgtype":"stream","stream":{"id":"s","content":"…"}}`))
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		w.Advance(6 * time.Minute)
		refreshed(t, w)
		taken(t, w, rc, 1)
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); got != `zhangsan text {"content":"a"}`+"\n"+`bot stream {"content":"…","finish":false}` {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

// A member may have three unanswered messages at most. Each counts until it is answered or its time is over.
func TestThreeInHand(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		open := rc.Reply(`{"msgtype":"stream","stream":{"id":"s","content":"…"}}`)
		rc.Next(open, open, open)
		for range 3 {
			if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
				t.Fatal(err)
			}
		}
		w.Delivered()
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err == nil || !strings.Contains(err.Error(), "3 of your messages in hand") {
			t.Errorf("a fourth: %v", err)
		}
		if err := say(w, w.Corp, "lisi", b.BotID, "a"); err != nil {
			t.Errorf("another member: %v", err)
		}
		w.Advance(6 * time.Minute)
		refreshed(t, w)
		for i := range 5 { // an empty answer ends it at once
			if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
				t.Errorf("message %d: %v", i, err)
			}
			w.Delivered()
		}
	})
}

// A robot's answer is carried out or refused as a whole.
func TestAnswers(t *testing.T) {
	long := strings.Repeat("字", 20480/3+1)
	card := func(more string) string {
		return `{"msgtype":"template_card","template_card":{"card_type":"button_interaction","main_title":{"title":"请选"},"button_list":[{"text":"好","key":"k"}]` + more + `}}`
	}
	for _, tt := range []struct{ name, reply, has string }{
		{"a card", card(`,"task_id":"t"`), `bot template_card`},
		{"a card without task_id", card(``), ``},
		{"a task_id twice", `once`, ``},
		{"a menu without text", card(`,"task_id":"t","action_menu":{"action_list":[{"text":"a","key":"b"}]}`), ``},
		{"a file in its facts", card(`,"task_id":"t","horizontal_content_list":[{"keyname":"a","type":2,"media_id":"x"}]`), ``},
		{"a stream without id", `{"msgtype":"stream","stream":{"content":"a"}}`, ``},
		{"a stream that is too long", `{"msgtype":"stream","stream":{"id":"s","finish":true,"content":"` + long + `"}}`, ``},
		{"a stream with a forged picture", `{"msgtype":"stream","stream":{"id":"s","finish":true,"msg_item":[{"msgtype":"image","image":{"base64":"iVBORw0KGgo=","md5":"00"}}]}}`, ``},
		{"a stream with a text for a picture", `{"msgtype":"stream","stream":{"id":"s","finish":true,"msg_item":[{"msgtype":"image","image":{"base64":"YWJj","md5":"900150983cd24fb0d6963f7d28e17f72"}}]}}`, ``},
		{"a picture before the end, which is dropped", `{"msgtype":"stream","stream":{"id":"s","content":"a","msg_item":[{"msgtype":"image"}]}}`, `bot stream {"content":"a","finish":false} …`},
		{"a picture", `{"msgtype":"stream","stream":{"id":"s","finish":1,"content":"a","msg_item":[{"msgtype":"image","image":{"base64":"iVBORw0KGgo=","md5":"E9DD2797018CAD79186E03E8C5AEC8DC"}}]}}`, `bot stream {"content":"a","finish":true}`},
		{"a text, which greets alone", `{"msgtype":"text","text":{"content":"a"}}`, ``},
		{"a markdown", `{"msgtype":"markdown","markdown":{"content":"a"}}`, ``},
		{"an update of nothing", `{"response_type":"update_template_card","template_card":` + notice + `}`, ``},
		{"a feedback id that is too long", `{"msgtype":"stream","stream":{"id":"s","content":"a","feedback":{"id":"` + strings.Repeat("f", 257) + `"}}}`, ``},
		{"no JSON", `success`, ``},
		{"half of it", `{"msgtype":"stream","stream":{"id":"s"`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				b, rc := listening(w, w.Corp)
				reply := tt.reply
				if reply == "once" {
					reply = card(`,"task_id":"t"`)
					rc.Next(rc.Reply(reply))
					if err := say(w, w.Corp, "lisi", b.BotID, "a"); err != nil {
						t.Fatal(err)
					}
				}
				rc.Next(rc.Reply(reply))
				if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
					t.Fatal(err)
				}
				w.Delivered()
				_, got, _ := strings.Cut(has(t, w, w.Corp, "zhangsan", b.BotID, ""), "\n")
				if !strings.HasPrefix(got, tt.has) || (tt.has == "") != (got == "") {
					t.Errorf("zhangsan has %s, want %s", got, tt.has)
				}
			})
		})
	}
}

// A robot greets a member once a day.
func TestEnter(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Next(rc.Reply(`{"msgtype":"text","text":{"content":"hello\nI'm RobotA\n"}}`))
		enter := func() {
			t.Helper()
			if err := as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Bots.Enter(ctx, tx, w.CorpID, m, b.BotID)
			}); err != nil {
				t.Fatal(err)
			}
		}
		enter()
		got := taken(t, w, rc, 1)[0]
		if got.MsgType != "event" || got.Event.EventType != "enter_chat" || got.From.UserID != "zhangsan" || got.ResponseURL != "" || got.CreateTime != w.Clock.Now().Unix() {
			t.Errorf("told %+v", got)
		}
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); got != `bot text {"content":"hello\nI'm RobotA\n"}` {
			t.Errorf("zhangsan has\n%s", got)
		}
		enter()
		taken(t, w, rc, 0)
		w.Advance(24 * time.Hour)
		enter()
		taken(t, w, rc, 1)
	})
}

// A robot may answer with {"encrypt":"…"} and nothing else, as programs in the
// field do.
func TestBareReply(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Next(func(out http.ResponseWriter, _ *http.Request, push qiweitest.Received) {
			crypt, err := callbackcrypto.New(rc.Token, rc.AESKey, "")
			if err != nil {
				panic(err)
			}
			whole, err := crypt.SealReply(push.Reply([]byte(`{"msgtype":"text","text":{"content":"你好"}}`)))
			if err != nil {
				panic(err)
			}
			e, err := callbackcrypto.ParseReplyEnvelope(whole)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(out, `{"encrypt":%q}`, e.Encrypt)
		})
		if err := as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
			return w.Server.Bots.Enter(ctx, tx, w.CorpID, m, b.BotID)
		}); err != nil {
			t.Fatal(err)
		}
		taken(t, w, rc, 1)
		if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); got != `bot text {"content":"你好"}` {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

// post sends to a response_url.
func post(w *qiweitest.World, to, body string) int {
	return w.Send("POST", strings.TrimPrefix(to, w.URL), body).ErrCode
}

// A response_url is good for one answer within an hour.
func TestResponseURL(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		ask := func() string {
			t.Helper()
			if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
				t.Fatal(err)
			}
			return taken(t, w, rc, 1)[0].ResponseURL
		}
		markdown := `{"msgtype":"markdown","markdown":{"content":"# 好","feedback":{"id":"f"}}}`
		first := ask()
		for _, tt := range []struct {
			name, body string
			code       int
		}{
			{"a text", `{"msgtype":"text","text":{"content":"a"}}`, 40008},
			{"a stream", `{"msgtype":"stream","stream":{"id":"s","content":"a"}}`, 40008},
			{"nothing", `{"msgtype":"markdown","markdown":{"content":""}}`, 44004},
			{"too much", `{"msgtype":"markdown","markdown":{"content":"` + strings.Repeat("a", 20481) + `"}}`, 40058},
			{"a markdown", markdown, 0},
			{"another", markdown, 60140},
		} {
			if got := post(w, first, tt.body); got != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.code)
			}
		}
		if got := post(w, ask(), `{"msgtype":"template_card","template_card":`+notice+`}`); got != 0 {
			t.Errorf("a card: %d", got)
		}
		late := ask()
		w.Advance(time.Hour)
		for name, to := range map[string]string{"after an hour": late, "a guess": w.URL + "/cgi-bin/aibot/response?response_code=x", "none": w.URL + "/cgi-bin/aibot/response"} {
			if got := post(w, to, markdown); got != 60140 {
				t.Errorf("%s: %d", name, got)
			}
		}
		got := has(t, w, w.Corp, "zhangsan", b.BotID, "")
		if strings.Count(got, "bot ") != 2 || !strings.Contains(got, `bot markdown {"content":"# 好"}`) {
			t.Errorf("zhangsan has\n%s", got)
		}
	})
}

// group makes a chat with zhangsan and lisi, in which the robot is.
func group(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, b aibot.Bot) string {
	t.Helper()
	var chat string
	a := c.As(access.SelfBuilt)
	if got := a.Call("POST", "/cgi-bin/appchat/create", `{"name":"群","owner":"zhangsan","userlist":["zhangsan","lisi"],"chatid":"g`+strings.ToLower(id.Letters(6))+`"}`); got.ErrCode != 0 {
		t.Fatal(got.Body)
	} else {
		var made struct{ ChatID string }
		got.Decode(&made)
		chat = made.ChatID
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Bots.Join(ctx, tx, c.CorpID, b.BotID, chat)
	})
	return chat
}

// In a chat a robot hears what mentions it, and everybody there reads its answer.
func TestGroup(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		chat := group(t, w, w.Corp, b)
		rc.Next(rc.Reply(`{"msgtype":"stream","stream":{"id":"s","finish":true,"content":"早"}}`))
		if err := write(w, w.Corp, "zhangsan", b.BotID, chat, aibot.Written{MsgType: "text", Content: "早"}); err != nil {
			t.Fatal(err)
		}
		got := taken(t, w, rc, 1)[0]
		if got.ChatType != "group" || got.ChatID != chat || got.Text.Content != "@助手 早" {
			t.Errorf("told %+v", got)
		}
		first := `zhangsan text {"content":"@助手 早"}` + "\n" + `bot stream {"content":"早","finish":true}`
		for _, user := range []string{"zhangsan", "lisi"} {
			if got := has(t, w, w.Corp, user, b.BotID, chat); got != first {
				t.Errorf("%s has\n%s", user, got)
			}
		}
		if got := post(w, got.ResponseURL, `{"msgtype":"template_card","template_card":`+notice+`}`); got != 40008 {
			t.Errorf("a card: %d", got)
		}
		if got := post(w, got.ResponseURL, `{"msgtype":"markdown","markdown":{"content":"后来"}}`); got != 0 {
			t.Errorf("a markdown: %d", got)
		}
		if got := list(t, w, w.Corp, "lisi", b.BotID, chat)[2]; !strings.Contains(string(got.Quote), `"from":"zhangsan","body":{"content":"@助手 早"}`) {
			t.Errorf("quoted %s", got.Quote)
		}
		for _, tt := range []struct {
			name, user string
			wr         aibot.Written
		}{
			{"a picture", "zhangsan", aibot.Written{MsgType: "image", MediaID: "x"}},
			{"who is not in the chat", "wangwu", aibot.Written{MsgType: "text", Content: "a"}},
		} {
			if err := write(w, w.Corp, tt.user, b.BotID, chat, tt.wr); err == nil {
				t.Errorf("%s was taken", tt.name)
			}
		}
	})
}

// Who may write to a robot, and what.
func TestMayWrite(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		_, rc := listening(w, w.Corp)
		with := func(s aibot.Settings) string {
			if s.URL == "" {
				s.URL = rc.URL
			}
			return robot(w, w.Corp, aibot.Bot{Mode: aibot.Webhook, Token: rc.Token, AESKey: rc.AESKey, Settings: s}).BotID
		}
		rd := with(aibot.Settings{Range: access.Range{Departments: []int64{2}}})
		off := with(aibot.Settings{Disabled: true})
		deaf := robot(w, w.Corp, aibot.Bot{Mode: aibot.Webhook}).BotID
		other, _ := listening(w, w.Second)
		hello := aibot.Written{MsgType: "text", Content: "a"}
		for _, tt := range []struct {
			name, user, bot string
			wrote           aibot.Written
			refused         string
		}{
			{"within the range", "lisi", rd, hello, ""},
			{"outside it", "wangwu", rd, hello, "no such conversation"},
			{"switched off", "lisi", off, hello, "no such conversation"},
			{"without a program", "lisi", deaf, hello, "43012"},
			{"of another enterprise", "lisi", other.BotID, hello, "no such conversation"},
			{"an unknown one", "lisi", "aib", hello, "no such conversation"},
			{"an empty text", "lisi", rd, aibot.Written{MsgType: "text", Content: " "}, "44004"},
			{"too much", "lisi", rd, aibot.Written{MsgType: "text", Content: strings.Repeat("a", 20481)}, "45002"},
			{"a picture that there is not", "lisi", rd, aibot.Written{MsgType: "image", MediaID: "x"}, "40007"},
			{"a place", "lisi", rd, aibot.Written{MsgType: "location"}, "40008"},
			{"a mix of nothing", "lisi", rd, aibot.Written{MsgType: "mixed"}, "40058"},
			{"a quote of nothing", "lisi", rd, aibot.Written{MsgType: "text", Content: "a", Quote: 1 << 40}, "40058"},
		} {
			err := write(w, w.Corp, tt.user, tt.bot, "", tt.wrote)
			if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.refused)
			}
		}
	})
}

// A callback URL is verified with an empty receiveid.
func TestVerify(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		if err := w.Server.Bots.VerifyBot(context.Background(), b); err != nil {
			t.Error(err)
		}
		rc.OnVerify(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
		if err := w.Server.Bots.VerifyBot(context.Background(), b); err == nil || !strings.Contains(err.Error(), "decrypted echostr") {
			t.Errorf("a deaf URL: %v", err)
		}
		b.AESKey = b.AESKey[:42]
		if err := w.Server.Bots.VerifyBot(context.Background(), b); err == nil || !strings.Contains(err.Error(), "43 letters") {
			t.Errorf("42 characters: %v", err)
		}
	})
}

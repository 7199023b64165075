package kf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// send sends a message to Ma by the API.
func (h *house) send(message string) (code int, msgID string) {
	h.t.Helper()
	var got struct {
		ID string `json:"msgid"`
	}
	r := h.call("send_msg", fmt.Sprintf(`{"open_kfid":%q,"touser":%q,%s}`, h.open, h.ma, message))
	r.Decode(&got)
	return r.ErrCode, got.ID
}

// TestWhenTheAPISends: in the first two states, in 48 hours, five times (doc 94677).
func TestWhenTheAPISends(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for _, tt := range []struct {
			what string
			do   func()
			code int
		}{
			{"nothing has been written", func() {}, 95002},
			{"the customer has written", func() { h.writes("一") }, 0},
			{"a second", nil, 0}, {"a third", nil, 0}, {"a fourth", nil, 0}, {"a fifth", nil, 0}, {"a sixth", nil, 95001},
			{"the customer has written again", func() { h.writes("二") }, 0},
			{"in the pool", func() { h.move(2, "") }, 95018},
			{"with a servicer", func() { h.move(3, "zhangsan") }, 95018},
			{"ended", func() { h.move(4, "") }, 95013},
			{"begun again", func() { h.writes("三") }, 0},
			{"48 hours later", func() { h.Advance(48 * time.Hour) }, 0},
			{"a second later", func() { h.Advance(time.Second) }, 95002},
			{"begun again", func() { h.writes("四") }, 0},
		} {
			if tt.do != nil {
				tt.do()
			}
			if code := h.answer("x"); code != tt.code {
				t.Errorf("%s: %d, want %d", tt.what, code, tt.code)
			}
		}
		if got := h.state(); got != "1" {
			t.Errorf("it is in %q", got)
		}
	})
}

// TestMessagesOfTheAPI: each type arrives at the customer, and none is read back (doc 94677).
func TestMessagesOfTheAPI(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture, voice, file := h.picture(), h.upload("voice", "a.amr", amr(50)), h.upload("file", "a.txt", []byte("0123456789"))
		video := h.upload("video", "a.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"))
		h.writes("x")
		cursor := h.read("").Next
		for _, tt := range []struct{ msgtype, object, shown string }{
			{"text", `{"content":"您好"}`, `map[content:您好]`},
			{"image", `{"media_id":"` + picture + `"}`, `map[media_id:` + picture + `]`},
			{"voice", `{"media_id":"` + voice + `"}`, `map[media_id:` + voice + `]`},
			{"video", `{"media_id":"` + video + `"}`, `map[media_id:` + video + `]`},
			{"file", `{"media_id":"` + file + `"}`, `map[media_id:` + file + `]`},
			{"link", `{"title":"` + strings.Repeat("长", 43) + `","desc":"` + strings.Repeat("a", 513) + `","url":"https://x.example/","thumb_media_id":"` + picture + `"}`,
				`map[desc:` + strings.Repeat("a", 512) + ` thumb_media_id:` + picture + ` title:` + strings.Repeat("长", 42) + ` url:https://x.example/]`},
			{"miniprogram", `{"appid":"wx1","title":"` + strings.Repeat("a", 65) + `","thumb_media_id":"` + picture + `","pagepath":"p.html"}`,
				`map[appid:wx1 pagepath:p.html thumb_media_id:` + picture + ` title:` + strings.Repeat("a", 64) + `]`},
			{"msgmenu", `{"head_content":"满意吗","list":[{"type":"click","click":{"id":"101","content":"满意"}},{"type":"view","view":{"url":"https://x.example","content":"看"}},{"type":"miniprogram","miniprogram":{"appid":"wx1","pagepath":"p","content":"开"}},{"type":"text","text":{"content":"a\\nb","no_newline":1}}],"tail_content":"再见"}`,
				`map[head_content:满意吗 list:[map[click:map[content:满意 id:101] type:click] map[type:view view:map[content:看 url:https://x.example]] map[miniprogram:map[appid:wx1 content:开 pagepath:p] type:miniprogram] map[text:map[content:a\nb no_newline:true] type:text]] tail_content:再见]`},
			{"location", `{"latitude":0,"longitude":"113.5","name":"某地"}`, `map[address: latitude:0 longitude:113.5 name:某地]`},
		} {
			h.writes("y")
			code, msgID := h.send(`"msgtype":"` + tt.msgtype + `","` + tt.msgtype + `":` + tt.object)
			all := h.messages()
			last := all[len(all)-1]
			if code != 0 || msgID == "" || last["msgid"] != msgID || last["from"] != "api" || fmt.Sprint(last[tt.msgtype]) != tt.shown {
				t.Errorf("%s: %d, %v, want %s", tt.msgtype, code, last, tt.shown)
			}
		}
		for _, m := range h.read(cursor).Messages {
			if m.Origin != 3 {
				t.Errorf("read back: %+v", m)
			}
		}
	})
}

// TestWhatTheAPIMayNotSend are the refusals of messages (doc 94677).
func TestWhatTheAPIMayNotSend(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture, file := h.picture(), h.upload("file", "a.txt", []byte("0123456789"))
		received := h.writes("x")
		link := func(more string) string {
			return `"msgtype":"link","link":{"title":"t","url":"https://x.example"` + more + `}`
		}
		menu := func(items string) string { return `"msgtype":"msgmenu","msgmenu":{"list":[` + items + `]}` }
		for _, tt := range []struct {
			what, message string
			code          int
		}{
			{"no type", `"text":{"content":"x"}`, 40008},
			{"a type that is none", `"msgtype":"dance"`, 40008},
			{"a card, which no page has", `"msgtype":"business_card","business_card":{"userid":"zhangsan"}`, 40008},
			{"the object of another type", `"msgtype":"text","image":{"media_id":"` + picture + `"}`, 40008},
			{"a list for an object", `"msgtype":"text","text":[]`, 40008},
			{"an empty text", `"msgtype":"text","text":{"content":""}`, 40058},
			{"no file", `"msgtype":"image","image":{}`, 41006},
			{"a file of nobody", `"msgtype":"image","image":{"media_id":"3x"}`, 40007},
			{"a text as an image", `"msgtype":"image","image":{"media_id":"` + file + `"}`, 40007},
			{"a place on no globe", `"msgtype":"location","location":{"latitude":91,"longitude":0}`, 40058},
			{"half a place", `"msgtype":"location","location":{"latitude":9}`, 40058},
			{"a link without a picture", link(``), 41006},
			{"a link without a scheme", `"msgtype":"link","link":{"title":"t","url":"x.example","thumb_media_id":"` + picture + `"}`, 40058},
			{"a link without a title", `"msgtype":"link","link":{"url":"https://x.example","thumb_media_id":"` + picture + `"}`, 40058},
			{"a mini program without a page", `"msgtype":"miniprogram","miniprogram":{"appid":"wx1","thumb_media_id":"` + picture + `"}`, 40058},
			{"an empty menu", `"msgtype":"msgmenu","msgmenu":{}`, 40058},
			{"an item that is none", menu(`{"type":"dance"}`), 95009},
			{"an item without its object", menu(`{"type":"click","view":{"url":"u","content":"c"}}`), 95009},
			{"an item without a text", menu(`{"type":"click","click":{"id":"1"}}`), 40058},
			{"an acquisition link that is nobody's", `"msgtype":"ca_link","ca_link":{"link_url":"https://work.weixin.qq.com/ca/x"}`, 40058},
			{"no acquisition link", `"msgtype":"ca_link"`, 40058},
			{"an id with other signs", `"msgid":"a b","msgtype":"text","text":{"content":"x"}`, 40058},
			{"an id", `"msgid":"a_b-1","msgtype":"text","text":{"content":"x"}`, 0},
			{"the id of what it answers", `"msgid":"` + received + `","msgtype":"text","text":{"content":"x"}`, 0},
			{"the same again", `"msgid":"a_b-1","msgtype":"text","text":{"content":"x"}`, 95033},
		} {
			if code, msgID := h.send(tt.message); code != tt.code || code == 0 && !strings.Contains(tt.message, msgID) {
				t.Errorf("%s: %d %s, want %d", tt.what, code, msgID, tt.code)
			}
		}
		if got := strings.Join(h.heard(), ", "); got != "customer text, api text, api text" {
			t.Errorf("the customer has heard %s", got)
		}
		other, _ := h.account(h.Corp, `"userid_list":["lisi"]`, h.app)
		h.done(h.Corp, "kf/send", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"msgtype":"text","text":{"content":"x"}}`, other, h.ma), nil)
		if got := h.call("send_msg", fmt.Sprintf(`{"open_kfid":%q,"touser":%q,"msgid":"a_b-1","msgtype":"text","text":{"content":"x"}}`, other, h.ma)); got.ErrCode != 0 {
			t.Errorf("an id of another account: %s", got.Body)
		}
	})
}

// TestMessagesThatDoNotArrive are answered as any other, and are an event (doc 94677, 94670).
func TestMessagesThatDoNotArrive(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.writes("x")
		cursor := h.read("").Next
		for _, why := range []int{10, 13, 0} {
			h.done(h.Corp, "kf/refuse", h.at(fmt.Sprintf(`"fail_type":%d`, why)), nil)
			code, msgID := h.send(`"msgtype":"text","text":{"content":"x"}`)
			got := h.read(cursor)
			if cursor = got.Next; code != 0 || len(got.Messages) != 1 || string(got.Messages[0].Event) !=
				fmt.Sprintf(`{"event_type":"msg_send_fail","open_kfid":"%s","external_userid":"%s","fail_msgid":"%s","fail_type":%d}`, h.open, h.ma, msgID, why) {
				t.Errorf("%d: answered %d, told %+v", why, code, got.Messages)
			}
		}
		h.done(h.Corp, "kf/refuse", h.at(`"fail_type":null`), nil)
		if code, _ := h.send(`"msgtype":"text","text":{"content":"y"}`); code != 0 || len(h.read(cursor).Messages) != 0 {
			t.Errorf("again: %d", code)
		}
		if status, text := h.script(h.Corp, "kf/refuse", h.at(`"fail_type":3`)); status == 200 {
			t.Errorf("a reason that is none: %s", text)
		}
		failed := 0
		for _, m := range h.messages() {
			if m["failed"] == true {
				failed++
			}
		}
		if failed != 3 {
			t.Errorf("%d have not arrived", failed)
		}
	})
}

// onEvent sends a message for a code.
func (h *house) onEvent(code, message string) int {
	h.t.Helper()
	return h.call("send_msg_on_event", fmt.Sprintf(`{"code":%q,%s}`, code, message)).ErrCode
}

const (
	aText = `"msgtype":"text","text":{"content":"x"}`
	aMenu = `"msgtype":"msgmenu","msgmenu":{"head_content":"x"}`
)

// TestCodes: each event lets one message be sent, for a time, of some types, while the session is where it was
// (doc 95122).
func TestCodes(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		entered := func() string {
			h.ma, h.code = h.enter(`{"open_kfid":"` + h.open + `","name":"x"}`)
			return h.code
		}
		moved := func(to ...int) func() string {
			return func() (code string) {
				entered()
				h.writes("x")
				for _, state := range to {
					if _, code = h.move(state, "zhangsan"); code == "" {
						t.Errorf("no code for %d", state)
					}
				}
				return code
			}
		}
		for _, tt := range []struct {
			what    string
			code    func() string
			life    time.Duration
			menu    int // the code of an answer to one
			leave   func()
			outside int // once the session has been moved
		}{
			{"a welcome", entered, 20 * time.Second, 0, func() { h.writes("x") }, 0},
			{"the pool", moved(2), 48 * time.Hour, 40008, func() { h.move(3, "lisi") }, 95018},
			{"a servicer", moved(2, 3), 48 * time.Hour, 40008, func() { h.move(4, "") }, 95018},
			{"the end", moved(3, 4), 20 * time.Second, 0, func() { h.writes("x") }, 95018},
		} {
			for _, try := range []struct {
				what    string
				before  func()
				message string
				want    int
			}{
				{"a text", func() {}, aText, 0},
				{"a menu", func() {}, aMenu, tt.menu},
				{"an image", func() {}, `"msgtype":"image","image":{"media_id":"x"}`, 40008},
				{"in time", func() { h.Advance(tt.life) }, aText, 0},
				{"too late", func() { h.Advance(tt.life + time.Millisecond) }, aText, 41050},
				{"elsewhere", tt.leave, aText, tt.outside},
			} {
				code := tt.code()
				try.before()
				if got := h.onEvent(code, try.message); got != try.want {
					t.Errorf("%s, %s: %d, want %d", tt.what, try.what, got, try.want)
				}
				want := 41050
				if try.want != 0 {
					want = try.want
				}
				if got := h.onEvent(code, try.message); got != want {
					t.Errorf("%s, %s again: %d, want %d", tt.what, try.what, got, want)
				}
			}
		}
		for what, code := range map[string]string{"none": "", "one of nobody": "CODEx", "another thing": h.open} {
			if got := h.onEvent(code, aText); got != 41049 && got != 41050 {
				t.Errorf("%s: %d", what, got)
			}
		}
	})
}

// TestWelcome: once in 48 hours, and not to whoever has written in that time (doc 94670).
func TestWelcome(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		again := func() string {
			_, code := h.enter(fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q}`, h.open, h.ma))
			return code
		}
		one, two := h.code, again()
		if one == "" || two == "" || one == two {
			t.Fatalf("codes %q and %q", one, two)
		}
		twin := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		if got := as(twin, "send_msg_on_event", `{"code":"`+one+`",`+aText+`}`); got.ErrCode != 41050 {
			t.Errorf("the twin: %s", got.Body)
		}
		if got := h.onEvent(one, `"msgid":"w1",`+aText); got != 0 {
			t.Errorf("a welcome: %d", got)
		}
		if got := h.onEvent(two, aText); got != 41050 {
			t.Errorf("the other code: %d", got)
		}
		for _, tt := range []struct {
			what string
			do   func()
			code bool
		}{
			{"welcomed", func() {}, false},
			{"48 hours later", func() { h.Advance(48 * time.Hour) }, false},
			{"a moment later", func() { h.Advance(time.Millisecond) }, true},
			{"having written", func() { h.writes("x") }, false},
			{"48 hours later", func() { h.Advance(48*time.Hour + time.Millisecond) }, true},
		} {
			tt.do()
			if got := again(); (got != "") != tt.code {
				t.Errorf("%s: code %q", tt.what, got)
			}
		}
		if got := strings.Join(h.heard(), ", "); got != "event text, customer text" {
			t.Errorf("heard: %s", got)
		}
	})
}

// TestFirstCodes: only the first time in the pool and with a servicer has a code, of each session (doc 94669).
func TestFirstCodes(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for range 2 {
			h.writes("x")
			for i, step := range []struct {
				to   int
				user string
				code bool
			}{{2, "", true}, {3, "zhangsan", true}, {3, "lisi", false}, {4, "", true}} {
				if errcode, code := h.move(step.to, step.user); errcode != 0 || (code != "") != step.code {
					t.Errorf("step %d: %d %q", i, errcode, code)
				}
			}
		}
		h.writes("x")
		if _, code := h.move(1, ""); code != "" {
			t.Errorf("to the assistant: %q", code)
		}
	})
}

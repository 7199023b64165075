package customer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// messages returns what a script reads of what was said with a customer.
func (h *house) messages(corpID, external string) string {
	h.t.Helper()
	req, err := http.NewRequest("GET", h.URL+"/_qiwei/wechat/messages?corpid="+corpID+"&external_userid="+external, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	text, err := io.ReadAll(h.Do(req).Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// TestWelcome: a code is good for 20 seconds and once, and the customer reads the message (doc 92137).
func TestWelcome(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		second := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Everything()))}
		twin := &house{h.World, t, h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))}
		one, two := h.Receiver(h.app), h.Receiver(second.app)
		h.Delivered()
		one.Take()
		two.Take()
		send := func(code string) string { return fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"您好"}}`, code) }
		come := func(name string) (external, code, other string) {
			a := h.add(`{"userid":"zhangsan","name":"` + name + `"}`)
			h.Delivered()
			return a.External, one.Take()[0].Field("WelcomeCode"), two.Take()[0].Field("WelcomeCode")
		}
		lin, code, other := come("Lin")
		if code == other {
			t.Error("two applications have one code")
		}
		h.refused("send_welcome_msg", []refusal{
			{"no code", `{"text":{"content":"x"}}`, 41049}, {"a bad code", send("x"), 41050}, {"another application's", send(other), 41050},
			{"nothing to say", fmt.Sprintf(`{"welcome_code":%q}`, code), 40058},
		})
		twin.refused("send_welcome_msg", []refusal{{"another enterprise's", send(code), 41050}})
		h.Advance(20 * time.Second)
		h.must("send_welcome_msg", send(code))
		h.refused("send_welcome_msg", []refusal{{"twice", send(code), 41051}})
		second.refused("send_welcome_msg", []refusal{{"the second application", send(other), 41051}})
		if got, want := h.messages(h.CorpID, lin), fmt.Sprintf(`{"messages":[{"userid":"zhangsan","from":"welcome","text":{"content":"您好"},"time":%d}]}`, h.Clock.Now().Unix()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		_, code, _ = come("Late")
		h.Advance(20*time.Second + time.Millisecond)
		h.refused("send_welcome_msg", []refusal{{"too late", send(code), 41050}})

		external, code, _ := come("Chats")
		h.done(h.Corp, "send", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"by":"member","text":"hi"}`, external), nil)
		h.refused("send_welcome_msg", []refusal{{"they chat", send(code), 41051}})
		if got := h.messages(h.CorpID, external); !strings.Contains(got, `"from":"member","text":{"content":"hi"}`) {
			t.Errorf("%s", got)
		}

		external, code, other = come("Gone")
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q}`, external)
		h.done(h.Corp, "remove", of, nil)
		h.refused("send_welcome_msg", []refusal{{"gone", send(code), 41050}})
		h.Advance(time.Second)
		h.add(of)
		h.Delivered()
		h.refused("send_welcome_msg", []refusal{{"come again: the old code", send(code), 41050}})
		second.refused("send_welcome_msg", []refusal{{"come again: the old code of another", send(other), 41050}})
		got := one.Take()
		h.must("send_welcome_msg", send(got[len(got)-1].Field("WelcomeCode")))

		// The script's code is any application's.
		second.must("send_welcome_msg", send(h.add(`{"userid":"lisi","name":"x"}`).Code))
		small := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}}))}
		small.refused("send_welcome_msg", []refusal{{"out of range", send(h.add(`{"userid":"lisi","name":"y"}`).Code), 60011}})
	})
}

// TestHalfWelcome: whoever is asked to confirm may be welcomed then, and not again afterwards (doc 92137).
func TestHalfWelcome(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		half := h.add(`{"userid":"zhangsan","name":"Half","half":true}`)
		h.must("send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"x"}}`, half.Code))
		h.Advance(time.Second)
		if whole := h.add(fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q}`, half.External)); whole.Code != "" {
			t.Error("a code for one who was welcomed")
		}
	})
}

// TestWelcomeAtOnce: of two applications that send at the same time, one is asked to wait (41096).
func TestWelcomeAtOnce(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		first, second := h.atOnce("send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"x"}}`, lin.Code))
		if first.ErrCode != 41096 || second.ErrCode != 0 {
			t.Errorf("while one waits: %s; it: %s", first.Body, second.Body)
		}
		if got := h.messages(h.CorpID, lin.External); strings.Count(got, `"from"`) != 1 {
			t.Errorf("%s", got)
		}
	})
}

// TestAttachments: each kind has its object, and files are those that were uploaded.
func TestAttachments(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture, file := h.picture(), h.uploaded("file", "a.txt", []byte("hello, you"))
		link := `{"msgtype":"link","link":{"title":"t","url":"https://x.example/"}}`
		program := fmt.Sprintf(`{"msgtype":"miniprogram","miniprogram":{"title":"t","pic_media_id":%q,"appid":"wx1","page":"/p"}}`, picture)
		image := fmt.Sprintf(`{"msgtype":"image","image":{"media_id":%q,"pic_url":"x"}}`, picture)
		sent := func(attachments string) (int, string) {
			a := h.add(`{"userid":"zhangsan","name":"x"}`)
			return h.call("send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"attachments":[%s]}`, a.Code, attachments)).ErrCode, a.External
		}
		for _, tt := range []struct {
			what, attachments string
			code              int
		}{
			{"a picture", image, 0}, {"one by address", `{"msgtype":"image","image":{"pic_url":"https://x.example/a.png"}}`, 0},
			{"a link", link, 0}, {"a mini program", program, 0}, {"a file", fmt.Sprintf(`{"msgtype":"file","file":{"media_id":%q}}`, file), 0},
			{"several", image + "," + link + "," + program, 0},
			{"no such kind", `{"msgtype":"voice","voice":{"media_id":"x"}}`, 41065}, {"another object", `{"msgtype":"image","link":{"title":"t","url":"https://x.example/"}}`, 41065},
			{"a file for a video", fmt.Sprintf(`{"msgtype":"video","video":{"media_id":%q}}`, file), 40007},
			{"a picture of nobody", `{"msgtype":"image","image":{"media_id":"x"}}`, 40007}, {"no picture", `{"msgtype":"image","image":{}}`, 41006},
			{"no title", `{"msgtype":"link","link":{"url":"https://x.example/"}}`, 40058}, {"no scheme", `{"msgtype":"link","link":{"title":"t","url":"x.example"}}`, 40058},
			{"no appid", strings.Replace(program, `"wx1"`, `""`, 1), 40058}, {"one is bad", link + `,{"msgtype":"x"}`, 41065},
		} {
			code, external := sent(tt.attachments)
			if code != tt.code {
				t.Errorf("%s: %d, want %d", tt.what, code, tt.code)
			}
			var got struct {
				Messages []struct{ Attachments json.RawMessage }
			}
			if err := json.Unmarshal([]byte(h.messages(h.CorpID, external)), &got); err != nil || (len(got.Messages) == 1) != (tt.code == 0) {
				t.Errorf("%s: %v, %d messages", tt.what, err, len(got.Messages))
			} else if tt.code == 0 && string(got.Messages[0].Attachments) != "["+tt.attachments+"]" {
				t.Errorf("%s: read %s", tt.what, got.Messages[0].Attachments)
			}
		}
	})
}

// TestScriptRefuses says what a script got wrong, and nothing happens.
func TestScriptRefuses(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		twin := h.addIn(h.Second, `{"userid":"zhangsan","name":"Lin"}`)
		h.Corp.Events()
		of := func(external, rest string) string {
			return fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q%s}`, external, rest)
		}
		for _, tt := range []struct{ name, body, want string }{
			{"add", `{"userid":"nobody","name":"x"}`, "60111"}, {"add", `{"userid":"zhangsan"}`, "name"}, {"add", `{"name":"x"}`, "config_id"},
			{"add", `{"userid":"zhangsan","config_id":"x","name":"x"}`, "config_id"}, {"add", `{"config_id":"x","name":"x"}`, "41044"},
			{"add", `{"link":"https://work.weixin.qq.com/ca/x","name":"x"}`, "link_id"}, {"add", `{"userid":"zhangsan","nam":"x"}`, "unknown field"},
			{"add", `{"userid":"zhangsan","name":"x","type":3}`, "type"}, {"add", `{"userid":"zhangsan","name":"x","gender":3}`, "gender"}, {"add", `{"userid":"zhangsan","name":"x","gender":-1}`, "gender"},
			{"add", `{"userid":"zhangsan","name":"x","by":"x"}`, "by"}, {"add", `{"userid":"zhangsan","name":"x","by":"member","half":true}`, "half"},
			{"add", of(twin.External, ""), "40096"}, {"add", of(lin.External, ""), "follows"},
			{"remove", of(twin.External, ""), "40096"}, {"remove", of(lin.External, `,"by":"x"`), "by"}, {"remove", strings.Replace(of(lin.External, ""), "zhangsan", "lisi", 1), "84061"},
			{"send", of(lin.External, ""), "text"}, {"send", of(lin.External, `,"text":"x","by":"x"`), "by"}, {"send", of(twin.External, `,"text":"x"`), "40096"},
			{"edit", of(lin.External, ""), "40058"}, {"edit", of(lin.External, `,"add_tag":["et1"]`), "40068"}, {"edit", of(twin.External, `,"remark":"x"`), "40096"},
			{"tags", `{}`, "expected"}, {"tags", `{"shuffle":{"order":["et1"]}}`, "40068"}, {"tags", `{"add":{"group_name":"x"}}`, "40058"},
		} {
			status, text := h.script(h.CorpID, tt.name, tt.body)
			if status == 200 || !strings.Contains(text, tt.want) {
				t.Errorf("%s %s: %d %s, want %q", tt.name, tt.body, status, text, tt.want)
			}
			if status, text := h.script("ww0", tt.name, tt.body); status == 200 {
				t.Errorf("in no enterprise, %s: %s", tt.name, text)
			}
		}
		for _, at := range [][2]string{{"ww0", lin.External}, {h.CorpID, twin.External}, {h.CorpID, ""}} {
			if got := h.messages(at[0], at[1]); !strings.Contains(got, `"error"`) {
				t.Errorf("messages of %v: %s", at, got)
			}
		}
		h.done(h.Corp, "remove", of(lin.External, ""), nil)
		if status, text := h.script(h.CorpID, "send", of(lin.External, `,"text":"x"`)); status == 200 {
			t.Errorf("writes to one whom it has removed: %s", text)
		}
		if events := h.Corp.Events(); len(events) != 1 {
			t.Errorf("events %v", events)
		}
	})
}

func TestNoScriptOutsideOfDev(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.Dev = false })
	h := &house{w, t, nil}
	if status, body := h.script(w.CorpID, "add", `{"userid":"zhangsan","name":"x"}`); status != 404 {
		t.Errorf("%d %s", status, body)
	}
}

package customergroup_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// picture uploads one and returns its media_id.
func (h *house) picture() string {
	h.T.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		h.T.Fatal(err)
	}
	var file struct {
		MediaID string `json:"media_id"`
	}
	h.App.Upload("/cgi-bin/media/upload?type=image", "a.png", picture.Bytes()).Decode(&file)
	return file.MediaID
}

func (h *house) template(body string) string {
	h.T.Helper()
	var a struct {
		TemplateID string `json:"template_id"`
	}
	h.Must(h.App, "group_welcome_template/add", body).Decode(&a)
	return a.TemplateID
}

// said is what a script reads of what was said in a group.
func (h *house) said(chat string) string {
	h.T.Helper()
	req, err := http.NewRequest("GET", h.URL+"/_qiwei/wechat/group/messages?corpid="+h.CorpID+"&chat_id="+chat, nil)
	if err != nil {
		h.T.Fatal(err)
	}
	text, err := io.ReadAll(h.Do(req).Body)
	if err != nil {
		h.T.Fatal(err)
	}
	return string(text)
}

// TestTemplates: what is made is answered, and the first of what a text stands with counts (doc 92366).
func TestTemplates(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const link = `"link":{"title":"t","desc":"d","url":"https://x.example/"}`
		mini := fmt.Sprintf(`"miniprogram":{"title":"t","pic_media_id":%q,"appid":"wx1","page":"/p"}`, h.picture())
		get := func(no string) string {
			return strings.TrimPrefix(h.Must(h.App, "group_welcome_template/get", fmt.Sprintf(`{"template_id":%q}`, no)).Body, `{"errcode":0,"errmsg":"ok",`)
		}
		no := h.template(`{"text":{"content":"hi"},` + mini + `,` + link + `,"notify":0,"agentid":3}`)
		if got := get(no); !strings.HasPrefix(no, "msg") || got != `"text":{"content":"hi"},`+link+`}` {
			t.Errorf("%s: %s", no, got)
		}
		h.Must(h.App, "group_welcome_template/edit", fmt.Sprintf(`{"template_id":%q,%s}`, no, mini))
		if got := get(no); got != mini+`}` {
			t.Errorf("%s", got)
		}
		h.Must(h.App, "group_welcome_template/edit", fmt.Sprintf(`{"template_id":%q,"image":{"media_id":%q},%s}`, no, h.picture(), mini))
		got := get(no)
		if !strings.HasPrefix(got, `"image":{"pic_url":"`+h.URL+`/wwpic/`) {
			t.Fatalf("%s", got)
		}
		address := strings.TrimSuffix(strings.TrimPrefix(got, `"image":{"pic_url":"`+h.URL), `"}}`)
		if resp := h.World.Get(address); resp.Status != 200 {
			t.Errorf("the picture: %d", resp.Status)
		}
		other, twin := h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			want   map[string]int
		}{
			{"another application", other, map[string]int{"get": 0, "edit": 41058, "del": 41058}}, {"the twin's", twin, map[string]int{"get": 40058, "edit": 40058, "del": 40058}},
		} {
			for name, want := range tt.want {
				if got := h.Call(tt.client, "group_welcome_template/"+name, fmt.Sprintf(`{"template_id":%q,"text":{"content":"x"}}`, no)); got.ErrCode != want {
					t.Errorf("%s, %s: %s, want %d", tt.what, name, got.Body, want)
				}
			}
		}
		h.Must(h.App, "group_welcome_template/del", fmt.Sprintf(`{"template_id":%q}`, no))
		if resp := h.World.Get(address); resp.Status != 404 {
			t.Errorf("the picture of a template that is gone: %d", resp.Status)
		}
		h.Answers("group_welcome_template/get", qiweitest.Refusal{"deleted", fmt.Sprintf(`{"template_id":%q}`, no), 40058}, qiweitest.Refusal{"none", `{}`, 40058})
		h.Answers("group_welcome_template/add", qiweitest.Refusal{"nothing", `{}`, 40058}, qiweitest.Refusal{"an empty text", `{"text":{"content":""}}`, 40058}, qiweitest.Refusal{"a bad file", `{"file":{"media_id":"x"}}`, 40007}, qiweitest.Refusal{"an image that is none", `{"image":{"media_id":"x"}}`, 40007}, qiweitest.Refusal{"a link without an address", `{"link":{"title":"x"}}`, 40058})
	})
}

// TestGreeting: a group with a template welcomes whoever comes from outside, by name.
func TestGreeting(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		m := h.group(h.Corp, `{"owner":"zhangsan"}`)
		no := h.template(`{"text":{"content":"%NICKNAME%,您好,%NICKNAME%"},"link":{"title":"t","url":"https://x.example/"}}`)
		h.Play("group/welcome", `{"chat_id":%q,"template_id":%q}`, m.ChatID, no)
		h.join(`{"chat_id":%q,"name":"Lin","userid":"lisi"}`, m.ChatID)
		want := fmt.Sprintf(`{"messages":[{"userid":"zhangsan","name":"张三","from":"welcome","text":{"content":"Lin,您好,Lin"},"attachments":[{"msgtype":"link","link":{"title":"t","url":"https://x.example/"}}],"time":%d}]}`, h.Clock.Now().Unix())
		if got := h.said(m.ChatID); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		h.Must(h.App, "group_welcome_template/del", fmt.Sprintf(`{"template_id":%q}`, no))
		h.join(`{"chat_id":%q,"name":"He"}`, m.ChatID)
		if got := h.said(m.ChatID); got != want {
			t.Errorf("by a template that is gone: %s", got)
		}
		h.Forbids("group/welcome", [2]string{fmt.Sprintf(`{"chat_id":%q,"template_id":%q}`, m.ChatID, no), "is not there"})
	})
}

// TestSpeaking: people in a group say something there, and rules for sensitive words hold members back.
func TestSpeaking(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		m := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","external_userid":%q}`, lin))
		h.Must(h.App, "add_intercept_rule", `{"rule_name":"r","word_list":["返现"],"intercept_type":1,"applicable_range":{"user_list":["zhangsan"]}}`)
		h.Play("group/send", `{"chat_id":%q,"external_userid":%q,"text":"返现?"}`, m.ChatID, lin)
		var verdict struct {
			Intercepted bool
			Words       []string
		}
		h.Play("group/send", `{"chat_id":%q,"userid":"zhangsan","text":"返现!"}`, m.ChatID).Into(&verdict)
		if !verdict.Intercepted || fmt.Sprint(verdict.Words) != "[返现]" {
			t.Errorf("%+v", verdict)
		}
		h.Play("group/send", `{"chat_id":%q,"userid":"zhangsan","text":"不","red_packet":true}`, m.ChatID)
		at := h.Clock.Now().Unix()
		want := fmt.Sprintf(`{"messages":[{"external_userid":%q,"name":"Lin","from":"customer","text":{"content":"返现?"},"time":%d},{"userid":"zhangsan","name":"张三","from":"member","text":{"content":"[红包] 不"},"time":%d}]}`, lin, at, at)
		if got := h.said(m.ChatID); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		of := func(rest string) string { return fmt.Sprintf(`{"chat_id":%q%s}`, m.ChatID, rest) }
		h.Forbids("group/send", [2]string{of(`,"userid":"lisi","text":"x"`), "is not in the group"}, [2]string{of(`,"text":"x"`), "one of them"}, [2]string{of(`,"userid":"zhangsan"`), "one of them"},
			[2]string{of(`,"userid":"zhangsan","external_userid":"x","text":"x"`), "one of them"}, [2]string{`{"chat_id":"x","userid":"zhangsan","text":"x"}`, "chatid"})
	})
}

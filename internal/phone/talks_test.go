package phone_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// until reads events up to one of a kind whose data has a text, and returns the data.
func (l *line) until(kind, text string) string {
	l.t.Helper()
	for {
		if h := l.next(); h.kind == kind && strings.Contains(h.data, text) {
			return h.data
		}
	}
}

// The line tells of what is written in every room: between members, in groups, with customers, in groups with
// customers, at the desk of customer service, and of what there is to do.
func TestTalkEvents(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		lisi := listen(t, w, w.Corp.SignIn("lisi"), "")
		lisi.until("hello", "")
		twin := listen(t, w, w.Second.SignIn("lisi"), "")
		twin.until("hello", "")
		script := func(path, body string, into any) {
			t.Helper()
			w.Scripted(path, strings.Replace(body, "{", `{"corpid":"`+w.CorpID+`",`, 1), into)
		}
		var g struct{ ChatID string }
		script("chat/send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"x"}}`, nil)
		lisi.until("talk", `"m/zhangsan"`)
		script("chat/group", `{"userid":"zhangsan","add":["lisi"]}`, &g)
		lisi.until("talk", `"g/`+g.ChatID+`"`)
		var c struct {
			External string `json:"external_userid"`
		}
		script("wechat/add", `{"userid":"lisi","name":"Ma"}`, &c)
		lisi.until("talk", `"customers/"`)
		script("wechat/send", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"text":"hi"}`, c.External), nil)
		lisi.until("talk", `"c/`+c.External+`"`)
		var r struct {
			ChatID string `json:"chat_id"`
		}
		script("wechat/group/create", fmt.Sprintf(`{"owner":"lisi","group_name":"r","external_userid":%q}`, c.External), &r)
		lisi.until("talk", `"r/`+r.ChatID+`"`)
		script("wechat/group/send", fmt.Sprintf(`{"chat_id":%q,"external_userid":%q,"text":"hi"}`, r.ChatID, c.External), nil)
		lisi.until("talk", `"r/`+r.ChatID+`"`)
		if got := a.Call("POST", "/cgi-bin/externalcontact/add_msg_template", fmt.Sprintf(`{"sender":"lisi","external_userid":[%q],"text":{"content":"x"}}`, c.External)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		lisi.until("talk", `"todo/"`)
		script("wechat/moment/publish", `{"userid":"lisi","text":"x"}`, nil)
		lisi.until("talk", `"todo/"`)
		var k struct {
			Open string `json:"open_kfid"`
		}
		script("wechat/kf/account", `{"name":"k","userid_list":["lisi"]}`, &k)
		script("wechat/enter_kf", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q}`, k.Open, c.External), nil)
		script("wechat/kf/send", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"msgtype":"text","text":{"content":"hi"}}`, k.Open, c.External), nil)
		lisi.until("talk", `"k/`+k.Open+"/"+c.External+`"`)

		// The twin was told of nothing: what comes next is its own.
		if status, text := w.Script("chat/send", `{"corpid":"`+w.Second.CorpID+`","from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"x"}}`); status != 200 {
			t.Fatal(text)
		}
		if h := twin.next(); h.kind != "talk" || !strings.Contains(h.data, `"m/zhangsan"`) {
			t.Errorf("%+v", h)
		}
	}, func(c *platform.Config) { c.Dev = true })
}

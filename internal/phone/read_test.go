package phone_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// inbox is an enterprise in which lisi has conversations of every kind.
type inbox struct {
	*qiweitest.World
	t                              *testing.T
	app                            *qiweitest.Client
	group, external, circle, clerk string // keys of lisi's conversations
}

func newInbox(t *testing.T, w *qiweitest.World) *inbox {
	t.Helper()
	in := &inbox{World: w, t: t, app: w.WithApp(access.SelfBuilt, app.Settings{Name: "报销", Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})}
	send(in.app, text("lisi", "请提交周报"))
	in.script("chat/send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"周报写好了吗"}}`)
	in.script("chat/send", `{"from":"lisi","to":"zhangsan","msgtype":"text","text":{"content":"还没有"}}`)
	in.group = "g/" + in.script("chat/group", `{"userid":"zhangsan","add":["lisi"],"name":"周会"}`).Text("chatid")
	in.script("chat/send", fmt.Sprintf(`{"from":"zhangsan","chatid":%q,"msgtype":"text","text":{"content":"Agenda: the WEEKLY report"}}`, in.group[2:]))
	in.external = "c/" + in.script("wechat/add", `{"userid":"lisi","name":"马先生"}`).Text("external_userid")
	in.script("wechat/send", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"text":"报价单在哪里"}`, in.external[2:]))
	in.circle = "r/" + in.script("wechat/group/create", fmt.Sprintf(`{"owner":"lisi","group_name":"客户群","external_userid":%q}`, in.external[2:])).Text("chat_id")
	in.script("wechat/group/send", fmt.Sprintf(`{"chat_id":%q,"external_userid":%q,"text":"报价单收到"}`, in.circle[2:], in.external[2:]))
	open := in.script("wechat/kf/account", `{"name":"k","userid_list":["lisi"]}`).Text("open_kfid")
	in.clerk = "k/" + open + "/" + in.external[2:]
	in.script("wechat/enter_kf", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q}`, open, in.external[2:]))
	in.script("wechat/kf/send", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"msgtype":"text","text":{"content":"有人吗"}}`, open, in.external[2:]))
	in.Corp.Phone("lisi").Does("kf/"+open+"/sessions/"+in.external[2:]+"/take", 200, qiweitest.JSON{})
	return in
}

func (in *inbox) script(path, body string) qiweitest.JSON {
	in.t.Helper()
	out := qiweitest.JSON{}
	in.Scripted(path, strings.Replace(body, "{", `{"corpid":"`+in.CorpID+`",`, 1), &out)
	return out
}

func (in *inbox) appKey() string { return fmt.Sprintf("a/%d", in.app.AgentID) }

// unread returns the count of each conversation in the order of the keys.
func unread(p qiweitest.Phone, keys ...string) string {
	p.T.Helper()
	got := p.Ask("unread")
	counts, _ := got["counts"].(map[string]any)
	var out []string
	for _, key := range keys {
		out = append(out, fmt.Sprint(counts[key]))
	}
	return strings.Join(append(out, fmt.Sprint(got["total"])), " ")
}

// newest returns the number of the newest message of a list.
func newest(p qiweitest.Phone, path string) int64 {
	p.T.Helper()
	return int64(qiweitest.First(p.Ask(path).List("messages"), -1)["no"].(float64))
}

// What a member has not read is counted on the server, in every room, whatever device asks.
func TestUnread(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		in := newInbox(t, w)
		keys := []string{in.appKey(), "m/zhangsan", in.group, in.external, in.circle, in.clerk}
		lisi := w.Corp.Phone("lisi")
		if got := unread(lisi, keys...); got != "1 1 1 1 1 1 6" {
			t.Errorf("on the first visit: %s", got)
		}
		if got := unread(w.Corp.Phone("zhangsan"), "m/lisi", in.group); got != "1 <nil> 1" {
			t.Errorf("who has written himself: %s", got)
		}
		upto := newest(lisi, "chats/messages?userid=zhangsan")
		lisi.Does("read", 200, qiweitest.JSON{"m/zhangsan": upto, in.appKey(): newest(lisi, fmt.Sprintf("messages?agentid=%d", in.app.AgentID))})
		second := w.Corp.Phone("lisi")
		if got := unread(second, keys...); got != "<nil> <nil> 1 1 1 1 4" {
			t.Errorf("on a second device: %s", got)
		}
		// It never goes back, and counts on from there.
		second.Does("read", 200, qiweitest.JSON{"m/zhangsan": 1})
		for range 2 {
			in.script("chat/send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"x"}}`)
		}
		if got := unread(lisi, "m/zhangsan"); got != "2 6" {
			t.Errorf("after two more: %s", got)
		}
		for range 120 {
			in.script("chat/send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"x"}}`)
		}
		if got := unread(lisi, "m/zhangsan"); got != "100 104" {
			t.Errorf("many: %s", got)
		}
		for _, key := range []string{in.group, in.external, in.circle, in.clerk, "m/zhangsan"} {
			lisi.Does("read", 200, qiweitest.JSON{key: 1 << 40})
		}
		if got := unread(lisi, keys...); got != "<nil> <nil> <nil> <nil> <nil> <nil> 0" {
			t.Errorf("all read: %s", got)
		}
		if got := unread(w.Second.Phone("lisi")); got != "0" {
			t.Errorf("the other enterprise: %s", got)
		}
		for _, bad := range []qiweitest.JSON{{"x/1": 1}, {"m/": 1}, {"m/zhangsan": 0}, {"m/" + strings.Repeat("x", 199): 1}, {"": 1}} {
			lisi.Does("read", 400, bad)
		}
	}, func(c *platform.Config) { c.Dev = true })
}

// A member's other pages are told when one of them reads.
func TestReadElsewhere(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		page := listen(t, w, w.Corp.SignIn("lisi"), "")
		page.until("hello", "")
		w.Corp.Phone("lisi").Does("read", 200, qiweitest.JSON{"m/zhangsan": 7})
		page.until("talk", `"read/"`)
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		in := newInbox(t, w)
		lisi := w.Corp.Phone("lisi")
		for _, c := range []struct{ words, members, apps, messages string }{
			{"周报", "", "", in.appKey() + " 请提交周报|m/zhangsan 周报写好了吗"},
			{"周报 提交", "", "", in.appKey() + " 请提交周报"},
			{"weekly", "", "", in.group + " Agenda: the WEEKLY report"},
			{"报价单", "", "", in.external + " 报价单在哪里|" + in.circle + " 报价单收到"},
			{"zhangsan", "zhangsan", "", ""},
			{"zs", "zhangsan", "", ""},
			{"baoxiao", "", "报销", ""},
			{"msgtype", "", "", ""}, // JSON's own words are no text
			{"%", "", "", ""},
			{"", "", "", ""},
		} {
			got := lisi.Ask("search?q=" + strings.ReplaceAll(strings.ReplaceAll(c.words, "%", "%25"), " ", "+"))
			var parts []string
			for _, list := range [][]string{
				qiweitest.Lines(got.List("members"), "userid"), qiweitest.Lines(got.List("apps"), "name"), qiweitest.Lines(got.List("messages"), "key", "text"),
			} {
				slices.Sort(list) // the clock stands still
				parts = append(parts, strings.Join(list, "|"))
			}
			if want := []string{c.members, c.apps, c.messages}; strings.Join(parts, "\n") != strings.Join(want, "\n") {
				t.Errorf("%q: %q, want %q", c.words, parts, want)
			}
		}
		for who, p := range map[string]qiweitest.Phone{"the twin": w.Second.Phone("lisi"), "a colleague": w.Corp.Phone("wangwu")} {
			if got := p.Ask("search?q=周报"); len(got.List("messages")) != 0 {
				t.Errorf("%s: %v", who, got)
			}
		}
		// What was taken back, or is confidential, is not found.
		var s sent
		in.app.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"agentid":%d,"touser":"lisi","msgtype":"text","safe":1,"text":{"content":"秘密计划"}}`, in.app.AgentID)).Decode(&s)
		s = send(in.app, text("lisi", "误发计划"))
		in.app.Call("POST", "/cgi-bin/message/recall", fmt.Sprintf(`{"msgid":%q}`, s.MsgID))
		if got := lisi.Ask("search?q=计划"); len(got.List("messages")) != 0 {
			t.Errorf("%v", got)
		}
		for range 60 {
			in.script("chat/send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"重复的话"}}`)
		}
		if got := lisi.Ask("search?q=重复"); len(got.List("messages")) != 50 || got["more"] != true {
			t.Errorf("%d of 60, more %v", len(got.List("messages")), got["more"])
		}
	}, func(c *platform.Config) { c.Dev = true })
}

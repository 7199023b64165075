package chat_test

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// member is a member's page.
type member struct{ *qiweitest.Browser }

// do sends a page's JSON and returns its answer.
func (m member) do(path string, body any) (int, qiweitest.JSON) {
	m.T.Helper()
	status, got := m.PostJSON("/phone/api/chats"+path, body)
	return status, got
}

func (m member) say(place qiweitest.JSON, msgtype string, content any) (msgID string) {
	m.T.Helper()
	body := qiweitest.JSON{"msgtype": msgtype, "content": content}
	for k, v := range place {
		body[k] = v
	}
	status, got := m.do("/messages", body)
	if status != 200 {
		m.T.Fatalf("%v: %d %v", content, status, got)
	}
	return got.Text("msgid")
}

func (m member) get(path string) qiweitest.JSON {
	m.T.Helper()
	page, got := m.Get("/phone/api/chats"+path), qiweitest.JSON{}
	if page.Status != 200 {
		m.T.Fatalf("%s: %d %s", path, page.Status, page.Body)
	}
	page.Decode(m.T, &got)
	return got
}

// reads returns what the page shows of a conversation, a line each.
func (m member) reads(query string) (out []string) {
	m.T.Helper()
	for _, one := range m.get("/messages?" + query).List("messages") {
		out = append(out, line(one))
	}
	return out
}

func line(one any) string {
	j := qiweitest.JSON(one.(map[string]any))
	text := j.Text("from") + " " + j.Text("msgtype")
	if j["recalled"] == true {
		return text + " recalled"
	}
	if a := j.Text("answers.text"); a != "" {
		text += " (" + j.Text("answers.from") + ": " + a + ")"
	}
	for _, path := range []string{"body.content", "body.kind", "body.text", "body.title"} {
		if v := j.Text(path); v != "" {
			text += " " + v
		}
	}
	for _, v := range j.List("body.members") {
		text += " " + qiweitest.JSON(v.(map[string]any)).Text("userid")
	}
	return text
}

// talks returns the list of the page's conversations.
func (m member) talks() (out []string) {
	for _, one := range m.get("").List("chats") {
		j := qiweitest.JSON(one.(map[string]any))
		text := j.Text("name")
		if last, ok := j["last"]; ok {
			text += ": " + line(last)
		}
		out = append(out, text)
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// Two members talk on their pages, and nobody else reads it.
func TestPhoneTalk(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := member{h.SignedIn("zhangsan")}, member{h.SignedIn("lisi")}, member{h.SignedIn("wangwu")}
		foreign := member{h.Second.SignedIn("zhangsan")}
		same(t, "nothing yet", zhang.talks(), nil)
		toLi, toZhang := qiweitest.JSON{"userid": "LiSi"}, qiweitest.JSON{"userid": "zhangsan"}
		first := zhang.say(toLi, "text", qiweitest.JSON{"content": "晚上吃什么？"})
		li.say(toZhang, "text", qiweitest.JSON{"content": "面", "quote": first})
		gone := li.say(toZhang, "text", qiweitest.JSON{"content": "不对"})
		li.say(toZhang, "revoke", qiweitest.JSON{"pre_msgid": gone})
		wang.say(toZhang, "text", qiweitest.JSON{"content": "在吗"})
		name := li.get("/messages?userid=zhangsan").List("messages")[0].(map[string]any)["name"].(string)
		want := []string{"zhangsan text 晚上吃什么？", "lisi text (" + name + ": 晚上吃什么？) 面", "lisi text recalled"}
		same(t, "li reads", li.reads("userid=zhangsan"), want)
		same(t, "zhang reads", zhang.reads("userid=lisi"), want)
		same(t, "the newest", zhang.reads("userid=lisi&limit=1"), want[2:])
		page := zhang.get("/messages?userid=lisi&limit=2")
		same(t, "before them", zhang.reads(fmt.Sprintf("userid=lisi&before=%d", int64(page.List("messages")[0].(map[string]any)["no"].(float64)))), want[:1])
		same(t, "wang reads", wang.reads("userid=lisi"), nil)
		same(t, "the twin reads", foreign.reads("userid=lisi"), nil)
		if got := zhang.talks(); len(got) != 2 || !strings.HasSuffix(got[0], "wangwu text 在吗") || !strings.HasSuffix(got[1], "lisi revoke recalled") {
			t.Errorf("%q", got)
		}
		for _, tt := range []struct {
			body qiweitest.JSON
			says string
		}{
			{qiweitest.JSON{"userid": "zhangsan", "msgtype": "text", "content": qiweitest.JSON{"content": "x"}}, "somebody else"},
			{qiweitest.JSON{"userid": "ghost", "msgtype": "text", "content": qiweitest.JSON{"content": "x"}}, "ghost"},
			{qiweitest.JSON{"userid": "lisi", "msgtype": "agree", "content": qiweitest.JSON{}}, "does not write"},
			{qiweitest.JSON{"userid": "lisi", "msgtype": "notice", "content": qiweitest.JSON{}}, "msgtype"},
			{qiweitest.JSON{"userid": "lisi", "msgtype": "revoke", "content": qiweitest.JSON{"pre_msgid": first}}, ""},
			{qiweitest.JSON{"userid": 1}, "cannot unmarshal"},
		} {
			status, got := zhang.do("/messages", tt.body)
			if tt.says != "" && (status != 400 || !strings.Contains(got.Text("error"), tt.says)) {
				t.Errorf("%v: %d %v", tt.body, status, got)
			}
		}
		if status, _ := foreign.do("/messages", qiweitest.JSON{"userid": "lisi", "msgtype": "revoke", "content": qiweitest.JSON{"pre_msgid": first}}); status != 400 {
			t.Errorf("the twin revokes: %d", status)
		}
	})
}

// A group is made and changed on the page. Whoever comes later does not read what was said before.
func TestPhoneGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := member{h.SignedIn("zhangsan")}, member{h.SignedIn("lisi")}, member{h.SignedIn("wangwu")}
		status, made := zhang.do("/groups", qiweitest.JSON{"name": "", "add": []string{"lisi"}})
		if status != 200 {
			t.Fatal(status, made)
		}
		chat := made.Text("chatid")
		in := qiweitest.JSON{"chatid": chat}
		query := "chatid=" + url.QueryEscape(chat)
		zhang.say(in, "text", qiweitest.JSON{"content": "早"})
		if got := li.talks(); len(got) != 1 || !strings.Contains(got[0], "、") || !strings.HasSuffix(got[0], "zhangsan text 早") {
			t.Errorf("%q", got)
		}
		for _, path := range []string{"/messages?" + query, "/groups/" + chat} {
			if p := wang.Get("/phone/api/chats" + path); p.Status != 404 {
				t.Errorf("%s of an outsider: %d %s", path, p.Status, p.Body)
			}
		}
		if status, _ := wang.do("/groups/"+chat, qiweitest.JSON{"add": []string{"wangwu"}}); status != 404 {
			t.Errorf("an outsider comes in: %d", status)
		}
		h.Clock.Advance(60e9)
		change := func(m member, body qiweitest.JSON, want int) {
			t.Helper()
			if status, got := m.do("/groups/"+chat, body); status != want {
				t.Errorf("%v: %d %v", body, status, got)
			}
		}
		change(li, qiweitest.JSON{"add": []string{"wangwu", "zhangsan"}}, 200)
		change(li, qiweitest.JSON{"remove": []string{"wangwu"}}, 400)
		change(li, qiweitest.JSON{"name": "午饭"}, 200)
		change(zhang, qiweitest.JSON{"owner": "wangwu", "notice": "十二点"}, 200)
		wang.say(in, "text", qiweitest.JSON{"content": "来了"})
		later := []string{"lisi notice invited wangwu", "lisi notice renamed 午饭", "zhangsan notice announced 十二点", "zhangsan notice owner wangwu", "wangwu text 来了"}
		same(t, "wang reads", wang.reads(query), later)
		same(t, "li reads", li.reads(query), append([]string{"zhangsan notice made lisi", "zhangsan text 早"}, later...))
		change(wang, qiweitest.JSON{"remove": []string{"lisi"}}, 200)
		change(zhang, qiweitest.JSON{"remove": []string{"zhangsan"}}, 200)
		change(zhang, qiweitest.JSON{"name": "x"}, 404)
		if got := wang.reads(query); !slices.Equal(got[len(got)-2:], []string{"wangwu notice removed lisi", "zhangsan notice left"}) {
			t.Errorf("%q", got)
		}
		g := wang.get("/groups/" + chat)
		if g.Text("owner") != "wangwu" || g.Text("notice") != "十二点" || g.Text("name") != "午饭" || len(g.List("members")) != 1 {
			t.Errorf("%v", g)
		}
		// Notices are not what somebody has said: scripts and the archive do not see them.
		same(t, "a script reads", h.said("chatid="+chat), []string{"zhangsan text 早", "wangwu text 来了"})
	})
}

// Those who have a message have its file, and a page that hides in a file is not shown.
func TestPhoneFile(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := member{h.SignedIn("zhangsan")}, member{h.SignedIn("lisi")}, member{h.SignedIn("wangwu")}
		page := []byte("<html><script>alert(1)</script></html>")
		up := h.Corp.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a.html", page)
		var file struct {
			MediaID string `json:"media_id"`
		}
		up.Decode(&file)
		id := zhang.say(qiweitest.JSON{"userid": "lisi"}, "file", qiweitest.JSON{"media_id": file.MediaID})
		m := qiweitest.JSON(li.get("/messages?userid=zhangsan").List("messages")[0].(map[string]any))
		f := qiweitest.JSON(m.List("files")[0].(map[string]any))
		if f.Text("name") != "a.html" || f.Int("size") != int64(len(page)) || strings.Contains(fmt.Sprint(m), "blob") {
			t.Errorf("%v", m)
		}
		got := li.Get(f.Text("path"))
		if got.Status != 200 || !bytes.Equal([]byte(got.Body), page) || got.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%d %v", got.Status, got.Header)
		}
		for who, m := range map[string]member{"an outsider": wang, "the twin": {h.Second.SignedIn("lisi")}} {
			if got := m.Get(f.Text("path")); got.Status != 404 {
				t.Errorf("%s: %d", who, got.Status)
			}
		}
		if got := li.Get("/phone/api/chats/files/x/y"); got.Status != 404 {
			t.Errorf("%d", got.Status)
		}
		zhang.say(qiweitest.JSON{}, "revoke", qiweitest.JSON{"pre_msgid": id})
		if got := li.Get(f.Text("path")); got.Status != 404 {
			t.Errorf("of a message that was taken back: %d", got.Status)
		}
	})
}

package chat_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

type house struct {
	*qiweitest.World
	t *testing.T
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) { test(t, &house{w, t}) }, func(c *platform.Config) { c.Dev, c.Collide = true, true })
}

func (h *house) do(method, path, body string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest(method, h.URL+"/_qiwei/chat/"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// script runs one in an enterprise.
func (h *house) script(c *qiweitest.Corp, name, body string) (int, string) {
	h.t.Helper()
	return h.do("POST", name, strings.Replace(strings.Replace(body, "{", `{"corpid":"`+c.CorpID+`",`, 1), ",}", "}", 1))
}

func (h *house) done(name, body string, into any) {
	h.t.Helper()
	status, text := h.script(h.Corp, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatal(err)
		}
	}
}

type group struct {
	ChatID, Name, Notice, Owner string
	Members                     []string
}

// said returns what was said in a group or between two, without the types.
func (h *house) said(query string) (out []string) {
	h.t.Helper()
	var list struct {
		Messages []struct {
			From, MsgType string
			Content       struct{ Content string }
			Revoked       bool
		}
	}
	status, text := h.do("GET", "messages?corpid="+h.CorpID+"&"+query, "")
	if status != 200 {
		h.t.Fatal(text)
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		h.t.Fatal(err)
	}
	for _, m := range list.Messages {
		out = append(out, fmt.Sprint(m.From, " ", m.MsgType, " ", m.Content.Content, map[bool]string{true: " revoked"}[m.Revoked]))
	}
	return out
}

// A group is made, changed by those in it, and left.
func TestGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var g group
		h.done("group", `{"userid":"zhangsan","name":" 午饭 ","add":["lisi","LISI","zhangsan"]}`, &g)
		if !strings.HasPrefix(g.ChatID, "wr") || g.Name != "午饭" || g.Owner != "zhangsan" || !slices.Equal(g.Members, []string{"zhangsan", "lisi"}) {
			t.Errorf("%+v", g)
		}
		of := func(rest string) string { return fmt.Sprintf(`{"chatid":%q,%s}`, g.ChatID, rest) }
		for _, tt := range []struct {
			what, body string
			status     int
			want       string // owner, then members
		}{
			{"somebody else changes it", of(`"userid":"wangwu","name":"x"`), 400, ""},
			{"a member invites", of(`"userid":"lisi","add":["wangwu","zhangsan"]`), 200, "zhangsan zhangsan lisi wangwu"},
			{"a member removes another", of(`"userid":"lisi","remove":["wangwu"]`), 400, ""},
			{"a member takes it over", of(`"userid":"lisi","owner":"lisi"`), 400, ""},
			{"the owner hands it over", of(`"userid":"zhangsan","owner":"wangwu"`), 200, "wangwu zhangsan lisi wangwu"},
			{"the owner removes a member", of(`"userid":"wangwu","remove":["lisi"]`), 200, "wangwu zhangsan wangwu"},
			{"the owner leaves", of(`"userid":"wangwu","remove":["wangwu"]`), 200, "zhangsan zhangsan"},
			{"one who is not in it leaves", of(`"userid":"lisi","remove":["lisi"]`), 400, ""},
			{"the last one renames it", of(`"userid":"zhangsan","name":"晚饭","notice":"六点"`), 200, "zhangsan zhangsan"},
			{"a group that is none", `{"chatid":"wrx","userid":"zhangsan","name":"x"}`, 400, ""},
			{"alone", `{"userid":"zhangsan"}`, 400, ""},
			{"with nobody", `{"userid":"zhangsan","add":["ghost"]}`, 400, ""},
			{"without an owner", `{"add":["lisi"]}`, 400, ""},
		} {
			status, text := h.script(h.Corp, "group", tt.body)
			var now group
			if status == 200 {
				if err := json.Unmarshal([]byte(text), &now); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.TrimSpace(now.Owner + " " + strings.Join(now.Members, " ")); status != tt.status || got != tt.want {
				t.Errorf("%s: %d %s", tt.what, status, text)
			}
		}
		if status, text := h.script(h.Second, "group", of(`"userid":"zhangsan","name":"x"`)); status != 400 {
			t.Errorf("another enterprise: %d %s", status, text)
		}
	})
}

// A member who leaves the enterprise leaves the groups.
func TestMemberLeaves(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var g group
		h.done("group", `{"userid":"wangwu","name":"g","add":["lisi","zhangsan"]}`, &g)
		if got := h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", ""); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		h.done("group", fmt.Sprintf(`{"chatid":%q,"userid":"lisi"}`, g.ChatID), &g)
		if g.Owner != "zhangsan" || !slices.Equal(g.Members, []string{"zhangsan", "lisi"}) {
			t.Errorf("%+v", g)
		}
	})
}

func TestMessages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var g group
		var sent struct{ MsgID string }
		h.done("group", `{"userid":"zhangsan","name":"g","add":["lisi"]}`, &g)
		h.done("send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"one"}}`, &sent)
		h.done("send", `{"from":"LiSi","to":"zhangsan","msgtype":"text","text":{"content":"two"}}`, nil)
		h.done("send", fmt.Sprintf(`{"from":"lisi","chatid":%q,"msgtype":"text","text":{"content":"three"}}`, g.ChatID), nil)
		h.done("send", fmt.Sprintf(`{"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, sent.MsgID), nil)
		if got := h.said("a=zhangsan&b=lisi"); !slices.Equal(got, []string{"zhangsan text one revoked", "lisi text two", "zhangsan revoke "}) {
			t.Errorf("%q", got)
		}
		if got := h.said("chatid=" + g.ChatID); !slices.Equal(got, []string{"lisi text three"}) {
			t.Errorf("%q", got)
		}
		text := `"msgtype":"text","text":{"content":"x"}}`
		for _, tt := range []struct{ what, body, says string }{
			{"to nobody", `{"from":"zhangsan",` + text, "to, or chatid"},
			{"to both", fmt.Sprintf(`{"from":"zhangsan","to":"lisi","chatid":%q,`, g.ChatID) + text, "to, or chatid"},
			{"to oneself", `{"from":"zhangsan","to":"zhangsan",` + text, "somebody else"},
			{"from nobody", `{"from":"ghost","to":"lisi",` + text, "ghost"},
			{"from whoever", `{"to":"lisi",` + text, "userid missing"},
			{"to a ghost", `{"from":"zhangsan","to":"ghost",` + text, "ghost"},
			{"into a group from outside", fmt.Sprintf(`{"from":"wangwu","chatid":%q,`, g.ChatID) + text, "not in the group"},
			{"into a group that is none", `{"from":"zhangsan","chatid":"wrx",` + text, "wrx"},
			{"no type", `{"from":"zhangsan","to":"lisi"}`, "msgtype"},
			{"a type that is none", `{"from":"zhangsan","to":"lisi","msgtype":"smell","smell":{}}`, "smell"},
			{"no object", `{"from":"zhangsan","to":"lisi","msgtype":"text"}`, "object"},
			{"another object", `{"from":"zhangsan","to":"lisi","msgtype":"text","image":{}}`, "unknown field"},
			{"an unknown field", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"x","colour":1}}`, "colour"},
			{"a wrong type", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":1}}`, "text"},
			{"an empty text", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":""}}`, "missing"},
			{"no file", `{"from":"zhangsan","to":"lisi","msgtype":"image","image":{}}`, "media_id"},
			{"a file that is none", `{"from":"zhangsan","to":"lisi","msgtype":"image","image":{"media_id":"x"}}`, "media_id"},
			{"a file by its place", `{"from":"zhangsan","to":"lisi","msgtype":"image","image":{"media_id":"x","blob":"abcdef"}}`, "media_id alone"},
			{"an agreement of a member", `{"from":"zhangsan","to":"lisi","msgtype":"agree","agree":{"userid":"x"}}`, "outside"},
			{"revoked twice", fmt.Sprintf(`{"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, sent.MsgID), "already"},
			{"another one's message revoked", fmt.Sprintf(`{"from":"lisi","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, sent.MsgID), "another one"},
			{"no message revoked", `{"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":"x"}}`, "no message"},
			{"from the future", `{"from":"zhangsan","to":"lisi","time":99999999999999,` + text, "not come yet"},
			{"a robot that is none", fmt.Sprintf(`{"from":"wb%s","chatid":%q,`, strings.Repeat("a", 30), g.ChatID) + text, "no robot"},
			{"a record of nothing", `{"from":"zhangsan","to":"lisi","msgtype":"chatrecord","chatrecord":{"title":"t","item":[]}}`, "missing"},
			{"a revocation in a mixed", `{"from":"zhangsan","to":"lisi","msgtype":"mixed","mixed":{"item":[{"type":"revoke","content":{"pre_msgid":"x"}}]}}`, "stands alone"},
		} {
			if status, body := h.script(h.Corp, "send", tt.body); status != 400 || !strings.Contains(body, tt.says) {
				t.Errorf("%s: %d %s, want %q", tt.what, status, body, tt.says)
			}
		}
		if status, body := h.script(h.Second, "send", fmt.Sprintf(`{"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, sent.MsgID)); status != 400 {
			t.Errorf("another enterprise revokes: %d %s", status, body)
		}
		if status, body := h.do("POST", "send", `{"corpid":"wwghost","from":"a","to":"b",`+text); status != 404 {
			t.Errorf("no enterprise: %d %s", status, body)
		}
	})
}

// TestQuotes: an answer quotes what it answers, in the way of WeCom's client.
func TestQuotes(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var sent struct{ MsgID string }
		h.done("send", `{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"几点?"}}`, &sent)
		h.done("send", fmt.Sprintf(`{"from":"lisi","to":"zhangsan","msgtype":"text","text":{"content":"三点","quote":%q}}`, sent.MsgID), nil)
		if got, want := h.said("a=zhangsan&b=lisi"), "lisi text 这是一条引用/回复消息：\n\"张三：\n几点?\"\n------\n三点"; len(got) != 2 || got[1] != want {
			t.Errorf("%q, want %q", got, want)
		}
		if status, body := h.script(h.Corp, "send", fmt.Sprintf(`{"from":"lisi","to":"wangwu","msgtype":"text","text":{"content":"三点","quote":%q}}`, sent.MsgID)); status != 400 || !strings.Contains(body, "quote") {
			t.Errorf("a message of another conversation: %d %s", status, body)
		}
	})
}

func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var g group
		h.done("group", `{"userid":"zhangsan","add":["lisi"]}`, &g)
		for _, row := range []struct {
			constant  string
			most      int
			low, high int // statuses at most, and beside it
			body      func(n int) (string, string)
		}{
			{"chat.maxGroupName", 50, 200, 400, func(n int) (string, string) {
				return "group", fmt.Sprintf(`{"userid":"zhangsan","add":["lisi"],"name":%q}`, strings.Repeat("字", n))
			}},
			{"chat.maxRobotName", 32, 200, 400, func(n int) (string, string) {
				return "robot", fmt.Sprintf(`{"chatid":%q,"userid":"lisi","name":%q}`, g.ChatID, strings.Repeat("字", n))
			}},
			{"chat.minGroupMembers", 1, 400, 200, func(n int) (string, string) {
				return "group", fmt.Sprintf(`{"userid":"zhangsan","add":[%s]}`, []string{"", "", `"lisi"`}[n])
			}},
		} {
			for n, want := range map[int]int{row.most: row.low, row.most + 1: row.high} {
				name, body := row.body(n)
				if status, text := h.script(h.Corp, name, body); status != want {
					t.Errorf("%s, %d: %d %s", row.constant, n, status, text)
				}
			}
		}
	})
}

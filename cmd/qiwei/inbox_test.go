package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/message"
)

// TestInboxAndRobots sends to a member of the demo over HTTP, and reads the member's inbox beside the running
// server.
func TestInboxAndRobots(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	c := s.creds.Corps[0]
	post := func(path, body string) (answer struct {
		Token   string `json:"access_token"`
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}) {
		t.Helper()
		resp, err := http.Post(s.creds.BaseURL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err == nil {
			err = json.Unmarshal(raw, &answer)
		}
		if err != nil || answer.ErrCode != 0 {
			t.Fatalf("%s: %s %v", path, raw, err)
		}
		return answer
	}
	token := post("/cgi-bin/gettoken?corpid="+c.CorpID+"&corpsecret="+c.Apps[0].Secret, "").Token
	agent := c.Apps[0].AgentID
	post("/cgi-bin/message/send?access_token="+token, fmt.Sprintf(`{"touser":"lisi","agentid":%d,"msgtype":"text","text":{"content":"你好"}}`, agent))
	post("/cgi-bin/appchat/create?access_token="+token, `{"name":"值班","userlist":["zhangsan","lisi"],"chatid":"duty"}`)
	path := strings.TrimSpace(must(t, "robot", "create", "--data", s.data, "--chatid", "duty", "--name", "监控"))
	post(path, `{"msgtype":"text","text":{"content":"磁盘满"}}`)

	out := must(t, "inbox", "--data", s.data, "LiSi")
	for _, want := range []string{`值班 (agentid `, `chatid duty`, `监控`, `{"content":"磁盘满"}`, `{"content":"你好"}`} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	var list []inboxConversation
	if err := json.Unmarshal([]byte(must(t, "inbox", "--data", s.data, "--json", "--chatid", "duty", "zhangsan")), &list); err != nil ||
		len(list) != 1 || list[0].ChatID != "duty" || len(list[0].Messages) != 1 || list[0].Messages[0].Robot != "监控" {
		t.Errorf("%+v, %v", list, err)
	}
	if o := qiwei(t, "inbox", "--data", s.data, "nobody"); o.code != 1 || !strings.Contains(o.err, "60111") {
		t.Errorf("nobody: %d %s", o.code, o.err)
	}
	for range 205 {
		post(path, `{"msgtype":"text","text":{"content":"磁盘满"}}`)
	}
	for limit, want := range map[string]int{"3": 3, "203": 203, "1000": 206} {
		if err := json.Unmarshal([]byte(must(t, "inbox", "--data", s.data, "--json", "--chatid", "duty", "--limit", limit, "zhangsan")), &list); err != nil ||
			len(list) != 1 || len(list[0].Messages) != want || !slices.IsSortedFunc(list[0].Messages, func(a, b message.Message) int { return cmp.Compare(a.No, b.No) }) {
			t.Errorf("--limit %s: %d conversations, %v", limit, len(list), err)
		}
	}
	if o := qiwei(t, "inbox", "--data", s.data, "--limit", "0", "zhangsan"); o.code != 2 || !strings.Contains(o.err, "1 or more") {
		t.Errorf("--limit 0: %d %s", o.code, o.err)
	}
	key := path[strings.Index(path, "=")+1:]
	if out := must(t, "robot", "list", "--data", s.data); !strings.Contains(out, key) {
		t.Errorf("%s", out)
	}
	must(t, "robot", "set", "--data", s.data, key, "--disable")
	must(t, "robot", "delete", "--data", s.data, key)
	if o := qiwei(t, "robot", "delete", "--data", s.data, key); o.code != 1 {
		t.Errorf("a robot could be deleted twice")
	}
}

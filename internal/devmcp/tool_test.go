package devmcp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// agent calls tools in the World's first enterprise.
type agent struct {
	t *testing.T
	w *qiweitest.World
}

// try runs a tool and returns what it answers as text, and whether it failed.
func (a agent) try(tool string, arguments map[string]any) (text string, failed bool) {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": tool, "arguments": arguments}})
	if err != nil {
		a.t.Fatal(err)
	}
	status, answer := post(a.t, a.w.URL, string(body))
	var got struct {
		Result struct {
			Content []struct{ Type, Text string }
			IsError bool
		}
		Error any
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil || status != 200 || got.Error != nil || len(got.Result.Content) != 1 || got.Result.Content[0].Type != "text" {
		a.t.Fatalf("%s: %d %s", tool, status, answer)
	}
	return got.Result.Content[0].Text, got.Result.IsError
}

// does runs a tool that must succeed, and decodes its answer if into is not nil.
func (a agent) does(tool string, arguments map[string]any, into any) string {
	a.t.Helper()
	text, failed := a.try(tool, arguments)
	if failed {
		a.t.Fatalf("%s %v: %s", tool, arguments, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			a.t.Fatalf("%s: %v in %s", tool, err, text)
		}
	}
	return text
}

func (a agent) of(pairs map[string]any) map[string]any {
	out := maps.Clone(pairs)
	out["corpid"] = a.w.CorpID
	return out
}

// An agent tests a robot's receiver: who is there, a message, what the receiver answered, what the member sees.
func TestAgentTestsAReceiver(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := agent{t, w}
		c := w.As(access.SelfBuilt)
		var all struct {
			BaseURL string `json:"base_url"`
			Corps   []struct {
				CorpID string
				Apps   []struct {
					AgentID int64
					Secret  string
				}
			}
		}
		a.does("enterprise", a.of(map[string]any{}), &all)
		if len(all.Corps) != 1 || all.BaseURL != w.URL {
			t.Fatalf("enterprise: %+v", all)
		}
		secrets := map[int64]string{}
		for _, v := range all.Corps[0].Apps {
			secrets[v.AgentID] = v.Secret
		}
		if secrets[c.AgentID] != c.Secret {
			t.Errorf("the secret of %d: %q", c.AgentID, secrets[c.AgentID])
		}
		say := a.of(map[string]any{"userid": "lisi", "agentid": c.AgentID, "text": "在吗"})
		if text, failed := a.try("say", say); !failed || !strings.Contains(text, "43012") || !strings.Contains(text, "callback") {
			t.Errorf("to an application without a callback: %s", text)
		}
		rc := w.Receiver()
		if text, failed := a.try("set_callback", a.of(map[string]any{"agentid": c.AgentID, "url": rc.URL, "token": "another", "encoding_aes_key": rc.AESKey})); !failed || !strings.Contains(text, "40057") {
			t.Errorf("a callback that refuses the verification: %s", text)
		}
		a.does("set_callback", a.of(map[string]any{"agentid": c.AgentID, "url": rc.URL, "token": rc.Token, "encoding_aes_key": rc.AESKey}), nil)
		var said struct {
			Latest int64 `json:"latest_delivery"`
		}
		a.does("say", say, &said)
		var waited struct {
			Found    bool
			Delivery struct {
				No                 int64
				Event, State, Body string
				Attempts           []struct{ Status int }
			}
		}
		a.does("wait_for_callback", a.of(map[string]any{"agentid": c.AgentID, "after": said.Latest, "event": "message"}), &waited)
		if d := waited.Delivery; !waited.Found || d.State != "delivered" || !strings.Contains(d.Body, "在吗") || len(d.Attempts) != 1 || d.Attempts[0].Status != 200 {
			t.Errorf("waited for: %+v", waited)
		}
		if text := a.does("callbacks", a.of(map[string]any{"state": "delivered"}), nil); !strings.Contains(text, fmt.Sprintf(`"no":%d,`, waited.Delivery.No)) {
			t.Errorf("callbacks: %s", text)
		}
		if text, failed := a.try("callback", a.of(map[string]any{"no": waited.Delivery.No + 1000000})); !failed {
			t.Errorf("a delivery that is not there: %s", text)
		}
		c.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi","msgtype":"text","agentid":%d,"text":{"content":"在"}}`, c.AgentID))
		text := a.does("inbox", a.of(map[string]any{"userid": "lisi"}), nil)
		if asked, answered := strings.Index(text, "在吗"), strings.Index(text, `{\"content\":\"在\"}`); asked < 0 || answered >= 0 || !strings.Contains(text, `"content":"在"`) {
			t.Errorf("inbox: %s", text)
		}
		if text := a.does("sent", a.of(map[string]any{"agentid": c.AgentID, "text": "在"}), nil); strings.Count(text, `"no":`) != 2 {
			t.Errorf("sent: %s", text)
		}
		if text, failed := a.try("inbox", a.of(map[string]any{"userid": "nobody"})); !failed || !strings.Contains(text, "60111") {
			t.Errorf("the inbox of nobody: %s", text)
		}
		// The twin enterprise has an application and members of the same names, and knows of nothing.
		if text := a.does("sent", map[string]any{"corpid": w.Second.CorpID}, nil); strings.Contains(text, "在") {
			t.Errorf("the second enterprise has %s", text)
		}
	})
}

// What members do with an application beside writing reaches its receiver, too.
func TestAgentPlaysAMember(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a, c := agent{t, w}, w.As(access.SelfBuilt)
	rc := w.Receiver(c)
	c.Configure(func(v *app.App) { v.ReportEnter = 1 })
	c.Call("POST", fmt.Sprintf("/cgi-bin/menu/create?agentid=%d", c.AgentID), `{"button":[{"type":"click","name":"今日","key":"today"}]}`)
	c.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi","msgtype":"template_card","agentid":%d,"template_card":{"card_type":"button_interaction","main_title":{"title":"批"},"task_id":"t1","button_list":[{"text":"同意","key":"yes"}]}}`, c.AgentID))
	var inbox struct {
		Conversations []struct{ Messages []struct{ No int64 } }
	}
	a.does("inbox", a.of(map[string]any{"userid": "lisi"}), &inbox)
	a.does("enter", a.of(map[string]any{"userid": "lisi", "agentid": c.AgentID}), nil)
	a.does("press_menu", a.of(map[string]any{"userid": "lisi", "agentid": c.AgentID, "type": "click", "key": "today"}), nil)
	a.does("answer_card", a.of(map[string]any{"userid": "lisi", "no": inbox.Conversations[0].Messages[0].No, "key": "yes"}), nil)
	w.Delivered()
	if got := strings.Join(rc.Kinds(), " "); got != "enter_agent click template_card_event" {
		t.Errorf("told: %s", got)
	}
	if text, failed := a.try("press_menu", a.of(map[string]any{"userid": "lisi", "agentid": c.AgentID, "type": "click", "key": "nope"})); !failed || !strings.Contains(text, "no such button") {
		t.Errorf("a button that is not there: %s", text)
	}
}

// A receiver that fails is named as the reason for waiting in vain.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a, c := agent{t, w}, w.As(access.SelfBuilt)
	rc := w.Receiver(c)
	var said struct {
		Latest int64 `json:"latest_delivery"`
	}
	if text := a.does("wait_for_callback", a.of(map[string]any{"timeout_seconds": 0.1}), nil); !strings.Contains(text, `"found":false`) || !strings.Contains(text, "Nothing was told") {
		t.Errorf("where nothing happens: %s", text)
	}
	rc.Close()
	a.does("say", a.of(map[string]any{"userid": "lisi", "agentid": c.AgentID, "text": "在吗"}), &said)
	if text := a.does("wait_for_callback", a.of(map[string]any{"after": said.Latest, "timeout_seconds": 0.2}), nil); !strings.Contains(text, `"found":false`) || !strings.Contains(text, "next_attempt_at") {
		t.Errorf("where nobody answers: %s", text)
	}
}

// An agent finds out why a call was refused, and makes one itself.
func TestAgentReadsCalls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a, c := agent{t, w}, w.As(access.SelfBuilt)
	c.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
	text := a.does("calls", a.of(map[string]any{"failed": true}), nil)
	if !strings.Contains(text, `"errcode":60111`) || !strings.Contains(text, `"meaning"`) || !strings.Contains(text, "userid=nobody") || strings.Contains(text, c.Token()) {
		t.Errorf("calls: %s", text)
	}
	if text := a.does("calls", a.of(map[string]any{"path": "/cgi-bin/tag/"}), nil); text != `{"calls":[]}` {
		t.Errorf("calls of tags: %s", text)
	}
	if text := a.does("call_api", a.of(map[string]any{"agentid": c.AgentID, "path": "/cgi-bin/user/get", "query": map[string]string{"userid": "zhangsan"}}), nil); !strings.Contains(text, `"name":"张三"`) {
		t.Errorf("call_api: %s", text)
	}
	if text := a.does("call_api", a.of(map[string]any{"path": "/cgi-bin/user/get"}), nil); !strings.Contains(text, "41001") || !strings.Contains(text, `"why"`) {
		t.Errorf("without a token: %s", text)
	}
	if text, failed := a.try("call_api", a.of(map[string]any{"agentid": 999, "path": "/cgi-bin/user/get"})); !failed {
		t.Errorf("by an application that is not there: %s", text)
	}
	if text, failed := a.try("call_api", map[string]any{"path": "/_qiwei/mcp"}); !failed {
		t.Errorf("the door through itself: %s", text)
	}
	if text := a.does("explain", map[string]any{"errcode": 40014}, nil); !strings.Contains(text, "access_token") {
		t.Errorf("explain: %s", text)
	}
	if text := a.does("explain", map[string]any{"words": "可见范围"}, nil); !strings.Contains(text, "92000") {
		t.Errorf("explain by words: %s", text)
	}
	if text, failed := a.try("explain", map[string]any{"errcode": 123456789}); !failed {
		t.Errorf("explain what is not known: %s", text)
	}
	if text := a.does("find_calls", map[string]any{"words": "message send"}, nil); !strings.Contains(text, `"path":"/cgi-bin/message/send"`) {
		t.Errorf("find_calls: %s", text)
	}
	if text := a.does("describe_call", map[string]any{"path": "/cgi-bin/message/send"}, nil); !strings.Contains(text, `"touser"`) || !strings.Contains(text, "x-permissions") {
		t.Errorf("describe_call: %s", text)
	}
	if text := a.does("members", a.of(map[string]any{"words": "zhangsan"}), nil); !strings.Contains(text, `"userid":"zhangsan"`) || !strings.Contains(text, `"total":1`) {
		t.Errorf("members: %s", text)
	}
}

// The test controls.
func TestAgentControls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	w.WithoutTwin() // which a restored database would confuse
	a, c := agent{t, w}, w.As(access.SelfBuilt)
	if text := a.does("clock", map[string]any{"advance": "3h"}, nil); !strings.Contains(text, qiweitest.Start.Add(3*time.Hour).Format(time.RFC3339)) {
		t.Errorf("clock: %s", text)
	}
	if text, failed := a.try("clock", map[string]any{"advance": "soon"}); !failed || !strings.Contains(text, "duration") {
		t.Errorf("clock: %s", text)
	}
	if text, failed := a.try("add_fault", map[string]any{"path": "/cgi-bin/user/get"}); !failed || !strings.Contains(text, "errcode") {
		t.Errorf("a fault of nothing: %s", text)
	}
	a.does("snapshot", map[string]any{"name": "before"}, nil)
	a.does("add_fault", map[string]any{"path": "/cgi-bin/user/get", "errcode": 45009, "times": 1}, nil)
	if got := c.Call("GET", "/cgi-bin/user/get?userid=lisi", ""); got.ErrCode != 45009 {
		t.Errorf("with a fault: %s", got.Body)
	}
	a.does("add_fault", map[string]any{"path": "/cgi-bin/user/get", "drop": true}, nil)
	if text, failed := a.try("call_api", a.of(map[string]any{"agentid": c.AgentID, "path": "/cgi-bin/user/get"})); !failed || !strings.Contains(text, "dropped") {
		t.Errorf("with a dropped connection: %s", text)
	}
	if text, failed := a.try("remove_fault", map[string]any{"id": "nope"}); !failed {
		t.Errorf("a fault that is not there: %s", text)
	}
	if text := a.does("remove_fault", nil, nil); text != `{"faults":[]}` {
		t.Errorf("remove_fault: %s", text)
	}
	w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
	a.does("restore", map[string]any{"name": "before"}, nil)
	if text := a.does("members", a.of(map[string]any{}), nil); !strings.Contains(text, `"lisi"`) {
		t.Errorf("restored: %s", text)
	}
	if text, failed := a.try("restore", map[string]any{"name": "nope"}); !failed {
		t.Errorf("a snapshot that is not there: %s", text)
	}
	if text, failed := a.try("reset", nil); !failed || !strings.Contains(text, "nothing was remembered") {
		t.Errorf("reset: %s", text)
	}
}

// Scripts of other rooms are within reach.
func TestAgentRunsScripts(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a := agent{t, w}
	if text := a.does("scripts", nil, nil); !strings.Contains(text, `"POST /_qiwei/wechat/add"`) || strings.Contains(text, "mcp\"") {
		t.Errorf("scripts: %s", text)
	}
	if text := a.does("run_script", map[string]any{"path": "/_qiwei/wechat/add", "body": map[string]any{"corpid": w.CorpID, "userid": "lisi", "name": "王女士"}}, nil); !strings.Contains(text, `"external_userid":"wm`) {
		t.Errorf("run_script: %s", text)
	}
	if text, failed := a.try("run_script", map[string]any{"path": "/_qiwei/wechat/add", "body": map[string]any{"corpid": "nope"}}); !failed || !strings.Contains(text, "answered 4") {
		t.Errorf("a script that is refused: %s", text)
	}
	for _, path := range []string{"/_qiwei/mcp", "/console/api/home", "/_qiwei/nope", "/_qiwei/clock?x=y"} {
		if text, failed := a.try("run_script", map[string]any{"path": path, "method": "GET"}); !failed {
			t.Errorf("%s as a script: %s", path, text)
		}
	}
}

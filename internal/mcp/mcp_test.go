package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// house is a World with a robot that holds its long connection.
type house struct {
	*qiweitest.World
	t   *testing.T
	bot aibot.Bot
	ws  *websocket.Conn
	n   int
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{World: w, t: t}
		h.bot = h.robot(w.Corp)
		h.dial()
		if code, _ := h.cmd("aibot_subscribe", map[string]any{"bot_id": h.bot.BotID, "secret": h.bot.Secret}); code != 0 {
			t.Fatalf("subscribe: %d", code)
		}
		test(t, h)
	}, func(c *platform.Config) { c.Dev = true })
}

// robot makes a robot of the long connection that everybody may write to.
func (h *house) robot(c *qiweitest.Corp) (b aibot.Bot) {
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		b, err = h.Server.Bots.CreateBot(ctx, tx, aibot.Bot{CorpID: c.CorpID, Mode: aibot.WebSocket, Settings: aibot.Settings{Name: "助手", Range: access.Everything()}})
		return err
	})
	return b
}

func (h *house) dial() {
	h.t.Helper()
	ws, _, err := websocket.Dial(h.t.Context(), strings.Replace(h.URL, "http", "ws", 1), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { ws.CloseNow() })
	h.ws = ws
}

// cmd sends a command over the long connection and returns its acknowledgement.
func (h *house) cmd(cmd string, body any) (code int, answer qiweitest.JSON) {
	h.t.Helper()
	h.n++
	req := fmt.Sprint("r", h.n)
	text, err := json.Marshal(map[string]any{"cmd": cmd, "headers": map[string]string{"req_id": req}, "body": body})
	if err == nil {
		err = h.ws.Write(h.t.Context(), websocket.MessageText, text)
	}
	for err == nil {
		var f struct {
			Headers struct {
				ReqID string `json:"req_id"`
			}
			Body    qiweitest.JSON
			ErrCode int
		}
		var raw []byte
		if _, raw, err = h.ws.Read(h.t.Context()); err == nil {
			if err = json.Unmarshal(raw, &f); f.Headers.ReqID == req {
				return f.ErrCode, f.Body
			}
		}
	}
	h.t.Fatal(err)
	return 0, nil
}

// address fetches the address of a category.
func (h *house) address(category string) string {
	h.t.Helper()
	code, got := h.cmd("aibot_get_mcp_config", map[string]any{"biz_type": category, "plugin_version": "2026.7.2"})
	if code != 0 || got.Text("url") == "" {
		h.t.Fatalf("%s: %d %v", category, code, got)
	}
	return got.Text("url")
}

// allow has a member let the robot use a category.
func (h *house) allow(user, category string) {
	h.t.Helper()
	h.Phone(user).Does("robots/"+h.bot.BotID+"/allow", 200, qiweitest.JSON{"biz_type": category})
}

// post sends a body to an address and returns the status and what was answered.
func (h *house) post(url, body string, headers ...string) (int, http.Header, string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// rpc calls a method of the protocol.
func (h *house) rpc(url, method string, params any, headers ...string) qiweitest.JSON {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
	if err != nil {
		h.t.Fatal(err)
	}
	status, _, text := h.post(url, string(body), headers...)
	var out qiweitest.JSON
	if err := json.Unmarshal([]byte(text), &out); err != nil || status != 200 || out.Int("id") != 7 {
		h.t.Fatalf("%s: %d %s", method, status, text)
	}
	return out
}

// use uses a tool and returns what it answers.
func (h *house) use(url, tool string, args any, headers ...string) qiweitest.JSON {
	h.t.Helper()
	got := h.rpc(url, "tools/call", map[string]any{"name": tool, "arguments": args}, headers...)
	var out qiweitest.JSON
	if err := json.Unmarshal([]byte(got.Text("result.content.0.text")), &out); err != nil {
		h.t.Fatalf("%s: %v", tool, got)
	}
	if (out.Code() != 0) != (got.At("result.isError") == true) {
		h.t.Errorf("%s: errcode %d, isError %v", tool, out.Code(), got.At("result.isError"))
	}
	return out
}

func TestConfiguration(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for _, tt := range []struct {
			category string
			code     int
		}{{"contact", 0}, {"doc", 0}, {"meeting", 0}, {"msg", 0}, {"schedule", 0}, {"todo", 0}, {"", 40058}, {"drive", 40058}} {
			code, got := h.cmd("aibot_get_mcp_config", map[string]any{"biz_type": tt.category})
			if code != tt.code || code == 0 && (got.Text("type") != "streamable-http" || got.Text("biz_type") != tt.category || got.At("is_authed") != false) {
				t.Errorf("%s: %d %v", tt.category, code, got)
			}
		}
		first := h.address("todo")
		if again := h.address("todo"); again != first {
			t.Error("the address changes by asking for it")
		}
		h.allow("zhangsan", "todo")
		now := h.address("todo")
		if _, got := h.cmd("aibot_get_mcp_config", map[string]any{"biz_type": "todo"}); now == first || got.At("is_authed") != true {
			t.Errorf("after it was allowed: %v", got)
		}
		args := map[string]any{"keyword": "张"}
		if got := h.use(first, "search_todo_userid", args); got.Code() != 850001 {
			t.Errorf("the stale address: %v", got)
		}
		if got := h.rpc(first, "tools/list", nil); got.Int("error.code") != -32003 || got.Int("error.data.errcode") != 850001 {
			t.Errorf("the stale address, listing: %v", got)
		}
		// The older form of the address has the same key.
		older := strings.Replace(strings.Replace(now, "/mcp/bot/todo", "/mcp/robot-todo", 1), "uaKey=", "apikey=", 1)
		for _, url := range []string{now, older} {
			if got := h.use(url, "search_todo_userid", args); got.Text("userlist.0.userid") != "zhangsan" {
				t.Errorf("%s: %v", url, got)
			}
		}
		if got := h.use(strings.Replace(now, "/todo", "/contact", 1), "get_userlist", nil); got.Code() != 850001 {
			t.Errorf("the key of another category: %v", got)
		}
		// A connection that has not subscribed is told nothing.
		h.dial()
		if code, got := h.cmd("aibot_get_mcp_config", map[string]any{"biz_type": "todo"}); code != 846609 {
			t.Errorf("before subscribing: %d %v", code, got)
		}
	})
}

// A member lets the robot use a category, for a time by the server's clock, and takes it back.
func TestPermission(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		code := func(category, tool string, headers ...string) int {
			t.Helper()
			return h.use(h.address(category), tool, map[string]any{"begin_time": h.day(-1), "end_time": h.day(0), "doc_type": 3, "doc_name": "甲"}, headers...).Code()
		}
		zhang := h.Phone("zhangsan")
		at := "robots/" + h.bot.BotID
		if code("msg", "get_msg_chat_list") != 850001 || code("doc", "create_doc") != 851013 {
			t.Error("before anybody allowed it")
		}
		for _, tt := range []struct {
			name   string
			body   qiweitest.JSON
			status int
		}{
			{"messages for eight days", qiweitest.JSON{"biz_type": "msg", "days": 8}, 400}, {"for seven", qiweitest.JSON{"biz_type": "msg", "days": 7}, 200},
			{"documents for 366 days", qiweitest.JSON{"biz_type": "doc", "days": 366}, 400}, {"for 365", qiweitest.JSON{"biz_type": "doc", "days": 365}, 200},
			{"for less than none", qiweitest.JSON{"biz_type": "doc", "days": -1}, 400}, {"an unknown category", qiweitest.JSON{"biz_type": "nix"}, 400},
			{"without end", qiweitest.JSON{"biz_type": "todo"}, 200}, {"messages without saying", qiweitest.JSON{"biz_type": "msg"}, 200},
			{"documents for a day", qiweitest.JSON{"biz_type": "doc", "days": 1}, 200},
		} {
			if status, got := zhang.PostJSON("/phone/api/"+at+"/allow", tt.body); status != tt.status {
				t.Errorf("%s: %d %v", tt.name, status, got)
			}
		}
		if code("msg", "get_msg_chat_list") != 0 || code("doc", "create_doc") != 0 {
			t.Error("allowed, and refused")
		}
		if code("msg", "get_msg_chat_list", "x-openclaw-wecom-userid", "lisi") != 850001 || code("doc", "create_doc", "x-openclaw-wecom-userid", "lisi") != 851013 {
			t.Error("for a member who has not allowed it")
		}
		h.Advance(24*time.Hour - time.Second)
		if code("doc", "create_doc") != 0 {
			t.Error("documents: a second too early")
		}
		h.Advance(time.Second)
		if code("doc", "create_doc") != 851014 {
			t.Error("documents: after a day")
		}
		h.Advance(6*24*time.Hour - time.Second)
		if code("msg", "get_msg_chat_list") != 0 {
			t.Error("messages: a second too early")
		}
		h.Advance(time.Second)
		if code("msg", "get_msg_chat_list") != 850001 {
			t.Error("messages: after seven days")
		}
		zhang = h.Phone("zhangsan") // the session has ended meanwhile
		got := zhang.Ask(at).List("categories")
		if lines := strings.Join(qiweitest.Lines(got, "biz_type", "allowed", "over"), ", "); !strings.Contains(lines, "msg false true") || !strings.Contains(lines, "todo true false") {
			t.Errorf("the page: %s", lines)
		}
		stale := h.address("todo")
		zhang.Does(at+"/revoke", 200, qiweitest.JSON{"biz_type": "todo"})
		if got := h.use(stale, "search_todo_userid", map[string]any{"keyword": "张"}); got.Code() != 850001 {
			t.Errorf("after it was taken back: %v", got)
		}
		// Neither the twin's members nor somebody out of the robot's range have it on their page.
		h.Second.Phone("zhangsan").Lacks(at)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			b, err := h.Server.Bots.Bot(tx, h.CorpID, h.bot.BotID)
			b.Range = access.Range{Departments: []int64{2}}
			if err == nil {
				err = h.Server.Bots.UpdateBot(ctx, tx, b)
			}
			return err
		})
		h.Phone("wangwu").Lacks(at)
	})
}

// An administrator takes a robot away from a member who has let it use tools, and with it the permission.
func TestOutOfRange(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.allow("wangwu", "todo")
		h.allow("wangwu", "doc")
		todos, docs := h.address("todo"), h.address("doc")
		ask := func(url string) int {
			t.Helper()
			if url == docs {
				return h.use(url, "create_doc", map[string]any{"doc_type": 3, "doc_name": "甲"}).Code()
			}
			return h.use(url, "search_todo_userid", map[string]any{"keyword": "张"}).Code()
		}
		if a, b := ask(todos), ask(docs); a != 0 || b != 0 {
			t.Fatalf("in range: %d, %d", a, b)
		}
		within := func(r access.Range) {
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				b, err := h.Server.Bots.Bot(tx, h.CorpID, h.bot.BotID)
				b.Range = r
				if err == nil {
					err = h.Server.Bots.UpdateBot(ctx, tx, b)
				}
				return err
			})
		}
		authed := func() any {
			t.Helper()
			_, got := h.cmd("aibot_get_mcp_config", map[string]any{"biz_type": "todo"})
			return got.At("is_authed")
		}
		within(access.Range{Members: []id.UserID{"lisi"}})
		if a, b := ask(todos), ask(docs); a != 850001 || b != 851013 || authed() != false {
			t.Errorf("out of range: %d, %d, authed %v", a, b, authed())
		}
		within(access.Range{Members: []id.UserID{"lisi", "wangwu"}})
		if authed() != true {
			t.Error("in range again, and not authed")
		}
		if a, b := ask(todos), ask(docs); a != 0 || b != 0 {
			t.Errorf("in range again: %d, %d", a, b)
		}
	})
}

// day is a day relative to the World's, as a model writes it.
func (h *house) day(n int) string {
	return h.Clock.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, n).Format("2006-01-02 15:04:05")
}

func TestProtocol(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.allow("zhangsan", "contact")
		url := h.address("contact")
		for asked, want := range map[string]string{"2025-03-26": "2025-03-26", "2024-11-05": "2024-11-05", "1999-01-01": "2025-11-25"} {
			got := h.rpc(url, "initialize", map[string]any{"protocolVersion": asked, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "t", "version": "1"}})
			if got.Text("result.protocolVersion") != want || got.Text("result.serverInfo.name") != "wecom-contact" || got.At("result.capabilities.tools") == nil {
				t.Errorf("initialize %s: %v", asked, got)
			}
		}
		if got := h.rpc(url, "ping", nil); got.At("result") == nil {
			t.Errorf("ping: %v", got)
		}
		for _, tt := range []struct {
			name, body string
			status     int
			has        string
		}{
			{"a notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, 202, ""},
			{"an unknown method", `{"jsonrpc":"2.0","id":1,"method":"resources/list"}`, 200, `"code":-32601`},
			{"no JSON", `{`, 200, `"code":-32700`},
			{"no version", `{"id":1,"method":"ping"}`, 200, `"code":-32600`},
			{"an unknown tool", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nix"}}`, 200, `"code":-32602`},
			{"a call of nothing", `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, 200, `"code":-32602`},
			{"no arguments", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"get_userlist"}}`, 200, `"id":"a"`},
			{"a list of arguments", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_userlist","arguments":[]}}`, 200, `40058`},
			{"a batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"method":"ping"}]`, 200, `[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}]`},
			{"an empty batch", `[]`, 200, `"code":-32600`},
			{"a batch of 20", "[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, 19) + `{"jsonrpc":"2.0","id":1,"method":"ping"}]`, 200, `[{"jsonrpc"`},
			{"one of 21", "[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, 20) + `{"jsonrpc":"2.0","id":1,"method":"ping"}]`, 200, `"code":-32600`},
		} {
			if status, _, text := h.post(url, tt.body); status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("%s: %d %s", tt.name, status, text)
			}
		}
		ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
		if _, head, text := h.post(url, ping, "Accept", "text/event-stream"); head.Get("Content-Type") != "text/event-stream" || text != "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n" {
			t.Errorf("as events: %q %q", head.Get("Content-Type"), text)
		}
		if status, _, _ := h.post(url, ping, "Origin", "https://evil.example"); status != 403 {
			t.Errorf("another site's page: %d", status)
		}
		if status, _, _ := h.post(h.URL+"/mcp/bot/nix", ping); status != 404 {
			t.Errorf("an unknown category: %d", status)
		}
		if resp := h.Do(httpGet(t, url)); resp.StatusCode != 405 {
			t.Errorf("GET: %d", resp.StatusCode)
		}
		if status, _, _ := h.post(h.URL+"/mcp/bot/doc?uaKey=nix", strings.Repeat(" ", 16<<10)+ping); status != 413 {
			t.Errorf("a large body of a stranger: %d", status)
		}
	})
}

func httpGet(t *testing.T, url string) *http.Request {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// Every tool has a schema that a model can read: an object, whose required fields are there, without references.
func TestSchemas(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for category, want := range map[string]int{"contact": 1, "doc": 25, "meeting": 5, "msg": 4, "schedule": 8, "todo": 7} {
			tools := h.rpc(h.address(category), "tools/list", nil).List("result.tools")
			if len(tools) != want {
				t.Errorf("%s: %d tools, want %d", category, len(tools), want)
			}
			for i := range tools {
				tool := qiweitest.First(tools, i)
				schema, _ := tool.At("inputSchema").(map[string]any)
				text, err := json.Marshal(schema)
				if err != nil || schema["type"] != "object" || tool.Text("description") == "" || bytes.Contains(text, []byte("$ref")) {
					t.Errorf("%s: %s", tool.Text("name"), text)
				}
				for _, name := range tool.List("inputSchema.required") {
					if tool.At("inputSchema.properties."+name.(string)) == nil {
						t.Errorf("%s: %s is required and unknown", tool.Text("name"), name)
					}
				}
			}
		}
	})
}

// What is set at /_qiwei/faults happens to tools, and each use is in the log of calls.
func TestFaults(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.allow("zhangsan", "contact")
		url := h.address("contact")
		use := func() (int, string) {
			status, _, text := h.post(url, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_userlist","arguments":{}}}`)
			return status, text
		}
		for _, tt := range []struct {
			name   string
			fault  qiweitest.Fault
			status int
			has    string
		}{
			{"an errcode", qiweitest.Fault{Path: "/mcp/bot/contact/get_userlist", ErrCode: 850001}, 200, `{\"errcode\":850001`},
			{"a code of JSON-RPC", qiweitest.Fault{Path: "/mcp/bot/contact/*", ErrCode: -32001}, 200, `"error":{"code":-32001`},
			{"a lost session", qiweitest.Fault{Path: "*", Status: 404}, 404, ``},
			{"a dropped connection", qiweitest.Fault{Path: "/mcp/*", Drop: true}, 0, `EOF`},
			{"of another tool", qiweitest.Fault{Path: "/mcp/bot/doc/*", ErrCode: 850001}, 200, `zhangsan`},
		} {
			mend := h.Fail(tt.fault)
			if status, text := use(); status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("%s: %d %s", tt.name, status, text)
			}
			mend()
		}
	})
}

package devmcp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// post sends a body to the door of a server.
func post(t *testing.T, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", url+"/_qiwei/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// What a client may send, well-formed or not, and what it is answered.
func TestMessages(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	for _, tt := range []struct {
		name, body string
		status     int
		want       string // in the answer; nothing at all if empty
	}{
		{"a request", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, 200, `{"jsonrpc":"2.0","id":1,"result":{}}`},
		{"an id that is a text", `{"jsonrpc":"2.0","id":"a","method":"ping"}`, 200, `"id":"a"`},
		{"a notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, 202, ""},
		{"an answer that nobody asked for", `{"jsonrpc":"2.0","id":9,"result":{}}`, 202, ""},
		{"a batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"nope"}]`, 200, `"code":-32601`},
		{"a batch of notifications", `[{"jsonrpc":"2.0","method":"notifications/initialized"}]`, 202, ""},
		{"a batch that holds something else", `[1]`, 200, `[{"jsonrpc":"2.0","id":null,"error":{"code":-32600`},
		{"an empty batch", `[]`, 400, `"code":-32600`},
		{"devmcp.maxBatch", "[" + strings.Repeat("1,", 49) + "1]", 200, `"code":-32600`},
		{"one more than devmcp.maxBatch", "[" + strings.Repeat("1,", 50) + "1]", 400, `"code":-32600`},
		{"initialize in a batch", `[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}]`, 200, `"code":-32600`},
		{"no JSON", `{"jsonrpc"`, 400, `"code":-32700`},
		{"nothing", ``, 400, `"code":-32700`},
		{"two at once", `{"jsonrpc":"2.0","id":1,"method":"ping"} {}`, 400, `"code":-32700`},
		{"a number", `7`, 400, `"code":-32600`},
		{"another version of JSON-RPC", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, 400, `"code":-32600`},
		{"a method that is a number", `{"jsonrpc":"2.0","id":1,"method":2}`, 400, `"code":-32600`},
		{"no method", `{"jsonrpc":"2.0","id":1}`, 400, `"id":1,"error":{"code":-32600`},
		{"an id that is null", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, 400, `"code":-32600`},
		{"an id that is an object", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, 400, `"code":-32600`},
		{"an unknown method", `{"jsonrpc":"2.0","id":1,"method":"resources/list"}`, 200, `"code":-32601`},
		{"an unknown tool", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nope"}}`, 200, `"code":-32602`},
		{"a call of nothing", `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, 200, `"code":-32602`},
		{"arguments in a list", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"clock","arguments":[]}}`, 200, `"isError":true`},
		{"an unknown argument", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"clock","arguments":{"advanse":"2h"}}}`, 200, `unknown field \"advanse\"`},
		{"a missing argument", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{"userid":"lisi"}}}`, 200, `text: missing`},
		{"a second page", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"2"}}`, 200, `"code":-32602`},
		{"no version", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`, 200, `"code":-32602`},
		{"a version that is spoken", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}`, 200, `"protocolVersion":"2024-11-05"`},
		{"a version of the future", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2099-01-01"}}`, 200, `"protocolVersion":"2025-11-25"`},
		{"devmcp.maxBody", `{"jsonrpc":"2.0","id":1,"method":"ping"}` + strings.Repeat(" ", 1<<20-40), 200, `"result":{}`},
		{"one byte more than devmcp.maxBody", `{"jsonrpc":"2.0","id":1,"method":"ping"}` + strings.Repeat(" ", 1<<20-39), 413, `"code":-32600`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, body := post(t, w.URL, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) || (tt.want == "" && body != "") {
				t.Errorf("answered %d %s; want %d with %s", status, body, tt.status, tt.want)
			}
		})
	}
}

// The door is where the other test controls are, under the same protection.
func TestDoor(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"a program":                 {nil, 200},
		"with its version":          {[]string{"MCP-Protocol-Version", "2025-06-18"}, 200},
		"with an unknown version":   {[]string{"MCP-Protocol-Version", "1999-01-01"}, 400},
		"another site's page":       {[]string{"Origin", "https://evil.example"}, 403},
		"another site's navigation": {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		if status, body := post(t, w.URL, ping, tt.header...); status != tt.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, tt.status)
		}
	}
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		req, err := http.NewRequest(method, w.URL+"/_qiwei/mcp", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp := w.Do(req); resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
	served := qiweitest.New(t, qiweitest.WithServe())
	if status, _ := post(t, served.URL, ping); status != 404 {
		t.Errorf("qiwei serve has the door: %d", status)
	}
}

// Every tool is described by a JSON schema, and says what it does to the server.
func TestTools(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	_, body := post(t, w.URL, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	var got struct {
		Result struct {
			Tools []struct {
				Name, Description string
				InputSchema       struct {
					Type       string
					Properties map[string]struct{ Type, Description string }
					Required   []string
				}
				Annotations map[string]bool
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Result.Tools) < 20 {
		t.Errorf("%d tools", len(got.Result.Tools))
	}
	for _, tool := range got.Result.Tools {
		if tool.Description == "" || tool.InputSchema.Type != "object" || len(tool.Annotations) != 3 {
			t.Errorf("%s: %+v", tool.Name, tool)
		}
		for name, p := range tool.InputSchema.Properties {
			if p.Type == "" || p.Description == "" {
				t.Errorf("%s of %s: %+v", name, tool.Name, p)
			}
		}
	}
}

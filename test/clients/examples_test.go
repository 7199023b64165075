package clients

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qiwei/test/clients/devserver"
)

// agentTool uses a tool of the server's door for coding agents, and decodes what it answers.
func agentTool(t *testing.T, name string, arguments map[string]any, into any) {
	t.Helper()
	arguments["corpid"] = server.Corp.CorpID
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": name, "arguments": arguments}})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(server.BaseURL+"/_qiwei/mcp", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Result struct {
			Content []struct{ Text string }
			IsError bool
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || len(got.Result.Content) != 1 || got.Result.IsError {
		t.Fatalf("%s: %v %+v", name, err, got.Result)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.Result.Content[0].Text), into); err != nil {
			t.Fatal(err)
		}
	}
}

// example starts an example and returns its URL. It ends with the test.
func example(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = filepath.Join("../../examples", dir)
	cmd.Env = append(os.Environ(), append(env, "PORT=0", "PWD="+cmd.Dir)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`^listening on (http://\S+)$`).FindStringSubmatch(lines.Text()); m != nil {
			go func() { // what it says further is nobody's, and must not stop it
				for lines.Scan() {
				}
			}()
			return m[1]
		}
	}
	t.Fatalf("%s ended early", strings.Join(command, " "))
	return ""
}

// language is how an example's program is started.
type language struct {
	dir     string
	command func(t *testing.T, program string) []string
}

var languages = map[string]language{
	"Go": {"go", func(t *testing.T, program string) []string {
		built := filepath.Join(t.TempDir(), program)
		cmd := exec.Command("go", "build", "-o", built, "./"+program)
		cmd.Dir = "../../examples/go"
		cmd.Env = append(os.Environ(), "PWD="+cmd.Dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		return []string{built}
	}},
	"Python": {"python", func(_ *testing.T, program string) []string { return []string{"python3", program + ".py"} }},
	"Node":   {"node", func(_ *testing.T, program string) []string { return []string{"node", program + ".mjs"} }},
}

const (
	exampleToken  = "QiweiExamples"
	exampleAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// inboxOf returns a member's conversations as text.
func inboxOf(t *testing.T, arguments map[string]any) string {
	t.Helper()
	var raw json.RawMessage
	agentTool(t, "inbox", arguments, &raw)
	return string(raw)
}

// Each example proves its URL, refuses what is forged, and answers a member.
func TestExamples(t *testing.T) {
	for name, l := range languages {
		t.Run(name, func(t *testing.T) {
			t.Run("receiver", func(t *testing.T) {
				url := example(t, l.dir, []string{"WECOM_TOKEN=" + exampleToken, "WECOM_AES_KEY=" + exampleAESKey, "WECOM_CORPID=" + server.Corp.CorpID}, l.command(t, "receiver")...)
				app := newApp(t, "收信"+unique(name))
				agentTool(t, "set_callback", map[string]any{"agentid": app, "url": url, "token": exampleToken, "encoding_aes_key": exampleAESKey}, nil)
				forged(t, url+"?msg_signature=0&timestamp=1&nonce=2&echostr=AAAA")
				text := unique("<在吗 & ]]>")
				answered(t, app, map[string]any{"userid": "lisi", "agentid": app, "text": text})
				if inbox := inboxOf(t, map[string]any{"userid": "lisi", "agentid": app}); !strings.Contains(inbox, quoted(t, "收到："+text)) {
					t.Errorf("the member has %s", inbox)
				}
			})
			t.Run("robot", func(t *testing.T) {
				url := example(t, l.dir, []string{"WECOM_TOKEN=" + exampleToken, "WECOM_AES_KEY=" + exampleAESKey}, l.command(t, "robot")...)
				bot := newBot(t, "回声"+unique(name), url)
				forged(t, url+"?msg_signature=0&timestamp=1&nonce=2&echostr=AAAA")
				text := unique("在吗 ")
				answered(t, 0, map[string]any{"userid": "lisi", "bot_id": bot, "text": text})
				if inbox := inboxOf(t, map[string]any{"userid": "lisi", "bot_id": bot}); strings.Count(inbox, quoted(t, text)) != 2 || !strings.Contains(inbox, `"finish":true`) {
					t.Errorf("the member has %s", inbox)
				}
			})
		})
	}
}

// answered has a member say something, and returns when the receiver has answered.
func answered(t *testing.T, app int, say map[string]any) {
	t.Helper()
	var said struct {
		Latest int64 `json:"latest_delivery"`
	}
	agentTool(t, "say", say, &said)
	var waited struct {
		Found    bool
		Delivery struct {
			State    string
			Attempts []struct{ Reply, Problem string }
		}
	}
	wait := map[string]any{"after": said.Latest, "timeout_seconds": 30}
	if app != 0 {
		wait["agentid"] = app
	}
	agentTool(t, "wait_for_callback", wait, &waited)
	if !waited.Found || waited.Delivery.State != "delivered" || waited.Delivery.Attempts[0].Reply == "" {
		t.Fatalf("the receiver was told: %+v", waited)
	}
}

// forged sends what WeCom did not sign, which must be refused.
func forged(t *testing.T, url string) {
	t.Helper()
	for _, method := range []string{"GET", "POST"} {
		req, err := http.NewRequest(method, url, strings.NewReader(`<xml><Encrypt>AAAA</Encrypt></xml>`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%s of a forged message: %d", method, resp.StatusCode)
		}
	}
}

// quoted is a text as it stands in JSON, without the quotes.
func quoted(t *testing.T, text string) string {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(out), `"`)
}

// newApp makes an application that everybody sees.
func newApp(t *testing.T, name string) int {
	t.Helper()
	if err := server.Command("app", "create", "--data", server.DataDir(), "--name", name, "--range-departments", "1"); err != nil {
		t.Fatal(err)
	}
	var all struct {
		Corps []struct {
			Apps []devserver.App
		}
	}
	agentTool(t, "enterprise", map[string]any{}, &all)
	for _, a := range all.Corps[0].Apps {
		if a.Name == name {
			return a.AgentID
		}
	}
	t.Fatalf("there is no application %s", name)
	return 0
}

// newBot makes a robot whose callback is at the URL.
func newBot(t *testing.T, name, url string) string {
	t.Helper()
	if err := server.Command("bot", "add", "--data", server.DataDir(), "--name", name, "--url", url, "--token", exampleToken, "--aes-key", exampleAESKey); err != nil {
		t.Fatal(err)
	}
	var all struct {
		Corps []struct {
			Robots []struct {
				BotID string `json:"bot_id"`
				Name  string
			}
		}
	}
	agentTool(t, "enterprise", map[string]any{}, &all)
	for _, b := range all.Corps[0].Robots {
		if b.Name == name {
			return b.BotID
		}
	}
	t.Fatalf("there is no robot %s", name)
	return ""
}

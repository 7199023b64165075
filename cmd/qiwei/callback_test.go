package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/callbackcrypto"
)

const (
	testToken = "xyToken2025"
	testKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
)

// receiver is a callback URL that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []string
	arrived chan struct{} // one value per push
}

func receive(t *testing.T) *receiver {
	t.Helper()
	crypt, err := callbackcrypto.New(testToken, testKey, "")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{arrived: make(chan struct{}, 10_000)}
	r.Server = httptest.NewServer(&callbackcrypto.Handler{Crypt: crypt, Receive: func(_ context.Context, p callbackcrypto.Push) ([]byte, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, string(p.Body))
		r.arrived <- struct{}{}
		return nil, nil
	}})
	t.Cleanup(r.Close)
	return r
}

// await waits for n pushes and returns what they said.
func (r *receiver) await(t *testing.T, n int) []string {
	t.Helper()
	limit := time.After(time.Minute)
	for range n {
		select {
		case <-r.arrived:
		case <-limit:
			t.Fatal("a push is missing after a minute")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// await checks a condition until it holds.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(limit) {
			t.Fatalf("%s has not come after a minute", what)
		}
	}
}

// userOf returns the member that a change of the directory speaks of.
func userOf(push string) string {
	var m struct {
		UserID string `xml:"UserID"`
		From   string `xml:"FromUserName"`
	}
	xml.Unmarshal([]byte(push), &m)
	if m.UserID == "" && m.From != "sys" { // the sender is the member who subscribes
		return m.From
	}
	return m.UserID
}

// TestCallbackCommands sets a callback beside a running server, looks at what was
// sent and repeats it.
func TestCallbackCommands(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	rc := receive(t)
	set := func(args ...string) []string {
		return append([]string{"app", "set", "--data", s.data, "--agentid", "2000002"}, args...)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--callback-url", rc.URL, "--callback-token", testToken, "--callback-aes-key", testKey[:42]}, "the EncodingAESKey has 43 letters and digits; this one has 42 characters"},
		{[]string{"--callback-url", rc.URL, "--callback-token", "another", "--callback-aes-key", testKey}, `it answered 400 after`},
		{[]string{"--callback-token", testToken}, "give --callback-url, too"},
		{[]string{"--callback-url", rc.URL, "--callback-events", "change_kontakt"}, `there is no event "change_kontakt"`},
	} {
		if o := qiwei(t, set(tt.args...)...); o.code == 0 || !strings.Contains(o.err, tt.want) {
			t.Errorf("%q: %d %s", tt.args, o.code, o.err)
		}
	}
	if shown := must(t, "app", "show", "--data", s.data, "--agentid", "2000002"); strings.Contains(shown, "callback URL") {
		t.Errorf("after all that:\n%s", shown)
	}
	must(t, set("--callback-url", rc.URL, "--callback-token", testToken, "--callback-aes-key", testKey, "--callback-events", "change_contact")...)
	if creds := readFile(t, filepath.Join(s.data, "credentials.json")); !strings.Contains(creds, rc.URL) {
		t.Error("credentials.json does not have the callback")
	}
	file := writeFile(t, filepath.Join(t.TempDir(), "new.csv"), "姓名,帐号,手机号,邮箱,所在部门\n新人,xinren,13900000001,,1\n")
	must(t, "member", "import", "--data", s.data, file)
	got := rc.await(t, 1)
	if !strings.Contains(got[0], "<ChangeType>create_user</ChangeType><UserID><![CDATA[xinren]]></UserID><Department>") {
		t.Errorf("received %s", got[0])
	}
	var list []shownDelivery
	await(t, "the record of what was sent", func() bool {
		if err := json.Unmarshal([]byte(must(t, "callback", "list", "--data", s.data, "--event", "change_contact", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		return len(list) > 0 && list[0].State == "delivered"
	})
	if len(list) != 1 || list[0].Event != "change_contact/create_user" || list[0].AgentID != 2000002 || list[0].Attempts != 1 || list[0].Last.Status != 200 {
		t.Errorf("listed as %+v", list)
	}
	no := fmt.Sprint(list[0].No)
	if text := must(t, "callback", "list", "--data", s.data, "--state", "delivered"); !regexp.MustCompile(`(?m)^` + no + `  .*  change_contact/create_user  2000002  delivered  1         .*  200$`).MatchString(text) {
		t.Errorf("listed as\n%s", text)
	}
	shown := must(t, "callback", "show", "--data", s.data, no)
	for _, want := range []string{"<UserID><![CDATA[xinren]]></UserID>", "POST …?msg_signature=", "<Encrypt><![CDATA[", rc.URL} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not in\n%s", want, shown)
		}
	}
	if strings.Contains(shown, testKey) || strings.Contains(shown, testToken) {
		t.Errorf("a secret is in\n%s", shown)
	}
	must(t, "callback", "replay", "--data", s.data, no)
	if again := rc.await(t, 1); again[1] != got[0] {
		t.Errorf("repeated as %s", again[1])
	}
	for _, args := range [][]string{{"callback", "replay", "--data", s.data}, {"callback", "replay", "--data", s.data, no, "--failed"}, {"callback", "show", "--data", s.data, "4711"}} {
		if o := qiwei(t, args...); o.code == 0 {
			t.Errorf("%q: %s", args, o.out)
		}
	}
	if out := must(t, "callback", "replay", "--data", s.data, "--failed"); !strings.HasPrefix(out, "0 queued again") {
		t.Error(out)
	}
	must(t, set("--callback-url", "")...)
	if o := qiwei(t, set("--callback-url", "http://nobody.invalid/", "--callback-unverified")...); o.code != 0 {
		t.Errorf("unverified: %s", o.err)
	}
	if _, metrics := s.get("/metrics"); !strings.Contains(metrics, `qiwei_callbacks_total{outcome="delivered"} 2`) || !strings.Contains(metrics, "qiwei_callbacks_waiting 0") {
		t.Error("the metrics do not tell of the callbacks")
	}
}

// TestServeCallsNoPrivateAddress: a production server and its commands call this
// machine only where they may.
func TestServeCallsNoPrivateAddress(t *testing.T) {
	t.Parallel()
	data := founded(t)
	rc := receive(t)
	set := []string{"app", "set", "--data", data, "--agentid", "2000002", "--callback-url", rc.URL, "--callback-token", testToken, "--callback-aes-key", testKey}
	if o := qiwei(t, set...); o.code == 0 || !strings.Contains(o.err, "127.0.0.1 is not called: it belongs to this machine or a private network (see --allow-private-callbacks)") {
		t.Errorf("by default: %s", o.err)
	}
	if o := qiwei(t, append(set, "--callback-unverified")...); o.code != 2 {
		t.Errorf("unverified: %s", o.err)
	}
	must(t, append(set, "--allow-private-callbacks")...)
	file := writeFile(t, filepath.Join(t.TempDir(), "new.csv"), "姓名,帐号,手机号,邮箱,所在部门\n新人,xinren,13900000001,,1\n")
	must(t, "member", "import", "--data", data, file)
	state := func() string {
		var list []shownDelivery
		if err := json.Unmarshal([]byte(must(t, "callback", "list", "--data", data, "--json")), &list); err != nil || len(list) != 1 {
			t.Fatalf("%v, %+v", err, list)
		}
		if list[0].Last == nil {
			return list[0].State
		}
		return list[0].State + " " + list[0].Last.Problem
	}
	s := serve(t, data)
	await(t, "the refusal", func() bool { return strings.Contains(state(), "is not called") })
	s.stop()
	must(t, "callback", "replay", "--data", data, "1")
	serve(t, data, "--allow-private-callbacks")
	rc.await(t, 1)
}

// TestKilled: a server that is killed while it delivers loses nothing of what it
// has acknowledged, and sends it in order when it runs again.
func TestKilled(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := dev(t, data)
	rc := receive(t)
	// Contact sync is not told of its own changes; a self-built application is told
	// that the new members subscribe.
	must(t, "app", "set", "--data", data, "--agentid", "1000002", "--range-departments", "1", "--callback-url", rc.URL, "--callback-token", testToken, "--callback-aes-key", testKey)
	sync := s.creds.Corps[0].Apps[slices.IndexFunc(s.creds.Corps[0].Apps, func(a appCredentials) bool { return a.AgentID == 2000002 })]
	token := s.token(s.creds.Corps[0].CorpID, sync.Secret)
	var acknowledged []string
	for i := 0; ; i++ {
		user := fmt.Sprintf("user%04d", i)
		resp, err := http.Post(s.base+"/cgi-bin/user/create?access_token="+token, "application/json",
			strings.NewReader(fmt.Sprintf(`{"userid":%q,"name":"n","email":"%s@corp.example"}`, user, user)))
		if err != nil {
			break // the server is dead
		}
		var answer apiAnswer
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err == nil && answer.ErrCode == 0 {
			acknowledged = append(acknowledged, user)
		}
		if i == 300 {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	}
	t.Logf("killed after %d members and %d pushes", len(acknowledged), len(rc.arrived))
	dev(t, data)
	last := acknowledged[len(acknowledged)-1]
	limit := time.After(time.Minute)
	for seen := false; !seen; {
		select {
		case <-rc.arrived:
		case <-limit:
			t.Fatal("the last push is missing after a minute")
		}
		rc.mu.Lock()
		seen = slices.ContainsFunc(rc.got, func(p string) bool { return userOf(p) == last })
		rc.mu.Unlock()
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	var order []string // each where it came first
	for _, p := range rc.got {
		if user := userOf(p); user != "" && !slices.Contains(order, user) {
			order = append(order, user)
		}
	}
	if len(order) > len(acknowledged) { // committed, but killed before the answer
		order = order[:len(acknowledged)]
	}
	if !slices.Equal(order, acknowledged) {
		t.Errorf("received %q,\nacknowledged %q", order, acknowledged)
	}
}

// TestCrypt encrypts, verifies and decrypts what the official examples have.
func TestCrypt(t *testing.T) {
	t.Parallel()
	keys := []string{"--token", testToken, "--aes-key", testKey}
	run := func(command string, args ...string) outcome {
		return qiwei(t, append(append([]string{"crypt", command}, keys...), args...)...)
	}
	const query = "msg_signature=cbdfa7839b4ee873a3a5639c2e86bb440bcdd8c2&timestamp=1700000000&nonce=1597534682&echostr=" +
		"4j%2FAuRx71kQlxVlzbpsMWHsjvwgJWOW%2F6z4Rm2BPKhKBKfQk0R%2Fh%2BKy9fdqULlKyqelL9ZexyawDq3C5XYBaRA%3D%3D"
	for _, url := range []string{query, "https://app.example/cb?a=b&" + query} {
		if o := run("verify", url); o.out != "7391046258013794622\n" || o.err != "the signature is right\nreceiveid \"ww1234567890abcdef\"\n" {
			t.Errorf("verify: %+v", o)
		}
	}
	if o := run("verify", strings.Replace(query, "=cb", "=ab", 1)); o.code != 1 || !strings.Contains(o.err, "-40001") ||
		!strings.Contains(o.err, "with this token it would be cbdfa7839b4ee873a3a5639c2e86bb440bcdd8c2") {
		t.Errorf("another signature: %+v", o)
	}
	lines := strings.SplitN(run("encrypt", "<xml>你好</xml>", "--receive-id", "ww1", "--timestamp", "1700000000").out, "\n", 2)
	if !strings.HasPrefix(lines[0], "msg_signature=") || !strings.Contains(lines[0], "&timestamp=1700000000&nonce=") || !strings.HasPrefix(lines[1], "<xml><ToUserName><![CDATA[ww1]]></ToUserName><Encrypt>") {
		t.Fatalf("encrypt: %q", lines)
	}
	for _, o := range []outcome{run("verify", lines[0], lines[1]), run("decrypt", lines[1])} {
		if o.out != "<xml>你好</xml>\n" {
			t.Errorf("and back: %+v", o)
		}
	}
	if o := run("decrypt", "--receive-id", "ww2", lines[1]); o.code != 1 || !strings.Contains(o.err, "-40005") {
		t.Errorf("another receiveid: %+v", o)
	}
	// Keys from the environment, the text from the standard input, for a shell.
	rc := receive(t)
	cmd := command(t, "crypt", "encrypt", "--url", rc.URL, "--format", "json")
	cmd.Env = append(cmd.Env, "QIWEI_CALLBACK_TOKEN="+testToken, "QIWEI_CALLBACK_AES_KEY="+testKey)
	cmd.Stdin = strings.NewReader(`{"msgtype":"text's"}`)
	if o := finish(t, cmd); !strings.HasPrefix(o.out, "curl -sS '"+rc.URL+"?msg_signature=") || !strings.Contains(o.out, `--data-binary '{"encrypt":"`) {
		t.Errorf("for a shell: %+v", o)
	}
	if o := qiwei(t, "crypt", "decrypt", "x"); o.code != 2 || !strings.Contains(o.err, "--token and --aes-key") {
		t.Errorf("without keys: %+v", o)
	}
	if _, err := os.Stat("data"); err == nil {
		t.Error("crypt made a data directory")
	}
}

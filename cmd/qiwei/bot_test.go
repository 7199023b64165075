package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBot makes a robot beside a running server, changes it and writes to it.
func TestBot(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	on := func(args ...string) []string { return append(args, "--data", s.data) }
	var made botDescription
	if err := json.Unmarshal([]byte(must(t, on("bot", "add", "--json", "--name", "客服", "--range-members", "LiSi")...)), &made); err != nil || made.Mode != "websocket" || made.Secret == "" || len(made.Range.Members) != 1 || made.Range.Members[0] != "lisi" {
		t.Fatalf("%+v %v", made, err)
	}
	credentials := func() string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(s.data, "credentials.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if c := credentials(); !strings.Contains(c, made.BotID) || !strings.Contains(c, made.Secret) {
		t.Error("credentials.json does not have the robot")
	}
	for _, args := range [][]string{{"bot", "list"}, {"bot", "list", "--json"}, {"bot", "show", made.BotID}} {
		if out := must(t, on(args...)...); !strings.Contains(out, made.BotID) || strings.Contains(out, made.Secret) {
			t.Errorf("%v: %s", args, out)
		}
	}
	if out := must(t, on("bot", "show", made.BotID, "--secrets")...); !strings.Contains(out, made.Secret) {
		t.Errorf("show --secrets: %s", out)
	}
	must(t, on("bot", "say", "lisi", made.BotID, "在吗")...)
	if out := must(t, on("inbox", "lisi", "--bot", made.BotID)...); !strings.Contains(out, "客服 (bot "+made.BotID+")") || !strings.Contains(out, "在吗") {
		t.Errorf("inbox: %s", out)
	}
	if now := strings.TrimSpace(must(t, on("bot", "rotate-secret", made.BotID)...)); now == made.Secret || !strings.Contains(credentials(), now) {
		t.Errorf("rotated to %q", now)
	}
	must(t, on("bot", "set", made.BotID, "--name", "客服二号", "--disable")...)
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"one who does not see it", on("bot", "say", "zhangsan", made.BotID, "a"), 1, "no such conversation"},
		{"a robot that is switched off", on("bot", "say", "lisi", made.BotID, "a"), 1, "no such conversation"},
		{"a URL that does not answer", on("bot", "add", "--name", "a", "--url", "http://127.0.0.1:1/"), 1, "the URL was not verified"},
		{"a key of 42 characters", on("bot", "add", "--name", "a", "--url", "http://127.0.0.1:1/", "--aes-key", strings.Repeat("a", 42)), 1, "43 letters and digits"},
		{"a name that is too long", on("bot", "add", "--name", strings.Repeat("名", 33)), 1, "1 to 32 characters"},
		{"an unknown mode", on("bot", "set", made.BotID, "--mode", "pigeon"), 2, "callback"},
		{"an unknown member in its range", on("bot", "set", made.BotID, "--range-members", "nobody"), 1, "60111"},
		{"an unknown chat", on("bot", "join", made.BotID, "nix"), 1, "86003"},
		{"an unknown robot", on("bot", "show", "aib"), 1, "no such robot"},
	} {
		if o := qiwei(t, tt.args...); o.code != tt.code || !strings.Contains(o.err, tt.says) {
			t.Errorf("%s: %d %s", tt.name, o.code, o.err)
		}
	}
	must(t, on("bot", "remove", made.BotID)...)
	if strings.Contains(credentials(), made.BotID) {
		t.Error("credentials.json still has the robot")
	}
}

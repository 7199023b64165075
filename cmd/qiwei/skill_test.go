package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// programHere puts the program into a folder under its name, for scripts.
func programHere(t *testing.T) (folder string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	script := "#!/bin/sh\n" + asProgram + "=1 exec '" + self + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(folder, "qiwei"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

// fenced returns the blocks of a language in a page, in order.
func fenced(text, language string) (blocks []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// Every command that the skill gives to agents is run, from the first to the last, in an empty folder.
func TestSkill(t *testing.T) {
	t.Parallel()
	skill := read(t, "../../skills/qiwei/SKILL.md")
	blocks := fenced(skill, "sh")
	if len(blocks) != 6 {
		t.Fatalf("%d blocks of commands", len(blocks))
	}
	at := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.Join(blocks, "echo ======\n")+"wait $!\n")
	cmd.Dir = at
	cmd.Env = []string{"PATH=" + programHere(t) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C"}
	cmd.WaitDelay = time.Second
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	said := strings.Split(string(text), "======\n")
	if len(said) != len(blocks) {
		t.Fatalf("%d parts of the output:\n%s", len(said), text)
	}
	for i, want := range [][]string{
		{"ready http://127.0.0.1:"},
		{`"errcode":0`, `"userid":"zhangsan"`},
		{"60011", "/cgi-bin/message/send", `"errcode":0`, "你好"},
		{"latest_delivery", "message", "qiwei callback doctor"},
		{`"now"`, `"errcode":42001`, `"errcode":45009`, `"delay":"200ms"`, `"faults":[]`, `"snapshots":[]`},
		{},
	} {
		for _, w := range want {
			if !strings.Contains(said[i], w) {
				t.Errorf("block %d has no %s:\n%s", i+1, w, said[i])
			}
		}
	}
	if failed := regexp.MustCompile(`(?m)^qiwei: .*$`).FindString(string(text)); failed != "" {
		t.Errorf("a command failed: %s", failed)
	}

	// The configuration that it gives is JSON whose command is one of ours.
	var config struct {
		Servers map[string]struct {
			Command string
			Args    []string
		} `json:"mcpServers"`
	}
	if err := json.Unmarshal([]byte(fenced(skill, "json")[0]), &config); err != nil || config.Servers["qiwei"].Command != "qiwei" || config.Servers["qiwei"].Args[0] != "mcp" {
		t.Errorf("the configuration: %v %+v", err, config)
	}
}

// The tools that the skill and the documentation name are those that there are, all of them.
func TestSkillNamesTheTools(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	m := startMCP(t, "--data", s.data)
	defer m.end()
	var got struct {
		Result struct{ Tools []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(m.ask(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)), &got); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"../../skills/qiwei/SKILL.md", "../../docs/agents.md"} {
		text := read(t, page)
		for _, tool := range got.Result.Tools {
			if !strings.Contains(text, "`"+tool.Name+"`") && (tool.Name != "faults" || strings.HasPrefix(page, "../../docs")) {
				t.Errorf("%s has no %s", page, tool.Name)
			}
		}
	}
}

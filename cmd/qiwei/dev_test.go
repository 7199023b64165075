package main

import (
	"bytes"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qiwei/internal/access"
)

func TestDev(t *testing.T) {
	t.Parallel()
	s := dev(t, filepath.Join(t.TempDir(), "data"))
	if len(s.creds.Corps) != 3 {
		t.Fatalf("%d corps; the demo's, one beside it and a provider expected", len(s.creds.Corps))
	}
	c := s.creds.Corps[0]
	if !regexp.MustCompile(`^ww[0-9a-f]{16}$`).MatchString(c.CorpID) {
		t.Errorf("corpid %q", c.CorpID)
	}
	if len(c.Members) < 2 || c.Members[0] != "zhangsan" || c.Members[1] != "lisi" {
		t.Errorf("members %q; want zhangsan and lisi first", c.Members)
	}
	var kinds []access.Kind
	for _, a := range c.Apps {
		kinds = append(kinds, a.Kind)
		token := s.token(c.CorpID, a.Secret)
		if got := s.call("/cgi-bin/get_api_domain_ip?access_token=" + token); got.ErrCode != 0 {
			t.Errorf("%s: %s", a.Name, got.body)
		}
	}
	want := []access.Kind{access.SelfBuilt, access.SelfBuilt, access.ContactSync, access.CustomerContact, access.ChatArchive, access.CustomerService, access.Calendar, access.Meeting, access.MeetingRoom, access.Approval, access.Journal, access.Checkin, access.Living, access.HR}
	if !slices.Equal(kinds, want) {
		t.Errorf("applications %q, want %q", kinds, want)
	}
	if a := c.Apps[0]; a.AgentID != 1000002 || "http://"+a.RedirectDomain != s.base {
		t.Errorf("the first application: %+v at %s", a, s.base)
	}
	for _, name := range []string{"credentials.json", "master.key", "qiwei.db"} {
		if info, err := os.Stat(filepath.Join(s.data, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}

	// The second application sees one department alone.
	token := s.token(c.CorpID, c.Apps[1].Secret)
	for user, code := range map[string]int{"zhengshi": 0, "zhangsan": 60011, "nobody": 60111} {
		if got := s.call("/cgi-bin/user/get?userid=" + user + "&access_token=" + token); got.ErrCode != code {
			t.Errorf("the sales application reads %s: %s", user, got.body)
		}
	}
}

// TestWelcome does what the welcome says.
func TestWelcome(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := dev(t, t.TempDir(), "--lang", lang)
			said := s.said.String()
			if chinese := strings.Contains(said, "获取"); chinese != (lang == "zh") {
				t.Errorf("in the wrong language:\n%s", said)
			}
			first := regexp.MustCompile(`curl '` + s.base + `(/cgi-bin/gettoken\?[^']+)'`).FindStringSubmatch(said)
			second := regexp.MustCompile(`curl "` + s.base + `(/cgi-bin/user/get\?[^"]+)"`).FindStringSubmatch(said)
			if first == nil || second == nil {
				t.Fatalf("no curl lines:\n%s", said)
			}
			token := s.call(first[1])
			user := s.call(strings.Replace(second[1], "$TOKEN", url.QueryEscape(token.Token), 1))
			if user.ErrCode != 0 || !strings.Contains(user.body, `"userid":"zhangsan"`) {
				t.Errorf("user/get: %s", user.body)
			}
			t.Run("curl", func(t *testing.T) {
				var script []string
				for line := range strings.Lines(said) {
					if strings.Contains(line, "curl ") {
						script = append(script, strings.TrimSpace(line))
					}
				}
				out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(script, "\n")).Output()
				if err != nil || !strings.Contains(string(out), `"userid":"zhangsan"`) {
					t.Errorf("the welcome's lines: %v\n%s", err, out)
				}
			})
		})
	}
}

// TestDevStoppedEarly stops the server at every moment of its start.
func TestDevStoppedEarly(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		cmd := command(t, "dev", "--data", t.TempDir(), "--listen", ":0")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.Discard, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(40+i*40)*time.Millisecond, func() { cmd.Process.Signal(syscall.SIGTERM) })
		cmd.Wait()
		timer.Stop()
		// The signal ends the program before it reaches its first line.
		if code := cmd.ProcessState.ExitCode(); code > 0 || said.String() != "" {
			t.Errorf("stopped after %d ms: exit code %d, %s", 40+i*40, code, said.String())
		}
	}
}

// TestDevAgain starts a second time, at another port: the enterprise is the
// same, and its applications are called back at the new address.
func TestDevAgain(t *testing.T) {
	t.Parallel()
	first := dev(t, t.TempDir())
	must(t, "app", "set", "--data", first.data, "--agentid", "1000003", "--redirect-domain", "app.example:3000")
	if code := first.stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, first.said)
	}
	second := dev(t, first.data)
	a, b := first.creds.Corps[0], second.creds.Corps[0]
	if a.CorpID != b.CorpID || a.Apps[0].Secret != b.Apps[0].Secret {
		t.Errorf("%s became %s", a.CorpID, b.CorpID)
	}
	if first.base == second.base {
		t.Fatalf("both at %s", first.base)
	}
	if got := b.Apps[0].RedirectDomain; "http://"+got != second.base {
		t.Errorf("redirect domain %s, base URL %s", got, second.base)
	}
	if got := b.Apps[1].RedirectDomain; got != "app.example:3000" {
		t.Errorf("a redirect domain that was set became %s", got)
	}
}

func TestDevRefuses(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	taken := strings.TrimPrefix(s.base, "http://")
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"an address that is taken", []string{"--listen", taken}, 1, taken + " is in use by another program; choose another address with --listen, :0 for any free port"},
		{"an address without a port", []string{"--listen", "localhost"}, 2, "HOST:PORT expected"},
		{"a seed that is not there", []string{"--seed", "/nowhere.json"}, 2, "/nowhere.json"},
		{"a seed that is wrong", []string{"--listen", ":0", "--seed", writeFile(t, filepath.Join(t.TempDir(), "seed.json"),
			`{"format":"qiwei enterprise 1","corp":{"name":"x"},"members":[{"name":"a","gender":"male"}]}`)}, 1,
			`seed.json: members[0].gender: "male"; a whole number expected`},
		{"a seed that breaks a rule", []string{"--listen", ":0", "--seed", writeFile(t, filepath.Join(t.TempDir(), "seed.json"),
			`{"format":"qiwei enterprise 1","corp":{"name":"x"},"members":[{"userid":"a b","name":"a","mobile":"15400000001"}]}`)}, 1,
			`seed.json: members[0] (a): invalid userid: 1 to 64 letters`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o := qiwei(t, append([]string{"dev", "--data", dir}, tt.args...)...)
			if o.code != tt.code || !strings.Contains(o.err, tt.says) || strings.Count(o.err, "\n") != 1 {
				t.Errorf("exit code %d, want %d; said:\n%s\nwant: %s", o.code, tt.code, o.err, tt.says)
			}
			if _, err := os.Stat(filepath.Join(dir, "credentials.json")); err == nil {
				t.Error("credentials.json was written all the same")
			}
		})
	}
}

// TestDevFindsTheSeed starts in a directory with an enterprise's file, and in one with another program's file of that
// name.
func TestDevFindsTheSeed(t *testing.T) {
	t.Parallel()
	for content, corp := range map[string]string{
		"format: qiwei enterprise 1\ncorp: {corpid: wwfound, name: 小公司}\napps:\n  - {kind: self_built, name: 应用}\n": "wwfound",
		"format: of another program\n": "晴川科技",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "qiwei.yaml"), content)
		cmd := command(t, "dev", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
		cmd.Dir = dir
		s, _ := start(t, cmd, regexp.MustCompile(`^Ctrl-C stops it\.$`))
		if said := s.said.String(); !strings.Contains(said, corp) {
			t.Errorf("%s was not started:\n%s", corp, said)
		}
		s.stop()
	}
}

func TestDevSeed(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "seed.json"), `{
  "format": "qiwei enterprise 1",
  "corp": {"corpid": "wwfixed", "name": "小公司", "settings": {"sync": "edit"}},
  "departments": [{"id": 7, "parentid": 5, "name": "内组"}, {"id": 5, "name": "组"}],
  "members": [
    {"userid": "b", "name": "乙", "email": "b@x.example", "department": [7], "direct_leader": "a"},
    {"userid": "a", "name": "甲", "email": "a@x.example", "department": [5], "is_leader_in_dept": [1]}
  ],
  "apps": [{"kind": "self_built", "name": "应用", "secret": "a-secret-for-tests-of-43-characters-000000000", "range": {"members": ["b"]}}]
}`)
	s := dev(t, t.TempDir(), "--seed", file)
	token := s.token("wwfixed", "a-secret-for-tests-of-43-characters-000000000")
	if got := s.call("/cgi-bin/user/get?userid=B&access_token=" + token); !strings.Contains(got.body, `"direct_leader":["a"]`) && got.ErrCode != 0 {
		t.Errorf("user/get: %s", got.body)
	}
	if got := s.call("/cgi-bin/user/get?userid=a&access_token=" + token); got.ErrCode != 60011 {
		t.Errorf("out of range: %s", got.body)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	if out := must(t, "ready", "--data", s.data); out != "ready "+s.base+"\n" {
		t.Errorf("said %q", out)
	}
	s.stop()
	if o := qiwei(t, "ready", s.base); o.code != 1 || !strings.Contains(o.err, "not ready") {
		t.Errorf("exit code %d: %s", o.code, o.err)
	}

	// It waits for a server that has not started yet.
	wait := command(t, "ready", "--wait", "--data", s.data)
	var out strings.Builder
	wait.Stdout = &out
	if err := wait.Start(); err != nil {
		t.Fatal(err)
	}
	again := dev(t, s.data)
	if err := wait.Wait(); err != nil || out.String() != "ready "+again.base+"\n" {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		lang, all, flag string
		zh              bool
	}{
		{"zh_CN.UTF-8", "", "", true},
		{"en_US.UTF-8", "", "", false},
		{"zh_CN.UTF-8", "en_US.UTF-8", "", false},
		{"C", "", "zh", true},
		{"", "", "", false},
	} {
		t.Setenv("LANG", tt.lang)
		t.Setenv("LC_ALL", tt.all)
		t.Setenv("LC_MESSAGES", "")
		if got := (languageFlag{tt.flag}).chinese(); got != tt.zh {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

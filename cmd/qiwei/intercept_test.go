package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// freely has the interception listen on free ports.
var freely = []string{"--intercept-proxy", ":0", "--intercept-tls", ":0"}

// fetch has curl ask for a token at WeCom's own host, in the environment that
// `qiwei intercept env` prints.
func fetch(t *testing.T, data, query string) (string, error) {
	t.Helper()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("curl is needed: it is the client that qiwei intercept env is tried with")
	}
	env := must(t, "intercept", "env", "--data", data, "curl")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", env+curl+" -sS 'https://qyapi.weixin.qq.com/cgi-bin/gettoken?"+query+"'").CombinedOutput()
	return string(out), err
}

func TestDevIntercept(t *testing.T) {
	t.Parallel()
	s := dev(t, filepath.Join(t.TempDir(), "with a space", "data"), append(freely, "--intercept")...)
	c := s.creds.Corps[0]
	out, err := fetch(t, s.data, "corpid="+c.CorpID+"&corpsecret="+c.Apps[0].Secret)
	if err != nil || !strings.Contains(out, `"errcode":0`) {
		t.Errorf("%v: %s", err, out)
	}
	if info, err := os.Stat(filepath.Join(s.data, "intercept", "ca-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info, err)
	}
	if env := must(t, "intercept", "env", "--data", s.data, "--proxy", "host.example:1", "java"); !strings.Contains(env, "-Dhttps.proxyHost=host.example -Dhttps.proxyPort=1 ") {
		t.Errorf("for a container: %s", env)
	}
	if o := qiwei(t, "intercept", "env", "--data", s.data, "cobol"); o.code != 2 || !strings.Contains(o.err, "curl, go, python, node, java, php") {
		t.Errorf("a language that is not known: %d %s", o.code, o.err)
	}
	// Asked how to trust the authority, the program explains how and changes nothing.
	if o := qiwei(t, "intercept", "trust", "--data", s.data); o.code == 0 && !strings.Contains(o.out, "Nothing was changed") {
		t.Errorf("trust: %s", o.out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.said)
	}
}

// Unless asked, the program neither listens as WeCom nor makes any system trust its authority.
func TestNothingIsInterceptedUnasked(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	if _, err := os.Stat(filepath.Join(s.data, "intercept")); err == nil {
		t.Error("an authority was made")
	}
	for _, args := range [][]string{{"env"}, {"trust"}} {
		o := qiwei(t, append([]string{"intercept", "--data", s.data}, args...)...)
		if o.code == 0 {
			t.Errorf("%s: %s", args, o.out)
		}
		if o = qiwei(t, "intercept", args[0], "--data", s.data); o.code != 1 || !strings.Contains(o.err, "start qiwei dev --intercept") {
			t.Errorf("%s: %d %s", args, o.code, o.err)
		}
	}
}

func TestInterceptBesideAServer(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	other := t.TempDir()
	i, _ := start(t, command(t, append([]string{"intercept", "--lang", "en", "--data", other, s.base}, freely...)...), regexp.MustCompile(`eval "\$\(qiwei intercept env`))
	c := s.creds.Corps[0]
	out, err := fetch(t, other, "corpid="+c.CorpID+"&corpsecret="+c.Apps[0].Secret)
	if err != nil || !strings.Contains(out, `"errcode":0`) {
		t.Errorf("%v: %s", err, out)
	}
	if code := i.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, i.said)
	}
}

func TestServeIntercepts(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "data"), append(freely, "--intercept")...)
	out, err := fetch(t, s.data, "corpid=x&corpsecret=y")
	if err != nil || !strings.Contains(out, `"errcode":40013`) {
		t.Errorf("%v: %s", err, out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.said)
	}
}

func TestInterceptRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"a proxy for everybody to everywhere": {[]string{"intercept", "--intercept-from", "0.0.0.0/0", "--intercept-others", "public"}, "anybody could reach anything"},
		"the same in IPv6":                    {[]string{"dev", "--listen", ":0", "--intercept", "--intercept-from", "::/0", "--intercept-others", "all"}, "anybody could reach anything"},
		"no prefix":                           {[]string{"intercept", "--intercept-from", "mars"}, "--intercept-from"},
		"no address":                          {[]string{"intercept", "--intercept-proxy", "7994"}, "--intercept-proxy 7994: HOST:PORT expected"},
		"no server":                           {[]string{"intercept", "ftp://host.example"}, "base URL of a server expected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := qiwei(t, append(tt.args, "--data", t.TempDir())...)
			if o.code != 2 || !strings.Contains(o.err, tt.says) {
				t.Errorf("exit code %d: %s", o.code, o.err)
			}
		})
	}
	if o := qiwei(t, "intercept", "hosts", "--address", "localhost"); o.code != 2 {
		t.Errorf("a name in a hosts file: %d %s", o.code, o.err)
	}
	if lines := must(t, "intercept", "hosts", "--address", "10.1.2.3"); !strings.Contains(lines, "10.1.2.3 qyapi.weixin.qq.com\n") {
		t.Error(lines)
	}
}

func TestSiteCommands(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	must(t, "site", "add", "--data", s.data, "https://wiki.corp.example")
	must(t, "site", "add", "--data", s.data, "https://hr.corp.example:8443", "--agentid", "1000003")
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a second time":                 {[]string{"add", "https://WIKI.corp.example:443/"}, 1, "protected already"},
		"no scheme":                     {[]string{"add", "wiki.corp.example"}, 2, "https://HOST"},
		"an application that is not":    {[]string{"add", "https://a.example", "--agentid", "77"}, 1, "77"},
		"taking out what is not in":     {[]string{"remove", "https://other.example"}, 1, "is not protected"},
		"a path, which protects no one": {[]string{"add", "https://a.example/docs"}, 2, "nothing after it"},
	} {
		if o := qiwei(t, append([]string{"site", tt.args[0], "--data", s.data}, tt.args[1:]...)...); o.code != tt.code || !strings.Contains(o.err, tt.says) {
			t.Errorf("%s: %d %s", name, o.code, o.err)
		}
	}
	list := must(t, "site", "list", "--data", s.data)
	if !strings.Contains(list, "https://hr.corp.example:8443") || !strings.Contains(list, "range of agentid 1000003") || !strings.Contains(list, "everyone") {
		t.Error(list)
	}
	verify := func() int {
		req, err := http.NewRequest("GET", s.base+"/auth/verify", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "wiki.corp.example"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := verify(); got != 401 {
		t.Errorf("protected: %d", got)
	}
	must(t, "site", "remove", "--data", s.data, "https://wiki.corp.example")
	if got := verify(); got != 403 {
		t.Errorf("no longer protected: %d", got)
	}
}

// Package forward lets real reverse proxies protect a site with members' sign-in, with exactly the
// configurations of docs/header-sign-in.md.
package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"qiwei/test/clients/devserver"
)

const page = "../../../docs/header-sign-in.md"

var server *devserver.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = devserver.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "no server to sign in at:", err)
		os.Exit(1)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// snippet returns the page's configuration in the language, with this test's addresses in it.
func snippet(t *testing.T, language, site, behind string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no %s", page, language)
	}
	return strings.NewReplacer("127.0.0.1:7993", strings.TrimPrefix(server.BaseURL, "http://"), "127.0.0.1:3000", behind,
		"https://wiki.corp.example", "http://"+site, "wiki.corp.example", hostOf(site)).Replace(string(m[1]))
}

func hostOf(hostport string) string { h, _, _ := net.SplitHostPort(hostport); return h }

// port returns a free port.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

// start runs a proxy until the test ends, and waits until it answers on the port.
func start(t *testing.T, port string, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("sign-in behind %s is tested with the real one: apt-get install %s", name, name)
	}
	out := &strings.Builder{}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", name, out)
		default:
		}
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("%s does not listen", name)
}

func nginx(t *testing.T, site, behind string) {
	dir := t.TempDir()
	conf := snippet(t, "nginx", site, behind)
	_, port, _ := net.SplitHostPort(site)
	conf = regexp.MustCompile(`listen 443 ssl;`).ReplaceAllString(conf, "listen 127.0.0.1:"+port+";")
	conf = regexp.MustCompile(`(?m)^\s*ssl_.*\n`).ReplaceAllString(conf, "")
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	whole := "daemon off; pid " + dir + "/pid; error_log stderr info;\nevents {}\nhttp {\naccess_log off;\n" + temp + conf + "}\n"
	if os.Getuid() == 0 {
		whole = "user root;\n" + whole
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, port, "nginx", "-p", dir, "-c", file)
}

func caddy(t *testing.T, site, behind string) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, []byte("{\n\tadmin off\n}\n"+snippet(t, "caddyfile", site, behind)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(site)
	start(t, port, "caddy", "run", "--adapter", "caddyfile", "--config", file)
}

func TestProxies(t *testing.T) {
	for name, proxy := range map[string]func(t *testing.T, site, behind string){"nginx": nginx, "caddy": caddy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The protected site shows the headers that it got.
			behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				fmt.Fprintf(w, "at %s user=%q name=%q mail=%q groups=%q body=%q", r.URL, r.Header["Remote-User"], r.Header["Remote-Name"],
					r.Header["Remote-Email"], r.Header["Remote-Groups"], body)
			}))
			defer behind.Close()
			site := name + ".corp.example:" + port(t)
			if err := server.Command("site", "add", "--data", server.DataDir(), "--corpid", server.Corp.CorpID, "http://"+site); err != nil {
				t.Fatal(err)
			}
			proxy(t, site, strings.TrimPrefix(behind.URL, "http://"))
			visit(t, "http://"+site)
		})
	}
}

// visit goes to the site as nobody, signs in, and comes back.
func visit(t *testing.T, site string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{
		// Every host is this machine, as in a hosts file.
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}}
	send := func(method, address, body string, header ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequest(method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(b)
	}

	resp, body := send("GET", site+"/page?a=b&c=%2Fd", "", "Remote-User", "admin")
	if !strings.HasPrefix(resp.Request.URL.String(), server.BaseURL+"/auth/enter?") || strings.Contains(body, "user=") {
		t.Fatalf("nobody came to %s: %.300s", resp.Request.URL, body)
	}
	form := url.Values{"corpid": {server.Corp.CorpID}, "userid": {"zhangsan"}}.Encode()
	if resp, body := send("POST", server.BaseURL+"/_qiwei/sign-in", form, "Content-Type", "application/x-www-form-urlencoded"); resp.StatusCode != 204 {
		t.Fatalf("sign in: %s %s", resp.Status, body)
	}
	// After sign-in the visitor continues at the same page, and then visits the site again, now with a pass.
	for range 2 {
		resp, body = send("GET", site+"/page?a=b&c=%2Fd", "", "Remote-User", "admin", "Remote-Groups", "admins", "X-Forwarded-Host", strings.TrimPrefix(site, "http://"))
		if resp.StatusCode != 200 || !strings.HasPrefix(body, `at /page?a=b&c=%2Fd user=["zhangsan"] name=["%E5%BC%A0%E4%B8%89"]`) || strings.Contains(body, "admin") {
			t.Errorf("%s: %s", resp.Status, body)
		}
	}
	if resp, body = send("POST", site+"/form", "what was typed"); resp.StatusCode != 200 || !strings.Contains(body, `body="what was typed"`) {
		t.Errorf("a form: %s %s", resp.Status, body)
	}
	// If a visitor claims another host, the proxy passes nothing about the visitor to the site.
	if resp, body = send("GET", site+"/page", "", "X-Forwarded-Host", "elsewhere.example"); strings.Contains(body, "elsewhere") {
		t.Errorf("with another host: %s %s", resp.Status, body)
	}
	// Without the session there is no way in.
	if _, err := signOut(send); err != nil {
		t.Fatal(err)
	}
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if resp, body = send("GET", site+"/page", ""); resp.StatusCode != 302 || strings.Contains(body, "user=") {
		t.Errorf("signed out: %s %s", resp.Status, body)
	}
}

var formToken = regexp.MustCompile(`(?s)action="/account/sign-out".*?name="form" value="([^"]+)"`)

// signOut presses the button of the member's own page.
func signOut(send func(method, address, body string, header ...string) (*http.Response, string)) (string, error) {
	_, body := send("GET", server.BaseURL+"/account/", "")
	m := formToken.FindStringSubmatch(body)
	if m == nil {
		return "", errors.New("the member's page has no way out: " + body)
	}
	resp, body := send("POST", server.BaseURL+"/account/sign-out", url.Values{"form": {m[1]}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != 200 {
		return "", errors.New(resp.Status)
	}
	return body, nil
}

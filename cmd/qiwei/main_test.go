package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The tests run the program as users do: TestMain turns the test binary into it.

const asProgram = "QIWEI_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command returns the program with arguments, in an environment without the variables of the one who runs the
// tests.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C"}
	return cmd
}

// outcome is how a command line ended.
type outcome struct {
	code     int
	out, err string
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("%q: %v", cmd.Args[1:], err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// qiwei runs a command line to its end.
func qiwei(t *testing.T, args ...string) outcome {
	t.Helper()
	return finish(t, command(t, args...))
}

// must runs a command line that must succeed and returns what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	o := qiwei(t, args...)
	if o.code != 0 {
		t.Fatalf("qiwei %q: exit code %d\n%s%s", args, o.code, o.out, o.err)
	}
	return o.out
}

// server is a running `qiwei dev` or `qiwei serve`.
type server struct {
	data  string
	base  string
	said  *transcript
	creds credentials

	t   *testing.T
	cmd *exec.Cmd
}

// transcript is what a process has said so far.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// start starts the process and waits until it has said a line that matches.
func start(t *testing.T, cmd *exec.Cmd, ready *regexp.Regexp) (*server, []string) {
	t.Helper()
	s := &server{t: t, cmd: cmd, said: &transcript{}}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() { s.stop(); read.Close() })
	matched := make(chan []string, 1)
	go func() {
		defer close(matched)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			s.said.mu.Lock()
			s.said.text.WriteString(lines.Text() + "\n")
			s.said.mu.Unlock()
			if m := ready.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case matched <- m:
				default:
				}
			}
		}
	}()
	m, ok := <-matched
	if !ok {
		t.Fatalf("%q ended early:\n%s", cmd.Args[1:], s.said)
	}
	return s, m
}

// stop ends the process as an operator would, and returns its exit code.
func (s *server) stop() int {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Signal(syscall.SIGTERM)
		s.cmd.Wait()
	}
	return s.cmd.ProcessState.ExitCode()
}

// dev starts `qiwei dev` on a free port.
func dev(t *testing.T, data string, args ...string) *server {
	t.Helper()
	args = append([]string{"dev", "--data", data, "--listen", ":0"}, args...)
	s, _ := start(t, command(t, args...), regexp.MustCompile(`^(Ctrl-C stops it\.|按 Ctrl-C 停止。)$`))
	s.data = data
	raw, err := os.ReadFile(filepath.Join(data, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &s.creds); err != nil {
		t.Fatal(err)
	}
	s.base = s.creds.BaseURL
	return s
}

// get returns the answer to a GET, its status and its body.
func (s *server) get(path string) (int, string) {
	s.t.Helper()
	resp, err := http.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// call is get for the API.
func (s *server) call(path string) (answer apiAnswer) {
	s.t.Helper()
	status, body := s.get(path)
	answer.body = body
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		s.t.Fatalf("%s: status %d: %s", path, status, body)
	}
	return answer
}

type apiAnswer struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Token   string `json:"access_token"`
	body    string
}

// token returns an access token of the corp's application.
func (s *server) token(corpID, secret string) string {
	s.t.Helper()
	a := s.call("/cgi-bin/gettoken?corpid=" + corpID + "&corpsecret=" + secret)
	if a.ErrCode != 0 {
		s.t.Fatalf("gettoken: %s", a.body)
	}
	return a.Token
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Package devserver gives a test a running `qiwei dev`: one that somebody else started, or its own.
//
// Everything here goes through what any user has: the program's command line, the file
// credentials.json and HTTP. Nothing of qiwei's own packages is imported, so that a client's test
// proves what a client can see.
package devserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The environment that changes how Start finds its server.
const (
	// EnvCredentials names the credentials.json of a server that is already running. Without it,
	// Start builds the program and runs it on a data directory of its own.
	EnvCredentials = "QIWEI_CREDENTIALS"
	// EnvBinary names a built program, so that Start needs no compiler.
	EnvBinary = "QIWEI_BIN"
	// EnvIntercepted is set if the environment leads WeCom's own hosts to the server, so that a client needs
	// no other address.
	EnvIntercepted = "QIWEI_INTERCEPTED"
)

// startWithin is generous because two test binaries may be compiling on the same two cores.
const startWithin = 2 * time.Minute

// A Server is a running `qiwei dev` and the first enterprise in it.
type Server struct {
	BaseURL     string
	Credentials string // path of credentials.json
	Corp        Corp

	program string // the built program; empty until it is needed for a server that we did not start
	scratch string // a directory of ours, removed by Stop
	process *exec.Cmd
	output  *lockedBuffer
	exited  chan struct{} // closed when process has ended
}

// Corp is an enterprise as credentials.json describes it.
type Corp struct {
	CorpID  string   `json:"corpid"`
	Name    string   `json:"name"`
	Apps    []App    `json:"apps"`
	Members []string `json:"members"`
	Admin   struct {
		UserID string `json:"userid"`
	} `json:"admin"`
}

// App is an application or another holder of a secret.
type App struct {
	Kind           string `json:"kind"`
	AgentID        int    `json:"agentid"`
	Name           string `json:"name"`
	Secret         string `json:"secret"`
	RedirectDomain string `json:"redirect_domain"`
}

// App returns the enterprise's first application of the kind, and panics if credentials.json has
// none: Start has looked for those that the tests use.
func (s *Server) App(kind string) App {
	for _, app := range s.Corp.Apps {
		if app.Kind == kind {
			return app
		}
	}
	panic("credentials.json has no app of kind " + kind)
}

// Start finds the server named by QIWEI_CREDENTIALS, or builds and starts one. The caller stops it.
func Start() (*Server, error) {
	if path := os.Getenv(EnvCredentials); path != "" {
		s := &Server{Credentials: path}
		if err := s.readCredentials(); err != nil {
			return nil, err
		}
		return s, s.awaitReady(context.Background())
	}
	s, err := launch()
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// launch returns a server even when it fails, so that what it began can be stopped.
func launch() (*Server, error) {
	s := &Server{output: new(lockedBuffer), exited: make(chan struct{})}
	var err error
	if s.scratch, err = os.MkdirTemp("", "qiwei-clients-"); err != nil {
		return s, err
	}
	program, err := s.Program()
	if err != nil {
		return s, err
	}
	data := filepath.Join(s.scratch, "data")
	s.process = exec.Command(program, "dev", "--data", data, "--listen", "127.0.0.1:0",
		"--intercept", "--intercept-proxy", "127.0.0.1:0", "--intercept-tls", "127.0.0.1:0")
	s.process.Stdout, s.process.Stderr = s.output, s.output
	if err := s.process.Start(); err != nil {
		s.process = nil
		return s, fmt.Errorf("start %s dev: %w", program, err)
	}
	go func() {
		_ = s.process.Wait() // how it ended is in its output
		close(s.exited)
	}()

	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	s.Credentials = filepath.Join(data, "credentials.json")
	for {
		err := s.readCredentials()
		if err == nil {
			break
		}
		select {
		case <-s.exited:
			return s, fmt.Errorf("`qiwei dev` ended before it wrote %s; it said:\n%s", s.Credentials, s.output)
		case <-ctx.Done():
			return s, fmt.Errorf("`qiwei dev` was not ready after %v: %w; it said:\n%s", startWithin, err, s.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return s, s.awaitReady(ctx)
}

// Stop ends a server that Start has started, and removes what it wrote.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.exited:
		case <-time.After(10 * time.Second):
			_ = s.process.Process.Kill()
			<-s.exited
		}
	}
	if s.scratch != "" {
		_ = os.RemoveAll(s.scratch)
	}
}

// DataDir is the directory that `qiwei dev --data` was given.
func (s *Server) DataDir() string { return filepath.Dir(s.Credentials) }

// Interception returns where the server intercepts WeCom's own hosts: the address of its proxy, and
// the file of the certificate that signs for them. A server that we did not start needs --intercept.
func (s *Server) Interception() (proxy, certificate string, err error) {
	dir := filepath.Join(s.DataDir(), "intercept")
	raw, err := os.ReadFile(filepath.Join(dir, "addresses.json"))
	if err != nil {
		return "", "", fmt.Errorf("the server does not intercept: %w", err)
	}
	var at struct{ Proxy string }
	err = json.Unmarshal(raw, &at)
	return at.Proxy, filepath.Join(dir, "ca.pem"), err
}

// Intercepted returns a command whose environment is what `qiwei intercept env` prints for the
// language.
func (s *Server) Intercepted(language string, args ...string) (*exec.Cmd, error) {
	program, err := s.Program()
	if err != nil {
		return nil, err
	}
	const script = `set -e; found=$("$1" intercept env --data "$2" "$3"); eval "$found"; shift 3; exec "$@"`
	cmd := exec.Command("sh", append([]string{"-c", script, "sh", program, s.DataDir(), language}, args...)...)
	cmd.Env = append(os.Environ(), EnvCredentials+"="+s.Credentials, EnvIntercepted+"=1")
	return cmd, nil
}

// Command runs the program with the arguments, as an operator beside the running server does.
func (s *Server) Command(args ...string) error {
	program, err := s.Program()
	if err != nil {
		return err
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("qiwei %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// SetDomains registers the domains (host, or host:port) of an app's web authorisation and its web login.
func (s *Server) SetDomains(app App, redirectDomain, loginDomain string) error {
	return s.Command("app", "set", "--data", s.DataDir(),
		"--corpid", s.Corp.CorpID, "--agentid", strconv.Itoa(app.AgentID),
		"--redirect-domain", redirectDomain, "--login-domain", loginDomain)
}

// Program is the path of the built program.
func (s *Server) Program() (string, error) {
	if s.program != "" {
		return s.program, nil
	}
	if path := os.Getenv(EnvBinary); path != "" {
		s.program = path
		return path, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	if s.scratch == "" {
		if s.scratch, err = os.MkdirTemp("", "qiwei-clients-"); err != nil {
			return "", err
		}
	}
	path := filepath.Join(s.scratch, "qiwei")
	build := exec.Command("go", "build", "-o", path, "./cmd/qiwei")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cmd/qiwei: %w\n%s", err, out)
	}
	s.program = path
	return path, nil
}

var qiweiModule = regexp.MustCompile(`(?m)^module qiwei$`)

// moduleRoot finds the folder of the module qiwei above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && qiweiModule.Match(mod) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod of module qiwei above the working directory")
		}
		dir = up
	}
}

func (s *Server) readCredentials() error {
	raw, err := os.ReadFile(s.Credentials)
	if err != nil {
		return err
	}
	var file struct {
		BaseURL string `json:"base_url"`
		Corps   []Corp `json:"corps"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("%s: %w", s.Credentials, err)
	}
	if file.BaseURL == "" || len(file.Corps) == 0 {
		return fmt.Errorf("%s: no base_url or no corps", s.Credentials)
	}
	s.BaseURL, s.Corp = strings.TrimRight(file.BaseURL, "/"), file.Corps[0]
	for _, kind := range []string{"self_built", "contact_sync"} {
		has := func(app App) bool { return app.Kind == kind && app.Secret != "" && app.AgentID != 0 }
		if !anyApp(s.Corp.Apps, has) {
			return fmt.Errorf("%s: corp %s has no %s app with agentid and secret", s.Credentials, s.Corp.CorpID, kind)
		}
	}
	if s.App("self_built").RedirectDomain == "" {
		return fmt.Errorf("%s: the self_built app has no redirect_domain", s.Credentials)
	}
	if len(s.Corp.Members) == 0 {
		return fmt.Errorf("%s: corp %s has no members", s.Credentials, s.Corp.CorpID)
	}
	return nil
}

func anyApp(apps []App, is func(App) bool) bool {
	for _, app := range apps {
		if is(app) {
			return true
		}
	}
	return false
}

// awaitReady waits until the server answers on /readyz: the file may be there a moment earlier.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.BaseURL+"/readyz", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("status %s", res.Status)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s/readyz: %w", s.BaseURL, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Here moves an address that a client has built for one of WeCom's hosts to this server. The path
// and the query stay as the client wrote them.
func (s *Server) Here(platformURL string) string {
	u, err := url.Parse(platformURL)
	if err != nil {
		return platformURL
	}
	switch u.Host {
	case "qyapi.weixin.qq.com", "open.weixin.qq.com", "open.work.weixin.qq.com", "login.work.weixin.qq.com":
		return s.BaseURL + strings.TrimPrefix(platformURL, u.Scheme+"://"+u.Host)
	}
	return platformURL
}

// lockedBuffer holds the program's output, which is written while a failure may be printing it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

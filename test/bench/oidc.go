package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/oidc"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/test/pgserver"
)

// An exchange by OpenID Connect is the complete flow: a browser with a session requests sign-in and is sent
// back with a code, and the client redeems that for an access token, a refresh token and a signed ID token.
// The server is a process of its own.

const (
	oidcCallback = "https://product.example.com/callback"
	exchangesFor = 4 * time.Second
)

func measureOIDC(t *table, dir string) error {
	if err := measureOIDCOn(t, filepath.Join(dir, "oidc.db"), "SQLite"); err != nil {
		return err
	}
	pg, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "exchanges on PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer pg.Stop()
	return measureOIDCOn(t, createDatabase(pg.URL(), "oidc"), "PostgreSQL")
}

// issuer is the child's description of itself.
type issuer struct {
	URL     string            `json:"url"`
	CorpID  string            `json:"corpid"`
	Clients map[string]string `json:"clients"` // "id secret" by algorithm
}

func measureOIDCOn(t *table, database, name string) error {
	cmd := exec.Command(os.Args[0], "serve-oidc", database)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := cmd.StdinPipe(); err != nil { // the child ends when it is closed
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	child := &target{cmd: cmd}
	defer child.stop()
	var is issuer
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &is)
	}
	if err != nil {
		return fmt.Errorf("benchmark server: %w", err)
	}
	for _, alg := range oidc.Algorithms() {
		if _, _, err := is.exchanges(alg, exchangesFor/4); err != nil { // the steady state
			return err
		}
		before := child.cpuTime()
		n, took, err := is.exchanges(alg, exchangesFor)
		if err != nil {
			return err
		}
		rate := float64(n) / took.Seconds()
		each := ((child.cpuTime() - before) / time.Duration(n)).Round(10 * time.Microsecond)
		// With PostgreSQL on the same two processors, whose share is its own, there is no
		// floor.
		floor := ""
		if name == "SQLite" {
			floor = "500/s"
		}
		t.add("complete OpenID Connect exchanges, "+alg+", "+name, floor == "" || rate >= 500, floor, "%.0f/s, cpu %v", rate, each)
	}
	return nil
}

// exchanges signs members in for a while, one per connection.
func (is issuer) exchanges(alg string, d time.Duration) (n int64, took time.Duration, err error) {
	clientID, secret, _ := strings.Cut(is.Clients[alg], " ")
	base := is.URL + "/oidc/" + is.CorpID
	browser := &http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := base + "/authorize?" + url.Values{"client_id": {clientID}, "redirect_uri": {oidcCallback}, "response_type": {"code"},
		"scope": {"openid profile email groups wecom"}, "state": {"state-of-the-benchmark"}, "nonce": {"nonce-of-the-benchmark"}}.Encode()
	one := func(cookie string) error {
		req, err := http.NewRequest("GET", ask, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Cookie", cookie)
		resp, err := browser.Do(req)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		back, err := url.Parse(resp.Header.Get("Location"))
		if err != nil || back.Query().Get("code") == "" {
			return fmt.Errorf("authorize: %s %s", resp.Status, resp.Header.Get("Location"))
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {oidcCallback}}
		if req, err = http.NewRequest("POST", base+"/token", strings.NewReader(form.Encode())); err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(clientID, secret)
		body, err := do(req)
		if err == nil && !strings.Contains(string(body), `"id_token":"ey`) {
			err = fmt.Errorf("no ID token in %s", body)
		}
		return err
	}
	var cookies []string
	for i := range connections {
		resp, err := browser.PostForm(is.URL+"/_qiwei/sign-in", url.Values{"corpid": {is.CorpID}, "userid": {fmt.Sprintf("user%06d", i+1)}})
		if err != nil {
			return 0, 0, err
		}
		resp.Body.Close()
		var parts []string
		for _, c := range resp.Cookies() {
			parts = append(parts, c.Name+"="+c.Value)
		}
		cookies = append(cookies, strings.Join(parts, "; "))
	}
	var count atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	began := time.Now()
	for _, cookie := range cookies {
		wg.Go(func() {
			for time.Since(began) < d && failed.Load() == nil {
				if err := one(cookie); err != nil {
					failed.Store(err)
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	err, _ = failed.Load().(error)
	return count.Load(), time.Since(began), err
}

// serveOIDC is the child.
func serveOIDC(database string) error {
	ctx := context.Background()
	debug.SetGCPercent(platform.GCPercent)
	debug.SetMemoryLimit(platform.MemoryLimit)
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New(), Dev: true})
	if err != nil {
		return err
	}
	defer server.Close()
	t, err := fill(ctx, server, small)
	if err != nil {
		return err
	}
	is := issuer{CorpID: t.CorpID, Clients: map[string]string{}}
	err = server.Store.Write(ctx, func(tx *store.Tx) error {
		apps, err := server.Apps.Apps(tx, t.CorpID)
		if err != nil {
			return err
		}
		var a app.App
		for _, one := range apps {
			if one.Kind == access.SelfBuilt {
				a = one
			}
		}
		for _, alg := range oidc.Algorithms() {
			c, err := server.OIDC.CreateClient(ctx, tx, access.System(t.CorpID), a.AgentID, oidc.Client{ClientSettings: oidc.ClientSettings{
				RedirectURIs: []string{oidcCallback}, Trusted: true, Algorithm: alg}})
			if err != nil {
				return err
			}
			is.Clients[alg] = c.ID + " " + c.Secret
		}
		return nil
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	is.URL = "http://" + l.Addr().String()
	server.SetBaseURL(is.URL)
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	go http.Serve(l, mux)
	if err := json.NewEncoder(os.Stdout).Encode(is); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

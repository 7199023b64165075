package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// bench is a server with a few test endpoints, whose tokens say who the caller is.
type bench struct {
	*httptest.Server
	t     *testing.T
	api   *wire.Server
	clock *clock.Clock
	log   syncBuffer

	mu      sync.Mutex
	callers map[string]access.Caller
	calls   []wire.Call
}

func (b *bench) Resolve(_ *store.Tx, token string) (access.Caller, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.callers[token]; ok {
		return c, nil
	}
	if token == "old" {
		return access.Caller{}, wire.ErrExpired
	}
	return access.Caller{}, wire.ErrInvalid
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

var local, _ = access.ParseAddresses("127.0.0.0/8;::1;203.0.113.0/24")

// caller returns a caller that may call everything that allows its kind.
func caller(corp string, kind access.Kind) access.Caller {
	return access.Caller{CorpID: corp, App: 7, AgentID: 1000002, Kind: kind,
		View: access.View{Range: access.Everything()}, Standing: access.Standing{Trusted: local, Sync: "edit"}}
}

func serve(t *testing.T, endpoints []wire.Endpoint, change ...func(*wire.Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.At(start), callers: map[string]access.Caller{
		"good": caller("a", access.SelfBuilt), "other": caller("b", access.SelfBuilt),
	}}
	st, err := store.Open(context.Background(), store.Config{URL: filepath.Join(t.TempDir(), "wire.db"), Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	cfg := wire.Config{
		Store: st, Resolver: b, Log: slog.New(slog.NewJSONHandler(&b.log, nil)),
		ClientIP: func(r *http.Request) netip.Addr {
			if ip := r.Header.Get("From-IP"); ip != "" {
				a, _ := netip.ParseAddr(ip)
				return a
			}
			return netip.MustParseAddrPort(r.RemoteAddr).Addr()
		},
		Observe: func(c wire.Call) { b.mu.Lock(); b.calls = append(b.calls, c); b.mu.Unlock() },
	}
	for _, f := range change {
		f(&cfg)
	}
	if b.api, err = wire.NewServer(cfg, endpoints); err != nil {
		t.Fatal(err)
	}
	b.Server = httptest.NewServer(b.api)
	t.Cleanup(func() { b.Server.Close(); st.Close() })
	return b
}

// answer is what came back.
type answer struct {
	Code   int             `json:"errcode"`
	Msg    string          `json:"errmsg"`
	List   json.RawMessage `json:"list"`
	Status int             `json:"-"`
	Header http.Header     `json:"-"`
	Body   string          `json:"-"`
}

func (b *bench) do(req *http.Request) (a answer) {
	b.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a.Status, a.Header, a.Body = resp.StatusCode, resp.Header, string(raw)
	if resp.StatusCode != 200 || req.Method == "HEAD" {
		return a
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		b.t.Fatalf("%s: %v", raw, err)
	}
	// What holds for every answer (limits.md 2.1).
	if h := resp.Header; h.Get("Content-Type") != "application/json; charset=UTF-8" || h.Get("Error-Code") != fmt.Sprint(a.Code) ||
		h.Get("Error-Msg") != strings.TrimRight(a.Msg, " ") || h.Get("Content-Length") != fmt.Sprint(len(raw)) {
		b.t.Errorf("headers %v of %s", h, raw)
	}
	if strings.Contains(a.Body, "null") {
		b.t.Errorf("null in %s", raw)
	}
	return a
}

func (b *bench) call(method, path, body string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// fast calls without a connection, for those who call thousands of times.
func (b *bench) fast(path, ip string) int {
	req := httptest.NewRequest("GET", path, nil)
	req.Header.Set("From-IP", ip)
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, req)
	var a answer
	json.Unmarshal(w.Body.Bytes(), &a)
	return a.Code
}

type echoRequest struct {
	wire.Body
	UserID string   `json:"userid"`
	N      *int64   `json:"n"`
	List   []string `json:"list"`
}

type echoResponse struct {
	UserID string   `json:"userid"`
	List   []string `json:"list"`
}

var errUser = wire.Code(41009, "userid missing")

func echo(req echoRequest) (echoResponse, error) {
	switch {
	case req.UserID == "":
		return echoResponse{}, errUser
	case req.Wrong("n"):
		return echoResponse{}, wire.ErrParameter.With("n is no number")
	}
	return echoResponse{req.UserID, req.List}, nil
}

func echoInTx(_ context.Context, _ *store.Tx, _ access.Caller, req echoRequest) (echoResponse, error) {
	return echo(req)
}

func echoDirect(_ context.Context, _ *store.Store, _ access.Caller, req echoRequest) (echoResponse, error) {
	return echo(req)
}

var all = access.To(access.All, access.AppKinds()...)

// echoes are one endpoint of each sort.
var echoes = []wire.Endpoint{
	{Method: "GET", Path: "/cgi-bin/read", Doc: 1, Allow: all, Handle: wire.Read(echoInTx)},
	{Method: "POST", Path: "/cgi-bin/write", Doc: 1, Allow: all, OK: "created", Handle: wire.Write(echoInTx)},
	{Method: "POST", Path: "/cgi-bin/direct", Doc: 1, Allow: all, Handle: wire.Direct(echoDirect)},
	{Method: "GET", Path: "/cgi-bin/open", Doc: 1, Open: true, Handle: wire.Direct(echoDirect)},
	{Method: "GET", Path: "/cgi-bin/tail", Doc: 1, Allow: all, Tail: true, TokenHint: true, Handle: wire.Read(echoInTx)},
}

package qiweitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// Corp is one of a World's enterprises. Its departments are 1 (root), 2 研发部
// with 3 后端组 below it, and 4 市场部; its members zhangsan in 2, lisi in 3 and
// wangwu in 4.
type Corp struct {
	CorpID string
	Name   string

	w         *World
	apps      map[access.Kind]*Client
	lastEvent int64
}

func seedDirectory(ctx context.Context, tx *store.Tx, s *platform.Server, corpID string) error {
	by := access.System(corpID)
	for _, d := range []directory.NewDepartment{{ID: 2, ParentID: 1, Name: "研发部"}, {ID: 3, ParentID: 2, Name: "后端组"}, {ID: 4, ParentID: 1, Name: "市场部"}} {
		if _, err := s.Directory.CreateDepartment(ctx, tx, by, d); err != nil {
			return err
		}
	}
	for _, m := range []directory.Member{
		{UserID: "zhangsan", Name: "张三", Mobile: "13800000001", Email: "zhangsan@corp.example", Position: "经理", Gender: 1, Places: []directory.Place{{Department: 2, Leader: true}}},
		{UserID: "lisi", Name: "李四", Mobile: "13800000002", Email: "lisi@corp.example", Gender: 2, Places: []directory.Place{{Department: 3}}, DirectLeader: "zhangsan"},
		{UserID: "wangwu", Name: "王五", Mobile: "13800000003", Email: "wangwu@corp.example", Places: []directory.Place{{Department: 4}}},
	} {
		m.Enabled, m.Activated = true, true
		if _, _, err := s.Directory.CreateMember(ctx, tx, by, m, false); err != nil {
			return err
		}
	}
	return nil
}

// Client calls the API as one application.
type Client struct {
	AgentID int64
	Secret  string
	SuiteID string // of a SuiteApp

	corp      *Corp
	installed bool // by a provider, who fetches its tokens
	token     string
	expires   time.Time
}

// As returns the enterprise's application of the kind, and makes one that sees everyone if there is none.
func (c *Corp) As(kind access.Kind) *Client {
	c.w.t.Helper()
	if client := c.apps[kind]; client != nil {
		return client
	}
	var found app.App
	c.w.Write(func(ctx context.Context, tx *store.Tx) error {
		apps, err := c.w.Server.Apps.Apps(tx, c.CorpID)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if a.Kind == kind {
				found = a
				return nil
			}
		}
		found, err = c.add(ctx, tx, app.App{CorpID: c.CorpID, Kind: kind, Settings: app.Settings{
			Name: string(kind), Range: access.Everything(), TrustedIPs: Local,
		}})
		return err
	})
	client := &Client{corp: c, AgentID: found.AgentID, Secret: found.Secret, installed: found.Kind.Installed()}
	c.apps[kind] = client
	return client
}

// WithApp makes a new application and returns it. Empty settings are filled in as by As.
func (c *Corp) WithApp(kind access.Kind, settings app.Settings) *Client {
	c.w.t.Helper()
	if settings.Name == "" {
		settings.Name = "app"
	}
	if settings.TrustedIPs == nil {
		settings.TrustedIPs = Local
	}
	var made app.App
	c.w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = c.add(ctx, tx, app.App{CorpID: c.CorpID, Kind: kind, Settings: settings})
		return err
	})
	return &Client{corp: c, AgentID: made.AgentID, Secret: made.Secret, installed: kind.Installed()}
}

// add makes an application, or installs one of the kinds that a provider brings.
func (c *Corp) add(ctx context.Context, tx *store.Tx, a app.App) (app.App, error) {
	if a.Kind.Installed() {
		return c.w.Server.Apps.Install(ctx, tx, a)
	}
	return c.w.Server.Apps.CreateApp(ctx, tx, a)
}

// Configure changes the settings of the client's application.
func (c *Client) Configure(change func(*app.App)) {
	c.corp.w.t.Helper()
	c.corp.w.Write(func(ctx context.Context, tx *store.Tx) error {
		a, err := c.corp.w.Server.Apps.App(tx, c.corp.CorpID, c.AgentID)
		if err != nil {
			return err
		}
		change(&a)
		return c.corp.w.Server.Apps.UpdateApp(ctx, tx, a)
	})
}

// Result is an answer of the API.
type Result struct {
	ErrCode int         `json:"errcode"`
	ErrMsg  string      `json:"errmsg"`
	Status  int         `json:"-"`
	Header  http.Header `json:"-"`
	Body    string      `json:"-"`
}

// Refused reports whether the caller's kind may not make the call.
func (r Result) Refused() bool { return r.ErrCode == 48002 || r.ErrCode == 48008 || r.ErrCode == 48009 }

// Decode reads the body into v and panics if it is not JSON of v's types.
func (r Result) Decode(v any) {
	if err := json.Unmarshal([]byte(r.Body), v); err != nil {
		panic(fmt.Sprintf("%v in %s", err, r.Body))
	}
}

// JSON is the answer, member by member. It panics if the body is not JSON.
func (r Result) JSON() (a JSON) {
	r.Decode(&a)
	return a
}

// Token returns the application's access token, fetched by gettoken; that of a
// provider's application is given as its provider is.
func (c *Client) Token() string {
	c.corp.w.t.Helper()
	now := c.corp.w.Clock.Now()
	if c.token != "" && now.Before(c.expires) {
		return c.token
	}
	if c.installed {
		return c.given()
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	r := c.corp.w.Get("/cgi-bin/gettoken?corpid=" + c.corp.CorpID + "&corpsecret=" + url.QueryEscape(c.Secret))
	if r.ErrCode != 0 {
		c.corp.w.t.Fatalf("gettoken: %s", r.Body)
	}
	r.Decode(&got)
	c.token, c.expires = got.Token, now.Add(time.Duration(got.Expires)*time.Second)
	return c.token
}

func (c *Client) given() string {
	c.corp.w.t.Helper()
	s, ctx := c.corp.w.Server, context.Background()
	var a app.App
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		a, err = s.Apps.App(tx, c.corp.CorpID, c.AgentID)
		return err
	})
	if err == nil {
		c.token, err = s.Tokens.Give(ctx, s.Store, a)
	}
	if err != nil {
		c.corp.w.t.Fatalf("token of an installation: %v", err)
	}
	c.expires = c.corp.w.Clock.Now().Add(time.Minute) // it may have been issued before
	return c.token
}

// Call makes a call with the application's token. The body may be empty.
func (c *Client) Call(method, path, body string) Result {
	c.corp.w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return c.corp.w.Send(method, path+sep+"access_token="+c.Token(), body)
}

// Upload makes a call that brings a file in a multipart form, in the field media.
func (c *Client) Upload(path, name string, content []byte) Result {
	c.corp.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		c.corp.w.t.Fatal(err)
	}
	return c.Request("POST", path, &body, "Content-Type", form.FormDataContentType())
}

// Request makes a call with the application's token, a body that may be nil, and header lines, each as a name
// and a value. An answer that is not JSON is in the Result's Body as it came.
func (c *Client) Request(method, path string, body io.Reader, header ...string) Result {
	c.corp.w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	req, err := http.NewRequest(method, c.corp.w.URL+path+sep+"access_token="+c.Token(), body)
	if err != nil {
		c.corp.w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return c.corp.w.result(req)
}

// Get makes a call without a token.
func (w *World) Get(path string) Result { w.t.Helper(); return w.Send("GET", path, "") }

// Send makes a call with the path, query and body as they are.
func (w *World) Send(method, path, body string) Result {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, w.URL+path, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.result(req)
}

func (w *World) result(req *http.Request) Result {
	w.t.Helper()
	resp := w.Do(req)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	r := Result{Status: resp.StatusCode, Header: resp.Header, Body: string(raw)}
	if isFile := resp.Header.Get("Content-Disposition") != "" || strings.HasPrefix(resp.Header.Get("Content-Type"), "image/"); isFile {
		return r
	}
	if len(raw) > 0 && resp.StatusCode == 200 {
		if err := json.Unmarshal(raw, &r); err != nil {
			w.t.Fatalf("%s %s: %v in %s", req.Method, req.URL.Path, err, raw)
		}
	}
	return r
}

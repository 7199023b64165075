package platform_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	appRoom "qiwei/internal/app"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

// logged keeps what a server logs.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// TestTheLogHasNoSecrets makes calls of every outcome with every kind of secret in
// them, and looks for these at the most talkative level.
func TestTheLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		out := &logged{}
		w := qiweitest.New(t, func(c *platform.Config) {
			opts := &slog.HandlerOptions{Level: slog.LevelDebug}
			c.Log = slog.New(slog.NewTextHandler(out, opts))
			if format == "json" {
				c.Log = slog.New(slog.NewJSONHandler(out, opts))
			}
		})
		secrets := makeCalls(w)
		text := out.String()
		if !strings.Contains(text, "/cgi-bin/user/get") || !strings.Contains(text, "40014") {
			t.Fatalf("calls are not in the log:\n%s", text)
		}
		for name, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the %s log:\n%s", name, format, text)
			}
		}
	}
}

// makeCalls returns what was in them and should be in no log.
func makeCalls(w *qiweitest.World) (secrets map[string]string) {
	app := w.As(access.SelfBuilt)
	token := app.Token()
	w.Send("GET", "/cgi-bin/user/get?userid=zhangsan&access_token="+token, "")
	w.Send("GET", "/cgi-bin/user/get?userid=nobody&access_token="+token, "")
	w.Send("GET", "/cgi-bin/user/get?userid=zhangsan&access_token="+token+"x", "")
	w.Send("GET", "//cgi-bin/gettoken?corpid="+w.CorpID+"&corpsecret=wrong-"+app.Secret, "")
	w.Send("POST", "/cgi-bin/gettoken?corpid=ww0", `{"corpsecret":"`+app.Secret+`"}`)
	w.Send("POST", "/cgi-bin/user/create?access_token="+token, `{"userid":"x","password":"a-password","mobile":"15412345678"}`)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"zhangsan","name":"某某","mobile":"15412345678"}`)
	w.Send("GET", "/cgi-bin/linkedcorp/message/send?access_token="+token, "") // known, not built
	w.Send("GET", "/nothing/here?access_token="+token, "")
	ticket := app.Call("GET", "/cgi-bin/get_jsapi_ticket", "")
	var got struct{ Ticket string }
	ticket.Decode(&got)

	// Sign-in: a password, a session, a code and a user ticket.
	var session *http.Cookie
	for _, c := range post(w, "/_qiwei/sign-in", url.Values{"corpid": {w.CorpID}, "userid": {"zhangsan"}}).Cookies() {
		if c.Name == login.SessionCookie {
			session = c
		}
	}
	post(w, "/account/sign-in", url.Values{"corp": {w.CorpID}, "userid": {"zhangsan"}, "password": {"another-password"}})
	app.Configure(func(a *appRoom.App) { a.RedirectDomain, a.Sensitive = "site.example", []string{"mobile"} })
	req, err := http.NewRequest("GET", w.URL+"/connect/oauth2/authorize?response_type=code&scope=snsapi_base&state=a-state&appid="+w.CorpID+
		"&redirect_uri="+url.QueryEscape("http://site.example/back"), nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) wxwork/4.1.20 MicroMessenger/7.0.1")
	req.AddCookie(session)
	back := w.Do(req).Header.Get("Location")
	to, err := url.Parse(back)
	if err != nil || to.Query().Get("code") == "" {
		panic("authorize led to " + back)
	}
	code := to.Query().Get("code")
	app.Call("GET", "/cgi-bin/auth/getuserinfo?code="+code, "")
	app.Call("GET", "/cgi-bin/auth/getuserinfo?code="+code, "") // a second time
	app.Call("POST", "/cgi-bin/auth/getuserdetail", `{"user_ticket":"a-ticket-that-is-none"}`)
	return map[string]string{
		"a session": session.Value, "a password in a form": "another-password", "a code": code, "a user ticket": "a-ticket-that-is-none",
		"a state":  "a-state",
		"a secret": app.Secret, "another secret": w.As(access.ContactSync).Secret, "an access token": token, "a ticket": got.Ticket,
		"a password": "a-password", "a mobile number": "15412345678", "a name": "某某",
	}
}

func post(w *qiweitest.World, path string, form url.Values) *http.Response {
	req, err := http.NewRequest("POST", w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.Do(req)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
	app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
	app.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
	app.Call("POST", "/cgi-bin/linkedcorp/message/send", "{}")
	for range 3 { // whatever a stranger asks for makes no series
		w.Send("GET", "/cgi-bin/user/get2?x="+app.Secret, "")
	}
	w.Send("GET", "/cgi-bin/user/get?userid=zhangsan&access_token=made-up", "")
	got := get(t, w.URL+"/metrics").body
	for _, line := range []string{
		`qiwei_calls_total{errcode="0",path="/cgi-bin/user/get"} 2`,
		`qiwei_calls_total{errcode="60111",path="/cgi-bin/user/get"} 1`,
		`qiwei_calls_total{errcode="48002",path="/cgi-bin/linkedcorp/message/send"} 1`,
		`qiwei_call_duration_seconds_count{path="/cgi-bin/user/get"} 4`,
		`qiwei_stranger_calls_total{errcode="404"} 3`,
		`qiwei_stranger_calls_total{errcode="40014"} 1`,
		`qiwei_database_up 1`,
		`go_goroutines `, `process_cpu_seconds_total `,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no %s in\n%s", line, got)
		}
	}
	if strings.Contains(got, "user/get2") || strings.Contains(got, app.Secret) {
		t.Error("a stranger's words are in the metrics")
	}
}

func TestMetricsAreNotForEverybody(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.MetricsFrom = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")} })
	if r := get(t, w.URL+"/metrics"); r.status != 404 {
		t.Errorf("status %d", r.status)
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID  string `json:"operationId"`
			Summary      string
			ExternalDocs struct{ URL string } `json:"externalDocs"`
			Parameters   []struct{ Name, In string }
			Permissions  map[string]string `json:"x-permissions"`
		}
	}
	if err := json.Unmarshal([]byte(get(t, w.URL+"/openapi.json").body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || len(doc.Servers) != 1 || doc.Servers[0].URL != w.URL {
		t.Errorf("document %+v", doc)
	}
	ids := map[string]bool{}
	for _, ep := range w.Endpoints() {
		op, ok := doc.Paths[ep.Path][strings.ToLower(ep.Method)]
		if !ok || op.Summary == "" || op.ExternalDocs.URL == "" || ids[op.OperationID] || len(op.Permissions) != len(ep.Allow) {
			t.Errorf("%s %s: %+v", ep.Method, ep.Path, op)
		}
		ids[op.OperationID] = true
	}
	if len(doc.Paths) != len(w.Endpoints()) {
		t.Errorf("%d paths, %d endpoints", len(doc.Paths), len(w.Endpoints()))
	}
	if got := doc.Paths["/cgi-bin/user/get"]["get"]; got.Permissions["contact_sync"] != "historical-ip" || len(got.Parameters) != 1 || got.Parameters[0].Name != "userid" {
		t.Errorf("user/get: %+v", got)
	}
}

// TestEndpoints compares what is told without a server with what a server has.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	paths := func(list []wire.Endpoint) (out []string) {
		for _, ep := range list {
			out = append(out, ep.Method+" "+ep.Path)
		}
		return out
	}
	if a, b := strings.Join(paths(platform.Endpoints()), "\n"), strings.Join(paths(w.Endpoints()), "\n"); a != b {
		t.Errorf("without a server:\n%s\nwith one:\n%s", a, b)
	}
}

// TestNothing asks for what is not there.
func TestNothing(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	for _, path := range []string{"/nothing", "/cgi-bin/nothing", "/connect/oauth3"} {
		if a := get(t, w.URL+path); a.status != 404 || a.body != "" {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
	}
	serve := qiweitest.New(t, qiweitest.WithServe()) // dev has a page of its own there
	req, err := http.NewRequest("GET", serve.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]int{"*/*": http.StatusNotFound, "text/html,application/xhtml+xml,*/*;q=0.8": http.StatusSeeOther} {
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if to := resp.Header.Get("Location"); resp.StatusCode != want || (to == "/console/") != (want == http.StatusSeeOther) {
			t.Errorf("GET / by who accepts %s: %s to %q", accept, resp.Status, to)
		}
	}
	for _, path := range []string{"/cgi-bin/school/department/list"} {
		if a := get(t, w.URL+path); a.status != 200 || !strings.Contains(a.body, `"errcode":48002,"errmsg":"api forbidden. not built in qiwei: `+path) {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
	}
}

func TestServeHasNoTestControls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithServe())
	for _, path := range []string{"/", "/_qiwei/clock"} {
		if r := get(t, w.URL+path); r.status != 404 {
			t.Errorf("GET %s: %d", path, r.status)
		}
	}
}

type answer struct {
	status int
	body   string
}

func get(t *testing.T, url string) answer {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, string(body)}
}

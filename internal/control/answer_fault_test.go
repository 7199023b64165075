package control_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func ptr(s string) *string { return &s }

// An answer can be anything that comes out of a bad network or a proxy that knows better.
func TestFaultsOfAnswers(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	url := w.URL + "/cgi-bin/user/get?userid=zhangsan&access_token=" + app.Token()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func() (resp *http.Response, body string, err error) {
		if resp, err = client.Get(url); err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp, string(b), err
	}
	_, right, _ := get()
	for _, tt := range []struct {
		name        string
		f           qiweitest.Fault
		status      int
		kind, body  string
		err         error
		atLeast     time.Duration
		startsRight bool
	}{
		{name: "a proxy's page", f: qiweitest.Fault{Status: 502, Body: ptr("<html>bad gateway</html>"), ContentType: "text/html"}, status: 502, kind: "text/html", body: "<html>bad gateway</html>"},
		{name: "no body", f: qiweitest.Fault{Body: ptr("")}, status: 200, kind: "application/json; charset=UTF-8"},
		{name: "half of JSON", f: qiweitest.Fault{Body: ptr(`{"errcode":0,`)}, status: 200, kind: "application/json; charset=UTF-8", body: `{"errcode":0,`},
		{name: "another type", f: qiweitest.Fault{ContentType: "text/plain"}, status: 200, kind: "text/plain", body: right},
		{name: "the beginning", f: qiweitest.Fault{Cut: 10}, status: 200, kind: "application/json; charset=UTF-8", body: right[:10], err: io.ErrUnexpectedEOF},
		{name: "slowly", f: qiweitest.Fault{Slow: "50ms"}, status: 200, kind: "application/json; charset=UTF-8", body: right, atLeast: 45 * time.Millisecond},
		{name: "an errcode, cut", f: qiweitest.Fault{ErrCode: 45009, Cut: 12}, status: 200, kind: "application/json; charset=UTF-8", body: `{"errcode":45`[:12], err: io.ErrUnexpectedEOF},
		{name: "reset", f: qiweitest.Fault{Reset: true}, err: syscall.ECONNRESET},
		{name: "reset once it was done", f: qiweitest.Fault{Reset: true, Done: true}, err: syscall.ECONNRESET},
	} {
		tt.f.Path = "/cgi-bin/user/get"
		mend := w.Fail(tt.f)
		began := time.Now()
		resp, body, err := get()
		took := time.Since(began)
		mend()
		if !errors.Is(err, tt.err) || body != tt.body || took < tt.atLeast {
			t.Errorf("%s: %q, %v after %v; want %q, %v", tt.name, body, err, took, tt.body, tt.err)
		}
		if resp != nil && (resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != tt.kind) {
			t.Errorf("%s: %d %q, want %d %q", tt.name, resp.StatusCode, resp.Header.Get("Content-Type"), tt.status, tt.kind)
		}
	}
	if _, body, err := get(); body != right || err != nil {
		t.Errorf("afterwards: %q, %v", body, err)
	}
}

// The call is carried out although its caller hears that it was not: who repeats it does it twice.
func TestDoneAndFailed(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		mend := w.Fail(qiweitest.Fault{Path: "/cgi-bin/user/create", ErrCode: -1, Done: true, Times: 1})
		defer mend()
		const body = `{"userid":"twice","name":"两次","email":"twice@corp.example","department":[2]}`
		if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != -1 || !strings.Contains(got.Body, "busy") {
			t.Errorf("the first time: %s", got.Body)
		}
		if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != 60102 {
			t.Errorf("the second time: %s", got.Body)
		}
	})
}

// "The third fails, the fifth is slow", in one script and in two faults.
func TestScripts(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	app.Token()
	codes := func(n int) (out []int) {
		for range n {
			out = append(out, app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "").ErrCode)
		}
		return out
	}
	check := func(name string, got []int, want ...int) {
		t.Helper()
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", name, got, want)
				return
			}
		}
	}
	const path = "/cgi-bin/user/get"
	mend := w.Fail(qiweitest.Fault{Path: path, Script: []qiweitest.Fault{{Times: 2}, {ErrCode: 45009}, {}, {ErrCode: -1, Times: 2}}})
	check("a script", codes(8), 0, 0, 45009, 0, -1, -1, 0, 0)
	mend()
	mend = w.Fail(qiweitest.Fault{Path: path, Script: []qiweitest.Fault{{ErrCode: 45009}, {}}, Loop: true, Skip: 1})
	check("again and again", codes(6), 0, 45009, 0, 45009, 0, 45009)
	mend()
	third := w.Fail(qiweitest.Fault{Path: path, Skip: 2, Times: 1, ErrCode: 45009})
	fifth := w.Fail(qiweitest.Fault{Path: "/cgi-bin/*", Skip: 4, Times: 1, ErrCode: 60111})
	check("two faults", codes(6), 0, 0, 45009, 0, 60111, 0)
	third()
	fifth()

	status, body := send(t, "POST", w.URL+"/_qiwei/faults", `{"faults":[{"path":"/cgi-bin/user/get","errcode":45009,"times":1},{"path":"/cgi-bin/user/get","errcode":-1,"skip":1,"times":1}]}`)
	if status != 200 || !strings.Contains(body, `"id"`) {
		t.Fatalf("a list: %d %s", status, body)
	}
	check("a list", codes(3), 45009, -1, 0)
	before := len(w.Server.Control.Faults())
	if status, body := send(t, "POST", w.URL+"/_qiwei/faults", `{"faults":[{"path":"*","errcode":1},{"path":"*"}]}`); status != 400 || !strings.Contains(body, "number 2: one of errcode") {
		t.Errorf("a list with a mistake: %d %s", status, body)
	}
	if after := len(w.Server.Control.Faults()); after != before {
		t.Errorf("of a list with a mistake %d were set", after-before)
	}
	for body, says := range map[string]string{
		`{"path":"*","script":[{"errcode":1,"skip":1}]}`:                "step 1: a step has only",
		`{"path":"*","script":[{},{"drop":true,"reset":true}]}`:         "step 2: one of errcode",
		`{"path":"*","errcode":1,"script":[{"errcode":1}]}`:             "its steps say",
		`{"path":"*","errcode":1,"loop":true}`:                          "loop:",
		`{"path":"*","script":[{"errcode":1,"times":-1}]}`:              "step 1: times",
		`{"path":"*","errcode":1,"skip":-1}`:                            "skip",
		`{"path":"*","bot":"*","errcode":1}`:                            "one of path, bot and callback",
		`{"errcode":1}`:                                                 "one of path, bot and callback",
		`{"path":"*","at":"now","errcode":1}`:                           "at:",
		`{"path":"*","half_open":true}`:                                 "a call can have",
		`{"path":"*","copies":2}`:                                       "a call can have",
		`{"path":"*","drop":true,"cut":5}`:                              "cut",
		`{"path":"*","cut":-1}`:                                         "cut:",
		`{"path":"*","slow":"2m"}`:                                      "slow:",
		`{"path":"*","done":true}`:                                      "one of errcode",
		`{"bot":"*","at":"ping","body":""}`:                             "a connection can have",
		`{"bot":"*","at":"ping"}`:                                       "one of errcode",
		`{"bot":"*","errcode":1}`:                                       "now:",
		`{"bot":"*","at":"now","drop":true,"times":2}`:                  "what happens now",
		`{"bot":"*","at":"now","drop":true}`:                            "no robot",
		`{"bot":"aib","at":"connect","drop":true}`:                      `"*" expected`,
		`{"bot":"*","at":"connect","silent":true}`:                      "connect:",
		`{"bot":"*","at":"connect","status":200}`:                       "300 to 599",
		`{"bot":"*","at":"accepted","drop":true,"silent":true}`:         "accepted:",
		`{"bot":"*","at":"ping","status":500}`:                          "status:",
		`{"bot":"*","at":"ping","close":1006}`:                          "close:",
		`{"bot":"*","at":"ping","close":5000}`:                          "close:",
		`{"bot":"*","at":"ping","twice":true}`:                          "twice:",
		`{"bot":"*","at":"aibot_msg_callback","errcode":846609}`:        "errcode and unfinished",
		`{"bot":"*","at":"aibot_send_msg","lost":true,"errcode":84660}`: "one of errcode",
		`{"callback":"*","errcode":1}`:                                  "a callback can have",
		`{"callback":"*"}`:                                              "one of copies",
		`{"callback":"*","copies":11}`:                                  "1 to 10",
		`{"callback":"*","forge":"name"}`:                               "signature, token",
	} {
		if status, got := send(t, "POST", w.URL+"/_qiwei/faults", body); status != 400 || !strings.Contains(got, says) {
			t.Errorf("%s: %d %s, want %q", body, status, got, says)
		}
	}
}

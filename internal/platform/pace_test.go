package platform_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// patient is an answer on a connection that notes until when it would wait for bytes.
type patient struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (p *patient) SetReadDeadline(t time.Time) error { p.until = t; return nil }

// noting is a body that notes what its reader's patience was.
type noting struct {
	io.Reader
	at   *patient
	left time.Duration
}

func (n *noting) Read(p []byte) (int, error) {
	n.left = time.Until(n.at.until)
	return n.Reader.Read(p)
}

// Whoever sends a body slowly is waited for ten seconds, at whichever door; an upload
// has its own half a minute.
func TestEveryBodyHasLittleTime(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	token := w.As("self_built").Token()
	for _, tt := range []struct {
		path, kind, body string
		most             time.Duration
	}{
		{"/cgi-bin/user/get?access_token=x", "application/json", `{"userid":"a"}`, 10 * time.Second},
		{"/cgi-bin/message/send?access_token=" + token, "application/json", `{"touser":"a"}`, 10 * time.Second},
		{"/cgi-bin/service/get_provider_token", "application/json", `{}`, 10 * time.Second},
		{"/console/api/session", "application/json", `{"corpid":"a"}`, 10 * time.Second},
		{"/account/sign-in", "application/x-www-form-urlencoded", `userid=a`, 10 * time.Second},
		{"/oidc/" + w.CorpID + "/token", "application/x-www-form-urlencoded", `grant_type=x`, 10 * time.Second},
		{"/scim/v2/" + w.CorpID + "/Users", "application/scim+json", `{}`, 10 * time.Second},
		{"/no/such/page", "application/json", `{}`, 10 * time.Second},
		{"/_qiwei/clock", "application/json", `{}`, 10 * time.Second},
		{"/cgi-bin/media/upload?type=file&access_token=" + token, "multipart/form-data; boundary=b", "--b--", 30 * time.Second},
	} {
		at := &patient{ResponseRecorder: httptest.NewRecorder()}
		body := &noting{Reader: strings.NewReader(tt.body), at: at, left: -1}
		r := httptest.NewRequest("POST", w.URL+tt.path, body)
		r.Header.Set("Content-Type", tt.kind)
		w.Server.ServeHTTP(at, r)
		if body.left == -1 { // nobody read it: then net/http will
			body.left = time.Until(at.until)
		}
		if body.left <= 0 || body.left > tt.most {
			t.Errorf("%s: its body is waited for %v, want at most %v", tt.path, body.left, tt.most)
		}
	}
}

// A call whose body is out of time is answered what is wrong with it, and not that the
// server is busy.
func TestASlowBodyIsToldSo(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	ctx, gone := context.WithCancel(t.Context())
	body := readerFunc(func([]byte) (int, error) { // as net/http does when the deadline comes
		gone()
		return 0, os.ErrDeadlineExceeded
	})
	r := httptest.NewRequestWithContext(ctx, "POST", w.URL+"/cgi-bin/user/get?access_token="+w.As("self_built").Token(), body)
	r.ContentLength = 100
	answer := httptest.NewRecorder()
	w.Server.ServeHTTP(answer, r)
	if !strings.Contains(answer.Body.String(), "the body breaks off") {
		t.Errorf("%s", answer.Body)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Many clients send all of a body before they read the answer. They are told what is wrong with it, at whichever door,
// where net/http would end the connection while they send.
func TestABodyThatIsTooLargeIsAnswered(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	token := w.As("self_built").Token()
	body := bytes.Repeat([]byte("["), 6<<20)
	for _, tt := range []struct {
		path   string
		length bool // is announced
		status int
		says   string
	}{
		{"/cgi-bin/user/get?access_token=" + token, true, 200, `"errcode":`},
		{"/cgi-bin/user/get?access_token=" + token, false, 200, `"errcode":`},
		{"/cgi-bin/user/get?access_token=nonsense", true, 200, `"errcode":40014`},
		{"/cgi-bin/service/get_provider_token", true, 200, `"errcode":`},
		{"/cgi-bin/school/user/get?access_token=" + token, true, 200, `not built`},
		{"/console/api/session", true, 413, ""},
		{"/scim/v2/" + w.CorpID + "/Users", true, 401, ""},
		{"/_qiwei/clock", true, 400, ""},
		{"/no/such/page", true, 404, ""},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute)) // of a wait that must not be
		r, _ := http.NewRequest("POST", w.URL+tt.path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if !tt.length {
			r.ContentLength = -1
		}
		if err := r.Write(conn); err != nil {
			t.Errorf("%s: the connection ends while the body is sent: %v", tt.path, err)
			continue
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), r)
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		got, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != tt.status || !strings.Contains(string(got), tt.says) {
			t.Errorf("%s: %d %s", tt.path, resp.StatusCode, got)
		}
		conn.Close()
	}
}

package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/internal/wire"
)

// What was refused is said by its status and in words; what is nobody's business is
// kept from whoever asked, and in the log.
func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer any
		err    error
		status int
		body   string
		logged bool
	}{
		{"an answer", map[string]int{"n": 1}, nil, 200, `{"n":1}`, false},
		{"one that was written already", nil, nil, 200, ``, false},
		{"one that is no JSON", func() {}, nil, 500, `{"error":"the server could not answer"}`, true},
		{"nobody", nil, ErrSignedOut, 401, `{"error":"nobody is signed in"}`, false},
		{"another site", nil, fmt.Errorf("in a room: %w", ErrForeign), 403, `{"error":"in a room: the request does not come from a page of this server"}`, false},
		{"another kind", nil, ErrNotJSON, 415, `{"error":"this is expected: JSON"}`, false},
		{"nothing there", nil, ErrNotFound, 404, `{"error":"that is not there"}`, false},
		{"nothing there, in words", nil, Missing("no such card"), 404, `{"error":"no such card"}`, false},
		{"too much", nil, Busy("wait"), 503, `{"error":"wait"}`, false},
		{"no number", nil, ErrNumber, 400, `{"error":"a number expected"}`, false},
		{"no JSON", nil, json.Unmarshal([]byte("{"), new(int)), 400, `{"error":"unexpected end of JSON input"}`, false},
		{"too large", nil, &http.MaxBytesError{Limit: 1}, 413, `{"error":"the request is too large"}`, false},
		{"the API's own", nil, wire.Code(60111, "userid not found"), 400, `{"error":"userid not found","errcode":60111}`, false},
		{"a secret of ours", nil, errors.New("disk 7 is full"), 500, `{"error":"the server could not answer"}`, true},
	} {
		var log bytes.Buffer
		w := httptest.NewRecorder()
		Answer(w, httptest.NewRequest("GET", "/page", nil), slog.New(slog.NewTextHandler(&log, nil)), nil, func() (any, error) { return tt.answer, tt.err })
		if w.Code != tt.status || w.Body.String() != tt.body || (log.Len() > 0) != tt.logged {
			t.Errorf("%s: %d %s, logged %q", tt.name, w.Code, w.Body, log.String())
		}
		if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", tt.name, h)
		}
	}
	if errors.Is(Missing("no such card"), ErrNumber) {
		t.Error("what is missing is no number")
	}
	// Whoever has left is no fault of ours.
	var log bytes.Buffer
	ctx, leave := context.WithCancel(t.Context())
	leave()
	Answer(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx), slog.New(slog.NewTextHandler(&log, nil)), nil,
		func() (any, error) { return nil, errors.New("gone") })
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int64{"": 0, "n=": 0, "n=7": 7, "n=-7": -7, "n=9223372036854775807": 9223372036854775807} {
		if got, err := Number(httptest.NewRequest("GET", "/?"+query, nil), "n"); got != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", query, got, err, want)
		}
	}
	for _, query := range []string{"n=x", "n=1.5", "n=9223372036854775808"} {
		if _, err := Number(httptest.NewRequest("GET", "/?"+query, nil), "n"); !errors.Is(err, ErrNumber) {
			t.Errorf("%q: %v", query, err)
		}
	}
}

// What changes something comes from a page of ours, in a form that no other site
// can send.
func TestAdmit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, origin, sent, kind string
		want                             error
	}{
		{"looking, from anywhere", "GET", "other", "", "application/json", nil},
		{"its head", "HEAD", "other", "", "application/json", nil},
		{"changing", "POST", "", "application/json", "application/json", nil},
		{"with a charset", "POST", "", "application/json; charset=utf-8", "application/json", nil},
		{"from another site", "POST", "other", "application/json", "application/json", ErrForeign},
		{"deleting from another site", "DELETE", "other", "", "", ErrForeign},
		{"a form", "POST", "", "text/plain", "application/json", ErrKind},
		{"of no kind", "POST", "", "", "application/json", ErrKind},
		{"of no kind that has a name", "POST", "", "a;b;c", "application/json", ErrKind},
		{"where any kind will do", "POST", "", "text/plain", "", nil},
	} {
		r := httptest.NewRequest(tt.method, "/", nil)
		r.Header.Set("Content-Type", tt.sent)
		err := Admit(r, func(*http.Request) error {
			if tt.origin != "" {
				return errors.New("elsewhere")
			}
			return nil
		}, tt.kind)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// A NUL that JSON escapes is left out, and what only looks like one is not.
func TestReadJSON(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":"b"}`: `{"a":"b"}`, `{"a":"b\u0000c"}`: `{"a":"bc"}`, `{"a":"b\\u0000c"}`: `{"a":"b\\u0000c"}`, `{"a":"b\\\u0000"}`: `{"a":"b\\"}`,
		`\u0000`: ``, `\u0000\`: `\`, ``: ``,
	} {
		if got, err := ReadJSON(strings.NewReader(body)); string(got) != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", body, got, err, want)
		}
	}
	for at, want := range map[string]bool{"/a/b?c=d": true, "/a%00": false, "/%ff": false, "/?a=%00": false, "/?a=%ff": false, "/张?a=%E5%BC%A0": true, "/?%zz": true} {
		if got := Readable(httptest.NewRequest("GET", at, nil)); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}

// What a page may send as JSON ends at 64 KB, and a script's at 1 MB. A look has no
// body that could be too large.
func TestBodies(t *testing.T) {
	t.Parallel()
	type text struct{ Text string }
	d := Door[string]{Log: slog.New(slog.DiscardHandler), SameOrigin: func(*http.Request) error { return nil },
		SignedIn: func(*http.Request) (string, bool, error) { return "li", true, nil }}
	page := d.JSON(func(r *http.Request, _ string) (any, error) {
		var in text
		err := json.NewDecoder(r.Body).Decode(&in)
		return len(in.Text), err
	})
	script := Script("POST /x", d.Log, func(_ context.Context, in text) (int, error) { return len(in.Text), nil })
	for _, tt := range []struct {
		name   string
		to     http.Handler
		method string
		size   int
		status int
	}{
		{"a page's, as large as may be", page, "POST", 64 << 10, 200}, {"larger", page, "POST", 64<<10 + 1, 413}, {"a look", page, "GET", 64<<10 + 1, 200},
		{"a script's, as large as may be", script.Handler, "POST", 1 << 20, 200}, {"larger", script.Handler, "POST", 1<<20 + 1, 400},
	} {
		body := `{"Text":"` + strings.Repeat("a", tt.size-len(`{"Text":""}`)) + `"}`
		r := httptest.NewRequest(tt.method, "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		tt.to.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	for body, status := range map[string]int{`{"Text":"a"}`: 200, `{"Txet":"a"}`: 400, `{`: 400, ``: 400} {
		w := httptest.NewRecorder()
		script.Handler.ServeHTTP(w, httptest.NewRequest("POST", "/x", strings.NewReader(body)))
		if w.Code != status {
			t.Errorf("a script's %s: %d %s", body, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest("POST", "/x", strings.NewReader(`{}`))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if script.Handler.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("a script's from another site: %d %s", w.Code, w.Body)
	}
}

package door

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A stream sends news and beats, and ends with the session. A request without a session is refused in words.
func TestStream(t *testing.T) {
	t.Parallel()
	news := make(chan struct{}, 1)
	signedIn := true
	d := Door[string]{Log: slog.New(slog.DiscardHandler), SignedIn: func(r *http.Request) (string, bool, error) {
		return "li", r.URL.Query().Get("as") == "li", nil
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := d.Session(r); err != nil {
			d.Refuse(w, r, err)
			return
		}
		out, err := Open(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		out.Remark("hello")
		if err := out.Run(Loop{
			Every: time.Millisecond,
			Beat:  func() {},
			Look: func() (bool, error) {
				if !signedIn {
					out.Send("signed-out", "", struct{}{})
				}
				return signedIn, nil
			},
			News: func() <-chan struct{} { return news },
			Tell: func() error { out.Send("", "7", "news"); signedIn = false; return nil },
		}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("without a session: %s", resp.Status)
	}
	resp, err = http.Get(s.URL + "?as=li")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	news <- struct{}{}
	var lines []string
	for in := bufio.NewScanner(resp.Body); in.Scan(); {
		if in.Text() != "" {
			lines = append(lines, in.Text())
		}
	}
	if got := strings.Join(lines, " | "); got != ": hello | id: 7 | data: \"news\" | event: signed-out | data: {}" {
		t.Error(got)
	}
}

// deaf is a connection that accepts no more writes.
type deaf struct{ http.ResponseWriter }

func (deaf) Write([]byte) (int, error) { return 0, http.ErrHandlerTimeout }

// A page that reads nothing loses its stream.
func TestUnread(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	out, err := Open(deaf{httptest.NewRecorder()}, r)
	if err != nil {
		t.Fatal(err)
	}
	out.Send("message", "", 1)
	if err := out.Run(Loop{Every: time.Hour}); err != nil || !out.gone {
		t.Errorf("%v; gone %v", err, out.gone)
	}
}

// What ends a stream says so, where it has something to say; what cannot be written
// as JSON ends it as well.
func TestEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(s *Stream) End
		want string
	}{
		{"in words", func(s *Stream) End { return End{Do: func() { s.Send("bye", "", 1) }} }, "event: bye\ndata: 1\n\n"},
		{"in silence", func(*Stream) End { return End{} }, ""},
	} {
		w := httptest.NewRecorder()
		out, err := Open(w, httptest.NewRequest("GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		e := tt.end(out)
		closed := make(chan struct{})
		close(closed)
		e.When = closed
		if err := out.Run(Loop{Every: time.Hour, News: func() <-chan struct{} { return nil }, Ends: []End{e}}); err != nil || w.Body.String() != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, w.Body, err, tt.want)
		}
	}
	w := httptest.NewRecorder()
	out, err := Open(w, httptest.NewRequest("GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	out.Send("", "", func() {})
	out.Send("", "", 1)
	if err := out.Run(Loop{Every: time.Hour}); err != nil || w.Body.Len() > 0 {
		t.Errorf("after what is no JSON: %q, %v", w.Body, err)
	}
}

package wire

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// deadlined is an answer on a connection that notes its deadlines.
type deadlined struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (d *deadlined) SetReadDeadline(t time.Time) error  { d.read = t; return nil }
func (d *deadlined) SetWriteDeadline(t time.Time) error { return nil }

// A body that comes a byte at a time runs out of time. One that comes at a fair rate has time as long as it
// keeps coming.
func TestABodyKeepsAPace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		begun time.Duration // ago
		taken int64
		left  time.Duration // to the deadline
	}{
		{"just begun", 0, 0, 30 * time.Second},
		{"a byte each 5 seconds", 10 * time.Minute, 120, -9*time.Minute - 30*time.Second},
		{"a kilobyte a second", 10 * time.Minute, 600 << 10, 30 * time.Second},
		{"half of that", 2 * time.Minute, 60 << 10, -30 * time.Second},
		{"quick, and as long as it may", 14*time.Minute + 50*time.Second, 100 << 20, 10 * time.Second},
	} {
		w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		b := newBody(w, httptest.NewRequest("POST", "/", strings.NewReader("x")))
		now := time.Now()
		b.begun, b.taken = now.Add(-tt.begun), tt.taken
		if _, err := b.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if off := w.read.Sub(now.Add(tt.left)); off < -time.Second || off > 10*time.Second {
			t.Errorf("%s: the deadline is in %v, want %v", tt.name, w.read.Sub(now), tt.left)
		}
	}
}

// A too slow client is answered and disconnected, however little of its announced body is left: net/http
// waits for a rest of up to 256 kB on its own.
func TestASlowBodyEndsItsConnection(t *testing.T) {
	t.Parallel()
	for _, announced := range []int{2_000, 90_000, 900_000} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b := newBody(w, r)
			defer b.done()
			b.begun = b.begun.Add(-time.Hour)
			b.drain(r)
			fmt.Fprint(w, "too slow")
		}))
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute)) // bounds a wait that must not happen
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", announced, strings.Repeat("a", 1_000))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%d bytes announced: %v", announced, err)
		} else if !resp.Close {
			t.Errorf("%d bytes announced: the connection stays open", announced)
		}
		conn.Close()
		srv.Close()
	}
}

package wire

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A body that is no upload has ten seconds for its next byte, twenty for the first
// 64 kB, and two minutes in all.
func TestASmallBodyHasLittleTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		name  string
		begun time.Duration // ago
		taken int64
		left  time.Duration
	}{
		{"just begun", 0, 0, 10 * time.Second},
		{"a byte a second", 15 * time.Second, 15, 5 * time.Second},
		{"64 kB in 20 seconds", 20 * time.Second, 64 << 10, 0},
		{"a megabyte at 20 kB a second", 50 * time.Second, 1 << 20, 10 * time.Second},
		{"a megabyte, and then next to nothing", 115 * time.Second, 1 << 20, 5 * time.Second},
		{"200 kB at a kilobyte a second", 150 * time.Second, 200 << 10, -30 * time.Second},
	} {
		b := &pacedBody{begun: now.Add(-tt.begun), taken: tt.taken}
		if left := b.until(now).Sub(now); left != tt.left {
			t.Errorf("%s: %v left, want %v", tt.name, left, tt.left)
		}
	}
}

// A client that is out of time is answered and its connection ends, whether the body
// was read or not; a call goes on for longer than its body may take.
func TestPaceEndsTheConnection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reads bool
		sends int // of the 100 bytes that it announces
		stays bool
	}{
		{"all of it", true, 100, true},
		{"a part", true, 40, false},
		{"a part that nobody reads", false, 40, false},
	} {
		gone := make(chan bool, 1)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			Pace(w, r)
			b := r.Body.(*pacedBody)
			b.begun = b.begun.Add(-smallWhole)
			if !tt.stays {
				b.move(time.Now())
			}
			if tt.reads {
				_, err := io.ReadAll(r.Body)
				if (err == nil) != tt.stays {
					t.Errorf("%s: %v", tt.name, err)
				}
			}
			gone <- r.Context().Err() != nil
			fmt.Fprint(w, "answered")
		}))
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute)) // of a wait that must not be
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n%s", strings.Repeat("a", tt.sends))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if resp.Close == tt.stays {
			t.Errorf("%s: closed: %t", tt.name, resp.Close)
		}
		if tt.reads && tt.stays && <-gone {
			t.Errorf("%s: the call was given up", tt.name)
		}
		conn.Close()
		srv.Close()
	}
}

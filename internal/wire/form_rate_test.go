package wire

import (
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

// A body that has come at a byte now and then is out of time; one that comes at a
// fair rate has time for as long as it comes.
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

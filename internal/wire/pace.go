package wire

import (
	"io"
	"net/http"
	"time"
)

const (
	// A body that is no upload is there at once, or its sender is slow on purpose: it may
	// bring nothing for smallStall and has smallWhole for its first smallFree bytes. What is
	// longer has to keep streamRate from there on, and all of it to be there in largeWhole.
	smallStall = 10 * time.Second
	smallWhole = 20 * time.Second
	smallFree  = 64 << 10
	largeWhole = 2 * time.Minute
)

// Pace gives the request's body little time to arrive, whoever reads it: net/http's own
// limit is one for all requests, and a hundred connections with a byte each cost their
// sender nothing. A body that is too slow breaks off with a timeout, and its connection
// ends with the answer. Stream calls and ReadForm have limits of their own instead.
//
// When the request was answered, linger reads the rest of the body, at the same pace. Many clients read the answer
// only when they have sent everything, and net/http would end the connection under them: they would see a broken pipe
// instead of the refusal.
func Pace(w http.ResponseWriter, r *http.Request) (linger func()) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() {}
	}
	b := &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), begun: time.Now()}
	b.move(b.begun) // also for a body that nobody reads
	r.Body = b
	waits := r.Header.Get("Expect") != "" // for "100 Continue", which the first read sends
	return func() {
		if !b.ended && !(waits && b.taken == 0) && (r.ContentLength < 0 || r.ContentLength-b.taken > readByServer) {
			b.linger()
		}
	}
}

const (
	// lingering is how many bytes of a body are read that nobody wanted: more than any upload has.
	lingering = 64 << 20
	// readByServer is how many of them net/http reads itself before it ends the connection.
	readByServer = 256 << 10
)

// pacedBody is a request's body that moves the connection's deadline.
type pacedBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	begun time.Time
	moved time.Time
	taken int64 // bytes
	ended bool
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(b.moved) > time.Second {
		b.move(now)
	}
	n, err := b.ReadCloser.Read(p)
	b.taken += int64(n)
	b.ended = b.ended || err != nil
	if err == io.EOF {
		// net/http goes on to read, to learn whether the client leaves: a call may take
		// longer than its body did.
		b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (b *pacedBody) linger() {
	if b.conn.Flush() == nil {
		io.Copy(io.Discard, io.LimitReader(b, lingering))
	}
}

func (b *pacedBody) move(now time.Time) {
	b.moved = now
	b.conn.SetReadDeadline(b.until(now)) // in a test without a connection it does nothing
}

// until returns when the next bytes have to be there.
func (b *pacedBody) until(now time.Time) time.Time {
	until := now.Add(smallStall)
	fair := smallWhole + time.Duration(max(0, b.taken-smallFree)/streamRate)*time.Second
	if last := b.begun.Add(min(fair, largeWhole)); until.After(last) {
		until = last
	}
	return until
}

// unpaced returns the request's body without the limits of Pace.
func unpaced(r *http.Request) io.ReadCloser {
	if b, ok := r.Body.(*pacedBody); ok {
		b.ended = true // for Pace: whoever reads without its limits reads all of it
		return b.ReadCloser
	}
	return r.Body
}

package qiweitest

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
)

// Receiver is a callback URL: a real HTTP server that verifies and decrypts what is sent to it, and answers
// as the test says.
type Receiver struct {
	URL           string
	Token, AESKey string

	t       testing.TB
	twin    *twinWatch
	server  *httptest.Server
	gone    chan struct{} // closed when the receiver is; ends what hangs
	once    sync.Once
	written atomic.Int64
	mu      sync.Mutex
	changed *sync.Cond
	got     []Received
	taken   int
	next    []Answer // for the next pushes, one each
	always  Answer   // for the pushes after those
	verify  http.HandlerFunc
}

// Received is a push as it arrived, verified and decrypted.
type Received struct {
	callbackcrypto.Push
	Header http.Header
	// Problem is why it could not be verified or decrypted; empty if it was.
	Problem string
}

// XML returns the plaintext.
func (r Received) XML() string { return string(r.Body) }

// Field returns the text of the first element of the name, wherever it stands.
func (r Received) Field(name string) string {
	d := xml.NewDecoder(bytes.NewReader(r.Body))
	for {
		tok, err := d.Token()
		if err != nil {
			return ""
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if d.DecodeElement(&text, &start) != nil {
				return ""
			}
			return text
		}
	}
}

// Kind returns the kind of the push, as in "change_contact/create_user" or "subscribe"; for a message its
// type.
func (r Received) Kind() string {
	if r.Field("MsgType") != "event" {
		return r.Field("MsgType")
	}
	kind := r.Field("Event")
	if change := r.Field("ChangeType"); change != "" {
		kind += "/" + change
	}
	return kind
}

// Answer answers a push that was received.
type Answer func(w http.ResponseWriter, r *http.Request, push Received)

// Receiver starts a callback URL and sets it for the clients' applications. Each verifies it first.
func (w *World) Receiver(clients ...*Client) *Receiver {
	w.t.Helper()
	rc := &Receiver{t: w.t, twin: w.twin, Token: "qiweitest", AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", gone: make(chan struct{}), always: Empty}
	rc.changed = sync.NewCond(&rc.mu)
	rc.server = httptest.NewServer(rc)
	rc.URL = rc.server.URL + "/callback"
	w.t.Cleanup(rc.Close)
	for _, c := range clients {
		rc.Of(c)
	}
	return rc
}

// Close ends the receiver: from now on connections to it are refused.
func (rc *Receiver) Close() {
	rc.once.Do(func() {
		close(rc.gone)
		rc.server.CloseClientConnections()
		rc.server.Close()
	})
}

// Of makes the receiver the callback of the client's application.
func (rc *Receiver) Of(c *Client, events ...string) *Receiver {
	rc.t.Helper()
	if _, err := c.SaveCallback(callback.Callback{URL: rc.URL, Token: rc.Token, AESKey: rc.AESKey, Events: events}); err != nil {
		rc.t.Fatalf("save the callback: %v", err)
	}
	return rc
}

// SaveCallback gives the client's application a callback, as an administrator does.
func (c *Client) SaveCallback(cb callback.Callback) (app.App, error) {
	cb.AgentID = c.AgentID
	return c.corp.w.Server.Callbacks.SaveCallback(context.Background(), access.System(c.corp.CorpID), cb)
}

// SetCallback gives the client's application a callback, which must pass WeCom's verification.
func (c *Client) SetCallback(url, token, encodingAESKey string) {
	c.corp.w.t.Helper()
	if _, err := c.SaveCallback(callback.Callback{URL: url, Token: token, AESKey: encodingAESKey}); err != nil {
		c.corp.w.t.Fatalf("set the callback: %v", err)
	}
}

// ServeHTTP answers a verification or a push.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	crypt, err := callbackcrypto.New(rc.Token, rc.AESKey, "")
	if err != nil {
		panic(err)
	}
	if r.Method == http.MethodGet {
		rc.mu.Lock()
		verify := rc.verify
		rc.mu.Unlock()
		if verify == nil {
			verify = (&callbackcrypto.Handler{Crypt: crypt}).ServeHTTP
		}
		verify(w, r)
		return
	}
	got := Received{Header: r.Header}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		got.Push, err = crypt.OpenPush(callbackcrypto.ParseQuery(r.URL.Query()), body)
	}
	if err != nil {
		got.Problem = err.Error()
	}
	rc.twin.see("a push", got.Body)
	rc.mu.Lock()
	rc.got = append(rc.got, got)
	answer := rc.always
	if len(rc.next) > 0 {
		answer, rc.next = rc.next[0], rc.next[1:]
	}
	rc.changed.Broadcast()
	rc.mu.Unlock()
	answer(w, r, got)
}

// OnVerify replaces the right answer to verifications.
func (rc *Receiver) OnVerify(h http.HandlerFunc) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.verify = h
}

// Next sets the answers to the next pushes, one each.
func (rc *Receiver) Next(answers ...Answer) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.next = append(rc.next, answers...)
}

// Always sets the answer to every push.
func (rc *Receiver) Always(a Answer) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.always = a
}

// Take returns what was received since the last call, in order. World.Delivered
// before it makes sure that everything has come.
func (rc *Receiver) Take() []Received {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	out := rc.got[rc.taken:]
	rc.taken = len(rc.got)
	return out
}

// Kinds is Take, but returns only the kind of each push. One that could not be decrypted is shown with its
// problem.
func (rc *Receiver) Kinds() []string {
	var out []string
	for _, r := range rc.Take() {
		if r.Problem != "" {
			out = append(out, r.Problem)
			continue
		}
		out = append(out, r.Kind())
	}
	return out
}

// Await returns when n pushes have been received since the receiver was started.
func (rc *Receiver) Await(n int) {
	rc.t.Helper()
	timer := time.AfterFunc(patience, func() { rc.mu.Lock(); rc.changed.Broadcast(); rc.mu.Unlock() })
	defer timer.Stop()
	limit := time.Now().Add(patience)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	for len(rc.got) < n {
		if time.Now().After(limit) {
			rc.t.Fatalf("%d pushes received after %v, %d expected", len(rc.got), patience, n)
		}
		rc.changed.Wait()
	}
}

// patience is how long a test waits for what should come at once.
const patience = 2 * time.Minute

// Delivered returns when the World's server has nothing due to deliver: each push has been received, has
// failed, or waits for its next attempt.
func (w *World) Delivered() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Server.Callbacks.Drained(ctx); err != nil {
		w.t.Fatalf("callbacks are not delivered after %v: %v", patience, err)
	}
}

// Empty accepts a push without a reply.
func Empty(w http.ResponseWriter, r *http.Request, _ Received) {}

// Text answers with a status and a plain text.
func Text(status int, text string) Answer {
	return func(w http.ResponseWriter, r *http.Request, _ Received) {
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

// Reply answers with an encrypted passive reply.
func (rc *Receiver) Reply(plain string) Answer { return rc.reply(rc.Token, plain) }

// ForgedReply answers with a reply signed with another token.
func (rc *Receiver) ForgedReply(plain string) Answer { return rc.reply("forged", plain) }

func (rc *Receiver) reply(token, plain string) Answer {
	return func(w http.ResponseWriter, r *http.Request, push Received) {
		crypt, err := callbackcrypto.New(token, rc.AESKey, push.ReceiveID)
		if err != nil {
			panic(err)
		}
		body, err := crypt.SealReply(push.Reply([]byte(plain)))
		if err != nil {
			panic(err)
		}
		w.Write(body)
	}
}

// Hang does not answer before the sender gives up or the receiver is closed.
func (rc *Receiver) Hang(w http.ResponseWriter, r *http.Request, _ Received) {
	select {
	case <-r.Context().Done():
	case <-rc.gone:
		panic(http.ErrAbortHandler) // returning would answer 200
	}
}

// Redirect sends the sender elsewhere.
func Redirect(to string) Answer {
	return func(w http.ResponseWriter, r *http.Request, _ Received) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}
}

// Gigabyte answers with a body of that size, as long as somebody reads it.
func (rc *Receiver) Gigabyte(w http.ResponseWriter, r *http.Request, _ Received) {
	piece := []byte(strings.Repeat("0123456789abcdef", 4096))
	for range 1 << 30 / len(piece) {
		n, err := w.Write(piece)
		if rc.written.Add(int64(n)); err != nil {
			return
		}
	}
}

// Written returns how many bytes Gigabyte could send.
func (rc *Receiver) Written() int64 { return rc.written.Load() }

package phone_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

const card = `{"card_type":"button_interaction","main_title":{"title":"请假"},"task_id":"T","button_list":[{"text":"同意","style":1,"key":"ok"}]}`

func callback(a *app.App) {
	a.CallbackURL, a.CallbackToken, a.CallbackAESKey = "https://a.example/callback", "token", strings.Repeat("a", 43)
}

// sent is what message/send answers.
type sent struct {
	MsgID        string
	ResponseCode string `json:"response_code"`
}

func send(c *qiweitest.Client, rest string) (s sent) {
	c.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"agentid":%d,%s}`, c.AgentID, rest)).Decode(&s)
	return s
}

func text(to, content string) string {
	return `"touser":"` + to + `","msgtype":"text","text":{"content":"` + content + `"}`
}

// line is a listening page of a member.
type line struct {
	t      *testing.T
	lines  *bufio.Scanner
	status int
	mark   string // the last id
	seen   map[string]bool
	hangUp context.CancelFunc
}

// happening is an event of a line.
type happening struct{ kind, data string }

func (h happening) String() string {
	var m struct {
		Message struct {
			MsgType  string
			Body     json.RawMessage
			Recalled bool
		}
		Bot, ChatID string
		Fresh       bool
	}
	json.Unmarshal([]byte(h.data), &m)
	switch {
	case h.kind == "hello":
		return fmt.Sprintf("hello %v", m.Fresh)
	case h.kind == "message" && m.Message.Recalled:
		return "recalled"
	case h.kind == "message":
		return m.Message.MsgType + " " + string(m.Message.Body)
	}
	return h.kind
}

// waiting is how long, in real time, a test waits for an expected event.
const waiting = 2 * time.Minute

func listen(t *testing.T, w *qiweitest.World, by *http.Client, after string) *line {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waiting)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", w.URL+"/phone/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := by.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &line{t: t, lines: bufio.NewScanner(resp.Body), status: resp.StatusCode, seen: map[string]bool{}, hangUp: cancel}
}

// next returns the next event with news.
func (l *line) next() (h happening) {
	l.t.Helper()
	for l.lines.Scan() {
		switch name, value, _ := strings.Cut(l.lines.Text(), ": "); name {
		case "event":
			h.kind = value
		case "id":
			l.mark = value
		case "data":
			h.data = value
		case "":
			if h.kind != "mark" && h.kind != "beat" {
				return h
			}
		}
	}
	l.t.Fatalf("the line has ended: %v", l.lines.Err())
	return h
}

// wants reads the events; one that was there before may come again.
func (l *line) wants(want ...string) {
	l.t.Helper()
	for _, want := range want {
		got := l.next().String()
		for l.seen[got] {
			got = l.next().String()
		}
		l.seen[got] = true
		if !strings.Contains(got, want) {
			l.t.Errorf("came %s, want %s", got, want)
		}
	}
}

// untilMark reads on to the end of a batch.
func (l *line) untilMark() {
	l.t.Helper()
	for l.lines.Scan() {
		if id, ok := strings.CutPrefix(l.lines.Text(), "id: "); ok {
			l.mark = id
			return
		}
	}
	l.t.Fatal("the line has ended")
}

func TestEvents(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		a.Configure(callback)
		send(a, text("lisi", "before"))
		lisi := w.Corp.SignIn("lisi")
		l, other := listen(t, w, lisi, ""), listen(t, w, w.Second.SignIn("lisi"), "")
		l.wants("hello true")
		other.wants("hello true")

		first := send(a, text("lisi|zhangsan", "one"))
		l.wants(`{"content":"one"}`)
		c := send(a, `"touser":"lisi","msgtype":"template_card","template_card":`+card)
		l.wants("请假")
		if got := a.Call("POST", "/cgi-bin/message/update_template_card", fmt.Sprintf(`{"agentid":%d,"userids":["lisi"],"response_code":"%s","button":{"replace_name":"已同意"}}`, a.AgentID, c.ResponseCode)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		l.wants(`"replace_text":"已同意"`)
		if got := a.Call("POST", "/cgi-bin/message/recall", `{"msgid":"`+first.MsgID+`"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		l.wants("recalled")
		l.untilMark()

		// What comes or changes while the line is down is reported when it is made anew.
		l.hangUp()
		send(a, text("lisi", "two"))
		again := listen(t, w, lisi, l.mark)
		again.wants(`{"content":"two"}`, "hello false")
		send(a, text("@all", "three"))
		again.wants(`{"content":"three"}`)

		// A mark of another database, and none at all.
		for _, mark := range []string{"999999999999.0", "x", "1", "-1.-1", "1.2.3"} {
			listen(t, w, lisi, mark).wants("hello true")
		}

		// The other enterprise's lisi has heard nothing of it all.
		b := w.Second.As(access.SelfBuilt)
		send(b, text("lisi", "his own"))
		other.wants(`{"content":"his own"}`)
	})
}

// TestEventsOfOthers reports what another server on the same database has written.
func TestEventsOfOthers(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		l := listen(t, w, w.Corp.SignIn("lisi"), "")
		l.wants("hello true")
		beside := w.Beside()
		token := a.Token()
		req, err := http.NewRequest("POST", "/cgi-bin/message/send?access_token="+token, strings.NewReader(fmt.Sprintf(`{"agentid":%d,%s}`, a.AgentID, text("lisi", "from beside"))))
		if err != nil {
			t.Fatal(err)
		}
		req.RemoteAddr = "127.0.0.1:1"
		answer := &recorder{header: http.Header{}}
		beside.ServeHTTP(answer, req)
		if !strings.Contains(answer.String(), `"errcode":0`) {
			t.Fatal(answer.String())
		}
		l.wants(`{"content":"from beside"}`)
	})
}

type recorder struct {
	strings.Builder
	header http.Header
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}

func TestEventsAreBounded(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		lisi := w.Corp.SignIn("lisi")
		var lines []*line
		for range 9 {
			l := listen(t, w, lisi, "")
			l.wants("hello true")
			lines = append(lines, l)
		}
		// One of the first eight was told to go.
		ended := make(chan bool, len(lines))
		for _, l := range lines {
			go func() {
				for l.lines.Scan() {
					if l.lines.Text() == "event: crowded" {
						ended <- true
						return
					}
				}
			}()
		}
		select {
		case <-ended:
		case <-time.After(waiting):
			t.Error("nobody was told to go")
		}
		if l := listen(t, w, http.DefaultClient, ""); l.status != http.StatusUnauthorized {
			t.Errorf("nobody: %d", l.status)
		}
	})
}

// A line ends with its session, and those of others stay. A member's other pages still hear after one has gone.
func TestALineEndsWithItsSession(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		lisi, zhang, twin := w.Corp.SignIn("lisi"), w.Corp.SignIn("zhangsan"), w.Second.SignIn("lisi")
		gone, one, two, other, theirs := listen(t, w, lisi, ""), listen(t, w, lisi, ""), listen(t, w, lisi, ""), listen(t, w, zhang, ""), listen(t, w, twin, "")
		for _, l := range []*line{gone, one, two, other, theirs} {
			l.wants("hello true")
		}
		gone.hangUp()
		for n := range 5 {
			content := fmt.Sprintf("news %d", n)
			send(a, text("lisi|zhangsan", content))
			for _, l := range []*line{one, two, other} {
				l.wants(`{"content":"` + content + `"}`)
			}
		}
		if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		one.wants("signed-out")
		two.wants("signed-out")
		for _, l := range []*line{one, two} {
			if l.lines.Scan() {
				t.Errorf("after its end comes %s", l.lines.Text())
			}
		}
		send(a, text("zhangsan", "after"))
		other.wants(`{"content":"after"}`)
		send(w.Second.As(access.SelfBuilt), text("lisi", "his own"))
		theirs.wants(`{"content":"his own"}`)
	})
}

func itoa(n int64) string { return fmt.Sprint(n) }

// quietUntil reads up to an event that has the text, and fails if the line was woken
// before it, even by a mark alone.
func (l *line) quietUntil(want string) {
	l.t.Helper()
	for l.lines.Scan() {
		text := l.lines.Text()
		if strings.HasPrefix(text, "data: ") && strings.Contains(text, want) {
			return
		}
		if text == "event: mark" || text == "event: bot" {
			l.t.Errorf("the line was woken by %s before %s", text, want)
		}
	}
	l.t.Fatalf("the line has ended: %v", l.lines.Err())
}

// A message wakes only the lines of its receivers: not those of colleagues, and not those of members with the
// same userids in another enterprise.
func TestAMessageWakesItsReceiversAlone(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.As(access.SelfBuilt), w.Second.As(access.SelfBuilt)
		lisi, zhang, twin := listen(t, w, w.Corp.SignIn("lisi"), ""), listen(t, w, w.Corp.SignIn("zhangsan"), ""), listen(t, w, w.Second.SignIn("lisi"), "")
		for _, l := range []*line{lisi, zhang, twin} {
			l.wants("hello true")
		}
		send(a, text("lisi", "one"))
		lisi.wants(`{"content":"one"}`)
		send(a, text("zhangsan", "two"))
		send(b, text("lisi", "three"))
		zhang.quietUntil(`{"content":"two"}`)
		twin.quietUntil(`{"content":"three"}`)
	})
}

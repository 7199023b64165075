package message_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// phone is a browser in which a member is signed in.
type phone struct {
	t      *testing.T
	w      *qiweitest.World
	cookie []*http.Cookie
}

func signedIn(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string) *phone {
	t.Helper()
	req, err := http.NewRequest("POST", w.URL+"/_qiwei/sign-in", strings.NewReader(url.Values{"corpid": {c.CorpID}, "userid": {user}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp := w.Do(req)
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("sign in: %d", resp.StatusCode)
	}
	return &phone{t, w, resp.Cookies()}
}

// do sends a request as a page of this server does. Headers come in pairs.
func (p *phone) do(method, path, body string, headers ...string) (status int, answer string) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.w.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.cookie {
		req.AddCookie(c)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", p.w.URL)
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Del(headers[i]); headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp := p.w.Do(req)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func TestPhone(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		r := robot(w, w.Corp)
		send(a, `"touser":"lisi",`+text("一"))
		sendCard(a, "lisi", buttonCard)
		say(w, r.Key, `{"msgtype":"text","text":{"content":"机"}}`)
		lisi := signedIn(t, w, w.Corp, "lisi")

		var list struct {
			Conversations []struct {
				AgentID int64
				ChatID  string
				Name    string
				Last    struct {
					No      int64
					MsgType string
					From    string
					Robot   string
				}
			}
		}
		status, body := lisi.do("GET", "/phone/api/conversations", "")
		if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 || len(list.Conversations) != 2 {
			t.Fatalf("%d %s", status, body)
		}
		chat, own := list.Conversations[0], list.Conversations[1]
		if chat.ChatID != "r1" || chat.Name != "群" || chat.Last.From != "robot" || chat.Last.Robot != "机器人" || own.ChatID != "" || own.Last.MsgType != "template_card" {
			t.Errorf("%s", body)
		}
		if status, body := lisi.do("POST", "/phone/api/messages", fmt.Sprintf(`{"agentid":%d,"msgtype":"text","content":"二"}`, a.AgentID)); status != 200 {
			t.Errorf("write: %d %s", status, body)
		}
		if status, body := lisi.do("POST", "/phone/api/cards", fmt.Sprintf(`{"no":%d,"key":"ok"}`, own.Last.No)); status != 200 {
			t.Errorf("answer: %d %s", status, body)
		}
		w.Delivered()
		if got := strings.Join(rc.Kinds(), " "); got != "text template_card_event" {
			t.Errorf("pushed %s", got)
		}
		status, body = lisi.do("GET", fmt.Sprintf("/phone/api/messages?agentid=%d&limit=2", a.AgentID), "")
		if i, j := strings.Index(body, `"template_card"`), strings.Index(body, `"from":"lisi"`); status != 200 || i < 0 || j < i || strings.Contains(body, "一") {
			t.Errorf("the newest two: %d %s", status, body)
		}
		status, body = lisi.do("GET", fmt.Sprintf("/phone/api/messages?agentid=%d&before=%d", a.AgentID, own.Last.No), "")
		if status != 200 || !strings.Contains(body, `{"content":"一"}`) || strings.Contains(body, "template_card") {
			t.Errorf("those before: %d %s", status, body)
		}

		wangwu, other := signedIn(t, w, w.Corp, "wangwu"), signedIn(t, w, w.Second, "lisi")
		nobody := &phone{t: t, w: w}
		hello := fmt.Sprintf(`{"agentid":%d,"msgtype":"text","content":"x"}`, a.AgentID)
		press := fmt.Sprintf(`{"no":%d,"key":"ok"}`, own.Last.No)
		for _, tt := range []struct {
			name         string
			as           *phone
			method, path string
			body         string
			headers      []string
			status       int
		}{
			{"nobody", nobody, "GET", "/phone/api/conversations", "", nil, 401},
			{"nobody writes", nobody, "POST", "/phone/api/messages", hello, nil, 401},
			{"from another site", lisi, "POST", "/phone/api/messages", hello, []string{"Origin", "", "Sec-Fetch-Site", "cross-site"}, 403},
			{"from another origin", lisi, "POST", "/phone/api/messages", hello, []string{"Origin", "https://evil.example"}, 403},
			{"a form", lisi, "POST", "/phone/api/messages", hello, []string{"Content-Type", "text/plain"}, 415},
			{"no JSON", lisi, "POST", "/phone/api/messages", "{", nil, 415},
			{"an empty text", lisi, "POST", "/phone/api/messages", fmt.Sprintf(`{"agentid":%d,"msgtype":"text"}`, a.AgentID), nil, 400},
			{"an unknown application", lisi, "POST", "/phone/api/messages", `{"agentid":9,"msgtype":"text","content":"x"}`, nil, 404},
			{"no number", lisi, "GET", "/phone/api/messages?agentid=x", "", nil, 400},
			{"another member's card", wangwu, "POST", "/phone/api/cards", press, nil, 400},
			{"another enterprise's card", other, "POST", "/phone/api/cards", press, nil, 400},
			{"a key that there is not", lisi, "POST", "/phone/api/cards", fmt.Sprintf(`{"no":%d,"key":"x"}`, own.Last.No), nil, 400},
			{"a page that there is not", lisi, "GET", "/phone/api/nothing", "", nil, 404},
		} {
			if status, body := tt.as.do(tt.method, tt.path, tt.body, tt.headers...); status != tt.status {
				t.Errorf("%s: %d %s", tt.name, status, body)
			}
		}
		w.Delivered()
		if got := rc.Kinds(); len(got) > 0 {
			t.Errorf("pushed %q", got)
		}
	})
}

// TestPicture reads a robot's picture as a member of the chat, and as others.
func TestPicture(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		r := robot(w, w.Corp)
		body := `{"msgtype":"image","image":{"base64":"iVBORw0KGgo=","md5":"` + md5Of("\x89PNG\r\n\x1a\n") + `"}}`
		if got := say(w, r.Key, body); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		lisi := signedIn(t, w, w.Corp, "lisi")
		_, list := lisi.do("GET", "/phone/api/conversations", "")
		var read struct {
			Conversations []struct{ Last struct{ No int64 } }
		}
		if err := json.Unmarshal([]byte(list), &read); err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprintf("/phone/api/pictures/%d", read.Conversations[0].Last.No)
		if status, body := lisi.do("GET", path, ""); status != 200 || body != "\x89PNG\r\n\x1a\n" {
			t.Errorf("%d %q", status, body)
		}
		for name, p := range map[string]*phone{"wangwu": signedIn(t, w, w.Corp, "wangwu"), "nobody": {t: t, w: w}, "lisi of the other": signedIn(t, w, w.Second, "lisi")} {
			if status, _ := p.do("GET", path, ""); status != 404 {
				t.Errorf("%s: %d", name, status)
			}
		}
	})
}

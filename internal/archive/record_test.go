package archive_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// shown are records as programs read them.
type shown struct {
	Records []struct {
		Seq     int64
		From    string
		Message struct{ Text struct{ Content string } }
		Revoked int64 `json:"revoked_by"`
		Hits    []struct{ Before, Match, After string }
	}
	Next int64
}

// get asks for records with the archive's token.
func (h *house) get(c *qiweitest.Client, path, query string) (int, string) {
	h.t.Helper()
	got := c.Request("GET", "/archive/"+path+"?"+query, nil)
	return got.Status, got.Body
}

// texts returns what the records say, in order.
func (h *house) texts(path, query string) (string, shown) {
	h.t.Helper()
	status, body := h.get(h.app, path, query)
	var s shown
	if err := json.Unmarshal([]byte(body), &s); err != nil || status != 200 {
		h.t.Fatalf("%s?%s: %d %s", path, query, status, body)
	}
	var out []string
	for _, r := range s.Records {
		out = append(out, r.Message.Text.Content)
	}
	return strings.Join(out, "|"), s
}

// People read what is kept, without the library: by people, rooms, kinds and times, by words, and around a hit.
func TestReading(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		var g struct{ ChatID string }
		h.done(h.Corp, "chat/group", `{"userid":"zhangsan","name":"g","add":["lisi","wangwu"]}`, &g)
		h.says("zhangsan", "lisi", "明天的报价单发我一份")
		h.says("lisi", "zhangsan", "好的，报价已经改过了")
		wrong := h.says("lisi", "zhangsan", "Price: ¥1,200 (FINAL)")
		h.say(fmt.Sprintf(`{"from":"lisi","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, wrong))
		h.Advance(3600e9)
		h.say(fmt.Sprintf(`{"from":"wangwu","chatid":%q,"msgtype":"text","text":{"content":"报价单在群文件"}}`, g.ChatID))
		h.says("zhangsan", "wangwu", "价报反了")
		h.sealAll()
		since := h.Clock.Now().Add(-60e9).UnixMilli()
		const one, two, three, five, six = "明天的报价单发我一份", "好的，报价已经改过了", "Price: ¥1,200 (FINAL)", "报价单在群文件", "价报反了"
		for _, tt := range []struct{ path, query, want string }{
			{"records", "", one + "|" + two + "|" + three + "||" + five + "|" + six},
			{"records", "after=4", five + "|" + six},
			{"records", "limit=2", one + "|" + two},
			{"records", "person=wangwu", five + "|" + six},
			{"records", "roomid=" + g.ChatID, five},
			{"records", "msgtype=revoke", ""},
			{"records", fmt.Sprint("since=", since), five + "|" + six},
			{"records", fmt.Sprint("until=", since, "&after=2"), three + "|"},
			{"search", "words=报价", five + "|" + two + "|" + one},
			{"search", "words=报价单", five + "|" + one},
			{"search", "words=报价单+明天", one},
			{"search", "words=final+price", three},
			{"search", "words=1,200", three},
			{"search", "words=价报", six},
			{"search", "words=没有这样的话", ""},
			{"search", "words=报价&person=lisi", two + "|" + one},
			{"search", "words=报价&limit=1", five},
			{"search", "words=报价&limit=1&before=5", two},
			{"search", "words=" + strings.Repeat("报价+", 19) + "报价", five + "|" + two + "|" + one},
			{"context", "after=2&limit=4", one + "|" + two + "|" + three},
			{"context", "after=5&limit=10", five},
		} {
			q, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := h.texts(tt.path, q.Encode()); got != tt.want {
				t.Errorf("%s %s: %s, want %s", tt.path, tt.query, got, tt.want)
			}
		}
		if _, s := h.texts("records", "after=2&limit=1"); s.Records[0].Revoked != 4 || s.Next != 3 {
			t.Errorf("the revoked one: %+v", s)
		}
		if _, s := h.texts("search", "words="+url.QueryEscape("发我")); len(s.Records) != 1 || fmt.Sprint(s.Records[0].Hits) != "[{明天的报价单 发我 一份}]" {
			t.Errorf("hits: %+v", s)
		}
		for _, tt := range []struct{ path, query string }{{"search", ""}, {"search", "words=x"}, {"records", "limit=1001"}, {"records", "limit=x"}, {"records", "after=-1"}, {"context", "after=99"},
			{"search", "words=" + strings.Repeat("报价+", 20) + "报价"}, {"search", "words=" + strings.Repeat("a", 501)}} {
			if status, body := h.get(h.app, tt.path, tt.query); status != 400 {
				t.Errorf("%s %s: %d %s", tt.path, tt.query, status, body)
			}
		}
		if status, body := h.get(h.As(access.SelfBuilt), "records", ""); status != 400 || !strings.Contains(body, "48002") {
			t.Errorf("another application: %d %s", status, body)
		}
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		if status, body := h.get(h.Second.As(access.ChatArchive), "records", ""); status != 200 || !strings.Contains(body, `"records":[]`) {
			t.Errorf("another enterprise: %d %s", status, body)
		}
		h.done(h.Corp, "archive/settings", `{"enabled":false}`, nil)
		if got, _ := h.texts("search", "words=final"); got != three {
			t.Errorf("once the archive is off: %s", got)
		}
		if status, body := h.get(h.app, "records", "roomid="+strings.Repeat("x", 5000)); status != 200 {
			t.Errorf("a long question: %d %s", status, body)
		}
		_, body := h.get(h.app, "reads", "")
		if long := "roomid=" + strings.Repeat("x", 2000-len("roomid=")); !strings.Contains(body, `"`+long+`"`) {
			t.Errorf("a long question is written down whole: %.200s", body)
		}
		if !strings.Contains(body, `"what":"search","asked":"words=final+price"`) || strings.Contains(body, h.app.Token()) {
			t.Errorf("who has read what: %s", body)
		}
	})
}

// A stream tells of records as they are sealed, and goes on where it was broken off.
func TestStream(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.says("zhangsan", "lisi", "one")
		h.says("zhangsan", "lisi", "two")
		h.sealAll()
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.URL+"/archive/records", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+h.app.Token())
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("Last-Event-ID", "1")
		resp := h.Do(req)
		lines := bufio.NewScanner(resp.Body)
		next := func() string {
			for lines.Scan() {
				if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
					return id
				}
			}
			return "the end"
		}
		if got := next(); got != "2" {
			t.Errorf("first %s", got)
		}
		h.says("zhangsan", "lisi", "three")
		if got := next(); got != "3" {
			t.Errorf("then %s", got)
		}
	})
}

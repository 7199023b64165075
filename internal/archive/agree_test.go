package archive_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// customer has a customer come to a member and returns their external_userid.
func (h *house) customer(user string) string {
	h.t.Helper()
	var made struct {
		External string `json:"external_userid"`
	}
	h.done(h.Corp, "wechat/add", `{"userid":"`+user+`","name":"林夏"}`, &made)
	return made.External
}

// What a customer and a member write is archived once the customer has agreed, and as long as they do.
func TestConsent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer("zhangsan")
		pair := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q`, lin)
		says := func(by, text string) {
			h.done(h.Corp, "wechat/send", fmt.Sprintf(`%s,"by":%q,"text":%q}`, pair, by, text), nil)
		}
		answers := func(status string) {
			h.done(h.Corp, "archive/agree", fmt.Sprintf(`%s,"status":%q}`, pair, status), nil)
		}
		asked := func() string {
			got := h.app.Call("POST", "/cgi-bin/msgaudit/check_single_agree", fmt.Sprintf(`{"info":[{"userid":"zhangsan","exteranalopenid":%q}]}`, lin))
			if got.ErrCode != 0 {
				t.Error(got.Body)
			}
			_, list, _ := strings.Cut(got.Body, `"agreeinfo":`)
			return strings.TrimSuffix(list, "}")
		}
		if got := asked(); got != "[]" {
			t.Errorf("before they have answered: %s", got)
		}
		at := h.Clock.Now().Unix()
		says("customer", "before")
		answers("Agree")
		says("customer", "你好")
		says("member", "请讲")
		if got := asked(); got != fmt.Sprintf(`[{"status_change_time":%d,"userid":"zhangsan","exteranalopenid":%q,"agree_status":"Agree"}]`, at, lin) {
			t.Errorf("once they have agreed: %s", got)
		}
		answers("Disagree")
		says("member", "after")
		answers("Default_Agree")
		says("member", "again")
		h.done(h.Corp, "archive/settings", `{"editions":{"1":{"departments":[1]}}}`, nil)
		says("member", "without the edition")
		got := h.read(0)
		for i, want := range []string{
			fmt.Sprintf(`_external","action":"send","from":%q,"tolist":["zhangsan"],"roomid":"","msgtime":%d000,"msgtype":"agree","agree":{"userid":%[1]q,"agree_time":%[2]d000}}`, lin, at),
			fmt.Sprintf(`_external","action":"send","from":%q,"tolist":["zhangsan"],"roomid":"","msgtime":%d000,"msgtype":"text","text":{"content":"你好"}}`, lin, at),
			fmt.Sprintf(`_external","action":"send","from":"zhangsan","tolist":[%q],"roomid":"","msgtime":%d000,"msgtype":"text","text":{"content":"请讲"}}`, lin, at),
			fmt.Sprintf(`"msgtype":"disagree","disagree":{"userid":%q,"disagree_time":%d000}}`, lin, at),
			`"text":{"content":"again"}`,
		} {
			if len(got) != 5 || !strings.Contains(got[i], want) {
				t.Errorf("record %d of %d: %q, want %s", i, len(got), got, want)
			}
		}
	})
}

// A customer whose member is archived with customers is welcomed once they have agreed.
func TestWelcomeWaitsForConsent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		clients := h.As(access.CustomerContact)
		var lin struct {
			External string `json:"external_userid"`
			Code     string `json:"welcome_code"`
		}
		h.done(h.Corp, "wechat/add", `{"userid":"zhangsan","name":"林夏"}`, &lin)
		welcome := func() int {
			return clients.Call("POST", "/cgi-bin/externalcontact/send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"你好"}}`, lin.Code)).ErrCode
		}
		if got := welcome(); got != 41053 {
			t.Errorf("before they have answered: %d", got)
		}
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Disagree"}`, lin.External), nil)
		if got := welcome(); got != 41053 {
			t.Errorf("once they have refused: %d", got)
		}
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Agree"}`, lin.External), nil)
		if got := welcome(); got != 0 {
			t.Errorf("once they have agreed: %d", got)
		}
		h.done(h.Corp, "archive/settings", `{"editions":{"1":{"departments":[1]}}}`, nil)
		h.done(h.Corp, "wechat/add", `{"userid":"zhangsan","name":"叶"}`, &lin)
		if got := welcome(); got != 0 {
			t.Errorf("without the edition: %d", got)
		}
	})
}

// What is asked about consent with somebody who is not there.
func TestConsentRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer("zhangsan")
		info := func(user, external string, n int) string {
			one := fmt.Sprintf(`{"userid":%q,"exteranalopenid":%q}`, user, external)
			return `{"info":[` + strings.Repeat(one+",", n-1) + one + `]}`
		}
		var other struct {
			External string `json:"external_userid"`
		}
		h.done(h.Second, "wechat/add", `{"userid":"zhangsan","name":"x"}`, &other)
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"nobody", `{}`, 40063},
			{"an empty list", `{"info":[]}`, 40063},
			{"as many as it may be", info("zhangsan", lin, 100), 0},
			{"one more", info("zhangsan", lin, 101), 301060},
			{"one who does not know them", info("lisi", lin, 1), 0},
			{"no member", info("ghost", lin, 1), 301061},
			{"no customer", info("zhangsan", "wmAAAAAAAAAAAAAAAAAAAAAAAA", 1), 301061},
			{"another enterprise's customer", info("zhangsan", other.External, 1), 301061},
		} {
			if got := h.app.Call("POST", "/cgi-bin/msgaudit/check_single_agree", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.what, got.Body)
			}
		}
		for what, body := range map[string]string{
			"no answer":              fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q}`, lin),
			"another answer":         fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Maybe"}`, lin),
			"no conversation":        fmt.Sprintf(`{"external_userid":%q,"status":"Agree"}`, lin),
			"a room that is none":    fmt.Sprintf(`{"roomid":"wrx","external_userid":%q,"status":"Agree"}`, lin),
			"a member who is nobody": fmt.Sprintf(`{"userid":"ghost","external_userid":%q,"status":"Agree"}`, lin),
			"another enterprise's":   fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Agree"}`, other.External),
		} {
			if status, text := h.script(h.Corp, "archive/agree", body); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
	})
}

// TestTold compares what applications are told with testdata/push: that there are new records, once in
// 15 seconds, and that a customer has agreed, with a code for a welcome if the two have not chatted.
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		system, clients := h.Receiver(h.app), h.Receiver(h.As(access.CustomerContact))
		other := h.Receiver(h.Second.As(access.ChatArchive))
		lin := h.customer("zhangsan")
		h.Delivered()
		clients.Take()
		h.says("zhangsan", "lisi", "one")
		h.sealAll()
		h.told()
		if got := system.Take(); len(got) != 0 {
			t.Errorf("told %d times before the 15 seconds are over", len(got))
		}
		h.says("zhangsan", "lisi", "two")
		h.sealAll()
		h.Advance(15e9)
		h.told()
		var out strings.Builder
		pushes := system.Take()
		if len(pushes) != 1 {
			t.Fatalf("told %d times of a slot", len(pushes))
		}
		out.WriteString(pushes[0].XML() + "\n")
		h.Advance(60e9)
		h.told()
		if got := system.Take(); len(got) != 0 {
			t.Errorf("told %d times of nothing", len(got))
		}
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Agree"}`, lin), nil)
		h.done(h.Corp, "wechat/send", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"text":"hi"}`, lin), nil)
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Agree"}`, lin), nil)
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Disagree"}`, lin), nil)
		h.told()
		for _, p := range clients.Take() {
			out.WriteString(p.XML() + "\n")
		}
		if got := other.Take(); len(got) != 0 {
			t.Errorf("another enterprise was told %d times", len(got))
		}
		text := strings.NewReplacer(h.CorpID, "CORPID", lin, "EXTERNAL").Replace(out.String())
		text = regexp.MustCompile(`<CreateTime>\d+<`).ReplaceAllString(text, "<CreateTime>TIME<")
		text = regexp.MustCompile(`<WelcomeCode><!\[CDATA\[[\w-]+\]`).ReplaceAllString(text, "<WelcomeCode><![CDATA[CODE]")
		qiweitest.Golden(t, "push/told.txt", text)
	})
}

// told returns when everybody has been told of what is due.
func (h *house) told() {
	h.t.Helper()
	if err := h.Server.Archive.TellAll(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.Delivered()
}

package oauth_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

const detailCall = "/cgi-bin/auth/getuserdetail"

// private returns an application that may ask for everything.
func private(c *qiweitest.Corp, change func(*app.App)) *qiweitest.Client {
	return site(c, func(a *app.App) {
		a.Sensitive = app.SensitiveFields
		if change != nil {
			change(a)
		}
	})
}

func detail(c *qiweitest.Client, path, ticket string) map[string]any {
	got := map[string]any{}
	c.Call("POST", path, `{"user_ticket":"`+ticket+`"}`).Decode(&got)
	delete(got, "errmsg")
	return got
}

// agree answers the consent page and returns the ticket.
func agree(t *testing.T, b *browser, a *qiweitest.Client, link string, fields ...string) string {
	t.Helper()
	pairs := []string{"decision", "allow"}
	for _, f := range fields {
		pairs = append(pairs, "field", f)
	}
	code := b.press(b.get(link), pairs...).to(t).Query().Get("code")
	u, body := redeem(a, newCall, code)
	if u.ErrCode != 0 || u.Ticket == "" || len(u.Ticket) > 512 {
		t.Fatalf("no ticket: %s", body)
	}
	return u.Ticket
}

func TestConsentFieldByField(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := private(w.Corp, nil)
		wanted := link(w.Corp, a, "scope", "snsapi_privateinfo")
		b := signedIn(t, w, w.Corp, "zhangsan")
		page := b.get(wanted)
		for _, says := range []string{"手机号", "138****0001", "性别", "男", "头像", "个人二维码", "企业邮箱", "地址"} {
			if page.status != 200 || !strings.Contains(page.text(), says) {
				t.Errorf("%d, %q is not on the page: %s", page.status, says, page.text())
			}
		}
		if strings.Contains(page.body, "13800000001") || strings.Contains(page.body, " checked") {
			t.Error("the number stands on the page, or a field is ticked already")
		}
		ticket := agree(t, b, a, wanted, "mobile", "gender", "nonsense")
		got := detail(a, detailCall, ticket)
		if got["mobile"] != "13800000001" || got["gender"] != "1" || got["userid"] != "zhangsan" || len(got) != 5 || !strings.HasSuffix(got["avatar"].(string), "/wwhead/default/0") {
			t.Errorf("%v", got)
		}
		if again := detail(a, "/cgi-bin/user/getuserdetail", ticket); again["mobile"] != "13800000001" || len(again) != len(got) {
			t.Errorf("the old address: %v", again)
		}
		// For thirty days the member is not asked again.
		w.Advance(30*24*time.Hour - time.Minute)
		b = signedIn(t, w, w.Corp, "zhangsan")
		u, body := redeem(a, oldCall, b.code(wanted))
		if u.Ticket == "" || u.ExpiresIn != 7200 {
			t.Fatalf("the old call: %s", body)
		}
		// What the administrator or the member withdraws is gone at once.
		a.Configure(func(a *app.App) { a.Sensitive = []string{"gender"} })
		if got := detail(a, detailCall, u.Ticket); got["mobile"] != nil || got["gender"] != "1" {
			t.Errorf("the administrator has withdrawn mobile: %v", got)
		}
		a.Configure(func(a *app.App) { a.Sensitive = app.SensitiveFields })
		// Afterwards the member is asked, with the last choice ticked.
		w.Advance(time.Minute)
		page = b.get(wanted)
		if page.status != 200 || strings.Count(page.body, " checked") != 2 {
			t.Errorf("after thirty days: %d, %d ticked", page.status, strings.Count(page.body, " checked"))
		}
		if got := b.press(page, "decision", "deny"); got.location != "https://app.example.com/cb?state=STATE" {
			t.Errorf("refused: %d %s", got.status, got.location)
		}
		if got := detail(a, detailCall, u.Ticket); got["gender"] != "0" || got["mobile"] != nil {
			t.Errorf("the member has refused since: %v", got)
		}
	})
}

func TestConsentOfOthersIsNoConsent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, neighbour := private(w.Corp, nil), private(w.Corp, nil)
		wanted := link(w.Corp, a, "scope", "snsapi_privateinfo")
		b, other := signedIn(t, w, w.Corp, "zhangsan"), signedIn(t, w, w.Corp, "lisi")
		page := b.get(wanted)
		action, fields := page.form(t)
		fields["decision"], fields["field"] = []string{"allow"}, []string{"mobile"}
		for name, got := range map[string]answer{
			"another member's browser": other.post(action, fields),
			"without a token":          b.post(action, url.Values{"decision": {"allow"}, "field": {"mobile"}}),
			"a spoilt token":           b.post(action, url.Values{"form": {fields.Get("form") + "x"}, "decision": {"allow"}}),
			"a form of another page":   b.post(action, url.Values{"form": {formToken(t, b.get("/account/"))}, "decision": {"allow"}}),
			"another application":      b.post(link(w.Corp, neighbour, "scope", "snsapi_privateinfo"), fields),
		} {
			if strings.Contains(got.location, "code=") {
				t.Errorf("%s: %d %s", name, got.status, got.location)
			}
		}
		if got := b.post(action, fields, "Origin", "https://evil.example"); got.status != 403 {
			t.Errorf("from another site: %d", got.status)
		}
		if got := b.post(action, fields, "Origin", "", "Sec-Fetch-Site", "cross-site"); got.status != 403 {
			t.Errorf("from another site, as browsers say today: %d", got.status)
		}
		w.Advance(3 * time.Hour)
		if got := b.post(action, fields); got.status != 303 || got.location != wanted {
			t.Errorf("an old form: %d %s", got.status, got.location)
		}
		if got := b.press(b.get(wanted), "decision", "allow", "field", "mobile"); !strings.Contains(got.location, "code=") {
			t.Errorf("his own: %d %s", got.status, got.location)
		}
	})
}

// TestTickets: who may use a ticket, how long, and what it shows.
func TestTickets(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, neighbour, twin := private(w.Corp, nil), private(w.Corp, nil), private(w.Second, nil)
		b := signedIn(t, w, w.Corp, "zhangsan")
		ticket := agree(t, b, a, link(w.Corp, a, "scope", "snsapi_privateinfo"), "mobile")
		for _, tt := range []struct {
			name   string
			as     *qiweitest.Client
			ticket string
			want   float64
		}{
			{"none", a, "", 84090},
			{"nonsense", a, "nonsense", 84015},
			{"spoilt", a, ticket[:len(ticket)-2] + "AA", 84015},
			{"another application's", neighbour, ticket, 84015},
			{"another corp's", twin, ticket, 84015},
			{"his own", a, ticket, 0},
			{"his own again", a, ticket, 0},
		} {
			if got := detail(tt.as, detailCall, tt.ticket); got["errcode"] != tt.want {
				t.Errorf("%s: %v", tt.name, got)
			}
		}
		if got := w.As(access.ContactSync).Call("POST", detailCall, `{"user_ticket":"`+ticket+`"}`); got.ErrCode != 48002 {
			t.Errorf("contact sync: %s", got.Body)
		}
		a.Configure(func(a *app.App) { a.Range = access.Range{Departments: []int64{4}} })
		if got := detail(a, detailCall, ticket); got["errcode"] != 60011. {
			t.Errorf("out of range since: %v", got)
		}
		a.Configure(func(a *app.App) { a.Range = access.Everything() })
		w.Advance(1800*time.Second - time.Second)
		if got := detail(a, detailCall, ticket); got["errcode"] != 0. {
			t.Errorf("before half an hour: %v", got)
		}
		w.Advance(time.Second)
		if got := detail(a, detailCall, ticket); got["errcode"] != 84014. {
			t.Errorf("after half an hour: %v", got)
		}
		old, _ := redeem(a, oldCall, b.code(link(w.Corp, a, "scope", "snsapi_privateinfo")))
		w.Advance(7200*time.Second - time.Second)
		if got := detail(a, detailCall, old.Ticket); got["errcode"] != 0. {
			t.Errorf("the old call's, before two hours: %v", got)
		}
		w.Advance(time.Second)
		if got := detail(a, detailCall, old.Ticket); got["errcode"] != 84014. {
			t.Errorf("the old call's, after two hours: %v", got)
		}
		fresh, _ := redeem(a, newCall, b.code(link(w.Corp, a, "scope", "snsapi_privateinfo")))
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if got := detail(a, detailCall, fresh.Ticket); got["errcode"] != 84015. {
			t.Errorf("of a disabled member: %v", got)
		}
	})
}

// TestWhoGetsATicket: which scope, which call, in the range or not.
func TestWhoGetsATicket(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := private(w.Corp, func(a *app.App) { a.Range = access.Range{Departments: []int64{2}} })
		bare := site(w.Corp, func(a *app.App) { a.RedirectDomain = "bare.example.com" })
		legacy := site(w.Corp, func(a *app.App) { a.RedirectDomain, a.Legacy = "old.example.com", true })
		b, outside := signedIn(t, w, w.Corp, "zhangsan"), signedIn(t, w, w.Corp, "wangwu")
		b.press(b.get(link(w.Corp, a, "scope", "snsapi_privateinfo")), "decision", "allow", "field", "mobile")
		for _, tt := range []struct {
			name   string
			b      *browser
			app    *qiweitest.Client
			call   string
			link   string
			ticket bool
		}{
			{"base", b, a, newCall, link(w.Corp, a), false},
			{"no scope", b, a, newCall, link(w.Corp, a, "scope", ""), false},
			{"privateinfo", b, a, newCall, link(w.Corp, a, "scope", "snsapi_privateinfo"), true},
			{"privateinfo, the old call", b, a, oldCall, link(w.Corp, a, "scope", "snsapi_privateinfo"), true},
			{"privateinfo without agentid is base", b, a, newCall, link(w.Corp, nil, "scope", "snsapi_privateinfo"), false},
			{"userinfo, which is silent", b, a, newCall, link(w.Corp, a, "scope", "snsapi_userinfo"), true},
			{"userinfo, the old call", b, a, oldCall, link(w.Corp, a, "scope", "snsapi_userinfo"), false},
			{"userinfo, the old call, an old application", b, legacy, oldCall, link(w.Corp, legacy, "scope", "snsapi_userinfo", "redirect_uri", "https://old.example.com"), true},
			{"userinfo, outside the range", outside, a, newCall, link(w.Corp, a, "scope", "snsapi_userinfo"), false},
			{"privateinfo with nothing to ask for", b, bare, newCall, link(w.Corp, bare, "scope", "snsapi_privateinfo", "redirect_uri", "https://bare.example.com"), true},
		} {
			u, body := redeem(tt.app, tt.call, tt.b.code(tt.link))
			if u.ErrCode != 0 || (u.Ticket != "") != tt.ticket {
				t.Errorf("%s: %s", tt.name, body)
			}
		}
		// The consent is to one application, not to its neighbour on the domain.
		neighbour := private(w.Corp, nil)
		if u, body := redeem(neighbour, newCall, b.code(link(w.Corp, a, "scope", "snsapi_privateinfo"))); u.ErrCode != 0 || u.Ticket != "" {
			t.Errorf("a neighbour: %s", body)
		}
		if page := outside.get(link(w.Corp, a, "scope", "snsapi_privateinfo")); page.status != 200 || !strings.Contains(page.text(), "无权限") {
			t.Errorf("privateinfo outside the range: %d %s", page.status, page.text())
		}
		u, _ := redeem(legacy, newCall, b.code(link(w.Corp, legacy, "scope", "snsapi_userinfo", "redirect_uri", "https://old.example.com")))
		if got := detail(legacy, "/cgi-bin/user/getuserdetail", u.Ticket); got["name"] != "张三" || got["gender"] != "1" || got["mobile"] != nil || strings.Contains(got["avatar"].(string), "default") {
			t.Errorf("an old application without consent: %v", got)
		}
		u, _ = redeem(a, newCall, b.code(link(w.Corp, a, "scope", "snsapi_userinfo")))
		if got := detail(a, detailCall, u.Ticket); got["name"] != nil || got["gender"] != "0" || got["mobile"] != nil {
			t.Errorf("a new application without consent: %v", got)
		}
	})
}

// TestConsentCanBeChanged on the member's own page.
func TestConsentCanBeChanged(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := private(w.Corp, func(a *app.App) { a.Name = "请假" })
		b := signedIn(t, w, w.Corp, "zhangsan")
		ticket := agree(t, b, a, link(w.Corp, a, "scope", "snsapi_privateinfo"), "mobile", "email")
		path := "/account/consent?agentid=" + agent(a)
		if page := b.get("/account/"); !strings.Contains(page.body, path) || !strings.Contains(page.text(), "请假") {
			t.Errorf("the account page: %s", page.text())
		}
		if got := b.press(b.get(path), "decision", "allow", "field", "email"); got.location != "/account/" {
			t.Errorf("%d %s", got.status, got.location)
		}
		if got := detail(a, detailCall, ticket); got["mobile"] != nil || got["email"] != "zhangsan@corp.example" {
			t.Errorf("mobile withdrawn: %v", got)
		}
		b.press(b.get(path), "decision", "deny")
		if got := detail(a, detailCall, ticket); got["email"] != nil {
			t.Errorf("all withdrawn: %v", got)
		}
		if page := b.get(link(w.Corp, a, "scope", "snsapi_privateinfo")); page.status != 200 {
			t.Errorf("he is not asked anew: %d %s", page.status, page.location)
		}
		if page := b.get("/account/consent?agentid=1"); !strings.Contains(page.text(), "参数错误") {
			t.Errorf("an unknown application: %s", page.text())
		}
	})
}

func formToken(t *testing.T, page answer) string {
	t.Helper()
	_, fields := page.form(t)
	return fields.Get("form")
}

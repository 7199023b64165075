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
	return c.Site(func(a *app.App) {
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
func agree(t *testing.T, b *qiweitest.Browser, a *qiweitest.Client, link string, fields ...string) string {
	t.Helper()
	pairs := []string{"decision", "allow"}
	for _, f := range fields {
		pairs = append(pairs, "field", f)
	}
	code := b.Press(b.Get(link), pairs...).To(t).Query().Get("code")
	u, body := a.Redeem(newCall, code)
	if u.ErrCode != 0 || u.Ticket == "" || len(u.Ticket) > 512 {
		t.Fatalf("no ticket: %s", body)
	}
	return u.Ticket
}

func TestConsentFieldByField(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := private(w.Corp, nil)
		wanted := w.AuthorizeLink(a, "scope", "snsapi_privateinfo")
		b := w.SignedIn("zhangsan")
		page := b.Get(wanted)
		for _, says := range []string{"手机号", "138****0001", "性别", "男", "头像", "个人二维码", "企业邮箱", "地址"} {
			if page.Status != 200 || !strings.Contains(page.Text(), says) {
				t.Errorf("%d, %q is not on the page: %s", page.Status, says, page.Text())
			}
		}
		if strings.Contains(page.Body, "13800000001") || strings.Contains(page.Body, " checked") {
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
		b = w.SignedIn("zhangsan")
		u, body := a.Redeem(oldCall, b.Code(wanted))
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
		page = b.Get(wanted)
		if page.Status != 200 || strings.Count(page.Body, " checked") != 2 {
			t.Errorf("after thirty days: %d, %d ticked", page.Status, strings.Count(page.Body, " checked"))
		}
		if got := b.Press(page, "decision", "deny"); got.Location != "https://app.example.com/cb?state=STATE" {
			t.Errorf("refused: %d %s", got.Status, got.Location)
		}
		if got := detail(a, detailCall, u.Ticket); got["gender"] != "0" || got["mobile"] != nil {
			t.Errorf("the member has refused since: %v", got)
		}
	})
}

func TestConsentOfOthersIsNoConsent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, neighbour := private(w.Corp, nil), private(w.Corp, nil)
		wanted := w.AuthorizeLink(a, "scope", "snsapi_privateinfo")
		b, other := w.SignedIn("zhangsan"), w.SignedIn("lisi")
		page := b.Get(wanted)
		action, fields := page.Form(t)
		fields["decision"], fields["field"] = []string{"allow"}, []string{"mobile"}
		for name, got := range map[string]qiweitest.Page{
			"another member's browser": other.Post(action, fields),
			"without a token":          b.Post(action, url.Values{"decision": {"allow"}, "field": {"mobile"}}),
			"a spoilt token":           b.Post(action, url.Values{"form": {fields.Get("form") + "x"}, "decision": {"allow"}}),
			"a form of another page":   b.Post(action, url.Values{"form": {formToken(t, b.Get("/account/"))}, "decision": {"allow"}}),
			"another application":      b.Post(w.AuthorizeLink(neighbour, "scope", "snsapi_privateinfo"), fields),
		} {
			if strings.Contains(got.Location, "code=") {
				t.Errorf("%s: %d %s", name, got.Status, got.Location)
			}
		}
		if got := b.Post(action, fields, "Origin", "https://evil.example"); got.Status != 403 {
			t.Errorf("from another site: %d", got.Status)
		}
		if got := b.Post(action, fields, "Origin", "", "Sec-Fetch-Site", "cross-site"); got.Status != 403 {
			t.Errorf("from another site, as browsers say today: %d", got.Status)
		}
		w.Advance(3 * time.Hour)
		if got := b.Post(action, fields); got.Status != 303 || got.Location != wanted {
			t.Errorf("an old form: %d %s", got.Status, got.Location)
		}
		if got := b.Press(b.Get(wanted), "decision", "allow", "field", "mobile"); !strings.Contains(got.Location, "code=") {
			t.Errorf("his own: %d %s", got.Status, got.Location)
		}
	})
}

// TestTickets: who may use a ticket, how long, and what it shows.
func TestTickets(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, neighbour, twin := private(w.Corp, nil), private(w.Corp, nil), private(w.Second, nil)
		b := w.SignedIn("zhangsan")
		ticket := agree(t, b, a, w.AuthorizeLink(a, "scope", "snsapi_privateinfo"), "mobile")
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
		old, _ := a.Redeem(oldCall, b.Code(w.AuthorizeLink(a, "scope", "snsapi_privateinfo")))
		w.Advance(7200*time.Second - time.Second)
		if got := detail(a, detailCall, old.Ticket); got["errcode"] != 0. {
			t.Errorf("the old call's, before two hours: %v", got)
		}
		w.Advance(time.Second)
		if got := detail(a, detailCall, old.Ticket); got["errcode"] != 84014. {
			t.Errorf("the old call's, after two hours: %v", got)
		}
		fresh, _ := a.Redeem(newCall, b.Code(w.AuthorizeLink(a, "scope", "snsapi_privateinfo")))
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
		bare := w.Site(func(a *app.App) { a.RedirectDomain = "bare.example.com" })
		legacy := w.Site(func(a *app.App) { a.RedirectDomain, a.Legacy = "old.example.com", true })
		b, outside := w.SignedIn("zhangsan"), w.SignedIn("wangwu")
		b.Press(b.Get(w.AuthorizeLink(a, "scope", "snsapi_privateinfo")), "decision", "allow", "field", "mobile")
		for _, tt := range []struct {
			name   string
			b      *qiweitest.Browser
			app    *qiweitest.Client
			call   string
			link   string
			ticket bool
		}{
			{"base", b, a, newCall, w.AuthorizeLink(a), false},
			{"no scope", b, a, newCall, w.AuthorizeLink(a, "scope", ""), false},
			{"privateinfo", b, a, newCall, w.AuthorizeLink(a, "scope", "snsapi_privateinfo"), true},
			{"privateinfo, the old call", b, a, oldCall, w.AuthorizeLink(a, "scope", "snsapi_privateinfo"), true},
			{"privateinfo without agentid is base", b, a, newCall, w.AuthorizeLink(nil, "scope", "snsapi_privateinfo"), false},
			{"userinfo, which is silent", b, a, newCall, w.AuthorizeLink(a, "scope", "snsapi_userinfo"), true},
			{"userinfo, the old call", b, a, oldCall, w.AuthorizeLink(a, "scope", "snsapi_userinfo"), false},
			{"userinfo, the old call, an old application", b, legacy, oldCall, w.AuthorizeLink(legacy, "scope", "snsapi_userinfo", "redirect_uri", "https://old.example.com"), true},
			{"userinfo, outside the range", outside, a, newCall, w.AuthorizeLink(a, "scope", "snsapi_userinfo"), false},
			{"privateinfo with nothing to ask for", b, bare, newCall, w.AuthorizeLink(bare, "scope", "snsapi_privateinfo", "redirect_uri", "https://bare.example.com"), true},
		} {
			u, body := tt.app.Redeem(tt.call, tt.b.Code(tt.link))
			if u.ErrCode != 0 || (u.Ticket != "") != tt.ticket {
				t.Errorf("%s: %s", tt.name, body)
			}
		}
		// The consent is to one application, not to its neighbour on the domain.
		neighbour := private(w.Corp, nil)
		if u, body := neighbour.Redeem(newCall, b.Code(w.AuthorizeLink(a, "scope", "snsapi_privateinfo"))); u.ErrCode != 0 || u.Ticket != "" {
			t.Errorf("a neighbour: %s", body)
		}
		if page := outside.Get(w.AuthorizeLink(a, "scope", "snsapi_privateinfo")); page.Status != 200 || !strings.Contains(page.Text(), "无权限") {
			t.Errorf("privateinfo outside the range: %d %s", page.Status, page.Text())
		}
		u, _ := legacy.Redeem(newCall, b.Code(w.AuthorizeLink(legacy, "scope", "snsapi_userinfo", "redirect_uri", "https://old.example.com")))
		if got := detail(legacy, "/cgi-bin/user/getuserdetail", u.Ticket); got["name"] != "张三" || got["gender"] != "1" || got["mobile"] != nil || strings.Contains(got["avatar"].(string), "default") {
			t.Errorf("an old application without consent: %v", got)
		}
		u, _ = a.Redeem(newCall, b.Code(w.AuthorizeLink(a, "scope", "snsapi_userinfo")))
		if got := detail(a, detailCall, u.Ticket); got["name"] != nil || got["gender"] != "0" || got["mobile"] != nil {
			t.Errorf("a new application without consent: %v", got)
		}
	})
}

// TestConsentCanBeChanged on the member's own page.
func TestConsentCanBeChanged(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := private(w.Corp, func(a *app.App) { a.Name = "请假" })
		b := w.SignedIn("zhangsan")
		ticket := agree(t, b, a, w.AuthorizeLink(a, "scope", "snsapi_privateinfo"), "mobile", "email")
		path := "/account/consent?agentid=" + agent(a)
		if page := b.Get("/account/"); !strings.Contains(page.Body, path) || !strings.Contains(page.Text(), "请假") {
			t.Errorf("the account page: %s", page.Text())
		}
		if got := b.Press(b.Get(path), "decision", "allow", "field", "email"); got.Location != "/account/" {
			t.Errorf("%d %s", got.Status, got.Location)
		}
		if got := detail(a, detailCall, ticket); got["mobile"] != nil || got["email"] != "zhangsan@corp.example" {
			t.Errorf("mobile withdrawn: %v", got)
		}
		b.Press(b.Get(path), "decision", "deny")
		if got := detail(a, detailCall, ticket); got["email"] != nil {
			t.Errorf("all withdrawn: %v", got)
		}
		if page := b.Get(w.AuthorizeLink(a, "scope", "snsapi_privateinfo")); page.Status != 200 {
			t.Errorf("he is not asked anew: %d %s", page.Status, page.Location)
		}
		if page := b.Get("/account/consent?agentid=1"); !strings.Contains(page.Text(), "参数错误") {
			t.Errorf("an unknown application: %s", page.Text())
		}
	})
}

func formToken(t *testing.T, page qiweitest.Page) string {
	t.Helper()
	_, fields := page.Form(t)
	return fields.Get("form")
}

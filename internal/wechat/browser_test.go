package wechat_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// who redeems a code of the application.
func who(c *qiweitest.Client, call, code string) string {
	return c.Call("GET", "/cgi-bin/"+call+"?code="+code, "").Body
}

func befriend(w *qiweitest.World, user, unionid string) (external string) {
	var a struct {
		External string `json:"external_userid"`
	}
	w.Scripted("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":%q,"name":"骆河","unionid":%q}`, w.CorpID, user, unionid), &a)
	return a.External
}

// enter makes the browser that of somebody in WeChat.
func enter(b *qiweitest.Browser, corpID, external, unionID string) {
	b.T.Helper()
	if status, said := b.PostJSON("/_qiwei/wechat/open", map[string]any{"corpid": corpID, "external_userid": external, "unionid": unionID}); status != 200 {
		b.T.Fatalf("%d %v", status, said)
	}
}

// TestPagesOpenedInWeChat: who opens an application's page in WeChat and is no member is an openid, the same each time
// and for every application of the enterprise, and the enterprise's customer to an application that sees who follows
// them (doc 91023).
func TestPagesOpenedInWeChat(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		site := w.Site(nil)
		narrow := w.Site(func(a *app.App) { a.Range = access.Range{Departments: []int64{3}} })
		external := befriend(w, "zhangsan", "oUnion1")
		b := w.Browser()
		enter(b, w.CorpID, external, "")
		first := site.Call("GET", "/cgi-bin/auth/getuserinfo?code="+b.Code(w.AuthorizeLink(site)), "").JSON()
		openID := first.Text("openid")
		if openID == "" || len(openID) > 64 || first.Text("external_userid") != external {
			t.Fatalf("a customer: %v", first)
		}
		for _, absent := range []string{"userid", "user_ticket"} {
			if _, there := first[absent]; there {
				t.Errorf("%s of somebody who is no member: %v", absent, first)
			}
		}
		for name, c := range map[string]*qiweitest.Client{"out of range": narrow, "again": site} {
			got := c.Call("GET", "/cgi-bin/auth/getuserinfo?code="+b.Code(w.AuthorizeLink(c, "scope", "snsapi_privateinfo")), "").JSON()
			if got.Text("openid") != openID || (got.Text("external_userid") == "") != (c == narrow) || got.Text("user_ticket") != "" {
				t.Errorf("%s: %v", name, got)
			}
		}
		// The older call has other letters.
		if got := who(site, "user/getuserinfo", b.Code(w.AuthorizeLink(site))); !strings.Contains(got, `"OpenId":"`+openID+`"`) || !strings.Contains(got, `"external_userid":"`+external) || strings.Contains(got, `"UserId"`) {
			t.Errorf("older: %s", got)
		}
		// Payment knows the customer by the same openid, and no member has it.
		customers := w.As(access.CustomerContact)
		if got := customers.Call("POST", "/cgi-bin/externalcontact/convert_to_openid", `{"external_userid":"`+external+`"}`).JSON().Text("openid"); got != openID {
			t.Errorf("convert_to_openid: %q, want %q", got, openID)
		}
		if got := site.Call("POST", "/cgi-bin/user/convert_to_userid", `{"openid":"`+openID+`"}`); got.ErrCode != 40073 {
			t.Errorf("convert_to_userid: %s", got.Body)
		}
		// A code of WeChat is good once, and for the domain that it came back on.
		code := b.Code(w.AuthorizeLink(site))
		elsewhere := w.Site(func(a *app.App) { a.RedirectDomain, a.LoginDomain = "other.example.com", "" })
		for _, step := range []struct {
			by   *qiweitest.Client
			want int
		}{{elsewhere, 50001}, {site, 0}, {site, 40029}} {
			if got := step.by.Call("GET", "/cgi-bin/auth/getuserinfo?code="+code, ""); got.ErrCode != step.want {
				t.Errorf("%s, want %d", got.Body, step.want)
			}
		}
	})
}

// TestStrangersInWeChat: somebody whom the enterprise does not know is an openid alone, another one in each enterprise,
// and keeps it as a customer.
func TestStrangersInWeChat(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		site, other := w.Site(nil), w.Second.Site(nil)
		b := w.Browser()
		enter(b, "", "", "oStranger")
		get := func(c *qiweitest.Client, link string) qiweitest.JSON {
			t.Helper()
			return c.Call("GET", "/cgi-bin/auth/getuserinfo?code="+b.Code(link), "").JSON()
		}
		stranger := get(site, w.AuthorizeLink(site))
		if stranger.Text("openid") == "" || stranger.Text("external_userid") != "" {
			t.Fatalf("a stranger: %v", stranger)
		}
		if there := get(other, w.Second.AuthorizeLink(other)); there.Text("openid") == "" || there.Text("openid") == stranger.Text("openid") {
			t.Errorf("in the other enterprise: %v, here %v", there, stranger)
		}
		external := befriend(w, "zhangsan", "oStranger")
		if got := get(site, w.AuthorizeLink(site)); got.Text("openid") != stranger.Text("openid") || got.Text("external_userid") != external {
			t.Errorf("as a customer: %v, before %v", got, stranger)
		}
		// One without a unionid is known in this enterprise, and a stranger in others.
		enter(b, w.CorpID, befriend(w, "zhangsan", ""), "")
		if got := get(site, w.AuthorizeLink(site)); got.Text("external_userid") == "" {
			t.Errorf("without a unionid: %v", got)
		}
		if got := get(other, w.Second.AuthorizeLink(other)); got.Text("openid") == "" || got.Text("external_userid") != "" {
			t.Errorf("without a unionid, in the other enterprise: %v", got)
		}
	})
}

// TestWhoOpensAPage: a browser is whoever came last: the member who has signed in since, and nobody in WeChat once
// ten minutes are over.
func TestWhoOpensAPage(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		site := w.Site(nil)
		b := w.SignedIn("zhangsan")
		is := func(what, want string) {
			t.Helper()
			if got := who(site, "auth/getuserinfo", b.Code(w.AuthorizeLink(site))); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		is("a member", `"userid":"zhangsan"`)
		w.Clock.Advance(time.Second)
		enter(b, "", "", "oStranger")
		is("in WeChat", `"openid":"o`)
		w.Clock.Advance(time.Second)
		b.Post("/_qiwei/sign-in", url.Values{"corpid": {w.CorpID}, "userid": {"lisi"}})
		is("who has signed in since", `"userid":"lisi"`)
		w.Clock.Advance(time.Second)
		enter(b, "", "", "oStranger")
		w.Clock.Advance(9*time.Minute + 59*time.Second)
		is("in WeChat for long", `"openid":"o`)
		w.Clock.Advance(time.Second)
		is("in WeChat for too long", `"userid":"lisi"`)
	})
}

// TestASuitesPageInWeChat: to a suite somebody who belongs to no enterprise is an openid of the provider's, the same
// for all its suites (doc 91121).
func TestASuitesPageInWeChat(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := w.Seller(access.ThirdParty)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			s.Suite.RedirectDomain = "app.example.com"
			return w.Server.Suites.UpdateSuite(ctx, tx, s.Suite)
		})
		token := s.Must("service/get_suite_token?", fmt.Sprintf(`{"suite_id":%q,"suite_secret":%q,"suite_ticket":%q}`, s.Suite.SuiteID, s.Suite.Secret, s.Play("ticket", `{"suite_id":"`+s.Suite.SuiteID+`"}`).Text("suite_ticket"))).Text("suite_access_token")
		ask := func(call, code string) qiweitest.JSON {
			t.Helper()
			return w.Get("/cgi-bin/service/" + call + "?suite_access_token=" + token + "&code=" + code).JSON()
		}
		b := w.Browser()
		enter(b, w.CorpID, befriend(w, "zhangsan", "oUnion1"), "")
		link := w.AuthorizeLink(nil, "appid", s.Suite.SuiteID, "scope", "snsapi_userinfo")
		got := ask("auth/getuserinfo3rd", b.Code(link))
		openID := got.Text("openid")
		if openID == "" || len(got) != 3 {
			t.Fatalf("who it is: %v", got)
		}
		if older := ask("getuserinfo3rd", b.Code(link)); older.Text("OpenId") != openID || older.Text("CorpId") != "" || older.Text("UserId") != "" {
			t.Errorf("older: %v", older)
		}
		// The same by script, without a browser, and no corp of the provider's takes the code.
		var scripted struct{ Code string }
		w.Scripted("code", fmt.Sprintf(`{"corpid":%q,"unionid":"oUnion1","suite_id":%q}`, w.CorpID, s.Suite.SuiteID), &scripted)
		code := scripted.Code
		if refused := w.Second.Site(nil).Call("GET", "/cgi-bin/auth/getuserinfo?code="+code, ""); refused.ErrCode != 40029 {
			t.Errorf("taken by an application of the provider's: %s", refused.Body)
		}
		if again := ask("auth/getuserinfo3rd", code); again.Text("openid") != openID {
			t.Errorf("by script: %v", again)
		}
		// A corp knows them by another.
		site := w.Site(nil)
		if here := site.Call("GET", "/cgi-bin/auth/getuserinfo?code="+b.Code(w.AuthorizeLink(site)), "").JSON(); here.Text("openid") == openID {
			t.Errorf("a corp and a provider know somebody by one openid: %v", here)
		}
	})
}

// TestStrangersAreNamed: a script, and the page of WeChat users, say who somebody is; elsewhere than in dev nobody can.
func TestStrangersAreNamed(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		site := w.Site(nil)
		external := befriend(w, "zhangsan", "oUnion1")
		var colleague struct {
			External string `json:"external_userid"`
		}
		w.Scripted("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":"邻","type":2,"corp_name":"邻居"}`, w.CorpID), &colleague)
		script := func(more string) (int, string) {
			return w.Script("code", fmt.Sprintf(`{"corpid":%q,"agentid":%d%s}`, w.CorpID, site.AgentID, more))
		}
		var a struct{ Code string }
		for more, want := range map[string]string{
			fmt.Sprintf(`,"external_userid":%q`, external): `"external_userid":"` + external + `"`,
			`,"unionid":"oUnion1"`:                         `"external_userid":"` + external + `"`,
			`,"unionid":"oNobody"`:                         `"openid":"o`,
		} {
			w.Scripted("code", fmt.Sprintf(`{"corpid":%q,"agentid":%d%s}`, w.CorpID, site.AgentID, more), &a)
			if got := who(site, "auth/getuserinfo", a.Code); !strings.Contains(got, want) {
				t.Errorf("%s: %s", more, got)
			}
		}
		for _, more := range []string{
			`,"external_userid":"wmnobody"`,
			`,"external_userid":"` + colleague.External + `"`,
			`,"unionid":"o x"`,
			`,"unionid":"` + strings.Repeat("o", 65) + `"`,
			`,"unionid":"oUnion1","external_userid":"` + external + `"`,
			`,"unionid":"oUnion1","userid":"zhangsan"`,
			`,"unionid":"oUnion1","provider":"` + w.CorpID + `"`,
			`,"unionid":"oUnion1","suite_id":"ww0"`,
		} {
			if status, said := script(more); status != http.StatusNotFound && status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", more, status, said)
			}
		}
		if status, said := w.Script("code", fmt.Sprintf(`{"corpid":%q,"agentid":1,"unionid":"oUnion1"}`, w.CorpID)); status != http.StatusNotFound {
			t.Errorf("of no application: %d %s", status, said)
		}
		b := w.Browser()
		for _, body := range []map[string]any{{}, {"corpid": w.CorpID, "external_userid": "wm1"}, {"unionid": "<o>"}, {"who": "me"}} {
			if status, said := b.PostJSON("/_qiwei/wechat/open", body); status != http.StatusNotFound && status != http.StatusBadRequest {
				t.Errorf("%v: %d %v", body, status, said)
			}
		}
		// Nobody makes up a cookie.
		if p := b.Get(w.AuthorizeLink(site), "Cookie", "qiwei_wechat=u oUnion1"); p.Status == 302 && strings.Contains(p.Header.Get("Location"), "code=") {
			t.Error("a cookie that was made up opens the page")
		}
	})
}

// TestLimitsOfVisitors walks each limit at its value and one above.
func TestLimitsOfVisitors(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		open := func(body string) int {
			req, err := http.NewRequest("POST", w.URL+"/_qiwei/wechat/open", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			return w.Browser().Do(req).Status
		}
		for _, row := range []struct {
			constant string
			most     int
			body     func(n int) string
		}{
			{"wechat.maxUnionID", 64, func(n int) string { return `{"unionid":"` + strings.Repeat("o", n) + `"}` }},
			{"wechat.maxOpen", 16 << 10, func(n int) string { return fmt.Sprintf("%*s", n, `{"unionid":"o"}`) }},
		} {
			for n, want := range map[int]bool{row.most - 1: true, row.most: true, row.most + 1: false} {
				if got := open(row.body(n)); (got == http.StatusOK) != want {
					t.Errorf("%s %d: %d", row.constant, n, got)
				}
			}
		}
	})
}

package install_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

func adminRole(r string) admin.Role { return admin.Role(r) }

// TestFromTheProvidersSite walks an installation as its administrator does: from a click on the provider's site,
// through sign-in, back there with an auth_code.
func TestFromTheProvidersSite(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.appoint("zhangsan", "super")
		code := s.preAuth(false)
		b := w.Browser().FollowHere()

		// Nobody is signed in: the enterprise, then the member, then back.
		page := b.Get(s.link(code), "Referer", site+"/shop")
		if page.Status != 200 || !strings.Contains(page.Body, w.CorpID) {
			t.Fatalf("%d %s", page.Status, page.Text())
		}
		page = b.Get(page.At+"&corp="+w.CorpID, "Referer", w.URL)
		page = b.Press(page, "userid", "zhangsan")
		for _, want := range []string{"安装「报表」", "看报表", w.Corp.Name, "contact:base:base", "成员与部门的基本信息", "externalcontact:contact:welcome_msg", "所有成员", "研发部", w.Second.Name} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("the page lacks %s: %s", want, page.Text())
			}
		}
		if en := b.Get(page.At+"&lang=en", "Referer", w.URL); !strings.Contains(en.Text(), "Install “报表”") || !strings.Contains(en.Text(), "Everybody") {
			t.Errorf("in English: %s", en.Text())
		}

		// Nothing is ticked; then a search; what is ticked stays.
		if again := b.Press(page, "range", "some", "decision", "confirm"); !strings.Contains(again.Text(), "至少选择一个") {
			t.Errorf("an empty range: %s", again.Text())
		}
		page = b.Press(page, "range", "some", "department", "2", "q", "wangwu", "decision", "search")
		if !strings.Contains(page.Body, `name="department" value="2" checked`) || !strings.Contains(page.Body, `name="member" value="wangwu">`) {
			t.Fatalf("after the search: %s", page.Body)
		}
		if none := b.Press(page, "range", "some", "q", "没有这样的", "decision", "search"); !strings.Contains(none.Body, `value="2" checked`) {
			t.Errorf("after a vain search: %s", none.Text())
		}
		if gone := b.Press(page, "range", "some", "department", "99", "decision", "confirm"); !strings.Contains(gone.Text(), "已不存在") {
			t.Errorf("a department that is none: %s", gone.Text())
		}
		if _, there := s.installed(s.suite.SuiteID); there {
			t.Fatal("installed by a form that was refused")
		}

		done := b.Press(page, "range", "some", "member", "wangwu", "decision", "confirm")
		to, err := url.Parse(done.Location)
		if err != nil || to.Host != "isv.example.com" || to.Query().Get("a") != "b" || to.Query().Get("expires_in") != "600" || to.Query().Get("state") != "xyz" || len(to.Query().Get("auth_code")) < 64 {
			t.Fatalf("%d to %s: %s", done.Status, done.Location, done.Text())
		}
		if pushes := s.told(); len(pushes) != 0 {
			t.Errorf("the provider was told what the browser brings: %+v", pushes)
		}
		in, _ := s.installed(s.suite.SuiteID)
		if in.By != "zhangsan" || len(in.Range.Departments) != 1 || in.Range.Departments[0] != 2 || len(in.Range.Members) != 1 || in.Range.Members[0] != "wangwu" {
			t.Errorf("%+v", in)
		}
		var a struct {
			Code      int
			Permanent string `json:"permanent_code"`
			State     string
		}
		s.Send("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+s.token(), `{"auth_code":"`+to.Query().Get("auth_code")+`"}`).Decode(&a)
		if a.Permanent == "" || a.State != "xyz" {
			t.Errorf("get_permanent_code: %+v", a)
		}

		// The code is used, and the enterprise has it.
		if again := b.Press(page, "range", "all", "decision", "confirm"); !strings.Contains(again.Text(), "preauthcode校验失败") {
			t.Errorf("again: %s", again.Text())
		}
		if again := b.Get(s.link(s.preAuth(false)), "Referer", site+"/shop"); !strings.Contains(again.Text(), "应用已安装") {
			t.Errorf("a second time: %s", again.Text())
		}
	})
}

// TestWhatThePageRefuses: no link leads further that is not as the provider's settings say, and none leads to
// another site.
func TestWhatThePageRefuses(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.appoint("zhangsan", "super")
		good, test, old := s.preAuth(false), s.preAuth(true), s.preAuth(false)
		b := signedIn(w.Corp, "zhangsan")
		const domain, preauth, parameter = "redirect_uri与配置的授权完成回调域名不一致", "preauthcode校验失败", "参数错误"
		for _, tt := range []struct{ name, link, referer, want string }{
			{"pasted into the address bar", s.link(good), "", domain},
			{"from another site", s.link(good), "https://evil.example/", domain},
			{"from a subdomain", s.link(good), "https://www.isv.example.com/", domain},
			{"from another port", s.link(good), site + ":8443/", domain},
			{"to another site", s.link(good, "redirect_uri", "https://evil.example/"), site, domain},
			{"to no address", s.link(good, "redirect_uri", "javascript:alert(1)"), site, domain},
			{"to nowhere", s.link(good, "redirect_uri", ""), site, domain},
			{"without a code, back to a site", s.link("", "pre_auth_code", ""), site, preauth},
			{"a code that is none", s.link("nonsense"), site, preauth},
			{"a code for a test", s.link(test), site, preauth},
			{"no suite", s.link(good, "suite_id", ""), site, parameter},
			{"another suite", s.link(good, "suite_id", "ww0000000000000000"), site, parameter},
			{"a state with a blank", s.link(good, "state", "a b"), site, parameter},
			{"a state of 129", s.link(good, "state", strings.Repeat("a", 129)), site, parameter},
			{"an order that is none", "/3rdapp/confirm?order=x&seen=y", w.URL, "该链接无法访问"},
			{"a link to templates that is none", "/3rdapp/templates?k=x", "", "该链接无法访问"},
		} {
			if got := b.Get(tt.link, "Referer", tt.referer); tt.referer == "" && tt.want == domain && !strings.Contains(got.Text(), "没有收到") || got.Status != 200 || got.Location != "" || !strings.Contains(got.Text(), tt.want) {
				t.Errorf("%s: %d %s %s", tt.name, got.Status, got.Location, got.Text())
			}
		}
		if got := b.Get(s.link(good, "state", strings.Repeat("a", 128)), "Referer", site+":443/x"); !strings.Contains(got.Text(), "安装「报表」") {
			t.Errorf("a state of 128, from the port that https has: %s", got.Text())
		}
		// Another suite's code, and one whose time is over.
		other := *s
		other.suite, other.commands = s.add(access.ThirdParty, nil)
		if got := b.Get(other.link(good), "Referer", site); !strings.Contains(got.Text(), preauth) {
			t.Errorf("another suite's code: %s", got.Text())
		}
		page := b.Get(s.link(old), "Referer", site)
		w.Advance(1199 * time.Second)
		if got := b.Get(s.link(old), "Referer", site); !strings.Contains(got.Text(), "安装「报表」") {
			t.Errorf("a code of 1199 seconds: %s", got.Text())
		}
		w.Advance(time.Second)
		if got := b.Get(s.link(old), "Referer", site); !strings.Contains(got.Text(), "20 分钟") {
			t.Errorf("a code of 1200 seconds: %s", got.Text())
		}
		if got := b.Press(page, "range", "all", "decision", "confirm"); !strings.Contains(got.Text(), preauth) {
			t.Errorf("a page left open for 1200 seconds: %s", got.Text())
		}
		if _, there := s.installed(s.suite.SuiteID); there {
			t.Error("installed")
		}
	})
}

// TestWhoInstalls: only a super admin does, at the moment of the click, in the browser that was shown the page.
func TestWhoInstalls(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.appoint("zhangsan", "super")
		s.appoint("lisi", "ranged")
		code := s.preAuth(false)
		for _, user := range []string{"lisi", "wangwu"} {
			if got := signedIn(w.Corp, user).Get(s.link(code), "Referer", site); !strings.Contains(got.Text(), "需要系统管理员") {
				t.Errorf("%s: %s", user, got.Text())
			}
		}
		b := signedIn(w.Corp, "zhangsan")
		page := b.Get(s.link(code), "Referer", site)
		if got := signedIn(w.Corp, "zhangsan").Get(page.At, "Referer", w.URL); !strings.Contains(got.Text(), "该链接无法访问") {
			t.Errorf("an order in another browser: %s", got.Text())
		}
		if got := b.Post(page.At, url.Values{"range": {"all"}, "decision": {"confirm"}}); !strings.Contains(got.Text(), "页面已过期") {
			t.Errorf("without a form token: %s", got.Text())
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Admins.Dismiss(ctx, tx, w.CorpID, "zhangsan")
		})
		if got := b.Press(page, "range", "all", "decision", "confirm"); !strings.Contains(got.Text(), "需要系统管理员") {
			t.Errorf("dismissed while the page was open: %s", got.Text())
		}
		s.appoint("zhangsan", "super")
		if got := b.Press(page, "decision", "cancel"); !strings.Contains(got.Text(), "没有安装") {
			t.Errorf("cancelled: %s", got.Text())
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			v := s.suite
			v.Draft = true
			return w.Server.Suites.UpdateSuite(ctx, tx, v)
		})
		if got := b.Press(page, "range", "all", "decision", "confirm"); !strings.Contains(got.Text(), "preauthcode校验失败") {
			t.Errorf("withdrawn while the page was open: %s", got.Text())
		}
		// What is not published is installed as a test.
		got := b.Get(s.link(s.preAuth(true)), "Referer", site)
		if !strings.Contains(got.Text(), "测试安装") {
			t.Errorf("a test: %s", got.Text())
		}
		if done := b.Press(got, "range", "all", "decision", "confirm"); !strings.Contains(done.Location, "auth_code=") {
			t.Errorf("a test: %s", done.Text())
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Suites.DeleteSuite(ctx, tx, s.suite.SuiteID)
		})
		if got := b.Press(page, "range", "all", "decision", "confirm"); !strings.Contains(got.Text(), "该链接无法访问") {
			t.Errorf("the suite was deleted: %s", got.Text())
		}
	})
}

// TestTwoAdministratorsAtOnce: of two who confirm one installation, one has installed it.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.appoint("zhangsan", "super")
		link := "/3rdapp/install?suite_id=" + s.suite.SuiteID
		var pages [4]qiweitest.Page
		var browsers [4]*qiweitest.Browser
		for i := range pages {
			browsers[i] = signedIn(w.Corp, "zhangsan")
			pages[i] = browsers[i].Get(link, "Referer", "")
		}
		var wg sync.WaitGroup
		var done [4]string
		for i := range pages {
			wg.Go(func() { done[i] = browsers[i].Press(pages[i], "range", "all", "decision", "confirm").Text() })
		}
		wg.Wait()
		n := 0
		for _, text := range done {
			if strings.Contains(text, "应用的提供方已收到通知") {
				n++
			} else if !strings.Contains(text, "应用已安装") {
				t.Error(text)
			}
		}
		if pushes := s.told(); n != 1 || len(pushes) != 1 {
			t.Errorf("%d installed, %d were told", n, len(pushes))
		}
	})
}

// TestFromAQRCode: without a provider's site the provider is told by create_auth.
func TestFromAQRCode(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.appoint("zhangsan", "super")
		token := s.token()
		qr := func(body string) qiweitest.Result {
			return s.Send("POST", "/cgi-bin/service/get_app_qrcode?suite_access_token="+token, body)
		}
		id := `"suite_id":"` + s.suite.SuiteID + `"`
		for body, code := range map[string]int{
			`{}`: 41021, `{"suite_id":"wwx"}`: 40083, `{` + id + `,"appid":2}`: 40086, `{` + id + `,"state":"` + strings.Repeat("a", 33) + `"}`: 84025, `{` + id + `,"state":"a-b"}`: 84025,
			`{` + id + `,"style":5}`: 40058, `{` + id + `,"style":-1}`: 40058, `{` + id + `,"result_type":0}`: 40058, `{` + id + `,"result_type":3}`: 40058,
		} {
			if got := qr(body); got.ErrCode != code {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		state := strings.Repeat("s", 32)
		for style, want := range map[string][2]int{`0`: {1996, 2456}, `1`: {624, 768}, `2`: {312, 384}, `3`: {624, 768}, `4`: {1996, 2456}} {
			if got := pictureOf(t, qr(`{`+id+`,"state":"`+state+`","style":`+style+`,"result_type":1}`).Body); got != want {
				t.Errorf("style %s: %v", style, got)
			}
		}
		if got := pictureOf(t, qr(`{`+id+`}`).Body); got != [2]int{312, 384} {
			t.Errorf("by default: %v", got)
		}
		var a struct{ QRCode string }
		qr(`{` + id + `,"state":"` + state + `","result_type":2}`).Decode(&a)
		b := signedIn(w.Corp, "zhangsan")
		if got := b.Get(strings.TrimPrefix(a.QRCode, w.URL), "Referer", ""); got.Header.Get("Content-Type") != "image/png" || pictureOf(t, got.Body) != [2]int{312, 384} {
			t.Errorf("%s: %v", a.QRCode, got.Header)
		}
		if got := b.Get("/3rdapp/qrcode?k=x", "Referer", ""); got.Status != 404 {
			t.Errorf("a picture of nothing: %d", got.Status)
		}

		page := b.Get("/3rdapp/install?suite_id="+s.suite.SuiteID+"&state="+state, "Referer", "")
		done := b.Press(page, "range", "all", "decision", "confirm")
		if done.Location != "" || !strings.Contains(done.Text(), "已安装") {
			t.Fatalf("%s %s", done.Location, done.Text())
		}
		pushes := s.told()
		if len(pushes) != 1 || pushes[0].Field("InfoType") != "create_auth" || pushes[0].Field("State") != state || pushes[0].Field("AuthCode") == "" {
			t.Errorf("%+v", pushes)
		}
		if in, _ := s.installed(s.suite.SuiteID); !in.Range.All() {
			t.Errorf("%+v", in.Range)
		}

		w.Write(func(ctx context.Context, tx *store.Tx) error {
			v := s.suite
			v.Draft = true
			return w.Server.Suites.UpdateSuite(ctx, tx, v)
		})
		if got := qr(`{` + id + `}`); got.ErrCode != 60246 {
			t.Errorf("not published: %s", got.Body)
		}
		if got := signedIn(w.Second, "zhangsan").Get("/3rdapp/install?suite_id="+s.suite.SuiteID, "Referer", ""); !strings.Contains(got.Text(), "应用未上线") {
			t.Errorf("not published: %s", got.Text())
		}
	})
}

// TestTemplates: a provider's link brings its templates into an enterprise, one by one.
func TestTemplates(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.Custom, func(v *suite.Settings) { v.Name = "巡店" })
		s.appoint("zhangsan", "super")
		second, _ := s.add(access.Custom, func(v *suite.Settings) { v.Name = "排班" })
		draft, _ := s.add(access.Custom, func(v *suite.Settings) { v.Draft = true })
		app, _ := s.add(access.ThirdParty, nil)
		token := s.providerToken()
		ask := func(body string) (url string, code int) {
			var a struct {
				ErrCode int
				URL     string `json:"qrcode_url"`
				Expires int64  `json:"expires_in"`
			}
			s.Send("POST", "/cgi-bin/service/get_customized_auth_url?provider_access_token="+token, body).Decode(&a)
			if a.ErrCode == 0 && a.Expires != 864000 {
				t.Errorf("%s: %+v", body, a)
			}
			return strings.TrimPrefix(a.URL, w.URL), a.ErrCode
		}
		list := func(state string, ids ...string) string {
			return `{"state":"` + state + `","templateid_list":["` + strings.Join(ids, `","`) + `"]}`
		}
		for body, want := range map[string]int{
			list("", s.suite.SuiteID): 84025, list("a b", s.suite.SuiteID): 84025, list(strings.Repeat("a", 33), s.suite.SuiteID): 84025,
			`{"state":"a","templateid_list":[]}`: 842004, list("a", strings.Split(strings.Repeat(s.suite.SuiteID+" ", 10), " ")[:10]...): 842004,
			list("a", strings.Split(strings.Repeat(s.suite.SuiteID+" ", 9), " ")[:9]...): 40058,
			list("a", "dk0"): 842003, list("a", app.SuiteID): 842003, list("a", draft.SuiteID): 842002, list("a", s.suite.SuiteID, s.suite.SuiteID): 40058,
		} {
			if _, got := ask(body); got != want {
				t.Errorf("%s: %d", body, got)
			}
		}

		b := signedIn(w.Corp, "zhangsan")
		link, _ := ask(list(strings.Repeat("a", 32), s.suite.SuiteID, second.SuiteID))
		page := b.Get(link, "Referer", "")
		if !strings.Contains(page.Text(), "巡店") || !strings.Contains(page.Text(), "排班") {
			t.Fatal(page.Text())
		}
		if got := b.Get(link+"&suite_id="+app.SuiteID, "Referer", ""); !strings.Contains(got.Text(), "该链接无法访问") {
			t.Errorf("another suite by the same link: %s", got.Text())
		}
		page = b.Get(link+"&suite_id="+second.SuiteID, "Referer", "")
		if done := b.Press(page, "range", "some", "department", "2", "decision", "confirm"); !strings.Contains(done.Text(), "已安装") {
			t.Fatal(done.Text())
		}
		if in, _ := s.installed(second.SuiteID); in.State != strings.Repeat("a", 32) || in.Kind != access.Custom {
			t.Errorf("%+v", in)
		}
		if got := b.Get(link, "Referer", ""); !strings.Contains(got.Text(), "排班 已安装") {
			t.Errorf("afterwards: %s", got.Text())
		}

		one, _ := ask(list("a", s.suite.SuiteID))
		if got := b.Get(one, "Referer", ""); !strings.Contains(got.Text(), "安装「巡店」") {
			t.Errorf("one template: %s", got.Text())
		}
		w.Advance(864000*time.Second - time.Second)
		if got := b.Get(one, "Referer", ""); !strings.Contains(got.Text(), "巡店") && !strings.Contains(got.Text(), "选择企业") {
			t.Errorf("after ten days but a second: %s", got.Text())
		}
		w.Advance(time.Second)
		if got := b.Get(one, "Referer", ""); !strings.Contains(got.Text(), "该链接无法访问") {
			t.Errorf("after ten days: %s", got.Text())
		}
	})
}

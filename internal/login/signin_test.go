package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

func TestControlSignsIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		member(t, w, w.Corp, `{"userid":"wangwu","enable":0}`)
		for _, tt := range []struct {
			name         string
			corp, user   string
			status       int
			says, origin string
		}{
			{"a member", w.CorpID, "zhangsan", 204, "", ""},
			{"in other letters", w.CorpID, "ZHANGSAN", 204, "", ""},
			{"from a page of this server", w.CorpID, "zhangsan", 204, "", w.URL},
			{"from another site", w.CorpID, "zhangsan", 403, "other sites", "https://evil.example"},
			{"no corp", "", "zhangsan", 400, "corpid and userid", ""},
			{"no member", w.CorpID, "", 400, "corpid and userid", ""},
			{"an unknown corp", "ww00", "zhangsan", 404, `"ww00"`, ""},
			{"an unknown member", w.CorpID, "nobody", 404, `"nobody"`, ""},
			{"no userid at all", w.CorpID, "a b", 404, `"a b"`, ""},
			{"a disabled member", w.CorpID, "wangwu", 403, "disabled", ""},
		} {
			b := w.Browser()
			got := b.Post("/_qiwei/sign-in", url.Values{"corpid": {tt.corp}, "userid": {tt.user}}, "Origin", tt.origin)
			if got.Status != tt.status || !strings.Contains(got.Body, tt.says) || (tt.status == 204) != strings.Contains(got.Header.Get("Set-Cookie"), "qiwei_") {
				t.Errorf("%s: %d %s %v", tt.name, got.Status, got.Body, got.Header["Set-Cookie"])
			}
		}
	})
}

func TestServeHasNoOneClickSignIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.Browser()
		form := url.Values{"corpid": {w.CorpID}, "corp": {w.CorpID}, "userid": {"zhangsan"}}
		for _, path := range []string{"/_qiwei/sign-in", "/account/pick"} {
			if got := b.Post(path, form); got.Status != 404 && got.Status != 405 {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
		page := b.Get("/account/sign-in?q=zhang&corp=" + w.CorpID)
		if strings.Contains(page.Body, "张三") || !strings.Contains(page.Text(), "登录企业账号") {
			t.Errorf("the sign-in page lists members: %s", page.Text())
		}
		// Nor does it reveal which enterprises it holds.
		if page := b.Get("/account/"); strings.Contains(page.Text(), "甲公司") || !strings.Contains(page.Text(), "选择企业") {
			t.Errorf("the choice of a corp: %s", page.Text())
		}
	}, qiweitest.WithServe())
}

func TestSessionCookie(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		cookie := func() *http.Cookie {
			b := w.Browser()
			got := b.Post("/_qiwei/sign-in", url.Values{"corpid": {w.CorpID}, "userid": {"zhangsan"}})
			for _, c := range (&http.Response{Header: got.Header}).Cookies() {
				if c.Name == "qiwei_session" {
					return c
				}
			}
			t.Fatal("no cookie")
			return nil
		}
		if c := cookie(); !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || c.Domain != "" || len(c.Value) < 40 {
			t.Errorf("%+v", c)
		}
		w.Server.SetBaseURL("https://qiwei.example")
		if c := cookie(); !c.Secure {
			t.Errorf("by TLS: %+v", c)
		}
	})
}

// TestSessionFixation: a token that was in the browser before sign-in is invalid afterwards.
func TestSessionFixation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		u, _ := url.Parse(w.URL)
		session := func(b *qiweitest.Browser) string {
			for _, c := range b.HTTP.Jar.Cookies(u) {
				if c.Name == "qiwei_session" {
					return c.Value
				}
			}
			return ""
		}
		attacker := w.SignedIn("lisi")
		planted := session(attacker)
		victim := w.Browser()
		victim.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: "qiwei_session", Value: planted, Path: "/"}})
		if got := victim.Post("/_qiwei/sign-in", url.Values{"corpid": {w.CorpID}, "userid": {"zhangsan"}}); got.Status != 204 {
			t.Fatal(got.Body)
		}
		if session(victim) == planted {
			t.Error("the victim goes on under the planted token")
		}
		if page := attacker.Get("/account/"); strings.Contains(page.Text(), "已登录") {
			t.Errorf("the planted token is good: %s", page.Text())
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		in := func(b *qiweitest.Browser) bool { return strings.Contains(b.Get("/account/").Text(), "已登录") }
		used, idle := w.SignedIn("zhangsan"), w.SignedIn("zhangsan")
		for day := range 29 {
			w.Advance(24 * time.Hour)
			if !in(used) {
				t.Fatalf("a session in use has ended after %d days", day+1)
			}
			if day == 5 && !in(idle) {
				t.Error("an idle session has ended after six days")
			} else if day == 13 && in(idle) {
				t.Error("a session idle for a week has not ended")
			}
		}
		w.Advance(25 * time.Hour)
		if in(used) {
			t.Error("a session has not ended after thirty days")
		}
		// Sign-out ends this session and no other.
		one, two := w.SignedIn("zhangsan"), w.SignedIn("zhangsan")
		page := one.Get("/account/")
		if got := one.Post("/account/sign-out", url.Values{"form": {"x"}}); !in(one) {
			t.Errorf("signed out by a spoilt form: %d", got.Status)
		}
		if got := one.Post("/account/sign-out", url.Values{"form": {formToken(t, page)}}, "Origin", "https://evil.example"); got.Status != 403 || !in(one) {
			t.Errorf("signed out by another site: %d", got.Status)
		}
		if got := one.Press(page); got.Status != 303 || in(one) || !in(two) {
			t.Errorf("sign-out: %d %s, in %v and %v", got.Status, got.Location, in(one), in(two))
		}
		// A disabled member has no session, and does not get it back when enabled.
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":1}`)
		if in(two) {
			t.Error("the session of a member who was disabled has not ended")
		}
	})
}

func TestNextStaysHere(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for next, want := range map[string]string{
			"/account/password":     "/account/password",
			"/connect/x?a=b%2Fc&d=": "/connect/x?a=b%2Fc&d=",
			"":                      "/account/",
			"https://evil.example/": "/account/",
			"//evil.example/":       "/account/",
			`/\evil.example/`:       "/account/",
			"/\t/evil.example/":     "/account/",
			"\n//evil.example":      "/account/",
			"javascript:alert(1)":   "/account/",
			"evil.example":          "/account/",
			"/%0d%0aSet-Cookie:a=b": "/%0d%0aSet-Cookie:a=b",
		} {
			b := w.Browser()
			page := b.Get("/account/sign-in?" + url.Values{"corp": {w.CorpID}, "next": {next}}.Encode())
			if got := b.Press(page, "userid", "zhangsan"); got.Status != 303 || got.Location != want {
				t.Errorf("next %q leads to %q, want %q", next, got.Location, want)
			}
			// Nor does an altered form.
			page = b.Get("/account/sign-in?corp=" + w.CorpID)
			action, fields := page.Form(t)
			fields["next"], fields["userid"] = []string{next}, []string{"zhangsan"}
			if got := b.Post(action, fields); got.Location != want {
				t.Errorf("a form with next %q leads to %q, want %q", next, got.Location, want)
			}
		}
	})
}

func TestPicker(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.Browser()
		// A server with several corps asks which one.
		page := b.Get("/account/")
		if !strings.Contains(page.Text(), "甲公司") || !strings.Contains(page.Text(), "乙公司") {
			t.Errorf("the choice of a corp: %s", page.Text())
		}
		page = b.Get("/account/?corp=" + w.Second.CorpID)
		if !strings.Contains(page.Text(), "乙公司") || !strings.Contains(page.Text(), "张三") || !strings.Contains(page.Text(), "研发部") {
			t.Errorf("the picker: %s", page.Text())
		}
		if page := b.Get("/account/?corp=ww00"); !strings.Contains(page.Text(), "没有这个企业") {
			t.Errorf("an unknown corp: %s", page.Text())
		}
		search := "/account/sign-in?corp=" + w.CorpID + "&q="
		for words, want := range map[string]string{"张": "张三", "LISI": "李四", "市场": "王五", "经理 研发": "张三", "nobody": "没有找到成员", "%": "没有找到成员"} {
			if page := b.Get(search + url.QueryEscape(words)); !strings.Contains(page.Text(), want) {
				t.Errorf("%s: %s", words, page.Text())
			}
		}
		for name, form := range map[string]url.Values{
			"no token":        {"corp": {w.CorpID}, "userid": {"zhangsan"}},
			"a spoilt token":  {"corp": {w.CorpID}, "userid": {"zhangsan"}, "form": {"x"}},
			"another purpose": {"corp": {w.CorpID}, "userid": {"zhangsan"}, "form": {formToken(t, w.SignedIn("lisi").Get("/account/"))}},
		} {
			if got := b.Post("/account/pick", form); got.Location != "" || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d %s", name, got.Status, got.Location)
			}
		}
		action, fields := b.Get(search).Form(t)
		fields.Set("userid", "zhangsan")
		if got := w.Browser().Post(action, fields); got.Location != "" {
			t.Errorf("the form of another browser: %d %s", got.Status, got.Location)
		}
	})
}

// TestFirstSignInActivates: the first sign-in activates the member and records the activity.
func TestFirstSignInActivates(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		create := `{"userid":"new","name":"新人","email":"new@corp.example","department":[2]}`
		if got := w.As("contact_sync").Call("POST", "/cgi-bin/user/create", create); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Events()
		var before, after struct{ Status int }
		w.As("self_built").Call("GET", "/cgi-bin/user/get?userid=new", "").Decode(&before)
		w.SignedIn("new")
		w.As("self_built").Call("GET", "/cgi-bin/user/get?userid=new", "").Decode(&after)
		if before.Status != 4 || after.Status != 1 {
			t.Errorf("status %d, then %d; want 4, then 1", before.Status, after.Status)
		}
		if events := w.Events(); len(events) != 1 || events[0] != "change_contact/update_user" {
			t.Errorf("events %q", events)
		}
		b := w.SignedIn("new")
		if events := w.Events(); events != nil {
			t.Errorf("the second sign-in has events %q", events)
		}
		w.Advance(24 * time.Hour)
		b.Get("/account/")
		if days := activeDays(t, w, "new"); days != 2 {
			t.Errorf("active on %d days, want 2", days)
		}
	})
}

// TestTwoCorpsAlike: a userid of one corp says nothing in the other.
func TestTwoCorpsAlike(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, twin := w.Site(nil), w.Second.Site(nil)
		b := w.Second.SignedIn("zhangsan")
		if got := b.Get(w.AuthorizeLink(a)); got.Status != 200 {
			t.Errorf("signed in to the other corp: %d %s", got.Status, got.Location)
		}
		code := b.Code(w.Second.AuthorizeLink(twin))
		if u, body := a.Redeem(newCall, code); u.ErrCode != 40029 {
			t.Errorf("the other corp's code: %s", body)
		}
		if u, body := twin.Redeem(newCall, code); u.ErrCode != 0 {
			t.Errorf("its own: %s", body)
		}
	})
}

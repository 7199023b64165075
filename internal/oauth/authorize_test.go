package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

func TestSilentAuthorisation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		b := w.SignedIn("ZhangSan")
		first := b.Get(w.AuthorizeLink(a) + "&lang=&connect_redirect=1&unknown=x")
		if got := first.To(t); first.Status != 302 || got.Scheme != "https" || got.Host != "app.example.com" || got.Path != "/cb" || got.Query().Get("state") != "STATE" {
			t.Errorf("%d %s", first.Status, first.Location)
		}
		code, second := first.To(t).Query().Get("code"), b.Code(w.AuthorizeLink(a))
		if code == second || len(code) < 32 || len(code) > 512 {
			t.Errorf("codes %q and %q", code, second)
		}
		if u, body := a.Redeem(newCall, code); u.ErrCode != 0 || u.UserID != "zhangsan" || strings.Contains(body, "UserId") || strings.Contains(body, "openid") || u.Ticket != "" {
			t.Errorf("auth/getuserinfo: %s", body)
		}
		if u, body := a.Redeem(oldCall, second); u.ErrCode != 0 || !strings.Contains(body, `"UserId":"zhangsan"`) || len(u.DeviceID) != 16 || strings.Contains(body, "OpenId") || strings.Contains(body, "ticket") {
			t.Errorf("user/getuserinfo: %s", body)
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
	})
}

// TestTrustedDomains walks the table of doc 91335 at all three pages.
func TestTrustedDomains(t *testing.T) {
	for _, tt := range []struct {
		domain, uri string
		ok          bool
	}{
		{"app.example.com", "https://app.example.com/x?y=z", true},
		{"app.example.com", "http://app.example.com", true},
		{"app.example.com", "HTTPS://APP.Example.COM/", true},
		{"App.Example.com", "https://app.example.com/", true},
		{"app.example.com", "https://app.example.com:443/", true},
		{"app.example.com", "http://app.example.com:80/", true},
		{"app.example.com:443", "https://app.example.com:443/", true},
		{"app.example.com", "http://app.example.com:443/", false},
		{"app.example.com", "https://a.app.example.com/", false},
		{"app.example.com", "https://example.com/", false},
		{"app.example.com", "https://app.example.com.evil.example/", false},
		{"app.example.com", "https://evil.example/app.example.com", false},
		{"app.example.com", "https://app.example.com@evil.example/", false},
		{"app.example.com", "https://evil.example@app.example.com/", false},
		{"app.example.com", `https://evil.example\@app.example.com/`, false},
		{"app.example.com", "https://evil.example#@app.example.com/", false},
		{"app.example.com", "https://evil.example?@app.example.com/", false},
		{"app.example.com", "//app.example.com/", false},
		{"app.example.com", "app.example.com/cb", false},
		{"app.example.com", "javascript://app.example.com/%0aalert(1)", false},
		{"app.example.com", "myapp://app.example.com/", false},
		{"app.example.com", "https://app.example.com./", false},
		{"app.example.com", "https://app.example.com:8443/", false},
		{"app.example.com:8443", "https://app.example.com:8443/cb", true},
		{"app.example.com:8443", "https://app.example.com/cb", false},
		{"app.example.com:8443", "https://app.example.com:8444/cb", false},
		{"127.0.0.1:9000", "http://127.0.0.1:9000/cb", true},
		{"127.0.0.1:9000", "http://localhost:9000/cb", false},
		{"", "https://app.example.com/", false},
	} {
		t.Run(tt.domain+" "+tt.uri, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.Site(func(a *app.App) { a.RedirectDomain, a.LoginDomain = tt.domain, tt.domain })
				b := w.SignedIn("zhangsan")
				q := url.Values{"appid": {w.CorpID}, "agentid": {agent(a)}, "redirect_uri": {tt.uri}, "state": {"s"}, "response_type": {"code"}, "scope": {""}}.Encode()

				got := b.Get("/connect/oauth2/authorize?" + q)
				if to := got.To(t); tt.ok {
					if to.Path == "/wwopen/uriconfirm" || to.Query().Get("code") == "" {
						t.Errorf("authorize leads to %s", got.Location)
					}
				} else if to.Host != "" || to.Path != "/wwopen/uriconfirm" || to.Query().Get("err_type") != "domain_err" || to.Query().Get("uri") != tt.uri {
					t.Errorf("authorize leads to %s", got.Location)
				} else if page := b.Get(got.Location); page.Status != 200 || !strings.Contains(page.Text(), "redirect_uri需使用应用可信域名") {
					t.Errorf("uriconfirm: %d %s", page.Status, page.Text())
				}
				for _, path := range []string{"/wwopen/sso/qrConnect", "/wwopen/sso/v1/qrConnect", "/wwlogin/sso/login"} {
					page := b.Get(path + "?" + q)
					refused := strings.Contains(page.Text(), "redirect_uri 与配置的授权完成回调域名不一致")
					if page.Status != 200 || refused == tt.ok || strings.Contains(page.Body, "?key=") != tt.ok {
						t.Errorf("%s: %d %s", path, page.Status, page.Text())
					}
				}
			})
		})
	}
}

// TestDomainOfAnyApplication: a link without agentid may lead to the domain of any application of the corp
// (doc 91335).
func TestDomainOfAnyApplication(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		other := w.Site(func(a *app.App) { a.RedirectDomain = "other.example.com" })
		w.Second.Site(func(a *app.App) { a.RedirectDomain = "second.example.com" })
		b := w.SignedIn("lisi")
		for uri, want := range map[string]string{
			"https://app.example.com/": "app.example.com", "https://other.example.com/": "other.example.com", "https://second.example.com/": "",
		} {
			if got := b.Get(w.AuthorizeLink(nil, "redirect_uri", uri)).To(t); got.Host != want {
				t.Errorf("%s leads to %s", uri, got)
			}
		}
		if got := b.Get(w.AuthorizeLink(other)).To(t); got.Path != "/wwopen/uriconfirm" {
			t.Errorf("the domain of another application than the link names: %s", got)
		}
		// The domain decides whose token redeems the code.
		code := b.Code(w.AuthorizeLink(nil, "redirect_uri", "https://other.example.com/"))
		if u, body := a.Redeem(newCall, code); u.ErrCode != 50001 {
			t.Errorf("the code of another domain: %s", body)
		}
		if u, body := other.Redeem(newCall, code); u.ErrCode != 0 || u.UserID != "lisi" {
			t.Errorf("the code of its domain, after another application has tried: %s", body)
		}
		other.Configure(func(a *app.App) { a.Disabled = true })
		if got := b.Get(w.AuthorizeLink(nil, "redirect_uri", "https://other.example.com/")).To(t); got.Path != "/wwopen/uriconfirm" {
			t.Errorf("the domain of a disabled application: %s", got)
		}
	})
}

func TestStateComesBackLetterByLetter(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		b := w.SignedIn("zhangsan")
		for name, state := range map[string]string{
			"none":      "",
			"Keycloak":  "mQbLxO3b9hPzQ0V4T1b3yJ8m0Wb6sX5aZ2cR7dE1fGk.kT3xYz_-.c3B1cmNlLXdlYg",
			"Casdoor":   "P2NsaWVudF9pZD1hJmI9Yw+/==",
			"long":      strings.Repeat("Az09-_.~", 512),
			"Chinese":   "状态 与 空格",
			"escaped":   "a%2Fb%20c%26d%3D",
			"injection": "x&code=evil#frag\r\nSet-Cookie: a=b",
			"quotes":    `"><script>`,
		} {
			got := b.Get(w.AuthorizeLink(a, "state", state) + map[bool]string{true: "&state="}[state == ""])
			to := got.To(t)
			if !strings.Contains(got.Location, "state=") || to.Query().Get("state") != state || len(to.Query()["code"]) != 1 || to.Fragment != "" {
				t.Errorf("%s: %s", name, got.Location)
			}
			if got.Header.Get("Set-Cookie") != "" && strings.Contains(got.Header.Get("Set-Cookie"), "a=b") {
				t.Errorf("%s: a header was planted", name)
			}
		}
		// Returned as clients write it: unescaped base64 stays unescaped.
		if got := b.Get(w.AuthorizeLink(a, "state", "") + "&state=YQ+/=="); !strings.HasSuffix(got.Location, "&state=YQ+/==") {
			t.Errorf("raw state: %s", got.Location)
		}
		if got := b.Get(w.AuthorizeLink(a, "state", "")); !strings.HasSuffix(got.Location, "&state=") {
			t.Errorf("no state: %s", got.Location)
		}
		for uri, want := range map[string]string{
			"https://app.example.com/cb?a=b&c=%2F": "https://app.example.com/cb?a=b&c=%2F&code=",
			"https://app.example.com/?":            "https://app.example.com/?code=",
			"https://app.example.com":              "https://app.example.com?code=",
			"https://app.example.com/路径?名=值":       "https://app.example.com/%E8%B7%AF%E5%BE%84?%E5%90%8D=%E5%80%BC&code=",
		} {
			if got := b.Get(w.AuthorizeLink(a, "redirect_uri", uri)); !strings.HasPrefix(got.Location, want) {
				t.Errorf("%s: %s", uri, got.Location)
			}
		}
		if got := b.Get(w.AuthorizeLink(a, "redirect_uri", "https://app.example.com/?x#/home")); !strings.HasPrefix(got.Location, "https://app.example.com/?x&code=") || !strings.HasSuffix(got.Location, "#/home") {
			t.Errorf("a fragment: %s", got.Location)
		}
	})
}

func TestLinksThatLeadNowhere(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, off, gone := w.Site(nil), w.Site(func(a *app.App) { a.Disabled = true }), w.Site(nil)
		w.Write(deleteApp(w, gone))
		b := w.SignedIn("zhangsan")
		for _, tt := range []struct {
			name string
			link string
			says string
		}{
			{"no appid", w.AuthorizeLink(a, "appid", ""), "参数错误"},
			{"an unknown appid", w.AuthorizeLink(a, "appid", "ww0000"), "参数错误"},
			{"no redirect_uri", w.AuthorizeLink(a, "redirect_uri", ""), "参数错误"},
			{"another response_type", w.AuthorizeLink(a, "response_type", "token"), "参数错误"},
			{"another scope", w.AuthorizeLink(a, "scope", "snsapi_login"), "参数错误"},
			{"an agentid that is no number", w.AuthorizeLink(nil, "agentid", "x"), "参数错误"},
			{"an unknown agentid", w.AuthorizeLink(nil, "agentid", "999"), "参数错误"},
			{"the agentid of the other corp", w.AuthorizeLink(nil, "agentid", agent(w.Second.Site(func(a *app.App) { a.AgentID = 0 }))+"9"), "参数错误"},
			{"a deleted application", w.AuthorizeLink(gone), "应用已删除"},
			{"a disabled application", w.AuthorizeLink(off), "应用已停用"},
			{"privateinfo with an unknown agentid", w.AuthorizeLink(nil, "agentid", "999", "scope", "snsapi_privateinfo"), "无效的agentid参数"},
			{"a script in the address", w.AuthorizeLink(nil, "agentid", `"><script>alert(1)</script>`), "参数错误"},
		} {
			got := b.Get(tt.link)
			if got.Status != 200 || !strings.Contains(got.Text(), tt.says) || strings.Contains(got.Body, "<script>alert") {
				t.Errorf("%s: %d %s %s", tt.name, got.Status, got.Location, got.Text())
			}
		}
	})
}

func TestPagesAreGuarded(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(func(a *app.App) { a.Sensitive = []string{"mobile"} })
		b := w.SignedIn("zhangsan")
		qr := "/wwopen/sso/qrConnect?appid=" + w.CorpID + "&agentid=" + agent(a) + "&redirect_uri=https%3A%2F%2Fapp.example.com%2F"
		shown := b.Get(qr)
		for name, path := range map[string]string{
			"sign-in": "/account/sign-in?corp=" + w.CorpID, "consent": w.AuthorizeLink(a, "scope", "snsapi_privateinfo"),
			"account": "/account/", "confirm": "/wwopen/sso/confirm2?k=" + keyOn(t, shown), "error": "/wwopen/uriconfirm",
		} {
			h := b.Get(path).Header
			csp := h.Get("Content-Security-Policy")
			if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") ||
				h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", name, h)
			}
		}
		for name, got := range map[string]qiweitest.Page{
			"qrConnect": shown, "wwlogin": b.Get(strings.Replace(qr, "/wwopen/sso/qrConnect", "/wwlogin/sso/login", 1)),
			"qrConnect, wrong": b.Get(qr + "x.evil.example"),
		} {
			csp := got.Header.Get("Content-Security-Policy")
			if csp == "" || strings.Contains(csp, "frame-ancestors") || got.Header.Get("X-Frame-Options") != "" {
				t.Errorf("%s may not be embedded: %v", name, got.Header)
			}
		}
	})
}

func TestOrdinaryBrowserSignsInFirst(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(func(a *app.App) { a.Range = access.Range{Departments: []int64{2}} })
		b := w.Browser()
		wanted := w.AuthorizeLink(a, "state", "a+b/c=&d")
		page := b.Get(wanted)
		if page.Status != 200 || !strings.Contains(page.Text(), "张三") || !strings.Contains(page.Text(), "王五") || !strings.Contains(page.Text(), "不在可见范围") {
			t.Fatalf("%d %s", page.Status, page.Text())
		}
		picked := b.Press(page, "userid", "lisi")
		if picked.Status != 303 || picked.Location != wanted {
			t.Fatalf("after the choice: %d %s, want %s", picked.Status, picked.Location, wanted)
		}
		if u, body := a.Redeem(newCall, b.Code(wanted)); u.UserID != "lisi" {
			t.Error(body)
		}
		// The other corp's session does not count here.
		other := w.Second.SignedIn("zhangsan")
		if got := other.Get(wanted); got.Status != 200 || got.Location != "" {
			t.Errorf("a member of another corp: %d %s", got.Status, got.Location)
		}
	})
}

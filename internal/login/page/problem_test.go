package page

import (
	"strings"
	"testing"
)

// TestProblemTitles holds the texts that people search for, on both pages.
func TestProblemTitles(t *testing.T) {
	m := Mismatch{RedirectURI: "https://app.example.com:8443/cb?x=1", Configured: []string{"app.example.com"}, App: someApp, Fix: "/console/"}
	for title, p := range map[string]Problem{
		"redirect_uri 与配置的授权完成回调域名不一致": RedirectMismatch(m),
		"redirect_uri需使用应用可信域名":        UntrustedDomain(m),
		"参数错误":         BadParameter("appid", "ww01"),
		"应用已删除":        AppDeleted("1000002"),
		"该链接无法访问":      DeadLink(),
		"无效的agentid参数": BadAgentID("7"),
		"无权限":          NotVisible(someApp, someone, "/console/"),
		"校验请求来源错误":     BadSource("https://x.example/y", nil, ""),
		"请在微信客户端打开链接":  OpenInClient("https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww01"),
	} {
		for _, l := range []Lang{Chinese, English} {
			page := html(t, l, p)
			if !strings.Contains(page, `<h1 lang="zh-CN">`+title+`</h1>`) {
				t.Errorf("%s %s:\n%s", title, l, page)
			}
			if l == English && !strings.Contains(page, p.Title.En) {
				t.Errorf("%s has no English words", title)
			}
		}
		if len(p.Mend) == 0 || p.Why == (Text{}) {
			t.Errorf("%s does not say why or what to do", title)
		}
	}
}

func TestMismatchShowsBothSides(t *testing.T) {
	page := html(t, English, RedirectMismatch(Mismatch{
		RedirectURI: "https://app.example.com:8443/cb", Configured: []string{"app.example.com", "b.example.com"}, App: someApp, Fix: "/console/apps/1000002",
	}))
	for _, want := range []string{
		`<code>app.example.com:8443</code>`, `<code>app.example.com</code><code>b.example.com</code>`, `授权回调域`, `href="/console/apps/1000002"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
}

func TestMismatchSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		uri        string
		configured []string
		want       string
	}{
		{"https://a.example/cb", nil, "why.none"},
		{"a.example/cb", []string{"a.example"}, "why.noscheme"},
		{"https%3A%2F%2Fa.example", []string{"a.example"}, "why.noscheme"},
		{"javascript:alert(1)", []string{"a.example"}, "why.noscheme"},
		{"", []string{"a.example"}, "why.noscheme"},
		{"https://a.example:8443/", []string{"b.example", "A.example"}, "why.port"},
		{"https://a.example/", []string{"a.example:8443"}, "why.port"},
		{"http://[::1]:80/", []string{"[::1]:8080"}, "why.port"},
		{"http://localhost:3000/", []string{"127.0.0.1:3000"}, "why.loopback"},
		{"http://[::1]:3000/", []string{"localhost:3000"}, "why.loopback"},
		{"https://x.a.example/", []string{"a.example"}, "why.subdomain"},
		{"https://a.example/", []string{"x.a.example"}, "why.subdomain"},
		{"https://a.example/", []string{"https://a.example/"}, "why.entry"},
		{"https://a.example/", []string{"b.example"}, "why.other"},
		{"https://nota.example/", []string{"a.example"}, "why.other"},
	} {
		m := Mismatch{RedirectURI: tt.uri, Configured: tt.configured}
		if got := RedirectMismatch(m).Why; got != messages[tt.want] {
			t.Errorf("%s against %v: %s, want %s", tt.uri, tt.configured, got.En, tt.want)
		}
	}
}

// TestFailedQRConnect is the error page as scrapers read it.
func TestFailedQRConnect(t *testing.T) {
	p := BadParameter("appid", "")
	p.ErrCode, p.Nonce = 40013, "n0nce"
	if page := html(t, English, p); !strings.Contains(page, `<script nonce="n0nce">window.settings = {"errCode":40013,"errMsg":"参数错误"};</script>`) {
		t.Error(page)
	}
	if page := html(t, English, BadParameter("appid", "")); strings.Contains(page, "window.settings") {
		t.Error("settings without a nonce")
	}
}

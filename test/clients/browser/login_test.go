package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The words on the buttons are WeCom's own.
var (
	confirmWords = []string{"确认登录", "确认", "登录", "同意", "允许", "同意授权"}
	declineWords = []string{"取消", "取消登录", "拒绝", "不同意"}
)

// TestScanToSignIn walks both pages that show a QR code.
func TestScanToSignIn(t *testing.T) {
	app := server.App("self_built")
	userID := server.Corp.Members[0]
	for _, tt := range []struct {
		name string
		path string
		// more is what this page is given beside the rest, and appid whether it hands that back.
		more  []string
		appid bool
	}{
		{name: "qrConnect", path: "/wwopen/sso/qrConnect", appid: true},
		{name: "wwlogin", path: "/wwlogin/sso/login", more: []string{"login_type", "CorpApp"}},
		{name: "wwlogin without login_type", path: "/wwlogin/sso/login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			redirectURI, visits := site.expect()
			state := "a.b-c_" + random() + "=+/"
			desk, hand := desktop(t), phone(t)

			hand.signIn(userID)
			desk.open(link(tt.path, append(tt.more, "appid", server.Corp.CorpID, "agentid", agentID(app),
				"redirect_uri", redirectURI, "state", state)...))
			code := desk.scan()
			if !strings.HasPrefix(code, server.BaseURL+"/") {
				t.Fatalf("the QR code says %q; want an address of %s", code, server.BaseURL)
			}
			hand.open(code)
			nobody(t, visits) // a scan alone signs nobody in
			hand.press(confirmWords...)

			query := desk.arrives(visits)
			if query.Get("code") == "" || query.Get("state") != state {
				t.Errorf("called back with %v; want a code and the state %q", query, state)
			}
			if got := query.Get("appid"); tt.appid && got != server.Corp.CorpID {
				t.Errorf("called back with appid %q; want %s", got, server.Corp.CorpID)
			}
			who := call(t, app, http.MethodGet, "/cgi-bin/auth/getuserinfo", url.Values{"code": {query.Get("code")}}, nil)
			if who["userid"] != userID {
				t.Errorf("auth/getuserinfo: %v; want %s", who, userID)
			}
			if ticket, has := who["user_ticket"]; has {
				t.Errorf("auth/getuserinfo: user_ticket %v; a web login's code yields none", ticket)
			}
		})
	}
}

func TestDeclineOnThePhone(t *testing.T) {
	t.Parallel()
	app := server.App("self_built")
	redirectURI, visits := site.expect()
	desk, hand := desktop(t), phone(t)

	hand.signIn(server.Corp.Members[0])
	desk.open(link("/wwopen/sso/qrConnect", "appid", server.Corp.CorpID, "agentid", agentID(app),
		"redirect_uri", redirectURI, "state", "declined"))
	hand.open(desk.scan())
	hand.press(declineWords...)

	query := desk.arrives(visits)
	if query.Has("code") || query.Has("error") || query.Get("state") != "declined" {
		t.Errorf("called back with %v; want the state and no code", query)
	}
}

// TestOtherDomain: the address is nobody's, so the page says so and leads nowhere.
func TestOtherDomain(t *testing.T) {
	app := server.App("self_built")
	for _, tt := range []struct {
		name, path string
		words      string
		device     func(*testing.T) *device
	}{
		{"qrConnect", "/wwopen/sso/qrConnect", "redirect_uri 与配置的授权完成回调域名不一致", desktop},
		{"wwlogin", "/wwlogin/sso/login", "redirect_uri 与配置的授权完成回调域名不一致", desktop},
		{"authorize", "/connect/oauth2/authorize", "redirect_uri需使用应用可信域名", phone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Another port is another domain, and so is another name for the same machine.
			redirectURI, visits := site.expect()
			browser := tt.device(t)
			for _, other := range []string{
				strings.Replace(redirectURI, "127.0.0.1", "localhost", 1),
				strings.Replace(redirectURI, "127.0.0.1:", "127.0.0.1:1", 1),
				"http://" + site.domain() + ".example/callback",
				"http://example.com/?" + site.domain(),
				"http://" + site.domain() + "@example.com/",
			} {
				browser.open(link(tt.path, "login_type", "CorpApp", "appid", server.Corp.CorpID, "agentid", agentID(app),
					"redirect_uri", other, "response_type", "code", "scope", "snsapi_base", "state", "STATE"))
				browser.reads(tt.words)
			}
			nobody(t, visits)
		})
	}
}

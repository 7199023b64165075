package browser

import (
	"net/url"
	"strings"
	"testing"

	"qiwei/test/clients/devserver"
)

// newSuite is a suite that no other test installs.
func newSuite(t *testing.T, kind string) (devserver.Provider, devserver.Suite) {
	t.Helper()
	p, err := server.Provider()
	if err != nil {
		t.Fatal(err)
	}
	v, err := server.NewSuite(p, kind, "报表 "+random(), site.domain())
	if err != nil {
		t.Fatal(err)
	}
	return p, v
}

func suiteToken(t *testing.T, v devserver.Suite) string {
	t.Helper()
	token, err := server.SuiteToken(v)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestInstall begins at a button on the provider's site: on a desktop in Chinese, where nobody is signed in yet, and
// on a phone in English, by the address that providers have in their pages.
func TestInstall(t *testing.T) {
	for _, tt := range []struct {
		name, lang, host string
		device           func(*testing.T) *device
		words            map[string]string
	}{
		{"desktop", "zh", server.BaseURL, desktop, map[string]string{"search": "搜索", "install": "同意并安装"}},
		{"phone", "en", "https://open.work.weixin.qq.com", phone, map[string]string{"search": "Search", "install": "Install"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, v := newSuite(t, "third_party")
			token := suiteToken(t, v)
			pre := request(t, "GET", "/cgi-bin/service/get_pre_auth_code", url.Values{"suite_access_token": {token}}, nil)
			redirectURI, visits := site.expect()
			state := random()
			address := link("/3rdapp/install", "suite_id", v.SuiteID, "pre_auth_code", pre["pre_auth_code"].(string), "redirect_uri", redirectURI, "state", state, "lang", tt.lang)
			address = strings.Replace(address, server.BaseURL, tt.host, 1)

			d := tt.device(t)
			d.open(address) // pasted, and so refused
			d.reads("redirect_uri与配置的授权完成回调域名不一致")
			d.open(site.page(`<a href="` + strings.ReplaceAll(address, "&", "&amp;") + `">install</a>`))
			d.press("install")
			d.click("enterprise", `document.querySelector("a[href*='corp=`+server.Corp.CorpID+`']")`)
			d.pick(server.Corp.Admin.UserID)

			d.reads(v.Name)
			d.reads("contact:base:base")
			d.shot("install-" + tt.name + "-all")
			d.click("choice of some", `document.getElementById("some")`)
			d.shot("install-" + tt.name + "-some")
			if _, err := evaluate[bool](d, `(document.getElementById("q").value = "`+server.Corp.Members[1]+`", true)`); err != nil {
				t.Fatal(err)
			}
			d.press(tt.words["search"])
			d.tick(server.Corp.Members[1], true)
			d.shot("install-" + tt.name + "-found")
			nobody(t, visits)
			d.press(tt.words["install"])

			query := d.arrives(visits)
			if query.Get("state") != state || query.Get("expires_in") != "600" {
				t.Errorf("called back with %v", query)
			}
			got := request(t, "POST", "/cgi-bin/service/get_permanent_code", url.Values{"suite_access_token": {token}}, map[string]string{"auth_code": query.Get("auth_code")})
			if got["permanent_code"] == "" || got["access_token"] == "" {
				t.Errorf("get_permanent_code: %v", got)
			}

			// The member who is now in its range opens it by the link that serves every enterprise.
			member := phone(t)
			member.signIn(server.Corp.Members[1])
			redirectURI, visits = site.expect()
			member.open(link("/connect/oauth2/authorize", "appid", v.SuiteID, "redirect_uri", redirectURI, "response_type", "code", "scope", "snsapi_userinfo", "state", "S"))
			who := request(t, "GET", "/cgi-bin/service/auth/getuserinfo3rd", url.Values{"suite_access_token": {token}, "code": {member.arrives(visits).Get("code")}}, nil)
			if who["user_ticket"] == nil || !strings.HasPrefix(who["userid"].(string), "wo") {
				t.Errorf("getuserinfo3rd: %v", who)
			}
		})
	}
}

// TestSignInOnAProvidersSite scans the QR codes of a provider: of its login authorisation, and its own.
func TestSignInOnAProvidersSite(t *testing.T) {
	t.Parallel()
	p, v := newSuite(t, "login")
	redirectURI, visits := site.expect()
	desk, hand := desktop(t), phone(t)
	hand.signIn(server.Corp.Members[0])
	desk.open(link("/wwlogin/sso/login", "login_type", "ServiceApp", "appid", v.SuiteID, "redirect_uri", redirectURI, "state", "S"))
	hand.open(desk.scan())
	hand.press(confirmWords...)
	who := request(t, "GET", "/cgi-bin/service/auth/getuserinfo3rd", url.Values{"suite_access_token": {suiteToken(t, v)}, "code": {desk.arrives(visits).Get("code")}}, nil)

	if err := server.Command("provider", "set", "--data", server.DataDir(), "--corpid", p.CorpID, "--login-domain", site.domain()); err != nil {
		t.Fatal(err)
	}
	redirectURI, visits = site.expect()
	address := link("/wwopen/sso/3rd_qrConnect", "appid", p.CorpID, "redirect_uri", redirectURI, "state", "S", "usertype", "member")
	desk.open(site.page(`<a href="` + strings.ReplaceAll(address, "&", "&amp;") + `">enter</a>`))
	desk.press("enter")
	desk.reads("请用手机扫描二维码")
	desk.shot("3rd_qrConnect")
	hand.open(desk.scan())
	hand.press(confirmWords...)
	query := desk.arrives(visits)
	if query.Get("expires_in") != "600" || query.Get("state") != "S" || query.Has("code") {
		t.Errorf("called back with %v", query)
	}
	token := request(t, "POST", "/cgi-bin/service/get_provider_token", nil, map[string]string{"corpid": p.CorpID, "provider_secret": p.Secret})["provider_access_token"].(string)
	info := request(t, "POST", "/cgi-bin/service/get_login_info", url.Values{"access_token": {token}}, map[string]string{"auth_code": query.Get("auth_code")})
	user, _ := info["user_info"].(map[string]any)
	if user["userid"] != who["userid"] {
		t.Errorf("%v by one QR code, and %v by the other", user, who)
	}
}

package browser

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
)

// interception returns the proxy that leads WeCom's hosts to the server, and the digest of the key
// that signs for them, which is how this browser is told to trust it and no store is touched.
func interception() (proxy, key string, err error) {
	proxy, file, err := server.Interception()
	if err != nil {
		return "", "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", "", errors.New(file + " is no certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return proxy, base64.StdEncoding.EncodeToString(sum[:]), nil
}

// page puts a page on the site and returns its address.
func (s *thirdParty) page(html string) string {
	path := "/" + random() + "/page"
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = "<!doctype html><title>site</title>" + html
	return s.URL + path
}

// trustSite lets the site's pages use the JS-SDK.
func trustSite(t *testing.T) {
	t.Helper()
	err := server.Command("app", "set", "--data", server.DataDir(), "--corpid", server.Corp.CorpID,
		"--agentid", agentID(server.App("self_built")), "--trusted-domain", site.domain())
	if err != nil {
		t.Fatal(err)
	}
}

// TestEmbeddedPanels signs in by the panels that a site embeds with WeCom's own scripts, from the
// hosts that it has in its pages.
func TestEmbeddedPanels(t *testing.T) {
	trustSite(t)
	app := server.App("self_built")
	userID := server.Corp.Members[0]
	panel := func(options string) string {
		return fmt.Sprintf(`{%s, appid: %q, agentid: %q, state: "s-1"}`, options, server.Corp.CorpID, agentID(app))
	}
	for _, tt := range []struct {
		name string
		html func(redirectURI string) string
	}{
		{"wwLogin 1.0.0", func(to string) string {
			return `<div id=panel></div><script src="https://rescdn.qqmail.com/node/ww/wwopenmng/js/sso/wwLogin-1.0.0.js"></script>
				<script>new WwLogin(` + panel(fmt.Sprintf(`id: "panel", redirect_uri: encodeURIComponent(%q)`, to)) + `)</script>`
		}},
		{"wwLogin 1.2.7", func(to string) string {
			return `<div id=panel></div><script src="https://wwcdn.weixin.qq.com/node/wework/wwopen/js/wwLogin-1.2.7.js"></script>
				<script>new WwLogin(` + panel(fmt.Sprintf(`id: "panel", lang: "zh", redirect_uri: encodeURIComponent(%q)`, to)) + `)</script>`
		}},
		{"createWWLoginPanel that calls back", func(to string) string {
			return `<div id=panel></div><script src="https://wwcdn.weixin.qq.com/node/open/js/wecom-jssdk-2.3.2.js"></script>
				<script>ww.createWWLoginPanel({el: "#panel", params: ` +
				panel(fmt.Sprintf(`login_type: ww.WWLoginType.corpApp, redirect_type: ww.WWLoginRedirectType.callback, redirect_uri: %q`, to)) +
				`, onLoginSuccess({code}) { location.href = ` + fmt.Sprintf("%q", to) + ` + "&state=s-1&code=" + code }})</script>`
		}},
		{"createWWLoginPanel that leads on", func(to string) string {
			return `<div id=panel></div><script src="https://wwcdn.weixin.qq.com/node/open/js/wecom-jssdk-2.3.2.js"></script>
				<script>ww.createWWLoginPanel({el: "#panel", params: ` + panel(fmt.Sprintf(`login_type: "CorpApp", redirect_uri: %q`, to)) + `})</script>`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			redirectURI, visits := site.expect()
			desk, hand := desktop(t), phone(t)
			hand.signIn(userID)
			desk.open(site.page(tt.html(redirectURI)))
			hand.open(desk.scan())
			hand.press(confirmWords...)
			query := desk.arrives(visits)
			if query.Get("state") != "s-1" {
				t.Errorf("called back with %v", query)
			}
			who := call(t, app, http.MethodGet, "/cgi-bin/auth/getuserinfo", url.Values{"code": {query.Get("code")}}, nil)
			if who["userid"] != userID {
				t.Errorf("auth/getuserinfo: %v; want %s", who, userID)
			}
		})
	}
}

// TestSignaturesOfPages has wx and ww check a page's signatures.
func TestSignaturesOfPages(t *testing.T) {
	trustSite(t)
	app := server.App("self_built")
	ticket := func(path string, query url.Values) string {
		return fmt.Sprint(call(t, app, http.MethodGet, path, query, nil)["ticket"])
	}
	corps, agents := ticket("/cgi-bin/get_jsapi_ticket", nil), ticket("/cgi-bin/ticket/get", url.Values{"type": {"agent_config"}})
	sign := func(page, ticket string) string {
		sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=n&timestamp=1700000000&url=" + page))
		return hex.EncodeToString(sum[:])
	}
	path := "/" + random() + "/signed"
	page := site.URL + path
	site.mu.Lock()
	site.pages[path] = strings.NewReplacer("CORP", strconv.Quote(server.Corp.CorpID), "AGENT", agentID(app),
		"GOOD", strconv.Quote(sign(page, corps)), "OWN", strconv.Quote(sign(page, agents))).Replace(`<!doctype html><title>site</title><pre id=said></pre>
		<script src="https://res.wx.qq.com/open/js/jweixin-1.2.0.js"></script>
		<script src="https://open.work.weixin.qq.com/wwopen/js/jwxwork-1.0.0.js"></script>
		<script src="https://wwcdn.weixin.qq.com/node/open/js/wecom-jssdk-2.3.2.js"></script>
		<script>
			const say = (text) => said.append(text + "\n");
			const sig = (signature) => ({timestamp: 1700000000, nonceStr: "n", signature});
			wx.ready(() => {
				say("wx ready");
				wx.error((e) => say("wx error: " + e.errMsg));
				wx.agentConfig({corpid: CORP, agentid: AGENT, ...sig(OWN), success: (r) => say("wx " + r.errMsg), fail: (r) => say("wx " + r.errMsg), complete() {
					wx.config({appId: CORP, ...sig("0".repeat(40)), jsApiList: []});
				}});
				wx.scanQRCode({fail: (r) => say("wx " + r.errMsg)});
			});
			wx.config({appId: CORP, ...sig(GOOD), jsApiList: ["scanQRCode"]});
			ww.register({corpId: CORP, agentId: AGENT, getConfigSignature: () => sig(GOOD), onConfigSuccess: (r) => say("ww " + r.errMsg),
				getAgentConfigSignature: async () => sig(GOOD), onAgentConfigFail: (r) => say("ww " + r.errMsg)});
		</script>`)
	site.mu.Unlock()
	desk := desktop(t)
	desk.open(page)
	for _, words := range []string{
		"wx ready", "wx agentConfig:ok", "wx scanQRCode:fail, not built in qiwei", "wx error: config:fail, invalid signature",
		"ww config:ok", "ww agentConfig:fail, invalid signature",
	} {
		desk.reads(words)
	}
}

// TestAuthorizeOnWeComsHost walks a link as it stands in other people's code: the member signs in on
// WeCom's own host.
func TestAuthorizeOnWeComsHost(t *testing.T) {
	t.Parallel()
	app := server.App("self_built")
	redirectURI, visits := site.expect()
	hand := phone(t)
	hand.open("https://open.weixin.qq.com/connect/oauth2/authorize?" + url.Values{"appid": {server.Corp.CorpID}, "redirect_uri": {redirectURI},
		"response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"s-2"}}.Encode() + "#wechat_redirect")
	hand.pick(server.Corp.Members[0])
	query := hand.arrives(visits)
	who := call(t, app, http.MethodGet, "/cgi-bin/user/getuserinfo", url.Values{"code": {query.Get("code")}}, nil)
	if who["UserId"] == nil || query.Get("state") != "s-2" {
		t.Errorf("called back with %v, which is %v", query, who)
	}
}

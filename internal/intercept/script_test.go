package intercept_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/token"
	"qiwei/qiweitest"
)

func TestScriptsAreWhereTheirPagesLookForThem(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	f := newFront(t, w, nil)
	for address, word := range map[string]string{
		"https://wwcdn.weixin.qq.com/node/wework/wwopen/js/wwLogin-1.2.7.js":          "WwLogin",
		"https://rescdn.qqmail.com/node/ww/wwopenmng/js/sso/wwLogin-1.0.0.js":         "WwLogin",
		"https://wwcdn.weixin.qq.com/node/open/js/wecom-jssdk-2.0.2.js":               "createWWLoginPanel",
		"https://res.wx.qq.com/open/js/jweixin-1.2.0.js":                              "agentConfig",
		"http://res.wx.qq.com/open/js/jweixin-1.2.0.js":                               "agentConfig",
		"https://open.work.weixin.qq.com/wwopen/js/jwxwork-1.0.0.js":                  "agentConfig",
		w.URL + "/node/wework/wwopen/js/wwLogin-1.2.7.js":                             "WwLogin",
		"https://wwcdn.weixin.qq.com/node/open/js/something-1.0.js":                   "",
		"https://wwcdn.weixin.qq.com/node/wework/wwopen/js/wwLogin-../../jssdk.js":    "",
		"https://wwcdn.weixin.qq.com/node/wework/wwopen/js/wwLogin-%2e%2e%2fjssdk.js": "",
	} {
		client := f.through()
		if strings.HasPrefix(address, w.URL) {
			client = http.DefaultClient
		}
		resp, err := client.Get(address)
		status, body := read(t, resp, err)
		if (status == 200) != (word != "") || !strings.Contains(body, word) {
			t.Errorf("%s: %d, no %q", address, status, word)
		}
		if status == 200 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s is %s", address, resp.Header.Get("Content-Type"))
		}
	}
}

func TestSignaturesAreChecked(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		a.Configure(func(a *app.App) { a.TrustedDomains = []string{"app.example", "local.example:8080"} })
		var ticket, agentTicket struct{ Ticket string }
		for path, to := range map[string]any{"/cgi-bin/get_jsapi_ticket": &ticket, "/cgi-bin/ticket/get?type=agent_config": &agentTicket} {
			if err := json.Unmarshal([]byte(a.Call("GET", path, "").Body), to); err != nil {
				t.Fatal(err)
			}
		}
		sign := func(page, ticket string) string {
			return token.JSSDK{Ticket: ticket, NonceStr: "n", Timestamp: "1700000000", URL: page}.Signature()
		}
		agent := fmt.Sprint(a.AgentID)
		const page = "https://app.example/a?b=c&d=%E4%B8%AD"
		for _, tt := range []struct {
			name, corp, agent, page, signature, origin string
			code                                       int
		}{
			{"the corp's", w.CorpID, "", page, sign(page, ticket.Ticket), "https://app.example", 0},
			{"the application's", w.CorpID, agent, page, sign(page, agentTicket.Ticket), "", 0},
			{"below the domain", w.CorpID, "", "https://x.app.example/", sign("https://x.app.example/", ticket.Ticket), "", 0},
			{"on the domain's port", w.CorpID, "", "http://local.example:8080/", sign("http://local.example:8080/", ticket.Ticket), "", 0},
			{"with a fragment that was not signed", w.CorpID, "", page + "#x", sign(page, ticket.Ticket), "", 0},
			{"of another page", w.CorpID, "", page + "&e=f", sign(page, ticket.Ticket), "", 40093},
			{"the corp's in place of the application's", w.CorpID, agent, page, sign(page, ticket.Ticket), "", 40093},
			{"another corp's", w.Second.CorpID, "", page, sign(page, ticket.Ticket), "", 80001},
			{"none", w.CorpID, "", page, "", "", 40093},
			{"on another port", w.CorpID, "", "http://local.example/", sign("http://local.example/", ticket.Ticket), "", 80001},
			{"on a domain that ends alike", w.CorpID, "", "https://evilapp.example/", sign("https://evilapp.example/", ticket.Ticket), "", 80001},
			{"asked about by another page", w.CorpID, "", page, sign(page, ticket.Ticket), "https://evil.example", 40094},
			{"of no page", w.CorpID, "", "javascript:alert(1)", "", "", 40094},
			{"of no corp", "ww0000000000000000", "", page, "", "", 40013},
			{"of no application", w.CorpID, "77", page, "", "", 40056},
		} {
			t.Run(tt.name, func(t *testing.T) {
				q := url.Values{"appid": {tt.corp}, "url": {tt.page}, "noncestr": {"n"}, "timestamp": {"1700000000"}, "signature": {tt.signature}}
				if tt.agent != "" {
					q.Set("agentid", tt.agent)
				}
				req, err := http.NewRequest("GET", w.URL+"/wwopen/js/qiwei-signature?"+q.Encode(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if tt.origin != "" {
					req.Header.Set("Origin", tt.origin)
				}
				var got struct{ ErrCode int }
				_, body := read(t, w.Do(req), nil)
				if err := json.Unmarshal([]byte(body), &got); err != nil || got.ErrCode != tt.code {
					t.Errorf("%s (%v); want %d", body, err, tt.code)
				}
			})
		}
	})
}

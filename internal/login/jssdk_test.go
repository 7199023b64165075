package login_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/token"
	"qiwei/qiweitest"
)

// TestJSSDKPage checks signatures made with the API's tickets.
func TestJSSDKPage(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		one := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), TrustedDomains: []string{"one.example.com"}})
		w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), TrustedDomains: []string{"two.example.com"}})
		ticket := func(c *qiweitest.Client, path string) string {
			var resp struct{ Ticket string }
			c.Call("GET", path, "").Decode(&resp)
			return resp.Ticket
		}
		corp, own, card := ticket(one, "/cgi-bin/get_jsapi_ticket"), ticket(one, "/cgi-bin/ticket/get?type=agent_config"), ticket(one, "/cgi-bin/ticket/get?type=wx_card")
		ask := func(ticket, page, signature string) string {
			t.Helper()
			form := url.Values{"ticket": {ticket}, "noncestr": {"n"}, "timestamp": {strconv.FormatInt(w.Clock.Now().Unix(), 10)}, "url": {page}, "signature": {signature}, "lang": {"en"}}
			req, err := http.NewRequest("POST", w.URL+"/jssdk", strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp := w.Do(req)
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src") {
				t.Errorf("%d %s", resp.StatusCode, resp.Header)
			}
			return string(body)
		}
		signed := func(ticket, page string) string {
			return token.JSSDK{Ticket: ticket, NonceStr: "n", Timestamp: strconv.FormatInt(w.Clock.Now().Unix(), 10), URL: page}.Signature()
		}
		const first, second = "https://one.example.com/a", "https://two.example.com/a"
		for _, tt := range []struct{ name, ticket, page, signature, want string }{
			{"the corp's, on a page of one", corp, first, signed(corp, first), "The signature is right"},
			{"the corp's, on a page of another", corp, second, signed(corp, second), "The signature is right"},
			{"the corp's, elsewhere", corp, "https://three.example.com/", "", "80001"},
			{"the application's own", own, first, signed(own, first), "ticket of application " + strconv.FormatInt(one.AgentID, 10)},
			{"the application's on a page of another", own, second, "", "80001"},
			{"a wrong one", own, first, signed(corp, first), "another signature"},
			{"an invoice's", card, first, "", "invoice ticket"},
			{"none of ours", "x", first, "", "42012"},
		} {
			if body := ask(tt.ticket, tt.page, tt.signature); !strings.Contains(body, tt.want) {
				t.Errorf("%s: no %q in %s", tt.name, tt.want, body)
			}
		}
		w.Advance(2*time.Hour + time.Second)
		if body := ask(own, first, ""); !strings.Contains(body, "expired") {
			t.Errorf("after two hours: %s", body)
		}
		ticket(one, "/cgi-bin/ticket/get?type=agent_config")
		if body := ask(own, first, ""); !strings.Contains(body, "was not issued by this server") {
			t.Errorf("after a new one: %s", body)
		}
	})
}

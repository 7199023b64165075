package qiweitest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"qiwei/internal/app"
	"qiwei/internal/id"
)

// SetDomains says where web authorisation (redirect) and QR login may return to
// for the client's application: a host, or host:port.
func (c *Client) SetDomains(redirect, login string) {
	c.corp.w.t.Helper()
	c.Configure(func(a *app.App) { a.RedirectDomain, a.LoginDomain = redirect, login })
}

// SetRange limits what the client's application sees to the departments, with all below them, and the
// members.
func (c *Client) SetRange(departments []int64, members ...string) {
	c.corp.w.t.Helper()
	c.Configure(func(a *app.App) {
		a.Range.Departments, a.Range.Members = departments, nil
		for _, m := range members {
			a.Range.Members = append(a.Range.Members, id.UserID(m))
		}
	})
}

// WeComPhone is how WeCom's own browser introduces itself on a phone. Web
// authorisation is silent in it.
const WeComPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
	"Mobile/15E148 wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh ColorScheme/Light"

// SignIn returns a browser in which the member is signed in, as in WeCom on the member's phone. It follows
// redirects, to your application and back.
func (c *Corp) SignIn(user string) *http.Client {
	c.w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.w.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: phone{}}
	resp, err := browser.PostForm(c.w.URL+"/_qiwei/sign-in", url.Values{"corpid": {c.CorpID}, "userid": {user}})
	if err != nil {
		c.w.t.Fatalf("sign in as %s: %v", user, err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		c.w.t.Fatalf("sign in as %s: %s", user, resp.Status)
	}
	return browser
}

// phone sends requests as WeCom's browser does.
type phone struct{}

func (phone) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", WeComPhone)
	return http.DefaultTransport.RoundTrip(r)
}

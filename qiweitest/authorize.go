package qiweitest

import (
	"net/url"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/app"
)

// Site makes an application whose pages are at app.example.com. Change may change its settings, or be nil.
func (c *Corp) Site(change func(*app.App)) *Client {
	c.w.t.Helper()
	client := c.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), RedirectDomain: "app.example.com", LoginDomain: "app.example.com"})
	if change != nil {
		client.Configure(change)
	}
	return client
}

// AuthorizeLink returns the path of a link of web authorisation, as of a Site. The application may be nil. Pairs set
// parameters, or leave one out where the value is empty.
func (c *Corp) AuthorizeLink(a *Client, pairs ...string) string {
	q := url.Values{
		"appid": {c.CorpID}, "redirect_uri": {"https://app.example.com/cb"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"STATE"},
	}
	if a != nil {
		q.Set("agentid", strconv.FormatInt(a.AgentID, 10))
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return "/connect/oauth2/authorize?" + q.Encode()
}

// Code opens a link of web authorisation that asks nothing, and returns the code that it leads to.
func (b *Browser) Code(link string) string {
	b.T.Helper()
	code := b.Get(link).To(b.T).Query().Get("code")
	if code == "" {
		b.T.Fatalf("%s: no code", link)
	}
	return code
}

// UserInfo is what a code tells of a member: the answer of auth/getuserinfo and of user/getuserinfo.
type UserInfo struct {
	ErrCode   int    `json:"errcode"`
	ErrMsg    string `json:"errmsg"`
	UserID    string
	DeviceID  string `json:"DeviceId"`
	Ticket    string `json:"user_ticket"`
	ExpiresIn int64  `json:"expires_in"`
}

// Redeem exchanges a code at the path of one of the two calls.
func (c *Client) Redeem(path, code string) (u UserInfo, body string) {
	c.corp.w.t.Helper()
	got := c.Call("GET", path+"?code="+url.QueryEscape(code), "")
	got.Decode(&u)
	return u, got.Body
}

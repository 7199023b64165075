// Package yourapp stands for a project that uses qiwei in its tests. The
// documentation takes its examples from here.
package yourapp

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

func TestReadMember(t *testing.T) {
	w := qiweitest.New(t)                            // a server with two enterprises, in this process
	app := w.As("self_built")                        // an application that sees everyone
	client := NewClient(w.URL, w.CorpID, app.Secret) // your client, unchanged
	name, err := client.Name("zhangsan")
	if err != nil || name != "张三" {
		t.Errorf("name %q, %v", name, err)
	}
}

func TestTokenExpires(t *testing.T) {
	w := qiweitest.New(t)
	client := NewClient(w.URL, w.CorpID, w.As("self_built").Secret)
	if _, err := client.Name("zhangsan"); err != nil {
		t.Fatal(err)
	}
	w.Advance(2 * time.Hour) // nobody waits
	if _, err := client.Name("zhangsan"); err != nil {
		t.Errorf("after two hours: %v", err)
	}
	if client.Fetched != 2 {
		t.Errorf("fetched %d tokens", client.Fetched)
	}
}

func TestOutOfRange(t *testing.T) {
	w := qiweitest.New(t)
	app := w.As("self_built")
	app.SetRange([]int64{4}) // the marketing department alone
	client := NewClient(w.URL, w.CorpID, app.Secret)
	if _, err := client.Name("zhangsan"); err == nil || !strings.Contains(err.Error(), "60011") {
		t.Errorf("read a member who is out of range: %v", err)
	}
}

func TestChangesOfOthers(t *testing.T) {
	w := qiweitest.New(t)
	got := w.As("contact_sync").Call("POST", "/cgi-bin/user/create",
		`{"userid":"zhaoliu","name":"赵六","email":"zhaoliu@corp.example","department":[2]}`)
	if got.ErrCode != 0 {
		t.Fatal(got.Body)
	}
	client := NewClient(w.URL, w.CorpID, w.As("self_built").Secret)
	if name, err := client.Name("zhaoliu"); err != nil || name != "赵六" {
		t.Errorf("name %q, %v", name, err)
	}
}

func TestFailures(t *testing.T) {
	w := qiweitest.New(t)
	client := NewClient(w.URL, w.CorpID, w.As("self_built").Secret)

	mend := w.Fail(qiweitest.Fault{Path: "/cgi-bin/user/get", ErrCode: 45009, Times: 2})
	restore := w.Snapshot()
	if _, err := client.Name("zhangsan"); err == nil || !strings.Contains(err.Error(), "45009") {
		t.Errorf("while calls fail: %v", err)
	}
	restore()
	mend()
	if _, err := client.Name("zhangsan"); err != nil {
		t.Errorf("mended: %v", err)
	}
}

func TestSignIn(t *testing.T) {
	w := qiweitest.New(t)
	app := w.As("self_built")
	site := httptest.NewServer(&Site{Client: NewClient(w.URL, w.CorpID, app.Secret)})
	defer site.Close()
	app.SetDomains(strings.TrimPrefix(site.URL, "http://"), "")

	browser := w.SignIn("lisi") // WeCom on lisi's phone
	resp, err := browser.Get(site.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if user := resp.Header.Get("X-User"); user != "lisi" {
		t.Errorf("signed in as %q: %s %s", user, resp.Status, resp.Request.URL)
	}
}

// Client is what stands for your own client or an SDK.
type Client struct {
	BaseURL, CorpID, Secret string
	Fetched                 int // tokens

	token string
}

func NewClient(baseURL, corpID, secret string) *Client {
	return &Client{BaseURL: baseURL, CorpID: corpID, Secret: secret}
}

// get calls the API, with a new token if the old one has expired.
func (c *Client) get(path string, query url.Values, into any) error {
	for try := 0; ; try++ {
		if c.token == "" {
			var got struct {
				ErrCode int    `json:"errcode"`
				ErrMsg  string `json:"errmsg"`
				Token   string `json:"access_token"`
			}
			if err := fetch(c.BaseURL+"/cgi-bin/gettoken?"+url.Values{"corpid": {c.CorpID}, "corpsecret": {c.Secret}}.Encode(), &got); err != nil {
				return err
			}
			if got.ErrCode != 0 {
				return &refused{got.ErrCode, got.ErrMsg}
			}
			c.token = got.Token
			c.Fetched++
		}
		query.Set("access_token", c.token)
		var raw json.RawMessage
		if err := fetch(c.BaseURL+path+"?"+query.Encode(), &raw); err != nil {
			return err
		}
		var e refused
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		switch {
		case e.Code == 0:
			return json.Unmarshal(raw, into)
		case (e.Code == 40014 || e.Code == 42001) && try == 0:
			c.token = ""
		default:
			return &e
		}
	}
}

// Name returns the name of a member.
func (c *Client) Name(user string) (string, error) {
	var m struct{ Name string }
	err := c.get("/cgi-bin/user/get", url.Values{"userid": {user}}, &m)
	return m.Name, err
}

type refused struct {
	Code int    `json:"errcode"`
	Msg  string `json:"errmsg"`
}

func (e *refused) Error() string { return e.Msg }

func fetch(url string, into any) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// Site is a web application that members are signed in to by WeCom.
type Site struct{ *Client }

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if code == "" {
		http.Redirect(w, r, s.BaseURL+"/connect/oauth2/authorize?"+url.Values{
			"appid": {s.CorpID}, "redirect_uri": {"http://" + r.Host + "/back"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"x"},
		}.Encode()+"#wechat_redirect", http.StatusFound)
		return
	}
	var user struct{ UserID string }
	if err := s.get("/cgi-bin/auth/getuserinfo", url.Values{"code": {code}}, &user); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	w.Header().Set("X-User", user.UserID)
}

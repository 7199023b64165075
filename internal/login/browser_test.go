package login_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// browser is a browser that keeps cookies, runs no scripts, and returns redirects instead of following them.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func newBrowser(t *testing.T, w *qiweitest.World) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: w.URL, http: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is the answer that a browser got.
type answer struct {
	status   int
	header   http.Header
	body     string
	location string
}

// to returns where the answer leads.
func (a answer) to(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(a.location)
	if err != nil || a.status < 300 || a.status > 399 {
		t.Fatalf("status %d, location %q: no redirect; the page:\n%s", a.status, a.location, a.text())
	}
	return u
}

var tags = regexp.MustCompile(`(?s)<(?:script|style|svg).*?</(?:script|style|svg)>|<[^>]*>|\s+`)

// text is what a person reads on the page.
func (a answer) text() string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllStringFunc(a.body, func(string) string { return " " })))
}

func (b *browser) do(req *http.Request) answer {
	b.t.Helper()
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return answer{resp.StatusCode, resp.Header, string(body), resp.Header.Get("Location")}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// post sends a form as a page of this server does. Headers come in pairs.
func (b *browser) post(path string, form url.Values, headers ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest("POST", b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.base)
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return b.do(req)
}

var (
	postForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`)
	hidden   = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// form returns the page's form as it would be sent without input.
func (a answer) form(t *testing.T) (action string, fields url.Values) {
	t.Helper()
	m := postForm.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("status %d, no form on the page:\n%s", a.status, a.text())
	}
	fields = url.Values{}
	for _, h := range hidden.FindAllStringSubmatch(m[0], -1) {
		fields.Add(html.UnescapeString(h[1]), html.UnescapeString(h[2]))
	}
	return html.UnescapeString(m[1]), fields
}

// press fills in the page's form and sends it. Values come in pairs.
func (b *browser) press(a answer, pairs ...string) answer {
	b.t.Helper()
	action, fields := a.form(b.t)
	for i := 0; i < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return b.post(action, fields)
}

// signedIn returns a browser in which the member of the corp is signed in.
func signedIn(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string) *browser {
	t.Helper()
	b := newBrowser(t, w)
	if a := b.post("/_qiwei/sign-in", url.Values{"corpid": {c.CorpID}, "userid": {user}}); a.status != http.StatusNoContent {
		t.Fatalf("sign in as %s: %d %s", user, a.status, a.body)
	}
	return b
}

// site is an application whose domain is app.example.com.
func site(c *qiweitest.Corp, change func(*app.App)) *qiweitest.Client {
	settings := app.Settings{Range: access.Everything(), RedirectDomain: "app.example.com", LoginDomain: "app.example.com"}
	client := c.WithApp(access.SelfBuilt, settings)
	if change != nil {
		client.Configure(change)
	}
	return client
}

// link builds an authorisation link. Pairs add to the parameters, or, with an empty value, remove one.
func link(c *qiweitest.Corp, a *qiweitest.Client, pairs ...string) string {
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

// code walks through an authorisation that asks nothing and returns its code.
func (b *browser) code(link string) string {
	b.t.Helper()
	code := b.get(link).to(b.t).Query().Get("code")
	if code == "" {
		b.t.Fatalf("%s: no code", link)
	}
	return code
}

// userinfo is both calls' answer.
type userinfo struct {
	ErrCode   int    `json:"errcode"`
	ErrMsg    string `json:"errmsg"`
	UserID    string
	DeviceID  string `json:"DeviceId"`
	Ticket    string `json:"user_ticket"`
	ExpiresIn int64  `json:"expires_in"`
}

const newCall = "/cgi-bin/auth/getuserinfo"

func redeem(c *qiweitest.Client, path, code string) (u userinfo, body string) {
	got := c.Call("GET", path+"?code="+url.QueryEscape(code), "")
	got.Decode(&u)
	return u, got.Body
}

// member changes a member by an update of the API.
func member(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, change string) {
	t.Helper()
	if got := c.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", change); got.ErrCode != 0 {
		t.Fatalf("user/update %s: %s", change, got.Body)
	}
}

var keyShape = regexp.MustCompile(`\?key=([0-9a-f]{16})`)

// keyOn returns the key of the QR code on a page.
func keyOn(t *testing.T, page answer) string {
	t.Helper()
	m := keyShape.FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("status %d, no QR code on the page:\n%s", page.status, page.text())
	}
	return m[1]
}

func sweep(t *testing.T, w *qiweitest.World) {
	t.Helper()
	if err := w.Server.Login.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, w *qiweitest.World, table string) (n int64) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(`SELECT count(*) FROM ` + table)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func activeDays(t *testing.T, w *qiweitest.World, user string) (n int64) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(`SELECT count(*) FROM activity WHERE corpid = ? AND member = (SELECT no FROM member WHERE corpid = ? AND userkey = ?)`, w.CorpID, w.CorpID, user)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func formToken(t *testing.T, page answer) string {
	t.Helper()
	_, fields := page.form(t)
	return fields.Get("form")
}

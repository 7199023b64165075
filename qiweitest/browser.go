package qiweitest

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser keeps cookies and runs no scripts. It returns redirects instead of following them.
type Browser struct {
	T    testing.TB
	Base string // of this server's URLs
	HTTP *http.Client
}

// Browser returns a browser that has visited nothing.
func (w *World) Browser() *Browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Browser{T: w.t, Base: w.URL, HTTP: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignedIn returns a browser in which the member is signed in. It is one on a computer; SignIn returns one on the
// member's phone.
func (c *Corp) SignedIn(user string) *Browser {
	c.w.t.Helper()
	b := c.w.Browser()
	if p := b.Post("/_qiwei/sign-in", url.Values{"corpid": {c.CorpID}, "userid": {user}}); p.Status != http.StatusNoContent {
		c.w.t.Fatalf("sign in as %s: %d %s", user, p.Status, p.Body)
	}
	return b
}

// FollowHere has the browser follow redirects within this server.
func (b *Browser) FollowHere() *Browser {
	b.HTTP.CheckRedirect = func(to *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(to.URL.String(), b.Base) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return b
}

// Page is what a browser was answered.
type Page struct {
	Status   int
	Header   http.Header
	Body     string
	Location string // where it redirects to
	At       string // the path and query that it came from
}

// Do sends a request.
func (b *Browser) Do(req *http.Request) Page {
	b.T.Helper()
	resp, err := b.HTTP.Do(req)
	if err != nil {
		b.T.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.T.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return Page{resp.StatusCode, resp.Header, string(body), resp.Header.Get("Location"), resp.Request.URL.RequestURI()}
}

// Get opens a path of this server. Headers come in pairs.
func (b *Browser) Get(path string, headers ...string) Page {
	b.T.Helper()
	return b.send("GET", path, nil, headers)
}

// Post sends a form as a page of this server does. Headers come in pairs, and one without a value is left out.
func (b *Browser) Post(path string, form url.Values, headers ...string) Page {
	b.T.Helper()
	return b.send("POST", path, strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", b.Base}, headers...))
}

// PostJSON sends JSON as a script of this server's pages does, and decodes the answer.
func (b *Browser) PostJSON(path string, body any) (status int, got map[string]any) {
	b.T.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.T.Fatal(err)
	}
	p := b.send("POST", path, bytes.NewReader(raw), []string{"Content-Type", "application/json", "Origin", b.Base})
	p.Decode(b.T, &got)
	return p.Status, got
}

func (b *Browser) send(method, path string, body io.Reader, headers []string) Page {
	b.T.Helper()
	req, err := http.NewRequest(method, b.Base+path, body)
	if err != nil {
		b.T.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return b.Do(req)
}

// Press sends the page's form. Pairs are more fields, and take the place of what is ticked under their name.
func (b *Browser) Press(p Page, pairs ...string) Page {
	b.T.Helper()
	action, fields := p.Form(b.T)
	for i := 0; i < len(pairs); i += 2 {
		fields.Del(pairs[i])
	}
	for i := 0; i < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return b.Post(action, fields)
}

// To returns where the page redirects to.
func (p Page) To(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse(p.Location)
	if err != nil || p.Status < 300 || p.Status > 399 {
		t.Fatalf("status %d, location %q: no redirect; the page:\n%s", p.Status, p.Location, p.Text())
	}
	return u
}

// Decode reads the body, which is JSON.
func (p Page) Decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.Body), into); err != nil {
		t.Fatalf("%d %s: %v", p.Status, p.Body, err)
	}
}

var (
	tags     = regexp.MustCompile(`(?s)<(?:script|style|svg).*?</(?:script|style|svg)>|<[^>]*>`)
	postForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`)
	inputs   = regexp.MustCompile(`<input type="(hidden|checkbox)" name="([^"]*)" value="([^"]*)"( checked)?>`)
)

// Text is what a person reads on the page.
func (p Page) Text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(p.Body, " "))), " ")
}

// Form returns the page's form as it would be sent with nothing filled in.
func (p Page) Form(t testing.TB) (action string, fields url.Values) {
	t.Helper()
	m := postForm.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("status %d, no form on the page:\n%s", p.Status, p.Text())
	}
	fields = url.Values{}
	for _, in := range inputs.FindAllStringSubmatch(m[0], -1) {
		if in[1] == "hidden" || in[4] != "" {
			fields.Add(html.UnescapeString(in[2]), html.UnescapeString(in[3]))
		}
	}
	return html.UnescapeString(m[1]), fields
}

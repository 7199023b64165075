package devserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// UserAgent is how WeCom's own embedded browser introduces itself on a phone: authorisation links are for it,
// and some sites use it to choose between authorize and qrConnect.
const UserAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 " +
	"(KHTML, like Gecko) Mobile/15E148 wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh ColorScheme/Light"

// A Member is a signed-in member with a browser that runs no scripts.
type Member struct {
	UserID string

	server *Server
	http   *http.Client
}

// SignIn signs the member in without a phone, which only `qiwei dev` allows.
func (s *Server) SignIn(userID string) (*Member, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	m := &Member{UserID: userID, server: s, http: &http.Client{
		Jar:     jar,
		Timeout: 20 * time.Second,
		// The tests check where a redirect leads.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	res, err := m.http.PostForm(s.BaseURL+"/_qiwei/sign-in", url.Values{"corpid": {s.Corp.CorpID}, "userid": {userID}})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		body, _ := io.ReadAll(res.Body)
		return nil, fmt.Errorf("POST /_qiwei/sign-in as %s: %s %s; want 204", userID, res.Status, body)
	}
	if len(res.Cookies()) == 0 {
		return nil, fmt.Errorf("POST /_qiwei/sign-in as %s: no session cookie", userID)
	}
	return m, nil
}

// Authorize opens a web authorisation link, as a client has built it for WeCom's hosts, and returns the
// address to which the browser is sent back. It agrees to a consent page, with only the named fields ticked.
func (m *Member) Authorize(link string, fields ...string) (*url.URL, error) {
	link = m.server.Here(link)
	res, err := m.get(link)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		page, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, err
		}
		form, err := consentForm(page, fields)
		if err != nil {
			return nil, fmt.Errorf("GET %s: %w; the page:\n%s", link, err, page)
		}
		if res, err = m.post(res.Request.URL, form); err != nil {
			return nil, err
		}
		defer res.Body.Close()
	}
	if res.StatusCode < 300 || res.StatusCode > 399 {
		body, _ := io.ReadAll(res.Body)
		return nil, fmt.Errorf("%s %s: %s, no redirect; the page:\n%s", res.Request.Method, res.Request.URL, res.Status, body)
	}
	return res.Location()
}

func (m *Member) get(link string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", UserAgent)
	return m.http.Do(req)
}

func (m *Member) post(page *url.URL, f form) (*http.Response, error) {
	action, err := page.Parse(f.action)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(f.values.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", UserAgent)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", page.Scheme+"://"+page.Host)
	req.Header.Set("Referer", page.String())
	return m.http.Do(req)
}

// A form is what a browser would send.
type form struct {
	action string
	values url.Values
}

// consentForm fills the page's form as the member does: the named fields ticked, then the first
// button that does not decline. A tick box is known by its name or its value.
func consentForm(page []byte, fields []string) (form, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return form{}, err
	}
	node := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Form })
	if node == nil {
		return form{}, errors.New("no form to agree to")
	}
	f := form{action: attr(node, "action"), values: url.Values{}}
	pressed := false
	for n := range node.Descendants() {
		name, value, kind := attr(n, "name"), attr(n, "value"), attr(n, "type")
		switch {
		case n.DataAtom == atom.Input && kind == "checkbox":
			if value == "" {
				value = "on"
			}
			if name != "" && (slices.Contains(fields, name) || slices.Contains(fields, value)) {
				f.values.Add(name, value)
			}
		case n.DataAtom == atom.Button && kind != "button", n.DataAtom == atom.Input && kind == "submit":
			if pressed || declines(text(n)+value) {
				continue
			}
			pressed = true
			if name != "" {
				f.values.Add(name, value)
			}
		case n.DataAtom == atom.Input && name != "" && kind != "radio":
			f.values.Add(name, value)
		}
	}
	if !pressed {
		return form{}, errors.New("the form has no button to agree with")
	}
	return f, nil
}

func declines(label string) bool {
	return strings.Contains(label, "拒绝") || strings.Contains(label, "取消") || strings.Contains(label, "不同意")
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && is(d) {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

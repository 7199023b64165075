package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// submit opens a page, fills in its form and sends it, and returns where the
// answer leads, or what it says.
func (s *server) submit(path string, fill url.Values) string {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	form := regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`).FindStringSubmatch(string(page))
	if form == nil {
		s.t.Fatalf("%s: no form in\n%s", path, page)
	}
	for _, h := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form[0], -1) {
		fill.Set(h[1], html.UnescapeString(h[2]))
	}
	if resp, err = c.PostForm(s.base+html.UnescapeString(form[1]), fill); err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if to := resp.Header.Get("Location"); to != "" {
		return to
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

func (s *server) signIn(user, password string) string {
	s.t.Helper()
	return s.submit("/account/sign-in?way=password&next=/account/password", url.Values{"userid": {user}, "password": {password}})
}

// TestMembersGetIn by what an operator gives them.
func TestMembersGetIn(t *testing.T) {
	t.Parallel()
	s := dev(t, filepath.Join(t.TempDir(), "data"))
	admin := s.creds.Corps[0].Admin
	if got := s.signIn(admin.UserID, admin.Password); got != "/account/password" {
		t.Errorf("the administrator of credentials.json, %+v: %s", admin, got)
	}

	set := command(t, "member", "password", "lisi", "--data", s.data)
	set.Stdin = strings.NewReader("a phrase to remember\n")
	if o := finish(t, set); o.code != 0 || !strings.Contains(o.out, "lisi") {
		t.Fatalf("%+v", o)
	}
	if got := s.signIn("lisi", "a phrase to remember"); got != "/account/password" {
		t.Errorf("a password: %s", got)
	}
	for name, stdin := range map[string]string{"lisi": "short\n", "nobody": "a phrase to remember\n"} {
		bad := command(t, "member", "password", name, "--data", s.data)
		bad.Stdin = strings.NewReader(stdin)
		if o := finish(t, bad); o.code == 0 || o.err == "" {
			t.Errorf("%s, %q: %+v", name, stdin, o)
		}
	}

	var inv struct{ Code, Link string }
	if err := json.Unmarshal([]byte(must(t, "member", "invite", "zhangsan", "--data", s.data, "--base-url", s.base, "--json")), &inv); err != nil {
		t.Fatal(err)
	}
	phrase := url.Values{"code": {inv.Code}, "new": {"another phrase"}, "again": {"another phrase"}, "userid": {"zhangsan"}}
	if got := s.submit(strings.TrimPrefix(inv.Link, s.base), phrase); got != "/account/" {
		t.Errorf("an invitation: %s", got)
	}

	// A second start knows the password still, and a second verification stands
	// before the member.
	must(t, "corp", "set", "--data", s.data, "--verify-url", "https://verify.example.com/", "--verify-members", "lisi", "--verify-departments", "")
	if got := s.signIn("lisi", "a phrase to remember"); got != "/account/password" {
		t.Errorf("with a second verification: %s", got)
	}
	s.stop()
	raw, err := os.ReadFile(filepath.Join(s.data, "credentials.json"))
	if err != nil || !strings.Contains(string(raw), admin.Password) {
		t.Errorf("credentials.json has lost the password: %v", err)
	}
	s = dev(t, s.data)
	if got := s.creds.Corps[0].Admin; got != admin {
		t.Errorf("after a second start: %+v", got)
	}
}

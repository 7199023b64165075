package redirect_test

import (
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/login"
	"qiwei/internal/redirect"
)

// FuzzRedirect: whatever an application sends as redirect_uri, a browser that is
// sent there ends on the trusted domain or is not sent at all.
func FuzzRedirect(f *testing.F) {
	for _, s := range []string{
		"https://app.example.com/", "http://app.example.com:80?a=b#c", "https://app.example.com@evil.example", `https://evil.example\@app.example.com`,
		"https://app.example.com\t.evil.example", "//app.example.com", "https:app.example.com", "https:///app.example.com", "https://app.example.com%2eevil.example",
		"https://app.example.com;evil.example", "https://[app.example.com]", "https://app.example.com:x", "https://ａpp.example.com", "https://app.example.com\u3002evil",
	} {
		f.Add(s, "s")
	}
	f.Fuzz(func(t *testing.T, uri, state string) {
		a, ok := redirect.Parse(uri)
		if !ok || !a.On("app.example.com") {
			return
		}
		to := login.EscapeUnsafe(a.With("code=c&state=" + login.EscapeUnsafe(redirect.ParseQuery("state="+url.QueryEscape(state)).Raw("state"))))
		if strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
			t.Fatalf("%q leads to %q", uri, to)
		}
		_, rest, _ := strings.Cut(to, "://")
		end := strings.IndexAny(rest+"/", "/?#")
		host, _, _ := strings.Cut(strings.ToLower(rest[:end]), ":")
		if host != "app.example.com" {
			t.Fatalf("%q leads to %q, on %q", uri, to, host)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatalf("%q leads to %q: %v", uri, to, err)
		}
		before, _ := url.Parse(a.Raw)
		if got := u.Query()["code"]; len(got) == 0 || got[len(got)-1] != "c" {
			if _, err := url.ParseQuery(before.RawQuery); err == nil {
				t.Fatalf("%q leads to %q: code %q", uri, to, got)
			}
		}
		if got := u.Query()["state"]; len(got) == 0 || got[len(got)-1] != state {
			if _, err := url.ParseQuery(before.RawQuery); err == nil {
				t.Fatalf("%q leads to %q: state %q, want %q", uri, to, got, state)
			}
		}
	})
}

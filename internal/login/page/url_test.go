package page

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

func TestOwn(t *testing.T) {
	for s, want := range map[string]bool{
		"/": true, "/a/b?c=d#e": true, "/a?u=https://x.example/": true, "/%2f/x": true, "/中文": true,
		"": false, "a": false, "//evil.example": false, `/\evil.example`: false, "/\t/evil.example": false, "/a b": false,
		"https://evil.example/": false, "javascript:alert(1)": false, "/%zz": false, "\n/x": false,
	} {
		if _, err := own(s); (err == nil) != want {
			t.Errorf("own(%q): %v", s, err)
		}
	}
}

func TestWeb(t *testing.T) {
	for s, want := range map[string]bool{
		"http://a.example": true, "https://a.example:8443/x?y#z": true, "HTTPS://a.example/": true, "http://[::1]:80/": true,
		"": false, "javascript:alert(1)": false, "javascript://a.example/%0aalert(1)": false, "JAVASCRIPT:x": false, " https://a.example": false,
		"data:text/html,x": false, "//a.example": false, "/a": false, "https:a.example": false, "https:///x": false, "ftp://a.example": false,
		"https://u:p@a.example/": false, "java\nscript:alert(1)": false, `https://a.example\@b.example`: false, "wxwork://sso/jump": false,
	} {
		if got := web(s); (got != "") != want {
			t.Errorf("web(%q) = %q", s, got)
		}
	}
}

func TestOrigin(t *testing.T) {
	for s, want := range map[string]string{
		"https://App.Example.com/x": "https://app.example.com", "https://a.example:443": "https://a.example",
		"http://a.example:80/": "http://a.example", "https://a.example:80": "https://a.example:80", "http://127.0.0.1:7993/cb": "http://127.0.0.1:7993",
		"javascript:alert(1)": "", "a.example": "", "": "",
	} {
		if got := origin(s); got != want {
			t.Errorf("origin(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestImage(t *testing.T) {
	for s, want := range map[string]bool{
		"/media/a.png": true, "data:image/png;base64,AAAA": true,
		"https://other.example/a.png": false, "//other.example/a.png": false, "data:image/svg+xml;base64,AAAA": false,
		"data:text/html;base64,AAAA": false, `data:image/png;base64,AA" onload="x`: false, "javascript:alert(1)": false, "": false,
	} {
		if got := image(s); (got != "") != want {
			t.Errorf("image(%q) = %q", s, got)
		}
	}
}

func TestSheet(t *testing.T) {
	css := base64.StdEncoding.EncodeToString([]byte(".qrcode{width:>>>200px}"))
	for s, want := range map[string]string{
		"data:text/css;base64," + css:               "data:text/css;base64," + css,
		"data:text/css;charset=utf-8;base64," + css: "data:text/css;base64," + css,
		"data:text/css;base64,Pj4+":                 "data:text/css;base64,Pj4+",
		"data:text/css;base64,Pj4 ":                 "data:text/css;base64,Pj4+", // a "+" that became a space in a query
		"https://other.example/a.css":               "",
		"data:text/html;base64,AAAA":                "",
		"data:text/css,a{}":                         "",
		`data:text/css;base64,AA"><script>`:         "",
		"":                                          "",
	} {
		if got := string(sheet(s)); got != want {
			t.Errorf("sheet(%q) = %q, want %q", s, got, want)
		}
	}
}

// FuzzAddress compares what is let through with how a browser reads it: a browser drops tabs and newlines and
// reads a backslash as a slash.
func FuzzAddress(f *testing.F) {
	for _, s := range append([]string{"/a", "https://a.example/"}, attacks...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		seen := strings.Map(func(r rune) rune {
			switch {
			case r == '\t' || r == '\n' || r == '\r':
				return -1
			case r == '\\':
				return '/'
			}
			return r
		}, strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }))
		if isOwn(s) && (!strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//")) {
			t.Errorf("own lets %q through", s)
		}
		if web(s) != "" {
			lower := strings.ToLower(seen)
			if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
				t.Errorf("web lets %q through", s)
			}
			if _, err := url.Parse(origin(s)); err != nil {
				t.Errorf("origin(%q) = %q", s, origin(s))
			}
		}
	})
}

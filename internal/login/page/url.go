package page

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

// ErrAddress stops the drawing of a page: one of our forms or links would have led away from this server.
var ErrAddress = errors.New("not a path of this server")

// own lets through a path of this server, with its query, and fails the page on
// all else. `//host` and `/\host` are other hosts to a browser.
func own(s string) (string, error) {
	if !isOwn(s) {
		return "", fmt.Errorf("%w: %q", ErrAddress, s)
	}
	return s, nil
}

func isOwn(s string) bool {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsFunc(s, unfit) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "" && u.Host == ""
}

// unfit reports characters that browsers drop from an address or rewrite, so that it would not lead where it
// seems to.
func unfit(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }

// web lets through an absolute http or https address and nothing else: redirect
// addresses come from a request, and `javascript:` is one too.
func web(s string) string {
	if strings.ContainsFunc(s, unfit) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return s
}

// origin is the scheme, host and port of an http or https address, "" for others.
func origin(s string) string {
	if web(s) == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	if p := u.Port(); (u.Scheme == "http" && p == "80") || (u.Scheme == "https" && p == "443") {
		host = strings.TrimSuffix(host, ":"+p)
	}
	return u.Scheme + "://" + host
}

var dataImage = regexp.MustCompile(`^data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$`)

// image lets through pictures that cost no request to another host.
func image(s string) template.URL {
	if isOwn(s) || dataImage.MatchString(s) {
		return template.URL(s)
	}
	return ""
}

var dataStyle = regexp.MustCompile(`^data:text/css(?:;charset=[A-Za-z0-9-]+)?;base64,`)

// sheet lets through the style sheet in an embedding page's address, if it is complete. A sheet on another
// host is not fetched.
func sheet(s string) template.URL {
	prefix := dataStyle.FindString(s)
	if prefix == "" {
		return ""
	}
	// An unencoded "+" has become a space, because the widgets do not encode their options.
	body := strings.ReplaceAll(s[len(prefix):], " ", "+")
	if _, err := base64.StdEncoding.DecodeString(body); err != nil {
		return ""
	}
	return template.URL("data:text/css;base64," + body)
}

package token

import (
	"net/url"
	"strings"
)

// AsBrowser returns a page's address as a browser has it in location.href, against which the JS-SDK's client
// checks a signature: the host in lower case, with a path, without the scheme's default port, and escaped as
// in Chromium. What is already escaped stays as it is. A text that is no page's address is returned
// unchanged.
func AsBrowser(page string) string {
	u, err := url.Parse(page)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return page
	}
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; strings.HasSuffix(host, port) {
		host = strings.TrimSuffix(host, port)
	}
	// The rest is taken from the text: url.URL would write some of it in another way.
	_, rest, _ := strings.Cut(page, "://")
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	rest = rest[end:]
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	out := u.Scheme + "://" + host + "/" + strings.TrimPrefix(escapeRest(strings.ReplaceAll(path, `\`, "/"), " \"<>^`{|}"), "/")
	if hasQuery {
		out += "?" + escapeRest(query, " \"<>'")
	}
	if hasFragment {
		out += "#" + escapeRest(fragment, " \"<>`")
	}
	return out
}

// escapeRest escapes non-ASCII and invisible characters, and the characters given, as the WHATWG's URL
// standard does for a part of an address.
func escapeRest(text, characters string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		if c > ' '-1 && c < 0x7f && strings.IndexByte(characters, c) < 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString(string([]byte{'%', digits[c>>4], digits[c&15]}))
	}
	return b.String()
}

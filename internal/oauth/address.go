package oauth

import (
	"net/url"
	"strings"
)

// address is a redirect_uri, taken apart as far as the rules of trusted domains
// need it (doc 91335, 98151).
type address struct {
	raw    string
	scheme string
	exact  string // host and port as written, in lower case
	host   string // the same without the port that the scheme has anyway
}

// parseAddress reads a decoded redirect_uri; ok is false for what is no web
// address. One with a user name before the host is refused: it exists to look
// like another host.
func parseAddress(raw string) (a address, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || strings.Contains(u.Host, `\`) {
		return address{}, false
	}
	exact := strings.TrimSuffix(lower(u.Host), ":")
	host := exact
	if p := u.Port(); (u.Scheme == "http" && p == "80") || (u.Scheme == "https" && p == "443") {
		host = strings.TrimSuffix(exact, ":"+p)
	}
	return address{raw, u.Scheme, exact, host}, true
}

// origin returns the scheme and host of the address.
func (a address) origin() string { return a.scheme + "://" + a.exact }

// lower is strings.ToLower for ASCII alone: other letters that fall together
// with an ASCII one in lower case are other hosts here.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// on reports whether the address is on the trusted domain, a host or host:port.
// It must be the very same: a subdomain is another host, there are no wildcards,
// and a port belongs to the name. The scheme plays no part, and a domain without
// a port covers the default port of either. That the letter case does not count,
// and that an explicit default port is the same as none, is unverified.
func (a address) on(domain string) bool {
	d := lower(domain)
	return d != "" && (d == a.host || d == a.exact)
}

// with returns the address with more of a query. What is there stays, and a
// fragment stays last: behind it the application would never see the code.
func (a address) with(query string) string {
	before, fragment, has := strings.Cut(a.raw, "#")
	if has {
		fragment = "#" + fragment
	}
	joint := "?"
	switch {
	case strings.HasSuffix(before, "?"), strings.Contains(before, "?") && strings.HasSuffix(before, "&"):
		joint = ""
	case strings.Contains(before, "?"):
		joint = "&"
	}
	return before + joint + query + fragment
}

// query is the query of a link that an application made. It keeps how each
// value was written, because state goes back letter by letter.
type query []struct{ key, raw string }

func parseQuery(raw string) query {
	var q query
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != "" {
			q = append(q, struct{ key, raw string }{unescape(key), value})
		}
	}
	return q
}

// raw returns the first value of the key as it was written.
func (q query) raw(key string) string {
	for _, p := range q {
		if p.key == key {
			return p.raw
		}
	}
	return ""
}

// get returns the first value of the key, decoded.
func (q query) get(key string) string { return unescape(q.raw(key)) }

// without returns the query without a key, as it was written.
func (q query) without(key string) string {
	var out []string
	for _, p := range q {
		if p.key != key {
			out = append(out, url.QueryEscape(p.key)+"="+p.raw)
		}
	}
	return strings.Join(out, "&")
}

// unescape decodes as forgivingly as the platform: a bad escape stays as written.
func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

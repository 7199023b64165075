// Package redirect reads the redirect addresses of links, under the rules of trusted domains (doc 91335, 98151), and
// the queries that they stand in.
package redirect

import (
	"net/url"
	"strings"
)

// Address is a redirect_uri, parsed as far as the rules of trusted domains need it (doc 91335, 98151).
type Address struct {
	Raw    string
	scheme string
	exact  string // host and port as written, in lower case
	Host   string // the same without the scheme's default port
}

// Parse parses a decoded redirect_uri; ok is false if it is no web address. It refuses a user name
// before the host, whose purpose is to look like another host.
func Parse(raw string) (a Address, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || strings.Contains(u.Host, `\`) {
		return Address{}, false
	}
	exact := strings.TrimSuffix(lower(u.Host), ":")
	host := exact
	if p := u.Port(); (u.Scheme == "http" && p == "80") || (u.Scheme == "https" && p == "443") {
		host = strings.TrimSuffix(exact, ":"+p)
	}
	return Address{raw, u.Scheme, exact, host}, true
}

// Origin returns the scheme and host of the address.
func (a Address) Origin() string { return a.scheme + "://" + a.exact }

// lower is strings.ToLower for ASCII only: other letters whose lower case is an ASCII letter mean other hosts
// here.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// On reports whether the address is on the trusted domain, a host or host:port. It must be exactly the same:
// a subdomain is another host, there are no wildcards, and a port belongs to the name. The scheme does not
// matter, and a domain without a port covers the default port of both schemes. That letter case does not
// matter, and that an explicit default port equals none, is unverified.
func (a Address) On(domain string) bool {
	d := lower(domain)
	return d != "" && (d == a.Host || d == a.exact)
}

// With returns the address with more parameters in its query. The existing query stays. A fragment stays
// last: after it the application would never see the code.
func (a Address) With(query string) string {
	before, fragment, has := strings.Cut(a.Raw, "#")
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

// Query is the query of a link that an application made. It keeps each value as written, because state is
// returned letter for letter.
type Query []struct{ key, raw string }

func ParseQuery(raw string) Query {
	var q Query
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != "" {
			q = append(q, struct{ key, raw string }{Unescape(key), value})
		}
	}
	return q
}

// Raw returns the first value of the key as it was written.
func (q Query) Raw(key string) string {
	for _, p := range q {
		if p.key == key {
			return p.raw
		}
	}
	return ""
}

// Get returns the first value of the key, decoded.
func (q Query) Get(key string) string { return Unescape(q.Raw(key)) }

// Without returns the query without a key, as it was written.
func (q Query) Without(key string) string {
	var out []string
	for _, p := range q {
		if p.key != key {
			out = append(out, url.QueryEscape(p.key)+"="+p.raw)
		}
	}
	return strings.Join(out, "&")
}

// Unescape decodes as leniently as the platform: a bad escape stays as written.
func Unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

package platform

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/wire/known"
)

// A page of any site can have its name lead to this server from one moment to the
// next (DNS rebinding). Its scripts then are of the same origin as what they ask us
// for, and no other check tells them from ours. What gives them away is Host, which
// names their site. So what a browser is trusted with is answered under names that
// are this server's alone.

// anyHost reports whether a path is answered under every name. These ask for a
// credential in the request itself, of which a foreign page has none, or tell nothing
// secret, and their clients reach us by whatever name a network gives us: a container's,
// a probe's, a proxy's.
//
//	/cgi-bin/   an access token or a secret
//	/scim/      a bearer token
//	/oidc/      what clients call, all but the pages of members
//	/auth/      the names of sites, which package gate holds against its table
func anyHost(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/metrics", "/openapi.json":
		return true
	}
	for _, prefix := range []string{"/cgi-bin/", "//", "/scim/", "/auth/", "/.well-known/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	if rest, ok := strings.CutPrefix(path, "/oidc/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		return slices.Contains([]string{".well-known/openid-configuration", "jwks", "token", "userinfo", "introspect", "revoke"}, rest)
	}
	return false
}

// knowsHost reports whether the request names this server: by an address, which no
// name can be made to be, by a name for this machine, by that of the base URL, by one
// of WeCom's, or by one that the settings add. A trusted proxy may say what it likes:
// it decides which names lead here.
func (s *Server) knowsHost(r *http.Request) bool {
	name := hostOnly(r.Host)
	if name == "" { // HTTP/1.0, which no browser speaks
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if _, ok := known.Host(r.Host); ok {
		return true
	}
	if base, err := url.Parse(s.URL()); err == nil && name == hostOnly(base.Host) {
		return true
	}
	if slices.ContainsFunc(s.Hosts, func(h string) bool { return name == hostOnly(h) }) {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && contains(s.TrustedProxies, peer.Addr().Unmap())
}

// hostOnly returns the name or address of a Host, without port, brackets and the dot
// that a full name may end with, in lower case.
func hostOnly(host string) string {
	u := url.URL{Host: host}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// misdirected refuses a request under a name that is not ours.
func (s *Server) misdirected(w http.ResponseWriter, r *http.Request) {
	s.Log.Warn("a request under a name that is not this server's", "host", r.Host, "path", r.URL.Path, "from", r.RemoteAddr)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusMisdirectedRequest)
	fmt.Fprintf(w, "本服务器不以 %q 这个名称提供网页。请使用 %s；如果这个名称确实属于本服务器，启动时加上 --host %s。\n\n"+
		"This server serves no pages under the name %q. Use %s, or start it with --host %s if the name is its own.\n",
		r.Host, s.URL(), hostOnly(r.Host), r.Host, s.URL(), hostOnly(r.Host))
}

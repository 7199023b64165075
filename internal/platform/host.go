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

// Any site can suddenly point its name to this server (DNS rebinding). Its scripts then have the same origin
// as what they request from us, and no other check distinguishes them from ours. Only Host gives them away,
// because it names their site. So everything that trusts the browser is answered only under this server's own
// names.

// anyHost reports whether a path is answered under every name. These paths demand a credential in the request
// itself, which a foreign page does not have, or reveal no secret. Their clients reach us by any name that a
// network gives us: a container's, a probe's, a proxy's.
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
	for _, prefix := range []string{"/cgi-bin/", "/mcp/", "//", "/scim/", "/auth/", "/.well-known/"} {
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

// knowsHost reports whether the request names this server: by an IP address, which no name can pose as, by a
// name for this machine, the base URL's, one of WeCom's, or one that the settings add. A trusted proxy may
// send any name: it decides which names lead here.
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

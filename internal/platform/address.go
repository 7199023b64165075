package platform

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// URL returns where clients reach the server, without a slash at the end.
func (s *Server) URL() string { return s.baseURL.Load().(string) }

// SetBaseURL sets where clients reach the server, once that is known.
func (s *Server) SetBaseURL(u string) { s.baseURL.Store(strings.TrimRight(u, "/")) }

// clientIP returns the caller's address: the peer's, or if the peer is a trusted proxy, the last address in
// X-Forwarded-For that is not one.
func (s *Server) clientIP(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := peer.Addr().Unmap()
	if len(s.TrustedProxies) == 0 {
		return ip
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && contains(s.TrustedProxies, ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap()
	}
	return ip
}

// fromProxy reports whether a request comes from a trusted proxy. In dev, where nothing is at stake,
// everything on this machine counts as one.
func (s *Server) fromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := peer.Addr().Unmap()
	return contains(s.TrustedProxies, ip) || (s.Dev && ip.IsLoopback())
}

func contains(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// addresses returns the machine's own addresses, loopback only if there are no others.
func addresses() []netip.Addr {
	var out, loop []netip.Addr
	list, err := net.InterfaceAddrs()
	if err != nil {
		list = nil
	}
	for _, a := range list {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is4() {
			continue
		}
		if p.Addr().IsLoopback() {
			loop = append(loop, p.Addr())
		} else {
			out = append(out, p.Addr())
		}
	}
	if len(out) == 0 {
		return loop
	}
	return out
}

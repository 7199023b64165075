package intercept

import (
	"net/netip"
	"net/url"
	"strings"
)

// isOwn reports whether the scheme, host and port are those of the server's base URL. The API hands out URLs
// below it (response_url, PicUrl, avatars), and a client with a fixed proxy asks the proxy for them. For this
// machine the name does not matter: localhost, 127.0.0.1 and ::1 count as one address.
func (s *Server) isOwn(scheme, host, port string) bool {
	base, err := url.Parse(s.Handler.URL())
	if err != nil || base.Scheme != scheme {
		return false
	}
	own := base.Port()
	if own == "" {
		own = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	if port != own {
		return false
	}
	return strings.EqualFold(host, base.Hostname()) || (isLoopback(host) && isLoopback(base.Hostname()))
}

// isLoopback reports whether the host is a usual name of this machine for itself.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || ip == netip.IPv6Loopback())
}

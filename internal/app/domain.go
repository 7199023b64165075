package app

import (
	"net/url"
	"strings"
)

// TrustsPage reports whether a page may use the JS-SDK: its host is one of the
// application's trusted domains, its sign-in domain, or below one of them (doc
// 98560). A domain with a port is that port alone.
func (a App) TrustsPage(page string) bool {
	u, err := url.Parse(page)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return false
	}
	for _, d := range append([]string{a.RedirectDomain}, a.TrustedDomains...) {
		if onDomain(u, strings.ToLower(d)) {
			return true
		}
	}
	return false
}

func onDomain(page *url.URL, domain string) bool {
	host := strings.ToLower(page.Hostname())
	if strings.Contains(domain, ":") {
		host = strings.ToLower(page.Host)
	}
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

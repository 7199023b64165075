package gate

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Site is a protected host.
type Site struct {
	Host   string // lower case, with the port unless it is the scheme's default
	Origin string // https://wiki.corp.example
	CorpID string
	App    int64 // our number of the application whose visible range may enter; 0 means the whole corp
	Since  time.Time
}

func (s Site) secure() bool { return strings.HasPrefix(s.Origin, "https://") }

var (
	ErrSiteNotFound = errors.New("no such site")
	ErrSiteTaken    = errors.New("the host is a site already")
	ErrSiteAddress  = errors.New("https://HOST or http://HOST expected, with nothing after it")
)

// ParseSite reads the address of a site: a scheme and a host, with or without a
// port.
func ParseSite(address string) (Site, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return Site{}, ErrSiteAddress
	}
	host, ok := hostName(u.Host, u.Scheme)
	if !ok {
		return Site{}, ErrSiteAddress
	}
	return Site{Host: host, Origin: u.Scheme + "://" + host}, nil
}

// hostName returns a host as the table stores it: in lower case, without the scheme's default port. ok is
// false for a host that no browser sends.
func hostName(hostport, scheme string) (string, bool) {
	h := strings.ToLower(hostport)
	if h == "" || len(h) > 255 || strings.ContainsFunc(h, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:[]", r))
	}) {
		return "", false
	}
	switch {
	case scheme == "http":
		h = strings.TrimSuffix(h, ":80")
	case scheme == "https":
		h = strings.TrimSuffix(h, ":443")
	}
	return h, true
}

// AddSite protects a host.
func (s *Service) AddSite(tx *store.Tx, site Site) error {
	if _, err := selectSite(tx, site.Host); err == nil {
		return ErrSiteTaken
	} else if !errors.Is(err, ErrSiteNotFound) {
		return err
	}
	var no any
	if site.App != 0 {
		no = site.App
	}
	_, err := tx.Exec(`INSERT INTO gate_site (host, origin, corpid, app, created_at) VALUES (?, ?, ?, ?, ?)`,
		site.Host, site.Origin, site.CorpID, no, tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert site: %w", err)
	}
	return nil
}

// RemoveSite stops protecting the host: nobody enters it through us.
func (s *Service) RemoveSite(tx *store.Tx, corpID, host string) error {
	n, err := tx.Exec(`DELETE FROM gate_site WHERE corpid = ? AND host = ?`, corpID, host)
	if err == nil && n == 0 {
		return ErrSiteNotFound
	}
	return err
}

// Sites returns the corp's sites by their hosts.
func (s *Service) Sites(tx *store.Tx, corpID string) (out []Site, err error) {
	err = tx.Each(`SELECT `+siteColumns+` FROM gate_site WHERE corpid = ? ORDER BY host`, []any{corpID}, func(rows *store.Rows) error {
		site, err := scanSite(rows.Scan)
		out = append(out, site)
		return err
	})
	return out, err
}

const siteColumns = `host, origin, corpid, coalesce(app, 0), created_at`

func scanSite(scan func(...any) error) (site Site, err error) {
	var since int64
	err = scan(&site.Host, &site.Origin, &site.CorpID, &site.App, &since)
	site.Since = time.UnixMilli(since).UTC()
	return site, err
}

func selectSite(tx *store.Tx, host string) (site Site, err error) {
	found := false
	err = tx.Each(`SELECT `+siteColumns+` FROM gate_site WHERE host = ?`, []any{host}, func(rows *store.Rows) error {
		found = true
		site, err = scanSite(rows.Scan)
		return err
	})
	if err == nil && !found {
		err = ErrSiteNotFound
	}
	return site, err
}

// errTwoSites refuses a request that names two sites.
var errTwoSites = errors.New("the request names two hosts")

// siteOf returns the site that a request is for. If the proxy passes on Host, that names it (nginx). If the
// proxy asks under our own name, X-Forwarded-Host does (Traefik, Caddy), but only from one of our proxies. A
// browser can send that header too, through a proxy that does not replace it, and so claim another site that
// admits more people. So a Host that is a site is never overruled, and a contradiction is refused.
func (s *Service) siteOf(tx *store.Tx, r *http.Request) (Site, error) {
	byHost, hostErr := s.siteNamed(tx, r.Host)
	if hostErr != nil && !errors.Is(hostErr, ErrSiteNotFound) {
		return Site{}, hostErr
	}
	forwarded := r.Header.Values("X-Forwarded-Host")
	if len(forwarded) == 0 || !s.deps.Trusted(r) {
		return byHost, hostErr
	}
	if len(forwarded) > 1 || strings.Contains(forwarded[0], ",") {
		return Site{}, errTwoSites
	}
	byProxy, err := s.siteNamed(tx, forwarded[0])
	switch {
	case hostErr == nil && (err != nil || byProxy.Host != byHost.Host):
		return Site{}, errTwoSites
	case err != nil:
		return Site{}, err
	}
	return byProxy, nil
}

// siteNamed returns the site of a request's host, which may end with the scheme's default port.
func (s *Service) siteNamed(tx *store.Tx, host string) (Site, error) {
	for _, scheme := range []string{"", "http", "https"} {
		name, ok := hostName(host, scheme)
		if !ok {
			return Site{}, ErrSiteNotFound
		}
		site, err := selectSite(tx, name)
		if err == nil && scheme != "" && !strings.HasPrefix(site.Origin, scheme+"://") {
			continue // 443 at an http site is another port
		}
		if !errors.Is(err, ErrSiteNotFound) {
			return site, err
		}
	}
	return Site{}, ErrSiteNotFound
}

// admits reports whether the session's member may enter the site.
func (s *Service) admits(tx *store.Tx, site Site, sess login.Session) (bool, error) {
	if site.CorpID != sess.CorpID {
		return false, nil
	}
	if site.App == 0 {
		return true, nil
	}
	a, err := s.deps.Apps.AppNo(tx, site.App)
	if err != nil || a.Disabled {
		return false, err
	}
	return s.deps.Directory.InRange(tx, a.CorpID, a.Range, sess.Member)
}

package gate

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	// askLife is how long a member may take to sign in.
	askLife = time.Hour
	// ticketLife is how long a ticket may be on its way through the browser.
	ticketLife = time.Minute
	// longestNext bounds the path to which a member returns. A longer one is replaced by the site's front
	// page.
	longestNext = 2048
)

// The cookies of a site. The prefix __Host- keeps other hosts of the domain from planting one; browsers
// accept it over TLS only.
const (
	passCookie  = "qiwei_pass"
	nonceCookie = "qiwei_gate"
)

func cookieName(site Site, name string) string {
	if site.secure() {
		return "__Host-" + name
	}
	return name
}

// cookieOf returns the value of a site's cookie. If there are two of one name, it trusts neither: another
// host of the domain may have planted one.
func cookieOf(r *http.Request, site Site, name string) string {
	value := ""
	for _, c := range r.CookiesNamed(cookieName(site, name)) {
		if value != "" && c.Value != value {
			return ""
		}
		value = c.Value
	}
	return value
}

func setCookie(w http.ResponseWriter, site Site, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: cookieName(site, name), Value: value, Path: "/", HttpOnly: true, Secure: site.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// ask is what a site's visitor brings to our host. It is sealed, so our host sends people only where this
// room has checked first.
type ask struct {
	Next    string `json:"next"`
	Browser []byte `json:"browser"` // digest of the nonce that stays in the browser
	Expires int64  `json:"expires"` // Unix seconds
}

func (s *Service) nonceMAC(nonce string) []byte { return s.deps.Box.MAC(seal.Gate, "nonce "+nonce) }

func (s *Service) passMAC(token string) []byte { return s.deps.Box.MAC(seal.Gate, "pass "+token) }

func (s *Service) ticketMAC(ticket string) []byte { return s.deps.Box.MAC(seal.Gate, "ticket "+ticket) }

// ownPath returns next if it is a path of the site outside of ours, and otherwise the site's front page.
// Browsers read `//host` and `/\host` as other hosts, and drop tabs and line breaks before that.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > longestNext || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(u.Path, "/auth/") ||
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }) {
		return "/"
	}
	return next
}

// start runs at the site and sends the visitor to our host. The query names the requested page. If a proxy
// cannot write queries, X-Original-URI does.
func (s *Service) start(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	site, ok := s.site(w, r)
	if !ok {
		return
	}
	next := r.URL.Query().Get("rd")
	if h := r.Header.Values("X-Original-Uri"); next == "" && len(h) == 1 {
		next = h[0] // a path of this very site, so anybody may say it
	}
	nonce := cookieOf(r, site, nonceCookie)
	if len(nonce) != 43 { // several tabs may be signing in at once
		nonce = id.Secret()
	}
	setCookie(w, site, nonceCookie, nonce, askLife)
	text, err := json.Marshal(ask{ownPath(next), s.nonceMAC(nonce), s.deps.Store.Now().Add(askLife).Unix()})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := url.Values{"site": {site.Host}, "ask": {s.deps.Box.SealText(seal.Gate, site.Host, text)}}
	redirect(w, s.deps.BaseURL()+enterPath+"?"+q.Encode())
}

var (
	oldLink = page.Problem{
		Title: page.Text{Zh: "链接已失效", En: "This link is no longer good"},
		Why:   page.Text{Zh: "登录链接只能使用一次，并且只在发起登录的浏览器中有效。", En: "A sign-in link works once, for a short time, and in the browser alone in which it began."},
		Mend:  []page.Text{{Zh: "请重新打开要访问的页面。", En: "Open the page that you want again."}},
	}
	notAllowed = page.Problem{
		Title: page.Text{Zh: "没有访问权限", En: "You may not enter"},
		Why:   page.Text{Zh: "你不在这个网站的可见范围内。", En: "You are not among those for whom this site is."},
		Mend:  []page.Text{{Zh: "请联系企业管理员。", En: "Ask an administrator of your company."}},
	}
	noSite = page.Problem{
		Title: page.Text{Zh: "网站未登记", En: "This site is not protected here"},
		Why:   page.Text{Zh: "反向代理转来的域名不在受保护网站列表中。", En: "The reverse proxy asks for a host that is not in the list of protected sites."},
		Mend:  []page.Text{{Zh: "在服务器上运行 qiwei site add。", En: "Add it with qiwei site add on the server."}},
	}
)

// enter runs at our host. It lets the member sign in and issues a ticket.
func (s *Service) enter(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	if s.astray(r) {
		redirect(w, s.deps.BaseURL()+r.URL.RequestURI())
		return
	}
	ctx, q := r.Context(), r.URL.Query()
	var a ask
	plain, err := s.deps.Box.OpenText(seal.Gate, q.Get("site"), q.Get("ask"))
	if err == nil {
		err = json.Unmarshal(plain, &a)
	}
	if err != nil || s.deps.Store.Now().Unix() >= a.Expires {
		s.deps.Login.Refuse(w, r, http.StatusBadRequest, oldLink)
		return
	}
	var site Site
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		site, err = selectSite(tx, q.Get("site"))
		return err
	})
	if errors.Is(err, ErrSiteNotFound) { // it was removed meanwhile
		s.deps.Login.Refuse(w, r, http.StatusNotFound, noSite)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sess, ok := s.deps.Login.Require(w, r, site.CorpID)
	if !ok {
		return
	}
	ticket, allowed := id.Secret(), false
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if allowed, err = s.admits(tx, site, sess); err != nil || !allowed {
			return err
		}
		return insertTicket(tx, s.ticketMAC(ticket), site.Host, sess.Key(), a)
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !allowed:
		s.deps.Login.Refuse(w, r, http.StatusForbidden, notAllowed)
	default:
		redirect(w, site.Origin+callbackPath+"?ticket="+ticket)
	}
}

// astray reports whether a request for our own host came in under a site's. Nobody may sign in there: the
// session's cookie would go to the site's server.
func (s *Service) astray(r *http.Request) bool {
	_, ours, _ := strings.Cut(s.deps.BaseURL(), "://")
	if strings.EqualFold(r.Host, ours) {
		return false
	}
	var site Site
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		site, err = s.siteOf(tx, r)
		return err
	})
	return err == nil && site.Host != strings.ToLower(ours)
}

func insertTicket(tx *store.Tx, mac []byte, host string, session []byte, a ask) error {
	_, err := tx.Exec(`INSERT INTO gate_ticket (mac, site, session, browser, next, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		mac, host, session, a.Browser, a.Next, tx.Now().Add(ticketLife).UnixMilli())
	if err != nil {
		return fmt.Errorf("insert ticket: %w", err)
	}
	return nil
}

// callback runs at the site and exchanges the ticket for a pass. It must be the browser that began: otherwise
// an attacker could sign a victim in under the attacker's own name, to see what the victim types. Showing a
// ticket uses it up, whatever the outcome.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	w.Header().Set("Referrer-Policy", "no-referrer") // the ticket stands in the address
	site, ok := s.site(w, r)
	if !ok {
		return
	}
	nonce, mac := cookieOf(r, site, nonceCookie), s.ticketMAC(r.URL.Query().Get("ticket"))
	token, next, good := id.Secret(), "", false
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		var host string
		var session, browser []byte
		found, err := tx.Get(`SELECT site, session, browser, next FROM gate_ticket WHERE mac = ? AND expires_at > ?`,
			[]any{mac, tx.Now().UnixMilli()}, &host, &session, &browser, &next)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM gate_ticket WHERE mac = ?`, mac)
		if err != nil {
			return err
		}
		good = found && n == 1 && host == site.Host && subtle.ConstantTimeCompare(s.nonceMAC(nonce), browser) == 1
		if !good {
			return nil
		}
		// Always a new token, never the browser's old one: an attacker who planted that would share the pass.
		if old := cookieOf(r, site, passCookie); old != "" {
			if _, err := tx.Exec(`DELETE FROM gate_pass WHERE mac = ?`, s.passMAC(old)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO gate_pass (mac, site, session, created_at) VALUES (?, ?, ?, ?)`,
			s.passMAC(token), site.Host, session, tx.Now().UnixMilli()); err != nil {
			return fmt.Errorf("insert pass: %w", err)
		}
		return nil
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !good:
		s.deps.Login.Refuse(w, r, http.StatusBadRequest, oldLink)
	default:
		setCookie(w, site, passCookie, token, passLife)
		redirect(w, site.Origin+next)
	}
}

// passLife is the longest that a browser keeps its pass. The session ends earlier.
const passLife = 30 * 24 * time.Hour

// signOut runs at the site and leads to where the member ends the session, and with it the passes of all
// sites.
func (s *Service) signOut(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	if _, ok := s.site(w, r); ok {
		redirect(w, s.deps.BaseURL()+"/account/")
	}
}

// site returns the site to which a request belongs, or answers that there is none.
func (s *Service) site(w http.ResponseWriter, r *http.Request) (site Site, ok bool) {
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		site, err = s.siteOf(tx, r)
		return err
	})
	switch {
	case err == nil:
		return site, true
	case errors.Is(err, ErrSiteNotFound), errors.Is(err, errTwoSites):
		s.deps.Log.Warn("a request for a site that is not protected", "host", r.Host, "x_forwarded_host", r.Header.Get("X-Forwarded-Host"), "why", err)
		s.deps.Login.Refuse(w, r, http.StatusForbidden, noSite)
	default:
		s.fail(w, r, err)
	}
	return site, false
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	s.deps.Log.Error("gate failed", "path", r.URL.Path, "err", err)
	http.Error(w, "the server could not answer", http.StatusInternalServerError)
}

func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

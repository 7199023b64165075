package gate

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Headers that say who the visitor is. The first column has the names of Authelia and of many products'
// "proxy authentication", the second those of oauth2-proxy, so a proxy's configuration for either needs no
// change. Each answer that admits sends all of them, empty if unknown, so that a proxy that copies them
// replaces what the visitor may have sent under their names.
var headers = []struct {
	names []string
	value func(identity) string
}{
	{[]string{"Remote-User", "X-Auth-Request-User", "X-Auth-Request-Preferred-Username"}, func(i identity) string { return string(i.Member.UserID) }},
	{[]string{"Remote-Name"}, func(i identity) string { return escape(i.Member.Name) }},
	{[]string{"Remote-Email", "X-Auth-Request-Email"}, func(i identity) string { return escape(cmp.Or(i.Member.BizMail, i.Member.Email)) }},
	{[]string{"Remote-Groups", "X-Auth-Request-Groups"}, func(i identity) string { return list(i.groups) }},
	{[]string{"X-Qiwei-Departments"}, func(i identity) string { return list(i.departments) }},
	{[]string{"X-Qiwei-Corp"}, func(i identity) string { return i.CorpID }},
}

// identity is what a site is told about its visitor.
type identity struct {
	login.Session
	groups      []string // as directory.GroupNames has them
	departments []string // their ids
}

// list joins values with commas. A comma inside a value is encoded.
func list(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = escape(v)
	}
	return strings.Join(out, ",")
}

// escape percent-encodes what a header cannot carry safely. HTTP has no charset for headers: servers read
// UTF-8 as Latin-1 or refuse it, and a line break would begin another header. Printable ASCII stays readable.
func escape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		edge := c == ' ' && (i == 0 || i == len(s)-1) // parsers strip them
		if c < ' ' || c >= 0x7f || c == '%' || c == ',' || edge {
			const digits = "0123456789ABCDEF"
			out.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// verify tells a proxy whether its visitor may pass: 200 with the member's headers, 401 if nobody is signed
// in, 403 if the site is not for this member. Some proxies pass our answer on to the visitor, and send
// X-Forwarded-Uri. With those, a browser that opens a page is led to the sign-in instead of getting 401.
func (s *Service) verify(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	w.Header().Set("Vary", "Cookie")
	var site Site
	var key []byte
	found := false
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if site, err = s.siteOf(tx, r); err != nil {
			return err
		}
		if token := cookieOf(r, site, passCookie); token != "" {
			found, err = tx.Get(`SELECT session FROM gate_pass WHERE mac = ? AND site = ?`, []any{s.passMAC(token), site.Host}, &key)
		}
		return err
	})
	if errors.Is(err, ErrSiteNotFound) || errors.Is(err, errTwoSites) {
		s.deps.Log.Warn("a proxy asks for a site that is not protected", "host", r.Host, "x_forwarded_host", r.Header.Get("X-Forwarded-Host"), "why", err)
		http.Error(w, "this host is not protected here; see qiwei site add", http.StatusForbidden)
		return
	}
	var who identity
	if err == nil && found {
		who.Session, found, err = s.deps.Login.Held(r.Context(), key)
	}
	if err == nil && !found {
		s.unknown(w, r, site)
		return
	}
	allowed := false
	if err == nil {
		err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			if allowed, err = s.admits(tx, site, who.Session); err != nil || !allowed {
				return err
			}
			return s.describe(tx, &who)
		})
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !allowed:
		http.Error(w, "this site is not for you", http.StatusForbidden)
	default:
		for _, h := range headers {
			for _, name := range h.names {
				w.Header().Set(name, h.value(who))
			}
		}
		w.WriteHeader(http.StatusOK)
	}
}

// describe fills in an identity from the directory.
func (s *Service) describe(tx *store.Tx, who *identity) error {
	for _, d := range who.Member.Departments() {
		who.departments = append(who.departments, strconv.FormatInt(d, 10))
	}
	var err error
	who.groups, err = s.deps.Directory.GroupNames(tx, who.CorpID, who.Member)
	slices.Sort(who.groups)
	return err
}

// unknown answers a visitor who is not signed in.
func (s *Service) unknown(w http.ResponseWriter, r *http.Request, site Site) {
	uri := r.Header.Values("X-Forwarded-Uri")
	method := cmp.Or(r.Header.Get("X-Forwarded-Method"), r.Method)
	page := (method == http.MethodGet || method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
	if len(uri) == 1 && page && s.deps.Trusted(r) {
		redirect(w, site.Origin+startPath+"?rd="+url.QueryEscape(ownPath(uri[0])))
		return
	}
	http.Error(w, "nobody is signed in", http.StatusUnauthorized)
}

package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/login/page"
)

// maxForm bounds the size of a form. A link inside may be long; everything else is short.
const maxForm = 128 << 10

// visit is a page being answered.
type visit struct {
	s     *Service
	w     http.ResponseWriter
	r     *http.Request
	lang  page.Lang
	nonce string // of the page's Content-Security-Policy
	bare  bool   // errors too must fit into another site's frame
	// anywhere is a page for members of every corp: none is meant where none is named, however many are aside.
	anywhere bool
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// page makes a handler of a function that answers with a page or a redirect. An error is logged, and the page
// says only that there was one.
func (s *Service) page(framing page.Framing, serve func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{s: s, w: w, r: r, lang: page.LangOf(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))}
		if framing == page.AnyFrame {
			v.nonce = id.Hex(16)
		}
		h := w.Header()
		h.Set("Content-Security-Policy", page.Policy(v.nonce, framing))
		// same-origin, not no-referrer: with the latter browsers hide the Origin of our own forms too.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if err := serve(v); err != nil {
			v.fail(err)
		}
	})
}

// post is page for a form. It reads the form and refuses one that another site has sent. serve must check
// that the form belongs to this browser, because the answer if it does not differs.
func (s *Service) post(framing page.Framing, serve func(*visit) error) http.Handler {
	return s.page(framing, func(v *visit) error {
		if err := s.sameOrigin(v.r); err != nil {
			return v.problem(http.StatusForbidden, foreignForm)
		}
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return v.problem(http.StatusBadRequest, page.DeadLink())
		}
		if l := v.r.PostForm.Get("lang"); l != "" {
			v.lang = page.LangOf(l, v.r.Header.Get("Accept-Language"))
		}
		return serve(v)
	})
}

var foreignForm = page.Problem{
	Title: page.Text{Zh: "请求来自其他网站", En: "This came from another site"},
	Why:   page.Text{Zh: "浏览器说明这个表单不是从本站提交的，因此没有执行。", En: "The browser says that the form was not sent from here, so nothing was done."},
}

func (v *visit) fail(err error) {
	if v.ctx().Err() != nil || errors.Is(err, context.Canceled) {
		return // nobody is there to read an answer
	}
	v.s.deps.Log.Error("page failed", "path", v.r.URL.Path, "err", err)
	err = v.problem(http.StatusInternalServerError, page.Problem{
		Title: page.Text{Zh: "系统繁忙", En: "The server could not answer"},
		Why:   page.Text{Zh: "服务器暂时无法处理，请稍后再试。原因记录在服务器日志中。", En: "Try again in a moment. The reason is in the server's log."},
	})
	if err != nil {
		http.Error(v.w, "the server could not answer", http.StatusInternalServerError)
	}
}

// show draws a whole page and then sends it.
func show[D any](v *visit, status int, draw func(io.Writer, page.Lang, D) error, d D) error {
	var b bytes.Buffer
	if err := draw(&b, v.lang, d); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		v.w.Write(b.Bytes())
	}
	return nil
}

func (v *visit) problem(status int, p page.Problem) error {
	p.Self, p.Framed = v.self(), v.bare
	return show(v, status, v.s.pages.Problem, p)
}

// redirect leads to a path of this server or to a checked address.
func (v *visit) redirect(to string) error {
	status := http.StatusFound
	if v.r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	v.w.Header().Set("Location", EscapeUnsafe(to))
	v.w.WriteHeader(status)
	return nil
}

// self returns the page's own address, for its link to the other language. The answer to a form has none,
// because it cannot be requested again.
func (v *visit) self() string {
	if v.r.Method == http.MethodPost {
		return ""
	}
	return here(v.r)
}

// here returns the requested path and query.
func here(r *http.Request) string { return EscapeUnsafe(r.URL.RequestURI()) }

// ownPath returns next if it is a path of this server, and otherwise the default destination. Browsers read
// `//host` and `/\host` as other hosts, and drop tabs and line breaks before that.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return accountPath
	}
	return next
}

// Local removes this server's own address from a link, so that the link works on the host under which the
// page was opened.
func (s *Service) Local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

// Origin returns the scheme and host that the browser requested.
func (s *Service) Origin(r *http.Request) string {
	scheme := "http"
	base, err := url.Parse(s.deps.BaseURL())
	if r.TLS != nil || (err == nil && base.Scheme == "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// secure reports whether members reach this server over TLS, which a proxy may terminate.
func (s *Service) secure() bool { return strings.HasPrefix(s.deps.BaseURL(), "https://") }

// cookieOf returns the value of a cookie; empty without one.
func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (v *visit) setCookie(name, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		// A request over TLS is proof enough, as on WeCom's own hosts (package intercept).
		Secure: v.s.secure() || v.r.TLS != nil,
	})
}

// Describe names a browser in a few words: "Chrome · Windows · 10.1.2.3".
func (s *Service) Describe(r *http.Request) string {
	words := []string{browserOf(r.UserAgent())}
	if ip := s.deps.ClientIP(r); ip.IsValid() {
		words = append(words, fmt.Sprint(ip))
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " · ")
}

// browserOf names a browser and its system by what it calls itself; empty if that says neither.
func browserOf(ua string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(ua, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	words := []string{
		find([][2]string{{"wxwork/", "企业微信"}, {"MicroMessenger/", "微信"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}),
		find([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}}),
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " · ")
}

// EscapeUnsafe percent-encodes what may not stand in a URL, and nothing else: what is already encoded stays
// as it is.
func EscapeUnsafe(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			const digits = "0123456789ABCDEF"
			out.WriteByte('%')
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

package gate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/gate"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// guarded is a World with two sites: wiki for everyone, hr for lisi alone.
type guarded struct {
	*qiweitest.World
	t *testing.T
	// Worlds share a PostgreSQL database, in which a host may exist only once.
	wiki, hr string
}

func guard(t *testing.T, w *qiweitest.World) *guarded {
	return &guarded{w, t, "wiki-" + id.Hex(6) + ".corp.example", "hr-" + id.Hex(6) + ".corp.example:8443"}
}

func run(t *testing.T, test func(*testing.T, *guarded)) {
	t.Helper()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		g := guard(t, w)
		narrow := w.WithApp(access.SelfBuilt, app.Settings{Name: "HR", Range: access.Range{Members: []id.UserID{"lisi"}}})
		g.add("https://"+g.wiki, 0)
		g.add("https://"+g.hr, narrow.AgentID)
		test(t, g)
	})
}

func (g *guarded) add(address string, agentID int64) {
	g.t.Helper()
	g.Write(func(ctx context.Context, tx *store.Tx) error {
		site, err := gate.ParseSite(address)
		if err != nil {
			return err
		}
		site.CorpID = g.CorpID
		if agentID != 0 {
			a, err := g.Server.Apps.App(tx, g.CorpID, agentID)
			if err != nil {
				return err
			}
			site.App = a.No
		}
		return g.Server.Gate.AddSite(tx, site)
	})
}

// browser keeps a site's cookies, which net/http would not send, because the test server listens on another
// address than the site's proxy would.
type browser struct {
	g       *guarded
	ours    *http.Client // at our own host, signed in or not
	cookies map[string]map[string]string
}

func (g *guarded) browser(user string) *browser {
	g.t.Helper()
	b := &browser{g: g, cookies: map[string]map[string]string{g.wiki: {}, g.hr: {}}}
	if user == "" {
		jar, _ := cookiejar.New(nil)
		b.ours = &http.Client{Jar: jar}
	} else {
		b.ours = g.SignIn(user)
	}
	b.ours.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

type answer struct {
	status int
	to     string
	body   string
	header http.Header
}

// at asks the server as nginx does for a visitor of the site: under the site's host.
func (b *browser) at(site, path string, header ...string) answer {
	b.g.t.Helper()
	req, err := http.NewRequest("GET", b.g.URL+path, nil)
	if err != nil {
		b.g.t.Fatal(err)
	}
	req.Host = site
	for name, value := range b.cookies[site] {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp := b.g.Do(req)
	for _, c := range resp.Cookies() {
		b.cookies[site][c.Name] = c.Value
		if !c.Secure || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || c.Domain != "" {
			b.g.t.Errorf("the cookie %s could be planted or read", c)
		}
	}
	return answered(b.g.t, resp)
}

func answered(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(body), resp.Header}
}

// enter follows a browser to our host and returns the address to which it is sent back.
func (b *browser) enter(start answer) answer {
	b.g.t.Helper()
	if start.status != 302 || !strings.HasPrefix(start.to, b.g.URL+"/auth/enter?") {
		b.g.t.Fatalf("not sent to sign in: %+v", start)
	}
	return b.home(start.to)
}

// home opens an address of our own host.
func (b *browser) home(address string) answer {
	b.g.t.Helper()
	resp, err := b.ours.Get(address)
	if err != nil {
		b.g.t.Fatal(err)
	}
	return answered(b.g.t, resp)
}

// comeIn makes the whole sign-in and returns where it ends.
func (b *browser) comeIn(site, path string) answer {
	b.g.t.Helper()
	back := b.enter(b.at(site, "/auth/start?rd="+url.QueryEscape(path)))
	callback, ok := strings.CutPrefix(back.to, "https://"+site)
	if !ok {
		b.g.t.Fatalf("not sent back: %+v", back)
	}
	return b.at(site, callback)
}

func TestTheWayIn(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		g.Write(func(ctx context.Context, tx *store.Tx) error {
			name := "李 四, 100%"
			return g.Server.Directory.UpdateMember(ctx, tx, access.System(g.CorpID), directory.MemberUpdate{UserID: "lisi", Texts: directory.Texts{directory.FieldName: name}})
		})
		b := g.browser("lisi")
		if got := b.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("nobody is signed in: %d", got.status)
		}
		if got := b.comeIn(wiki, "/page?a=b&c=%2F#x"); got.status != 302 || got.to != "https://"+wiki+"/page?a=b&c=%2F#x" {
			t.Errorf("came to %d %s", got.status, got.to)
		}
		got := b.at(wiki, "/auth/verify")
		if got.status != 200 {
			t.Fatalf("%d %v", got.status, got.header)
		}
		for name, want := range map[string]string{
			"Remote-User": "lisi", "X-Auth-Request-User": "lisi", "X-Auth-Request-Preferred-Username": "lisi",
			"Remote-Name": "%E6%9D%8E %E5%9B%9B%2C 100%25", "Remote-Email": "lisi@corp.example",
			"X-Qiwei-Corp": g.CorpID, "Cache-Control": "no-store", "Vary": "Cookie",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q; want %q", name, got.header.Get(name), want)
			}
		}
		first, _, _ := strings.Cut(got.header.Get("Remote-Groups"), ",")
		group, err := url.PathUnescape(first)
		if err != nil || !strings.HasPrefix(group, "/甲公司") || strings.ContainsFunc(first, func(r rune) bool { return r > 0x7e }) {
			t.Errorf("groups %q: %v", got.header.Get("Remote-Groups"), err)
		}
		all, err := url.PathUnescape(got.header.Get("Remote-Groups"))
		if all != "/甲公司,/甲公司/研发部,/甲公司/研发部/后端组" || err != nil {
			t.Errorf("groups %q: %v", all, err)
		}
	})
}

func TestRanges(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki, hr := g.wiki, g.hr
		lisi, zhangsan := g.browser("lisi"), g.browser("zhangsan")
		lisi.comeIn(hr, "/")
		if got := lisi.at(hr, "/auth/verify"); got.status != 200 {
			t.Errorf("in the range: %d", got.status)
		}
		if got := zhangsan.enter(zhangsan.at(hr, "/auth/start")); got.status != 403 || strings.Contains(got.body, "ticket=") {
			t.Errorf("outside the range: %d", got.status)
		}
		stranger := g.browser("")
		stranger.ours = g.Second.SignIn("lisi")
		stranger.ours.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if got := stranger.enter(stranger.at(wiki, "/auth/start")); strings.Contains(got.to, "ticket=") {
			t.Error("another corp's member was let in")
		}
		// The range is checked each time.
		g.Write(func(ctx context.Context, tx *store.Tx) error {
			apps, err := g.Server.Apps.Apps(tx, g.CorpID)
			for _, a := range apps {
				if a.Name == "HR" {
					a.Range.Members = []id.UserID{"zhangsan"}
					return g.Server.Apps.UpdateApp(ctx, tx, a)
				}
			}
			return err
		})
		if got := lisi.at(hr, "/auth/verify"); got.status != 403 {
			t.Errorf("no longer in the range: %d", got.status)
		}
		// Without its application a site admits nobody, not everybody.
		g.Write(func(ctx context.Context, tx *store.Tx) error {
			apps, err := g.Server.Apps.Apps(tx, g.CorpID)
			for _, a := range apps {
				if a.Name == "HR" {
					return g.Server.Apps.DeleteApp(ctx, tx, g.CorpID, a.AgentID)
				}
			}
			return err
		})
		if got := lisi.at(hr, "/auth/verify"); got.status != 403 || got.header.Get("Remote-User") != "" {
			t.Errorf("without its application: %d", got.status)
		}
	})
}

func TestThePassEndsWithTheSession(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		b := g.browser("lisi")
		b.comeIn(wiki, "/")
		for range 9 { // each use keeps the session alive, up to a month
			g.Advance(3 * 24 * time.Hour)
			if got := b.at(wiki, "/auth/verify"); got.status != 200 {
				t.Fatalf("in use: %d", got.status)
			}
		}
		g.Advance(4 * 24 * time.Hour)
		if got := b.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("after a month: %d", got.status)
		}

		b = g.browser("lisi")
		b.comeIn(wiki, "/")
		g.Write(func(ctx context.Context, tx *store.Tx) error {
			off := false
			return g.Server.Directory.UpdateMember(ctx, tx, access.System(g.CorpID), directory.MemberUpdate{UserID: "lisi", Enabled: &off})
		})
		if got := b.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("disabled: %d", got.status)
		}

		b = g.browser("zhangsan")
		b.comeIn(wiki, "/")
		g.Write(func(_ context.Context, tx *store.Tx) error { return g.Server.Gate.RemoveSite(tx, g.CorpID, wiki) })
		if got := b.at(wiki, "/auth/verify"); got.status != 403 {
			t.Errorf("the site was removed: %d", got.status)
		}
	})
}

// A member who must pass a second verification is not admitted before it.
func TestPendingIsNotIn(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		g.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := g.Server.Corps.Corp(tx, g.CorpID)
			if err != nil {
				return err
			}
			c.TwoFactor = corp.TwoFactor{URL: "https://tfa.example/", Members: []id.UserID{"lisi"}}
			return g.Server.Corps.UpdateCorp(ctx, tx, c)
		})
		b := g.browser("lisi")
		if got := b.enter(b.at(wiki, "/auth/start")); strings.Contains(got.to, "ticket=") {
			t.Errorf("let in: %s", got.to)
		}
	})
}

// A host that has changed hands lets in nobody who came to its owner of before; and
// each enterprise sees and removes its own sites alone.
func TestAHostOfAnotherEnterprise(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		sites := func(corpID string) (hosts []string) {
			g.Write(func(_ context.Context, tx *store.Tx) error {
				list, err := g.Server.Gate.Sites(tx, corpID)
				for _, s := range list {
					hosts = append(hosts, s.Host)
				}
				return err
			})
			return hosts
		}
		remove := func(corpID, host string, want error) {
			t.Helper()
			g.Write(func(_ context.Context, tx *store.Tx) error {
				if err := g.Server.Gate.RemoveSite(tx, corpID, host); !errors.Is(err, want) {
					t.Errorf("remove: %v, want %v", err, want)
				}
				return nil
			})
		}
		lisi := g.browser("lisi")
		lisi.comeIn(g.wiki, "/")
		if got := lisi.at(g.wiki, "/auth/verify"); got.status != 200 {
			t.Fatalf("at home: %d", got.status)
		}
		remove(g.Second.CorpID, g.wiki, gate.ErrSiteNotFound)
		if ours, theirs := sites(g.CorpID), sites(g.Second.CorpID); len(ours) != 2 || len(theirs) != 0 {
			t.Errorf("sites: %q and %q", ours, theirs)
		}
		remove(g.CorpID, g.wiki, nil)
		g.Write(func(_ context.Context, tx *store.Tx) error {
			site, err := gate.ParseSite("https://" + g.wiki)
			if err != nil {
				return err
			}
			site.CorpID = g.Second.CorpID
			return g.Server.Gate.AddSite(tx, site)
		})
		if got := lisi.at(g.wiki, "/auth/verify"); got.status != 401 || got.header.Get("Remote-User") != "" {
			t.Errorf("a member of the owner before: %d", got.status)
		}
		// Should a pass ever outlive that, its member's enterprise decides.
		for corpID, want := range map[string]bool{g.CorpID: false, g.Second.CorpID: true} {
			g.Write(func(_ context.Context, tx *store.Tx) error {
				ok, err := g.Server.Gate.Admits(tx, gate.Site{CorpID: g.Second.CorpID}, login.Session{CorpID: corpID})
				if ok != want {
					t.Errorf("admitted: %v, want %v", ok, want)
				}
				return err
			})
		}
	})
}

func TestTicketReplay(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki, hr := g.wiki, g.hr
		b := g.browser("lisi")
		back := b.enter(b.at(wiki, "/auth/start"))
		callback := strings.TrimPrefix(back.to, "https://"+wiki)
		if got := b.at(wiki, callback); got.status != 302 {
			t.Fatalf("the first time: %d", got.status)
		}
		if got := b.at(wiki, callback); got.status != 400 {
			t.Errorf("the second time: %d", got.status)
		}
		// At another site the ticket is refused, and afterwards it is used up even where it belongs.
		back = b.enter(b.at(wiki, "/auth/start"))
		callback = strings.TrimPrefix(back.to, "https://"+wiki)
		b.at(hr, "/auth/start")
		if got := b.at(hr, callback); got.status != 400 {
			t.Errorf("at another site: %d", got.status)
		}
		if got := b.at(wiki, callback); got.status != 400 {
			t.Errorf("where it belongs, after that: %d", got.status)
		}
		// A late ticket is refused.
		back = b.enter(b.at(wiki, "/auth/start"))
		g.Advance(61 * time.Second)
		if got := b.at(wiki, strings.TrimPrefix(back.to, "https://"+wiki)); got.status != 400 {
			t.Errorf("after a minute: %d", got.status)
		}
		if got := b.at(wiki, "/auth/callback"); got.status != 400 {
			t.Errorf("without one: %d", got.status)
		}
	})
}

// An attacker makes a victim finish the attacker's sign-in, so that the victim works under the attacker's
// name.
func TestLoginForgery(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		attacker, victim := g.browser("zhangsan"), g.browser("lisi")
		back := attacker.enter(attacker.at(wiki, "/auth/start"))
		callback := strings.TrimPrefix(back.to, "https://"+wiki)
		if got := victim.at(wiki, callback); got.status != 400 {
			t.Errorf("in a browser that has not begun: %d", got.status)
		}
		back = attacker.enter(attacker.at(wiki, "/auth/start"))
		victim.at(wiki, "/auth/start")
		if got := victim.at(wiki, strings.TrimPrefix(back.to, "https://"+wiki)); got.status != 400 {
			t.Errorf("in a browser that has begun by itself: %d", got.status)
		}
		if got := victim.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("the victim is in: %d", got.status)
		}
	})
}

// An attacker plants a known cookie and waits for the victim to sign in with it.
func TestSessionFixation(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		const planted = "0123456789012345678901234567890123456789012"
		b := g.browser("lisi")
		b.cookies[wiki]["__Host-qiwei_pass"] = planted
		b.comeIn(wiki, "/")
		if b.cookies[wiki]["__Host-qiwei_pass"] == planted {
			t.Fatal("the planted token went on")
		}
		attacker := g.browser("")
		attacker.cookies[wiki]["__Host-qiwei_pass"] = planted
		if got := attacker.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("with the planted token: %d", got.status)
		}
		// A browser's old pass ends when it gets another.
		old := b.cookies[wiki]["__Host-qiwei_pass"]
		b.comeIn(wiki, "/")
		attacker.cookies[wiki]["__Host-qiwei_pass"] = old
		if got := attacker.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("with the token before: %d", got.status)
		}
		// Of two cookies of one name one is planted.
		if got := b.at(wiki, "/auth/verify", "Cookie", "__Host-qiwei_pass="+planted); got.status != 401 {
			t.Errorf("with a second cookie: %d", got.status)
		}
		// The cookie name of sites without TLS has no effect here.
		attacker.cookies[wiki] = map[string]string{"qiwei_pass": b.cookies[wiki]["__Host-qiwei_pass"]}
		if got := attacker.at(wiki, "/auth/verify"); got.status != 401 {
			t.Errorf("under the unprotected name: %d", got.status)
		}
	})
}

// A site's own server sees its visitors' passes. They open no other site.
func TestAPassOfAnotherSite(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki, hr := g.wiki, g.hr
		b := g.browser("lisi")
		b.comeIn(wiki, "/")
		b.cookies[hr] = b.cookies[wiki]
		if got := b.at(hr, "/auth/verify"); got.status != 401 {
			t.Errorf("at another site: %d", got.status)
		}
	})
}

func TestOpenRedirect(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki, hr := g.wiki, g.hr
		for _, rd := range []string{
			"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "/\t/evil.example/", "/\r\nLocation: https://evil.example/",
			"javascript:alert(1)", "http:evil.example", "https://" + wiki + "@evil.example/", "evil.example", "", "/auth/start", "/auth/callback?ticket=x",
			"/" + strings.Repeat("a", 5000),
		} {
			b := g.browser("lisi")
			if got := b.comeIn(wiki, rd); got.status != 302 || got.to != "https://"+wiki+"/" {
				t.Errorf("%q led to %d %s", rd, got.status, got.to)
			}
		}
		// To a site that does not exist.
		b := g.browser("lisi")
		if got := b.at("evil.example", "/auth/start?rd=/"); got.status != 403 || got.to != "" {
			t.Errorf("an unknown host: %d %s", got.status, got.to)
		}
		// A request of one site, changed to another's; a forged one; an old one.
		start := b.at(wiki, "/auth/start?rd=/")
		for name, to := range map[string]string{
			"another's": strings.Replace(start.to, url.QueryEscape(wiki), url.QueryEscape(hr), 1),
			"made up":   g.URL + "/auth/enter?site=" + wiki + "&ask=e30",
			"empty":     g.URL + "/auth/enter",
		} {
			if got := b.home(to); got.status != 400 || got.to != "" {
				t.Errorf("%s: %d %s", name, got.status, got.to)
			}
		}
		g.Advance(time.Hour)
		b = g.browser("lisi")
		if got := b.enter(start); got.status != 400 {
			t.Errorf("an old request: %d", got.status)
		}
	})
}

// Through a proxy that passes on its visitor's headers, a visitor asks at one site as if it were another that
// would admit the visitor.
func TestHeaderSmuggling(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki, hr := g.wiki, g.hr
		b := g.browser("zhangsan")
		b.comeIn(wiki, "/")
		b.cookies[hr] = b.cookies[wiki]
		for name, header := range map[string][]string{
			"the other's name beside":       {"X-Forwarded-Host", wiki},
			"both":                          {"X-Forwarded-Host", hr, "X-Forwarded-Host", wiki},
			"both in one":                   {"X-Forwarded-Host", wiki + ", " + hr},
			"none of ours":                  {"X-Forwarded-Host", "evil.example"},
			"none of ours, and two":         {"Host", "qiwei.internal", "X-Forwarded-Host", wiki, "X-Forwarded-Host", hr},
			"none of ours, and two in one":  {"Host", "qiwei.internal", "X-Forwarded-Host", wiki + "," + hr},
			"a user's name before the host": {"Host", "qiwei.internal", "X-Forwarded-Host", "x@" + wiki},
		} {
			if got := b.at(hr, "/auth/verify", header...); got.status == 200 {
				t.Errorf("%s: let in as %s", name, got.header.Get("Remote-User"))
			}
		}
		// What visitors claim about themselves is never in the answer.
		got := b.at(wiki, "/auth/verify", "Remote-User", "admin", "X-Auth-Request-User", "admin", "Remote-Email", "a@b.example")
		if got.status != 200 || got.header.Get("Remote-User") != "zhangsan" || got.header.Get("X-Auth-Request-User") != "zhangsan" {
			t.Errorf("%d %v", got.status, got.header)
		}
		if v, has := got.header["Remote-Email"]; !has || v[0] == "a@b.example" {
			t.Errorf("the header of a member without mail is %q, %v: a proxy that copies it would keep the visitor's", v, has)
		}
	})
}

// A client that reaches the server without a proxy cannot speak for one.
func TestForwardedByAStranger(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithServe())
	g := guard(t, w)
	wiki := g.wiki
	g.add("https://"+wiki, 0)
	b := g.browser("")
	if got := b.at(wiki, "/auth/verify", "Host", "qiwei.internal", "X-Forwarded-Host", wiki); got.status != 403 {
		t.Errorf("the site by a stranger's word: %d", got.status)
	}
	if got := b.at(wiki, "/auth/verify", "X-Forwarded-Uri", "/page", "X-Forwarded-Method", "GET", "Accept", "text/html"); got.status != 401 {
		t.Errorf("a stranger gets a redirect: %d", got.status)
	}
}

// Traefik and Caddy ask under our own name and pass our answer on.
func TestForwardAuthentication(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		b := g.browser("lisi")
		proxy := func(more ...string) []string {
			return append([]string{"Host", "qiwei.internal:7993", "X-Forwarded-Host", wiki, "X-Forwarded-Proto", "https",
				"X-Forwarded-Method", "GET", "X-Forwarded-Uri", "/page?a=b&c=d"}, more...)
		}
		got := b.at(wiki, "/auth/verify", proxy("Accept", "text/html,*/*")...)
		if got.status != 302 || got.to != "https://"+wiki+"/auth/start?rd=%2Fpage%3Fa%3Db%26c%3Dd" {
			t.Errorf("a page: %d %s", got.status, got.to)
		}
		for name, header := range map[string][]string{
			"a script":               proxy("Accept", "application/json"),
			"a form":                 append(proxy("Accept", "text/html"), "X-Forwarded-Method", "POST"),
			"nobody knows what page": {"Host", "qiwei.internal", "X-Forwarded-Host", wiki, "Accept", "text/html"},
		} {
			if name == "a form" {
				header[7] = "POST"
				header = header[:len(header)-2]
			}
			if got := b.at(wiki, "/auth/verify", header...); got.status != 401 {
				t.Errorf("%s: %d %s", name, got.status, got.to)
			}
		}
		b.comeIn(wiki, "/page")
		if got := b.at(wiki, "/auth/verify", proxy()...); got.status != 200 || got.header.Get("Remote-User") != "lisi" {
			t.Errorf("signed in: %d", got.status)
		}
	})
}

// The session's cookie must never reach a site, whose server could use it at ours.
func TestNobodySignsInAtASite(t *testing.T) {
	run(t, func(t *testing.T, g *guarded) {
		wiki := g.wiki
		b := g.browser("")
		start := b.at(wiki, "/auth/start")
		got := b.at(wiki, strings.TrimPrefix(start.to, g.URL))
		if got.status != 302 || got.to != start.to {
			t.Errorf("%d %s", got.status, got.to)
		}
	})
}

func TestParseSite(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://Wiki.Corp.Example":         "https://wiki.corp.example",
		"https://wiki.corp.example/":        "https://wiki.corp.example",
		"https://wiki.corp.example:443":     "https://wiki.corp.example",
		"http://10.1.2.3:8080":              "http://10.1.2.3:8080",
		"http://[::1]:80":                   "http://[::1]",
		"wiki.corp.example":                 "",
		"https://":                          "",
		"https://a@wiki.corp.example":       "",
		"https://wiki.corp.example/docs":    "",
		"https://wiki.corp.example?x":       "",
		"https://*.corp.example":            "",
		"https://维基.example":                "",
		"ftp://wiki.corp.example":           "",
		"https://wiki.corp.example\\.evil/": "",
	} {
		site, err := gate.ParseSite(address)
		if site.Origin != want || (err == nil) != (want != "") {
			t.Errorf("%s: %+v, %v", address, site, err)
		}
	}
}

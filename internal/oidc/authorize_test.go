package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/oidc"
	"qiwei/qiweitest"
)

func TestSignIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, alg := range oidc.Algorithms() {
			p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Algorithm = alg })
			b := signedIn(t, w, w.Corp, "LiSi")
			got := p.tokens(b, "scope", "openid profile email groups wecom something_else")
			if got.Kind != "bearer" || got.Expires != 3600 || got.Scope != "openid profile email groups wecom" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%+v", got)
			}
			now := float64(w.Clock.Now().Unix())
			claims := p.open(got.ID)
			for name, want := range map[string]any{
				"iss": p.issuer(), "aud": p.ID, "azp": p.ID, "nonce": "NONCE-456", "iat": now, "exp": now + 3600, "auth_time": now, "acr": "0",
				"name": "李四", "preferred_username": "lisi", "email": "lisi@corp.example", "email_verified": false, "gender": "female",
				"userid": "lisi", "corpid": w.CorpID, "main_department": 3.0, "direct_leader": "zhangsan",
			} {
				if claims[name] != want {
					t.Errorf("%s: %v, want %v", name, claims[name], want)
				}
			}
			if groups := claims["groups"].([]any); !slices.Equal(groups, []any{"/甲公司/研发部/后端组", "/甲公司/研发部", "/甲公司"}) {
				t.Errorf("groups %v", groups)
			}
			if _, has := claims["phone_number"]; has {
				t.Errorf("the phone number was not asked for: %v", claims)
			}
			info := p.userInfo(got.Access)
			if info["sub"] != claims["sub"] || info["name"] != "李四" || info["iss"] != nil {
				t.Errorf("userinfo %v", info)
			}
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
	})
}

func TestDiscovery(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var m map[string]any
		w.Get("/oidc/" + w.CorpID + "/.well-known/openid-configuration").Decode(&m)
		if m["issuer"] != w.URL+"/oidc/"+w.CorpID || m["authorization_response_iss_parameter_supported"] != true || m["backchannel_logout_session_supported"] != true {
			t.Errorf("%v", m)
		}
		var other map[string]any
		w.Get("/.well-known/oauth-authorization-server/oidc/" + w.CorpID).Decode(&other)
		if other["issuer"] != m["issuer"] {
			t.Errorf("%v", other)
		}
		for _, path := range []string{"/.well-known/openid-configuration", "/jwks", "/authorize", "/logout", "/userinfo"} {
			if got := w.Get("/oidc/wwnosuchcorp" + path); got.Status != http.StatusNotFound {
				t.Errorf("%s of no corp: %d", path, got.Status)
			}
		}
	})
}

// TestPrompt walks what a client may ask of the sign-in.
func TestPrompt(t *testing.T) {
	for _, tt := range []struct {
		name    string
		nobody  bool // is signed in
		trusted bool
		ask     []string
		want    string // error, "code", or a word of the shown page
	}{
		{"nothing", false, true, nil, "code"},
		{"nothing, and nobody is there", true, true, nil, "/account/pick"},
		{"none", false, true, []string{"prompt", "none"}, "code"},
		{"none, and nobody is there", true, true, []string{"prompt", "none"}, "login_required"},
		{"none, and consent is missing", false, false, []string{"prompt", "none"}, "consent_required"},
		{"none and more", false, true, []string{"prompt", "none login"}, "invalid_request"},
		{"nonsense", false, true, []string{"prompt", "please"}, "invalid_request"},
		{"login", false, true, []string{"prompt", "login"}, "/account/pick"},
		{"consent", false, true, []string{"prompt", "consent"}, "/consent?"},
		{"consent is missing", false, false, nil, "/consent?"},
		{"select_account", false, true, []string{"prompt", "select_account"}, "/consent?"},
		{"max_age not reached", false, true, []string{"max_age", "3600"}, "code"},
		{"max_age of nothing", false, true, []string{"max_age", "0"}, "/account/pick"},
		{"max_age is no number", false, true, []string{"max_age", "-1"}, "invalid_request"},
		{"acr_values met", false, true, []string{"acr_values", "0"}, "code"},
		{"acr_values not met", false, true, []string{"acr_values", "2 1"}, "/account/pick"},
		{"claims is no JSON", false, true, []string{"claims", "{"}, "invalid_request"},
		{"id_token_hint is nonsense", false, true, []string{"id_token_hint", "x.y.z"}, "invalid_request"},
		{"request objects", false, true, []string{"request", "e30.e30."}, "request_not_supported"},
		{"request_uri", false, true, []string{"request_uri", "https://product.example.com/r"}, "request_uri_not_supported"},
		{"implicit", false, true, []string{"response_type", "id_token"}, "unsupported_response_type"},
		{"in the fragment", false, true, []string{"response_mode", "fragment"}, "unsupported_response_mode"},
		{"a scope that it may not have", false, true, []string{"scope", "openid phone"}, "invalid_scope"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Trusted = tt.trusted })
				b := newBrowser(t, w)
				if !tt.nobody {
					b.signIn(w.Corp, "lisi")
				}
				got := b.get(p.link(tt.ask...))
				q := got.to(t).Query()
				switch {
				case strings.Contains(tt.want, "/"):
					if got.status != http.StatusOK || !strings.Contains(got.body, tt.want) {
						t.Errorf("%d %s %s", got.status, got.header.Get("Location"), got.body)
					}
				case tt.want == "code":
					if q.Get("code") == "" || q.Get("state") != "STATE-123" || q.Get("iss") != p.issuer() {
						t.Errorf("%d %s", got.status, got.header.Get("Location"))
					}
				default:
					if q.Get("error") != tt.want || q.Get("state") != "STATE-123" || q.Get("iss") != p.issuer() || q.Has("code") ||
						!strings.HasPrefix(got.header.Get("Location"), callback+"?") {
						t.Errorf("%d %s", got.status, got.header.Get("Location"))
					}
				}
			})
		})
	}
}

// pick clicks a member on the page of the development server.
func (b *browser) pick(page answer, user string) answer {
	b.t.Helper()
	_, form, found := strings.Cut(page.body, `<form method="post" action="/account/pick"`)
	if !found {
		b.t.Fatalf("no picker in %d %s %s", page.status, page.header.Get("Location"), page.body)
	}
	page.body = `<form method="post" action="/account/pick"` + form
	return b.submit(page, "userid", user)
}

// A member who is asked to sign in anew and does so is admitted, once. The address to which the member
// returned admits nobody who has not.
func TestSignInAnew(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		before := p.open(p.tokens(b).ID)
		for _, ask := range [][]string{{"prompt", "login"}, {"max_age", "60"}, {"acr_values", "2"}} {
			w.Advance(2 * time.Minute)
			page := b.get(p.link(ask...))
			back := b.pick(page, "lisi").to(t)
			if back.Path != "/oidc/"+w.CorpID+"/authorize" {
				t.Fatalf("%q: the sign-in leads to %s", ask, back)
			}
			got := b.get(back.RequestURI())
			code := got.to(t).Query().Get("code")
			if code == "" {
				t.Fatalf("%q: %d %s %s", ask, got.status, got.header.Get("Location"), got.body)
			}
			after := p.open(p.ask(exchange(code)).ID)
			if after["auth_time"] != float64(w.Clock.Now().Unix()) || after["sid"] != before["sid"] || after["sub"] != before["sub"] {
				t.Errorf("%q: %v, before %v", ask, after, before)
			}
			// The same address with another request is another request.
			q := back.Query()
			q.Set("nonce", "another")
			if ask[0] != "max_age" { // max_age is met meanwhile
				if got := b.get(back.Path + "?" + q.Encode()); !strings.Contains(got.body, "/account/pick") {
					t.Errorf("%q: the seal of one request lets another through: %d %s", ask, got.status, got.header.Get("Location"))
				}
			}
		}
		// A member who signs in as somebody else is not the one in the hint.
		hint := p.tokens(b).ID
		c := signedIn(t, w, w.Corp, "wangwu")
		page := c.get(p.link("id_token_hint", hint))
		back := c.pick(page, "zhangsan").to(t)
		if got := c.get(back.RequestURI()).to(t).Query(); got.Get("error") != "login_required" {
			t.Errorf("another member than the hint's: %v", got)
		}
		// A level that no sign-in here reaches.
		page = b.get(p.link("claims", `{"id_token":{"acr":{"essential":true,"values":["2"]}}}`))
		back = b.pick(page, "lisi").to(t)
		if got := b.get(back.RequestURI()).to(t).Query(); got.Get("error") != "unmet_authentication_requirements" {
			t.Errorf("an essential acr: %v", got)
		}
	})
}

func TestConsent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) {
			c.Trusted, c.Name, c.Scopes = false, "报表", []string{"openid", "profile", "email", "phone"}
		})
		b := signedIn(t, w, w.Corp, "lisi")
		ask := []string{"scope", "openid email"}
		page := b.get(p.link(ask...) + "&lang=zh")
		for _, words := range []string{"允许「报表」以你的身份登录？", "甲公司", "****@corp.example", "李四（lisi）"} {
			if !strings.Contains(page.body, words) {
				t.Errorf("no %q in %s", words, page.body)
			}
		}
		if english := b.get(p.link(append(ask, "ui_locales", "en")...)); !strings.Contains(english.body, "Let “报表” sign you in?") {
			t.Errorf("ui_locales: %s", english.body)
		}
		if got := b.submit(page, "decision", "deny").to(t).Query(); got.Get("error") != "access_denied" {
			t.Errorf("declined: %v", got)
		}
		got := b.submit(b.get(p.link(ask...)), "decision", "allow")
		if tokens := p.ask(exchange(got.to(t).Query().Get("code"))); tokens.Error != "" || tokens.Scope != "openid email" {
			t.Fatalf("allowed: %+v", tokens)
		}
		p.code(b, ask...) // is not asked again
		if page := b.get(p.link("scope", "openid email phone")); !strings.Contains(page.body, "138****0002") {
			t.Errorf("more than he has agreed to: %s", page.body)
		}
		if page := b.get(p.link("claims", `{"userinfo":{"phone_number":null}}`)); !strings.Contains(page.body, "138****0002") {
			t.Errorf("more by the parameter claims: %s", page.body)
		}
		if page := b.get(p.link("prompt", "consent", "scope", "openid")); !strings.Contains(page.body, "报表") {
			t.Errorf("asked to ask: %s", page.body)
		}
		p.change(func(c *oidc.Client) { c.Claims = map[string]string{"mobile": "mobile"} })
		if page := b.get(p.link(ask...)); !strings.Contains(page.body, "138****0002") {
			t.Errorf("more by the client's own mapping: %s", page.body)
		}
		// Withdrawing an agreement ends what it gave.
		tokens := p.ask(exchange(b.submit(b.get(p.link(ask...)), "decision", "allow").to(t).Query().Get("code")))
		link := "/oidc/" + w.CorpID + "/granted/" + p.ID
		if own := b.get("/account/"); !strings.Contains(own.body, `href="`+link+`"`) {
			t.Errorf("his own page does not lead there: %s", own.body)
		}
		if got := signedIn(t, w, w.Corp, "wangwu").get(link); got.header.Get("Location") != "/account/" {
			t.Errorf("of somebody who has agreed to nothing: %d %s", got.status, got.body)
		}
		given := b.get(link)
		if !strings.Contains(given.body, "138****0002") {
			t.Errorf("what he lets it know: %s", given.body)
		}
		if got := b.submit(given, "decision", "withdraw"); got.header.Get("Location") != "/account/" {
			t.Errorf("taken back: %d %s", got.status, got.body)
		}
		if p.lives(tokens.Access) || !strings.Contains(b.get(p.link(ask...)).body, "/consent?") {
			t.Error("a consent that was taken back is still good")
		}
	})
}

func TestSubjects(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		of := func(change func(*oidc.Client), user string) string {
			t.Helper()
			p := newProduct(t, w, w.Corp, change)
			sub := p.open(p.tokens(signedIn(t, w, w.Corp, user)).ID)["sub"].(string)
			if info := p.userInfo(p.tokens(signedIn(t, w, w.Corp, user)).Access); info["sub"] != sub {
				t.Errorf("userinfo has the subject %v, the ID token %s", info["sub"], sub)
			}
			return sub
		}
		pairwise := func(sector string) func(*oidc.Client) {
			return func(c *oidc.Client) { c.Subject, c.Sector = oidc.SubjectPairwise, sector }
		}
		public := of(nil, "lisi")
		if public != of(nil, "lisi") || public == of(nil, "wangwu") {
			t.Error("a public subject is the same for all clients, and one for each member")
		}
		one, other := of(pairwise("one.example"), "lisi"), of(pairwise("other.example"), "lisi")
		if one == other || one == public || one != of(pairwise("one.example"), "lisi") {
			t.Error("a pairwise subject is one for each sector")
		}
		if got := of(func(c *oidc.Client) { c.Subject = oidc.SubjectUserID }, "lisi"); got != "lisi" {
			t.Errorf("userid: %s", got)
		}
		// The subject stays with the member, not with the userid.
		sync := w.As(access.ContactSync)
		sync.Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		if got := sync.Call("POST", "/cgi-bin/user/create", `{"userid":"lisi","name":"李四二","department":[3],"mobile":"13800000044"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if of(nil, "lisi") == public {
			t.Error("the successor has the subject of the member before him")
		}
	})
}

// A member outside the visible range is not admitted. A member who leaves it, or is disabled or deleted,
// loses everything given before.
func TestVisibleRange(t *testing.T) {
	for _, tt := range []struct {
		name string
		undo func(w *qiweitest.World, p *product)
	}{
		{"out of the range", func(w *qiweitest.World, p *product) { p.app.SetRange([]int64{4}) }},
		{"disabled", func(w *qiweitest.World, p *product) {
			w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`)
		}},
		{"deleted", func(w *qiweitest.World, p *product) {
			w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		}},
		{"the client is switched off", func(w *qiweitest.World, p *product) { p.change(func(c *oidc.Client) { c.Disabled = true }) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Scopes = append(oidc.DefaultScopes(), "offline_access") })
				p.app.SetRange([]int64{2})
				b := signedIn(t, w, w.Corp, "lisi")
				got := p.tokens(b, "scope", "openid offline_access")
				code := p.code(b)
				tt.undo(w, p)
				if p.userInfo(got.Access) != nil {
					t.Error("userinfo still answers")
				}
				if again := p.ask(refresh(got.Refresh)); again.Error == "" || again.Access != "" {
					t.Errorf("refresh: %+v", again)
				}
				if late := p.ask(exchange(code)); late.Error == "" || late.Access != "" {
					t.Errorf("a code from before: %+v", late)
				}
			})
		})
	}
	t.Run("from the beginning", func(t *testing.T) {
		qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
			p := newProduct(t, w, w.Corp, nil)
			p.app.SetRange([]int64{2})
			if got := signedIn(t, w, w.Corp, "wangwu").get(p.link()).to(t).Query(); got.Get("error") != "access_denied" || got.Get("state") != "STATE-123" {
				t.Errorf("%v", got)
			}
			p.code(signedIn(t, w, w.Corp, "lisi"))
		})
	})
}

// The state is returned as it came, or not at all.
func TestState(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		for _, state := range []string{"", "S", "状态 &=+%20#", strings.Repeat("s", 4000)} {
			for _, more := range [][]string{nil, {"prompt", "nonsense"}} {
				got := b.get(p.link(append(more, "state", state, "nonce", "n")...)).to(t).Query()
				if got.Get("state") != state || got.Has("state") != (state != "") || got.Has("code") != (more == nil) {
					t.Errorf("state %q, %q: %v", state, more, got)
				}
			}
		}
	})
}

// A request may be posted, as a form by another site's page.
func TestPostedRequest(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		u, err := url.Parse(p.link())
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("POST", p.issuer()+"/authorize", strings.NewReader(u.RawQuery))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://product.example.com")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		again := b.read(b.Do(req))
		if again.status != http.StatusSeeOther {
			t.Fatalf("%d %s", again.status, again.body)
		}
		if got := b.get(again.header.Get("Location")).to(t).Query(); got.Get("code") == "" {
			t.Errorf("%v", got)
		}
		for length, want := range map[int]int{64 << 10: http.StatusSeeOther, 64<<10 + 1: http.StatusBadRequest} {
			req, err := http.NewRequest("POST", p.issuer()+"/authorize", strings.NewReader("x="+strings.Repeat("y", length-2)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := b.read(b.Do(req)); got.status != want || (got.header.Get("Location") == "") != (want == http.StatusBadRequest) {
				t.Errorf("a form of %d bytes: %d", length, got.status)
			}
		}
	})
}

// The answer is a form that sends itself, if the client asks for that.
func TestFormPost(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		got := signedIn(t, w, w.Corp, "lisi").get(p.link("response_mode", "form_post"))
		for _, part := range []string{`action="` + callback + `"`, `name="code"`, `name="iss"`, `value="STATE-123"`} {
			if !strings.Contains(got.body, part) {
				t.Errorf("no %s in %s", part, got.body)
			}
		}
	})
}

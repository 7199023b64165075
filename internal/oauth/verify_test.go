package oauth_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// verify switches the second verification on for a page and a range.
func verify(w *qiweitest.World, page string, users ...id.UserID) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		c.TwoFactor = corp.TwoFactor{URL: page, Members: users}
		return w.Server.Corps.UpdateCorp(ctx, tx, c)
	})
}

const companyPage = "https://verify.example.com/check?from=wecom"

// pending signs a member in and returns the browser, with the code in its link to the company's page.
func pending(t *testing.T, w *qiweitest.World, user, page string) (*qiweitest.Browser, string) {
	t.Helper()
	b := w.SignedIn(user)
	return b, verifyCode(t, b, page)
}

func verifyCode(t *testing.T, b *qiweitest.Browser, page string) string {
	t.Helper()
	got := b.Get("/account/")
	code, ok := strings.CutPrefix(got.Location, page+"&code=")
	if got.Status != 302 || !ok {
		t.Fatalf("sent to %d %s, want %s", got.Status, got.Location, page)
	}
	code, _, _ = strings.Cut(code, "&")
	return code
}

func in(b *qiweitest.Browser) bool { return strings.Contains(b.Get("/account/").Text(), "已登录") }

type tfaInfo struct {
	ErrCode int
	UserID  string
	TFACode string `json:"tfa_code"`
}

func getTFAInfo(c *qiweitest.Client, code string) (i tfaInfo) {
	c.Call("POST", "/cgi-bin/auth/get_tfa_info", fmt.Sprintf(`{"code":%q}`, code)).Decode(&i)
	return i
}

func tfaSucc(c *qiweitest.Client, user, code string) int {
	return c.Call("POST", "/cgi-bin/user/tfa_succ", fmt.Sprintf(`{"userid":%q,"tfa_code":%q}`, user, code)).ErrCode
}

// A page for the verification that is an authorisation link of another enterprise's
// application is none: its code would be of no use, and the member's stays here.
func TestVerificationElsewhere(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, tt := range []struct {
			of   *qiweitest.Corp
			sent bool
		}{{w.Corp, true}, {w.Second, false}} {
			verify(w, w.URL+tt.of.AuthorizeLink(tt.of.Site(nil)), "zhangsan")
			got := w.SignedIn("zhangsan").Get("/account/")
			if strings.HasPrefix(got.Location, "https://app.example.com/cb?code=") != tt.sent {
				t.Errorf("an application of %s: %d %s", tt.of.Name, got.Status, got.Location)
			}
		}
	})
}

func TestSecondVerification(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		verify(w, companyPage, "zhangsan", "lisi")
		contacts := w.As(access.ContactSync)
		b, code := pending(t, w, "zhangsan", companyPage)
		// The session opens nothing but the way to the company's page.
		qr := keyOn(t, w.Browser().Get(desk(w.Corp, a, "/wwopen/sso/qrConnect")))
		for _, path := range []string{w.AuthorizeLink(a), "/account/", "/account/password", "/account/continue", "/wwopen/sso/confirm2?k=" + qr} {
			if got := b.Get(path); !strings.HasPrefix(got.Location, companyPage+"&code=") {
				t.Errorf("%s: %d %s", path, got.Status, got.Location)
			}
		}
		if u, body := a.Redeem(newCall, code); u.ErrCode != 40029 {
			t.Errorf("its code signs in to an application: %s", body)
		}
		if got := getTFAInfo(contacts, "nonsense"); got.ErrCode != 40029 {
			t.Errorf("nonsense: %+v", got)
		}
		info := getTFAInfo(contacts, code)
		if info.UserID != "zhangsan" || info.TFACode == "" || info.TFACode == code {
			t.Fatalf("%+v", info)
		}
		if got := getTFAInfo(contacts, code); got.ErrCode != 40029 {
			t.Errorf("again: %+v", got)
		}
		for _, tt := range []struct {
			name, user, code string
			want             int
		}{
			{"no userid", "", info.TFACode, 41009},
			{"an unknown member", "nobody", info.TFACode, 60111},
			{"another member", "lisi", info.TFACode, 40207},
			{"outside the range", "wangwu", info.TFACode, 40208},
			{"no tfa_code", "zhangsan", "", 40207},
			{"the code instead", "zhangsan", code, 40207},
			{"nonsense", "zhangsan", "nonsense", 40207},
			{"right", "ZhangSan", info.TFACode, 0},
			{"again", "zhangsan", info.TFACode, 40207},
		} {
			if in(b) != (tt.name == "again") {
				t.Errorf("before %s: signed in %v", tt.name, in(b))
			}
			if got := tfaSucc(contacts, tt.user, tt.code); got != tt.want {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
			}
		}
		// Afterwards the member is led to the latest destination.
		c, code := pending(t, w, "lisi", companyPage)
		c.Get(w.AuthorizeLink(a))
		tfaSucc(contacts, "lisi", getTFAInfo(contacts, code).TFACode)
		if got := c.Get("/account/continue"); got.Location != w.AuthorizeLink(a) {
			t.Errorf("continue: %s", got.Location)
		}
		if got := b.Code(w.AuthorizeLink(a)); got == "" {
			t.Error("no code after the verification")
		}
		if b := w.SignedIn("wangwu"); !in(b) {
			t.Error("a member outside the range is held up")
		}
		if b := w.Second.SignedIn("zhangsan"); !in(b) {
			t.Error("a member of the other corp is held up")
		}
		// The codes live five minutes.
		b, code = pending(t, w, "zhangsan", companyPage)
		late, _ := pending(t, w, "lisi", companyPage)
		info = getTFAInfo(contacts, code)
		code = verifyCode(t, b, companyPage)
		w.Advance(5 * time.Minute)
		if got := tfaSucc(contacts, "zhangsan", info.TFACode); got != 40207 {
			t.Errorf("an old tfa_code: %d", got)
		}
		if got := getTFAInfo(contacts, code); got.ErrCode != 40029 {
			t.Errorf("an old code: %+v", got)
		}
		// And the session that nobody confirms, half an hour.
		w.Advance(25 * time.Minute)
		if got := late.Get("/account/?corp=" + w.CorpID); got.Status != 200 || in(late) {
			t.Errorf("an old pending session: %d %s", got.Status, got.Location)
		}
	})
}

// TestAuthsucc: the older way names the member alone (doc 90203).
func TestAuthsucc(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		contacts := w.As(access.ContactSync)
		create := `{"userid":"new","name":"新人","email":"new@corp.example","department":[2]}`
		if got := contacts.Call("POST", "/cgi-bin/user/create", create); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		verify(w, companyPage, "new", "lisi")
		authsucc := func(c *qiweitest.Client, user string) int {
			return c.Call("GET", "/cgi-bin/user/authsucc?userid="+url.QueryEscape(user), "").ErrCode
		}
		first, code := pending(t, w, "new", companyPage)
		second, _ := pending(t, w, "new", companyPage)
		w.Events()
		if u, body := contacts.Redeem(oldCall, code); u.UserID != "new" || !strings.Contains(body, `"UserId":"new"`) {
			t.Errorf("user/getuserinfo with contact sync: %s", body)
		}
		if u, body := contacts.Redeem(oldCall, code); u.ErrCode != 50001 {
			t.Errorf("again: %s", body)
		}
		for name, want := range map[string]int{"": 41009, "nobody": 60111} {
			if got := authsucc(contacts, name); got != want {
				t.Errorf("authsucc %q: %d, want %d", name, got, want)
			}
		}
		if got := authsucc(w.As(access.CustomerContact), "new"); got != 48002 {
			t.Errorf("customer contact: %d", got)
		}
		if events := w.Events(); events != nil || in(first) {
			t.Errorf("too soon: events %q", events)
		}
		if got := authsucc(contacts, "New"); got != 0 {
			t.Errorf("authsucc: %d", got)
		}
		if events := w.Events(); len(events) != 1 || events[0] != "change_contact/update_user" {
			t.Errorf("he becomes active: events %q", events)
		}
		// The session whose code the company has redeemed, and not the other.
		if !in(first) || in(second) {
			t.Errorf("signed in: %v and %v, want the first alone", in(first), in(second))
		}
		// If it has redeemed none, the one that waits.
		if got := authsucc(contacts, "new"); got != 0 || !in(second) {
			t.Errorf("without looking: %d, signed in %v", got, in(second))
		}
		// A member who no longer has to verify is admitted.
		third, _ := pending(t, w, "lisi", companyPage)
		verify(w, companyPage, "new")
		if !in(third) {
			t.Error("a member taken out of the range still waits")
		}
	})
}

// TestVerificationByAnApplication: an application whose authorisation link is the page.
func TestVerificationByAnApplication(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(func(a *app.App) { a.Range = access.Range{Departments: []int64{2}} })
		other := w.Site(func(a *app.App) { a.RedirectDomain = "other.example.com" })
		verify(w, "https://open.weixin.qq.com"+w.AuthorizeLink(a, "redirect_uri", "https://app.example.com/verify?x=y", "state", "s.1-2")+"#wechat_redirect", "zhangsan", "lisi", "wangwu")
		page := "https://app.example.com/verify?x=y"
		b, code := pending(t, w, "zhangsan", page)
		if got := b.Get("/account/"); !strings.HasSuffix(got.Location, "&state=s.1-2") {
			t.Errorf("the state of the link: %s", got.Location)
		}
		if got := getTFAInfo(other, code); got.ErrCode != 40209 {
			t.Errorf("an application on another domain: %+v", got)
		}
		if got := getTFAInfo(w.As(access.Custom), code); got.ErrCode != 48002 {
			t.Errorf("a proxy-developed application: %+v", got)
		}
		info := getTFAInfo(a, code)
		if info.UserID != "zhangsan" || tfaSucc(other, "zhangsan", info.TFACode) != 40209 || tfaSucc(a, "zhangsan", info.TFACode) != 0 || !in(b) {
			t.Errorf("%+v, signed in %v", info, in(b))
		}
		_, code = pending(t, w, "wangwu", page)
		if got := getTFAInfo(a, code); got.ErrCode != 60011 {
			t.Errorf("a member whom the application does not see: %+v", got)
		}
		if got := getTFAInfo(w.As(access.ContactSync), code); got.ErrCode != 0 {
			t.Errorf("after the refusal the code is good: %+v", got)
		}
		_, code = pending(t, w, "lisi", page)
		verify(w, "", "lisi")
		if got := getTFAInfo(a, code); got.ErrCode != 40210 {
			t.Errorf("no page configured: %+v", got)
		}
		verify(w, page, "zhangsan")
		if got := getTFAInfo(a, code); got.ErrCode != 40208 {
			t.Errorf("out of the range since: %+v", got)
		}
		// An impossible address of the page is reported on a page, without a loop.
		for _, bad := range []string{"verify.example.com", "/verify", "https://open.weixin.qq.com" + w.AuthorizeLink(a, "redirect_uri", "https://evil.example/")} {
			verify(w, bad, "lisi")
			if got := w.SignedIn("lisi").Get("/account/"); got.Status != 200 || !strings.Contains(got.Text(), "二次验证页面未正确配置") {
				t.Errorf("%s: %d %s", bad, got.Status, got.Location)
			}
		}
	})
}

func TestTwoPassOneVerification(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		verify(w, companyPage, "zhangsan")
		contacts := w.As(access.ContactSync)
		contacts.Token()
		_, code := pending(t, w, "zhangsan", companyPage)
		var wg sync.WaitGroup
		codes := make([]tfaInfo, 6)
		for i := range codes {
			wg.Go(func() { codes[i] = getTFAInfo(contacts, code) })
		}
		wg.Wait()
		won := 0
		for _, c := range codes {
			if c.ErrCode == 0 {
				won++
			} else if c.ErrCode != 40029 {
				t.Errorf("errcode %d", c.ErrCode)
			}
		}
		if won != 1 {
			t.Errorf("%d got a tfa_code", won)
		}
		for _, ep := range w.Endpoints() {
			if (ep.Path == "/cgi-bin/auth/get_tfa_info" || ep.Path == "/cgi-bin/user/tfa_succ") && ep.Concurrent != 20 {
				t.Errorf("%s: %d at once, want 20", ep.Path, ep.Concurrent)
			}
		}
	})
}

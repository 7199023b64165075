package oauth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

func TestCodeIsGoodOnceForFiveMinutes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, neighbour := w.Site(nil), w.Site(func(a *app.App) { a.RedirectDomain = "other.example.com" })
		twin := w.Second.Site(nil)
		b := w.SignedIn("zhangsan")
		for _, call := range []string{newCall, oldCall} {
			code := b.Code(w.AuthorizeLink(a))
			for _, tt := range []struct {
				name string
				do   func() int
				want int
			}{
				{"no token", func() int { return w.Get(call + "?code=" + code).ErrCode }, 41001},
				{"a bad token", func() int { return w.Get(call + "?access_token=x&code=" + code).ErrCode }, 40014},
				{"the same application of another corp", func() int { u, _ := twin.Redeem(call, code); return u.ErrCode }, 40029},
				{"another application", func() int { u, _ := neighbour.Redeem(call, code); return u.ErrCode }, 50001},
				{"contact sync", func() int { u, _ := w.As(access.ContactSync).Redeem(call, code); return u.ErrCode }, 50001},
				{"customer contact", func() int { u, _ := w.As(access.CustomerContact).Redeem(call, code); return u.ErrCode }, 50001},
				{"a third-party application", func() int { u, _ := w.As(access.ThirdParty).Redeem(call, code); return u.ErrCode }, 48002},
				{"a contacts-edit grant", func() int { u, _ := w.As(access.ContactsEdit).Redeem(call, code); return u.ErrCode }, 48008},
				{"no code", func() int { u, _ := a.Redeem(call, ""); return u.ErrCode }, 41008},
				{"nonsense", func() int { u, _ := a.Redeem(call, "nonsense"); return u.ErrCode }, 40029},
				{"a code with more behind it", func() int { u, _ := a.Redeem(call, code+"x"); return u.ErrCode }, 40029},
				{"in the end the right one", func() int { u, _ := a.Redeem(call, code); return u.ErrCode }, 0},
				{"again", func() int { u, _ := a.Redeem(call, code); return u.ErrCode }, 40029},
			} {
				if got := tt.do(); got != tt.want {
					t.Errorf("%s, %s: %d, want %d", call, tt.name, got, tt.want)
				}
			}
		}
		early, late := b.Code(w.AuthorizeLink(a)), b.Code(w.AuthorizeLink(a))
		w.Advance(5*time.Minute - time.Second)
		if u, body := a.Redeem(newCall, early); u.ErrCode != 0 {
			t.Errorf("a second before its end: %s", body)
		}
		w.Advance(time.Second)
		if u, body := a.Redeem(newCall, late); u.ErrCode != 40029 || !strings.HasPrefix(u.ErrMsg, "invalid code") {
			t.Errorf("after five minutes: %s", body)
		}
	})
}

// TestTokenErrorKeepsTheCode: because clients fetch a new token and send the code again.
func TestTokenErrorKeepsTheCode(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		b := w.SignedIn("zhangsan")
		old := a.Token()
		w.Advance(2*time.Hour - time.Minute)
		code := b.Code(w.AuthorizeLink(a))
		w.Advance(time.Minute)
		if got := w.Get(newCall + "?access_token=" + old + "&code=" + code); got.ErrCode != 42001 {
			t.Errorf("an old token: %s", got.Body)
		}
		if u, body := a.Redeem(newCall, code); u.ErrCode != 0 {
			t.Errorf("a new one: %s", body)
		}
	})
}

func TestTwoRedeemOneCode(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		b := w.SignedIn("zhangsan")
		token := a.Token()
		for round := range 5 {
			code := b.Code(w.AuthorizeLink(a))
			var wg sync.WaitGroup
			results := make([]int, 8)
			for i := range results {
				wg.Go(func() {
					call := newCall
					if i%2 == 1 {
						call = oldCall
					}
					results[i] = w.Get(call + "?access_token=" + token + "&code=" + code).ErrCode
				})
			}
			wg.Wait()
			won := 0
			for _, r := range results {
				if r == 0 {
					won++
				} else if r != 40029 {
					t.Errorf("round %d: errcode %d", round, r)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d won", round, won)
			}
		}
	})
}

// TestWhoIsNamed: a member is named inside the range and outside it, but no longer once disabled or deleted.
func TestWhoIsNamed(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(func(a *app.App) { a.Range = access.Range{Departments: []int64{2}} })
		b := w.SignedIn("wangwu")
		if u, body := a.Redeem(newCall, b.Code(w.AuthorizeLink(a))); u.UserID != "wangwu" {
			t.Errorf("outside the range: %s", body)
		}
		disabled, gone := b.Code(w.AuthorizeLink(a)), b.Code(w.AuthorizeLink(a))
		member(t, w, w.Corp, `{"userid":"wangwu","enable":0}`)
		if u, body := a.Redeem(newCall, disabled); u.ErrCode != 40029 {
			t.Errorf("disabled: %s", body)
		}
		if got := b.Get(w.AuthorizeLink(a)); got.Status != 200 || got.Location != "" {
			t.Errorf("the disabled member's session still works: %d %s", got.Status, got.Location)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		if u, body := a.Redeem(newCall, gone); u.ErrCode != 40029 {
			t.Errorf("deleted: %s", body)
		}
	})
}

func TestDeviceStays(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		b, c := w.SignedIn("zhangsan"), w.SignedIn("zhangsan")
		var ids []string
		for _, code := range []string{b.Code(w.AuthorizeLink(a)), b.Code(w.AuthorizeLink(a)), c.Code(w.AuthorizeLink(a))} {
			u, _ := a.Redeem(oldCall, code)
			ids = append(ids, u.DeviceID)
		}
		if ids[0] == "" || ids[0] != ids[1] || ids[0] == ids[2] {
			t.Errorf("device ids %q: the same in one browser, another in another", ids)
		}
	})
}

// TestValidCodesAreFree: a call with a valid code does not count (doc 90312).
func TestValidCodesAreFree(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, ep := range w.Endpoints() {
			if ep.Path == newCall && !ep.Unlimited || ep.Path == oldCall && ep.Unlimited {
				t.Errorf("%s: unlimited %v", ep.Path, ep.Unlimited)
			}
		}
	})
}

// TestCodesAreSwept: nothing expired stays for ever. Worlds on PostgreSQL share tables but not the clock, so
// none may sweep far ahead.
func TestCodesAreSwept(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.SignedIn("zhangsan")
		sweep(t, w)
		if got := b.Get("/account/"); got.Status != 200 || !strings.Contains(got.Text(), "张三") {
			t.Errorf("a living session: %d %s", got.Status, got.Text())
		}
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		w := qiweitest.New(t)
		a := w.Site(nil)
		b := w.SignedIn("zhangsan")
		code := b.Code(w.AuthorizeLink(a))
		qr := b.Get(fmt.Sprintf("/wwopen/sso/qrConnect?appid=%s&agentid=%s&redirect_uri=https://app.example.com/", w.CorpID, agent(a)))
		w.Advance(10 * time.Minute)
		sweep(t, w)
		if u, _ := a.Redeem(newCall, code); u.ErrCode != 40029 || !strings.Contains(u.ErrMsg, "expired") {
			t.Errorf("swept too soon: %s", u.ErrMsg)
		}
		w.Advance(60 * 24 * time.Hour)
		sweep(t, w)
		for _, table := range []string{"login_session", "login_code", "login_scan", "login_guess", "login_invitation", "login_challenge"} {
			if n := count(t, w, table); n != 0 {
				t.Errorf("%s: %d rows stay", table, n)
			}
		}
		if got := b.Get("/wwopen/sso/qrImg?key=" + keyOn(t, qr)); got.Status != 404 {
			t.Errorf("the picture of a QR code that is gone: %d", got.Status)
		}
	})
}

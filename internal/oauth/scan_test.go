package oauth_test

import (
	"bytes"
	"context"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// The pages with a QR code, and how each polls for it.
var desks = []struct {
	name, path string
	more       string // parameters that only this page is given
	appid      bool   // whether appid comes back
	poll       func(b *qiweitest.Browser, key, last string) (status, code string)
}{
	{"qrConnect", "/wwopen/sso/qrConnect", "&login_type=jssdk&version=1.2.7", true, pollJSONP},
	{"qrConnect v1", "/wwopen/sso/v1/qrConnect", "&lang=", true, pollPost},
	{"wwlogin", "/wwlogin/sso/login", "&login_type=CorpApp&redirect_type=callback", false, pollWebJSON},
	{"wwlogin without login_type", "/wwlogin/sso/login", "&scope=&response_type=code", false, pollWebForm},
}

func desk(c *qiweitest.Corp, a *qiweitest.Client, path string, pairs ...string) string {
	q := url.Values{"appid": {c.CorpID}, "agentid": {agent(a)}, "redirect_uri": {"https://app.example.com/cb?a=b"}, "state": {"s+/="}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}

type polled struct {
	Status string
	Code   string `json:"auth_code"`
}

func pollJSONP(b *qiweitest.Browser, key, last string) (string, string) {
	b.T.Helper()
	got := b.Get("/wwopen/sso/l/qrConnect?callback=jsonpCallback&key=" + key + "&redirect_uri=x&appid=y&_=1&lastStatus=" + last + "&statusCode=x")
	body, ok := strings.CutPrefix(got.Body, "jsonpCallback(")
	if !ok || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/javascript") {
		b.T.Fatalf("%s %s", got.Header, got.Body)
	}
	got.Body = strings.TrimSuffix(body, ")")
	var p polled
	got.Decode(b.T, &p)
	return p.Status, p.Code
}

func pollPost(b *qiweitest.Browser, key, last string) (string, string) {
	b.T.Helper()
	var p polled
	b.Post("/wwopen/sso/lp/qrConnect", url.Values{"key": {key}, "lastStatus": {last}}).Decode(b.T, &p)
	return p.Status, p.Code
}

func pollWebForm(b *qiweitest.Browser, key, last string) (string, string) {
	b.T.Helper()
	var p struct{ Data polled }
	b.Post("/wwlogin/monoApi/sso/login/getWebQrCodeStatus?lang=zh_CN&ajax=1&f=json&random=1", url.Values{"webKey": {key}, "lastStatus": {last}}).Decode(b.T, &p)
	return p.Data.Status, p.Data.Code
}

func pollWebJSON(b *qiweitest.Browser, key, last string) (string, string) {
	b.T.Helper()
	req, err := http.NewRequest("POST", b.Base+"/wwlogin/monoApi/sso/login/getWebQrCodeStatus?lang=zh_CN&ajax=1&f=json&random=1",
		strings.NewReader(`{"webKey":"`+key+`","lastStatus":"`+last+`","openDataSid":"sid"}`))
	if err != nil {
		b.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	var p struct {
		Data struct {
			polled
			SID string `json:"openDataSid"`
		}
	}
	b.Do(req).Decode(b.T, &p)
	if p.Data.SID != "sid" {
		b.T.Errorf("openDataSid %q", p.Data.SID)
	}
	return p.Data.Status, p.Data.Code
}

func TestSignInAtADesk(t *testing.T) {
	for _, d := range desks {
		t.Run(d.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.Site(nil)
				screen, phone := w.Browser(), w.SignedIn("zhangsan")
				shown := screen.Get(desk(w.Corp, a, d.path) + d.more)
				key := keyOn(t, shown)
				for _, want := range []string{"window.settings = {", `"redirect_uri":"https://app.example.com/cb?a=b"`, `"state":"s+/="`, key, w.URL + "/wwopen/sso/confirm2?k=" + key} {
					if !strings.Contains(shown.Body, want) {
						t.Errorf("the page lacks %s", want)
					}
				}
				for _, path := range []string{"/wwopen/sso/qrImg?key=", "/wwlogin/sso/qrcode?key="} {
					if img, err := png.Decode(bytes.NewReader([]byte(screen.Get(path + key).Body))); err != nil || img.Bounds().Dx() < 200 {
						t.Errorf("%s: %v", path, err)
					}
				}
				if status, code := d.poll(screen, key, ""); status != "QRCODE_SCAN_NEVER" || code != "" {
					t.Errorf("shown: %s %s", status, code)
				}
				page := phone.Get("/wwopen/sso/confirm2?k=" + key + "&notretry=yes")
				if !strings.Contains(page.Text(), "张三") || !strings.Contains(page.Text(), "Go-http-client") && !strings.Contains(page.Text(), "127.0.0.1") {
					t.Errorf("the phone: %s", page.Text())
				}
				if status, code := d.poll(screen, key, "QRCODE_SCAN_NEVER"); status != "QRCODE_SCAN_ING" || code != "" {
					t.Errorf("scanned: %s %s", status, code)
				}
				if done := phone.Press(page, "decision", "confirm"); done.Status != 200 || !strings.Contains(done.Text(), "登录成功") {
					t.Errorf("confirmed: %d %s", done.Status, done.Text())
				}
				status, code := d.poll(screen, key, "QRCODE_SCAN_ING")
				if again, _ := d.poll(screen, key, "QRCODE_SCAN_SUCC"); status != "QRCODE_SCAN_SUCC" || code == "" || again != status {
					t.Errorf("confirmed: %s %s, then %s", status, code, again)
				}
				// Without scripts the page itself leads on.
				want := "https://app.example.com/cb?a=b&code=" + code + "&state=s%2B%2F%3D"
				if d.appid {
					want += "&appid=" + w.CorpID
				}
				if got := screen.Get(desk(w.Corp, a, d.path) + d.more + "&key=" + key); got.Location != want {
					t.Errorf("leads to %s, want %s", got.Location, want)
				}
				// One QR code is confirmed once.
				for _, again := range []qiweitest.Page{phone.Press(page, "decision", "confirm"), phone.Press(page, "decision", "cancel"), phone.Get("/wwopen/sso/confirm2?k=" + key)} {
					if !strings.Contains(again.Text(), "二维码已失效") {
						t.Errorf("again: %s", again.Text())
					}
				}
				u, body := a.Redeem(newCall, code)
				if u.UserID != "zhangsan" || u.Ticket != "" {
					t.Errorf("the code: %s", body)
				}
				if u, body := a.Redeem(newCall, code); u.ErrCode != 40029 {
					t.Errorf("the code again: %s", body)
				}
			})
		})
	}
}

func TestDeclineAndExpire(t *testing.T) {
	for _, d := range desks {
		t.Run(d.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := private(w.Corp, nil)
				screen, phone := w.Browser(), w.SignedIn("zhangsan")
				at := desk(w.Corp, a, d.path) + d.more
				key := keyOn(t, screen.Get(at))
				if done := phone.Press(phone.Get("/wwopen/sso/confirm2?k="+key), "decision", "cancel"); !strings.Contains(done.Text(), "已取消登录") {
					t.Errorf("declined: %s", done.Text())
				}
				if status, code := d.poll(screen, key, "QRCODE_SCAN_ING"); status != "QRCODE_SCAN_FAIL" || code != "" {
					t.Errorf("declined: %s %s", status, code)
				}
				if got := screen.Get(at + "&key=" + key); got.Location != "https://app.example.com/cb?a=b&state=s%2B%2F%3D" {
					t.Errorf("leads to %s: the state alone", got.Location)
				}
				key = keyOn(t, screen.Get(at))
				page := phone.Get("/wwopen/sso/confirm2?k=" + key)
				w.Advance(5 * time.Minute)
				if status, _ := d.poll(screen, key, "QRCODE_SCAN_ING"); status != "QRCODE_SCAN_ERR" {
					t.Errorf("after five minutes: %s", status)
				}
				if done := phone.Press(page, "decision", "confirm"); !strings.Contains(done.Text(), "二维码已失效") {
					t.Errorf("confirmed too late: %s", done.Text())
				}
				if status, _ := d.poll(screen, "0123456789abcdef", "QRCODE_SCAN_NEVER"); status != "QRCODE_SCAN_ERR" {
					t.Errorf("a key that nobody was shown: %s", status)
				}
				if got := keyOn(t, screen.Get(at+"&key="+key)); got == key {
					t.Error("a refreshed page shows the old code")
				}
			})
		})
	}
}

// changed polls as the page does until something has changed. On a busy machine the other side may take
// longer than one poll is held.
func changed(poll func(*qiweitest.Browser, string, string) (string, string), screen *qiweitest.Browser, key, last string) string {
	for {
		if status, _ := poll(screen, key, last); status != last {
			return status
		}
	}
}

// TestPageIsWokenAtOnce: a held poll is answered when something happens, also on another server of the same
// database.
func TestPageIsWokenAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		screen, phone := w.Browser(), w.SignedIn("zhangsan")
		for _, d := range desks {
			key := keyOn(t, screen.Get(desk(w.Corp, a, d.path)+d.more))
			for i, step := range []struct {
				last, want string
				do         func()
			}{
				{"QRCODE_SCAN_NEVER", "QRCODE_SCAN_ING", func() { phone.Get("/wwopen/sso/confirm2?k=" + key) }},
				{"QRCODE_SCAN_ING", "QRCODE_SCAN_SUCC", func() { phone.Press(phone.Get("/wwopen/sso/confirm2?k="+key), "decision", "confirm") }},
			} {
				got := make(chan string, 1)
				go func() { got <- changed(d.poll, screen, key, step.last) }()
				step.do()
				select {
				case status := <-got:
					if status != step.want {
						t.Errorf("%s, step %d: %s", d.name, i, status)
					}
				case <-time.After(4 * time.Minute):
					t.Fatalf("%s, step %d: nobody woke the page", d.name, i)
				}
			}
		}
	})
}

// TestTwoServers share a database: what happens on one is seen on the other.
func TestTwoServers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		other, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(other)
		other.SetBaseURL(front.URL)
		t.Cleanup(func() {
			front.Close()
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		})
		a := w.Site(nil)
		screen, phone := w.Browser(), w.SignedIn("zhangsan")
		screen.Base = front.URL
		key := keyOn(t, screen.Get(desk(w.Corp, a, "/wwopen/sso/qrConnect")))
		got := make(chan string, 1)
		go func() { got <- changed(pollJSONP, screen, key, "QRCODE_SCAN_NEVER") }()
		phone.Get("/wwopen/sso/confirm2?k=" + key)
		select {
		case status := <-got:
			if status != "QRCODE_SCAN_ING" {
				t.Error(status)
			}
		case <-time.After(4 * time.Minute):
			t.Error("the other server did not see it")
		}
	})
}

func TestTwoPhonesOneCode(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		screen := w.Browser()
		phones := []*qiweitest.Browser{w.SignedIn("zhangsan"), w.SignedIn("lisi")}
		for range 5 {
			key := keyOn(t, screen.Get(desk(w.Corp, a, "/wwopen/sso/qrConnect")))
			won, pages := make([]bool, len(phones)), make([]qiweitest.Page, len(phones))
			for i, p := range phones {
				pages[i] = p.Get("/wwopen/sso/confirm2?k=" + key)
			}
			var wg sync.WaitGroup
			for i, p := range phones {
				wg.Go(func() { won[i] = strings.Contains(p.Press(pages[i], "decision", "confirm").Text(), "登录成功") })
			}
			wg.Wait()
			_, code := pollJSONP(screen, key, "")
			u, body := a.Redeem(newCall, code)
			if won[0] == won[1] || (won[0] && u.UserID != "zhangsan") || (won[1] && u.UserID != "lisi") {
				t.Errorf("%v: %s", won, body)
			}
		}
	})
}

// TestWhoMayConfirm: a signed-in member of this corp, in the range, with the member's own form.
func TestWhoMayConfirm(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(func(a *app.App) { a.Range = access.Range{Departments: []int64{2}} })
		screen := w.Browser()
		key := keyOn(t, screen.Get(desk(w.Corp, a, "/wwopen/sso/qrConnect")))
		path := "/wwopen/sso/confirm2?k=" + key
		if page := w.SignedIn("wangwu").Get(path); !strings.Contains(page.Text(), "无权限") {
			t.Errorf("outside the range: %s", page.Text())
		}
		if page := w.Second.SignedIn("zhangsan").Get(path); !strings.Contains(page.Text(), "以谁的身份登录") {
			t.Errorf("of another corp: %s", page.Text())
		}
		nobody := w.Browser()
		if page := nobody.Get(path); !strings.Contains(page.Text(), "以谁的身份登录") {
			t.Errorf("nobody: %s", page.Text())
		} else if got := nobody.Press(page, "userid", "lisi"); got.Location != path {
			t.Errorf("after sign-in: %s", got.Location)
		}
		phone := w.SignedIn("zhangsan")
		page := phone.Get(path)
		action, fields := page.Form(t)
		fields.Set("decision", "confirm")
		for name, got := range map[string]qiweitest.Page{
			"a spoilt form":     phone.Post(action, url.Values{"form": {"x"}, "decision": {"confirm"}}),
			"no form":           phone.Post(action, url.Values{"decision": {"confirm"}}),
			"somebody else's":   nobody.Post(action, fields),
			"from another site": phone.Post(action, fields, "Origin", "https://evil.example"),
		} {
			if strings.Contains(got.Text(), "登录成功") {
				t.Errorf("%s: %s", name, got.Text())
			}
		}
		if status, _ := pollJSONP(screen, key, ""); status != "QRCODE_SCAN_ING" {
			t.Errorf("after all that: %s", status)
		}
		a.Configure(func(a *app.App) { a.Disabled = true })
		if got := phone.Post(action, fields); !strings.Contains(got.Text(), "应用已停用") {
			t.Errorf("a disabled application: %s", got.Text())
		}
		a.Configure(func(a *app.App) { a.Disabled = false })
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if got := phone.Post(action, fields); strings.Contains(got.Text(), "登录成功") {
			t.Errorf("a disabled member: %s", got.Text())
		}
	})
}

func TestCallbackName(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.Browser()
		for name, status := range map[string]int{
			"jsonpCallback": 200, "a.b.$c_1": 200, "alert(1)//": 400, "x</script>": 400, "a[0]": 400, "1a": 400, strings.Repeat("a", 200): 400,
		} {
			got := b.Get("/wwopen/sso/l/qrConnect?key=x&callback=" + url.QueryEscape(name))
			if got.Status != status || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
		if got := b.Get("/wwopen/sso/l/qrConnect?key=x"); got.Body != `{"status":"QRCODE_SCAN_ERR","auth_code":""}` {
			t.Errorf("without a callback: %s", got.Body)
		}
	})
}

func TestDeskProblems(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, off, gone := w.Site(nil), w.Site(func(a *app.App) { a.Disabled = true }), w.Site(nil)
		w.Write(deleteApp(w, gone))
		both := w.Site(func(a *app.App) { a.LoginDomain, a.RedirectDomain = "login.example.com", "app.example.com" })
		only := w.Site(func(a *app.App) { a.LoginDomain = "" })
		b := w.Browser()
		code := regexp.MustCompile(`"errCode":(-?\d+)`)
		qr, web := "/wwopen/sso/qrConnect", "/wwlogin/sso/login"
		for _, tt := range []struct {
			name, path string
			says, code string
		}{
			{"no appid", desk(w.Corp, a, qr, "appid", ""), "参数错误", "-31027"},
			{"an unknown appid", desk(w.Corp, a, web, "appid", "ww00"), "参数错误", "-31027"},
			{"no agentid", desk(w.Corp, a, qr, "agentid", ""), "参数错误", "-31028"},
			{"an unknown agentid", desk(w.Corp, a, web, "agentid", "99"), "参数错误", "-31028"},
			{"a deleted application", desk(w.Corp, gone, qr), "应用已删除", "-31028"},
			{"a disabled application", desk(w.Corp, off, web), "应用已停用", "-31028"},
			{"no redirect_uri", desk(w.Corp, a, web, "redirect_uri", ""), "参数错误", "-31035"},
			{"another login_type", desk(w.Corp, a, web, "login_type", "x"), "参数错误", "-31040"},
			{"a third-party login", desk(w.Corp, a, web, "login_type", "ServiceApp"), "参数错误", "-31037"},
			{"another domain", desk(w.Corp, a, qr, "redirect_uri", "https://evil.example/"), "redirect_uri 与配置的授权完成回调域名不一致", "-31020"},
			{"qrConnect on the OAuth domain", desk(w.Corp, both, qr), "redirect_uri 与配置的授权完成回调域名不一致", "-31020"},
			{"wwlogin on the OAuth domain", desk(w.Corp, both, web), "二维码", ""},
			{"qrConnect on the callback domain", desk(w.Corp, both, qr, "redirect_uri", "https://login.example.com/"), "二维码", ""},
			{"wwlogin on the callback domain", desk(w.Corp, both, web, "redirect_uri", "https://login.example.com/"), "二维码", ""},
			{"qrConnect with an OAuth domain alone", desk(w.Corp, only, qr), "二维码", ""},
		} {
			got := b.Get(tt.path)
			m := code.FindStringSubmatch(got.Body)
			if got.Status != 200 || got.Location != "" || !strings.Contains(got.Text(), tt.says) || (tt.code != "") != (m != nil) || (m != nil && m[1] != tt.code) || (tt.code != "") == strings.Contains(got.Body, "?key=") {
				t.Errorf("%s: %d %q %s", tt.name, got.Status, m, got.Text())
			}
		}
		if got := b.Get(desk(w.Corp, a, qr, "redirect_uri", "https://evil.example/") + "&lang=en"); !strings.Contains(got.Text(), "evil.example") || !strings.Contains(got.Text(), "app.example.com") || !strings.Contains(got.Text(), "callback domain") {
			t.Errorf("it does not say how to mend it: %s", got.Text())
		}
		for _, path := range []string{"/wwopen/report", "/wwlogin/monoApi/sso/reportOss", "/wwopen/reportOss"} {
			if got := b.Post(path, url.Values{"x": {"y"}}); got.Status != 204 {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
		if got := b.Post("/wwlogin/monoApi/sso/other", nil); got.Status != 404 {
			t.Errorf("an unknown path: %d", got.Status)
		}
		for _, path := range []string{"/wwopen/sso/qrImg", "/wwlogin/sso/qrcode?key=../x", "/wwopen/sso/qrImg?key=0123456789abcdef"} {
			if got := b.Get(path); got.Status != 404 {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
	})
}

func TestLongStateAtTheDesk(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		screen, phone := w.Browser(), w.SignedIn("zhangsan")
		state := strings.Repeat("aB3-_.~+/= ", 200)
		at := desk(w.Corp, a, "/wwopen/sso/qrConnect", "state", state)
		key := keyOn(t, screen.Get(at))
		phone.Press(phone.Get("/wwopen/sso/confirm2?k="+key), "decision", "confirm")
		if got := screen.Get(at + "&key=" + key).To(t); got.Query().Get("state") != state {
			t.Errorf("state %q", got.Query().Get("state"))
		}
	})
}

package login_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const secret = "correct horse battery"

func setPassword(t *testing.T, w *qiweitest.World, user, password string) {
	t.Helper()
	ctx := context.Background()
	p, err := w.Server.Login.NewPassword(ctx, "zhangsan", password)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "zhangsan", p)
	})
}

func signIn(b *qiweitest.Browser, corp, user, password string) qiweitest.Page {
	b.T.Helper()
	return b.Press(b.Get("/account/sign-in?way=password&corp="+corp+"&next=%2Faccount%2Fpassword"), "userid", user, "password", password)
}

func TestPasswordSignIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		for _, tt := range []struct {
			name, corp, user, password string
			status                     int
		}{
			{"right", w.CorpID, "zhangsan", secret, 303},
			{"in other letters, with a space", w.CorpID, " ZhangSan ", secret, 303},
			{"wrong", w.CorpID, "zhangsan", "wrong horse battery", 403},
			{"empty", w.CorpID, "zhangsan", "", 403},
			{"longer", w.CorpID, "zhangsan", secret + "x", 403},
			{"as nobody", w.CorpID, "nobody", secret, 403},
			{"as one without a password", w.CorpID, "lisi", secret, 403},
			{"as what is no userid", w.CorpID, "<script>", secret, 403},
			{"very long", w.CorpID, "zhangsan", strings.Repeat("x", 10_000), 403},
			{"in the other corp", w.Second.CorpID, "zhangsan", secret, 403},
		} {
			b := w.Browser()
			got := signIn(b, tt.corp, tt.user, tt.password)
			if got.Status != tt.status || (tt.status == 303 && got.Location != "/account/password") || (tt.status != 303 && !strings.Contains(got.Text(), "账号或密码不正确")) {
				t.Errorf("%s: %d %s %s", tt.name, got.Status, got.Location, got.Text())
			}
			if strings.Contains(got.Body, secret) {
				t.Errorf("%s: the password stands on the page", tt.name)
			}
		}
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if got := signIn(w.Browser(), w.CorpID, "zhangsan", secret); got.Status != 403 || !strings.Contains(got.Text(), "账号已禁用") {
			t.Errorf("disabled: %d %s", got.Status, got.Text())
		}
	}, qiweitest.WithServe())
}

// TestGuessing: a name is locked after five wrong tries, whether it exists or not, and longer with each
// further one. The right password does not unlock it.
func TestGuessing(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		for _, user := range []string{"zhangsan", "nobody"} {
			b := w.Browser()
			for i := range 5 {
				if got := signIn(b, w.CorpID, user, "wrong"); got.Status != 403 {
					t.Fatalf("%s, try %d: %d %s", user, i+1, got.Status, got.Text())
				} else if i == 3 && !strings.Contains(got.Text(), "还可以再试 1 次") {
					t.Errorf("%s, try %d: %s", user, i+1, got.Text())
				}
			}
			for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
				if got := signIn(b, w.CorpID, user, secret); got.Status != 429 || !strings.Contains(got.Text(), "已暂时锁定") {
					t.Fatalf("%s, locked: %d %s", user, got.Status, got.Text())
				}
				w.Advance(wait - time.Second)
				if got := signIn(b, w.CorpID, user, secret); got.Status != 429 {
					t.Fatalf("%s, a second before %s are over: %d", user, wait, got.Status)
				}
				w.Advance(time.Second)
				if got := signIn(b, w.CorpID, user, "wrong"); got.Status != 403 {
					t.Fatalf("%s, after %s: %d", user, wait, got.Status)
				}
			}
			w.Advance(time.Hour)
			want := map[string]int{"zhangsan": 303, "nobody": 403}[user]
			if got := signIn(b, w.CorpID, user, secret); got.Status != want {
				t.Errorf("%s, after an hour: %d", user, got.Status)
			}
		}
		// The right password clears the name: there are five tries again.
		b := w.Browser()
		for i := range 4 {
			signIn(b, w.CorpID, "zhangsan", "wrong")
			if got := signIn(b, w.CorpID, "zhangsan", secret); got.Status != 303 {
				t.Errorf("round %d: %d", i, got.Status)
			}
		}
		// The other corp's member of the same name was not affected.
		if got := signIn(b, w.Second.CorpID, "zhangsan", "wrong"); got.Status != 403 {
			t.Errorf("the other corp: %d", got.Status)
		}
	}, qiweitest.WithServe())
}

// TestGuessingAtManyNames: an address is locked too.
func TestGuessingAtManyNames(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		ctx, l := context.Background(), w.Server.Login
		from, elsewhere := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("2001:db8::1")
		locked := 0
		for i := range 60 {
			_, err := l.CheckPassword(ctx, w.CorpID, "nobody", "wrong", login.Stranger{Address: from})
			if i%5 == 0 { // names are locked earlier: try another one
				_, err = l.CheckPassword(ctx, w.CorpID, "zhangsan", secret, login.Stranger{Address: elsewhere})
				if err != nil {
					t.Fatalf("from elsewhere: %v", err)
				}
				continue
			}
			if _, ok := err.(*login.Locked); ok {
				locked++
			}
		}
		if locked == 0 {
			t.Error("nothing was locked")
		}
	}, qiweitest.WithServe())
}

// TestGuessingAtOnce: concurrent tries do not all pass before the first has failed.
func TestGuessingAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		b := w.Browser()
		action, fields := b.Get("/account/sign-in?way=password&corp=" + w.CorpID).Form(t)
		fields.Set("userid", "zhangsan")
		fields.Set("password", "wrong")
		statuses := make([]int, 12)
		var wg sync.WaitGroup
		for i := range statuses {
			wg.Go(func() { statuses[i] = b.Post(action, fields).Status })
		}
		wg.Wait()
		tried := 0
		for _, s := range statuses {
			if s == 403 {
				tried++
			} else if s != 429 {
				t.Errorf("status %d", s)
			}
		}
		if tried != 5 {
			t.Errorf("%d tries were looked at, want 5", tried)
		}
	}, qiweitest.WithServe())
}

func TestChangePassword(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		here, there := w.Browser(), w.Browser()
		signIn(here, w.CorpID, "zhangsan", secret)
		signIn(there, w.CorpID, "zhangsan", secret)
		fresh := "a new phrase to know"
		for _, tt := range []struct {
			name, old, new, again string
			status                int
			says                  string
		}{
			{"a wrong old one", "wrong", fresh, fresh, 403, "当前密码不正确"},
			{"two different new ones", secret, fresh, fresh + "x", 400, "不一致"},
			{"too short", secret, "short", "short", 400, "至少需要 8 个字符"},
			{"too common", secret, "Password123", "Password123", 400, "太容易被猜到"},
			{"a row", secret, "87654321", "87654321", 400, "太容易被猜到"},
			{"one letter", secret, "aaaaaaaaaa", "aaaaaaaaaa", 400, "太容易被猜到"},
			{"his name in it", secret, "ZhangSan2031", "ZhangSan2031", 400, "太容易被猜到"},
			{"the same", secret, secret, secret, 400, "与当前密码相同"},
			{"right", secret, fresh, fresh, 303, ""},
		} {
			got := here.Press(here.Get("/account/password"), "old", tt.old, "new", tt.new, "again", tt.again)
			if got.Status != tt.status || !strings.Contains(got.Text(), tt.says) {
				t.Errorf("%s: %d %s", tt.name, got.Status, got.Text())
			}
		}
		if page := here.Get("/account/?done=password"); !strings.Contains(page.Text(), "已登录") || !strings.Contains(page.Text(), "密码已更新") {
			t.Errorf("here: %s", page.Text())
		}
		if page := there.Get("/account/?corp=" + w.CorpID); strings.Contains(page.Text(), "已登录") {
			t.Error("the other browser is still signed in")
		}
		b := w.Browser()
		if got := signIn(b, w.CorpID, "zhangsan", secret); got.Status != 403 {
			t.Errorf("the old password: %d", got.Status)
		}
		if got := signIn(b, w.CorpID, "zhangsan", fresh); got.Status != 303 {
			t.Errorf("the new password: %d", got.Status)
		}
		if got := here.Post("/account/password", url.Values{"form": {"x"}, "old": {fresh}, "new": {"another phrase"}, "again": {"another phrase"}}); got.Status != 403 {
			t.Errorf("a spoilt form: %d", got.Status)
		}
		// An administrator's change ends all sessions.
		setPassword(t, w, "zhangsan", secret)
		if page := here.Get("/account/?corp=" + w.CorpID); strings.Contains(page.Text(), "已登录") {
			t.Error("a session survives the administrator's change")
		}
	}, qiweitest.WithServe())
}

func TestInvitation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		invite := func() login.Invitation {
			var inv login.Invitation
			w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				inv, err = w.Server.Login.InviteCode(ctx, tx, access.System(w.CorpID), "lisi")
				return err
			})
			return inv
		}
		accept := func(b *qiweitest.Browser, user, code, password string) qiweitest.Page {
			page := b.Get("/account/invite?corp=" + w.CorpID + "&next=%2Faccount%2Fpasskeys")
			return b.Press(page, "userid", user, "code", code, "new", password, "again", password)
		}
		old, inv := invite(), invite()
		if !strings.HasPrefix(inv.Link, w.URL+"/account/invite?") || len(inv.Code) != 14 || inv.Code == old.Code {
			t.Errorf("%+v", inv)
		}
		if page := w.Browser().Get(strings.TrimPrefix(inv.Link, w.URL)); !strings.Contains(page.Body, `value="lisi"`) {
			t.Errorf("the link: %s", page.Text())
		}
		b := w.Browser()
		for _, tt := range []struct {
			name, user, code, password string
			status                     int
			says                       string
		}{
			{"a code that was replaced", "lisi", old.Code, secret, 403, "账号或邀请码不正确"},
			{"somebody else's", "zhangsan", inv.Code, secret, 403, "账号或邀请码不正确"},
			{"nobody's", "nobody", inv.Code, secret, 403, "账号或邀请码不正确"},
			{"a short password", "lisi", inv.Code, "short", 400, "至少需要 8 个字符"},
			{"right, as people type it", "LiSi", strings.ToLower(strings.ReplaceAll(inv.Code, "-", " ")), secret, 303, ""},
			{"used", "lisi", inv.Code, secret, 403, "已使用或已过期"},
		} {
			if got := accept(b, tt.user, tt.code, tt.password); got.Status != tt.status || !strings.Contains(got.Text(), tt.says) {
				t.Errorf("%s: %d %s", tt.name, got.Status, got.Text())
			}
		}
		if page := b.Get("/account/"); !strings.Contains(page.Text(), "李四") {
			t.Errorf("he is not signed in: %s", page.Text())
		}
		if got := signIn(w.Browser(), w.CorpID, "lisi", secret); got.Status != 303 {
			t.Errorf("the password: %d", got.Status)
		}
		// Accepting a new one sets a new password and ends the member's sessions.
		again := invite()
		w.Advance(7*24*time.Hour - time.Second)
		if got := accept(w.Browser(), "lisi", again.Code, "another phrase"); got.Status != 303 {
			t.Errorf("a second before its end: %d %s", got.Status, got.Text())
		}
		late := invite()
		w.Advance(7 * 24 * time.Hour)
		if got := accept(w.Browser(), "lisi", late.Code, secret); got.Status != 403 || !strings.Contains(got.Text(), "已使用或已过期") {
			t.Errorf("after a week: %d %s", got.Status, got.Text())
		}
		// If two people use the same invitation, one wins.
		one := invite()
		won := make([]bool, 4)
		var wg sync.WaitGroup
		for i := range won {
			wg.Go(func() {
				won[i] = accept(w.Browser(), "lisi", one.Code, fmt.Sprintf("a phrase of number %d", i)).Status == 303
			})
		}
		wg.Wait()
		n := 0
		for _, w := range won {
			if w {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d won", n)
		}
		member(t, w, w.Corp, `{"userid":"lisi","enable":0}`)
		if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, err := w.Server.Login.InviteCode(context.Background(), tx, access.System(w.CorpID), "lisi")
			return err
		}); err == nil {
			t.Error("a disabled member is invited")
		}
	}, qiweitest.WithServe())
}

func TestHashesAreFewAtATime(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := w.Server.Login.NewPassword(context.Background(), "lisi", secret); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 50 {
		if _, err := w.Server.Login.NewPassword(ctx, "lisi", secret); err != nil {
			return
		}
	}
	t.Error("who has gone is hashed for")
}

// TestManyComeAtOnce from one address, as an office does in the morning. The server can answer everybody.
func TestManyComeAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		from := netip.MustParseAddr("203.0.113.1")
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				_, err := w.Server.Login.CheckPassword(context.Background(), w.CorpID, id.UserID(fmt.Sprintf("user%d", i)), "wrong", login.Stranger{Address: from})
				var wrong *login.WrongSecret
				if !errors.As(err, &wrong) {
					t.Errorf("user%d: %v", i, err)
				}
			})
		}
		wg.Wait()
	}, qiweitest.WithServe())
}

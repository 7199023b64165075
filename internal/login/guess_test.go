package login_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// office is a group of people who sign in by password from one address.
type office struct {
	t  *testing.T
	w  *qiweitest.World
	at login.Stranger
}

func newOffice(t *testing.T, w *qiweitest.World) office {
	return office{t, w, login.Stranger{Door: login.DoorLDAP, Address: netip.MustParseAddr("203.0.113.77")}}
}

// hire adds members with the password secret. They share one hash, because hashing takes time.
func (o office) hire(n int) (users []string) {
	o.t.Helper()
	p, err := o.w.Server.Login.NewPassword(context.Background(), "nobody", secret)
	if err != nil {
		o.t.Fatal(err)
	}
	for i := range n {
		user := fmt.Sprintf("staff%d", i)
		if got := o.w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", fmt.Sprintf(`{"userid":%q,"name":"员工%d","mobile":"1370000%04d","department":[2]}`, user, i, i)); got.ErrCode != 0 {
			o.t.Fatal(got.Body)
		}
		o.w.Write(func(ctx context.Context, tx *store.Tx) error {
			return o.w.Server.Login.SetPassword(ctx, tx, access.System(o.w.CorpID), id.UserID(user), p)
		})
		users = append(users, user)
	}
	return users
}

func (o office) try(user, password string) error {
	_, err := o.w.Server.Login.CheckPassword(context.Background(), o.w.CorpID, id.UserID(user), password, o.at)
	return err
}

func locked(err error) bool {
	var l *login.Locked
	return errors.As(err, &l)
}

// TestOneGuesserInAnOffice: a hundred passwords a minute come from one address, most of them from an
// attacker, and nobody else is locked.
func TestOneGuesserInAnOffice(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		o := newOffice(t, w)
		staff := o.hire(8)
		for _, user := range staff {
			if err := o.try(user, secret); err != nil {
				t.Fatal(err)
			}
		}
		held := 0
		for minute := range 3 {
			for i := range 84 { // at a colleague's name, at others, and at unknown names
				name := staff[0]
				if i%3 == 1 {
					name = fmt.Sprintf("guess%d", i)
				}
				if locked(o.try(name, "wrong guess")) {
					held++
				}
			}
			for _, user := range staff[1:] {
				o.try(user, "a typo") // a typing error
				if err := o.try(user, secret); err != nil {
					t.Errorf("minute %d: %s is kept out: %v", minute, user, err)
				}
			}
			w.Advance(time.Minute)
		}
		if held < 150 {
			t.Errorf("of 252 guesses, %d were held", held)
		}
		if o.try(staff[0], "wrong guess"); !locked(o.try(staff[0], secret)) {
			t.Error("the name that is guessed at is not locked where it is guessed at")
		}
		// Elsewhere the owner gets in, because fewer than twenty guesses were counted.
		elsewhere := o
		elsewhere.at.Address = netip.MustParseAddr("198.51.100.1")
		if err := elsewhere.try(staff[0], secret); err != nil {
			t.Errorf("elsewhere: %v", err)
		}
	})
}

// TestOwnBrowser: a browser in which the member has signed in is counted separately.
func TestOwnBrowser(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		own, other := w.Browser(), w.Browser()
		signIn(own, w.CorpID, "zhangsan", secret)
		for range 8 {
			signIn(other, w.CorpID, "zhangsan", "wrong")
		}
		if got := signIn(other, w.CorpID, "zhangsan", secret); got.Status != 429 {
			t.Errorf("the browser that guesses: %d", got.Status)
		}
		if got := signIn(own, w.CorpID, "zhangsan", secret); got.Status != 303 {
			t.Errorf("the owner's: %d %s", got.Status, got.Text())
		}
		// It has five tries of its own.
		for range 5 {
			signIn(own, w.CorpID, "zhangsan", "wrong")
		}
		if got := signIn(own, w.CorpID, "zhangsan", secret); got.Status != 429 {
			t.Errorf("the owner's, after five: %d", got.Status)
		}
	}, qiweitest.WithServe())
}

// TestTyposDecay: an occasional wrong password never adds up to a lock, with right ones in between or not.
func TestTyposDecay(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		o := newOffice(t, w)
		staff := o.hire(1)
		for day := range 70 {
			if err := o.try(staff[0], "a typo"); locked(err) {
				t.Fatalf("day %d: %v", day, err)
			}
			if err := o.try("nobody", "a typo"); locked(err) {
				t.Fatalf("day %d, nobody: %v", day, err)
			}
			w.Advance(20 * time.Hour)
		}
		if err := o.try(staff[0], secret); err != nil {
			t.Error(err)
		}
	})
}

// TestSpray: one password on many names locks the address for names that never signed in there. Names that
// did have two tries left.
func TestSpray(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		o := newOffice(t, w)
		staff := o.hire(2)
		if err := o.try(staff[0], secret); err != nil {
			t.Fatal(err)
		}
		for i := range 61 { // fifty, and ten for the one familiar member
			o.try(fmt.Sprintf("name%d", i), "Spring2031!")
		}
		if err := o.try("another", "Spring2031!"); !locked(err) {
			t.Errorf("another name: %v", err)
		}
		if err := o.try(staff[1], secret); !locked(err) {
			t.Errorf("one who never came from there: %v", err)
		}
		for i, want := range []bool{false, false, true} {
			if got := locked(o.try(staff[0], "wrong")); got != want {
				t.Errorf("one who did, try %d: locked is %v", i+1, got)
			}
		}
		w.Advance(15 * time.Minute)
		if err := o.try(staff[1], secret); err != nil {
			t.Errorf("a quarter of an hour later: %v", err)
		}
	})
}

// TestManyAddresses: guesses at one name from everywhere add up, but do not lock the owner out of familiar
// places.
func TestManyAddresses(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		o := newOffice(t, w)
		staff := o.hire(1)
		if err := o.try(staff[0], secret); err != nil {
			t.Fatal(err)
		}
		far := o
		for i := range 30 {
			far.at.Address = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})
			far.try(staff[0], "wrong")
		}
		if !locked(far.try(staff[0], secret)) {
			t.Error("a name that is guessed at from thirty addresses is not locked")
		}
		if err := o.try(staff[0], secret); err != nil {
			t.Errorf("at home: %v", err)
		}
	})
}

// TestClockSetBack: nobody waits for a lock that a wrong clock put into the future.
func TestClockSetBack(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		o := newOffice(t, w)
		staff := o.hire(1)
		now := w.Clock.Now()
		w.Advance(48 * time.Hour)
		for range 5 {
			o.try(staff[0], "wrong")
		}
		if !locked(o.try(staff[0], secret)) {
			t.Fatal("not locked")
		}
		w.Clock.Set(now)
		if err := o.try(staff[0], secret); err != nil {
			t.Errorf("after the clock was set back: %v", err)
		}
	})
}

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// TestRefusedSignInsAreNoted: each attempt is in the log, without the password and without unknown names,
// which may be passwords. The audit log has one line for a minute's attempts.
func TestRefusedSignInsAreNoted(t *testing.T) {
	log := &logged{}
	w := qiweitest.New(t, func(c *platform.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	w.WithoutTwin()
	setPassword(t, w, "zhangsan", secret)
	b := w.Browser()
	for range 900 {
		signIn(b, w.CorpID, "zhangsan", "hunter2 hunter2")
	}
	signIn(b, w.CorpID, "hunter2hunter2", "x")
	for i := range 300 { // from everywhere
		w.Server.Login.CheckPassword(context.Background(), w.CorpID, "zhangsan", "hunter2 hunter2",
			login.Stranger{Door: login.DoorLDAP, Address: netip.AddrFrom4([4]byte{198, 51, byte(i / 250), byte(i % 250)})})
	}
	sweep(t, w)
	log.mu.Lock()
	text := log.text.String()
	log.mu.Unlock()
	if n := strings.Count(text, "msg=sign-in"); n != 1201 {
		t.Errorf("%d lines of 1201 attempts", n)
	}
	if strings.Contains(text, "hunter2") || !strings.Contains(text, "userid=zhangsan") || !strings.Contains(text, "ip=127.0.0.1") || !strings.Contains(text, "door=pages") {
		t.Errorf("the log: %.2000s", text)
	}
	if n := count(t, w, "console_audit WHERE action = 'session.refused'"); n < 3 || n > 205 {
		t.Errorf("%d lines of the audit", n)
	}
	if n := count(t, w, "console_audit WHERE action = 'session.refused' AND detail LIKE '%\"count\":895,%' AND userid = 'zhangsan'"); n != 1 {
		t.Errorf("%d lines tell of the 895 that were held", n)
	}
}

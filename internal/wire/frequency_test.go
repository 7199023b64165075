package wire_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func TestConcurrent(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan bool, 10), make(chan bool)
	endpoints := []wire.Endpoint{{Method: "GET", Path: "/cgi-bin/slow", Doc: 1, Concurrent: 2, Allow: access.To(access.All, access.SelfBuilt),
		Handle: wire.Direct(func(ctx context.Context, _ *store.Store, _ access.Caller, req echoRequest) (echoResponse, error) {
			if req.UserID == "" {
				return echoResponse{}, errUser
			}
			entered <- true
			<-leave
			if req.UserID == "panic" {
				panic("as asked for")
			}
			return echoResponse{}, nil
		})}}
	b := serve(t, endpoints)
	b.callers["archive"] = caller("a", access.ChatArchive)
	var all sync.WaitGroup
	enter := func(token, user string, code int) {
		all.Go(func() {
			if got := b.call("GET", "/cgi-bin/slow?userid="+user+"&access_token="+token, ""); got.Code != code {
				t.Errorf("%s %s: %s", token, user, got.Body)
			}
		})
		<-entered
	}
	for range 3 { // what has ended, in whatever way, leaves no trace
		enter("good", "li", 0)
		enter("good", "panic", -1)
		if got := b.call("GET", "/cgi-bin/slow?userid=li&access_token=good", ""); got.Code != 45033 {
			t.Errorf("the third at once: %s", got.Body)
		}
		for range 3 { // a call of the wrong kind counts while it lasts, and is refused as one too many
			if got := b.call("GET", "/cgi-bin/slow?userid=li&access_token=archive", ""); got.Code != 45033 {
				t.Errorf("of the wrong kind: %s", got.Body)
			}
		}
		enter("other", "li", 0) // another enterprise
		enter("other", "li", 0)
		for range 4 {
			leave <- true
		}
		all.Wait()
		for range 5 {
			if got := b.call("GET", "/cgi-bin/slow?access_token=good", ""); got.Code != 41009 {
				t.Errorf("one at a time: %s", got.Body)
			}
			if got := b.call("GET", "/cgi-bin/slow?userid=li&access_token=archive", ""); got.Code != 48002 {
				t.Errorf("one at a time, of the wrong kind: %s", got.Body)
			}
		}
	}
}

func TestBaseLimits(t *testing.T) {
	t.Parallel()
	valid := func(_ context.Context, _ *store.Store, _ access.Caller, req echoRequest) (wire.None, error) {
		if req.UserID == "bad" {
			return wire.None{}, errUser
		}
		return wire.None{}, nil
	}
	endpoints := []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/one", Doc: 1, Allow: all, Handle: wire.Direct(valid)},
		{Method: "GET", Path: "/cgi-bin/two", Doc: 1, Allow: all, Handle: wire.Direct(valid)},
		{Method: "GET", Path: "/cgi-bin/open", Doc: 1, Open: true, Handle: wire.Direct(valid)},
		{Method: "GET", Path: "/cgi-bin/uncounted", Doc: 1, Allow: all, Unlimited: true, Handle: wire.Direct(valid)},
	}
	b := serve(t, endpoints, func(c *wire.Config) { c.Limits = true })
	b.callers["third"] = caller("c", access.ThirdParty)
	until := func(path, ip string, most int) (n int) {
		for n < most && b.fast(path, ip) == 0 {
			n++
		}
		return n
	}
	for _, tt := range []struct {
		name, path, ip string
		want           int
	}{
		{"one enterprise, one API", "one?access_token=good", "203.0.113.1", 10_000},
		{"from another address", "one?access_token=good", "203.0.113.2", 0},
		{"another API", "two?access_token=good", "203.0.113.1", 10},
		{"another enterprise", "one?access_token=other", "203.0.113.1", 9_999}, // with one that was refused, 20,000 from the address
		{"a third enterprise from that address", "one?access_token=third", "203.0.113.1", 10},
		{"one address, without an enterprise", "open?", "203.0.113.3", 20_000},
		{"another address", "open?", "203.0.113.4", 10},
	} {
		if n := until("/cgi-bin/"+tt.path, tt.ip, max(tt.want+10, 10)); n != tt.want && !(tt.want == 10 && n == 20) {
			t.Errorf("%s: %d calls were allowed, want %d", tt.name, n, tt.want)
		}
	}
	b.clock.Advance(59 * time.Second)
	if code := b.fast("/cgi-bin/one?access_token=good", "203.0.113.9"); code != 45009 {
		t.Errorf("59 seconds later: %d", code)
	}
	b.clock.Advance(time.Second)
	if code := b.fast("/cgi-bin/one?access_token=good", "203.0.113.9"); code != 0 {
		t.Errorf("60 seconds later: %d", code)
	}
	// auth/getuserinfo is not counted while its code is valid.
	for range 10_050 {
		if code := b.fast("/cgi-bin/uncounted?access_token=good", "203.0.113.1"); code != 0 {
			t.Fatalf("a valid code: %d", code)
		}
	}
	if n := until("/cgi-bin/uncounted?userid=bad&access_token=good", "203.0.113.1", 5); n != 0 {
		t.Errorf("an invalid code: %d", n)
	}
}

func TestLimitsAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	endpoints := []wire.Endpoint{{Method: "GET", Path: "/cgi-bin/one", Doc: 1, Limit: wire.Limit{PerCorp: 1, PerApp: 1, Every: time.Hour}, Allow: all, Handle: wire.Read(echoInTx)}}
	b := serve(t, endpoints)
	for range 10_100 {
		if code := b.fast("/cgi-bin/one?userid=li&access_token=good", "203.0.113.1"); code != 0 {
			t.Fatal(code)
		}
	}
}

func TestOwnLimits(t *testing.T) {
	t.Parallel()
	endpoints := []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/ticket", Doc: 1, Limit: wire.Limit{PerCorp: 5, PerApp: 2, Every: time.Hour}, Allow: all, Handle: wire.Read(echoInTx)},
	}
	b := serve(t, endpoints, func(c *wire.Config) { c.Limits = true })
	for i := range 3 {
		c := caller("a", access.SelfBuilt)
		c.App = int64(100 + i)
		b.callers[fmt.Sprint("app", i)] = c
	}
	for i, tt := range []struct {
		token string
		ok    bool
	}{{"app0", true}, {"app0", true}, {"app0", false}, {"app1", true}, {"app1", true}, {"app2", false}, {"other", true}} {
		got := b.call("GET", "/cgi-bin/ticket?userid=li&access_token="+tt.token, "")
		if want := map[bool]int{true: 0, false: 45009}[tt.ok]; got.Code != want {
			t.Errorf("call %d, by %s: %s", i+1, tt.token, got.Body)
		}
		if !tt.ok && !strings.HasPrefix(got.Msg, "api freq out of limit, hint") {
			t.Error(got.Msg)
		}
	}
	b.clock.Advance(time.Hour)
	if got := b.call("GET", "/cgi-bin/ticket?userid=li&access_token=app2", ""); got.Code != 0 {
		t.Errorf("an hour later: %s", got.Body)
	}
}

func TestDebug(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes) // its limit holds with all others switched off
	shape := regexp.MustCompile(`^created, hint: \[\d{25}\], from ip: 127\.0\.0\.1, more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=0$`)
	bad := func() {
		if got := b.call("GET", "/cgi-bin/write?userid=li&access_token=bad&debug=1", ""); got.Code != 40014 {
			t.Errorf("with a bad token it has no effect: %s", got.Body)
		}
	}
	for range 5 {
		bad()
		if got := b.call("POST", "/cgi-bin/write?debug=1&access_token=good", `{"userid":"li"}`); got.Code != 0 || !shape.MatchString(got.Msg) {
			t.Errorf("%s", got.Body)
		}
	}
	for _, tt := range []struct {
		path string
		code int
	}{
		{"/cgi-bin/write?userid=li&access_token=good&debug=1", 45009},
		{"/cgi-bin/write?userid=li&access_token=good", 0},
		{"/cgi-bin/write?userid=li&access_token=good&debug=0", 0},
		{"/cgi-bin/read?userid=li&access_token=good&debug=1", 0},
		{"/cgi-bin/write?userid=li&access_token=other&debug=1", 0},
	} {
		if got := b.call("GET", tt.path, ""); got.Code != tt.code {
			t.Errorf("%s: %s, want %d", tt.path, got.Body, tt.code)
		}
	}
	for i := range 6 {
		if got := b.call("GET", "/cgi-bin/open?userid=li&debug=1", ""); got.Code != map[bool]int{true: 0, false: 45009}[i < 5] {
			t.Errorf("call %d without a token: %s", i+1, got.Body)
		}
	}
	b.clock.Advance(time.Minute)
	if got := b.call("GET", "/cgi-bin/write?userid=li&access_token=good&debug=1", ""); got.Code != 0 {
		t.Errorf("a minute later: %s", got.Body)
	}
	debug := 0
	for _, c := range b.calls {
		if c.Debug {
			debug++
		}
	}
	if debug == 0 || debug == len(b.calls) {
		t.Errorf("%d of %d calls were seen to be made with debug=1", debug, len(b.calls))
	}
}

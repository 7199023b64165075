package token_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

func gettoken(w *qiweitest.World, corpID, secret string) (tokenAnswer, qiweitest.Result) {
	r := w.Get("/cgi-bin/gettoken?corpid=" + corpID + "&corpsecret=" + url.QueryEscape(secret))
	var got tokenAnswer
	r.Decode(&got)
	return got, r
}

// call makes a call that every application may make.
func call(w *qiweitest.World, token string) qiweitest.Result {
	return w.Get("/cgi-bin/getcallbackip?access_token=" + url.QueryEscape(token))
}

func TestGettokenRefusals(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		good, other := a.As(access.SelfBuilt).Secret, b.As(access.SelfBuilt).Secret
		disabled := a.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Disabled: true})
		for _, tt := range []struct {
			name, query string
			code        int
			text        string
		}{
			{"nothing", "", 41004, "corpsecret missing"},
			{"no secret", "corpid=" + a.CorpID, 41004, "corpsecret missing"},
			{"an empty secret", "corpid=" + a.CorpID + "&corpsecret=", 41004, "corpsecret missing"},
			{"no corp", "corpsecret=" + good, 41002, "corpid missing"},
			{"an unknown corp", "corpid=ww0000000000000000&corpsecret=" + good, 40013, "invalid corpid"},
			{"a wrong secret", "corpid=" + a.CorpID + "&corpsecret=" + strings.Repeat("x", 43), 40001, "invalid credential"},
			{"a secret cut short", "corpid=" + a.CorpID + "&corpsecret=" + good[:42], 40001, "invalid credential. corpsecret has 42 characters, 43 expected"},
			{"another corp's secret", "corpid=" + a.CorpID + "&corpsecret=" + other, 40091, "secret is invalid"},
			{"a disabled application", "corpid=" + a.CorpID + "&corpsecret=" + disabled.Secret, 40001, "invalid credential"},
			{"parameters of other platforms beside ours", "corpid=" + a.CorpID + "&corpsecret=" + good + "&appid=&secret=", 0, "ok"},
			{"an empty pair in front", "&corpid=" + a.CorpID + "&corpsecret=" + good, 0, "ok"},
		} {
			r := w.Get("/cgi-bin/gettoken?" + tt.query)
			if r.ErrCode != tt.code || !strings.HasPrefix(r.ErrMsg, tt.text) || r.Status != http.StatusOK {
				t.Errorf("%s: %d %s, want %d %s", tt.name, r.Status, r.Body, tt.code, tt.text)
			}
			if strings.Contains(r.Body, good) || strings.Contains(r.Body, other) {
				t.Errorf("%s: the answer tells a secret: %s", tt.name, r.Body)
			}
		}
		if r := w.Send("POST", "/cgi-bin/gettoken", `{"corpid":"`+a.CorpID+`","corpsecret":"`+good+`"}`); r.ErrCode != 0 {
			t.Errorf("parameters in the body: %s", r.Body)
		}
	})
}

func TestTokenLife(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		secret := w.As(access.SelfBuilt).Secret
		first, _ := gettoken(w, w.CorpID, secret)
		if first.ExpiresIn != 7200 || len(first.AccessToken) == 0 || len(first.AccessToken) > 512 {
			t.Fatalf("first: %+v", first)
		}
		w.Advance(7199 * time.Second)
		if again, _ := gettoken(w, w.CorpID, secret); again.AccessToken != first.AccessToken || again.ExpiresIn != 1 {
			t.Errorf("a second before its end: %+v, want the same token with a second left", again)
		}
		if r := call(w, first.AccessToken); r.ErrCode != 0 {
			t.Errorf("a second before its end: %s", r.Body)
		}
		w.Advance(time.Second)
		if r := call(w, first.AccessToken); r.ErrCode != 42001 || !strings.HasPrefix(r.ErrMsg, "access_token expired") {
			t.Errorf("aged out: %s, want 42001", r.Body)
		}
		second, _ := gettoken(w, w.CorpID, secret)
		if second.AccessToken == first.AccessToken || second.ExpiresIn != 7200 {
			t.Errorf("after its end: %+v, want another token", second)
		}
		if r := call(w, first.AccessToken); r.ErrCode != 42001 {
			t.Errorf("the old token beside the new: %s, want 42001", r.Body)
		}
		w.Advance(365 * 24 * time.Hour)
		if r := call(w, first.AccessToken); r.ErrCode != 42001 {
			t.Errorf("a year later: %s, want 42001", r.Body)
		}
	})
}

func TestTokenIsOfOneApplication(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		one, _ := gettoken(w, a.CorpID, a.As(access.SelfBuilt).Secret)
		two, _ := gettoken(w, a.CorpID, a.As(access.ContactSync).Secret)
		three, _ := gettoken(w, b.CorpID, b.As(access.SelfBuilt).Secret)
		if one == two || one == three {
			t.Fatalf("two applications have one token: %v %v %v", one, two, three)
		}
		neighbour := a.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		for _, tt := range []struct {
			name, path string
			code       int
		}{
			{"its own agentid", "/cgi-bin/agent/get?agentid=1000002&access_token=" + one.AccessToken, 0},
			{"another application's agentid", "/cgi-bin/agent/get?agentid=1000003&access_token=" + one.AccessToken, 301002},
			{"an unknown agentid", "/cgi-bin/agent/get?agentid=1&access_token=" + one.AccessToken, 40056},
			{"no token", "/cgi-bin/agent/get?agentid=1000002", 41001},
			{"an empty token", "/cgi-bin/agent/get?agentid=1000002&access_token=", 41001},
			{"garbage", "/cgi-bin/agent/get?agentid=1000002&access_token=garbage", 40014},
			{"a token cut short", "/cgi-bin/agent/get?agentid=1000002&access_token=" + one.AccessToken[1:], 40014},
			{"a token with a changed letter", "/cgi-bin/agent/get?agentid=1000002&access_token=" + flip(one.AccessToken), 40014},
			{"contact sync where an application is wanted", "/cgi-bin/agent/get?agentid=1000002&access_token=" + two.AccessToken, 48002},
		} {
			if r := w.Get(tt.path); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.name, r.Body, tt.code)
			}
		}
		if neighbour.AgentID != 1000003 {
			t.Errorf("the second self-built application has agentid %d", neighbour.AgentID)
		}
	})
}

func flip(token string) string {
	last := byte('A')
	if token[10] == 'A' {
		last = 'B'
	}
	return token[:10] + string(last) + token[11:]
}

func TestResetSecretEndsTokens(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		old := w.As(access.SelfBuilt)
		token := old.Token()
		var renewed app.App
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			renewed, err = w.Server.Apps.ResetSecret(ctx, tx, w.CorpID, old.AgentID)
			return err
		})
		if _, r := gettoken(w, w.CorpID, old.Secret); r.ErrCode != 40001 {
			t.Errorf("the old secret: %s, want 40001", r.Body)
		}
		if r := call(w, token); r.ErrCode != 40014 {
			t.Errorf("the old secret's token: %s, want 40014", r.Body)
		}
		got, r := gettoken(w, w.CorpID, renewed.Secret)
		if r.ErrCode != 0 || got.AccessToken == token {
			t.Errorf("the new secret: %s", r.Body)
		}
		if r := call(w, got.AccessToken); r.ErrCode != 0 {
			t.Errorf("the new token: %s", r.Body)
		}
	})
}

func TestDisabledAndDeletedApplication(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		token := c.Token()
		c.Configure(func(a *app.App) { a.Disabled = true })
		if r := call(w, token); r.ErrCode != 50003 {
			t.Errorf("disabled: %s, want 50003", r.Body)
		}
		c.Configure(func(a *app.App) { a.Disabled = false })
		if r := call(w, token); r.ErrCode != 0 {
			t.Errorf("enabled again: %s", r.Body)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Apps.DeleteApp(ctx, tx, w.CorpID, c.AgentID)
		})
		if r := call(w, token); r.ErrCode != 40014 {
			t.Errorf("deleted: %s, want 40014", r.Body)
		}
	})
}

func TestTrustedIPs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		elsewhere, err := access.ParseAddresses("203.0.113.9")
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name     string
			settings app.Settings
			code     int
		}{
			{"called from elsewhere", app.Settings{TrustedIPs: elsewhere}, 60020},
			{"no list at all", app.Settings{TrustedIPs: access.Addresses{}}, 60020},
			{"no list, made before 2022-06-20", app.Settings{TrustedIPs: access.Addresses{}, Legacy: true}, 0},
			{"called from where it may", app.Settings{TrustedIPs: qiweitest.Local}, 0},
		} {
			tt.settings.Range = access.Everything()
			c := w.WithApp(access.SelfBuilt, tt.settings)
			r := call(w, c.Token()) // gettoken itself is exempt
			if r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.name, r.Body, tt.code)
			}
			if tt.code == 60020 && !strings.Contains(r.ErrMsg, "not allow to access from your ip, hint: [") {
				t.Errorf("%s: %q has not the platform's words", tt.name, r.ErrMsg)
			}
			if tt.code == 60020 && !strings.Contains(r.ErrMsg, "], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e=60020") {
				t.Errorf("%s: %q does not tell the caller's address", tt.name, r.ErrMsg)
			}
		}
	})
}

func TestContactSyncSwitch(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, tt := range []struct {
			mode string
			code int
		}{{"edit", 0}, {"read", 48002}, {"", 48002}, {"edit", 0}} {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				c, err := w.Server.Corps.Corp(tx, w.CorpID)
				if err != nil {
					return err
				}
				c.Sync = tt.mode
				return w.Server.Corps.UpdateCorp(ctx, tx, c)
			})
			if r := sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","position":"`+tt.mode+`x"}`); r.ErrCode != tt.code {
				t.Errorf("contact sync switched to %q: %s, want %d", tt.mode, r.Body, tt.code)
			}
			// A disabled application may do nothing, but its secret still gets a token.
			want := map[bool]int{true: 48002, false: 0}[tt.mode == ""]
			if r := sync.Call("POST", "/cgi-bin/user/list_id", ""); r.ErrCode != want {
				t.Errorf("contact sync switched to %q, reading ids: %s, want %d", tt.mode, r.Body, want)
			}
			if _, r := gettoken(w, w.CorpID, sync.Secret); r.ErrCode != 0 {
				t.Errorf("contact sync switched to %q, gettoken: %s", tt.mode, r.Body)
			}
		}
	})
}

func TestManyAtOnceGetOneToken(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		secret := w.As(access.SelfBuilt).Secret
		for round := range 3 { // the first token, and two that follow an aged one
			tokens := make([]string, 16)
			var group sync.WaitGroup
			for i := range tokens {
				group.Go(func() {
					got, _ := gettoken(w, w.CorpID, secret)
					tokens[i] = got.AccessToken
				})
			}
			group.Wait()
			if distinct := slices.Compact(slices.Sorted(slices.Values(tokens))); len(distinct) != 1 || distinct[0] == "" {
				t.Errorf("round %d: %d different tokens", round, len(distinct))
			}
			w.Advance(7200 * time.Second)
		}
	})
}

func TestTickets(t *testing.T) {
	type answer struct {
		Ticket    string
		ExpiresIn int64 `json:"expires_in"`
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		one, two := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		get := func(c *qiweitest.Client, path string) (a answer) {
			t.Helper()
			r := c.Call("GET", path, "")
			if r.Decode(&a); r.ErrCode != 0 || a.Ticket == "" {
				t.Fatalf("%s: %s", path, r.Body)
			}
			return a
		}
		corpTicket := get(one, "/cgi-bin/get_jsapi_ticket")
		if other := get(two, "/cgi-bin/get_jsapi_ticket"); other != corpTicket || corpTicket.ExpiresIn != 7200 {
			t.Errorf("two applications of a corp have the tickets %v and %v", corpTicket, other)
		}
		own := get(one, "/cgi-bin/ticket/get?&type=agent_config") // as WxJava sends it
		if others := get(two, "/cgi-bin/ticket/get?type=agent_config"); own == others || own == corpTicket {
			t.Errorf("tickets of applications are not their own: %v, %v, corp's %v", own, others, corpTicket)
		}
		if cards := get(one, "/cgi-bin/ticket/get?type=wx_card"); cards == corpTicket || cards == own {
			t.Errorf("the ticket for invoices is %v", cards)
		}
		for _, query := range []string{"", "?type=", "?type=jsapi"} {
			if r := one.Call("GET", "/cgi-bin/ticket/get"+query, ""); r.ErrCode != 91040 {
				t.Errorf("ticket/get%s: %s, want 91040", query, r.Body)
			}
		}
		w.Advance(time.Hour)
		if later := get(one, "/cgi-bin/get_jsapi_ticket"); later.Ticket != corpTicket.Ticket || later.ExpiresIn != 3600 {
			t.Errorf("an hour later: %v", later)
		}
		if theirs := get(w.Second.As(access.SelfBuilt), "/cgi-bin/get_jsapi_ticket"); theirs.Ticket == corpTicket.Ticket || theirs.ExpiresIn != 7200 {
			t.Errorf("another corp's first ticket is %v, and ours %v", theirs, corpTicket)
		}
		w.Advance(time.Hour)
		if later := get(one, "/cgi-bin/get_jsapi_ticket"); later.Ticket == corpTicket.Ticket {
			t.Error("an aged ticket is still given out")
		}
	})
}

func TestTicketLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path         string
		perApp, corp int // within the hour; 0 is any number
	}{{"/cgi-bin/ticket/get?type=agent_config", 100, 0}, {"/cgi-bin/get_jsapi_ticket", 100, 400}} {
		w := qiweitest.New(t, qiweitest.WithLimits())
		var apps []*qiweitest.Client
		for range 5 {
			apps = append(apps, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}))
		}
		got := 0
		for i, c := range apps {
			n := 0
			for ; n <= tt.perApp; n++ {
				if r := c.Call("GET", tt.path, ""); r.ErrCode != 0 {
					if r.ErrCode != 45009 {
						t.Errorf("%s: %s", tt.path, r.Body)
					}
					break
				}
			}
			want := tt.perApp
			if tt.corp > 0 {
				want = min(want, max(tt.corp-got-i, 0)) // a refused call counts as well
			}
			if n != want {
				t.Errorf("%s: application %d got %d tickets after %d, want %d", tt.path, i+1, n, got, want)
			}
			got += n
		}
		if r := w.Second.As(access.SelfBuilt).Call("GET", tt.path, ""); r.ErrCode != 0 {
			t.Errorf("%s: the other enterprise: %s", tt.path, r.Body)
		}
		w.Advance(time.Hour)
		if r := apps[0].Call("GET", tt.path, ""); r.ErrCode != 0 {
			t.Errorf("%s: an hour later: %s", tt.path, r.Body)
		}
	}
}

func TestGuessingSecretsIsStopped(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithLimits())
	secret := w.As(access.SelfBuilt).Secret
	for range 100 { // no guesses
		w.Get("/cgi-bin/gettoken?corpid=" + w.CorpID)
		gettoken(w, "ww0000000000000000", secret)
	}
	for i := range 2001 {
		if _, r := gettoken(w, w.CorpID, strings.Repeat("y", 43)); r.ErrCode != 40001 {
			t.Fatalf("guess %d: %s", i+1, r.Body)
		}
	}
	if _, r := gettoken(w, w.CorpID, secret); r.ErrCode != 45009 {
		t.Errorf("the right secret after 2001 wrong ones: %s, want 45009", r.Body)
	}
	w.Advance(time.Hour)
	if _, r := gettoken(w, w.CorpID, secret); r.ErrCode != 0 {
		t.Errorf("an hour later: %s", r.Body)
	}
}

func TestAddressLists(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, path := range []string{"/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"} {
			var got struct {
				IPs []string `json:"ip_list"`
			}
			r := w.As(access.ContactSync).Call("GET", path, "")
			if r.Decode(&got); r.ErrCode != 0 || len(got.IPs) == 0 {
				t.Errorf("%s: %s", path, r.Body)
			}
			if bad := w.Get(path + "?access_token=x"); !strings.Contains(bad.Body, `"ip_list":[]`) {
				t.Errorf("%s with a bad token: %s, want an empty list in it", path, bad.Body)
			}
		}
	})
}

// A token is a secret that a GET answers, and nothing on its way may keep it.
func TestNobodyKeepsAToken(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	got := w.Get("/cgi-bin/gettoken?corpid=" + w.CorpID + "&corpsecret=" + app.Secret)
	if got.ErrCode != 0 || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, Cache-Control %q", got.Body, got.Header.Get("Cache-Control"))
	}
}

// Anybody may send gettoken a body, so it accepts only a small one.
func TestGettokenReadsNoLargeBody(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	if got := w.Send("POST", "/cgi-bin/gettoken", `{"corpid":"`+strings.Repeat("x", 17<<10)+`"}`); got.ErrCode != wire.ErrBodySize.Code {
		t.Errorf("17 kB: %s", got.Body)
	}
	if got := w.Send("POST", "/cgi-bin/gettoken", `{"corpid":"`+strings.Repeat("x", 15<<10)+`"}`); got.ErrCode == wire.ErrBodySize.Code {
		t.Errorf("15 kB: %s", got.Body)
	}
}

// What a page hands to wx.config is checked with the enterprise's ticket, and what
// it hands to wx.agentConfig with its application's.
func TestCheckSignature(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx, tokens := context.Background(), w.Server.Tokens
		site := w.As(access.SelfBuilt)
		var own app.App
		w.Write(func(_ context.Context, tx *store.Tx) (err error) {
			own, err = w.Server.Apps.App(tx, w.CorpID, site.AgentID)
			return err
		})
		ticketOf := func(no int64, path string) string {
			t.Helper()
			ticket, left, err := tokens.JSAPITicket(ctx, w.Server.Store, w.CorpID, no)
			if got := site.Call("GET", path, ""); err != nil || left != 2*time.Hour || !strings.Contains(got.Body, ticket) {
				t.Errorf("%s for %v, %v; the call says %s", ticket, left, err, got.Body)
			}
			return ticket
		}
		corps, agents := ticketOf(0, "/cgi-bin/get_jsapi_ticket"), ticketOf(own.No, "/cgi-bin/ticket/get?type=agent_config")
		page := token.JSSDK{NonceStr: "n", Timestamp: "1700000000", URL: "https://app.example.com/"}
		signed := func(ticket string) string { j := page; j.Ticket = ticket; return j.Signature() }
		for _, tt := range []struct {
			name      string
			a         *app.App
			signature string
			says      string
		}{
			{"the enterprise's", nil, signed(corps), ""},
			{"the application's", &own, signed(agents), ""},
			{"none", nil, "", "signature is missing"},
			{"the application's in place of the enterprise's", nil, signed(agents), "another signature"},
			{"the enterprise's in place of the application's", &own, signed(corps), "another signature"},
		} {
			err := tokens.CheckSignature(ctx, w.Server.Store, w.CorpID, tt.a, page, tt.signature)
			if (err == nil) != (tt.says == "") || err != nil && !(errors.Is(err, token.ErrSignature) && strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
			}
		}
	})
}

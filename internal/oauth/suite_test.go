package oauth_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// shop is a World whose second enterprise is a provider with a suite.
type shop struct {
	*qiweitest.World
	t        *testing.T
	provider suite.Provider
	suite    suite.Suite
	commands *qiweitest.Receiver
}

func openShop(t *testing.T, w *qiweitest.World, kind access.Kind) *shop {
	t.Helper()
	s := &shop{World: w, t: t}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		s.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID, ProviderSettings: suite.ProviderSettings{LoginDomain: "isv.example.com", StartDomain: "www.isv.example.com"}})
		return err
	})
	return s.another(kind)
}

// another is one more suite of the provider.
func (s *shop) another(kind access.Kind) *shop {
	s.t.Helper()
	other := *s
	other.commands = s.Receiver()
	other.commands.Always(qiweitest.Text(200, "success"))
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		other.suite, err = s.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: s.Second.CorpID, Kind: kind, Settings: suite.Settings{
			Name: "报表", RedirectDomain: "isv.example.com", Permissions: []string{"contact:base:base", "contact:sensitive:avatar", "contact:sensitive:gender", "contact:sensitive:mobile"},
		}})
		return err
	})
	var err error
	if other.suite, err = s.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
		SuiteID: other.suite.SuiteID, CommandURL: other.commands.URL, Token: other.commands.Token, AESKey: other.commands.AESKey,
	}); err != nil {
		s.t.Fatal(err)
	}
	return &other
}

func (s *shop) install(c *qiweitest.Corp, r access.Range) (in suite.Installation) {
	s.t.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		in, _, err = s.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: s.suite.SuiteID, CorpID: c.CorpID, By: "zhangsan", Range: r})
		return err
	})
	return in
}

// token is a suite_access_token.
func (s *shop) token() string {
	s.t.Helper()
	var ticket string
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		ticket, err = s.Server.Suites.PushTicket(ctx, tx, s.suite.SuiteID)
		return err
	})
	s.Delivered()
	var a struct {
		Token string `json:"suite_access_token"`
	}
	s.Send("POST", "/cgi-bin/service/get_suite_token", `{"suite_id":"`+s.suite.SuiteID+`","suite_secret":"`+s.suite.Secret+`","suite_ticket":"`+ticket+`"}`).Decode(&a)
	if a.Token == "" {
		s.t.Fatal("no suite_access_token")
	}
	return a.Token
}

func (s *shop) providerToken() string {
	s.t.Helper()
	var a struct {
		Token string `json:"provider_access_token"`
	}
	s.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+s.provider.CorpID+`","provider_secret":"`+s.provider.Secret+`"}`).Decode(&a)
	return a.Token
}

func (s *shop) link(pairs ...string) string {
	q := url.Values{"appid": {s.suite.SuiteID}, "redirect_uri": {"https://isv.example.com/cb"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"STATE"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/connect/oauth2/authorize?" + q.Encode()
}

// identity is what the calls for suites answer.
type identity struct {
	ErrCode   int    `json:"errcode"`
	ErrMsg    string `json:"errmsg"`
	CorpID    string `json:"corpid"`
	UserID    string `json:"userid"`
	OpenUser  string `json:"open_userid"`
	Ticket    string `json:"user_ticket"`
	ExpiresIn int64  `json:"expires_in"`
	Name      string `json:"name"`
	Gender    string `json:"gender"`
	Avatar    string `json:"avatar"`
	QRCode    string `json:"qr_code"`
	Mobile    string `json:"mobile"`
	Key       string `json:"session_key"`
}

func (s *shop) who(token, code string) (got identity) {
	s.t.Helper()
	s.Get("/cgi-bin/service/auth/getuserinfo3rd?suite_access_token=" + token + "&code=" + url.QueryEscape(code)).Decode(&got)
	return got
}

func (s *shop) detail(token, ticket string) (got identity) {
	s.t.Helper()
	body, _ := json.Marshal(map[string]string{"user_ticket": ticket})
	s.Send("POST", "/cgi-bin/service/auth/getuserdetail3rd?suite_access_token="+token, string(body)).Decode(&got)
	return got
}

// TestAuthorisationBySuite: one link serves every enterprise, and says who came in the provider's ids.
func TestAuthorisationBySuite(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		in := s.install(w.Corp, access.Range{Members: []id.UserID{"zhangsan"}})
		token := s.token()
		zhangsan := w.SignedIn("zhangsan")

		got := zhangsan.Get(s.link())
		to := got.To(t)
		if to.Host != "isv.example.com" || to.Query().Get("state") != "STATE" {
			t.Fatalf("to %s", got.Location)
		}
		first := s.who(token, to.Query().Get("code"))
		if first.ErrCode != 0 || !strings.HasPrefix(first.UserID, "wo") || first.UserID != first.OpenUser || !strings.HasPrefix(first.CorpID, "wp") || first.Ticket != "" {
			t.Fatalf("%+v", first)
		}
		// The ids are those of every other call.
		var corp struct {
			Open string `json:"open_corpid"`
		}
		s.Send("POST", "/cgi-bin/service/corpid_to_opencorpid?provider_access_token="+s.providerToken(), `{"corpid":"`+w.CorpID+`"}`).Decode(&corp)
		var info struct {
			User struct{ UserID string } `json:"auth_user_info"`
		}
		var code string
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			code, err = w.Server.Suites.ResetPermanentCode(ctx, tx, w.CorpID, s.suite.SuiteID)
			return err
		})
		s.Send("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+code+`"}`).Decode(&info)
		if corp.Open != first.CorpID || info.User.UserID != first.UserID {
			t.Errorf("%+v, and elsewhere %s %+v", first, corp.Open, info)
		}

		// Used twice, by another suite, by the enterprise's own application, after five minutes.
		if again := s.who(token, to.Query().Get("code")); again.ErrCode != 40029 {
			t.Errorf("again: %+v", again)
		}
		other := s.another(access.ThirdParty)
		fresh := zhangsan.Code(s.link())
		if got := s.who(other.token(), fresh); got.ErrCode != 40029 {
			t.Errorf("another suite: %+v", got)
		}
		own := w.Site(nil)
		var theirs qiweitest.UserInfo
		own.Call("GET", "/cgi-bin/auth/getuserinfo?code="+url.QueryEscape(fresh), "").Decode(&theirs)
		if theirs.ErrCode != 40029 {
			t.Errorf("the enterprise's own application: %+v", theirs)
		}
		if got := s.who(token, fresh); got.ErrCode != 0 || got.UserID != first.UserID {
			t.Errorf("after others have tried: %+v", got)
		}
		if got := s.who(token, zhangsan.Code(w.AuthorizeLink(own))); got.ErrCode != 40029 {
			t.Errorf("a code of the enterprise's own application: %+v", got)
		}
		for _, code := range []string{"", "nonsense"} {
			if got := s.who(token, code); got.ErrCode != map[string]int{"": 41008, "nonsense": 40029}[code] {
				t.Errorf("%q: %+v", code, got)
			}
		}
		late := zhangsan.Code(s.link())
		w.Advance(5*time.Minute - time.Second)
		lateBy := zhangsan.Code(s.link())
		if got := s.who(token, late); got.ErrCode != 0 {
			t.Errorf("after 299 seconds: %+v", got)
		}
		w.Advance(5 * time.Minute)
		if got := s.who(token, lateBy); got.ErrCode != 40029 {
			t.Errorf("after 300 seconds: %+v", got)
		}

		// The older call has its own letters.
		var old struct {
			ErrCode                            int
			CorpID, UserID, DeviceID, OpenUser string
		}
		r := s.Get("/cgi-bin/service/getuserinfo3rd?suite_access_token=" + token + "&code=" + zhangsan.Code(s.link()))
		r.Decode(&old)
		if !strings.Contains(r.Body, `"UserId":"`+first.UserID+`"`) || !strings.Contains(r.Body, `"CorpId":"`+first.CorpID+`"`) || !strings.Contains(r.Body, `"DeviceId":"`) || !strings.Contains(r.Body, `"open_userid":"`+first.UserID+`"`) {
			t.Errorf("the older call: %s", r.Body)
		}

		// Somebody of an enterprise that has not installed it, who is outside the range, and who bears the same name.
		for _, b := range []*qiweitest.Browser{w.SignedIn("lisi"), w.Second.SignedIn("zhangsan")} {
			got := s.who(token, b.Code(s.link("scope", "snsapi_userinfo")))
			if got.ErrCode != 0 || got.UserID == first.UserID || !strings.HasPrefix(got.UserID, "wo") || !strings.HasPrefix(got.CorpID, "wp") || got.Ticket != "" {
				t.Errorf("%+v", got)
			}
		}
		var never struct{ ErrCode int }
		s.Send("POST", "/cgi-bin/service/corpid_to_opencorpid?provider_access_token="+s.providerToken(), `{"corpid":"`+w.Second.CorpID+`"}`).Decode(&never)
		if never.ErrCode != 48001 {
			t.Errorf("a member who signs in has authorised the provider: %+v", never)
		}

		// A link for one enterprise, by its id as the provider knows it; the suite redeems it.
		byCorp := zhangsan.Code(s.link("appid", first.CorpID, "agentid", number(in.AgentID)))
		if got := s.who(token, byCorp); got.ErrCode != 0 || got.UserID != first.UserID {
			t.Errorf("by corpid and agentid: %+v", got)
		}
		// What is switched off lets nobody in.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, in.AgentID)
			a.Disabled = true
			if err == nil {
				err = w.Server.Apps.UpdateApp(ctx, tx, a)
			}
			return err
		})
		if got := zhangsan.Get(s.link()); !strings.Contains(got.Text(), "应用已停用") {
			t.Errorf("switched off: %s", got.Text())
		}
	})
}

// TestSuiteLinks: a link that is not as the suite's settings say leads nowhere.
func TestSuiteLinks(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		s.install(w.Corp, access.Everything())
		b := w.SignedIn("zhangsan")
		got := b.Get(s.link("redirect_uri", "https://evil.example/"))
		if to := got.To(t); to.Path != "/wwopen/uriconfirm" {
			t.Fatalf("to %s", got.Location)
		}
		if page := b.Get(got.Location); !strings.Contains(page.Text(), "qiwei suite set --suite-id "+s.suite.SuiteID+" --redirect-domain evil.example") {
			t.Errorf("%s", page.Text())
		}
		for _, kind := range []access.Kind{access.Custom, suite.Login, access.ContactsEdit} {
			if got := b.Get(s.another(kind).link()); !strings.Contains(got.Text(), "参数错误") {
				t.Errorf("%s: %s", kind, got.Text())
			}
		}
		// A code that came back on a domain that the suite has no more.
		code, token := b.Code(s.link()), s.token()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			v := s.suite
			v.RedirectDomain = "new.example.com"
			return w.Server.Suites.UpdateSuite(ctx, tx, v)
		})
		if got := s.who(token, code); got.ErrCode != 50001 {
			t.Errorf("another domain: %+v", got)
		}
		// Nobody is signed in: the enterprise is asked first, and the way goes on.
		v := s.suite
		w.Write(func(ctx context.Context, tx *store.Tx) error { return w.Server.Suites.UpdateSuite(ctx, tx, v) })
		nobody := w.Browser()
		page := nobody.Get(s.link() + "&corp=" + w.CorpID)
		if got := nobody.Press(page, "userid", "lisi"); !strings.Contains(got.Location, s.suite.SuiteID) {
			t.Errorf("after sign-in: %s", got.Location)
		} else if code := nobody.Code(got.Location); s.who(token, code).ErrCode != 0 {
			t.Error("the code of a browser that was asked to sign in")
		}
	})
}

// TestSuiteConsent: a suite reads three fields at most, where the enterprise has granted them and the member agrees.
func TestSuiteConsent(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		in := s.install(w.Corp, access.Range{Members: []id.UserID{"zhangsan"}})
		token, b := s.token(), w.SignedIn("zhangsan")

		silent := s.who(token, b.Code(s.link("scope", "snsapi_userinfo")))
		if silent.Ticket == "" || silent.ExpiresIn != 7200 {
			t.Fatalf("%+v", silent)
		}
		if got := s.detail(token, silent.Ticket); got.ErrCode != 0 || got.UserID != silent.UserID || got.Name != silent.UserID || got.CorpID != silent.CorpID || got.Gender != "0" || !strings.Contains(got.Avatar, "/wwhead/default/") || got.QRCode != "" {
			t.Errorf("silently: %+v", got)
		}

		page := b.Get(s.link("scope", "snsapi_privateinfo"))
		if !strings.Contains(page.Body, `name="field" value="gender"`) || strings.Contains(page.Body, `value="mobile"`) || strings.Contains(page.Body, `value="qr_code"`) {
			t.Fatalf("the question: %s", page.Text())
		}
		code := b.Press(page, "decision", "allow", "field", "gender", "field", "mobile", "field", "qr_code").To(t).Query().Get("code")
		asked := s.who(token, code)
		if got := s.detail(token, asked.Ticket); got.Gender != "1" || !strings.Contains(got.Avatar, "/wwhead/default/") || got.QRCode != "" || got.Mobile != "" {
			t.Errorf("after consent: %+v", got)
		}
		other := s.another(access.ThirdParty)
		for name, got := range map[string]identity{"another suite": s.detail(other.token(), asked.Ticket), "nonsense": s.detail(token, "nonsense")} {
			if got.ErrCode != 84015 {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got := s.detail(token, ""); got.ErrCode != 84090 {
			t.Errorf("none: %+v", got)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, in.AgentID)
			a.Range = access.Range{Members: []id.UserID{"lisi"}}
			if err == nil {
				err = w.Server.Apps.UpdateApp(ctx, tx, a)
			}
			return err
		})
		if got := s.detail(token, asked.Ticket); got.ErrCode != 60011 {
			t.Errorf("outside the range: %+v", got)
		}
		if got := b.Get(s.link("scope", "snsapi_privateinfo")); !strings.Contains(got.Text(), "无权限") {
			t.Errorf("outside the range: %s", got.Text())
		}
		w.Advance(2 * time.Hour)
		if got := s.detail(s.token(), asked.Ticket); got.ErrCode != 84014 {
			t.Errorf("after two hours: %+v", got)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Suites.Uninstall(ctx, tx, w.CorpID, s.suite.SuiteID)
		})
		if got := s.who(s.token(), b.Code(s.link("scope", "snsapi_privateinfo"))); got.ErrCode != 0 || got.Ticket != "" || got.UserID != asked.UserID {
			t.Errorf("after the removal: %+v", got)
		}
	})
}

// TestMiniProgramOfASuite: the code of wx.qy.login says who opened the mini program.
func TestMiniProgramOfASuite(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		token := s.token()
		login := func(user string) string {
			req, err := http.NewRequest("POST", w.URL+"/_qiwei/providers/mini_program_login", strings.NewReader(`{"suite_id":"`+s.suite.SuiteID+`","corpid":"`+w.CorpID+`","userid":"`+user+`"}`))
			if err != nil {
				t.Fatal(err)
			}
			var a struct {
				Code string `json:"js_code"`
			}
			resp := w.Do(req)
			if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || a.Code == "" {
				t.Fatalf("%s: %v", resp.Status, err)
			}
			return a.Code
		}
		session := func(token, code, grant string) (got identity) {
			s.Get("/cgi-bin/service/miniprogram/jscode2session?suite_access_token=" + token + "&js_code=" + code + "&grant_type=" + grant).Decode(&got)
			return got
		}
		code := login("zhangsan")
		if got := session(token, code, "x"); got.ErrCode != 40058 {
			t.Errorf("another grant: %+v", got)
		}
		if got := session(s.another(access.ThirdParty).token(), code, "authorization_code"); got.ErrCode != 40029 {
			t.Errorf("another suite: %+v", got)
		}
		if got := s.who(token, code); got.ErrCode != 40029 {
			t.Errorf("as a code of web authorisation: %+v", got)
		}
		got := session(token, code, "authorization_code")
		if got.ErrCode != 0 || !strings.HasPrefix(got.UserID, "wo") || got.OpenUser != got.UserID || len(got.Key) != 24 || !strings.HasPrefix(got.CorpID, "wp") {
			t.Errorf("%+v", got)
		}
		if again := session(token, code, "authorization_code"); again.ErrCode != 40029 {
			t.Errorf("again: %+v", again)
		}
		if web := s.who(token, w.SignedIn("zhangsan").Code(s.link())); web.UserID != got.UserID {
			t.Errorf("%s in the mini program and %s on the web", got.UserID, web.UserID)
		}
		if other := session(token, login("lisi"), "authorization_code"); other.Key == got.Key || other.UserID == got.UserID {
			t.Errorf("%+v", other)
		}
	})
}

// TestTicketsOfAnInstallation: a provider's pages sign with the enterprise's ticket and with the application's.
func TestTicketsOfAnInstallation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		in := s.install(w.Corp, access.Everything())
		var corp struct {
			Open string `json:"open_corpid"`
		}
		s.Send("POST", "/cgi-bin/service/corpid_to_opencorpid?provider_access_token="+s.providerToken(), `{"corpid":"`+w.CorpID+`"}`).Decode(&corp)
		var a struct {
			Token string `json:"access_token"`
		}
		s.Send("POST", "/cgi-bin/service/get_corp_token?suite_access_token="+s.token(), `{"auth_corpid":"`+corp.Open+`","permanent_code":"`+in.Secret+`"}`).Decode(&a)
		ticket := func(path, token string) string {
			var got struct{ Ticket string }
			s.Get(path + "access_token=" + token).Decode(&got)
			return got.Ticket
		}
		own := w.Site(nil)
		if one, two := ticket("/cgi-bin/get_jsapi_ticket?", a.Token), ticket("/cgi-bin/get_jsapi_ticket?", own.Token()); one == "" || one != two {
			t.Errorf("the enterprise's ticket: %q and %q", one, two)
		}
		if one, two := ticket("/cgi-bin/ticket/get?type=agent_config&", a.Token), ticket("/cgi-bin/ticket/get?type=agent_config&", own.Token()); one == "" || one == two {
			t.Errorf("the application's ticket: %q and %q", one, two)
		}
	})
}

func number(n int64) string { b, _ := json.Marshal(n); return string(b) }

// TestUnlicensedMember: who has no licence is not let in, by any way, and is told whom to ask.
func TestUnlicensedMember(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		s.install(w.Corp, access.Everything())
		token := s.token()
		zhangsan := w.SignedIn("zhangsan")
		checked := func(c licence.Customer) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				return w.Server.Licences.SetCustomer(ctx, tx, s.provider, w.CorpID, c)
			})
		}
		program := func() (int, string) {
			req, err := http.NewRequest("POST", w.URL+"/_qiwei/providers/mini_program_login", strings.NewReader(`{"suite_id":"`+s.suite.SuiteID+`","corpid":"`+w.CorpID+`","userid":"zhangsan"}`))
			if err != nil {
				t.Fatal(err)
			}
			resp := w.Do(req)
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return resp.StatusCode, string(body)
		}
		if got := s.who(token, zhangsan.Code(s.link())); got.ErrCode != 0 {
			t.Errorf("before licences are checked: %+v", got)
		}
		checked(licence.Customer{CheckedAt: w.Clock.Now()})
		if got := zhangsan.Get(s.link()); got.Location != "" || !strings.Contains(got.Body, "接口许可") || !strings.Contains(got.Body, "报表") {
			t.Errorf("without a licence: to %q, %s", got.Location, got.Body)
		}
		if status, body := program(); status == 200 || !strings.Contains(body, "701099") {
			t.Errorf("the mini program without a licence: %d %s", status, body)
		}
		checked(licence.Customer{})
		if got := s.who(token, zhangsan.Code(s.link())); got.ErrCode != 0 {
			t.Errorf("once they are checked no more: %+v", got)
		}
		if status, body := program(); status != 200 {
			t.Errorf("the mini program: %d %s", status, body)
		}
	})
}

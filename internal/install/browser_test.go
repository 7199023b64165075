package install_test

import (
	"context"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// signedIn returns a browser in which the member is signed in, and which follows redirects within the server.
func signedIn(c *qiweitest.Corp, user string) *qiweitest.Browser {
	return c.SignedIn(user).FollowHere()
}

// shop is a World whose second enterprise is a provider with a suite, and whose first has not installed it.
type shop struct {
	*qiweitest.World
	t        *testing.T
	suite    suite.Suite
	commands *qiweitest.Receiver
}

const site = "https://isv.example.com"

func open(t *testing.T, w *qiweitest.World, kind access.Kind, change func(*suite.Settings)) *shop {
	t.Helper()
	s := &shop{World: w, t: t}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
		return err
	})
	s.suite, s.commands = s.add(kind, change)
	return s
}

// add makes one more suite of the provider.
func (s *shop) add(kind access.Kind, change func(*suite.Settings)) (v suite.Suite, commands *qiweitest.Receiver) {
	s.t.Helper()
	settings := suite.Settings{Name: "报表", Description: "看报表", Permissions: []string{"contact:base:base", "externalcontact:contact:welcome_msg"}, InstallDomain: "isv.example.com", RedirectDomain: "isv.example.com"}
	if change != nil {
		change(&settings)
	}
	commands = s.Receiver()
	commands.Always(qiweitest.Text(200, "success"))
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = s.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: s.Second.CorpID, Kind: kind, Settings: settings})
		return err
	})
	v, err := s.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{SuiteID: v.SuiteID, CommandURL: commands.URL, Token: commands.Token, AESKey: commands.AESKey})
	if err != nil {
		s.t.Fatal(err)
	}
	return v, commands
}

// preAuth returns a pre_auth_code as get_pre_auth_code gives it, by set_session_info for a test or not.
func (s *shop) preAuth(test bool) string {
	s.t.Helper()
	token := s.token()
	var a struct {
		Code    int    `json:"errcode"`
		PreAuth string `json:"pre_auth_code"`
	}
	s.Get("/cgi-bin/service/get_pre_auth_code?suite_access_token=" + token).Decode(&a)
	if test {
		s.Send("POST", "/cgi-bin/service/set_session_info?suite_access_token="+token, `{"pre_auth_code":"`+a.PreAuth+`","session_info":{"auth_type":1}}`).Decode(&a)
	}
	if a.Code != 0 || a.PreAuth == "" {
		s.t.Fatalf("get_pre_auth_code: %+v", a)
	}
	return a.PreAuth
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
	s.commands.Take()
	var a struct {
		Token string `json:"suite_access_token"`
	}
	s.Send("POST", "/cgi-bin/service/get_suite_token", `{"suite_id":"`+s.suite.SuiteID+`","suite_secret":"`+s.suite.Secret+`","suite_ticket":"`+ticket+`"}`).Decode(&a)
	if a.Token == "" {
		s.t.Fatal("no suite_access_token")
	}
	return a.Token
}

// link is that of the provider's site. Pairs change its parameters.
func (s *shop) link(preAuth string, pairs ...string) string {
	q := url.Values{"suite_id": {s.suite.SuiteID}, "pre_auth_code": {preAuth}, "redirect_uri": {site + "/done?a=b"}, "state": {"xyz"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return "/3rdapp/install?" + q.Encode()
}

// appoint makes the member an admin of the first enterprise.
func (s *shop) appoint(user id.UserID, role string) {
	s.t.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.Server.Admins.Appoint(ctx, tx, s.CorpID, user, adminRole(role), access.Range{Departments: []int64{2}})
	})
}

// told returns what the provider was told of installations.
func (s *shop) told() (out []qiweitest.Received) {
	s.t.Helper()
	s.Delivered()
	for _, p := range s.commands.Take() {
		if p.Field("InfoType") != "suite_ticket" {
			out = append(out, p)
		}
	}
	return out
}

// installed returns the suite's installation in the first enterprise.
func (s *shop) installed(suiteID string) (in suite.Installation, found bool) {
	s.t.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		var err error
		in, err = s.Server.Suites.Installation(tx, s.CorpID, suiteID)
		found = err == nil
		if err == suite.ErrNotInstalled {
			return nil
		}
		return err
	})
	return in, found
}

func (s *shop) providerToken() string {
	s.t.Helper()
	var p suite.Provider
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = s.Server.Suites.Provider(tx, s.Second.CorpID)
		return err
	})
	var a struct {
		Token string `json:"provider_access_token"`
	}
	s.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.CorpID+`","provider_secret":"`+p.Secret+`"}`).Decode(&a)
	return a.Token
}

// pictureOf returns the size of a picture.
func pictureOf(t *testing.T, body string) [2]int {
	t.Helper()
	img, err := png.Decode(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v: %.80s", err, body)
	}
	return [2]int{img.Bounds().Dx(), img.Bounds().Dy()}
}

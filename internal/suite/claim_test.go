package suite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// template is a provider's template and its suite_access_token.
type template struct {
	qiweitest.Seller
	token string
}

func openTemplate(w *qiweitest.World, kind access.Kind) *template {
	p := &template{Seller: w.Seller(kind)}
	p.signIn()
	return p
}

func (p *template) signIn() {
	ticket := p.Play("ticket", `{"suite_id":"`+p.Suite.SuiteID+`"}`).Text("suite_ticket")
	p.token = p.Must("service/get_suite_token?", fmt.Sprintf(`{"suite_id":%q,"suite_secret":%q,"suite_ticket":%q}`, p.Suite.SuiteID, p.Suite.Secret, ticket)).Text("suite_access_token")
}

func (p *template) set(change func(*suite.Suite)) {
	p.Write(func(ctx context.Context, tx *store.Tx) error {
		change(&p.Suite)
		return p.Server.Suites.UpdateSuite(ctx, tx, p.Suite)
	})
}

// TestClaimedApplications: a self-built application becomes one of a template, and stays itself: agentid, secret,
// token, range and ids (doc 99617). Its provider may do with it what it does with what it has brought.
func TestClaimedApplications(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		p := openTemplate(w, access.Custom)
		p.set(func(v *suite.Suite) { v.Permissions = []string{"contact:base:base", "contact:sensitive:user_name"} })
		own := w.WithApp(access.SelfBuilt, app.Settings{Name: "巡店", Range: access.Range{Departments: []int64{2}}})
		claim := func(by *qiweitest.Client, path, token string) int {
			return by.Call("POST", "/cgi-bin/agent/"+path, `{"suite_access_token":"`+token+`"}`).ErrCode
		}
		is := func() app.App {
			t.Helper()
			var a app.App
			w.Write(func(_ context.Context, tx *store.Tx) (err error) {
				a, err = w.Server.Apps.App(tx, w.CorpID, own.AgentID)
				return err
			})
			return a
		}
		before, token := is(), own.Token()
		p.set(func(v *suite.Suite) { v.Draft = true })
		if got := claim(own, "claim_customized_app", p.token); got != 842002 {
			t.Errorf("a draft: %d", got)
		}
		p.set(func(v *suite.Suite) { v.Draft = false })
		p.Delivered()
		p.Commands.Take()
		if got := claim(own, "claim_customized_app", p.token); got != 0 {
			t.Fatalf("%d", got)
		}
		after := is()
		if after.Kind != access.Custom || after.Suite != p.Suite.SuiteID || after.AgentID != before.AgentID || after.Secret != before.Secret || after.Name != "巡店" || len(after.Range.Departments) != 1 {
			t.Errorf("%+v", after.Settings)
		}
		if own.Token() != token {
			t.Error("another token")
		}
		// It knows people by the corp's own ids, by the token that it has and by a new one, until it has migrated.
		if got := own.Call("GET", "/cgi-bin/user/get?userid=zhangsan", ""); got.ErrCode != 0 || got.JSON().Text("name") != "张三" {
			t.Errorf("%s", got.Body)
		}
		if got := own.Call("GET", "/cgi-bin/agent/get_permissions", ""); got.ErrCode != 0 || !strings.Contains(got.Body, "contact:sensitive:user_name") {
			t.Errorf("%s", got.Body)
		}
		if got := p.Must("service/v2/get_auth_info?suite_access_token="+p.token, fmt.Sprintf(`{"auth_corpid":%q,"permanent_code":%q}`, w.CorpID, own.Secret)); got.Int("auth_info.agent.0.agentid") != own.AgentID {
			t.Errorf("%v", got)
		}
		p.Must("service/finish_openid_migration", fmt.Sprintf(`{"corpid":%q,"agentid":%d,"openid_type":[1,3]}`, w.CorpID, own.AgentID))
		if got := own.Call("GET", "/cgi-bin/user/get?userid=zhangsan", ""); got.ErrCode != 60111 {
			t.Errorf("after the migration: %s", got.Body)
		}
		if got := own.Call("GET", "/cgi-bin/user/get?userid="+p.User(w.CorpID, "zhangsan"), ""); got.ErrCode != 0 {
			t.Errorf("after the migration: %s", got.Body)
		}
		p.Delivered()
		if told := p.Commands.Take(); len(told) != 0 {
			t.Errorf("told %+v", told)
		}
		// The administrator has its secret made anew, and its provider redeems it.
		code := p.Play("reset", fmt.Sprintf(`{"suite_id":%q,"corpid":%q}`, p.Suite.SuiteID, w.CorpID)).Text("auth_code")
		if got := p.Must("service/v2/get_permanent_code?suite_access_token="+p.token, `{"auth_code":"`+code+`"}`).Text("permanent_code"); got == "" || got == before.Secret {
			t.Errorf("%q", got)
		}
	})
}

// TestRefusedClaims: what a claim is refused for, and that it then changes nothing.
func TestRefusedClaims(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		p := openTemplate(w, access.Custom)
		old := *p
		w.Advance(2 * time.Hour)
		p.SignIn()
		p.signIn()
		third := *p
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			third.Suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "报表"}})
			return err
		})
		third.signIn()
		other := *p
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			other.Suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.Custom, Settings: suite.Settings{Name: "另一个"}})
			return err
		})
		other.signIn()
		first, second, foreign := w.Site(nil), w.Site(nil), w.Second.Site(nil)
		for _, step := range []struct {
			what  string
			by    *qiweitest.Client
			token string
			want  int
		}{
			{"no token", first, "", 41022},
			{"nonsense", first, "x", 40082},
			{"an application's token", first, first.Token(), 40082},
			{"a token that is over", first, old.token, 42009},
			{"a third-party application's", first, third.token, 842003},
			{"the provider's own", foreign, p.token, 610022},
			{"the contact sync", w.As(access.ContactSync), p.token, 48002},
			{"one", first, p.token, 0},
			{"one again", first, p.token, 0},
			{"one, by another template", first, other.token, 842006},
			{"another of the template", second, p.token, 842006},
			{"another of another template", second, other.token, 0},
		} {
			for _, path := range []string{"migrate_to_customized_app", "claim_customized_app"} {
				if got := step.by.Call("POST", "/cgi-bin/agent/"+path, `{"suite_access_token":"`+step.token+`"}`); got.ErrCode != step.want {
					t.Errorf("%s, by %s: %s, want %d", step.what, path, got.Body, step.want)
				}
			}
		}
	})
}

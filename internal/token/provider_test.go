package token_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// provided makes the corp a provider, and installs an application of it of each kind in the other corp.
func provided(w *qiweitest.World, provider, corp *qiweitest.Corp, kinds ...access.Kind) (open string, apps map[access.Kind]suite.Installation) {
	apps = map[access.Kind]suite.Installation{}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		s := w.Server.Suites
		if _, err := s.CreateProvider(ctx, tx, suite.Provider{CorpID: provider.CorpID}); err != nil {
			return err
		}
		for _, kind := range kinds {
			v, err := s.CreateSuite(ctx, tx, suite.Suite{Partner: provider.CorpID, Kind: kind, Settings: suite.Settings{Name: "报表"}})
			if err != nil {
				return err
			}
			if apps[kind], _, err = s.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: corp.CorpID}); err != nil {
				return err
			}
		}
		var err error
		open, err = s.OpenCorpID(tx, provider.CorpID, corp.CorpID)
		return err
	})
	return open, apps
}

// A proxy-developed application gets its token by the corp's id or by the one that its provider knows, and no
// other provider's. That of another kind is its provider's to fetch.
func TestTokensOfAProvidersApplications(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // which would have the same ids of providers
		open, apps := provided(w, w.Second, w.Corp, access.Custom, access.ThirdParty)
		others, _ := provided(w, w.Corp, w.Corp, access.ThirdParty)
		custom, third := apps[access.Custom].Secret, apps[access.ThirdParty].Secret
		for _, tt := range []struct {
			name, corpID, secret string
			code                 int
		}{
			{"by the corp's id", w.CorpID, custom, 0},
			{"by its provider's", open, custom, 0},
			{"by another provider's", others, custom, 40091},
			{"by another corp's", w.Second.CorpID, custom, 40091},
			{"by nobody's", "wpnobody", custom, 40013},
			{"with a wrong secret", open, strings.Repeat("x", 43), 40001},
			{"the corp's own by a provider's id", open, w.As(access.SelfBuilt).Secret, 40091},
			{"a third-party application", w.CorpID, third, 40001},
			{"a third-party application by its provider's id", open, third, 40001},
		} {
			if got, r := gettoken(w, tt.corpID, tt.secret); r.ErrCode != tt.code || (got.AccessToken == "") != (tt.code != 0) {
				t.Errorf("%s: %s, want %d", tt.name, r.Body, tt.code)
			}
		}
		byOwn, _ := gettoken(w, w.CorpID, custom)
		byOpen, _ := gettoken(w, open, custom)
		if byOwn != byOpen || byOwn.ExpiresIn != 7200 {
			t.Errorf("one application has the tokens %+v and %+v", byOwn, byOpen)
		}

		// Its provider is handed the same token as long as it lives.
		issue := func() tokenAnswer {
			t.Helper()
			text, left, err := w.Server.Tokens.Issue(context.Background(), w.Server.Store, apps[access.ThirdParty].App)
			if r := call(w, text); err != nil || r.ErrCode != 0 {
				t.Errorf("%v, %s", err, r.Body)
			}
			return tokenAnswer{text, left}
		}
		first := issue()
		w.Advance(7199 * time.Second)
		if again := issue(); first.ExpiresIn != 7200 || again != (tokenAnswer{first.AccessToken, 1}) {
			t.Errorf("a second before its end: %+v after %+v", again, first)
		}
		w.Advance(time.Second)
		if second := issue(); second.AccessToken == first.AccessToken || second.ExpiresIn != 7200 {
			t.Errorf("after its end: %+v", second)
		}
	})
}

// A server whose clock was wrong and has been set back hands out nothing that would live for longer than two
// hours.
func TestTheClockIsSetBack(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		_, apps := provided(w, w.Second, w.Corp, access.ThirdParty)
		site := w.As(access.SelfBuilt)
		gave := func() (left [3]int64) {
			t.Helper()
			var ticket struct {
				ExpiresIn int64 `json:"expires_in"`
			}
			token, r := gettoken(w, w.CorpID, site.Secret)
			w.Get("/cgi-bin/get_jsapi_ticket?access_token=" + token.AccessToken).Decode(&ticket)
			_, issued, err := w.Server.Tokens.Issue(context.Background(), w.Server.Store, apps[access.ThirdParty].App)
			if r.ErrCode != 0 || err != nil {
				t.Errorf("%s, %v", r.Body, err)
			}
			return [...]int64{token.ExpiresIn, ticket.ExpiresIn, issued}
		}
		for _, step := range []struct {
			by   time.Duration
			left int64
		}{{0, 7200}, {-time.Second, 7200}, {time.Second, 7199}, {-24 * time.Hour, 7200}, {time.Hour, 3600}} {
			w.Advance(step.by)
			if got := gave(); got != [...]int64{step.left, step.left, step.left} {
				t.Errorf("moved by %s, a token, a ticket and a provider's token live for %v; want %d", step.by, got, step.left)
			}
		}
	})
}

// A ticket is known by its text as long as no other has replaced it.
func TestWhoseTicketItIs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx := context.Background()
		var texts []string
		whose := func(text string) (name string) {
			t.Helper()
			if err := w.Server.Store.Read(ctx, func(tx *store.Tx) error {
				got, found, err := w.Server.Tokens.Ticket(tx, text)
				if found {
					name = got.CorpID + " " + got.Scope + " " + got.ExpiresAt.Sub(w.Clock.Now()).String()
					if (got.App != 0) != (got.Scope == "agent_config") {
						t.Errorf("%+v", got)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return name
		}
		for _, of := range []*qiweitest.Corp{w.Corp, w.Second} {
			for path, scope := range map[string]string{"get_jsapi_ticket": "jsapi", "ticket/get?type=agent_config": "agent_config", "ticket/get?type=wx_card": "wx_card"} {
				var got struct{ Ticket string }
				of.As(access.SelfBuilt).Call("GET", "/cgi-bin/"+path, "").Decode(&got)
				texts = append(texts, got.Ticket)
				if name, want := whose(got.Ticket), of.CorpID+" "+scope+" 2h0m0s"; name != want {
					t.Errorf("%s: %q, want %q", path, name, want)
				}
			}
		}
		for _, text := range []string{"", "x", texts[0] + "x", flip(texts[0])} {
			if name := whose(text); name != "" {
				t.Errorf("%q is that of %s", text, name)
			}
		}
		w.Advance(2 * time.Hour)
		for _, text := range texts {
			if name := whose(text); !strings.HasSuffix(name, " 0s") {
				t.Errorf("two hours later: %q", name)
			}
		}
		w.As(access.SelfBuilt).Call("GET", "/cgi-bin/get_jsapi_ticket", "")
		w.As(access.SelfBuilt).Call("GET", "/cgi-bin/ticket/get?type=agent_config", "")
		w.As(access.SelfBuilt).Call("GET", "/cgi-bin/ticket/get?type=wx_card", "")
		for i, text := range texts {
			if name := whose(text); (name != "") != (i >= 3) {
				t.Errorf("once ours are replaced, ticket %d is %q", i, name)
			}
		}
	})
}

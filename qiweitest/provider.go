package qiweitest

import (
	"context"
	"encoding/json"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Provider is the second enterprise as a provider whose application is installed in the first, for all of it.
type Provider struct {
	CorpID string // its own
	Open   string // what it knows the first enterprise by

	w      *World
	number int64
	token  string // the application's
	own    string // the provider's
}

// Provider makes the second enterprise a provider with a proxy-developed application that has the permissions, and
// installs it in the first.
func (w *World) Provider(grants ...string) *Provider {
	w.t.Helper()
	p := &Provider{CorpID: w.Second.CorpID, w: w}
	var in suite.Installation
	var by suite.Provider
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if by, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: p.CorpID, TrustedIPs: Local}); err != nil {
			return err
		}
		v, err := w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: p.CorpID, Kind: access.Custom, Settings: suite.Settings{Name: "巡店", Permissions: grants}})
		if err != nil {
			return err
		}
		in, _, err = w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: w.CorpID, Range: access.Everything()})
		if err != nil {
			return err
		}
		in.Grants = grants
		if err := w.Server.Apps.UpdateApp(ctx, tx, in.App); err != nil {
			return err
		}
		p.Open, err = w.Server.Suites.OpenCorpID(tx, p.CorpID, w.CorpID)
		return err
	})
	p.number = by.No
	p.token = w.Get("/cgi-bin/gettoken?corpid="+p.Open+"&corpsecret="+in.Secret).text(w, "access_token")
	p.own = w.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.CorpID+`","provider_secret":"`+by.Secret+`"}`).text(w, "provider_access_token")
	return p
}

// SuiteApp installs an application of the kind, third-party or proxy-developed, in the first enterprise, for all of it
// and with the permissions. The second enterprise is its provider, and made one if it is
// not. A receiver is told at the suite's command URL, and of its ticket first; it may be nil.
func (w *World) SuiteApp(kind access.Kind, commands *Receiver, grants ...string) *Client {
	w.t.Helper()
	var made suite.Suite
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = w.Server.Suites.Provider(tx, w.Second.CorpID); err != nil {
			if _, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID, TrustedIPs: Local}); err != nil {
				return err
			}
		}
		v := suite.Suite{Partner: w.Second.CorpID, Kind: kind, Settings: suite.Settings{Name: "报表", Permissions: grants}}
		if commands != nil {
			v.Token, v.AESKey, v.CommandURL = commands.Token, commands.AESKey, commands.URL
		}
		made, err = w.Server.Suites.CreateSuite(ctx, tx, v)
		if err == nil && commands != nil {
			_, err = w.Server.Suites.PushTicket(ctx, tx, made.SuiteID)
		}
		return err
	})
	c := w.WithApp(kind, app.Settings{Range: access.Everything(), Grants: grants, Suite: made.SuiteID, Partner: w.Second.CorpID})
	c.SuiteID = made.SuiteID
	return c
}

// text returns a text of an answer that must have it.
func (r Result) text(w *World, name string) string {
	w.t.Helper()
	var all JSON
	if err := json.Unmarshal([]byte(r.Body), &all); err != nil || all.Text(name) == "" {
		w.t.Fatalf("%v in %s, without %s", err, r.Body, name)
	}
	return all.Text(name)
}

// Call makes a call as the application.
func (p *Provider) Call(method, path, body string) Result {
	p.w.t.Helper()
	return p.w.Send(method, path+"?access_token="+p.token, body)
}

// User is what the provider knows a member of the first enterprise by.
func (p *Provider) User(userid string) string {
	p.w.t.Helper()
	return p.w.shownMember(p.number, p.w.CorpID, userid)
}

// shownMember is what the provider of a number knows a member by.
func (w *World) shownMember(provider int64, corpID, userid string) (shown string) {
	w.t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		known, err := w.Server.Directory.MemberNumbers(tx, corpID, []string{userid})
		shown = string(w.Server.Suites.ShownMember(provider, known[userid]))
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return shown
}

// Checked has the application's licences be checked, which everybody lacks (doc 95652).
func (p *Provider) Checked() {
	p.w.t.Helper()
	p.w.Scripted("providers/customer", `{"provider":"`+p.CorpID+`","corpid":"`+p.w.CorpID+`","checked":true}`, nil)
}

// License gives a member of the first enterprise a licence for calls about customers.
func (p *Provider) License(userid string) {
	p.w.t.Helper()
	call := func(name, body string) Result {
		r := p.w.Send("POST", "/cgi-bin/license/"+name+"?provider_access_token="+p.own, body)
		if r.ErrCode != 0 {
			p.w.t.Fatalf("%s: %s", name, r.Body)
		}
		return r
	}
	order := call("create_new_order", fmt.Sprintf(`{"corpid":%q,"buyer_userid":"zhangsan","account_count":{"external_contact_count":1},"account_duration":{"months":1}}`, p.Open)).text(p.w, "order_id")
	p.w.Scripted("providers/pay", `{"order_id":"`+order+`"}`, nil)
	code := call("list_order_account", `{"order_id":"`+order+`"}`).text(p.w, "account_list.0.active_code")
	call("active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, p.Open, code, p.User(userid)))
}

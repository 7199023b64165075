package customer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// provider is the second enterprise as a provider whose proxy-developed application is installed in the first.
type provider struct {
	*house
	open   string // what it knows the enterprise by
	token  string // the application's
	own    string // the provider's
	corpID string
}

func (h *house) provider() *provider {
	h.t.Helper()
	p := &provider{house: h, corpID: h.Second.CorpID}
	var in suite.Installation
	var by suite.Provider
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if by, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: p.corpID, TrustedIPs: qiweitest.Local}); err != nil {
			return err
		}
		grants := []string{"externalcontact:base:base"}
		v, err := h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: p.corpID, Kind: access.Custom, Settings: suite.Settings{Name: "巡店", Permissions: grants}})
		if err != nil {
			return err
		}
		in, _, err = h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: h.CorpID, Range: access.Everything()})
		if err != nil {
			return err
		}
		in.Grants = grants
		if err := h.Server.Apps.UpdateApp(ctx, tx, in.App); err != nil {
			return err
		}
		p.open, err = h.Server.Suites.OpenCorpID(tx, p.corpID, h.CorpID)
		return err
	})
	p.token = p.field(h.Send("GET", "/cgi-bin/gettoken?corpid="+p.open+"&corpsecret="+in.Secret, "").Body, "access_token")
	p.own = p.field(h.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.corpID+`","provider_secret":"`+by.Secret+`"}`).Body, "provider_access_token")
	return p
}

func (p *provider) field(text, name string) string {
	p.t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil || all[name] == nil {
		p.t.Fatalf("%v in %s, without %s", err, text, name)
	}
	return fmt.Sprint(all[name])
}

// post runs a script of providers.
func (p *provider) post(name, body string) {
	p.t.Helper()
	req, err := http.NewRequest("POST", p.URL+"/_qiwei/providers/"+name, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	resp := p.Do(req)
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 {
		p.t.Fatalf("%s: %v %s", name, err, text)
	}
}

func (p *provider) call(name, body string) qiweitest.Result {
	return p.Send("POST", "/cgi-bin/externalcontact/"+name+"?access_token="+p.token, body)
}

// user is what the provider knows a member by.
func (p *provider) user(userid string) (shown string) {
	p.t.Helper()
	err := p.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		by, err := p.Server.Suites.Provider(tx, p.corpID)
		if err != nil {
			return err
		}
		known, err := p.Server.Directory.MemberNumbers(tx, p.CorpID, []string{userid})
		shown = string(p.Server.Suites.ShownMember(by.No, known[userid]))
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return shown
}

// license gives a member an account for calls about customers.
func (p *provider) license(userid string) {
	p.t.Helper()
	licence := func(name, body string) string {
		r := p.Send("POST", "/cgi-bin/license/"+name+"?provider_access_token="+p.own, body)
		if r.ErrCode != 0 {
			p.t.Fatalf("%s: %s", name, r.Body)
		}
		return r.Body
	}
	order := p.field(licence("create_new_order", fmt.Sprintf(`{"corpid":%q,"buyer_userid":"zhangsan","account_count":{"external_contact_count":1},"account_duration":{"months":1}}`, p.open)), "order_id")
	p.post("pay", `{"order_id":"`+order+`"}`)
	var list struct {
		Accounts []struct {
			Code string `json:"active_code"`
		} `json:"account_list"`
	}
	if err := json.Unmarshal([]byte(licence("list_order_account", `{"order_id":"`+order+`"}`)), &list); err != nil {
		p.t.Fatal(err)
	}
	licence("active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, p.open, list.Accounts[0].Code, p.user(userid)))
}

// TestLicences: once licences are checked, a provider's application reads the customers of those members alone
// who have one (doc 95652). Which applications are of the corp itself needs none.
func TestLicences(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))}
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"lisi","external_userid":"` + lin.External + `"}`)
		p := h.provider()
		zhang, li := p.user("zhangsan"), p.user("lisi")
		both := fmt.Sprintf(`{"userid_list":[%q,%q]}`, zhang, li)
		var seen struct {
			External []string `json:"external_userid"`
		}
		p.call("list", `{"userid":"`+zhang+`"}`).Decode(&seen)
		get := func() qiweitest.Result { return p.call("get", `{"external_userid":"`+seen.External[0]+`"}`) }
		if got := p.call("batch/get_by_user", both); got.ErrCode != 0 || !strings.Contains(got.Body, `"unlicensed_userid_list":[]`) {
			t.Errorf("nothing is checked: %s", got.Body)
		}
		p.post("customer", `{"provider":"`+p.corpID+`","corpid":"`+w.CorpID+`","checked":true}`)
		for what, got := range map[string]qiweitest.Result{"list": p.call("list", `{"userid":"`+zhang+`"}`), "get": get(), "batch": p.call("batch/get_by_user", both)} {
			if got.ErrCode != 701008 {
				t.Errorf("%s, nobody has a licence: %s", what, got.Body)
			}
		}
		p.license("zhangsan")
		if got := get(); !strings.Contains(got.Body, zhang) || strings.Contains(got.Body, li) {
			t.Errorf("get, one has: %s", got.Body)
		}
		if got := p.call("batch/get_by_user", both); !strings.Contains(got.Body, `"fail_info":{"unlicensed_userid_list":["`+li+`"]}`) || strings.Count(got.Body, `"follow_info"`) != 1 {
			t.Errorf("batch, one has: %s", got.Body)
		}
		if got := p.call("list", `{"userid":"`+li+`"}`); got.ErrCode != 701008 {
			t.Errorf("list of the other: %s", got.Body)
		}
		if got := h.must("batch/get_by_user", `{"userid_list":["zhangsan","lisi"]}`).Body; strings.Count(got, `"follow_info"`) != 2 {
			t.Errorf("an application of the corp's own: %s", got)
		}
	})
}

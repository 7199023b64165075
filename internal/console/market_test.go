package console_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

type marketOffer struct {
	SuiteID   string `json:"suite_id"`
	Name      string
	Provider  string
	Installed *struct {
		AgentID     int64
		By          string
		Disabled    bool
		Permissions []string
		Range       struct {
			Departments []int64
			Members     []struct{ UserID string }
		}
	}
}

// offered returns the suites of one provider's that the market shows.
func (a *admin) offered(of ...suite.Suite) (out []marketOffer) {
	a.t.Helper()
	var got struct{ Suites []marketOffer }
	a.ok("GET", "/console/api/market", "", &got)
	for _, o := range got.Suites {
		if slices.ContainsFunc(of, func(v suite.Suite) bool { return v.SuiteID == o.SuiteID }) {
			out = append(out, o)
		}
	}
	return out
}

// offer makes the second enterprise a provider of a published suite, a draft and a login authorisation.
func offer(t *testing.T, w *qiweitest.World) (published, draft, signIn suite.Suite) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
			return err
		}
		for _, v := range []struct {
			into     *suite.Suite
			kind     access.Kind
			settings suite.Settings
		}{
			{&published, access.ThirdParty, suite.Settings{Name: "差旅助手", Permissions: []string{"contact:base:base"}}},
			{&draft, access.ThirdParty, suite.Settings{Name: "草稿", Draft: true}},
			{&signIn, suite.Login, suite.Settings{Name: "登录"}},
		} {
			made, err := w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: v.kind, Settings: v.settings})
			if err != nil {
				return err
			}
			*v.into = made
		}
		return nil
	})
	return published, draft, signIn
}

func TestMarket(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		published, draft, signIn := offer(t, w)
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		path := "/console/api/market/" + published.SuiteID
		list := a.offered(published, draft, signIn)
		if len(list) != 1 || list[0].SuiteID != published.SuiteID || list[0].Installed != nil || list[0].Provider == "" {
			t.Fatalf("the market shows %+v; drafts and login authorisations are not in it", list)
		}
		for body, field := range map[string]string{`{"range":{"departments":[4711]}}`: "range", `{"range":{"members":["nobody"]}}`: "range"} {
			if r := a.refused(422, "POST", path, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v, want an error of %s", body, r, field)
			}
		}
		a.refused(404, "POST", "/console/api/market/ww0000000000000000", `{}`)
		a.refused(404, "PUT", path, `{"disabled":true}`)
		a.refused(404, "DELETE", path, "")

		a.ok("POST", path, `{"range":{"departments":[2],"members":["lisi"]}}`, nil)
		if r := a.refused(409, "POST", path, `{}`); r.Reason != "installed" {
			t.Errorf("installed twice: %+v", r)
		}
		in := a.offered(published)[0].Installed
		if in == nil || in.By != "zhangsan" || !slices.Equal(in.Range.Departments, []int64{2}) || len(in.Range.Members) != 1 || !slices.Equal(in.Permissions, []string{"contact:base:base"}) {
			t.Fatalf("installed as %+v", in)
		}

		a.ok("PUT", path, `{"range":{"departments":[1]},"permissions":["contact:base:base","contact:sensitive:avatar"],"disabled":true}`, nil)
		a.refused(422, "PUT", path, `{"permissions":["everything"]}`)
		if in := a.offered(published)[0].Installed; !in.Disabled || !slices.Equal(in.Range.Departments, []int64{1}) || len(in.Permissions) != 2 {
			t.Errorf("changed into %+v", in)
		}
		a.ok("DELETE", path, "", nil)
		if a.offered(published)[0].Installed != nil {
			t.Error("it is still installed")
		}
		_, log := a.do("GET", "/console/api/audit", "")
		for _, action := range []string{"suite.install", "suite.change", "suite.cancel"} {
			if !strings.Contains(log, action) {
				t.Errorf("the audit log lacks %s", action)
			}
		}
	})
}

func TestProviderPage(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		published, draft, _ := offer(t, w)
		var code string
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			_, code, err = w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: published.SuiteID, CorpID: w.CorpID, By: "zhangsan"})
			return err
		})
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, customer := as(t, w, w.Second.CorpID, "zhangsan"), as(t, w, w.CorpID, "zhangsan")

		var none struct{ Provider *struct{} }
		if customer.ok("GET", "/console/api/provider", "", &none); none.Provider != nil {
			t.Error("an enterprise that is no provider is shown as one")
		}
		var got struct {
			Provider struct {
				Suites []struct {
					SuiteID   string `json:"suite_id"`
					Draft     bool
					Customers []struct{ CorpID, Name string }
				}
			}
		}
		a.ok("GET", "/console/api/provider", "", &got)
		list := got.Provider.Suites
		if len(list) != 3 || list[0].SuiteID != published.SuiteID || len(list[0].Customers) != 1 || list[1].SuiteID != draft.SuiteID || !list[1].Draft || len(list[1].Customers) != 0 {
			t.Fatalf("the provider has %+v", list)
		}
		open := list[0].Customers[0].CorpID
		if open == w.CorpID || open == "" {
			t.Errorf("the customer is shown as %q; a provider knows enterprises by ids of its own", open)
		}
		if _, body := a.do("GET", "/console/api/provider", ""); strings.Contains(body, published.Secret) || strings.Contains(body, w.CorpID) || strings.Contains(body, code) {
			t.Errorf("the page holds a secret: %s", body)
		}

		at := "/console/api/provider/suites/" + published.SuiteID
		if r := a.refused(422, "POST", at+"/ticket", `{}`); r.Fields["command_url"] == "" {
			t.Errorf("a ticket without a command URL: %+v", r)
		}
		customer.refused(404, "POST", at+"/ticket", `{}`)
		customer.refused(404, "POST", at+"/installations/"+open+"/reset", `{}`)
		a.ok("POST", at+"/installations/"+open+"/reset", `{}`, nil)
		a.refused(404, "POST", "/console/api/provider/suites/"+draft.SuiteID+"/installations/"+open+"/reset", `{}`)
		a.refused(422, "POST", at+"/installations/wpnobody/reset", `{}`)
	})
}

// TestProvidersSecrets: who may see secrets renews those of its provider, its suites and models, and sees each once. The
// old one ends, and nobody renews another provider's.
func TestProvidersSecrets(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		published, _, _ := offer(t, w)
		one, two := "A"+w.CorpID, "B"+w.CorpID // no two devices have one serial number
		var p suite.Provider
		var m hardware.Model
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			if p, err = w.Server.Suites.Provider(tx, w.Second.CorpID); err != nil {
				return err
			}
			if m, err = w.Server.Hardware.CreateModel(ctx, tx, hardware.Model{Partner: p.CorpID, ModelSettings: hardware.ModelSettings{Name: "门禁", Access: hardware.Direct, Abilities: 1}}); err != nil {
				return err
			}
			d, err := w.Server.Hardware.Register(ctx, tx, m, one)
			if err == nil {
				_, _, err = w.Server.Hardware.Bind(ctx, tx, d, hardware.Binding{CorpID: w.CorpID, People: access.Range{Members: []id.UserID{"zhangsan"}}})
			}
			if err == nil {
				_, err = w.Server.Hardware.Register(ctx, tx, m, two)
			}
			return err
		})
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, customer := as(t, w, w.Second.CorpID, "zhangsan"), as(t, w, w.CorpID, "zhangsan")
		for path, old := range map[string]string{"secret": p.Secret, "suites/" + published.SuiteID + "/secret": published.Secret, "models/" + m.ModelID + "/secret": m.Secret} {
			var got struct{ Secret string }
			if a.ok("POST", "/console/api/provider/"+path, `{}`, &got); got.Secret == "" || got.Secret == old {
				t.Errorf("%s: %q", path, got.Secret)
			}
			customer.refused(404, "POST", "/console/api/provider/"+path, `{}`)
			if _, log := a.do("GET", "/console/api/audit", ""); strings.Contains(log, got.Secret) {
				t.Errorf("%s: the audit log has the secret", path)
			}
		}
		if got := w.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.CorpID+`","provider_secret":"`+p.Secret+`"}`); got.ErrCode == 0 {
			t.Error("the old provider_secret is good")
		}
		var list struct {
			Devices []struct {
				SN     string `json:"device_sn"`
				CorpID string
				Online bool
				Heard  *string
			}
			More bool
		}
		at := "/console/api/provider/models/" + m.ModelID + "/devices"
		if a.ok("GET", at, "", &list); len(list.Devices) != 2 || list.More || list.Devices[0].SN != one || !strings.HasPrefix(list.Devices[0].CorpID, "wp") || list.Devices[1].CorpID != "" || list.Devices[0].Online || list.Devices[0].Heard != nil {
			t.Errorf("the devices are %+v", list)
		}
		if a.ok("GET", at+"?offset=1", "", &list); len(list.Devices) != 1 || list.Devices[0].SN != two {
			t.Errorf("from the second on: %+v", list)
		}
		customer.refused(404, "GET", at, "")
	})
}

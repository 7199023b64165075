package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestAcquisitionApps: an administrator says what an acquisition component may do, and whom the customers of a marketing
// application may come to.
func TestAcquisitionApps(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		ids := map[string]string{}
		if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			ctx := tx.Context()
			if _, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
				return err
			}
			for name, permission := range map[string]string{"组件": "customer_acquisition:component", "营销": "customer_acquisition:app", "别的": "externalcontact:base:base"} {
				made, err := w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: name, Permissions: []string{permission}}})
				if err != nil {
					return err
				}
				ids[name] = made.SuiteID
				if _, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: made.SuiteID, CorpID: w.CorpID, By: "zhangsan"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var link struct {
			ID string `json:"link_id"`
		}
		a.ok("POST", "/console/api/acquisition", `{"name":"展会","skip_verify":true,"userids":["zhangsan"]}`, &link)
		type component struct {
			SuiteID string   `json:"suite_id"`
			Name    string   `json:"name"`
			Payer   string   `json:"pay_mode"`
			Price   int64    `json:"price"`
			Source  string   `json:"link_auth_mode"`
			LinkIDs []string `json:"link_ids"`
			Agents  []string `json:"agentids"`
			Scene   string   `json:"comp_scene"`
		}
		components := func(by *admin) []component {
			var got struct{ Items []component }
			by.ok("GET", "/console/api/acquisition-components", "", &got)
			return got.Items
		}
		if got := components(a); len(got) != 1 || got[0].SuiteID != ids["组件"] || got[0].Payer != "0" || len(got[0].LinkIDs) != 0 || !strings.HasPrefix(got[0].Scene, "ENC") {
			t.Fatalf("before: %+v", got)
		}
		at := "/console/api/acquisition-components/" + ids["组件"]
		a.ok("PUT", at, fmt.Sprintf(`{"pay_mode":"1","price":300,"link_auth_mode":"0","link_ids":[%q],"agentids":[]}`, link.ID), nil)
		if got := components(a)[0]; got.Payer != "1" || got.Price != 300 || fmt.Sprint(got.LinkIDs) != "["+link.ID+"]" {
			t.Errorf("chosen: %+v", got)
		}
		other := w.WithApp(access.SelfBuilt, app.Settings{Name: "链接", Range: access.Everything()})
		a.ok("PUT", at, fmt.Sprintf(`{"pay_mode":"0","link_auth_mode":"1","link_ids":[],"agentids":["%d"]}`, other.AgentID), nil)
		if got := components(a)[0]; got.Source != "1" || fmt.Sprint(got.Agents) != fmt.Sprintf("[%d]", other.AgentID) || len(got.LinkIDs) != 0 {
			t.Errorf("chosen anew: %+v", got)
		}
		for _, body := range []string{`{"pay_mode":"x","link_auth_mode":"0"}`, `{"pay_mode":"0","link_auth_mode":"x"}`, `{"pay_mode":"0","link_auth_mode":"1","agentids":["x"]}`, `{"pay_mode":"1","price":0,"link_auth_mode":"0"}`, `{"pay_mode":"0","link_auth_mode":"0","link_ids":["cax"]}`} {
			a.refused(422, "PUT", at, body)
		}
		if got := components(b); len(got) != 0 {
			t.Errorf("the twin: %+v", got)
		}
		type marketing struct {
			SuiteID string `json:"suite_id"`
			Range   struct {
				Members     []struct{ UserID string }
				Departments []int64
			}
		}
		apps := func(by *admin) []marketing {
			var got struct{ Items []marketing }
			by.ok("GET", "/console/api/acquisition-apps", "", &got)
			return got.Items
		}
		a.ok("PUT", "/console/api/acquisition-apps/"+ids["营销"], `{"range":{"members":["LiSi"],"departments":[2]}}`, nil)
		if got := apps(a); len(got) != 1 || got[0].SuiteID != ids["营销"] || got[0].Range.Members[0].UserID != "lisi" || got[0].Range.Departments[0] != 2 {
			t.Errorf("%+v", got)
		}
		a.refused(422, "PUT", "/console/api/acquisition-apps/"+ids["营销"], `{"range":{"members":["nobody"]}}`)
		a.refused(404, "PUT", "/console/api/acquisition-apps/"+ids["组件"], `{"range":{}}`)
		b.refused(404, "PUT", "/console/api/acquisition-apps/"+ids["营销"], `{"range":{}}`)
		a.did("marketing.", "marketing.permit")
		a.did("component.", "component.authorise", "component.authorise")
	})
}

package console_test

import (
	"context"
	"fmt"
	"testing"

	admins "qiwei/internal/admin"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// sold makes the second enterprise a provider, and has the first install its suite. It returns the admins of both.
func sold(t *testing.T, w *qiweitest.World) (provider, client *admin, published suite.Suite) {
	t.Helper()
	published, _, _ = offer(t, w)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: published.SuiteID, CorpID: w.CorpID, By: "zhangsan"})
		return err
	})
	client, provider = twoAdmins(t, w)
	return provider, client, published
}

type sale struct {
	ID      string `json:"order_id"`
	Corp    string
	CorpID  string
	Content string
	Status  int64 `json:"order_status"`
	Price   int64
}

func TestEditionsAndOrders(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		provider, client, published := sold(t, w)
		at := "/console/api/provider/suites/" + published.SuiteID
		var editions struct {
			Suites []struct {
				SuiteID   string `json:"suite_id"`
				TrialDays *int64 `json:"trial_days"`
				Editions  []struct {
					ID    string `json:"edition_id"`
					Name  string
					Price int64
				}
			}
		}
		if provider.ok("GET", "/console/api/provider/editions", "", &editions); len(editions.Suites) != 2 || editions.Suites[0].TrialDays != nil {
			t.Fatalf("%+v", editions)
		}
		for body, field := range map[string]string{`{"price":1}`: "name", `{"name":"x"}`: "price", `{"name":"x","price":1,"least":5,"most":2}`: "least"} {
			if r := provider.refused(422, "POST", at+"/editions", body); r.Fields[field] == "" {
				t.Errorf("%s: %+v", body, r)
			}
		}
		var made struct {
			ID string `json:"edition_id"`
		}
		provider.ok("POST", at+"/editions", `{"name":"专业版","price":36500,"most":100}`, &made)
		provider.refused(422, "POST", at+"/editions", `{"edition_id":"`+made.ID+`","name":"x","price":1}`)
		provider.ok("PUT", at+"/plan", `{"trial_days":15}`, nil)
		provider.refused(422, "PUT", at+"/plan", `{"trial_days":-1}`)
		if provider.ok("GET", "/console/api/provider/editions", "", &editions); *editions.Suites[0].TrialDays != 15 || editions.Suites[0].Editions[0].Name != "专业版" {
			t.Errorf("%+v", editions)
		}
		client.refused(404, "POST", at+"/editions", `{"name":"x","price":1}`) // another's suite
		client.refused(404, "PUT", at+"/plan", `{"trial_days":1}`)

		var bought struct {
			ID    string `json:"order_id"`
			Price int64
		}
		want := fmt.Sprintf(`{"suite_id":%q,"edition_id":%q,"user_count":10,"duration_days":365}`, published.SuiteID, made.ID)
		client.ok("POST", "/console/api/purchases", want, &bought)
		if bought.Price != 365000 {
			t.Errorf("%+v", bought)
		}
		client.refused(404, "POST", "/console/api/purchases", `{"suite_id":"none"}`)
		client.refused(422, "POST", "/console/api/purchases", fmt.Sprintf(`{"suite_id":%q,"edition_id":"none","user_count":1,"duration_days":365}`, published.SuiteID))
		provider.refused(404, "POST", "/console/api/purchases", want) // which it has not installed
		var sales struct{ Orders []sale }
		if provider.ok("GET", "/console/api/provider/orders", "", &sales); len(sales.Orders) != 1 || sales.Orders[0].Corp == "" || sales.Orders[0].CorpID == w.CorpID || sales.Orders[0].CorpID == "" || sales.Orders[0].Status != 1 {
			t.Fatalf("%+v", sales)
		}
		var now struct {
			ID string `json:"order_id"`
		}
		provider.refused(422, "POST", "/console/api/provider/orders/"+bought.ID+"/price", `{"price":1}`)
		provider.ok("POST", "/console/api/provider/orders/"+bought.ID+"/price", `{"price":300000}`, &now)
		client.refused(404, "POST", "/console/api/purchases/"+bought.ID+"/pay", "") // it is another order now
		provider.refused(404, "POST", "/console/api/purchases/"+now.ID+"/pay", "")  // it is not the provider's to pay
		client.ok("POST", "/console/api/purchases/"+now.ID+"/pay", "", nil)
		client.refused(422, "POST", "/console/api/purchases/"+now.ID+"/pay", "")
		var purchases struct {
			Installed []struct {
				Status  int64 `json:"app_status"`
				Edition string
				Users   int64
			}
			Orders []sale
		}
		if client.ok("GET", "/console/api/purchases", "", &purchases); len(purchases.Installed) != 1 || purchases.Installed[0].Edition != "专业版" || purchases.Installed[0].Users != 10 || purchases.Installed[0].Status != 3 || purchases.Orders[0].Status != 2 || purchases.Orders[0].Price != 300000 {
			t.Errorf("%+v", purchases)
		}
		provider.refused(422, "POST", "/console/api/provider/orders/"+now.ID+"/close", "")
		client.refused(404, "POST", "/console/api/provider/orders/"+now.ID+"/close", "")
		client.refused(404, "GET", "/console/api/provider/orders", "")
		client.refused(404, "GET", "/console/api/provider/editions", "")
		client.ok("POST", "/console/api/purchases/"+now.ID+"/refund", "", nil)
		client.ok("POST", "/console/api/purchases/"+now.ID+"/keep", "", nil)
		client.refused(404, "POST", "/console/api/purchases/"+now.ID+"/frobnicate", "")
		client.ok("POST", "/console/api/purchases", want, &bought)
		client.ok("POST", "/console/api/purchases/"+bought.ID+"/close", "", nil)
		client.ok("POST", "/console/api/purchases", want, &bought)
		client.ok("POST", "/console/api/purchases/"+bought.ID+"/pay", "", nil)
		provider.ok("POST", "/console/api/provider/orders/"+bought.ID+"/refund", "", nil)
		provider.refused(422, "POST", "/console/api/provider/orders/"+bought.ID+"/refund", "")
		provider.did("order.", "order.refund", "order.price")
		client.did("purchase.", "purchase.pay", "purchase.order", "purchase.close", "purchase.order", "purchase.keep", "purchase.refund", "purchase.pay", "purchase.order")
	})
}

func TestLicencesOfProvider(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		provider, client, _ := sold(t, w)
		const path = "/console/api/provider/licences"
		type licences struct {
			Balance   *int64
			Customers []struct {
				CorpID, Corp         string
				Checked, Trial, Test bool
				Basic, External      struct{ All, Bound, Free int64 }
			}
			Orders []sale
		}
		var got licences
		provider.ok("GET", path, "", &got)
		if len(got.Customers) != 1 || got.Customers[0].CorpID == "" || got.Customers[0].CorpID == w.CorpID || got.Customers[0].Checked || got.Balance != nil {
			t.Fatalf("%+v", got)
		}
		open := got.Customers[0].CorpID
		var made struct {
			ID string `json:"order_id"`
		}
		provider.ok("POST", path+"/orders", `{"corpid":"`+open+`","basic":3,"external":2,"months":1}`, &made)
		if r := provider.refused(422, "POST", path+"/orders", `{"corpid":"none","basic":1,"months":1}`); r.Fields["corpid"] == "" {
			t.Errorf("%+v", r)
		}
		provider.refused(422, "POST", path+"/orders", `{"corpid":"`+open+`","months":1}`)
		provider.refused(422, "POST", path+"/orders", `{"corpid":"`+open+`","basic":1}`)
		client.refused(404, "GET", path, "")
		client.refused(404, "POST", path+"/orders", `{"corpid":"`+open+`","basic":1,"months":1}`)
		client.refused(404, "POST", path+"/orders/"+made.ID+"/pay", "")
		provider.ok("POST", path+"/orders/"+made.ID+"/pay", "", nil)
		provider.refused(422, "POST", path+"/orders/"+made.ID+"/pay", "")
		provider.refused(422, "POST", path+"/orders/"+made.ID+"/cancel", "")
		provider.refused(404, "POST", path+"/orders/none/cancel", "")
		if provider.ok("GET", path, "", &got); got.Customers[0].Basic.Free != 3 || got.Customers[0].External.All != 2 || len(got.Orders) != 1 || got.Orders[0].Status != 1 || got.Orders[0].Corp == "" {
			t.Errorf("%+v", got)
		}
		provider.ok("POST", path+"/orders", `{"corpid":"`+open+`","basic":1,"months":1}`, &made)
		provider.ok("POST", path+"/orders/"+made.ID+"/cancel", "", nil)
		provider.ok("PUT", path+"/customers/"+open, `{"checked":true,"trial":true}`, nil)
		if provider.ok("GET", path, "", &got); !got.Customers[0].Checked || !got.Customers[0].Trial || got.Customers[0].Test {
			t.Errorf("%+v", got)
		}
		provider.refused(404, "PUT", path+"/customers/none", `{"checked":true}`)
		provider.did("licence.", "licence.customer", "licence.cancel", "licence.order", "licence.pay", "licence.order")
	})
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		provider, client, published := sold(t, w)
		const path = "/console/api/provider/registrations"
		var made struct {
			ID string `json:"template_id"`
		}
		provider.ok("POST", "/console/api/provider/packages", `{"name":"推广","suites":["`+published.SuiteID+`"],"migration":true}`, &made)
		if r := provider.refused(422, "POST", "/console/api/provider/packages", `{}`); r.Fields["name"] == "" {
			t.Errorf("%+v", r)
		}
		provider.refused(422, "POST", "/console/api/provider/packages", `{"name":"x","suites":["none"]}`)
		client.refused(404, "POST", "/console/api/provider/packages", `{"name":"x"}`)
		client.refused(404, "GET", path, "")
		var registered struct{ CorpID string }
		w.Scripted("providers/register", `{"template_id":"`+made.ID+`","corp_name":"新企业","admin_name":"甲","userid":"jia"}`, &registered)
		var got struct {
			Packages []struct {
				ID        string `json:"template_id"`
				Name      string
				Suites    []string
				Migration bool
			}
			Codes []struct{ Corp, CorpID, Package, UsedAt string }
		}
		provider.ok("GET", path, "", &got)
		if len(got.Packages) != 1 || got.Packages[0].ID != made.ID || !got.Packages[0].Migration || len(got.Packages[0].Suites) != 1 {
			t.Errorf("%+v", got)
		}
		if len(got.Codes) != 1 || got.Codes[0].Corp != "新企业" || got.Codes[0].CorpID == "" || got.Codes[0].CorpID == registered.CorpID || got.Codes[0].Package != "推广" {
			t.Errorf("%+v", got.Codes)
		}
		provider.did("package.", "package.create")
		appoint(t, w, w.Second.CorpID, "wangwu", admins.Reader)
		as(t, w, w.Second.CorpID, "wangwu").refused(403, "POST", "/console/api/provider/packages", `{"name":"x"}`)
	})
}

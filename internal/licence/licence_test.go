package licence_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider, and whose first has installed
// an application of it.
type house struct {
	*qiweitest.World
	t        *testing.T
	provider suite.Provider
	suite    suite.Suite
	system   *qiweitest.Receiver // of the provider's system events
	open     string              // what the provider knows the enterprise by
	token    string
}

// buyer is a member of the provider.
const buyer = "zhangsan"

func open(t *testing.T, w *qiweitest.World) *house {
	t.Helper()
	h := &house{World: w, t: t, system: w.Receiver()}
	h.system.Always(qiweitest.Text(200, "success"))
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if h.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
			return err
		}
		h.suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "报表"}})
		return err
	})
	var err error
	if h.provider, err = w.Server.Callbacks.SaveProvider(context.Background(), callback.ProviderCallback{
		CorpID: h.provider.CorpID, URL: h.system.URL, Token: h.system.Token, AESKey: h.system.AESKey,
	}); err != nil {
		t.Fatal(err)
	}
	h.open = h.install(w.CorpID)
	h.signIn()
	return h
}

// signIn fetches the provider's token again, which two hours end.
func (h *house) signIn() {
	h.t.Helper()
	h.token = h.must("service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).Text("provider_access_token")
}

func (h *house) install(corpID string) (openCorpID string) {
	h.t.Helper()
	var in struct {
		OpenCorpID string `json:"open_corpid"`
	}
	h.script("install", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+corpID+`"}`, &in)
	return in.OpenCorpID
}

// call makes a call of the provider's, or one without a credential.
func (h *house) call(path, body string) qiweitest.JSON {
	h.t.Helper()
	return h.callAs(h.token, path, body)
}

func (h *house) callAs(token, path, body string) (a qiweitest.JSON) {
	h.t.Helper()
	h.Send("POST", "/cgi-bin/"+path+"?provider_access_token="+token, body).Decode(&a)
	return a
}

func (h *house) must(path, body string) qiweitest.JSON {
	h.t.Helper()
	a := h.call(path, body)
	if a.Code() != 0 {
		h.t.Fatalf("%s %s: %v", path, body, a)
	}
	return a
}

// post runs a script.
func (h *house) post(name, body string) (status int, text string) {
	h.t.Helper()
	return h.Script("providers/"+name, body)
}

// script runs one that must succeed.
func (h *house) script(name, body string, into any) {
	h.t.Helper()
	h.Scripted("providers/"+name, body, into)
}

// order places an order and returns its id.
func (h *house) order(basic, external, months int) string {
	h.t.Helper()
	return h.must("license/create_new_order", fmt.Sprintf(`{"corpid":%q,"buyer_userid":%q,"account_count":{"base_count":%d,"external_contact_count":%d},"account_duration":{"months":%d}}`,
		h.open, buyer, basic, external, months)).Text("order_id")
}

// codes buys codes and returns them, the basic ones first.
func (h *house) codes(basic, external, months int) (list []string) {
	h.t.Helper()
	id := h.order(basic, external, months)
	h.script("pay", `{"order_id":"`+id+`"}`, nil)
	for _, a := range h.must("license/list_order_account", `{"order_id":"`+id+`","limit":1000}`).List("account_list") {
		list = append(list, qiweitest.JSON(a.(map[string]any)).Text("active_code"))
	}
	if len(list) != basic+external {
		h.t.Fatalf("%d codes, want %d", len(list), basic+external)
	}
	return list
}

// user is what the provider knows a member of the enterprise by.
func (h *house) user(userid string) (shown string) {
	h.t.Helper()
	err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		known, err := h.Server.Directory.MemberNumbers(tx, h.CorpID, []string{userid})
		shown = string(h.Server.Suites.ShownMember(h.provider.No, known[userid]))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return shown
}

func (h *house) activate(code, userid string) qiweitest.JSON {
	h.t.Helper()
	return h.call("license/active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, h.open, code, h.user(userid)))
}

func (h *house) info(code string) qiweitest.JSON {
	h.t.Helper()
	return h.must("license/get_active_info_by_code", fmt.Sprintf(`{"corpid":%q,"active_code":%q}`, h.open, code))
}

// days moves the clock and signs in again.
func (h *house) days(n int) {
	h.t.Helper()
	h.Advance(time.Duration(n) * 24 * time.Hour)
	h.signIn()
}

// TestPurchase walks an order from its making to a member's account.
func TestPurchase(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		now := w.Clock.Now()
		id := h.must("license/create_new_order", `{"corpid":"`+h.open+`","buyer_userid":"`+buyer+`","account_count":{"base_count":2,"external_contact_count":1},"account_duration":{"months":2,"days":20}}`).Text("order_id")
		got := h.must("license/get_order", `{"order_id":"`+id+`"}`)
		if got.Text("order.corpid") != h.open || got.Int("order.order_status") != 0 || got.Int("order.order_type") != 1 || got.Int("order.create_time") != now.Unix() ||
			got.Int("order.account_count.base_count") != 2 || got.Int("order.account_duration.days") != 20 || got.At("order.pay_time") != nil || got.Int("order.price") <= 0 {
			t.Errorf("get_order: %v", got)
		}
		if list := h.must("license/list_order_account", `{"order_id":"`+id+`"}`); len(list.List("account_list")) != 0 {
			t.Errorf("codes before the payment: %v", list)
		}
		w.Advance(time.Hour)
		h.script("pay", `{"order_id":"`+id+`"}`, nil)
		if status, text := h.post("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("an order was paid twice: %s", text)
		}
		h.Delivered()
		pushes := h.system.Take()
		if len(pushes) != 1 || pushes[0].XML() != fmt.Sprintf(`<xml><ServiceCorpId><![CDATA[%s]]></ServiceCorpId><InfoType><![CDATA[license_pay_success]]></InfoType><AuthCorpId><![CDATA[%s]]></AuthCorpId>`+
			`<OrderId><![CDATA[%s]]></OrderId><BuyerUserId><![CDATA[zhangsan]]></BuyerUserId><TimeStamp>%d</TimeStamp></xml>`, h.provider.CorpID, h.open, id, w.Clock.Now().Unix()) || pushes[0].ReceiveID != h.provider.CorpID {
			t.Errorf("license_pay_success: %+v", pushes)
		}
		if paid := h.must("license/get_order", `{"order_id":"`+id+`"}`); paid.Int("order.order_status") != 1 || paid.Int("order.pay_time") != w.Clock.Now().Unix() {
			t.Errorf("a paid order: %v", paid)
		}
		list := h.must("license/list_order_account", `{"order_id":"`+id+`","limit":2}`)
		rest := h.must("license/list_order_account", `{"order_id":"`+id+`","limit":2,"cursor":"`+list.Text("next_cursor")+`"}`)
		if list.Int("has_more") != 1 || len(list.List("account_list")) != 2 || rest.Int("has_more") != 0 || len(rest.List("account_list")) != 1 || rest.Int("account_list.0.type") != 2 {
			t.Errorf("list_order_account: %v, then %v", list, rest)
		}
		code := list.Text("account_list.0.active_code")
		if info := h.info(code); info.Int("active_info.status") != 1 || info.At("active_info.userid") != nil || info.Int("active_info.create_time") != w.Clock.Now().Unix() {
			t.Errorf("an unused code: %v", info)
		}
		if a := h.activate(code, "lisi"); a.Code() != 0 {
			t.Fatalf("active_account: %v", a)
		}
		// 82 days after 6 January 2031 18:00 in China is 29 March; the account ends when that day does.
		end := time.Date(2031, 3, 30, 0, 0, 0, 0, time.FixedZone("", 8*3600)).Unix()
		info := h.info(code)
		if info.Int("active_info.status") != 2 || info.Text("active_info.userid") != h.user("lisi") || info.Int("active_info.active_time") != w.Clock.Now().Unix() || info.Int("active_info.expire_time") != end {
			t.Errorf("a bound code: %v, want the end %d", info, end)
		}
		user := h.must("license/get_active_info_by_user", `{"corpid":"`+h.open+`","userid":"`+h.user("lisi")+`"}`)
		if user.Int("active_status") != 1 || user.Text("active_info_list.0.active_code") != code || user.Text("active_info_list.0.userid") != h.user("lisi") {
			t.Errorf("get_active_info_by_user: %v", user)
		}
		if none := h.must("license/get_active_info_by_user", `{"corpid":"`+h.open+`","userid":"`+h.user("wangwu")+`"}`); none.Int("active_status") != 0 || len(none.List("active_info_list")) != 0 {
			t.Errorf("a member without an account: %v", none)
		}
		all := h.must("license/list_actived_account", `{"corpid":"`+h.open+`"}`)
		if len(all.List("account_list")) != 1 || all.Text("account_list.0.userid") != h.user("lisi") || all.Int("account_list.0.expire_time") != end || all.Int("has_more") != 0 || all.Text("next_cursor") != "" {
			t.Errorf("list_actived_account: %v", all)
		}
		h.days(83)
		if info := h.info(code); info.Int("active_info.status") != 3 {
			t.Errorf("a code that has ended: %v", info)
		}
		if all := h.must("license/list_actived_account", `{"corpid":"`+h.open+`"}`); len(all.List("account_list")) != 1 {
			t.Errorf("list_actived_account leaves out what has ended: %v", all)
		}
	})
}

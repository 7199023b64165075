package licence_test

import (
	"fmt"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// house is a provider, whose suite the first enterprise has installed.
type house struct {
	qiweitest.Seller
	open string // what the provider knows the enterprise by
}

// buyer is a member of the provider.
const buyer = "zhangsan"

func open(t *testing.T, w *qiweitest.World) *house {
	t.Helper()
	h := &house{Seller: w.Seller(access.ThirdParty)}
	h.open = h.Install(w.CorpID).Text("open_corpid")
	return h
}

// order places an order and returns its id.
func (h *house) order(basic, external, months int) string {
	h.T.Helper()
	return h.Must("license/create_new_order", fmt.Sprintf(`{"corpid":%q,"buyer_userid":%q,"account_count":{"base_count":%d,"external_contact_count":%d},"account_duration":{"months":%d}}`,
		h.open, buyer, basic, external, months)).Text("order_id")
}

// codes buys codes and returns them, the basic ones first.
func (h *house) codes(basic, external, months int) (list []string) {
	h.T.Helper()
	id := h.order(basic, external, months)
	h.Play("pay", `{"order_id":"`+id+`"}`)
	for _, a := range h.Must("license/list_order_account", `{"order_id":"`+id+`","limit":1000}`).List("account_list") {
		list = append(list, qiweitest.JSON(a.(map[string]any)).Text("active_code"))
	}
	if len(list) != basic+external {
		h.T.Fatalf("%d codes, want %d", len(list), basic+external)
	}
	return list
}

// user is what the provider knows a member of the enterprise by.
func (h *house) user(userid string) string {
	h.T.Helper()
	return h.User(h.CorpID, userid)
}

func (h *house) activate(code, userid string) qiweitest.JSON {
	h.T.Helper()
	return h.Call("license/active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, h.open, code, h.user(userid)))
}

func (h *house) info(code string) qiweitest.JSON {
	h.T.Helper()
	return h.Must("license/get_active_info_by_code", fmt.Sprintf(`{"corpid":%q,"active_code":%q}`, h.open, code))
}

// TestPurchase walks an order from its making to a member's account.
func TestPurchase(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		now := w.Clock.Now()
		id := h.Must("license/create_new_order", `{"corpid":"`+h.open+`","buyer_userid":"`+buyer+`","account_count":{"base_count":2,"external_contact_count":1},"account_duration":{"months":2,"days":20}}`).Text("order_id")
		got := h.Must("license/get_order", `{"order_id":"`+id+`"}`)
		if got.Text("order.corpid") != h.open || got.Int("order.order_status") != 0 || got.Int("order.order_type") != 1 || got.Int("order.create_time") != now.Unix() ||
			got.Int("order.account_count.base_count") != 2 || got.Int("order.account_duration.days") != 20 || got.At("order.pay_time") != nil || got.Int("order.price") <= 0 {
			t.Errorf("get_order: %v", got)
		}
		if list := h.Must("license/list_order_account", `{"order_id":"`+id+`"}`); len(list.List("account_list")) != 0 {
			t.Errorf("codes before the payment: %v", list)
		}
		w.Advance(time.Hour)
		h.Play("pay", `{"order_id":"`+id+`"}`)
		if status, text := h.Attempt("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("an order was paid twice: %s", text)
		}
		h.Delivered()
		pushes := h.System.Take()
		if len(pushes) != 1 || pushes[0].XML() != fmt.Sprintf(`<xml><ServiceCorpId><![CDATA[%s]]></ServiceCorpId><InfoType><![CDATA[license_pay_success]]></InfoType><AuthCorpId><![CDATA[%s]]></AuthCorpId>`+
			`<OrderId><![CDATA[%s]]></OrderId><BuyerUserId><![CDATA[zhangsan]]></BuyerUserId><TimeStamp>%d</TimeStamp></xml>`, h.Provider.CorpID, h.open, id, w.Clock.Now().Unix()) || pushes[0].ReceiveID != h.Provider.CorpID {
			t.Errorf("license_pay_success: %+v", pushes)
		}
		if paid := h.Must("license/get_order", `{"order_id":"`+id+`"}`); paid.Int("order.order_status") != 1 || paid.Int("order.pay_time") != w.Clock.Now().Unix() {
			t.Errorf("a paid order: %v", paid)
		}
		list := h.Must("license/list_order_account", `{"order_id":"`+id+`","limit":2}`)
		rest := h.Must("license/list_order_account", `{"order_id":"`+id+`","limit":2,"cursor":"`+list.Text("next_cursor")+`"}`)
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
		user := h.Must("license/get_active_info_by_user", `{"corpid":"`+h.open+`","userid":"`+h.user("lisi")+`"}`)
		if user.Int("active_status") != 1 || user.Text("active_info_list.0.active_code") != code || user.Text("active_info_list.0.userid") != h.user("lisi") {
			t.Errorf("get_active_info_by_user: %v", user)
		}
		if none := h.Must("license/get_active_info_by_user", `{"corpid":"`+h.open+`","userid":"`+h.user("wangwu")+`"}`); none.Int("active_status") != 0 || len(none.List("active_info_list")) != 0 {
			t.Errorf("a member without an account: %v", none)
		}
		all := h.Must("license/list_actived_account", `{"corpid":"`+h.open+`"}`)
		if len(all.List("account_list")) != 1 || all.Text("account_list.0.userid") != h.user("lisi") || all.Int("account_list.0.expire_time") != end || all.Int("has_more") != 0 || all.Text("next_cursor") != "" {
			t.Errorf("list_actived_account: %v", all)
		}
		h.Days(83)
		if info := h.info(code); info.Int("active_info.status") != 3 {
			t.Errorf("a code that has ended: %v", info)
		}
		if all := h.Must("license/list_actived_account", `{"corpid":"`+h.open+`"}`); len(all.List("account_list")) != 1 {
			t.Errorf("list_actived_account leaves out what has ended: %v", all)
		}
	})
}

package paytool_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

func TestOrderOfTheProvider(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		if a := h.info(); a.At("edition_info") != nil {
			t.Errorf("nothing is sold: %v", a)
		}
		h.sell(7)
		begin := w.Clock.Now().Unix()
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 1 || a.Int("edition_info.agent.0.expired_time") != begin+7*86400 {
			t.Errorf("a trial: %v", a)
		}
		got := h.signed("open_order", h.buy(0, "", `,"user_count":2,"duration_days":30,"discount_info":{"discount_type":2,"discount_ratio":75,"discount_remarks":"老客户优惠"}`))
		id := got.Text("order_id")
		if got.Code() != 0 || got.Int("origin_price") != 2*30*100 || got.Int("paid_price") != 2*30*75 || !strings.HasPrefix(got.Text("order_url"), w.URL+"/payforapp/") {
			t.Fatalf("open_order: %v", got)
		}
		if told := h.told(); !slices.Equal(told, []string{"open_order " + id}) {
			t.Errorf("told %q", told)
		}
		order := func() qiweitest.JSON {
			return h.Must("service/get_order?suite_access_token="+h.bySuite, `{"orderid":"`+id+`"}`)
		}
		if a := order(); a.Int("order_status") != 0 || a.Text("paid_corpid") != h.open || a.Int("order_from") != 3 || a.At("operator_id") != nil || a.Text("edition_name") != "协同版" || a.Int("price") != 4500 || a.At("paid_time") != nil {
			t.Errorf("get_order: %v", a)
		}
		detail := func() qiweitest.JSON { return h.signed("get_order_detail", `{"order_id":"`+id+`"}`) }
		if a := detail(); a.Int("pay_order.order_status") != 1 || a.Int("pay_order.order_from") != 2 || a.Text("pay_order.buy_content") != "报表 2人 30天" ||
			a.Text("pay_order.product_list.third_app.buy_info_list.0.suiteid") != h.Suite.SuiteID || a.At("pay_order.product_list.customized_app") != nil {
			t.Errorf("get_order_detail: %v", a)
		}
		h.Play("order/pay", `{"order_id":"`+id+`","pay_channel":2}`)
		if status, text := h.Attempt("order/pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("an order was paid twice: %s", text)
		}
		if told := h.told(); !slices.Equal(told, []string{"pay_for_app_success " + id, "change_editon"}) {
			t.Errorf("told %q", told)
		}
		if a := order(); a.Int("order_status") != 1 || a.Int("begin_time") != begin || a.Int("end_time") != begin+30*86400 || a.Int("paid_time") != begin {
			t.Errorf("get_order: %v", a)
		}
		if a := detail(); a.Int("pay_order.order_status") != 2 || a.Int("pay_order.pay_channel") != 2 || a.Text("pay_order.channel_order_id") == "" || a.At("pay_order.income_time") != nil {
			t.Errorf("get_order_detail: %v", a)
		}
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 3 || a.Text("edition_info.agent.0.edition_id") != h.edition || a.Int("edition_info.agent.0.user_limit") != 2 || a.Int("edition_info.agent.0.expired_time") != begin+30*86400 {
			t.Errorf("paid for: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+id+`"}`); a.Code() != 84088 {
			t.Errorf("close_order of a paid order: %v", a)
		}
		// More users, then more time.
		h.days(10)
		more := h.signed("open_order", h.buy(1, "", `,"user_count":3`))
		if more.Code() != 0 || more.Int("origin_price") != 3*20*100 {
			t.Fatalf("more users: %v", more)
		}
		h.Play("order/pay", `{"order_id":"`+more.Text("order_id")+`"}`)
		time30 := h.signed("open_order", h.buy(2, "", `,"duration_days":30`))
		if time30.Code() != 0 || time30.Int("origin_price") != 5*30*100 {
			t.Fatalf("more time: %v", time30)
		}
		h.Play("order/pay", `{"order_id":"`+time30.Text("order_id")+`"}`)
		if a := h.info(); a.Int("edition_info.agent.0.user_limit") != 5 || a.Int("edition_info.agent.0.expired_time") != begin+60*86400 {
			t.Errorf("more of both: %v", a)
		}
		if a := detail(); a.Int("pay_order.order_status") != 7 || a.Int("pay_order.income_amount") != 4500 || a.Int("pay_order.income_time") != begin+10*86400 {
			t.Errorf("ten days later the money is the provider's: %v", a)
		}
		h.days(21) // in the second month
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 3 || a.Int("edition_info.agent.0.user_limit") != 5 {
			t.Errorf("in the second month: %v", a)
		}
		h.days(29)
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 4 {
			t.Errorf("the end: %v", a)
		}
		if a := h.signed("open_order", h.buy(1, "", `,"user_count":3`)); a.Code() != 84102 {
			t.Errorf("more users of what has ended: %v", a)
		}
	})
}

func TestOrderOfTheCustomer(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(0)
		if a := h.info(); a.Int("edition_info.agent.0.app_status") != 5 {
			t.Errorf("a trial without an end: %v", a)
		}
		buy := fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"lisi","edition_id":%q,"user_count":10,"duration_days":365}`, h.Suite.SuiteID, w.CorpID, h.edition)
		id := h.Play("order", buy).Text("order_id")
		order := func(id string) qiweitest.JSON {
			return h.Call("service/get_order?suite_access_token="+h.bySuite, `{"orderid":"`+id+`"}`)
		}
		a := order(id)
		if a.Int("price") != 365000 || a.Int("order_from") != 0 || !strings.HasPrefix(a.Text("operator_id"), "wo") || a.Text("operator_corpid") != h.open || len(id) > 32 {
			t.Errorf("get_order: %v", a)
		}
		for price, want := range map[int]int{365001: 400, 255499: 400} { // 70 hundredths and the price itself
			if status, _ := h.Attempt("order/change", fmt.Sprintf(`{"order_id":%q,"price":%d}`, id, price)); status != want {
				t.Errorf("a price of %d: %d", price, status)
			}
		}
		next := h.Play("order/change", fmt.Sprintf(`{"order_id":%q,"price":255500}`, id)).Text("order_id")
		if gone, now := order(id), order(next); gone.Code() != 90300 || now.Int("price") != 255500 {
			t.Errorf("after the change: %v, %v", gone, now)
		}
		h.Play("order/pay", `{"order_id":"`+next+`"}`)
		list := h.Must("service/get_order_list?suite_access_token="+h.bySuite, fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d}`, w.Clock.Now().Unix()))
		if len(list.List("order_list")) != 1 || list.Text("order_list.0.orderid") != next {
			t.Errorf("get_order_list: %v", list)
		}
		for body, code := range map[string]int{`{}`: 90305, `{"start_time":2,"end_time":1}`: 90305, `{"start_time":1,"end_time":2,"test_mode":2}`: 90305, `{"start_time":1,"end_time":2}`: 0} {
			if a := h.Call("service/get_order_list?suite_access_token="+h.bySuite, body); a.Code() != code || len(a.List("order_list")) != 0 {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		h.Play("order/refund", `{"order_id":"`+next+`","outcome":"asked"}`)
		if a := order(next); a.Int("order_status") != 4 {
			t.Errorf("a refund was asked for: %v", a)
		}
		h.told()
		h.days(5)
		if err := w.Server.Paytool.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if a := order(next); a.Int("order_status") != 5 || h.info().Int("edition_info.agent.0.app_status") != 5 {
			t.Errorf("nobody has granted it for five days: %v", a)
		}
		if told := h.told(); !slices.Equal(told, []string{"refund " + next, "change_editon"}) {
			t.Errorf("told %q", told)
		}
		// A test order is in the other list.
		test := h.Play("order", strings.TrimSuffix(buy, "}")+`,"test":true}`).Text("order_id")
		for mode, want := range map[int]int{0: 0, 1: 1} {
			list := h.Must("service/get_order_list?suite_access_token="+h.bySuite, fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d,"test_mode":%d}`, w.Clock.Now().Unix(), mode))
			if len(list.List("order_list")) != want {
				t.Errorf("test_mode %d: %v", mode, list)
			}
		}
		h.Play("order/cancel", `{"order_id":"`+test+`"}`)
		if told := h.told(); !slices.Equal(told, []string{"open_order " + test, "cancel_order " + test}) {
			t.Errorf("told %q", told)
		}
		late := h.Play("order", buy).Text("order_id")
		h.days(10)
		if status, _ := h.Attempt("order/pay", `{"order_id":"`+late+`"}`); status == 200 || order(late).Int("order_status") != 3 {
			t.Errorf("an order can be paid for late: %v", order(late))
		}
		// Another suite's token reads none of it.
		other := *h
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			other.Suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "别的"}})
			return err
		})
		other.signIn()
		if a := h.Call("service/get_order?suite_access_token="+other.bySuite, `{"orderid":"`+next+`"}`); a.Code() != 90300 {
			t.Errorf("another suite: %v", a)
		}
	})
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.Custom)
		body := func(pay int, item string) string {
			return fmt.Sprintf(`{"business_type":2,"pay_type":%d,"custom_corpid":%q,"bank_receipt_media_id":"m","creator":"zhangsan","product_list":{"customized_app":{"order_type":0,"buy_info_list":[{"suiteid":%q%s}]}}}`,
				pay, h.open, h.Suite.SuiteID, item)
		}
		got := h.signed("open_order", body(1, `,"user_count":10,"duration_days":30,"total_price":250000`))
		id := got.Text("order_id")
		if got.Code() != 0 || got.Int("origin_price") != 250000 || got.Int("paid_price") != 250000 {
			t.Fatalf("open_order: %v", got)
		}
		detail := func(id string) qiweitest.JSON { return h.signed("get_order_detail", `{"order_id":"`+id+`"}`) }
		if a := detail(id); a.Int("pay_order.order_status") != 8 || a.Text("pay_order.creator") != "zhangsan" || a.Text("pay_order.product_list.customized_app.buy_info_list.0.suiteid") != h.Suite.SuiteID {
			t.Errorf("waiting: %v", a)
		}
		w.Advance(72*time.Hour - time.Second)
		h.signIn()
		settle := func() {
			t.Helper()
			if err := w.Server.Paytool.Settle(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		settle()
		if a := detail(id); a.Int("pay_order.order_status") != 8 {
			t.Errorf("a second before: %v", a)
		}
		w.Advance(time.Second)
		settle()
		if a := detail(id); a.Int("pay_order.order_status") != 2 || a.At("pay_order.pay_channel") != nil || a.Int("pay_order.paid_time") != w.Clock.Now().Unix() {
			t.Errorf("72 hours later: %v", a)
		}
		free := h.signed("open_order", body(2, `,"user_count":10,"duration_days":30,"total_price":1`)).Text("order_id")
		if a := detail(free); a.Int("pay_order.paid_price") != 0 || a.Int("pay_order.origin_price") != 1 {
			t.Errorf("nobody pays: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+free+`"}`); a.Code() != 0 {
			t.Errorf("close_order: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+free+`"}`); a.Code() != 90311 {
			t.Errorf("close_order twice: %v", a)
		}
		for item, code := range map[string]int{
			`,"user_count":10,"duration_days":30`: 84109, `,"user_count":10,"duration_days":30,"total_price":500000001`: 84077, `,"user_count":10,"duration_days":30,"total_price":500000000`: 0,
			`,"duration_days":30,"total_price":1`: 84078, `,"user_count":10,"total_price":1`: 90305,
		} {
			if a := h.signed("open_order", body(0, item)); a.Code() != code {
				t.Errorf("%s: %v, want %d", item, a, code)
			}
		}
		list := h.signed("get_order_list", `{"limit":2,"business_type":2}`)
		rest := h.signed("get_order_list", `{"limit":2,"business_type":2,"cursor":"`+list.Text("next_cursor")+`"}`)
		if list.Int("has_more") != 1 || len(list.List("pay_order_list")) != 2 || rest.Int("has_more") != 0 || len(rest.List("pay_order_list")) != 1 || rest.Text("pay_order_list.0.order_id") != id {
			t.Errorf("get_order_list: %v, then %v", list, rest)
		}
		if a := h.signed("get_order_list", `{"limit":2,"business_type":1}`); len(a.List("pay_order_list")) != 0 {
			t.Errorf("of another business: %v", a)
		}
	})
}

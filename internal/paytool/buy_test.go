package paytool_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestWhatCanBeOrdered(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		discount := func(d string) string {
			return `,"user_count":1000,"duration_days":365,"discount_info":{` + d + `,"discount_remarks":"x"}`
		}
		items := func(n int) string {
			one := fmt.Sprintf(`{"suiteid":%q,"edition_id":%q,"user_count":1,"duration_days":1}`, h.Suite.SuiteID, h.edition)
			return fmt.Sprintf(`{"business_type":1,"pay_type":0,"product_list":{"third_app":{"order_type":0,"buy_info_list":[%s]}}}`, strings.TrimSuffix(strings.Repeat(one+",", n), ","))
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"paytool.maxItems, none", items(0), 90305},
			{"paytool.maxItems", items(20), 0},
			{"paytool.maxItems and one", items(21), 90305},
			{"no user", h.buy(0, "", `,"duration_days":1`), 84078},
			{"paytool.maxUsers", h.buy(0, "", `,"user_count":1000000,"duration_days":1`), 0},
			{"paytool.maxUsers and one", h.buy(0, "", `,"user_count":1000001,"duration_days":1`), 84078},
			{"no time", h.buy(0, "", `,"user_count":1`), 90305},
			{"paytool.maxDays", h.buy(0, "", `,"user_count":1,"duration_days":1825`), 0},
			{"paytool.maxDays and one", h.buy(0, "", `,"user_count":1,"duration_days":1826`), 90305},
			{"more users of nothing", h.buy(1, "", `,"user_count":1`), 84163},
			{"more time of nothing", h.buy(2, "", `,"duration_days":1`), 84163},
			{"another edition", h.buy(3, "", `,"duration_days":1`), 90305},
			{"paytool.minRatio", h.buy(0, "", discount(`"discount_type":2,"discount_ratio":10`)), 0},
			{"below paytool.minRatio", h.buy(0, "", discount(`"discount_type":2,"discount_ratio":9`)), 90305},
			{"paytool.maxRatio", h.buy(0, "", discount(`"discount_type":2,"discount_ratio":99`)), 0},
			{"above paytool.maxRatio", h.buy(0, "", discount(`"discount_type":2,"discount_ratio":100`)), 90305},
			{"paytool.maxDiscount", h.buy(0, "", discount(`"discount_type":1,"discount_amount":10000000`)), 0},
			{"paytool.maxDiscount and one", h.buy(0, "", discount(`"discount_type":1,"discount_amount":10000001`)), 90305},
			{"nine tenths", h.buy(0, "", `,"user_count":1,"duration_days":1,"discount_info":{"discount_type":1,"discount_amount":90,"discount_remarks":"x"}`), 0},
			{"more than nine tenths", h.buy(0, "", `,"user_count":1,"duration_days":1,"discount_info":{"discount_type":1,"discount_amount":91,"discount_remarks":"x"}`), 90305},
			{"no reason", h.buy(0, "", `,"user_count":1,"duration_days":1,"discount_info":{"discount_type":1,"discount_amount":1}`), 90305},
			{"paytool.maxReason", h.buy(0, "", `,"user_count":1,"duration_days":1,"discount_info":{"discount_type":1,"discount_amount":1,"discount_remarks":"`+strings.Repeat("x", 256)+`"}`), 0},
			{"paytool.maxReason and one", h.buy(0, "", `,"user_count":1,"duration_days":1,"discount_info":{"discount_type":1,"discount_amount":1,"discount_remarks":"`+strings.Repeat("x", 257)+`"}`), 90305},
			{"today", h.buy(0, "", `,"user_count":1,"duration_days":1,"take_effect_date":"20310106"`), 84160},
			{"tomorrow", h.buy(0, "", `,"user_count":1,"duration_days":1,"take_effect_date":"20310107"`), 0},
			{"within a year", h.buy(0, "", `,"user_count":1,"duration_days":1,"take_effect_date":"20320106"`), 0},
			{"later", h.buy(0, "", `,"user_count":1,"duration_days":1,"take_effect_date":"20320107"`), 84130},
			{"no day", h.buy(0, "", `,"user_count":1,"duration_days":1,"take_effect_date":"2031-1-7"`), 84130},
			{"nobody's edition", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.edition, "spnone", 1), 84079},
			{"nobody's suite", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.Suite.SuiteID, "ww0000000000000000", 1), 40083},
			{"nobody's enterprise", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.open, "wpnobody", 1), 40013},
			{"one that never dealt with the provider", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.open, w.Second.CorpID, 1), 84159},
			{"the enterprise's own corpid", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.open, w.CorpID, 1), 0},
			{"a stranger makes it", h.buy(0, `,"creator":"nobody"`, `,"user_count":1,"duration_days":1`), 90305},
			{"no way to pay", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), `"pay_type":0`, `"pay_type":3`, 1), 90305},
			{"the provider pays without a receipt", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), `"pay_type":0`, `"pay_type":1`, 1), 90305},
			{"a template's business", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), `"business_type":1`, `"business_type":2`, 1), 90305},
			{"an industry's", `{"business_type":3,"pay_type":0,"product_list":{"promotion_case":{"order_type":0,"case_id":"sl1","promotion_edition_name":"x"}}}`, 84079},
			{"no products", `{"business_type":1,"pay_type":0}`, 90305},
		} {
			if a := h.signed("open_order", tt.body); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		for limit, code := range map[int]int{0: 90305, 1: 0, 2000: 0, 2001: 90305} { // paytool.maxPage
			if a := h.signed("get_order_list", fmt.Sprintf(`{"limit":%d}`, limit)); a.Code() != code {
				t.Errorf("a page of %d: %v", limit, a)
			}
		}
		// Whoever takes an order that names nobody is its customer.
		got := h.signed("open_order", items(1))
		h.told()
		if status, _ := h.Attempt("order/pay", `{"order_id":"`+got.Text("order_id")+`"}`); status != 400 {
			t.Errorf("nobody takes it: %d", status)
		}
		h.Play("order/pay", `{"order_id":"`+got.Text("order_id")+`","corpid":"`+w.CorpID+`"}`)
		if told := h.told(); len(told) != 3 || told[0] != "open_order "+got.Text("order_id") {
			t.Errorf("told %q", told)
		}
	})
}

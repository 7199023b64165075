package paytool_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestInvoices(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		id := h.signed("open_order", h.buy(0, "", `,"user_count":1,"duration_days":365`)).Text("order_id")
		h.Play("order/pay", `{"order_id":"`+id+`"}`)
		ask := `{"order_id":"` + id + `","invoice_type":1,"invoice_title":"甲公司","tax_number":"9144","send_way":2,"receive_email":"a@b.example","paid":0}`
		ask = strings.Replace(ask, `,"paid":0`, "", 1)
		if status, _ := h.Attempt("order/invoice", ask); status != 400 {
			t.Errorf("within ten days: %d", status)
		}
		h.days(10)
		h.Play("order/invoice", ask)
		if status, _ := h.Attempt("order/invoice", ask); status != 400 {
			t.Errorf("asked for twice: %d", status)
		}
		list := func(body string) qiweitest.JSON {
			return h.Call("paytool/get_invoice_list", body)
		}
		now := w.Clock.Now().Unix()
		a := list(`{}`)
		if len(a.List("invoice_list")) != 1 || a.Text("invoice_list.0.order_id") != id || a.Text("invoice_list.0.custom_corpid") != h.open || a.Int("invoice_list.0.apply_time") != now ||
			a.Int("invoice_list.0.paid_price") != 36500 || a.Text("invoice_list.0.tax_number") != "9144" || a.Int("has_more") != 0 {
			t.Errorf("get_invoice_list: %v", a)
		}
		for body, n := range map[string]int{fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d}`, now): 1, fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, now+1, now+2): 0} {
			if a := list(body); a.Code() != 0 || len(a.List("invoice_list")) != n {
				t.Errorf("%s: %v, want %d", body, a, n)
			}
		}
		for body, code := range map[string]int{`{"start_time":1}`: 90305, `{"limit":0}`: 90305, `{"limit":1}`: 0, `{"limit":100}`: 0, `{"limit":101}`: 90305, `{"cursor":"x"}`: 90305} { // paytool.maxInvoices
			if a := list(body); a.Code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		mark := func(order, user, status, note string) int {
			return h.Call("paytool/mark_invoice_status", fmt.Sprintf(`{"order_id":%q,"oper_userid":%q,"invoice_status":%s,"invoice_note":%q}`, order, user, status, note)).Code()
		}
		for _, tt := range []struct {
			order, user, status, note string
			code                      int
		}{
			{"nonsense", "zhangsan", "1", "n", 84080}, {id, "nobody", "1", "n", 90305}, {id, "zhangsan", "4", "n", 90305}, {id, "zhangsan", "1", "", 90305},
			{id, "zhangsan", "3", strings.Repeat("n", 201), 90305}, {id, "zhangsan", "3", strings.Repeat("n", 200), 0}, // paytool.maxNote
		} {
			if got := mark(tt.order, tt.user, tt.status, tt.note); got != tt.code {
				t.Errorf("%+v: %d", tt, got)
			}
		}
		h.Play("order/invoice", ask) // a cancelled one is asked for again
		mark(id, "zhangsan", "2", "sent")
		if mark(id, "zhangsan", "1", "again") != 0 || list(`{}`).Int("invoice_list.0.invoice_status") != 2 || list(`{}`).Text("invoice_list.0.invoice_note") != "sent" {
			t.Errorf("an invoice that was made stays: %v", list(`{}`))
		}
	})
}

package licence_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// ordered places an order for the interface to conversations and returns its id.
func (h *house) ordered(kind int, archive string) string {
	h.T.Helper()
	return h.Must("advanced_api/create_order", h.advanced(kind, archive)).Text("order_id")
}

func (h *house) advanced(kind int, archive string) string {
	return fmt.Sprintf(`{"custom_corpid":%q,"buyer_userid":%q,"order_type":%d,"chat_archive_api":{%s}}`, h.open, buyer, kind, archive)
}

// bought are the editions that the customer has: edition, people and days from the start of the test on.
func (h *house) bought() string {
	h.T.Helper()
	var out []string
	day := func(at int64) int64 { return (at - midnight.Unix()) / 86400 }
	for _, e := range h.Must("advanced_api/get_corp_buy_info", `{"advanced_api_type":1,"custom_corpid":"`+h.open+`"}`).List("chat_archive_api_buy_info.edition_list") {
		e := qiweitest.JSON(e.(map[string]any))
		out = append(out, fmt.Sprintf("%d:%d:%d-%d", e.Int("edition"), e.Int("purchase_count"), day(e.Int("begin_time")), day(e.Int("end_time"))))
	}
	return strings.Join(out, " ")
}

// midnight is the beginning of the first day in China.
var midnight = func() time.Time {
	zone := time.FixedZone("", 8*3600)
	y, m, d := qiweitest.Start.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}()

// TestAdvancedOrders: new, more, upgraded, renewed, and what each needs (doc 100297).
func TestAdvancedOrders(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		refused := func(what string, kind int, archive string, code int) {
			t.Helper()
			if a := h.Call("advanced_api/create_order", h.advanced(kind, archive)); a.Code() != code {
				t.Errorf("%s: %v, want %d", what, a, code)
			}
		}
		pay := func(id string) {
			t.Helper()
			h.Play("advanced_pay", `{"order_id":"`+id+`"}`)
		}
		has := func(what, want string) {
			t.Helper()
			if got := h.bought(); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		refused("more of what was never bought", 1, `"edition":2,"purchase_count":1`, 701141)
		refused("a renewal of it", 2, `"edition":2`, 701141)
		refused("an upgrade of it", 3, `"edition":3,"purchase_count":1`, 701141)
		first := h.ordered(0, `"edition":2,"purchase_count":100`)
		refused("beside an unpaid one", 0, `"edition":3,"purchase_count":1`, 701143)
		pay(first)
		if a := h.Must("advanced_api/get_order", `{"order_id":"`+first+`"}`); a.Int("order.order_status") != 1 || a.Int("order.paid_price") != 36500 || a.Text("order.custom_corpid") != h.open ||
			a.Int("order.chat_archive_api.purchase_duration_days") != 365 || a.Int("order.chat_archive_api.take_effect_time") != midnight.Unix() {
			t.Errorf("get_order: %v", a)
		}
		has("bought", "2:100:0-365")
		refused("new, again", 0, `"edition":2,"purchase_count":1`, 701140)
		refused("a renewal that is too early", 2, `"edition":2`, 701149)
		pay(h.ordered(1, `"edition":2,"purchase_count":20`))
		has("more", "2:120:0-365")
		refused("more of another period", 1, `"edition":2,"purchase_count":20,"old_edition_info":{"begin_time":1,"end_time":2}`, 701141)
		refused("half a period", 1, `"edition":2,"purchase_count":20,"old_edition_info":{"begin_time":1}`, 40058)
		refused("an upgrade of more than there are", 3, `"edition":3,"purchase_count":121`, 701167)
		refused("a downgrade", 3, `"edition":2,"purchase_count":1`, 701164)
		upgrade := h.ordered(3, `"edition":3,"purchase_count":50`)
		pay(upgrade)
		has("upgraded", "2:70:0-365 3:50:0-365")
		if a := h.Must("advanced_api/get_order", `{"order_id":"`+upgrade+`"}`); a.Int("order.chat_archive_api.original_price") != 36500 || a.Int("order.paid_price") != 18250 {
			t.Errorf("the price of an upgrade: %v", a)
		}
		h.Days(305)
		renewal := h.ordered(2, `"edition":2`)
		pay(renewal)
		has("renewed", "2:70:0-365 2:70:365-730 3:50:0-365")
		refused("renewed, again", 2, `"edition":2`, 701149)
		h.Days(61)
		has("after the first period", "2:70:365-730 3:50:0-365")
		refused("more of what has ended", 1, `"edition":3,"purchase_count":1`, 701141)
		refused("a beginning in the past", 2, fmt.Sprintf(`"edition":3,"take_effect_time":%d`, midnight.Unix()), 701163)
		pay(h.ordered(2, fmt.Sprintf(`"edition":3,"purchase_count":5,"take_effect_time":%d`, midnight.AddDate(0, 0, 400).Unix())))
		has("renewed after its end", "2:70:365-730 3:5:400-765")
	})
}

// TestAdvancedPayment: from the balance, once, in time; refunds take back what was bought.
func TestAdvancedPayment(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		code := func(path, body string, want int) {
			t.Helper()
			if a := h.Call("advanced_api/"+path, body); a.Code() != want {
				t.Errorf("%s %s: %v, want %d", path, body, a, want)
			}
		}
		id := h.ordered(0, `"edition":2,"purchase_count":1`)
		pay := func(id string) string { return `{"payer_userid":"` + buyer + `","order_id":"` + id + `"}` }
		code("submit_pay", pay(id), 90432)
		h.Play("deposit", `{"suite_id":"`+h.Suite.SuiteID+`","amount":364}`)
		code("submit_pay", pay(id), 90433)
		h.Play("deposit", `{"suite_id":"`+h.Suite.SuiteID+`","amount":500}`)
		code("submit_pay", `{"payer_userid":"nobody","order_id":"`+id+`"}`, 701166)
		code("submit_pay", `{"order_id":"`+id+`"}`, 40063)
		code("submit_pay", pay("OAx"), 701005)
		var wg sync.WaitGroup
		codes := make(chan int, 2)
		for range 2 {
			wg.Go(func() { codes <- h.Call("advanced_api/submit_pay", pay(id)).Code() })
		}
		wg.Wait()
		if a, b := <-codes, <-codes; a+b != 701084 {
			t.Errorf("paid at once: %d and %d", a, b)
		}
		balance := func() int64 { return h.Must("service/get_account_balance", ``).Int("balance") }
		if b := balance(); b != 499 {
			t.Errorf("balance %d", b)
		}
		code("cancel_order", `{"order_id":"`+id+`"}`, 701169)
		h.Play("advanced_refund", `{"order_id":"`+id+`","outcome":"asked"}`)
		code("create_order", h.advanced(1, `"edition":2,"purchase_count":1`), 701143)
		h.Play("advanced_refund", `{"order_id":"`+id+`"}`)
		if status, text := h.Attempt("advanced_refund", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("refunded twice: %s", text)
		}
		if b := balance(); b != 864 || h.bought() != "" {
			t.Errorf("after the refund: balance %d, %q", b, h.bought())
		}
		late := h.ordered(0, `"edition":3,"purchase_count":1`)
		h.Days(7)
		code("submit_pay", pay(late), 701084)
		code("cancel_order", `{"order_id":"`+late+`"}`, 701169)
		if a := h.Must("advanced_api/list_order", `{"custom_corpid":"`+h.open+`","advanced_api_type":1,"limit":1}`); a.Int("order_list.0.order_status") != 5 || a.Int("has_more") != 1 {
			t.Errorf("list_order: %v", a)
		} else if b := h.Must("advanced_api/list_order", `{"custom_corpid":"`+h.open+`","limit":1,"cursor":"`+a.Text("next_cursor")+`"}`); b.Text("order_list.0.order_id") != late || b.Int("order_list.0.order_status") != 3 || b.Int("has_more") != 0 {
			t.Errorf("the next page: %v", b)
		}
		span := func(from, to time.Duration) string {
			return fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, qiweitest.Start.Add(from).Unix(), qiweitest.Start.Add(to).Unix())
		}
		if a := h.Must("advanced_api/list_order", span(time.Hour, 24*time.Hour)); len(a.List("order_list")) != 0 {
			t.Errorf("of another day: %v", a)
		}
		code("list_order", span(time.Hour, 0), 701100)
		code("list_order", `{"start_time":1}`, 701100)
		code("list_order", `{"limit":1001}`, 701101)
		code("get_order", `{"order_id":"x"}`, 701005)
		other := h.another()
		if a := h.Call("advanced_api/get_order"+"?provider_access_token="+other.Token, `{"order_id":"`+id+`"}`); a.Code() != 701005 {
			t.Errorf("another provider's: %v", a)
		}
		for what, body := range map[string]string{"no enterprise": `{"buyer_userid":"zhangsan"}`, "another interface": strings.Replace(h.advanced(0, `"edition":2,"purchase_count":1`), "{", `{"advanced_api_type":2,`, 1)} {
			if a := h.Call("advanced_api/create_order", body); a.Code() != map[string]int{"no enterprise": 41002, "another interface": 40058}[what] {
				t.Errorf("%s: %v", what, a)
			}
		}
		code("create_order", `{"custom_corpid":"`+h.open+`","buyer_userid":"zhangsan"}`, 701165)
		code("create_order", strings.Replace(h.advanced(0, `"edition":2,"purchase_count":1`), buyer, "nobody", 1), 701166)
		code("create_order", h.advanced(4, `"edition":2,"purchase_count":1`), 40058)
		code("create_order", h.advanced(0, `"edition":1,"purchase_count":1`), 40058)
		code("create_order", h.advanced(0, `"edition":2`), 40058)
		code("create_order", h.advanced(0, `"edition":3,"purchase_count":1000000`), 84077)
		for n, want := range map[int]int{999_999: 0, 1_000_000: 0, 1_000_001: 701167} {
			a := h.Call("advanced_api/create_order", h.advanced(0, fmt.Sprintf(`"edition":2,"purchase_count":%d`, n)))
			if a.Code() != want {
				t.Errorf("maxPeople, %d: %v, want %d", n, a, want)
			}
			if a.Code() == 0 {
				h.Must("advanced_api/cancel_order", `{"order_id":"`+a.Text("order_id")+`"}`)
			}
		}
		for n, want := range map[int]int{90: 0, 91: 701163} {
			a := h.Call("advanced_api/create_order", h.advanced(0, fmt.Sprintf(`"edition":2,"purchase_count":1,"take_effect_time":%d`, midnight.AddDate(0, 0, 7+n).Unix())))
			if a.Code() != want {
				t.Errorf("maxAhead, %d days: %v, want %d", n, a, want)
			}
		}
	})
}

// TestAdvancedPushes: the provider is told of payments, refunds, cancelled orders and what has ended.
func TestAdvancedPushes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		h.Play("advanced_trial", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","days":30}`)
		gone := h.ordered(0, `"edition":2,"purchase_count":1`)
		h.Must("advanced_api/cancel_order", `{"order_id":"`+gone+`"}`)
		back := h.ordered(0, `"edition":3,"purchase_count":1`)
		h.Play("advanced_pay", `{"order_id":"`+back+`"}`)
		h.Play("advanced_refund", `{"order_id":"`+back+`"}`)
		kept := h.ordered(0, `"edition":2,"purchase_count":1`)
		h.Play("advanced_pay", `{"order_id":"`+kept+`"}`)
		h.Delivered()
		for _, n := range []int{31, 335} {
			h.Days(n)
			if err := w.Server.Licences.Work(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.Delivered()
		}
		stamp := regexp.MustCompile(`<TimeStamp>\d+`)
		names := strings.NewReplacer(h.Provider.CorpID, "PROVIDER", h.open, "CORPID", gone, "ORDER1", back, "ORDER2", kept, "ORDER3")
		var got strings.Builder
		for _, p := range h.System.Take() {
			got.WriteString(stamp.ReplaceAllString(names.Replace(p.XML()), "<TimeStamp>1000000000") + "\n")
		}
		qiweitest.Golden(t, "push/advanced.txt", got.String())
	})
}

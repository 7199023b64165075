package paytool_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/paytool"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider that sells an application to
// the first.
type house struct {
	*qiweitest.World
	t        *testing.T
	provider suite.Provider
	suite    suite.Suite
	commands *qiweitest.Receiver
	open     string // what the provider knows the enterprise by
	code     string // permanent code
	edition  string
	key      string // payment key
	token    string // of the provider
	bySuite  string
	nonce    int
}

func open(t *testing.T, w *qiweitest.World, kind access.Kind) *house {
	t.Helper()
	h := &house{World: w, t: t, commands: w.Receiver()}
	h.commands.Always(qiweitest.Text(200, "success"))
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if h.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
			return err
		}
		h.suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: kind, Settings: suite.Settings{Name: "报表"}})
		return err
	})
	var err error
	if h.suite, err = w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
		SuiteID: h.suite.SuiteID, CommandURL: h.commands.URL, Token: h.commands.Token, AESKey: h.commands.AESKey,
	}); err != nil {
		t.Fatal(err)
	}
	var in struct {
		Code string `json:"auth_code"`
		Open string `json:"open_corpid"`
	}
	h.script("install", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+w.CorpID+`"}`, &in)
	h.open = in.Open
	h.signIn()
	h.code = h.must("service/get_permanent_code?suite_access_token="+h.bySuite, `{"auth_code":"`+in.Code+`"}`).text("permanent_code")
	h.key = h.scripted("payment_key", `{"provider":"`+h.provider.CorpID+`"}`).text("payment_key")
	h.told()
	return h
}

// signIn fetches both tokens again, which two hours end.
func (h *house) signIn() {
	h.t.Helper()
	h.token = h.must("service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).text("provider_access_token")
	ticket := h.scripted("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`).text("suite_ticket")
	h.bySuite = h.must("service/get_suite_token", `{"suite_id":"`+h.suite.SuiteID+`","suite_secret":"`+h.suite.Secret+`","suite_ticket":"`+ticket+`"}`).text("suite_access_token")
}

// told returns what the suite was told since, without its tickets: the kind and the
// order.
func (h *house) told() (out []string) {
	h.t.Helper()
	h.Delivered()
	for _, p := range h.commands.Take() {
		if kind := p.Field("InfoType"); kind != "suite_ticket" {
			out = append(out, strings.TrimSpace(kind+" "+p.Field("OrderId")+p.Field("NewOrderId")))
		}
	}
	return out
}

func (h *house) days(n int) {
	h.t.Helper()
	h.Delivered() // before the clock moves
	h.Advance(time.Duration(n) * 24 * time.Hour)
	h.signIn()
}

// answer is what was answered, member by member.
type answer map[string]any

func (a answer) code() int { n, _ := a["errcode"].(float64); return int(n) }

func (a answer) text(path string) string {
	if v := a.at(path); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

func (a answer) int(path string) int64 { n, _ := a.at(path).(float64); return int64(n) }

func (a answer) list(path string) []any { l, _ := a.at(path).([]any); return l }

func (a answer) at(path string) any {
	var v any = map[string]any(a)
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (h *house) call(path, body string) (a answer) {
	h.t.Helper()
	h.Send("POST", "/cgi-bin/"+path, body).Decode(&a)
	return a
}

func (h *house) must(path, body string) answer {
	h.t.Helper()
	a := h.call(path, body)
	if a.code() != 0 {
		h.t.Fatalf("%s %s: %v", path, body, a)
	}
	return a
}

func (h *house) post(name, body string) (status int, text string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/providers/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(out)
}

func (h *house) script(name, body string, into any) {
	h.t.Helper()
	status, text := h.post(name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) scripted(name, body string) (a answer) {
	h.t.Helper()
	h.script(name, body, &a)
	return a
}

// sell gives the suite a trial of so many days, and an edition of 365 yuan a user and
// year.
func (h *house) sell(trial int) {
	h.t.Helper()
	h.edition = h.scripted("edition", fmt.Sprintf(`{"suite_id":%q,"trial_days":%d,"name":"协同版","price":36500}`, h.suite.SuiteID, trial)).text("edition_id")
}

// signed makes a call of the provider's that is signed as page 98768 says, by another
// program's reading of it.
func (h *house) signed(path, body string) answer {
	h.t.Helper()
	h.nonce++
	return h.signedBy(h.key, fmt.Sprintf("nonce%d", h.nonce), h.Clock.Now().Unix(), path, body)
}

func (h *house) signedBy(key, nonce string, ts int64, path, body string) answer {
	h.t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		h.t.Fatalf("%v in %s", err, body)
	}
	tree["nonce_str"], tree["ts"] = nonce, json.Number(fmt.Sprint(ts))
	var pairs []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				walk(k, inner)
			}
		case []any:
			for _, inner := range v {
				walk(key, inner)
			}
		default:
			if text := fmt.Sprint(v); text != "" {
				pairs = append(pairs, key+"="+text)
			}
		}
	}
	walk("", tree)
	sort.Strings(pairs)
	tree["sig"] = paytool.Sign(key, strings.Join(pairs, "&"))
	text, err := json.Marshal(tree)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.call("paytool/"+path+"?provider_access_token="+h.token, string(text))
}

// buy is an order of the provider's for third-party applications.
func (h *house) buy(kind int, more, item string) string {
	return fmt.Sprintf(`{"business_type":1,"pay_type":0,"custom_corpid":%q%s,"product_list":{"third_app":{"order_type":%d,"buy_info_list":[{"suiteid":%q,"edition_id":%q%s}]}}}`,
		h.open, more, kind, h.suite.SuiteID, h.edition, item)
}

// info is the edition that the suite is told of.
func (h *house) info() answer {
	h.t.Helper()
	return h.must("service/get_auth_info?suite_access_token="+h.bySuite, `{"auth_corpid":"`+h.open+`","permanent_code":"`+h.code+`"}`)
}

// TestSignature: the sample of page 98768 has the signature that the page prints, and a
// signed call is good once, within 15 minutes.
func TestSignature(t *testing.T) {
	t.Parallel()
	got := paytool.Sign("at23pxnPBNQY3JiA8N5U1gabiQqxZwqH_Gihg7a_wrULmlOPVP-iiRjv9JWYPrDk",
		"buyer_corpid=ww66302cfadbdd3c64&buyer_userid=invitetest&nonce_str=129031823&num=3&orderid=ord7&product_detail=product_detail_xxx&product_id=product_id_xxx&product_name=product_name_xxx&ts=1548302135&unit_name=台&unit_price=1")
	if got != "/WTXl/L2kJCYKJE5yY2JZvPq3rUjFf/pf39UhyJ2GUo=" {
		t.Errorf("the sample is signed %s", got)
	}
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		now := w.Clock.Now().Unix()
		for _, tt := range []struct {
			what, key, nonce string
			ts               int64
			code             int
		}{
			{"good", h.key, "a", now, 0},
			{"again", h.key, "a", now, 90318},
			{"no nonce", h.key, "", now, 90318},
			{"a nonce of 32 bytes", h.key, strings.Repeat("n", 32), now, 0},
			{"a nonce of 33", h.key, strings.Repeat("n", 33), now, 90318},
			{"no time", h.key, "b", 0, 90319},
			{"15 minutes off", h.key, "c", now - 900, 0},
			{"a second more", h.key, "d", now - 901, 90319},
			{"ahead", h.key, "e", now + 900, 0},
			{"too far ahead", h.key, "f", now + 901, 90319},
			{"another key", h.key + "x", "g", now, 49004},
		} {
			if a := h.signedBy(tt.key, tt.nonce, tt.ts, "get_order_list", `{"limit":10,"unknown":{"list":[{"b":"","a":1.50},{"a":true}]}}`); a.code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		w.Advance(15*time.Minute + time.Second)
		if a := h.signedBy(h.key, "a", w.Clock.Now().Unix(), "get_order_list", `{"limit":10}`); a.code() != 0 {
			t.Errorf("the nonce a quarter of an hour later: %v", a)
		}
	})
}

// TestOrderOfTheProvider walks an order from its making to the end of the edition.
func TestOrderOfTheProvider(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		if a := h.info(); a.at("edition_info") != nil {
			t.Errorf("nothing is sold: %v", a)
		}
		h.sell(7)
		begin := w.Clock.Now().Unix()
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 1 || a.int("edition_info.agent.0.expired_time") != begin+7*86400 {
			t.Errorf("a trial: %v", a)
		}
		got := h.signed("open_order", h.buy(0, "", `,"user_count":2,"duration_days":30,"discount_info":{"discount_type":2,"discount_ratio":75,"discount_remarks":"老客户优惠"}`))
		id := got.text("order_id")
		if got.code() != 0 || got.int("origin_price") != 2*30*100 || got.int("paid_price") != 2*30*75 || !strings.HasPrefix(got.text("order_url"), w.URL+"/payforapp/") {
			t.Fatalf("open_order: %v", got)
		}
		if told := h.told(); !slices.Equal(told, []string{"open_order " + id}) {
			t.Errorf("told %q", told)
		}
		order := func() answer {
			return h.must("service/get_order?suite_access_token="+h.bySuite, `{"orderid":"`+id+`"}`)
		}
		if a := order(); a.int("order_status") != 0 || a.text("paid_corpid") != h.open || a.int("order_from") != 3 || a.at("operator_id") != nil || a.text("edition_name") != "协同版" || a.int("price") != 4500 || a.at("paid_time") != nil {
			t.Errorf("get_order: %v", a)
		}
		detail := func() answer { return h.signed("get_order_detail", `{"order_id":"`+id+`"}`) }
		if a := detail(); a.int("pay_order.order_status") != 1 || a.int("pay_order.order_from") != 2 || a.text("pay_order.buy_content") != "报表 2人 30天" ||
			a.text("pay_order.product_list.third_app.buy_info_list.0.suiteid") != h.suite.SuiteID || a.at("pay_order.product_list.customized_app") != nil {
			t.Errorf("get_order_detail: %v", a)
		}
		h.script("order/pay", `{"order_id":"`+id+`","pay_channel":2}`, nil)
		if status, text := h.post("order/pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("an order was paid twice: %s", text)
		}
		if told := h.told(); !slices.Equal(told, []string{"pay_for_app_success " + id, "change_editon"}) {
			t.Errorf("told %q", told)
		}
		if a := order(); a.int("order_status") != 1 || a.int("begin_time") != begin || a.int("end_time") != begin+30*86400 || a.int("paid_time") != begin {
			t.Errorf("get_order: %v", a)
		}
		if a := detail(); a.int("pay_order.order_status") != 2 || a.int("pay_order.pay_channel") != 2 || a.text("pay_order.channel_order_id") == "" || a.at("pay_order.income_time") != nil {
			t.Errorf("get_order_detail: %v", a)
		}
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 3 || a.text("edition_info.agent.0.edition_id") != h.edition || a.int("edition_info.agent.0.user_limit") != 2 || a.int("edition_info.agent.0.expired_time") != begin+30*86400 {
			t.Errorf("paid for: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+id+`"}`); a.code() != 84088 {
			t.Errorf("close_order of a paid order: %v", a)
		}
		// More users, then more time.
		h.days(10)
		more := h.signed("open_order", h.buy(1, "", `,"user_count":3`))
		if more.code() != 0 || more.int("origin_price") != 3*20*100 {
			t.Fatalf("more users: %v", more)
		}
		h.script("order/pay", `{"order_id":"`+more.text("order_id")+`"}`, nil)
		time30 := h.signed("open_order", h.buy(2, "", `,"duration_days":30`))
		if time30.code() != 0 || time30.int("origin_price") != 5*30*100 {
			t.Fatalf("more time: %v", time30)
		}
		h.script("order/pay", `{"order_id":"`+time30.text("order_id")+`"}`, nil)
		if a := h.info(); a.int("edition_info.agent.0.user_limit") != 5 || a.int("edition_info.agent.0.expired_time") != begin+60*86400 {
			t.Errorf("more of both: %v", a)
		}
		if a := detail(); a.int("pay_order.order_status") != 7 || a.int("pay_order.income_amount") != 4500 || a.int("pay_order.income_time") != begin+10*86400 {
			t.Errorf("ten days later the money is the provider's: %v", a)
		}
		h.days(21) // in the second month
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 3 || a.int("edition_info.agent.0.user_limit") != 5 {
			t.Errorf("in the second month: %v", a)
		}
		h.days(29)
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 4 {
			t.Errorf("the end: %v", a)
		}
		if a := h.signed("open_order", h.buy(1, "", `,"user_count":3`)); a.code() != 84102 {
			t.Errorf("more users of what has ended: %v", a)
		}
	})
}

// TestOrderOfTheCustomer: the customer orders in the market, the provider changes the
// price, and a refund ends what was bought.
func TestOrderOfTheCustomer(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(0)
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 5 {
			t.Errorf("a trial without an end: %v", a)
		}
		buy := fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"lisi","edition_id":%q,"user_count":10,"duration_days":365}`, h.suite.SuiteID, w.CorpID, h.edition)
		id := h.scripted("order", buy).text("order_id")
		order := func(id string) answer {
			return h.call("service/get_order?suite_access_token="+h.bySuite, `{"orderid":"`+id+`"}`)
		}
		a := order(id)
		if a.int("price") != 365000 || a.int("order_from") != 0 || !strings.HasPrefix(a.text("operator_id"), "wo") || a.text("operator_corpid") != h.open || len(id) > 32 {
			t.Errorf("get_order: %v", a)
		}
		for price, want := range map[int]int{365001: 400, 255499: 400} { // 70 hundredths and the price itself
			if status, _ := h.post("order/change", fmt.Sprintf(`{"order_id":%q,"price":%d}`, id, price)); status != want {
				t.Errorf("a price of %d: %d", price, status)
			}
		}
		next := h.scripted("order/change", fmt.Sprintf(`{"order_id":%q,"price":255500}`, id)).text("order_id")
		if gone, now := order(id), order(next); gone.code() != 90300 || now.int("price") != 255500 {
			t.Errorf("after the change: %v, %v", gone, now)
		}
		h.script("order/pay", `{"order_id":"`+next+`"}`, nil)
		list := h.must("service/get_order_list?suite_access_token="+h.bySuite, fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d}`, w.Clock.Now().Unix()))
		if len(list.list("order_list")) != 1 || list.text("order_list.0.orderid") != next {
			t.Errorf("get_order_list: %v", list)
		}
		for body, code := range map[string]int{`{}`: 90305, `{"start_time":2,"end_time":1}`: 90305, `{"start_time":1,"end_time":2,"test_mode":2}`: 90305, `{"start_time":1,"end_time":2}`: 0} {
			if a := h.call("service/get_order_list?suite_access_token="+h.bySuite, body); a.code() != code || len(a.list("order_list")) != 0 {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		h.script("order/refund", `{"order_id":"`+next+`","outcome":"asked"}`, nil)
		if a := order(next); a.int("order_status") != 4 {
			t.Errorf("a refund was asked for: %v", a)
		}
		h.told()
		h.days(5)
		if err := w.Server.Paytool.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if a := order(next); a.int("order_status") != 5 || h.info().int("edition_info.agent.0.app_status") != 5 {
			t.Errorf("nobody has granted it for five days: %v", a)
		}
		if told := h.told(); !slices.Equal(told, []string{"refund " + next, "change_editon"}) {
			t.Errorf("told %q", told)
		}
		// A test order is in the other list.
		test := h.scripted("order", strings.TrimSuffix(buy, "}")+`,"test":true}`).text("order_id")
		for mode, want := range map[int]int{0: 0, 1: 1} {
			list := h.must("service/get_order_list?suite_access_token="+h.bySuite, fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d,"test_mode":%d}`, w.Clock.Now().Unix(), mode))
			if len(list.list("order_list")) != want {
				t.Errorf("test_mode %d: %v", mode, list)
			}
		}
		h.script("order/cancel", `{"order_id":"`+test+`"}`, nil)
		if told := h.told(); !slices.Equal(told, []string{"open_order " + test, "cancel_order " + test}) {
			t.Errorf("told %q", told)
		}
		late := h.scripted("order", buy).text("order_id")
		h.days(10)
		if status, _ := h.post("order/pay", `{"order_id":"`+late+`"}`); status == 200 || order(late).int("order_status") != 3 {
			t.Errorf("an order can be paid for late: %v", order(late))
		}
		// Another suite's token reads none of it.
		other := *h
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			other.suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "别的"}})
			return err
		})
		other.signIn()
		if a := h.call("service/get_order?suite_access_token="+other.bySuite, `{"orderid":"`+next+`"}`); a.code() != 90300 {
			t.Errorf("another suite: %v", a)
		}
	})
}

// TestConfirmation: an order that nobody pays here is the customer's to confirm, and
// confirms itself after 72 hours.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.Custom)
		body := func(pay int, item string) string {
			return fmt.Sprintf(`{"business_type":2,"pay_type":%d,"custom_corpid":%q,"bank_receipt_media_id":"m","creator":"zhangsan","product_list":{"customized_app":{"order_type":0,"buy_info_list":[{"suiteid":%q%s}]}}}`,
				pay, h.open, h.suite.SuiteID, item)
		}
		got := h.signed("open_order", body(1, `,"user_count":10,"duration_days":30,"total_price":250000`))
		id := got.text("order_id")
		if got.code() != 0 || got.int("origin_price") != 250000 || got.int("paid_price") != 250000 {
			t.Fatalf("open_order: %v", got)
		}
		detail := func(id string) answer { return h.signed("get_order_detail", `{"order_id":"`+id+`"}`) }
		if a := detail(id); a.int("pay_order.order_status") != 8 || a.text("pay_order.creator") != "zhangsan" || a.text("pay_order.product_list.customized_app.buy_info_list.0.suiteid") != h.suite.SuiteID {
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
		if a := detail(id); a.int("pay_order.order_status") != 8 {
			t.Errorf("a second before: %v", a)
		}
		w.Advance(time.Second)
		settle()
		if a := detail(id); a.int("pay_order.order_status") != 2 || a.at("pay_order.pay_channel") != nil || a.int("pay_order.paid_time") != w.Clock.Now().Unix() {
			t.Errorf("72 hours later: %v", a)
		}
		free := h.signed("open_order", body(2, `,"user_count":10,"duration_days":30,"total_price":1`)).text("order_id")
		if a := detail(free); a.int("pay_order.paid_price") != 0 || a.int("pay_order.origin_price") != 1 {
			t.Errorf("nobody pays: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+free+`"}`); a.code() != 0 {
			t.Errorf("close_order: %v", a)
		}
		if a := h.signed("close_order", `{"order_id":"`+free+`"}`); a.code() != 90311 {
			t.Errorf("close_order twice: %v", a)
		}
		for item, code := range map[string]int{
			`,"user_count":10,"duration_days":30`: 84109, `,"user_count":10,"duration_days":30,"total_price":500000001`: 84077, `,"user_count":10,"duration_days":30,"total_price":500000000`: 0,
			`,"duration_days":30,"total_price":1`: 84078, `,"user_count":10,"total_price":1`: 90305,
		} {
			if a := h.signed("open_order", body(0, item)); a.code() != code {
				t.Errorf("%s: %v, want %d", item, a, code)
			}
		}
		list := h.signed("get_order_list", `{"limit":2,"business_type":2}`)
		rest := h.signed("get_order_list", `{"limit":2,"business_type":2,"cursor":"`+list.text("next_cursor")+`"}`)
		if list.int("has_more") != 1 || len(list.list("pay_order_list")) != 2 || rest.int("has_more") != 0 || len(rest.list("pay_order_list")) != 1 || rest.text("pay_order_list.0.order_id") != id {
			t.Errorf("get_order_list: %v, then %v", list, rest)
		}
		if a := h.signed("get_order_list", `{"limit":2,"business_type":1}`); len(a.list("pay_order_list")) != 0 {
			t.Errorf("of another business: %v", a)
		}
	})
}

// TestWhatCanBeOrdered walks the parameters of open_order at their bounds.
func TestWhatCanBeOrdered(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		discount := func(d string) string {
			return `,"user_count":1000,"duration_days":365,"discount_info":{` + d + `,"discount_remarks":"x"}`
		}
		items := func(n int) string {
			one := fmt.Sprintf(`{"suiteid":%q,"edition_id":%q,"user_count":1,"duration_days":1}`, h.suite.SuiteID, h.edition)
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
			{"nobody's suite", strings.Replace(h.buy(0, "", `,"user_count":1,"duration_days":1`), h.suite.SuiteID, "ww0000000000000000", 1), 40083},
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
			if a := h.signed("open_order", tt.body); a.code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		for limit, code := range map[int]int{0: 90305, 1: 0, 2000: 0, 2001: 90305} { // paytool.maxPage
			if a := h.signed("get_order_list", fmt.Sprintf(`{"limit":%d}`, limit)); a.code() != code {
				t.Errorf("a page of %d: %v", limit, a)
			}
		}
		// Whoever takes an order that names nobody is its customer.
		got := h.signed("open_order", items(1))
		h.told()
		if status, _ := h.post("order/pay", `{"order_id":"`+got.text("order_id")+`"}`); status != 400 {
			t.Errorf("nobody takes it: %d", status)
		}
		h.script("order/pay", `{"order_id":"`+got.text("order_id")+`","corpid":"`+w.CorpID+`"}`, nil)
		if told := h.told(); len(told) != 3 || told[0] != "open_order "+got.text("order_id") {
			t.Errorf("told %q", told)
		}
	})
}

// TestTrial: a trial is prolonged up to 60 days in all, and the suite is told when it
// ends.
func TestTrial(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // whose installation ends its trial, too
		h := open(t, w, access.ThirdParty)
		prolong := func(days string) answer {
			return h.call("service/prolong_try?suite_access_token="+h.bySuite, `{"buyer_corpid":"`+h.open+`","prolong_days":`+days+`}`)
		}
		if a := prolong("1"); a.code() != 90351 {
			t.Errorf("nothing is sold: %v", a)
		}
		begin := w.Clock.Now().Unix()
		h.sell(7)
		sweep := func() {
			t.Helper()
			if err := w.Server.Paytool.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		for days, code := range map[string]int{"0": 90305, "-1": 90305, "54": 90352} { // 7 and 53 are paytool.maxTrial
			if a := prolong(days); a.code() != code {
				t.Errorf("%s days: %v, want %d", days, a, code)
			}
		}
		if a := prolong("13"); a.code() != 0 || a.int("try_end_time") != begin+20*86400 {
			t.Errorf("13 days: %v", a)
		}
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) {
			t.Errorf("told %q", told)
		}
		h.days(20)
		sweep()
		sweep()
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) || h.info().int("edition_info.agent.0.app_status") != 2 {
			t.Errorf("told %q of the end", told)
		}
		if a := prolong("40"); a.code() != 0 || a.int("try_end_time") != begin+60*86400 || h.info().int("edition_info.agent.0.app_status") != 1 {
			t.Errorf("after the end, up to 60: %v", a)
		}
		if a := prolong("1"); a.code() != 90352 {
			t.Errorf("61: %v", a)
		}
		if a := h.call("service/prolong_try?suite_access_token="+h.bySuite, `{"buyer_corpid":"wpnobody","prolong_days":1}`); a.code() != 48004 {
			t.Errorf("nobody: %v", a)
		}
		// More users than were bought: told in the afternoon, and after seven days it is serious.
		order := h.signed("open_order", h.buy(0, "", `,"user_count":2,"duration_days":300`)).text("order_id")
		h.script("order/pay", `{"order_id":"`+order+`"}`, nil)
		h.told()
		sweep() // it is five in the afternoon
		if told := h.told(); !slices.Equal(told, []string{"change_editon"}) || h.info().int("edition_info.agent.0.app_status") != 6 {
			t.Errorf("told %q of too many users: %v", told, h.info())
		}
		h.days(7)
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 7 {
			t.Errorf("a week later: %v", a)
		}
		if a := prolong("1"); a.code() != 90351 {
			t.Errorf("a trial of what was bought: %v", a)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		sweep()
		if a := h.info(); a.int("edition_info.agent.0.app_status") != 3 {
			t.Errorf("two users: %v", a)
		}
	})
}

// TestInvoices: a customer asks for an invoice once the money is the provider's.
func TestInvoices(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		id := h.signed("open_order", h.buy(0, "", `,"user_count":1,"duration_days":365`)).text("order_id")
		h.script("order/pay", `{"order_id":"`+id+`"}`, nil)
		ask := `{"order_id":"` + id + `","invoice_type":1,"invoice_title":"甲公司","tax_number":"9144","send_way":2,"receive_email":"a@b.example","paid":0}`
		ask = strings.Replace(ask, `,"paid":0`, "", 1)
		if status, _ := h.post("order/invoice", ask); status != 400 {
			t.Errorf("within ten days: %d", status)
		}
		h.days(10)
		h.script("order/invoice", ask, nil)
		if status, _ := h.post("order/invoice", ask); status != 400 {
			t.Errorf("asked for twice: %d", status)
		}
		list := func(body string) answer {
			return h.call("paytool/get_invoice_list?provider_access_token="+h.token, body)
		}
		now := w.Clock.Now().Unix()
		a := list(`{}`)
		if len(a.list("invoice_list")) != 1 || a.text("invoice_list.0.order_id") != id || a.text("invoice_list.0.custom_corpid") != h.open || a.int("invoice_list.0.apply_time") != now ||
			a.int("invoice_list.0.paid_price") != 36500 || a.text("invoice_list.0.tax_number") != "9144" || a.int("has_more") != 0 {
			t.Errorf("get_invoice_list: %v", a)
		}
		for body, n := range map[string]int{fmt.Sprintf(`{"start_time":%d,"end_time":%[1]d}`, now): 1, fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, now+1, now+2): 0} {
			if a := list(body); a.code() != 0 || len(a.list("invoice_list")) != n {
				t.Errorf("%s: %v, want %d", body, a, n)
			}
		}
		for body, code := range map[string]int{`{"start_time":1}`: 90305, `{"limit":0}`: 90305, `{"limit":1}`: 0, `{"limit":100}`: 0, `{"limit":101}`: 90305, `{"cursor":"x"}`: 90305} { // paytool.maxInvoices
			if a := list(body); a.code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		mark := func(order, user, status, note string) int {
			return h.call("paytool/mark_invoice_status?provider_access_token="+h.token, fmt.Sprintf(`{"order_id":%q,"oper_userid":%q,"invoice_status":%s,"invoice_note":%q}`, order, user, status, note)).code()
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
		h.script("order/invoice", ask, nil) // a cancelled one is asked for again
		mark(id, "zhangsan", "2", "sent")
		if mark(id, "zhangsan", "1", "again") != 0 || list(`{}`).int("invoice_list.0.invoice_status") != 2 || list(`{}`).text("invoice_list.0.invoice_note") != "sent" {
			t.Errorf("an invoice that was made stays: %v", list(`{}`))
		}
	})
}

// TestPushes compares what a suite is told with testdata/push, which is held against the
// pages.
func TestPushes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		buy := fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"lisi","edition_id":%q,"user_count":10,"duration_days":365}`, h.suite.SuiteID, w.CorpID, h.edition)
		first := h.scripted("order", buy).text("order_id")
		second := h.scripted("order/change", fmt.Sprintf(`{"order_id":%q,"price":300000}`, first)).text("order_id")
		h.script("order/pay", `{"order_id":"`+second+`"}`, nil)
		h.script("order/refund", `{"order_id":"`+second+`"}`, nil)
		third := h.signed("open_order", h.buy(0, "", `,"user_count":1,"duration_days":365`)).text("order_id")
		h.signed("close_order", `{"order_id":"`+third+`"}`)
		h.Delivered()
		var got strings.Builder
		names := strings.NewReplacer(h.suite.SuiteID, "SUITE", h.open, "CORPID", first, "ORDER1", second, "ORDER2", third, "ORDER3", fmt.Sprint(w.Clock.Now().Unix()), "1000000000")
		for _, p := range h.commands.Take() {
			text := names.Replace(p.XML())
			if id := p.Field("OperatorId"); id != "" {
				text = strings.Replace(text, id, "LISI", 1)
			}
			if p.Field("InfoType") != "suite_ticket" {
				got.WriteString(text + "\n")
			}
		}
		want, err := os.ReadFile("testdata/push/suite.txt")
		if err != nil || string(want) != got.String() {
			t.Errorf("testdata/push/suite.txt differs (%v); it is now\n%s", err, got.String())
		}
	})
}

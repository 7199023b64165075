package paytool_test

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/paytool"
	"qiwei/qiweitest"
)

// house is a provider that sells its suite to the first enterprise.
type house struct {
	qiweitest.Seller
	open    string // what the provider knows the enterprise by
	code    string // permanent code
	edition string
	key     string // payment key
	bySuite string // suite_access_token
	nonce   int
}

func open(t *testing.T, w *qiweitest.World, kind access.Kind) *house {
	t.Helper()
	h := &house{Seller: w.Seller(kind)}
	in := h.Install(w.CorpID)
	h.open = in.Text("open_corpid")
	h.signIn()
	h.code = h.Must("service/get_permanent_code?suite_access_token="+h.bySuite, `{"auth_code":"`+in.Text("auth_code")+`"}`).Text("permanent_code")
	h.key = h.Play("payment_key", `{"provider":"`+h.Provider.CorpID+`"}`).Text("payment_key")
	h.told()
	return h
}

// signIn fetches the provider's token and the suite's, which two hours end.
func (h *house) signIn() {
	h.T.Helper()
	h.SignIn()
	ticket := h.Play("ticket", `{"suite_id":"`+h.Suite.SuiteID+`"}`).Text("suite_ticket")
	h.bySuite = h.Must("service/get_suite_token?", `{"suite_id":"`+h.Suite.SuiteID+`","suite_secret":"`+h.Suite.Secret+`","suite_ticket":"`+ticket+`"}`).Text("suite_access_token")
}

// told returns what the suite was told since, without its tickets: the kind and the
// order.
func (h *house) told() (out []string) {
	h.T.Helper()
	h.Delivered()
	for _, p := range h.Commands.Take() {
		if kind := p.Field("InfoType"); kind != "suite_ticket" {
			out = append(out, strings.TrimSpace(kind+" "+p.Field("OrderId")+p.Field("NewOrderId")))
		}
	}
	return out
}

func (h *house) days(n int) {
	h.T.Helper()
	h.Delivered() // before the clock moves
	h.Advance(time.Duration(n) * 24 * time.Hour)
	h.signIn()
}

// sell gives the suite a trial of so many days, and an edition of 365 yuan a user and
// year.
func (h *house) sell(trial int) {
	h.T.Helper()
	h.edition = h.Play("edition", fmt.Sprintf(`{"suite_id":%q,"trial_days":%d,"name":"协同版","price":36500}`, h.Suite.SuiteID, trial)).Text("edition_id")
}

// signed makes a call of the provider's that is signed as page 98768 says, by another
// program's reading of it.
func (h *house) signed(path, body string) qiweitest.JSON {
	h.T.Helper()
	h.nonce++
	return h.signedBy(h.key, fmt.Sprintf("nonce%d", h.nonce), h.Clock.Now().Unix(), path, body)
}

func (h *house) signedBy(key, nonce string, ts int64, path, body string) qiweitest.JSON {
	h.T.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		h.T.Fatalf("%v in %s", err, body)
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
		h.T.Fatal(err)
	}
	return h.Call("paytool/"+path, string(text))
}

// buy is an order of the provider's for third-party applications.
func (h *house) buy(kind int, more, item string) string {
	return fmt.Sprintf(`{"business_type":1,"pay_type":0,"custom_corpid":%q%s,"product_list":{"third_app":{"order_type":%d,"buy_info_list":[{"suiteid":%q,"edition_id":%q%s}]}}}`,
		h.open, more, kind, h.Suite.SuiteID, h.edition, item)
}

// info is the edition that the suite is told of.
func (h *house) info() qiweitest.JSON {
	h.T.Helper()
	return h.Must("service/get_auth_info?suite_access_token="+h.bySuite, `{"auth_corpid":"`+h.open+`","permanent_code":"`+h.code+`"}`)
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
			if a := h.signedBy(tt.key, tt.nonce, tt.ts, "get_order_list", `{"limit":10,"unknown":{"list":[{"b":"","a":1.50},{"a":true}]}}`); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		w.Advance(15*time.Minute + time.Second)
		if a := h.signedBy(h.key, "a", w.Clock.Now().Unix(), "get_order_list", `{"limit":10}`); a.Code() != 0 {
			t.Errorf("the nonce a quarter of an hour later: %v", a)
		}
	})
}

// TestOrderOfTheProvider walks an order from its making to the end of the edition.
// TestOrderOfTheCustomer: the customer orders in the market, the provider changes the
// price, and a refund ends what was bought.
// TestConfirmation: an order that nobody pays here is the customer's to confirm, and
// confirms itself after 72 hours.
// TestWhatCanBeOrdered walks the parameters of open_order at their bounds.
// TestTrial: a trial is prolonged up to 60 days in all, and the suite is told when it
// ends.
// TestInvoices: a customer asks for an invoice once the money is the provider's.
// TestPushes compares what a suite is told with testdata/push, which is held against the
// pages.
func TestPushes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.sell(7)
		buy := fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"lisi","edition_id":%q,"user_count":10,"duration_days":365}`, h.Suite.SuiteID, w.CorpID, h.edition)
		first := h.Play("order", buy).Text("order_id")
		second := h.Play("order/change", fmt.Sprintf(`{"order_id":%q,"price":300000}`, first)).Text("order_id")
		h.Play("order/pay", `{"order_id":"`+second+`"}`)
		h.Play("order/refund", `{"order_id":"`+second+`"}`)
		third := h.signed("open_order", h.buy(0, "", `,"user_count":1,"duration_days":365`)).Text("order_id")
		h.signed("close_order", `{"order_id":"`+third+`"}`)
		h.Delivered()
		var got strings.Builder
		names := strings.NewReplacer(h.Suite.SuiteID, "SUITE", h.open, "CORPID", first, "ORDER1", second, "ORDER2", third, "ORDER3", fmt.Sprint(w.Clock.Now().Unix()), "1000000000")
		for _, p := range h.Commands.Take() {
			text := names.Replace(p.XML())
			if id := p.Field("OperatorId"); id != "" {
				text = strings.Replace(text, id, "LISI", 1)
			}
			if p.Field("InfoType") != "suite_ticket" {
				got.WriteString(text + "\n")
			}
		}
		qiweitest.Golden(t, "push/suite.txt", got.String())
	})
}

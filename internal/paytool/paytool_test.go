package paytool_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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
	h.code = h.must("service/get_permanent_code?suite_access_token="+h.bySuite, `{"auth_code":"`+in.Code+`"}`).Text("permanent_code")
	h.key = h.scripted("payment_key", `{"provider":"`+h.provider.CorpID+`"}`).Text("payment_key")
	h.told()
	return h
}

// signIn fetches both tokens again, which two hours end.
func (h *house) signIn() {
	h.t.Helper()
	h.token = h.must("service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).Text("provider_access_token")
	ticket := h.scripted("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`).Text("suite_ticket")
	h.bySuite = h.must("service/get_suite_token", `{"suite_id":"`+h.suite.SuiteID+`","suite_secret":"`+h.suite.Secret+`","suite_ticket":"`+ticket+`"}`).Text("suite_access_token")
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

func (h *house) call(path, body string) (a qiweitest.JSON) {
	h.t.Helper()
	h.Send("POST", "/cgi-bin/"+path, body).Decode(&a)
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

func (h *house) scripted(name, body string) (a qiweitest.JSON) {
	h.t.Helper()
	h.script(name, body, &a)
	return a
}

// sell gives the suite a trial of so many days, and an edition of 365 yuan a user and
// year.
func (h *house) sell(trial int) {
	h.t.Helper()
	h.edition = h.scripted("edition", fmt.Sprintf(`{"suite_id":%q,"trial_days":%d,"name":"协同版","price":36500}`, h.suite.SuiteID, trial)).Text("edition_id")
}

// signed makes a call of the provider's that is signed as page 98768 says, by another
// program's reading of it.
func (h *house) signed(path, body string) qiweitest.JSON {
	h.t.Helper()
	h.nonce++
	return h.signedBy(h.key, fmt.Sprintf("nonce%d", h.nonce), h.Clock.Now().Unix(), path, body)
}

func (h *house) signedBy(key, nonce string, ts int64, path, body string) qiweitest.JSON {
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
func (h *house) info() qiweitest.JSON {
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
		buy := fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"lisi","edition_id":%q,"user_count":10,"duration_days":365}`, h.suite.SuiteID, w.CorpID, h.edition)
		first := h.scripted("order", buy).Text("order_id")
		second := h.scripted("order/change", fmt.Sprintf(`{"order_id":%q,"price":300000}`, first)).Text("order_id")
		h.script("order/pay", `{"order_id":"`+second+`"}`, nil)
		h.script("order/refund", `{"order_id":"`+second+`"}`, nil)
		third := h.signed("open_order", h.buy(0, "", `,"user_count":1,"duration_days":365`)).Text("order_id")
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

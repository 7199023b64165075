package invoice_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

const (
	free       = "INVOICE_REIMBURSE_INIT"
	locked     = "INVOICE_REIMBURSE_LOCK"
	reimbursed = "INVOICE_REIMBURSE_CLOSURE"
)

type card struct {
	ID   string `json:"card_id"`
	Code string `json:"encrypt_code"`
}

// names names the invoice in a call, with more fields.
func (c card) names(more string) string {
	return fmt.Sprintf(`{"card_id":%q,"encrypt_code":%q%s}`, c.ID, c.Code, more)
}

func (c card) set(status string) string { return c.names(`,"reimburse_status":"` + status + `"`) }

// call makes a call that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/card/invoice/reimburse/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

func add(w *qiweitest.World, corp *qiweitest.Corp, user, more string) (c card) {
	w.Scripted("invoice/add", fmt.Sprintf(`{"corpid":%q,"userid":%q,"fee":4000,"payee":"测试餐厅"%s}`, corp.CorpID, user, more), &c)
	return c
}

// choosable lists what a member can hand in.
func choosable(w *qiweitest.World, user string) string {
	var out struct {
		Invoices []card `json:"choose_invoice_info"`
	}
	w.Scripted("invoice/choose", fmt.Sprintf(`{"corpid":%q,"userid":%q}`, w.CorpID, user), &out)
	var ids []string
	for _, c := range out.Invoices {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

func status(t *testing.T, c *qiweitest.Client, inv card) string {
	t.Helper()
	return call(t, c, "getinvoiceinfo", inv.names(""), 0).Text("user_info.reimburse_status")
}

// TestReimbursement follows an invoice from the member's cards to its reimbursement.
func TestReimbursement(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		inv := add(w, w.Corp, "ZhangSan", `,"title":"某某有限公司","buyer_number":"91440300","info":[{"name":"餐饮服务","num":2,"unit":"次","price":1887}]`)
		other := add(w, w.Corp, "lisi", "")
		got := call(t, c, "getinvoiceinfo", inv.names(""), 0)
		openID := c.Call("POST", "/cgi-bin/user/convert_to_openid", `{"userid":"zhangsan"}`)
		for path, want := range map[string]string{
			"card_id": inv.ID, "type": "增值税电子普通发票", "payee": "测试餐厅", "user_info.fee": "4000", "user_info.fee_without_tax": "3774", "user_info.tax": "226", "user_info.title": "某某有限公司",
			"user_info.reimburse_status": free, "user_info.info.0.name": "餐饮服务", "user_info.info.0.price": "1887", "user_info.buyer_number": "91440300", "user_info.order_id": "",
		} {
			if got.Text(path) != want {
				t.Errorf("%s is %s, want %s", path, got.Text(path), want)
			}
		}
		if !strings.Contains(openID.Body, got.Text("openid")) || got.Int("begin_time") != w.Clock.Now().Unix() || got.Int("end_time") <= got.Int("begin_time") {
			t.Errorf("whose and until when: %v", got)
		}
		if pdf := w.Browser().Get(strings.TrimPrefix(got.Text("user_info.pdf_url"), w.URL)); pdf.Status != 200 || !strings.HasPrefix(pdf.Body, "%PDF-1.4") || !strings.Contains(pdf.Body, "fee 40.00") {
			t.Errorf("the file: %d %s", pdf.Status, pdf.Body)
		}
		if p := w.Browser().Get("/invoice/" + w.Second.CorpID + "/" + inv.ID + "/" + inv.Code); p.Status != 404 {
			t.Errorf("the file, of another enterprise: %d", p.Status)
		}
		if choosable(w, "zhangsan") != inv.ID || choosable(w, "lisi") != other.ID {
			t.Errorf("choosable: %s, %s", choosable(w, "zhangsan"), choosable(w, "lisi"))
		}
		for _, step := range []struct {
			to   string
			code int
			has  string
		}{
			{free, 0, free}, {locked, 0, locked}, {locked, 72024, locked}, {free, 0, free}, {locked, 0, locked}, {reimbursed, 0, reimbursed}, {reimbursed, 72024, reimbursed}, {locked, 72024, reimbursed}, {free, 72024, reimbursed},
		} {
			call(t, c, "updateinvoicestatus", inv.set(step.to), step.code)
			if got := status(t, c, inv); got != step.has {
				t.Errorf("%s to %s", got, step.to)
			}
			if got := choosable(w, "zhangsan"); (got != "") != (step.has == free) {
				t.Errorf("choosable while %s: %q", step.has, got)
			}
		}
	})
}

// TestBatch changes all invoices of a list or none.
func TestBatch(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		a, b, foreign := add(w, w.Corp, "zhangsan", ""), add(w, w.Corp, "zhangsan", `,"order_id":"12345678"`), add(w, w.Corp, "lisi", "")
		r := call(t, c, "getinvoiceinfobatch", `{"item_list":[`+a.names("")+`,`+b.names("")+`]}`, 0)
		if r.Text("item_list.0.card_id") != a.ID || r.Text("item_list.1.user_info.order_id") != "12345678" || len(r.List("item_list")) != 2 {
			t.Errorf("read: %v", r)
		}
		openID := r.Text("item_list.0.openid")
		batch := func(to string, code int, list ...card) {
			t.Helper()
			var names []string
			for _, i := range list {
				names = append(names, i.names(""))
			}
			call(t, c, "updatestatusbatch", fmt.Sprintf(`{"openid":%q,"reimburse_status":%q,"invoice_list":[%s]}`, openID, to, strings.Join(names, ",")), code)
		}
		have := func(first, second string) {
			t.Helper()
			if status(t, c, a) != first || status(t, c, b) != second {
				t.Errorf("they are %s, %s, want %s, %s", status(t, c, a), status(t, c, b), first, second)
			}
		}
		batch(locked, 72037, a, foreign)
		have(free, free)
		batch(locked, 72024, a, b, a) // the second time it is locked
		have(free, free)
		batch(locked, 40058, a, card{"p1", "c1"})
		have(free, free)
		batch(locked, 0, a, b)
		have(locked, locked)
		batch(reimbursed, 0, a)
		batch(free, 72024, b, a)
		have(reimbursed, locked)
		if status(t, c, foreign) != free {
			t.Error("another's was changed")
		}
	})
}

// TestRefusals: what is not there, of others, and locked elsewhere.
func TestRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		inv := add(w, w.Corp, "zhangsan", "")
		w.Scripted("invoice/lock", `{"corpid":"`+w.CorpID+`",`+inv.names("")[1:], nil)
		if status(t, c, inv) != locked || choosable(w, "zhangsan") != "" {
			t.Error("it is locked elsewhere, and here free")
		}
		for _, to := range []string{free, locked, reimbursed} {
			call(t, c, "updateinvoicestatus", inv.set(to), 72023)
		}
		w.Scripted("invoice/unlock", `{"corpid":"`+w.CorpID+`",`+inv.names("")[1:], nil)
		if st, text := w.Script("invoice/unlock", `{"corpid":"`+w.CorpID+`",`+inv.names("")[1:]); st == 200 {
			t.Errorf("unlocked twice: %s", text)
		}
		call(t, c, "updateinvoicestatus", inv.set(locked), 0)
		if st, text := w.Script("invoice/unlock", `{"corpid":"`+w.CorpID+`",`+inv.names("")[1:]); st == 200 {
			t.Errorf("another account unlocked it: %s", text)
		}
		twin := w.Second.As(access.SelfBuilt)
		call(t, twin, "getinvoiceinfo", inv.names(""), 40058)
		call(t, twin, "updateinvoicestatus", inv.set(free), 40058)
		for _, row := range []struct {
			name, body string
			code       int
		}{
			{"getinvoiceinfo", `{}`, 40063}, {"getinvoiceinfo", `{"card_id":"` + inv.ID + `","encrypt_code":"x"}`, 40058}, {"getinvoiceinfo", `{"card_id":7,"encrypt_code":[]}`, 40063},
			{"getinvoiceinfobatch", `{}`, 40063}, {"getinvoiceinfobatch", `{"item_list":[{}]}`, 40063},
			{"getinvoiceinfobatch", `{"item_list":[` + strings.TrimSuffix(strings.Repeat(inv.names("")+",", 100), ",") + `]}`, 0},
			{"getinvoiceinfobatch", `{"item_list":[` + strings.TrimSuffix(strings.Repeat(inv.names("")+",", 101), ",") + `]}`, 40058}, // invoice.maxCards
			{"updateinvoicestatus", inv.set("INVOICE"), 40058}, {"updateinvoicestatus", inv.names(""), 40058},
			{"updatestatusbatch", `{}`, 40063}, {"updatestatusbatch", `{"openid":"o1","reimburse_status":"` + locked + `","invoice_list":[` + inv.names("") + `]}`, 40073},
			{"updatestatusbatch", `{"openid":"o1","reimburse_status":"` + locked + `"}`, 40063},
		} {
			call(t, c, row.name, row.body, row.code)
		}
		for _, kind := range []access.Kind{access.ContactSync, access.Approval, access.CustomerContact} {
			call(t, w.As(kind), "getinvoiceinfo", inv.names(""), 48002)
		}
		for body, want := range map[string]string{
			`"userid":"nobody","fee":1,"payee":"a"`:                             "60111",
			`"userid":"lisi","fee":0,"payee":"a"`:                               "fee",
			`"userid":"lisi","fee":100,"tax":1,"fee_without_tax":1,"payee":"a"`: "the sum",
			`"userid":"lisi","fee":100`:                                         "payee",
			`"userid":"lisi","fee":100,"payee":"a","billing_time":9999999999`:   "has not come yet",
		} {
			if st, text := w.Script("invoice/add", `{"corpid":"`+w.CorpID+`",`+body+`}`); st == 200 || !strings.Contains(text, want) {
				t.Errorf("%s: %d %s, want %q", body, st, text, want)
			}
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=zhangsan", "")
		call(t, c, "getinvoiceinfo", inv.names(""), 40058)
	})
}

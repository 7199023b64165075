package licence_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// quoted writes a list as JSON.
func quoted(list []string) string { return `["` + strings.Join(list, `","`) + `"]` }

// TestMerging: a second code over an account adds its time, late enough and within five
// years, and the first ends.
func TestMerging(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(3, 0, 1)
		long := h.codes(1, 0, 60)[0]
		if a := h.activate(codes[0], "lisi"); a.code() != 0 {
			t.Fatal(a)
		}
		end := h.info(codes[0]).int("active_info.expire_time") // 31 days, and what is left of the day
		if a := h.activate(codes[1], "lisi"); a.code() != 701082 {
			t.Errorf("a month before the end: %v", a)
		}
		if a := h.activate(codes[0], "wangwu"); a.code() != 701003 {
			t.Errorf("a bound code: %v", a)
		}
		w.Advance(time.Unix(end, 0).Sub(w.Clock.Now()) - 20*24*time.Hour - time.Second)
		h.signIn()
		if a := h.activate(codes[1], "lisi"); a.code() != 701082 {
			t.Errorf("20 days and a second before the end: %v", a)
		}
		w.Advance(time.Second)
		if a := h.activate(long, "lisi"); a.code() != 701030 {
			t.Errorf("more than five years: %v", a)
		}
		if a := h.activate(codes[1], "lisi"); a.code() != 0 {
			t.Fatalf("20 days before the end: %v", a)
		}
		now := w.Clock.Now().Unix()
		old, next := h.info(codes[0]), h.info(codes[1])
		if old.int("active_info.status") != 5 || old.text("active_info.merge_info.to_active_code") != codes[1] || old.int("active_info.expire_time") != now {
			t.Errorf("the old code: %v", old)
		}
		if next.int("active_info.status") != 2 || next.text("active_info.merge_info.from_active_code") != codes[0] || next.int("active_info.expire_time") != end+31*86400 || next.int("active_info.active_time") != now {
			t.Errorf("the new code: %v, want the end %d", next, end+31*86400)
		}
		if a := h.activate(codes[0], "wangwu"); a.code() != 701021 {
			t.Errorf("a merged code: %v", a)
		}
		// An account that has ended begins again.
		h.days(60)
		if a := h.activate(codes[2], "lisi"); a.code() != 0 {
			t.Fatal(a)
		}
		if old := h.info(codes[1]); old.int("active_info.status") != 5 || old.int("active_info.expire_time") != end+31*86400 {
			t.Errorf("a code that had ended keeps its end: %v", old)
		}
		if a := h.info(codes[2]); a.int("active_info.expire_time") <= w.Clock.Now().Unix()+31*86400 || a.int("active_info.expire_time") > w.Clock.Now().Unix()+32*86400 {
			t.Errorf("a new beginning: %v", a)
		}
	})
}

// TestBatches: what fails in a batch has its code in the list; if all fails, the call
// does.
func TestBatches(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(3, 1, 1)
		one := func(code, user string) string { return fmt.Sprintf(`{"active_code":%q,"userid":%q}`, code, user) }
		batch := func(list ...string) string {
			return `{"corpid":"` + h.open + `","active_list":[` + strings.Join(list, ",") + `]}`
		}
		got := h.must("license/batch_active_account", batch(one(codes[0], h.user("lisi")), one(codes[3], h.user("lisi")), one("nonsense", h.user("wangwu")), one(codes[1], "nobody"), one(codes[2], "wangwu")))
		want := []string{"0", "0", "701021", "701019", "0"}
		for i, c := range want {
			if got.text(fmt.Sprintf("active_result.%d.errcode", i)) != c {
				t.Errorf("result %d of %v, want %s", i, got, c)
			}
		}
		// A userid of the corp's own is taken, and the provider's answered.
		if got.text("active_result.4.userid") != h.user("wangwu") {
			t.Errorf("userids: %v", got)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"no list", batch(), 701025},
			{"a code twice", batch(one(codes[1], h.user("lisi")), one(codes[1], h.user("wangwu"))), 701023},
			{"all fail", batch(one(codes[0], h.user("wangwu"))), 701024},
			{"no enterprise", `{"active_list":[` + one(codes[1], "x") + `]}`, 41002},
			{"an unknown enterprise", `{"corpid":"wpnobody","active_list":[` + one(codes[1], "x") + `]}`, 40013},
			{"one that never dealt with the provider", `{"corpid":"` + w.Second.CorpID + `","active_list":[` + one(codes[1], "x") + `]}`, 701015},
		} {
			if a := h.call("license/batch_active_account", tt.body); a.code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		infos := h.must("license/batch_get_active_info_by_code", `{"corpid":"`+w.CorpID+`","active_code_list":`+quoted([]string{codes[0], "nonsense", codes[1]})+`}`)
		if infos.int("active_info_list.0.status") != 2 || infos.int("active_info_list.1.status") != 1 || infos.text("invalid_active_code_list.0") != "nonsense" {
			t.Errorf("batch_get_active_info_by_code: %v", infos)
		}
		if a := h.call("license/get_active_info_by_code", `{"corpid":"`+h.open+`","active_code":"nonsense"}`); a.code() != 701021 {
			t.Errorf("an unknown code: %v", a)
		}
		by := func(typ int, user string) answer {
			return h.call("license/active_account_by_type", fmt.Sprintf(`{"corpid":%q,"type":%d,"userid":%q}`, h.open, typ, user))
		}
		if a := by(1, h.user("lisi")); a.code() != 701011 {
			t.Errorf("by type, with an account: %v", a)
		}
		if a := by(2, h.user("wangwu")); a.code() != 701072 {
			t.Errorf("by type, without a code: %v", a)
		}
		if a := by(3, h.user("wangwu")); a.code() != 701006 {
			t.Errorf("by no type: %v", a)
		}
		if a := by(1, h.user("zhangsan")); a.code() != 0 || h.info(codes[1]).text("active_info.userid") != h.user("zhangsan") {
			t.Errorf("by type: %v", a)
		}
	})
}

// TestOrders: whose an order is, what can be ordered, and until when it can be paid.
func TestOrders(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		counts, months := `"account_count":{"base_count":1}`, `"account_duration":{"months":1}`
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"nobody buys", `{"corpid":"` + h.open + `",` + counts + `,` + months + `}`, 40063},
			{"a stranger buys", `{"corpid":"` + h.open + `","buyer_userid":"nobody",` + counts + `,` + months + `}`, 60111},
			{"nothing", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{},` + months + `}`, 40058},
			{"no count", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan",` + months + `}`, 40063},
			{"no time", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan",` + counts + `}`, 40063},
			{"below none", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{"base_count":2,"external_contact_count":-1},` + months + `}`, 40058},
			{"no enterprise", `{"buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 41002},
			{"the provider itself, which has installed nothing", `{"corpid":"` + w.Second.CorpID + `","buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 701015},
			{"as texts", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{"base_count":"1"},"account_duration":{"months":"1"}}`, 0},
			{"the enterprise's own corpid", `{"corpid":"` + w.CorpID + `","buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 0},
		} {
			if a := h.call("license/create_new_order", tt.body); a.code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		id := h.order(1, 0, 1)
		other := h.another()
		for _, path := range []string{"license/get_order", "license/list_order_account", "license/cancel_order", "license/get_union_order"} {
			body := `{"order_id":"` + id + `","corpid":"` + h.open + `"}`
			if a := other.callAs(other.token, path, strings.Replace(body, h.open, w.CorpID, 1)); a.code() != 701005 && a.code() != 701015 {
				t.Errorf("%s of another provider's order: %v", path, a)
			}
		}
		if a := h.call("license/cancel_order", `{"order_id":"`+id+`"}`); a.code() != 701086 {
			t.Errorf("cancel_order without the enterprise: %v", a)
		}
		h.must("license/cancel_order", `{"order_id":"`+id+`","corpid":"`+h.open+`"}`)
		if a := h.call("license/cancel_order", `{"order_id":"`+id+`","corpid":"`+h.open+`"}`); a.code() != 701169 {
			t.Errorf("cancel_order twice: %v", a)
		}
		if status, text := h.post("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("a cancelled order was paid for: %s", text)
		}
		if a := h.must("license/get_order", `{"order_id":"`+id+`"}`); a.int("order.order_status") != 2 {
			t.Errorf("a cancelled order: %v", a)
		}
		late := h.order(1, 0, 1)
		h.days(7)
		if status, _ := h.post("pay", `{"order_id":"`+late+`"}`); status == 200 || h.must("license/get_order", `{"order_id":"`+late+`"}`).int("order.order_status") != 3 {
			t.Error("an order can be paid for late")
		}
		if status, _ := h.post("pay", `{"order_id":"nonsense"}`); status != 404 {
			t.Errorf("an unknown order was paid: %d", status)
		}
	})
}

// another is a second provider, the first enterprise, whose application nobody has.
func (h *house) another() *house {
	h.t.Helper()
	other := *h
	var p struct{ secret string }
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		v, err := h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.CorpID})
		p.secret = v.Secret
		return err
	})
	other.token = h.callAs("", "service/get_provider_token", `{"corpid":"`+h.CorpID+`","provider_secret":"`+p.secret+`"}`).text("provider_access_token")
	return &other
}

// TestListOfOrders walks list_order by its parameters.
func TestListOfOrders(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		first := h.order(1, 0, 1)
		begin := w.Clock.Now().Unix()
		h.days(1)
		second := h.order(1, 0, 1)
		ids := func(a answer) (out []string) {
			for i := range a.list("order_list") {
				out = append(out, a.text(fmt.Sprintf("order_list.%d.order_id", i)))
			}
			return out
		}
		for _, tt := range []struct {
			what, body string
			want       []string
		}{
			{"all", `{}`, []string{second, first}},
			{"of the enterprise", `{"corpid":"` + h.open + `"}`, []string{second, first}},
			{"of a second", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin), []string{first}},
			{"after it", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin+1, begin+31*86400+1), []string{second}},
			{"a page", `{"limit":1}`, []string{second}},
		} {
			if got := ids(h.must("license/list_order", tt.body)); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
			}
		}
		page := h.must("license/list_order", `{"limit":1}`)
		if next := h.must("license/list_order", `{"limit":1,"cursor":"`+page.text("next_cursor")+`"}`); page.int("has_more") != 1 || !slices.Equal(ids(next), []string{first}) || next.int("has_more") != 0 {
			t.Errorf("the second page: %v", next)
		}
		for body, code := range map[string]int{
			fmt.Sprintf(`{"start_time":%d}`, begin): 701100, fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin-1): 701100,
			fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin+31*86400+1): 701100, `{"cursor":"nonsense"}`: 701105,
			`{"corpid":"` + h.open + `","cursor":"` + page.text("next_cursor") + `"}`: 701105,
		} {
			if a := h.call("license/list_order", body); a.code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
	})
}

// TestRenewal: members get more time on their accounts, by months or up to a day.
func TestRenewal(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(2, 0, 1)
		h.activate(codes[0], "lisi")
		h.activate(codes[1], "wangwu")
		end := h.info(codes[0]).int("active_info.expire_time")
		account := func(user string, typ int) string { return fmt.Sprintf(`{"userid":%q,"type":%d}`, user, typ) }
		list := func(job string, accounts ...string) answer {
			return h.call("license/create_renew_order_job", `{"corpid":"`+h.open+`","jobid":"`+job+`","account_list":[`+strings.Join(accounts, ",")+`]}`)
		}
		job := list("", account(h.user("lisi"), 1), account(h.user("lisi"), 2), account("nobody", 1), account(h.user("lisi"), 3), account(h.user("lisi"), 1))
		for i, code := range []string{"701004", "701019", "701006", "84195"} {
			if job.text(fmt.Sprintf("invalid_account_list.%d.errcode", i)) != code {
				t.Errorf("account %d of %v, want %s", i, job, code)
			}
		}
		id := job.text("jobid")
		if again := list(id, account("wangwu", 1)); again.code() != 0 || again.text("jobid") != id || len(again.list("invalid_account_list")) != 0 {
			t.Errorf("more accounts: %v", again)
		}
		if a := list("nonsense", account("wangwu", 1)); a.code() != 701151 {
			t.Errorf("an unknown job: %v", a)
		}
		submit := func(job, duration string) answer {
			return h.call("license/submit_order_job", `{"jobid":"`+job+`","buyer_userid":"zhangsan","account_duration":{`+duration+`}}`)
		}
		for duration, code := range map[string]int{``: 40058, `"months":0`: 40058, `"months":61`: 40058, `"months":60`: 701030, `"months":1,"new_expire_time":1`: 40058,
			fmt.Sprintf(`"new_expire_time":%d`, w.Clock.Now().Unix()): 40058, fmt.Sprintf(`"new_expire_time":%d`, end): 701090} {
			if a := submit(id, duration); a.code() != code {
				t.Errorf("%s: %v, want %d", duration, a, code)
			}
		}
		order := submit(id, `"months":2`)
		if order.code() != 0 {
			t.Fatal(order)
		}
		if a := submit(id, `"months":2`); a.code() != 701126 {
			t.Errorf("a job was submitted twice: %v", a)
		}
		if a := list(id, account("wangwu", 1)); a.code() != 701126 {
			t.Errorf("an account after the submission: %v", a)
		}
		o := h.must("license/get_order", `{"order_id":"`+order.text("order_id")+`"}`)
		if o.int("order.order_type") != 2 || o.int("order.account_count.base_count") != 2 || o.int("order.account_duration.months") != 2 || o.int("order.price") != 2*62*10 {
			t.Errorf("get_order: %v", o)
		}
		accounts := h.must("license/list_order_account", `{"order_id":"`+order.text("order_id")+`"}`)
		if len(accounts.list("account_list")) != 2 || accounts.text("account_list.0.userid") != h.user("lisi") || accounts.at("account_list.0.active_code") != nil {
			t.Errorf("list_order_account: %v", accounts)
		}
		h.script("pay", `{"order_id":"`+order.text("order_id")+`"}`, nil)
		if got := h.info(codes[1]).int("active_info.expire_time"); got != end+62*86400 {
			t.Errorf("the end is %d, want %d", got, end+62*86400)
		}
		// A refund takes the time back.
		h.script("refund", `{"order_id":"`+order.text("order_id")+`"}`, nil)
		if got := h.info(codes[1]).int("active_info.expire_time"); got != end {
			t.Errorf("after the refund the end is %d, want %d", got, end)
		}
		// Up to a day: 24:00 of the day that is named.
		until := list("", account("lisi", 1)).text("jobid")
		day := time.Date(2031, 5, 1, 12, 0, 0, 0, time.FixedZone("", 8*3600))
		last := submit(until, fmt.Sprintf(`"new_expire_time":%d`, day.Unix())).text("order_id")
		h.script("pay", `{"order_id":"`+last+`"}`, nil)
		want := day.Add(12 * time.Hour).Unix()
		if got := h.info(codes[0]).int("active_info.expire_time"); got != want || h.must("license/get_order", `{"order_id":"`+last+`"}`).int("order.account_duration.new_expire_time") != want {
			t.Errorf("the end is %d, want %d", got, want)
		}
	})
}

// TestTransfer: an account goes to somebody else, with its time.
func TestTransfer(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(2, 1, 12)
		h.activate(codes[0], "lisi")
		h.activate(codes[2], "lisi")
		hand := func(from, to string) answer {
			return h.call("license/batch_transfer_license", fmt.Sprintf(`{"corpid":%q,"transfer_list":[{"handover_userid":%q,"takeover_userid":%q}]}`, h.open, from, to))
		}
		result := func(a answer) int64 { return a.int("transfer_result.0.errcode") }
		lisi, wangwu, zhangsan := h.user("lisi"), h.user("wangwu"), h.user("zhangsan")
		if a := hand(wangwu, lisi); a.code() != 701024 || result(a) != 701016 {
			t.Errorf("from somebody without an account: %v", a)
		}
		if a := hand(lisi, "nobody"); a.code() != 701024 || result(a) != 701019 {
			t.Errorf("to nobody: %v", a)
		}
		if a := hand(lisi, "wangwu"); a.code() != 0 || a.text("transfer_result.0.handover_userid") != lisi || a.text("transfer_result.0.takeover_userid") != wangwu {
			t.Errorf("to wangwu: %v", a)
		}
		for _, c := range []string{codes[0], codes[2]} {
			if got := h.info(c).text("active_info.userid"); got != wangwu {
				t.Errorf("%s is %s's", c, got)
			}
		}
		if a := hand(wangwu, lisi); result(a) != 701017 {
			t.Errorf("again at once: %v", a)
		}
		h.activate(codes[1], "zhangsan")
		h.days(30)
		if a := hand(wangwu, zhangsan); result(a) != 701018 {
			t.Errorf("to somebody who has an account: %v", a)
		}
		// Who has left may hand on at once.
		if a := hand(wangwu, lisi); a.code() != 0 {
			t.Fatalf("a month later: %v", a)
		}
		if a := w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", ""); a.ErrCode != 0 {
			t.Fatal(a.Body)
		}
		if a := hand(lisi, wangwu); a.code() != 0 || h.info(codes[0]).text("active_info.userid") != wangwu {
			t.Errorf("from who has left: %v", a)
		}
		if a := h.call("license/active_account", fmt.Sprintf(`{"corpid":%q,"active_code":%q,"userid":%q}`, h.open, h.codes(1, 0, 1)[0], lisi)); a.code() != 701019 {
			t.Errorf("an account for who has left: %v", a)
		}
		if a := h.call("license/batch_transfer_license", fmt.Sprintf(`{"corpid":%q,"transfer_list":[{"handover_userid":"a","takeover_userid":"b"},{"handover_userid":"a","takeover_userid":"c"}]}`, h.open)); a.code() != 701020 {
			t.Errorf("somebody twice: %v", a)
		}
	})
}

// TestBalance: an order is paid with what the provider has paid in.
func TestBalance(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		id := h.order(1, 0, 1)
		submit := func() answer {
			return h.call("license/submit_pay_job", `{"payer_userid":"zhangsan","order_id":"`+id+`"}`)
		}
		result := func(job answer) answer {
			return h.must("license/pay_job_result", `{"jobid":"`+job.text("jobid")+`"}`)
		}
		settle := func() {
			if err := w.Server.Licences.Work(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		var a answer
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.token, "").Decode(&a)
		if a.code() != 90432 {
			t.Errorf("no account: %v", a)
		}
		job := submit()
		settle()
		if r := result(job); r.int("status") != 3 || r.int("pay_job_result.errcode") != 90432 {
			t.Errorf("no account: %v", r)
		}
		h.script("deposit", `{"suite_id":"`+h.suite.SuiteID+`","amount":309}`, nil)
		job = submit()
		settle()
		if r := result(job); r.int("status") != 3 || r.int("pay_job_result.errcode") != 90433 || r.text("pay_job_result.errmsg") != "account balance too low" {
			t.Errorf("a fen too little: %v", r)
		}
		if status, text := h.post("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("paid in another way: %s", text)
		}
		h.script("deposit", `{"provider":"`+h.provider.CorpID+`","amount":1}`, nil)
		job = submit()
		settle()
		if r := result(job); r.int("status") != 1 || r.at("pay_job_result") != nil {
			t.Errorf("enough: %v", r)
		}
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.token, "").Decode(&a)
		if a.code() != 0 || a.int("balance") != 0 || h.must("license/get_order", `{"order_id":"`+id+`"}`).int("order.order_status") != 1 {
			t.Errorf("the balance: %v", a)
		}
		if again := submit(); again.code() != 701084 {
			t.Errorf("a paid order: %v", again)
		}
		if none := h.call("license/pay_job_result", `{"jobid":"nonsense"}`); none.code() != 701151 {
			t.Errorf("an unknown job: %v", none)
		}
		h.days(7)
		if gone := h.call("license/pay_job_result", `{"jobid":"`+job.text("jobid")+`"}`); gone.code() != 701151 {
			t.Errorf("a week later: %v", gone)
		}
		h.script("refund", `{"order_id":"`+id+`"}`, nil)
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.token, "").Decode(&a)
		if a.int("balance") != 310 {
			t.Errorf("after the refund: %v", a)
		}
	})
}

// TestRefund: the provider is told what becomes of a refund, and codes that were paid
// back are nobody's.
func TestRefund(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(1, 0, 1)
		id := h.must("license/list_order", `{}`).text("order_list.0.order_id")
		h.activate(codes[0], "lisi")
		status := func() int64 { return h.must("license/get_order", `{"order_id":"`+id+`"}`).int("order.order_status") }
		h.script("refund", `{"order_id":"`+id+`","outcome":"asked"}`, nil)
		if status() != 4 {
			t.Errorf("asked for: %d", status())
		}
		h.script("refund", `{"order_id":"`+id+`","outcome":"refused"}`, nil)
		if status() != 6 || h.info(codes[0]).int("active_info.status") != 2 {
			t.Errorf("refused: %d", status())
		}
		if s, text := h.post("refund", `{"order_id":"`+id+`"}`); s == 200 {
			t.Errorf("a refused refund was granted: %s", text)
		}
		other := h.codes(1, 0, 1)
		id = h.must("license/list_order", `{}`).text("order_list.0.order_id")
		h.script("refund", `{"order_id":"`+id+`"}`, nil)
		if a := h.activate(other[0], "wangwu"); status() != 5 || a.code() != 701021 {
			t.Errorf("granted: %d, %v", status(), a)
		}
		h.Delivered()
		var told []string
		for _, p := range h.system.Take() {
			if p.Field("InfoType") == "license_refund" {
				told = append(told, p.Field("OrderStatus")+" "+p.Field("AuthCorpId"))
			}
		}
		if !slices.Equal(told, []string{"2 " + h.open, "1 " + h.open}) {
			t.Errorf("license_refund: %q", told)
		}
	})
}

// TestRace: of two who bind one code, or pay for one order, one does.
func TestRace(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		code, id := h.codes(1, 0, 1)[0], h.order(1, 0, 1)
		var wait sync.WaitGroup
		results := make([]int, 2)
		paid := make([]bool, 2)
		for i, user := range []string{"lisi", "wangwu"} {
			wait.Go(func() {
				results[i] = h.activate(code, user).code()
				status, _ := h.post("pay", `{"order_id":"`+id+`"}`)
				paid[i] = status == 200
			})
		}
		wait.Wait()
		slices.Sort(results)
		if !slices.Equal(results, []int{0, 701003}) || paid[0] == paid[1] {
			t.Errorf("a code: %v, an order: %v", results, paid)
		}
		h.Delivered()
		n := 0
		for _, p := range h.system.Take() {
			if p.Field("OrderId") == id {
				n++
			}
		}
		if n != 1 {
			t.Errorf("license_pay_success came %d times", n)
		}
	})
}

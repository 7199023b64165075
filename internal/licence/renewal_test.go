package licence_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

func TestRenewal(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(2, 0, 1)
		h.activate(codes[0], "lisi")
		h.activate(codes[1], "wangwu")
		end := h.info(codes[0]).Int("active_info.expire_time")
		account := func(user string, typ int) string { return fmt.Sprintf(`{"userid":%q,"type":%d}`, user, typ) }
		list := func(job string, accounts ...string) qiweitest.JSON {
			return h.Call("license/create_renew_order_job", `{"corpid":"`+h.open+`","jobid":"`+job+`","account_list":[`+strings.Join(accounts, ",")+`]}`)
		}
		job := list("", account(h.user("lisi"), 1), account(h.user("lisi"), 2), account("nobody", 1), account(h.user("lisi"), 3), account(h.user("lisi"), 1))
		for i, code := range []string{"701004", "701019", "701006", "84195"} {
			if job.Text(fmt.Sprintf("invalid_account_list.%d.errcode", i)) != code {
				t.Errorf("account %d of %v, want %s", i, job, code)
			}
		}
		id := job.Text("jobid")
		if again := list(id, account("wangwu", 1)); again.Code() != 0 || again.Text("jobid") != id || len(again.List("invalid_account_list")) != 0 {
			t.Errorf("more accounts: %v", again)
		}
		if a := list("nonsense", account("wangwu", 1)); a.Code() != 701151 {
			t.Errorf("an unknown job: %v", a)
		}
		submit := func(job, duration string) qiweitest.JSON {
			return h.Call("license/submit_order_job", `{"jobid":"`+job+`","buyer_userid":"zhangsan","account_duration":{`+duration+`}}`)
		}
		for duration, code := range map[string]int{``: 40058, `"months":0`: 40058, `"months":61`: 40058, `"months":60`: 701030, `"months":1,"new_expire_time":1`: 40058,
			fmt.Sprintf(`"new_expire_time":%d`, w.Clock.Now().Unix()): 40058, fmt.Sprintf(`"new_expire_time":%d`, end): 701090} {
			if a := submit(id, duration); a.Code() != code {
				t.Errorf("%s: %v, want %d", duration, a, code)
			}
		}
		order := submit(id, `"months":2`)
		if order.Code() != 0 {
			t.Fatal(order)
		}
		if a := submit(id, `"months":2`); a.Code() != 701126 {
			t.Errorf("a job was submitted twice: %v", a)
		}
		if a := list(id, account("wangwu", 1)); a.Code() != 701126 {
			t.Errorf("an account after the submission: %v", a)
		}
		o := h.Must("license/get_order", `{"order_id":"`+order.Text("order_id")+`"}`)
		if o.Int("order.order_type") != 2 || o.Int("order.account_count.base_count") != 2 || o.Int("order.account_duration.months") != 2 || o.Int("order.price") != 2*62*10 {
			t.Errorf("get_order: %v", o)
		}
		accounts := h.Must("license/list_order_account", `{"order_id":"`+order.Text("order_id")+`"}`)
		if len(accounts.List("account_list")) != 2 || accounts.Text("account_list.0.userid") != h.user("lisi") || accounts.At("account_list.0.active_code") != nil {
			t.Errorf("list_order_account: %v", accounts)
		}
		h.Play("pay", `{"order_id":"`+order.Text("order_id")+`"}`)
		if got := h.info(codes[1]).Int("active_info.expire_time"); got != end+62*86400 {
			t.Errorf("the end is %d, want %d", got, end+62*86400)
		}
		// A refund takes the time back.
		h.Play("refund", `{"order_id":"`+order.Text("order_id")+`"}`)
		if got := h.info(codes[1]).Int("active_info.expire_time"); got != end {
			t.Errorf("after the refund the end is %d, want %d", got, end)
		}
		// Up to a day: 24:00 of the day that is named.
		until := list("", account("lisi", 1)).Text("jobid")
		day := time.Date(2031, 5, 1, 12, 0, 0, 0, time.FixedZone("", 8*3600))
		last := submit(until, fmt.Sprintf(`"new_expire_time":%d`, day.Unix())).Text("order_id")
		h.Play("pay", `{"order_id":"`+last+`"}`)
		want := day.Add(12 * time.Hour).Unix()
		if got := h.info(codes[0]).Int("active_info.expire_time"); got != want || h.Must("license/get_order", `{"order_id":"`+last+`"}`).Int("order.account_duration.new_expire_time") != want {
			t.Errorf("the end is %d, want %d", got, want)
		}
	})
}

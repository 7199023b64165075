package licence_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"qiwei/qiweitest"
)

func TestBalance(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		id := h.order(1, 0, 1)
		submit := func() qiweitest.JSON {
			return h.Call("license/submit_pay_job", `{"payer_userid":"zhangsan","order_id":"`+id+`"}`)
		}
		result := func(job qiweitest.JSON) qiweitest.JSON {
			return h.Must("license/pay_job_result", `{"jobid":"`+job.Text("jobid")+`"}`)
		}
		settle := func() {
			if err := w.Server.Licences.Work(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		var a qiweitest.JSON
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.Token, "").Decode(&a)
		if a.Code() != 90432 {
			t.Errorf("no account: %v", a)
		}
		job := submit()
		settle()
		if r := result(job); r.Int("status") != 3 || r.Int("pay_job_result.errcode") != 90432 {
			t.Errorf("no account: %v", r)
		}
		h.Play("deposit", `{"suite_id":"`+h.Suite.SuiteID+`","amount":309}`)
		job = submit()
		settle()
		if r := result(job); r.Int("status") != 3 || r.Int("pay_job_result.errcode") != 90433 || r.Text("pay_job_result.errmsg") != "account balance too low" {
			t.Errorf("a fen too little: %v", r)
		}
		if status, text := h.Attempt("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("paid in another way: %s", text)
		}
		h.Play("deposit", `{"provider":"`+h.Provider.CorpID+`","amount":1}`)
		job = submit()
		settle()
		if r := result(job); r.Int("status") != 1 || r.At("pay_job_result") != nil {
			t.Errorf("enough: %v", r)
		}
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.Token, "").Decode(&a)
		if a.Code() != 0 || a.Int("balance") != 0 || h.Must("license/get_order", `{"order_id":"`+id+`"}`).Int("order.order_status") != 1 {
			t.Errorf("the balance: %v", a)
		}
		if again := submit(); again.Code() != 701084 {
			t.Errorf("a paid order: %v", again)
		}
		if none := h.Call("license/pay_job_result", `{"jobid":"nonsense"}`); none.Code() != 701151 {
			t.Errorf("an unknown job: %v", none)
		}
		h.Days(7)
		if gone := h.Call("license/pay_job_result", `{"jobid":"`+job.Text("jobid")+`"}`); gone.Code() != 701151 {
			t.Errorf("a week later: %v", gone)
		}
		h.Play("refund", `{"order_id":"`+id+`"}`)
		h.Send("GET", "/cgi-bin/service/get_account_balance?provider_access_token="+h.Token, "").Decode(&a)
		if a.Int("balance") != 310 {
			t.Errorf("after the refund: %v", a)
		}
	})
}

func TestRefund(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		codes := h.codes(1, 0, 1)
		id := h.Must("license/list_order", `{}`).Text("order_list.0.order_id")
		h.activate(codes[0], "lisi")
		status := func() int64 { return h.Must("license/get_order", `{"order_id":"`+id+`"}`).Int("order.order_status") }
		h.Play("refund", `{"order_id":"`+id+`","outcome":"asked"}`)
		if status() != 4 {
			t.Errorf("asked for: %d", status())
		}
		h.Play("refund", `{"order_id":"`+id+`","outcome":"refused"}`)
		if status() != 6 || h.info(codes[0]).Int("active_info.status") != 2 {
			t.Errorf("refused: %d", status())
		}
		if s, text := h.Attempt("refund", `{"order_id":"`+id+`"}`); s == 200 {
			t.Errorf("a refused refund was granted: %s", text)
		}
		other := h.codes(1, 0, 1)
		id = h.Must("license/list_order", `{}`).Text("order_list.0.order_id")
		h.Play("refund", `{"order_id":"`+id+`"}`)
		if a := h.activate(other[0], "wangwu"); status() != 5 || a.Code() != 701021 {
			t.Errorf("granted: %d, %v", status(), a)
		}
		h.Delivered()
		var told []string
		for _, p := range h.System.Take() {
			if p.Field("InfoType") == "license_refund" {
				told = append(told, p.Field("OrderStatus")+" "+p.Field("AuthCorpId"))
			}
		}
		if !slices.Equal(told, []string{"2 " + h.open, "1 " + h.open}) {
			t.Errorf("license_refund: %q", told)
		}
	})
}

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
				results[i] = h.activate(code, user).Code()
				status, _ := h.Attempt("pay", `{"order_id":"`+id+`"}`)
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
		for _, p := range h.System.Take() {
			if p.Field("OrderId") == id {
				n++
			}
		}
		if n != 1 {
			t.Errorf("license_pay_success came %d times", n)
		}
	})
}

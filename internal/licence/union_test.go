package licence_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestUnion(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		third := h.found("第三家")
		openThird := h.Install(third).Text("open_corpid")
		buy := func(corpID, more string) string {
			return `{"corpid":"` + corpID + `","account_count":{"base_count":2},"account_duration":{"months":1}` + more + `}`
		}
		add := func(job string, list ...string) qiweitest.JSON {
			return h.Call("license/create_new_order_job", `{"jobid":"`+job+`","buy_list":[`+strings.Join(list, ",")+`]}`)
		}
		if a := add("", buy("wpnobody", "")); a.Code() != 701122 || a.Text("invalid_list.0.errcode") != "40013" {
			t.Errorf("nobody: %v", a)
		}
		if a := add(""); a.Code() != 701025 {
			t.Errorf("no list: %v", a)
		}
		job := add("", buy(h.open, `,"auto_active_status":0`), buy(h.open, ""), buy(openThird, `,"auto_active_status":2`))
		if job.Code() != 0 || job.Text("invalid_list.0.errcode") != "701124" || job.Text("invalid_list.0.corpid") != h.open || job.Text("invalid_list.1.errcode") != "701070" {
			t.Errorf("a corp twice: %v", job)
		}
		id := job.Text("jobid")
		if a := add(id, buy(openThird, "")); a.Code() != 0 || a.Text("jobid") != id {
			t.Errorf("one more: %v", a)
		}
		result := func() qiweitest.JSON { return h.Call("license/new_order_job_result", `{"jobid":"`+id+`"}`) }
		if a := result(); a.Code() != 701125 {
			t.Errorf("before it is submitted: %v", a)
		}
		h.Must("license/submit_new_order_job", `{"jobid":"`+id+`","buyer_userid":"zhangsan"}`)
		if a := h.Call("license/submit_new_order_job", `{"jobid":"`+id+`","buyer_userid":"zhangsan"}`); a.Code() != 701126 {
			t.Errorf("submitted twice: %v", a)
		}
		if err := w.Server.Licences.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
		done := result()
		if done.Code() != 0 || done.Int("status") != 1 || len(done.List("fail_list")) != 0 {
			t.Fatalf("new_order_job_result: %v", done)
		}
		order := done.Text("order_id")
		if a := h.Call("license/get_order", `{"order_id":"`+order+`"}`); a.Code() != 701120 {
			t.Errorf("get_order: %v", a)
		}
		union := h.Must("license/get_union_order", `{"order_id":"`+order+`"}`)
		if union.Int("order.order_type") != 8 || union.Int("order.price") != 2*2*31*10 || len(union.List("buy_list")) != 2 || union.Text("buy_list.1.corpid") != openThird {
			t.Errorf("get_union_order: %v", union)
		}
		if a := h.Must("license/list_order", `{}`); len(a.List("order_list")) != 1 || a.Int("order_list.0.order_type") != 8 {
			t.Errorf("list_order: %v", a)
		}
		if a := h.Must("license/list_order", `{"corpid":"`+openThird+`"}`); len(a.List("order_list")) != 1 || a.Int("order_list.0.order_type") != 1 {
			t.Errorf("list_order of a corp: %v", a)
		}
		h.Play("pay", `{"order_id":"`+order+`"}`)
		part := union.Text("buy_list.1.sub_order_id")
		if a := h.Must("license/list_order_account", `{"order_id":"`+part+`"}`); len(a.List("account_list")) != 2 {
			t.Errorf("list_order_account: %v", a)
		}
		for corpID, want := range map[string]int64{h.open: 0, openThird: 1} {
			if a := h.Must("license/get_auto_active_status", `{"corpid":"`+corpID+`"}`); a.Int("auto_active_status") != want {
				t.Errorf("automatic activation: %v, want %d", a, want)
			}
		}
		h.Delivered()
		if pushes := h.System.Take(); len(pushes) != 2 || pushes[1].Field("OrderId") != part || pushes[1].Field("AuthCorpId") != openThird {
			t.Errorf("license_pay_success: %v", pushes)
		}
		h.Days(7)
		if a := result(); a.Code() != 701151 {
			t.Errorf("a week later: %v", a)
		}
	})
}

func TestLargeOrder(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		id := h.order(2600, 0, 1)
		h.Play("pay", `{"order_id":"`+id+`"}`)
		if err := w.Server.Licences.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
		n, cursor := 0, ""
		for range 3 {
			a := h.Must("license/list_order_account", `{"order_id":"`+id+`","limit":1000,"cursor":"`+cursor+`"}`)
			n, cursor = n+len(a.List("account_list")), a.Text("next_cursor")
		}
		h.Delivered()
		if pushes := h.System.Take(); n != 2600 || cursor != "" || len(pushes) != 1 {
			t.Errorf("%d codes, cursor %q, %d pushes", n, cursor, len(pushes))
		}
	})
}

func (h *house) found(name string) (corpID string) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := h.Server.CreateCorp(ctx, tx, corp.Corp{Name: name}, qiweitest.Local)
		corpID = c.CorpID
		return err
	})
	return corpID
}

package kf_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// TestServicers: members and departments are added and taken away, each with an outcome (doc 94646, 94647).
func TestServicers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.account(h.Second, `"userid_list":["wangwu"]`)
		for _, tt := range []struct{ what, call, people, want string }{
			{"one more, one again, one unknown", "add", `"userid_list":["WangWu","lisi","nobody"]`,
				`{"userid":"WangWu","errcode":0,"errmsg":"success"},{"userid":"lisi","errcode":0,"errmsg":"ignored"},{"userid":"nobody","errcode":60111,"errmsg":"userid not found"}`},
			{"twice in one call", "add", `"department_id_list":[2,2]`, `{"department_id":2,"errcode":0,"errmsg":"success"},{"department_id":2,"errcode":0,"errmsg":"ignored"}`},
			{"an unknown department", "add", `"userid_list":["zhangsan"],"department_id_list":[77]`,
				`{"userid":"zhangsan","errcode":0,"errmsg":"ignored"},{"department_id":77,"errcode":60003,"errmsg":"department not found"}`},
			{"taken away", "del", `"userid_list":["LiSi","lisi","nobody"],"department_id_list":[2,4]`,
				`{"userid":"LiSi","errcode":0,"errmsg":"success"},{"userid":"lisi","errcode":0,"errmsg":"ignored"},{"userid":"nobody","errcode":60111,"errmsg":"userid not found"},{"department_id":2,"errcode":0,"errmsg":"success"},{"department_id":4,"errcode":0,"errmsg":"ignored"}`},
			{"a department", "add", `"department_id_list":[4]`, `{"department_id":4,"errcode":0,"errmsg":"success"}`},
		} {
			if got := h.call("servicer/"+tt.call, fmt.Sprintf(`{"open_kfid":%q,%s}`, h.open, tt.people)); !strings.Contains(got.Body, `"result_list":[`+tt.want+`]`) {
				t.Errorf("%s: %s, want %s", tt.what, got.Body, tt.want)
			}
		}
		h.done(h.Corp, "kf/serve", `{"open_kfid":"`+h.open+`","userid":"wangwu","action":"stop"}`, nil)
		h.done(h.Corp, "kf/serve", `{"open_kfid":"`+h.open+`","userid":"zhangsan","action":"suspend"}`, nil)
		want := `"servicer_list":[{"userid":"zhangsan","status":1,"stop_type":1},{"userid":"wangwu","status":1,"stop_type":0},{"department_id":4}]`
		for _, got := range []string{h.app.Call("GET", "/cgi-bin/kf/servicer/list?open_kfid="+h.open, "").Body, h.must("servicer/list", `{"open_kfid":"`+h.open+`"}`).Body} {
			if !strings.Contains(got, want) {
				t.Errorf("%s, want %s", got, want)
			}
		}
		h.done(h.Corp, "kf/serve", `{"open_kfid":"`+h.open+`","userid":"wangwu","action":"receive"}`, nil)
		// Who does not manage the account is not told who receives.
		idle := h.WithApp(access.SelfBuilt, listed(access.Everything()))
		if got := as(idle, "servicer/list", `{"open_kfid":"`+h.open+`"}`); !strings.Contains(got.Body, `[{"userid":"zhangsan"},{"userid":"wangwu"},{"department_id":4}]`) {
			t.Errorf("another: %s", got.Body)
		}
		h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		if got := h.must("servicer/list", `{"open_kfid":"`+h.open+`"}`); !strings.Contains(got.Body, `[{"userid":"zhangsan","status":1,"stop_type":1},{"department_id":4}]`) {
			t.Errorf("once one has left: %s", got.Body)
		}
		for _, tt := range []struct {
			what, people string
			code         int
		}{{"nobody", `"x":1`, 40058}, {"empty lists", `"userid_list":[],"department_id_list":[]`, 40058}} {
			for _, call := range []string{"servicer/add", "servicer/del"} {
				if got := h.call(call, fmt.Sprintf(`{"open_kfid":%q,%s}`, h.open, tt.people)); got.ErrCode != tt.code {
					t.Errorf("%s, %s: %s", tt.what, call, got.Body)
				}
			}
		}
	})
}

// crowd adds members m0, m1 … to the first enterprise.
func (h *house) crowd(n int) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			m := directory.Member{UserID: id.UserID(fmt.Sprint("m", i)), Name: "x", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true, Activated: i > 0, Places: []directory.Place{{Department: 4}}}
			if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
}

package security_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// feature makes a call of the advanced features that must have the code, and reads the answer.
func feature(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/advanced_feature/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

// TestApplications: members apply, an application says how its process goes, and an administrator decides (doc
// 99880).
func TestApplications(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, twin := listed(w.Corp, access.Everything()), listed(w.Second, access.Everything())
		apply := func(user string, business int) (a struct {
			ID string `json:"apply_id"`
		}) {
			t.Helper()
			done(t, w, "vip/apply", fmt.Sprintf(`{"userid":%q,"business_type":%d,"reason":"空间不足"}`, user, business), &a)
			return a
		}
		started := w.Clock.Now().Unix()
		one, two := apply("ZhangSan", 2).ID, apply("lisi", 2).ID
		apply("lisi", 3)
		ids := func(body string) string {
			r := feature(t, c, "get_apply_id_list", body, 0)
			return strings.NewReplacer(one, "one", two, "two").Replace(fmt.Sprint(r.At("apply_id_list"), r.At("has_more")))
		}
		set := func(id, approval string, status int, more string) string {
			return fmt.Sprintf(`{"apply_id":%q,"approval_id":%q,"approval_status":%d,"approval_url":"https://a.example/1"%s}`, id, approval, status, more)
		}
		nodes := func(node string) string { return `,"process_list":{"node_list":[` + node + `]}` }
		if got := ids(`{"business_type":2}`); got != "[one two] false" {
			t.Errorf("all: %s", got)
		}
		first := feature(t, c, "get_apply_id_list", `{"business_type":2,"limit":1}`, 0)
		if got := ids(`{"business_type":2,"limit":1,"cursor":"` + first.Text("next_cursor") + `"}`); got != "[two] false" {
			t.Errorf("the next page: %s", got)
		}
		if got := ids(`{"business_type":2,"userid":"LiSi"}`); got != "[two] false" {
			t.Errorf("of one: %s", got)
		}
		feature(t, c, "set_approval_detail", set(one, "A1", 1, nodes(`{"current_approvers":["lisi"],"completed_approvers":["wangwu"],"node_status":1,"node_apv_rel":1,"apv_update_time":1715741759}`)), 0)
		feature(t, c, "set_approval_detail", set(one, "A1", 3, ""), 0)
		if got := ids(`{"business_type":2,"req_type":1}`) + ids(`{"business_type":2,"req_type":2}`); got != "[one] false[two] false" {
			t.Errorf("by the way of their process: %s", got)
		}
		info := feature(t, c, "get_approval_info", `{"apply_id":"`+one+`"}`, 0)
		if got := fmt.Sprint(info.At("approval_info")); got != fmt.Sprintf("map[applicant:zhangsan apply_id:%s approval_id:A1 approval_status:3 approval_type:2 approval_url:https://a.example/1 business_type:2 create_time:%s request_reason:空间不足]", one, fmt.Sprint(float64(started))) {
			t.Errorf("info: %s", got)
		}
		var shown struct {
			Nodes []struct {
				Current []string `json:"current_approvers"`
				Status  int      `json:"node_apv_status"`
			} `json:"node_list"`
		}
		done(t, w, "vip/application", `{"apply_id":"`+one+`"}`, &shown)
		if fmt.Sprint(shown.Nodes) != "[{[lisi] 1}]" {
			t.Errorf("as the member sees it: %v", shown)
		}
		for what, body := range map[string]string{
			"another approval": set(one, "A2", 1, ""), "an approval of another": set(two, "A1", 1, ""), "an unknown one": set("x", "A3", 1, ""), "a bad state": set(two, "A2", 4, ""),
			"no URL": strings.Replace(set(two, "A2", 1, ""), "https", "ftp", 1), "a bad node": set(two, "A2", 1, nodes(`{"current_approvers":["lisi"],"node_apv_status":5,"node_apv_rel":1}`)),
			"a bad way": set(two, "A2", 1, nodes(`{"current_approvers":["lisi"],"node_apv_status":1,"node_apv_rel":4}`)), "nobody": set(two, "A2", 1, nodes(`{"node_apv_status":1,"node_apv_rel":1}`)),
		} {
			if got := c.Call("POST", "/cgi-bin/advanced_feature/set_approval_detail", body); got.ErrCode != 40058 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		feature(t, c, "set_approval_detail", set(two, "A2", 1, nodes(`{"current_approvers":["nobody"],"node_apv_status":1,"node_apv_rel":1}`)), 60111)
		feature(t, c, "set_approval_detail", set(two, "", 1, ""), 40063)
		feature(t, twin, "get_approval_info", `{"apply_id":"`+one+`"}`, 40058)
		feature(t, c, "get_approval_info", `{}`, 40063)
		feature(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "get_apply_id_list", `{"business_type":1}`, 48002)
		for n, code := range map[string]int{`"business_type":0`: 40058, `"business_type":5`: 40058, `"business_type":4,"req_type":3`: 40058, `"business_type":4,"limit":200`: 0, `"business_type":4,"limit":201`: 40058} {
			feature(t, c, "get_apply_id_list", `{`+n+`}`, code)
		}
		for n, code := range map[int]int{100: 60111, 101: 40058} { // maxApprovers; they are no members
			feature(t, c, "set_approval_detail", set(two, "A2", 1, nodes(`{"current_approvers":[`+strings.TrimSuffix(strings.Repeat(`"x",`, n), ",")+`],"node_apv_status":1,"node_apv_rel":1}`)), code)
		}
		w.Advance(24*time.Hour + time.Second)
		feature(t, c, "set_approval_detail", set(two, "A2", 1, ""), 40058)
		feature(t, c, "set_approval_detail", set(one, "A1", 2, ""), 0) // its process has begun in time
	})
}

// TestApplicationPushes: what applications are told when members apply and when that ends.
func TestApplicationPushes(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		told, others := w.Receiver(c), w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}))
		w.Delivered()
		told.Take()
		others.Take()
		var got strings.Builder
		for i, how := range []string{"refused", "granted", "deleted"} {
			var a struct {
				ID string `json:"apply_id"`
			}
			done(t, w, "vip/apply", `{"userid":"zhangsan","business_type":1,"reason":"资料多"}`, &a)
			done(t, w, "vip/finish", fmt.Sprintf(`{"apply_id":%q,"outcome":%q}`, a.ID, how), nil)
			if how != "deleted" {
				refused(t, w, "vip/finish", fmt.Sprintf(`{"apply_id":%q,"outcome":"granted"}`, a.ID), "ended")
				feature(t, c, "set_approval_detail", fmt.Sprintf(`{"apply_id":%q,"approval_id":"A","approval_status":1,"approval_url":"https://a.example"}`, a.ID), 40058)
			} else {
				feature(t, c, "get_approval_info", `{"apply_id":"`+a.ID+`"}`, 40058)
			}
			w.Delivered()
			for _, p := range told.Take() {
				got.WriteString(strings.NewReplacer(w.CorpID, "wwCORP", a.ID, fmt.Sprint("APPLY", i), fmt.Sprint(c.AgentID), "1000099", p.Field("CreateTime"), "1925456400").Replace(p.XML()) + "\n")
			}
		}
		if n := len(others.Take()); n != 0 {
			t.Errorf("%d others were told", n)
		}
		qiweitest.Golden(t, "push/application.txt", got.String())
	})
}

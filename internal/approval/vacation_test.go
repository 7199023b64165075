package approval_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// balance returns what lisi has of a kind of leave: assigned, used, left, in seconds.
func (h *house) balance(user string, kind int64) string {
	h.T.Helper()
	var resp struct {
		List []struct {
			ID       int64 `json:"id"`
			Assigned int64 `json:"assignduration"`
			Used     int64 `json:"usedduration"`
			Left     int64 `json:"leftduration"`
		} `json:"lists"`
	}
	h.Must(h.App, "oa/vacation/getuservacationquota", `{"userid":"`+user+`"}`).Decode(&resp)
	for _, v := range resp.List {
		if v.ID == kind {
			return fmt.Sprint(v.Assigned, " ", v.Used, " ", v.Left)
		}
	}
	return ""
}

// leave is a content: so many half days of a kind of leave.
func leave(kind, from, halves int64) string {
	return fmt.Sprintf(`{"control":"Vacation","id":"Vacation-1","value":{"vacation":{"selector":{"type":"single","options":[{"key":"%d"}]},
		"attendance":{"type":1,"date_range":{"type":"halfday","new_begin":%d,"new_end":%d}}}}}`, kind, noon(from*43200), noon((from+halves-1)*43200))
}

// TestBalance: leave takes from the balance when it is submitted and gives back when it comes to nothing; more
// than there is is refused.
func TestBalance(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("请假", ctl("Vacation", "1", 1, ""))
		if got := h.Must(h.App, "oa/gettemplatedetail", `{"template_id":"`+template+`"}`).Body; !strings.Contains(got, `"vacation_list":{"item":[{"id":1,"name":[{"text":"年假","lang":"zh_CN"}]},`) {
			t.Error(got)
		}
		step := func(what, want string) {
			t.Helper()
			if got := h.balance("lisi", 1); got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		step("five days a year", "432000 0 432000")
		first := h.apply("lisi", template, node(1, 1, "wangwu"), leave(1, 0, 3))
		step("a day and a half", "432000 129600 302400")
		h.Answers("oa/applyevent", []qiweitest.Refusal{
			{"four days, and three and a half are left", application("lisi", template, node(1, 1, "wangwu"), leave(1, 100, 8)), 301025},
			{"at that time", application("lisi", template, node(1, 1, "wangwu"), leave(2, 2, 1)), 301079},
			{"an unknown kind", application("lisi", template, node(1, 1, "wangwu"), leave(99, 200, 1)), 301025},
			{"a kind without a limit", application("lisi", template, node(1, 1, "wangwu"), leave(3, 200, 40)), 0},
		}...)
		step("after refusals", "432000 129600 302400")
		h.act("refuse", first, "wangwu", "")
		step("refused", "432000 0 432000")
		second := h.apply("lisi", template, node(1, 1, "wangwu"), leave(1, 0, 10))
		step("all five days", "432000 432000 0")
		h.act("approve", second, "wangwu", "")
		step("approved", "432000 432000 0")
		h.act("withdraw", second, "lisi", "")
		step("withdrawn", "432000 0 432000")
		third := h.apply("lisi", template, node(1, 1, "wangwu"), leave(1, 0, 2))
		h.act("delete", third, "wangwu", "")
		step("deleted", "432000 0 432000")
		h.act("comment", second, "wangwu", `,"speech":"好"`)
		step("once", "432000 0 432000")
		h.Advance(366 * 24 * hour)
		step("the next year's", "432000 0 432000")
		if got := h.balance("wangwu", 1); got != "432000 0 432000" {
			t.Errorf("another member's: %s", got)
		}
	})
}

// TestSetBalance: the balance of a kind of leave is set in the unit of the kind (doc 93377).
func TestSetBalance(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Play("vacations", `{"lists":[{"id":1,"name":"年假","time_attr":0,"quota_attr":{"type":2}},{"id":2,"name":"事假","time_attr":1,"quota_attr":{"type":0}},
			{"id":3,"name":"哺乳假","time_attr":1,"quota_attr":{"type":2},"range":{"departments":[4]}}]}`)
		set := func(user string, kind, left, scale int64) string {
			return fmt.Sprintf(`{"userid":%q,"vacation_id":%d,"leftduration":%d,"time_attr":%d,"remarks":"a"}`, user, kind, left, scale)
		}
		h.Answers("oa/vacation/setoneuserquota", []qiweitest.Refusal{
			{"a week", set("lisi", 1, 604800, 0), 0}, {"nothing", `{}`, 301063}, {"nobody", set("", 1, 0, 0), 301063}, {"a stranger", set("stranger", 1, 0, 0), 301063},
			{"an unknown kind", set("lisi", 9, 0, 0), 301063}, {"another unit", set("lisi", 1, 0, 1), 301063}, {"no tenth of a day", set("lisi", 1, 360, 0), 301063}, {"less than nothing", set("lisi", 1, -8640, 0), 301063},
			{"a kind without a limit", set("lisi", 2, 360, 1), 301063}, {"a kind for others", set("lisi", 3, 360, 1), 301098}, {"for one of them", set("wangwu", 3, 360, 1), 0},
		}...)
		if got := h.balance("lisi", 1) + "; " + h.balance("wangwu", 3) + "; " + h.balance("lisi", 3); got != "0 0 604800; 0 0 360; " {
			t.Error(got)
		}
		narrow := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}}))
		for _, path := range []string{"oa/vacation/setoneuserquota", "oa/vacation/getuservacationquota"} {
			if got := h.Call(narrow, path, set("lisi", 1, 0, 0)); got.ErrCode != 301062 {
				t.Errorf("%s out of range: %s", path, got.Body)
			}
		}
		got := h.Must(h.App, "oa/vacation/getcorpconf", "").Body
		if !strings.Contains(got, `"lists":[{"id":1,"name":"年假","time_attr":0,"duration_type":0,"quota_attr":{"type":2,"autoreset_time":0,"autoreset_duration":0,"quota_rule_type":0,"quota_rules":{"list":[],"based_on_actual_work_time":false},"at_entry_date":false,"auto_reset_month_day":0},"perday_duration":86400,"is_newovertime":0,"enter_comp_time_limit":0,"expire_rule":{"type":4,`) {
			t.Error(got)
		}
		if twin := h.Call(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "oa/vacation/getcorpconf", "").Body; strings.Contains(twin, "哺乳假") {
			t.Errorf("the twin enterprise: %s", twin)
		}
	})
}

// TestGivingOut: leave is given out by the year or the month, by years, and is lost as the rules say (doc
// 93375).
func TestGivingOut(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Play("vacations", `{"lists":[
			{"id":1,"name":"按司龄","quota_attr":{"type":1,"at_entry_date":true,"quota_rule_type":2,"quota_rules":{"list":[{"quota":432000,"begin":0,"end":1},{"quota":864000,"begin":1,"end":0}]}},"expire_rule":{"type":2,"duration":2}},
			{"id":2,"name":"按月","quota_attr":{"type":3,"autoreset_duration":86400,"auto_reset_month_day":1},"expire_rule":{"type":3,"duration":2}},
			{"id":3,"name":"不过期","quota_attr":{"type":3,"autoreset_duration":86400,"auto_reset_month_day":1},"expire_rule":{"type":4}}]}`)
		step := func(what string, want ...string) {
			t.Helper()
			for i, w := range want {
				if got := h.balance("lisi", int64(i)+1); got != w {
					t.Errorf("%s, kind %d: %s, want %s", what, i+1, got, w)
				}
			}
		}
		step("the first year", "432000 0 432000", "86400 0 86400", "86400 0 86400")
		// What was never asked for is given out all the same when it is used.
		template := h.template("请假", ctl("Vacation", "1", 1, ""))
		for kind := range int64(3) {
			h.apply("lisi", template, node(1, 1, "wangwu"), leave(kind+1, 10*kind, 1))
		}
		step("half a day of each", "432000 43200 388800", "86400 43200 43200", "86400 43200 43200")
		h.Advance(31 * 24 * hour)
		step("a month later", "432000 43200 388800", "86400 0 129600", "86400 0 129600")
		h.Advance(335 * 24 * hour)
		step("a year later", "864000 0 1252800", "86400 0 86400", "86400 0 129600")
	})
}

// TestOvertime: overtime that has passed is credited to the leave that is for it.
func TestOvertime(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("加班", attendanceControl(5, "hour", "加班"))
		spNo := h.apply("lisi", template, node(1, 1, "wangwu"), fmt.Sprintf(`{"control":"Attendance","id":"Attendance-1","value":{"attendance":{"type":5,"date_range":{"type":"hour","new_begin":%d,"new_end":%d}}}}`, noon(0), noon(7200)))
		if got := h.balance("lisi", 4); got != "0 0 0" {
			t.Errorf("before: %s", got)
		}
		h.act("approve", spNo, "wangwu", "")
		if got := h.balance("lisi", 4); got != "7200 0 7200" {
			t.Errorf("approved: %s", got)
		}
		h.act("withdraw", spNo, "lisi", "")
		if got := h.balance("lisi", 4); got != "0 0 0" {
			t.Errorf("withdrawn: %s", got)
		}
	})
}

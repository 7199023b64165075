package approval_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

type numbers struct {
	List   []string `json:"sp_no_list"`
	Next   string   `json:"new_next_cursor"`
	Cursor int64    `json:"next_cursor"`
}

// listed returns the last digits of the numbers that a query finds.
func (h *house) found(c *qiweitest.Client, body string) string {
	h.T.Helper()
	var n numbers
	got := h.Call(c, "oa/getapprovalinfo", body)
	if got.Decode(&n); got.ErrCode != 0 {
		h.T.Fatalf("%s: %s", body, got.Body)
	}
	for i, v := range n.List {
		n.List[i] = v[len(v)-1:]
	}
	return strings.Join(n.List, "")
}

// TestFilters: conditions of different kinds hold together, departments one by one (doc 91816).
func TestFilters(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		book, trip := h.template("买书", textControl), h.template("出差", attendanceControl(3, "halfday", "出差"))
		away := fmt.Sprintf(`{"control":"Attendance","id":"Attendance-1","value":{"attendance":{"type":3,"date_range":{"type":"halfday","new_begin":%d,"new_end":%d}}}}`, noon(0), noon(0))
		one := h.apply("zhangsan", book, node(1, 1, "lisi"), textContent)
		h.apply("lisi", book, node(1, 1, "lisi"), textContent)
		h.apply("wangwu", trip, node(1, 1, "lisi"), away)
		h.act("approve", one, "lisi", "")
		for _, tt := range []struct{ filters, found string }{
			{``, "123"}, {`{"key":"template_id","value":"` + book + `"}`, "12"}, {`{"key":"creator","value":"LISI"}`, "2"}, {`{"key":"creator","value":"stranger"}`, ""},
			{`{"key":"department","value":"2"}`, "1"}, {`{"key":"department","value":"2"},{"key":"department","value":"4"}`, "13"}, {`{"key":"sp_status","value":"2"}`, "1"},
			{`{"key":"sp_status","value":1}`, "23"}, {`{"key":"record_type","value":"3"}`, "3"}, {`{"key":"template_id","value":"` + book + `"},{"key":"sp_status","value":"1"}`, "2"},
		} {
			if got := h.found(h.App, h.today(tt.filters)); got != tt.found {
				t.Errorf("%s: %q, want %q", tt.filters, got, tt.found)
			}
		}
		if got := h.found(h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}})), h.today("")); got != "12" {
			t.Errorf("an application of department 2: %q", got)
		}
		if got := h.found(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), h.today("")); got != "" {
			t.Errorf("the twin enterprise: %q", got)
		}
		now := h.Clock.Now().Unix()
		h.Answers("oa/getapprovalinfo", []qiweitest.Refusal{
			{"nothing", `{}`, 301025}, {"backwards", fmt.Sprintf(`{"starttime":%d,"endtime":%d}`, now, now-1), 301025}, {"no size", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"size":0}`, now, now+1), 301025},
			{"an unknown key", h.today(`{"key":"name","value":"a"}`), 301025}, {"an unknown status", h.today(`{"key":"sp_status","value":"5"}`), 301025}, {"a department in letters", h.today(`{"key":"department","value":"a"}`), 301025},
			{"two creators", h.today(`{"key":"creator","value":"lisi"},{"key":"creator","value":"wangwu"}`), 301025}, {"record_type 10", h.today(`{"key":"record_type","value":"10"}`), 301025},
			{"a key without a value", h.today(`{"key":"template_id"}`), 301025}, {"a text for filters", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"filters":"a"}`, now, now+1), 301025},
		}...)
	})
}

// TestPages: both cursors lead from page to page, and miss and repeat nothing of what is submitted meanwhile.
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		book := h.template("买书", textControl)
		for range 5 {
			h.apply("zhangsan", book, node(1, 1, "lisi"), textContent)
		}
		base := strings.Replace(h.today(""), `"new_cursor":"",`, `"size":2,`, 1)
		for _, kind := range []string{"new_cursor", "cursor"} {
			var all []string
			body := base
			for page := 0; ; page++ {
				var n numbers
				got := h.Call(h.App, "oa/getapprovalinfo", body)
				if got.Decode(&n); got.ErrCode != 0 || page > 30 {
					t.Fatal(got.Body)
				}
				all = append(all, n.List...)
				if n.Next == "" {
					break
				}
				next := fmt.Sprintf(`{"new_cursor":%q,`, n.Next)
				if kind == "cursor" {
					next = fmt.Sprintf(`{"cursor":%d,`, n.Cursor)
				}
				body = strings.Replace(base, "{", next, 1)
				h.apply("lisi", book, node(1, 1, "lisi"), textContent)
			}
			seen := map[string]bool{}
			for _, v := range all {
				seen[v] = true
			}
			if len(all) != len(seen) || len(all) < 5 {
				t.Errorf("by %s: %v", kind, all)
			}
		}
		h.Answers("oa/getapprovalinfo", []qiweitest.Refusal{
			{"a forged cursor", strings.Replace(base, "{", `{"new_cursor":"x",`, 1), 301025}, {"an unknown older one", strings.Replace(base, "{", `{"cursor":999999,`, 1), 301025},
		}...)
		var n numbers
		h.Must(h.App, "oa/getapprovalinfo", base).Decode(&n)
		h.Answers("oa/getapprovalinfo", []qiweitest.Refusal{{"the cursor of another query", strings.Replace(strings.Replace(base, "{", fmt.Sprintf(`{"new_cursor":%q,`, n.Next), 1), `"filters":[]`, `"filters":[{"key":"sp_status","value":"1"}]`, 1), 301025}}...)
	})
}

// TestOldList: the older call goes on after the number that it has ended with, and leaves out what is deleted.
func TestOldList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		book := h.template("买书", textControl)
		var last string
		for range 3 {
			last = h.apply("zhangsan", book, node(1, 1, "lisi")+","+node(2, 0, "wangwu"), textContent)
		}
		h.act("delete", last, "lisi", "")
		own := h.As(access.Approval)
		got := h.Call(own, "corp/getapprovaldata", h.today("")).Body
		for _, part := range []string{`"count":2,"total":2,`, `"approval_name":["李四"],"notify_name":["王五"],"sp_status":1,"sp_num":` + last[:len(last)-1] + `1,"mediaids":[],`,
			`"comm":{"apply_data":"[{\"id\":\"Text-1\",\"type\":\"text\",\"value\":\"买书\",\"title\":\"事由\"}]"}`} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is not in %s", part, got)
			}
		}
		after := strings.Replace(h.today(""), "{", `{"next_spnum":`+last[:len(last)-1]+`1,`, 1)
		if got := h.Call(own, "corp/getapprovaldata", after).Body; !strings.Contains(got, `"count":1,"total":2,"next_spnum":`+last[:len(last)-1]+"2,") {
			t.Error(got)
		}
		for _, body := range []string{`{}`, `{"starttime":2,"endtime":1}`, `{"starttime":1,"endtime":2592002}`, strings.Replace(h.today(""), "{", `{"next_spnum":1,`, 1)} {
			if got := h.Call(own, "corp/getapprovaldata", body); got.ErrCode != 301025 {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
	})
}

package approval_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestProcessBeforeSubmitting: a member sees the process that an application would take, by what is filled in, and
// chooses people where the template lets the applicant.
func TestProcessBeforeSubmitting(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var made struct {
			ID string `json:"template_id"`
		}
		h.Play("template", `{"name":"采购","controls":[{"property":{"control":"Money","id":"Money-1","title":[{"text":"金额","lang":"zh_CN"}],"require":1}}],
			"process":{"branches":[{"when":[{"id":"Money-1","op":"gt","values":["1000"]}],"nodes":[{"type":1,"rel":2,"users":["lisi","wangwu"]},{"type":1,"choose":true}]}],
			"nodes":[{"type":1,"rel":1,"leader":1},{"type":2,"users":["wangwu"]}]}}`).Into(&made)
		li := h.signedIn("lisi")
		money := func(n string) string {
			return fmt.Sprintf(`{"template_id":%q,"contents":[{"control":"Money","id":"Money-1","value":{"new_money":%q}}]`, made.ID, n)
		}
		for n, want := range map[string]string{
			"":     `{"process":[{"type":1,"rel":1,"choose":false,"people":[{"userid":"zhangsan","name":"张三"}]},{"type":2,"rel":0,"choose":false,"people":[{"userid":"wangwu","name":"王五"}]}]}`,
			"1000": `{"process":[{"type":1,"rel":1,"choose":false,"people":[{"userid":"zhangsan","name":"张三"}]},{"type":2,"rel":0,"choose":false,"people":[{"userid":"wangwu","name":"王五"}]}]}`,
			"1001": `{"process":[{"type":1,"rel":2,"choose":false,"people":[{"userid":"lisi","name":"李四"},{"userid":"wangwu","name":"王五"}]},{"type":1,"rel":0,"choose":true,"people":[]}]}`,
		} {
			if status, text := li.do("POST", "approval_process", money(n)+"}", nil); status != 200 || text != want {
				t.Errorf("%s: %d %s", n, status, text)
			}
		}
		for what, body := range map[string]string{
			"another's template": `{"template_id":"3nothing"}`, "nobody is chosen": money("1001") + `}`, "an empty choice": money("1001") + `,"chosen":[[]]}`, "nobody that is": money("1001") + `,"chosen":[["nobody"]]}`,
		} {
			path := "approvals"
			if what == "another's template" {
				path = "approval_process"
			}
			if status, text := li.do("POST", path, body, nil); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		var s stands
		if status, text := li.do("POST", "approvals", money("1001")+`,"chosen":[["ZhangSan"]]}`, &s); status != 200 || strings.Join(s.Waiting, ",") != "lisi,wangwu" {
			t.Fatal(status, text)
		}
		if got := h.act("approve", s.SpNo, "wangwu", ""); got != "1 zhangsan" {
			t.Errorf("after one of them has agreed: %s", got)
		}
		// The API has nobody to choose.
		if r := h.Call(h.App, "oa/applyevent", `{"creator_userid":"lisi","use_template_approver":1,`+strings.Replace(money("1001"), `"contents":`, `"apply_data":{"contents":`, 1)[1:]+"}}"); r.ErrCode != 301025 {
			t.Errorf("by the API: %s", r.Body)
		}
	})
}

// TestFileOfAnApproval: those whom it concerns read a file that was handed in, and nobody else.
func TestFileOfAnApproval(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		file := h.upload("a.html")
		var made struct {
			ID string `json:"template_id"`
		}
		h.Play("template", `{"name":"附件","controls":[{"property":{"control":"File","id":"File-1","title":[{"text":"附件","lang":"zh_CN"}]}}],"process":{"nodes":[{"type":1,"users":["zhangsan"]}]}}`).Into(&made)
		var s stands
		li := h.signedIn("lisi")
		if status, text := li.do("POST", "approvals", fmt.Sprintf(`{"template_id":%q,"contents":[{"control":"File","id":"File-1","value":{"files":[{"file_id":%q}]}}]}`, made.ID, file), &s); status != 200 {
			t.Fatal(status, text)
		}
		path := "approvals/" + s.SpNo + "/files/" + file
		for user, want := range map[string]int{"lisi": 200, "zhangsan": 200, "wangwu": 404} {
			status, text := h.signedIn(user).do("GET", path, "", nil)
			if status != want || status == 200 && text != "content of a.html" {
				t.Errorf("%s: %d %s", user, status, text)
			}
		}
		if status, _ := li.do("GET", path+"x", "", nil); status != 404 {
			t.Errorf("another file: %d", status)
		}
		if status, _ := (browser{h, nil}).do("GET", path, "", nil); status != 404 {
			t.Errorf("nobody: %d", status)
		}
	})
}

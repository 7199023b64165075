package meeting_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// TestEnrolment asks, enrols, approves, imports, takes back and deletes, and lets in who is approved.
func TestEnrolment(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		e := listen(t, w, c)
		plain := reserve(t, w, c, "")
		call(t, c, "enroll/get_config", `{"meetingid":"`+plain+`"}`, 40058)
		call(t, c, "enroll/import", `{"meetingid":"`+plain+`","enroll_list":[{"userid":"lisi"}]}`, 40058)
		meetingID := reserve(t, w, c, `,"settings":{"enable_enroll":true}`)
		on := func(name, more string, code int) qiweitest.JSON {
			t.Helper()
			return call(t, c, "enroll/"+name, `{"meetingid":"`+meetingID+`"`+more+`}`, code)
		}
		shows(t, "as it is without a word", on("get_config", "", 0), map[string]any{"approve_type": 1, "is_collect_question": 1, "no_registration_needed_for_staff": false, "question_list": "[]"})
		n := on("set_config", `,"approve_type":2,"is_collect_question":2,"question_list":[{"is_required":2,"question_type":1,"question_title":"来吗","special_type":1,"option_list":[{"content":"来"},{"content":"不来"}]},{"is_required":1,"special_type":4}]`, 0)
		shows(t, "two questions", n, map[string]any{"question_count": 2})
		shows(t, "the special one first", on("get_config", "", 0), map[string]any{"approve_type": 2, "question_list.0.special_type": 4, "question_list.0.question_title": "姓名", "question_list.1.option_list.1.content": "不来", "question_list.1.is_required": 2})
		for _, row := range []struct{ more, says string }{
			{`,"userid":"lisi"`, "question 2 must be answered"},
			{`,"userid":"lisi","answers":{"2":["也许"]}`, "none of question 2's options"},
			{`,"userid":"lisi","answers":{"2":["来","不来"]}`, "has one answer"},
		} {
			if text := refused(t, w, "enroll", meetingID, row.more); !strings.Contains(text, row.says) {
				t.Errorf("%s: %s", row.more, text)
			}
		}
		lisi := script(t, w, "enroll", meetingID, `,"userid":"LiSi","answers":{"1":["李四"],"2":["来"]}`)
		shows(t, "asked", lisi, map[string]any{"status": 1})
		e.heard("enrolled", "enroll lisi")
		refused(t, w, "enroll", meetingID, `,"userid":"lisi","answers":{"2":["来"]}`)
		if text := refused(t, w, "join", meetingID, `,"userid":"lisi"`); !strings.Contains(text, "not approved") {
			t.Error(text)
		}
		listedNow := on("list", "", 0)
		shows(t, "listed", listedNow, map[string]any{"has_more": false, "enroll_list.0.enroll_id": lisi.Text("enroll_id"), "enroll_list.0.status": 1, "enroll_list.0.enroll_source_type": 1, "enroll_list.0.nick_name": "李四", "enroll_list.0.userid": "lisi",
			"enroll_list.0.answer_list.0.question_num": 1, "enroll_list.0.answer_list.1.answer_content": "[来]", "enroll_list.0.answer_list.1.question_title": "来吗"})
		if n := len(on("list", `,"status":3`, 0).List("enroll_list")); n != 0 {
			t.Errorf("%d are approved", n)
		}
		on("approve", `,"action":3,"enroll_id_list":["`+lisi.Text("enroll_id")+`","me0"]`, 730006)
		shows(t, "approved", on("approve", `,"action":3,"enroll_id_list":["`+lisi.Text("enroll_id")+`"]`, 0), map[string]any{"handled_count": 1})
		openID := script(t, w, "join", meetingID, `,"userid":"lisi"`).Text("tmp_openid")
		e.heard("comes in", "meeting_start lisi", "start_meeting lisi", "join_meeting_before_host lisi", "join_meeting lisi")
		imported := on("import", `,"enroll_list":[{"userid":"LISI"},{"area":"86","phone_number":"13500000000","nick_name":"客人"},{"area":"86","phone_number":"13500000000"}]`, 0)
		shows(t, "imported once each", imported, map[string]any{"total_count": 2, "enroll_list.0.userid": "lisi", "enroll_list.0.nick_name": "李四", "enroll_list.1.phone_number": "13500000000", "enroll_list.1.nick_name": "客人"})
		if len(imported.Text("enroll_list.1.enroll_code")) != 6 {
			t.Errorf("imported: %v", imported)
		}
		for _, rule := range []struct {
			sorting int
			want    string
		}{{1, imported.Text("enroll_list.0.enroll_id")}, {2, lisi.Text("enroll_id")}} {
			got := on("query_by_tmp_openid", fmt.Sprintf(`,"sorting_rules":%d,"tmp_openid_list":[%q,"ms0"]`, rule.sorting, openID), 0)
			shows(t, "asked by tmp_openid", got, map[string]any{"enroll_id_list.0.enroll_id": rule.want, "enroll_id_list.1": nil})
		}
		shows(t, "nobody of them", on("query_by_tmp_openid", `,"tmp_openid_list":["ms0"]`, 0), map[string]any{"enroll_id_list": nil})
		script(t, w, "cancel_enroll", meetingID, `,"userid":"lisi"`)
		e.heard("taken back", "cancel_enroll lisi")
		refused(t, w, "cancel_enroll", meetingID, `,"userid":"lisi"`)
		page := on("list", `,"limit":1`, 0)
		rest := on("list", `,"limit":1,"cursor":"`+page.Text("next_cursor")+`"`, 0)
		shows(t, "the second page", rest, map[string]any{"enroll_list.0.nick_name": "客人", "enroll_list.0.enroll_source_type": 2, "has_more": false})
		shows(t, "deleted", on("delete", `,"enroll_id_list":[{"enroll_id":"`+imported.Text("enroll_list.0.enroll_id")+`"}]`, 0), map[string]any{"total_count": 1})
		on("delete", `,"enroll_id_list":[{"enroll_id":"`+imported.Text("enroll_list.0.enroll_id")+`"}]`, 730006)
		on("set_config", `,"no_registration_needed_for_staff":true`, 0)
		script(t, w, "join", meetingID, `,"userid":"wangwu"`)
		e.heard("members need not enrol", "join_meeting_before_host wangwu", "join_meeting wangwu")
		e.same("enrolment.txt")
	})
}

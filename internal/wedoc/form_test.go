package wedoc_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// questions are one of each type.
const questions = `{"question_id":1,"title":"姓名","pos":1,"status":1,"reply_type":1,"must_reply":true,"note":"真名","placeholder":"写这里"},
	{"question_id":2,"title":"单选","pos":2,"status":1,"reply_type":2,"option_item":[{"key":1,"value":"A","status":1},{"key":2,"value":"B","status":2}],"question_extend_setting":{"radio_setting":{"add_other_option":true}}},
	{"question_id":3,"title":"多选","pos":3,"status":1,"reply_type":3,"option_item":[{"key":1,"value":"A","status":1},{"key":2,"value":"B","status":1},{"key":3,"value":"C","status":1}],"question_extend_setting":{"checkbox_setting":{"type":2,"number":2}}},
	{"question_id":4,"title":"部门","pos":4,"status":1,"reply_type":18},
	{"question_id":5,"title":"成员","pos":5,"status":1,"reply_type":19,"question_extend_setting":{"member_setting":{"allow_multiple_selection":true}}},
	{"question_id":6,"title":"时长","pos":6,"status":1,"reply_type":22},
	{"question_id":7,"title":"图片","pos":7,"status":1,"reply_type":9,"question_extend_setting":{"image_setting":{"upload_image_limit":{"count_limit_type":1,"count":1}}}},
	{"question_id":8,"title":"年龄","pos":8,"status":1,"reply_type":1,"question_extend_setting":{"text_setting":{"validation_type":1,"validation_detail":9,"number_min":0,"number_max":150}}},
	{"question_id":9,"title":"旧的","pos":9,"status":2,"reply_type":1,"must_reply":true}`

func form(questions, setting string) string {
	return `{"form_info":{"form_title":"登记","form_desc":"说明","form_question":{"items":[` + questions + `]},"form_setting":` + setting + `}}`
}

// rounds are the times of a form.
func rounds(t *testing.T, c *qiweitest.Client, formID string) []string {
	t.Helper()
	var got struct {
		Form struct {
			Rounds []string `json:"repeated_id"`
		} `json:"form_info"`
	}
	call(t, c, "get_form_info", `{"formid":"`+formID+`"}`, 0).Decode(&got)
	return got.Form.Rounds
}

// answered is the number of an answer that a script has handed in.
func answered(t *testing.T, body string) string {
	t.Helper()
	var got struct {
		ID int64 `json:"answer_id"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.ID == 0 {
		t.Fatalf("%v in %s", err, body)
	}
	return fmt.Sprint(got.ID)
}

// A form is what was set, and its answers are counted and read (doc 97462, 97817, 97818, 97819).
func TestForms(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now().Unix()
		f := made(t, c, "create_form", form(questions, `{"fill_out_auth":1,"fill_in_range":{"userids":["LiSi"],"departmentids":[2]},"setting_manager_range":{"userids":["zhangsan"]},"allow_multi_fill":true,"can_anonymous":true}`))
		info := call(t, c, "get_form_info", `{"formid":"`+f.FormID+`"}`, 0).Body
		for _, part := range []string{`"formid":"` + f.FormID + `","form_title":"登记","form_desc":"说明"`, `"fill_in_range":{"userids":["lisi"],"departmentids":[2]}`, `{"question_id":1,"title":"姓名","pos":1,"status":1,"reply_type":1,"must_reply":true,"note":"真名","placeholder":"写这里"}`} {
			if !strings.Contains(info, part) {
				t.Errorf("%s\nwithout %s", info, part)
			}
		}
		round := rounds(t, c, f.FormID)
		if len(round) != 1 {
			t.Fatalf("rounds: %v", round)
		}
		items := `{"question_id":1,"text_reply":"李四"},{"question_id":2,"option_reply":[7],"option_extend_reply":[{"option_reply":7,"extend_text":"别的"}]},{"question_id":3,"option_reply":[1,3]},{"question_id":4,"department_reply":{"list":[{"department_id":2}]}},{"question_id":5,"member_reply":{"list":[{"userid":"zhangsan"},{"userid":"lisi"}]}},{"question_id":6,"duration_reply":{"begin_time":1586136317,"end_time":1586236317,"time_scale":2,"day_range":8,"hours":2.5}},{"question_id":7,"file_extend_reply":[{"name":"a.png","fileid":"F1"}]},{"question_id":8,"text_reply":"30"}`
		first := answered(t, script(t, w, "answer", "lisi", `{"formid":"`+f.FormID+`","items":[`+items+`]}`, 200))
		second := answered(t, script(t, w, "answer", "lisi", `{"formid":"`+f.FormID+`","anonymous":true,"items":[{"question_id":1,"text_reply":"匿名"}]}`, 200))
		const name = "李四"
		want(t, call(t, c, "get_form_answer", `{"repeated_id":"`+round[0]+`","answer_ids":[`+first+`]}`, 0), fmt.Sprintf(`"answer":{"answer_list":[{"answer_id":%s,"user_name":%q,"ctime":%d,"mtime":%[3]d,"reply":{"items":[%s]},"answer_status":1,"userid":"lisi"}]}`, first, name, now, items))
		if got := call(t, c, "get_form_answer", `{"repeated_id":"`+round[0]+`","answer_ids":[`+second+`]}`, 0).Body; strings.Contains(got, "lisi") || strings.Contains(got, name) {
			t.Errorf("an answer without a name: %s", got)
		}
		var n struct {
			Filled  int `json:"fill_cnt"`
			Users   int `json:"fill_user_cnt"`
			Missing int `json:"unfill_user_cnt"`
			Submits []struct {
				UserID string `json:"userid"`
				Answer int    `json:"answer_id"`
			} `json:"submit_users"`
			Misses []struct {
				UserID string `json:"userid"`
				Name   string `json:"user_name"`
			} `json:"unfill_users"`
			More   bool `json:"has_more"`
			Cursor int
		}
		stat := func(fields string) {
			n.Submits, n.Misses, n.More, n.Cursor = nil, nil, false, 0
			call(t, c, "get_form_statistic", `{"repeated_id":"`+round[0]+`",`+fields+`}`, 0).Decode(&n)
		}
		if stat(`"req_type":1`); n.Filled != 2 || n.Users != 2 || n.Missing < 1 || n.Submits != nil {
			t.Errorf("numbers: %+v", n)
		}
		day := fmt.Sprintf(`"req_type":2,"start_time":%d,"end_time":%[1]d`, now)
		if stat(day + `,"limit":1`); len(n.Submits) != 1 || n.Submits[0].UserID != "lisi" || !n.More || fmt.Sprint(n.Cursor) != first {
			t.Errorf("first page: %+v", n)
		}
		if stat(day + `,"limit":1,"cursor":` + first); len(n.Submits) != 1 || n.Submits[0].UserID != "" || fmt.Sprint(n.Submits[0].Answer) != second || n.More {
			t.Errorf("second page: %+v", n)
		}
		if stat(fmt.Sprintf(`"req_type":2,"start_time":%d,"end_time":%[1]d`, now-86400)); n.Submits != nil {
			t.Errorf("another day: %+v", n)
		}
		stat(`"req_type":3`)
		if all := n; len(all.Misses) != n.Missing || slices.ContainsFunc(all.Misses, func(m struct {
			UserID string `json:"userid"`
			Name   string `json:"user_name"`
		}) bool {
			return m.UserID == "lisi" || m.Name == ""
		}) {
			t.Errorf("who has not: %+v", n)
		}
		script(t, w, "remove_answer", "zhangsan", `{"formid":"`+f.FormID+`","answer_id":`+first+`}`, 200)
		script(t, w, "remove_answer", "zhangsan", `{"formid":"`+f.FormID+`","answer_id":999999}`, 404)
		if got := call(t, c, "get_form_answer", `{"repeated_id":"`+round[0]+`","answer_ids":[`+first+`]}`, 0).Body; !strings.Contains(got, `"answer_status":3`) {
			t.Errorf("a removed answer: %s", got)
		}
		if stat(`"req_type":1`); n.Filled != 1 {
			t.Errorf("numbers without it: %+v", n)
		}
		other := listed(w.Second)
		call(t, other, "get_form_info", `{"formid":"`+f.FormID+`"}`, 301085)
		call(t, other, "get_form_answer", `{"repeated_id":"`+round[0]+`","answer_ids":[`+first+`]}`, 301085)
		call(t, other, "get_form_statistic", `{"repeated_id":"`+round[0]+`","req_type":1}`, 301085)
	})
}

// What is counted and who has not answered say nothing of who has answered without a name.
func TestNamelessAnswersStaySo(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		f := made(t, c, "create_form", form(`{"question_id":1,"title":"意见","pos":1,"status":1,"reply_type":1}`, `{"fill_out_auth":1,"fill_in_range":{"userids":["lisi","zhangsan","wangwu"]},"allow_multi_fill":true,"can_anonymous":true}`))
		round := rounds(t, c, f.FormID)[0]
		says := func(user string, nameless bool) {
			script(t, w, "answer", user, fmt.Sprintf(`{"formid":%q,"anonymous":%t,"items":[{"question_id":1,"text_reply":"x"}]}`, f.FormID, nameless), 200)
		}
		says("zhangsan", false)
		// Whoever it is who answers without a name, the application is told the same.
		var told []string
		for _, user := range []string{"lisi", "zhangsan"} {
			says(user, true)
			want := len(told) + 1
			r := call(t, c, "get_form_statistic", `{"repeated_id":"`+round+`","req_type":3}`, 0)
			var n struct {
				Filled  int `json:"fill_cnt"`
				Users   int `json:"fill_user_cnt"`
				Missing int `json:"unfill_user_cnt"`
				Misses  []struct {
					UserID string `json:"userid"`
				} `json:"unfill_users"`
			}
			r.Decode(&n)
			if n.Filled != 1+want || n.Users != 1+want || n.Missing != 2 {
				t.Errorf("after %s: %+v", user, n)
			}
			told = append(told, fmt.Sprint(n.Misses))
		}
		if told[0] != told[1] || strings.Contains(told[0], "zhangsan") || !strings.Contains(told[0], "lisi") {
			t.Errorf("who has not answered: %q", told)
		}
	})
}

// The pages had other names for two calls at first.
func TestOlderNamesOfForms(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		f := made(t, c, "create_collect", form(questions, `{}`))
		call(t, c, "modify_collect", `{"oper":2,"formid":"`+f.FormID+`","form_info":{"form_setting":{"allow_multi_fill":true}}}`, 0)
		if got := call(t, c, "get_form_info", `{"formid":"`+f.FormID+`"}`, 0).Body; !strings.Contains(got, `"allow_multi_fill":true`) {
			t.Error(got)
		}
		call(t, c, "modify_collect", `{"oper":3,"formid":"`+f.FormID+`"}`, 40058)
		call(t, listed(w.Second), "modify_collect", `{"oper":2,"formid":"`+f.FormID+`"}`, 301085)
	})
}

// What does not fit a question is refused, and so is who may not answer, or not any more.
func TestAnswerRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		f := made(t, c, "create_form", form(questions, `{"fill_out_auth":1,"fill_in_range":{"userids":["lisi"]}}`))
		for _, item := range []string{
			``, `{"question_id":1,"text_reply":""}`, `{"question_id":1,"text_reply":"a"},{"question_id":1,"text_reply":"a"}`, `{"question_id":1,"text_reply":"a"},{"question_id":99,"text_reply":"a"}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":2,"option_reply":[2]}`, `{"question_id":1,"text_reply":"a"},{"question_id":2,"option_reply":[1,1]}`, `{"question_id":1,"text_reply":"a"},{"question_id":2,"option_reply":[7]}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":3,"option_reply":[1,2,3]}`, `{"question_id":1,"text_reply":"a"},{"question_id":4,"department_reply":{"list":[{"department_id":999}]}}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":4,"department_reply":{"list":[{"department_id":1},{"department_id":2}]}}`, `{"question_id":1,"text_reply":"a"},{"question_id":5,"member_reply":{"list":[{"userid":"nobody"}]}}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":6,"duration_reply":{"begin_time":2,"end_time":1}}`, `{"question_id":1,"text_reply":"a"},{"question_id":6,"text_reply":"a"}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":7,"file_extend_reply":[{"name":"a","fileid":"1"},{"name":"b","fileid":"2"}]}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":8,"text_reply":"151"}`, `{"question_id":1,"text_reply":"a"},{"question_id":8,"text_reply":"old"}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":5,"member_reply":{"list":` + list(`{"userid":"lisi"}`, 501) + `}}`,
			`{"question_id":1,"text_reply":"a"},{"question_id":2,"option_reply":[7],"option_extend_reply":[{"option_reply":7,"extend_text":"` + letters(5001) + `"}]}`,
		} {
			script(t, w, "answer", "lisi", `{"formid":"`+f.FormID+`","items":[`+item+`]}`, 400)
		}
		one := `{"formid":"` + f.FormID + `","items":[{"question_id":1,"text_reply":"a"}]}`
		script(t, w, "answer", "wangwu", one, 400) // not in the range
		script(t, w, "answer", "lisi", `{"anonymous":true,`+one[1:], 400)
		script(t, w, "answer", "lisi", one, 200)
		script(t, w, "answer", "lisi", one, 400) // once
		ends := made(t, c, "create_form", form(questions, fmt.Sprintf(`{"timed_finish":%d}`, w.Clock.Now().Add(time.Hour).Unix())))
		one = strings.Replace(one, f.FormID, ends.FormID, 1)
		script(t, w, "answer", "wangwu", one, 200)
		w.Advance(time.Hour)
		script(t, w, "answer", "lisi", one, 400)
	})
}

// A form that repeats has a round for each of its times (doc 97462).
func TestRepeatedForms(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now()
		repeat := func(fields string) string {
			return fmt.Sprintf(`{"fill_out_auth":1,"fill_in_range":{"userids":["lisi"]},"timed_repeat_info":{"enable":true,"remind_time":%d,%s}}`, now.Add(time.Hour).Unix(), fields)
		}
		daily := made(t, c, "create_form", form(questions, repeat(`"repeat_type":1,"fork_finish_type":4`)))
		weekday := (int(now.Add(time.Hour).UTC().Add(8*time.Hour).Weekday()) + 6) % 7
		weekly := made(t, c, "create_form", form(questions, repeat(fmt.Sprintf(`"repeat_type":0,"week_flag":%d`, 1<<weekday))))
		working := made(t, c, "create_form", form(questions, repeat(`"repeat_type":1,"skip_holiday":true`)))
		monthly := made(t, c, "create_form", form(questions, repeat(fmt.Sprintf(`"repeat_type":2,"day_of_month":%d`, now.Add(time.Hour).UTC().Add(8*time.Hour).Day()))))
		one := `{"formid":"` + daily.FormID + `","items":[{"question_id":1,"text_reply":"a"}]`
		script(t, w, "answer", "lisi", one+`}`, 400) // its first time is in an hour
		w.Advance(time.Hour)
		first := rounds(t, c, daily.FormID)
		script(t, w, "answer", "lisi", one+`}`, 200)
		w.Advance(27 * 24 * time.Hour)
		for formID, want := range map[string]int{daily.FormID: 28, weekly.FormID: 4, working.FormID: 20, monthly.FormID: 1} {
			got := rounds(t, c, formID)
			if len(got) != want || !slices.Equal(got[len(got)-1:], rounds(t, c, formID)[len(got)-1:]) {
				t.Errorf("%d rounds, want %d", len(got), want)
			}
		}
		script(t, w, "answer", "lisi", one+`}`, 200)
		script(t, w, "answer", "lisi", one+`,"repeated_id":"`+first[0]+`"}`, 400) // too late, since the next time came
		for _, r := range []string{first[0], rounds(t, c, daily.FormID)[0]} {
			if got := call(t, c, "get_form_statistic", `{"repeated_id":"`+r+`","req_type":1}`, 0).Body; !strings.Contains(got, `"fill_cnt":1`) {
				t.Errorf("%s: %s", r, got)
			}
		}
		w.Advance(500 * 24 * time.Hour)
		if got := rounds(t, c, daily.FormID); len(got) != 400 {
			t.Errorf("%d rounds are listed after 500 days", len(got))
		}
		call(t, c, "get_form_statistic", `{"repeated_id":"`+daily.FormID+`_zzz","req_type":1}`, 301085)
	})
}

// Questions and settings are changed apart (doc 97816).
func TestModifyForm(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		f := made(t, c, "create_form", form(questions, `{}`))
		id := `"formid":"` + f.FormID + `"`
		call(t, c, "modify_form", `{"oper":1,`+id+`,"form_info":{"form_title":"新","form_setting":{"can_anonymous":true},"form_question":{"items":[{"question_id":1,"title":"新","pos":1,"status":1,"reply_type":1}]}}}`, 0)
		call(t, c, "modify_form", `{"oper":2,`+id+`,"form_info":{"form_title":"不","form_setting":{"allow_multi_fill":true}}}`, 0)
		got := call(t, c, "get_form_info", `{`+id+`}`, 0).Body
		for part, there := range map[string]bool{`"form_title":"新"`: true, `"can_anonymous":false`: true, `"allow_multi_fill":true`: true, `姓名`: false} {
			if strings.Contains(got, part) != there {
				t.Errorf("%s: %v in %s", part, !there, got)
			}
		}
		call(t, c, "rename_doc", `{`+id+`,"new_name":"第三"}`, 0)
		if got := call(t, c, "get_form_info", `{`+id+`}`, 0).Body; !strings.Contains(got, `"form_title":"第三"`) {
			t.Errorf("renamed: %s", got)
		}
		if a := made(t, c, "doc_share", `{`+id+`}`); !strings.HasSuffix(a.Share, f.FormID) {
			t.Errorf("shared: %+v", a)
		}
		call(t, c, "modify_form", `{"oper":3,`+id+`}`, 40058)
		call(t, c, "modify_form", `{"oper":1,"formid":"x"}`, 301085)
		q := func(fields string) string {
			return form(`{"question_id":1,"title":"a","pos":1,"status":1,"reply_type":1`+fields+`}`, `{}`)
		}
		for body, code := range map[string]int{
			`{}`: 640052, form(``, `{}`): 40058, q(`,"reply_type":4`): 40058, q(`,"pos":0`): 40058, q(`,"status":3`): 40058, q(`,"title":""`): 40058, q(`,"question_id":0`): 40058,
			q(`,"reply_type":2`): 40058, q(`,"reply_type":2,"option_item":[{"key":1,"value":"a","status":1},{"key":1,"value":"b","status":1}]`): 40058,
			q(`,"question_extend_setting":{"text_setting":{"validation_type":7}}`): 40058, q(`,"question_extend_setting":{"text_setting":{"validation_type":0,"validation_detail":1}}`): 40058,
			q(`,"question_extend_setting":{"text_setting":{"validation_type":1,"validation_detail":9,"number_min":1}}`):                                40058,
			q(`,"reply_type":3,"option_item":[{"key":1,"value":"a","status":1}],"question_extend_setting":{"checkbox_setting":{"type":1,"number":2}}`): 40058,
			q(`,"reply_type":9,"question_extend_setting":{"image_setting":{"upload_image_limit":{"count":10}}}`):                                       40058,
			form(questions, `{"fill_out_auth":4}`): 40058, form(questions, `{"fill_out_auth":1,"fill_in_range":{"departmentids":[999]}}`): 40058, form(questions, `{"timed_repeat_info":{"enable":true,"remind_time":1,"repeat_type":1}}`): 40058,
			form(questions, `{"fill_in_range":{"userids":["lisi"]},"timed_repeat_info":{"enable":true,"remind_time":1,"repeat_type":0}}`): 40058, `{"spaceid":"s",` + form(questions, `{}`)[1:]: 48002,
		} {
			call(t, c, "create_form", body, code)
		}
	})
}

// The advanced functions are given to members whom the application sees (doc 99516, 99517, 99518).
func TestAdvancedAccounts(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		want(t, call(t, c, "vip/batch_add", `{"userid_list":["lisi","ZhangSan","nobody"]}`, 0), `"succ_userid_list":["lisi","zhangsan"],"fail_userid_list":["nobody"]`)
		want(t, call(t, c, "vip/batch_add", `{"userid_list":["lisi"]}`, 0), `"succ_userid_list":["lisi"],"fail_userid_list":[]`)
		want(t, call(t, c, "vip/batch_del", `{"userid_list":["wangwu"]}`, 0), `"succ_userid_list":[],"fail_userid_list":["wangwu"]`)
		var page struct {
			More  bool   `json:"has_more"`
			Next  string `json:"next_cursor"`
			Users []string
		}
		call(t, c, "vip/list", `{"limit":1}`, 0).Decode(&page)
		if !page.More || page.Next == "" {
			t.Fatalf("%+v", page)
		}
		want(t, call(t, c, "vip/list", `{"limit":1,"cursor":"`+page.Next+`"}`, 0), `"has_more":false,"next_cursor":"","userid_list":["zhangsan"]`)
		call(t, listed(w.Second), "vip/list", `{"cursor":"`+page.Next+`"}`, 50100)
		call(t, c, "vip/batch_del", `{"userid_list":["lisi","zhangsan"]}`, 0)
		want(t, call(t, c, "vip/list", `{}`, 0), `"has_more":false,"next_cursor":"","userid_list":[]`)
		call(t, c, "vip/batch_add", `{}`, 40058)
	})
}

package mcp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// A robot sees and changes in a smart sheet what the content rules let its member see and change, and no more.
func TestContentRulesBindRobots(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		c := h.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "台账", Range: access.Everything(), Callable: []access.Kind{access.Document}})
		call := func(path, body string) (got qiweitest.JSON) {
			t.Helper()
			r := c.Call("POST", "/cgi-bin/wedoc/"+path, body)
			if r.Decode(&got); r.ErrCode != 0 {
				t.Fatal(r.Body)
			}
			return got
		}
		doc := call("create_doc", `{"doc_type":10,"doc_name":"台账","admin_users":["zhangsan"]}`).Text("docid")
		sheet := call("smartsheet/get_sheet", `{"docid":"`+doc+`"}`).Text("sheet_list.0.sheet_id")
		in := fmt.Sprintf(`{"docid":%q,"sheet_id":%q,`, doc, sheet)
		fields := call("smartsheet/add_fields", in+`"fields":[{"field_title":"负责人","field_type":"FIELD_TYPE_USER"},{"field_title":"薪酬","field_type":"FIELD_TYPE_NUMBER"}]}`)
		call("mod_doc_member", `{"docid":"`+doc+`","update_file_member_list":[{"type":1,"userid":"lisi","auth":2}]}`)
		call("smartsheet/content_priv/update_sheet_priv", fmt.Sprintf(`{"docid":%q,"type":1,"priv_list":[{"sheet_id":%q,"priv":2,"can_insert_record":false,"can_delete_record":true,
			"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_NUMBER","can_edit":false,"can_insert":false,"can_view":false}],"field_default_rule":{"can_edit":true,"can_insert":true,"can_view":true}},
			"record_priv":{"record_range_type":2,"record_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_USER","oper_type":1}],"other_priv":2}}]}`, doc, sheet, fields.Text("fields.1.field_id"), fields.Text("fields.0.field_id")))
		added := call("smartsheet/add_records", in+`"records":[{"values":{"文本":[{"type":"text","text":"李四的"}],"负责人":[{"user_id":"lisi"}],"薪酬":1}},{"values":{"文本":[{"type":"text","text":"别人的"}],"负责人":[{"user_id":"wangwu"}],"薪酬":2}}]}`)
		mine, theirs := added.Text("records.0.record_id"), added.Text("records.1.record_id")

		li := work(h, "lisi")
		got := li.do("doc", "smartsheet_get_records", 0, in+`"limit":10}`)
		if lines := qiweitest.Lines(got.List("records"), "values.文本.0.text", "values.薪酬"); !slices.Equal(lines, []string{"李四的"}) || got.Int("total") != 1 {
			t.Errorf("lisi's robot sees %q of %d", lines, got.Int("total"))
		}
		if lines := qiweitest.Lines(li.do("doc", "smartsheet_get_fields", 0, in+`"offset":0}`).List("fields"), "field_title"); !slices.Equal(lines, []string{"文本", "负责人"}) {
			t.Errorf("fields: %q", lines)
		}
		li.do("doc", "smartsheet_get_records", 40058, in+`"sort":[{"field_title":"薪酬"}]}`)
		change := func(record, values string) string {
			return in + `"records":[{"record_id":"` + record + `","values":{` + values + `}}]}`
		}
		const text = `"文本":[{"type":"text","text":"改"}]`
		if got := li.do("doc", "smartsheet_update_records", 0, change(mine, text)); qiweitest.First(got.List("records"), 0).Text("values.文本.0.text") != "改" || got.At("records.0.values.薪酬") != nil {
			t.Errorf("the changed record: %v", got)
		}
		li.do("doc", "smartsheet_update_records", 40058, change(mine, `"薪酬":9`))
		li.do("doc", "smartsheet_update_records", 40058, change(theirs, text))
		li.do("doc", "smartsheet_add_records", 60011, in+`"records":[{"values":{}}]}`)
		li.do("doc", "smartsheet_add_fields", 60011, in+`"fields":[{"field_title":"新","field_type":"FIELD_TYPE_TEXT"}]}`)
		li.do("doc", "smartsheet_update_sheet", 60011, fmt.Sprintf(`{"docid":%q,"properties":{"sheet_id":%q,"title":"新"}}`, doc, sheet))
		li.do("doc", "smartsheet_delete_sheet", 60011, in+`"x":1}`)
		li.do("doc", "smartsheet_delete_records", 40058, in+`"record_ids":["`+theirs+`"]}`)
		li.do("doc", "smartsheet_delete_records", 0, in+`"record_ids":["`+mine+`"]}`)
		// The application is bound by nothing.
		if got := call("smartsheet/get_records", in+`"limit":10}`); got.Text("records.0.values.薪酬") != "2" {
			t.Errorf("the application sees %v", got)
		}
	})
}

// What a robot changes in a smart sheet is told to the application that made it, as if the member had done it.
func TestRobotsChangesAreTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		c := h.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "台账", Range: access.Everything(), Callable: []access.Kind{access.Document}})
		rc := h.Receiver(c)
		r := c.Call("POST", "/cgi-bin/wedoc/create_doc", `{"doc_type":10,"doc_name":"台账","admin_users":["zhangsan"]}`)
		var doc qiweitest.JSON
		r.Decode(&doc)
		sheets := c.Call("POST", "/cgi-bin/wedoc/smartsheet/get_sheet", `{"docid":"`+doc.Text("docid")+`"}`)
		var sheet qiweitest.JSON
		sheets.Decode(&sheet)
		in := fmt.Sprintf(`{"docid":%q,"sheet_id":%q,`, doc.Text("docid"), sheet.Text("sheet_list.0.sheet_id"))
		zhang := work(h, "zhangsan")
		told := func(change string) {
			t.Helper()
			h.Delivered()
			got := rc.Take()
			if len(got) != 1 || !strings.Contains(got[0].XML(), "<ChangeType><![CDATA["+change+"]]>") || !strings.Contains(got[0].XML(), "<FromUserName><![CDATA[zhangsan]]>") {
				t.Errorf("%s: told %d: %v", change, len(got), got)
			}
		}
		record := zhang.do("doc", "smartsheet_add_records", 0, in+`"records":[{"values":{"文本":[{"type":"text","text":"甲"}]}}]}`).Text("records.0.record_id")
		told("add_record")
		zhang.do("doc", "smartsheet_update_records", 0, in+`"records":[{"record_id":"`+record+`","values":{"文本":[{"type":"text","text":"乙"}]}}]}`)
		told("update_record")
		field := zhang.do("doc", "smartsheet_add_fields", 0, in+`"fields":[{"field_title":"状态","field_type":"FIELD_TYPE_SINGLE_SELECT","property_single_select":{"is_quick_add":false,"options":[{"text":"待办"}]}}]}`).Text("fields.0.field_id")
		told("add_filed")
		zhang.do("doc", "smartsheet_add_records", 40058, in+`"records":[{"values":{"状态":[{"text":"新的"}]}}]}`)
		zhang.do("doc", "smartsheet_update_fields", 0, in+`"fields":[{"field_id":"`+field+`","field_title":"阶段","field_type":"FIELD_TYPE_SINGLE_SELECT"}]}`)
		told("update_filed")
		zhang.do("doc", "smartsheet_delete_fields", 0, in+`"field_ids":["`+field+`"]}`)
		told("delete_filed")
		zhang.do("doc", "smartsheet_delete_records", 0, in+`"record_ids":["`+record+`"]}`)
		told("delete_record")
	})
}

// Whom the rules of the address book hide from a member, neither the member nor a robot of the member's can invite.
func TestHiddenMembersAreNotNamed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		d := work(h, "zhangsan")
		todo := d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[{"follower_id":"wangwu"}]}}`).Text("todo_id")
		sch := d.do("schedule", "create_schedule", 0, `{"schedule":{"start_time":"2031-01-07 10:00:00","end_time":"2031-01-07 11:00","attendees":[{"userid":"wangwu"}]}}`).Text("schedule_id")
		talk := d.do("meeting", "create_meeting", 0, `{"title":"a","meeting_start_datetime":"2031-01-07 10:00","meeting_duration":1800,"invitees":{"userid":["wangwu"]}}`).Text("meetingid")
		d.hide("wangwu")
		same := func(category, tool, args string) {
			t.Helper()
			hidden, nobody := d.use(d.at[category], tool, rawJSON(strings.ReplaceAll(args, "USER", "wangwu"))), d.use(d.at[category], tool, rawJSON(strings.ReplaceAll(args, "USER", "nobody")))
			told := func(got qiweitest.JSON) string {
				text, _, _ := strings.Cut(got.Text("errmsg"), ", hint")
				return strings.NewReplacer("wangwu", "nobody").Replace(text)
			}
			if hidden.Code() == 0 || hidden.Code() != nobody.Code() || told(hidden) != told(nobody) {
				t.Errorf("%s: %v, %v", tool, hidden, nobody)
			}
		}
		const at = `"start_time":"2031-01-08 10:00:00","end_time":"2031-01-08 11:00"`
		same("todo", "create_todo", `{"content":"a","follower_list":{"followers":[{"follower_id":"USER"}]}}`)
		same("schedule", "create_schedule", `{"schedule":{`+at+`,"attendees":[{"userid":"USER"}]}}`)
		same("meeting", "create_meeting", `{"title":"a","meeting_start_datetime":"2031-01-07 12:00","meeting_duration":1800,"invitees":{"userid":["USER"]}}`)
		plain := d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[]}}`).Text("todo_id")
		same("todo", "update_todo", `{"todo_id":"`+plain+`","follower_list":{"followers":[{"follower_id":"USER"}]}}`)
		own := d.do("schedule", "create_schedule", 0, `{"schedule":{`+at+`}}`).Text("schedule_id")
		same("schedule", "add_schedule_attendees", `{"schedule_id":"`+own+`","attendees":[{"userid":"USER"}]}`)
		same("schedule", "update_schedule", `{"schedule":{"schedule_id":"`+own+`","attendees":[{"userid":"USER"}]}}`)
		alone := d.do("meeting", "create_meeting", 0, `{"title":"a","meeting_start_datetime":"2031-01-07 14:00","meeting_duration":1800}`).Text("meetingid")
		same("meeting", "set_invite_meeting_members", `{"meetingid":"`+alone+`","invitees":[{"userid":"USER"}]}`)
		zhang := d.Phone("zhangsan")
		zhang.Does("todos", 400, qiweitest.JSON{"content": "a", "followers": []string{"wangwu"}})
		zhang.Does("meetings", 400, qiweitest.JSON{"title": "a", "meeting_start": h.Clock.Now().Unix() + 3600, "meeting_duration": 1800, "invitees": []string{"wangwu"}})
		zhang.Does("schedules", 400, qiweitest.JSON{"summary": "a", "start_time": h.Clock.Now().Unix() + 3600, "end_time": h.Clock.Now().Unix() + 7200, "attendees": []string{"wangwu"}})
		// Who takes part already stays, and what is made known to the one who is hidden goes on.
		d.do("todo", "update_todo", 0, `{"todo_id":"`+todo+`","content":"b","follower_list":{"followers":[{"follower_id":"wangwu"},{"follower_id":"lisi"}]}}`)
		d.do("schedule", "update_schedule", 0, `{"schedule":{"schedule_id":"`+sch+`","summary":"b","attendees":[{"userid":"wangwu"},{"userid":"lisi"}]}}`)
		d.do("schedule", "add_schedule_attendees", 0, `{"schedule_id":"`+sch+`","attendees":[{"userid":"zhangsan"}]}`)
		d.do("meeting", "set_invite_meeting_members", 0, `{"meetingid":"`+talk+`","invitees":[{"userid":"wangwu"},{"userid":"lisi"}]}`)
		// An application sees its range, whatever the rules say.
		c := h.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "会", Range: access.Everything(), Callable: []access.Kind{access.Meeting}})
		if r := c.Call("POST", "/cgi-bin/meeting/create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"a","meeting_start":%d,"meeting_duration":1800,"invitees":{"userid":["wangwu"]}}`, h.Clock.Now().Unix()+3600)); r.ErrCode != 0 {
			t.Error(r.Body)
		}
	})
}

package mcp_test

import (
	"fmt"
	"slices"
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

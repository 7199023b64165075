package smartsheet_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// edits lets a member write into the sheet.
func (s sheet) edits(user string) {
	s.t.Helper()
	s.w.Phone("zhangsan").Does("docs/"+s.docID+"/members", 200, body{"set": []body{{"userid": user, "right": 2}}})
}

// rule says what everybody may do in the sheet.
func (s sheet) rule(rest string) {
	s.t.Helper()
	r := s.c.Call("POST", "/cgi-bin/wedoc/smartsheet/content_priv/update_sheet_priv", fmt.Sprintf(`{"docid":%q,"type":1,"priv_list":[{"sheet_id":%q,%s}]}`, s.docID, s.id, rest))
	if r.ErrCode != 0 {
		s.t.Fatalf("rule: %s", r.Body)
	}
}

// hiding is the part of a rule that hides a field.
func hiding(fieldID, kind string) string {
	return fmt.Sprintf(`"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_%s","can_edit":false,"can_insert":false,"can_view":false}],"field_default_rule":{"can_edit":true,"can_insert":true,"can_view":true}}`, fieldID, kind)
}

// Who fills a sheet in adds options to a choice unless is_quick_add is false; the application always may.
func TestQuickAdd(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		one := s.field("单选", "SINGLE_SELECT", `"property_single_select":{"is_quick_add":false,"options":[{"text":"甲"}]}`)
		many := s.field("多选", "SELECT", `"property_select":{"is_quick_add":false,"options":[{"text":"甲"}]}`)
		zhang := w.Phone("zhangsan")
		fills := func(field, option string, status int) {
			t.Helper()
			got := zhang.Does(path+"/records", status, body{"values": body{field: []body{{"text": option}}}})
			if status == 400 && !strings.Contains(got.Text("error"), "is_quick_add") {
				t.Errorf("%s: %v", option, got)
			}
		}
		fills(one, "甲", 200)
		fills(one, "乙", 400)
		fills(many, "甲", 200)
		fills(many, "乙", 400)
		fills(id["状态"], "新的", 200)
		s.script("add_records", "zhangsan", `{"records":[{"values":{"单选":[{"text":"丙"}]}}]}`, 400)
		s.call("add_records", `{"records":[{"values":{"单选":[{"text":"乙"}]}}]}`, 0)
		fills(one, "乙", 200)
		// It stays when only the options are changed, and is true where nobody has said it.
		s.call("update_fields", fmt.Sprintf(`{"fields":[{"field_id":%q,"field_type":"FIELD_TYPE_SINGLE_SELECT","property_single_select":{"options":[{"text":"甲"},{"text":"丁"}]}}]}`, one), 0)
		fills(one, "戊", 400)
		s.call("update_fields", fmt.Sprintf(`{"fields":[{"field_id":%q,"field_type":"FIELD_TYPE_SINGLE_SELECT","property_single_select":{"is_quick_add":true,"options":[{"text":"甲"}]}}]}`, one), 0)
		fills(one, "戊", 200)
		var got struct {
			Fields []struct {
				ID  string `json:"field_id"`
				One struct {
					Quick bool `json:"is_quick_add"`
				} `json:"property_single_select"`
				Many struct {
					Quick bool `json:"is_quick_add"`
				} `json:"property_select"`
			}
		}
		s.call("get_fields", `{}`, 0).Decode(&got)
		for _, f := range got.Fields {
			if want := f.ID == one || f.ID == id["状态"]; f.One.Quick != want {
				t.Errorf("%s: is_quick_add %t", f.ID, f.One.Quick)
			}
			if f.Many.Quick {
				t.Errorf("%s: is_quick_add", f.ID)
			}
		}
	})
}

// A view that asks of a field is no way to learn what is in the field for those who may not see it.
func TestViewsOfHiddenFields(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		s.edits("lisi")
		for i, name := range []string{"甲", "乙", "丙"} {
			s.call("add_records", fmt.Sprintf(`{"records":[{"values":{"数":%d,"完成":%t,"文本":[{"type":"text","text":%q}]}}]}`, 3-i, i < 2, name), 0)
		}
		s.rule(`"priv":2,"record_priv":{"record_range_type":1},"can_create_modify_delete_view":true,` + hiding(id["数"], "NUMBER"))
		s.call("update_view", fmt.Sprintf(`{"view_id":%q,"property":{"sort_spec":{"sort_infos":[{"field_id":%q}]},"filter_spec":{"conjunction":"CONJUNCTION_AND","conditions":[
			{"field_id":%[2]q,"operator":"OPERATOR_IS_LESS","number_value":{"value":3}},{"field_id":%[3]q,"operator":"OPERATOR_IS","bool_value":{"value":true}}]}}}`, s.view, id["数"], id["完成"]), 0)
		names := func(p qiweitest.Phone) []string {
			t.Helper()
			return qiweitest.Lines(p.Ask(path+"/records?view_id="+s.view).List("records"), "values."+id["文本"]+".0.text")
		}
		if got := names(w.Phone("zhangsan")); !slices.Equal(got, []string{"乙"}) {
			t.Errorf("who manages it: %q", got)
		}
		if got := names(w.Phone("lisi")); !slices.Equal(got, []string{"甲", "乙"}) { // the filter that lisi may know holds, in the order of adding
			t.Errorf("lisi: %q", got)
		}
		if got := w.Phone("lisi").Get("/phone/api/" + path + "/records?filter=" + url.QueryEscape(fmt.Sprintf(`{"conditions":[{"field_id":%q,"operator":"OPERATOR_IS_LESS","number_value":{"value":3}}]}`, id["数"]))); got.Status != 400 {
			t.Errorf("a filter by it: %d", got.Status)
		}
		// Nor can a view be made that asks of it.
		view := path + "/views/" + s.view
		for _, property := range []body{
			{"sort_spec": body{"sort_infos": []body{{"field_id": id["数"]}}}}, {"group_spec": body{"groups": []body{{"field_id": id["数"]}}}},
			{"field_visibility": body{id["数"]: true}}, {"filter_spec": body{"conditions": []body{{"field_id": id["数"], "operator": "OPERATOR_IS_EMPTY"}}}},
		} {
			w.Phone("lisi").Does(view, 400, body{"property": property})
		}
		w.Phone("lisi").Does(view, 200, body{"property": body{"sort_spec": body{"sort_infos": []body{{"field_id": id["文本"]}}}}})
		if got := names(w.Phone("lisi")); !slices.Equal(got, []string{"乙", "甲"}) {
			t.Errorf("lisi, in the order of the text: %q", got)
		}
		if got := names(w.Phone("zhangsan")); !slices.Equal(got, []string{"乙"}) { // the condition of those who see the field is still there
			t.Errorf("who manages it: %q", got)
		}
	})
}

// Scripts play members, whom the content rules hold.
func TestRulesOfScripts(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, _, id := phoneSheet(t, w)
		s.edits("lisi")
		var made struct {
			Records []struct {
				ID string `json:"record_id"`
			}
		}
		s.call("add_records", `{"records":[{"values":{"负责人":[{"user_id":"zhangsan"}]}},{"values":{"负责人":[{"user_id":"lisi"}]}}]}`, 0).Decode(&made)
		theirs, mine := made.Records[0].ID, made.Records[1].ID
		s.rule(fmt.Sprintf(`"priv":2,"can_delete_record":true,"record_priv":{"record_range_type":2,"other_priv":1,"record_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_USER","oper_type":1}]}`, id["负责人"]))
		change := func(record string) string {
			return fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"数":1}}]}`, record)
		}
		s.script("update_records", "lisi", change(theirs), 400)
		s.script("update_records", "lisi", change(mine), 200)
		s.script("delete_records", "lisi", fmt.Sprintf(`{"record_ids":[%q,%q]}`, mine, theirs), 400)
		s.script("add_records", "lisi", `{"records":[{"values":{}}]}`, 400)
		s.script("add_fields", "lisi", `{"fields":[{"field_title":"x","field_type":"FIELD_TYPE_TEXT"}]}`, 400)
		s.script("delete_records", "lisi", fmt.Sprintf(`{"record_ids":[%q]}`, mine), 200)
		s.script("delete_records", "zhangsan", fmt.Sprintf(`{"record_ids":[%q]}`, theirs), 200)
	})
}

// Views are changed by who has the right to them, and groups of fields by who may change the sheet.
func TestRightsOverViews(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, _, id := phoneSheet(t, w)
		s.edits("lisi")
		group := func(name string) string {
			return fmt.Sprintf(`{"name":%q,"children":[{"field_id":%q},{"field_id":%q}]}`, name, id["数"], id["完成"])
		}
		view := `{"view_title":"看板","view_type":"VIEW_TYPE_KANBAN"}`
		rename := fmt.Sprintf(`{"view_id":%q,"view_title":"改名"}`, s.view)
		made := s.script("add_field_group", "lisi", group("一组"), 200) // there is no rule yet, and lisi may do everything
		s.rule(`"priv":2,"record_priv":{"record_range_type":1},"can_create_modify_delete_view":false,` + hiding(id["数"], "NUMBER"))
		s.script("add_view", "lisi", view, 400)
		s.script("update_view", "lisi", rename, 400)
		s.script("delete_views", "lisi", fmt.Sprintf(`{"view_ids":[%q]}`, s.view), 400)
		groupID := made[strings.Index(made, `"fg`)+1:][:7]
		for name, req := range map[string]string{
			"add_field_group": group("二组"), "update_field_group": fmt.Sprintf(`{"field_group_id":%q,"name":"三组"}`, groupID), "delete_field_groups": fmt.Sprintf(`{"field_group_ids":[%q]}`, groupID),
		} {
			s.script(name, "lisi", req, 400)
		}
		s.script("update_field_group", "zhangsan", fmt.Sprintf(`{"field_group_id":%q,"name":"三组"}`, groupID), 200)
		s.rule(`"priv":2,"record_priv":{"record_range_type":1},"can_create_modify_delete_view":true,` + hiding(id["数"], "NUMBER"))
		s.script("add_view", "lisi", view, 200)
		s.script("add_view", "lisi", `{"view_title":"看板","view_type":"VIEW_TYPE_KANBAN","colour":1}`, 400)
		s.script("update_view", "lisi", rename, 200)
		s.script("delete_views", "lisi", fmt.Sprintf(`{"view_ids":[%q]}`, s.view), 200)
		s.script("delete_field_groups", "zhangsan", fmt.Sprintf(`{"field_group_ids":[%q]}`, groupID), 200)
		s.rule(`"priv":3,"record_priv":{"record_range_type":1}`)
		s.script("add_view", "lisi", view, 400)
		s.script("add_view", "wangwu", view, 400)
		s.script("add_view", "nobody", view, 404)
	})
}

// Fields and views are made, renamed and deleted on the page, by who may.
func TestDesignOnThePage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		rc := w.Receiver(s.c)
		zhang, li := w.Phone("zhangsan"), w.Phone("lisi")
		told := func(want ...string) {
			t.Helper()
			w.Delivered()
			var got []string
			for _, p := range rc.Take() {
				_, rest, _ := strings.Cut(p.XML(), "<ChangeType><![CDATA[")
				change, _, _ := strings.Cut(rest, "]]>")
				got = append(got, change)
			}
			if !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		if got := zhang.Ask(path); got.Text("design") != "true" || got.Text("arrange") != "true" {
			t.Errorf("who manages it: %v", got)
		}
		if got := li.Ask(path); got.Text("design") != "false" || got.Text("arrange") != "false" {
			t.Errorf("who looks: %v", got)
		}
		field := path + "/fields/" + id["数"]
		zhang.Does(field, 200, body{"field_title": "数量", "field_type": "FIELD_TYPE_NUMBER"})
		told("update_filed")
		if got := s.fields(); got["数量"].ID != id["数"] {
			t.Errorf("fields: %v", got)
		}
		zhang.Does(field, 400, body{"field_title": "完成", "field_type": "FIELD_TYPE_NUMBER"})
		zhang.Does(field, 400, body{"field_title": "数", "field_type": "FIELD_TYPE_TEXT"})
		zhang.Does(path+"/fields/none", 400, body{"field_title": "数", "field_type": "FIELD_TYPE_NUMBER"})
		made := zhang.Does(path+"/views", 200, body{"view_title": "日历", "view_type": "VIEW_TYPE_CALENDAR", "property_calendar": body{"start_date_field_id": id["日期"], "end_date_field_id": id["日期"]}})
		view := path + "/views/" + made.Text("view.view_id")
		zhang.Does(view, 200, body{"view_title": "月历", "property": body{"filter_spec": body{"conditions": []body{{"field_id": id["数"], "operator": "OPERATOR_IS_NOT_EMPTY"}}}}})
		zhang.Does(path+"/views", 400, body{"view_title": "x", "view_type": "VIEW_TYPE_PIE"})
		zhang.Does(field+"/delete", 200, body{})
		told("delete_filed")
		zhang.Does(field+"/delete", 400, body{})
		views := zhang.Ask(path).List("views")
		if got := qiweitest.Lines(views, "view_title", "view_type"); !slices.Equal(got, []string{"表格视图 VIEW_TYPE_GRID", "月历 VIEW_TYPE_CALENDAR"}) || strings.Contains(fmt.Sprint(views), id["数"]) {
			t.Errorf("views: %q %v", got, views)
		}
		for _, at := range []string{field, field + "/delete", path + "/views", view, view + "/delete"} {
			li.Does(at, 400, body{"view_title": "x", "view_type": "VIEW_TYPE_GRID", "field_title": "x", "field_type": "FIELD_TYPE_NUMBER"})
		}
		zhang.Does(view+"/delete", 200, body{})
		zhang.Does(path+"/views/"+s.view+"/delete", 400, body{}) // the last one stays
		told()
	})
}

package smartsheet_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// A view shows what it was told, and forgets a field that is deleted (doc 99900 and neighbours).
func TestViews(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		number, day := s.field("数", "NUMBER", ""), s.field("日", "DATE_TIME", "")
		s.add(`{"文本":`+say("a")+`,"数":1}`, `{"文本":`+say("b")+`,"数":3}`, `{"文本":`+say("c")+`,"数":2}`)
		property := fmt.Sprintf(`"auto_sort":true,"sort_spec":{"sort_infos":[{"field_id":%q,"desc":true}]},"group_spec":{"groups":[{"field_id":%[1]q,"desc":false}]},`+
			`"filter_spec":{"conjunction":"CONJUNCTION_OR","conditions":[{"field_id":%[1]q,"field_type":"FIELD_TYPE_NUMBER","operator":"OPERATOR_IS_GREATER","number_value":{"value":1}}]},"is_field_stat_enabled":true,"field_visibility":{%[2]q:false},"frozen_field_count":1`, number, day)
		got := s.call("update_view", fmt.Sprintf(`{"view_id":%q,"view_title":"大的","property":{%s}}`, s.view, property), 0).Body
		if want := fmt.Sprintf(`"view":{"view_id":%q,"view_title":"大的","view_type":"VIEW_TYPE_GRID","property":{%s}}`, s.view, property); !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		if got := s.found(fmt.Sprintf(`{"view_id":%q}`, s.view)); got != "b c" {
			t.Errorf("through the view: %q", got)
		}
		if got := s.call("get_fields", fmt.Sprintf(`{"view_id":%q}`, s.view), 0).Body; strings.Contains(got, day) || !strings.Contains(got, number) {
			t.Errorf("fields of the view: %s", got)
		}
		got = s.call("update_view", fmt.Sprintf(`{"view_id":%q,"property":{"color_config":{"conditions":[{"type":"VIEW_COLOR_CONDITION_TYPE_ROW","color":"fillColorGray_5","condition":{"field_id":%q,"operator":"OPERATOR_IS_EMPTY"}}]}}}`, s.view, number), 0).Body
		if !strings.Contains(got, `"auto_sort":true`) || !strings.Contains(got, `"color":"fillColorGray_5"`) || strings.Contains(got, `"id":""`) {
			t.Errorf("%s", got)
		}
		var gantt struct{ View shownView }
		s.call("add_view", fmt.Sprintf(`{"view_title":"进度","view_type":"VIEW_TYPE_GANTT","property_gantt":{"start_date_field_id":%q,"end_date_field_id":%[1]q}}`, day), 0).Decode(&gantt)
		var page struct {
			Total, Next int
			More        bool `json:"has_more"`
			Views       []shownView
		}
		if s.call("get_views", `{"limit":1}`, 0).Decode(&page); page.Total != 2 || !page.More || page.Next != 1 || len(page.Views) != 1 {
			t.Errorf("%+v", page)
		}
		if s.call("get_views", fmt.Sprintf(`{"view_ids":[%q]}`, gantt.View.ID), 0).Decode(&page); len(page.Views) != 1 || page.Views[0].Type != "VIEW_TYPE_GANTT" {
			t.Errorf("%+v", page)
		}
		s.call("delete_fields", fmt.Sprintf(`{"field_ids":[%q]}`, number), 0)
		if got := s.call("get_views", `{}`, 0).Body; strings.Contains(got, number) {
			t.Errorf("a deleted field: %s", got)
		}
		if got := s.found(fmt.Sprintf(`{"view_id":%q}`, s.view)); got != "a b c" {
			t.Errorf("through the view without its field: %q", got)
		}
		s.call("delete_views", fmt.Sprintf(`{"view_ids":[%q]}`, s.view), 0)
		for path, bodies := range map[string][]string{
			"delete_views": {fmt.Sprintf(`{"view_ids":[%q]}`, gantt.View.ID), `{"view_ids":["nothing"]}`, `{}`},
			"add_view":     {`{"view_type":"VIEW_TYPE_GRID"}`, `{"view_title":"a","view_type":"VEW_UNKNOWN"}`, `{"view_title":"a","view_type":"VIEW_TYPE_CALENDAR"}`, fmt.Sprintf(`{"view_title":"a","view_type":"VIEW_TYPE_GANTT","property_gantt":{"start_date_field_id":%q,"end_date_field_id":%[1]q}}`, s.first)},
			"update_view":  {`{"view_id":"nothing"}`, fmt.Sprintf(`{"view_id":%q,"property":{"sort_spec":{"sort_infos":[{"field_id":"nothing"}]}}}`, gantt.View.ID), fmt.Sprintf(`{"view_id":%q,"property":{"field_visibility":{"nothing":true}}}`, gantt.View.ID), fmt.Sprintf(`{"view_id":%q,"property":{"color_config":{"conditions":[{"type":"x"}]}}}`, gantt.View.ID)},
			"get_views":    {`{"offset":-1}`},
			"get_records":  {`{"view_id":"nothing"}`},
		} {
			for _, body := range bodies {
				s.call(path, body, 40058)
			}
		}
	})
}

// A field is in one group at most, and a group has a name of its own (doc 101100 and neighbours).
func TestFieldGroups(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		number := s.field("数", "NUMBER", "")
		var made struct {
			Group struct {
				ID string `json:"field_group_id"`
			} `json:"field_group"`
		}
		s.call("add_field_group", fmt.Sprintf(`{"name":"一","children":[{"field_id":%q}]}`, number), 0).Decode(&made)
		id := made.Group.ID
		s.call("add_field_group", `{"name":"二"}`, 0)
		s.call("add_field_group", `{"name":"二"}`, 40058)
		s.call("add_field_group", `{}`, 40058)
		s.call("add_field_group", fmt.Sprintf(`{"name":"三","children":[{"field_id":%q}]}`, number), 40058)
		s.call("add_field_group", `{"name":"三","children":[{"field_id":"nothing"}]}`, 40058)
		s.call("update_field_group", fmt.Sprintf(`{"field_group_id":%q,"children":[{"field_id":%q},{"field_id":%q}]}`, id, number, s.first), 0)
		s.call("update_field_group", fmt.Sprintf(`{"field_group_id":%q,"name":"二"}`, id), 40058)
		s.call("update_field_group", `{"field_group_id":"nothing","name":"x"}`, 40058)
		got := s.call("get_field_groups", `{"limit":1}`, 0).Body
		if want := fmt.Sprintf(`"total":2,"has_more":true,"next":1,"field_groups":[{"field_group_id":%q,"name":"一","children":[{"field_id":%q},{"field_id":%q}]}]}`, id, number, s.first); !strings.HasSuffix(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		s.call("delete_fields", fmt.Sprintf(`{"field_ids":[%q]}`, number), 0)
		if got := s.call("get_field_groups", `{}`, 0).Body; strings.Contains(got, number) {
			t.Errorf("a deleted field: %s", got)
		}
		s.call("delete_field_groups", fmt.Sprintf(`{"field_group_ids":[%q]}`, id), 0)
		s.call("delete_field_groups", fmt.Sprintf(`{"field_group_ids":[%q]}`, id), 40058)
		s.call("delete_field_groups", `{}`, 40058)
	})
}

// Rules say what members may do, with the codes of the table (doc 99935, doc 90313).
func TestRules(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		number, ref, auto := s.field("数", "NUMBER", ""), s.field("引", "REFERENCE", ""), s.field("号", "AUTONUMBER", "")
		person := s.field("人", "USER", "")
		sheetID := s.id
		s.id = "" // rules are the document's
		var made struct {
			ID int64 `json:"rule_id"`
		}
		s.call("content_priv/create_rule", `{"name":"财务"}`, 0).Decode(&made)
		s.call("content_priv/create_rule", `{"name":"财务"}`, 640061)
		s.call("content_priv/create_rule", `{}`, 40058)
		rule := fmt.Sprintf(`"rule_id":%d`, made.ID)
		s.call("content_priv/mod_rule_member", `{`+rule+`,"add_member_range":{"userid_list":["LiSi","wangwu"]}}`, 0)
		s.call("content_priv/mod_rule_member", `{`+rule+`,"add_member_range":{"userid_list":["lisi"]}}`, 640091)
		s.call("content_priv/mod_rule_member", `{`+rule+`,"del_member_range":{"userid_list":["zhangsan"]}}`, 640067)
		s.call("content_priv/mod_rule_member", `{`+rule+`,"add_member_range":{"userid_list":["nobody"]}}`, 40058)
		s.call("content_priv/mod_rule_member", `{`+rule+`,"del_member_range":{"userid_list":["wangwu"]}}`, 0)
		s.call("content_priv/mod_rule_member", `{"rule_id":99}`, 640065)
		some := func(fields string) string {
			return `{"type":2,` + rule + `,"priv_list":[{"sheet_id":"` + sheetID + `",` + fields + `}]}`
		}
		all := func(fields string) string {
			return `{"type":1,"priv_list":[{"sheet_id":"` + sheetID + `",` + fields + `}]}`
		}
		field := func(list string) string {
			return some(`"priv":2,"record_priv":{"record_range_type":1},"field_priv":{"field_range_type":2,"field_rule_list":[` + list + `]}`)
		}
		row := func(list string) string {
			return some(`"priv":2,"record_priv":{"record_range_type":2,"other_priv":1,"record_rule_list":[` + list + `]}`)
		}
		for body, code := range map[string]int{
			`{"type":3}`: 40058, `{"type":2,"rule_id":99}`: 640065, `{"type":1,"name":"x"}`: 640094, `{"type":1,"priv_list":[{}]}`: 640086, `{"type":1,"priv_list":[{"sheet_id":"nothing","priv":1}]}`: 640097,
			`{"type":1,"priv_list":[{"sheet_id":"` + sheetID + `","priv":1},{"sheet_id":"` + sheetID + `","priv":1}]}`: 640087,
			some(`"priv":0`): 640089, some(`"priv":5`): 640089, some(`"priv":3,"can_insert_record":true`): 640088, some(`"priv":2`): 640088,
			some(`"priv":2,"record_priv":{"record_range_type":4}`): 640077, some(`"priv":2,"record_priv":{"record_range_type":1,"record_rule_list":[{"field_id":"CREATED_USER","oper_type":1}]}`): 640070,
			some(`"priv":2,"record_priv":{"record_range_type":2,"other_priv":1}`): 640071, some(`"priv":2,"record_priv":{"record_range_type":2,"record_rule_list":[{"field_id":"CREATED_USER","oper_type":1}]}`): 640076,
			row(`{"oper_type":1}`): 640072, row(`{"field_id":"CREATED_USER","field_type":"FIELD_TYPE_USER","oper_type":1}`): 640095, row(`{"field_id":"` + number + `","field_type":"FIELD_TYPE_NUMBER","oper_type":6}`): 640096,
			row(`{"field_id":"CREATED_USER","oper_type":2}`): 640075, row(`{"field_id":"` + person + `","field_type":"FIELD_TYPE_USER","oper_type":2,"value":["x"]}`): 640075, row(`{"field_id":"` + person + `","field_type":"FIELD_TYPE_USER","oper_type":6,"value":["x"]}`): 640073,
			field(``): 640093, field(`{}`): 640079, field(`{"field_id":"` + number + `","can_view":true},{"field_id":"` + number + `"}`): 640080, field(`{"field_id":"` + ref + `","can_view":true,"can_edit":true}`): 640100,
			field(`{"field_id":"` + auto + `","can_view":false}`): 640101, field(`{"field_id":"` + number + `","can_edit":true}`): 640081, field(`{"field_id":"` + number + `","field_type":"FIELD_TYPE_TEXT","can_view":true}`): 640096,
			some(`"priv":1,"field_priv":{"field_range_type":3}`): 640085, some(`"priv":1,"field_priv":{"field_range_type":1,"field_rule_list":[{"field_id":"` + number + `"}]}`): 640078,
			some(`"priv":1,"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":"` + number + `"}],"field_default_rule":{"can_view":true}}`): 640083,
			all(`"priv":1,"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":"` + number + `"}]}`):                                         640083,
			all(`"priv":1,"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":"` + number + `"}],"field_default_rule":{"can_edit":true}}`):  640084,
		} {
			s.call("content_priv/update_sheet_priv", body, code)
		}
		one := `"priv":2,"can_insert_record":true,"can_delete_record":false,"can_create_modify_delete_view":false,"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":"` + number + `","can_edit":false,"can_insert":true,"can_view":true}]},"record_priv":{"record_range_type":1}`
		s.call("content_priv/update_sheet_priv", some(one), 0)
		if got := s.call("content_priv/get_sheet_priv", `{"type":2}`, 0).Body; !strings.Contains(got, fmt.Sprintf(`"rule_list":[{"rule_id":%d,"type":2,"name":"财务","priv_list":[{"sheet_id":%q,%s}]}]`, made.ID, sheetID, one)) {
			t.Errorf("%s", got)
		}
		if got := s.call("content_priv/get_sheet_priv", `{"type":1}`, 0).Body; !strings.Contains(got, `"type":1,"name":"全员权限","priv_list":[{"sheet_id":"`+sheetID+`","priv":1,`) {
			t.Errorf("%s", got)
		}
		s.call("content_priv/get_sheet_priv", `{"type":2,"rule_id_list":[99]}`, 640065)
		s.obeys(t, sheetID, number)
		s.call("content_priv/delete_rule", fmt.Sprintf(`{"rule_id_list":[%d]}`, made.ID), 0)
		s.call("content_priv/delete_rule", fmt.Sprintf(`{"rule_id_list":[%d]}`, made.ID), 640065)
		s.call("content_priv/delete_rule", `{}`, 40058)
		var next struct {
			ID int64 `json:"rule_id"`
		}
		if s.call("content_priv/create_rule", `{"name":"新"}`, 0).Decode(&next); next.ID == made.ID {
			t.Error("a number is used again")
		}
	})
}

// obeys: lisi, whom the rule names, may add a number but not change it, nor delete a record; zhangsan may everything.
func (s sheet) obeys(t *testing.T, sheetID, number string) {
	t.Helper()
	s.c.Call("POST", "/cgi-bin/wedoc/mod_doc_member", fmt.Sprintf(`{"docid":%q,"update_file_member_list":[{"type":1,"auth":2,"userid":"lisi"}]}`, s.docID))
	s.id = sheetID
	s.script("add_records", "lisi", `{"records":[{"values":{"数":1}}]}`, 200)
	s.script("add_records", "lisi", `{"records":[{"values":{"文本":[]}}]}`, 400)
	s.script("add_fields", "lisi", `{"fields":[{"field_title":"x","field_type":"FIELD_TYPE_TEXT"}]}`, 400)
	record := s.add(`{"数":2}`)[0]
	s.script("update_records", "lisi", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"数":3}}]}`, record), 400)
	s.script("delete_records", "lisi", fmt.Sprintf(`{"record_ids":[%q]}`, record), 400)
	s.script("update_records", "zhangsan", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"数":3}}]}`, record), 200)
	s.script("delete_records", "zhangsan", fmt.Sprintf(`{"record_ids":[%q]}`, record), 200)
}

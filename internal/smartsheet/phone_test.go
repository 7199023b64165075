package smartsheet_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

type body = qiweitest.JSON

func words(text string) []body { return []body{{"type": "text", "text": text}} }

// phoneSheet is a sheet with a field of each kind that a page fills in, and the page's path to it.
func phoneSheet(t *testing.T, w *qiweitest.World) (s sheet, path string, id map[string]string) {
	t.Helper()
	s = newSheet(t, w, listed(w.Corp))
	id = map[string]string{
		"文本": s.first, "数": s.field("数", "NUMBER", ""), "完成": s.field("完成", "CHECKBOX", ""), "日期": s.field("日期", "DATE_TIME", ""),
		"负责人": s.field("负责人", "USER", ""), "状态": s.field("状态", "SINGLE_SELECT", `"property_single_select":{"options":[{"text":"待办"},{"text":"完成"}]}`),
		"编号": s.field("编号", "AUTONUMBER", ""),
	}
	return s, "docs/" + s.docID + "/sheets/" + s.id, id
}

// Members fill sheets in on the page, and the application that made them is told.
func TestRecordsOnThePage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		rc := w.Receiver(s.c)
		told := func(change string) {
			t.Helper()
			w.Delivered()
			var got []string
			for _, p := range rc.Take() {
				got = append(got, p.XML())
			}
			if len(got) != 1 || !strings.Contains(got[0], "<![CDATA["+change+"]]>") || !strings.Contains(got[0], "<![CDATA[zhangsan]]>") {
				t.Errorf("told %q, want %s", got, change)
			}
		}
		zhang, li := w.Phone("zhangsan"), w.Phone("lisi")
		if got := qiweitest.Lines(li.Ask("docs/"+s.docID+"/sheets").List("sheets"), "sheet_id", "title", "records"); !slices.Equal(got, []string{s.id + " 智能表1 0"}) {
			t.Errorf("sheets: %q", got)
		}
		about := zhang.Ask(path)
		if about.Text("insert") != "true" || about.Text("design") != "true" || len(about.List("fields")) != 7 || about.Text("fields.6.edit") != "false" || about.Text("views.0.view_id") != s.view {
			t.Errorf("the sheet: %v", about)
		}
		made := zhang.Does(path+"/records", 200, body{"values": body{
			id["文本"]: words("<img src=x onerror=alert(1)>"), id["数"]: 7, id["完成"]: true, id["日期"]: "1767225600000", id["负责人"]: []body{{"user_id": "LiSi"}}, id["状态"]: []body{{"text": "新的"}},
		}})
		told("add_record")
		if made.Text("record.values."+id["文本"]+".0.text") != "<img src=x onerror=alert(1)>" || made.Text("people.lisi") != "李四" || made.Text("record.values."+id["状态"]+".0.text") != "新的" || made.Text("record.values."+id["编号"]+".0.text") != "1" {
			t.Errorf("made: %v", made)
		}
		record := path + "/records/" + made.Text("record.record_id")
		first := zhang.Does(record, 200, body{"mark": made.Text("record.mark"), "values": body{id["数"]: 8}})
		told("update_record")
		// Another page has seen what was there before: it gets what is there now, and nothing is lost.
		late := zhang.Does(record, 200, body{"mark": made.Text("record.mark"), "values": body{id["数"]: 9}})
		if first.Text("saved") != "true" || late.Text("saved") != "false" || late.Int("record.values."+id["数"]) != 8 || late.Text("record.mark") != first.Text("record.mark") {
			t.Errorf("first %v, late %v", first, late)
		}
		for _, wrong := range []body{{id["数"]: "x"}, {id["编号"]: 1}, {"none": 1}, {id["负责人"]: []body{{"user_id": "nobody"}}}, {id["日期"]: "gestern"}} {
			zhang.Does(record, 400, body{"mark": first.Text("record.mark"), "values": wrong})
			zhang.Does(path+"/records", 400, body{"values": wrong})
		}
		zhang.Does(path+"/records/none", 400, body{"values": body{}})

		// Who may only look, and who may not even do that.
		for _, step := range []struct {
			path string
			body body
		}{{path + "/records", body{"values": body{}}}, {record, body{"values": body{}}}, {path + "/delete", body{"record_ids": []string{"x"}}}, {path + "/fields", body{"field_title": "x", "field_type": "FIELD_TYPE_TEXT"}}} {
			li.Does(step.path, 400, step.body)
			w.Second.Phone("zhangsan").Does(step.path, 400, step.body)
		}
		if got := w.Second.Phone("zhangsan").Get("/phone/api/" + path + "/records"); got.Status != 400 {
			t.Errorf("the other enterprise: %d %s", got.Status, got.Body)
		}
		zhang.Does(path+"/fields", 200, body{"field_title": "备注", "field_type": "FIELD_TYPE_TEXT"})
		told("add_filed")
		zhang.Does(path+"/delete", 200, body{"record_ids": []string{made.Text("record.record_id")}})
		told("delete_record")
		zhang.Does(path+"/delete", 400, body{"record_ids": []string{made.Text("record.record_id")}})
		w.Delivered()
		if got := rc.Take(); len(got) != 0 {
			t.Errorf("refusals told %d", len(got))
		}
	})
}

// A page asks for records by view, filter and order.
func TestQuestionsOfThePage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		for i := range 5 {
			s.call("add_records", fmt.Sprintf(`{"records":[{"values":{"数":%d,"文本":[{"type":"text","text":"第%d"}]}}]}`, i*7%5, i), 0)
		}
		s.call("update_view", fmt.Sprintf(`{"view_id":%q,"property":{"sort_spec":{"sort_infos":[{"field_id":%q,"desc":true}]}}}`, s.view, id["数"]), 0)
		li := w.Phone("lisi")
		ask := func(query url.Values) ([]string, int64) {
			t.Helper()
			got := li.Ask(path + "/records?" + query.Encode())
			return qiweitest.Lines(got.List("records"), "values."+id["数"]), got.Int("total")
		}
		over := fmt.Sprintf(`{"conditions":[{"field_id":%q,"operator":"OPERATOR_IS_GREATER","number_value":{"value":1}}]}`, id["数"])
		up := fmt.Sprintf(`[{"field_id":%q}]`, id["数"])
		for _, tt := range []struct {
			name  string
			query url.Values
			want  []string
			total int64
		}{
			{"as they were added", url.Values{}, []string{"0", "2", "4", "1", "3"}, 5},
			{"by the view", url.Values{"view_id": {s.view}}, []string{"4", "3", "2", "1", "0"}, 5},
			{"a page", url.Values{"view_id": {s.view}, "offset": {"1"}, "limit": {"2"}}, []string{"3", "2"}, 5},
			{"with a filter", url.Values{"view_id": {s.view}, "filter": {over}}, []string{"4", "3", "2"}, 3},
			{"with an order of its own", url.Values{"view_id": {s.view}, "sort": {up}}, []string{"0", "1", "2", "3", "4"}, 5},
			{"with both", url.Values{"filter": {over}, "sort": {up}}, []string{"2", "3", "4"}, 3},
		} {
			if got, total := ask(tt.query); !slices.Equal(got, tt.want) || total != tt.total {
				t.Errorf("%s: %q of %d", tt.name, got, total)
			}
		}
		for _, wrong := range []string{"limit=1001", "limit=-1", "offset=-1", "offset=x", "offset=9223372036854775807&filter=" + url.QueryEscape(over), "filter=x", "sort={}", "view_id=none", "sort=" + url.QueryEscape(`[{"field_id":"none"}]`), "filter=" + url.QueryEscape(`{"conditions":[{"field_id":"none","operator":"OPERATOR_IS_EMPTY"}]}`)} {
			if got := li.Get("/phone/api/" + path + "/records?" + wrong); got.Status != 400 {
				t.Errorf("%s: %d", wrong, got.Status)
			}
		}
		// The last number there is, and a limit beyond it.
		for _, call := range []string{"get_records", "get_views", "get_fields"} {
			s.call(call, `{"offset":9223372036854775807}`, 40058)
		}
		s.call("get_records", `{"offset":9223372036854775807,"record_ids":["x"]}`, 40058)
	})
}

// The content rules hold on the page: which fields and records a member may see and change.
func TestRulesOnThePage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		for _, who := range []string{"lisi", "zhangsan", "wangwu"} {
			s.call("add_records", fmt.Sprintf(`{"records":[{"values":{"数":1,"文本":[{"type":"text","text":"%s的"}],"负责人":[{"user_id":%[1]q}]}}]}`, who), 0)
		}
		zhang, li := w.Phone("zhangsan"), w.Phone("lisi")
		zhang.Does("docs/"+s.docID+"/members", 200, body{"set": []body{{"userid": "lisi", "right": 2}}})
		rule := func(other int) {
			t.Helper()
			r := s.c.Call("POST", "/cgi-bin/wedoc/smartsheet/content_priv/update_sheet_priv", fmt.Sprintf(`{"docid":%q,"type":1,"priv_list":[{"sheet_id":%q,"priv":2,"can_insert_record":true,"can_delete_record":true,
				"field_priv":{"field_range_type":2,"field_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_NUMBER","can_edit":false,"can_insert":false,"can_view":false},{"field_id":%q,"field_type":"FIELD_TYPE_CHECKBOX","can_edit":false,"can_insert":true,"can_view":true}],"field_default_rule":{"can_edit":true,"can_insert":true,"can_view":true}},
				"record_priv":{"record_range_type":2,"record_rule_list":[{"field_id":%q,"field_type":"FIELD_TYPE_USER","oper_type":1}],"other_priv":%d}}]}`, s.docID, s.id, id["数"], id["完成"], id["负责人"], other))
			if r.ErrCode != 0 {
				t.Fatal(r.Body)
			}
		}
		rule(2)
		texts := func(p qiweitest.Phone) []string {
			t.Helper()
			got := p.Ask(path + "/records")
			return append(qiweitest.Lines(got.List("records"), "values."+id["文本"]+".0.text", "values."+id["数"], "fixed"), fmt.Sprint(got.Int("total")))
		}
		if got := texts(li); !slices.Equal(got, []string{"lisi的", "1"}) {
			t.Errorf("lisi sees %q", got)
		}
		if got := texts(zhang); len(got) != 4 || got[0] != "lisi的 1" {
			t.Errorf("who manages it sees %q", got)
		}
		if got := qiweitest.Lines(li.Ask(path).List("fields"), "field_title", "edit", "insert"); slices.Contains(got, "数 false false") || !slices.Contains(got, "完成 false true") || !slices.Contains(got, "文本 true true") {
			t.Errorf("lisi's fields: %q", got)
		}
		if got := li.Get("/phone/api/" + path + "/records?sort=" + url.QueryEscape(`[{"field_id":"`+id["数"]+`"}]`)); got.Status != 400 {
			t.Errorf("an order by a hidden field: %d", got.Status)
		}
		// Nothing tells of what is hidden: no number of records, no view that asks of a field, no words of a refusal.
		s.call("update_view", fmt.Sprintf(`{"view_id":%q,"property":{"sort_spec":{"sort_infos":[{"field_id":%q,"desc":true}]},"filter_spec":{"conditions":[{"field_id":%[2]q,"operator":"OPERATOR_IS_LESS","number_value":{"value":777}}]}}}`, s.view, id["数"]), 0)
		if got := li.Ask(path); got.Int("records") != 1 || got.Text("views.0.view_id") != s.view || strings.Contains(fmt.Sprint(got), id["数"]) || strings.Contains(fmt.Sprint(got), "777") {
			t.Errorf("lisi is told %v", got)
		}
		if got := li.Ask("docs/" + s.docID + "/sheets").List("sheets"); qiweitest.First(got, 0).Int("records") != 1 {
			t.Errorf("lisi's sheets: %v", got)
		}
		if got := zhang.Ask(path); got.Int("records") != 3 || !strings.Contains(fmt.Sprint(got.At("views")), "777") {
			t.Errorf("who manages it is told %v", got)
		}
		seen := qiweitest.First(li.Ask(path+"/records").List("records"), 0)
		at := path + "/records/" + seen.Text("record_id")
		for _, values := range []body{{id["数"]: 2}, {"none": 2}} {
			if got := li.Does(at, 400, body{"mark": seen.Text("mark"), "values": values}); !strings.Contains(got.Text("error"), "there is no field") {
				t.Errorf("a field that is hidden or not there: %v", got)
			}
		}
		// A mark is of what lisi sees: it stays when something else changes.
		s.call("update_records", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"数":5}}]}`, seen.Text("record_id")), 0)
		if got := li.Does(at, 200, body{"mark": seen.Text("mark"), "values": body{id["文本"]: words("我的")}}); got.Text("saved") != "true" {
			t.Errorf("a mark tells of a hidden field: %v", got)
		}
		records := zhang.Ask(path + "/records").List("records")
		mine, theirs := qiweitest.First(li.Ask(path+"/records").List("records"), 0), qiweitest.First(records, 1)
		change := func(r body, values body) (string, body) {
			return path + "/records/" + r.Text("record_id"), body{"mark": r.Text("mark"), "values": values}
		}
		try := func(status int, r body, values body) body {
			t.Helper()
			at, what := change(r, values)
			return li.Does(at, status, what)
		}
		try(200, mine, body{id["文本"]: words("改了")})
		try(400, mine, body{id["数"]: 2})
		try(400, mine, body{id["完成"]: true})
		if got := try(400, theirs, body{id["文本"]: words("改了")}); got.Code() == 60011 {
			t.Errorf("a record that is not to be seen is told of: %v", got)
		}
		li.Does(path+"/delete", 400, body{"record_ids": []string{theirs.Text("record_id")}})
		li.Does(path+"/records", 400, body{"values": body{id["数"]: 1}})
		li.Does(path+"/records", 200, body{"values": body{id["完成"]: true}})

		rule(1)
		if got := texts(li); len(got) != 5 || got[0] != "改了" || got[1] != "zhangsan的 true" {
			t.Errorf("lisi sees %q", got)
		}
		if got := try(400, theirs, body{id["文本"]: words("改了")}); got.Code() != 60011 {
			t.Errorf("a record to look at: %v", got)
		}
		// A sheet that is nothing for the member.
		if r := s.c.Call("POST", "/cgi-bin/wedoc/smartsheet/content_priv/update_sheet_priv", fmt.Sprintf(`{"docid":%q,"type":1,"priv_list":[{"sheet_id":%q,"priv":4}]}`, s.docID, s.id)); r.ErrCode != 0 {
			t.Fatal(r.Body)
		}
		if got := li.Ask("docs/" + s.docID + "/sheets").List("sheets"); len(got) != 0 {
			t.Errorf("lisi's sheets: %v", got)
		}
		if got := li.Get("/phone/api/" + path); got.Status != 400 {
			t.Errorf("it opens: %d %s", got.Status, got.Body)
		}
	})
}

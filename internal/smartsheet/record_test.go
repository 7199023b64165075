package smartsheet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

// A cell of each type is read as it was written, by title and by id (doc 99907, 99915).
func TestCells(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		for _, tt := range []struct{ typ, property, written, read string }{
			{"TEXT", "", `[{"type":"text","text":"一\"二"},{"type":"url","text":"看","link":"https://example.com"}]`, ``},
			{"NUMBER", "", `1234567.5`, ``}, {"PROGRESS", "", `50`, ``}, {"CURRENCY", "", `-0.01`, ``}, {"PERCENTAGE", "", `0.125`, ``},
			{"CHECKBOX", "", `true`, ``}, {"DATE_TIME", "", `"1715846245084"`, ``}, {"PHONE_NUMBER", "", `"13800000000"`, ``}, {"EMAIL", "", `"a@corp.example"`, ``}, {"BARCODE", "", `"690000"`, ``},
			{"IMAGE", "", `[{"id":"1","title":"图","image_url":"https://example.com/a.png","width":2,"height":1}]`, ``},
			{"ATTACHMENT", "", `[{"name":"表","size":3267,"file_ext":"SMARTSHEET","file_id":"F","file_url":"https://example.com/f","file_type":"70","doc_type":2}]`, ``},
			{"USER", "", `[{"user_id":"LiSi"},{"user_id":"zhangsan"}]`, `[{"user_id":"lisi"},{"user_id":"zhangsan"}]`},
			{"URL", "", `[{"type":"url","text":"看","link":"https://example.com"}]`, ``},
			{"LOCATION", "", `[{"id":"14313005936863363130","latitude":"23.10647","longitude":"113.32446","source_type":1,"title":"广州塔"}]`, ``},
		} {
			title := tt.typ + ` "引号"`
			id := s.field(title, tt.typ, tt.property)
			name, _ := json.Marshal(title)
			if tt.read == "" {
				tt.read = tt.written
			}
			got := s.call("add_records", fmt.Sprintf(`{"records":[{"values":{%s:%s}}]}`, name, tt.written), 0).Body
			if !strings.Contains(got, fmt.Sprintf(`%s:%s`, name, tt.read)) {
				t.Errorf("%s: %s", tt.typ, got)
			}
			all := s.call("get_records", fmt.Sprintf(`{"key_type":"CELL_VALUE_KEY_TYPE_FIELD_ID","field_ids":[%q]}`, id), 0).Body
			if !strings.Contains(all, fmt.Sprintf(`"values":{%q:%s}`, id, tt.read)) {
				t.Errorf("%s by id: %s", tt.typ, all)
			}
		}
		ref := s.field("引用", "REFERENCE", "")
		first := s.add(`{"文本":` + say("a") + `}`)[0]
		if got := s.call("add_records", fmt.Sprintf(`{"key_type":"CELL_VALUE_KEY_TYPE_FIELD_ID","records":[{"values":{%q:[%q]}}]}`, ref, first), 0).Body; !strings.Contains(got, fmt.Sprintf(`%q:[%q]`, ref, first)) {
			t.Errorf("reference: %s", got)
		}
	})
}

// Choices are known by id or by text, and a new text becomes a new choice (doc 99907).
func TestChoices(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		s.field("单", "SINGLE_SELECT", `"property_single_select":{"options":[{"text":"甲","style":3}]}`)
		one := s.fields()["单"].One.Options[0].ID
		for _, cell := range []string{`[{"id":"` + one + `"}]`, `[{"text":"甲"}]`} {
			if got := s.call("add_records", `{"records":[{"values":{"单":`+cell+`}}]}`, 0).Body; !strings.Contains(got, fmt.Sprintf(`"单":[{"id":%q,"style":3,"text":"甲"}]`, one)) {
				t.Errorf("%s: %s", cell, got)
			}
		}
		s.add(`{"单":[{"text":"乙","style":5}]}`, `{"单":[{"text":"乙"}]}`)
		if options := s.fields()["单"].One.Options; len(options) != 2 || options[1].Text != "乙" {
			t.Errorf("%+v", options)
		}
		for _, cell := range []string{`[{"id":"nothing"}]`, `[{}]`, `[{"text":"甲"},{"text":"乙"}]`, `"甲"`} {
			s.call("add_records", `{"records":[{"values":{"单":`+cell+`}}]}`, 40058)
		}
	})
}

// Values of another type are refused, and nothing of the call is kept.
func TestCellRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		for typ, cells := range map[string][]string{
			"TEXT": {`"a"`, `1`, `{}`, `[{"type":"picture","text":"a"}]`, `[{"type":"url","text":"a"}]`, `["a"]`}, "NUMBER": {`"1"`, `[1]`, `true`, `"=1+1"`}, "CHECKBOX": {`1`, `"true"`}, "DATE_TIME": {`1715846245084`, `"2024-05-16"`},
			"USER": {`"lisi"`, `[{"user_id":"nobody"}]`, `["lisi"]`}, "URL": {`"https://example.com"`, `[{"text":"a"}]`}, "IMAGE": {`[{"title":"a"}]`}, "ATTACHMENT": {`[{"name":"a"}]`}, "LOCATION": {`[{"source_type":2}]`, `[{"source_type":1},{"source_type":1}]`},
			"PHONE_NUMBER": {`13800000000`}, "EMAIL": {`[]`, `{}`}, "REFERENCE": {`["nothing"]`, `"a"`}, "CREATED_TIME": {`"1"`}, "CREATED_USER": {`[{"user_id":"lisi"}]`}, "AUTONUMBER": {`[{"seq":"1"}]`},
		} {
			s.field(typ, typ, "")
			for _, cell := range cells {
				s.call("add_records", fmt.Sprintf(`{"records":[{"values":{"文本":%s}},{"values":{%q:%s}}]}`, say("kept?"), typ, cell), 40058)
			}
		}
		s.call("add_records", `{"records":[{"values":{"没有":1}}]}`, 40058)
		s.call("add_records", `{"records":[{"values":[]}]}`, 40058)
		s.call("add_records", `{"records":[]}`, 40058)
		s.call("add_records", `{"key_type":"x","records":[{}]}`, 40058)
		if got := s.found(`{}`); got != "" {
			t.Errorf("kept: %s", got)
		}
	})
}

// Records are changed and deleted by their ids; what is not named stays (doc 99908, 99909).
func TestRecords(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		s.field("数", "NUMBER", "")
		ids := s.add(`{"文本":`+say("a")+`,"数":1}`, `{"文本":`+say("b")+`}`, `{}`)
		s.call("update_records", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"文本":%s}},{"record_id":%q,"values":{"文本":null,"数":2}}]}`, ids[0], say("A"), ids[1]), 0)
		if got := s.found(`{}`); got != "A - -" {
			t.Errorf("%s", got)
		}
		if got := s.call("get_records", fmt.Sprintf(`{"record_ids":[%q]}`, ids[0]), 0).Body; !strings.Contains(got, `"数":1`) || !strings.Contains(got, `"total":1`) || !strings.Contains(got, `"creator_name":"台账"`) {
			t.Errorf("%s", got)
		}
		s.call("update_records", `{"records":[{"record_id":"nothing","values":{}}]}`, 40058)
		s.call("delete_records", fmt.Sprintf(`{"record_ids":[%q,"nothing"]}`, ids[0]), 40058)
		s.call("delete_records", fmt.Sprintf(`{"record_ids":[%q,%[1]q]}`, ids[0]), 0)
		s.call("delete_records", fmt.Sprintf(`{"record_ids":[%q]}`, ids[0]), 40058)
		var page struct {
			Total, Next, Ver int
			More             bool `json:"has_more"`
		}
		s.call("get_records", `{"limit":1}`, 0).Decode(&page)
		if page.Total != 2 || page.Next != 1 || !page.More || page.Ver == 0 {
			t.Errorf("%+v", page)
		}
		s.call("get_records", `{"offset":1,"limit":1}`, 0).Decode(&page)
		if page.More {
			t.Errorf("%+v", page)
		}
	})
}

// The sheet numbers records, and knows who wrote them and when.
func TestSystemFields(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		s.field("号", "AUTONUMBER", `"property_auto_number":{"type":"NUMBER_TYPE_CUSTOM","rules":[{"type":"NUMBER_RULE_TYPE_FIXED_CHAR","value":"NO-"},{"type":"NUMBER_RULE_TYPE_TIME","value":"YYYYMM"},{"type":"NUMBER_RULE_TYPE_INCR","value":"4"}]}`)
		s.field("建", "CREATED_USER", "")
		s.field("改", "MODIFIED_USER", "")
		s.field("建于", "CREATED_TIME", "")
		s.field("勾", "CHECKBOX", `"property_checkbox":{"checked":true}`)
		s.field("填", "DATE_TIME", `"property_date_time":{"format":"yyyy-mm-dd","auto_fill":true}`)
		now := w.Clock.Now()
		id := s.add(`{}`)[0]
		s.call("delete_records", fmt.Sprintf(`{"record_ids":[%q]}`, id), 0)
		id = s.add(`{}`)[0]
		s.script("update_records", "zhangsan", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"勾":false}}]}`, id), 200)
		got := s.call("get_records", `{}`, 0).Body
		for _, part := range []string{
			fmt.Sprintf(`"号":[{"seq":"2","text":"NO-%s0002"}]`, now.In(time.FixedZone("", 8*3600)).Format("200601")), `"改":[{"user_id":"zhangsan"}]`, fmt.Sprintf(`"建于":"%d"`, now.UnixMilli()),
			fmt.Sprintf(`"填":"%d"`, now.UnixMilli()), `"勾":false`, `"creator_name":"台账","updater_name":"张三"`,
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nwithout %s", got, part)
			}
		}
		if strings.Contains(got, `"建":`) {
			t.Errorf("an application is no member: %s", got)
		}
	})
}

// A filter finds what its words say, field by field (doc 99902).
func TestFilters(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		ids := map[string]string{"文本": s.first}
		for title, typ := range map[string]string{"数": "NUMBER", "勾": "CHECKBOX", "人": "USER", "日": "DATE_TIME", "选": "SELECT", "电话": "PHONE_NUMBER"} {
			ids[title] = s.field(title, typ, "")
		}
		now := w.Clock.Now()
		day := func(n int) string { return fmt.Sprintf(`"%d"`, now.AddDate(0, 0, n).UnixMilli()) }
		s.add(
			`{"文本":`+say("a")+`,"数":1,"勾":true,"人":[{"user_id":"lisi"}],"日":`+day(0)+`,"选":[{"text":"x"}],"电话":"13800000001"}`,
			`{"文本":`+say("b")+`,"数":2,"勾":false,"人":[{"user_id":"lisi"},{"user_id":"zhangsan"}],"日":`+day(1)+`,"选":[{"text":"x"},{"text":"y"}]}`,
			`{"文本":`+say("c")+`,"数":3,"日":`+day(-1)+`}`,
			`{"文本":`+say("AB")+`}`,
		)
		option := map[string]string{}
		for _, o := range s.fields()["选"].Some.Options {
			option[o.Text] = o.ID
		}
		for _, tt := range []struct{ field, operator, value, want string }{
			{"文本", "IS", `"string_value":{"value":["a"]}`, "a"}, {"文本", "IS_NOT", `"string_value":{"value":["a"]}`, "b c AB"}, {"文本", "CONTAINS", `"string_value":{"value":["B"]}`, "b AB"},
			{"文本", "DOES_NOT_CONTAIN", `"string_value":{"value":["b"]}`, "a c"}, {"文本", "IS_NOT_EMPTY", ``, "a b c AB"},
			{"数", "IS", `"number_value":{"value":2}`, "b"}, {"数", "IS_NOT", `"number_value":{"value":2}`, "a c AB"}, {"数", "IS_GREATER", `"number_value":{"value":2}`, "c"}, {"数", "IS_GREATER_OR_EQUAL", `"number_value":{"value":2}`, "b c"},
			{"数", "IS_LESS", `"number_value":{"value":2}`, "a"}, {"数", "IS_LESS_OR_EQUAL", `"number_value":{"value":2}`, "a b"}, {"数", "IS_EMPTY", ``, "AB"},
			{"勾", "IS", `"bool_value":{"value":true}`, "a"}, {"勾", "IS", `"bool_value":{"value":false}`, "b c AB"},
			{"人", "IS", `"user_value":{"value":["LiSi"]}`, "a"}, {"人", "CONTAINS", `"user_value":{"value":["zhangsan"]}`, "b"}, {"人", "DOES_NOT_CONTAIN", `"user_value":{"value":["lisi"]}`, "c AB"},
			{"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_TODAY"}`, "a"}, {"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_TOMORROW"}`, "b"}, {"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_YESTERDAY"}`, "c"},
			{"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_DETAIL_DATE","value":[` + day(1) + `]}`, "b"}, {"日", "IS_LESS", `"date_time_value":{"type":"DATE_TIME_TYPE_TODAY"}`, "c"}, {"日", "IS_GREATER", `"date_time_value":{"type":"DATE_TIME_TYPE_TODAY"}`, "b"},
			{"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_THE_PAST_7_DAYS"}`, "a c"}, {"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_THE_NEXT_7_DAYS"}`, "a b"},
			{"日", "IS", `"date_time_value":{"type":"DATE_TIME_TYPE_LAST_MONTH"}`, ""},
			{"选", "IS", `"string_value":{"value":["` + option["x"] + `"]}`, "a"}, {"选", "CONTAINS", `"string_value":{"value":["` + option["x"] + `"]}`, "a b"}, {"选", "IS_EMPTY", ``, "c AB"},
			{"电话", "CONTAINS", `"string_value":{"value":["138"]}`, "a"},
		} {
			value := tt.value
			if value != "" {
				value = "," + value
			}
			q := fmt.Sprintf(`{"filter_spec":{"conjunction":"CONJUNCTION_AND","conditions":[{"field_id":%q,"operator":"OPERATOR_%s"%s}]}}`, ids[tt.field], tt.operator, value)
			if got := s.found(q); got != tt.want {
				t.Errorf("%s %s %s: %q, want %q", tt.field, tt.operator, tt.value, got, tt.want)
			}
		}
		both := fmt.Sprintf(`"conditions":[{"field_id":%q,"operator":"OPERATOR_IS","number_value":{"value":1}},{"field_id":%q,"operator":"OPERATOR_IS","string_value":{"value":["b"]}}]`, ids["数"], ids["文本"])
		if and, or := s.found(`{"filter_spec":{"conjunction":"CONJUNCTION_AND",`+both+`}}`), s.found(`{"filter_spec":{"conjunction":"CONJUNCTION_OR",`+both+`}}`); and != "" || or != "a b" {
			t.Errorf("and %q, or %q", and, or)
		}
		for _, bad := range []string{
			`"conjunction":"x","conditions":[]`, `"conditions":[{"field_id":"nothing","operator":"OPERATOR_IS"}]`, fmt.Sprintf(`"conditions":[{"field_id":%q,"operator":"x"}]`, ids["数"]),
			fmt.Sprintf(`"conditions":[{"field_id":%q,"operator":"OPERATOR_IS","string_value":{"value":["1"]}}]`, ids["数"]), fmt.Sprintf(`"conditions":[{"field_id":%q,"field_type":"FIELD_TYPE_TEXT","operator":"OPERATOR_IS","number_value":{"value":1}}]`, ids["数"]),
			fmt.Sprintf(`"conditions":[{"field_id":%q,"operator":"OPERATOR_IS","date_time_value":{"type":"DATE_TIME_TYPE_DETAIL_DATE","value":["today"]}}]`, ids["日"]),
		} {
			s.call("get_records", `{"filter_spec":{`+bad+`}}`, 40058)
		}
	})
}

// Records come in the order that is asked for; empty cells come first (doc 99915).
func TestOrder(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		s.field("数", "NUMBER", "")
		ids := s.add(`{"文本":`+say("b")+`,"数":2}`, `{"文本":`+say("a")+`,"数":2}`, `{"文本":`+say("c")+`}`, `{"文本":`+say("d")+`,"数":-10}`)
		for q, want := range map[string]string{
			`{}`: "b a c d", `{"sort":[{"field_title":"文本"}]}`: "a b c d", `{"sort":[{"field_title":"文本","desc":true}]}`: "d c b a", `{"sort":[{"field_title":"数"},{"field_title":"文本"}]}`: "c d a b",
			`{"sort":[{"field_title":"数","desc":true}],"limit":2,"offset":1}`: "a d", fmt.Sprintf(`{"sort":[{"field_title":"文本"}],"record_ids":[%q,%q]}`, ids[3], ids[0]): "b d",
			fmt.Sprintf(`{"record_ids":[%q,%q]}`, ids[3], ids[0]): "b d",
		} {
			if got := s.found(q); got != want {
				t.Errorf("%s: %q, want %q", q, got, want)
			}
		}
		s.call("get_records", `{"sort":[{"field_title":"没有"}]}`, 40058)
		s.call("get_records", `{"sort":[{"field_title":"文本"}],"filter_spec":{"conditions":[]}}`, 40058)
		s.call("update_records", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"文本":%s}}]}`, ids[0], say("z")), 0)
		if got := s.found(`{"sort":[{"field_title":"文本"}]}`); got != "a c d z" {
			t.Errorf("after a change: %q", got)
		}
		rival := newSheet(t, w, s.c)
		rival.add(`{"文本":` + say("y") + `}`)
		if got := s.found(`{"sort":[{"field_title":"文本"}]}`) + "|" + rival.found(`{"sort":[{"field_title":"文本"}]}`); got != "a c d z|y" {
			t.Errorf("two sheets: %q", got)
		}
	})
}

// A member whose userid changes stays in the cells and rules that name the member.
func TestRenamedMember(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the platform has drawn can be changed
			m := directory.Member{UserID: "made1", Name: "新人", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 3}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false)
			return err
		})
		s := newSheet(t, w, listed(w.Corp))
		s.field("人", "USER", "")
		s.add(`{"人":[{"user_id":"made1"},{"user_id":"lisi"}],"文本":` + say(`"user_id":"made1"`) + `}`)
		if r := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"made1","new_userid":"xinren"}`); r.ErrCode != 0 {
			t.Fatal(r.Body)
		}
		if got := s.call("get_records", `{}`, 0).Body; !strings.Contains(got, `"人":[{"user_id":"xinren"},{"user_id":"lisi"}]`) || !strings.Contains(got, `\"user_id\":\"made1\"`) {
			t.Errorf("%s", got)
		}
	})
}

// What members change in a sheet, its application is told; what they may not change is refused (doc 100987, 100988).
func TestMembersEdit(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		rc := w.Receiver(c)
		s := newSheet(t, w, c)
		replace := []string{w.CorpID, "wwCORP", s.docID, "dcDOCUMENT", s.id, "SHEET"}
		ids := func(body string) []string {
			var got struct{ IDs []string }
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			for i, one := range got.IDs {
				replace = append(replace, one, fmt.Sprintf("ID%d", len(replace)/2+i))
			}
			return got.IDs
		}
		field := ids(s.script("add_fields", "zhangsan", `{"fields":[{"field_title":"数","field_type":"FIELD_TYPE_NUMBER"}]}`, 200))[0]
		s.script("update_fields", "zhangsan", fmt.Sprintf(`{"fields":[{"field_id":%q,"field_title":"量","field_type":"FIELD_TYPE_NUMBER"}]}`, field), 200)
		records := ids(s.script("add_records", "zhangsan", `{"records":[{"values":{"量":1}},{"values":{"量":2}}]}`, 200))
		s.script("update_records", "zhangsan", fmt.Sprintf(`{"records":[{"record_id":%q,"values":{"量":3}}]}`, records[0]), 200)
		s.script("delete_records", "zhangsan", fmt.Sprintf(`{"record_ids":[%q]}`, records[0]), 200)
		s.script("delete_fields", "zhangsan", fmt.Sprintf(`{"field_ids":[%q]}`, field), 200)
		s.script("add_records", "lisi", `{"records":[{"values":{}}]}`, 400) // who may only look
		w.Delivered()
		var told strings.Builder
		for _, p := range rc.Take() {
			told.WriteString(p.XML() + "\n")
		}
		qiweitest.Golden(t, "push/told.txt", strings.NewReplacer(replace...).Replace(told.String()))
	})
}

// A member who may only look into a sheet changes nothing by its calls, whoever makes them for the member.
func TestMembersWhoLook(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		as := func(user id.UserID, name string) error {
			body := fmt.Sprintf(`{"docid":%q,"sheet_id":%q,"records":[{"values":{}}]}`, s.docID, s.id)
			eps := w.Server.SmartSheets.Endpoints()
			i := slices.IndexFunc(eps, func(ep wire.Endpoint) bool { return strings.HasSuffix(ep.Path, "/"+name) })
			return w.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
				_, err := eps[i].Handle.Carry(t.Context(), tx, access.MemberOf(w.CorpID, user), []byte(body))
				return err
			})
		}
		if err := as("zhangsan", "add_records"); err != nil {
			t.Errorf("who manages it: %v", err)
		}
		for _, name := range []string{"add_records", "delete_sheet"} {
			if err := as("lisi", name); !errors.Is(err, wire.ErrNoPrivilege) {
				t.Errorf("who may look, %s: %v", name, err)
			}
		}
		if err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) error {
			eps := w.Server.SmartSheets.Endpoints()
			i := slices.IndexFunc(eps, func(ep wire.Endpoint) bool { return strings.HasSuffix(ep.Path, "/get_records") })
			_, err := eps[i].Handle.Carry(t.Context(), tx, access.MemberOf(w.CorpID, "lisi"), fmt.Appendf(nil, `{"docid":%q,"sheet_id":%q}`, s.docID, s.id))
			return err
		}); err != nil {
			t.Errorf("who may look, looking: %v", err)
		}
	})
}

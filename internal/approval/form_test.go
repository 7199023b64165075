package approval_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// noon is a moment of 2031-01-06 in China: midnight and so many seconds.
func noon(seconds int64) int64 { return 1925395200 + seconds }

// ctl writes a control.
func ctl(kind, number string, require int, config string) string {
	return fmt.Sprintf(`{"property":{"control":%q,"id":"%s-%s","title":[{"text":"%s %s","lang":"zh_CN"}],"placeholder":[],"require":%d,"un_print":0},"config":{%s}}`, kind, kind, number, kind, number, require, config)
}

// TestControls fills in each kind of control: what is refused, and what getapprovaldetail answers then.
func TestControls(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		media := h.upload("a.pdf")
		earlier := h.apply("zhangsan", h.template("早先", textControl), node(1, 1, "lisi"), textContent)
		span := func(kind string, begin, end int64, more string) string {
			return fmt.Sprintf(`{"type":%q,"new_begin":%d,"new_end":%d%s}`, kind, noon(begin), noon(end), more)
		}
		const day = 86400
		for i, tt := range []struct {
			kind, config string
			good, shown  string // shown is in the answer; the same where it is empty
			bad          []string
		}{
			{"Text", ``, `{"text":"a"}`, ``, []string{`{"text":"a\nb"}`}},
			{"Textarea", ``, `{"text":"a\nb"}`, ``, nil},
			{"PhoneNumber", ``, `{"text":"+86 138"}`, ``, []string{`{"text":"one"}`}},
			{"Number", ``, `{"new_number":"-7.5"}`, ``, []string{`{"new_number":"seven"}`, `{"new_number":"0x1p4"}`}},
			{"Money", ``, `{"new_money":700}`, `"new_money":"700"`, []string{`{"new_money":"7 yuan"}`}},
			{"Date", `"date":{"type":"day"}`, `{"date":{"type":"day","s_timestamp":"1569859200"}}`, `"date":{"type":"day","s_timestamp":"1569859200"}`, []string{`{"date":{"type":"hour","s_timestamp":"1"}}`, `{"date":{"s_timestamp":"soon"}}`}},
			{"Selector", `"selector":{"type":"single","options":[{"key":"k1","value":{"text":"一","lang":"zh_CN"}},{"key":"k2","value":[{"text":"二","lang":"zh_CN"}]}]}`,
				`{"selector":{"type":"single","options":[{"key":"k2"}]}}`, `"selector":{"type":"single","options":[{"key":"k2","value":[{"text":"二","lang":"zh_CN"}]}],"exp_type":0}`,
				[]string{`{"selector":{"options":[{"key":"k1"},{"key":"k2"}]}}`, `{"selector":{"options":[{"key":"k3"}]}}`, `{"selector":{"type":"multi","options":[{"key":"k1"}]}}`}},
			{"Contact", `"contact":{"type":"multi","mode":"user"}`, `{"members":[{"userid":"LISI"},{"userid":"wangwu","name":"x"}]}`, `"members":[{"userid":"lisi","name":"李四"},{"userid":"wangwu","name":"王五"}]`,
				[]string{`{"members":[{"userid":"stranger"}]}`, `{"members":[{}]}`}},
			{"Contact", `"contact":{"type":"single","mode":"department"}`, `{"departments":[{"openapi_id":"2"}]}`, `"departments":[{"openapi_id":"2","name":"研发部"}]`,
				[]string{`{"departments":[{"openapi_id":"99"}]}`, `{"departments":[{"openapi_id":"x"}]}`, `{"departments":[{"openapi_id":"2"},{"openapi_id":"3"}]}`}},
			{"File", `"file":{"is_only_photo":0}`, `{"files":[{"file_id":"` + media + `","file_size":""}]}`, `"files":[{"file_id":"` + media + `","file_name":"a.pdf","file_size":16,"file_type":"pdf"}]`, []string{`{"files":[{"file_id":"x"}]}`, `{"files":[{}]}`}},
			{"Table", `"table":{"children":[` + ctl("Money", "9", 1, "") + `,` + ctl("Text", "9", 0, "") + `]}`,
				`{"children":[{"list":[{"control":"Text","id":"Text-9","value":{"text":""}},{"control":"Money","id":"Money-9","value":{"new_money":"1"}}]}]}`,
				`"children":[{"list":[{"control":"Money","id":"Money-9","title":[{"text":"Money 9","lang":"zh_CN"}],"value":{"new_money":"1",`,
				[]string{`{"children":[{"list":[]}]}`, `{"children":[{"list":[{"control":"Money","id":"Money-9","value":{"new_money":"1"}}]}]}`}},
			{"DateRange", `"date_range":{"type":"halfday","official_holiday":0,"perday_duration":86400}`, `{"date_range":` + span("halfday", 0, day/2, "") + `}`,
				`"date_range":` + span("halfday", 0, day/2, `,"new_duration":86400,"perday_duration":86400`),
				[]string{`{"date_range":` + span("halfday", 1, day, "") + `}`, `{"date_range":` + span("halfday", day, 0, "") + `}`, `{"date_range":` + span("hour", 0, day, "") + `}`}},
			{"Location", `"location":{"distance":100}`, `{"location":{"latitude":"30.5","longitude":"104.1","title":"厂","address":"路","time":1605690460}}`,
				`"location":{"latitude":"30.5","longitude":"104.1","title":"厂","address":"路","time":1605690460}`, []string{`{"location":{"latitude":"91","longitude":"0","title":"a"}}`, `{"location":{"latitude":"1","longitude":"0"}}`}},
			{"RelatedApproval", `"related_approval":{}`, `{"related_approval":[{"sp_no":"` + earlier + `"}]}`,
				`"related_approval":[{"template_names":[{"text":"早先","lang":"zh_CN"}],"sp_status":1,"name":"张三","create_time":`, []string{`{"related_approval":[{"sp_no":"1"}]}`}},
			{"BankAccount", ``, `{"bank_account":{"account_type":1,"account_name":"户","account_number":"62","remark":"","bank":{"bank_alias":"银行"}}}`, `"bank_account":{"account_type":1,"account_name":"户","account_number":"62"`,
				[]string{`{"bank_account":{"account_type":3,"account_name":"户","account_number":"62"}}`, `{"bank_account":{"account_type":1}}`}},
			{"Tips", `"tips":{"tips_content":[{"lang":"zh_CN","text":{"sub_text":[{"type":1,"content":{"plain_text":{"content":"说明"}}}]}}]}`, `{}`, `"new_tips":{"tips_content":[{"text":{"sub_text":[{"type":1,"content":{"plain_text":{"content":"说明"}}}]},"lang":"zh_CN"}]}`, nil},
		} {
			number := fmt.Sprint(i + 1)
			template := h.template("表"+number, ctl(tt.kind, number, 1, tt.config))
			content := func(value string) string {
				return application("zhangsan", template, node(1, 1, "lisi"), fmt.Sprintf(`{"control":%q,"id":"%s-%s","value":%s}`, tt.kind, tt.kind, number, value))
			}
			if tt.kind != "Tips" {
				tt.bad = append(tt.bad, `{}`)
			}
			for _, bad := range tt.bad {
				if got := h.Call(h.App, "oa/applyevent", content(bad)); got.ErrCode != 301025 {
					t.Errorf("%s %s: %s", tt.kind, bad, got.Body)
				}
			}
			var resp struct {
				SpNo string `json:"sp_no"`
			}
			h.Must(h.App, "oa/applyevent", content(tt.good)).Decode(&resp)
			if tt.shown == "" {
				tt.shown = strings.Trim(tt.good, "{}")
			}
			if got := h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+resp.SpNo+`"}`).Body; !strings.Contains(got, tt.shown) {
				t.Errorf("%s: %s\nis not in %s", tt.kind, tt.shown, got)
			}
		}
	})
}

// TestAttendance: trips, outings and overtime are spread over days, and nobody is away twice at a time (doc
// 91853).
func TestAttendance(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const day = 86400
		trip, outing, overtime := h.template("出差", attendanceControl(3, "halfday", "出差")), h.template("外出", attendanceControl(4, "hour", "外出")), h.template("加班", attendanceControl(5, "hour", "加班"))
		apply := func(template, user string, kind int, scale string, begin, end int64, more string) (string, int) {
			got := h.Call(h.App, "oa/applyevent", application(user, template, node(1, 1, "lisi"),
				fmt.Sprintf(`{"control":"Attendance","id":"Attendance-1","value":{"attendance":{"type":%d,"date_range":{"type":%q,"new_begin":%d,"new_end":%d}%s}}}`, kind, scale, noon(begin), noon(end), more)))
			var resp struct {
				SpNo string `json:"sp_no"`
			}
			got.Decode(&resp)
			return resp.SpNo, got.ErrCode
		}
		first, code := apply(trip, "zhangsan", 3, "halfday", day/2, 2*day, "")
		if code != 0 {
			t.Fatal(code)
		}
		want := fmt.Sprintf(`"slice_info":{"day_items":[{"daytime":%d,"duration":43200},{"daytime":%d,"duration":86400},{"daytime":%d,"duration":43200}],"duration":172800,"state":1}`, noon(0), noon(day), noon(2*day))
		if got := h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+first+`"}`).Body; !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
		for _, tt := range []struct {
			what, template, user string
			kind                 int
			scale                string
			begin, end           int64
			more                 string
			code                 int
		}{
			{"away at that time", outing, "zhangsan", 4, "hour", day, day + 3600, "", 301079},
			{"just before", outing, "zhangsan", 4, "hour", day/2 - 3600, day / 2, "", 0},
			{"just after", outing, "zhangsan", 4, "hour", 2*day + day/2, 3 * day, "", 0},
			{"another member", outing, "lisi", 4, "hour", day, day + 3600, "", 0},
			{"overtime at that time", overtime, "zhangsan", 5, "hour", day, day + 7200, "", 0},
			{"overtime twice", overtime, "zhangsan", 5, "hour", day + 3600, day + 7200, "", 301079},
			{"another type", outing, "wangwu", 3, "hour", day, day + 3600, "", 301025},
			{"given slices", outing, "wangwu", 4, "hour", day, day + 7200, fmt.Sprintf(`,"slice_info":{"day_items":[{"daytime":%d,"duration":3600}]}`, noon(day)), 0},
			{"slices not of a multiple", outing, "wangwu", 4, "hour", 3 * day, 4 * day, fmt.Sprintf(`,"slice_info":{"day_items":[{"daytime":%d,"duration":3601}]}`, noon(3*day)), 301025},
			{"slices of another day", outing, "wangwu", 4, "hour", 3 * day, 4 * day, fmt.Sprintf(`,"slice_info":{"day_items":[{"daytime":%d,"duration":3600}]}`, noon(7*day)), 301025},
			{"slices of no midnight", outing, "wangwu", 4, "hour", 3 * day, 4 * day, fmt.Sprintf(`,"slice_info":{"day_items":[{"daytime":%d,"duration":3600}]}`, noon(3*day+5)), 301025},
			{"a day twice", outing, "wangwu", 4, "hour", 3 * day, 4 * day, fmt.Sprintf(`,"slice_info":{"day_items":[{"daytime":%d,"duration":360},{"daytime":%[1]d,"duration":360}]}`, noon(3*day)), 301025},
		} {
			if _, code := apply(tt.template, tt.user, tt.kind, tt.scale, tt.begin, tt.end, tt.more); code != tt.code {
				t.Errorf("%s: %d, want %d", tt.what, code, tt.code)
			}
		}
		h.act("withdraw", first, "zhangsan", "")
		if _, code := apply(outing, "zhangsan", 4, "hour", day, day+3600, ""); code != 0 {
			t.Errorf("after the withdrawal: %d", code)
		}
	})
}

// TestHiddenControls: an option shows a control, which need not be filled in where it is hidden.
func TestHiddenControls(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("票", ctl("Selector", "1", 1, `"selector":{"type":"single","options":[{"key":"a","value":{"text":"甲","lang":"zh_CN"}},{"key":"b","value":{"text":"乙","lang":"zh_CN"}}],
			"op_relations":[{"key":"b","relation_list":[{"related_control_id":"Text-1","action":1}]}]}`)+","+ctl("Text", "1", 1, ""))
		choose := func(key string) string {
			return application("zhangsan", template, node(1, 1, "lisi"), `{"control":"Selector","id":"Selector-1","value":{"selector":{"options":[{"key":"`+key+`"}]}}}`)
		}
		h.Answers("oa/applyevent", []qiweitest.Refusal{{"shown and empty", choose("b"), 301025}, {"hidden", choose("a"), 0}}...)
		var info struct {
			List []string `json:"sp_no_list"`
		}
		h.Must(h.App, "oa/getapprovalinfo", h.today(``)).Decode(&info)
		if got := h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+info.List[0]+`"}`).Body; !strings.Contains(got, `"hidden":1`) {
			t.Error(got)
		}
	})
}

// TestFormula: the platform's template for expenses sums its table.
func TestFormula(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		row := func(sum string) string {
			return `{"list":[{"control":"Date","id":"Date-1","value":{"date":{"s_timestamp":"1796054400"}}},{"control":"Money","id":"Money-1","value":{"new_money":"` + sum + `"}},{"control":"Text","id":"Text-1","value":{}}]}`
		}
		var s stands
		h.PlayIn(h.Corp, "submit", `{"userid":"zhangsan","template":"报销","contents":[{"control":"Selector","id":"Selector-1","value":{"selector":{"options":[{"key":"option-2"}]}}},
			{"control":"Textarea","id":"Textarea-1","value":{"text":"打车"}},{"control":"Table","id":"Table-1","value":{"children":[`+row("12.5")+`,`+row("30")+`]}}]}`).Into(&s)
		if got := h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+s.SpNo+`"}`).Body; !strings.Contains(got, `"formula":{"value":"42.5"}`) {
			t.Error(got)
		}
		old := h.Call(h.As(access.Approval), "corp/getapprovaldata", h.today("")).Body
		for _, part := range []string{`"count":1,"total":1,"next_spnum":` + s.SpNo, `"spname":"报销","apply_name":"张三","apply_org":"研发部"`, `"expense":{"expense_type":2,"reason":"打车","item":[]}`,
			`\"id\":\"Formula-1\",\"type\":\"formula\",\"value\":\"42.5\",\"title\":\"总金额\"`, `"apply_user_id":"zhangsan"`} {
			if !strings.Contains(old, part) {
				t.Errorf("%s is not in %s", part, old)
			}
		}
	})
}

// TestTemplates: what a template may hold, and whose it is (doc 97437, 97438, 91982).
func TestTemplates(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		create := func(name, controls string) string {
			return `{"template_name":[{"text":"` + name + `","lang":"zh_CN"}],"template_content":{"controls":[` + controls + `]}}`
		}
		text := ctl("Text", "1", 1, "")
		h.Answers("oa/approval/create_template", []qiweitest.Refusal{
			{"nothing", `{}`, 301086}, {"no name", create("", text), 301086}, {"no controls", create("a", ""), 301086},
			{"a name in no language", strings.Replace(create("a", text), `"lang":"zh_CN"`, `"lang":"zh-CN"`, 1), 301086},
			{"a text for controls", strings.Replace(create("a", text), "["+text+"]", `"a"`, 1), 301086},
			{"an unknown kind", create("a", ctl("Texts", "1", 0, "")), 301086}, {"a formula", create("a", ctl("Formula", "1", 0, "")), 301086},
			{"an id of another form", create("a", strings.Replace(text, "Text-1", "Text-a", 1)), 301086}, {"one id twice", create("a", text+","+text), 301086},
			{"one title twice", create("a", text+","+strings.Replace(text, "Text-1", "Text-2", 1)), 301086},
			{"no title", create("a", strings.Replace(text, "Text 1", "", 1)), 301086}, {"require 2", create("a", ctl("Text", "1", 2, "")), 301086},
			{"a date of no type", create("a", ctl("Date", "1", 0, "")), 301086}, {"a choice without options", create("a", ctl("Selector", "1", 0, `"selector":{"type":"single"}`)), 301086},
			{"an option without a key", create("a", ctl("Selector", "1", 0, `"selector":{"type":"single","options":[{"value":{"text":"a","lang":"zh_CN"}}]}`)), 301086},
			{"a contact without a mode", create("a", ctl("Contact", "1", 0, `"contact":{"type":"single"}`)), 301086},
			{"an empty table", create("a", ctl("Table", "1", 0, `"table":{"children":[]}`)), 301086},
			{"a table in a table", create("a", ctl("Table", "1", 0, `"table":{"children":[`+ctl("Table", "2", 0, `"table":{"children":[`+text+`]}`)+`]}`)), 301086},
			{"an attendance in a table", create("a", ctl("Table", "1", 0, `"table":{"children":[`+attendanceControl(3, "hour", "出差")+`]}`)), 301086},
			{"an attendance of another name", create("a", attendanceControl(3, "hour", "旅行")), 301086}, {"an attendance of type 2", create("a", attendanceControl(2, "hour", "补卡")), 301086},
			{"two kinds of attendance", create("a", attendanceControl(3, "hour", "出差")+","+ctl("Vacation", "1", 1, "")), 301086},
			{"a place 150 metres around", create("a", ctl("Location", "1", 0, `"location":{"distance":150}`)), 301086},
			{"a day of two days", create("a", ctl("DateRange", "1", 0, `"date_range":{"type":"hour","perday_duration":172800}`)), 301086},
			{"related to nothing", create("a", ctl("RelatedApproval", "1", 0, `"related_approval":{"template_id":["x"]}`)), 301086},
			{"two links", create("a", ctl("Tips", "1", 0, `"tips":{"tips_content":[{"lang":"zh_CN","text":{"sub_text":[{"type":2,"content":{"link":{"url":"a"}}},{"type":2,"content":{"link":{"url":"b"}}}]}}]}`)), 301086},
			{"a leave", create("假", ctl("Vacation", "1", 0, "")), 0}, {"the name again", create("假", text), 301086},
		}...)
		mine := h.template("买书", text)
		update := func(id, name string) string {
			return strings.Replace(create(name, ctl("Text", "2", 0, "")), "{", `{"template_id":"`+id+`",`, 1)
		}
		h.Answers("oa/approval/update_template", []qiweitest.Refusal{{"none", update("", "书"), 301086}, {"unknown", update("3x", "书"), 301086}, {"a name that is taken", update(mine, "假"), 301086}, {"good", update(mine, "买书"), 0}}...)
		if got := h.Call(h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "oa/approval/update_template", update(mine, "书")); got.ErrCode != 301088 {
			t.Errorf("another application: %s", got.Body)
		}
		got := h.Must(h.App, "oa/gettemplatedetail", `{"template_id":"`+mine+`"}`).Body
		if !strings.Contains(got, `"template_names":[{"text":"买书","lang":"zh_CN"}],"template_content":{"controls":[{"property":{"control":"Text","id":"Text-2","title":[{"text":"Text 2","lang":"zh_CN"}],"placeholder":[],"require":0,"un_print":0},"config":{}}]}`) {
			t.Error(got)
		}
		h.Answers("oa/gettemplatedetail", []qiweitest.Refusal{{"none", `{}`, 301025}, {"unknown", `{"template_id":"3x"}`, 301025}}...)
		if got := h.Call(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "oa/gettemplatedetail", `{"template_id":"`+mine+`"}`); got.ErrCode != 301025 {
			t.Errorf("the twin enterprise: %s", got.Body)
		}
	})
}

// TestCopiedTemplate: a suite's template is copied into an enterprise, and only the suite's application there
// sees it and its approvals (doc 92630).
func TestCopiedTemplate(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third := h.SuiteApp(access.ThirdParty, nil, "approval:base:base")
		other := h.SuiteApp(access.ThirdParty, nil, "approval:base:base")
		var open struct {
			ID string `json:"open_template_id"`
		}
		save := func(id, name string) {
			t.Helper()
			h.Scripted("approval/provider_template", fmt.Sprintf(`{"suite_id":%q,"open_template_id":%q,"name":%q,"controls":[%s]}`, third.SuiteID, id, name, textControl), &open)
		}
		save("", "用章")
		copied := func() string {
			var resp struct {
				ID string `json:"template_id"`
			}
			got := h.Call(third, "oa/approval/copytemplate", `{"open_template_id":"`+open.ID+`"}`)
			if got.Decode(&resp); got.ErrCode != 0 || !strings.HasPrefix(resp.ID, "open_") {
				t.Fatal(got.Body)
			}
			return resp.ID
		}
		id := copied()
		save(open.ID, "用印")
		if again := copied(); again != id {
			t.Errorf("%s, then %s", id, again)
		}
		if got := h.Call(third, "oa/gettemplatedetail", `{"template_id":"`+id+`"}`); !strings.Contains(got.Body, "用印") {
			t.Error(got.Body)
		}
		if got := h.Call(other, "oa/approval/copytemplate", `{"open_template_id":"`+open.ID+`"}`); got.ErrCode != 301025 {
			t.Errorf("another suite: %s", got.Body)
		}
		shown := h.shown(third, "zhangsan")
		got := h.Call(third, "oa/applyevent", application(shown, id, node(1, 1, h.shown(third, "lisi")), textContent))
		var resp struct {
			SpNo string `json:"sp_no"`
		}
		if got.Decode(&resp); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		h.apply("zhangsan", h.template("买书", textControl), node(1, 1, "lisi"), textContent)
		detail := h.Call(third, "oa/getapprovaldetail", `{"sp_no":"`+resp.SpNo+`"}`).Body
		if strings.Contains(detail, `"zhangsan"`) || !strings.Contains(detail, `"applyer":{"userid":"`+shown+`"`) {
			t.Errorf("the provider is shown %s", detail)
		}
		if list := h.Call(third, "oa/getapprovalinfo", h.today(`{"key":"creator","value":"`+shown+`"}`)).Body; !strings.Contains(list, `"sp_no_list":["`+resp.SpNo+`"]`) {
			t.Errorf("its approvals: %s", list)
		}
		for _, path := range []string{"oa/gettemplatedetail", "oa/getapprovaldetail"} {
			for _, c := range []struct{ body string }{{`{"template_id":"` + id + `","sp_no":"` + resp.SpNo + `"}`}} {
				if got := h.Call(other, path, c.body); got.ErrCode != 301025 {
					t.Errorf("%s by another suite: %s", path, got.Body)
				}
			}
		}
	})
}

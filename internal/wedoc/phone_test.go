package wedoc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

type body = qiweitest.JSON

// refused is what a page is answered that may not ask.
func refused(t *testing.T, p qiweitest.Phone, path string, code int) {
	t.Helper()
	var got body
	a := p.Get("/phone/api/" + path)
	if a.Decode(t, &got); a.Status != 400 || got.Code() != code {
		t.Errorf("%s: %d %s, want errcode %d", path, a.Status, a.Body, code)
	}
}

// The address of a document leads to the page, which honours the rights over it.
func TestAddressOpens(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"会议纪要","admin_users":["zhangsan"]}`)
		f := made(t, c, "create_form", form(`{"question_id":1,"title":"姓名","pos":1,"status":1,"reply_type":1}`, `{}`))
		zhang, li := w.Phone("zhangsan"), w.Phone("lisi")
		share := made(t, c, "doc_share", `{"docid":"`+d.DocID+`"}`).Share
		for address, want := range map[string]string{
			share: "/phone/docs/" + d.DocID, made(t, c, "doc_share", `{"formid":"`+f.FormID+`"}`).Share: "/phone/forms/" + f.FormID,
			w.URL + "/wedoc/sheet/x": "/phone/docs/x", w.URL + "/wedoc/smartpage/x?y=z": "/phone/docs/x",
		} {
			if got := li.Get(strings.TrimPrefix(address, w.URL)); got.Status != 302 || got.Location != want {
				t.Errorf("%s: %d %s", address, got.Status, got.Location)
			}
		}
		if got := li.Get("/wedoc/other/x"); got.Status != 404 {
			t.Errorf("another kind: %d", got.Status)
		}
		if got := w.Browser().Get("/phone/api/docs/" + d.DocID); got.Status != 401 {
			t.Errorf("nobody: %d", got.Status)
		}

		path := "docs/" + d.DocID
		if got := zhang.Ask(path); got.Text("name") != "会议纪要" || got.Int("right") != 7 || got.Text("copy") != "true" || got.Text("members.0.name") != "张三" {
			t.Errorf("who manages it: %v", got)
		}
		if got := li.Ask(path); got.Int("right") != 1 || got.Text("copy") != "true" || got.At("members") != nil {
			t.Errorf("who looks at it: %v", got)
		}
		refused(t, w.Second.Phone("zhangsan"), path, 301085)
		refused(t, li, "docs/none", 301085)
		li.Does(path+"/text", 400, body{"version": 1, "begin": 0, "end": 0, "text": "x"})
		li.Does(path+"/members", 400, body{"set": []body{{"userid": "lisi", "right": 7}}})
		li.Does(path+"/name", 400, body{"name": "x"})
		li.Does(path+"/delete", 400, body{})

		// What readers may take away, and what stands behind the words.
		call(t, c, "mod_doc_safty_setting", `{"docid":"`+d.DocID+`","enable_readonly_copy":false,"watermark":{"margin_type":2,"show_visitor_name":true,"show_text":true,"text":"内部"}}`, 0)
		if got := li.Ask(path); got.Text("copy") != "false" || got.Text("watermark") != "李四 内部" || got.Text("narrow") != "true" {
			t.Errorf("safety: %v", got)
		}
		if got := zhang.Ask(path); got.Text("copy") != "true" {
			t.Errorf("who edits may copy: %v", got)
		}
		// Nobody but those whom it names.
		call(t, c, "mod_doc_join_rule", `{"docid":"`+d.DocID+`","enable_corp_internal":false,"corp_internal_approve_only_by_admin":true}`, 0)
		refused(t, li, path, 301085)
		zhang.Does(path+"/members", 200, body{"set": []body{{"userid": "LiSi", "right": 1}}})
		if got := qiweitest.Lines(li.Ask("docs").List("documents"), "id", "name", "kind", "right"); !slices.Equal(got, []string{d.DocID + " 会议纪要 3 1"}) {
			t.Errorf("lisi's list: %q", got)
		}
		if got := w.Phone("wangwu").Ask("docs").List("documents"); len(got) != 0 {
			t.Errorf("wangwu's list: %v", got)
		}
		zhang.Does(path+"/name", 200, body{"name": "周会"})
		zhang.Does(path+"/name", 400, body{"name": " "})
		if got := li.Ask(path); got.Text("name") != "周会" {
			t.Errorf("renamed: %v", got)
		}
		zhang.Does(path+"/members", 400, body{"remove": []string{"wangwu"}})
		zhang.Does(path+"/delete", 200, body{})
		refused(t, zhang, path, 301085)
		zhang.Does(path+"/delete", 400, body{})
	})
}

// What members do on the page is told to the application that has made the document.
func TestPageTells(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		rc := w.Receiver(c)
		d := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"甲","admin_users":["zhangsan"]}`)
		f := made(t, c, "create_form", form(`{"question_id":1,"title":"姓名","pos":1,"status":1,"reply_type":1}`, `{"can_anonymous":true,"allow_multi_fill":true}`))
		zhang := w.Phone("zhangsan")
		zhang.Does("forms/"+f.FormID, 200, body{"anonymous": true, "items": []body{{"question_id": 1, "text_reply": "匿名"}}})
		w.Delivered()
		if got := pushes(rc); !strings.Contains(got, "<![CDATA[form_complete]]>") || strings.Contains(got, "zhangsan") || !strings.Contains(got, "<FromUserName><![CDATA[sys]]>") {
			t.Errorf("an answer without a name told %s", got)
		}
		for _, step := range []struct {
			path string
			body body
			told string
		}{
			{"docs/" + d.DocID + "/members", body{"set": []body{{"userid": "lisi", "right": 1}}}, "doc_member_change"},
			{"forms/" + f.FormID, body{"items": []body{{"question_id": 1, "text_reply": "张三"}}}, "form_complete"},
			{"docs/" + d.DocID + "/delete", body{}, "delete_doc"},
		} {
			zhang.Does(step.path, 200, step.body)
			w.Delivered()
			if got := pushes(rc); strings.Count(got, "<xml>") != 1 || !strings.Contains(got, "<![CDATA["+step.told+"]]>") || !strings.Contains(got, "<![CDATA[zhangsan]]>") {
				t.Errorf("%s told %s", step.path, got)
			}
		}
	})
}

// A text is drawn as it is, and a part of it is replaced if nobody has changed it meanwhile.
func TestTextPage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"甲","admin_users":["zhangsan"]}`)
		call(t, c, "document/batch_update", `{"docid":"`+d.DocID+`","requests":[{"insert_text":{"text":"# 标题\n<b>不是标签</b>","location":{"index":0}}},{"update_text_property":{"text_property":{"bold":true,"color":"FF0000"},"ranges":[{"start_index":0,"length":2}]}},
			{"insert_table":{"rows":1,"cols":2,"location":{"index":16}}},{"insert_text":{"text":"格","location":{"index":20}}},{"insert_image":{"image_id":"https://pic.example/a.png","location":{"index":0},"width":30,"height":20}}]}`, 0)
		zhang, path := w.Phone("zhangsan"), "docs/"+d.DocID
		got := zhang.Ask(path)
		if lines := qiweitest.Lines(got.List("blocks"), "begin", "end", "runs.0.text", "runs.0.picture", "runs.1.text", "runs.1.bold", "runs.1.color"); len(lines) < 3 ||
			lines[0] != "0 5 https://pic.example/a.png #  true FF0000" || lines[1] != "6 17 <b>不是标签</b>" || got.Text("blocks.2.rows.0.0.0.runs.0.text") != "格" {
			t.Fatalf("%q in %v", lines, got)
		}
		version := got.Int("version")
		saved := zhang.Does(path+"/text", 200, body{"version": version, "begin": 6, "end": 17, "text": "改了\n两段"})
		if saved.Text("saved") != "true" || saved.Int("version") != version+1 {
			t.Errorf("saved: %v", saved)
		}
		// Another page still has the version before: nothing of either is lost.
		if late := zhang.Does(path+"/text", 200, body{"version": version, "begin": 6, "end": 17, "text": "晚了"}); late.Text("saved") != "false" || late.Int("version") != version+1 {
			t.Errorf("late: %v", late)
		}
		if lines := qiweitest.Lines(zhang.Ask(path).List("blocks"), "runs.0.text"); lines[1] != "改了" || lines[2] != "两段" {
			t.Errorf("%q", lines)
		}
		for _, wrong := range []body{{"begin": 0, "end": 9999, "text": "x"}, {"begin": -1, "end": -1, "text": "x"}, {"begin": 9999, "end": 9999, "text": "x"}} {
			wrong["version"] = version + 1
			zhang.Does(path+"/text", 400, wrong)
		}
		refused(t, zhang, path+"/cells?sheet_id=x&rows=1&columns=1", 301085)
	})
}

// Cells are read by area, and written if nobody has written into them meanwhile.
func TestGridPage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":4,"doc_name":"甲","admin_users":["zhangsan"]}`)
		zhang, li, path := w.Phone("zhangsan"), w.Phone("lisi"), "docs/"+d.DocID
		sheet := li.Ask(path)
		sheetID := sheet.Text("sheets.0.sheet_id")
		if sheet.Int("sheets.0.rows") != 200 || sheet.Int("sheets.0.columns") != 20 {
			t.Errorf("sheets: %v", sheet)
		}
		call(t, c, "spreadsheet/batch_update", `{"docid":"`+d.DocID+`","requests":[{"update_range_request":{"sheet_id":"`+sheetID+`","grid_data":{"start_row":1,"start_column":2,"rows":[{"values":[{"cell_value":{"text":"甲"},"cell_format":{"text_format":{"bold":true}}},{"cell_value":{"link":{"url":"https://a.example","text":"链"}}}]}]}}}]}`, 0)
		cells := func(p qiweitest.Phone) []string {
			t.Helper()
			out := qiweitest.Lines(p.Ask(path+"/cells?sheet_id="+sheetID+"&row=0&column=0&rows=10&columns=10").List("cells"), "row", "column", "text", "link", "look.bold")
			slices.Sort(out)
			return out
		}
		if got := cells(li); !slices.Equal(got, []string{"1 2 甲 true", "1 3 链 https://a.example"}) {
			t.Errorf("cells: %q", got)
		}
		write := func(row, column int, before, text string) body {
			return body{"sheet_id": sheetID, "row": row, "column": column, "before": before, "text": text}
		}
		li.Does(path+"/cell", 400, write(0, 0, "", "x"))
		if got := zhang.Does(path+"/cell", 200, write(1, 2, "甲", "乙")); got.Text("saved") != "true" || got.Text("cell.look.bold") != "true" {
			t.Errorf("saved: %v", got)
		}
		if got := zhang.Does(path+"/cell", 200, write(1, 2, "甲", "丙")); got.Text("saved") != "false" || got.Text("cell.text") != "乙" {
			t.Errorf("late: %v", got)
		}
		zhang.Does(path+"/cell", 200, write(199, 19, "", "角"))
		for _, wrong := range []body{write(200, 0, "", "x"), write(0, 20, "", "x"), write(-1, 0, "", "x"), {"sheet_id": "none", "text": "x"}} {
			zhang.Does(path+"/cell", 400, wrong)
		}
		for _, query := range []string{"rows=0&columns=1", "rows=1001&columns=1", "rows=1&columns=201", "rows=1000&columns=11", "rows=1&columns=1&row=-1", "rows=x"} {
			if got := zhang.Get("/phone/api/" + path + "/cells?sheet_id=" + sheetID + "&" + query); got.Status != 400 {
				t.Errorf("%s: %d", query, got.Status)
			}
		}
		if got := cells(zhang); !slices.Equal(got, []string{"1 2 乙 true", "1 3 链 https://a.example"}) {
			t.Errorf("cells: %q", got)
		}
	})
}

// A form is filled in by those who are asked, once or by its rules, until its end.
func TestFormPage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		end := w.Clock.Now().Add(time.Hour).Unix()
		f := made(t, c, "create_form", form(questions, fmt.Sprintf(`{"fill_out_auth":1,"fill_in_range":{"userids":["lisi","zhangsan"]},"timed_finish":%d,"can_anonymous":true}`, end)))
		li, path := w.Phone("lisi"), "forms/"+f.FormID
		got := li.Ask(path)
		if got.Text("title") != "登记" || len(got.List("questions")) != 8 || got.Int("until") != end || got.Text("anonymous") != "true" || got.At("refused") != nil {
			t.Errorf("the form: %v", got)
		}
		if got := w.Phone("wangwu").Ask(path); !strings.Contains(got.Text("refused"), "not among those") || got.Text("reason") != "unasked" || len(got.List("questions")) != 0 || got.Text("desc") != "" {
			t.Errorf("who is not asked: %v", got)
		}
		refused(t, w.Second.Phone("lisi"), path, 301085)
		li.Does(path, 400, body{"items": []body{}})
		li.Does(path, 400, body{"items": []body{{"question_id": 1, "text_reply": "李四"}, {"question_id": 8, "text_reply": "151"}}})
		// What the question does not ask for is not kept.
		li.Does(path, 200, body{"repeated_id": got.Text("repeated_id"), "items": []body{{"question_id": 1, "text_reply": "李四", "member_reply": body{"list": []body{{"userid": "nobody"}}}, "file_extend_reply": []body{{"name": "a", "fileid": "b"}}}, {"question_id": 3, "option_reply": []int{1, 3}}}})
		got = li.Ask(path)
		if !strings.Contains(got.Text("refused"), "already") || got.Text("reason") != "answered" || got.Int("answered") != 1 || got.Text("last.0.text_reply") != "李四" || got.Int("last.1.option_reply.1") != 3 || got.At("last.0.member_reply") != nil || got.At("last.0.file_extend_reply") != nil {
			t.Errorf("answered: %v", got)
		}
		li.Does(path, 400, body{"items": []body{{"question_id": 1, "text_reply": "李四"}}})
		if got := qiweitest.Lines(li.Ask("docs?box=forms").List("documents"), "id", "name", "kind"); !slices.Equal(got, []string{f.FormID + " 登记 0"}) {
			t.Errorf("lisi's forms: %q", got)
		}
		w.Advance(2 * time.Hour)
		if got := w.Phone("zhangsan").Ask(path); !strings.Contains(got.Text("refused"), "until") || got.Text("reason") != "ended" {
			t.Errorf("after the end: %v", got)
		}
		w.Phone("zhangsan").Does(path, 400, body{"items": []body{{"question_id": 1, "text_reply": "张三"}}})
		if got := li.Get("/phone/api/docs?box=none"); got.Status != 400 {
			t.Errorf("no such box: %d", got.Status)
		}
	})
}

// A member's list is read page by page.
func TestDocumentList(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		for i := range 51 {
			made(t, c, "create_doc", fmt.Sprintf(`{"doc_type":4,"doc_name":"第%d","admin_users":["lisi"]}`, i))
		}
		li := w.Phone("lisi")
		first := li.Ask("docs")
		list := first.List("documents")
		if len(list) != 50 || first.Text("more") != "true" || first.Text("documents.0.name") != "第50" {
			t.Fatalf("%d, %v", len(list), first["more"])
		}
		rest := li.Ask(fmt.Sprintf("docs?before=%d", qiweitest.First(list, -1).Int("no")))
		if got := qiweitest.Lines(rest.List("documents"), "name"); !slices.Equal(got, []string{"第0"}) || rest.Text("more") != "false" {
			t.Errorf("the rest: %q, more %v", got, rest["more"])
		}
	})
}

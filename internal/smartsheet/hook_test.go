package smartsheet_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// dot is a picture of one pixel.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// hook switches the sheet's address on, and returns its key.
func (s sheet) hook(user, more string) string {
	s.t.Helper()
	text := s.script("webhook", user, `{"renew":false`+more+`}`, 200)
	_, key, _ := strings.Cut(text, `"key":"`)
	key, _, _ = strings.Cut(key, `"`)
	return key
}

func (s sheet) hooked(key, body string) qiweitest.Result {
	return s.w.Send("POST", "/cgi-bin/wedoc/smartsheet/webhook?key="+key, body)
}

type hookRecord struct {
	ID     string         `json:"record_id"`
	Values map[string]any `json:"values"`
}

type hookAnswer struct {
	Added   []hookRecord `json:"add_records"`
	Updated []hookRecord `json:"update_records"`
}

func hookRecords(r qiweitest.Result) (a hookAnswer) {
	r.Decode(&a)
	return a
}

// TestWebhook: whoever has the key of a sheet adds records by the ids of fields, and changes those alone (doc 101260).
func TestWebhook(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, id := phoneSheet(t, w)
		id["链接"], id["图"], id["电话"] = s.field("链接", "URL", ""), s.field("图", "IMAGE", ""), s.field("电话", "PHONE_NUMBER", "")
		id["位置"] = s.field("位置", "LOCATION", "")
		key := s.hook("zhangsan", "")
		if len(key) != 108 || s.hook("zhangsan", "") != key {
			t.Fatalf("key %q", key)
		}
		r := s.hooked(key, fmt.Sprintf(`{"schema":{%q:"文本",%q:{"title":"数"}},"add_records":[{"values":{%q:"登录页白屏",%q:58000,%q:true,%q:"1740806400000",%q:[{"user_id":"LiSi"}],%q:[{"text":"完成"}],
			%q:[{"text":"需求","link":"https://doc.example.com"}],%q:[{"title":"a.png","image_base64":%q}],%q:"13800138000",%q:[{"latitude":"31.2","longitude":"121.4","source_type":1,"title":"上海"}]}},
			{"values":{%q:[{"type":"text","text":"列表"}],%q:[{"user_id":""}],%q:[],%q:"",%q:"",%q:[]}}]}`,
			id["文本"], id["数"], id["文本"], id["数"], id["完成"], id["日期"], id["负责人"], id["状态"], id["链接"], id["图"], dot, id["电话"], id["位置"],
			id["文本"], id["负责人"], id["状态"], id["日期"], id["电话"], id["图"]))
		got := hookRecords(r)
		if r.ErrCode != 0 || len(got.Added) != 2 || strings.Contains(r.Body, "update_records") || strings.Contains(r.Body, "base64") {
			t.Fatalf("%s", r.Body)
		}
		for _, want := range []string{`[{"type":"text","text":"登录页白屏"}]`, `:58000`, `"1740806400000"`, `[{"user_id":"lisi"}]`, `"text":"完成"`, `"link":"https://doc.example.com"`, `"image_url":"` + w.URL, `"width":1,"height":1`, `"13800138000"`, `"source_type":1`} {
			if !strings.Contains(r.Body, want) {
				t.Errorf("%s misses %s", r.Body, want)
			}
		}
		if len(got.Added[1].Values) != 2 { // the text and the number of the record
			t.Errorf("an empty one: %v", got.Added[1].Values)
		}
		if read := s.call("get_records", `{"key_type":"CELL_VALUE_KEY_TYPE_FIELD_ID"}`, 0); !strings.Contains(read.Body, "登录页白屏") || !strings.Contains(read.Body, `"creator_name":""`) {
			t.Errorf("by the call: %s", read.Body)
		}
		own := got.Added[0].ID
		r = s.hooked(key, fmt.Sprintf(`{"add_records":[{"values":{%q:"三"}}],"update_records":[{"record_id":%q,"values":{%q:[{"text":"待办"}]}}]}`, id["文本"], own, id["状态"]))
		if got := hookRecords(r); len(got.Added) != 1 || len(got.Updated) != 1 || got.Updated[0].ID != own || !strings.Contains(r.Body, "待办") || !strings.Contains(r.Body, "登录页白屏") {
			t.Errorf("both: %s", r.Body)
		}
		var byHand struct{ IDs []string }
		if err := json.Unmarshal([]byte(s.script("add_records", "zhangsan", `{"records":[{"values":{"文本":[{"type":"text","text":"人"}]}}]}`, 200)), &byHand); err != nil {
			t.Fatal(err)
		}
		update := func(record string) string {
			return fmt.Sprintf(`{"update_records":[{"record_id":%q,"values":{%q:"x"}}]}`, record, id["文本"])
		}
		value := func(name, v string) string { return fmt.Sprintf(`{"add_records":[{"values":{%q:%s}}]}`, id[name], v) }
		for what, tt := range map[string]struct {
			body string
			code int
		}{
			"nothing": {`{}`, 40063}, "no list": {`{"add_records":{}}`, 40063}, "a record of a member": {update(byHand.IDs[0]), 2023012}, "no record": {update("rx"), 2023012},
			"no field": {`{"add_records":[{"values":{"文本":"by its title"}}]}`, 2023001}, "an option that is none": {value("状态", `[{"text":"新的"}]`), 2023010}, "two options": {value("状态", `[{"text":"待办"},{"text":"完成"}]`), 40058},
			"a data address": {value("图", `[{"image_base64":"data:image/png;base64,`+dot+`"}]`), 2023033}, "no picture": {value("图", `[{"image_base64":"eA=="}]`), 40058}, "a number in quotation marks": {value("数", `"7"`), 40058},
			"no member": {value("负责人", `["nobody"]`), 40058}, "a date to read": {value("日期", `"2031-01-01"`), 40058}, "a field that counts": {value("编号", `"7"`), 40058}, "a formula": {value("数", `"=1+1"`), 40058},
		} {
			if r := s.hooked(key, tt.body); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, r.Body, tt.code)
			}
		}
		if n := strings.Count(s.call("get_records", `{}`, 0).Body, `"record_id"`); n != 4 {
			t.Errorf("%d records, want 4", n)
		}
		w.Phone("zhangsan").Ask(path) // the page of the sheet still reads
	})
}

// TestWebhookKey: the key is switched on, made anew and taken away by those who may do everything in the sheet, and dies
// with it.
func TestWebhookKey(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s, path, _ := phoneSheet(t, w)
		s.c.Call("POST", "/cgi-bin/wedoc/mod_doc_member", fmt.Sprintf(`{"docid":%q,"update_file_member_list":[{"type":1,"userid":"lisi","auth":1}]}`, s.docID))
		write := fmt.Sprintf(`{"add_records":[{"values":{%q:"a"}}]}`, s.first)
		code := func(key string) int { return s.hooked(key, write).ErrCode }
		zhang := w.Phone("zhangsan")
		if off := zhang.Ask(path + "/webhook"); off.Text("on") != "false" || off.Text("sample.schema."+s.first) != "文本" || off.Text("url") != "" {
			t.Errorf("off: %v", off)
		}
		first := zhang.Does(path+"/webhook", 200, body{"on": true}).Text("key")
		if code(first) != 0 || code("") != 40014 || code("x") != 40014 || w.Send("POST", "/cgi-bin/wedoc/smartsheet/webhook", write).ErrCode != 40014 {
			t.Errorf("key %q", first)
		}
		if on := zhang.Ask(path + "/webhook"); on.Text("by") != "zhangsan" || on.Text("used") == "" || !strings.HasSuffix(on.Text("url"), "/cgi-bin/wedoc/smartsheet/webhook?key="+first) {
			t.Errorf("on: %v", on)
		}
		second := zhang.Does(path+"/webhook", 200, body{"on": true, "renew": true}).Text("key")
		if code(first) != 40014 || code(second) != 0 {
			t.Error("made anew")
		}
		w.Phone("lisi").Does(path+"/webhook", 400, body{"on": true, "renew": true})
		w.Phone("wangwu").Does(path+"/webhook", 400, body{"on": true})
		w.Second.Phone("zhangsan").Does(path+"/webhook", 400, body{"on": true})
		zhang.Does(path+"/webhook", 200, body{"on": false})
		if code(second) != 40014 {
			t.Error("taken away")
		}
		third := s.hook("zhangsan", "")
		s.script("webhook", "zhangsan", `{"on":false}`, 200)
		s.script("webhook", "nobody", `{"on":true}`, 404)
		if code(third) != 40014 {
			t.Error("by a script")
		}
		fourth := s.hook("zhangsan", "")
		s.c.Call("POST", "/cgi-bin/wedoc/del_doc", fmt.Sprintf(`{"docid":%q}`, s.docID))
		if code(fourth) != 40014 {
			t.Error("the document was deleted")
		}
	})
}

// TestWebhookLimits: what an address writes in a minute is bounded by the sheet.
func TestWebhookLimits(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		key := s.hook("zhangsan", "")
		many := func(n int) int {
			return s.hooked(key, `{"add_records":[`+strings.TrimSuffix(strings.Repeat(`{"values":{}},`, n), ",")+`]}`).ErrCode
		}
		if got := [...]int{many(1), many(2998), many(1), many(1)}; got != [...]int{0, 0, 0, 45033} {
			t.Errorf("3001 records in a minute: %v", got)
		}
		w.Advance(time.Minute + time.Second)
		if got := many(3001); got != 45033 {
			t.Errorf("3001 at once: %d", got)
		}
	}, func(c *platform.Config) { c.Dev, c.Limits = true, true })
}

package security_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call security, within a range.
func listed(c *qiweitest.Corp, within access.Range) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "安全", Range: within, Callable: []access.Kind{access.Security}})
}

// call makes a call that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/security/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

// done runs a script of the first enterprise.
func done(t *testing.T, w *qiweitest.World, name, body string, into any) {
	t.Helper()
	w.Scripted("security/"+name, strings.Replace(`{"corpid":"`+w.CorpID+`",`+strings.TrimPrefix(body, "{"), ",}", "}", 1), into)
}

// refused runs a script that must be refused with words.
func refused(t *testing.T, w *qiweitest.World, name, body, want string) {
	t.Helper()
	if status, text := w.Script("security/"+name, `{"corpid":"`+w.CorpID+`",`+strings.TrimPrefix(body, "{")); status == 200 || !strings.Contains(text, want) {
		t.Errorf("%s %s: %d %s, want %q", name, body, status, text, want)
	}
}

// span is the last days, as the calls ask for them.
func span(w *qiweitest.World, days int) string {
	now := w.Clock.Now().Unix()
	return fmt.Sprintf(`"start_time":%d,"end_time":%d`, now-int64(days)*86400, now)
}

// column returns a field of each record.
func column(records []any, field string) string {
	var out []string
	for _, r := range records {
		m, _ := r.(map[string]any)
		out = append(out, fmt.Sprint(m[field]))
	}
	return strings.Join(out, " ")
}

// pages reads a list to its end by its cursor and returns a field of each record.
func pages(t *testing.T, c *qiweitest.Client, name, filter, list, field string) string {
	t.Helper()
	var out []string
	cursor := ""
	for range 20 {
		page := call(t, c, name, `{`+filter+`,"cursor":"`+cursor+`"}`, 0)
		if got := column(page.List(list), field); got != "" {
			out = append(out, got)
		}
		if page.At("has_more") != true {
			return strings.Join(out, " ")
		}
		cursor = page.Text("next_cursor")
	}
	t.Fatal("the list does not end")
	return ""
}

// TestMemberActs: what members do here is in the log, what they do in WeCom's clients comes by scripts.
func TestMemberActs(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		w.SignedIn("zhangsan")
		w.SignedIn("zhangsan") // from the same address
		w.Second.SignedIn("lisi")
		var out struct {
			External string `json:"external_userid"`
		}
		w.Scripted("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":"lisi","name":"王小客","unionid":"u1"}`, w.CorpID), &out)
		w.Scripted("wechat/remove", fmt.Sprintf(`{"corpid":%q,"userid":"lisi","external_userid":%q,"by":"member"}`, w.CorpID, out.External), nil)
		done(t, w, "member", `{"userid":"WangWu","oper_type":21,"detail_info":"锁定设备","ip":"183.40.88.11"}`, nil)
		done(t, w, "member", `{"userid":"zhangsan","oper_type":8,"detail_info":"邀请成员","ip":"2001:db8::1"}`, nil)
		w.Advance(time.Minute)
		all := span(w, 1)
		if got := pages(t, c, "member_oper_log/list", all+`,"limit":2`, "record_list", "oper_type"); got != "4 1 2 21 8" {
			t.Errorf("operations %s", got)
		}
		records := call(t, c, "member_oper_log/list", `{`+all+`}`, 0).List("record_list")
		if got := column(records, "userid"); got != "zhangsan lisi lisi wangwu zhangsan" {
			t.Errorf("of %s", got)
		}
		if got := column(records, "ip"); got != "127.0.0.*   183.40.88.* 2001:db8::*" {
			t.Errorf("from %q", got)
		}
		if got := column(records[1:3], "detail_info"); got != "姓名：王小客 姓名：王小客" {
			t.Errorf("details %q", got)
		}
		for filter, want := range map[string]string{`"oper_type":2`: "2", `"userid":"ZhangSan"`: "4 8", `"userid":"lisi","oper_type":1`: "1", `"oper_type":5`: ""} {
			if got := pages(t, c, "member_oper_log/list", all+`,`+filter, "record_list", "oper_type"); got != want {
				t.Errorf("%s: %s, want %s", filter, got, want)
			}
		}
		narrow := listed(w.Corp, access.Range{Departments: []int64{4}})
		if got := pages(t, narrow, "member_oper_log/list", all, "record_list", "userid"); got != "wangwu" {
			t.Errorf("within a range: %s", got)
		}
		call(t, narrow, "member_oper_log/list", `{`+all+`,"userid":"zhangsan"}`, 60011)
		call(t, c, "member_oper_log/list", `{`+all+`,"userid":"nobody"}`, 60111)
		call(t, c, "member_oper_log/list", `{`+all+`,"oper_type":10}`, 40058)
		cursor := call(t, c, "member_oper_log/list", `{`+all+`,"limit":1}`, 0).Text("next_cursor")
		call(t, c, "member_oper_log/list", `{`+all+`,"oper_type":1,"cursor":"`+cursor+`"}`, 50100) // of another filter
		call(t, c, "admin_oper_log/list", `{`+all+`,"cursor":"`+cursor+`"}`, 50100)
		refused(t, w, "member", `{"userid":"lisi","oper_type":10}`, "oper_type")
		refused(t, w, "member", `{"userid":"nobody","oper_type":1}`, "60111")
		refused(t, w, "member", `{"userid":"lisi","oper_type":1,"at":"2099-01-01T00:00:00Z"}`, "has not come yet")
	})
}

// TestAdminActs: what administrators did in the console, in the page's kinds.
func TestAdminActs(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Range{Departments: []int64{4}}) // whose range does not matter (doc 100179)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, corpID := range []string{w.CorpID, w.Second.CorpID} {
				if err := w.Server.Admins.Appoint(ctx, tx, corpID, "zhangsan", admin.Super, access.Range{}); err != nil {
					return err
				}
			}
			return nil
		})
		at := func(corp *qiweitest.Corp) func(path string, body map[string]any) {
			b := corp.SignedIn("zhangsan")
			return func(path string, body map[string]any) {
				t.Helper()
				if status, got := b.PostJSON("/console/api/"+path, body); status != 200 {
					t.Fatalf("%s: %d %v", path, status, got)
				}
			}
		}
		console := at(w.Corp)
		console("session/member", map[string]any{})
		console("departments", map[string]any{"name": "测试部", "parent": 1})
		console("members", map[string]any{"userid": "xin", "name": "新人", "mobile": "13912345678", "departments": []int64{2}})
		console("tags", map[string]any{"name": "值班"})
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"api","name":"接口","mobile":"13912345679","department":[2]}`) // no administrator
		at(w.Second)("session/member", map[string]any{})
		w.Advance(time.Minute)
		all := span(w, 1)
		if got := pages(t, c, "admin_oper_log/list", all+`,"limit":1`, "record_list", "detail_type"); got != "23 9 14 38" {
			t.Errorf("behaviours %s", got)
		}
		records := call(t, c, "admin_oper_log/list", `{`+all+`}`, 0).List("record_list")
		for field, want := range map[string]string{"oper_type": "7 3 3 11", "userid": "zhangsan zhangsan zhangsan zhangsan", "ip": "127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1"} {
			if got := column(records, field); got != want {
				t.Errorf("%s: %s, want %s", field, got, want)
			}
		}
		if got := column(records[2:3], "detail_info"); !strings.Contains(got, `member.create；新人；{"departments":[2],"userid":"xin"}`) {
			t.Errorf("details: %s", got)
		}
		for filter, want := range map[string]string{`"oper_type":3,"limit":1`: "9 14", `"oper_type":13`: "", `"userid":"ZhangSan"`: "23 9 14 38", `"userid":"lisi"`: ""} {
			if got := pages(t, c, "admin_oper_log/list", all+`,`+filter, "record_list", "detail_type"); got != want {
				t.Errorf("%s: %s, want %s", filter, got, want)
			}
		}
		call(t, c, "admin_oper_log/list", `{`+all+`,"oper_type":1}`, 40058)
		if got := pages(t, listed(w.Second, access.Everything()), "admin_oper_log/list", all, "record_list", "detail_type"); got != "23" {
			t.Errorf("the twin's: %s", got)
		}
	})
}

// TestSpans: each log and list has a longest span, and what lies behind today.
func TestSpans(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		now := w.Clock.Now().Unix()
		day := int64(86400)
		for _, tt := range []struct {
			name        string
			days, limit int64
		}{{"member_oper_log/list", 7, 400}, {"admin_oper_log/list", 7, 400}, {"get_file_oper_record", 14, 1000}, {"get_screen_oper_record", 14, 1000}} {
			ask := func(from, to int64, more string) string {
				return fmt.Sprintf(`{"start_time":%d,"end_time":%d%s}`, from, to, more)
			}
			for _, row := range []struct {
				body string
				code int
			}{
				{`{}`, 40063}, {ask(now, 0, ""), 40063}, {`{"start_time":"x","end_time":"y"}`, 40063}, {ask(now-1, now-2, ""), 40058},
				{ask(now-tt.days*day, now, ""), 0}, {ask(now-tt.days*day-1, now, ""), 40058},
				{ask(now-1, now, fmt.Sprintf(`,"limit":%d`, tt.limit-1)), 0}, {ask(now-1, now, fmt.Sprintf(`,"limit":%d`, tt.limit)), 0}, {ask(now-1, now, fmt.Sprintf(`,"limit":%d`, tt.limit+1)), 40058},
				{ask(now-1, now, `,"limit":-1`), 40058}, {ask(now-1, now, `,"cursor":"x"`), 50100},
			} {
				call(t, c, tt.name, row.body, row.code)
			}
			if tt.days == 7 {
				call(t, c, tt.name, ask(now-180*day, now-179*day, ""), 0)
				call(t, c, tt.name, ask(now-180*day-1, now-179*day, ""), 40058)
				call(t, c, tt.name, ask(now-1, now+1, ""), 40058)
				call(t, c, tt.name, ask(now, now, ""), 40058)
			}
			call(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), tt.name, ask(now-1, now, ""), 48002)
			system := 48002
			if tt.name == "get_file_oper_record" { // which alone had a secret of its own before 2023-12-01
				system = 0
			}
			call(t, w.As(access.Security), tt.name, ask(now-1, now, ""), system)
		}
	})
}

// TestRecords of files and screens are read by time, by people and by what was done.
func TestRecords(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, narrow := listed(w.Corp, access.Everything()), listed(w.Corp, access.Range{Departments: []int64{4}})
		done(t, w, "file", `{"userid":"ZhangSan","operation":{"type":101,"source":401},"file_info":"1.jpg","file_size":405842,"file_md5":"0123"}`, nil)
		done(t, w, "file", `{"external_user":{"type":2,"name":"某人","corp_name":"十分科技"},"operation":{"type":113},"file_info":"通过zhangsan的链接下载了1.jpg"}`, nil)
		done(t, w, "file", `{"userid":"wangwu","operation":{"type":10001},"file_info":"1.jpg","applicant_name":"李四"}`, nil)
		done(t, w, "file", `{"userid":"lisi","operation":{"type":103,"source":404},"file_info":"2.pdf","device_type":1,"device_code":"owM2ovo"}`, nil)
		done(t, w, "file", fmt.Sprintf(`{"userid":"lisi","operation":{"type":109},"file_info":"old","at":%q}`, w.Clock.Now().Add(-15*24*time.Hour).Format(time.RFC3339)), nil)
		w.Advance(time.Minute)
		all := span(w, 14)
		want := fmt.Sprintf(`[map[file_info:1.jpg file_md5:0123 file_size:405842 operation:map[source:401 type:101] time:%[1]d userid:zhangsan] map[external_user:map[corp_name:十分科技 name:某人 type:2] file_info:通过zhangsan的链接下载了1.jpg operation:map[type:113] time:%[1]d] map[applicant_name:李四 file_info:1.jpg operation:map[type:10001] time:%[1]d userid:wangwu] map[device_code:owM2ovo device_type:1 file_info:2.pdf operation:map[source:404 type:103] time:%[1]d userid:lisi]]`, w.Clock.Now().Unix()-60)
		got := strings.NewReplacer(fmt.Sprintf("%v", float64(w.Clock.Now().Unix()-60)), fmt.Sprint(w.Clock.Now().Unix()-60)).Replace(fmt.Sprint(call(t, c, "get_file_oper_record", `{`+all+`}`, 0).At("record_list")))
		if got != want {
			t.Errorf("files:\n%s\nwant\n%s", got, want)
		}
		for filter, want := range map[string]string{
			`"limit":1`: "1.jpg 通过zhangsan的链接下载了1.jpg 1.jpg 2.pdf", `"userid_list":["LiSi","nobody"]`: "2.pdf", `"operation":{"type":103}`: "2.pdf", `"operation":{"type":101,"source":404}`: "", `"operation":{"source":401}`: "1.jpg",
		} {
			if got := pages(t, c, "get_file_oper_record", all+`,`+filter, "record_list", "file_info"); got != want {
				t.Errorf("%s: %s, want %s", filter, got, want)
			}
		}
		if got := pages(t, narrow, "get_file_oper_record", all+`,"limit":1`, "record_list", "file_info"); got != "通过zhangsan的链接下载了1.jpg 1.jpg" {
			t.Errorf("within a range: %s", got)
		}
		for body, want := range map[string]string{
			`{"operation":{"type":101,"source":401},"file_info":"a"}`:                                          "userid or an external_user",
			`{"userid":"lisi","operation":{"type":120},"file_info":"a"}`:                                       "operation.type",
			`{"userid":"lisi","operation":{"type":101},"file_info":"a"}`:                                       "operation.source",
			`{"userid":"lisi","operation":{"type":104,"source":401},"file_info":"a"}`:                          "operation.source",
			`{"userid":"lisi","operation":{"type":10002},"file_info":"a"}`:                                     "applicant_name",
			`{"userid":"lisi","operation":{"type":104},"file_info":"a","device_type":1}`:                       "device_type",
			`{"userid":"lisi","operation":{"type":104}}`:                                                       "file_info",
			`{"userid":"nobody","operation":{"type":104},"file_info":"a"}`:                                     "60111",
			`{"external_user":{"type":1,"name":"a","corp_name":"b"},"operation":{"type":113},"file_info":"a"}`: "external_user",
			`{"userid":"lisi","operation":{"type":104},"file_info":"a","at":"2099-01-01T00:00:00Z"}`:           "has not come yet",
		} {
			refused(t, w, "file", body, want)
		}

		done(t, w, "screen", `{"userid":"ZhangSan","screen_shot_type":1,"screen_shot_content":"聊天","system":"iPad"}`, nil)
		done(t, w, "screen", `{"userid":"wangwu","screen_shot_type":4,"screen_shot_content":"文件（防泄露文件：test.pdf）","system":"iOS"}`, nil)
		all = span(w, 14)
		got = fmt.Sprint(call(t, c, "get_screen_oper_record", `{`+all+`,"screen_shot_type":1}`, 0).At("record_list"))
		if !strings.Contains(got, "department_id:2 screen_shot_content:聊天 screen_shot_type:1 system:iPad") || !strings.Contains(got, "userid:zhangsan") {
			t.Errorf("screens: %s", got)
		}
		for filter, want := range map[string]string{`"limit":1`: "zhangsan wangwu", `"department_id_list":[4,3]`: "wangwu", `"userid_list":["zhangsan"]`: "zhangsan", `"userid_list":["zhangsan"],"department_id_list":[4]`: ""} {
			if got := pages(t, c, "get_screen_oper_record", all+`,`+filter, "record_list", "userid"); got != want {
				t.Errorf("%s: %s, want %s", filter, got, want)
			}
		}
		member := listed(w.Corp, access.Range{Members: []id.UserID{"wangwu"}})
		if got := fmt.Sprint(call(t, member, "get_screen_oper_record", `{`+all+`}`, 0).At("record_list")); !strings.Contains(got, "wangwu") || strings.Contains(got, "department_id") || strings.Contains(got, "zhangsan") {
			t.Errorf("one member alone: %s", got)
		}
		call(t, narrow, "get_screen_oper_record", `{`+all+`,"userid_list":["zhangsan"]}`, 60011)
		call(t, narrow, "get_screen_oper_record", `{`+all+`,"department_id_list":[2]}`, 60123)
		call(t, c, "get_screen_oper_record", `{`+all+`,"screen_shot_type":7}`, 40058)
		refused(t, w, "screen", `{"userid":"lisi","screen_shot_type":7,"system":"iOS"}`, "screen_shot_type")
		refused(t, w, "screen", `{"userid":"lisi","screen_shot_type":1,"system":"Windows"}`, "iOS or iPad")
		for _, name := range []string{"get_file_oper_record", "get_screen_oper_record"} {
			if got := pages(t, listed(w.Second, access.Everything()), name, all, "record_list", "userid"); got != "" {
				t.Errorf("the twin's %s: %s", name, got)
			}
		}
	})
}

// TestLimits walks the lengths of lists at their value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	c := listed(w.Corp, access.Everything())
	list := func(element string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	code := func(name, body string) int { return c.Call("POST", "/cgi-bin/security/"+name, body).ErrCode }
	all := span(w, 1)
	imported := func(devices string) int64 {
		return call(t, c, "trustdevice/import", `{"device_list":`+devices+`}`, 0).Int("result.0.status")
	}
	for _, row := range []struct {
		constant string
		most     int
		good     int
		above    int
		code     func(n int) int
	}{
		{"security.maxUsers", 100, 0, 40058, func(n int) int { return code("get_file_oper_record", `{`+all+`,"userid_list":`+list(`"x"`, n)+`}`) }},
		{"security.maxDepartments", 100, 0, 40058, func(n int) int {
			return code("get_screen_oper_record", `{`+all+`,"department_id_list":`+list(`2`, n)+`}`)
		}},
		{"security.maxImported", 100, 0, 40058, func(n int) int {
			return code("trustdevice/import", `{"device_list":`+list(`{"system":"Linux"}`, n)+`}`)
		}},
		{"security.maxNamed", 100, 0, 40058, func(n int) int { return code("trustdevice/approve", `{"device_code_list":`+list(`"x"`, n)+`}`) }},
		{"security.maxDevices", 100, 0, 40058, func(n int) int { return code("trustdevice/list", fmt.Sprintf(`{"type":1,"limit":%d}`, n)) }},
		{"security.maxVIPs", 100, 0, 40058, func(n int) int { return code("vip/submit_batch_add_job", `{"userid_list":`+list(`"lisi"`, n)+`}`) }},
		{"security.maxVIPPage", 200, 0, 40058, func(n int) int { return code("vip/list", fmt.Sprintf(`{"limit":%d}`, n)) }},
		{"security.maxMACs", 100, 1, 4, func(n int) int {
			return int(imported(`[{"system":"Windows","mac_addr":` + list(fmt.Sprintf(`"50:81:40:29:33:%02X"`, n), n) + `}]`))
		}},
		{"security.maxDisks", 100, 1, 4, func(n int) int {
			return int(imported(fmt.Sprintf(`[{"system":"Windows","mac_addr":["50:81:40:29:34:%02X"],"harddisk_uuid":%s}]`, n, list(`"d"`, n))))
		}},
	} {
		for n, want := range map[int]int{row.most - 1: row.good, row.most: row.good, row.most + 1: row.above} {
			if got := row.code(n); got != want {
				t.Errorf("%s: %d gives %d, want %d", row.constant, n, got, want)
			}
		}
	}
}

// TestHosts names this server, and tells those who may ask that it has moved.
func TestHosts(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		get := func() string { return c.Call("GET", "/cgi-bin/security/get_server_domain_ip", "").Body }
		if got := get(); !strings.Contains(got, `"domain_list":[],"ip_list":[{"ip":"127.0.0.1","protocol":"TCP","port":[`+w.URL[strings.LastIndex(w.URL, ":")+1:]+`],"is_necessary":1,`) {
			t.Errorf("by address: %s", got)
		}
		for url, want := range map[string]string{
			"https://wecom.corp.example": `"domain_list":[{"domain":"wecom.corp.example","universal_domian":"corp.example","protocol":"TCP","port":[443],"is_necessary":1,`,
			"http://corp.example":        `"domain_list":[{"domain":"corp.example","universal_domian":"corp.example","protocol":"TCP","port":[80],`,
			"https://wecom:8443":         `"domain_list":[{"domain":"wecom","universal_domian":"wecom","protocol":"TCP","port":[8443],`,
		} {
			w.Server.SetBaseURL(url)
			if got := get(); !strings.Contains(got, want) {
				t.Errorf("%s: %s", url, got)
			}
		}
		other := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		told, others, twins := w.Receiver(c), w.Receiver(other), w.Receiver(listed(w.Second, access.Everything()))
		w.Delivered()
		for _, r := range []*qiweitest.Receiver{told, others, twins} {
			r.Take()
		}
		done(t, w, "move", `{}`, nil)
		w.Delivered()
		got := told.Take()
		if len(got) != 1 || got[0].Field("Event") != "security" || got[0].Field("ChangeType") != "change_domain_ip" || got[0].Field("FromUserName") != "sys" {
			t.Fatalf("told %v", got)
		}
		if n := len(others.Take()) + len(twins.Take()); n != 0 {
			t.Errorf("%d others were told", n)
		}
		qiweitest.Golden(t, "push/told.txt", strings.ReplaceAll(got[0].XML(), w.CorpID, "wwCORP")+"\n")
	})
}

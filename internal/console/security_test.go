package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type devices struct {
	Devices []struct {
		No         int64
		Code       string   `json:"device_code"`
		Name       string   `json:"pc_name"`
		MACs       []string `json:"mac_addr"`
		Status     int64
		Type       int64
		LastUser   struct{ Name string } `json:"last_user"`
		ApprovedBy struct{ Name string } `json:"approved_by"`
	}
	More bool
}

// TestDevices: an administrator trusts computers, by what identifies them or as members ask, and deletes them.
func TestDevices(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/security/devices"
		for what, body := range map[string]string{
			"no network card": `{"system":"Windows","pc_name":"PC"}`, "another system": `{"system":"Linux","mac_addr":["50:81:40:29:33:CA"]}`, "a Mac without a number": `{"system":"Mac"}`,
			"an address that is none": `{"system":"Windows","mac_addr":["50-81-40-29-33-CA"]}`,
		} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		var made struct {
			Code string `json:"device_code"`
		}
		const office = `{"system":"Windows","mac_addr":["50:81:40:29:33:CA"],"pc_name":"OFFICE"}`
		a.ok("POST", path, office, &made)
		if r := a.refused(422, "POST", path, office); r.Reason != "known" {
			t.Errorf("%+v", r)
		}
		signIn := func(user, mac string) string {
			var out struct {
				Code string `json:"device_code"`
			}
			w.Scripted("security/device/signin", fmt.Sprintf(`{"corpid":%q,"userid":%q,"system":"Windows","mac_addr":[%q],"pc_name":"HOME"}`, w.CorpID, user, mac), &out)
			return out.Code
		}
		ask := func(code, user string, personal bool) {
			w.Scripted("security/device/ask", fmt.Sprintf(`{"corpid":%q,"userid":%q,"device_code":%q,"personal":%v}`, w.CorpID, user, code, personal), nil)
		}
		home, desk := signIn("lisi", "50:81:40:29:33:11"), signIn("wangwu", "50:81:40:29:33:22")
		list := func(kind int, more string) (d devices) {
			a.ok("GET", fmt.Sprintf("%s?type=%d%s", path, kind, more), "", &d)
			return d
		}
		if d := list(2, ""); len(d.Devices) != 2 || d.Devices[0].Code != desk || d.Devices[1].LastUser.Name != "李四" || d.Devices[0].Status != 2 || d.Devices[0].MACs[0] == "50:81:40:29:33:22" {
			t.Errorf("unknown ones, whose marks are hidden: %+v", d)
		}
		if d := list(2, "&limit=1"); !d.More || len(list(2, fmt.Sprintf("&before=%d", d.Devices[0].No)).Devices) != 1 {
			t.Errorf("pages: %+v", d)
		}
		a.refused(422, "GET", path+"?type=9", "")
		a.refused(409, "POST", path+"/"+home+"/decide", `{"approve":true}`) // nobody has asked
		ask(home, "lisi", true)
		ask(desk, "wangwu", false)
		other.refused(404, "POST", path+"/"+home+"/decide", `{"approve":true}`)
		other.refused(404, "DELETE", path+"/"+home, "")
		a.ok("POST", path+"/"+home+"/decide", `{"approve":true}`, nil)
		a.ok("POST", path+"/"+desk+"/decide", `{"approve":false}`, nil)
		if d := list(3, ""); len(d.Devices) != 1 || d.Devices[0].Code != home || d.Devices[0].ApprovedBy.Name != "张三" || d.Devices[0].Type != 3 {
			t.Errorf("personal ones: %+v", d)
		}
		if d := list(1, ""); len(d.Devices) != 1 || d.Devices[0].Code != made.Code || d.Devices[0].Name != "OFFICE" || d.Devices[0].MACs[0] != "50:81:40:29:33:CA" {
			t.Errorf("the enterprise's: %+v", d)
		}
		if d := list(2, ""); len(d.Devices) != 1 || d.Devices[0].Status != 2 {
			t.Errorf("what was rejected is unknown again: %+v", d)
		}
		for _, code := range []string{home, desk, made.Code} {
			a.ok("DELETE", path+"/"+code, "", nil)
			a.refused(404, "DELETE", path+"/"+code, "")
		}
		if log := a.audit(); log != "device.delete device.delete device.delete device.reject device.approve device.import" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestSecurityRecords: an administrator sees what members did, the newest first: here, with files and with their screens.
func TestSecurityRecords(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		note := func(what, fields string) {
			w.Scripted("security/"+what, fmt.Sprintf(`{"corpid":%q,%s}`, w.CorpID, fields), nil)
			w.Advance(time.Minute)
		}
		from := w.Clock.Now().Unix()
		note("file", `"userid":"lisi","operation":{"type":101,"source":401},"file_info":"报价.xlsx","file_size":2048`)
		note("file", `"external_user":{"type":2,"name":"王","corp_name":"外部公司"},"operation":{"type":104},"file_info":"合同.pdf"`)
		note("file", `"external_user":{"type":1,"name":"微信客户"},"operation":{"type":104},"file_info":"图.png"`)
		note("screen", `"userid":"wangwu","screen_shot_type":2,"screen_shot_content":"通讯录","system":"iOS"`)
		note("member", `"userid":"lisi","oper_type":6,"detail_info":"退出群聊","ip":"203.0.113.7"`)
		find := func(by *admin, what, query string) string {
			var list struct {
				Acts []struct {
					No, At, Type, Source, Size int64
					Who                        struct{ Name string }
					Outside, Detail, From      string
				}
			}
			by.ok("GET", "/console/api/security/"+what+query, "", &list)
			var out []string
			for _, l := range list.Acts {
				out = append(out, fmt.Sprint(l.Who.Name, l.Outside, l.Type, l.Detail, l.Size, l.From))
			}
			return strings.Join(out, "; ")
		}
		acts := fmt.Sprintf("?from=%d&type=6", from)
		for _, c := range []struct{ what, query, want string }{
			{"files", "", "微信客户WeChat104图.png0; 王外部公司104合同.pdf0; 李四101报价.xlsx2048"},
			{"files", "?userid=LiSi", "李四101报价.xlsx2048"}, {"files", "?type=104&limit=1", "微信客户WeChat104图.png0"},
			{"files", fmt.Sprintf("?from=%d&to=%d", from+60, from+60), "王外部公司104合同.pdf0"},
			{"screens", "", "王五2通讯录0iOS"}, {"screens", "?type=1", ""},
			{"acts", acts, "李四6退出群聊0203.0.113.7"}, {"acts", acts + "&userid=wangwu", ""},
		} {
			if got := find(a, c.what, c.query); got != c.want {
				t.Errorf("%s%s: %s, want %s", c.what, c.query, got, c.want)
			}
		}
		var page struct {
			Acts []struct{ No, At int64 }
			More bool
		}
		a.ok("GET", "/console/api/security/files?limit=1", "", &page)
		if got := find(a, "files", fmt.Sprintf("?limit=1&before_at=%d&before_no=%d", page.Acts[0].At, page.Acts[0].No)); !page.More || got != "王外部公司104合同.pdf0" {
			t.Errorf("the next page: %s", got)
		}
		if got := find(other, "files", "") + find(other, "screens", "") + find(other, "acts", acts); got != "" {
			t.Errorf("another enterprise sees %s", got)
		}
	})
}

// TestVIPs: an administrator gives accounts with advanced features as far as there are any, takes them back, and decides
// on those that members ask for.
func TestVIPs(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/security/vips"
		var list struct {
			Members        []struct{ Name string }
			Accounts, Used int64
			Limited        bool
		}
		show := func() string {
			list.Members = nil
			a.ok("GET", path, "", &list)
			return fmt.Sprint(list.Members, list.Accounts, list.Used, list.Limited)
		}
		if got := show(); got != "[] 0 0 false" {
			t.Errorf("at first: %s", got)
		}
		a.refused(422, "PUT", path+".accounts", `{"accounts":-1}`)
		a.ok("PUT", path+".accounts", `{"accounts":1}`, nil)
		var failed struct{ Failed []struct{ Name string } }
		a.ok("POST", path, `{"members":["LiSi","wangwu","nobody"],"add":true}`, &failed)
		if got := show(); got != "[{李四}] 1 1 true" || fmt.Sprint(failed.Failed) != "[{王五} {nobody}]" {
			t.Errorf("%s, failed %v", got, failed)
		}
		a.refused(422, "POST", path, `{"members":[],"add":true}`)
		a.ok("POST", path, `{"members":["lisi"],"add":false}`, nil)
		if got := show(); got != "[] 1 0 true" {
			t.Errorf("taken back: %s", got)
		}
		apply := func(user string, business int) {
			w.Scripted("security/vip/apply", fmt.Sprintf(`{"corpid":%q,"userid":%q,"business_type":%d,"reason":"开会"}`, w.CorpID, user, business), nil)
		}
		apply("lisi", 4)
		apply("wangwu", 1)
		var asked struct {
			Applications []struct {
				No    int64
				ID    string `json:"apply_id"`
				Who   struct{ Name string }
				Ended bool
			}
			More bool
		}
		const applications = "/console/api/security/applications"
		a.ok("GET", applications+"?business=4", "", &asked)
		if len(asked.Applications) != 1 || asked.Applications[0].Who.Name != "李四" || asked.Applications[0].Ended {
			t.Fatalf("%+v", asked)
		}
		first := asked.Applications[0].ID
		a.ok("GET", applications+"?limit=1", "", &asked)
		second := asked.Applications[0]
		if !asked.More || second.Who.Name != "王五" {
			t.Errorf("%+v", asked)
		}
		a.ok("GET", fmt.Sprintf("%s?before=%d", applications, second.No), "", &asked)
		if len(asked.Applications) != 1 || asked.Applications[0].ID != first {
			t.Errorf("the next page: %+v", asked)
		}
		told := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Name: "安全", Range: access.Everything(), Callable: []access.Kind{access.Security}}))
		other.refused(422, "POST", applications+"/"+first+"/decide", `{"grant":true}`)
		a.ok("POST", applications+"/"+first+"/decide", `{"grant":true}`, nil)
		a.ok("POST", applications+"/"+second.ID+"/decide", `{"grant":false}`, nil)
		a.refused(422, "POST", applications+"/"+first+"/decide", `{"grant":false}`)
		w.Delivered()
		var how []string
		for _, p := range told.Take() {
			how = append(how, p.Field("FinishType"))
		}
		if strings.Join(how, " ") != "2 1" {
			t.Errorf("the application was told %v", how)
		}
		a.ok("GET", applications, "", &asked)
		if !asked.Applications[0].Ended || !asked.Applications[1].Ended {
			t.Errorf("%+v", asked)
		}
		if log := a.audit(); log != "vip.decide vip.decide vip.withdraw vip.grant vip.accounts" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestHealthJobs: an administrator asks members, sees who has answered on a day and who has not, and ends it.
func TestHealthJobs(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/health/jobs"
		job := func(more string) string {
			return `{"title":"每日健康","report_type":2,"members":["lisi","wangwu"],"departments":[],"report_to":["zhangsan"],"skip_weekend":false,` +
				`"questions":[{"title":"体温","question_type":1,"is_required":true},{"title":"状态","question_type":2,"is_required":false,"options":["好","不好"]},{"title":"证明","question_type":4,"is_required":false}]` + more + `}`
		}
		for what, body := range map[string]string{
			"no title": strings.Replace(job(""), "每日健康", "", 1), "nobody asked": strings.Replace(job(""), `"lisi","wangwu"`, "", 1), "a member who is none": strings.Replace(job(""), `"lisi"`, `"nobody"`, 1),
			"a department that is none": strings.Replace(job(""), `"departments":[]`, `"departments":[99]`, 1), "a choice without options": strings.Replace(job(""), `,"options":["好","不好"]`, "", 1),
			"a rhythm that is none": strings.Replace(job(""), `"report_type":2`, `"report_type":3`, 1),
		} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		var made struct {
			ID string `json:"jobid"`
		}
		a.ok("POST", path, job(""), &made)
		var file struct {
			ID string `json:"media_id"`
		}
		w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "证明.txt", []byte("a photograph")).Decode(&file)
		phone(t, w, w.Corp, "lisi", "POST", "health/"+made.ID, fmt.Sprintf(`{"report_values":[{"question_id":1,"text":"36.5"},{"question_id":2,"single_choice":1},{"question_id":3,"fileid":[%q]}]}`, file.ID), nil)
		var list struct {
			Jobs []struct {
				ID       string `json:"jobid"`
				By       struct{ Name string }
				ReportTo []struct{ Name string } `json:"report_to"`
				Range    struct{ Members []struct{ Name string } }
			}
		}
		a.ok("GET", path, "", &list)
		if len(list.Jobs) != 1 || list.Jobs[0].By.Name != "张三" || list.Jobs[0].ReportTo[0].Name != "张三" || len(list.Jobs[0].Range.Members) != 2 {
			t.Fatalf("%+v", list)
		}
		one := path + "/" + made.ID
		var shown struct {
			Day     struct{ Finished, Asked int64 }
			Answers []struct {
				Who    struct{ Name string }
				Values []struct {
					Text  string
					Files []string `json:"fileid"`
				}
			}
		}
		var missing struct {
			Missing []struct{ Name string }
			Next    int64
		}
		look := func(date string) string {
			shown.Answers, missing.Missing = nil, nil
			a.ok("GET", one+"?date="+date, "", &shown)
			a.ok("GET", one+"/missing?date="+date, "", &missing)
			return fmt.Sprint(shown.Day.Finished, shown.Day.Asked, len(shown.Answers), missing)
		}
		if got := look(""); got != "1 2 1 {[{王五}] 0}" || shown.Answers[0].Who.Name != "李四" || shown.Answers[0].Values[0].Text != "36.5" {
			t.Errorf("today: %s %+v", got, shown)
		}
		kept := shown.Answers[0].Values[2].Files[0]
		if status, text := a.do("GET", one+"/files/"+kept, ""); status != 200 || text != "a photograph" {
			t.Errorf("%d %s", status, text)
		}
		for _, p := range []string{one + "/files/" + file.ID + "x", one + "/files/" + strings.ToLower(kept) + "a"} {
			if status, _ := a.do("GET", p, ""); status != 404 {
				t.Errorf("%s: %d", p, status)
			}
		}
		if status, _ := other.do("GET", one+"/files/"+kept, ""); status != 404 {
			t.Errorf("another enterprise's file: %d", status)
		}
		w.Advance(24 * time.Hour)
		if got := look(""); got != "0 2 0 {[{李四} {王五}] 0}" {
			t.Errorf("the next day: %s", got)
		}
		if got := look(w.Clock.Now().Add(-16 * time.Hour).Format("2006-01-02")); !strings.HasPrefix(got, "1 2 1") {
			t.Errorf("the day before: %s", got)
		}
		a.refused(422, "GET", one+"?date=tomorrow", "")
		a.refused(422, "GET", one+"?date=2019-01-01", "")
		other.refused(404, "GET", one, "")
		other.refused(404, "POST", one+"/end", "{}")
		a.ok("POST", one+"/end", "{}", nil)
		if a.ok("GET", path, "", &list); len(list.Jobs) != 0 {
			t.Errorf("it runs: %+v", list)
		}
		if a.ok("GET", path+"?ended=1", "", &list); len(list.Jobs) != 1 {
			t.Errorf("it is not among the ended: %+v", list)
		}
		if log := a.audit(); log != "health.end health.create" {
			t.Errorf("the audit log says %s", log)
		}
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		as(t, w, w.CorpID, "wangwu").refused(403, "POST", path, job(""))
	})
}

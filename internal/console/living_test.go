package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestLivings: an administrator sees the broadcasts of all applications, finds them, cancels one, whose application is
// told, and deletes a replay.
func TestLivings(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/livings"
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "培训", Range: access.Everything(), Callable: []access.Kind{access.Living}})
		told := w.Receiver(c)
		reserve := func(user, theme string, in time.Duration) string {
			var made struct {
				ID string `json:"livingid"`
			}
			c.Call("POST", "/cgi-bin/living/create", fmt.Sprintf(`{"anchor_userid":%q,"theme":%q,"living_start":%d,"living_duration":1800}`, user, theme, w.Clock.Now().Add(in).Unix())).Decode(&made)
			return made.ID
		}
		play := func(what, livingID, more string) {
			w.Scripted("living/"+what, fmt.Sprintf(`{"corpid":%q,"livingid":%q%s}`, w.CorpID, livingID, more), nil)
		}
		past, held, next := reserve("wangwu", "没有开播", time.Minute), reserve("zhangsan", "产品培训", time.Hour), reserve("lisi", "周会", 3*time.Hour)
		play("reserve", held, `,"userid":"wangwu"`)
		w.Advance(time.Hour)
		play("begin", held, "")
		play("enter", held, `,"userid":"lisi","invitor":{"userid":"wangwu"}`)
		play("comment", held, `,"userid":"lisi"`)
		w.Advance(10 * time.Minute)
		type line struct {
			No     int64
			ID     string `json:"livingid"`
			Theme  string
			App    string
			Anchor struct{ Name string }
			Status int64
			Replay int64
		}
		var list struct {
			Livings []line
			More    bool
		}
		find := func(query string) string {
			list.Livings = nil
			a.ok("GET", path+query, "", &list)
			var out []string
			for _, l := range list.Livings {
				out = append(out, fmt.Sprintf("%s:%d", l.Theme, l.Status))
			}
			return strings.Join(out, " ")
		}
		at := w.Clock.Now().Unix()
		for query, want := range map[string]string{
			"": "周会:0 产品培训:1 没有开播:3", "?status=0": "周会:0", "?status=1": "产品培训:1", "?status=3": "没有开播:3", "?status=4": "", "?anchor=LiSi": "周会:0", "?limit=2": "周会:0 产品培训:1",
			fmt.Sprintf("?from=%d", at): "周会:0", fmt.Sprintf("?to=%d", at): "产品培训:1 没有开播:3",
		} {
			if got := find(query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		if find("?limit=1"); !list.More || list.Livings[0].App != "培训" || list.Livings[0].Anchor.Name != "李四" || list.Livings[0].Replay != -1 {
			t.Errorf("%+v", list)
		}
		if got := find(fmt.Sprintf("?limit=1&before=%d", list.Livings[0].No)); got != "产品培训:1" {
			t.Errorf("the next page: %s", got)
		}
		var one struct {
			Figures struct{ Reserved, Viewers, Online, Comments int64 }
			Viewers []struct {
				No                        int64
				Name, Invitor             string
				Seconds                   int64
				Reserved, Watched, Online bool
			}
		}
		a.ok("GET", path+"/"+held, "", &one)
		if fmt.Sprint(one.Figures) != "{1 1 1 1}" || len(one.Viewers) != 2 || !one.Viewers[0].Reserved || one.Viewers[0].Watched || one.Viewers[1].Name != "李四" || one.Viewers[1].Invitor != "王五" || one.Viewers[1].Seconds != 600 || !one.Viewers[1].Online {
			t.Errorf("%+v", one)
		}
		a.ok("GET", fmt.Sprintf("%s/%s?after=%d", path, held, one.Viewers[0].No), "", &one)
		if len(one.Viewers) != 1 {
			t.Errorf("behind the first: %+v", one)
		}
		a.refused(422, "POST", path+"/"+held+"/cancel", "{}") // it is on air
		a.refused(422, "POST", path+"/"+past+"/cancel", "{}") // its time is over
		a.refused(422, "DELETE", path+"/"+held+"/replay", "")
		a.refused(404, "POST", path+"/none/cancel", "{}")
		other.refused(404, "GET", path+"/"+held, "")
		other.refused(404, "POST", path+"/"+next+"/cancel", "{}")
		w.Delivered()
		told.Take()
		a.ok("POST", path+"/"+next+"/cancel", "{}", nil)
		w.Delivered()
		if got := told.Take(); len(got) != 1 || got[0].Kind() != "living_status_change" || got[0].Field("Status") != "4" {
			t.Errorf("the application was told %v", got)
		}
		play("end", held, "")
		a.refused(422, "DELETE", path+"/"+held+"/replay", "") // it is in the making
		w.Advance(2 * time.Minute)
		other.refused(404, "DELETE", path+"/"+held+"/replay", "")
		a.ok("DELETE", path+"/"+held+"/replay", "", nil)
		if find("?status=2"); list.Livings[0].Replay != 2 {
			t.Errorf("%+v", list)
		}
		if log := a.audit(); log != "living.delete_replay living.cancel" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestInvoices: an administrator sees the invoices of members, locks one and reimburses it for good.
func TestInvoices(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/invoices"
		add := func(user, payee string, fee int) {
			w.Scripted("invoice/add", fmt.Sprintf(`{"corpid":%q,"userid":%q,"fee":%d,"payee":%q,"info":[{"name":"餐费","price":%d}]}`, w.CorpID, user, fee, payee, fee), nil)
		}
		add("zhangsan", "餐厅", 4000)
		add("lisi", "酒店", 52000)
		var list struct {
			Invoices []struct {
				No      int64
				Payee   string
				Status  int64
				Outside bool
				Who     struct{ Name string }
			}
			More bool
		}
		find := func(query string) string {
			list.Invoices = nil
			a.ok("GET", path+query, "", &list)
			var out []string
			for _, i := range list.Invoices {
				out = append(out, fmt.Sprint(i.Payee, i.Who.Name, i.Status))
			}
			return strings.Join(out, " ")
		}
		for query, want := range map[string]string{"": "酒店李四0 餐厅张三0", "?userid=LiSi": "酒店李四0", "?status=0": "酒店李四0 餐厅张三0", "?status=1": "", "?limit=1": "酒店李四0"} {
			if got := find(query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		find("?limit=1")
		hotel := list.Invoices[0].No
		if got := find(fmt.Sprintf("?before=%d", hotel)); got != "餐厅张三0" {
			t.Errorf("the next page: %s", got)
		}
		one := fmt.Sprintf("%s/%d", path, hotel)
		var shown struct {
			Paper struct {
				Fee, Tax int64
				Info     []struct{ Name string }
			}
			URL string
		}
		a.ok("GET", one, "", &shown)
		if shown.Paper.Fee != 52000 || shown.Paper.Info[0].Name != "餐费" || !strings.HasPrefix(shown.URL, "http") {
			t.Errorf("%+v", shown)
		}
		other.refused(404, "GET", one, "")
		other.refused(404, "PUT", one+"/status", `{"status":1}`)
		a.refused(422, "PUT", one+"/status", `{"status":7}`)
		a.refused(422, "PUT", one+"/status", `{"status":-1}`)
		a.ok("PUT", one+"/status", `{"status":1}`, nil)
		a.refused(422, "PUT", one+"/status", `{"status":1}`)
		a.ok("PUT", one+"/status", `{"status":0}`, nil)
		a.ok("PUT", one+"/status", `{"status":2}`, nil)
		a.refused(422, "PUT", one+"/status", `{"status":0}`)
		if got := find("?status=2"); got != "酒店李四2" {
			t.Errorf("reimbursed: %s", got)
		}
		a.refused(422, "GET", path+"?userid=nobody", "")
		if log := a.audit(); log != "invoice.status invoice.status invoice.status" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestDialRecords: an administrator sees who called whom, the newest first.
func TestDialRecords(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		dial := func(caller, callees string) {
			w.Scripted("dial", fmt.Sprintf(`{"corpid":%q,"caller":%q,"minutes":3,"callees":[%s]}`, w.CorpID, caller, callees), nil)
			w.Advance(time.Minute)
		}
		from := w.Clock.Now().Unix()
		dial("zhangsan", `{"phone":13800001111,"minutes":3}`)
		dial("lisi", `{"userid":"wangwu","minutes":2},{"phone":13800002222,"minutes":1}`)
		dial("zhangsan", `{"userid":"lisi","minutes":3}`)
		var list struct {
			Records []struct {
				No, At, Total int64
				Caller        struct{ Name string }
				Callees       []struct{ Name string }
			}
			More bool
		}
		find := func(by *admin, query string) string {
			list.Records = nil
			by.ok("GET", "/console/api/dial"+query, "", &list)
			var out []string
			for _, r := range list.Records {
				out = append(out, fmt.Sprintf("%s%d%v", r.Caller.Name, r.Total, r.Callees))
			}
			return strings.Join(out, "; ")
		}
		for query, want := range map[string]string{
			"": "张三3[{李四}]; 李四6[{王五} {13800002222}]; 张三3[{13800001111}]", "?caller=LISI": "李四6[{王五} {13800002222}]", fmt.Sprintf("?from=%d&to=%d", from+60, from+60): "李四6[{王五} {13800002222}]",
			fmt.Sprintf("?to=%d", from): "张三3[{13800001111}]", "?limit=1": "张三3[{李四}]",
		} {
			if got := find(a, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		find(a, "?limit=1")
		if got := find(a, fmt.Sprintf("?limit=1&before_at=%d&before_no=%d", list.Records[0].At, list.Records[0].No)); got != "李四6[{王五} {13800002222}]" || !list.More {
			t.Errorf("the next page: %s", got)
		}
		if got := find(other, ""); got != "" {
			t.Errorf("another enterprise sees %s", got)
		}
	})
}

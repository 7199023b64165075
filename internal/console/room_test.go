package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestRooms: an administrator keeps rooms, sees what is booked, decides and cancels, and the applications are told.
func TestRooms(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		const path = "/console/api/rooms"
		room := func(name, more string) string { return `{"name":"` + name + `","capacity":8` + more + `}` }
		for what, body := range map[string]string{"no name": room("", ""), "nobody": room("甲", `,"users":["nobody"]`), "no such department": room("甲", `,"parties":[99]`), "half a place": room("甲", `,"city":"杭州"`), "a long wait": room("甲", `,"release_after":121`)} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		a.ok("POST", path, room("甲", `,"users":["lisi"],"approval":true,"release_after":15`), nil)
		a.ok("POST", path, room("乙", ""), nil)
		var list struct {
			Rooms []struct {
				ID       int64
				Name     string
				Approval bool
				After    int64 `json:"release_after"`
				Version  string
				Range    struct{ Members []struct{ Name string } }
			}
		}
		a.ok("GET", path, "", &list)
		if len(list.Rooms) != 2 || !list.Rooms[0].Approval || list.Rooms[0].After != 15 || list.Rooms[0].Range.Members[0].Name != "李四" {
			t.Fatalf("%+v", list)
		}
		second := path + "/2"
		other.refused(404, "PUT", second, room("乙", ""))
		other.refused(404, "DELETE", second, "")
		a.refused(404, "PUT", path+"/9", room("乙", ""))
		body := room("乙间", `,"equipment":[5,1],"version":"`+list.Rooms[1].Version+`"`)
		a.ok("PUT", second, body, nil)
		a.refused(409, "PUT", second, body)
		at := w.Clock.Now().Unix()
		at += 3600 - at%1800
		book := func(room int, from int64) string {
			t.Helper()
			var got struct {
				ID string `json:"booking_id"`
			}
			phone(t, w, w.Corp, "lisi", "POST", "bookings", fmt.Sprintf(`{"meetingroom_id":%d,"subject":"评审","start_time":%d,"end_time":%d}`, room, at+from, at+from+1800), &got)
			return got.ID
		}
		asked, refused, plain := book(1, 0), book(1, 3600), book(2, 0)
		day := fmt.Sprintf("/console/api/bookings?from=%d&to=%d", at-1800, at+7200)
		shown := func() map[string]string {
			t.Helper()
			var got struct {
				Bookings []struct {
					ID, Subject, Name string
					Booking           string `json:"booking_id"`
					Status            int
				}
			}
			a.ok("GET", day, "", &got)
			out := map[string]string{}
			for _, b := range got.Bookings {
				out[b.Booking] = fmt.Sprint(b.Status, b.Subject, b.Name)
			}
			return out
		}
		if got := shown(); got[asked] != "2评审李四" || got[refused] != "2评审李四" || got[plain] != "0评审李四" {
			t.Fatalf("%v", got)
		}
		a.refused(422, "GET", fmt.Sprintf("/console/api/bookings?from=%d&to=%d", at, at+3*86400), "")
		other.refused(422, "POST", "/console/api/bookings/"+asked+"/decide", `{"approve":true}`)
		other.refused(422, "DELETE", "/console/api/bookings/"+plain, "")
		w.Events()
		a.ok("POST", "/console/api/bookings/"+asked+"/decide", `{"approve":true}`, nil)
		a.ok("POST", "/console/api/bookings/"+refused+"/decide", `{"approve":false}`, nil)
		a.refused(422, "POST", "/console/api/bookings/"+plain+"/decide", `{"approve":true}`)
		a.ok("DELETE", "/console/api/bookings/"+plain, "", nil)
		a.refused(422, "DELETE", "/console/api/bookings/"+plain, "")
		if got := shown(); len(got) != 1 || got[asked] != "0评审李四" {
			t.Errorf("%v", got)
		}
		if events := w.Events(); !slices.Equal(events, []string{"cancel_meeting_room", "cancel_meeting_room"}) {
			t.Errorf("told %q", events)
		}
		a.ok("DELETE", path+"/1", "", nil)
		if got := shown(); len(got) != 0 {
			t.Errorf("the room is gone, and %v is booked", got)
		}
		if log := a.audit(); log != "room.delete booking.cancel booking.decide booking.decide room.update room.create room.create" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestCalendars: an administrator keeps the calendars of the built-in application, and sees those of others.
func TestCalendars(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		const path = "/console/api/calendars"
		holiday := `{"summary":"放假","color":"#FF3030","description":"","everybody":false,"public":true,"departments":[1],"members":[],"shares":[{"userid":"lisi","busy":false,"admin":true}]}`
		if r := other.refused(404, "POST", path, holiday); r.Reason != "no-app" {
			t.Errorf("without the application: %+v", r)
		}
		w.As(access.Calendar) // which makes it
		for what, body := range map[string]string{
			"no name": strings.Replace(holiday, "放假", "", 1), "a colour that is none": strings.Replace(holiday, "#FF3030", "red", 1), "nobody": strings.Replace(holiday, "lisi", "nobody", 1),
			"a public one for none": strings.Replace(holiday, `"departments":[1]`, `"departments":[]`, 1), "no such department": strings.Replace(holiday, `[1]`, `[99]`, 1),
		} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		var made struct {
			ID string `json:"cal_id"`
		}
		a.ok("POST", path, holiday, &made)
		project := w.WithApp(access.SelfBuilt, app.Settings{Name: "项目", Range: access.Everything(), Callable: []access.Kind{access.Calendar}})
		var theirs struct {
			ID string `json:"cal_id"`
		}
		project.Call("POST", "/cgi-bin/oa/calendar/add", `{"calendar":{"summary":"项目","color":"#0000FF","shares":[{"userid":"wangwu"}]}}`).Decode(&theirs)
		at := w.Clock.Now().Unix() + 3600
		project.Call("POST", "/cgi-bin/oa/schedule/add", fmt.Sprintf(`{"schedule":{"summary":"里程碑","cal_id":%q,"start_time":%d,"end_time":%d,"attendees":[{"userid":"lisi"}],"reminders":{"is_repeat":1,"repeat_type":0}}}`, theirs.ID, at, at+600))
		var list struct {
			Calendars []struct {
				ID      string `json:"cal_id"`
				App     string
				Own     bool
				Version string
				Shares  []struct{ Name string }
			}
			MayAdd bool `json:"may_add"`
		}
		a.ok("GET", path, "", &list)
		if len(list.Calendars) != 2 || !list.MayAdd || !list.Calendars[0].Own || list.Calendars[0].Shares[0].Name != "李四" || list.Calendars[1].Own || list.Calendars[1].App != "项目" {
			t.Fatalf("%+v", list)
		}
		var schedules struct {
			Schedules []struct {
				Summary   string
				Start     int64
				Attendees []string
			}
		}
		of := fmt.Sprintf("/schedules?from=%d&to=%d", at, at+3*86400)
		a.ok("GET", path+"/"+theirs.ID+of, "", &schedules)
		if len(schedules.Schedules) != 3 || schedules.Schedules[2].Start != at+2*86400 || schedules.Schedules[0].Attendees[0] != "李四" {
			t.Errorf("%+v", schedules)
		}
		a.refused(422, "GET", path+"/"+theirs.ID+"/schedules", "")
		a.refused(422, "PUT", path+"/"+theirs.ID, holiday)
		other.refused(404, "GET", path+"/"+theirs.ID+of, "")
		other.refused(404, "PUT", path+"/"+made.ID, holiday)
		other.refused(404, "DELETE", path+"/"+made.ID, "")
		next := strings.Replace(strings.Replace(holiday, "放假", "放假安排", 1), `"shares"`, `"version":"`+list.Calendars[0].Version+`","shares"`, 1)
		a.ok("PUT", path+"/"+made.ID, next, nil)
		a.refused(409, "PUT", path+"/"+made.ID, next)
		var seen []struct{ Summary string }
		phone(t, w, w.Corp, "wangwu", "GET", "calendars", "", &seen)
		if got := fmt.Sprint(seen); !strings.Contains(got, "{放假安排}") || !strings.Contains(got, "{项目}") {
			t.Errorf("a member sees %s", got)
		}
		a.ok("DELETE", path+"/"+made.ID, "", nil)
		a.refused(404, "DELETE", path+"/"+made.ID, "")
		a.refused(422, "DELETE", path+"/"+theirs.ID, "")
		if log := a.audit(); log != "calendar.delete calendar.update calendar.create" {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// TestJournals: an administrator keeps templates of reports, reads what was written, and sees who has not.
func TestJournals(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		const path = "/console/api/journal_templates"
		daily := func(name, more string) string {
			return `{"body":{"name":"` + name + `","report_type":2,"controls":[{"property":{"control":"Textarea","id":"Textarea-1","title":[{"text":"今日","lang":"zh_CN"}],"placeholder":[],"require":1,"un_print":0},"config":{}}],
				"range":{"departments":[3],"members":["wangwu"]},"white_range":{},"receivers":{"users":["zhangsan"],"tags":[],"leaders":[1]},"deadline":0,"workdays":false}` + more + `}`
		}
		for what, body := range map[string]string{"no name": daily("", ""), "nobody": strings.Replace(daily("日报", ""), `["zhangsan"]`, `["nobody"]`, 1), "a level that is none": strings.Replace(daily("日报", ""), `[1]`, `[0]`, 1), "a cycle that is none": strings.Replace(daily("日报", ""), `"report_type":2`, `"report_type":9`, 1)} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		var made struct {
			ID string `json:"template_id"`
		}
		a.ok("POST", path, daily("日报", ""), &made)
		a.refused(422, "POST", path, daily("日报", ""))
		var list struct {
			Templates []struct {
				ID        string `json:"template_id"`
				Version   string
				Receivers struct{ Members []struct{ Name string } }
			}
		}
		a.ok("GET", path, "", &list)
		if len(list.Templates) != 1 || list.Templates[0].Receivers.Members[0].Name != "张三" {
			t.Fatalf("%+v", list)
		}
		next := daily("工作日报", `,"version":"`+list.Templates[0].Version+`"`)
		a.ok("PUT", path+"/"+made.ID, next, nil)
		a.refused(409, "PUT", path+"/"+made.ID, next)
		other.refused(404, "PUT", path+"/"+made.ID, next)
		other.refused(404, "DELETE", path+"/"+made.ID, "")
		from := w.Clock.Now().Unix() - 86400
		var written struct {
			ID string `json:"journaluuid"`
		}
		phone(t, w, w.Corp, "lisi", "POST", "journals", `{"template_id":"`+made.ID+`","contents":[{"control":"Textarea","id":"Textarea-1","value":{"text":"=写文档"}}]}`, &written)
		phone(t, w, w.Corp, "zhangsan", "POST", "journals/"+written.ID+"/read", `{}`, nil)
		phone(t, w, w.Corp, "zhangsan", "POST", "journals/"+written.ID+"/comment", `{"content":"好"}`, nil)
		w.Advance(24 * time.Hour)
		to := w.Clock.Now().Unix()
		var found struct {
			Journals []struct {
				UUID, Who, Text              string
				Readers, Receivers, Comments int
			}
		}
		for query, want := range map[string]int{"": 1, "template=" + made.ID: 1, "submitter=LiSi": 1, "submitter=wangwu": 0, "department=3": 1, fmt.Sprintf("from=%d&to=%d", from, to): 1, fmt.Sprintf("from=%d", to): 0} {
			if a.ok("GET", "/console/api/journals?"+query, "", &found); len(found.Journals) != want {
				t.Errorf("%s: %+v", query, found)
			}
			if want == 1 && fmt.Sprint(found.Journals[0]) != "{"+written.ID+" 李四 =写文档 1 1 1}" {
				t.Errorf("%+v", found.Journals)
			}
		}
		var one struct{ Names map[string]string }
		a.ok("GET", "/console/api/journals/"+written.ID, "", &one)
		if one.Names["lisi"] != "李四" {
			t.Errorf("%+v", one)
		}
		other.refused(404, "GET", "/console/api/journals/"+written.ID, "")
		if status, sheet := a.do("GET", "/console/api/journals.csv?template="+made.ID, ""); status != 200 || !strings.Contains(sheet, ",今日,已读,评论\n") || !strings.Contains(sheet, "李四,lisi,3,'=写文档,张三,张三：好\n") {
			t.Errorf("%d %s", status, sheet)
		}
		var stat struct {
			Cycles []struct{ Written, Missing []struct{ Name string } }
		}
		a.ok("GET", fmt.Sprintf("/console/api/journal_statistics?template=%s&from=%d&to=%d", made.ID, from, to), "", &stat)
		if n := len(stat.Cycles); n == 0 || fmt.Sprint(stat.Cycles[n-1].Written) != "[{李四}]" || fmt.Sprint(stat.Cycles[n-1].Missing) != "[{王五}]" {
			t.Errorf("%+v", stat)
		}
		a.refused(422, "GET", fmt.Sprintf("/console/api/journal_statistics?template=%s&from=%d&to=%d", made.ID, from, from+94*86400), "")
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			t, err := w.Server.Journals.Template(tx, w.CorpID, made.ID)
			for i := range 199 {
				body := t.TemplateBody
				if body.Name = fmt.Sprint("模板", i); err == nil {
					_, err = w.Server.Journals.CreateTemplate(tx, w.CorpID, body)
				}
			}
			return err
		})
		a.refused(422, "POST", path, daily("第二百零一个", "")) // 200 are there
		a.ok("DELETE", path+"/"+made.ID, "", nil)
		a.ok("POST", path, daily("第二百个", ""), nil)
		if a.ok("GET", "/console/api/journals", "", &found); len(found.Journals) != 1 {
			t.Errorf("what was written by a deleted template: %+v", found)
		}
	})
}

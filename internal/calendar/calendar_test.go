package calendar_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call calendars.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "项目", Range: access.Everything(), Callable: []access.Kind{access.Calendar}})
}

// call makes a call that must have the code, and returns the answer.
func call(t *testing.T, c *qiweitest.Client, path, body string, code int) qiweitest.Result {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/oa/"+path, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", path, body, r.Body, code)
	}
	return r
}

// id makes a call that must go well, and returns the id in its answer.
func made(t *testing.T, c *qiweitest.Client, path, body string) string {
	t.Helper()
	var out struct {
		Cal      string `json:"cal_id"`
		Schedule string `json:"schedule_id"`
	}
	call(t, c, path, body, 0).Decode(&out)
	return out.Cal + out.Schedule
}

const project = `{"calendar":{"summary":"项目","color":"#FF3030","shares":[{"userid":"zhangsan"},{"userid":"lisi","permission":3}],"admins":["zhangsan"]}}`

// script makes a call of a script and returns its status and answer.
func script(t *testing.T, w *qiweitest.World, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", w.URL+"/_qiwei/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func as(w *qiweitest.World, user, body string) string {
	return fmt.Sprintf(`{"corpid":%q,"userid":%q,%s`, w.CorpID, user, body[1:])
}

// A calendar is what was set, and an update replaces it except for what cannot change (docs 93647 to 97718).
func TestCalendars(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		r := call(t, c, "calendar/add", `{"calendar":{"admins":["ZhangSan"],"set_as_default":1,"summary":"test_summary","color":"#FF3030","description":"test_describe",
			"shares":[{"userid":"zhangsan","permission":1},{"userid":"lisi","permission":3},{"userid":"nobody"}],"is_public":1,
			"public_range":{"userids":["wangwu"],"partyids":[2]}},"agentid":1000014}`, 0)
		if !strings.Contains(r.Body, `"fail_result":{"shares":[{"errcode":40001,"errmsg":"not found","userid":"nobody"}]}`) {
			t.Errorf("left out: %s", r.Body)
		}
		var cal struct {
			ID string `json:"cal_id"`
		}
		r.Decode(&cal)
		get := fmt.Sprintf(`{"cal_id_list":[%q]}`, cal.ID)
		want := `{"cal_id":"` + cal.ID + `","admins":["zhangsan"],"adminis":["zhangsan"],"summary":"test_summary","color":"#FF3030","description":"test_describe","shares":[{"userid":"zhangsan","permission":1},{"userid":"lisi","permission":3}],"is_public":1,"public_range":{"userids":["wangwu"],"partyids":[2]},"is_corp_calendar":0}`
		if got := call(t, c, "calendar/get", get, 0); !strings.Contains(got.Body, want) {
			t.Errorf("added: %s, want %s", got.Body, want)
		}
		for _, tt := range []struct{ body, want string }{
			{`"skip_public_range":1,"calendar":{"summary":"b","color":"#000000","is_public":0,"shares":[]`, `"summary":"b","color":"#000000","description":"","shares":[],"is_public":1,"public_range":{"userids":["wangwu"],"partyids":[2]}`},
			{`"calendar":{"summary":"c","color":"#000000","public_range":{"partyids":[4]}`, `"shares":[],"is_public":1,"public_range":{"userids":[],"partyids":[4]}`},
		} {
			call(t, c, "calendar/update", `{`+tt.body+`,"cal_id":"`+cal.ID+`"}}`, 0)
			if got := call(t, c, "calendar/get", get, 0); !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s: %s", tt.body, got.Body)
			}
		}
		call(t, c, "calendar/update", `{"calendar":{"summary":"c","color":"#000000","cal_id":"`+cal.ID+`"}}`, 90483)
		call(t, c, "calendar/del", `{"cal_id":"`+cal.ID+`"}`, 90712)
		other := made(t, c, "calendar/add", `{"calendar":{"set_as_default":1,"summary":"另一个","color":"#FF3030"}}`)
		call(t, c, "calendar/del", `{"cal_id":"`+cal.ID+`"}`, 0)
		call(t, c, "calendar/del", `{"cal_id":"`+cal.ID+`"}`, 90459)
		if got := call(t, c, "calendar/get", fmt.Sprintf(`{"cal_id_list":[%q,%q]}`, cal.ID, other), 0); strings.Contains(got.Body, cal.ID) || !strings.Contains(got.Body, other) {
			t.Errorf("once one was deleted: %s", got.Body)
		}
	})
}

// What a calendar cannot be is refused with its code.
func TestCalendarRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		long := strings.Repeat("日", 129)
		users := func(n int) string { return strings.Repeat(`{"userid":"x"},`, n-1) + `{"userid":"x"}` }
		for body, code := range map[string]int{
			`{}`:                               40063,
			`{"calendar":{"color":"#FF3030"}}`: 40058,
			`{"calendar":{"summary":"` + long + `","color":"#FF3030"}}`:                                       40058,
			`{"calendar":{"summary":"a","color":"#FF3030","description":"` + strings.Repeat("日", 513) + `"}}`: 40058,
			`{"calendar":{"summary":"a"}}`:                                                                                                  90473,
			`{"calendar":{"summary":"a","color":"red"}}`:                                                                                    90473,
			`{"calendar":{"summary":"a","color":"#FF3030","shares":[` + users(2001) + `]}}`:                                                 40058,
			`{"calendar":{"summary":"a","color":"#FF3030","shares":[{"userid":"lisi","permission":2}]}}`:                                    40058,
			`{"calendar":{"summary":"a","color":"#FF3030","admins":["lisi"]}}`:                                                              90492,
			`{"calendar":{"summary":"a","color":"#FF3030","admins":["a","b","c","d"],"shares":[]}}`:                                         40058,
			`{"calendar":{"summary":"a","color":"#FF3030","is_public":1}}`:                                                                  90483,
			`{"calendar":{"summary":"a","is_corp_calendar":1}}`:                                                                             90483,
			`{"calendar":{"summary":"a","color":"#FF3030","is_public":1,"public_range":{"userids":["nobody"]}}}`:                            60111,
			`{"calendar":{"summary":"a","color":"#FF3030","is_public":1,"public_range":{"partyids":[99]}}}`:                                 60003,
			`{"calendar":{"summary":"a","color":"#FF3030","is_public":1,"public_range":{"partyids":[` + strings.Repeat("2,", 100) + `2]}}}`: 40058,
		} {
			call(t, c, "calendar/add", body, code)
		}
		for i := range 21 {
			code := 0
			if i == 20 {
				code = 90481
			}
			call(t, c, "calendar/add", `{"calendar":{"summary":"全员","color":"#FF3030","set_as_default":1,"is_corp_calendar":1,"public_range":{"partyids":[1]},"shares":[{"userid":"lisi","permission":3}]}}`, code)
		}
		call(t, c, "calendar/get", `{}`, 90458)
		call(t, c, "calendar/get", `{"cal_id_list":["wcx"]}`, 90457)
		call(t, c, "calendar/get", `{"cal_id_list":[`+strings.Repeat(`"x",`, 1000)+`"x"]}`, 90469)
		call(t, c, "calendar/update", `{"calendar":{"summary":"a","color":"#FF3030"}}`, 90457)
		call(t, c, "calendar/update", `{}`, 40063)
		call(t, c, "calendar/del", `{"cal_id":["x"]}`, 90457)
		crowd := listed(w.Corp)
		for range 100 {
			call(t, crowd, "calendar/add", project, 0)
		}
		if r := call(t, crowd, "calendar/add", `{"calendar":{"summary":"a","color":"#FF3030","shares":[{"userid":"zhangsan"},{"userid":"wangwu"}]}}`, 0); !strings.Contains(r.Body, `"errcode":90481`) || strings.Contains(r.Body, `"userid":"wangwu"`) {
			t.Errorf("the 101st calendar of a member: %s", r.Body)
		}
	})
}

// Each application works on its own calendars, in its range, in its enterprise (doc 93624).
func TestWhoseCalendars(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, twin := listed(w.Corp), listed(w.Second)
		cal := made(t, c, "calendar/add", project)
		at := w.Clock.Now().Unix() + 3600
		schedule := fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"attendees":[{"userid":"zhangsan"}]}}`, cal, at, at+60)
		sch := made(t, c, "schedule/add", schedule)
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			code   int
		}{
			{"another application's", listed(w.Corp), 90466},
			{"the built-in one's", w.As(access.Calendar), 90466},
			{"the twin's", twin, 90457},
			{"not listed", w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002},
			{"the meeting rooms'", w.As(access.MeetingRoom), 48002},
			{"contact sync", w.As(access.ContactSync), 48002},
		} {
			for _, body := range []string{`{"cal_id_list":["` + cal + `"]}`} {
				call(t, tt.client, "calendar/get", body, tt.code)
			}
			call(t, tt.client, "schedule/get_by_calendar", `{"cal_id":"`+cal+`"}`, tt.code)
			if tt.code == 48002 {
				continue
			}
			if tt.code == 90457 {
				tt.code = 90461
			}
			for path, body := range map[string]string{"get": `"schedule_id_list":["` + sch + `"]`, "del": `"schedule_id":"` + sch + `"`, "add_attendees": `"schedule_id":"` + sch + `"`, "del_attendees": `"schedule_id":"` + sch + `"`,
				"update": fmt.Sprintf(`"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d}`, sch, at, at)} {
				call(t, tt.client, "schedule/"+path, `{`+body+`}`, tt.code)
			}
		}
		call(t, twin, "schedule/add", schedule, 90457)
		call(t, w.As(access.MeetingRoom), "schedule/get", `{"schedule_id_list":["`+sch+`"]}`, 90466)
		some := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{4}}, Callable: []access.Kind{access.Calendar}})
		if r := call(t, some, "calendar/add", project[:strings.Index(project, `,"admins"`)]+"}}", 0); !strings.Contains(r.Body, `"userid":"zhangsan"`) || !strings.Contains(r.Body, `"userid":"lisi"`) {
			t.Errorf("members out of range: %s", r.Body)
		}
		call(t, some, "schedule/add", fmt.Sprintf(`{"schedule":{"start_time":%d,"end_time":%d,"attendees":[{"userid":"zhangsan"}]}}`, at, at), 60111)
		for _, kind := range []access.Kind{access.ThirdParty, access.Custom} {
			call(t, w.WithApp(kind, app.Settings{Range: access.Everything()}), "calendar/add", project, 48002)
			granted := w.WithApp(kind, app.Settings{Range: access.Everything(), Grants: []string{"calendar:base:base"}})
			call(t, granted, "calendar/add", `{"calendar":{"summary":"a","color":"#FF3030"}}`, 0)
		}
	})
}

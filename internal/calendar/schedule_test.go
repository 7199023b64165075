package calendar_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// A schedule is what was set, with the page's defaults (docs 93648, 97724).
func TestSchedules(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		cal := made(t, c, "calendar/add", project)
		sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"admins":["zhangsan"],"start_time":1971274600,"end_time":1971320210,"is_whole_day":1,"attendees":[{"userid":"ZhangSan"},{"userid":"zhangsan"},{"userid":"lisi"}],
			"summary":"需求评审会议","description":"2.0版本需求初步评审","reminders":{"is_remind":1,"remind_before_event_secs":3600,"remind_time_diffs":[0,-3600],"is_repeat":1,"repeat_type":7,"repeat_until":2006976813,
			"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[3,7],"repeat_day_of_month":[10,21],"timezone":8},"location":"广州国际媒体港10楼1005会议室","cal_id":%q},"agentid":1000014}`, cal))
		want := fmt.Sprintf(`{"schedule_id":%q,"sequence":1,"admins":["zhangsan"],"attendees":[{"userid":"zhangsan","response_status":0},{"userid":"lisi","response_status":0}],"summary":"需求评审会议","description":"2.0版本需求初步评审",`+
			`"reminders":{"is_remind":1,"is_repeat":1,"remind_before_event_secs":0,"remind_time_diffs":[0,-3600],"repeat_type":7,"repeat_until":2006976813,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[3,7],"repeat_day_of_month":[10,21],"timezone":8,"exclude_time_list":[]},`+
			`"location":"广州国际媒体港10楼1005会议室","start_time":1971274600,"end_time":1971320210,"status":0,"is_whole_day":1,"cal_id":%q}`, sch, cal)
		for path, body := range map[string]string{"get": `{"schedule_id_list":["` + sch + `"]}`, "get_by_calendar": `{"cal_id":"` + cal + `"}`} {
			if got := call(t, c, "schedule/"+path, body, 0); got.Body != `{"errcode":0,"errmsg":"ok","schedule_list":[`+want+`]}` {
				t.Errorf("%s: %s, want %s", path, got.Body, want)
			}
		}
		// Without a calendar it goes into the application's default one, which is there from then on.
		plain := made(t, c, "schedule/add", `{"schedule":{"start_time":"1971274600","end_time":1971274600,"reminders":{"timezone":-5,"is_remind":1}}}`)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+plain+`"]}`, 0); !strings.Contains(got.Body, `"summary":"新建事件"`) || !strings.Contains(got.Body, `"timezone":-5`) || !strings.Contains(got.Body, `"remind_time_diffs":[0]`) || strings.Contains(got.Body, cal) {
			t.Errorf("with the defaults: %s", got.Body)
		}
		// Attendees come and go one by one.
		call(t, c, "schedule/add_attendees", `{"schedule_id":"`+plain+`","attendees":[{"userid":"lisi"},{"userid":"wangwu"}]}`, 0)
		call(t, c, "schedule/add_attendees", `{"schedule_id":"`+plain+`","attendees":[{"userid":"lisi"},{"userid":"zhangsan"}]}`, 0)
		call(t, c, "schedule/del_attendees", `{"schedule_id":"`+plain+`","attendees":[{"userid":"WangWu"},{"userid":"nobody"}]}`, 0)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+plain+`"]}`, 0); !strings.Contains(got.Body, `"attendees":[{"userid":"lisi","response_status":0},{"userid":"zhangsan","response_status":0}]`) {
			t.Errorf("attendees: %s", got.Body)
		}
		call(t, c, "schedule/add_attendees", `{"schedule_id":"`+plain+`","attendees":[{"userid":"nobody"}]}`, 60111)
		// One that was cancelled stays, and cannot be changed (doc 97724).
		call(t, c, "schedule/del", `{"schedule_id":"`+plain+`"}`, 0)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+plain+`"]}`, 0); !strings.Contains(got.Body, `"status":1`) {
			t.Errorf("cancelled: %s", got.Body)
		}
		call(t, c, "schedule/del", `{"schedule_id":"`+plain+`"}`, 90460)
		call(t, c, "schedule/add_attendees", `{"schedule_id":"`+plain+`","attendees":[{"userid":"lisi"}]}`, 90460)
	})
}

// What a schedule cannot be is refused with its code.
func TestScheduleRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		call(t, c, "schedule/add", `{}`, 40063)
		crowd := strings.Repeat(`{"userid":"zhangsan"},`, 1000) + `{"userid":"lisi"}`
		for body, code := range map[string]int{
			`"summary":"` + strings.Repeat("会", 129) + `"`:               40058,
			`"summary":"` + strings.Repeat("会", 128) + `"`:               0,
			`"description":"` + strings.Repeat("会", 1001) + `"`:          40058,
			`"description":"` + strings.Repeat("会", 1000) + `"`:          0,
			`"location":"` + strings.Repeat("会", 129) + `"`:              40058,
			`"end_time":1971274599`:                                      40058,
			`"start_time":0`:                                             40058,
			`"start_time":-5`:                                            40058,
			`"end_time":4294967296`:                                      40058,
			`"attendees":[` + crowd + `]`:                                90464,
			`"attendees":[{"userid":"nobody"}]`:                          60111,
			`"admins":["zhangsan"]`:                                      90715,
			`"admins":["a","b","c","d"]`:                                 40058,
			`"cal_id":"wcx"`:                                             90457,
			`"reminders":{"timezone":13}`:                                90480,
			`"reminders":{"timezone":-13}`:                               90480,
			`"reminders":{"timezone":12}`:                                0,
			`"reminders":{"is_remind":1,"remind_before_event_secs":301}`: 90471,
			`"reminders":{"is_remind":0,"remind_before_event_secs":301}`: 0,
			`"reminders":{"is_remind":1,"remind_time_diffs":[-60]}`:      90704,
			`"reminders":{"is_remind":1,"remind_time_diffs":[32400]}`:    90704,
			`"is_whole_day":1,"reminders":{"is_remind":1,"remind_time_diffs":[32400,-172800,-604800]}`:                        0,
			`"reminders":{"is_repeat":1,"repeat_type":3}`:                                                                     90465,
			`"reminders":{"is_repeat":1,"repeat_type":6}`:                                                                     90465,
			`"reminders":{"is_repeat":1,"repeat_type":5}`:                                                                     0,
			`"reminders":{"is_repeat":1,"repeat_until":1}`:                                                                    40058,
			`"reminders":{"is_repeat":1,"is_custom_repeat":1}`:                                                                90486,
			`"reminders":{"is_repeat":1,"is_custom_repeat":1,"repeat_interval":-1}`:                                           40058,
			`"reminders":{"is_repeat":1,"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[0]}`:   90467,
			`"reminders":{"is_repeat":1,"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[8]}`:   90467,
			`"reminders":{"is_repeat":1,"repeat_type":2,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_month":[32]}`: 90487,
		} {
			full := `{"schedule":{"start_time":1971274600,"end_time":1971274700,` + body + `}}`
			call(t, c, "schedule/add", full, code)
		}
		call(t, w.As(access.MeetingRoom), "schedule/add", `{"schedule":{"start_time":1971274600,"end_time":1971274600}}`, 0)
		call(t, c, "schedule/get", `{}`, 90462)
		call(t, c, "schedule/get", `{"schedule_id_list":["x"]}`, 90461)
		call(t, c, "schedule/get", `{"schedule_id_list":[`+strings.Repeat(`"x",`, 1000)+`"x"]}`, 90469)
		cal := made(t, c, "calendar/add", project)
		for body, code := range map[string]int{`"limit":0`: 90469, `"limit":1001`: 90469, `"limit":1000`: 0, `"offset":-1`: 90470} {
			call(t, c, "schedule/get_by_calendar", `{"cal_id":"`+cal+`",`+body+`}`, code)
		}
	})
}

// starts reads what repeats of a schedule is left.
type shown struct {
	List []struct {
		ID        string `json:"schedule_id"`
		Summary   string
		Start     int64 `json:"start_time"`
		Status    int64
		Attendees []struct {
			UserID string
			Answer int64 `json:"response_status"`
		}
		Reminders struct {
			Repeat  int64 `json:"is_repeat"`
			Until   int64 `json:"repeat_until"`
			Exclude []struct {
				Start int64 `json:"start_time"`
			} `json:"exclude_time_list"`
		}
	} `json:"schedule_list"`
}

func look(t *testing.T, c *qiweitest.Client, sch string) (out shown) {
	t.Helper()
	call(t, c, "schedule/get", `{"schedule_id_list":["`+sch+`"]}`, 0).Decode(&out)
	return out
}

// Some of the repetitions of a schedule are changed, by each mode (doc 96204).
func TestModes(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		first := time.Date(2031, 2, 5, 6, 0, 0, 0, time.UTC).Unix() // Wednesday, 14:00 in China
		week := func(n int64) int64 { return first + n*7*86400 }
		add := func() string {
			return made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"start_time":%d,"end_time":%d,"summary":"体育课","attendees":[{"userid":"lisi"}],"reminders":{"is_repeat":1,"repeat_type":1}}}`, first, first+2700))
		}
		update := func(sch string, mode, op, start int64, more string) string {
			return fmt.Sprintf(`{"op_mode":%d,"op_start_time":%d,"skip_attendees":1,"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d,"summary":"改期"%s}}`, mode, op, sch, start, start+2700, more)
		}
		repeat := `,"reminders":{"is_repeat":1,"repeat_type":1}`

		sch := add()
		one := made(t, c, "schedule/update", update(sch, 1, week(1), week(1)+7200, ""))
		if got := look(t, c, sch).List[0]; got.Summary != "体育课" || len(got.Reminders.Exclude) != 1 || got.Reminders.Exclude[0].Start != week(1) {
			t.Errorf("what is left: %+v", got)
		}
		if got := look(t, c, one).List[0]; got.Summary != "改期" || got.Start != week(1)+7200 || got.Reminders.Repeat != 0 || len(got.Attendees) != 1 {
			t.Errorf("the one: %+v", got)
		}
		call(t, c, "schedule/update", update(sch, 1, week(1), week(1), ""), 90482) // it is out already
		rest := made(t, c, "schedule/update", update(sch, 2, week(4), week(4)+3600, repeat))
		if got := look(t, c, sch).List[0]; got.Reminders.Until != week(4)-1 {
			t.Errorf("cut: %+v", got)
		}
		if got := look(t, c, rest).List[0]; got.Start != week(4)+3600 || got.Reminders.Repeat != 1 || got.Reminders.Until != 0 {
			t.Errorf("the rest: %+v", got)
		}
		call(t, c, "schedule/update", update(sch, 1, week(4), week(4), ""), 90482) // past the end
		if r := call(t, c, "schedule/update", update(sch, 2, first, first, repeat), 0); strings.Contains(r.Body, "schedule_id") {
			t.Errorf("from the first on is all of it: %s", r.Body)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"a single schedule", update(one, 1, week(1)+7200, week(1), ""), 90485},
			{"an unknown mode", update(sch, 3, first, first, ""), 90485},
			{"no start of a repetition", update(sch, 1, first+1, first+1, ""), 90482},
			{"one that repeats", update(sch, 1, week(2), week(2), repeat), 90484},
			{"to the day before", update(sch, 1, week(2), week(2)-14*3600-1, ""), 90488},
			{"to the morning of the day", update(sch, 1, week(2), week(2)-14*3600, ""), 0},
			{"a single one into the past", update(one, 0, 0, w.Clock.Now().Unix()-1, ""), 90706},
		} {
			if r := c.Call("POST", "/cgi-bin/oa/schedule/update", tt.body); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, r.Body, tt.code)
			}
		}
		// They are deleted in the same ways (doc 97725).
		sch = add()
		del := func(mode, op int64, code int) {
			t.Helper()
			call(t, c, "schedule/del", fmt.Sprintf(`{"schedule_id":%q,"op_mode":%d,"op_start_time":%d}`, sch, mode, op), code)
		}
		del(1, first, 0)
		del(1, first, 90482)
		del(2, week(3), 0)
		del(1, week(3), 90482)
		if got := look(t, c, sch).List[0]; got.Status != 0 || got.Reminders.Until != week(3)-1 || len(got.Reminders.Exclude) != 1 {
			t.Errorf("shortened: %+v", got)
		}
		sch = add()
		del(2, first, 0)
		if got := look(t, c, sch).List[0]; got.Status != 1 {
			t.Errorf("from the first on: %+v", got)
		}
		del(0, 0, 90460)
	})
}

// What members do to schedules of an application, it is told; what it does itself, it is not (doc 93651).
func TestMembersAct(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		rc := w.Receiver(c, listed(w.Second))
		var pushes []string
		cal := made(t, c, "calendar/add", project)
		at := w.Clock.Now().Unix() + 86400
		sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"admins":["zhangsan"],"attendees":[{"userid":"zhangsan"},{"userid":"wangwu"}],"reminders":{"is_repeat":1}}}`, cal, at, at+60))
		for _, tt := range []struct {
			path, user, body string
			status           int
			want             string
		}{
			{"schedule/respond", "wangwu", `{"schedule_id":"` + sch + `","response_status":4}`, 200, "respond_schedule wangwu " + sch},
			{"schedule/respond", "wangwu", fmt.Sprintf(`{"schedule_id":%q,"response_status":3,"op_start_time":%d}`, sch, at+86400), 200, "respond_schedule wangwu " + sch},
			{"schedule/respond", "wangwu", fmt.Sprintf(`{"schedule_id":%q,"response_status":3,"op_start_time":%d}`, sch, at+1), 400, "90482"},
			{"schedule/respond", "wangwu", `{"schedule_id":"` + sch + `","response_status":5}`, 400, "40058"},
			{"schedule/respond", "lisi", `{"schedule_id":"` + sch + `","response_status":2}`, 400, "90472"},
			{"schedule/respond", "nobody", `{"schedule_id":"` + sch + `","response_status":2}`, 404, "nobody"},
			{"schedule/modify", "wangwu", `{"schedule_id":"` + sch + `","summary":"x"}`, 400, "90472"},
			{"schedule/modify", "zhangsan", `{"schedule_id":"` + sch + `","summary":"x"}`, 200, "modify_schedule zhangsan " + sch},
			{"calendar/modify", "lisi", `{"cal_id":"` + cal + `","summary":"x"}`, 400, "90472"},
			{"calendar/modify", "zhangsan", `{"cal_id":"` + cal + `","summary":"x"}`, 200, "modify_calendar zhangsan "},
			{"schedule/delete", "wangwu", `{"schedule_id":"` + sch + `"}`, 400, "90472"},
			{"schedule/delete", "zhangsan", `{"schedule_id":"` + sch + `"}`, 200, "delete_schedule zhangsan " + sch},
			{"schedule/respond", "wangwu", `{"schedule_id":"` + sch + `","response_status":2}`, 400, "90460"},
			{"calendar/delete", "lisi", `{"cal_id":"` + cal + `"}`, 400, "90472"},
			{"calendar/delete", "zhangsan", `{"cal_id":"` + cal + `"}`, 200, "delete_calendar zhangsan "},
			{"calendar/delete", "zhangsan", `{"cal_id":"` + cal + `"}`, 400, "90459"},
		} {
			status, answer := script(t, w, tt.path, as(w, tt.user, tt.body))
			if status != tt.status {
				t.Fatalf("%s %s: %d %s", tt.path, tt.body, status, answer)
			}
			w.Delivered()
			got := rc.Take()
			if tt.status != 200 {
				if len(got) > 0 || !strings.Contains(answer, tt.want) {
					t.Errorf("%s %s: %s, and %d pushes", tt.path, tt.body, answer, len(got))
				}
				continue
			}
			if len(got) != 1 {
				t.Fatalf("%s: %d pushes", tt.path, len(got))
			}
			if said := got[0].Field("Event") + " " + got[0].Field("FromUserName") + " " + got[0].Field("ScheduleId"); said != tt.want || got[0].Field("CalId") != cal || got[0].Field("ToUserName") != w.CorpID {
				t.Errorf("%s: %s, want %s", tt.path, got[0].XML(), tt.want)
			}
			pushes = append(pushes, got[0].XML())
		}
		if w.Server.Store.Database() == "SQLite" {
			qiweitest.Golden(t, "push/told.txt", strings.NewReplacer(w.CorpID, "wwCORP", cal, "wcCALENDAR", sch, "SCHEDULE").Replace(strings.Join(pushes, "\n"))+"\n")
		}
	})
}

// Members are told of schedules, and reminded in time, once.
func TestReminders(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		c := listed(w.Corp)
		at := w.Clock.Now().Add(24 * time.Hour).Unix()
		sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"start_time":%d,"end_time":%d,"summary":"站会","location":"三楼","attendees":[{"userid":"zhangsan"},{"userid":"lisi"}],
			"reminders":{"is_remind":1,"remind_time_diffs":[-900,0],"is_repeat":1,"repeat_type":0}}}`, at, at+600))
		if status, answer := script(t, w, "schedule/respond", as(w, "lisi", `{"schedule_id":"`+sch+`","response_status":4}`)); status != 200 {
			t.Fatal(answer)
		}
		told := func(user, words string) (n int) {
			t.Helper()
			err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
				count, err := tx.Count(`SELECT count(*) FROM message m JOIN message_copy i ON i.message = m.no JOIN member u ON u.no = i.member WHERE u.corpid = ? AND u.userkey = ? AND m.body LIKE ?`, w.CorpID, user, "%"+words+"%")
				n = int(count)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		remind := func() {
			t.Helper()
			if err := w.Server.Calendars.RemindDue(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if told("zhangsan", "新日程") != 1 || told("lisi", "新日程") != 1 || told("wangwu", "新日程") != 0 {
			t.Errorf("of the new one: %d %d", told("zhangsan", "新日程"), told("lisi", "新日程"))
		}
		for _, tt := range []struct {
			what string
			by   time.Duration
			want int
		}{
			{"a second early", 24*time.Hour - 901*time.Second, 0},
			{"a quarter of an hour before", time.Second, 1},
			{"between", 899 * time.Second, 1},
			{"at the start", time.Second, 2},
			{"the next day", 24 * time.Hour, 3}, // one of both reminders: it is late for the earlier
			{"a month later, when it is over", 30*24*time.Hour + 601*time.Second, 3},
			{"the day after that", 24*time.Hour - 601*time.Second, 4},
		} {
			w.Advance(tt.by)
			remind()
			remind()
			if got := told("zhangsan", "日程提醒"); got != tt.want {
				t.Errorf("%s: reminded %d times, want %d", tt.what, got, tt.want)
			}
		}
		if n := told("lisi", "日程提醒"); n != 0 {
			t.Errorf("who has declined is reminded %d times", n)
		}
		call(t, c, "schedule/del", `{"schedule_id":"`+sch+`"}`, 0)
		w.Advance(24 * time.Hour)
		remind()
		if got := told("zhangsan", "日程提醒"); got != 4 {
			t.Errorf("of one that was cancelled: %d", got)
		}
	})
}

// A member who is renamed or leaves is so in calendars too, and the twin's namesake is not.
func TestMembersChange(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, c := range []string{w.CorpID, w.Second.CorpID} {
				m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "m1@corp.example", Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(c), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		var calendars, schedules []string
		clients := []*qiweitest.Client{listed(w.Corp), listed(w.Second)}
		for _, c := range clients {
			calendars = append(calendars, made(t, c, "calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030","shares":[{"userid":"made1"},{"userid":"lisi"}],"admins":["made1"],"is_public":1,"public_range":{"userids":["made1","lisi"]}}}`))
			schedules = append(schedules, made(t, c, "schedule/add", `{"schedule":{"start_time":1971274600,"end_time":1971274600,"attendees":[{"userid":"made1"},{"userid":"lisi"}],"admins":["made1"]}}`))
		}
		names := func(i int, user string) int {
			return strings.Count(call(t, clients[i], "calendar/get", `{"cal_id_list":["`+calendars[i]+`"]}`, 0).Body, `"`+user+`"`) +
				strings.Count(call(t, clients[i], "schedule/get", `{"schedule_id_list":["`+schedules[i]+`"]}`, 0).Body, `"`+user+`"`)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: id.UserID("san.zhang")})
		})
		if names(0, "san.zhang") != 6 || names(0, "made1") != 0 || names(1, "made1") != 6 {
			t.Errorf("renamed: %d %d, the twin's %d", names(0, "san.zhang"), names(0, "made1"), names(1, "made1"))
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=san.zhang", "")
		if names(0, "san.zhang") != 0 || names(0, "lisi") != 3 || names(1, "made1") != 6 {
			t.Errorf("gone: %d, others %d, the twin's %d", names(0, "san.zhang"), names(0, "lisi"), names(1, "made1"))
		}
	})
}

package meeting_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call meetings, calendars and meeting rooms.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "例会", Range: access.Everything(), Callable: []access.Kind{access.Meeting, access.Calendar, access.MeetingRoom}})
}

// call makes a call of meetings that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	path := "/cgi-bin/meeting/" + name
	if strings.HasPrefix(name, "oa/") || strings.HasPrefix(name, "idconvert/") {
		path = "/cgi-bin/" + name
	}
	r := c.Call("POST", path, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

// reserve reserves a meeting of half an hour that begins in an hour. more follows the usual fields.
func reserve(t *testing.T, w *qiweitest.World, c *qiweitest.Client, more string) string {
	t.Helper()
	body := fmt.Sprintf(`{"admin_userid":"ZhangSan","title":"周会","meeting_start":%d,"meeting_duration":1800,"skip_duplicate_check":true%s}`, w.Clock.Now().Unix()+3600, more)
	return call(t, c, "create", body, 0).Text("meetingid")
}

func info(t *testing.T, c *qiweitest.Client, meetingID string) qiweitest.JSON {
	t.Helper()
	return call(t, c, "get_info", `{"meetingid":"`+meetingID+`"}`, 0)
}

// script runs a script about a meeting, which must succeed.
func script(t *testing.T, w *qiweitest.World, name, meetingID, more string) qiweitest.JSON {
	t.Helper()
	var out map[string]any
	w.Scripted("meetings/"+name, fmt.Sprintf(`{"corpid":%q,"meetingid":%q%s}`, w.CorpID, meetingID, more), &out)
	return out
}

// refused runs a script that must not succeed, and returns what it says.
func refused(t *testing.T, w *qiweitest.World, name, meetingID, more string) string {
	t.Helper()
	status, text := w.Script("meetings/"+name, fmt.Sprintf(`{"corpid":%q,"meetingid":%q%s}`, w.CorpID, meetingID, more))
	if status == 200 {
		t.Fatalf("%s %s: %s; a refusal expected", name, more, text)
	}
	return text
}

// planned is a time of a schedule on a member's phone.
type planned struct {
	ID      string `json:"schedule_id"`
	Summary string `json:"summary"`
	Start   int64  `json:"start_time"`
	End     int64  `json:"end_time"`
}

// attended returns what a member's calendar has between two times.
func attended(t *testing.T, w *qiweitest.World, user string, from, to int64) (list []planned) {
	t.Helper()
	w.Corp.Phone(user).Get(fmt.Sprintf("/phone/api/schedules?from=%d&to=%d", from, to)).Decode(t, &list)
	return list
}

// shows compares fields of an answer, by their paths.
func shows(t *testing.T, what string, got qiweitest.JSON, want map[string]any) {
	t.Helper()
	for path, v := range want {
		if fmt.Sprint(got.At(path)) != fmt.Sprint(v) {
			t.Errorf("%s: %s is %v, want %v", what, path, got.At(path), v)
		}
	}
}

// TestReservation reserves, reads, changes and cancels a meeting, whose schedule follows.
func TestReservation(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		start := w.Clock.Now().Unix() + 3600
		made := call(t, c, "create", fmt.Sprintf(`{"admin_userid":"ZhangSan","title":"周会","meeting_start":"%d","meeting_duration":1800,"description":"各组进展","location":"三楼",
			"invitees":{"userid":["LiSi","lisi","wangwu"]},"guests":[{"area":"86","phone_number":"13500000000","guest_name":"客人"}],
			"settings":{"password":"1234","enable_waiting_room":true,"hosts":{"userid":["zhangsan","lisi"]},"remind_scope":4,"ring_users":{"userid":["wangwu"]},"enable_host_key":true,"enable_enter_mute":1},
			"reminders":{"remind_before":[900,7]}}`, start), 0)
		meetingID := made.Text("meetingid")
		if len(made.Text("meeting_code")) != 9 || !strings.HasSuffix(made.Text("meeting_link"), "/phone/meetings?code="+made.Text("meeting_code")) {
			t.Errorf("created: %v", made)
		}
		got := info(t, c, meetingID)
		shows(t, "reserved", got, map[string]any{
			"admin_userid": "zhangsan", "title": "周会", "meeting_start": float64(start), "meeting_duration": 1800, "description": "各组进展", "location": "三楼", "main_department": 2, "status": 1, "meeting_type": 0,
			"attendees.member.0.userid": "zhangsan", "attendees.member.1.userid": "lisi", "attendees.member.2.userid": "wangwu", "attendees.member.2.status": 2,
			"settings.need_password": true, "settings.password": "1234", "settings.enable_waiting_room": true, "settings.allow_enter_before_host": true, "settings.enable_enter_mute": 1, "settings.allow_unmute_self": true,
			"settings.hosts.userid": "[lisi]", "settings.ring_users.userid": "[wangwu]", "settings.remind_scope": 4, "settings.auto_record_type": "none",
			"reminders.is_repeat": 0, "reminders.remind_before": "[900 0]", "guests.0.guest_name": "客人", "meeting_code": made.Text("meeting_code"),
		})
		if key := got.Text("settings.host_key"); len(key) != 6 {
			t.Errorf("host_key %q", key)
		}
		byCode := call(t, c, "get_info", `{"meeting_code":"`+made.Text("meeting_code")+`"}`, 0)
		shows(t, "by its number", byCode, map[string]any{"title": "周会"})
		schedules := func(want int) {
			t.Helper()
			now := w.Clock.Now().Unix()
			if n := len(attended(t, w, "wangwu", now, now+86400)); n != want {
				t.Errorf("wangwu has %d schedules, want %d", n, want)
			}
		}
		schedules(1)
		call(t, c, "update", fmt.Sprintf(`{"meetingid":%q,"title":"月会","meeting_start":%d,"meeting_duration":3600,"invitees":{"userid":["wangwu"]},"settings":{"password":""}}`, meetingID, start+600), 0)
		shows(t, "changed", info(t, c, meetingID), map[string]any{"title": "月会", "meeting_start": float64(start + 600), "meeting_duration": 3600, "description": "各组进展",
			"attendees.member.1.userid": "wangwu", "settings.need_password": false, "settings.enable_waiting_room": true, "settings.hosts.userid": "[lisi]", "settings.ring_users.userid": "[wangwu]"})
		list := attended(t, w, "wangwu", start, start+86400)
		if len(list) != 1 || list[0].Summary != "月会" || list[0].Start != start+600 || list[0].End != start+4200 {
			t.Errorf("the schedule did not follow: %+v", list)
		}
		if n := len(attended(t, w, "lisi", start, start+86400)); n != 0 {
			t.Errorf("lisi, who is not invited any more, has %d schedules", n)
		}
		call(t, c, "set_invitees", `{"meetingid":"`+meetingID+`","invitees":[{"userid":"lisi"}]}`, 730009)
		call(t, c, "set_invitees", `{"meetingid":"`+meetingID+`","invitees":[{"userid":"lisi"},{"userid":"ZHANGSAN"}]}`, 0)
		shows(t, "invited", call(t, c, "get_invitees", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"has_more": false, "next_cursor": "", "invitees.0.userid": "zhangsan", "invitees.1.userid": "lisi", "invitees.2": nil})
		call(t, c, "set_guests", `{"meetingid":"`+meetingID+`","guests":[{"area":"86","phone_number":"13500000001"}]}`, 0)
		shows(t, "guests", call(t, c, "get_guests", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"title": "月会", "guests.0.phone_number": "13500000001", "guests.1": nil})
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 0)
		schedules(0)
		shows(t, "cancelled", info(t, c, meetingID), map[string]any{"status": 4})
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 400041)
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"又"}`, 400041)
		refused(t, w, "join", meetingID, `,"userid":"zhangsan"`)
	})
}

// TestRepeating walks a series: its sub-meetings, one that is cancelled, and how the schedule follows.
func TestRepeating(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		start := w.Clock.Now().Unix() + 3600
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]},"reminders":{"is_repeat":1,"repeat_type":0,"repeat_until_type":1,"repeat_until_count":3}`)
		sub := func(n int) string { return fmt.Sprint(start + int64(n)*86400) }
		shows(t, "a series", info(t, c, meetingID), map[string]any{"meeting_type": 1, "reminders.is_repeat": 1, "reminders.repeat_until_count": 3, "reminders.repeat_until": float64(start + 2*86400), "remain_sub_meetings": 3,
			"current_sub_meetingid": sub(0), "sub_meetings.1.sub_meetingid": sub(1), "sub_meetings.1.status": 0, "sub_meetings.3": nil, "sub_meetings.1.end_time": float64(start + 86400 + 1800)})
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`","sub_meetingid":"7"}`, 730003)
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`","sub_meetingid":"`+sub(1)+`"}`, 0)
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`","sub_meetingid":"`+sub(1)+`"}`, 730003)
		shows(t, "without the second", info(t, c, meetingID), map[string]any{"remain_sub_meetings": 2, "sub_meetings.1.status": 1, "status": 1})
		if n := len(attended(t, w, "lisi", start, start+7*86400)); n != 2 {
			t.Errorf("the schedule has %d times, want 2", n)
		}
		call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`"}`, 730003)
		w.Advance(time.Hour)
		script(t, w, "join", meetingID, `,"userid":"lisi"`)
		shows(t, "held", info(t, c, meetingID), map[string]any{"status": 2, "current_sub_meetingid": sub(0)})
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"又"}`, 400221)
		w.Advance(10 * time.Minute)
		script(t, w, "leave", meetingID, `,"userid":"lisi"`)
		list := call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`","sub_meetingid":"`+sub(0)+`"}`, 0)
		shows(t, "who was there", list, map[string]any{"attendees.0.userid": "lisi", "attendees.0.join_time": fmt.Sprint(start), "attendees.0.quit_time": fmt.Sprint(start + 600), "attendees.1": nil})
		if n := len(call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`","sub_meetingid":"`+sub(2)+`"}`, 0).List("attendees")); n != 0 {
			t.Errorf("%d were at the last one", n)
		}
		w.Advance(24 * time.Hour)
		shows(t, "the last one waits", info(t, c, meetingID), map[string]any{"status": 1, "current_sub_meetingid": sub(2), "remain_sub_meetings": 1})
		w.Advance(25 * time.Hour)
		shows(t, "all over", info(t, c, meetingID), map[string]any{"status": 3, "current_sub_meetingid": nil, "remain_sub_meetings": 0})
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 400224)
	})
}

// TestRhythms are repetitions as pages write them, and how often each takes place.
func TestRhythms(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	c := listed(w.Corp)
	begin := time.Date(2031, 1, 13, 9, 0, 0, 0, time.FixedZone("", 8*3600)) // a Monday
	for _, row := range []struct {
		name, reminders string
		subs            int
		second          string // day of the second
		code            int
	}{
		{"every day to the end", `"repeat_type":0`, 200, "2031-01-14", 0},
		{"every week", `"repeat_type":1`, 200, "2031-01-20", 0},
		{"every two weeks", `"repeat_type":1,"repeat_interval":2`, 50, "2031-01-27", 0},
		{"every month", `"repeat_type":2`, 50, "2031-02-13", 0},
		{"on workdays, ten times", `"repeat_type":7,"repeat_until_type":1,"repeat_until_count":10`, 10, "2031-01-14", 0},
		{"seven times if not told", `"repeat_type":0,"repeat_until_type":1`, 7, "2031-01-14", 0},
		{"until a day", fmt.Sprintf(`"repeat_type":0,"repeat_until":%d`, begin.AddDate(0, 0, 3).Unix()), 4, "2031-01-14", 0},
		{"on days of the week; Monday is added", `"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[3],"repeat_until_type":1,"repeat_until_count":4`, 4, "2031-01-15", 0},
		{"on days of the month; the 13th is added", `"repeat_type":2,"is_custom_repeat":1,"repeat_interval":2,"repeat_day_of_month":[10,21],"repeat_until_type":1,"repeat_until_count":4`, 4, "2031-01-21", 0},
		{"a year", `"repeat_type":5`, 0, "", 40058},
		{"workdays with an interval", `"repeat_type":7,"is_custom_repeat":1,"repeat_interval":1`, 0, "", 40058},
		{"its own without an interval", `"repeat_type":0,"is_custom_repeat":1`, 0, "", 40058},
		{"too many months", `"repeat_type":2,"repeat_until_type":1,"repeat_until_count":51`, 0, "", 40058},
		{"an eighth day", `"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[8]`, 0, "", 40058},
		{"the 32nd", `"repeat_type":2,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_month":[32]`, 0, "", 40058},
		{"an end before the start", fmt.Sprintf(`"repeat_type":0,"repeat_until":%d`, begin.Unix()-1), 0, "", 40058},
	} {
		made := call(t, c, "create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"a","meeting_start":%d,"meeting_duration":1800,"reminders":{"is_repeat":1,%s}}`, begin.Unix(), row.reminders), row.code)
		if row.code != 0 {
			continue
		}
		got := info(t, c, made.Text("meetingid"))
		second := time.Unix(int64(got.Int("sub_meetings.1.start_time")), 0).In(begin.Location()).Format(time.DateOnly)
		if n := len(got.List("sub_meetings")); n != row.subs || second != row.second {
			t.Errorf("%s: %d, the second on %s; want %d and %s", row.name, n, second, row.subs, row.second)
		}
	}
}

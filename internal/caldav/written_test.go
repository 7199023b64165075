package caldav_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// What the API makes is written for programs as its rhythm is, and no more.
func TestRules(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		cal := made(t, c, "calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030","shares":[{"userid":"lisi"}]}}`)
		p := newProgram(t, w, w.Corp, "lisi")
		const at = 1925456400 // 2031-01-06, a Monday in China
		for repeat, want := range map[string]string{
			`"repeat_type":0`: "FREQ=DAILY",
			`"repeat_type":0,"is_custom_repeat":1,"repeat_interval":2`:                             "FREQ=DAILY;INTERVAL=2",
			`"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_week":[1,7]`:  "FREQ=WEEKLY;BYDAY=MO,SU",
			`"repeat_type":1,"is_custom_repeat":1,"repeat_interval":1,"repeat_day_of_month":[6]`:   "FREQ=WEEKLY",
			`"repeat_type":2,"is_custom_repeat":1,"repeat_interval":1`:                             "FREQ=MONTHLY",
			`"repeat_type":2,"is_custom_repeat":1,"repeat_interval":3,"repeat_day_of_month":[1,6]`: "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,6",
			`"repeat_type":2,"repeat_day_of_month":[1,6]`:                                          "FREQ=MONTHLY",
			`"repeat_type":5`: "FREQ=YEARLY",
			`"repeat_type":7,"is_custom_repeat":1,"repeat_interval":2`: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
			fmt.Sprintf(`"repeat_type":0,"repeat_until":%d`, at+86400): "FREQ=DAILY;UNTIL=20310107T090000Z",
		} {
			sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"reminders":{"is_repeat":1,%s}}}`, cal, at, at+3600, repeat))
			_, body := p.must(200, "GET", "calendars/"+cal+"/"+sch+".ics", "")
			if !strings.Contains(body, "\r\nRRULE:"+want+"\r\n") {
				t.Errorf("%s is written as %s, want %s", repeat, body, want)
			}
		}
	})
}

// Only members are invited, by what is theirs; and only alarms that say when are reminders.
func TestWhoIsInvited(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p, guest := newProgram(t, w, w.Corp, "lisi"), newProgram(t, w, w.Corp, "zhangsan")
		day := "DTSTART:20310301T090000Z"
		for address, want := range map[string]int{
			"mailto:zhangsan@" + w.CorpID: 1, "MAILTO:ZhangSan@" + w.CorpID: 1, "mailto:zhangsan@corp.example": 1,
			"mailto:zhangsan@elsewhere.example": 0, "mailto:zhangsan@" + w.Second.CorpID: 0, "mailto:@" + w.CorpID: 0, "mailto:zhangsan": 0, "mailto:": 0, "zhangsan@" + w.CorpID: 0, "tel:zhangsan@" + w.CorpID: 0,
		} {
			p.must(201, "PUT", "calendars/own/a.ics", lines(vevent("a", day, "ATTENDEE:"+address)))
			_, body := guest.must(207, "PROPFIND", "calendars/invited/", "", "Depth", "1")
			if got := strings.Count(body, ".ics</d:href>"); got != want {
				t.Errorf("%s invites %d, want %d", address, got, want)
			}
			p.must(204, "DELETE", "calendars/own/a.ics", "")
		}
		for _, part := range []string{"BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM", "BEGIN:X-PART\r\nTRIGGER:-PT15M\r\nEND:X-PART"} {
			p.must(201, "PUT", "calendars/own/b.ics", lines(vevent("b", day, part)))
			// Once something else has changed, it is written anew: with the reminders that are known.
			guest.must(207, "PROPFIND", "calendars/invited/", "")
			p.must(204, "DELETE", "calendars/own/b.ics", "")
		}
		// With Depth 0 a program learns of the collection alone.
		for path, want := range map[string]int{"": 1, "calendars/": 1, "calendars/own/": 1} {
			_, body := p.must(207, "PROPFIND", path, "", "Depth", "0")
			if got := strings.Count(body, "<d:response>"); got != want {
				t.Errorf("%s alone: %d", path, got)
			}
			if _, body := p.must(207, "PROPFIND", path, "", "Depth", "1"); path == "calendars/" && strings.Count(body, "<d:response>") != 3 {
				t.Errorf("%s with what is in it: %s", path, body)
			}
		}
	})
}

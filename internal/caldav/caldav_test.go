package caldav_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// program is a member's calendar program, which signs in by a password made for it.
type program struct {
	t        *testing.T
	w        *qiweitest.World
	corpID   string
	user     string
	password string
}

func newProgram(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string) program {
	t.Helper()
	var got struct{ Password string }
	phone(t, w, c, user, "POST", "/phone/api/caldav", `{"name":"日历"}`, &got)
	return program{t, w, c.CorpID, user, got.Password}
}

// phone makes a request of the member's page.
func phone(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user, method, path, body string, into any) int {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", w.URL)
	resp, err := c.SignIn(user).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if into != nil && resp.StatusCode == 200 {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// do makes a request, with header lines as names and values, and returns the status, the tag and the body.
func (p program) do(method, path, body string, header ...string) (int, string, string) {
	p.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/caldav/" + p.corpID + "/" + p.user + "/" + path
	}
	req, err := http.NewRequest(method, p.w.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.SetBasicAuth(p.user, p.password)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp := p.w.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("ETag"), string(text)
}

// must is do, and fails the test at another status.
func (p program) must(status int, method, path, body string, header ...string) (tag, text string) {
	p.t.Helper()
	got, tag, text := p.do(method, path, body, header...)
	if got != status {
		p.t.Fatalf("%s %s: %d %s, want %d", method, path, got, text, status)
	}
	return tag, text
}

func lines(l ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + strings.Join(l, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

func vevent(uid string, l ...string) string {
	return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20310101T000000Z\r\n" + strings.Join(l, "\r\n") + "\r\nEND:VEVENT"
}

func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "项目", Range: access.Everything(), Callable: []access.Kind{access.Calendar, access.MeetingRoom}})
}

func made(t *testing.T, c *qiweitest.Client, path, body string) string {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/oa/"+path, body)
	var out struct {
		Cal      string `json:"cal_id"`
		Schedule string `json:"schedule_id"`
	}
	if r.Decode(&out); r.ErrCode != 0 {
		t.Fatalf("%s %s: %s", path, body, r.Body)
	}
	return out.Cal + out.Schedule
}

const prop = `<propfind xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop>%s</prop></propfind>`

// A program finds everything from the host's name on (RFC 6764, RFC 4791).
func TestDiscovery(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		resp := w.Do(must(http.NewRequest("PROPFIND", w.URL+"/.well-known/caldav", nil)))
		if resp.StatusCode != 308 || resp.Header.Get("Location") != "/caldav/" {
			t.Errorf("well-known: %d %s", resp.StatusCode, resp.Header.Get("Location"))
		}
		root := p
		root.user += "@" + w.CorpID
		_, text := root.must(207, "PROPFIND", "/caldav/", fmt.Sprintf(prop, "<current-user-principal/><nonsense xmlns='urn:x'/>"), "Depth", "0")
		base := "/caldav/" + w.CorpID + "/lisi/"
		for _, want := range []string{"<d:current-user-principal><d:href>" + base + "</d:href>", `<x:nonsense xmlns:x="urn:x"/></d:prop><d:status>HTTP/1.1 404 Not Found`} {
			if !strings.Contains(text, want) {
				t.Errorf("root: %s, want %s", text, want)
			}
		}
		if _, text = p.must(207, "PROPFIND", "", fmt.Sprintf(prop, "<c:calendar-home-set/>"), "Depth", "0"); !strings.Contains(text, "<c:calendar-home-set><d:href>"+base+"calendars/</d:href>") {
			t.Errorf("principal: %s", text)
		}
		_, text = p.must(207, "PROPFIND", "calendars/", fmt.Sprintf(prop, "<resourcetype/><displayname/>"), "Depth", "1")
		for _, want := range []string{base + "calendars/own/", "<d:displayname>我的日历", base + "calendars/invited/", "<c:calendar/>"} {
			if !strings.Contains(text, want) {
				t.Errorf("home: %s, want %s", text, want)
			}
		}
		p.must(204, "OPTIONS", "", "")
		p.must(207, "PROPFIND", "calendars/own/", "")
		for path, status := range map[string]int{"calendars/none/": 404, "calendars/own/none.ics": 404, "x/": 404, "calendars/own/a/b": 404} {
			p.must(status, "PROPFIND", path, "")
		}
		p.must(403, "PROPFIND", "/caldav/"+w.CorpID+"/zhangsan/", "")
		for _, body := range []string{"<", "text", "<a/><b/>", "<propfind/>", strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)} {
			p.must(400, "PROPFIND", "", body)
		}
		p.must(403, "MKCALENDAR", "calendars/new/", "")
		p.must(403, "DELETE", "calendars/own/", "")
		p.must(405, "PATCH", "", "")
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Who signs in is a member of the corp, by a password that is the member's.
func TestSignIn(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		twin := newProgram(t, w, w.Second, "lisi")
		for what, wrong := range map[string]program{
			"none": {t, w, w.CorpID, "lisi", ""}, "wrong": {t, w, w.CorpID, "lisi", "caldav_wrong"}, "a member's": {t, w, w.CorpID, "lisi", "wrong password"},
			"another member": {t, w, w.CorpID, "zhangsan", p.password}, "the twin's": {t, w, w.CorpID, "lisi", twin.password},
		} {
			if status, _, _ := wrong.do("PROPFIND", "", ""); status != 401 {
				t.Errorf("%s: %d", what, status)
			}
		}
		p.must(207, "PROPFIND", "", "")
		twin.must(207, "PROPFIND", "", "")
		var keys struct{ Keys []struct{ No int64 } }
		phone(t, w, w.Corp, "lisi", "GET", "/phone/api/caldav", "", &keys)
		if status := phone(t, w, w.Corp, "zhangsan", "POST", fmt.Sprintf("/phone/api/caldav/%d/delete", keys.Keys[0].No), "{}", nil); status != 404 {
			t.Errorf("another member deletes it: %d", status)
		}
		if status := phone(t, w, w.Corp, "lisi", "POST", fmt.Sprintf("/phone/api/caldav/%d/delete", keys.Keys[0].No), "{}", nil); status != 200 {
			t.Errorf("deleted: %d", status)
		}
		p.must(401, "PROPFIND", "", "")
		p = newProgram(t, w, w.Corp, "lisi")
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			off := false
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "lisi", Enabled: &off})
		})
		p.must(401, "PROPFIND", "", "")
		for i := range 21 {
			want := 200
			if i == 20 {
				want = 400
			}
			if status := phone(t, w, w.Corp, "zhangsan", "POST", "/phone/api/caldav", `{"name":"x"}`, nil); status != want {
				t.Errorf("password %d: %d", i+1, status)
			}
		}
	})
}

// What a program writes it reads back as it was, until something else changes it; its schedules take time.
func TestOwnCalendar(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		text := lines(vevent("u1", "DTSTART;TZID=America/New_York:20310301T090000", "DTEND;TZID=America/New_York:20310301T100000", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=America/New_York:20310308T090000",
			"SUMMARY:站会", "X-MINE:kept", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:lisi@"+w.CorpID, "ATTENDEE:mailto:zhangsan@corp.example", "ATTENDEE:mailto:out@elsewhere.example"))
		const at = "calendars/own/my event.ics"
		path := strings.ReplaceAll(at, " ", "%20")
		tag, _ := p.must(201, "PUT", path, text, "If-None-Match", "*")
		p.must(412, "PUT", path, text, "If-None-Match", "*")
		p.must(412, "PUT", path, text, "If-Match", `"x"`)
		if got, body := p.must(200, "GET", path, ""); got != tag || body != text {
			t.Errorf("read back %s: %s", got, body)
		}
		p.must(304, "GET", path, "", "If-None-Match", tag)
		p.must(409, "PUT", "calendars/own/other.ics", text)
		query := func(from, to string) int {
			_, body := p.must(207, "REPORT", "calendars/own/", `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="`+from+`" end="`+to+`"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`)
			return strings.Count(body, "X-MINE:kept")
		}
		for span, want := range map[string]int{
			"20310301T000000Z 20310302T000000Z": 1, "20310308T000000Z 20310309T000000Z": 0, // taken out
			"20310315T130000Z 20310315T135959Z": 1, "20310315T140000Z 20310315T150000Z": 0, // after the change of clocks
			"20310329T000000Z 20310330T000000Z": 1, "20310405T000000Z 20310406T000000Z": 0, // the sixth
		} {
			from, to, _ := strings.Cut(span, " ")
			if got := query(from, to); got != want {
				t.Errorf("%s: %d, want %d", span, got, want)
			}
		}
		if _, body := p.must(200, "REPORT", "calendars/own/", `<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"><c:time-range start="20310301T000000Z" end="20310316T000000Z"/></c:free-busy-query>`); strings.Count(body, "FREEBUSY:2031") != 2 || !strings.Contains(body, "FREEBUSY:20310315T130000Z/20310315T140000Z") {
			t.Errorf("busy: %s", body)
		}
		// Who was invited sees it, and answers by a program too.
		guest := newProgram(t, w, w.Corp, "zhangsan")
		_, body := guest.must(207, "PROPFIND", "calendars/invited/", "", "Depth", "1")
		href := regexp.MustCompile(`<d:href>([^<]*\.ics)</d:href>`).FindStringSubmatch(body)
		if href == nil {
			t.Fatalf("the guest sees %s", body)
		}
		_, body = guest.must(200, "GET", href[1], "")
		guest.must(204, "PUT", href[1], strings.Replace(body, "ATTENDEE:mailto:zhangsan@corp.example", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:zhangsan@"+w.CorpID, 1))
		if got, body := p.must(200, "GET", path, ""); got == tag || !strings.Contains(body, "CN=zhangsan;PARTSTAT=TENTATIVE") || !strings.Contains(body, "EXDATE;TZID=America/New_York:20310308T090000") || !strings.Contains(body, "BEGIN:DAYLIGHT") {
			t.Errorf("answered: %s", body)
		}
		guest.must(204, "DELETE", href[1], "")
		if _, body := guest.must(207, "PROPFIND", "calendars/invited/", "", "Depth", "1"); strings.Contains(body, ".ics") {
			t.Errorf("declined, and still there: %s", body)
		}
		guest.must(403, "PUT", "calendars/invited/x.ics", strings.ReplaceAll(text, "u1", "u2"))
		p.must(412, "DELETE", path, "", "If-Match", tag)
		p.must(204, "DELETE", path, "")
		p.must(404, "GET", path, "")
		p.must(201, "PUT", path, text)
	})
}

// One repetition is replaced, by a program and by the API alike (RFC 5545, doc 96204).
func TestOneRepetition(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		cal := made(t, c, "calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030","shares":[{"userid":"zhangsan"},{"userid":"lisi"}],"admins":["lisi"]}}`)
		at := time.Date(2031, 2, 3, 1, 0, 0, 0, time.UTC).Unix()
		sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"summary":"周会","reminders":{"is_repeat":1,"repeat_type":1,"is_remind":1}}}`, cal, at, at+3600))
		one := made(t, c, "schedule/update", fmt.Sprintf(`{"op_mode":1,"op_start_time":%d,"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d,"summary":"改期"}}`, at+7*86400, sch, at+7*86400+7200, at+7*86400+9000))
		p := newProgram(t, w, w.Corp, "lisi")
		rc := w.Receiver(c)
		path := "calendars/" + cal + "/" + sch + ".ics"
		tag, body := p.must(200, "GET", path, "")
		if !strings.Contains(body, "RECURRENCE-ID;TZID=Asia/Shanghai:20310210T090000") || !strings.Contains(body, "DTSTART;TZID=Asia/Shanghai:20310210T110000") || strings.Contains(body, "EXDATE") || !strings.Contains(body, "RRULE:FREQ=WEEKLY") {
			t.Errorf("by the API: %s", body)
		}
		// The program moves that one again, and replaces another.
		changed := strings.Replace(body, "DTSTART;TZID=Asia/Shanghai:20310210T110000", "DTSTART;TZID=Asia/Shanghai:20310210T111500", 1)
		changed = strings.Replace(changed, "END:VCALENDAR", vevent(sch, "RECURRENCE-ID;TZID=Asia/Shanghai:20310217T090000", "DTSTART;TZID=Asia/Shanghai:20310218T090000", "DTEND;TZID=Asia/Shanghai:20310218T100000", "SUMMARY:第三次")+"\r\nEND:VCALENDAR", 1)
		next, _ := p.must(204, "PUT", path, changed, "If-Match", tag)
		if got, body := p.must(200, "GET", path, ""); got != next || body != changed {
			t.Errorf("written: %s %s", got, body)
		}
		list := c.Call("POST", "/cgi-bin/oa/schedule/get_by_calendar", `{"cal_id":"`+cal+`"}`).Body
		for _, want := range []string{fmt.Sprintf(`"start_time":%d`, at+7*86400+8100), `"summary":"第三次"`, fmt.Sprintf(`"exclude_time_list":[{"start_time":%d},{"start_time":%d}]`, at+7*86400, at+14*86400), one} {
			if !strings.Contains(list, want) {
				t.Errorf("the API sees %s, want %s", list, want)
			}
		}
		w.Delivered()
		if got := rc.Kinds(); len(got) != 1 || got[0] != "modify_schedule" {
			t.Errorf("the application is told %q", got)
		}
		// The API cancels one of them, and the program hears of it.
		sync := func(token string) string {
			_, body := p.must(207, "REPORT", "calendars/"+cal+"/", `<sync-collection xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><sync-token>`+token+`</sync-token><prop><getetag/></prop></sync-collection>`)
			return body
		}
		token := regexp.MustCompile(`<d:sync-token>([^<]*)<`)
		before := token.FindStringSubmatch(sync(""))[1]
		if strings.Contains(sync(before), ".ics") {
			t.Error("nothing has changed, and something is told")
		}
		if r := c.Call("POST", "/cgi-bin/oa/schedule/del", `{"schedule_id":"`+one+`"}`); r.ErrCode != 0 {
			t.Fatal(r.Body)
		}
		if !strings.Contains(sync(before), sch+".ics") {
			t.Error("the program does not hear of the cancelled one")
		}
		if got, body := p.must(200, "GET", path, ""); got == next || strings.Contains(body, "20310210T111500") || !strings.Contains(body, "EXDATE;TZID=Asia/Shanghai:20310210T090000") {
			t.Errorf("cancelled: %s", body)
		}
		p.must(403, "REPORT", "calendars/"+cal+"/", `<sync-collection xmlns="DAV:"><sync-token>https://elsewhere/1</sync-token></sync-collection>`)
		p.must(403, "REPORT", "calendars/"+cal+"/", `<sync-collection xmlns="DAV:"><sync-token>https://qiwei.invalid/sync/999-1</sync-token></sync-collection>`)
		// Only administrators change it, nobody adds to it, and a program deletes it as a member does.
		other := newProgram(t, w, w.Corp, "zhangsan")
		other.must(403, "PUT", path, changed)
		other.must(403, "DELETE", path, "")
		p.must(403, "PUT", "calendars/"+cal+"/new.ics", lines(vevent("new", "DTSTART:20310301T090000Z")))
		p.must(204, "DELETE", path, "")
		if !regexp.MustCompile(sch + `\.ics</d:href><d:status>HTTP/1.1 404`).MatchString(sync(before)) {
			t.Errorf("deleted: %s", sync(before))
		}
		w.Delivered()
		if got := rc.Kinds(); len(got) != 1 || got[0] != "delete_schedule" {
			t.Errorf("the application is told %q", got)
		}
	})
}

// A member sees what is shared: in full, its busy times only, or nothing.
func TestShared(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		at := w.Clock.Now().Unix() + 86400
		cal := made(t, c, "calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030","shares":[{"userid":"zhangsan"},{"userid":"lisi","permission":3}]}}`)
		public := made(t, c, "calendar/add", `{"calendar":{"summary":"公开","color":"#FF3030","is_public":1,"public_range":{"partyids":[2]}}}`)
		for _, one := range []string{cal, public} {
			made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"summary":"评审","location":"三楼"}}`, one, at, at+3600))
		}
		for user, want := range map[string][2]int{"zhangsan": {2, 0}, "lisi": {1, 1}, "wangwu": {0, 0}} {
			p := newProgram(t, w, w.Corp, user)
			_, body := p.must(207, "PROPFIND", "calendars/", "", "Depth", "1")
			var text strings.Builder
			for _, one := range []string{cal, public} {
				if strings.Contains(body, one) {
					_, data := p.must(207, "REPORT", "calendars/"+one+"/", `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>`)
					text.WriteString(data)
				} else {
					p.must(404, "PROPFIND", "calendars/"+one+"/", "")
				}
			}
			if full, busy := strings.Count(text.String(), "SUMMARY:评审"), strings.Count(text.String(), "SUMMARY:忙碌"); full != want[0] || busy != want[1] || strings.Count(text.String(), "三楼") != want[0] {
				t.Errorf("%s sees %d in full and %d busy, want %v: %s", user, full, busy, want, text.String())
			}
		}
		newProgram(t, w, w.Second, "zhangsan").must(404, "PROPFIND", "calendars/"+cal+"/", "")
		var feed struct{ URL string }
		phone(t, w, w.Corp, "zhangsan", "POST", "/phone/api/caldav", `{"name":"订阅","feed":true}`, &feed)
		resp := w.Do(must(http.NewRequest("GET", feed.URL, nil)))
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 || strings.Count(string(text), "SUMMARY:评审") != 2 || strings.Count(string(text), "BEGIN:VTIMEZONE") != 1 || strings.Count(string(text), "BEGIN:VCALENDAR") != 1 {
			t.Errorf("the feed: %d %s", resp.StatusCode, text)
		}
		req := must(http.NewRequest("GET", feed.URL, nil))
		req.Header.Set("If-None-Match", resp.Header.Get("ETag"))
		if again := w.Do(req); again.StatusCode != 304 {
			t.Errorf("unchanged: %d", again.StatusCode)
		}
		for _, path := range []string{strings.TrimSuffix(feed.URL, ".ics"), w.URL + "/caldav/feed/caldav_x.ics"} {
			if wrong := w.Do(must(http.NewRequest("GET", path, nil))); wrong.StatusCode != 404 {
				t.Errorf("%s: %d", path, wrong.StatusCode)
			}
		}
	})
}

// What a program writes and the platform has nothing for is refused, and stores nothing.
func TestRefused(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		day := "DTSTART:20310301T090000Z"
		for what, text := range map[string]string{
			"nothing": "", "no calendar": "hello", "not UTF-8": lines(vevent("a", day, "SUMMARY:\xff")), "a task": lines("BEGIN:VTODO\r\nUID:a\r\nDTSTAMP:20310101T000000Z\r\nEND:VTODO"),
			"no start": lines(vevent("a")), "an end before the start": lines(vevent("a", day, "DTEND:20310301T080000Z")), "two": lines(vevent("a", day), vevent("b", day)), "twice": lines(vevent("a", day), vevent("a", day)),
			"a method": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\n" + vevent("a", day) + "\r\nEND:VCALENDAR\r\n", "no whole": lines(vevent("a", day, "RECURRENCE-ID:20310301T090000Z")),
			"every hour": lines(vevent("a", day, "RRULE:FREQ=HOURLY")), "the second Monday": lines(vevent("a", day, "RRULE:FREQ=MONTHLY;BYDAY=2MO")), "the last day": lines(vevent("a", day, "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1")),
			"by week": lines(vevent("a", day, "RRULE:FREQ=YEARLY;BYWEEKNO=3")), "too often": lines(vevent("a", day, "RRULE:FREQ=DAILY;COUNT=99999999")), "no rule": lines(vevent("a", day, "RRULE:x")), "never": lines(vevent("a", day, "RRULE:FREQ=DAILY;INTERVAL=0")),
			"a list of dates": lines(vevent("a", day, "RDATE:20310302T090000Z")), "before the beginning": lines(vevent("a", "DTSTART:19600301T090000Z")), "a wrong time": lines(vevent("a", "DTSTART:tomorrow")),
		} {
			if status, _, body := p.do("PUT", "calendars/own/a.ics", text); status != 403 {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		p.must(413, "PUT", "calendars/own/a.ics", lines(vevent("a", day, "X-LONG:"+strings.Repeat("x", 600_000))))
		p.must(404, "GET", "calendars/own/a.ics", "")
		p.must(403, "PUT", "calendars/own/", lines(vevent("a", day)))
		// What it can be.
		for what, text := range map[string]string{
			"all day": lines(vevent("b", "DTSTART;VALUE=DATE:20310301")), "floating": lines(vevent("b", "DTSTART:20310301T090000", "DURATION:PT30M")), "workdays": lines(vevent("b", day, "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")),
			"a zone of its own": lines("BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE", vevent("b", "DTSTART;TZID=Mine:20310301T090000")),
			"long":              lines(vevent("b", day, "DESCRIPTION:"+strings.Repeat("字", 5000))), "monthly": lines(vevent("b", day, "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;UNTIL=20320101", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM")),
		} {
			status, tag, body := p.do("PUT", "calendars/own/b.ics", text)
			if status != 201 && status != 204 {
				t.Errorf("%s: %d %s", what, status, body)
			}
			if got, read := p.must(200, "GET", "calendars/own/b.ics", ""); got != tag || read != text {
				t.Errorf("%s is read as %s", what, read)
			}
		}
		if _, body := p.must(207, "PROPPATCH", "calendars/own/", `<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>`); !strings.Contains(body, "<d:displayname/></d:prop><d:status>HTTP/1.1 403") {
			t.Errorf("proppatch: %s", body)
		}
	})
}

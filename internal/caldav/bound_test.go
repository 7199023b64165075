package caldav_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

const query = `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">%s</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`

// A request is answered in proportion to its length: what it repeats is not.
func TestAnswersAreBounded(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		long := lines(vevent("long", "DTSTART:20310107T010000Z", "X-LONG:"+strings.Repeat("y", 400_000)))
		p.must(201, "PUT", "calendars/own/long.ics", long)

		href := "/caldav/" + w.CorpID + "/lisi/calendars/own/long.ics"
		_, text := p.must(207, "REPORT", "calendars/own/", `<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><c:calendar-data/></prop>`+
			"<href>"+href+"</href><href>"+href+"/</href><href>"+strings.Replace(href, "long", "%6cong", 1)+"</href></c:calendar-multiget>")
		if n := strings.Count(text, "<c:calendar-data>"); n != 1 {
			t.Errorf("one object, asked for three times, came %d times", n)
		}

		names := func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "<z:a%d/>", i)
			}
			return b.String()
		}
		space := func(n int) string { return ` xmlns:z="` + strings.Repeat("n", n) + `"` }
		for _, tt := range []struct {
			what, method, body string
			status             int
		}{
			{"256 properties", "PROPFIND", `<propfind xmlns="DAV:"` + space(1) + `><prop>` + names(256) + `</prop></propfind>`, 207},
			{"257 properties", "PROPFIND", `<propfind xmlns="DAV:"` + space(1) + `><prop>` + names(257) + `</prop></propfind>`, 400},
			{"257 to set", "PROPPATCH", `<propertyupdate xmlns="DAV:"` + space(1) + `><set><prop>` + names(257) + `</prop></set></propertyupdate>`, 400},
			{"a namespace of 256 bytes", "PROPFIND", `<propfind xmlns="DAV:"` + space(256) + `><prop><z:a/></prop></propfind>`, 207},
			{"a namespace of 257 bytes", "PROPFIND", `<propfind xmlns="DAV:"` + space(257) + `><prop><z:a/></prop></propfind>`, 400},
			{"a name of 257 bytes", "PROPFIND", `<propfind xmlns="DAV:"><prop><` + strings.Repeat("n", 257) + `/></prop></propfind>`, 400},
			{"64 filters", "REPORT", fmt.Sprintf(query, strings.Repeat(`<c:prop-filter name="UID"/>`, 62)), 207},
			{"65 filters", "REPORT", fmt.Sprintf(query, strings.Repeat(`<c:prop-filter name="UID"/>`, 63)), 400},
		} {
			if status, _, text := p.do(tt.method, "calendars/own/", tt.body); status != tt.status {
				t.Errorf("%s: %d %.200s, want %d", tt.what, status, text, tt.status)
			}
		}
	})
}

// What a program writes is read at once, whatever it holds. Each of these once took the writer for seconds, or
// for ever.
func TestObjectsAreBounded(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		many := func(n int, line string) (out []string) {
			for i := range n {
				out = append(out, fmt.Sprintf(line, i))
			}
			return append(out, "DTSTART:20310107T010000Z")
		}
		rule := func(text string) []string { return []string{"DTSTART:20310107T010000Z", "RRULE:" + text} }
		days := func(n int) []string {
			var at []string
			for i := range n {
				at = append(at, time.Date(2031, 1, 8+i, 1, 0, 0, 0, time.UTC).Format("20060102T150405Z"))
			}
			return append(rule("FREQ=DAILY"), "EXDATE:"+strings.Join(at, ","))
		}
		instead := func(n int) string {
			events := []string{vevent("u", rule("FREQ=DAILY")...)}
			for i := range n {
				at := time.Date(2031, 1, 8+i, 1, 0, 0, 0, time.UTC).Format("20060102T150405Z")
				events = append(events, vevent("u", "RECURRENCE-ID:"+at, "DTSTART:"+at))
			}
			return lines(events...)
		}
		for _, tt := range []struct {
			what   string
			object string
			status int
		}{
			{"an interval that wraps around to nothing", lines(vevent("u", rule("FREQ=DAILY;COUNT=2;INTERVAL=144115188075855872")...)), 403},
			{"an interval of 999", lines(vevent("u", rule("FREQ=DAILY;COUNT=2;INTERVAL=999")...)), 201},
			{"an interval of 1000", lines(vevent("u", rule("FREQ=DAILY;COUNT=2;INTERVAL=1000")...)), 403},
			{"no interval", lines(vevent("u", rule("FREQ=DAILY;COUNT=2;INTERVAL=0")...)), 403},
			{"10000 repetitions", lines(vevent("u", rule("FREQ=DAILY;COUNT=10000")...)), 201},
			{"10001 repetitions", lines(vevent("u", rule("FREQ=DAILY;COUNT=10001")...)), 403},
			{"1000 people", lines(vevent("u", many(1000, "ATTENDEE:mailto:%d@x.example")...)), 201},
			{"1001 people", lines(vevent("u", many(1001, "ATTENDEE:mailto:%d@x.example")...)), 403},
			{"1001 people in two events", lines(vevent("u", append(many(1000, "ATTENDEE:mailto:%d@x.example"), "RRULE:FREQ=DAILY")...),
				vevent("u", "RECURRENCE-ID:20310108T010000Z", "DTSTART:20310108T020000Z", "ATTENDEE:mailto:last@x.example")), 403},
			{"1000 repetitions left out", lines(vevent("u", days(1000)...)), 201},
			{"1001 repetitions left out", lines(vevent("u", days(1001)...)), 403},
			{"51 zones", lines(vevent("u", append(many(51, "EXDATE;TZID=a/b%d:20310107T010000"), "RRULE:FREQ=DAILY")...)), 403},
			{"a long name of a zone", lines(vevent("u", "DTSTART;TZID="+strings.Repeat("a/", 128)+":20310107T010000")), 403},
			{"1001 events", instead(1000), 403},
		} {
			status, _, text := p.do("PUT", "calendars/own/u.ics", tt.object)
			if status != tt.status {
				t.Errorf("%s: %d %.200s, want %d", tt.what, status, text, tt.status)
			}
			if status == 201 {
				p.must(204, "DELETE", "calendars/own/u.ics", "")
			}
		}
	})
}

// A member's own calendar has an end, and what was deleted does not count.
func TestTheCalendarIsFull(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		object := func(i int) (name, text string) {
			return fmt.Sprintf("calendars/own/%d.ics", i), lines(vevent(fmt.Sprint(i), "DTSTART:20310107T010000Z", "X-LONG:"+strings.Repeat("y", 500_000)))
		}
		full := 0
		for status := 201; status == 201; full++ {
			name, text := object(full)
			if status, _, _ = p.do("PUT", name, text); status != 201 && status != 507 || full > 70 {
				t.Fatalf("%s: %d", name, status)
			}
		}
		if full != 68 {
			t.Errorf("it was full after %d objects of half a megabyte, want 68", full)
		}
		name, text := object(0)
		p.must(204, "DELETE", name, "")
		p.must(201, "PUT", name, text)
		p.must(207, "PROPFIND", "calendars/own/", "")
	})
}

package caldav_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// expandQuery asks for the times of a calendar's objects as events of their own.
const expandQuery = `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><c:calendar-data><c:expand start="%s" end="%s"/></c:calendar-data></prop>` +
	`<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>`

// The times of what repeats are written out for a program that asks for it (RFC 4791, 9.6.5): in UTC, each by
// itself, those that were replaced as they are now, and none outside of the span.
func TestExpand(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		p.must(201, "PUT", "calendars/own/u1.ics", lines(
			"BEGIN:VTIMEZONE\r\nTZID:Peking\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE",
			vevent("u1", "DTSTART;TZID=Peking:20310303T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Peking:20310310T090000", "SUMMARY:站会", "X-MINE:kept"),
			vevent("u1", "RECURRENCE-ID;TZID=Peking:20310317T090000", "DTSTART;TZID=Peking:20310318T100000", "DTEND;TZID=Peking:20310318T110000", "SUMMARY:改期")))
		p.must(201, "PUT", "calendars/own/u2.ics", lines(vevent("u2", "DTSTART;VALUE=DATE:20310304", "RRULE:FREQ=DAILY;COUNT=2", "SUMMARY:全天")))
		p.must(201, "PUT", "calendars/own/u3.ics", lines(vevent("u3", "DTSTART:20310305T010000Z", "DTEND:20310305T020000Z", "SUMMARY:一次")))

		line := regexp.MustCompile(`(?m)^(SUMMARY|DTSTART|DTEND|RECURRENCE-ID)([^:]*:.*?)(&#13;)?$`)
		times := func(body string) (all []string) {
			for _, e := range strings.Split(body, "BEGIN:VEVENT")[1:] {
				var one []string
				for _, m := range line.FindAllStringSubmatch(e, -1) {
					one = append(one, m[1]+m[2])
				}
				slices.Sort(one)
				all = append(all, strings.Join(one, " "))
			}
			slices.Sort(all)
			return all
		}
		want := []string{
			"DTEND:20310303T013000Z DTSTART:20310303T010000Z RECURRENCE-ID:20310303T010000Z SUMMARY:站会",
			"DTEND:20310305T020000Z DTSTART:20310305T010000Z SUMMARY:一次",
			"DTEND:20310318T030000Z DTSTART:20310318T020000Z RECURRENCE-ID:20310317T010000Z SUMMARY:改期",
			"DTEND:20310324T013000Z DTSTART:20310324T010000Z RECURRENCE-ID:20310324T010000Z SUMMARY:站会",
			"DTEND;VALUE=DATE:20310305 DTSTART;VALUE=DATE:20310304 RECURRENCE-ID;VALUE=DATE:20310304 SUMMARY:全天",
			"DTEND;VALUE=DATE:20310306 DTSTART;VALUE=DATE:20310305 RECURRENCE-ID;VALUE=DATE:20310305 SUMMARY:全天",
		}
		_, body := p.must(207, "REPORT", "calendars/own/", fmt.Sprintf(expandQuery, "20310301T000000Z", "20310330T000000Z"))
		if got := times(body); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if strings.Contains(body, "RRULE") || strings.Contains(body, "EXDATE") || strings.Contains(body, "VTIMEZONE") || strings.Contains(body, "DURATION") || strings.Count(body, "X-MINE:kept") != 2 {
			t.Errorf("what repeats is left, or what is the program's is lost: %s", body)
		}
		if _, body = p.must(207, "REPORT", "calendars/own/", fmt.Sprintf(expandQuery, "20310320T000000Z", "20310325T000000Z")); len(times(body)) != 1 || strings.Count(body, "<c:calendar-data/>") != 2 {
			t.Errorf("a narrow span: %s", body)
		}
	})
}

// An answer with more times than a program could use is refused, and so is a span without an end.
func TestExpandIsBounded(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		p.must(201, "PUT", "calendars/own/u.ics", lines(vevent("u", "DTSTART:20310107T010000Z", "RRULE:FREQ=DAILY")))
		after := func(d time.Duration) string { // the 10,000th
			return time.Date(2031, 1, 7+10_000, 1, 0, 0, 0, time.UTC).Add(d).Format("20060102T150405Z")
		}
		for _, tt := range []struct {
			what, start, end string
			status           int
		}{
			{"10000 times", "20310101T000000Z", after(0), 207},
			{"10001 times", "20310101T000000Z", after(time.Second), 507},
			{"no end", "20310101T000000Z", "", 400},
			{"an end before the start", "20310101T000000Z", "20301231T000000Z", 400},
			{"no time", "x", "20310101T000000Z", 403},
		} {
			if status, _, text := p.do("REPORT", "calendars/own/", fmt.Sprintf(expandQuery, tt.start, tt.end)); status != tt.status {
				t.Errorf("%s: %d %.300s, want %d", tt.what, status, text, tt.status)
			}
		}
		p.must(204, "DELETE", "calendars/own/u.ics", "")
		p.must(201, "PUT", "calendars/own/u.ics", lines(vevent("u", "DTSTART:20310107T010000Z", "RRULE:FREQ=DAILY", "X-LONG:"+strings.Repeat("y", 500_000))))
		if status, _, text := p.do("REPORT", "calendars/own/", fmt.Sprintf(expandQuery, "20310101T000000Z", "20310601T000000Z")); status != 507 {
			t.Errorf("a long text many times: %d %.300s", status, text)
		}
	})
}

// A program made for WeCom's own server asks for the home of whoever signs in, without a corp or a member.
func TestBareHome(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		p.must(401, "PROPFIND", "/calendar/", "") // of which corp?
		p.user += "@" + w.CorpID
		base := "/caldav/" + w.CorpID + "/lisi/calendars/"
		for depth, want := range map[string][]string{"0": {"/calendar/"}, "1": {"/calendar/", base + "own/", base + "invited/"}} {
			_, body := p.must(207, "PROPFIND", "/calendar/", fmt.Sprintf(prop, "<resourcetype/><displayname/>"), "Depth", depth)
			var got []string
			for _, m := range regexp.MustCompile(`<d:href>([^<]*)</d:href>`).FindAllStringSubmatch(body, -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, want) {
				t.Errorf("depth %s: %q, want %q", depth, got, want)
			}
		}
		p.must(404, "PROPFIND", "/calendar/own/", "")
	})
}

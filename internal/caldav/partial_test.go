package caldav_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// TestPartialData: a report may ask for some properties and components alone, and for those repetitions alone that a
// span of time touches (RFC 4791, 9.6).
func TestPartialData(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProgram(t, w, w.Corp, "lisi")
		zone := "BEGIN:VTIMEZONE\r\nTZID:Peking\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE"
		p.must(201, "PUT", "calendars/own/u1.ics", lines(zone,
			vevent("u1", "DTSTART;TZID=Peking:20310303T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=9", "SUMMARY:站会", "X-MINE;X-P=\"a:b\":"+strings.Repeat("k", 60)+"\r\n "+strings.Repeat("l", 60), "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM"),
			vevent("u1", "RECURRENCE-ID;TZID=Peking:20310317T090000", "DTSTART;TZID=Peking:20310318T100000", "DTEND;TZID=Peking:20310318T110000", "SUMMARY:改期"),
			vevent("u1", "RECURRENCE-ID;TZID=Peking:20310331T090000", "DTSTART;TZID=Peking:20310401T100000", "DTEND;TZID=Peking:20310401T110000", "SUMMARY:再改")))
		ask := func(want int, attrs, data string) string {
			t.Helper()
			_, body := p.must(want, "REPORT", "calendars/own/", `<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><c:calendar-data`+attrs+`>`+data+`</c:calendar-data></prop>`+
				`<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>`)
			return strings.ReplaceAll(body, "&#13;", "")
		}
		whole := ask(207, "", "")
		for _, tt := range []struct{ what, data, has, lacks string }{
			{"everything", `<c:comp name="VCALENDAR"><c:allprop/><c:allcomp/></c:comp>`, "PRODID VTIMEZONE VALARM SUMMARY:站会 X-MINE llll SUMMARY:再改", ""},
			{"a calendar of which nothing is named", `<c:comp name="VCALENDAR"/>`, "PRODID VTIMEZONE VALARM SUMMARY:站会", ""},
			{"what the RFC's example asks for", `<c:comp name="VCALENDAR"><c:prop name="VERSION"/><c:comp name="VEVENT"><c:prop name="summary"/><c:prop name="UID"/><c:prop name="DTSTART"/></c:comp><c:comp name="VTIMEZONE"/></c:comp>`,
				"VERSION:2.0 SUMMARY:站会 UID:u1 DTSTART;TZID=Peking:20310303T090000 BEGIN:STANDARD", "PRODID RRULE VALARM X-MINE llll RECURRENCE-ID DURATION"},
			{"all components and no property of theirs but one", `<c:comp name="VCALENDAR"><c:comp name="VEVENT"><c:prop name="X-MINE"/><c:allcomp/></c:comp></c:comp>`, "X-MINE llll TRIGGER", "VERSION SUMMARY VTIMEZONE"},
			{"a property without its value", `<c:comp name="VCALENDAR"><c:comp name="VEVENT"><c:prop name="X-MINE" novalue="yes"/><c:prop name="SUMMARY" novalue="no"/></c:comp></c:comp>`, "X-MINE;X-P=&quot;a:b&quot;:\nEND:VEVENT SUMMARY:站会", "kkkk llll"},
			{"no component that is there", `<c:comp name="VCALENDAR"><c:prop name="VERSION"/><c:comp name="VTODO"><c:allprop/></c:comp></c:comp>`, "VERSION", "VEVENT VTIMEZONE"},
			{"repetitions of March's first days", `<c:limit-recurrence-set start="20310301T000000Z" end="20310305T000000Z"/>`, "RRULE VTIMEZONE SUMMARY:站会", "改期 再改"},
			{"one that was there before", `<c:limit-recurrence-set start="20310317T000000Z" end="20310317T020000Z"/>`, "RRULE 改期", "再改"},
			{"one that is there now", `<c:limit-recurrence-set start="20310401T020000Z" end="20310401T030000Z"/>`, "RRULE 再改", "改期"},
			{"up to where one begins", `<c:limit-recurrence-set start="20310326T000000Z" end="20310331T010000Z"/>`, "RRULE", "改期 再改"},
			{"from where one ends", `<c:limit-recurrence-set start="20310401T030000Z" end="20310402T000000Z"/>`, "RRULE", "改期 再改"},
			{"both limits", `<c:comp name="VCALENDAR"><c:comp name="VEVENT"><c:prop name="SUMMARY"/></c:comp></c:comp><c:limit-recurrence-set start="20310317T000000Z" end="20310318T000000Z"/>`, "站会 改期", "RRULE 再改"},
			{"times of their own, in part", `<c:comp name="VCALENDAR"><c:comp name="VEVENT"><c:prop name="DTSTART"/></c:comp></c:comp><c:expand start="20310301T000000Z" end="20310305T000000Z"/>`, "DTSTART:20310303T010000Z", "SUMMARY VERSION"},
			{"busy times, of which objects hold none", `<c:limit-freebusy-set start="20310301T000000Z" end="20310305T000000Z"/>`, "RRULE 改期 再改", ""},
		} {
			got := ask(207, "", tt.data)
			for _, want := range strings.Split(tt.has, " ") {
				if !strings.Contains(got, want) {
					t.Errorf("%s: %q is missing in %s", tt.what, want, got)
				}
			}
			for _, none := range strings.Fields(tt.lacks) {
				if strings.Contains(got, none) {
					t.Errorf("%s: %q is there in %s", tt.what, none, got)
				}
			}
			if n := strings.Count(got, "BEGIN:"); n != strings.Count(got, "END:") {
				t.Errorf("%s: %s", tt.what, got)
			}
		}
		if got := ask(207, ` content-type="text/calendar" version="2.0"`, ""); got != whole {
			t.Errorf("by its type: %s", got)
		}
		ask(403, ` content-type="application/calendar+json"`, "")
		ask(403, ` version="1.0"`, "")
		const sp = ` start="20310301T000000Z" end="20310305T000000Z"/>`
		for _, bad := range []string{"<c:limit-recurrence-set/>", `<c:limit-recurrence-set start="20310305T000000Z" end="20310301T000000Z"/>`, `<c:limit-freebusy-set start="20310301T000000Z"/>`, "<c:expand" + sp + "<c:limit-recurrence-set" + sp} {
			ask(400, "", bad)
		}
		for _, bad := range []string{"limit-recurrence-set", "limit-freebusy-set"} {
			ask(403, "", fmt.Sprintf(`<c:%s start="noon" end="20310305T000000Z"/>`, bad))
		}
	})
}

package meetingroom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// phone makes a request of a member's page and returns the status and the answer.
func phone(t *testing.T, w *qiweitest.World, member *http.Client, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+"/phone/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", w.URL)
	resp, err := member.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestNobodyComes: a room is given back in time, unless the booker checks in.
func TestNobodyComes(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		made(t, c, "meetingroom/add", `{"name":"大间","capacity":10}`)
		for minutes, status := range map[int]int{-1: 400, 121: 400, 120: 200} {
			script(t, w, "meetingroom/set", fmt.Sprintf(`{"corpid":%q,"meetingroom_id":1,"release_after":%d}`, w.CorpID, minutes), status)
		}
		lisi := w.Corp.SignIn("lisi")
		at := w.Clock.Now().Unix()
		at += 3600 - at%1800
		book := func(from int64) string {
			t.Helper()
			status, text := phone(t, w, lisi, "POST", "bookings", fmt.Sprintf(`{"meetingroom_id":1,"subject":"周会","start_time":%d,"end_time":%d}`, at+from, at+from+3600))
			var a answer
			if err := json.Unmarshal([]byte(text), &a); err != nil || status != 200 {
				t.Fatalf("book: %d %s", status, text)
			}
			return a.Booking
		}
		first, second, third := book(0), book(3600), book(7200)
		// Bookings that have not begun follow the room's setting.
		script(t, w, "meetingroom/set", fmt.Sprintf(`{"corpid":%q,"meetingroom_id":1,"release_after":10}`, w.CorpID), 200)
		due := func() {
			t.Helper()
			if err := w.Server.MeetingRooms.ReleaseDue(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		until := func(from int64) { w.Advance(time.Duration(at+from-w.Clock.Now().Unix()) * time.Second) }
		shown := func(want string) {
			t.Helper()
			if _, text := phone(t, w, lisi, "GET", "bookings", ""); !strings.Contains(text, want) {
				t.Errorf("%s, want %s", text, want)
			}
		}
		shown(`"series_id":"","room":"大间","place":"大间","subject":"周会"`)
		until(599)
		due()
		shown(first)
		shown(fmt.Sprintf(`"release_at":%d,"steps":["checkin","release"]`, at+600))
		w.Events()
		until(600)
		due()
		if _, text := phone(t, w, lisi, "GET", "bookings", ""); strings.Contains(text, first) || !strings.Contains(text, second) {
			t.Errorf("after ten minutes: %s", text)
		}
		if events := w.Events(); len(events) != 1 || events[0] != "cancel_meeting_room" {
			t.Errorf("told %q", events)
		}
		book(0) // the room is free again
		until(3600 - 899)
		if status, text := phone(t, w, lisi, "POST", "bookings/"+second+"/checkin", "{}"); status != 200 {
			t.Fatal(status, text)
		}
		for who, want := range map[string]int{"zhangsan": 400, "wangwu": 400} {
			if status, text := phone(t, w, w.Corp.SignIn(who), "POST", "bookings/"+third+"/checkin", "{}"); status != want {
				t.Errorf("%s checks in for another: %d %s", who, status, text)
			}
		}
		if status, _ := phone(t, w, w.Second.SignIn("lisi"), "POST", "bookings/"+third+"/cancel", "{}"); status != 400 {
			t.Errorf("the other enterprise cancels: %d", status)
		}
		if status, _ := phone(t, w, lisi, "POST", "bookings/"+third+"/sell", "{}"); status != 404 {
			t.Errorf("an unknown step: %d", status)
		}
		until(3600 + 1200)
		due()
		shown(second)
		if status, text := phone(t, w, lisi, "POST", "bookings/"+second+"/release", "{}"); status != 200 {
			t.Fatal(status, text)
		}
		shown(fmt.Sprintf(`"end_time":%d`, at+3600+1800))
		if status, text := phone(t, w, lisi, "POST", "bookings/"+third+"/cancel", "{}"); status != 200 {
			t.Fatal(status, text)
		}
		if r := w.As(access.MeetingRoom).Call("POST", "/cgi-bin/oa/meetingroom/get_booking_info", `{"meetingroom_id":1}`); strings.Contains(r.Body, third) {
			t.Errorf("cancelled, and still there: %s", r.Body)
		}
	})
}

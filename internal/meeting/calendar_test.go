package meeting_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestScheduleIsMoved: a member moves and cancels the schedule of a meeting, which follows and is told of; while it is
// held, the schedule stays.
func TestScheduleIsMoved(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		e := listen(t, w, c)
		start := w.Clock.Now().Unix() + 3600
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]}`)
		sch := attended(t, w, "zhangsan", start, start+1800)[0].ID
		as := func(name, more string, want int) {
			t.Helper()
			status, text := w.Script("schedule/"+name, fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","schedule_id":%q%s}`, w.CorpID, sch, more))
			if status != want {
				t.Fatalf("schedule/%s: %d %s, want %d", name, status, text, want)
			}
		}
		as("modify", fmt.Sprintf(`,"summary":"改期","start_time":%d,"end_time":%d`, start+600, start+2400), 200)
		shows(t, "moved", info(t, c, meetingID), map[string]any{"title": "改期", "meeting_start": float64(start + 600), "status": 1})
		e.heard("moved", "modify_meeting zhangsan")
		script(t, w, "join", meetingID, `,"userid":"zhangsan"`)
		if _, text := w.Script("schedule/modify", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","schedule_id":%q,"summary":"改期","start_time":%d,"end_time":%d}`, w.CorpID, sch, start, start+1800)); !strings.Contains(text, "meeting of the schedule is running") {
			t.Errorf("moved while it is held: %s", text)
		}
		script(t, w, "leave", meetingID, `,"userid":"zhangsan"`)
		if _, text := w.Script("schedule/delete", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","schedule_id":%q}`, w.CorpID, sch)); !strings.Contains(text, "meeting of the schedule is over") {
			t.Errorf("deleted after it was held: %s", text)
		}
		e.heard("held", "meeting_start zhangsan", "start_meeting zhangsan", "join_meeting zhangsan", "quit_meeting zhangsan", "meeting_end zhangsan")

		second := reserve(t, w, c, "")
		sch = ""
		for _, s := range attended(t, w, "zhangsan", start-60, start+86400) {
			if s.Summary == "周会" {
				sch = s.ID
			}
		}
		as("delete", "", 200)
		shows(t, "cancelled with its schedule", info(t, c, second), map[string]any{"status": 4})
		e.heard("cancelled", "cancel_meeting zhangsan")
		e.same("changed.txt")
	})
}

// TestRoomsAndReminders: a room is booked for a meeting and follows it, members are told of the meeting and reminded of
// it by the clock.
func TestRoomsAndReminders(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Meeting)
		w.As(access.Calendar)
		c, other := listed(w.Corp), listed(w.Corp)
		start := w.Clock.Now().Unix()/1800*1800 + 7200
		made := call(t, c, "create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"评审","meeting_start":%d,"meeting_duration":1800,"invitees":{"userid":["lisi"]},"reminders":{"is_repeat":1,"repeat_type":0,"repeat_until_type":1,"repeat_until_count":2,"remind_before":[900]}}`, start), 0)
		meetingID := made.Text("meetingid")
		said := func(user, words string) int { t.Helper(); return messages(t, w, user, words) }
		if n := said("lisi", "会议邀请"); n != 1 {
			t.Errorf("lisi was invited by %d messages", n)
		}
		roomID := call(t, c, "oa/meetingroom/add", `{"name":"大厅","capacity":8}`, 0).Int("meetingroom_id")
		book := func(by *qiweitest.Client, meetingID string, code int) qiweitest.JSON {
			t.Helper()
			return call(t, by, "oa/meetingroom/book_by_meeting", fmt.Sprintf(`{"meetingroom_id":%d,"meetingid":%q,"booker":"zhangsan"}`, roomID, meetingID), code)
		}
		book(other, meetingID, 90602)
		book(c, "hy0", 90602)
		booked := book(c, meetingID, 0)
		if !strings.HasPrefix(booked.Text("booking_id"), "rb") || len(booked.List("conflict_date")) != 0 {
			t.Errorf("booked: %v", booked)
		}
		book(c, meetingID, 90498)
		taken := func() int {
			t.Helper()
			day := start + 86400
			return len(call(t, c, "oa/meetingroom/get_booking_info", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d}`, roomID, day, day+1800), 0).List("booking_list.0.schedule"))
		}
		if taken() != 1 {
			t.Error("the room is not taken on the second day")
		}
		call(t, c, "update", fmt.Sprintf(`{"meetingid":%q,"meeting_start":%d,"meeting_duration":1800}`, meetingID, start+3600), 90700)
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"再评审"}`, 0)
		if n := said("lisi", "会议有变更"); n != 1 {
			t.Errorf("lisi was told %d times of the change", n)
		}
		w.Advance(time.Unix(start-901, 0).Sub(w.Clock.Now()))
		w.Scripted("calendar/remind", `{}`, nil)
		if n := said("lisi", "日程提醒"); n != 0 {
			t.Errorf("reminded %d times too early", n)
		}
		w.Advance(time.Second)
		w.Scripted("calendar/remind", `{}`, nil)
		w.Scripted("calendar/remind", `{}`, nil)
		if n := said("lisi", "日程提醒"); n != 1 {
			t.Errorf("reminded %d times", n)
		}
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 0)
		if taken() != 0 {
			t.Error("the room is taken for what is cancelled")
		}
		if n := said("lisi", "会议已取消"); n != 1 {
			t.Errorf("lisi was told %d times of the end", n)
		}
		book(c, meetingID, 400041)
	})
}

// TestOtherCalendar moves a meeting into a calendar of its application.
func TestOtherCalendar(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		start := w.Clock.Now().Unix() + 3600
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]}`)
		calID := call(t, c, "oa/calendar/add", `{"calendar":{"summary":"会议","color":"#0000FF","shares":[{"userid":"lisi"}]}}`, 0).Text("cal_id")
		call(t, c, "update", `{"meetingid":"`+meetingID+`","cal_id":"`+calID+`"}`, 0)
		shows(t, "moved", info(t, c, meetingID), map[string]any{"cal_id": calID, "status": 1, "meeting_start": float64(start)})
		list := call(t, c, "oa/schedule/get_by_calendar", `{"cal_id":"`+calID+`"}`, 0)
		shows(t, "in the calendar", list, map[string]any{"schedule_list.0.summary": "周会", "schedule_list.1": nil})
		if n := len(attended(t, w, "zhangsan", start, start+60)); n != 1 {
			t.Errorf("zhangsan has %d schedules", n)
		}
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 0)
		if n := len(attended(t, w, "zhangsan", start, start+60)); n != 0 {
			t.Errorf("zhangsan has %d schedules of what is cancelled", n)
		}
	})
}

// messages counts those with the words in a member's phone.
func messages(t *testing.T, w *qiweitest.World, user, words string) (n int) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		count, err := tx.Count(`SELECT count(*) FROM message m JOIN message_copy i ON i.message = m.no JOIN member u ON u.no = i.member WHERE u.corpid = ? AND u.userkey = ? AND m.body LIKE ?`, w.CorpID, user, "%"+words+"%")
		n = int(count)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestList asks for a member's meetings in pages and by time.
func TestList(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		var want []string
		for range 5 {
			want = append(want, reserve(t, w, c, `,"invitees":{"userid":["lisi"]}`))
		}
		reserve(t, w, listed(w.Corp), `,"invitees":{"userid":["lisi"]}`)
		reserve(t, w, c, "")
		var got []any
		cursor := "0"
		for range 3 {
			page := call(t, c, "get_user_meetingid", `{"userid":"LiSi","limit":2,"cursor":"`+cursor+`"}`, 0)
			got, cursor = append(got, page.List("meetingid_list")...), page.Text("next_cursor")
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || cursor != "" {
			t.Errorf("%v, then %q; want %v", got, cursor, want)
		}
		first := call(t, c, "get_user_meetingid", `{"userid":"lisi","limit":2}`, 0).Text("next_cursor")
		call(t, c, "get_user_meetingid", `{"userid":"zhangsan","cursor":"`+first+`"}`, 50100)
		call(t, listed(w.Corp), "get_user_meetingid", `{"userid":"lisi","cursor":"`+first+`"}`, 50100)
		now := w.Clock.Now().Unix()
		between := func(from, to int64) int {
			t.Helper()
			return len(call(t, c, "get_user_meetingid", fmt.Sprintf(`{"userid":"lisi","begin_time":%d,"end_time":%d}`, from, to), 0).List("meetingid_list"))
		}
		if n := between(now-86400, now); n != 5 {
			t.Errorf("%d of those to come", n)
		}
		w.Advance(48 * time.Hour)
		if n := between(now+86400, now+90000); n != 0 {
			t.Errorf("%d that were over before", n)
		}
		if n := between(now-86400, now+60); n != 0 {
			t.Errorf("%d that began afterwards and are over", n)
		}
		if n := between(now-86400, now+3600); n != 5 {
			t.Errorf("%d of the past", n)
		}
	})
}

// TestAdministrator: the administrator moves and cancels what an application has made, of which it is told; others may
// not.
func TestAdministrator(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		e := listen(t, w, c)
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]},"settings":{"hosts":{"userid":["lisi"]}}`)
		start := w.Clock.Now().Unix() + 7200
		if text := refused(t, w, "move", meetingID, fmt.Sprintf(`,"userid":"lisi","meeting_start":%d,"meeting_duration":600`, start)); !strings.Contains(text, "another administrator") {
			t.Error(text)
		}
		if text := refused(t, w, "cancel", meetingID, `,"userid":"wangwu"`); !strings.Contains(text, "400308") {
			t.Error(text)
		}
		if text := refused(t, w, "move", meetingID, fmt.Sprintf(`,"userid":"zhangsan","meeting_start":%d,"meeting_duration":-600`, start)); !strings.Contains(text, "400035") {
			t.Error(text)
		}
		script(t, w, "move", meetingID, fmt.Sprintf(`,"userid":"zhangsan","meeting_start":%d,"meeting_duration":600`, start))
		e.heard("moved", "modify_meeting zhangsan")
		if list := attended(t, w, "lisi", start-60, start+60); len(list) != 1 || list[0].Start != start || list[0].End != start+600 {
			t.Errorf("lisi has %v", list)
		}
		script(t, w, "cancel", meetingID, `,"userid":"zhangsan"`)
		e.heard("cancelled", "cancel_meeting zhangsan")
		refused(t, w, "cancel", meetingID, `,"userid":"zhangsan"`)
		e.heard("cancelled again")
	})
}

// TestExpired: to a meeting nobody comes, and its time goes by.
func TestExpired(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		e := listen(t, w, c)
		meetingID := reserve(t, w, c, "")
		w.Advance(90*time.Minute - time.Second)
		shows(t, "a second before its end", info(t, c, meetingID), map[string]any{"status": 1})
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"新"}`, 400222) // it has begun, so that another time must be given
		call(t, c, "update", fmt.Sprintf(`{"meetingid":%q,"title":"新","meeting_start":%d,"meeting_duration":300}`, meetingID, w.Clock.Now().Unix()+1), 0)
		w.Advance(301 * time.Second)
		shows(t, "over", info(t, c, meetingID), map[string]any{"status": 5, "title": "新", "attendees.member.0.status": 2})
		for _, name := range []string{"join", "end"} {
			refused(t, w, name, meetingID, `,"userid":"zhangsan"`)
		}
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"又"}`, 400221)
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 400224)
		e.heard("nobody came")
	})
}

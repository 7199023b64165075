package meetingroom_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// A booking takes the room, makes a schedule, and is cancelled with it or without (doc 93620).
func TestBookings(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		room := made(t, c, "meetingroom/add", `{"name":"大间","capacity":10,"range":{"department_list":[2]}}`).RoomID
		made(t, c, "meetingroom/add", `{"name":"小间","capacity":2}`)
		at := w.Clock.Now().Unix() + 3600
		book := fmt.Sprintf(`{"meetingroom_id":%d,"subject":"周会","start_time":%d,"end_time":%d,"booker":"ZhangSan","attendees":["lisi","wangwu"]}`, room, at, at+3600)
		a := made(t, c, "meetingroom/book", book)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+a.Schedule+`"]}`, 0); !strings.Contains(got.Body, `"summary":"周会"`) || !strings.Contains(got.Body, `"location":"大间"`) ||
			!strings.Contains(got.Body, `"attendees":[{"userid":"zhangsan","response_status":2},{"userid":"lisi","response_status":0},{"userid":"wangwu","response_status":0}]`) {
			t.Errorf("the schedule: %s", got.Body)
		}
		info := fmt.Sprintf(`{"booking_id":%q,"schedule_id":%q,"start_time":%d,"end_time":%d,"booker":"zhangsan","status":0}`, a.Booking, a.Schedule, at, at+3600)
		for body, want := range map[string]string{
			`{}`:                   `{"meetingroom_id":1,"schedule":[` + info + `]},{"meetingroom_id":2,"schedule":[]}`,
			`{"meetingroom_id":2}`: `{"meetingroom_id":2,"schedule":[]}`,
			fmt.Sprintf(`{"meetingroom_id":1,"start_time":%d,"end_time":%d}`, at+3599, at+4000): `{"meetingroom_id":1,"schedule":[` + info + `]}`,
			fmt.Sprintf(`{"meetingroom_id":1,"start_time":%d,"end_time":%d}`, at+3600, at+4000): `{"meetingroom_id":1,"schedule":[]}`,
			fmt.Sprintf(`{"meetingroom_id":1,"start_time":%d,"end_time":%d}`, at-60, at):        `{"meetingroom_id":1,"schedule":[]}`,
		} {
			if got := call(t, c, "meetingroom/get_booking_info", body, 0); got.Body != `{"errcode":0,"errmsg":"ok","booking_list":[`+want+`]}` {
				t.Errorf("%s: %s, want %s", body, got.Body, want)
			}
		}
		for body, code := range map[string]int{
			fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, at, at+86400): 40058, `{"meetingroom_id":9}`: 40058, `{"floor":"1"}`: 40058,
			fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, at, at): 40058,
		} {
			call(t, c, "meetingroom/get_booking_info", body, code)
		}
		for what, tt := range map[string]struct {
			from, to int64
			booker   string
			code     int
		}{
			"the same": {0, 3600, "lisi", 45035}, "its end": {1800, 5400, "lisi", 45035}, "within": {1800, 3600, "lisi", 45035}, "around": {-1800, 7200, "lisi", 45035},
			"before": {-1800, 0, "lisi", 0}, "after": {3600, 5400, "lisi", 0}, "who may not": {7200, 9000, "wangwu", 60030}, "who is not": {7200, 9000, "nobody", 60111},
		} {
			if r := c.Call("POST", "/cgi-bin/oa/meetingroom/book", fmt.Sprintf(`{"meetingroom_id":1,"start_time":%d,"end_time":%d,"booker":%q}`, at+tt.from, at+tt.to, tt.booker)); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, r.Body, tt.code)
			}
		}
		call(t, c, "schedule/update", fmt.Sprintf(`{"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d}}`, a.Schedule, at, at+1800), 90700)
		call(t, c, "schedule/update", fmt.Sprintf(`{"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d,"summary":"只改名"}}`, a.Schedule, at, at+3600), 0)
		other, twin := listed(w.Corp), listed(w.Second)
		cancel := `{"booking_id":"` + a.Booking + `","keep_schedule":1}`
		call(t, other, "meetingroom/cancel_book", cancel, 90499)
		call(t, w.As(access.MeetingRoom), "meetingroom/cancel_book", cancel, 90499)
		call(t, twin, "meetingroom/cancel_book", cancel, 40058)
		made(t, twin, "meetingroom/add", `{"name":"乙","capacity":2}`)
		call(t, twin, "meetingroom/bookinfo/get", `{"meetingroom_id":1,"booking_id":"`+a.Booking+`"}`, 40058)
		call(t, c, "meetingroom/bookinfo/get", `{"meetingroom_id":2,"booking_id":"`+a.Booking+`"}`, 40058)
		call(t, c, "meetingroom/cancel_book", cancel, 0)
		call(t, c, "meetingroom/cancel_book", cancel, 40058)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+a.Schedule+`"]}`, 0); !strings.Contains(got.Body, `"status":0`) {
			t.Errorf("kept: %s", got.Body)
		}
		if got := call(t, c, "meetingroom/bookinfo/get", `{"meetingroom_id":1,"booking_id":"`+a.Booking+`"}`, 0); !strings.Contains(got.Body, `"status":1`) {
			t.Errorf("cancelled: %s", got.Body)
		}
		a = made(t, c, "meetingroom/book", book)
		call(t, c, "meetingroom/cancel_book", `{"booking_id":"`+a.Booking+`"}`, 0)
		if got := call(t, c, "schedule/get", `{"schedule_id_list":["`+a.Schedule+`"]}`, 0); !strings.Contains(got.Body, `"status":1`) {
			t.Errorf("not kept: %s", got.Body)
		}
		a = made(t, c, "meetingroom/book", book)
		call(t, c, "schedule/del", `{"schedule_id":"`+a.Schedule+`"}`, 0)
		a = made(t, c, "meetingroom/book", book) // the room is free with the schedule
		call(t, c, "meetingroom/del", `{"meetingroom_id":1}`, 0)
		call(t, c, "schedule/update", fmt.Sprintf(`{"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d}}`, a.Schedule, at, at+1800), 0)
	})
}

// A schedule that repeats books each of its days on which the room is free (doc 93620).
func TestSeries(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		room := made(t, c, "meetingroom/add", `{"name":"大间","capacity":10}`).RoomID
		at := w.Clock.Now().Unix() + 86400
		day := func(n int64) int64 { return at + n*86400 }
		taken := made(t, c, "meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, day(2), day(2)+1800))
		plan := func(more string) string {
			return made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"start_time":%d,"end_time":%d,"attendees":[{"userid":"lisi"}],"reminders":{"is_repeat":1,"repeat_type":0%s}}}`, at, at+1800, more)).Schedule
		}
		sch := plan("")
		by := func(sch string) string {
			return fmt.Sprintf(`{"meetingroom_id":%d,"schedule_id":%q,"booker":"zhangsan"}`, room, sch)
		}
		a := made(t, c, "meetingroom/book_by_schedule", by(sch))
		if midnight := day(2) - 17*3600; !slices.Equal(a.Conflicts, []int64{midnight}) {
			t.Errorf("conflicts %v, want %d", a.Conflicts, midnight)
		}
		call(t, c, "meetingroom/book_by_schedule", by(sch), 90498)
		if r := call(t, c, "meetingroom/book_by_schedule", by(plan(fmt.Sprintf(`,"repeat_until":%d`, day(3)))), 45035); !strings.Contains(r.Body, `"conflict_date":[`) {
			t.Errorf("all of it taken: %s", r.Body)
		}
		bookings := func(n int64) string {
			return call(t, c, "meetingroom/get_booking_info", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d}`, room, day(n), day(n)+1800), 0).Body
		}
		for _, n := range []int64{0, 1, 3, 300} {
			if got := bookings(n); !strings.Contains(got, sch) || strings.Contains(got, a.Booking) {
				t.Errorf("day %d: %s", n, got)
			}
		}
		if got := bookings(2); !strings.Contains(got, taken.Booking) {
			t.Errorf("the taken day: %s", got)
		}
		var info struct {
			List []struct{ Schedule []struct{ Booking_id string } } `json:"booking_list"`
		}
		call(t, c, "meetingroom/get_booking_info", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d}`, room, day(3), day(3)+60), 0).Decode(&info)
		if got := call(t, c, "meetingroom/bookinfo/get", fmt.Sprintf(`{"meetingroom_id":%d,"booking_id":%q}`, room, info.List[0].Schedule[0].Booking_id), 0); !strings.Contains(got.Body, `"master_booking_id":"`+a.Booking+`"`) {
			t.Errorf("one of them: %s", got.Body)
		}
		if got := call(t, c, "meetingroom/bookinfo/get", fmt.Sprintf(`{"meetingroom_id":%d,"booking_id":%q}`, room, a.Booking), 0); strings.Contains(got.Body, "master") || !strings.Contains(got.Body, fmt.Sprint(at)) {
			t.Errorf("all of them: %s", got.Body)
		}
		// Later days are booked as time passes.
		if got := bookings(500); strings.Contains(got, sch) {
			t.Errorf("day 500 already: %s", got)
		}
		w.Advance(200 * 24 * time.Hour)
		script(t, w, "meetingroom/extend", `{}`, 200)
		script(t, w, "meetingroom/extend", `{}`, 200)
		if got := bookings(500); strings.Count(got, sch) != 1 {
			t.Errorf("day 500, 200 days later: %s", got)
		}
		call(t, c, "meetingroom/cancel_book", fmt.Sprintf(`{"booking_id":%q,"cancel_date":%d}`, a.Booking, day(301)-17*3600), 0)
		call(t, c, "meetingroom/cancel_book", fmt.Sprintf(`{"booking_id":%q,"cancel_date":%d}`, a.Booking, day(301)-17*3600), 40058)
		if got := bookings(301); strings.Contains(got, sch) {
			t.Errorf("one day of it: %s", got)
		}
		if got := bookings(302); !strings.Contains(got, sch) {
			t.Errorf("the day after: %s", got)
		}
		call(t, c, "meetingroom/cancel_book", `{"booking_id":"`+a.Booking+`"}`, 0)
		if got := bookings(302); strings.Contains(got, sch) {
			t.Errorf("all of it: %s", got)
		}
		call(t, c, "schedule/update", fmt.Sprintf(`{"skip_attendees":1,"schedule":{"schedule_id":%q,"start_time":%d,"end_time":%d,"reminders":{"is_repeat":1}}}`, sch, day(400), day(400)+60), 0)
		for body, code := range map[string]int{
			`{"meetingroom_id":1,"schedule_id":"x","booker":"lisi"}`:           90461,
			`{"meetingroom_id":9,"schedule_id":"` + sch + `","booker":"lisi"}`: 40058,
			`{"meetingroom_id":1,"schedule_id":"` + sch + `"}`:                 41009,
		} {
			call(t, c, "meetingroom/book_by_schedule", body, code)
		}
		call(t, listed(w.Corp), "meetingroom/book_by_schedule", by(sch), 90466)
	})
}

// Whatever many bookers try at once, no two of them get the same time of a room, and who is refused is refused
// for a reason.
func TestNoDoubleBooking(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		room := made(t, c, "meetingroom/add", `{"name":"大间","capacity":10}`).RoomID
		c.Token()
		at := w.Clock.Now().Unix() + 86400 - 9*3600 - 8*3600 + 86400 // a midnight of China
		type span struct{ start, end int64 }
		var mu sync.Mutex
		var won, lost []span
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(uint64(n), 7))
				for range 125 {
					s := span{start: at + r.Int64N(47)*1800}
					s.end = min(s.start+(1+r.Int64N(4))*1800, at+86400)
					got := c.Call("POST", "/cgi-bin/oa/meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, s.start, s.end))
					mu.Lock()
					switch got.ErrCode {
					case 0:
						won = append(won, s)
					case 45035:
						lost = append(lost, s)
					default:
						t.Errorf("%s", got.Body)
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		slices.SortFunc(won, func(a, b span) int { return int(a.start - b.start) })
		for i := range won[1:] {
			if won[i].end > won[i+1].start {
				t.Errorf("twice: %v and %v", won[i], won[i+1])
			}
		}
		for _, l := range lost {
			if !slices.ContainsFunc(won, func(s span) bool { return s.start < l.end && s.end > l.start }) {
				t.Errorf("%v was refused, and nobody has it", l)
			}
		}
		if len(won)+len(lost) != 1000 || len(won) < 12 {
			t.Errorf("%d won, %d lost", len(won), len(lost))
		}
		var info struct {
			List []struct{ Schedule []struct{} } `json:"booking_list"`
		}
		call(t, c, "meetingroom/get_booking_info", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d}`, room, at, at+86400), 0).Decode(&info)
		if len(info.List[0].Schedule) != len(won) {
			t.Errorf("%d are booked, %d were told so", len(info.List[0].Schedule), len(won))
		}
	})
}

// What members do with rooms, the applications are told (doc 95333).
func TestMembersBook(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, system := listed(w.Corp), w.As(access.MeetingRoom)
		rc, own := w.Receiver(system), w.Receiver(c)
		other, twin := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})), w.Receiver(w.Second.As(access.MeetingRoom))
		room := made(t, c, "meetingroom/add", `{"name":"大间","capacity":10}`).RoomID
		at := w.Clock.Now().Unix() + 3600
		var pushes []string
		told := func(want ...string) {
			t.Helper()
			w.Delivered()
			var got []string
			for _, push := range rc.Take() {
				got = append(got, push.Kind()+" "+push.Field("FromUserName"))
				pushes = append(pushes, push.XML())
			}
			if !slices.Equal(got, want) || len(own.Take()) != len(want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		book := func(start int64) string {
			return as(w, "lisi", fmt.Sprintf(`{"meetingroom_id":%d,"subject":"面试","start_time":%d,"end_time":%d,"attendees":["zhangsan"]}`, room, start, start+3600))
		}
		id := func(text string) string { return strings.Split(text, `"`)[3] }
		booking := id(script(t, w, "meetingroom/book", book(at), 200))
		told("book_meeting_room lisi")
		script(t, w, "meetingroom/book", book(at), 400)
		script(t, w, "meetingroom/cancel", as(w, "zhangsan", `{"booking_id":"`+booking+`"}`), 400)
		script(t, w, "meetingroom/checkin", as(w, "lisi", `{"booking_id":"`+booking+`"}`), 400)
		told()
		w.Advance(75 * time.Minute)
		script(t, w, "meetingroom/checkin", as(w, "lisi", `{"booking_id":"`+booking+`"}`), 200)
		script(t, w, "meetingroom/release", as(w, "zhangsan", `{"booking_id":"`+booking+`"}`), 400)
		script(t, w, "meetingroom/release", as(w, "lisi", `{"booking_id":"`+booking+`"}`), 200)
		if got := call(t, c, "meetingroom/bookinfo/get", fmt.Sprintf(`{"meetingroom_id":%d,"booking_id":%q}`, room, booking), 0); !strings.Contains(got.Body, fmt.Sprintf(`"end_time":%d`, at+1800)) {
			t.Errorf("released: %s", got.Body)
		}
		booking = id(script(t, w, "meetingroom/book", book(at+7200), 200))
		told("book_meeting_room lisi")
		script(t, w, "meetingroom/cancel", as(w, "lisi", `{"booking_id":"`+booking+`"}`), 200)
		told("cancel_meeting_room lisi")
		// A member who moves the schedule of a booking moves the room, if it is free then (doc 95333).
		a := made(t, c, "meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, at+7200, at+10800))
		told()
		script(t, w, "schedule/modify", as(w, "lisi", fmt.Sprintf(`{"schedule_id":%q,"start_time":%d,"end_time":%d}`, a.Schedule, at+14400, at+18000)), 200)
		w.Delivered()
		if got := rc.Kinds(); !slices.Equal(got, []string{"cancel_meeting_room", "book_meeting_room"}) {
			t.Errorf("moved: %q", got)
		}
		if got := own.Kinds(); len(got) != 3 || !slices.Contains(got, "modify_schedule") {
			t.Errorf("the application that booked is told: %q", got)
		}
		script(t, w, "meetingroom/set", fmt.Sprintf(`{"corpid":%q,"meetingroom_id":%d,"need_approval":true}`, w.CorpID, room), 200)
		call(t, c, "meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, at+21600, at+25200), 40058)
		asked := id(script(t, w, "meetingroom/book", book(at+21600), 200))
		status := func(want int) {
			t.Helper()
			if got := call(t, c, "meetingroom/bookinfo/get", fmt.Sprintf(`{"meetingroom_id":%d,"booking_id":%q}`, room, asked), 0); !strings.Contains(got.Body, fmt.Sprintf(`"status":%d`, want)) {
				t.Errorf("status: %s, want %d", got.Body, want)
			}
		}
		status(2)
		for _, to := range []int{3, 0} {
			script(t, w, "meetingroom/decide", as(w, "zhangsan", fmt.Sprintf(`{"booking_id":%q,"status":%d}`, asked, to)), 200)
			status(to)
		}
		script(t, w, "meetingroom/decide", as(w, "zhangsan", `{"booking_id":"`+asked+`","status":1}`), 400)
		script(t, w, "meetingroom/set", fmt.Sprintf(`{"corpid":%q,"meetingroom_id":%d,"need_approval":false,"disabled":true}`, w.CorpID, room), 200)
		call(t, c, "meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, at+86400, at+90000), 90711)
		w.Delivered()
		if n := len(other.Take()) + len(twin.Take()); n != 0 {
			t.Errorf("others are told %d times", n)
		}
		if w.Server.Store.Database() == "SQLite" {
			text := strings.Join(pushes, "\n") + "\n"
			for _, p := range pushes {
				i := strings.Index(p, "<BookingId>")
				text = strings.ReplaceAll(text, p[i:i+len("<BookingId><![CDATA[bk0123456789abcdef0123AAA")], "<BookingId><![CDATA[BOOKING")
			}
			text = strings.ReplaceAll(text, w.CorpID, "wwCORP")
			qiweitest.Golden(t, "push/told.txt", text)
		}
	})
}

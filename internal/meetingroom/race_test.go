package meetingroom_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestMeetingAgainstHand: a meeting, a schedule and a member by hand want the same time of a room at once. One of them
// has it, and the others are told that it is taken.
func TestMeetingAgainstHand(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "预定", Range: access.Everything(), Callable: []access.Kind{access.MeetingRoom, access.Calendar, access.Meeting}})
		room := made(t, c, "meetingroom/add", `{"name":"大间","capacity":10}`).RoomID
		from := w.Clock.Now().Unix() + 3600
		for round := range int64(8) {
			at := from + round*3600
			var meet struct {
				ID string `json:"meetingid"`
			}
			r := c.Call("POST", "/cgi-bin/meeting/create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"周会","meeting_start":%d,"meeting_duration":1800}`, at))
			if r.Decode(&meet); r.ErrCode != 0 || meet.ID == "" {
				t.Fatal(r.Body)
			}
			sch := made(t, c, "schedule/add", fmt.Sprintf(`{"schedule":{"start_time":%d,"end_time":%d,"summary":"例会"}}`, at, at+1800)).Schedule
			wishes := map[string]string{
				"book_by_meeting":  fmt.Sprintf(`{"meetingroom_id":%d,"meetingid":%q,"booker":"zhangsan"}`, room, meet.ID),
				"book_by_schedule": fmt.Sprintf(`{"meetingroom_id":%d,"schedule_id":%q,"booker":"lisi"}`, room, sch),
				"book":             fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"wangwu"}`, room, at, at+1800),
			}
			codes := make(chan int, len(wishes))
			var all sync.WaitGroup
			for path, body := range wishes {
				all.Go(func() { codes <- c.Call("POST", "/cgi-bin/oa/meetingroom/"+path, body).ErrCode })
			}
			all.Wait()
			got := []int{<-codes, <-codes, <-codes}
			if slices.Sort(got); !slices.Equal(got, []int{0, 45035, 45035}) {
				t.Errorf("round %d: %v", round, got)
			}
			var info struct {
				List []struct{ Schedule []struct{} } `json:"booking_list"`
			}
			call(t, c, "meetingroom/get_booking_info", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d}`, room, at, at+1800), 0).Decode(&info)
			if n := len(info.List[0].Schedule); n != 1 {
				t.Errorf("round %d: %d bookings", round, n)
			}
		}
	})
}

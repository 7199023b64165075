package calendar_test

import (
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// BenchmarkGetByCalendar reads a calendar of a thousand schedules.
func BenchmarkGetByCalendar(b *testing.B) {
	w := qiweitest.New(b)
	c := w.As(access.Calendar)
	call := func(path, body string) qiweitest.Result {
		r := c.Call("POST", "/cgi-bin/oa/"+path, body)
		if r.ErrCode != 0 {
			b.Fatal(r.Body)
		}
		return r
	}
	var cal struct {
		ID string `json:"cal_id"`
	}
	call("calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030"}}`).Decode(&cal)
	for i := range 1000 {
		call("schedule/add", fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"summary":"周会","attendees":[{"userid":"zhangsan"},{"userid":"lisi"}],"reminders":{"is_repeat":1,"repeat_type":1}}}`, cal.ID, 1971274600+i*3600, 1971274600+i*3600+1800))
	}
	body := `{"cal_id":"` + cal.ID + `","limit":1000}`
	for b.Loop() {
		call("schedule/get_by_calendar", body)
	}
}

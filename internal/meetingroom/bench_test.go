package meetingroom_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// BenchmarkBook books half hours of one room from many sides at once.
func BenchmarkBook(b *testing.B) {
	w := qiweitest.New(b)
	c := w.As(access.MeetingRoom)
	if r := c.Call("POST", "/cgi-bin/oa/meetingroom/add", `{"name":"大间","capacity":10}`); r.ErrCode != 0 {
		b.Fatal(r.Body)
	}
	at := w.Clock.Now().Unix() + 86400
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			start := at + n.Add(1)*1800
			if r := c.Call("POST", "/cgi-bin/oa/meetingroom/book", fmt.Sprintf(`{"meetingroom_id":1,"start_time":%d,"end_time":%d,"booker":"lisi"}`, start, start+1800)); r.ErrCode != 0 {
				b.Error(r.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
}

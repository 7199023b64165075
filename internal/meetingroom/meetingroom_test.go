package meetingroom_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call meeting rooms and calendars.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "预定", Range: access.Everything(), Callable: []access.Kind{access.MeetingRoom, access.Calendar}})
}

// call makes a call of the family that must have the code, and returns the answer.
func call(t *testing.T, c *qiweitest.Client, path, body string, code int) qiweitest.Result {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/oa/"+path, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", path, body, r.Body, code)
	}
	return r
}

type answer struct {
	RoomID    int64   `json:"meetingroom_id"`
	Booking   string  `json:"booking_id"`
	Schedule  string  `json:"schedule_id"`
	Conflicts []int64 `json:"conflict_date"`
}

// made makes a call that must go well.
func made(t *testing.T, c *qiweitest.Client, path, body string) (a answer) {
	t.Helper()
	call(t, c, path, body, 0).Decode(&a)
	return a
}

func script(t *testing.T, w *qiweitest.World, path, body string, status int) string {
	t.Helper()
	req, err := http.NewRequest("POST", w.URL+"/_qiwei/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s %s: %d %s, want %d", path, body, resp.StatusCode, text, status)
	}
	return string(text)
}

func as(w *qiweitest.World, user, body string) string {
	return fmt.Sprintf(`{"corpid":%q,"userid":%q,%s`, w.CorpID, user, body[1:])
}

const place = `"city":"深圳","building":"腾讯大厦","floor":"18F","coordinate":{"latitude":"22.540503","longitude":"113.934528"}`

// A room is what was set, an edit changes what it names, and filters find it (doc 93619).
func TestRooms(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, system := listed(w.Corp), w.As(access.MeetingRoom)
		first := made(t, c, "meetingroom/add", `{"name":"18F-会议室","capacity":10,"equipment":[3,1,2],`+place+`,"range":{"user_list":["ZhangSan"],"department_list":[4]}}`)
		second := made(t, c, "meetingroom/add", `{"name":"小间","capacity":2}`)
		if first.RoomID != 1 || second.RoomID != 2 {
			t.Errorf("numbers %d %d", first.RoomID, second.RoomID)
		}
		if r := made(t, listed(w.Second), "meetingroom/add", `{"name":"乙","capacity":2}`); r.RoomID != 1 {
			t.Errorf("the twin's first is %d", r.RoomID)
		}
		one := `{"meetingroom_id":1,"name":"18F-会议室","capacity":10,"city":"深圳","building":"腾讯大厦","floor":"18F","equipment":[1,2,3],"coordinate":{"latitude":"22.540503","longitude":"113.934528"},"need_approval":0`
		two := `{"meetingroom_id":2,"name":"小间","capacity":2,"equipment":[],"need_approval":0}`
		for body, want := range map[string]string{
			`{}`: one + `},` + two, `{"city":"深圳"}`: one + `}`, `{"city":"深圳","building":"腾讯大厦","floor":"18F","equipment":[2,1]}`: one + `}`,
			`{"equipment":[4]}`: ``, `{"city":"北京"}`: ``,
		} {
			if got := call(t, c, "meetingroom/list", body, 0); got.Body != `{"errcode":0,"errmsg":"ok","meetingroom_list":[`+want+`]}` {
				t.Errorf("%s: %s, want %s", body, got.Body, want)
			}
		}
		if got := call(t, system, "meetingroom/list", `{}`, 0); !strings.Contains(got.Body, one+`,"range":{"user_list":["zhangsan"],"department_list":[4]}}`) {
			t.Errorf("the built-in application sees: %s", got.Body)
		}
		call(t, c, "meetingroom/list", `{"building":"腾讯大厦"}`, 40058)
		call(t, c, "meetingroom/list", `{"city":"深圳","floor":"18F"}`, 40058)
		call(t, c, "meetingroom/edit", `{"meetingroom_id":1,"name":"新名","equipment":[],"range":{"department_list":[2]}}`, 0)
		if got := call(t, system, "meetingroom/list", `{"city":"深圳"}`, 0); !strings.Contains(got.Body, `"name":"新名","capacity":10,"city":"深圳","building":"腾讯大厦","floor":"18F","equipment":[]`) || !strings.Contains(got.Body, `"range":{"user_list":[],"department_list":[2]}`) {
			t.Errorf("edited: %s", got.Body)
		}
		call(t, c, "meetingroom/del", `{"meetingroom_id":1}`, 0)
		call(t, c, "meetingroom/del", `{"meetingroom_id":1}`, 40058)
		if r := made(t, c, "meetingroom/add", `{"name":"三","capacity":2}`); r.RoomID != 3 {
			t.Errorf("a number is used again: %d", r.RoomID)
		}
	})
}

// What a room cannot be is refused, and so are those who may not call.
func TestRoomRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		letters := func(n int) string { return strings.Repeat("间", n) }
		list := func(one string, n int) string { return "[" + strings.Repeat(one+",", n-1) + one + "]" }
		for _, tt := range []struct {
			body string
			code int
		}{
			{`{}`, 40058},
			{`{"name":"a"}`, 40058},
			{`{"name":"a","capacity":0}`, 40058},
			{`{"name":"a","capacity":"many"}`, 40058},
			{`{"name":"` + letters(30) + `","capacity":1}`, 0},
			{`{"name":"` + letters(31) + `","capacity":1}`, 40058},
			{`{"name":"a","capacity":1,"city":"深圳"}`, 40058},
			{`{"name":"a","capacity":1,"city":"深圳","building":"A"}`, 40058},
			{`{"name":"a","capacity":1,"coordinate":{"latitude":"1","longitude":"1"}}`, 40058},
			{`{"name":"a","capacity":1,"city":"a","building":"b","floor":"c","coordinate":{"latitude":"91","longitude":"1"}}`, 40058},
			{`{"name":"a","capacity":1,"city":"a","building":"b","floor":"c","coordinate":{"latitude":"north"}}`, 40058},
			{`{"name":"a","capacity":1,"equipment":[6]}`, 40058},
			{`{"name":"a","capacity":1,"equipment":[0]}`, 40058},
			{`{"name":"a","capacity":1,"range":{"user_list":["nobody"]}}`, 60111},
			{`{"name":"a","capacity":1,"range":{"department_list":[99]}}`, 60003},
			{`{"name":"a","capacity":1,"range":{"user_list":` + list(`"lisi"`, 1000) + `}}`, 0},
			{`{"name":"a","capacity":1,"range":{"user_list":` + list(`"lisi"`, 1001) + `}}`, 40058},
			{`{"name":"a","capacity":1,"range":{"department_list":` + list(`2`, 1000) + `}}`, 0},
			{`{"name":"a","capacity":1,"range":{"department_list":` + list(`2`, 1001) + `}}`, 40058},
		} {
			call(t, c, "meetingroom/add", tt.body, tt.code)
		}
		room := made(t, c, "meetingroom/add", `{"name":"a","capacity":1,`+place+`}`).RoomID
		for body, code := range map[string]int{
			`"city":"北京"`: 40058, `"name":""`: 40058, `"capacity":-1`: 40058, `"coordinate":{"latitude":"1","longitude":"2"}`: 40058,
			`"coordinate":{"latitude":"22.540503","longitude":"113.934528"}`: 0,
		} {
			call(t, c, "meetingroom/edit", fmt.Sprintf(`{"meetingroom_id":%d,%s}`, room, body), code)
		}
		call(t, c, "meetingroom/edit", fmt.Sprintf(`{"meetingroom_id":%d,"city":"北京","building":"B","floor":"1","coordinate":{"latitude":"39.9","longitude":"116.4"}}`, room), 0)
		call(t, c, "meetingroom/edit", `{"meetingroom_id":99}`, 40058)
		call(t, listed(w.Second), "meetingroom/edit", fmt.Sprintf(`{"meetingroom_id":%d}`, room), 40058)
		for what, other := range map[string]*qiweitest.Client{
			"not listed": w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.Calendar}}), "calendars": w.As(access.Calendar),
			"third": w.WithApp(access.ThirdParty, app.Settings{Range: access.Everything()}), "custom": w.WithApp(access.Custom, app.Settings{Range: access.Everything()}),
		} {
			if r := other.Call("POST", "/cgi-bin/oa/meetingroom/list", `{}`); r.ErrCode != 48002 {
				t.Errorf("%s: %s", what, r.Body)
			}
		}
		call(t, c, "meetingroom/book_by_meeting", `{}`, 40063)
		call(t, c, "meetingroom/book_by_meeting", fmt.Sprintf(`{"meetingroom_id":%d,"meetingid":"hy0","booker":"zhangsan"}`, room), 90602)
	})
}

// Times are rounded to half hours, and a beginning that has passed moves on (doc 93620).
func TestWindows(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now().Unix() // a full hour
		for _, tt := range []struct {
			what               string
			after, start, end  int64 // minutes
			wantStart, wantEnd int64
			code               int
		}{
			{"as it is", 0, 60, 90, 60, 90, 0},
			{"rounded", 0, 75, 105, 60, 120, 0},
			{"a minute", 0, 60, 61, 60, 90, 0},
			{"a quarter of an hour late", 15, 0, 90, 0, 90, 0},
			{"a second later than that", 16, 0, 90, 30, 90, 0},
			{"much later", 50, 0, 90, 60, 90, 0},
			{"over", 61, 0, 60, 0, 0, 40058},
			{"as good as over", 50, 0, 60, 0, 0, 40058},
			{"backwards", 0, 60, 30, 0, 0, 40058},
			{"for ever", 0, 60, 60 + 31*24*60 + 1, 0, 0, 40058},
		} {
			w.Clock.Advance(time.Duration(tt.after) * time.Minute)
			base := now
			room := made(t, c, "meetingroom/add", `{"name":"a","capacity":1}`).RoomID
			r := call(t, c, "meetingroom/book", fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"lisi"}`, room, base+tt.start*60, base+tt.end*60), tt.code)
			if tt.code == 0 {
				var a answer
				r.Decode(&a)
				want := fmt.Sprintf(`"start_time":%d,"end_time":%d,"booker":"lisi","status":0`, base+tt.wantStart*60, base+tt.wantEnd*60)
				if got := call(t, c, "meetingroom/bookinfo/get", fmt.Sprintf(`{"meetingroom_id":%d,"booking_id":%q}`, room, a.Booking), 0); !strings.Contains(got.Body, want) {
					t.Errorf("%s: %s, want %s", tt.what, got.Body, want)
				}
			}
			for now <= w.Clock.Now().Unix() { // the next case begins at a full hour
				now += 3600
			}
			w.Clock.Advance(time.Unix(now, 0).Sub(w.Clock.Now()))
		}
	})
}

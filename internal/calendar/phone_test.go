package calendar_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// page makes a request of a member's page.
func page(t *testing.T, w *qiweitest.World, member *http.Client, method, path, body string) (int, string) {
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

// TestASchedulesPage: a member makes a schedule that repeats, sees who has answered, changes one repetition and
// cancels the rest. Others see what concerns them.
func TestASchedulesPage(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		li, zhang, wang := w.Corp.SignIn("lisi"), w.Corp.SignIn("zhangsan"), w.Corp.SignIn("wangwu")
		at := w.Clock.Now().Unix() + 3600
		draft := func(summary string, start int64, more string) string {
			return fmt.Sprintf(`{"summary":%q,"location":"A座","start_time":%d,"end_time":%d,"attendees":["ZhangSan"],"remind_time_diffs":[-900]%s}`, summary, start, start+1800, more)
		}
		for what, body := range map[string]string{
			"ends before it begins": fmt.Sprintf(`{"summary":"a","start_time":%d,"end_time":%d}`, at, at-1),
			"a rhythm that is none": draft("a", at, `,"repeat":{"is_repeat":true,"repeat_type":9}`),
			"ends before itself":    draft("a", at, fmt.Sprintf(`,"repeat":{"is_repeat":true,"repeat_until":%d}`, at-86400)),
			"a reminder of seven":   strings.Replace(draft("a", at, ""), "-900", "-7", 1),
			"nobody":                strings.Replace(draft("a", at, ""), "ZhangSan", "nobody", 1),
		} {
			if status, text := page(t, w, li, "POST", "schedules", body); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		status, text := page(t, w, li, "POST", "schedules", draft("站会", at, `,"repeat":{"is_repeat":true,"repeat_type":0}`))
		var made struct {
			ID string `json:"schedule_id"`
		}
		if err := json.Unmarshal([]byte(text), &made); err != nil || status != 200 {
			t.Fatal(status, text)
		}
		one := "schedules/" + made.ID
		if status, text := page(t, w, zhang, "POST", one+"/respond", `{"response_status":2}`); status != 200 {
			t.Fatal(status, text)
		}
		for who, tt := range map[*http.Client]struct {
			status int
			has    string
		}{
			li:                      {200, `"attendees":[{"userid":"zhangsan","name":"张三","response_status":2}],"creator":"李四","may_change":true,"takes_part":false`},
			zhang:                   {200, `"creator":"李四","may_change":false,"takes_part":true`},
			wang:                    {404, `error`},
			w.Second.SignIn("lisi"): {404, `error`},
		} {
			if status, text := page(t, w, who, "GET", one, ""); status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("%d %s, want %d %s", status, text, tt.status, tt.has)
			}
		}
		change := draft("站会（改期）", at+86400+600, fmt.Sprintf(`,"op_mode":1,"op_start_time":%d`, at+86400))
		if status, text := page(t, w, zhang, "POST", one+"/change", change); status != 400 {
			t.Errorf("one who only takes part changes it: %d %s", status, text)
		}
		if status, text := page(t, w, li, "POST", one+"/change", change); status != 200 || strings.Contains(text, made.ID) {
			t.Fatal(status, text)
		}
		list := func() string {
			t.Helper()
			_, text := page(t, w, zhang, "GET", fmt.Sprintf("schedules?from=%d&to=%d", at, at+4*86400-1), "")
			return text
		}
		if text := list(); strings.Count(text, `"summary":"站会"`) != 3 || strings.Count(text, `"summary":"站会（改期）"`) != 1 || !strings.Contains(text, fmt.Sprintf(`"start_time":%d`, at+86400+600)) {
			t.Errorf("one moved: %s", text)
		}
		if status, text := page(t, w, li, "POST", one+"/cancel", fmt.Sprintf(`{"op_mode":2,"op_start_time":%d}`, at+2*86400)); status != 200 {
			t.Fatal(status, text)
		}
		if text := list(); strings.Count(text, `"summary":"站会"`) != 1 {
			t.Errorf("the rest cancelled: %s", text)
		}
	})
}

// TestBusyOnThePhone: a member asks when others have no time. Of one who is hidden the answer says nothing, as of one who
// is not there, and it still speaks of the others.
func TestBusyOnThePhone(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		li := w.Corp.SignIn("lisi")
		at := w.Clock.Now().Unix() + 3600
		if status, text := page(t, w, li, "POST", "schedules", fmt.Sprintf(`{"summary":"a","start_time":%d,"end_time":%d,"attendees":["zhangsan"]}`, at, at+1800)); status != 200 {
			t.Fatal(status, text)
		}
		ask := func(users string) map[string][]struct{ Start, End int64 } {
			t.Helper()
			status, text := page(t, w, li, "GET", fmt.Sprintf("busy?from=%d&to=%d&users=%s", at-3600, at+7200, users), "")
			out := map[string][]struct{ Start, End int64 }{}
			if err := json.Unmarshal([]byte(text), &out); err != nil || status != 200 {
				t.Fatalf("%s: %d %s", users, status, text)
			}
			return out
		}
		if got := ask("ZhangSan,nobody,wangwu"); len(got) != 2 || len(got["zhangsan"]) != 1 || len(got["wangwu"]) != 0 {
			t.Errorf("with one who is not there: %v", got)
		}
		if got := ask(""); len(got) != 1 || len(got["lisi"]) != 1 {
			t.Errorf("of oneself: %v", got)
		}
		if got := ask("nobody"); len(got) != 0 {
			t.Errorf("of nobody: %v", got)
		}
		if status, text := page(t, w, li, "GET", fmt.Sprintf("busy?from=%d&to=%d&users=%s", at, at+1, strings.Repeat("a,", 100)+"a"), ""); status != 400 {
			t.Errorf("of 101: %d %s", status, text)
		}
	})
}

package calendar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// phone makes a request of the member's page.
func phone(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+"/phone/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", w.URL)
	resp, err := c.SignIn(user).Do(req)
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

// What a member plans on the phone is in the own calendar, others answer it, and who plans with them sees when
// they have no time.
func TestPhoneCalendar(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		const hour, at = 3600, 1971274600
		plan := func(c *qiweitest.Corp, user string, from, to int64, more string) string {
			t.Helper()
			status, text := phone(t, w, c, user, "POST", "schedules", fmt.Sprintf(`{"summary":"评审","start_time":%d,"end_time":%d%s}`, from, to, more))
			var out struct {
				ID string `json:"schedule_id"`
			}
			if json.Unmarshal([]byte(text), &out); status != 200 || out.ID == "" {
				t.Fatalf("plan: %d %s", status, text)
			}
			return out.ID
		}
		first := plan(w.Corp, "lisi", at, at+hour, `,"attendees":["zhangsan"]`)
		second := plan(w.Corp, "lisi", at+hour, at+2*hour, "") // touches it
		third := plan(w.Corp, "lisi", at+3*hour, at+4*hour, "")
		plan(w.Corp, "lisi", at+5*hour, at+5*hour, "") // takes no time
		twins := plan(w.Second, "lisi", at, at+hour, "")

		span := fmt.Sprintf("?from=%d&to=%d", at-hour, at+10*hour)
		busy := func(users string) string {
			_, text := phone(t, w, w.Corp, "wangwu", "GET", "busy"+span+"&users="+users, "")
			return strings.TrimSpace(text)
		}
		if got, want := busy("lisi"), fmt.Sprintf(`{"lisi":[{"start_time":%d,"end_time":%d},{"start_time":%d,"end_time":%d}]}`, at, at+2*hour, at+3*hour, at+4*hour); got != want {
			t.Errorf("lisi: %s, want %s", got, want)
		}
		if status, text := phone(t, w, w.Corp, "wangwu", "POST", "schedules/"+first+"/respond", `{"response_status":2}`); status != 400 {
			t.Errorf("wangwu, who was not invited, answers: %d %s", status, text)
		}
		if status, text := phone(t, w, w.Corp, "zhangsan", "POST", "schedules/"+first+"/respond", `{"response_status":4}`); status != 200 {
			t.Errorf("zhangsan declines: %d %s", status, text)
		}
		if got := busy("zhangsan"); got != `{"zhangsan":[]}` {
			t.Errorf("zhangsan has declined: %s", got)
		}
		for _, c := range []struct {
			corp   *qiweitest.Corp
			user   string
			id     string
			status int
		}{{w.Corp, "zhangsan", first, 400}, {w.Second, "lisi", first, 400}, {w.Corp, "lisi", twins, 400}, {w.Corp, "lisi", third, 200}, {w.Corp, "lisi", third, 400}} {
			if status, text := phone(t, w, c.corp, c.user, "POST", "schedules/"+c.id+"/cancel", `{}`); status != c.status {
				t.Errorf("%s cancels: %d %s, want %d", c.user, status, text, c.status)
			}
		}
		_, text := phone(t, w, w.Corp, "lisi", "GET", "schedules"+span, "")
		if !strings.Contains(text, first) || !strings.Contains(text, second) || strings.Contains(text, third) || strings.Contains(text, twins) {
			t.Errorf("lisi's: %s", text)
		}
		for _, bad := range []string{"", "?from=2&to=1", "?from=-1&to=1", "?from=x&to=1", fmt.Sprintf("?from=0&to=%d", 400*86400+1)} {
			if status, _ := phone(t, w, w.Corp, "lisi", "GET", "busy"+bad, ""); status != 400 {
				t.Errorf("busy%s: %d", bad, status)
			}
		}
		if status, _ := phone(t, w, w.Corp, "lisi", "GET", fmt.Sprintf("busy?from=0&to=%d", 400*86400), ""); status != 200 {
			t.Errorf("400 days: %d", status)
		}
	})
}

// Who has planned something keeps it under a new userid. The namesake in another enterprise keeps the own.
func TestPlannersAreRenamed(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, c := range []string{w.CorpID, w.Second.CorpID} {
				m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "m1@corp.example", Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(c), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		var ids []string
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
			_, text := phone(t, w, c, "made1", "POST", "schedules", `{"summary":"评审","start_time":1971274600,"end_time":1971278200}`)
			var out struct {
				ID string `json:"schedule_id"`
			}
			json.Unmarshal([]byte(text), &out)
			ids = append(ids, out.ID)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: "san.zhang"})
		})
		if status, text := phone(t, w, w.Corp, "san.zhang", "POST", "schedules/"+ids[0]+"/cancel", `{}`); status != 200 {
			t.Errorf("under the new userid: %d %s", status, text)
		}
		if status, text := phone(t, w, w.Second, "made1", "POST", "schedules/"+ids[1]+"/cancel", `{}`); status != 200 {
			t.Errorf("the namesake: %d %s", status, text)
		}
	})
}

package emergency_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// TestCalls: members are rung up, answer or do not, and the states of the calls say so (doc 91627, 91628).
func TestCalls(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		linked := func(c *qiweitest.Corp, within access.Range) *qiweitest.Client {
			return c.WithApp(access.SelfBuilt, app.Settings{Range: within, Callable: []access.Kind{access.Emergency}})
		}
		c := linked(w.Corp, access.Everything())
		ring := func(c *qiweitest.Client, users string, code int) (ids []string, codes string) {
			t.Helper()
			r := c.Call("POST", "/cgi-bin/pstncc/call", `{"callee_userid":[`+users+`]}`)
			var got struct {
				States []struct {
					Code   int
					CallID string
					UserID string
				}
			}
			if r.Decode(&got); r.ErrCode != code {
				t.Fatalf("%s: %s, want %d", users, r.Body, code)
			}
			for _, s := range got.States {
				ids = append(ids, s.CallID)
				codes += fmt.Sprint(s.UserID, s.Code, " ")
			}
			return ids, codes
		}
		state := func(c *qiweitest.Client, user, id string) string {
			r := c.Call("POST", "/cgi-bin/pstncc/getstates", fmt.Sprintf(`{"callee_userid":%q,"callid":%q}`, user, id))
			if r.ErrCode != 0 {
				return fmt.Sprint(r.ErrCode)
			}
			_, after, _ := strings.Cut(r.Body, `"ok",`)
			return after
		}
		started := w.Clock.Now().Unix()
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"mute","name":"x","department":[1],"email":"mute@corp.example"}`)
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","mobile":"13800000001"}`)
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","mobile":"13800000002"}`)
		ids, codes := ring(c, `"ZhangSan","lisi","nobody","mute"`, 0)
		if codes != "zhangsan0 lisi0 nobody60111 mute60103 " {
			t.Errorf("rung up: %s", codes)
		}
		at := func(talked, talk, reason int) string {
			return fmt.Sprintf(`"istalked":%d,"calltime":%d,"talktime":%d,"reason":%d}`, talked, started, talk, reason)
		}
		if got := state(c, "zhangsan", ids[0]); got != at(0, 0, 1) {
			t.Errorf("it rings: %s", got)
		}
		script := func(name, body string) (int, string) {
			return w.Script("emergency/"+name, `{"corpid":"`+w.CorpID+`",`+body+`}`)
		}
		if status, text := script("answer", `"callid":"`+ids[0]+`","talktime":2`); status != 200 {
			t.Fatalf("%d %s", status, text)
		}
		if got := state(c, "ZhangSan", ids[0]); got != at(1, 2, 0) {
			t.Errorf("answered: %s", got)
		}
		w.Advance(time.Minute)
		if got := state(c, "lisi", ids[1]); got != at(0, 0, 12) {
			t.Errorf("it has rung out: %s", got)
		}
		for _, id := range ids[:2] {
			if status, text := script("answer", `"callid":"`+id+`"`); status == 200 {
				t.Errorf("answered again: %s", text)
			}
		}
		for what, got := range map[string]string{"another's": state(c, "lisi", ids[0]), "an unknown one": state(c, "lisi", "x"), "the twin's": state(linked(w.Second, access.Everything()), "lisi", ids[1])} {
			if got != "40058" {
				t.Errorf("%s: %s", what, got)
			}
		}
		if got := state(c, "", "x") + state(c, "lisi", "") + state(c, "nobody", "x"); got != "400634006360111" {
			t.Errorf("incomplete: %s", got)
		}

		// A member is rung up three times in eight minutes, and eight times a day.
		w.Advance(time.Hour)
		for n := range 9 {
			if n == 3 || n == 6 {
				w.Advance(8 * time.Minute)
			}
			ids, _ := ring(c, `"zhangsan"`, 0)
			want := `"reason":1}`
			if n >= 7 { // with the first one
				want = `"reason":13}`
			}
			if got := state(c, "zhangsan", ids[0]); !strings.HasSuffix(got, want) {
				t.Errorf("the %d. call of the day: %s, want %s", n+2, got, want)
			}
			if n == 2 || n == 5 {
				again, _ := ring(c, `"zhangsan"`, 0)
				if got := state(c, "zhangsan", again[0]); !strings.HasSuffix(got, `"reason":13}`) {
					t.Errorf("the fourth within eight minutes: %s", got)
				}
			}
		}
		w.Advance(7*24*time.Hour - time.Hour - 18*time.Minute)
		if got := state(c, "lisi", ids[1]); got == "40058" {
			t.Errorf("within seven days: %s", got)
		}
		w.Advance(time.Hour)
		if got := state(c, "lisi", ids[1]); got != "40058" {
			t.Errorf("after seven days: %s", got)
		}

		script("settings", `"balance":1`)
		ring(c, `"zhangsan","lisi"`, 301051)
		ring(c, `"zhangsan"`, 0)
		ring(c, `"zhangsan"`, 301051)
		script("settings", `"disabled":true`)
		ring(c, `"zhangsan"`, 301050)
		script("settings", `"disabled":false`)
		ring(c, ``, 40063)
		ring(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), `"zhangsan"`, 301049)
		if _, codes := ring(linked(w.Corp, access.Range{Members: nil, Departments: []int64{3}}), `"zhangsan"`, 0); codes != "zhangsan60111 " {
			t.Errorf("out of range: %s", codes)
		}
		for n, code := range map[int]int{99: 0, 100: 0, 101: 40058} { // maxCallees
			ring(c, strings.TrimSuffix(strings.Repeat(`"nobody",`, n), ","), code)
		}
	}, func(c *platform.Config) { c.Dev = true })
}

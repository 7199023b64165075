package meeting_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestProvider: a provider's application knows members by ids of its own, needs the permission, and may make the basic
// calls alone. A third-party one names a calendar.
func TestProvider(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		p := w.Provider("meeting:base:base")
		zhang, li := p.User("zhangsan"), p.User("lisi")
		ask := func(name, body string, code int) qiweitest.JSON {
			t.Helper()
			r := p.Call("POST", "/cgi-bin/meeting/"+name, body)
			if r.ErrCode != code {
				t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
			}
			var out map[string]any
			r.Decode(&out)
			return out
		}
		start := w.Clock.Now().Unix() + 3600
		create := func(admin string) string {
			return fmt.Sprintf(`{"admin_userid":%q,"title":"巡店","meeting_start":%d,"meeting_duration":1800,"invitees":{"userid":[%q]},"settings":{"hosts":{"userid":[%q]}}}`, admin, start, li, li)
		}
		ask("create", create("zhangsan"), 60111) // the corp's own id
		meetingID := ask("create", create(zhang), 0).Text("meetingid")
		got := ask("get_info", `{"meetingid":"`+meetingID+`"}`, 0)
		shows(t, "by its ids", got, map[string]any{"admin_userid": zhang, "attendees.member.1.userid": li, "settings.hosts.userid": "[" + li + "]"})
		if got.Int("agentid") == 0 {
			t.Errorf("without agentid: %v", got)
		}
		shows(t, "listed", ask("get_user_meetingid", `{"userid":"`+li+`"}`, 0), map[string]any{"meetingid_list": "[" + meetingID + "]"})
		ask("get_invitees", `{"meetingid":"`+meetingID+`"}`, 48002)
		if text := ask("create", fmt.Sprintf(`{"admin_userid":%q,"title":"a","meeting_start":%d,"meeting_duration":1800,"invitees":{"userid":[%q,"nobody"]}}`, zhang, start, li), 400021).Text("errmsg"); strings.Contains(text, "lisi") {
			t.Errorf("the message tells the corp's own id: %s", text)
		}
		for _, kind := range []access.Kind{access.ThirdParty, access.Custom} {
			call(t, w.WithApp(kind, app.Settings{Range: access.Everything()}), "create", create("zhangsan"), 48002)
		}
		third := w.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: []string{"meeting:base:base"}})
		call(t, third, "create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"a","meeting_start":%d,"meeting_duration":1800}`, start), 400036)
	})
}

// TestAtOnce: of many who come at once one begins the meeting, and nobody is lost.
func TestAtOnce(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		meetingID := reserve(t, w, c, "")
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for _, name := range []string{"join", "leave", "join"} {
					w.Script("meetings/"+name, fmt.Sprintf(`{"corpid":%q,"meetingid":%q,"name":"客%d"}`, w.CorpID, meetingID, i))
				}
				w.Script("meetings/join", fmt.Sprintf(`{"corpid":%q,"meetingid":%q,"userid":"zhangsan"}`, w.CorpID, meetingID))
			})
		}
		all.Wait()
		got := call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0)
		if n := len(got.List("attendees")); n != 9 || got.Text("status") != "2" {
			t.Errorf("%d are there, status %s", n, got.Text("status"))
		}
		held := 0
		w.Write(func(_ context.Context, tx *store.Tx) error {
			n, err := tx.Count(`SELECT count(*) FROM meeting_session WHERE corpid = ? AND ended_at = 0`, w.CorpID)
			held = int(n)
			return err
		})
		if held != 1 {
			t.Errorf("%d sessions are held at once", held)
		}
		cancelled := make(chan int, 4)
		second := reserve(t, w, c, "")
		for range 4 {
			all.Go(func() { cancelled <- c.Call("POST", "/cgi-bin/meeting/cancel", `{"meetingid":"`+second+`"}`).ErrCode })
		}
		all.Wait()
		close(cancelled)
		codes := map[int]int{}
		for code := range cancelled {
			codes[code]++
		}
		if codes[0] != 1 || codes[400041] != 3 {
			t.Errorf("cancelled four times at once: %v", codes)
		}
	})
}

// TestMembersChange: meetings follow a member who gets another userid, and let go one who leaves.
func TestMembersChange(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		by := access.System(w.CorpID)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: "made1", Generated: true, Name: "张三丰", Enabled: true, Email: "z@corp.example", Places: []directory.Place{{Department: 1}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, by, m, false)
			return err
		})
		start := w.Clock.Now().Unix() + 3600
		meetingID := call(t, c, "create", fmt.Sprintf(`{"admin_userid":"made1","title":"a","meeting_start":%d,"meeting_duration":1800,"invitees":{"userid":["lisi","wangwu"]}}`, start), 0).Text("meetingid")
		second := reserve(t, w, c, `,"settings":{"hosts":{"userid":["made1"]}}`)
		script(t, w, "join", meetingID, `,"userid":"made1"`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Server.Directory.UpdateMember(ctx, tx, by, directory.MemberUpdate{UserID: "made1", NewUserID: "San.Zhang"}); err != nil {
				return err
			}
			return w.Server.Directory.DeleteMember(ctx, tx, by, "wangwu")
		})
		shows(t, "after it", info(t, c, meetingID), map[string]any{"admin_userid": "San.Zhang", "attendees.member.0.userid": "San.Zhang", "attendees.member.0.status": 1, "attendees.member.1.userid": "lisi", "attendees.member.2": nil, "settings.current_hosts.userid": "[San.Zhang]"})
		shows(t, "as a host", info(t, c, second), map[string]any{"settings.hosts.userid": "[San.Zhang]"})
		script(t, w, "leave", meetingID, `,"userid":"san.zhang"`)
		shows(t, "who was there", call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"attendees.0.userid": "San.Zhang", "attendees.1": nil})
		now := w.Clock.Now().Unix()
		shows(t, "who began", call(t, c, "statistics/get_start_list", fmt.Sprintf(`{"type":1,"begin_time":%d,"end_time":%d}`, now-60, now+60), 0), map[string]any{"meeting_list.0.userid": "San.Zhang"})
	})
}

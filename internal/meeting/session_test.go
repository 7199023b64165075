package meeting_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// ear collects what the application of a meeting is told.
type ear struct {
	t      *testing.T
	w      *qiweitest.World
	told   *qiweitest.Receiver
	pushes []string
}

func listen(t *testing.T, w *qiweitest.World, c *qiweitest.Client) *ear {
	e := &ear{t: t, w: w, told: w.Receiver(c)}
	w.Delivered()
	e.told.Take()
	return e
}

// heard compares what was told since the last time: the kind of change and who did it.
func (e *ear) heard(what string, want ...string) {
	e.t.Helper()
	e.w.Delivered()
	var got []string
	for _, r := range e.told.Take() {
		if ev := r.Field("Event"); ev != "meeting_change" && ev != "meeting_statistics" {
			continue
		}
		e.pushes = append(e.pushes, r.XML())
		line := r.Field("ChangeType") + " " + r.Field("FromUserName")
		if of := regexp.MustCompile(`<OperatedUser><UserId><!\[CDATA\[(.*?)\]\]>`).FindStringSubmatch(r.XML()); of != nil {
			line += " " + of[1]
		}
		got = append(got, strings.TrimSpace(line))
	}
	if !slices.Equal(got, want) {
		e.t.Errorf("%s: told %q, want %q", what, got, want)
	}
}

// same compares all pushes with those in testdata/push, which are held against the pages.
func (e *ear) same(file string) {
	e.t.Helper()
	text := strings.ReplaceAll(strings.Join(e.pushes, "\n"), e.w.CorpID, "wwCORP")
	text = regexp.MustCompile(`hy\w{30}`).ReplaceAllString(text, "hyMEETING")
	text = regexp.MustCompile(`ms\w{30}`).ReplaceAllString(text, "msOPENID")
	text = regexp.MustCompile(`me\w{30}`).ReplaceAllString(text, "meENROL")
	text = regexp.MustCompile(`<CreateTime>\d+`).ReplaceAllString(text, "<CreateTime>1925456400")
	qiweitest.Golden(e.t, "push/"+file, text+"\n")
}

func operated(openID string, instance int) string {
	return fmt.Sprintf(`{"tmp_openid":%q,"instance_id":%d}`, openID, instance)
}

// TestHeld follows a meeting from the first who comes in to its end: what is told, who was there for how long, and what
// the application can do meanwhile.
func TestHeld(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, other := listed(w.Corp), listed(w.Corp)
		e, others := listen(t, w, c), listen(t, w, other)
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]},"settings":{"hosts":{"userid":["wangwu"]}}`)
		control := func(name, more string, code int) {
			t.Helper()
			call(t, c, "realcontrol/"+name, `{"meetingid":"`+meetingID+`"`+more+`}`, code)
		}
		e.heard("reserved by the API")
		control("dismiss", "", 40058)
		lisi := script(t, w, "join", meetingID, `,"userid":"LiSi"`).Text("tmp_openid")
		e.heard("the first", "meeting_start lisi", "start_meeting lisi", "join_meeting_before_host lisi", "join_meeting lisi")
		others.heard("who counts what members begin", "start_meeting lisi")
		script(t, w, "join", meetingID, `,"userid":"lisi"`)
		e.heard("there already")
		w.Advance(time.Minute)
		script(t, w, "join", meetingID, `,"userid":"zhangsan","instance_id":3`)
		guest := script(t, w, "join", meetingID, `,"name":"王客","instance_id":8`).Text("tmp_openid")
		e.heard("others", "join_meeting zhangsan", "join_meeting")
		got := call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0)
		shows(t, "there", got, map[string]any{"status": "2", "has_more": false, "attendees.0.userid": "lisi", "attendees.0.role": 0, "attendees.0.instance_id": 1, "attendees.0.audio_state": true,
			"attendees.1.role": 3, "attendees.1.join_type": 1, "attendees.2.role": 4, "attendees.2.userid": "", "attendees.3": nil})
		first := call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`","limit":2}`, 0)
		rest := call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`","limit":2,"cursor":"`+first.Text("next_cursor")+`"}`, 0)
		shows(t, "the second page", rest, map[string]any{"attendees.0.tmp_openid": guest, "has_more": false})
		call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`","limit":3,"cursor":"`+first.Text("next_cursor")+`"}`, 50100)
		shows(t, "by device", call(t, c, "check_device_in_meeting", `{"userid":"zhangsan","meetingid_list":["`+meetingID+`"]}`, 0), map[string]any{"result_list.0.instance_id": 3, "result_list.1": nil})
		shows(t, "by another", call(t, c, "check_device_in_meeting", `{"userid":"zhangsan","instance_id_list":[1],"meetingid_list":["`+meetingID+`"]}`, 0), map[string]any{"result_list.0": nil})

		control("mute_user", `,"option":true,"operated_user":`+operated(lisi, 1), 0)
		shows(t, "muted", call(t, c, "get_realtime_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"attendees.0.audio_state": false})
		control("set", `,"mute_all":true,"allow_unmute_self":false`, 0)
		e.heard("muted all", "meeting_mute_all sys")
		if text := refused(t, w, "unmute", meetingID, `,"userid":"lisi"`); !strings.Contains(text, "nobody may unmute themselves") {
			t.Error(text)
		}
		control("set", `,"mute_all":false`, 0)
		e.heard("unmuted all", "meeting_unmute_all sys")
		script(t, w, "mute", meetingID, `,"userid":"lisi"`)
		script(t, w, "film", meetingID, `,"userid":"lisi"`)
		control("switch_user_video", `,"video":true,"operated_user":`+operated(lisi, 1), 40058)
		control("switch_user_video", `,"operated_user":`+operated(lisi, 1), 0)
		script(t, w, "share", meetingID, `,"userid":"lisi"`)
		e.heard("shares", "open_screen_share lisi")
		control("close_screen_share", `,"operated_user":`+operated(lisi, 1), 0)
		e.heard("shares no more", "close_screen_share lisi")
		control("set_cohost", `,"action":true,"operated_user":`+operated(lisi, 1), 0)
		e.heard("leads too", "role_change sys lisi")
		control("set_nicknames", `,"operated_users":[{"tmp_openid":"`+guest+`","instance_id":8,"nickname":"王女士"}]`, 0)
		got = info(t, c, meetingID)
		shows(t, "held", got, map[string]any{"status": 2, "settings.current_hosts.userid": "[zhangsan]", "settings.co_hosts.userid": "[lisi]", "attendees.member.1.status": 1, "attendees.member.0.total_join_count": 1, "attendees.tmp_external_user": "[]"})

		control("kickout_users", `,"allow_rejoin":false,"operated_users":[`+operated(guest, 8)+`]`, 0)
		e.heard("removed", "quit_meeting")
		if text := refused(t, w, "join", meetingID, `,"name":"王客","instance_id":8`); !strings.Contains(text, "may not come back") {
			t.Error(text)
		}
		w.Advance(9 * time.Minute)
		script(t, w, "leave", meetingID, `,"userid":"lisi"`)
		e.heard("left", "quit_meeting lisi")
		control("dismiss", `,"force_dismiss":0`, 40058)
		control("dismiss", `,"retrieve_code":1`, 0)
		e.heard("ended", "meeting_end sys")
		shows(t, "over", info(t, c, meetingID), map[string]any{"status": 3, "attendees.member.1.userid": "lisi", "attendees.member.1.cumulative_time": 600, "attendees.member.0.cumulative_time": 540})
		past := call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0)
		shows(t, "were there", past, map[string]any{"attendees.0.userid": "lisi", "attendees.1.userid": "zhangsan", "attendees.2.role": 4, "attendees.3": nil})
		quality := call(t, c, "get_quality", fmt.Sprintf(`{"meetingid":%q,"start_time":%d}`, meetingID, w.Clock.Now().Unix()-3600), 0)
		shows(t, "no data of its quality", quality, map[string]any{"quality": 0, "attendees.0.userid": "lisi", "attendees.0.network_quality": 0, "problems": "[]"})
		if text := refused(t, w, "join", meetingID, `,"userid":"lisi"`); !strings.Contains(text, "is over") {
			t.Error(text)
		}
		call(t, c, "update", `{"meetingid":"`+meetingID+`","title":"又"}`, 400221)
		call(t, c, "cancel", `{"meetingid":"`+meetingID+`"}`, 400224)
		now := w.Clock.Now().Unix()
		started := call(t, c, "statistics/get_start_list", fmt.Sprintf(`{"type":1,"begin_time":%d,"end_time":%d}`, now-86400, now), 0)
		shows(t, "begun", started, map[string]any{"has_more": false, "meeting_list.0.userid": "lisi", "meeting_list.1": nil})
		shows(t, "failed to begin", call(t, c, "statistics/get_start_list", fmt.Sprintf(`{"type":2,"begin_time":%d,"end_time":%d}`, now-86400, now), 0), map[string]any{"meeting_list": "[]"})
		e.same("held.txt")
	})
}

// TestWaitingRoom has people wait, lets them in, moves them out and removes them.
func TestWaitingRoom(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		e := listen(t, w, c)
		meetingID := reserve(t, w, c, `,"settings":{"enable_waiting_room":true}`)
		lisi := script(t, w, "join", meetingID, `,"userid":"lisi"`)
		shows(t, "waits", lisi, map[string]any{"waiting": true, "status": 1})
		e.heard("waits", "join_waiting_room lisi")
		current := func(want string) {
			t.Helper()
			got := call(t, c, "waitingroom/get_current_user_list", `{"meetingid":"`+meetingID+`"}`, 0)
			if users := fmt.Sprint(qiweitest.Lines(got.List("user_list"), "userid")); users != want {
				t.Errorf("wait: %s, want %s", users, want)
			}
		}
		current("[]") // it is not held
		script(t, w, "join", meetingID, `,"userid":"zhangsan"`)
		e.heard("the host", "meeting_start zhangsan", "start_meeting zhangsan", "join_meeting zhangsan")
		current("[lisi]")
		manage := func(kind int, more string, code int) {
			t.Helper()
			call(t, c, "realcontrol/manage_waiting_room_users", fmt.Sprintf(`{"meetingid":%q,"operate_type":%d,"operated_users":[%s]%s}`, meetingID, kind, operated(lisi.Text("tmp_openid"), 1), more), code)
		}
		manage(4, "", 40058)
		manage(2, "", 730000)
		manage(1, "", 0)
		e.heard("let in", "join_from_meeting_room sys lisi", "join_meeting lisi")
		current("[]")
		manage(1, "", 730000)
		manage(2, "", 0)
		e.heard("moved out", "move_to_waiting_room sys lisi")
		current("[lisi]")
		manage(3, `,"allow_rejoin":true`, 0)
		e.heard("removed", "quit_waiting_room sys lisi")
		script(t, w, "join", meetingID, `,"userid":"lisi"`)
		script(t, w, "lead", meetingID, `,"userid":"zhangsan","step":"admit","tmp_openid":"`+lisi.Text("tmp_openid")+`"`)
		e.heard("let in by the host", "join_waiting_room lisi", "join_from_meeting_room zhangsan lisi", "join_meeting lisi")
		script(t, w, "leave", meetingID, `,"userid":"lisi"`)
		script(t, w, "join", meetingID, `,"userid":"lisi"`)
		e.heard("comes back without waiting", "quit_meeting lisi", "join_meeting lisi")
		if text := refused(t, w, "lead", meetingID, `,"userid":"lisi","step":"mute_all"`); !strings.Contains(text, "only who leads") {
			t.Error(text)
		}
		script(t, w, "end", meetingID, `,"userid":"zhangsan"`)
		e.heard("ended", "meeting_end zhangsan")
		past := call(t, c, "waitingroom/get_user_list", `{"meetingid":"`+meetingID+`"}`, 0)
		if n := len(past.List("user_list")); n != 3 || past.Int("user_list.0.quit_time") < past.Int("user_list.0.join_time") {
			t.Errorf("waited: %v", past)
		}
		page := call(t, c, "waitingroom/get_user_list", `{"meetingid":"`+meetingID+`","limit":2}`, 0)
		shows(t, "a page", page, map[string]any{"has_more": true})
		e.same("waiting.txt")
	})
}

// TestWhoComesIn: passwords, links, locks, people outside and hosts who have not come.
func TestWhoComesIn(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		meetingID := reserve(t, w, c, `,"invitees":{"userid":["lisi"]},"settings":{"password":"123456","allow_enter_before_host":false}`)
		for _, row := range []struct{ who, says string }{
			{`,"userid":"wangwu"`, "400030"},
			{`,"userid":"wangwu","password":"654321"`, "400030"},
			{`,"userid":"lisi"`, "no host has come in yet"},
			{`,"userid":"nobody"`, "60111"},
			{`,"external_userid":"wm0"`, "40096"},
			{``, "one of userid"},
			{`,"userid":"lisi","name":"又"`, "one of userid"},
			{`,"userid":"zhangsan","instance_id":11`, "instance_id"},
			{`,"userid":"zhangsan","key":"nothing"`, "link"},
		} {
			if text := refused(t, w, "join", meetingID, row.who); !strings.Contains(text, row.says) {
				t.Errorf("%s: %s, want %s", row.who, text, row.says)
			}
		}
		link := call(t, c, "create_customer_short_url", `{"meetingid":"`+meetingID+`","customer_data":"展会"}`, 0)
		shows(t, "the same again", call(t, c, "create_customer_short_url", `{"meetingid":"`+meetingID+`","customer_data":"展会"}`, 0), map[string]any{"meeting_short_url_customer_data.meeting_short_url": link.Text("meeting_short_url_customer_data.meeting_short_url")})
		shows(t, "all links", call(t, c, "get_customer_short_url", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"meeting_short_url_customer_data_list.0.customer_data": "展会", "meeting_short_url_customer_data_list.1": nil})
		_, key, _ := strings.Cut(link.Text("meeting_short_url_customer_data.meeting_short_url"), "&key=")
		script(t, w, "join", meetingID, `,"userid":"zhangsan"`)
		script(t, w, "join", meetingID, `,"userid":"lisi"`)
		script(t, w, "join", meetingID, `,"name":"访客","password":"123456","key":"`+key+`"`)
		shows(t, "came by a link", call(t, c, "get_attendee_list", `{"meetingid":"`+meetingID+`"}`, 0), map[string]any{"attendees.2.customer_data": "展会", "attendees.2.net": "未知"})
		call(t, c, "realcontrol/set", `{"meetingid":"`+meetingID+`","allow_external_user":true}`, 0) // members alone, in this call
		if text := refused(t, w, "join", meetingID, `,"name":"又一个","password":"123456"`); !strings.Contains(text, "only members") {
			t.Error(text)
		}
		call(t, c, "realcontrol/set", `{"meetingid":"`+meetingID+`","meeting_locked":true}`, 0)
		if text := refused(t, w, "join", meetingID, `,"userid":"wangwu","password":"123456"`); !strings.Contains(text, "locked") {
			t.Error(text)
		}
		for _, user := range []string{"lisi", "zhangsan"} {
			script(t, w, "leave", meetingID, `,"userid":"`+user+`"`)
		}
		shows(t, "a visitor is left", info(t, c, meetingID), map[string]any{"status": 2})
		shows(t, "and leaves", script(t, w, "leave", meetingID, `,"name":"访客"`), map[string]any{"status": 3})
	})
}

// TestCustomer: a customer in a meeting has a temporary id, which its application turns into the lasting one.
func TestCustomer(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "客户会", Range: access.Everything(), Callable: []access.Kind{access.Meeting, access.CustomerContact}})
		other := w.WithApp(access.SelfBuilt, app.Settings{Name: "旁人", Range: access.Everything(), Callable: []access.Kind{access.Meeting, access.CustomerContact}})
		var added struct {
			External string `json:"external_userid"`
		}
		w.Scripted("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":"王小客","unionid":"unionA"}`, w.CorpID), &added)
		meetingID := reserve(t, w, c, "")
		script(t, w, "join", meetingID, `,"external_userid":"`+added.External+`"`)
		got := info(t, c, meetingID)
		temporary := got.Text("attendees.tmp_external_user.0.tmp_external_userid")
		if !strings.HasPrefix(temporary, "wo") || got.Int("attendees.tmp_external_user.0.status") != 1 {
			t.Fatalf("outside: %v", got.At("attendees"))
		}
		body := `{"business_type":1,"user_type":1,"tmp_external_userid_list":["` + temporary + `","wo0"]}`
		shows(t, "converted", call(t, c, "idconvert/convert_tmp_external_userid", body, 0), map[string]any{"results.0.external_userid": added.External, "results.1": nil, "invalid_tmp_external_userid_list": "[wo0]"})
		shows(t, "another application's", call(t, other, "idconvert/convert_tmp_external_userid", body, 0), map[string]any{"results.0": nil})
		twin := listed(w.Second)
		call(t, twin, "get_info", `{"meetingid":"`+meetingID+`"}`, 90602)
	})
}

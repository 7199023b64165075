package living_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call live broadcasts.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "培训", Range: access.Everything(), Callable: []access.Kind{access.Living}})
}

// call makes a call that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	var r qiweitest.Result
	if query, ok := strings.CutPrefix(body, "?"); ok {
		r = c.Call("GET", "/cgi-bin/living/"+name+"?"+query, "")
	} else {
		r = c.Call("POST", "/cgi-bin/living/"+name, body)
	}
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

// reserve reserves a broadcast an hour from now and returns its id. more follows the usual fields.
func reserve(t *testing.T, w *qiweitest.World, c *qiweitest.Client, more string) string {
	t.Helper()
	body := fmt.Sprintf(`{"anchor_userid":"ZhangSan","theme":"直角三角形讲解","living_start":%d,"living_duration":1800%s}`, w.Clock.Now().Unix()+3600, more)
	return call(t, c, "create", body, 0).Text("livingid")
}

func info(t *testing.T, c *qiweitest.Client, livingID string) map[string]any {
	t.Helper()
	m, _ := call(t, c, "get_living_info", "?livingid="+livingID, 0).At("living_info").(map[string]any)
	return m
}

// shows compares fields of living_info; a nil is an absent field.
func shows(t *testing.T, what string, got map[string]any, want map[string]any) {
	t.Helper()
	for name, v := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(v) {
			t.Errorf("%s: %s is %v, want %v", what, name, got[name], v)
		}
	}
}

func script(t *testing.T, w *qiweitest.World, name, livingID, more string) string {
	t.Helper()
	body := fmt.Sprintf(`{"corpid":%q,"livingid":%q%s}`, w.CorpID, livingID, more)
	status, text := w.Script("living/"+name, body)
	if status != 200 {
		t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	return text
}

// customerOf adds a customer by script and returns its external_userid.
func customerOf(w *qiweitest.World, name string) string {
	var out struct {
		External string `json:"external_userid"`
	}
	w.Scripted("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":%q,"unionid":%q}`, w.CorpID, name, "union"+name), &out)
	return out.External
}

// TestLife follows a broadcast from its reservation to the deletion of its replay: what it answers, what the
// application is told, and who watched for how long.
func TestLife(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, other := listed(w.Corp), listed(w.Corp)
		told, others := w.Receiver(c), w.Receiver(other)
		w.Delivered()
		told.Take()
		others.Take()
		var pushes []string
		heard := func(status string) {
			t.Helper()
			w.Delivered()
			var got []string
			for _, r := range told.Take() {
				pushes = append(pushes, r.XML())
				got = append(got, r.Field("Event")+" "+r.Field("Status")+" "+r.Field("FromUserName")+" "+r.Field("AgentID"))
			}
			if want := fmt.Sprintf("living_status_change %s zhangsan %d", status, c.AgentID); len(got) != 1 || got[0] != want {
				t.Errorf("told %q, want %q", got, want)
			}
			if n := len(others.Take()); n != 0 {
				t.Errorf("another application was told %d times", n)
			}
		}
		start := w.Clock.Now().Unix() + 3600
		livingID := reserve(t, w, c, `,"description":"小学数学精选课程","type":3`)
		heard("0")
		wang := customerOf(w, "王小客")
		script(t, w, "reserve", livingID, `,"userid":"lisi"`)
		script(t, w, "reserve", livingID, `,"external_userid":"`+wang+`"`)
		shows(t, "reserved", info(t, c, livingID), map[string]any{"theme": "直角三角形讲解", "living_start": float64(start), "living_duration": 1800, "status": 0, "reserve_start": float64(start), "reserve_living_duration": 1800,
			"description": "小学数学精选课程", "anchor_userid": "zhangsan", "main_department": 2, "viewer_num": 0, "open_replay": 0, "replay_status": nil, "type": 3, "push_stream_url": nil, "online_count": 0, "subscribe_count": 2})

		w.Advance(time.Hour + 10*time.Second)
		script(t, w, "begin", livingID, "")
		heard("1")
		script(t, w, "enter", livingID, `,"userid":"LiSi"`)
		w.Advance(time.Minute)
		script(t, w, "enter", livingID, `,"external_userid":"`+wang+`","invitor":{"userid":"LiSi"}`)
		script(t, w, "comment", livingID, `,"external_userid":"`+wang+`"`)
		script(t, w, "speak", livingID, `,"userid":"lisi"`)
		w.Advance(time.Minute)
		script(t, w, "leave", livingID, `,"userid":"lisi"`)
		shows(t, "on air", info(t, c, livingID), map[string]any{"status": 1, "living_start": float64(start + 10), "living_duration": 120, "viewer_num": 2, "comment_num": 1, "mic_num": 1, "online_count": 1})
		w.Advance(time.Minute)
		script(t, w, "end", livingID, "")
		heard("2")
		shows(t, "ended", info(t, c, livingID), map[string]any{"status": 2, "living_duration": 180, "online_count": 0, "open_replay": 1, "replay_status": 1})
		stat := call(t, c, "get_watch_stat", `{"livingid":"`+livingID+`","next_key":"0"}`, 0)
		want := `map[external_users:[map[external_userid:` + wang + ` invitor_userid:lisi is_comment:1 is_mic:0 name:王小客 type:1 watch_time:120]] users:[map[is_comment:0 is_mic:1 userid:lisi watch_time:120]]]`
		if got := fmt.Sprint(stat.At("stat_info")); got != want || stat.Int("ending") != 1 {
			t.Errorf("watched: %s, want %s", got, want)
		}

		call(t, c, "delete_replay_data", `{"livingid":"`+livingID+`"}`, 92007) // it is in the making
		w.Advance(time.Minute)
		shows(t, "replay", info(t, c, livingID), map[string]any{"open_replay": 1, "replay_status": 0})
		script(t, w, "enter", livingID, `,"userid":"wangwu"`)
		w.Advance(time.Minute)
		script(t, w, "leave", livingID, `,"userid":"wangwu"`)
		shows(t, "replayed", info(t, c, livingID), map[string]any{"viewer_num": 3})
		call(t, c, "delete_replay_data", `{"livingid":"`+livingID+`"}`, 0)
		shows(t, "deleted", info(t, c, livingID), map[string]any{"open_replay": 1, "replay_status": 2})
		call(t, c, "delete_replay_data", `{"livingid":"`+livingID+`"}`, 92007)
		if status, text := w.Script("living/enter", `{"corpid":"`+w.CorpID+`","livingid":"`+livingID+`","userid":"wangwu"}`); status == 200 {
			t.Errorf("a deleted replay is watched: %s", text)
		}
		call(t, c, "modify", `{"livingid":"`+livingID+`","theme":"新"}`, 92006)
		call(t, c, "cancel", `{"livingid":"`+livingID+`"}`, 92006)
		same(t, strings.NewReplacer(w.CorpID, "wwCORP", livingID, "lvLIVING").Replace(strings.Join(pushes, "\n")))
	})
}

// same compares pushes with those in testdata/push, which are held against the pages.
func same(t *testing.T, pushes string) {
	t.Helper()
	qiweitest.Golden(t, "push/told.txt", regexp.MustCompile(`<AgentID>\d+`).ReplaceAllString(pushes, "<AgentID>1000002")+"\n")
}

// TestReservation changes, cancels and lets expire what is reserved.
func TestReservation(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		told := w.Receiver(c)
		livingID := reserve(t, w, c, "")
		next := w.Clock.Now().Unix() + 7200
		call(t, c, "modify", fmt.Sprintf(`{"livingid":%q,"theme":"新主题","living_start":"%d","living_duration":60,"type":0,"description":"新","remind_time":60}`, livingID, next), 0)
		shows(t, "changed", info(t, c, livingID), map[string]any{"theme": "新主题", "reserve_start": float64(next), "living_start": float64(next), "reserve_living_duration": 60, "description": "新"})
		call(t, c, "modify", `{"livingid":"`+livingID+`"}`, 0)
		shows(t, "nothing given", info(t, c, livingID), map[string]any{"theme": "新主题", "reserve_living_duration": 60})
		w.Delivered()
		told.Take()
		call(t, c, "cancel", `{"livingid":"`+livingID+`"}`, 0)
		w.Delivered()
		if got := told.Take(); len(got) != 1 || got[0].Field("Status") != "4" || got[0].Field("LivingId") != livingID {
			t.Errorf("told of the end: %v", got)
		}
		shows(t, "cancelled", info(t, c, livingID), map[string]any{"status": 4})
		call(t, c, "cancel", `{"livingid":"`+livingID+`"}`, 92006)
		call(t, c, "get_living_code", `{"livingid":"`+livingID+`","openid":"o1"}`, 92006)

		late := reserve(t, w, c, "")
		w.Delivered()
		told.Take()
		w.Advance(90*time.Minute - time.Second)
		shows(t, "a second before its end", info(t, c, late), map[string]any{"status": 0})
		w.Advance(time.Second)
		shows(t, "over", info(t, c, late), map[string]any{"status": 3})
		call(t, c, "modify", `{"livingid":"`+late+`","theme":"新"}`, 92006)
		if status, _ := w.Script("living/begin", `{"corpid":"`+w.CorpID+`","livingid":"`+late+`"}`); status == 200 {
			t.Error("one that has expired began")
		}
		w.Delivered()
		if n := len(told.Take()); n != 0 {
			t.Errorf("told %d times of what has expired", n)
		}
	})
}

// reminders counts those in a member's messages.
func reminders(t *testing.T, w *qiweitest.World, user string) (n int) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		count, err := tx.Count(`SELECT count(*) FROM message m JOIN message_copy i ON i.message = m.no JOIN member u ON u.no = i.member WHERE u.corpid = ? AND u.userkey = ? AND m.body LIKE ?`, w.CorpID, user, "%直播提醒%")
		n = int(count)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestReminders go to the anchor and to the members who have reserved a place, once, at the time before it.
func TestReminders(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Living)
		c := listed(w.Corp)
		livingID := reserve(t, w, c, `,"remind_time":600`)
		cancelled := reserve(t, w, c, `,"remind_time":600`)
		call(t, c, "cancel", `{"livingid":"`+cancelled+`"}`, 0)
		script(t, w, "reserve", livingID, `,"userid":"lisi"`)
		due := func(want int) {
			t.Helper()
			w.Scripted("living/remind", `{}`, nil)
			for _, user := range []string{"zhangsan", "lisi", "wangwu"} {
				n := want
				if user == "wangwu" {
					n = 0
				}
				if got := reminders(t, w, user); got != n {
					t.Errorf("%s has %d reminders, want %d", user, got, n)
				}
			}
		}
		w.Advance(50*time.Minute - time.Second)
		due(0)
		w.Advance(time.Second)
		due(1)
		due(1)
	})
}

// TestRefusals: wrong values, unknown ids, and those of others.
func TestRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now().Unix()
		create := func(fields string) string { return `{` + fields + `}` }
		good := fmt.Sprintf(`"anchor_userid":"zhangsan","theme":"a","living_duration":60,"living_start":%d`, now+60)
		for _, row := range []struct {
			body string
			code int
		}{
			{create(strings.Replace(good, `"zhangsan"`, `""`, 1)), 41009},
			{create(strings.Replace(good, `"zhangsan"`, `"nobody"`, 1)), 60111},
			{create(strings.Replace(good, `"theme":"a"`, `"theme":""`, 1)), 40063},
			{create(strings.Replace(good, `"theme":"a"`, `"theme":{}`, 1)), 40063},
			{create(strings.Replace(good, `60,`, `0,`, 1)), 40058},
			{create(strings.Replace(good, `60,`, `604801,`, 1)), 40058},
			{create(`"anchor_userid":"zhangsan","theme":"a","living_duration":60`), 40063},
			{create(fmt.Sprintf(`"anchor_userid":"zhangsan","theme":"a","living_duration":60,"living_start":%d`, now-60)), 40058},
			{create(`"anchor_userid":"zhangsan","theme":"a","living_duration":60,"living_start":9223372036854775807`), 40058},
			{create(good + `,"type":5`), 40058},
			{create(good + `,"type":-1`), 40058},
			{create(good + `,"remind_time":-1`), 40058},
			{create(good + `,"type":4,"activity_cover_mediaid":"nothing"`), 40007},
			{create(good + `,"type":4,"activity_detail":{"image_list":["nothing"]}`), 40007},
			{create(good + `,"type":4,"activity_detail":{"description":"活动","image_list":[]}`), 0},
			{create(good + `,"activity_cover_mediaid":"ignored, as it is no activity"`), 0},
		} {
			if got := c.Call("POST", "/cgi-bin/living/create", row.body); got.ErrCode != row.code {
				t.Errorf("%s: %s, want %d", row.body, got.Body, row.code)
			}
		}
		livingID := reserve(t, w, c, "")
		for who, client := range map[string]*qiweitest.Client{"another application": listed(w.Corp), "the built-in one": w.As(access.Living), "the twin": listed(w.Second)} {
			code := 92008
			if who == "the twin" {
				code = 40058
			}
			for _, name := range []string{"modify", "cancel", "delete_replay_data", "get_watch_stat", "get_living_code"} {
				if got := client.Call("POST", "/cgi-bin/living/"+name, `{"livingid":"`+livingID+`","openid":"o","theme":"b"}`); got.ErrCode != code {
					t.Errorf("%s, %s: %s, want %d", who, name, got.Body, code)
				}
			}
			call(t, client, "get_living_info", "?livingid="+livingID, code)
			if ids := call(t, client, "get_user_all_livingid", `{"userid":"zhangsan"}`, 0).List("livingid_list"); len(ids) != 0 {
				t.Errorf("%s lists %v", who, ids)
			}
		}
		for _, name := range []string{"modify", "cancel", "delete_replay_data", "get_watch_stat", "get_living_code"} {
			call(t, c, name, `{}`, 40063)
			call(t, c, name, `{"livingid":"lv0"}`, 40058)
		}
		call(t, c, "get_living_info", "?a=b", 40063)
		call(t, c, "get_living_code", `{"livingid":"`+livingID+`"}`, 40063)
		call(t, c, "get_user_all_livingid", `{"userid":"nobody"}`, 60111)
		call(t, c, "get_user_all_livingid", `{"userid":"zhangsan","cursor":"x"}`, 50100)
		call(t, c, "get_watch_stat", `{"livingid":"`+livingID+`","next_key":"x"}`, 50100)
		shows(t, "unchanged", info(t, c, livingID), map[string]any{"theme": "直角三角形讲解", "status": 0})
		narrow := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{4}}, Callable: []access.Kind{access.Living}})
		call(t, narrow, "create", create(good), 60011)
		call(t, narrow, "get_user_all_livingid", `{"userid":"zhangsan"}`, 60011)
		call(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "create", create(good), 48002)
	})
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	c := listed(w.Corp)
	livingID := reserve(t, w, c, "")
	create := func(fields string) int {
		return c.Call("POST", "/cgi-bin/living/create", fmt.Sprintf(`{"anchor_userid":"zhangsan","living_start":%d,"living_duration":60,%s}`, w.Clock.Now().Unix()+60, fields)).ErrCode
	}
	modify := func(fields string) int {
		return c.Call("POST", "/cgi-bin/living/modify", fmt.Sprintf(`{"livingid":%q,%s}`, livingID, fields)).ErrCode
	}
	for _, row := range []struct {
		constant string
		most     int
		code     func(n int) int
	}{
		{"living.maxTheme", 20, func(n int) int { return create(`"theme":"` + strings.Repeat("字", n) + `"`) }},
		{"living.maxThemeBytes", 60, func(n int) int { return modify(`"theme":"` + strings.Repeat("a", n) + `"`) }},
		{"living.maxDescription", 100, func(n int) int { return create(`"theme":"a","description":"` + strings.Repeat("字", n) + `"`) }},
		{"living.maxDescriptionBytes", 300, func(n int) int { return modify(`"description":"` + strings.Repeat("a", n) + `"`) }},
		{"living.maxImages", 5, func(n int) int { // those behind the fifth are not looked at
			return create(`"theme":"a","type":4,"activity_detail":{"image_list":[` + strings.Repeat(`"",`, n) + `"nothing"]}`)
		}},
	} {
		below, at, above := row.code(row.most-1), row.code(row.most), row.code(row.most+1)
		want := []int{0, 0, 40058}
		if row.constant == "living.maxImages" {
			want = []int{40007, 0, 0}
		}
		if !slices.Equal([]int{below, at, above}, want) {
			t.Errorf("%s: %d, %d, %d, want %v", row.constant, below, at, above, want)
		}
	}
}

// TestPages reads long lists in parts.
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		var want []string
		for range 5 {
			want = append(want, reserve(t, w, c, ""))
		}
		var got []any
		cursor := ""
		for range 3 {
			page := call(t, c, "get_user_all_livingid", `{"userid":"zhangsan","limit":2,"cursor":"`+cursor+`"}`, 0)
			got = append(got, page.List("livingid_list")...)
			cursor = page.Text("next_cursor")
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || cursor != "" {
			t.Errorf("%v, then %q; want %v", got, cursor, want)
		}
		first := call(t, c, "get_user_all_livingid", `{"userid":"zhangsan","limit":2}`, 0).Text("next_cursor")
		call(t, c, "get_user_all_livingid", `{"userid":"lisi","cursor":"`+first+`"}`, 50100)
		call(t, listed(w.Corp), "get_user_all_livingid", `{"userid":"zhangsan","cursor":"`+first+`"}`, 50100)

		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range 101 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("v%d", i)), Name: "观众", Enabled: true, Email: fmt.Sprintf("v%d@corp.example", i), Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		script(t, w, "begin", want[0], "")
		for i := range 101 {
			script(t, w, "enter", want[0], fmt.Sprintf(`,"userid":"v%d"`, i))
		}
		page := call(t, c, "get_watch_stat", `{"livingid":"`+want[0]+`"}`, 0)
		if n := len(page.List("stat_info.users")); n != 100 || page.Int("ending") != 0 {
			t.Fatalf("the first page has %d, ending %d", n, page.Int("ending"))
		}
		rest := call(t, c, "get_watch_stat", `{"livingid":"`+want[0]+`","next_key":"`+page.Text("next_key")+`"}`, 0)
		if rest.Text("stat_info.users.0.userid") != "v100" || len(rest.List("stat_info.users")) != 1 || rest.Int("ending") != 1 {
			t.Errorf("the second page: %v", rest)
		}
		call(t, c, "get_watch_stat", `{"livingid":"`+want[1]+`","next_key":"`+page.Text("next_key")+`"}`, 50100)
	})
}

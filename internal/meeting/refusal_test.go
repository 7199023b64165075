package meeting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestRefusals: wrong values, unknown ids, those of others, and who may not call.
func TestRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now().Unix()
		good := fmt.Sprintf(`"admin_userid":"zhangsan","title":"a","meeting_duration":300,"meeting_start":%d`, now+60)
		for _, row := range []struct {
			body string
			code int
		}{
			{strings.Replace(good, `"zhangsan"`, `""`, 1), 41009},
			{strings.Replace(good, `"zhangsan"`, `"nobody"`, 1), 60111},
			{strings.Replace(good, `"a"`, `""`, 1), 400042},
			{strings.Replace(good, `"a"`, `{}`, 1), 400042},
			{strings.Replace(good, `300,`, `-60,`, 1), 400035}, // it would end before it starts
			{strings.Replace(good, `300,`, `"x",`, 1), 400035},
			{`"admin_userid":"zhangsan","title":"a","meeting_duration":300`, 400034},
			{fmt.Sprintf(`"admin_userid":"zhangsan","title":"a","meeting_duration":300,"meeting_start":%d`, now), 400222},
			{`"admin_userid":"zhangsan","title":"a","meeting_duration":300,"meeting_start":9223372036854775807`, 400034},
			{good + `,"invitees":{"userid":["lisi","nobody"]}`, 400021},
			{good + `,"settings":{"hosts":{"userid":["nobody"]}}`, 400021},
			{good + `,"settings":{"ring_users":{"userid":["lisi"]}}`, 400037},
			{good + `,"settings":{"password":"12345a"}`, 400030},
			{good + `,"settings":{"password":"123"}`, 400030},
			{good + `,"settings":{"enable_enter_mute":3}`, 400031},
			{good + `,"settings":{"remind_scope":5}`, 400031},
			{good + `,"settings":{"watermark_type":2}`, 400031},
			{good + `,"settings":{"auto_record_type":"tape"}`, 400031},
			{good + `,"settings":{"enable_host_key":true,"host_key":"12345"}`, 400031},
			{good + `,"settings":{"allow_unmute_self":false}`, 400031},
			{good + `,"settings":{"allow_unmute_self":false,"mute_all":true}`, 0},
			{good + `,"guests":[{"area":"+86","phone_number":"13500000000"}]`, 40058},
			{good + `,"guests":[{"area":"86","phone_number":"x"}]`, 40058},
			{good + `,"cal_id":"wc0"`, 400036},
			{good + `,"location":null,"unknown":[1],`, 0},
			{good, 400302}, // the same meeting again
			{good + `,"invitees":{"userid":["zhangsan"]}`, 400302},
			{good + `,"skip_duplicate_check":true`, 0},
			{good + `,"invitees":{"userid":["lisi"]}`, 0},
			{good + `,"invitees":{"userid":["zhangsan","LiSi"]}`, 400302},
			{good + `,"settings":{"enable_host_key":true}`, 0},
			{good + `,"settings":{"enable_host_key":true}`, 400302},
			{good + `,"description":"b"`, 0},
			{strings.Replace(good, `"a"`, `"b"`, 1), 0},
			{strings.Replace(good, `300,`, `600,`, 1), 0},
		} {
			if got := c.Call("POST", "/cgi-bin/meeting/create", "{"+row.body+"}"); got.ErrCode != row.code {
				t.Errorf("%s: %s, want %d", row.body, got.Body, row.code)
			}
		}
		meetingID := reserve(t, w, c, `,"settings":{"enable_enroll":true}`)
		of := func(more string) string { return `{"meetingid":"` + meetingID + `"` + more + `}` }
		for _, row := range []struct {
			name, more string
			code       int
		}{
			{"update", fmt.Sprintf(`,"meeting_start":%d`, now+90), 400035},
			{"update", `,"meeting_duration":300`, 400034},
			{"update", `,"title":""`, 400042},
			{"update", `,"invitees":{"userid":["nobody"]}`, 400021},
			{"update", `,"cal_id":"wc0"`, 400036},
			{"cancel", `,"sub_meetingid":"1"`, 730003},
			{"get_info", `,"sub_meetingid":"1"`, 730003},
			{"set_invitees", ``, 730009},
			{"get_invitees", `,"cursor":"x"`, 50100},
			{"create_customer_short_url", ``, 40063},
			{"get_attendee_list", `,"limit":101`, 40058},
			{"get_attendee_list", `,"start_time":9,"end_time":8`, 40058},
			{"get_quality", ``, 40058},
			{"realcontrol/mute_user", `,"option":true`, 40063},
			{"realcontrol/mute_user", `,"operated_user":{"tmp_openid":"ms0"}`, 40063},
			{"realcontrol/mute_user", `,"option":true,"operated_user":{"tmp_openid":"ms0"}`, 40058}, // it is not held
			{"realcontrol/kickout_users", `,"operated_users":[]`, 40063},
			{"realcontrol/kickout_users", `,"allow_rejoin":true,"operated_users":[]`, 40063},
			{"realcontrol/set", `,"mute_all":true`, 40058},
			{"enroll/set_config", `,"approve_type":3`, 40058},
			{"enroll/approve", `,"action":3,"enroll_id_list":[]`, 40063},
			{"enroll/approve", `,"action":4,"enroll_id_list":["x"]`, 40058},
			{"enroll/import", `,"enroll_list":[{"userid":"nobody"}]`, 60111},
			{"enroll/import", `,"enroll_list":[{"phone_number":"13500000000"}]`, 40058},
			{"enroll/query_by_tmp_openid", `,"tmp_openid_list":[]`, 40063},
		} {
			call(t, c, row.name, of(row.more), row.code)
		}
		call(t, c, "get_info", `{}`, 40063)
		call(t, c, "get_info", `{"meeting_code":"000000000"}`, 730004)
		call(t, c, "get_user_meetingid", `{"userid":"nobody"}`, 60111)
		call(t, c, "get_user_meetingid", fmt.Sprintf(`{"userid":"lisi","begin_time":1,"end_time":%d}`, now), 40058)
		call(t, c, "check_device_in_meeting", `{"userid":"lisi"}`, 40063)
		call(t, c, "statistics/get_start_list", `{"type":3,"begin_time":1,"end_time":2}`, 40058)
		call(t, c, "statistics/get_start_list", `{"type":1,"begin_time":2,"end_time":2}`, 40058)
		calls := []string{"update", "cancel", "get_info", "get_invitees", "set_invitees", "get_guests", "set_guests", "create_customer_short_url", "get_customer_short_url", "get_attendee_list", "get_realtime_attendee_list",
			"waitingroom/get_current_user_list", "waitingroom/get_user_list", "get_quality", "enroll/set_config", "enroll/get_config", "enroll/list", "realcontrol/set", "realcontrol/dismiss"}
		for who, client := range map[string]*qiweitest.Client{"another application": listed(w.Corp), "the built-in one": w.As(access.Meeting), "the twin": listed(w.Second)} {
			code := 730005
			if who == "the twin" {
				code = 90602
			}
			for _, name := range calls {
				if got := client.Call("POST", "/cgi-bin/meeting/"+name, of("")); got.ErrCode != code {
					t.Errorf("%s, %s: %s, want %d", who, name, got.Body, code)
				}
			}
			if ids := call(t, client, "get_user_meetingid", `{"userid":"zhangsan"}`, 0).List("meetingid_list"); len(ids) != 0 {
				t.Errorf("%s lists %v", who, ids)
			}
		}
		for _, name := range calls {
			if name != "get_info" {
				call(t, c, name, `{}`, 40063)
			}
			call(t, c, name, `{"meetingid":"hy0"}`, 90602)
		}
		shows(t, "unchanged", info(t, c, meetingID), map[string]any{"title": "周会", "status": 1, "attendees.member.1": nil})
		narrow := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{4}}, Callable: []access.Kind{access.Meeting}})
		call(t, narrow, "create", "{"+good+"}", 60011)
		call(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "create", "{"+good+"}", 48002)
	})
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	c := listed(w.Corp)
	meetingID := reserve(t, w, c, `,"settings":{"enable_enroll":true}`)
	start := w.Clock.Now().Unix() + 60
	send := func(name, body string) int { return c.Call("POST", "/cgi-bin/meeting/"+name, body).ErrCode }
	create := func(fields string) int {
		return send("create", fmt.Sprintf(`{"admin_userid":"zhangsan","title":"a","meeting_start":%d,"meeting_duration":300,"skip_duplicate_check":true%s}`, start, fields))
	}
	of := func(name, fields string) int { return send(name, `{"meetingid":"`+meetingID+`"`+fields+`}`) }
	words := func(n int) string { return `"` + strings.Repeat("字", n) + `"` }
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	question := func(fields string) string {
		return `,"is_collect_question":2,"question_list":[{"is_required":1,` + fields + `}]`
	}
	limit := func(name, more string) func(int) int {
		return func(n int) int { return of(name, fmt.Sprintf(`%s,"limit":%d`, more, n)) }
	}
	for _, row := range []struct {
		constant string
		most     int
		code     func(n int) int
		above    int
	}{
		{"meeting.maxTitle", 255, func(n int) int { return create(`,"title":` + words(n)) }, 400042},
		{"meeting.maxDescription", 500, func(n int) int { return create(`,"description":` + words(n)) }, 40058},
		{"meeting.maxLocation", 128, func(n int) int { return create(`,"location":` + words(n)) }, 40058},
		{"meeting.maxLength", 86399, func(n int) int { return create(fmt.Sprintf(`,"meeting_duration":%d`, n)) }, 400035},
		{"meeting.maxHosts", 10, func(n int) int { return create(`,"settings":{"hosts":{"userid":[` + many(n, `"lisi"`) + `]}}`) }, 400027},
		{"meeting.maxNamed", 300, func(n int) int { return create(`,"invitees":{"userid":[` + many(n, `"lisi"`) + `]}`) }, 400020},
		{"meeting.maxInvitees", 2000, func(n int) int { return of("set_invitees", `,"invitees":[`+many(n, `{"userid":"zhangsan"}`)+`]`) }, 400020},
		{"meeting.maxGuestName", 16, func(n int) int {
			return of("set_guests", `,"guests":[{"area":"86","phone_number":"13500000000","guest_name":`+words(n)+`}]`)
		}, 40058},
		{"meeting.maxGuests", 300, func(n int) int {
			return of("set_guests", `,"guests":[`+many(n, `{"area":"86","phone_number":"13500000000"}`)+`]`)
		}, 400020},
		{"meeting.maxLinkData", 256, func(n int) int {
			return of("create_customer_short_url", `,"customer_data":"`+strings.Repeat("a", n)+`"`)
		}, 40058},
		{"meeting.maxSubs", 200, func(n int) int {
			return create(fmt.Sprintf(`,"reminders":{"is_repeat":1,"repeat_until_type":1,"repeat_until_count":%d}`, n))
		}, 40058},
		{"meeting.maxSparse", 50, func(n int) int {
			return create(fmt.Sprintf(`,"reminders":{"is_repeat":1,"repeat_type":2,"repeat_until_type":1,"repeat_until_count":%d}`, n))
		}, 40058},
		{"meeting.maxQuestionTitle", 40, func(n int) int {
			return of("enroll/set_config", question(`"question_type":3,"question_title":`+words(n)))
		}, 40058},
		{"meeting.maxOptions", 8, func(n int) int {
			return of("enroll/set_config", question(`"question_type":1,"question_title":"q","option_list":[`+many(n, `{"content":"o"}`)+`]`))
		}, 40058},
		{"meeting.maxOption", 40, func(n int) int {
			return of("enroll/set_config", question(`"question_type":1,"question_title":"q","option_list":[{"content":`+words(n)+`}]`))
		}, 40058},
		{"meeting.maxQuestions", 100, func(n int) int {
			return of("enroll/set_config", `,"is_collect_question":2,"question_list":[`+many(n, `{"is_required":1,"special_type":2}`)+`]`)
		}, 40058},
		{"meeting.maxNickname", 20, func(n int) int {
			return of("enroll/import", `,"enroll_list":[{"userid":"lisi","nick_name":`+words(n)+`}]`)
		}, 40058},
		{"meeting.maxImported", 1000, func(n int) int { return of("enroll/import", `,"enroll_list":[`+many(n, `{"userid":"lisi"}`)+`]`) }, 40058},
		{"meeting.maxOpenIDs", 500, func(n int) int { return of("enroll/query_by_tmp_openid", `,"tmp_openid_list":[`+many(n, `"ms0"`)+`]`) }, 40058},
		{"meeting.maxEnrolled", 50, limit("enroll/list", ""), 40058},
		{"meeting.maxAttendees", 100, limit("get_attendee_list", ""), 40058},
		{"meeting.maxNow", 50, limit("waitingroom/get_user_list", ""), 40058},
		{"meeting.maxChecked", 100, func(n int) int {
			return send("check_device_in_meeting", `{"userid":"lisi","meetingid_list":[`+many(n, `"`+meetingID+`"`)+`]}`)
		}, 40058},
		{"meeting.maxStarted", 1000, func(n int) int {
			return send("statistics/get_start_list", fmt.Sprintf(`{"type":1,"begin_time":1,"end_time":2,"limit":%d}`, n))
		}, 40058},
		{"meeting.maxStartedDays", 30, func(n int) int {
			return send("statistics/get_start_list", fmt.Sprintf(`{"type":1,"begin_time":1,"end_time":%d}`, 1+n*86400))
		}, 40058},
		{"meeting.maxAskedDays", 180, func(n int) int {
			return send("get_user_meetingid", fmt.Sprintf(`{"userid":"lisi","begin_time":1,"end_time":%d}`, 1+n*86400))
		}, 40058},
	} {
		below, at, above := row.code(row.most-1), row.code(row.most), row.code(row.most+1)
		if got := []int{below, at, above}; !slices.Equal(got, []int{0, 0, row.above}) {
			t.Errorf("%s: %v, want 0, 0, %d", row.constant, got, row.above)
		}
	}
	if got := []int{create(`,"meeting_duration":299`), create(`,"meeting_duration":300`), create(`,"meeting_duration":301`)}; !slices.Equal(got, []int{400035, 0, 0}) {
		t.Errorf("%s: %v", "meeting.minLength", got)
	}
}

// TestLimitsInside walks the limits of what is done to people, and of what they say.
func TestLimitsInside(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		meetingID := reserve(t, w, c, `,"settings":{"enable_enroll":true}`)
		join := func(n int) int {
			status, _ := w.Script("meetings/join", fmt.Sprintf(`{"corpid":%q,"meetingid":%q,"name":%q}`, w.CorpID, meetingID, strings.Repeat("客", n)))
			return status
		}
		call(t, c, "enroll/set_config", `{"meetingid":"`+meetingID+`","is_collect_question":2,"question_list":[{"is_required":1,"special_type":5}]}`, 0)
		answer := func(n int) int {
			status, _ := w.Script("meetings/enroll", fmt.Sprintf(`{"corpid":%q,"meetingid":%q,"name":"客%d","answers":{"1":[%q]}}`, w.CorpID, meetingID, n, strings.Repeat("答", n)))
			return status
		}
		for constant, got := range map[string][]int{"meeting.maxAnswer": {answer(499), answer(500), answer(501)}} {
			if !slices.Equal(got, []int{200, 200, 400}) {
				t.Errorf("%s: %v", constant, got)
			}
		}
		open := reserve(t, w, c, "")
		meetingID = open
		if got := []int{join(19), join(20), join(21)}; !slices.Equal(got, []int{200, 200, 400}) {
			t.Errorf("%s: %v", "meeting.maxName", got)
		}
		kick := func(n int) int {
			one := `{"tmp_openid":"ms0","instance_id":1},`
			return c.Call("POST", "/cgi-bin/meeting/realcontrol/kickout_users", `{"meetingid":"`+open+`","allow_rejoin":true,"operated_users":[`+strings.TrimSuffix(strings.Repeat(one, n), ",")+`]}`).ErrCode
		}
		if got := []int{kick(1999), kick(2000), kick(2001)}; !slices.Equal(got, []int{730000, 730000, 40058}) {
			t.Errorf("%s: %v", "meeting.maxOperated", got)
		}
	})
}

package checkin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// sample is the page's own (doc 98041), for a member of ours.
const sample = `{"effective_now":true,"group":{"grouptype":1,"groupname":"打卡规则1","checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[{"time_id":1,"work_sec":36000,"off_work_sec":43200,"remind_work_sec":35400,"remind_off_work_sec":43200,"earliest_work_sec":35040,"latest_work_sec":37020,"earliest_off_work_sec":43140,"latest_off_work_sec":43800}],"flex_on_duty_time":0,"flex_off_duty_time":0}],"sync_holidays":true,"need_photo":true,"note_can_use_local_pic":false,"wifimac_infos":[{"wifiname":"Tencent-WiFi-1","wifimac":"c0:7b:bc:37:f8:d3"}],"allow_checkin_offworkday":true,"allow_apply_offworkday":true,"loc_infos":[{"lat":30547030,"lng":104062890,"loc_title":"腾讯成都大厦","loc_detail":"四川省成都市武侯区高新南区天府三街","distance":300}],"range":{"party_id":[],"userid":["ZHANGSAN"],"tagid":[]},"white_users":["zhangsan"],"type":0,"reporterinfo":{"reporters":[{"userid":"zhangsan"}]},"ot_info_v2":{"workdayconf":{"allow_ot":true,"type":0}},"allow_apply_bk_cnt":-1,"option_out_range":0,"use_face_detect":true,"allow_apply_bk_day_limit":-1,"open_face_live_detect":true,"buka_limit_next_month":-1,"sync_out_checkin":true,"buka_remind":{"open_remind":true,"buka_remind_day":28,"buka_remind_month":0},"buka_restriction":0,"checkin_method_type":0}}`

// TestSample: the page's sample makes a rule, which both calls answer.
func TestSample(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.must("add_checkin_option", sample)
		want := `{"grouptype":1,"groupid":1,"open_sp_checkin":true,"checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[{"work_sec":36000,"off_work_sec":43200,"remind_work_sec":35400,"remind_off_work_sec":43200}],"flex_time":0,"noneed_offwork":false,"limit_aheadtime":960000,"flex_on_duty_time":0,"flex_off_duty_time":0}],"spe_workdays":[],"spe_offdays":[],"sync_holidays":true,"groupname":"打卡规则1","need_photo":true,"wifimac_infos":[{"wifiname":"Tencent-WiFi-1","wifimac":"c0:7b:bc:37:f8:d3"}],"note_can_use_local_pic":false,"allow_checkin_offworkday":true,"allow_apply_offworkday":true,"loc_infos":[{"lat":30547030,"lng":104062890,"loc_title":"腾讯成都大厦","loc_detail":"四川省成都市武侯区高新南区天府三街","distance":300}],"schedulelist":[],"offwork_interval_time":0,"checkin_method_type":0,"buka_restriction":0`
		now := h.Clock.Now().Unix()
		got := h.must("getcorpcheckinoption", "{}").Body
		for _, part := range []string{want, `"range":{"party_id":[],"userid":["zhangsan"],"tagid":[]}`, fmt.Sprintf(`"create_time":%d`, now), `"white_users":["zhangsan"]`, `"reporters":[{"userid":"zhangsan"}]`, `"ot_info":{"type":0,"allow_ot_workingday":true,"allow_ot_nonworkingday":false`, `"use_face_detect":true`} {
			if !strings.Contains(got, part) {
				t.Errorf("%s has no %s", got, part)
			}
		}
		mine := h.must("getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":["zhangsan","lisi"]}`, at("01-06 00:00"))).Body
		if !strings.Contains(mine, `"info":[{"userid":"zhangsan","group":`+want+`}}]`) {
			t.Error(mine)
		}
		if before := h.must("getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":["zhangsan"]}`, at("01-05 00:00"))).Body; !strings.Contains(before, `"info":[]`) {
			t.Error(before)
		}
	})
}

// TestWhoMayCall: the application's own secret, self-built ones that are listed, and providers' with the permission,
// as each page has it.
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		own := []string{"add_checkin_record", "addcheckinuserface", "punch_correction"}
		custom := []string{"add_checkin_option", "update_checkin_option", "del_checkin_option", "clear_checkin_option_array_field", "getcorpcheckinoption"}
		all := []string{"getcheckinoption", "getcheckindata", "getcheckin_daydata", "getcheckin_monthdata", "getcheckinschedulist", "setcheckinschedulist"}
		for _, tt := range []struct {
			name   string
			client *qiweitest.Client
			may    [3]bool
		}{
			{"check-in", h.As(access.Checkin), [3]bool{true, true, true}}, {"listed", h.app, [3]bool{true, true, true}},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), [3]bool{}}, {"approval", h.As(access.Approval), [3]bool{}},
		} {
			for i, calls := range [][]string{own, custom, all} {
				for _, call := range calls {
					if may := !as(tt.client, call, "{}").Refused(); may != tt.may[i] {
						t.Errorf("%s as %s: %v", call, tt.name, may)
					}
				}
			}
		}
	})
}

// TestVersions: a change begins today or tomorrow, and only the rule's own application makes it (doc 98041).
func TestVersions(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		other := h.WithApp(access.SelfBuilt, listed(access.Everything()))
		number := h.add(group(1, "甲", `"lisi"`, office9("")+`,"wifimac_infos":[{"wifiname":"a","wifimac":"00:11:22:33:44:55"}]`))
		h.must("add_checkin_option", `{"group":{`+group(3, "明天", `"wangwu"`, `"checkindate":[{"workdays":[1]}]`)+`}}`)
		of := func(user, date string) string {
			t.Helper()
			var resp struct {
				Info []struct {
					Group ruleOf `json:"group"`
				} `json:"info"`
			}
			h.must("getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":[%q]}`, at(date+" 00:00"), user)).Decode(&resp)
			if len(resp.Info) == 0 {
				return ""
			}
			return resp.Info[0].Group.Name
		}
		h.expect("today", of("wangwu", "01-06"), "")
		h.expect("tomorrow", of("wangwu", "01-07"), "明天")
		h.expect("listed", fmt.Sprint(h.rules(h.app)), fmt.Sprintf("[{%d 甲 1} {%d 明天 3}]", number, number+1))
		change := func(c *qiweitest.Client, name, more string) int {
			return as(c, name, fmt.Sprintf(`{"effective_now":false,%s}`, more)).ErrCode
		}
		mine := fmt.Sprintf(`"group":{"groupid":%d,"groupname":"乙"}`, number)
		for what, got := range map[string][2]int{
			"another's rule":   {change(other, "update_checkin_option", mine), 301092},
			"another's clears": {change(other, "clear_checkin_option_array_field", fmt.Sprintf(`"groupid":%d,"clear_field":[3]`, number)), 301092},
			"another's end":    {change(other, "del_checkin_option", fmt.Sprintf(`"groupid":%d`, number)), 301092},
			"no rule":          {change(h.app, "update_checkin_option", `"group":{"groupid":99,"groupname":"乙"}`), 301089},
			"no number":        {change(h.app, "update_checkin_option", `"group":{"groupname":"乙"}`), 301089},
			"no group":         {change(h.app, "update_checkin_option", `"groupid":1`), 301075},
			"another kind":     {change(h.app, "update_checkin_option", fmt.Sprintf(`"group":{"groupid":%d,"grouptype":3}`, number)), 301093},
			"the twin's":       {change(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "del_checkin_option", fmt.Sprintf(`"groupid":%d`, number)), 301089},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: %d, want %d", what, got[0], got[1])
			}
		}
		h.must("update_checkin_option", fmt.Sprintf(`{%s}`, mine))
		h.expect("still", of("lisi", "01-06"), "甲")
		h.expect("from tomorrow", of("lisi", "01-07"), "乙")
		h.must("clear_checkin_option_array_field", fmt.Sprintf(`{"groupid":%d,"clear_field":[1,2,3],"effective_now":true}`, number))
		if got := h.must("getcorpcheckinoption", "{}").Body; strings.Contains(got, "00:11:22") {
			t.Error(got)
		}
		for _, fields := range []string{"[4]", "[]", "[5]", "[0]"} {
			if got := as(h.app, "clear_checkin_option_array_field", fmt.Sprintf(`{"groupid":%d,"clear_field":%s}`, number, fields)); got.ErrCode == 0 {
				t.Errorf("clear %s: %s", fields, got.Body)
			}
		}
		h.must("del_checkin_option", fmt.Sprintf(`{"groupid":%d}`, number))
		h.expect("the last day", of("lisi", "01-06"), "乙")
		h.expect("gone", of("lisi", "01-07"), "")
		if got := h.rules(h.app); len(got) != 2 {
			t.Errorf("until tomorrow: %v", got)
		}
		h.to("01-07 08:00")
		if got := h.rules(h.app); len(got) != 1 || got[0].Name != "明天" {
			t.Errorf("listed: %v", got)
		}
		if got := h.add(group(1, "新", `"lisi"`, office9(""))); got != number+2 {
			t.Errorf("the next number is %d", got)
		}
	})
}

// TestRanges: rules name people whom the application sees, each once, and the closest rule covers a member.
func TestRanges(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		sync := h.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"夜班","tagid":7}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["lisi"]}`)
		add := func(c *qiweitest.Client, name, people string) int {
			body := strings.Replace(group(3, name, "", `"checkindate":[{"workdays":[1,2,3,4,5]}]`), `"range":{"userid":[]}`, `"range":{`+people+`}`, 1)
			return as(c, "add_checkin_option", `{"effective_now":true,"group":{`+body+`}}`).ErrCode
		}
		for _, tt := range []struct {
			what   string
			c      *qiweitest.Client
			people string
			code   int
		}{
			{"nobody", h.app, ``, 301093}, {"a stranger", h.app, `"userid":["nobody"]`, 301090}, {"no department", h.app, `"party_id":[99]`, 301090}, {"no tag", h.app, `"tagid":[99]`, 301090},
			{"a member out of sight", narrow, `"userid":["wangwu"]`, 301090}, {"a department out of sight", narrow, `"party_id":[4]`, 301090}, {"a tag out of sight", narrow, `"tagid":[7]`, 301090},
			{"everybody", h.app, `"party_id":["1"]`, 0}, {"a department in sight", narrow, `"party_id":["3"]`, 0}, {"the department again", h.app, `"party_id":[3]`, 301091},
			{"a tag", h.app, `"tagid":[7]`, 0}, {"the tag again", h.app, `"tagid":[7],"userid":["wangwu"]`, 301091},
			{"a member", h.app, `"userid":["zhangsan"]`, 0}, {"the member again", h.app, `"userid":["ZhangSan"]`, 301091},
		} {
			if got := add(tt.c, tt.what, tt.people); got != tt.code {
				t.Errorf("%s: %d, want %d", tt.what, got, tt.code)
			}
		}
		covers := func(want string) {
			t.Helper()
			var resp struct {
				Info []struct {
					UserID string `json:"userid"`
					Group  ruleOf `json:"group"`
				} `json:"info"`
			}
			h.must("getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":["zhangsan","lisi","wangwu"]}`, at("01-06 00:00"))).Decode(&resp)
			var got []string
			for _, i := range resp.Info {
				got = append(got, i.UserID+" "+i.Group.Name)
			}
			h.expect("who is covered", strings.Join(got, ", "), want)
		}
		covers("zhangsan a member, lisi a tag, wangwu everybody")
		sync.Call("POST", "/cgi-bin/tag/deltagusers", `{"tagid":7,"userlist":["lisi"]}`)
		covers("zhangsan a member, lisi a department in sight, wangwu everybody")
	})
}

// TestRenamed: rules, shifts and check-ins follow a member whose userid has changed, and forget one who leaves.
func TestRenamed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: "made1", Name: "新人", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 3}}}
			_, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false)
			return err
		})
		shifts := `"schedulelist":[{"schedule_id":0,"schedule_name":"休息"},{"schedule_id":1,"schedule_name":"早班","time_section":[` + section(1, "9:00", "18:00", "") + `]}]`
		number := h.add(group(2, "甲", `"made1","lisi"`, shifts+`,"white_users":["lisi","made1"]`))
		h.must("setcheckinschedulist", fmt.Sprintf(`{"groupid":%d,"yearmonth":203101,"items":[{"userid":"made1","day":7,"schedule_id":1},{"userid":"made1","day":20,"schedule_id":1}]}`, number))
		h.punch("made1", "01-07 09:00", here)
		sync := h.As(access.ContactSync)
		if got := sync.Call("POST", "/cgi-bin/user/update", `{"userid":"made1","new_userid":"xinren"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := h.must("getcorpcheckinoption", "{}").Body; !strings.Contains(got, `"userid":["xinren","lisi"]`) || !strings.Contains(got, `"white_users":["lisi","xinren"]`) {
			t.Error(got)
		}
		h.expect("records", h.records("xinren", "01-07", 3), "上班打卡 09:00/-")
		if got := h.must("getcheckinschedulist", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["xinren"]}`, at("01-07 00:00"), at("01-20 00:00"))).Body; strings.Count(got, "早班") != 2 {
			t.Error(got)
		}
		if got := sync.Call("POST", "/cgi-bin/user/delete", `{"userid":"xinren"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := h.must("getcorpcheckinoption", "{}").Body; !strings.Contains(got, `"userid":["lisi"]`) {
			t.Error(got)
		}
	})
}

// TestFields walks the table of what is wrong with a rule, in the words of doc 98041. Each line of the file has the
// code, what replaces what in a good rule, and what the answer says.
func TestFields(t *testing.T) {
	text, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(t *testing.T, h *house) {
		good := map[string]string{
			"fixed":  group(1, "规则", `"lisi"`, office9("")),
			"free":   group(3, "规则", `"lisi"`, `"checkindate":[{"workdays":[1,2,3,4,5]}]`),
			"shifts": group(2, "规则", `"lisi"`, `"schedulelist":[{"schedule_id":0,"schedule_name":"休息"},{"schedule_id":1,"schedule_name":"早班","time_section":[`+section(1, "9:00", "18:00", noon)+`]}]`),
		}
		lines := 0
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			c := strings.Split(line, "\t")
			if len(c) != 5 {
				t.Fatalf("%q has %d columns", line, len(c))
			}
			lines++
			kind, from, to, code, words := c[0], c[1], c[2], c[3], c[4]
			body := good[kind]
			if from == "+" {
				body += "," + to
			} else {
				if !strings.Contains(body, from) {
					t.Fatalf("%s: no %s in %s", line, from, body)
				}
				body = strings.Replace(body, from, to, 1)
			}
			body = strings.NewReplacer("{tomorrow}", fmt.Sprint(at("01-07 00:00")), "{today}", fmt.Sprint(at("01-06 00:00")), "{later}", fmt.Sprint(at("01-20 00:00"))).Replace(body)
			if !json.Valid([]byte("{" + body + "}")) {
				t.Fatalf("%s: no JSON: %s", line, body)
			}
			got := as(h.app, "add_checkin_option", `{"effective_now":true,"group":{`+body+`}}`)
			if fmt.Sprint(got.ErrCode) != code || !strings.HasPrefix(got.ErrMsg, words) {
				t.Errorf("%s: %s", line, got.Body)
			}
			if got.ErrCode == 0 {
				list := h.rules(h.app)
				h.must("del_checkin_option", fmt.Sprintf(`{"groupid":%d,"effective_now":true}`, list[len(list)-1].Group))
			}
		}
		if lines < 100 {
			t.Errorf("only %d lines", lines)
		}
	})
}

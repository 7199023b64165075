package checkin_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
)

// apply has lisi, whose superior is zhangsan, submit an approval by one of the platform's templates. It returns the
// number, or what was wrong.
func (h *house) apply(template, content string) (number, refusal string) {
	h.t.Helper()
	reason := `{"control":"Textarea","id":"Textarea-1","value":{"text":"有事"}}`
	status, text := h.Script("approval/submit", fmt.Sprintf(`{"corpid":%q,"userid":"lisi","template":%q,"contents":[%s,%s]}`, h.CorpID, template, reason, content))
	if status != 200 {
		return "", text
	}
	_, rest, _ := strings.Cut(text, `"sp_no":"`)
	number, _, _ = strings.Cut(rest, `"`)
	return number, ""
}

// step has somebody take a step of an approval.
func (h *house) step(name, number, user string) {
	h.t.Helper()
	if status, text := h.Script("approval/"+name, fmt.Sprintf(`{"corpid":%q,"sp_no":%q,"userid":%q}`, h.CorpID, number, user)); status != 200 {
		h.t.Fatalf("%s: %d %s", name, status, text)
	}
}

// passed submits an approval and has it pass.
func (h *house) passed(template, content string) string {
	h.t.Helper()
	number, refusal := h.apply(template, content)
	if refusal != "" {
		h.t.Fatalf("%s: %s", template, refusal)
	}
	h.step("approve", number, "zhangsan")
	return number
}

// leave is a leave of a kind; away is a trip (3), an outing (4) or overtime (5).
func leave(kind int, scale, from, to string) string {
	return fmt.Sprintf(`{"control":"Vacation","id":"vacation-1","value":{"vacation":{"selector":{"type":"single","options":[{"key":"%d"}]},"attendance":{"date_range":{"type":%q,"new_begin":%d,"new_end":%d}}}}}`, kind, scale, at(from), at(to))
}

func away(kind int, scale, from, to string) string {
	out := fmt.Sprintf(`{"control":"Attendance","id":"smart-time","value":{"attendance":{"type":%d,"date_range":{"type":%q,"new_begin":%d,"new_end":%d}}}}`, kind, scale, at(from), at(to))
	if kind == 3 {
		out += `,{"control":"Text","id":"Text-1","value":{"text":"杭州"}}`
	}
	return out
}

func punchControl(when string) string {
	return fmt.Sprintf(`{"control":"PunchCorrection","id":"smart-punch","value":{"punch_correction":{"state":"补卡","time":%d}}}`, at(when))
}

// TestAway: leave, trips and outings that were approved excuse who is not there, and are in the reports.
func TestAway(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi"`, office9("")))
		h.passed("请假", leave(2, "hour", "01-07 09:00", "01-07 11:00"))
		h.passed("请假", leave(8, "halfday", "01-08 12:00", "01-08 12:00"))
		h.passed("出差", away(3, "halfday", "01-09 00:00", "01-09 12:00"))
		h.passed("外出", away(4, "hour", "01-10 14:00", "01-10 16:00"))
		open, _ := h.apply("请假", leave(2, "hour", "01-13 09:00", "01-13 18:00"))
		back := h.passed("请假", leave(2, "hour", "01-14 09:00", "01-14 18:00"))
		h.step("withdraw", back, "lisi")
		h.punch("lisi", "01-07 11:20", here)
		h.punch("lisi", "01-07 18:00", here)
		h.punch("lisi", "01-08 08:55", here)
		h.punch("lisi", "01-08 12:00", here)
		h.punch("lisi", "01-10 09:00", here)
		h.punch("lisi", "01-10 18:00", here)
		h.to("01-15 12:00")
		for date, want := range map[string]string{
			"01-07": "1/0 2: 340 of 480 1x1(20)", // two hours of leave, and late after them
			"01-08": "1/0 2: 180 of 480", "01-09": "1/0 0: 0 of 480",
			"01-10": "1/0 2: 360 of 480", // the outing is in the middle
			"01-13": "1/0 0: 0 of 480 4x1(480)", "01-14": "1/0 0: 0 of 480 4x1(480)",
		} {
			h.expect(date, h.day("lisi", date), want)
		}
		if open == "" {
			t.Error("the open leave has no number")
		}
		body := h.must("getcheckin_daydata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-07 00:00"))).Body
		for _, want := range []string{
			`"sp_title":{"data":[{"lang":"zh_CN","text":"请假2.0小时"}]}`, `"text":"01/07 09:00~01/07 11:00"`,
			`{"count":1,"duration":7200,"time_type":1,"type":1,"vacation_id":2,"name":"事假"}`, `{"count":0,"duration":0,"time_type":0,"type":1,"vacation_id":1,"name":"年假"}`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s", body, want)
			}
		}
		month := h.must("getcheckin_monthdata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-14 00:00"))).Body
		for _, want := range []string{
			`"except_days":3,"regular_days":3,`, `"work_days":6,"rest_days":2`, `{"count":1,"duration":86400,"time_type":0,"type":3,"vacation_id":0,"name":"出差"}`,
			`{"count":1,"duration":7200,"time_type":1,"type":4,"vacation_id":0,"name":"外出"}`, `{"count":1,"duration":43200,"time_type":0,"type":1,"vacation_id":8,"name":"其他"}`,
		} {
			if !strings.Contains(month, want) {
				t.Errorf("%s has no %s", month, want)
			}
		}
		if twin := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "getcheckin_daydata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-07 00:00"))); strings.Contains(twin.Body, "请假2.0") {
			t.Errorf("the twin enterprise: %s", twin.Body)
		}
	})
}

// TestCorrectionByApproval: an approval that corrects a check-in stands for it, until it is withdrawn. The rule says
// what may be corrected (doc 98041).
func TestCorrectionByApproval(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		number := h.add(group(1, "早九晚六", `"lisi"`, office9("")+`,"allow_apply_offworkday":true,"allow_apply_bk_cnt":1,"allow_apply_bk_day_limit":3`))
		h.punch("lisi", "01-07 09:00", here)
		h.to("01-08 09:30")
		h.expect("before", h.day("lisi", "01-07"), "1/0 1: 0 of 480 3x1(0)")
		// The other enterprise's correction has the same number.
		other := fmt.Sprintf(`{"corpid":%q,"userid":"lisi","template":"打卡补卡","contents":[{"control":"Textarea","id":"Textarea-1","value":{"text":"有事"}},%s]}`, h.Second.CorpID, punchControl("01-07 17:00"))
		status, text := h.Script("approval/submit", other)
		_, number2, _ := strings.Cut(text, `"sp_no":"`)
		number2, _, _ = strings.Cut(number2, `"`)
		if status != 200 {
			t.Fatal(status, text)
		}
		if status, text := h.Script("approval/approve", fmt.Sprintf(`{"corpid":%q,"sp_no":%q,"userid":"zhangsan"}`, h.Second.CorpID, number2)); status != 200 {
			t.Fatal(status, text)
		}
		first := h.passed("打卡补卡", punchControl("01-07 18:02"))
		h.expect("the number", first, number2)
		h.expect("corrected", h.day("lisi", "01-07"), "1/0 2: 480 of 480")
		h.expect("records", h.records("lisi", "01-07", 3), "上班打卡 09:00/09:00, 下班打卡 18:02/18:00")
		if body := h.must("getcheckin_daydata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-07 00:00"))).Body; !strings.Contains(body, `{"count":1,"duration":0,"time_type":0,"type":2,"vacation_id":0,"name":"补卡次数"}`) || !strings.Contains(body, `"sp_number":"`+first+`"`) {
			t.Error(body)
		}
		refused := func(what, when, want string) {
			t.Helper()
			if _, got := h.apply("打卡补卡", punchControl(when)); !strings.Contains(got, want) {
				t.Errorf("%s: %s", what, got)
			}
		}
		refused("the second of the month", "01-07 09:00", "allows 1 corrections a month")
		refused("a time to come", "01-08 18:00", "has not come yet")
		h.step("withdraw", first, "lisi")
		h.expect("withdrawn", h.day("lisi", "01-07"), "1/0 1: 0 of 480 3x1(0)")
		h.to("01-10 09:30")
		refused("too long ago", "01-07 18:00", "allows corrections of 3 days")
		h.must("update_checkin_option", fmt.Sprintf(`{"effective_now":true,"group":{"groupid":%d,"buka_restriction":1}}`, number))
		h.to("01-11 12:00")
		refused("what is missing", "01-10 09:00", "allows no corrections of this")
		h.must("update_checkin_option", fmt.Sprintf(`{"effective_now":true,"group":{"groupid":%d,"allow_apply_offworkday":false,"buka_restriction":0,"allow_apply_bk_cnt":-1,"allow_apply_bk_day_limit":-1}}`, number))
		h.to("01-14 12:00")
		refused("none at all", "01-13 09:00", "allows no corrections")
	})
}

// TestOvertime: overtime by approvals, by check-ins, and by what both have in common (doc 98041).
func TestOvertime(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		rule := func(workday, restday string) string {
			body := group(1, "加班", `"lisi"`, office9("")+`,"allow_checkin_offworkday":true`)
			return strings.Replace(body, noOT, `"ot_info_v2":{"workdayconf":{`+workday+`},"restdayconf":{`+restday+`}}`, 1)
		}
		number := h.add(rule(`"allow_ot":true,"type":0,"ot_trans_enable":true,"ot_trans_type":2`, `"allow_ot":true,"type":1,"checkin":{"ot_time_min":3600,"restinfo":{"type":2,"cal_ottime_rule":{"items":[{"ot_time":14400,"rest_time":3600}]}}}`))
		h.passed("加班", away(5, "hour", "01-07 19:00", "01-07 21:00"))
		h.passed("加班", away(5, "hour", "01-08 19:00", "01-08 21:00"))
		h.punch("lisi", "01-07 09:00", here)
		h.punch("lisi", "01-07 21:10", here)
		h.punch("lisi", "01-08 09:00", here)
		h.punch("lisi", "01-08 20:00", here)
		h.to("01-09 09:00")
		h.expect("both", h.day("lisi", "01-07"), "1/0 2: 480 of 480 overtime 1: 120")
		h.expect("too short", h.day("lisi", "01-08"), "1/0 2: 480 of 480 overtime 2: 60-60")
		h.must("update_checkin_option", fmt.Sprintf(`{"effective_now":true,"group":{"groupid":%d,"ot_info_v2":{"workdayconf":{"allow_ot":true,"type":1,"checkin":{"ot_time_start":1800,"ot_time_min":1800,"ot_time_max":7200}},"restdayconf":{"allow_ot":true,"type":1,"checkin":{"ot_time_min":3600,"restinfo":{"type":2,"cal_ottime_rule":{"items":[{"ot_time":14400,"rest_time":3600}]}}}},"time_unit_config":{"rounding_method":3,"step_size":1800}}}}`, number))
		h.punch("lisi", "01-09 09:00", here)
		h.punch("lisi", "01-09 19:45", here)
		h.punch("lisi", "01-10 09:00", here)
		h.punch("lisi", "01-10 21:45", here)
		h.punch("lisi", "01-11 10:00", here)
		h.punch("lisi", "01-11 15:40", here)
		h.punch("lisi", "01-12 10:00", here)
		h.punch("lisi", "01-12 10:50", here)
		h.must("update_checkin_option", fmt.Sprintf(`{"effective_now":false,"group":{"groupid":%d,"ot_info_v2":{"workdayconf":{"allow_ot":true,"type":2}}}}`, number))
		h.passed("加班", away(5, "hour", "01-13 19:00", "01-13 22:00"))
		h.to("01-15 09:00")
		for date, want := range map[string]string{
			"01-07": "1/0 2: 480 of 480 overtime 1: 120", // the rule of that day
			"01-09": "1/0 2: 480 of 480 overtime 1: 60", "01-10": "1/0 2: 480 of 480 overtime 1: 120",
			"01-11": "5/1 2: 340 of 0 overtime 1: 240", "01-12": "1/1 2: 50 of 0",
			"01-13": "1/0 0: 0 of 480 4x1(480) overtime 1: 180",
		} {
			h.expect(date, h.day("lisi", date), want)
		}
		month := h.must("getcheckin_monthdata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-13 00:00"))).Body
		if want := `"overwork_info":{"workday_over_sec":32400,"holidays_over_sec":0,"restdays_over_sec":14400,"workdays_over_as_vacation":0,"workdays_over_as_money":10800,`; !strings.Contains(month, want) {
			t.Errorf("%s has no %s", month, want)
		}
	})
}

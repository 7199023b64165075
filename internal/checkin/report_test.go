package checkin_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestFixed: a rule from nine to six with its late comers, early leavers and absentees (doc 93374).
func TestFixed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"zhangsan","lisi","wangwu"`, office9("")))
		h.expect("in time", h.punch("zhangsan", "01-07 08:50", here), "上班打卡")
		h.expect("within the minute", h.punch("lisi", "01-07 09:00:59", here), "上班打卡")
		h.expect("a minute late", h.punch("wangwu", "01-07 09:01:02", here), "上班打卡 时间异常")
		h.expect("again", h.punch("zhangsan", "01-07 09:30", here), "下班打卡 时间异常")
		h.expect("early", h.punch("lisi", "01-07 17:29:30", here), "下班打卡 时间异常")
		h.expect("going", h.punch("zhangsan", "01-07 18:05", here), "下班打卡")
		h.expect("elsewhere", h.punch("wangwu", "01-07 18:00", afar), "下班打卡 地点异常")
		h.to("01-08 12:00")
		h.expect("zhangsan", h.day("zhangsan", "01-07"), "1/0 2: 480 of 480")
		h.expect("lisi", h.day("lisi", "01-07"), "1/0 2: 448 of 480 2x1(31)")
		h.expect("wangwu", h.day("wangwu", "01-07"), "1/0 2: 478 of 480 1x1(1) 5x1(0)")
		h.expect("records", h.records("zhangsan", "01-07", 3), "上班打卡 08:50/09:00, 下班打卡 18:05/18:00")
		h.expect("still time to come", h.day("zhangsan", "01-08"), "1/0 0: 0 of 480")
		h.to("01-09 12:00")
		h.expect("absent", h.day("zhangsan", "01-08"), "1/0 0: 0 of 480 4x1(480)")
		h.expect("missing", h.records("zhangsan", "01-08", 1), "上班打卡 09:00/09:00 未打卡, 下班打卡 18:00/18:00 未打卡")
		h.punch("lisi", "01-09 08:30", here)
		h.to("01-10 12:00")
		h.expect("half", h.day("lisi", "01-09"), "1/0 1: 0 of 480 3x1(0)")
		h.expect("days to come", h.day("lisi", "01-11"), "0 days")
		h.to("01-12 12:00")
		h.expect("Saturday", h.day("lisi", "01-11"), "1/1 0: 0 of 0")
		h.expect("before the rule", h.day("lisi", "01-05"), "7/1 0: 0 of 0")

		var resp struct {
			Data []struct {
				Summary struct {
					Except   int64 `json:"except_days"`
					Regular  int64 `json:"regular_days"`
					Workdays int64 `json:"work_days"`
					Rest     int64 `json:"rest_days"`
				} `json:"summary_info"`
				Exceptions []flawOf `json:"exception_infos"`
			} `json:"datas"`
		}
		h.must("getcheckin_monthdata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["ZhangSan","lisi"]}`, at("01-07 00:00"), at("01-12 00:00"))).Decode(&resp)
		if len(resp.Data) != 2 {
			t.Fatal(resp)
		}
		h.expect("month", fmt.Sprint(resp.Data[0].Summary, flaws(resp.Data[0].Exceptions)), "{3 1 4 2} 4x3(1440)")
		h.expect("month of lisi", fmt.Sprint(resp.Data[1].Summary, flaws(resp.Data[1].Exceptions)), "{4 0 4 2} 2x1(31) 3x1(0) 4x2(960)")
	})
}

// TestTwoSections: work with a break in between, which one checks out for, on the night shift too.
func TestTwoSections(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		morning := strings.Replace(section(1, "9:00", "12:00", ""), `"latest_off_work_sec":57600`, `"latest_off_work_sec":45000`, 1)
		noonOn := strings.Replace(section(2, "14:00", "18:00", ""), `"earliest_work_sec":36000`, `"earliest_work_sec":45060`, 1)
		h.add(group(1, "两段", `"zhangsan"`, office+morning+","+noonOn+`]}]`))
		for _, p := range []string{"08:50", "12:10", "13:55", "18:20"} {
			h.punch("zhangsan", "01-07 "+p, here)
		}
		h.punch("zhangsan", "01-08 09:10", here)
		h.punch("zhangsan", "01-08 18:00", here)
		h.to("01-09 12:00")
		h.expect("whole", h.day("zhangsan", "01-07"), "1/0 4: 420 of 420")
		h.expect("records", h.records("zhangsan", "01-07", 1), "上班打卡 08:50/09:00, 下班打卡 12:10/12:00, 上班打卡 13:55/14:00, 下班打卡 18:20/18:00")
		h.expect("half", h.day("zhangsan", "01-08"), "1/0 2: 0 of 420 1x1(10) 3x2(0)")
	})
}

// TestFlex: what rules allow of coming late and going early (doc 98041).
func TestFlex(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "允许迟到", `"zhangsan"`, office9(`,"allow_flex":true,"flex_on_duty_time":600,"flex_off_duty_time":300`)))
		h.add(group(1, "早到早走", `"lisi"`, office9(`,"allow_flex":true,"max_allow_arrive_early":1800,"max_allow_arrive_late":3600`)))
		h.add(group(1, "晚走晚到", `"wangwu"`, office9(`,"allow_flex":true,"late_rule":{"allow_offwork_after_time":true,"timerules":[{"offwork_after_time":7200,"onwork_flex_time":3600},{"offwork_after_time":10800,"onwork_flex_time":7200}]}`)))
		for _, p := range []struct{ user, come, leave string }{
			{"zhangsan", "01-07 09:10", "01-07 17:55"}, {"zhangsan", "01-08 09:11", "01-08 17:54"},
			{"lisi", "01-07 08:30", "01-07 17:30"}, {"lisi", "01-08 10:00", "01-08 18:30"}, {"lisi", "01-09 10:15", "01-09 19:00"},
			{"wangwu", "01-07 09:00", "01-07 20:30"}, {"wangwu", "01-08 10:00", "01-08 21:10"}, {"wangwu", "01-09 11:05", "01-09 18:00"},
		} {
			h.punch(p.user, p.come, here)
			h.punch(p.user, p.leave, here)
		}
		h.to("01-10 12:00")
		for _, d := range []struct{ user, date, want string }{
			{"zhangsan", "01-07", "1/0 2: 465 of 480"}, {"zhangsan", "01-08", "1/0 2: 463 of 480 1x1(11) 2x1(6)"},
			{"lisi", "01-07", "1/0 2: 480 of 480"}, {"lisi", "01-08", "1/0 2: 450 of 480 2x1(30)"}, {"lisi", "01-09", "1/0 2: 465 of 480 1x1(15)"},
			{"wangwu", "01-08", "1/0 2: 420 of 480"}, {"wangwu", "01-09", "1/0 2: 355 of 480 1x1(5)"},
		} {
			h.expect(d.user+" "+d.date, h.day(d.user, d.date), d.want)
		}
	})
}

// TestFree: a rule without times has days that begin when it says, and pairs of check-ins.
func TestFree(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(3, "自由", `"zhangsan","lisi"`, `"checkindate":[{"workdays":[1,2,3,4,5]}],"span_day_time":14400,"standard_work_duration":28800,"offwork_interval_time":300`))
		h.expect("come", h.punch("zhangsan", "01-07 10:00", here), "上班打卡")
		h.expect("too soon", h.punch("zhangsan", "01-07 10:03", here), "")
		h.expect("go", h.punch("zhangsan", "01-07 12:00", here), "下班打卡")
		h.expect("come again", h.punch("zhangsan", "01-07 22:00", here), "上班打卡")
		h.expect("after midnight", h.punch("zhangsan", "01-08 02:00", here), "下班打卡")
		h.punch("lisi", "01-08 10:00", here)
		h.to("01-09 12:00")
		h.expect("day", h.day("zhangsan", "01-07"), "4/0 4: 360 of 480")
		h.expect("absent", h.day("zhangsan", "01-08"), "4/0 0: 0 of 480 4x1(480)")
		h.expect("not gone", h.day("lisi", "01-08"), "4/0 1: 0 of 480 3x1(0)")
	})
}

// TestHours are the special days, the weeks that take turns, and the holidays of a rule.
func TestHours(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		turns := `"checkindate":[{"biweekly":{"enable_weekday_recurrence":true,"odd_workdays":[1,2,3,4,5,6],"even_workdays":[1,2,3,4,5]},"checkintime":[` + section(1, "9:00", "18:00", noon) + `]}]`
		special := fmt.Sprintf(`,"spe_workdays":[{"timestamp":%d,"notes":"赶工","checkintime":[{"time_id":9,"work_sec":36000,"off_work_sec":57600,"remind_work_sec":36000,"remind_off_work_sec":57600}]}],"spe_offdays":[{"type":1,"begtime":%d,"endtime":%d,"notes":"团建"}]`,
			at("01-12 00:00"), at("01-08 00:00"), at("01-09 00:00"))
		h.add(group(1, "大小周", `"zhangsan"`, turns+special))
		h.to("01-27 12:00")
		for date, want := range map[string]string{
			"01-08": "1/1 0: 0 of 0", "01-09": "1/1 0: 0 of 0", "01-10": "1/0 0: 0 of 480 4x1(480)",
			"01-12": "1/0 0: 0 of 360 4x1(360)", "01-18": "1/1 0: 0 of 0", "01-25": "1/0 0: 0 of 480 4x1(480)",
		} {
			h.expect(date, h.day("zhangsan", date), want)
		}
	})
}

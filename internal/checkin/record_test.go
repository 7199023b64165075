package checkin_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestPlaces: where the rule lets members check in, and what becomes of check-ins elsewhere (doc 93384).
func TestPlaces(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		wifi := `,"wifimac_infos":[{"wifiname":"办公室","wifimac":"aa:bb:cc:dd:ee:ff"}]`
		free := func(name, user, more string) {
			h.add(group(3, name, user, `"checkindate":[{"workdays":[1,2,3,4,5]}]`+wifi+more))
		}
		free("异常", `"lisi"`, "")
		free("外勤", `"wangwu"`, `,"option_out_range":1`)
		free("禁止", `"zhangsan"`, `,"option_out_range":2`)
		h.expect("by Wi-Fi", h.punch("lisi", "01-07 09:00", `"wifimac":"AA:BB:CC:DD:EE:FF"`), "上班打卡")
		h.expect("other Wi-Fi", h.punch("lisi", "01-07 10:00", `"wifiname":"咖啡","wifimac":"00:00:00:00:00:01"`), "下班打卡 wifi异常")
		h.expect("nowhere", h.punch("lisi", "01-07 11:00", `"notes":"忘带手机"`), "上班打卡 地点异常")
		h.expect("at the edge", h.punch("lisi", "01-07 12:00", `"lat":39911500,"lng":116397470`), "下班打卡")
		h.expect("beyond it", h.punch("lisi", "01-07 13:00", `"lat":39911600,"lng":116397470`), "上班打卡 地点异常")
		h.expect("field work", h.punch("wangwu", "01-07 14:00", afar), "上班打卡")
		h.expect("device", h.punch("wangwu", "01-07 15:00", here+`,"deviceid":"phone-1"`), "下班打卡")
		if status, text := h.script("record", fmt.Sprintf(`{"userid":"zhangsan",%s}`, afar)); status != 400 || !strings.Contains(text, "301083") {
			t.Errorf("refused: %d %s", status, text)
		}
		h.expect("an outing is anywhere", h.punch("zhangsan", "01-07 16:00", afar+`,"outing":true`), "外出打卡")
		h.to("01-08 12:00")
		h.expect("kind 1", h.records("zhangsan", "01-07", 1), "")
		h.expect("kind 2", h.records("zhangsan", "01-07", 2), "外出打卡 16:00/-")
		h.expect("flaws", h.day("lisi", "01-07"), "4/0 5: 120 of 0 3x1(0) 5x3(0)")
		body := h.must("getcheckin_daydata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["wangwu"]}`, at("01-07 00:00"), at("01-07 00:00"))).Body
		if !strings.Contains(body, `{"count":1,"duration":0,"time_type":0,"type":100,"vacation_id":0,"name":"外勤次数"}`) {
			t.Error(body)
		}
	})
}

// TestOwnPhone: another phone than the first is a flaw, and a machine's check-ins count where the rule has machines.
func TestOwnPhone(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi"`, office9("")))
		if status, text := h.Script("checkin/record", `{"corpid":"`+h.Second.CorpID+`","userid":"lisi","outing":true,"deviceid":"phone-of-another"}`); status != 200 {
			t.Fatal(status, text)
		}
		h.punch("lisi", "01-07 08:50", here)
		h.expect("the first phone", h.punch("lisi", "01-07 09:00", here+`,"deviceid":"phone-1","outing":true`), "外出打卡")
		h.expect("it again", h.punch("lisi", "01-07 17:50", here+`,"deviceid":"phone-1"`), "下班打卡 时间异常")
		h.expect("another phone", h.punch("lisi", "01-07 18:00", here+`,"deviceid":"phone-2"`), "下班打卡 非常用设备")
		h.to("01-08 12:00")
		h.expect("flaw", h.day("lisi", "01-07"), "1/0 2: 480 of 480 6x1(0)")
	})
}

// TestAdd: check-ins that an application adds are matched with the rule, in whatever order they come (doc 99647).
func TestAdd(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi","zhangsan"`, office9("")))
		h.to("01-08 12:00")
		one := func(user, when, more string) string {
			return fmt.Sprintf(`{"userid":%q,"checkin_time":%d,"location_title":"东门","location_detail":"一楼","device_type":1,"device_detail":"晴门"%s}`, user, at(when), more)
		}
		h.must("add_checkin_record", `{"records":[`+one("lisi", "01-07 18:30", "")+`,`+one("LISI", "01-07 08:40", `,"notes":"早","mediaids":["`+h.picture()+`"],`+here)+`,`+one("lisi", "01-07 12:30", "")+`,`+one("lisi", "01-07 03:00", "")+`]}`)
		h.must("add_checkin_record", `{"records":[`+one("lisi", "01-07 18:30", "")+`]}`) // once more
		h.expect("day", h.day("lisi", "01-07"), "1/0 2: 480 of 480")
		h.expect("records", h.records("lisi", "01-07", 3), "上班打卡 08:40/09:00, 下班打卡 18:30/18:00")
		ask := fmt.Sprintf(`{"opencheckindatatype":3,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-07 23:00"))
		body := h.must("getcheckindata", ask).Body
		for _, want := range []string{`"userid":"lisi","groupname":"早九晚六","checkin_type":"上班打卡","exception_type":""`, `"location_title":"东门","location_detail":"一楼"`, `"notes":"早"`, `"lat":39908900,"lng":116397500,"deviceid":"晴门"`, `"groupid":1,"schedule_id":0,"timeline_id":1`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s", body, want)
			}
		}
		media := func(body string) string {
			_, rest, _ := strings.Cut(body, `"mediaids":["`)
			id, _, _ := strings.Cut(rest, `"`)
			return id
		}
		old := media(body)
		h.Advance(4 * 24 * time.Hour)
		fresh := media(h.must("getcheckindata", ask).Body)
		if fresh == "" || fresh == old {
			t.Errorf("the media_id of four days ago is %q, and was %q", fresh, old)
		}
		if got := h.app.Request("GET", "/cgi-bin/media/get?media_id="+fresh, nil); got.Status != http.StatusOK || got.ErrCode != 0 {
			t.Errorf("the picture: %d %s", got.Status, got.Body)
		}
		for what, tt := range map[string]struct {
			record string
			code   int
		}{
			"nobody":            {one("nobody", "01-07 18:30", ""), 301021},
			"no userid":         {one("", "01-07 18:30", ""), 301083},
			"a time to come":    {one("lisi", "01-30 18:30", ""), 301083},
			"a kind of device":  {one("lisi", "01-07 18:31", `,"device_type":4`), 301083},
			"Wi-Fi without MAC": {one("lisi", "01-07 18:31", `,"wifiname":"a"`), 301083},
			"no MAC":            {one("lisi", "01-07 18:31", `,"wifimac":"a0-11-22-33-44-55"`), 301083},
			"no place":          {fmt.Sprintf(`{"userid":"lisi","checkin_time":%d,"device_type":1,"device_detail":"a"}`, at("01-07 18:31")), 301083},
			"no brand":          {fmt.Sprintf(`{"userid":"lisi","checkin_time":%d,"device_type":1,"location_title":"a","location_detail":"a"}`, at("01-07 18:31")), 301083},
		} {
			if got := as(h.app, "add_checkin_record", `{"records":[`+one("zhangsan", "01-07 09:00", "")+`,`+tt.record+`]}`); got.ErrCode != tt.code {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		h.expect("all or none", h.records("zhangsan", "01-07", 2), "")
		if got := as(h.app, "add_checkin_record", `{}`); got.ErrCode != 301083 {
			t.Error(got.Body)
		}
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}}))
		if got := as(narrow, "add_checkin_record", `{"records":[`+one("lisi", "01-07 09:00", "")+`]}`); got.ErrCode != 301021 {
			t.Errorf("out of sight: %s", got.Body)
		}
		if got := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "getcheckindata", ask); strings.Contains(got.Body, "东门") {
			t.Errorf("the twin enterprise: %s", got.Body)
		}
	})
}

// TestQuestions: what is no question to the lists.
func TestQuestions(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now().Unix()
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}}))
		for _, call := range []string{"getcheckindata", "getcheckin_daydata", "getcheckin_monthdata", "getcheckinschedulist"} {
			for _, tt := range []struct {
				what, body string
				c          *qiweitest.Client
				code       int
			}{
				{"nobody", fmt.Sprintf(`{"opencheckindatatype":1,"starttime":%d,"endtime":%d}`, now, now), h.app, 301023},
				{"a stranger", fmt.Sprintf(`{"opencheckindatatype":1,"starttime":%d,"endtime":%d,"useridlist":["nobody"]}`, now, now), h.app, 301021},
				{"out of sight", fmt.Sprintf(`{"opencheckindatatype":1,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, now, now), narrow, 301021},
				{"no time", `{"opencheckindatatype":1,"useridlist":["lisi"]}`, h.app, 301024},
				{"backwards", fmt.Sprintf(`{"opencheckindatatype":1,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, now, now-1), h.app, 301024},
				{"texts", fmt.Sprintf(`{"opencheckindatatype":"1","starttime":"%d","endtime":"%d","useridlist":["LISI","lisi"]}`, now, now), h.app, 0},
				{"wrong types", `{"opencheckindatatype":1,"starttime":[],"endtime":{},"useridlist":"lisi"}`, h.app, 301024},
			} {
				if got := as(tt.c, call, tt.body); got.ErrCode != tt.code {
					t.Errorf("%s, %s: %s", call, tt.what, got.Body)
				}
			}
		}
		for _, kind := range []int{0, 4} {
			if got := as(h.app, "getcheckindata", fmt.Sprintf(`{"opencheckindatatype":%d,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, kind, now, now)); got.ErrCode != 301075 {
				t.Errorf("kind %d: %s", kind, got.Body)
			}
		}
	})
}

// TestCorrect: applications correct check-ins (doc 95803).
func TestCorrect(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi"`, office9("")))
		h.add(group(3, "自由", `"wangwu"`, `"checkindate":[{"workdays":[1,2,3,4,5]}]`))
		h.punch("lisi", "01-07 09:20", here)
		h.to("01-13 12:00")
		correct := func(user, date string, due int, when, more string) int {
			text := ""
			if due >= 0 {
				text = fmt.Sprintf(`,"schedule_checkin_time":%d`, due)
			}
			return as(h.app, "punch_correction", fmt.Sprintf(`{"userid":%q,"schedule_date_time":%d%s,"checkin_time":%d%s}`, user, at(date+" 00:00"), text, at(when), more)).ErrCode
		}
		for _, tt := range []struct {
			what, user, date string
			due              int
			when             string
			code             int
		}{
			{"coming", "lisi", "01-07", 32400, "01-07 08:59", 0}, {"going", "LISI", "01-07", 64800, "01-07 17:50", 0}, {"going, again", "lisi", "01-07", 64800, "01-07 18:10", 0},
			{"no time", "lisi", "01-07", -1, "01-07 18:00", 301080}, {"another time", "lisi", "01-07", 36000, "01-07 10:00", 301080}, {"before its time", "lisi", "01-07", 32400, "01-07 04:00", 301081},
			{"a day of rest", "lisi", "01-11", -1, "01-11 10:00", 301082}, {"a time to come", "lisi", "01-13", 64800, "01-13 18:00", 301083}, {"a stranger", "nobody", "01-07", 32400, "01-07 09:00", 301021},
			{"free work", "wangwu", "01-07", -1, "01-07 10:00", 0}, {"free work, with a time", "wangwu", "01-07", 36000, "01-07 10:00", 301080}, {"free work, another day", "wangwu", "01-07", -1, "01-08 10:00", 301081},
		} {
			if got := correct(tt.user, tt.date, tt.due, tt.when, `,"remark":"门禁坏了"`); got != tt.code {
				t.Errorf("%s: %d, want %d", tt.what, got, tt.code)
			}
		}
		for _, body := range []string{`{}`, fmt.Sprintf(`{"userid":"lisi","schedule_date_time":%d,"checkin_time":%d}`, at("01-07 01:00"), at("01-07 09:00"))} {
			if got := as(h.app, "punch_correction", body); got.ErrCode != 301083 {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		h.expect("day", h.day("lisi", "01-07"), "1/0 2: 480 of 480")
		h.expect("records", h.records("lisi", "01-07", 3), "上班打卡 08:59/09:00, 下班打卡 18:10/18:00")
		h.expect("free", h.records("wangwu", "01-07", 3), "上班打卡 10:00/-")
	})
}

// TestFaces: a face is a picture, and the rule that asks for faces lets nobody in without (doc 93378).
func TestFaces(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(3, "自由", `"lisi"`, `"checkindate":[{"workdays":[1,2,3,4,5]}],"use_face_detect":true`))
		const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
		face := func(c *qiweitest.Client, user, picture string) int {
			return as(c, "addcheckinuserface", fmt.Sprintf(`{"userid":%q,"userface":%q}`, user, picture)).ErrCode
		}
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}}))
		for what, tt := range map[string][2]int{
			"no userid": {face(h.app, "", dot), 301021}, "no picture": {face(h.app, "lisi", ""), 301021}, "a stranger": {face(h.app, "nobody", dot), 301069}, "out of sight": {face(narrow, "lisi", dot), 301069},
			"no base64": {face(h.app, "lisi", "%%%"), 301072}, "a text": {face(h.app, "lisi", base64.StdEncoding.EncodeToString([]byte("face"))), 301072},
		} {
			if tt[0] != tt[1] {
				t.Errorf("%s: %d, want %d", what, tt[0], tt[1])
			}
		}
		enter := func(more string) int {
			status, _ := h.script("record", `{"userid":"lisi",`+here+more+`}`)
			return status
		}
		if got := enter(`,"face":true`); got != 400 {
			t.Errorf("without a recorded face: %d", got)
		}
		if got := face(h.app, "LISI", dot); got != 0 {
			t.Errorf("recorded: %d", got)
		}
		if got := face(h.app, "lisi", dot); got != 0 {
			t.Errorf("recorded again: %d", got)
		}
		if got := face(h.app, "wangwu", dot); got != 301071 {
			t.Errorf("another member with the same face: %d", got)
		}
		if a, b := enter(""), enter(`,"face":true`); a != 400 || b != 200 {
			t.Errorf("without and with the face: %d, %d", a, b)
		}
	})
}

// TestShifts: members work by shifts that are set for days to come (docs 93380, 93385).
func TestShifts(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		night := strings.NewReplacer(`"latest_off_work_sec":122400`, `"latest_off_work_sec":118800`).Replace(section(2, "22:00", "30:00", ""))
		number := h.add(group(2, "倒班", `"lisi","zhangsan"`, `"schedulelist":[{"schedule_id":0,"schedule_name":"休息"},{"schedule_id":10,"schedule_name":"早班","time_section":[`+section(1, "9:00", "18:00", noon)+`]},{"schedule_id":20,"schedule_name":"夜班","time_section":[`+night+`]}]`))
		fixed := h.add(group(1, "早九晚六", `"wangwu"`, office9("")))
		set := func(c *qiweitest.Client, group int64, month, user string, day, shift int) int {
			return as(c, "setcheckinschedulist", fmt.Sprintf(`{"groupid":%d,"items":[{"userid":%q,"day":%d,"schedule_id":%d}],"yearmonth":%s}`, group, user, day, shift, month)).ErrCode
		}
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}}))
		for what, tt := range map[string][2]int{
			"today": {set(h.app, number, "203101", "lisi", 6, 10), 301073}, "yesterday": {set(h.app, number, "203101", "lisi", 5, 10), 301073}, "no day": {set(h.app, number, "203102", "lisi", 29, 10), 301073},
			"day 0": {set(h.app, number, "203101", "lisi", 0, 10), 301073}, "no month": {set(h.app, number, "203113", "lisi", 7, 10), 301073}, "no rule": {set(h.app, 99, "203101", "lisi", 7, 10), 301089},
			"another kind of rule": {set(h.app, fixed, "203101", "wangwu", 7, 10), 301089}, "another's member": {set(h.app, number, "203101", "wangwu", 7, 10), 301021}, "no shift": {set(h.app, number, "203101", "lisi", 7, 11), 301075},
			"out of sight": {set(narrow, number, "203101", "lisi", 7, 10), 301021}, "the twin's": {set(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), number, "203101", "lisi", 7, 10), 301089},
			"tomorrow": {set(h.app, number, "203101", "LISI", 7, 20), 0}, "instead": {set(h.app, number, "203101", "lisi", 7, 10), 0}, "by night": {set(h.app, number, "203101", "lisi", 8, 20), 0},
			"rest": {set(h.app, number, "203101", "lisi", 9, 0), 0}, "next month": {set(h.app, number, "203102", "lisi", 1, 10), 0},
		} {
			if tt[0] != tt[1] {
				t.Errorf("%s: %d, want %d", what, tt[0], tt[1])
			}
		}
		for _, body := range []string{fmt.Sprintf(`{"groupid":%d,"items":[],"yearmonth":203101}`, number), fmt.Sprintf(`{"groupid":%d,"items":[{"userid":"lisi","day":8}],"yearmonth":203101}`, number)} {
			if got := as(h.app, "setcheckinschedulist", body); got.ErrCode != 301075 {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		list := h.must("getcheckinschedulist", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["lisi","zhangsan","wangwu"]}`, at("01-07 00:00"), at("02-01 00:00"))).Body
		if set(h.app, number, "203101", "lisi", 7, 10) != 0 {
			t.Error("set once more")
		}
		for _, want := range []string{
			`"schedule_list":[{"userid":"lisi","yearmonth":203101,"groupid":1,"groupname":"倒班","schedule":{"scheduleList":[{"day":7,`, `{"day":8,"schedule_info":{"schedule_id":20,"schedule_name":"夜班","time_section":[{"id":2,"work_sec":79200,"off_work_sec":108000,"remind_work_sec":78600,"remind_off_work_sec":108000}]}}`,
			`{"day":9,"schedule_info":{"schedule_id":0,"schedule_name":"休息","time_section":[]}}`, `{"userid":"lisi","yearmonth":203102,"groupid":1`,
		} {
			if !strings.Contains(list, want) {
				t.Errorf("%s has no %s", list, want)
			}
		}
		if strings.Contains(list, "wangwu") || strings.Contains(list, "zhangsan") {
			t.Error(list)
		}
		h.punch("lisi", "01-07 09:00", here)
		h.punch("lisi", "01-07 18:00", here)
		h.expect("comes at night", h.punch("lisi", "01-08 21:50", here), "上班打卡")
		h.expect("goes in the morning", h.punch("lisi", "01-09 06:05", here), "下班打卡")
		h.to("01-10 12:00")
		h.expect("early shift", h.day("lisi", "01-07"), "3/0 2: 480 of 480")
		h.expect("night shift", h.day("lisi", "01-08"), "3/0 2: 480 of 480")
		h.expect("rest", h.day("lisi", "01-09"), "3/1 0: 0 of 0")
		h.expect("nothing set", h.day("zhangsan", "01-08"), "3/1 0: 0 of 0")
		option := h.must("getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":["lisi"]}`, at("01-08 00:00"))).Body
		if !strings.Contains(option, fmt.Sprintf(`"checkindate":[{"workdays":[%d],"checkintime":[{"work_sec":79200,`, at("01-08 00:00"))) || !strings.Contains(option, `"schedule_id":10,"schedule_name":"早班","time_section":[{"time_id":1,`) {
			t.Error(option)
		}
	})
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/checkin"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// approvals is how many approvals the enterprise has, in its last 30 days.
const approvals = 1_000_000

// measureOffice measures the built-in applications: lists and submissions of approvals, days and months of check-ins, a
// calendar of a thousand schedules, and one room that everybody books.
func measureOffice(t *table, dir string) error {
	database := filepath.Join(dir, "office.db")
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	srv.stop()
	if err := srv.office(database); err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	for _, measure := range []func(*table) error{srv.measureLists, srv.measureDays, srv.measureCalendar, srv.measureApply, srv.measureBook} {
		if err := measure(t); err != nil {
			return err
		}
	}
	return nil
}

// office lets the application call the built-in ones, and gives the enterprise a past: approvals without forms, as rows,
// and two check-ins a day of every member.
func (t *target) office(database string) error {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return err
	}
	defer server.Close()
	return server.Store.Write(ctx, func(tx *store.Tx) error {
		a, err := server.Apps.App(tx, t.CorpID, t.AgentID)
		if err != nil {
			return err
		}
		for _, kind := range []access.Kind{access.Approval, access.Checkin, access.Calendar, access.MeetingRoom} {
			a.List(kind, true)
		}
		if err := server.Apps.UpdateApp(ctx, tx, a); err != nil {
			return err
		}
		now := tx.Now().Unix()
		if _, err := tx.Exec(`INSERT INTO approval_case (corpid, sp_no, template_id, app, status, record_type, applied_at, creator, department, body, version)
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT ?, 'b' || i, 't' || (i % 50), 0, i % 4 + 1, 0, ? + i * 2592000 / ?, 'u' || (i % 5000), i % 200, '{}', 1 FROM n`, int64(approvals-1), t.CorpID, now-30*86400, int64(approvals)); err != nil {
			return err
		}
		var rule checkin.Rule
		if err := json.Unmarshal([]byte(`{"grouptype":1,"groupname":"早九晚六","range":{"party_id":[1]},"loc_infos":[{"lat":39908823,"lng":116397470,"loc_title":"总部","loc_detail":"长安街","distance":300}],
			"checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[{"time_id":1,"work_sec":32400,"off_work_sec":64800}],"allow_flex":true,"flex_on_duty_time":600}]}`), &rule); err != nil {
			return err
		}
		midnight := checkin.Midnight(now)
		if _, err := server.Checkins.CreateRule(ctx, tx, access.System(t.CorpID), rule, midnight-90*86400); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO checkin_record (corpid, userkey, at, due, source, flaws, sp_no, body)
			WITH RECURSIVE d(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM d WHERE i < 60)
			SELECT ?, m.userkey, ? - d.i * 86400 + h.at + (m.no * 7 + d.i * 11) % 900, 0, 1, 0, '', '{"location_title":"总部"}'
			FROM member m, d, (SELECT 32000 AS at UNION SELECT 64900) h WHERE m.corpid = ?`, t.CorpID, midnight, t.CorpID)
		return err
	})
}

// oa makes a call by the application and decodes the answer.
func (t *target) oa(path, body string, into any) error {
	got, err := do(post(t.URL+"/cgi-bin/"+path+"?access_token="+t.token(t.Secret), body))
	if err == nil && into != nil {
		err = json.Unmarshal(got, into)
	}
	return err
}

// often returns the median time of a call that is made again and again, and the server's processor time for it.
func (t *target) often(times int, path, body string) (took, cpu time.Duration, err error) {
	url := t.URL + "/cgi-bin/" + path + "?access_token=" + t.token(t.Secret)
	before := t.cpuTime()
	took, err = median(times, func(int) *http.Request { return post(url, body) })
	return took, (t.cpuTime() - before) / time.Duration(times), err
}

func (t *target) measureLists(tab *table) error {
	now := time.Now().Unix()
	for _, f := range []struct{ name, filters string }{
		{"no filter", ``}, {"creator", `{"key":"creator","value":"u77"}`}, {"two departments", `{"key":"department","value":"7"},{"key":"department","value":"8"}`}, {"status", `{"key":"sp_status","value":"2"}`},
		{"template and status", `{"key":"template_id","value":"t7"},{"key":"sp_status","value":"4"}`}, {"a filter that finds nothing", `{"key":"template_id","value":"t7"},{"key":"creator","value":"u78"}`}, {"kind of approval", `{"key":"record_type","value":"3"}`},
	} {
		body := fmt.Sprintf(`{"starttime":%d,"endtime":%d,"size":100,"filters":[%s]}`, now-30*86400, now, f.filters)
		took, cpu, err := t.often(31, "oa/getapprovalinfo", body)
		if err != nil {
			return err
		}
		tab.add("getapprovalinfo among a million, "+f.name, took <= 30*time.Millisecond, "within 30 ms", "%v, cpu %v", took.Round(10*time.Microsecond), cpu.Round(100*time.Microsecond))
	}
	return nil
}

// asked names a hundred members and the last 30 whole days.
func asked(from int) string {
	var users []string
	for i := range 100 {
		users = append(users, fmt.Sprintf(`"user%06d"`, from+i+1))
	}
	end := checkin.Midnight(time.Now().Unix()) - 86400
	return fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":[%s]}`, end-29*86400, end, strings.Join(users, ","))
}

func (t *target) measureDays(tab *table) error {
	took, cpu, err := t.often(15, "checkin/getcheckin_daydata", asked(0))
	if err != nil {
		return err
	}
	tab.add("getcheckin_daydata, 100 members over 30 days", took <= 100*time.Millisecond, "within 100 ms", "%v, cpu %v", took.Round(100*time.Microsecond), cpu.Round(time.Millisecond))
	before, began := t.cpuTime(), time.Now()
	for i := range 10 {
		if err := t.oa("checkin/getcheckin_monthdata", asked(i*100), nil); err != nil {
			return err
		}
	}
	took = time.Since(began)
	tab.add("getcheckin_monthdata, 1,000 members in ten calls", took <= 500*time.Millisecond, "within 500 ms", "%v, cpu %v", took.Round(time.Millisecond), (t.cpuTime() - before).Round(time.Millisecond))
	return nil
}

func (t *target) measureCalendar(tab *table) error {
	var cal struct {
		ID string `json:"cal_id"`
	}
	if err := t.oa("oa/calendar/add", `{"calendar":{"summary":"项目","color":"#FF3030"}}`, &cal); err != nil {
		return err
	}
	at := time.Now().Unix() + 86400
	url := t.URL + "/cgi-bin/oa/schedule/add?access_token=" + t.token(t.Secret)
	if err := pass(1000, func(n int) *http.Request {
		return post(url, fmt.Sprintf(`{"schedule":{"cal_id":%q,"start_time":%d,"end_time":%d,"summary":"周会","attendees":[{"userid":"user000001"},{"userid":"user000002"}],"reminders":{"is_repeat":1,"repeat_type":1}}}`, cal.ID, at+int64(n)*3600, at+int64(n)*3600+1800))
	}); err != nil {
		return err
	}
	took, cpu, err := t.often(31, "oa/schedule/get_by_calendar", `{"cal_id":"`+cal.ID+`","limit":1000}`)
	if err == nil {
		tab.add("get_by_calendar of 1,000 schedules", took <= 20*time.Millisecond, "within 20 ms", "%v, cpu %v", took.Round(100*time.Microsecond), cpu.Round(100*time.Microsecond))
	}
	return err
}

// quickly measures how often a call that writes is answered by 32 callers at once.
func (t *target) quickly(tab *table, name, path string, floor float64, body func(n int) string) error {
	url := t.URL + "/cgi-bin/" + path + "?access_token=" + t.token(t.Secret)
	if err := pass(200, func(n int) *http.Request { return post(url, body(-n)) }); err != nil {
		return err
	}
	before, began := t.cpuTime(), time.Now()
	got, err := rate(3*time.Second, func(n int) *http.Request { return post(url, body(n)) })
	if err != nil {
		return err
	}
	cpu := time.Duration(float64(t.cpuTime()-before) / (got * time.Since(began).Seconds()))
	tab.add(name, got >= floor, atLeast(floor, "/s"), "%.0f/s, cpu %v", got, cpu.Round(time.Microsecond))
	return nil
}

func (t *target) measureApply(tab *table) error {
	var made struct {
		ID string `json:"template_id"`
	}
	if err := t.oa("oa/approval/create_template", `{"template_name":[{"text":"采购","lang":"zh_CN"}],"template_content":{"controls":[{"property":{"control":"Text","id":"Text-1","title":[{"text":"事由","lang":"zh_CN"}],"require":1}}]}}`, &made); err != nil {
		return err
	}
	body := fmt.Sprintf(`{"creator_userid":"user000001","template_id":%q,"use_template_approver":0,"process":{"node_list":[{"type":1,"apv_rel":1,"userid":["user000002","user000003"]}]},
		"apply_data":{"contents":[{"control":"Text","id":"Text-1","value":{"text":"买书"}}]},"summary_list":[{"summary_info":[{"text":"摘要","lang":"zh_CN"}]}]}`, made.ID)
	return t.quickly(tab, "applyevent, durable, 32 callers", "oa/applyevent", 2000, func(int) string { return body })
}

func (t *target) measureBook(tab *table) error {
	var room struct {
		ID int64 `json:"meetingroom_id"`
	}
	if err := t.oa("oa/meetingroom/add", `{"name":"大间","capacity":10}`, &room); err != nil {
		return err
	}
	at := time.Now().Unix()/1800*1800 + 1000*1800
	return t.quickly(tab, "meetingroom/book on one room, 32 callers", "oa/meetingroom/book", 2000, func(n int) string {
		start := at + int64(n)*1800
		return fmt.Sprintf(`{"meetingroom_id":%d,"start_time":%d,"end_time":%d,"booker":"user000001"}`, room.ID, start, start+1800)
	})
}

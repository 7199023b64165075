package checkin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestPhone: a member sees today, checks in at the page, and sees the month.
func TestPhone(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi"`, office9("")+`,"need_photo":true,"option_out_range":2`))
		lisi, wangwu := h.SignedIn("lisi"), h.SignedIn("wangwu")
		type record struct {
			Kind      string `json:"checkin_type"`
			Exception string `json:"exception_type"`
			At        int64  `json:"at"`
			Missing   bool   `json:"missing"`
		}
		type today struct {
			Rule    string   `json:"rule"`
			Open    bool     `json:"open"`
			Next    string   `json:"next"`
			Photo   bool     `json:"need_photo"`
			Records []record `json:"records"`
			Slots   []struct {
				Kind string  `json:"checkin_type"`
				Done *record `json:"done"`
			} `json:"slots"`
		}
		look := func(b *qiweitest.Browser) (v today) {
			t.Helper()
			p := b.Get("/phone/api/checkin")
			if p.Status != 200 {
				t.Fatal(p.Status, p.Body)
			}
			p.Decode(t, &v)
			return v
		}
		send := func(b *qiweitest.Browser, body string) (int, string) {
			t.Helper()
			var into map[string]any
			if err := json.Unmarshal([]byte(body), &into); err != nil {
				t.Fatal(err)
			}
			status, got := b.PostJSON("/phone/api/checkin", into)
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			return status, string(text)
		}
		h.to("01-07 08:30")
		if v := look(lisi); v.Rule != "早九晚六" || !v.Open || v.Next != "上班打卡" || !v.Photo || len(v.Slots) != 2 || v.Slots[0].Done != nil {
			t.Errorf("in the morning: %+v", v)
		}
		if v := look(wangwu); v.Rule != "" || v.Open || len(v.Slots) != 0 {
			t.Errorf("without a rule: %+v", v)
		}
		photo := `,"mediaids":["` + h.picture() + `"]}`
		for _, tt := range []struct {
			what, body string
			b          *qiweitest.Browser
			status     int
			has        string
		}{
			{"no picture", `{` + here + `}`, lisi, 400, "301083"}, {"elsewhere", `{` + afar + photo, lisi, 400, "301083"}, {"no rule", `{` + here + `}`, wangwu, 400, "301082"},
			{"a wrong MAC", `{"wifimac":"x"}`, lisi, 400, "301083"}, {"in time", `{` + here + photo, lisi, 200, `"checkin_type":"上班打卡"`}, {"an outing", `{"outing":true,"notes":"见客户"}`, wangwu, 200, `"checkin_type":"外出打卡"`},
		} {
			if status, text := send(tt.b, tt.body); status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("%s: %d %s", tt.what, status, text)
			}
		}
		h.to("01-07 09:30")
		if v := look(lisi); v.Next != "下班打卡" || v.Slots[0].Done == nil || v.Slots[0].Done.At != at("01-07 08:30") {
			t.Errorf("after coming: %+v", v)
		}
		if v := look(wangwu); len(v.Records) != 1 || v.Records[0].Kind != "外出打卡" {
			t.Errorf("after an outing: %+v", v)
		}
		h.to("01-07 23:30")
		if v := look(lisi); v.Open {
			t.Errorf("at night: %+v", v)
		}
		if status, text := send(lisi, `{`+here+photo); status != 400 || !strings.Contains(text, "301081") {
			t.Errorf("at night: %d %s", status, text)
		}
		h.to("01-08 12:00")
		var month struct {
			Days []struct {
				Day     int64    `json:"day"`
				Workday bool     `json:"workday"`
				Future  bool     `json:"future"`
				Records []record `json:"records"`
			} `json:"days"`
			Workdays int64 `json:"work_days"`
			Except   int64 `json:"except_days"`
		}
		lisi.Get("/phone/api/checkin/month?month=2031-01").Decode(t, &month)
		if len(month.Days) != 31 || month.Workdays != 3 || month.Except != 2 || !month.Days[6].Records[1].Missing || !month.Days[8].Future || !month.Days[8].Workday {
			t.Errorf("the month: %+v", month)
		}
		if p := lisi.Get("/phone/api/checkin/month?month=x"); p.Status != 400 {
			t.Errorf("no month: %d", p.Status)
		}
		if p := h.Browser().Get("/phone/api/checkin"); p.Status != http.StatusUnauthorized {
			t.Errorf("signed out: %d", p.Status)
		}
	})
}

// TestOutingAfterMidnight: while going home from the day before is still open, an outing is of the new day, and the page
// lists it at once.
func TestOutingAfterMidnight(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add(group(1, "早九晚六", `"lisi"`, strings.Replace(office9(""), `"latest_off_work_sec":79200`, `"latest_off_work_sec":97200`, 1)))
		lisi := h.SignedIn("lisi")
		h.to("01-08 00:50")
		var out struct {
			Today struct {
				Next    string `json:"next"`
				Records []struct {
					Kind  string `json:"checkin_type"`
					Notes string `json:"notes"`
				} `json:"records"`
			} `json:"today"`
		}
		status, body := lisi.PostJSON("/phone/api/checkin", map[string]any{"outing": true, "notes": "见客户"})
		text, err := json.Marshal(body)
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if err != nil || status != 200 {
			t.Fatal(status, string(text), err)
		}
		last := len(out.Today.Records) - 1
		if out.Today.Next != "下班打卡" || last < 0 || out.Today.Records[last].Kind != "外出打卡" || out.Today.Records[last].Notes != "见客户" {
			t.Errorf("%+v", out.Today)
		}
	})
}

// TestMachines: what time clocks record are check-ins where the rule has machines (doc 94126).
func TestMachines(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := newHouse(t, w)
		h.add(group(1, "手机和考勤机", `"lisi"`, office9("")+`,"type":3`))
		h.add(group(1, "手机", `"wangwu"`, office9("")))
		h.add(group(1, "考勤机", `"zhangsan"`, office9("")+`,"type":2`))
		var model struct {
			ID string `json:"model_id"`
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
			return err
		})
		h.Scripted("hardware/model", `{"provider":"`+w.Second.CorpID+`","name":"考勤机","access":"direct","abilities":["attendance"]}`, &model)
		h.Scripted("hardware/register", `{"model_id":"`+model.ID+`","device_sn":"SN1"}`, nil)
		h.Scripted("hardware/bind", `{"device_sn":"SN1","corpid":"`+w.CorpID+`"}`, nil)
		h.to("01-07 19:00")
		report := func(user string, when ...string) {
			h.write(func(ctx context.Context, tx *store.Tx) error {
				devices, err := w.Server.Hardware.DevicesIn(tx, w.CorpID)
				if err != nil {
					return err
				}
				var list []hardware.Record
				for _, one := range when {
					list = append(list, hardware.Record{Kind: hardware.CheckinRecord, UserID: id.UserID(user), Type: hardware.Employee, At: time.Unix(at(one), 0)})
				}
				refused, err := w.Server.Hardware.Report(ctx, tx, devices[0], list)
				for _, r := range refused {
					if r != nil {
						t.Error(r)
					}
				}
				return err
			})
		}
		report("lisi", "01-07 08:50", "01-07 18:10")
		report("lisi", "01-07 08:50") // the device says it twice
		report("wangwu", "01-07 08:50")
		report("zhangsan", "01-07 08:50")
		h.expect("both", h.records("lisi", "01-07", 3), "上班打卡 08:50/09:00, 下班打卡 18:10/18:00")
		h.expect("phones alone", h.records("wangwu", "01-07", 3), "上班打卡 09:00/09:00 未打卡")
		h.expect("machines alone", h.records("zhangsan", "01-07", 3), "上班打卡 08:50/09:00")
		if status, text := h.script("record", fmt.Sprintf(`{"userid":"zhangsan",%s}`, here)); status != 400 || !strings.Contains(text, "301083") {
			t.Errorf("by phone: %d %s", status, text)
		}
		body := h.must("getcheckindata", fmt.Sprintf(`{"opencheckindatatype":3,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, at("01-07 00:00"), at("01-07 12:00"))).Body
		if !strings.Contains(body, `"location_title":"考勤机"`) || !strings.Contains(body, `"deviceid":"SN1"`) {
			t.Error(body)
		}
	}, func(c *platform.Config) { c.Dev = true })
}

// TestRuleScript: a script makes rules as an administrator does, also for the past; they are no application's.
func TestRuleScript(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		rule := `"grouptype":3,"groupname":"自由","range":{"userid":["lisi"]},` + site + `,"checkindate":[{"workdays":[1,2,3,4,5]}]`
		status, text := h.script("rule", `{"days_ago":30,"rule":{`+rule+`}}`)
		if status != 200 || !bytes.Contains([]byte(text), []byte(`"groupid":1`)) {
			t.Fatal(status, text)
		}
		h.expect("a day before", h.day("lisi", "01-02"), "4/0 0: 0 of 0 4x1(0)")
		if got := as(h.app, "del_checkin_option", `{"groupid":1}`); got.ErrCode != 301092 {
			t.Errorf("an administrator's rule: %s", got.Body)
		}
		if status, text = h.script("rule", `{"groupid":1,"rule":{`+strings.Replace(rule, "自由", "随意", 1)+`}}`); status != 200 || h.rules(h.app)[0].Name != "随意" {
			t.Errorf("replaced: %d %s", status, text)
		}
		if status, _ = h.script("rule", `{"rule":{`+rule+`}}`); status != 400 {
			t.Errorf("the same people: %d", status)
		}
		if status, _ = h.Script("checkin/record", `{"corpid":"ww0","userid":"lisi"}`); status != 404 {
			t.Errorf("no enterprise: %d", status)
		}
	})
}

package checkin_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"
	"testing"
)

// many writes n elements, # in them being their number from 1 on.
func many(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i+1))
	}
	return strings.Join(out, ",")
}

// TestLimits walks each limit at its value, one below and one above. Those of testdata/fields.txt are walked there.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		fixed, office := group(1, "规则", `"lisi"`, office9("")), office9("")
		rule := func(old, new string, more ...string) int {
			body := strings.Join(append([]string{strings.Replace(fixed, old, new, 1)}, more...), ",")
			got := as(h.app, "add_checkin_option", `{"effective_now":true,"group":{`+body+`}}`)
			if got.ErrCode == 0 {
				list := h.rules(h.app)
				h.must("del_checkin_option", fmt.Sprintf(`{"groupid":%d,"effective_now":true}`, list[len(list)-1].Group))
			}
			return got.ErrCode
		}
		// short is a section of a minute's length and more that begins at an hour.
		short := func(id, hour, minutes int) string {
			at := hour * 3600
			return fmt.Sprintf(`{"time_id":%d,"work_sec":%d,"off_work_sec":%d,"remind_work_sec":%d,"remind_off_work_sec":%d,"earliest_work_sec":%d,"latest_work_sec":%d,"earliest_off_work_sec":%d,"latest_off_work_sec":%d}`,
				id, at, at+minutes*60, at, at+minutes*60, at-600, at+60, at+60, at+minutes*60+600)
		}
		sections := func(n int) string {
			var out []string
			for i := range n {
				out = append(out, short(i+1, 8+2*i, 30))
			}
			return strings.Join(out, ",")
		}
		dates := func(n int) string {
			var out []string
			for i := range n {
				out = append(out, fmt.Sprintf(`{"workdays":[%d],"checkintime":[%s]}`, i%7, short(i+1, 9, 60)))
			}
			return `"checkindate":[` + strings.Join(out, ",") + `]`
		}
		shifts := func(n int) string {
			list := []string{`{"schedule_id":0,"schedule_name":"休息"}`}
			for i := range n - 1 {
				list = append(list, fmt.Sprintf(`{"schedule_id":%d,"schedule_name":"班%d","time_section":[%s]}`, i+1, i, short(i+1, 9, 60)))
			}
			return `"schedulelist":[` + strings.Join(list, ",") + `]`
		}
		days := func(n int) string {
			var out []string
			for i := range n {
				out = append(out, fmt.Sprintf(`{"timestamp":%d,"notes":"a"}`, at("01-07 00:00")+int64(i)*86400))
			}
			return `"spe_offdays":[` + strings.Join(out, ",") + `]`
		}
		now := h.Clock.Now().Unix()
		record := func(more string) int {
			return as(h.app, "add_checkin_record", fmt.Sprintf(`{"records":[{"userid":"lisi","checkin_time":%d,"location_title":"a","location_detail":"a","device_type":1,"device_detail":"b"%s}]}`, now, more)).ErrCode
		}
		text := func(n int) int { return record(`,"notes":"` + strings.Repeat("字", n) + `"`) }
		span := func(seconds int) int {
			return as(h.app, "getcheckindata", fmt.Sprintf(`{"opencheckindatatype":3,"starttime":%d,"endtime":%d,"useridlist":["lisi"]}`, now-int64(seconds), now)).ErrCode
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"checkin.maxDates", 7, 301093, func(n int) int { return rule(office, dates(n)) }},
			{"checkin.maxSections", 4, 301093, func(n int) int {
				return rule(office, `"checkindate":[{"workdays":[1],"checkintime":[`+sections(n)+`]}]`)
			}},
			{"checkin.maxShiftCount", 50, 301093, func(n int) int {
				return rule(fixed, group(2, "规则", `"lisi"`, shifts(n)))
			}},
			{"checkin.maxSites", 500, 301093, func(n int) int {
				return rule(site, `"loc_infos":[`+many(`{"lat":#,"lng":#,"loc_title":"a","loc_detail":"b","distance":300}`, n)+`]`)
			}},
			{"checkin.maxSpecial", 366, 301093, func(n int) int { return rule("", "", days(n)) }},
			{"checkin.maxNotes", 40, 301093, func(n int) int {
				return rule("", "", strings.Replace(days(1), `"a"`, `"`+strings.Repeat("n", n)+`"`, 1))
			}},
			{"checkin.maxPerDay", 86400 / 360, 301093, func(n int) int {
				return rule(noOT, fmt.Sprintf(`"ot_info_v2":{"workdayconf":{"allow_ot":true},"time_unit_config":{"perday_duration_secs":%d}}`, n*360))
			}},
			{"checkin.maxUsers", 100, 301023, func(n int) int {
				return as(h.app, "getcheckinoption", fmt.Sprintf(`{"datetime":%d,"useridlist":[%s]}`, now, many(`"lisi"`, n))).ErrCode
			}},
			{"checkin.maxSpan", 30 * 86400, 301024, span},
			{"checkin.maxRecords", 200, 301083, func(n int) int {
				return as(h.app, "add_checkin_record", `{"records":[`+many(fmt.Sprintf(`{"userid":"lisi","checkin_time":%d,"location_title":"a","location_detail":"a","device_type":1,"device_detail":"b"}`, now), n)+`]}`).ErrCode
			}},
			{"checkin.maxText", 1024, 301083, text},
			{"checkin.maxDeviceText", 40, 301083, func(n int) int { return record(`,"device_detail":"` + strings.Repeat("字", n) + `"`) }},
			{"checkin.maxLatitude", 90_000_000, 301083, func(n int) int { return record(fmt.Sprintf(`,"lat":%d,"lng":1`, n)) }},
			{"checkin.maxLongitude", 180_000_000, 301083, func(n int) int { return record(fmt.Sprintf(`,"lng":-%d,"lat":1`, n)) }},
			{"checkin.maxRemark", 512, 301083, func(n int) int {
				return as(h.app, "punch_correction", fmt.Sprintf(`{"userid":"lisi","schedule_date_time":%d,"checkin_time":%d,"remark":"%s"}`, at("01-06 00:00"), now, strings.Repeat("r", n))).ErrCode
			}},
			{"checkin.maxFace", 1 << 20, 301072, func(n int) int {
				face := append(bytes.Clone(picture.Bytes()), make([]byte, n-picture.Len())...)
				return as(h.app, "addcheckinuserface", `{"userid":"lisi","userface":"`+base64.StdEncoding.EncodeToString(face)+`"}`).ErrCode
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d answered %d, want %d", row.constant, n, got, want)
				}
			}
		}
		for n, want := range map[int]int{3: 301093, 4: 0} {
			if got := rule(office, `"checkindate":[{"workdays":[1],"checkintime":[`+short(1, 9, n)+`]}]`); got != want {
				t.Errorf("checkin.minWork: %d minutes answered %d", n, got)
			}
		}
		first, second := h.picture(), h.picture()
		for media, want := range map[string]int{first: 0, first + `","` + second: 301083, "nothing": 40007} {
			if got := record(`,"notes":"` + media[:1] + `","mediaids":["` + media + `"]`); got != want {
				t.Errorf("checkin.maxMedia: %d, want %d", got, want)
			}
		}
	})
}

// picture uploads a picture and returns its media_id.
func (h *house) picture() string {
	h.t.Helper()
	var resp struct {
		MediaID string `json:"media_id"`
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		h.t.Fatal(err)
	}
	h.app.Upload("/cgi-bin/media/upload?type=image", "a.png", b.Bytes()).Decode(&resp)
	return resp.MediaID
}

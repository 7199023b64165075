package hardware_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestLimits walks each limit of the pages at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance","access","temperature","print","scan"]`)
		by := "?model_access_token=" + h.modelToken()
		token := h.bound("SN1", "")
		device := "?device_access_token=" + token
		open := h.open(token)["张三"]
		suiteID, app := h.app(hardwarePermissions, nil)
		h.script("grant", `{"device_sn":"SN1","suite_id":"`+suiteID+`"}`, nil)
		now := h.Clock.Now().Unix()
		many := func(element string, n int) string {
			return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
		}
		letters := func(n int) string { return strings.Repeat("a", n) }
		at := fmt.Sprintf(`{"open_userid":%q,"timestamp":%d,"temperature":"36","pass_type":1,"pass_method":1}`, open, now)
		data := func(more string) int {
			return h.call("devicedata/get_checkin_data?access_token="+app, fmt.Sprintf(`{"begin_time":%d,"end_time":%d,%s}`, now-1, now, more)).Code
		}
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"hardware.maxSN", 128, 600001, func(n int) int {
				return h.call("openhw/model/register_sn"+by, `{"device_sn":"`+letters(n)+`"}`).Code
			}},
			{"hardware.maxVersion", 32, 40058, func(n int) int {
				return h.call("openhw/device/report_device_status"+device, `{"online_status":1,"cur_version":"`+letters(n)+`"}`).Code
			}},
			{"hardware.maxVersionText", 256, 40058, func(n int) int {
				return h.call("openhw/device/report_device_status"+device, `{"online_status":1,"cur_version":"1","upgradable_version":"2","upgradable_version_desc":"`+letters(n)+`"}`).Code
			}},
			{"hardware.maxPeople", 200, 40058, func(n int) int {
				return h.call("openhw/device/get_userinfo_by_page"+device, fmt.Sprintf(`{"limit":%d}`, n)).Code
			}},
			{"hardware.maxUserItems", 100, 40058, func(n int) int {
				code := h.call("openhw/device/get_userinfo_by_ids"+device, `{"user_item":`+many(at, n)+`}`).Code
				for _, of := range []string{"checkin", "access", "temperature"} {
					if other := h.call("openhw/device/report_"+of+"_data"+device, `{"`+of+`_data":`+many(at, n)+`}`); other.Code != code {
						t.Errorf("%s: %s, want %d", of, other.body, code)
					}
				}
				return code
			}},
			{"hardware.maxJobs", 200, 600041, func(n int) int {
				return h.call("openhw/device/get_printer_job_list"+device, fmt.Sprintf(`{"limit":%d}`, n)).Code
			}},
			{"hardware.maxJobIDs", 200, 40058, func(n int) int {
				return h.call("openhw/device/get_printer_job_list"+device, `{"jobid_list":`+many(`"a"`, n)+`}`).Code
			}},
			{"hardware.maxData", 500, 40058, func(n int) int {
				return data(fmt.Sprintf(`"data_filter_type":1,"device_sn_list":["SN1"],"limit":%d`, n))
			}},
			{"hardware.maxSNs", 100, 40058, func(n int) int { return data(`"data_filter_type":1,"device_sn_list":` + many(`"SN1"`, n)) }},
			{"hardware.maxUsers", 100, 71047, func(n int) int { return data(`"data_filter_type":2,"open_userid_list":` + many(`"wo"`, n)) }},
			// Any of these names reaches the question after the file's own place.
			{"hardware.maxFileName", 256, 71062, func(n int) int {
				code := h.call("openhw/device/push_scan_file"+device, `{"open_userid":"`+open+`","filename":"`+letters(n)+`","media_id":"x","auth_code":"x"}`).Code
				if code == 71075 { // the auth_code is looked at next
					code = 0
				}
				return code
			}},
		} {
			for _, n := range []int{row.most - 1, row.most, row.most + 1} {
				want := 0
				if n > row.most {
					want = row.above
				}
				if code := row.code(n); code != want {
					t.Errorf("%s, %d: %d, want %d", row.constant, n, code, want)
				}
			}
		}
	})
}

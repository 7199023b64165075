package security_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const (
	officePC = `"system":"Windows","mac_addr":["50:81:40:29:33:CA","36:27:51:DF:6E:80"],"motherboard_uuid":"MB_UUID","harddisk_uuid":["HD_UUID1"],"domain":"OFFICE","pc_name":"PC_001"`
	homePC   = `"system":"Windows","mac_addr":["50:81:40:29:33:11"],"motherboard_uuid":"MB_HOME","harddisk_uuid":["HD_HOME"],"pc_name":"HOME"`
)

func one(code string) string { return `{"device_code_list":["` + code + `"]}` }

func signIn(t *testing.T, w *qiweitest.World, user, hardware string) (code string, status int) {
	t.Helper()
	var out struct {
		Code   string `json:"device_code"`
		Status int    `json:"status"`
	}
	done(t, w, "device/signin", `{"userid":"`+user+`",`+hardware+`}`, &out)
	return out.Code, out.Status
}

// device returns a device from the list of a type, nil where it is not in it.
func device(t *testing.T, c *qiweitest.Client, kind int, code string) map[string]any {
	t.Helper()
	for _, d := range call(t, c, "trustdevice/list", fmt.Sprintf(`{"type":%d}`, kind), 0).List("device_list") {
		if m, _ := d.(map[string]any); m["device_code"] == code {
			return m
		}
	}
	return nil
}

func shows(t *testing.T, what string, got map[string]any, want map[string]any) {
	t.Helper()
	for name, v := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(v) {
			t.Errorf("%s: %s is %v, want %v", what, name, got[name], v)
		}
	}
}

// TestImport: devices of the corp, again, from elsewhere, and wrong ones.
func TestImport(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		r := call(t, c, "trustdevice/import", `{"device_list":[{`+officePC+`},{"system":"Mac","seq_no":"SEQ_NO","mac_addr":["81:40:50:29:33:DB"]},
			{"system":"Windows","mac_addr":["36:27:51:df:6e:80"]},{"system":"Mac","seq_no":"SEQ_NO"},{"system":"Linux"},{"system":"Windows"},{"system":"Mac"},{"system":"Windows","mac_addr":["50-81-40-29-33-CA"]},{"system":"Windows","mac_addr":["50:81:40:29:33:CG"]}]}`, 0)
		if got := column(r.List("result"), "status"); got != "1 1 2 2 3 4 4 4 4" || column(r.List("result"), "device_index") != "1 2 3 4 5 6 7 8 9" {
			t.Errorf("imported: %s", got)
		}
		code := r.Text("result.0.device_code")
		if r.Text("result.2.duplicated_device_code") != code || r.At("result.2.device_code") != nil || r.Text("result.3.duplicated_device_code") != r.Text("result.1.device_code") {
			t.Errorf("known: %v", r)
		}
		shows(t, "imported", device(t, c, 1, code), map[string]any{"system": "Windows", "mac_addr": "[50:81:40:29:33:CA 36:27:51:DF:6E:80]", "motherboard_uuid": "MB_UUID", "harddisk_uuid": "[HD_UUID1]", "domain": "OFFICE", "pc_name": "PC_001",
			"source": 2, "status": 1, "last_login_time": nil, "seq_no": nil})
		if got, status := signIn(t, w, "ZhangSan", `"system":"Windows","mac_addr":["36:27:51:DF:6E:80"]`); got != code || status != 5 {
			t.Errorf("signed in with %s, status %d", got, status)
		}
		now := float64(w.Clock.Now().Unix())
		shows(t, "signed in", device(t, c, 1, code), map[string]any{"status": 5, "last_login_time": now, "last_login_userid": "zhangsan", "confirm_timestamp": now, "confirm_userid": "zhangsan", "approved_userid": nil})
		// One that members have signed in with becomes the corp's.
		home, _ := signIn(t, w, "lisi", homePC)
		r = call(t, c, "trustdevice/import", `{"device_list":[{`+homePC+`}]}`, 0)
		if r.Text("result.0.device_code") != home || r.Int("result.0.status") != 1 {
			t.Errorf("an unknown one is imported: %v", r)
		}
		shows(t, "imported", device(t, c, 1, home), map[string]any{"status": 5, "source": 2, "last_login_userid": "lisi"})
		call(t, c, "trustdevice/import", `{}`, 40063)
		twin := listed(w.Second, access.Everything())
		if r := call(t, twin, "trustdevice/import", `{"device_list":[{`+officePC+`}]}`, 0); r.Int("result.0.status") != 1 {
			t.Errorf("the twin's own: %v", r)
		}
	})
}

// TestUnknownDevices are claimed by members, and approved or rejected.
func TestUnknownDevices(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		code, status := signIn(t, w, "lisi", homePC)
		if status != 2 {
			t.Errorf("an unknown device has status %d", status)
		}
		shows(t, "unknown", device(t, c, 2, code), map[string]any{"status": 2, "source": 0, "mac_addr": "[50*************11]", "motherboard_uuid": "MB***ME", "harddisk_uuid": "[HD***ME]", "pc_name": "HOME"})
		decide := func(how string, gone bool) {
			t.Helper()
			r := call(t, c, "trustdevice/"+how, one(code), 0)
			want := fmt.Sprintf("[%s] []", code)
			if !gone {
				want = fmt.Sprintf("[] [%s]", code)
			}
			if got := fmt.Sprint(r.At("success_list"), " ", r.At("fail_list")); got != want {
				t.Errorf("%s: %s, want %s", how, got, want)
			}
		}
		decide("approve", false)
		decide("reject", false)
		ask := func(more string) { done(t, w, "device/ask", `{"userid":"LiSi","device_code":"`+code+`"`+more+`}`, nil) }
		ask("")
		shows(t, "claimed for the corp", device(t, c, 2, code), map[string]any{"status": 3, "source": 3, "confirm_userid": "lisi", "mac_addr": "[50:81:40:29:33:11]"})
		refused(t, w, "device/ask", `{"userid":"lisi","device_code":"`+code+`"}`, "not waiting")
		decide("reject", true)
		shows(t, "rejected", device(t, c, 2, code), map[string]any{"status": 2, "source": 0, "confirm_userid": nil})
		ask(`,"personal":true,"invited":true`)
		shows(t, "claimed", device(t, c, 2, code), map[string]any{"status": 4, "source": 1})
		decide("approve", true)
		shows(t, "personal", device(t, c, 3, code), map[string]any{"status": 6, "mac_addr": "[50*************11]", "approved_userid": nil})
		decide("approve", false)

		mac, _ := signIn(t, w, "wangwu", `"system":"Mac","seq_no":"C02XG2JHJG5J"`)
		done(t, w, "device/ask", `{"userid":"wangwu","device_code":"`+mac+`"}`, nil)
		done(t, w, "device/approve", `{"userid":"zhangsan","device_code_list":["`+mac+`"]}`, nil)
		shows(t, "approved by an administrator", device(t, c, 1, mac), map[string]any{"status": 5, "approved_userid": "zhangsan", "seq_no": "C02XG2JHJG5J"})
		if r := call(t, c, "trustdevice/approve", `{"device_code_list":["nothing","`+mac+`"]}`, 0); fmt.Sprint(r.At("fail_list")) != "[nothing "+mac+"]" {
			t.Errorf("unknown codes: %v", r)
		}
		if r := call(t, listed(w.Second, access.Everything()), "trustdevice/approve", one(mac), 0); len(r.List("success_list")) != 0 {
			t.Errorf("the twin decides: %v", r)
		}
		for user, want := range map[string]string{"LiSi": code, "wangwu": "", "zhangsan": ""} {
			if got := column(call(t, c, "trustdevice/get_by_user", `{"last_login_userid":"`+user+`","type":3}`, 0).List("device_list"), "device_code"); got != want {
				t.Errorf("of %s: %s, want %s", user, got, want)
			}
		}
		call(t, c, "trustdevice/get_by_user", `{"last_login_userid":"nobody","type":3}`, 60111)
		call(t, listed(w.Corp, access.Range{Departments: []int64{4}}), "trustdevice/get_by_user", `{"last_login_userid":"lisi","type":3}`, 60011)

		call(t, c, "trustdevice/delete", `{"type":1,"device_code_list":["`+mac+`","`+code+`"]}`, 40058) // the second is of another type
		if device(t, c, 1, mac) == nil {
			t.Error("one was deleted although the other could not be")
		}
		call(t, c, "trustdevice/delete", `{"type":1,"device_code_list":["nothing"]}`, 40058)
		call(t, c, "trustdevice/delete", `{"type":1,"device_code_list":["`+mac+`"]}`, 0)
		call(t, c, "trustdevice/delete", `{"type":3,"device_code_list":["`+code+`"]}`, 0)
		if device(t, c, 1, mac) != nil || device(t, c, 3, code) != nil {
			t.Error("deleted, and still there")
		}
		if again, status := signIn(t, w, "wangwu", `"system":"Mac","seq_no":"C02XG2JHJG5J"`); again == mac || status != 2 {
			t.Errorf("after its deletion it is %s with status %d", again, status)
		}
	})
}

// TestDeviceLists are read in parts, and refuse what is wrong.
func TestDeviceLists(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		var want []string
		for i := range 5 {
			want = append(want, call(t, c, "trustdevice/import", fmt.Sprintf(`{"device_list":[{"system":"Mac","seq_no":"S%d"}]}`, i), 0).Text("result.0.device_code"))
		}
		var got []string
		cursor := ""
		for range 3 {
			page := call(t, c, "trustdevice/list", `{"type":1,"limit":2,"cursor":"`+cursor+`"}`, 0)
			got = append(got, strings.Fields(column(page.List("device_list"), "device_code"))...)
			cursor = page.Text("next_cursor")
		}
		if !slices.Equal(got, want) || cursor != "" {
			t.Errorf("%v, then %q; want %v", got, cursor, want)
		}
		first := call(t, c, "trustdevice/list", `{"type":1,"limit":2}`, 0).Text("next_cursor")
		call(t, c, "trustdevice/list", `{"type":2,"cursor":"`+first+`"}`, 50100)
		call(t, listed(w.Corp, access.Everything()), "trustdevice/list", `{"type":1,"cursor":"`+first+`"}`, 50100)
		for _, name := range []string{"list", "get_by_user", "delete"} {
			for _, kind := range []string{"0", "4", `"x"`} {
				call(t, c, "trustdevice/"+name, `{"type":`+kind+`,"last_login_userid":"lisi","device_code_list":["x"]}`, 40058)
			}
		}
		for _, name := range []string{"approve", "reject"} {
			call(t, c, "trustdevice/"+name, `{}`, 40063)
		}
		call(t, c, "trustdevice/delete", `{"type":1}`, 40063)
		call(t, w.As(access.Security), "trustdevice/list", `{"type":1}`, 0)
		call(t, w.As(access.HR), "trustdevice/list", `{"type":1}`, 48002)
	})
}

// TestRenamed: records and devices show the member's present userid.
func TestRenamed(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, corpID := range []string{w.CorpID, w.Second.CorpID} {
				m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(corpID), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		c := listed(w.Corp, access.Everything())
		code, _ := signIn(t, w, "made1", homePC)
		done(t, w, "device/ask", `{"userid":"made1","device_code":"`+code+`"}`, nil)
		done(t, w, "device/approve", `{"userid":"made1","device_code_list":["`+code+`"]}`, nil)
		done(t, w, "file", `{"userid":"made1","operation":{"type":109},"file_info":"a"}`, nil)
		done(t, w, "screen", `{"userid":"made1","screen_shot_type":1,"system":"iOS"}`, nil)
		done(t, w, "member", `{"userid":"made1","oper_type":8}`, nil)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: "san.zhang"})
		})
		shows(t, "renamed", device(t, c, 1, code), map[string]any{"last_login_userid": "san.zhang", "confirm_userid": "san.zhang", "approved_userid": "san.zhang"})
		if got := column(call(t, c, "trustdevice/get_by_user", `{"last_login_userid":"san.zhang","type":1}`, 0).List("device_list"), "device_code"); got != code {
			t.Errorf("of the member: %s", got)
		}
		w.Advance(time.Minute)
		for _, name := range []string{"get_file_oper_record", "get_screen_oper_record", "member_oper_log/list"} {
			if got := pages(t, c, name, span(w, 1), "record_list", "userid"); got != "san.zhang" {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

package direct_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type people struct {
	Last    bool  `json:"is_last"`
	Version int64 `json:"perm_version"`
	Users   []struct {
		UserID  string `json:"userid"`
		OpenVID uint64 `json:"openvid"`
		Name    string `json:"name"`
		FaVer   int64  `json:"fa_ver"`
		Faces   []struct {
			ID   int64  `json:"id"`
			Data string `json:"data"`
		} `json:"fa_list"`
		FaceAlgorithm string `json:"fa_algorithm"`
	} `json:"userinfo"`
}

func (p people) String() string {
	var out []string
	for _, u := range p.Users {
		out = append(out, u.UserID+" "+u.Name)
	}
	return strings.Join(out, ", ")
}

// TestWork: a device reads who uses it and hears of changes, keeps faces for others, and reports.
func TestWork(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		other := h.working("SN2", "")
		var page people
		if d.must("get_userinfo_by_page", `{"offset":0,"limit":1}`, &page); page.Last || page.Version != 1 || page.String() != "zhangsan 张三" || page.Users[0].OpenVID == 0 {
			t.Errorf("the first page: %+v", page)
		}
		if d.must("get_userinfo_by_page", `{"offset":1,"limit":200}`, &page); !page.Last || page.String() != "lisi 李四" {
			t.Errorf("the second page: %+v", page)
		}
		d.refused(600041, "get_userinfo_by_page", `{"offset":0,"limit":201}`)
		var ids struct {
			Good []string `json:"legal_userid"`
			Bad  []string `json:"illegal_userid"`
		}
		if d.must("check_userid", `{"userid":["zhangsan","wangwu"]}`, &ids); fmt.Sprint(ids) != "{[zhangsan] [wangwu]}" {
			t.Errorf("check_userid: %v", ids)
		}

		// A face that one device takes is another's, too.
		var failed struct {
			List []struct{ UserID string } `json:"fail_list"`
		}
		d.must("upload_userinfo", `{"userinfo":[{"userid":"ZhangSan","fa_list":[{"id":0,"data":"QUJD"},{"id":11,"data":"QUJE"}]},{"userid":"wangwu","fa_list":[{"id":0,"data":"QUJD"}]},{"userid":"lisi","fa_list":[{"id":12,"data":"QUJD"}]}]}`, &failed)
		if len(failed.List) != 2 || failed.List[0].UserID != "wangwu" {
			t.Errorf("upload_userinfo: %+v", failed)
		}
		var change struct {
			Version                int64 `json:"perm_version"`
			Create, Update, Delete []struct {
				UserID string `json:"userid"`
			}
		}
		decode := func(d *device) (text string) {
			var raw struct {
				Version int64             `json:"perm_version"`
				Create  []json.RawMessage `json:"create_user"`
				Update  []json.RawMessage `json:"update_user"`
				Delete  []json.RawMessage `json:"delete_user"`
			}
			d.push("push_change_contact", &raw)
			return fmt.Sprintf("%d +%s ~%s -%s", raw.Version, raw.Create, raw.Update, raw.Delete)
		}
		_ = change
		if got := decode(other); got != `2 +[] ~[{"userid":"zhangsan","user_type":0}] -[]` {
			t.Errorf("the other device was told %s", got)
		}
		other.must("get_userinfo_by_ids", `{"userids":["zhangsan"]}`, &page)
		if u := page.Users; len(u) != 1 || u[0].FaVer != 1 || len(u[0].Faces) != 2 || u[0].Faces[1].Data != "QUJE" || u[0].FaceAlgorithm != "default" {
			t.Errorf("the face: %+v", u)
		}

		// Members come, change and go.
		sync := h.As(access.ContactSync)
		sync.Configure(func(a *app.App) { a.TrustedIPs = qiweitest.Local })
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","department":[2]}`)
		if got := decode(d); got != `2 +[{"userid":"wangwu","user_type":0}] ~[] -[]` {
			t.Errorf("wangwu came: %s", got)
		}
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","name":"王六"}`)
		if got := decode(d); got != `3 +[] ~[{"userid":"wangwu","user_type":0}] -[]` {
			t.Errorf("wangwu is called otherwise: %s", got)
		}
		sync.Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		if got := decode(d); got != `4 +[] ~[] -[{"userid":"wangwu","user_type":0}]` {
			t.Errorf("wangwu went: %s", got)
		}
		h.Second.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","name":"另一个"}`)
		if d.must("get_perm_version", "", &page); page.Version != 4 {
			t.Errorf("the twin's change counts: %d", page.Version)
		}

		// What it reports.
		now := h.Clock.Now().Unix()
		d.must("checkin", fmt.Sprintf(`{"checkin_data":[{"userid":"zhangsan","timestamp":%d,"pass_type":1,"pass_method":1},{"userid":"nobody","timestamp":%d},{"userid":"lisi","timestamp":1}]}`, now, now), &failed)
		if len(failed.List) != 1 || failed.List[0].UserID != "nobody" {
			t.Errorf("checkin: %+v", failed)
		}
		listed := h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.Checkin}})
		got := listed.Call("POST", "/cgi-bin/hardware/get_hardware_checkin_data", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":["zhangsan","lisi","nobody"]}`, now-10, now))
		if want := fmt.Sprintf(`"checkindata":[{"userid":"zhangsan","checkin_time":%d,"device_sn":"SN1","device_name":"前台"}]`, now); !strings.Contains(got.Body, want) {
			t.Errorf("%s, want %s", got.Body, want)
		}
		d.must("report_user_temperature", `{"userid":"lisi","user_type":0,"temperature":"36.7","status":0}`, nil)
		d.refused(600057, "report_user_temperature", `{"userid":"lisi","user_type":0,"status":0}`)
		d.refused(71056, "report_user_temperature", `{"userid":"nobody","user_type":0,"temperature":"36.7","status":0}`)
		var firmware struct {
			Version string `json:"firmware_version"`
		}
		if d.must("get_firmware_info", "", &firmware); firmware.Version != "1.1" {
			t.Errorf("firmware: %+v", firmware)
		}
		h.told()
		d.must("error_report", `{"errcode":-1,"errmsg":"connect timeout"}`, nil)
		if told := h.told(); told != "error_report SN1 -1 connect timeout" {
			t.Errorf("the provider was told %s", told)
		}
	})
}

// TestOpenDoor: a member opens the door from afar, and learns whether it opened.
func TestOpenDoor(t *testing.T) {
	run(t, func(h *house) {
		secretNo := h.device("SN1", clockModel)
		h.bind("SN1")
		if status, text := h.try("open", `{"device_sn":"SN1","userid":"zhangsan"}`); status != 400 || !strings.Contains(text, "offline") {
			t.Errorf("an offline door: %d %s", status, text)
		}
		d := h.connect()
		d.login("SN1", secretNo, h.Clock.Now())
		if status, text := h.try("open", `{"device_sn":"SN1","userid":"wangwu"}`); status != 400 || !strings.Contains(text, "71056") {
			t.Errorf("somebody else: %d %s", status, text)
		}
		open := func() (operID string) {
			var a struct {
				OperID string `json:"oper_id"`
			}
			h.script("open", `{"device_sn":"SN1","userid":"ZhangSan"}`, &a)
			var push struct {
				UserID string `json:"userid"`
				OperID string `json:"oper_id"`
			}
			if d.push("push_remote_open_door", &push); push.UserID != "zhangsan" || push.OperID != a.OperID {
				t.Errorf("pushed %+v", push)
			}
			return a.OperID
		}
		outcome := func(operID string) string {
			var o struct{ Outcome string }
			h.script("operation", `{"oper_id":"`+operID+`"}`, &o)
			return o.Outcome
		}
		first := open()
		if got := outcome(first); got != "waiting" {
			t.Errorf("before the door has answered: %s", got)
		}
		d.refused(2000003, "report_remote_open_door", `{"type":"remote_open_door","oper_id":"x","status":0}`)
		d.refused(2000009, "report_remote_open_door", `{"type":"scan_qrcode_open","oper_id":"`+first+`","status":0}`)
		d.refused(2000007, "report_remote_open_door", `{"type":"remote_open_door","oper_id":"`+first+`","status":2}`)
		// The page prints a blank in the key, and some firmware sends it.
		d.must("report_remote_open_door", `{"type":"remote_open_door","oper_id":"`+first+`","status ":0}`, nil)
		d.refused(2000007, "report_remote_open_door", `{"type":"remote_open_door","oper_id":"`+first+`","status":0}`)
		if got := outcome(first); got != "done" {
			t.Errorf("opened: %s", got)
		}
		second := open()
		h.Advance(3*time.Second + time.Millisecond)
		if got := outcome(second); got != "failed" {
			t.Errorf("silent for more than three seconds: %s", got)
		}
		d.refused(2000007, "report_remote_open_door", `{"type":"remote_open_door","oper_id":"`+second+`","status":0}`)
	})
}

// TestFrameLimits: what is too large ends the connection before it fills the memory.
func TestFrameLimits(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		sent := make(chan int)
		go func() { n, _ := d.conn.Write(append(head(2, 64<<20), make([]byte, 64<<20)...)); sent <- n }()
		opcode, _ := d.read()
		if d.conn.Close(); opcode != 8 || <-sent >= 64<<20 {
			t.Errorf("64 MB were taken: %d", opcode)
		}
		stranger := h.connect()
		stranger.conn.Write(append(head(1, 64<<10), make([]byte, 64<<10)...))
		if opcode, _ := stranger.read(); opcode != 8 {
			t.Errorf("a stranger's 64 KB: %d", opcode)
		}
		garbled := h.connect()
		garbled.write(1, []byte("no JSON"))
		if m := garbled.next(); *m.Code != 40058 {
			t.Errorf("no JSON: %+v", m)
		}
		garbled.write(2, []byte{1, 2, 3})
		if m := garbled.next(); *m.Code != 40058 {
			t.Errorf("no frame: %+v", m)
		}
	})
}

// TestSilence: a connection without a heartbeat ends after two minutes, and so does one that never registers,
// sooner. The serial number is free again.
func TestSilence(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		h.Advance(2 * time.Minute)
		d.must("ping", "", nil)
		h.Advance(2*time.Minute + time.Second)
		if opcode, _ := d.read(); opcode != 8 {
			t.Errorf("silent for two minutes: %d", opcode)
		}
		stranger := h.connect()
		h.Advance(31 * time.Second)
		if opcode, _ := stranger.read(); opcode != 8 {
			t.Errorf("a stranger: %d", opcode)
		}
	})
}

// TestSlowReader: a device that reads nothing holds up nobody, and what it is told is told to others.
func TestSlowReader(t *testing.T) {
	run(t, func(h *house) {
		slow := h.working("SN1", clockModel)
		quick := h.working("SN2", "")
		text := strings.Repeat("a", 8000)
		for range 3 {
			slow.write(1, []byte(`{"cmd":"selfhelp_notify","headers":{"req_id":"s"},"body":{"data":"`+text+`"}}`))
		}
		quick.must("selfhelp_notify", `{"data":"{\"cmd\":\"push_restart_device\",\"headers\":{\"req_id\":\"x\"}}"}`, nil)
		quick.push("push_restart_device", nil)
	})
}

// TestLogs: a device sends its log, at most ten in a day and six megabytes each.
func TestLogs(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		h.told()
		if m := d.binary("upload_log", bytes.Repeat([]byte("x"), 6<<20+1), ""); *m.Code != 600052 {
			t.Errorf("more than 6 MB: %+v", m)
		}
		for i := range 11 {
			want := 0
			if i == 10 {
				want = 600052
			}
			if m := d.binary("upload_log", []byte("a log of the device"), ""); *m.Code != want {
				t.Errorf("log %d: %+v", i+1, m)
			}
		}
		if told := h.told(); strings.Count(told, "fetch_log_finish SN1") != 10 {
			t.Errorf("told %s", told)
		}
	})
}

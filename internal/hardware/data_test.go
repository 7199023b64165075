package hardware_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

var hardwarePermissions = []string{"hardware:base:base", "hardware:checkin:checkin_data", "hardware:checkin:temperature_data", "hardware:checkin:accesscontrol_data",
	"hardware:checkin:read_rule", "hardware:checkin:edit_rule", "checkin:app:base"}

// TestDeviceData: an application of a third party reads and is told what the devices record that the corp
// grants it, of members whom it sees.
func TestDeviceData(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance","access","temperature"]`)
		device := "?device_access_token=" + h.bound("SN1", "")
		open := h.open(strings.TrimPrefix(device, "?device_access_token="))
		data := h.Receiver()
		suiteID, token := h.app(hardwarePermissions, data)
		_, blind := h.app(nil, nil)
		by := "?access_token=" + token

		now := h.Clock.Now().Unix()
		ask := func(path, more string) string {
			return h.must("devicedata/"+path+by, fmt.Sprintf(`{"user_type":0,"begin_time":%d,"end_time":%d,%s}`, now-60, now+60, more)).body
		}
		span := fmt.Sprintf(`{"user_type":0,"begin_time":%d,"end_time":%d,`, now-60, now+60)
		h.refused(71048, "devicedata/get_checkin_data"+by, span+`"data_filter_type":1,"device_sn_list":["SN1"]}`)
		if got := h.must("devicedata/get_auth_info"+by, `{}`).body; !strings.Contains(got, `"device_list":{"item":[]}`) {
			t.Errorf("before the grant: %s", got)
		}
		h.script("grant", `{"device_sn":"SN1","suite_id":"`+suiteID+`"}`, nil)
		if got := h.must("devicedata/get_auth_info"+by, `{}`).body; !strings.Contains(got, `"device_sn":"SN1","remark_name":"","default_name":"云门","model_name":"云门","device_type":1,"device_ability":7`) {
			t.Errorf("after the grant: %s", got)
		}
		h.refused(71046, "devicedata/get_auth_info?access_token="+blind, `{}`)
		h.refused(301002, "devicedata/get_auth_info"+by, `{"agentid":1}`)

		// zhangsan and lisi are in the application's range, wangwu is not.
		h.must("openhw/device/report_checkin_data"+device, fmt.Sprintf(`{"checkin_data":[{"open_userid":%q,"timestamp":%d},{"open_userid":%q,"timestamp":%d},{"open_userid":%q,"timestamp":%d}]}`,
			open["张三"], now, open["王五"], now, open["李四"], now+1))
		h.must("openhw/device/report_access_data"+device, fmt.Sprintf(`{"access_data":[{"open_userid":%q,"timestamp":%d,"pass_type":2,"pass_method":1}]}`, open["张三"], now))
		h.must("openhw/device/report_temperature_data"+device, fmt.Sprintf(`{"temperature_data":[{"open_userid":%q,"timestamp":%d,"temperature":"38.5","status":1}]}`, open["李四"], now))

		zhangsan := fmt.Sprintf(`{"open_userid":"%s","checkin_time":%d,"device_sn":"SN1"}`, open["张三"], now)
		lisi := fmt.Sprintf(`{"open_userid":"%s","checkin_time":%d,"device_sn":"SN1"}`, open["李四"], now+1)
		const bySN = `"data_filter_type":1,"device_sn_list":["sn1","SN9"]`
		if got := ask("get_checkin_data", bySN); !strings.Contains(got, `"checkindata":{"items":[`+zhangsan+`,`+lisi+`]},"next_cursor":""`) {
			t.Errorf("by device: %s", got)
		}
		if got := ask("get_checkin_data", fmt.Sprintf(`"data_filter_type":2,"open_userid_list":[%q,%q,"lisi"]`, open["李四"], open["王五"])); !strings.Contains(got, `"items":[`+lisi+`]`) {
			t.Errorf("by member: %s", got)
		}
		first := h.must("devicedata/get_checkin_data"+by, span+bySN+`,"limit":"1"}`)
		second := h.must("devicedata/get_checkin_data"+by, span+bySN+`,"limit":1,"cursor":"`+first.NextCursor+`"}`)
		third := h.must("devicedata/get_checkin_data"+by, span+bySN+`,"limit":1,"cursor":"`+second.NextCursor+`"}`)
		if !strings.Contains(first.body, zhangsan) || strings.Contains(second.body, "checkin_time") || second.NextCursor == "" || !strings.Contains(third.body, lisi) {
			t.Errorf("one by one: %s %s %s", first.body, second.body, third.body)
		}
		h.refused(50100, "devicedata/get_temperature_data"+by, span+bySN+`,"cursor":"`+first.NextCursor+`"}`)
		h.refused(600018, "devicedata/get_checkin_data"+by, fmt.Sprintf(`{"begin_time":%d,"end_time":%d,%s}`, now-31*86400-1, now, bySN))
		h.must("devicedata/get_checkin_data"+by, fmt.Sprintf(`{"begin_time":%d,"end_time":%d,%s}`, now-31*86400, now, bySN))
		if got := ask("get_accesscontrol_data", bySN); !strings.Contains(got, fmt.Sprintf(`"items":[{"open_userid":"%s","user_type":0,"timestamp":%d,"pass_type":2,"pass_method":1,"device_sn":"SN1"}]`, open["张三"], now)) {
			t.Errorf("passes: %s", got)
		}
		if got := ask("get_temperature_data", bySN); !strings.Contains(got, fmt.Sprintf(`"items":[{"open_userid":"%s","user_type":0,"timestamp":%d,"temperature":"38.5","status":1,"device_sn":"SN1"}]`, open["李四"], now)) {
			t.Errorf("temperatures: %s", got)
		}
		h.refused(71046, "devicedata/get_checkin_data?access_token="+blind, span+bySN+"}")

		h.pushes(data, suiteID)

		// The grant ends, with the device at last.
		h.script("unbind", `{"device_sn":"SN1"}`, nil)
		h.refused(71048, "devicedata/get_checkin_data"+by, span+bySN+"}")
		h.Delivered()
		if got := data.Take(); len(got) != 1 || got[0].Field("InfoType") != "device_data_auth_change" {
			t.Errorf("told %+v", got)
		}
	})
}

// pushes holds what an application is told against testdata/push, whose texts are held against the pages.
func (h *house) pushes(data *qiweitest.Receiver, suiteID string) {
	h.t.Helper()
	h.Delivered()
	var lines []string
	told := slices.DeleteFunc(data.Take(), func(p qiweitest.Received) bool { return p.Field("Event") == "subscribe" }) // of the installation
	for i, p := range told {
		if i == 0 {
			if p.Field("InfoType") != "device_data_auth_change" || p.Field("SuiteId") != suiteID || !strings.HasPrefix(p.Field("AuthCorpId"), "wp") || p.Field("AgentID") == "" {
				h.t.Errorf("device_data_auth_change: %s", p.XML())
			}
			continue
		}
		if p.ReceiveID != p.Field("ToUserName") || !strings.HasPrefix(p.ReceiveID, "wp") {
			h.t.Errorf("to %s: %s", p.ReceiveID, p.XML())
		}
		text := strings.ReplaceAll(p.XML(), p.Field("ToUserName"), "CORP")
		for _, part := range strings.Split(text, "<OpenUserId><![CDATA[")[1:] {
			open, _, _ := strings.Cut(part, "]]>")
			text = strings.ReplaceAll(text, open, "OPEN")
		}
		lines = append(lines, text)
	}
	qiweitest.Golden(h.t, "push/device.txt", strings.Join(lines, "\n")+"\n")
}

// TestRules: an application writes who may pass when, for people and devices that are its own.
func TestRules(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["access"]`)
		deviceToken := h.bound("SN1", `{"departments":[2]}`)
		open := h.open(deviceToken)
		suiteID, token := h.app(hardwarePermissions, nil)
		other, otherToken := h.app(hardwarePermissions, nil)
		by := "?access_token=" + token
		for _, s := range []string{suiteID, other} {
			h.script("grant", `{"device_sn":"SN1","suite_id":"`+s+`"}`, nil)
		}
		h.told()
		rule := func(text, user string) string {
			return fmt.Sprintf(`{"device_sn_list":["SN1"],"rule_name":"早班","pass_rule":{"rule_list":[%q],"effect_open_userid_list":[{"open_userid":%q,"user_type":0}]}}`, text, user)
		}
		for text, code := range map[string]int{
			"9:00-10:00 * * 1-5 *": 0, "9:00-10:00,15:30-17:45 * * 0,6 *": 0, "0:00-23:59 * * * *": 0, "22:00-6:00 * * * *": 71051, "9:00-10:00 * * 7 *": 71051,
			"9:300-10:00 * * 6 *": 71051, "9:00-9:60 * * 1 *": 71051, "9:00-24:00 * * 1 *": 71051, "9:00 * * 1 *": 71051, "9:00-10:00 * * 1": 71051, "9:00-10:00 */2 * 1 *": 71051,
		} {
			if got := h.call("devicedata/add_accesscontrol_rule"+by, rule(text, open["张三"])); got.Code != code {
				t.Errorf("%s: %d, want %d", text, got.Code, code)
			}
		}
		h.refused(71058, "devicedata/add_accesscontrol_rule"+by, rule("9:00-10:00 * * 1-5 *", "zhangsan"))
		h.refused(71050, "devicedata/add_accesscontrol_rule"+by, strings.Replace(rule("9:00-10:00 * * 1-5 *", open["张三"]), "早班", "", 1))
		h.refused(71048, "devicedata/add_accesscontrol_rule"+by, strings.Replace(rule("9:00-10:00 * * 1-5 *", open["张三"]), "SN1", "SN9", 1))
		h.refused(71051, "devicedata/add_accesscontrol_rule"+by, `{"device_sn_list":["SN1"],"rule_name":"x"}`)
		told := h.told()
		if len(told) != 3 || told[2].name() != "contact_change" || told[2].Event.Version != 4 || len(told[2].Event.Update) != 1 || told[2].Event.Update[0].Open != open["张三"] {
			t.Errorf("the device was told %+v", told)
		}
		users := h.must("openhw/device/get_userinfo_by_page?device_access_token="+deviceToken, `{}`).Users.Items
		if len(users) != 2 || len(users[0].Pass.Rules) != 3 || users[0].Pass.Rules[2].ID != 2 || len(users[1].Pass.Rules) != 0 {
			t.Errorf("the rules of people: %+v", users)
		}
		var added struct {
			ID string `json:"rule_id"`
		}
		remote := fmt.Sprintf(`"remote_pass_rule":{"rule_list":["9:00-10:00 * * 1-5 *"],"effect_open_userid_list":[{"open_userid":%q}]}`, open["张三"])
		h.Send("POST", "/cgi-bin/devicedata/add_accesscontrol_rule"+by, `{"device_sn_list":["SN1"],"rule_name":"远程",`+remote+`}`).Decode(&added)
		got := h.must("devicedata/get_accesscontrol_rule"+by, `{"device_sn":"SN1"}`).body
		if !strings.Contains(got, fmt.Sprintf(`"remote_pass_rule":{"items":[{"rule_id":"%s","name":"远程","rule_list":["9:00-10:00 * * 1-5 *"],"effect_time":%d,"effect_open_userid_list":[{"open_userid":"%s","user_type":0}]}]}`, added.ID, h.Clock.Now().Unix(), open["张三"])) {
			t.Errorf("the rules: %s", got)
		}

		// It is 17:00 on a Monday in China: the rule lets nobody open from afar, and another one zhangsan alone.
		if status, text := h.try("open", `{"device_sn":"SN1","userid":"zhangsan"}`); status != 400 || !strings.Contains(text, "no rule") {
			t.Errorf("outside of the time: %d %s", status, text)
		}
		h.refused(71057, "devicedata/mod_accesscontrol_rule?access_token="+otherToken, `{"rule_id":"`+added.ID+`","device_sn_list":["SN1"],"rule_name":"远程",`+remote+`}`)
		h.refused(71057, "devicedata/del_accesscontrol_rule?access_token="+otherToken, `{"rule_id":"`+added.ID+`"}`)
		h.must("devicedata/mod_accesscontrol_rule"+by, `{"rule_id":"`+added.ID+`","device_sn_list":["SN1"],"rule_name":"远程",`+strings.Replace(remote, "9:00-10:00", "16:00-17:00", 1)+`}`)
		h.script("open", `{"device_sn":"SN1","userid":"zhangsan"}`, nil)
		if status, _ := h.try("open", `{"device_sn":"SN1","userid":"lisi"}`); status != 400 {
			t.Errorf("lisi, whom no rule names: %d", status)
		}
		h.must("devicedata/del_accesscontrol_rule"+by, `{"rule_id":"`+added.ID+`"}`)
		h.refused(71057, "devicedata/del_accesscontrol_rule"+by, `{"rule_id":"`+added.ID+`"}`)
		h.script("open", `{"device_sn":"SN1","userid":"lisi"}`, nil)
		h.script("grant", `{"device_sn":"SN1","suite_id":"`+suiteID+`","off":true}`, nil)
		h.refused(71048, "devicedata/add_accesscontrol_rule"+by, rule("9:00-10:00 * * 1-5 *", open["张三"]))
	})
}

// TestAsk: what members and administrators ask of a cloud device reaches its cloud, which answers.
func TestAsk(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["access","face"]`)
		token := h.bound("SN1", `{"departments":[2]}`)
		device := "?device_access_token=" + token
		open := h.open(token)
		outcome := func(operID string) string {
			var o struct{ Outcome string }
			h.script("operation", `{"oper_id":"`+operID+`"}`, &o)
			return o.Outcome
		}
		h.script("open", `{"device_sn":"SN1","userid":"zhangsan"}`, nil)
		door := h.one("remote_open_door")
		if door.Type != "command" || door.Command.Open != open["张三"] {
			t.Errorf("told %+v", door)
		}
		h.refused(40058, "openhw/device/report_remote_open_result"+device, `{"oper_id":"`+door.Command.OperID+`","type":"x","errcode":0}`)
		h.must("openhw/device/report_remote_open_result"+device, `{"oper_id":"`+door.Command.OperID+`","type":"remote_open_door","errcode":1,"errmsg":"设备离线"}`)
		if got := outcome(door.Command.OperID); got != "failed" {
			t.Errorf("the door: %s", got)
		}

		h.script("enrol", `{"device_sn":"SN1","userid":"lisi","page_type":"fa"}`, nil)
		face := h.one("enter_page")
		if face.Command.Page != "fa" || face.Command.Open != open["李四"] {
			t.Errorf("told %+v", face)
		}
		h.refused(71045, "openhw/device/report_bio_info_result"+device, `{"oper_id":"`+door.Command.OperID+`","errcode":0}`)
		h.must("openhw/device/report_bio_info_result"+device, `{"oper_id":"`+face.Command.OperID+`","errcode":0}`)
		h.refused(71077, "openhw/device/report_bio_info_result"+device, `{"errcode":0,"open_userid":"`+open["李四"]+`","bio_info_type":3}`)
		h.refused(71078, "openhw/device/report_bio_info_result"+device, `{"errcode":0,"open_userid":"`+open["李四"]+`","bio_info_type":1}`)
		h.refused(71056, "openhw/device/report_bio_info_result"+device, `{"errcode":0,"open_userid":"lisi","bio_info_type":2}`)
		h.must("openhw/device/report_bio_info_result"+device, `{"errcode":0,"open_userid":"`+open["李四"]+`","bio_info_type":2}`)
		if status, _ := h.try("enrol", `{"device_sn":"SN1","userid":"lisi","page_type":"fp"}`); status != 400 {
			t.Errorf("a fingerprint at a device without that: %d", status)
		}

		if status, _ := h.try("upgrade", `{"device_sn":"SN1"}`); status != 400 {
			t.Errorf("nothing newer: %d", status)
		}
		h.must("openhw/device/report_device_status"+device, `{"online_status":1,"cur_version":"1.0","upgradable_version":"1.1","upgradable_version_desc":"x"}`)
		h.script("upgrade", `{"device_sn":"SN1"}`, nil)
		up := h.one("update_firmware").Command.OperID
		h.must("openhw/device/report_firmware_upgrade_result"+device, `{"oper_id":"`+up+`","errcode":0,"cur_version":"1.0"}`)
		if got := outcome(up); got != "waiting" {
			t.Errorf("the same version: %s", got)
		}
		h.must("openhw/device/report_firmware_upgrade_result"+device, `{"oper_id":"`+up+`","errcode":0,"cur_version":"1.1"}`)
		if got := outcome(up); got != "done" {
			t.Errorf("the new version: %s", got)
		}

		// A member scans the code that the device shows; the cloud says whether the device is there.
		code := h.must("openhw/device/gen_login_qrcode"+device, `{"state":"s1","type":1}`)
		if code.ExpiresIn != 300 || !strings.Contains(code.Content, "type=dynamic_login") {
			t.Errorf("gen_login_qrcode: %+v", code)
		}
		h.cloud.Next(h.cloud.Reply(`{"online_status":2}`))
		h.script("scan", `{"qr_code":"`+code.Content+`","userid":"lisi"}`, nil)
		if scan := h.one("user_scan").Command; scan.State != "s1" || scan.Open != open["李四"] || scan.AuthCode != "" {
			t.Errorf("told %+v", scan)
		}
		var d struct{ Online bool }
		if h.script("device", `{"device_sn":"SN1"}`, &d); d.Online {
			t.Error("the cloud's word that the device is offline was not taken")
		}
		h.Advance(5*time.Minute + time.Second)
		if status, _ := h.try("scan", `{"qr_code":"`+code.Content+`","userid":"lisi"}`); status != 404 {
			t.Errorf("a code whose time is over: %d", status)
		}
		if status, _ := h.try("scan", `{"qr_code":"`+strings.Replace(code.Content, "state=s1", "state=s2", 1)+`","userid":"lisi"}`); status != 404 {
			t.Errorf("a forged code: %d", status)
		}
	})
}

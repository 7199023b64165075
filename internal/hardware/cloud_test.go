package hardware_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCloudDevice walks a cloud device from its model's first ticket to its removal, as a provider's cloud does.
func TestCloudDevice(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance","access","temperature","face","fingerprint"]`)
		first := h.allTold(h.cloud)
		by := h.modelToken()
		h.refused(710402, "openhw/get_model_token", `{"model_id":"`+h.model.ModelID+`","model_secret":"`+h.model.Secret+`","model_ticket":"x"}`)
		h.refused(40001, "openhw/get_model_token", `{"model_id":"`+h.model.ModelID+`","model_secret":"x","model_ticket":"x"}`)
		h.refused(600042, "openhw/get_model_token", `{"model_id":"x","model_secret":"x","model_ticket":"x"}`)
		h.refused(600037, "openhw/get_model_token", `{}`)
		again := h.allTold(h.cloud)
		if len(first)+len(again) < 1 || len(first)+len(again) > 2 || len(again) < 1 || again[0].Event.Ticket == "" || again[0].Base.ModelID != h.model.ModelID || again[0].Base.Provider != h.Second.CorpID ||
			again[0].receive != h.model.ModelID+" "+h.model.ModelID+" JSON" || again[0].Type != "event" || again[0].Base.SN != "" {
			t.Errorf("tickets: %+v %+v", first, again)
		}

		reg := h.must("openhw/model/register_sn?model_access_token="+by, `{"device_sn":"SN1"}`)
		if !strings.HasPrefix(reg.QRCode, "https://open.work.weixin.qq.com/connect/hardware?hw_code=") {
			t.Errorf("qr_code: %s", reg.QRCode)
		}
		h.refused(600021, "openhw/model/register_sn?model_access_token="+by, `{"device_sn":"sn1"}`)
		h.refused(600001, "openhw/model/register_sn?model_access_token="+by, `{"device_sn":"SN-1"}`)
		h.refused(600007, "openhw/model/register_sn?model_access_token="+by, `{}`)
		h.refused(710403, "openhw/model/register_sn", `{"device_sn":"SN2"}`)
		h.refused(710400, "openhw/model/register_sn?model_access_token=x", `{"device_sn":"SN2"}`)
		h.refused(600004, "openhw/get_device_token?model_access_token="+by, `{"device_sn":"SN1","device_secret":"x"}`)

		var bind struct {
			AuthCode string `json:"auth_code"`
			Status   string `json:"status"`
		}
		h.script("bind", `{"qr_code":"`+reg.QRCode+`","corpid":"`+h.CorpID+`","remark_name":"大门","verif_code":"1234","range":{"departments":[2]}}`, &bind)
		if bind.Status != "asked" {
			t.Errorf("before the provider has answered: %+v", bind)
		}
		told := h.one("bind")
		if told.Event.AuthCode != bind.AuthCode || len(bind.AuthCode) < 64 || told.Event.Code != "1234" || told.Base.SN != "SN1" || !strings.HasPrefix(told.Base.AuthCorp, "wp") {
			t.Errorf("bind: %+v", told)
		}
		detail := h.must("openhw/device/get_device_detail?model_access_token="+by, `{"device_sn":"sn1"}`).body
		if !strings.Contains(detail, `"bind_status":1,"auth_corp_info":{"open_corpid":"`+told.Base.AuthCorp+`","corp_name":"甲公司"},"remark_name":"大门"`) {
			t.Errorf("detail: %s", detail)
		}
		h.refused(71044, "openhw/model/unregister_sn?model_access_token="+by, `{"device_sn":"SN1"}`)

		got := h.must("openhw/get_device_secret?model_access_token="+by, `{"auth_code":"`+bind.AuthCode+`"}`)
		h.refused(40078, "openhw/get_device_secret?model_access_token="+by, `{"auth_code":"`+bind.AuthCode+`"}`)
		same := h.must("openhw/get_device_token?model_access_token="+by, `{"device_sn":"sn1","device_secret":"`+got.Secret+`"}`)
		if same.Device != got.Device || same.ExpiresIn != 7200 {
			t.Errorf("get_device_token: %+v, want %s", same, got.Device)
		}
		h.refused(600005, "openhw/get_device_token?model_access_token="+by, `{"device_sn":"SN1","device_secret":"x"}`)
		token := "?device_access_token=" + got.Device

		// Its people, by the provider's ids.
		users := h.must("openhw/device/get_userinfo_by_page"+token, `{"limit":1}`)
		if len(users.Users.Items) != 1 || users.NextCursor == "" || users.PermVersion != 1 || !strings.HasPrefix(users.Users.Items[0].Open, "wo") || users.Users.Items[0].Name != "张三" {
			t.Fatalf("page: %s", users.body)
		}
		rest := h.must("openhw/device/get_userinfo_by_page"+token, `{"limit":200,"cursor":"`+users.NextCursor+`"}`)
		if len(rest.Users.Items) != 1 || rest.NextCursor != "" || rest.Users.Items[0].Name != "李四" {
			t.Fatalf("the rest: %s", rest.body)
		}
		h.refused(40058, "openhw/device/get_userinfo_by_page"+token, `{"limit":201}`)
		h.refused(50100, "openhw/device/get_userinfo_by_page"+token, `{"cursor":"x"}`)
		if v := h.must("openhw/device/get_userinfo_by_page"+token, `{"only_perm_version":true}`); v.PermVersion != 1 || len(v.Users.Items) != 0 {
			t.Errorf("only_perm_version: %s", v.body)
		}
		zhangsan := users.Users.Items[0].Open
		if ids := h.must("openhw/device/get_userinfo_by_ids"+token, `{"user_item":[{"open_userid":"`+zhangsan+`","user_type":0},{"open_userid":"zhangsan"},{"open_userid":"wo0"}]}`); len(ids.Users.Items) != 1 {
			t.Errorf("by ids: %s", ids.body)
		}

		// What it reports.
		now := h.Clock.Now().Unix()
		r := h.must("openhw/device/report_checkin_data"+token, fmt.Sprintf(`{"checkin_data":[{"open_userid":%q,"user_type":0,"timestamp":%d},{"open_userid":"zhangsan","timestamp":%d},{"open_userid":%q,"user_type":2,"timestamp":%d}]}`, zhangsan, now, now, zhangsan, now))
		if len(r.Failed) != 2 || r.Failed[0].Open != "zhangsan" {
			t.Errorf("report_checkin_data: %s", r.body)
		}
		h.must("openhw/device/report_access_data"+token, fmt.Sprintf(`{"access_data":[{"open_userid":%q,"user_type":0,"timestamp":%d,"pass_type":1,"pass_method":4}]}`, zhangsan, now))
		h.refused(40058, "openhw/device/report_access_data"+token, fmt.Sprintf(`{"access_data":[{"open_userid":%q,"timestamp":%d,"pass_type":1,"pass_method":5}]}`, zhangsan, now))
		warm := h.must("openhw/device/report_temperature_data"+token, fmt.Sprintf(`{"temperature_data":[{"open_userid":%q,"user_type":0,"temperature":"36.7","timestamp":%d,"status":0},{"open_userid":%q,"temperature":"","timestamp":%d}]}`, zhangsan, now, zhangsan, now))
		if len(warm.Failed) != 1 || warm.Failed[0].Code != 600057 {
			t.Errorf("report_temperature_data: %s", warm.body)
		}
		h.refused(40058, "openhw/device/report_checkin_data"+token, `{"checkin_data":[]}`)

		h.must("openhw/device/report_device_status"+token, `{"online_status":1,"cur_version":"1.0","upgradable_version":"1.1","upgradable_version_desc":"更好"}`)
		h.refused(40058, "openhw/device/report_device_status"+token, `{"online_status":3,"cur_version":"1.0"}`)

		// It is unbound, and everything that the corp gave it ends.
		h.script("unbind", `{"device_sn":"SN1"}`, nil)
		if p := h.one("unbind"); p.Base.SN != "SN1" {
			t.Errorf("unbind: %+v", p)
		}
		h.refused(40014, "openhw/device/get_userinfo_by_page"+token, `{}`)
		h.refused(600004, "openhw/get_device_token?model_access_token="+by, `{"device_sn":"SN1","device_secret":"`+got.Secret+`"}`)
		h.must("openhw/model/unregister_sn?model_access_token="+by, `{"device_sn":"SN1"}`)
		h.refused(600001, "openhw/model/unregister_sn?model_access_token="+by, `{"device_sn":"SN1"}`)
	})
}

// TestModelTickets: one is pushed every ten minutes, each is good for thirty, and the three newest are.
func TestModelTickets(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance"]`)
		good := func(ticket string) int {
			return h.call("openhw/get_model_token", `{"model_id":"`+h.model.ModelID+`","model_secret":"`+h.model.Secret+`","model_ticket":"`+ticket+`"}`).Code
		}
		var tickets []string
		for range 4 {
			tickets = append(tickets, h.ticket())
		}
		if codes := []int{good(tickets[0]), good(tickets[1]), good(tickets[3])}; codes[0] != 710402 || codes[1] != 0 || codes[2] != 0 {
			t.Errorf("the fourth newest, the third and the newest: %v", codes)
		}
		h.Advance(30 * time.Minute)
		if code := good(tickets[3]); code != 0 {
			t.Errorf("after thirty minutes: %d", code)
		}
		h.Advance(time.Second)
		if code := good(tickets[3]); code != 710402 {
			t.Errorf("after more: %d", code)
		}
	})
}

// TestRefusedBinding: the provider's answer decides.
func TestRefusedBinding(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance"]`)
		by := h.modelToken()
		h.must("openhw/model/register_sn?model_access_token="+by, `{"device_sn":"SN1"}`)
		h.told()
		h.cloud.Next(h.cloud.Reply(`{"errcode":6,"errmsg":"no"}`))
		h.script("bind", `{"device_sn":"SN1","corpid":"`+h.CorpID+`"}`, nil)
		code := h.one("bind").Event.AuthCode
		h.refused(40078, "openhw/get_device_secret?model_access_token="+by, `{"auth_code":"`+code+`"}`)
		var d struct{ Status string }
		h.script("device", `{"device_sn":"SN1"}`, &d)
		if d.Status != "free" {
			t.Errorf("refused: %+v", d)
		}
		h.cloud.Next(h.cloud.Reply(`{"errcode":0,"errmsg":"ok"}`))
		h.script("bind", `{"device_sn":"SN1","corpid":"`+h.CorpID+`"}`, nil)
		code = h.one("bind").Event.AuthCode
		if status, text := h.try("bind", `{"device_sn":"SN1","corpid":"`+h.CorpID+`"}`); status == 200 {
			t.Errorf("bound twice: %s", text)
		}
		h.Advance(10*time.Minute + time.Second)
		h.refused(40078, "openhw/get_device_secret?model_access_token="+by, `{"auth_code":"`+code+`"}`)
	})
}

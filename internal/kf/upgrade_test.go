package kf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// group has a member make a group of customers, and returns its chat_id.
func (h *house) group(c *qiweitest.Corp, owner, name string) string {
	h.t.Helper()
	var got struct {
		ChatID string `json:"chat_id"`
	}
	h.done(c, "group/create", fmt.Sprintf(`{"owner":%q,"group_name":%q}`, owner, name), &got)
	return got.ChatID
}

// TestUpgradeToGroup: an application recommends a group of customers; the servicer sends its code, and who comes
// by it is counted (doc 94674, 95490).
func TestUpgradeToGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		offered, other := h.group(h.Corp, "wangwu", "会员群"), h.group(h.Corp, "lisi", "另一个群")
		twins := h.group(h.Second, "lisi", "会员群")
		upgrade := func(chat string) string {
			return h.at(`"type":2,"groupchat":{"chat_id":"` + chat + `","wording":" 欢迎 "}`)
		}
		if got := h.call("customer/upgrade_service", upgrade(offered)); got.ErrCode != 95021 {
			t.Errorf("before it is offered: %s", got.Body)
		}
		if status, text := h.script(h.Corp, "kf/upgrade", `{"chat_id_list":["`+twins+`"]}`); status == 200 {
			t.Errorf("the twin's group is offered: %s", text)
		}
		h.done(h.Corp, "kf/upgrade", `{"userid_list":["wangwu"],"chat_id_list":["`+offered+`","`+offered+`"]}`, nil)
		if got := h.must("customer/get_upgrade_service_config", ``); !strings.Contains(got.Body, `"member_range":{"userid_list":["wangwu"],"department_id_list":[]},"groupchat_range":{"chat_id_list":["`+offered+`"]}`) {
			t.Errorf("the offer: %s", got.Body)
		}
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		if got := as(small, "customer/get_upgrade_service_config", ""); !strings.Contains(got.Body, `"groupchat_range":{"chat_id_list":[]}`) {
			t.Errorf("who does not see the owner is shown %s", got.Body)
		}
		if got := as(small, "customer/upgrade_service", upgrade(offered)); got.ErrCode != 60011 {
			t.Errorf("and recommends the group: %s", got.Body)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"one that is not offered", upgrade(other), 95021}, {"the twin's", upgrade(twins), 40050}, {"none", upgrade(""), 40050}, {"no object", h.at(`"type":2`), 40058},
			{"1024 bytes", h.at(`"type":2,"groupchat":{"chat_id":"` + offered + `","wording":"` + bytesOf(1024) + `"}`), 0},
			{"1025 bytes", h.at(`"type":2,"groupchat":{"chat_id":"` + offered + `","wording":"` + bytesOf(1025) + `"}`), 40058},
		} {
			if got := h.call("customer/upgrade_service", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		h.writes("在")
		h.move(3, "zhangsan")
		h.must("customer/upgrade_service", upgrade(offered))
		if _, text := h.shown(); !strings.Contains(text, `"upgrade":{"chat_id":"`+offered+`","wording":"欢迎"}`) {
			t.Errorf("the servicer is shown %s", text)
		}
		h.serve("zhangsan", "invite", "")
		code := h.codeShown("会员群")
		came := func(body string) {
			t.Helper()
			var got struct {
				ChatID string `json:"chat_id"`
			}
			if h.done(h.Corp, "join", body, &got); got.ChatID != offered {
				t.Errorf("who scans it comes into %s", got.ChatID)
			}
		}
		came(`{"link":"` + code + `","name":"一个没有人邀请的"}`)
		came(`{"link":"` + code + `","external_userid":"` + h.ma + `"}`)
		h.Advance(24 * time.Hour)
		day := h.Clock.Now().Add(-24 * time.Hour).Unix()
		if got := h.must("get_servicer_statistic", fmt.Sprintf(`{"open_kfid":%q,"start_time":%d,"end_time":%d}`, h.open, day, day)); !strings.Contains(got.Body, `"upgrade_service_customer_cnt":1,"upgrade_service_member_invite_cnt":0,"upgrade_service_member_customer_cnt":0,"upgrade_service_groupchat_invite_cnt":1,"upgrade_service_groupchat_customer_cnt":1,`) {
			t.Errorf("counted: %s", got.Body)
		}
		h.done(h.Corp, "kf/upgrade", `{"chat_id_list":["`+other+`"]}`, nil)
		if status, text := h.script(h.Corp, "kf/serve", h.at(`"userid":"zhangsan","action":"invite"`)); status == 200 || !strings.Contains(text, "any more") {
			t.Errorf("to one that is not offered any more: %s", text)
		}
		if status, text := h.script(h.Corp, "join", `{"link":"`+code+`","name":"晚到的"}`); status == 200 {
			t.Errorf("its code leads on: %s", text)
		}
	})
}

// codeShown is the address in the newest link that Ma has received, which must have the title.
func (h *house) codeShown(title string) (code string) {
	h.t.Helper()
	for _, m := range h.messages() {
		if link, ok := m["link"].(map[string]any); ok && link["title"] == title {
			code, _ = link["url"].(string)
		}
	}
	if code == "" {
		h.t.Fatalf("no link %q in %v", title, h.messages())
	}
	return code
}

// TestAcquisitionCard: the address of an acquisition link is sent as a name card. Who adds a member by it is
// counted as one who has come, and not as one who has opened the link (doc 94677).
func TestAcquisitionCard(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		links := h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		call := func(name, body string) (got qiweitest.JSON) {
			t.Helper()
			r := links.Call("POST", "/cgi-bin/externalcontact/customer_acquisition/"+name, body)
			if r.ErrCode != 0 {
				t.Fatalf("%s: %s", name, r.Body)
			}
			r.Decode(&got)
			return got
		}
		link := call("create_link", `{"link_name":"门店","range":{"user_list":["wangwu"]}}`)
		id, address := link.Text("link.link_id"), link.Text("link.url")
		h.Scripted("wechat/acquisition/buy", `{"corpid":"`+h.CorpID+`","count":2}`, nil)
		h.writes("在")
		send := func(url string) qiweitest.Result {
			return h.call("send_msg", fmt.Sprintf(`{"open_kfid":%q,"touser":%q,"msgtype":"ca_link","ca_link":{"link_url":%q}}`, h.open, h.ma, url))
		}
		for what, url := range map[string]string{"nothing": "", "no link": "https://qiwei.example/ca/", "another's": h.URL + "/ca/cawcde000000000000", "a contact way": h.URL + "/wechat/way/x"} {
			if got := send(url); got.ErrCode != 40058 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		if got := send(address + "?customer_channel=kf"); got.ErrCode != 0 {
			t.Fatalf("send: %s", got.Body)
		}
		card := ""
		for _, m := range h.messages() {
			if c, ok := m["ca_link"].(map[string]any); ok {
				card, _ = c["link_url"].(string)
			}
		}
		h.done(h.Corp, "add", `{"link":"`+card+`","external_userid":"`+h.ma+`"}`, nil)
		h.done(h.Corp, "add", `{"link":"`+address+`","name":"Lin"}`, nil)
		got := call("customer", `{"link_id":"`+id+`"}`)
		if len(got.List("customer_list")) != 2 || got.Text("customer_list.0.state")+got.Text("customer_list.1.state") != "kf" {
			t.Errorf("who has come: %v", got)
		}
		day := h.Clock.Now().Unix()
		figures := call("statistic", fmt.Sprintf(`{"link_id":%q,"start_time":%d,"end_time":%d}`, id, day, day))
		if figures.Int("click_link_customer_cnt") != 1 || figures.Int("new_customer_cnt") != 2 {
			t.Errorf("counted: %v", figures)
		}
	})
}

// TestLicences: once licences are checked, a provider's application leads customers to those alone who have one
// (doc 95652). Whichever application is of the corp itself needs none.
func TestLicences(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := newHouse(t, w)
		grants := []string{"customerservice:base:base", "customerservice:chat:manage", "customerservice:tool:upgrade"}
		p := w.Provider(grants...)
		chat := h.group(h.Corp, "wangwu", "会员群")
		h.done(h.Corp, "kf/upgrade", `{"userid_list":["wangwu"],"chat_id_list":["`+chat+`"]}`, nil)
		call := func(name, body string) qiweitest.Result { return p.Call("POST", "/cgi-bin/kf/"+name, body) }
		var made struct {
			Open string `json:"open_kfid"`
			URL  string
		}
		call("account/add", `{"name":"售后","media_id":"`+h.picture()+`"}`).Decode(&made)
		call("add_contact_way", `{"open_kfid":"`+made.Open+`"}`).Decode(&made)
		var met struct {
			External string `json:"external_userid"`
			Open     string `json:"open_kfid"`
		}
		h.done(h.Corp, "enter_kf", `{"url":"`+made.URL+`","name":"Bo"}`, &met)
		h.done(h.Corp, "kf/send", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"msgtype":"text","text":{"content":"x"}}`, met.Open, met.External), nil)
		wangwu := p.User("wangwu")
		add := func() string {
			return call("servicer/add", `{"open_kfid":"`+made.Open+`","userid_list":["`+wangwu+`"]}`).Body
		}
		p.Checked()
		if got := add(); !strings.Contains(got, `"result_list":[{"userid":"`+wangwu+`","errcode":701008,`) {
			t.Errorf("whom nobody has licensed is added: %s", got)
		}
		own := h.As(access.CustomerService)
		if got := as(own, "servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["wangwu"]}`); !strings.Contains(got.Body, `"userid":"wangwu","errcode":0`) {
			t.Errorf("by an application of the corp's own: %s", got.Body)
		}
		var said struct {
			Messages []item `json:"msg_list"`
		}
		call("sync_msg", `{"open_kfid":"`+made.Open+`"}`).Decode(&said)
		var offer struct {
			Range struct {
				Chats []string `json:"chat_id_list"`
			} `json:"groupchat_range"`
		}
		p.Call("GET", "/cgi-bin/kf/customer/get_upgrade_service_config", "").Decode(&offer)
		tries := map[string]string{
			"customer/upgrade_service to a member": `"type":1,"member":{"userid":"` + wangwu + `"}`,
			"customer/upgrade_service to a group":  `"type":2,"groupchat":{"chat_id":"` + offer.Range.Chats[0] + `"}`,
			"service_state/trans":                  `"service_state":3,"servicer_userid":"` + wangwu + `"`,
		}
		try := func(name string) int {
			return call(strings.Fields(name)[0], fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,%s}`, made.Open, said.Messages[1].External, tries[name])).ErrCode
		}
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"userid_list":["wangwu"]}`, met.Open), nil)
		for name := range tries {
			if got := try(name); got != 701008 {
				t.Errorf("%s, unlicensed: %d", name, got)
			}
		}
		p.License("wangwu")
		for name := range tries {
			if got := try(name); got != 0 {
				t.Errorf("%s, licensed: %d", name, got)
			}
		}
		if got := add(); !strings.Contains(got, `"errcode":0,"errmsg":"ignored"`) {
			t.Errorf("once licensed: %s", got)
		}
	})
}

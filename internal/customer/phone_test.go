package customer_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

func lists(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// A member sees customers on the page, and changes what is known of them.
func TestPhoneCustomers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, foreign := h.Phone("zhangsan"), h.Phone("lisi"), h.Second.Phone("zhangsan")
		a := h.add(`{"userid":"zhangsan","name":"骆河","unionid":"u1","state":"web"}`)
		b := h.add(`{"userid":"zhangsan","name":"白鹭","unionid":"u2"}`)
		asks := h.add(`{"userid":"zhangsan","name":"求加","unionid":"u3","half":true}`)
		h.add(`{"userid":"lisi","name":"骆河","unionid":"u1"}`)
		var group struct {
			TagGroup struct{ Tag []struct{ ID string } } `json:"tag_group"`
		}
		h.must("add_corp_tag", `{"group_name":"等级","tag":[{"name":"重要"},{"name":"一般"}]}`).Decode(&group)
		important := group.TagGroup.Tag[0].ID
		of := func(e string) string { return "customers/" + e }

		list := zhang.Ask("customers")
		lists(t, "the list", qiweitest.Lines(list.List("customers"), "name", "standing"), "求加 half", "白鹭 friends", "骆河 friends")
		zhang.Does(of(a.External), 200, qiweitest.JSON{"remark": "老骆", "description": "爱喝茶", "remark_mobiles": []string{"13800000000"}, "add_tag": []string{important}})
		lists(t, "by the note", qiweitest.Lines(zhang.Ask("customers?q=老骆").List("customers"), "name", "remark", "tags"), fmt.Sprintf("骆河 老骆 [map[group_name:等级 id:%s name:重要]]", important))
		lists(t, "by the name", qiweitest.Lines(zhang.Ask("customers?q=鹭").List("customers"), "name"), "白鹭")
		lists(t, "by a wildcard", qiweitest.Lines(zhang.Ask("customers?q=%25").List("customers"), "name"))
		lists(t, "by the tag", qiweitest.Lines(zhang.Ask("customers?tag="+important).List("customers"), "name"), "骆河")
		lists(t, "the tags", qiweitest.Lines(zhang.Ask("customer_tags").List("groups"), "group_name"), "等级")
		got := zhang.Ask(of(a.External))
		if got.Text("description") != "爱喝茶" || got.Text("state") != "web" || fmt.Sprint(got.At("remark_mobiles")) != "[13800000000]" || len(got.List("followers")) != 1 {
			t.Errorf("%v", got)
		}
		// What the page writes, the API reads, and nobody else's page shows.
		if r := h.app.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+a.External, ""); !strings.Contains(r.Body, "老骆") || !strings.Contains(r.Body, important) {
			t.Errorf("%s", r.Body)
		}
		lists(t, "li's", qiweitest.Lines(li.Ask("customers").List("customers"), "name", "remark"), "骆河")
		for who, p := range map[string]qiweitest.Phone{"li": li, "the twin": foreign} {
			for _, path := range []string{of(b.External), of(b.External) + "/messages"} {
				if got := p.Get("/phone/api/" + path); got.Status != 404 {
					t.Errorf("%s reads %s: %d %s", who, path, got.Status, got.Body)
				}
			}
			p.Does(of(b.External)+"/remove", 404, qiweitest.JSON{})
		}
		for _, path := range []string{of("wmx"), of("x")} {
			if got := zhang.Get("/phone/api/" + path); got.Status != 404 {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
		zhang.Does(of(a.External), 400, qiweitest.JSON{"remark": strings.Repeat("长", 21)})
		zhang.Does(of(a.External), 400, qiweitest.JSON{"add_tag": []string{"etx"}})
		zhang.Does(of(a.External), 400, qiweitest.JSON{})

		zhang.Does(of(asks.External)+"/accept", 200, qiweitest.JSON{})
		zhang.Does(of(asks.External)+"/accept", 400, qiweitest.JSON{})
		zhang.Does(of(b.External)+"/remove", 200, qiweitest.JSON{})
		lists(t, "in the end", qiweitest.Lines(zhang.Ask("customers").List("customers"), "name", "standing"), "求加 friends", "骆河 friends")
	})
}

// A member talks with a customer on the page: in words, and in what only a client sends.
func TestPhoneTalks(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li := h.Phone("zhangsan"), h.Phone("lisi")
		a := h.add(`{"userid":"zhangsan","name":"骆河"}`)
		h.must("send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"欢迎"}}`, a.Code))
		talk := "customers/" + a.External + "/messages"
		h.done(h.Corp, "send", fmt.Sprintf(`{"external_userid":%q,"userid":"zhangsan","text":"在吗"}`, a.External), nil)
		zhang.Does(talk, 200, qiweitest.JSON{"text": qiweitest.JSON{"content": "在"}})
		zhang.Does(talk, 200, qiweitest.JSON{"location": qiweitest.JSON{"latitude": 30.2, "longitude": 120.1, "name": "展厅"}})
		zhang.Does(talk, 200, qiweitest.JSON{"card": qiweitest.JSON{"userid": "lisi"}})
		h.done(h.Corp, "send", fmt.Sprintf(`{"external_userid":%q,"userid":"zhangsan","location":{"latitude":1,"longitude":2}}`, a.External), nil)
		zhang.Does(talk, 200, qiweitest.JSON{"attachments": []any{qiweitest.JSON{"msgtype": "link", "link": qiweitest.JSON{"title": "报价", "url": "https://a.example"}}}})
		list := zhang.Ask(talk).List("messages")
		lists(t, "said", qiweitest.Lines(list, "from", "text.content", "location.name", "card.userid"), "welcome 欢迎", "customer 在吗", "member 在", "member 展厅", "member lisi", "customer", "member")
		if last := qiweitest.Lines(zhang.Ask("customer_chats").List("chats"), "name", "last.from"); len(last) != 1 || last[0] != "骆河 member" {
			t.Errorf("%q", last)
		}
		lists(t, "the oldest", qiweitest.Lines(zhang.Ask(fmt.Sprintf("%s?before=%d", talk, qiweitest.JSON(list[1].(map[string]any)).Int("no"))).List("messages"), "from"), "welcome")
		lists(t, "li's", qiweitest.Lines(li.Ask("customer_chats").List("chats"), "name"))
		for _, body := range []qiweitest.JSON{
			{}, {"text": qiweitest.JSON{"content": ""}}, {"text": qiweitest.JSON{"content": strings.Repeat("x", 4001)}},
			{"location": qiweitest.JSON{"latitude": 91, "longitude": 0}}, {"card": qiweitest.JSON{"userid": "ghost"}}, {"voice": qiweitest.JSON{"media_id": "x"}},
			{"text": qiweitest.JSON{"content": "x"}, "card": qiweitest.JSON{"userid": "lisi"}}, {"text": 1},
		} {
			zhang.Does(talk, 400, body)
		}
		// A rule intercepts what members say, not what customers do.
		h.must("add_intercept_rule", `{"rule_name":"r","word_list":["返现"],"intercept_type":1,"applicable_range":{"user_list":["zhangsan"]}}`)
		if got := zhang.Does(talk, 200, qiweitest.JSON{"text": qiweitest.JSON{"content": "返现三成"}}); got["intercepted"] != true {
			t.Errorf("%v", got)
		}
		if n := len(zhang.Ask(talk).List("messages")); n != len(list) {
			t.Errorf("%d messages", n)
		}
		h.done(h.Corp, "remove", fmt.Sprintf(`{"external_userid":%q,"userid":"zhangsan"}`, a.External), nil)
		zhang.Does(talk, 400, qiweitest.JSON{"text": qiweitest.JSON{"content": "?"}})
	})
}

// A picture is read by the member who has it and by scripts, also when its media_id has had its time.
func TestPhoneFiles(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li := h.Phone("zhangsan"), h.Phone("lisi")
		png, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
		var up struct {
			MediaID string `json:"media_id"`
		}
		r := h.Send("POST", "/_qiwei/wechat/upload?type=image&name=a.png&corpid="+h.CorpID, string(png))
		r.Decode(&up)
		a := h.add(`{"userid":"zhangsan","name":"骆河"}`)
		h.done(h.Corp, "send", fmt.Sprintf(`{"external_userid":%q,"userid":"zhangsan","attachments":[{"msgtype":"image","image":{"media_id":%q}}]}`, a.External, up.MediaID), nil)
		h.Advance(4 * 24 * 3600e9)
		h.Jobs()
		m := qiweitest.JSON(zhang.Ask("customers/" + a.External + "/messages").List("messages")[0].(map[string]any))
		f := qiweitest.JSON(m.List("files")[0].(map[string]any))
		got := zhang.Get(f.Text("path"))
		if got.Status != 200 || !bytes.Equal([]byte(got.Body), png) || got.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%d %v", got.Status, got.Header)
		}
		if got := li.Get(f.Text("path")); got.Status != 404 {
			t.Errorf("of li: %d", got.Status)
		}
		var told struct {
			Messages []struct{ Files []struct{ Path string } }
		}
		h.Get("/_qiwei/wechat/messages?corpid=" + h.CorpID + "&external_userid=" + a.External).Decode(&told)
		if got := zhang.Get(told.Messages[0].Files[0].Path); got.Status != 200 || !bytes.Equal([]byte(got.Body), png) {
			t.Errorf("by a script: %d", got.Status)
		}
		if got := zhang.Get(strings.Replace(told.Messages[0].Files[0].Path, h.CorpID, h.Second.CorpID, 1)); got.Status != 404 {
			t.Errorf("of the twin: %d", got.Status)
		}
		if strings.Contains(fmt.Sprint(m), "key") {
			t.Errorf("%v", m)
		}
	})
}

// A transfer is seen on both pages.
func TestPhoneTransfers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := h.Phone("zhangsan"), h.Phone("lisi"), h.Phone("wangwu")
		a := h.add(`{"userid":"zhangsan","name":"骆河"}`)
		h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, a.External))
		for _, p := range []qiweitest.Phone{zhang, li} {
			lists(t, "waits", qiweitest.Lines(p.Ask("customer_transfers").List("transfers"), "name", "from.userid", "to.userid", "status"), "骆河 zhangsan lisi 2")
		}
		lists(t, "another's", qiweitest.Lines(wang.Ask("customer_transfers").List("transfers"), "name"))
		if got := zhang.Ask("customers/" + a.External).Text("handing.userid"); got != "lisi" {
			t.Error(got)
		}
		h.done(h.Corp, "transfer", fmt.Sprintf(`{"external_userid":%q,"userid":"lisi","answer":"accept"}`, a.External), nil)
		lists(t, "done", qiweitest.Lines(li.Ask("customer_transfers").List("transfers"), "status"), "1")
		lists(t, "li has the customer", qiweitest.Lines(li.Ask("customers").List("customers"), "name"), "骆河")
		lists(t, "zhang has not", qiweitest.Lines(zhang.Ask("customers").List("customers"), "name"))
	})
}

package customergroup_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"qiwei/qiweitest"
)

func lists(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// A member makes a group with customers on the page, talks there, and rules it as its owner.
func TestPhoneGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, foreign := h.Phone("zhangsan"), h.Phone("lisi"), h.Second.Phone("zhangsan")
		ma, bai := h.customer(h.Corp, "zhangsan", "马"), h.customer(h.Corp, "lisi", "白")
		chat := zhang.Does("customer_groups", 200, qiweitest.JSON{"name": " 新品群 ", "external_userids": []string{ma}, "userids": []string{"lisi"}}).Text("chat_id")
		zhang.Does("customer_groups", 400, qiweitest.JSON{"name": "x", "external_userids": []string{bai}}) // is lisi's
		in := "customer_groups/" + chat
		zhang.Does(in+"/messages", 200, qiweitest.JSON{"text": qiweitest.JSON{"content": "早"}})
		h.Play("group/send", `{"chat_id":%q,"external_userid":%q,"text":"好"}`, chat, ma)
		h.Play("group/send", `{"chat_id":%q,"external_userid":%q,"location":{"latitude":1,"longitude":2,"name":"门口"}}`, chat, ma)
		list := li.Ask(in + "/messages").List("messages")
		lists(t, "li reads", qiweitest.Lines(list, "name", "from", "text.content", "location.name"), qiweitest.First(list, 0).Text("name")+" member 早", "马 customer 好", "马 customer 门口")
		lists(t, "before the last", qiweitest.Lines(li.Ask(fmt.Sprintf("%s/messages?limit=1&before=%d", in, qiweitest.First(list, -1).Int("no"))).List("messages"), "text.content"), "好")
		lists(t, "the list", qiweitest.Lines(li.Ask("customer_groups").List("groups"), "name", "owner", "last.location.name"), "新品群 false 门口")
		foreign.Lacks(in, in+"/messages")
		h.Phone("wangwu").Lacks(in, in+"/messages")
		zhang.Lacks("customer_groups/wrx")

		li.Does(in, 400, qiweitest.JSON{"name": "x"})
		li.Does(in, 400, qiweitest.JSON{"dismiss": true})
		li.Does(in, 200, qiweitest.JSON{"add_external_userids": []string{bai}, "add_userids": []string{"wangwu"}})
		li.Does(in, 400, qiweitest.JSON{"add_external_userids": []string{ma}}) // is zhangsan's
		zhang.Does(in, 200, qiweitest.JSON{"name": "老客户", "notice": "周五上新", "remove": []string{ma}})
		page := h.Phone("wangwu").Ask(in)
		lists(t, "who is in it", qiweitest.Lines(page.List("members"), "who", "owner", "outside"), "zhangsan true", "lisi", "wangwu", bai+" true")
		if page.Text("notice") != "周五上新" || page["rules"] != false {
			t.Errorf("%v", page)
		}
		zhang.Does(in, 400, qiweitest.JSON{"leave": true}) // owns it
		zhang.Does(in, 200, qiweitest.JSON{"owner": "lisi"})
		zhang.Does(in, 200, qiweitest.JSON{"leave": true})
		zhang.Lacks(in)
		li.Does(in, 200, qiweitest.JSON{"dismiss": true})
		lists(t, "in the end", qiweitest.Lines(li.Ask("customer_groups").List("groups"), "name"))
	})
}

// A picture in a group is read by those who are in it.
func TestPhoneGroupFile(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li := h.Phone("zhangsan"), h.Phone("lisi")
		ma := h.customer(h.Corp, "zhangsan", "马")
		chat := zhang.Does("customer_groups", 200, qiweitest.JSON{"name": "群", "external_userids": []string{ma}}).Text("chat_id")
		png, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
		var up struct {
			MediaID string `json:"media_id"`
		}
		h.Send("POST", "/_qiwei/wechat/upload?type=image&name=a.png&corpid="+h.CorpID, string(png)).Decode(&up)
		h.Play("group/send", `{"chat_id":%q,"external_userid":%q,"attachments":[{"msgtype":"image","image":{"media_id":%q}}]}`, chat, ma, up.MediaID)
		h.Advance(4 * 24 * 3600e9)
		h.Jobs()
		m := qiweitest.First(zhang.Ask("customer_groups/"+chat+"/messages").List("messages"), 0)
		path := qiweitest.First(m.List("files"), 0).Text("path")
		if got := zhang.Get(path); got.Status != 200 || got.Body != string(png) {
			t.Errorf("%d", got.Status)
		}
		for _, p := range []qiweitest.Phone{li, h.Second.Phone("zhangsan")} {
			if got := p.Get(path); got.Status != 404 {
				t.Errorf("%d", got.Status)
			}
		}
		var told struct {
			Messages []struct {
				Name  string
				Files []struct{ Path string }
			}
		}
		h.Get("/_qiwei/wechat/group/messages?corpid=" + h.CorpID + "&chat_id=" + chat).Decode(&told)
		if got := zhang.Get(told.Messages[0].Files[0].Path); got.Status != 200 || told.Messages[0].Name != "马" {
			t.Errorf("%d %+v", got.Status, told)
		}
	})
}

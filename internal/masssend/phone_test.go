package masssend_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// A message waits on the member's page, which says who has had enough, and is sent from there.
func TestPhoneMass(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li := h.Phone("zhangsan"), h.Phone("lisi")
		ma, bai := h.customer(h.Corp, "zhangsan", "马"), h.customer(h.Corp, "zhangsan", "白")
		h.Play("mass_rule", `{"rule":"day"}`)
		send := func(text string, more string) string {
			var made struct{ MsgID string }
			h.Must(h.App, "add_msg_template", fmt.Sprintf(`{"chat_type":"single","sender":"zhangsan","external_userid":[%s],"text":{"content":%q}%s}`, qiweitest.Quoted(ma, bai), text, more)).Decode(&made)
			return made.MsgID
		}
		first := send("一", `,"allow_select":true`)
		second := send("二", "")
		page := zhang.Ask("mass")
		lines := qiweitest.Lines(page.List("tasks"), "msgid", "text.content", "allow_select", "count", "enough")
		if strings.Join(lines, "|") != first+" 一 true 2 0|"+second+" 二 false 2 0" || page.Text("quota.rule") != "day" || page.At("quota.most") != 1.0 {
			t.Fatalf("%v %v", lines, page["quota"])
		}
		if n := len(li.Ask("mass").List("tasks")) + len(h.Second.Phone("zhangsan").Ask("mass").List("tasks")); n != 0 {
			t.Errorf("%d tasks of others", n)
		}
		li.Does("mass/"+first, 400, qiweitest.JSON{})
		zhang.Does("mass/"+first, 400, qiweitest.JSON{"external_userids": []string{"wmx"}})
		zhang.Does("mass/"+first, 200, qiweitest.JSON{"external_userids": []string{ma}})
		zhang.Does("mass/"+first, 400, qiweitest.JSON{})
		left := zhang.Ask("mass").List("tasks")
		if got := qiweitest.Lines(left, "text.content", "enough"); len(got) != 1 || got[0] != "二 1" {
			t.Fatalf("%q", got)
		}
		if got := qiweitest.Lines(qiweitest.First(left, 0).List("targets"), "name", "enough"); strings.Join(got, "|") != "马 true|白" {
			t.Errorf("%q", got)
		}
		zhang.Does("mass/"+second, 200, qiweitest.JSON{})
		if got := qiweitest.Lines(zhang.Ask("customer_chats").List("chats"), "name", "last.from", "last.text.content"); strings.Join(got, "|") != "白 mass 二|马 mass 一" && strings.Join(got, "|") != "马 mass 一|白 mass 二" {
			t.Errorf("%q", got)
		}
		zhang.Does("mass/msgx", 400, qiweitest.JSON{})
	})
}

// A message to groups is sent to those that the member owns and chooses.
func TestPhoneMassGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang := h.Phone("zhangsan")
		ma := h.customer(h.Corp, "zhangsan", "马")
		one := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","group_name":"一群","external_userid":%q}`, ma))
		h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","group_name":"二群","external_userid":%q}`, ma))
		h.Must(h.App, "add_msg_template", `{"chat_type":"group","sender":"zhangsan","text":{"content":"开会"}}`)
		task := qiweitest.First(zhang.Ask("mass").List("tasks"), 0)
		if got := strings.Join(qiweitest.Lines(task.List("targets"), "name"), "|"); got != "一群|二群" || task["allow_select"] != true {
			t.Fatalf("%v", task)
		}
		zhang.Does("mass/"+task.Text("msgid"), 200, qiweitest.JSON{"chat_ids": []string{one.ChatID}})
		if got := strings.Join(qiweitest.Lines(zhang.Ask("customer_groups").List("groups"), "name", "last.text.content"), "|"); got != "一群 开会|二群" {
			t.Error(got)
		}
	})
}

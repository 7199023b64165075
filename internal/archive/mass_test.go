package archive_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
)

// What a member sends to many customers, or in many groups, is archived for those who have agreed, and so is the
// welcome of a group. Of nobody is there more than one record.
func TestMassMessages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		chen, lin := h.customer("zhangsan"), h.customer("zhangsan")
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"status":"Agree"}`, chen), nil)
		var g struct {
			ChatID string `json:"chat_id"`
		}
		h.done(h.Corp, "wechat/group/create", fmt.Sprintf(`{"owner":"zhangsan","external_userids":[%q]}`, chen), &g)
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"roomid":%q,"external_userid":%q,"status":"Agree"}`, g.ChatID, chen), nil)
		contact := h.As(access.CustomerContact)
		call := func(name, body string) (got struct {
			MsgID      string `json:"msgid"`
			TemplateID string `json:"template_id"`
		}) {
			t.Helper()
			r := contact.Call("POST", "/cgi-bin/externalcontact/"+name, body)
			if r.ErrCode != 0 {
				t.Fatalf("%s: %s", name, r.Body)
			}
			r.Decode(&got)
			return got
		}
		before := len(h.read(0))
		news := func(step, what string, want ...string) {
			t.Helper()
			got := h.read(0)[before:]
			before += len(got)
			if len(got) != len(want) {
				t.Fatalf("%s: %d records, want %d: %q", step, len(got), len(want), got)
			}
			for i, w := range want {
				if !strings.Contains(got[i], what) || !strings.Contains(got[i], w) {
					t.Errorf("%s: %s, want %s and %s", step, got[i], what, w)
				}
			}
		}
		link := `"attachments":[{"msgtype":"link","link":{"title":"秋季","url":"https://x.example/"}}]`
		m := call("add_msg_template", fmt.Sprintf(`{"external_userid":[%q,%q],"sender":"zhangsan","text":{"content":"上新"},%s}`, chen, lin, link))
		news("before the member confirms", "")
		h.done(h.Corp, "wechat/confirm", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID), nil)
		news("to customers", fmt.Sprintf(`"from":"zhangsan","tolist":[%q],"roomid":""`, chen), `"msgtype":"text","text":{"content":"上新"}`, `"msgtype":"link","link":{"title":"秋季"`)
		m = call("add_msg_template", fmt.Sprintf(`{"chat_type":"group","chat_id_list":[%q],"sender":"zhangsan","text":{"content":"群里"},%s}`, g.ChatID, link))
		h.done(h.Corp, "wechat/confirm", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID), nil)
		news("in groups", fmt.Sprintf(`"from":"zhangsan","tolist":[%q],"roomid":%q`, chen, g.ChatID), `"text":{"content":"群里"}`, `"link":{"title":"秋季"`)
		welcome := call("group_welcome_template/add", `{"text":{"content":"欢迎"}}`)
		h.done(h.Corp, "wechat/group/welcome", fmt.Sprintf(`{"chat_id":%q,"template_id":%q}`, g.ChatID, welcome.TemplateID), nil)
		h.done(h.Corp, "wechat/join", fmt.Sprintf(`{"chat_id":%q,"external_userid":%q}`, g.ChatID, lin), nil)
		news("a welcome in a group", fmt.Sprintf(`"roomid":%q`, g.ChatID), `"text":{"content":"欢迎"}`)
		h.done(h.Corp, "archive/settings", `{"editions":{"1":{"departments":[1]}}}`, nil)
		m = call("add_msg_template", fmt.Sprintf(`{"external_userid":[%q],"sender":"zhangsan","text":{"content":"再"}}`, chen))
		h.done(h.Corp, "wechat/confirm", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID), nil)
		news("without the edition", "")
	})
}

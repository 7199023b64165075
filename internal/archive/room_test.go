package archive_test

import (
	"fmt"
	"slices"
	"testing"
)

// What is said in a group of customers is archived, and its members are asked whether they agree.
func TestCustomerGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		chen := h.customer("zhangsan")
		var g struct {
			ChatID string `json:"chat_id"`
		}
		h.done(h.Corp, "wechat/group/create", fmt.Sprintf(`{"owner":"zhangsan","userids":["lisi"],"external_userids":[%q]}`, chen), &g)
		h.done(h.Corp, "wechat/group/send", fmt.Sprintf(`{"chat_id":%q,"userid":"lisi","text":"before they have agreed"}`, g.ChatID), nil)
		h.done(h.Corp, "archive/agree", fmt.Sprintf(`{"roomid":%q,"external_userid":%q,"status":"Agree"}`, g.ChatID, chen), nil)
		before := len(h.read(0))
		h.done(h.Corp, "wechat/group/send", fmt.Sprintf(`{"chat_id":%q,"userid":"lisi","text":"欢迎"}`, g.ChatID), nil)
		h.done(h.Corp, "wechat/group/send", fmt.Sprintf(`{"chat_id":%q,"external_userid":%q,"text":"你好"}`, g.ChatID, chen), nil)
		got := h.read(0)[before:]
		at := h.Clock.Now().UnixMilli()
		for i, want := range []string{
			fmt.Sprintf(`"action":"send","from":"lisi","tolist":["zhangsan",%q],"roomid":%q,"msgtime":%d,"msgtype":"text","text":{"content":"欢迎"}}`, chen, g.ChatID, at),
			fmt.Sprintf(`"action":"send","from":%q,"tolist":["zhangsan","lisi"],"roomid":%q,"msgtime":%d,"msgtype":"text","text":{"content":"你好"}}`, chen, g.ChatID, at),
		} {
			if len(got) != 2 || !slices.ContainsFunc(got, func(s string) bool { return len(s) > len(want) && s[len(s)-len(want):] == want }) {
				t.Errorf("%d: %q, want one that ends in %s", i, got, want)
			}
		}
		var room struct {
			Info []struct{ Exteranalopenid, ExternalOpenID string } `json:"agreeinfo"`
		}
		answer := h.app.Call("POST", "/cgi-bin/msgaudit/check_room_agree", fmt.Sprintf(`{"roomid":%q}`, g.ChatID))
		if answer.Decode(&room); answer.ErrCode != 0 || len(room.Info) != 1 {
			t.Errorf("check_room_agree: %s", answer.Body)
		}
	})
}

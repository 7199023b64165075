package masssend_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// TestMassToGroups: to groups that were named, or that the owner chooses (doc 92135).
func TestMassToGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two, theirs := h.group(h.Corp, `{"owner":"zhangsan"}`), h.group(h.Corp, `{"owner":"zhangsan"}`), h.group(h.Corp, `{"owner":"lisi"}`)
		twin := h.group(h.Second, `{"owner":"zhangsan"}`)
		known := map[string]string{one.ChatID: "one", two.ChatID: "two", theirs.ChatID: "theirs", twin.ChatID: "twin"}
		named := h.mass(`{"chat_type":"group","sender":"zhangsan","chat_id_list":%s,%s}`, qiweitest.Quoted(one.ChatID, theirs.ChatID, twin.ChatID, "wrx", one.ChatID), text)
		if !slices.Equal(named.Failed, []string{twin.ChatID, "wrx", theirs.ChatID}) {
			t.Errorf("%v", named.Failed)
		}
		free := h.mass(`{"chat_type":"group","sender":"zhangsan",%s}`, text)
		if got := h.outcomes(named.MsgID, "zhangsan", known) + h.outcomes(free.MsgID, "zhangsan", known); got != "" {
			t.Errorf("not sent yet: %s", got)
		}
		h.Forbids("confirm", [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","chat_ids":[%q]}`, named.MsgID, two.ChatID), "does not let"},
			[2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","chat_ids":[%q]}`, free.MsgID, theirs.ChatID), "groups that the member owns"},
			[2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","external_userids":["x"]}`, free.MsgID), "external_userids choose"})
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, named.MsgID)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan","chat_ids":[%q]}`, free.MsgID, two.ChatID)
		if got := h.outcomes(named.MsgID, "zhangsan", known) + " " + h.outcomes(free.MsgID, "zhangsan", known); got != "one1 two1" {
			t.Errorf("sent: %s", got)
		}
		for _, m := range []made{one, two} {
			got := h.World.Get("/_qiwei/wechat/group/messages?corpid=" + h.CorpID + "&chat_id=" + m.ChatID).Body
			if want := fmt.Sprintf(`{"messages":[{"userid":"zhangsan","name":"张三","from":"mass","text":{"content":"上新"},"time":%d}]}`, h.Clock.Now().Unix()); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		all := h.mass(`{"chat_type":"group","sender":"zhangsan",%s}`, text)
		h.Play("group/dismiss", `{"chat_id":%q}`, one.ChatID)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, all.MsgID)
		if got := h.outcomes(all.MsgID, "zhangsan", known); got != "two1" {
			t.Errorf("to all: %s", got)
		}
		lost := h.mass(`{"chat_type":"group","sender":"zhangsan","chat_id_list":[%q],%s}`, two.ChatID, text)
		h.Play("group/dismiss", `{"chat_id":%q}`, two.ChatID)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, lost.MsgID)
		if got := h.outcomes(lost.MsgID, "zhangsan", known); got != "" {
			t.Errorf("to one that is gone: %s", got)
		}
		h.Answers("add_msg_template", qiweitest.Refusal{"nobody sends", `{"chat_type":"group",` + text + `}`, 40058}, qiweitest.Refusal{"no groups", `{"chat_type":"group","sender":"wangwu",` + text + `}`, 41048}, qiweitest.Refusal{"another's alone", fmt.Sprintf(`{"chat_type":"group","sender":"wangwu","chat_id_list":[%q],%s}`, theirs.ChatID, text), 41048}, qiweitest.Refusal{"unknown ones alone", fmt.Sprintf(`{"chat_type":"group","sender":"lisi","chat_id_list":["wrx"],%s}`, text), 41048}, qiweitest.Refusal{"another type", `{"chat_type":"both","sender":"lisi",` + text + `}`, 40058}, qiweitest.Refusal{"nothing to say", `{"chat_type":"group","sender":"lisi"}`, 40058})
	})
}

// TestQuota: a customer gets as many a month as it has days, or what the corp has chosen; and who has removed
// the member gets none (doc 92135, 93338).
func TestQuota(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		g := h.group(h.Corp, `{"owner":"zhangsan"}`)
		known[g.ChatID] = "group"
		h.Play("remove", `{"userid":"zhangsan","external_userid":%q}`, ids["He"])
		send := func(body string) string {
			m := h.mass(`{"sender":"zhangsan",%s%s}`, text, body)
			h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
			return h.outcomes(m.MsgID, "zhangsan", known)
		}
		now := h.Clock.Now().In(time.FixedZone("", 8*3600))
		first := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, now.Location())
		h.Advance(first.Sub(now)) // a month begins
		days := first.AddDate(0, 1, -1).Day()
		for i := range days {
			if got := send(``); got != "Lin1 He2" {
				t.Fatalf("the %dth: %s", i, got)
			}
		}
		if got := send(``); got != "Lin3 He2" {
			t.Errorf("one too many: %s", got)
		}
		h.Advance(first.AddDate(0, 1, 0).Add(-time.Second).Sub(first))
		if got := send(``); got != "Lin3 He2" {
			t.Errorf("on the last day: %s", got)
		}
		h.Advance(time.Second)
		if got := send(``); got != "Lin1 He2" {
			t.Errorf("in the next month: %s", got)
		}
		if got := send(`,"chat_type":"group"`); got != "group1" {
			t.Errorf("to a group: %s", got)
		}
		h.Play("block", `{"userid":"zhangsan","external_userid":%q}`, ids["Lin"])
		if got := send(``); got != "Lin2 He2" {
			t.Errorf("to one who has blocked the member: %s", got)
		}
		h.Play("block", `{"userid":"zhangsan","external_userid":%q,"blocked":false}`, ids["Lin"])
		h.Play("mass_rule", `{"rule":"day"}`)
		if got := send(``); got != "Lin3 He2" {
			t.Errorf("twice a day: %s", got)
		}
		if got := send(`,"chat_type":"group"`); got != "" {
			t.Errorf("to a group, twice a day: %s", got)
		}
		h.Advance(24 * time.Hour)
		if got := send(``); got != "Lin1 He2" {
			t.Errorf("the next day: %s", got)
		}
		h.Play("mass_rule", `{"rule":"week"}`)
		for h.Clock.Now().In(now.Location()).Weekday() != time.Monday {
			h.Advance(24 * time.Hour)
		}
		for i := range 7 {
			if got := send(``); got != "Lin1 He2" {
				t.Fatalf("in a week, the %dth: %s", i, got)
			}
		}
		h.Advance(6 * 24 * time.Hour)
		if got := send(``); got != "Lin3 He2" {
			t.Errorf("on Sunday: %s", got)
		}
		h.Advance(24 * time.Hour)
		if got := send(``); got != "Lin1 He2" {
			t.Errorf("on Monday: %s", got)
		}
		h.Forbids("mass_rule", [2]string{`{"rule":"year"}`, "month, week or day"})
	})
}

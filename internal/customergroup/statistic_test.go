package customergroup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestStatistic: what owners have in groups, by owner and by day (doc 92133).
func TestStatistic(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		begin := h.Clock.Now()
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		one := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","external_userid":%q}`, lin))
		h.group(h.Second, `{"owner":"zhangsan","userids":["lisi"]}`)
		h.Play("group/send", `{"chat_id":%q,"userid":"zhangsan","text":"a"}`, one.ChatID)
		h.Play("group/send", `{"chat_id":%q,"userid":"zhangsan","text":"b"}`, one.ChatID)
		h.Advance(24 * time.Hour)
		h.Play("group/send", `{"chat_id":%q,"external_userid":%q,"text":"c"}`, one.ChatID, lin)
		h.group(h.Corp, `{"owner":"zhangsan"}`)
		three := h.group(h.Corp, `{"owner":"lisi","userids":["wangwu"]}`)
		h.Play("leave", `{"chat_id":%q,"external_userid":%q}`, one.ChatID, lin)
		h.Advance(24 * time.Hour)
		h.Play("group/dismiss", `{"chat_id":%q}`, three.ChatID)
		h.join(`{"chat_id":%q,"name":"He"}`, one.ChatID)
		h.Advance(24 * time.Hour)
		at := func(day int) int64 { return begin.Add(time.Duration(day) * 24 * time.Hour).Unix() }
		data := func(newGroups, groups, chatting, newPeople, people, said, messages int) string {
			return fmt.Sprintf(`{"new_chat_cnt":%d,"chat_total":%d,"chat_has_msg":%d,"new_member_cnt":%d,"member_total":%d,"member_has_msg":%d,"msg_total":%d}`, newGroups, groups, chatting, newPeople, people, said, messages)
		}
		item := func(owner, data string) string { return fmt.Sprintf(`{"owner":%q,"data":%s}`, owner, data) }
		answer := func(items ...string) string {
			return fmt.Sprintf(`{"errcode":0,"errmsg":"ok","total":%d,"next_offset":%d,"items":[%s]}`, len(items), len(items), strings.Join(items, ","))
		}
		for _, tt := range []struct{ what, body, want string }{
			{"the first day", fmt.Sprintf(`{"day_begin_time":%d,"owner_filter":{}}`, at(0)), answer(item("zhangsan", data(1, 1, 1, 2, 2, 1, 2)))},
			{"the second", fmt.Sprintf(`{"day_begin_time":%d,"order_by":3}`, at(1)), answer(item("lisi", data(1, 1, 0, 2, 2, 0, 0)), item("zhangsan", data(1, 2, 1, 1, 2, 2, 3)))},
			{"the third", fmt.Sprintf(`{"day_begin_time":%d,"order_by":4}`, at(2)), answer(item("zhangsan", data(0, 2, 1, 1, 3, 2, 3)), item("lisi", data(0, 0, 0, 0, 0, 0, 0)))},
			{"all of them", fmt.Sprintf(`{"day_begin_time":%d,"day_end_time":%d}`, at(0), at(2)), answer(item("zhangsan", data(2, 2, 1, 4, 3, 2, 3)), item("lisi", data(1, 0, 0, 2, 0, 0, 0)))},
			{"upwards", fmt.Sprintf(`{"day_begin_time":%d,"day_end_time":%d,"order_by":1,"order_asc":1}`, at(0), at(2)), answer(item("lisi", data(1, 0, 0, 2, 0, 0, 0)), item("zhangsan", data(2, 2, 1, 4, 3, 2, 3)))},
			{"of one", fmt.Sprintf(`{"day_begin_time":%d,"owner_filter":{"userid_list":["lisi"]}}`, at(1)), answer(item("lisi", data(1, 1, 0, 2, 2, 0, 0)))},
		} {
			if got := h.Must(h.App, "groupchat/statistic", tt.body).Body; got != tt.want {
				t.Errorf("%s: %s\nwant %s", tt.what, got, tt.want)
			}
		}
		page := h.Must(h.App, "groupchat/statistic", fmt.Sprintf(`{"day_begin_time":%d,"limit":1,"offset":1}`, at(1))).Body
		if !strings.Contains(page, `"total":2,"next_offset":2,"items":[{"owner":"lisi"`) && !strings.Contains(page, `"total":2,"next_offset":2,"items":[{"owner":"zhangsan"`) {
			t.Errorf("the second page: %s", page)
		}
		days := h.Must(h.App, "groupchat/statistic_group_by_day", fmt.Sprintf(`{"day_begin_time":%d,"day_end_time":%d}`, at(0), at(1))).Body
		if !strings.Contains(days, data(1, 1, 1, 2, 2, 1, 2)) || !strings.Contains(days, data(2, 3, 1, 3, 4, 2, 3)) || strings.Count(days, "stat_time") != 2 {
			t.Errorf("by day: %s", days)
		}
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{3}}))
		if got := h.Call(small, "groupchat/statistic", fmt.Sprintf(`{"day_begin_time":%d}`, at(1))).Body; !strings.Contains(got, `"total":1`) || !strings.Contains(got, "lisi") {
			t.Errorf("of a range: %s", got)
		}
		h.leave("zhangsan")
		if got := h.Must(h.App, "groupchat/statistic", fmt.Sprintf(`{"day_begin_time":%d,"owner_filter":{"userid_list":["zhangsan"]}}`, at(0))).Body; got != answer(item("zhangsan", data(1, 1, 1, 2, 2, 1, 2))) {
			t.Errorf("of one who has left: %s", got)
		}
	})
}

// TestStatisticSpan: from yesterday back to 180 days ago, 30 days at once.
func TestStatisticSpan(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now()
		day := func(n int) int64 { return now.AddDate(0, 0, -n).Unix() }
		span := func(from, to int) string {
			return fmt.Sprintf(`{"day_begin_time":%d,"day_end_time":%d}`, day(from), day(to))
		}
		for _, name := range []string{"groupchat/statistic", "groupchat/statistic_group_by_day"} {
			h.Answers(name, qiweitest.Refusal{"yesterday", fmt.Sprintf(`{"day_begin_time":%d}`, day(1)), 0}, qiweitest.Refusal{"today", fmt.Sprintf(`{"day_begin_time":%d}`, day(0)), 600018}, qiweitest.Refusal{"180 days ago", span(180, 180), 0}, qiweitest.Refusal{"181 days ago", span(181, 181), 600018}, qiweitest.Refusal{"30 days", span(31, 1), 0}, qiweitest.Refusal{"31 days", span(32, 1), 600018}, qiweitest.Refusal{"backwards", span(1, 2), 600018}, qiweitest.Refusal{"up to today", span(2, 0), 600018}, qiweitest.Refusal{"no beginning", `{}`, 40058}, qiweitest.Refusal{"nobody", fmt.Sprintf(`{"day_begin_time":%d,"owner_filter":{"userid_list":["nobody"]}}`, day(1)), 60111})
		}
		h.Answers("groupchat/statistic", qiweitest.Refusal{"an order", fmt.Sprintf(`{"day_begin_time":%d,"order_by":5}`, day(1)), 40058}, qiweitest.Refusal{"an offset", fmt.Sprintf(`{"day_begin_time":%d,"offset":-1}`, day(1)), 40058})
	})
}

package customergroup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		m := h.group(h.Corp, `{"owner":"zhangsan"}`)
		var groups []string
		for range 6 {
			groups = append(groups, h.group(h.Corp, `{"owner":"zhangsan"}`).ChatID)
		}
		script := func(name, format string, args ...any) int {
			if status, _ := h.Attempt(h.Corp, name, fmt.Sprintf(format, args...)); status == 200 {
				return 0
			}
			return 1
		}
		code := func(name, format string, args ...any) int {
			return h.Call(h.App, name, fmt.Sprintf(format, args...)).ErrCode
		}
		yesterday := h.Clock.Now().Add(-24 * time.Hour).Unix()
		h.Crowd(101)
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"customergroup.maxGroupName", 40, 1, func(n int) int {
				return script("group/rename", `{"chat_id":%q,"group_name":"%s"}`, m.ChatID, qiweitest.Letters(n))
			}},
			{"customergroup.maxGroupName", 40, 1, func(n int) int {
				return script("group/create", `{"owner":"zhangsan","group_name":"%s"}`, qiweitest.Letters(n))
			}},
			{"customergroup.maxNotice", 2000, 1, func(n int) int {
				return script("group/notice", `{"chat_id":%q,"notice":"%s"}`, m.ChatID, qiweitest.Letters(n))
			}},
			{"customergroup.maxGroup", 500, 1, func(n int) int { return script("group/create", `{"owner":"zhangsan","capacity":%d}`, n) }},
			{"customergroup.maxNickname", 32, 1, func(n int) int {
				return script("join", `{"chat_id":%q,"name":"x","group_nickname":"%s"}`, m.ChatID, qiweitest.Letters(n))
			}},
			{"customergroup.maxListed", 1000, 40058, func(n int) int { return code("groupchat/list", `{"limit":%d}`, n) }},
			{"customergroup.maxListOffset", 50000, 40058, func(n int) int { return code("groupchat/list", `{"limit":10,"offset":%d}`, n-10) }},
			{"customergroup.maxOwners", 100, 40058, func(n int) int {
				return code("groupchat/list", `{"limit":10,"owner_filter":{"userid_list":%s}}`, qiweitest.Elements(`"m#"`, n))
			}},
			{"customergroup.maxTransferred", 100, 40058, func(n int) int {
				return code("groupchat/transfer", `{"new_owner":"lisi","chat_id_list":%s}`, qiweitest.Elements(`"x#"`, n))
			}},
			{"customergroup.maxWayGroups", 5, 41091, func(n int) int {
				return code("groupchat/add_join_way", `{"scene":2,"chat_id_list":%s}`, qiweitest.Quoted(groups[:n]...))
			}},
			{"customergroup.maxRoomName", 40, 40058, func(n int) int {
				return code("groupchat/add_join_way", `{"scene":2,"room_base_name":"%s","chat_id_list":[%q]}`, qiweitest.Letters(n), m.ChatID)
			}},
			{"customergroup.maxState", 30, 40058, func(n int) int {
				return code("groupchat/add_join_way", `{"scene":2,"state":"%s","chat_id_list":[%q]}`, qiweitest.Letters(n), m.ChatID)
			}},
			{"customergroup.maxTemplateText", 3000, 40058, func(n int) int {
				return code("group_welcome_template/add", `{"text":{"content":"%s"}}`, strings.Repeat("a", n))
			}},
			{"customergroup.maxStatOwners", 1000, 40058, func(n int) int {
				return code("groupchat/statistic", `{"day_begin_time":%d,"owner_filter":{"userid_list":["lisi"]},"limit":%d}`, yesterday, n)
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d of %d: %d, want %d", row.constant, n, row.most, got, want)
				}
			}
		}
		h.Answers("groupchat/list", qiweitest.Refusal{"no limit", `{}`, 40058}, qiweitest.Refusal{"a limit below 1", `{"limit":-1}`, 40058})
	})
}

// TestManyOwners: whoever sees more than 1000 people names owners (doc 92120).
func TestManyOwners(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Crowd(997)
		yesterday := fmt.Sprintf(`{"day_begin_time":%d}`, h.Clock.Now().Add(-24*time.Hour).Unix())
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}}))
		try := func(want int) {
			t.Helper()
			h.Answers("groupchat/list", qiweitest.Refusal{"all", `{"limit":1}`, want}, qiweitest.Refusal{"named", `{"limit":1,"owner_filter":{"userid_list":["m1"]}}`, 0})
			h.Answers("groupchat/statistic", qiweitest.Refusal{"all", yesterday, want})
			h.Answers("groupchat/statistic_group_by_day", qiweitest.Refusal{"all", yesterday, want})
			if got := h.Call(small, "groupchat/list", `{"limit":1}`); got.ErrCode != 0 {
				t.Errorf("a small range: %s", got.Body)
			}
		}
		try(0)
		h.App = h.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		if got := h.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"more","name":"多","department":[1],"mobile":"13900000009"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		try(81017)
	})
}

// TestManyTemplates: a corp has 100 templates.
func TestManyTemplates(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var last string
		for i := range 100 {
			last = h.template(fmt.Sprintf(`{"text":{"content":"t%d"}}`, i))
		}
		h.Answers("group_welcome_template/add", qiweitest.Refusal{"one too many", `{"text":{"content":"x"}}`, 41055})
		h.Must(h.App, "group_welcome_template/del", fmt.Sprintf(`{"template_id":%q}`, last))
		h.Answers("group_welcome_template/add", qiweitest.Refusal{"in its place", `{"text":{"content":"x"}}`, 0}, qiweitest.Refusal{"one too many", `{"text":{"content":"x"}}`, 41055})
	})
}

// TestManyTransfers: 300 groups of one member are handed to another in a day (doc 92127).
func TestManyTransfers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var chats []string
		for range 301 {
			chats = append(chats, h.group(h.Corp, `{"owner":"wangwu"}`).ChatID)
		}
		h.leave("wangwu")
		for i := 0; i < 300; i += 100 {
			if got := h.failed("groupchat/transfer", handed("lisi", chats[i:i+100]...), nil); got != "" {
				t.Fatalf("%s", got)
			}
		}
		known := map[string]string{chats[300]: "last"}
		if got := h.failed("groupchat/transfer", handed("lisi", chats[300]), known); got != "last=45009" {
			t.Errorf("the 301st: %s", got)
		}
		h.Advance(24 * time.Hour)
		if got := h.failed("groupchat/transfer", handed("lisi", chats[300]), known); got != "" {
			t.Errorf("the next day: %s", got)
		}
	})
}

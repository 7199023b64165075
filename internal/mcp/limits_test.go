package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/todo"
	"qiwei/qiweitest"
)

// times is a JSON list of n elements, in which # is a number from 1.
func times(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", fmt.Sprint(i+1))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// members makes m1, m2 and so on.
func (h *house) members(from, to int) {
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := from; i <= to; i++ {
			user := fmt.Sprint("m", i)
			m := directory.Member{UserID: id.UserID(user), Name: "新人", Enabled: true, Activated: true, Email: user + "@corp.example", Places: []directory.Place{{Department: 3}}}
			if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestLimits walks what a robot may ask for: as much as it may have, and one more.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.members(1, 7)
		nonce := func(n int) int { return h.cli("get_mcp_config", signed(h.bot, h.Clock.Now(), id.Letters(n))).Code() }
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"mcp.maxNonce", 128, 40058, nonce},
			{"mcp.maxMembers", 10, 853001, func(n int) int {
				h.members(8, n-3) // zhangsan, lisi and wangwu are there too
				return nonce(9)
			}},
		} {
			if code := row.code(row.most); code != 0 {
				t.Errorf("%s: %d are answered %d", row.constant, row.most, code)
			}
			if code := row.code(row.most + 1); code != row.above {
				t.Errorf("%s: %d are answered %d, want %d", row.constant, row.most+1, code, row.above)
			}
		}
		h.members(9, 101)
		d := work(h, "zhangsan")
		use := func(category, tool, args string) int { return d.use(d.at[category], tool, rawJSON(args)).Code() }
		todoOf := func(fields string) int {
			return use("todo", "create_todo", `{"content":"a","follower_list":{"followers":[]},"end_time":"2031-01-09 09:00:00"`+fields+`}`)
		}
		made := d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[]}}`).Text("todo_id")
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"mcp.maxDays", 365, 400, func(n int) int {
				status, _ := h.Phone("zhangsan").PostJSON("/phone/api/robots/"+h.bot.BotID+"/allow", qiweitest.JSON{"biz_type": "contact", "days": n})
				if status == 200 {
					return 0
				}
				return status
			}},
			{"mcp.maxBatch", 20, -32600, func(n int) int {
				_, _, text := h.post(d.at["todo"], times(`{"jsonrpc":"2.0","id":#,"method":"ping"}`, n))
				if strings.Contains(text, "-32600") {
					return -32600
				}
				return 0
			}},
			{"mcp.maxBody", 16 << 20, 413, func(n int) int {
				const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
				status, _, _ := h.post(d.at["todo"], strings.Repeat(" ", n-len(ping))+ping)
				if status == 200 {
					return 0
				}
				return status
			}},
			{"mcp.maxSaid", 2048, 40058, func(n int) int {
				return use("msg", "send_message", `{"chat_type":1,"chatid":"lisi","msgtype":"text","text":{"content":"`+strings.Repeat("a", n)+`"}}`)
			}},
			{"mcp.mostTodos", 20, 40058, func(n int) int {
				return use("todo", "get_todo_list", fmt.Sprintf(`{"follower_id":"lisi","limit":%d}`, n))
			}},
			{"mcp.mostMeetings", 100, 40058, func(n int) int { return use("meeting", "list_user_meetings", fmt.Sprintf(`{"limit":%d}`, n)) }},
			{"todo.maxAsked", 20, 40058, func(n int) int { return use("todo", "get_todo_detail", `{"todo_id_list":`+times(`"`+made+`"`, n)+`}`) }},
			{"todo.maxContent", 1000, 40058, func(n int) int {
				return use("todo", "create_todo", `{"content":"`+strings.Repeat("字", n)+`","follower_list":{"followers":[]}}`)
			}},
			{"todo.maxReminds", 8, 40058, func(n int) int { return todoOf(`,"remind_type_list":` + times("1", n)) }},
			{"todo.maxFollowers", 100, 40058, func(n int) int {
				return use("todo", "create_todo", `{"content":"a","follower_list":{"followers":`+times(`{"follower_id":"m#"}`, n)+`}}`)
			}},
			{"wedoc.maxPages", 100, 40058, func(n int) int {
				return use("doc", "smartpage_create", `{"pages":`+times(`{"page_content":"a"}`, n)+`}`)
			}},
			{"wedoc.maxPageText", 10 << 20, 40058, func(n int) int {
				return use("doc", "smartpage_create", `{"pages":[{"page_content":"`+strings.Repeat("a", n)+`"}]}`)
			}},
		} {
			if code := row.code(row.most); code != 0 {
				t.Errorf("%s: %d are answered %d", row.constant, row.most, code)
			}
			if code := row.code(row.most + 1); code != row.above {
				t.Errorf("%s: %d are answered %d, want %d", row.constant, row.most+1, code, row.above)
			}
		}
	})
}

// A member has a thousand to-dos under way at most.
func TestManyTodos(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		d := work(h, "zhangsan")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 999 {
				if _, err := h.Server.Todos.Create(ctx, tx, access.MemberOf(h.CorpID, "zhangsan"), todo.Draft{Content: "a"}); err != nil {
					return err
				}
			}
			return nil
		})
		last := d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[]}}`).Text("todo_id")
		const limit = "todo.maxOpen"
		if got := d.do("todo", "create_todo", 40058, `{"content":"a","follower_list":{"followers":[]}}`); !strings.Contains(got.Text("errmsg"), "1000 to-dos") {
			t.Errorf("%s: %v", limit, got)
		}
		d.do("todo", "update_todo", 0, `{"todo_id":"`+last+`","todo_status":0}`)
		d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[]}}`)
		if got := d.do("todo", "update_todo", 40058, `{"todo_id":"`+last+`","todo_status":1}`); !strings.Contains(got.Text("errmsg"), "1000 to-dos") {
			t.Errorf("one that was done is open again beside as many: %v", got)
		}
	})
}

// What a robot asks for over and over, or all at once, fills neither the database nor the memory.
func TestExports(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		d := work(h, "zhangsan")
		page := d.do("doc", "smartpage_create", 0, `{"title":"大","pages":[{"page_title":"一","page_content":"`+strings.Repeat("a", 900_000)+`"}]}`).Text("docid")
		tasks := []string{}
		for range 51 {
			tasks = append(tasks, d.do("doc", "smartpage_export_task", 0, `{"docid":"`+page+`","content_type":1}`).Text("task_id"))
			h.Advance(time.Second)
		}
		d.do("doc", "smartpage_get_export_result", 40058, `{"task_id":"`+tasks[0]+`"}`)
		for _, task := range []string{tasks[1], tasks[50]} {
			d.do("doc", "smartpage_get_export_result", 0, `{"task_id":"`+task+`"}`)
		}
		batch := []string{}
		for i := range 20 {
			batch = append(batch, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"smartpage_get_export_result","arguments":{"task_id":%q}}}`, i, tasks[50]))
		}
		_, _, body := h.post(d.at["doc"], "["+strings.Join(batch, ",")+"]")
		var got []struct {
			ID    int
			Error *struct{ Code int }
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 20 {
			t.Fatalf("%d answers, %v", len(got), err)
		}
		for i, one := range got {
			if one.ID != i || (one.Error == nil) != (i < 10) || one.Error != nil && one.Error.Code != -32603 {
				t.Errorf("answer %d: %+v", i, one)
			}
		}
	})
}

package moment_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestPublish: a member who confirms shows the moment to the customers that there are then; a customer who has
// removed the member is chosen and sees nothing (doc 93333).
func TestPublish(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he, gone := h.add("zhangsan", "Lin"), h.add("zhangsan", "He"), h.add("zhangsan", "Gone")
		colleague := h.Play("add", `{"userid":"zhangsan","name":"Member","type":2}`).Text("external_userid")
		h.Play("add", `{"userid":"zhangsan","name":"Half","half":true}`)
		h.Play("remove", `{"userid":"zhangsan","external_userid":%q}`, gone)
		gold := h.tag("金", "zhangsan", he)
		_, all := h.propose(h.App, `{"text":{"content":"all"}}`)
		_, some := h.propose(h.App, fmt.Sprintf(`{"text":{"content":"some"},"visible_range":{"external_contact_list":{"tag_list":[%q]}}}`, gold))
		if got := h.Call(h.App, "get_moment_customer_list", of(all, "zhangsan")+`}`); got.ErrCode != 41062 {
			t.Errorf("not published: %s", got.Body)
		}
		for _, tt := range []struct{ momentID, customers string }{{all, "3"}, {some, "1"}} {
			if n := h.PlayIn(h.Corp, "moment/publish", of(tt.momentID, "ZhangSan")+`}`).Text("customers"); n != tt.customers {
				t.Errorf("published for %s, want %s", n, tt.customers)
			}
		}
		later := h.add("zhangsan", "Later")
		has(t, "chosen", h.Must(h.App, "get_moment_customer_list", of(all, "zhangsan")+`}`).Body, []string{"zhangsan", lin, he, gone}, colleague, later)
		has(t, "sent", h.Must(h.App, "get_moment_send_result", of(all, "zhangsan")+`}`).Body, []string{lin, he}, gone, colleague, later)
		has(t, "some", h.Must(h.App, "get_moment_send_result", of(some, "zhangsan")+`}`).Body, []string{he}, lin)
		if got := h.Must(h.App, "get_moment_task", `{"moment_id":"`+all+`"}`).Body; !strings.Contains(got, `[{"userid":"zhangsan","publish_status":1},{"userid":"lisi","publish_status":0},`) {
			t.Errorf("%s", got)
		}
		h.Must(h.App, "cancel_moment_task", `{"moment_id":"`+all+`"}`)
		h.Must(h.App, "cancel_moment_task", `{"moment_id":"`+all+`"}`)
		has(t, "cancelled", h.Must(h.App, "get_moment_send_result", of(all, "zhangsan")+`}`).Body, []string{lin, he})
		for _, tt := range []struct{ what, body, says string }{
			{"twice", of(some, "zhangsan"), "already"},
			{"cancelled", of(all, "lisi"), "cancelled"},
			{"not asked", of(some, "lisi"), "41061"},
			{"unknown", of("mom1", "lisi"), "41060"},
			{"by nobody", of(all, "nobody"), "60111"},
		} {
			if status, text := h.Attempt(h.Corp, "moment/publish", tt.body+`}`); status == 200 || !strings.Contains(text, tt.says) {
				t.Errorf("%s: %d %s, want %s", tt.what, status, text, tt.says)
			}
		}
	})
}

// TestRefusals of the calls that name a moment.
func TestRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.add("wangwu", "He")
		_, momentID := h.propose(h.App, `{"text":{"content":"x"},"visible_range":{"sender_list":{"user_list":["zhangsan","wangwu"]}}}`)
		own := h.Play("moment/publish", `{"userid":"wangwu","text":"我的"}`).Text("moment_id")
		small, twin := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}})), h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		h.PlayIn(h.Corp, "moment/publish", of(momentID, "wangwu")+`}`)
		for _, name := range []string{"get_moment_customer_list", "get_moment_send_result", "get_moment_comments"} {
			for _, tt := range []struct {
				what   string
				client *qiweitest.Client
				body   string
				code   int
			}{
				{"no moment", h.App, `{"userid":"wangwu"}`, 41059},
				{"an unknown one", h.App, of("momx", "wangwu"), 41060},
				{"the twin's view", twin, of(momentID, "wangwu"), 41060},
				{"not asked", h.App, of(momentID, "lisi"), 41061},
				{"somebody else's own", h.App, of(own, "zhangsan"), 41061},
				{"not published", h.App, of(momentID, "zhangsan"), 41062},
				{"out of range", small, of(momentID, "wangwu"), 60011},
				{"an unknown member", h.App, of(momentID, "nobody"), 60111},
				{"a cursor of nobody", h.App, of(momentID, "wangwu") + `,"cursor":"x"`, 50100},
				{"published", h.App, of(momentID, "wangwu"), 0},
				{"their own", h.App, of(own, "wangwu"), 0},
			} {
				code := tt.code
				if name == "get_moment_comments" && code == 50100 {
					code = 0
				}
				if got := h.Call(tt.client, name, strings.TrimSuffix(tt.body, "}")+`}`); got.ErrCode != code {
					t.Errorf("%s, %s: %s, want %d", name, tt.what, got.Body, code)
				}
			}
		}
		for _, name := range []string{"get_moment_task", "cancel_moment_task"} {
			for id, code := range map[string]int{"": 41059, "momx": 41060, strings.TrimPrefix(momentID, "mom"): 41060, own: 41067, momentID: 0} {
				if got := h.Call(h.App, name, `{"moment_id":"`+id+`"}`); got.ErrCode != code {
					t.Errorf("%s %q: %s, want %d", name, id, got.Body, code)
				}
			}
			if got := h.Call(twin, name, `{"moment_id":"`+momentID+`"}`); got.ErrCode != 41060 {
				t.Errorf("%s of the twin: %s", name, got.Body)
			}
		}
		if got := h.Must(small, "get_moment_task", `{"moment_id":"`+momentID+`"}`); !strings.Contains(got.Body, `"task_list":[{"userid":"zhangsan","publish_status":0}]`) {
			t.Errorf("as far as the application sees: %s", got.Body)
		}
	})
}

// TestOwn: members' own moments are listed for those who see the member, until they are deleted.
func TestOwn(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add("zhangsan", "Lin"), h.add("zhangsan", "He")
		gold := h.tag("金", "zhangsan", he)
		at := `{"latitude":"30.25","longitude":"120.16","name":"湖边"}`
		own := h.Play("moment/publish", `{"userid":"zhangsan","text":"我的","location":%s,"tag_list":[%q],"attachments":[{"msgtype":"image","image":{"media_id":%q}}]}`, at, gold, h.upload(h.App, 1)).Text("moment_id")
		wang := h.Play("moment/publish", `{"userid":"wangwu","text":"我的"}`).Text("moment_id")
		_, corps := h.propose(h.App, `{"text":{"content":"企业"}}`)
		has(t, "seen", h.Must(h.App, "get_moment_send_result", of(own, "zhangsan")+`}`).Body, []string{he}, lin)
		if got, want := h.list(h.App, `,"creator":"zhangsan"`), fmt.Sprintf(`"moment_list":[{"moment_id":%q,"creator":"zhangsan","create_time":%d,"create_type":1,"visible_type":0,"text":{"content":"我的"},"image":[{"media_id":"WWCISP_`, own, h.Clock.Now().Unix()); !strings.Contains(got, want) || !strings.Contains(got, `"location":`+at) {
			t.Errorf("%s\nwant %s", got, want)
		}
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		for _, tt := range []struct {
			what      string
			client    *qiweitest.Client
			more      string
			all, none []string
		}{
			{"all", h.App, "", []string{own, wang, corps}, nil},
			{"the corp's", h.App, `,"filter_type":0`, []string{corps}, []string{own, wang}},
			{"members'", h.App, `,"filter_type":1`, []string{own, wang}, []string{corps}},
			{"both", h.App, `,"filter_type":2`, []string{own, wang, corps}, nil},
			{"one's", h.App, `,"creator":"WangWu"`, []string{wang}, []string{own, corps}},
			{"in range", small, "", []string{own, corps}, []string{wang}},
			{"the twin's", h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "", nil, []string{own, wang, corps}},
		} {
			has(t, tt.what, h.list(tt.client, tt.more), tt.all, tt.none...)
		}
		if status, text := h.Attempt(h.Corp, "moment/delete", of(corps, "zhangsan")+`}`); status == 200 {
			t.Errorf("a moment of the corp was deleted: %s", text)
		}
		h.PlayIn(h.Corp, "moment/delete", of(own, "zhangsan")+`}`)
		has(t, "deleted", h.list(h.App, ""), []string{wang, corps}, own)
		if got := h.Call(h.App, "get_moment_comments", of(own, "zhangsan")+`}`); got.ErrCode != 41060 {
			t.Errorf("deleted: %s", got.Body)
		}
	})
}

// TestSpan: the ends of the time are excluded, and it has 30 days (doc 93333).
func TestSpan(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Play("moment/publish", `{"userid":"zhangsan","text":"我的"}`)
		now := h.Clock.Now().Unix()
		for _, tt := range []struct {
			what     string
			from, to int64
			more     string
			code, n  int
		}{
			{"around it", now - 1, now + 1, "", 0, 1},
			{"from it", now, now + 1, "", 0, 0},
			{"to it", now - 1, now, "", 0, 0},
			{"30 days", now - 1, now - 1 + 30*86400, "", 0, 1},
			{"longer", now - 1, now + 30*86400, "", 40058, 0},
			{"backwards", now + 1, now - 1, "", 40058, 0},
			{"without an end", now - 1, 0, "", 40058, 0},
			{"of another type", now - 1, now + 1, `,"filter_type":3`, 40058, 0},
			{"of an unknown creator", now - 1, now + 1, `,"creator":"nobody"`, 60111, 0},
		} {
			got := h.Call(h.App, "get_moment_list", fmt.Sprintf(`{"start_time":%d,"end_time":%d%s}`, tt.from, tt.to, tt.more))
			if n := strings.Count(got.Body, `"moment_id"`); got.ErrCode != tt.code || n != tt.n {
				t.Errorf("%s: %s, want %d and %d", tt.what, got.Body, tt.code, tt.n)
			}
		}
	})
}

// TestPages: lists go on where they ended, whatever has come meanwhile.
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for n := range 23 {
			h.Play("moment/publish", `{"userid":"zhangsan","text":"%d"}`, n)
			h.Advance(time.Second)
		}
		var first, second struct {
			Next string `json:"next_cursor"`
			List []struct {
				Text struct{ Content string }
			} `json:"moment_list"`
		}
		now := h.Clock.Now().Unix()
		span := fmt.Sprintf(`{"start_time":%d,"end_time":%d`, now-60, now+60)
		h.Must(h.App, "get_moment_list", span+`,"limit":21}`).Decode(&first)
		h.Play("moment/publish", `{"userid":"zhangsan","text":"new"}`)
		h.Must(h.App, "get_moment_list", span+`,"limit":2,"cursor":"`+first.Next+`"}`).Decode(&second)
		if len(first.List) != 20 || first.List[0].Text.Content != "22" || len(second.List) != 2 || second.List[0].Text.Content != "2" || second.Next == "" {
			t.Errorf("%d, then %+v", len(first.List), second)
		}
		if got := h.Call(h.App, "get_moment_list", span+`,"filter_type":1,"cursor":"`+first.Next+`"}`); got.ErrCode != 50100 {
			t.Errorf("another list's cursor: %s", got.Body)
		}
		var all []string
		for _, name := range []string{"Lin", "He", "Gu"} {
			all = append(all, h.add("zhangsan", name))
		}
		_, momentID := h.propose(h.App, `{"text":{"content":"x"}}`)
		h.PlayIn(h.Corp, "moment/publish", of(momentID, "zhangsan")+`}`)
		for _, name := range []string{"get_moment_task", "get_moment_customer_list", "get_moment_send_result"} {
			var read []string
			for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 9; pages++ {
				got := h.Must(h.App, name, of(momentID, "zhangsan")+`,"limit":1,"cursor":"`+cursor+`"}`)
				var page struct {
					Next string                    `json:"next_cursor"`
					A    []map[string]string       `json:"customer_list"`
					B    []struct{ UserID string } `json:"task_list"`
				}
				got.Decode(&page)
				for _, c := range page.A {
					read = append(read, c["external_userid"])
				}
				for _, c := range page.B {
					read = append(read, c.UserID)
				}
				cursor = page.Next
			}
			want := all
			if name == "get_moment_task" {
				want = []string{"zhangsan", "lisi", "wangwu"}
			}
			if strings.Join(read, " ") != strings.Join(want, " ") {
				t.Errorf("%s: %s, want %s", name, read, want)
			}
		}
	})
}

// TestResponses: who can see a moment likes it once and comments on it as often as they want.
func TestResponses(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add("zhangsan", "Lin"), h.add("zhangsan", "He")
		h.Play("remove", `{"userid":"zhangsan","external_userid":%q}`, he)
		_, momentID := h.propose(h.App, `{"text":{"content":"x"}}`)
		h.PlayIn(h.Corp, "moment/publish", of(momentID, "zhangsan")+`}`)
		now := h.Clock.Now().Unix()
		by := func(external string) string {
			return of(momentID, "zhangsan") + `,"external_userid":"` + external + `"`
		}
		h.PlayIn(h.Corp, "moment/like", by(lin)+`}`)
		h.PlayIn(h.Corp, "moment/comment", by(lin)+`,"text":"好"}`)
		h.Advance(time.Minute)
		h.PlayIn(h.Corp, "moment/comment", by("")+`,"text":"谢谢"}`)
		h.PlayIn(h.Corp, "moment/like", by("")+`}`)
		want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","comment_list":[{"external_userid":%q,"create_time":%d},{"userid":"zhangsan","create_time":%d}],"like_list":[{"external_userid":%q,"create_time":%d},{"userid":"zhangsan","create_time":%d}]}`,
			lin, now, now+60, lin, now, now+60)
		if got := h.Must(h.App, "get_moment_comments", of(momentID, "zhangsan")+`}`); got.Body != want {
			t.Errorf("%s\nwant %s", got.Body, want)
		}
		for _, tt := range []struct{ what, name, body, says string }{
			{"a second like", "like", by(lin), "already"},
			{"by one who has removed the member", "like", by(he), "cannot see"},
			{"by nobody", "comment", by("wmx") + `,"text":"x"`, "40096"},
			{"without a text", "comment", by(lin), "text"},
			{"of an unpublished one", "like", of(momentID, "lisi") + `,"external_userid":"` + lin + `"`, "41062"},
		} {
			if status, text := h.Attempt(h.Corp, "moment/"+tt.name, tt.body+`}`); status == 200 || !strings.Contains(text, tt.says) {
				t.Errorf("%s: %d %s, want %s", tt.what, status, text, tt.says)
			}
		}
	})
}

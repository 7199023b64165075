package approval_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// masked replaces in a push what differs from run to run.
func masked(h *house, text string, names ...string) string {
	text = strings.ReplaceAll(text, h.CorpID, "CORPID")
	for i := 0; i < len(names); i += 2 {
		text = strings.ReplaceAll(text, names[i], names[i+1])
	}
	text = regexp.MustCompile(`(Time|SpTime|Sptime|ApplyTime|ItemOpTime)>1\d+<`).ReplaceAllString(text, "$1>TIME<")
	text = regexp.MustCompile(`<CommentId><!\[CDATA\[\d+\]`).ReplaceAllString(text, "<CommentId><![CDATA[COMMENT]")
	text = regexp.MustCompile(`\[https?://[^\]]+\]`).ReplaceAllString(text, "[URL]")
	return regexp.MustCompile(`>203101\d{6}<|\[203101\d{6}\]`).ReplaceAllStringFunc(text, func(s string) string { return s[:1] + "NUMBER" + s[len(s)-1:] })
}

// TestTold compares what applications are told of each step with testdata/push (doc 91815): those that may call
// approval and see the applicant, and nobody else.
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		receivers := map[string]*qiweitest.Receiver{}
		names := []string{"app", "market", "system", "provider", "ungranted", "unlisted", "twin"}
		for i, c := range []*qiweitest.Client{
			h.App, h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}})), h.As(access.Approval),
			h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"approval:base:base"}}), h.WithApp(access.Custom, app.Settings{Range: access.Everything()}),
			h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())),
		} {
			receivers[names[i]] = h.Receiver(c)
		}
		template := h.template("买书", textControl)
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		var spNo string
		var out strings.Builder
		for _, step := range []struct {
			what   string
			do     func()
			change string // StatuChangeEvent; nobody is told where it is empty
			status string
		}{
			{"an application submits", func() {
				spNo = h.apply("zhangsan", template, node(1, 2, "lisi", "wangwu")+","+node(1, 1, "lisi")+","+node(3, 1, "wangwu")+","+node(2, 0, "wangwu"), textContent)
			}, "1", "1"},
			{"the applicant urges", func() { h.act("urge", spNo, "zhangsan", "") }, "5", "1"},
			{"somebody comments", func() { h.act("comment", spNo, "wangwu", `,"speech":"哪一本？","media":["`+h.upload("a.txt")+`"]`) }, "10", "1"},
			{"transfers", func() { h.act("transfer", spNo, "wangwu", `,"to":["zhangsan"]`) }, "4", "1"},
			{"agrees", func() { h.act("approve", spNo, "lisi", `,"speech":"同意"`) }, "2", "1"},
			{"sends back", func() { h.act("return", spNo, "lisi", `,"node":0`) }, "11", "1"},
			{"agrees again", func() { h.act("approve", spNo, "lisi", "") }, "2", "1"},
			{"adds somebody before", func() { h.act("add", spNo, "lisi", `,"to":["zhangsan"],"before":true`) }, "12", "1"},
			{"who agrees", func() { h.act("approve", spNo, "zhangsan", "") }, "2", "1"},
			{"adds somebody after", func() { h.act("add", spNo, "lisi", `,"to":["zhangsan"]`) }, "13", "1"},
			{"who agrees too", func() { h.act("approve", spNo, "zhangsan", "") }, "2", "1"},
			{"hands over", func() { h.act("hand_over", spNo, "wangwu", `,"to":["lisi"]`) }, "15", "1"},
			{"handles", func() { h.act("handle", spNo, "lisi", "") }, "14", "2"},
			{"the applicant takes it back", func() { h.act("withdraw", spNo, "zhangsan", "") }, "8", "6"},
			{"an administrator deletes it", func() { h.act("delete", spNo, "zhangsan", "") }, "", ""},
			{"another is withdrawn", func() {
				h.act("withdraw", h.apply("zhangsan", template, node(1, 1, "lisi"), textContent), "zhangsan", "")
			}, "1 6", "1 4"},
			{"another is refused", func() { h.act("refuse", h.apply("zhangsan", template, node(1, 1, "lisi"), textContent), "lisi", "") }, "1 3", "1 3"},
		} {
			h.Advance(time.Minute)
			step.do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", step.what)
			var told []string
			for _, name := range names {
				var changes, statuses []string
				for _, r := range receivers[name].Take() {
					changes, statuses = append(changes, r.Field("StatuChangeEvent")), append(statuses, r.Field("SpStatus"))
					if name == "app" {
						fmt.Fprintln(&out, regexp.MustCompile(`\[3[\w-]{42,}\]`).ReplaceAllString(masked(h, r.XML()), "[ID]"))
					}
					if r.Kind() != "sys_approval_change" || r.Problem != "" {
						t.Errorf("%s: %s was told %s %s", step.what, name, r.Kind(), r.Problem)
					}
				}
				if len(changes) > 0 {
					told = append(told, name)
					if strings.Join(changes, " ") != step.change || strings.Join(statuses, " ") != step.status {
						t.Errorf("%s: %s was told %v with status %v, want %s and %s", step.what, name, changes, statuses, step.change, step.status)
					}
				}
			}
			want := "app system provider"
			if step.change == "" {
				want = ""
			}
			if got := strings.Join(told, " "); got != want {
				t.Errorf("%s: %q were told, want %q", step.what, got, want)
			}
		}
		qiweitest.Golden(t, "push/approval.txt", out.String())
	})
}

// TestSuiteIsTold: a third party hears of the approvals of its own templates, at its suite's command URL and in
// the form of a corp's event (doc 92633).
func TestSuiteIsTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third := h.SuiteApp(access.ThirdParty, nil, "approval:base:base")
		rc := h.Receiver()
		rc.Always(qiweitest.Text(200, "success"))
		if _, err := h.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{SuiteID: third.SuiteID, CommandURL: rc.URL, Token: rc.Token, AESKey: rc.AESKey}); err != nil {
			t.Fatal(err)
		}
		var open struct {
			ID string `json:"open_template_id"`
		}
		h.Scripted("approval/provider_template", fmt.Sprintf(`{"suite_id":%q,"name":"用章","controls":[%s]}`, third.SuiteID, textControl), &open)
		var resp struct {
			ID string `json:"template_id"`
		}
		h.Call(third, "oa/approval/copytemplate", `{"open_template_id":"`+open.ID+`"}`).Decode(&resp)
		h.Delivered()
		rc.Take()
		shown := h.shown(third, "zhangsan")
		if got := h.Call(third, "oa/applyevent", application(shown, resp.ID, node(1, 1, h.shown(third, "lisi")), textContent)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		h.apply("zhangsan", h.template("买书", textControl), node(1, 1, "lisi"), textContent)
		h.Delivered()
		got := slices.DeleteFunc(rc.Take(), func(r qiweitest.Received) bool { return r.Field("InfoType") == "suite_ticket" })
		if len(got) != 1 || got[0].Field("Event") != "sys_approval_change" || got[0].Field("InfoType") != "" || got[0].Field("UserId") != shown || got[0].ReceiveID != third.SuiteID {
			t.Errorf("%v", got)
		}
	})
}

// inbox returns the texts that an application has sent to a member, and forgets none.
func (h *house) inbox(user string, agent int64) string {
	h.T.Helper()
	var texts []string
	ctx := context.Background()
	err := h.Server.Messages.Inbox(ctx, h.CorpID, id.UserID(user), func(tx *store.Tx, m directory.Member) error {
		list, err := h.Server.Messages.Messages(ctx, tx, h.CorpID, m, message.Place{AgentID: agent}, 0, 0)
		for _, m := range list {
			texts = append(texts, string(m.Body))
		}
		return err
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return strings.Join(texts, "; ")
}

// TestMessages: who is to decide, who is told and who applied get messages of the approval application, and
// nobody one about what they did themselves.
func TestMessages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		own := h.As(access.Approval)
		template := h.template("买书", textControl)
		spNo := h.apply("zhangsan", template, node(1, 3, "lisi", "wangwu")+","+node(2, 0, "zhangsan", "wangwu"), textContent)
		step := func(what, user string, parts ...string) {
			t.Helper()
			got := h.inbox(user, own.AgentID)
			if n := strings.Count(got, `"content"`); n != len(parts) {
				t.Errorf("%s: %s has %d messages, want %d: %s", what, user, n, len(parts), got)
			}
			for _, p := range parts {
				if !strings.Contains(got, p) {
					t.Errorf("%s: %q is not in %s", what, p, got)
				}
			}
		}
		first := "张三的买书（" + spNo + "）等待你处理"
		step("submitted", "lisi", first)
		step("submitted", "wangwu")
		step("submitted", "zhangsan")
		h.act("urge", spNo, "zhangsan", "")
		step("urged", "lisi", first, "催办：")
		h.act("comment", spNo, "lisi", `,"speech":"哪一本？"`)
		step("commented", "zhangsan", "李四评论了张三的买书（"+spNo+"）：哪一本？")
		h.act("approve", spNo, "lisi", "")
		step("the next", "wangwu", "李四评论了", first)
		h.act("approve", spNo, "wangwu", `,"speech":"好"`)
		step("passed", "zhangsan", "李四评论了", "抄送：", "你的买书（"+spNo+"）已通过：好")
		step("passed", "wangwu", "李四评论了", first)
	})
}

// TestEngine: an application has approvals of its own, which it names itself; it alone is told and sees them
// (doc 90269).
func TestEngine(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		other := h.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		rc, deaf := h.Receiver(h.App), h.Receiver(other)
		at := fmt.Sprintf(`"agentid":%d`, h.App.AgentID)
		var made struct {
			ID string `json:"template_id"`
		}
		h.PlayIn(h.Corp, "open/template", `{`+at+`,"name":"付款","nodes":[{"type":1,"rel":2,"users":["lisi","wangwu"]},{"type":1,"rel":1,"users":["wangwu"]},{"type":2,"users":["zhangsan"]}]}`).Into(&made)
		submit := `{` + at + `,"userid":"zhangsan","templateId":"` + made.ID + `","thirdNo":"P-1","extData":{"fieldList":[{"title":"金额","type":"text","value":"10"}]}}`
		h.PlayIn(h.Corp, "open/submit", submit)
		for what, body := range map[string]string{
			"the number again": submit, "no number": strings.Replace(submit, "P-1", "", 1), "another template": strings.Replace(strings.Replace(submit, "P-1", "P-2", 1), made.ID, "x", 1),
			"of another application": strings.Replace(strings.Replace(submit, "P-1", "P-2", 1), at, fmt.Sprintf(`"agentid":%d`, other.AgentID), 1), "a stranger": strings.Replace(strings.Replace(submit, "P-1", "P-2", 1), "zhangsan", "stranger", 1),
		} {
			if status, text := h.Attempt(h.Corp, "open/submit", body); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		h.PlayIn(h.Corp, "open/approve", `{`+at+`,"thirdNo":"P-1","userid":"lisi","speech":"好"}`)
		got := h.Must(h.App, "corp/getopenapprovaldata", `{"thirdNo":"P-1"}`).Body
		for _, part := range []string{`"data":{"ThirdNo":"P-1","OpenTemplateId":"` + made.ID + `","OpenSpName":"付款","OpenSpstatus":1,"ApplyTime":`, `"ApplyUsername":"张三","ApplyUserParty":"研发部","ApplyUserImage":"http`,
			`"ApplyUserId":"zhangsan","ApprovalNodes":{"ApprovalNode":[{"NodeStatus":2,"NodeAttr":1,"NodeType":1,"Items":{"Item":[{"ItemName":"李四","ItemParty":"后端组","ItemImage":"http`,
			`"ItemUserId":"lisi","ItemStatus":2,"ItemSpeech":"好","ItemOpTime":1`, `"NotifyNodes":{"NotifyNode":[{"ItemName":"张三","ItemParty":"研发部",`, `"ApproverStep":1}`} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is not in %s", part, got)
			}
		}
		h.PlayIn(h.Corp, "open/refuse", `{`+at+`,"thirdNo":"P-1","userid":"wangwu"}`)
		h.Delivered()
		var out strings.Builder
		for _, r := range rc.Take() {
			fmt.Fprintln(&out, masked(h, r.XML(), made.ID, "TEMPLATE"))
		}
		qiweitest.Golden(t, "push/open.txt", out.String())
		if kinds := deaf.Kinds(); strings.Contains(strings.Join(kinds, " "), "approval") {
			t.Errorf("another application was told %q", kinds)
		}
		if got := h.inbox("wangwu", h.App.AgentID); strings.Count(got, "等待你处理") != 2 {
			t.Errorf("messages to wangwu: %s", got)
		}
		h.Answers("corp/getopenapprovaldata", []qiweitest.Refusal{{"none", `{}`, 301025}, {"unknown", `{"thirdNo":"P-2"}`, 301025}}...)
		if got := h.Call(other, "corp/getopenapprovaldata", `{"thirdNo":"P-1"}`); got.ErrCode != 301025 {
			t.Errorf("another application: %s", got.Body)
		}
		custom := h.SuiteApp(access.ThirdParty, nil, "approval:base:base")
		at = fmt.Sprintf(`"agentid":%d`, custom.AgentID)
		h.PlayIn(h.Corp, "open/template", `{`+at+`,"name":"付款","nodes":[{"type":1,"rel":1,"leader":1},{"type":1,"rel":1,"users":["lisi"]}]}`).Into(&made)
		h.PlayIn(h.Corp, "open/submit", `{`+at+`,"userid":"zhangsan","templateId":"`+made.ID+`","thirdNo":"P-1"}`)
		if got := h.Call(custom, "corp/getopenapprovaldata", `{"thirdNo":"P-1"}`).Body; !strings.Contains(got, `"approverstep":0}`) || strings.Contains(got, `"lisi"`) {
			t.Errorf("a third party: %s", got)
		}
	})
}

package customergroup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func handed(to string, chats ...string) string {
	return fmt.Sprintf(`{"chat_id_list":%s,"new_owner":%q}`, qiweitest.Quoted(chats...), to)
}

// failed are the codes of the groups that were not handed over, by their names.
func (h *house) failed(name, body string, known map[string]string) string {
	h.T.Helper()
	var got struct {
		Failed []struct {
			ChatID  string `json:"chat_id"`
			ErrCode int    `json:"errcode"`
			ErrMsg  string `json:"errmsg"`
		} `json:"failed_chat_list"`
	}
	h.Must(h.App, name, body).Decode(&got)
	var out []string
	for _, f := range got.Failed {
		if f.ErrMsg == "" {
			h.T.Errorf("%d without a text", f.ErrCode)
		}
		out = append(out, fmt.Sprint(known[f.ChatID], "=", f.ErrCode))
	}
	return strings.Join(out, " ")
}

// TestTransfer: a group of a member on the job gets another owner at once, twice in 90 days (doc 95703).
func TestTransfer(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two := h.group(h.Corp, `{"owner":"zhangsan","userids":["lisi"]}`), h.group(h.Corp, `{"owner":"zhangsan","capacity":1}`)
		gone, twin := h.group(h.Corp, `{"owner":"wangwu"}`), h.group(h.Second, `{"owner":"zhangsan"}`)
		dead := h.group(h.Corp, `{"owner":"zhangsan"}`)
		h.Play("group/dismiss", `{"chat_id":%q}`, dead.ChatID)
		h.leave("wangwu")
		known := map[string]string{one.ChatID: "one", two.ChatID: "two", gone.ChatID: "gone", twin.ChatID: "twin", dead.ChatID: "dead", "wrx": "bad"}
		all := []string{one.ChatID, two.ChatID, gone.ChatID, twin.ChatID, dead.ChatID, "wrx", one.ChatID}
		if got := h.failed("groupchat/onjob_transfer", handed("LiSi", all...), known); got != "two=90503 gone=90502 twin=90501 dead=49008 bad=90501 one=90504" {
			t.Errorf("%s", got)
		}
		if g, names := h.get(one.ChatID); g.Group.Owner != "lisi" || names != "张三 李四" {
			t.Errorf("%s: %+v", names, g)
		}
		if g, names := h.get(two.ChatID); g.Group.Owner != "zhangsan" || names != "张三" {
			t.Errorf("without room for the owner: %s, %+v", names, g)
		}
		if got := h.failed("groupchat/onjob_transfer", handed("zhangsan", one.ChatID), known); got != "" {
			t.Errorf("back: %s", got)
		}
		if got := h.failed("groupchat/onjob_transfer", handed("lisi", one.ChatID), known); got != "one=40128" {
			t.Errorf("a third time: %s", got)
		}
		h.Advance(90*24*time.Hour + time.Second)
		if got := h.failed("groupchat/onjob_transfer", handed("lisi", one.ChatID), known); got != "" {
			t.Errorf("after 90 days: %s", got)
		}
		h.Answers("groupchat/onjob_transfer", qiweitest.Refusal{"nobody", handed("nobody", one.ChatID), 60111}, qiweitest.Refusal{"no taker", handed("", one.ChatID), 41009}, qiweitest.Refusal{"no group", `{"new_owner":"lisi"}`, 40058})
		// Who takes a group over has signed in, and may.
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			off := false
			fresh := directory.Member{UserID: "fresh", Name: "新人", Enabled: true, Email: "fresh@corp.example", Places: []directory.Place{{Department: 1}}}
			if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), fresh, false); err != nil {
				return err
			}
			blocked := directory.Member{UserID: "blocked", Name: "停用", Enabled: true, Activated: true, Email: "blocked@corp.example", Places: []directory.Place{{Department: 1}}}
			if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), blocked, false); err != nil {
				return err
			}
			return h.Server.Directory.UpdateMember(ctx, tx, access.System(h.CorpID), directory.MemberUpdate{UserID: "blocked", Enabled: &off})
		})
		h.Answers("groupchat/onjob_transfer", qiweitest.Refusal{"who has not signed in", handed("fresh", one.ChatID), 40098}, qiweitest.Refusal{"who is disabled", handed("blocked", one.ChatID), 40098})
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{3}}))
		h.Play("group/owner", `{"chat_id":%q,"userid":"zhangsan"}`, one.ChatID)
		h.App = small
		if got := h.failed("groupchat/onjob_transfer", handed("lisi", one.ChatID), known); got != "one=60011" {
			t.Errorf("an owner out of range: %s", got)
		}
	})
}

// TestInheritance: the groups of whoever has left wait for another owner, who inherits them once (doc 92127).
func TestInheritance(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		one, two := h.group(h.Corp, fmt.Sprintf(`{"owner":"wangwu","external_userid":%q}`, lin)), h.group(h.Corp, `{"owner":"zhangsan","userids":["wangwu"]}`)
		known := map[string]string{one.ChatID: "one", two.ChatID: "two"}
		before, _ := h.get(two.ChatID)
		h.leave("wangwu")
		if g, names := h.get(one.ChatID); g.Group.Owner != "wangwu" || names != " Lin" || g.Group.Members[0].UserID != "wangwu" {
			t.Errorf("of one who has left: %q, %+v", names, g)
		}
		if g, names := h.get(two.ChatID); names != "张三" || g.Group.Version == before.Group.Version {
			t.Errorf("where they were: %q", names)
		}
		if got := h.failed("groupchat/transfer", handed("lisi", one.ChatID, two.ChatID), known); got != "two=90500" {
			t.Errorf("%s", got)
		}
		if g, names := h.get(one.ChatID); g.Group.Owner != "lisi" || names != "Lin 李四" {
			t.Errorf("inherited: %q, %+v", names, g)
		}
		if got := h.listed(h.App, `,"status_filter":3`, 10, known); fmt.Sprint(got) != "[one3]" {
			t.Errorf("%v", got)
		}
		if got := h.failed("groupchat/transfer", handed("zhangsan", one.ChatID), known); got != "one=90508" {
			t.Errorf("again: %s", got)
		}
		if got := h.failed("groupchat/onjob_transfer", handed("zhangsan", one.ChatID), known); got != "" {
			t.Errorf("on by the heir: %s", got)
		}
	})
}

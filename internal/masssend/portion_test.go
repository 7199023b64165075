package masssend_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// many makes customers of a member who have been chatting, without telling anybody.
func (h *house) many(user string, n int) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		members, err := h.Server.Directory.MemberNumbers(tx, h.CorpID, []string{user})
		if err != nil {
			return err
		}
		for i := range n {
			no, err := tx.Insert(`INSERT INTO customer (corpid, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile, created_at) VALUES (?, 1, ?, '', 0, '', '', '', '', '{}', 0)`, h.CorpID, fmt.Sprint("c", i))
			if err == nil {
				err = tx.Send(`INSERT INTO customer_follow (corpid, customer, kind, member, standing, created_at, remark, description, company, mobiles, picture, tags, add_way, oper, state, channel, source, chatted_at, handing)
					VALUES (?, ?, 1, ?, 1, ?, '', '', '', '[]', '', '[]', 1, 0, '', '', 0, ?, 0)`, h.CorpID, no, members[user], tx.Now().UnixMilli(), int64(i%2))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// settle does what the background would do.
func (h *house) settle() {
	h.T.Helper()
	if err := h.Server.Mass.Settle(context.Background()); err != nil {
		h.T.Fatal(err)
	}
}

func (h *house) count(query string, args ...any) (n int64) {
	h.T.Helper()
	if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(query, append([]any{h.CorpID}, args...)...)
		return err
	}); err != nil {
		h.T.Fatal(err)
	}
	return n
}

// TestPortions: a message to many is prepared and delivered in portions, and everybody gets it once.
func TestPortions(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.many("zhangsan", 2100)
		h.many("lisi", 1000)
		m := h.mass(`{"sender":"zhangsan","allow_select":true,%s}`, text)
		h.settle()
		if got := h.tasks(h.App, m.MsgID); got != "zhangsan0" {
			t.Errorf("prepared: %s", got)
		}
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		h.settle()
		sent, got := h.count(`SELECT count(*) FROM mass_target WHERE corpid = ? AND status = 1`), h.count(`SELECT count(DISTINCT customer) FROM customer_message WHERE corpid = ?`)
		if all := h.count(`SELECT count(*) FROM customer_message WHERE corpid = ?`); sent != 2100 || got != 2100 || all != 2100 {
			t.Errorf("%d sent, %d got it, %d messages", sent, got, all)
		}
		if began := h.count(`SELECT count(*) FROM customer_follow WHERE corpid = ? AND chatted_at > 1`); began != 1050 {
			t.Errorf("%d have begun to chat", began)
		}
		small := h.mass(`{"sender":"lisi",%s}`, text) // whose list ends with a portion
		h.settle()
		h.Play("confirm", `{"msgid":%q,"userid":"lisi"}`, small.MsgID)
		h.settle()
		if n := h.count(`SELECT count(*) FROM customer_message WHERE corpid = ?`); n != 3100 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestWhoComesBack: a customer who has gone and come back since a message was prepared gets it, and one who has gone
// does not.
func TestWhoComesBack(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, bo := h.customer(h.Corp, "zhangsan", "Lin"), h.customer(h.Corp, "zhangsan", "Bo")
		h.customer(h.Corp, "zhangsan", "Wu")
		m := h.mass(`{"sender":"zhangsan",%s}`, text)
		for _, who := range []string{lin, bo} {
			h.Play("remove", `{"userid":"zhangsan","external_userid":%q,"by":"member"}`, who)
		}
		h.Play("add", `{"userid":"zhangsan","external_userid":%q}`, lin)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		got := h.Must(h.App, "get_groupmsg_send_result", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)).Body
		for who, status := range map[string]int{lin: 1, bo: 2} {
			if !strings.Contains(got, fmt.Sprintf(`"external_userid":%q,"userid":"zhangsan","status":%d`, who, status)) {
				t.Errorf("%s is not %d in %s", who, status, got)
			}
		}
		if n := h.count(`SELECT count(*) FROM customer_message WHERE corpid = ? AND author = 'mass'`); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestBeforeItIsReady: while it is being found out who writes to whom, the calls say so.
func TestBeforeItIsReady(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.many("zhangsan", 1)
		m := h.mass(`{"sender":"zhangsan",%s}`, text)
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if there were more
			_, err := tx.Exec(`UPDATE mass_message SET state = 1 WHERE corpid = ?`, h.CorpID)
			return err
		})
		of := fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		for _, name := range []string{"get_groupmsg_task", "get_groupmsg_send_result", "remind_groupmsg_send"} {
			h.Answers(name, qiweitest.Refusal{"being prepared", of, 41063})
		}
		h.Forbids("confirm", [2]string{of, "being dispatched"})
		h.Must(h.App, "cancel_groupmsg_send", of)
		h.settle()
		h.Answers("remind_groupmsg_send", qiweitest.Refusal{"cancelled meanwhile", of, 41093})
	})
}

// TestCancelledOnItsWay: what a cancelled message has not reached, it does not reach.
func TestCancelledOnItsWay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.many("zhangsan", 3)
		m := h.mass(`{"sender":"zhangsan",%s}`, text)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if it had got only so far
			if _, err := tx.Exec(`UPDATE mass_target SET status = 0 WHERE corpid = ? AND no = (SELECT max(no) FROM mass_target WHERE corpid = ?)`, h.CorpID, h.CorpID); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE mass_task SET sending = 1 WHERE corpid = ?`, h.CorpID)
			return err
		})
		h.Must(h.App, "cancel_groupmsg_send", fmt.Sprintf(`{"msgid":%q}`, m.MsgID))
		h.settle()
		if n := h.count(`SELECT count(*) FROM mass_target WHERE corpid = ? AND status = 0`); n != 1 {
			t.Errorf("%d have not got it", n)
		}
	})
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.many("zhangsan", 1)
		h.group(h.Corp, `{"owner":"zhangsan"}`)
		var tag struct {
			Group struct {
				Tags []struct{ ID string } `json:"tag"`
			} `json:"tag_group"`
		}
		h.Must(h.App, "add_corp_tag", `{"group_name":"g","tag":[{"name":"t"}]}`).Decode(&tag)
		external := h.customer(h.Corp, "zhangsan", "Lin")
		chat := h.group(h.Corp, `{"owner":"zhangsan"}`).ChatID
		h.Must(h.App, "mark_tag", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"add_tag":[%q]}`, external, tag.Group.Tags[0].ID))
		of := func(one string, n int) string { return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]" }
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"masssend.maxExternals", 10000, 40058, func(n int) int {
				return h.Call(h.App, "add_msg_template", `{`+text+`,"external_userid":`+of(`"`+external+`"`, n)+`}`).ErrCode
			}},
			{"masssend.maxChats", 2000, 40058, func(n int) int {
				return h.Call(h.App, "add_msg_template", `{`+text+`,"chat_type":"group","sender":"zhangsan","chat_id_list":`+of(`"`+chat+`"`, n)+`}`).ErrCode
			}},
			{"masssend.maxTagList", 100, 40058, func(n int) int {
				return h.Call(h.App, "add_msg_template", `{`+text+`,"tag_filter":{"group_list":[{"tag_list":`+of(`"`+tag.Group.Tags[0].ID+`"`, n)+`}]}}`).ErrCode
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d of %d: %d, want %d", row.constant, n, row.most, got, want)
				}
			}
		}
	})
}

// TestPages: a limit that is too large is the usual one (doc 93338).
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.many("zhangsan", 600)
		m := h.mass(`{"sender":"zhangsan",%s}`, text)
		for limit, want := range map[int]int{0: 500, 599: 599, 1000: 600, 1001: 500, -1: 500} {
			got := h.Must(h.App, "get_groupmsg_send_result", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","limit":%d}`, m.MsgID, limit)).Body
			if n := strings.Count(got, `"status":0`); n != want {
				t.Errorf("limit %d: %d, want %d", limit, n, want)
			}
		}
		for range 60 {
			h.mass(`{"external_userid":[%q],%s}`, h.Server.Customers.ExternalID(1, h.count(`SELECT max(customer) FROM customer_follow WHERE corpid = ?`)), text)
		}
		now := h.Clock.Now().Unix()
		for limit, want := range map[int]int{0: 50, 55: 55, 100: 61, 101: 50} {
			got := h.Must(h.App, "get_groupmsg_list_v2", fmt.Sprintf(`{"chat_type":"single","start_time":%d,"end_time":%d,"limit":%d}`, now-1, now, limit)).Body
			if n := strings.Count(got, `"msgid"`); n != want {
				t.Errorf("limit %d: %d, want %d", limit, n, want)
			}
		}
	})
}

// TestOlderRequest: the shape that clients sent before there were attachments.
func TestOlderRequest(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		m := h.mass(`{"external_userid":[%q],%s,"link":{"title":"t","url":"https://x.example/"}}`, id.ExternalID(lin), text)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		got := h.World.Get("/_qiwei/wechat/messages?corpid=" + h.CorpID + "&external_userid=" + lin).Body
		if !strings.Contains(got, `"text":{"content":"上新"},"attachments":[{"msgtype":"link","link":{"title":"t","url":"https://x.example/"}}]`) {
			t.Errorf("%s", got)
		}
		now := h.Clock.Now().Unix()
		got = h.Must(h.App, "get_groupmsg_list_v2", fmt.Sprintf(`{"chat_type":"single","start_time":%d,"end_time":%d}`, now, now)).Body
		if !strings.Contains(got, `"attachments":[{"msgtype":"link","link":{"title":"t","url":"https://x.example/"}}]`) {
			t.Errorf("%s", got)
		}
	})
}

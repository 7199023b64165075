package kf_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

func letters(n int) string { return strings.Repeat("字", n) }

func bytesOf(n int) string { return strings.Repeat("a", n) }

// many writes n elements, # in them being their number.
func many(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture, group, n := h.picture(), h.addGroup("组"), 0
		of := func(rest string) string { return fmt.Sprintf(`{"open_kfid":%q,%s}`, h.open, rest) }
		send := func(message string) int {
			h.writes("x")
			code, _ := h.send(message)
			return code
		}
		menu := func(items string) int { return send(`"msgtype":"msgmenu","msgmenu":{"list":` + items + `}`) }
		item := func(kind, object string) int {
			return menu(`[{"type":"` + kind + `","` + kind + `":{` + object + `}}]`)
		}
		h.done(h.Corp, "kf/upgrade", `{"userid_list":["wangwu"]}`, nil)
		intent := func(question, similar, answer, attachments string) int {
			return h.call("knowledge/add_intent", fmt.Sprintf(`{"group_id":%q,"question":{"text":{"content":%q}},"similar_questions":{"items":%s},"answers":[{"text":{"content":%q},"attachments":%s}]}`,
				group, question, similar, answer, attachments)).ErrCode
		}
		unique := func(length int) string { n++; return fmt.Sprint(n) + letters(length-len(fmt.Sprint(n))) }
		const click = `{"type":"click","click":{"id":"#","content":"c"}}`
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"kf.maxAccountName", 16, 95006, func(n int) int {
				return h.call("account/add", fmt.Sprintf(`{"name":%q,"media_id":%q}`, letters(n), picture)).ErrCode
			}},
			{"kf.maxAccountsAtOne", 100, 40058, func(n int) int { return h.call("account/list", fmt.Sprintf(`{"limit":%d}`, n)).ErrCode }},
			{"kf.maxScene", 32, 40058, func(n int) int { return h.call("add_contact_way", of(`"scene":"`+bytesOf(n)+`"`)).ErrCode }},
			{"kf.maxSceneParam", 128, 400, func(n int) int {
				var link struct{ URL string }
				h.must("add_contact_way", of(`"scene":"s"`)).Decode(&link)
				status, _ := h.script(h.Corp, "enter_kf", fmt.Sprintf(`{"url":%q,"name":"x","scene_param":%q}`, link.URL, bytesOf(n)))
				return status % 200 // 0 if it is right
			}},
			{"kf.maxServicersAtOnce", 100, 40058, func(n int) int { return h.call("servicer/add", of(`"userid_list":`+many(`"n#"`, n))).ErrCode }},
			{"kf.maxDepartmentsAdded", 20, 40058, func(n int) int { return h.call("servicer/add", of(`"department_id_list":`+many(`9#`, n))).ErrCode }},
			{"kf.maxDepartmentsGiven", 100, 40058, func(n int) int { return h.call("servicer/del", of(`"department_id_list":`+many(`9#`, n))).ErrCode }},
			{"kf.maxText", 2048, 45002, func(n int) int { return send(`"msgtype":"text","text":{"content":"` + bytesOf(n) + `"}`) }},
			{"kf.maxLinkURL", 2048, 40058, func(n int) int {
				return send(`"msgtype":"link","link":{"title":"t","url":"https://x.example/` + bytesOf(n-len("https://x.example/")) + `","thumb_media_id":"` + picture + `"}`)
			}},
			{"kf.maxMenuText", 1024, 40058, func(n int) int { return send(`"msgtype":"msgmenu","msgmenu":{"head_content":"` + bytesOf(n) + `"}`) }},
			{"kf.maxMenuItems", 50, 95008, func(n int) int { return menu(many(`{"type":"text","text":{"content":"c"}}`, n)) }},
			{"kf.maxMenuTaps", 10, 95008, func(n int) int { return menu(many(click, n)) }},
			{"kf.maxEventMenu", 10, 95008, func(n int) int {
				_, code := h.enter(`{"open_kfid":"` + h.open + `","name":"x"}`)
				return h.onEvent(code, `"msgtype":"msgmenu","msgmenu":{"list":`+many(`{"type":"text","text":{"content":"c"}}`, n)+`}`)
			}},
			{"kf.maxClickID", 128, 40058, func(n int) int { return item("click", `"id":"`+bytesOf(n)+`","content":"c"`) }},
			{"kf.maxClick", 128, 40058, func(n int) int { return item("click", `"content":"`+bytesOf(n)+`"`) }},
			{"kf.maxMenuURL", 2048, 40058, func(n int) int { return item("view", `"url":"`+bytesOf(n)+`","content":"c"`) }},
			{"kf.maxMenuContent", 1024, 40058, func(n int) int { return item("view", `"url":"u","content":"`+bytesOf(n)+`"`) }},
			{"kf.maxMenuApp", 32, 40058, func(n int) int { return item("miniprogram", `"appid":"`+bytesOf(n)+`","pagepath":"p"`) }},
			{"kf.maxMenuPage", 1024, 40058, func(n int) int { return item("miniprogram", `"appid":"a","pagepath":"`+bytesOf(n)+`"`) }},
			{"kf.maxMenuPlain", 256, 40058, func(n int) int { return item("text", `"content":"`+bytesOf(n)+`"`) }},
			{"kf.maxMessageID", 32, 40058, func(n int) int {
				return send(`"msgid":"` + bytesOf(n) + `","msgtype":"text","text":{"content":"x"}`)
			}},
			{"kf.maxWording", 1024, 40058, func(n int) int {
				return h.call("customer/upgrade_service", h.at(`"type":1,"member":{"userid":"wangwu","wording":"`+bytesOf(n)+`"}`)).ErrCode
			}},
			{"kf.maxPersons", 100, 40058, func(n int) int {
				return h.call("customer/batchget", `{"external_userid_list":`+many(`"wm#"`, n)+`}`).ErrCode
			}},
			{"kf.maxGroupName", 12, 40058, func(n int) int { return h.call("knowledge/add_group", `{"name":"`+letters(n)+`"}`).ErrCode }},
			{"kf.maxQuestion", 200, 40058, func(n int) int { return intent(unique(n), `[]`, "a", `[]`) }},
			{"kf.maxSimilar", 100, 40058, func(n int) int { return intent(unique(9), many(`{"text":{"content":"q#"}}`, n), "a", `[]`) }},
			{"kf.maxAnswer", 500, 40058, func(n int) int { return intent(unique(9), `[]`, letters(n), `[]`) }},
			{"kf.maxAttachments", 4, 40058, func(n int) int {
				return intent(unique(9), `[]`, "a", many(`{"msgtype":"link","link":{"title":"t","url":"https://x.example"}}`, n))
			}},
			{"kf.maxKnownProgram", 64, 40058, func(n int) int {
				return intent(unique(9), `[]`, "a", `[{"msgtype":"miniprogram","miniprogram":{"title":"`+bytesOf(n)+`","thumb_media_id":"`+picture+`","appid":"a","pagepath":"p"}}]`)
			}},
			{"kf.maxKnowledge", 1000, 40058, func(n int) int { return h.call("knowledge/list_intent", fmt.Sprintf(`{"limit":%d}`, n)).ErrCode }},
		} {
			for n := row.most - 1; n <= row.most+1; n++ {
				want := 0
				if n > row.most {
					want = row.above
				}
				if got := row.code(n); got != want && !(row.above == 400 && got == want%200) {
					t.Errorf("%s, %d: %d, want %d", row.constant, n, got, want)
				}
			}
		}
	})
}

// TestManyServicers: an account has 2000 members and 20 departments to serve it (doc 94646).
func TestManyServicers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Write(func(ctx context.Context, tx *store.Tx) error { // with zhangsan and lisi one is missing
			var account int64
			if _, err := tx.Get(`SELECT no FROM kf_account WHERE corpid = ?`, []any{h.CorpID}, &account); err != nil {
				return err
			}
			for i := range 1997 {
				if _, err := tx.Exec(`INSERT INTO kf_servicer (corpid, account, member, department) VALUES (?, ?, ?, 0)`, h.CorpID, account, 1_000_000_000+i); err != nil {
					return err
				}
			}
			for i := range 19 {
				if _, err := tx.Exec(`INSERT INTO kf_servicer (corpid, account, member, department) VALUES (?, ?, 0, ?)`, h.CorpID, account, 1_000_000+i); err != nil {
					return err
				}
			}
			return nil
		})
		h.crowd(1)
		got := h.must("servicer/add", fmt.Sprintf(`{"open_kfid":%q,"userid_list":["wangwu","m0","lisi"],"department_id_list":[2,3]}`, h.open))
		for _, want := range []string{`{"userid":"wangwu","errcode":0`, `{"userid":"m0","errcode":95020`, `{"userid":"lisi","errcode":0,"errmsg":"ignored"}`, `{"department_id":2,"errcode":0`, `{"department_id":3,"errcode":95020`} {
			if !strings.Contains(got.Body, want) {
				t.Errorf("%s, want %s", got.Body, want)
			}
		}
	})
}

// TestManyOfACorp: a corp has 5000 accounts, and 100 groups of 200 questions (doc 94662, 95971).
func TestManyOfACorp(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE kf_corp SET accounts = 4999 WHERE corpid = ?`, h.CorpID)
			return err
		})
		picture := h.picture()
		for i, want := range []int{0, 95005} {
			if got := h.call("account/add", fmt.Sprintf(`{"name":"a","media_id":%q}`, picture)); got.ErrCode != want {
				t.Errorf("account %d: %s, want %d", 5000+i, got.Body, want)
			}
		}
		group := h.addGroup("组")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			var part int64
			if _, err := tx.Get(`SELECT max(no) FROM kf_group WHERE corpid = ?`, []any{h.CorpID}, &part); err != nil {
				return err
			}
			for i := range 97 {
				if _, err := tx.Exec(`INSERT INTO kf_group (corpid, name, usual) VALUES (?, ?, 0)`, h.CorpID, fmt.Sprint("g", i)); err != nil {
					return err
				}
			}
			for i := range 199 {
				if _, err := tx.Exec(`INSERT INTO kf_intent (corpid, part, question, similar_questions, answers) VALUES (?, ?, ?, '[]', '[]')`, h.CorpID, part, fmt.Sprint("q", i)); err != nil {
					return err
				}
			}
			return nil
		})
		for i, want := range []int{0, 40058} {
			if got := h.call("knowledge/add_group", fmt.Sprintf(`{"name":"n%d"}`, i)); got.ErrCode != want {
				t.Errorf("group %d: %s, want %d", 100+i, got.Body, want)
			}
			if got := h.call("knowledge/add_intent", question(group, fmt.Sprint("n", i), "")); got.ErrCode != want {
				t.Errorf("question %d: %s, want %d", 200+i, got.Body, want)
			}
		}
		if got := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "knowledge/add_group", `{"name":"n"}`); got.ErrCode != 0 {
			t.Errorf("the twin's: %s", got.Body)
		}
	})
}

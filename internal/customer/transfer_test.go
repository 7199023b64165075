package customer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// due hands over the customers whose time has come.
func (h *house) due() {
	h.t.Helper()
	if err := h.Server.Customers.HandOverDue(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// codes are the answers for the customers of a transfer.
func codes(r qiweitest.Result) (out []int) {
	var got struct {
		Customer []struct{ ErrCode int }
	}
	r.Decode(&got)
	for _, c := range got.Customer {
		out = append(out, c.ErrCode)
	}
	return out
}

func quoted(list ...string) string {
	text, _ := json.Marshal(list)
	return string(text)
}

func transfer(from, to string, externals ...string) string {
	return fmt.Sprintf(`{"handover_userid":%q,"takeover_userid":%q,"external_userid":%s}`, from, to, quoted(externals...))
}

// TestTransfer: a customer is handed over after 24 hours, with the note and the tags (doc 92125, 94088).
func TestTransfer(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he, gu := h.add(`{"userid":"zhangsan","name":"Lin","state":"booth7"}`), h.add(`{"userid":"zhangsan","name":"He"}`), h.add(`{"userid":"zhangsan","name":"Gu"}`)
		h.add(fmt.Sprintf(`{"userid":"lisi","external_userid":%q}`, gu.External))
		twin := h.addIn(h.Second, `{"userid":"zhangsan","name":"Lin"}`)
		g := h.tagged("级别")
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,`, lin.External)
		h.must("remark", of+`"remark":"林","remark_mobiles":["138"]}`)
		h.must("mark_tag", of+`"add_tag":["`+g.Group.Tags[0].ID+`"]}`)
		now := h.Clock.Now()
		got := h.must("transfer_customer", strings.TrimSuffix(transfer("zhangsan", "lisi", lin.External, twin.External, he.External, gu.External), "}")+`,"transfer_success_msg":"您好"}`)
		if want := []int{0, 40096, 0, 0}; !slices.Equal(codes(got), want) {
			t.Errorf("%s, want %v", got.Body, want)
		}
		if got := codes(h.must("transfer_customer", transfer("zhangsan", "wangwu", lin.External))); !slices.Equal(got, []int{40129}) {
			t.Errorf("twice: %v", got)
		}
		result := func() string {
			got := h.must("transfer_result", `{"handover_userid":"zhangsan","takeover_userid":"lisi"}`).Body
			return strings.NewReplacer(lin.External, "LIN", he.External, "HE", gu.External, "GU").Replace(got)
		}
		one := func(name string, status int, at int64) string {
			return fmt.Sprintf(`{"external_userid":%q,"status":%d,"takeover_time":%d}`, name, status, at)
		}
		all := func(list ...string) string {
			return `{"errcode":0,"errmsg":"ok","customer":[` + strings.Join(list, ",") + `],"next_cursor":""}`
		}
		day := now.Add(24 * time.Hour).Unix()
		if got, want := result(), all(one("LIN", 2, day), one("HE", 2, day), one("GU", 2, day)); got != want {
			t.Errorf("waiting: %s, want %s", got, want)
		}
		h.Advance(24*time.Hour - time.Second)
		h.due()
		if got := followers(h.app, lin.External); !slices.Equal(got, []string{"zhangsan"}) {
			t.Errorf("a second before: %v", got)
		}
		h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"refuse"}`, he.External), nil)
		h.Advance(time.Second)
		h.due()
		if got, want := result(), all(one("LIN", 1, day), one("HE", 3, 0), one("GU", 1, day)); got != want {
			t.Errorf("done: %s, want %s", got, want)
		}
		for external, want := range map[string]string{lin.External: "lisi", he.External: "zhangsan", gu.External: "lisi"} {
			if got := followers(h.app, external); !slices.Equal(got, []string{want}) {
				t.Errorf("followed by %v, want %s", got, want)
			}
		}
		want := fmt.Sprintf(`"remark":"林","description":"","createtime":%d,"remark_mobiles":["138"],"add_way":202,"oper_userid":"lisi","state":"booth7","tags":[{"group_name":"级别","tag_name":"金"`, day)
		if got := h.must("get", `{"external_userid":"`+lin.External+`"}`); !strings.Contains(got.Body, want) {
			t.Errorf("%s, want %s", got.Body, want)
		}
		if got := h.messages(h.CorpID, lin.External); !strings.Contains(got, `"userid":"lisi","from":"transfer","text":{"content":"您好"}`) {
			t.Errorf("%s", got)
		}
		if got := followers(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), twin.External); !slices.Equal(got, []string{"zhangsan"}) {
			t.Errorf("the twin's: %v", got)
		}
		// Who has refused can be handed over again, and a customer at most twice in 90 days.
		if got := codes(h.must("transfer_customer", transfer("zhangsan", "lisi", he.External))); !slices.Equal(got, []int{0}) {
			t.Errorf("after a refusal: %v", got)
		}
		for i, want := range []int{0, 40128} {
			from, to := []string{"lisi", "wangwu"}[i], []string{"wangwu", "lisi"}[i]
			if got := codes(h.must("transfer_customer", transfer(from, to, lin.External))); !slices.Equal(got, []int{want}) {
				t.Errorf("transfer %d: %v, want %d", i+2, got, want)
			}
			h.Advance(24 * time.Hour)
			h.due()
		}
		h.Advance(90 * 24 * time.Hour)
		if got := codes(h.must("transfer_customer", transfer("wangwu", "lisi", lin.External))); !slices.Equal(got, []int{0}) {
			t.Errorf("90 days later: %v", got)
		}
	})
}

// TestTransferRefusals: who cannot hand over, or take.
func TestTransferRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"sleeper","name":"x","department":[4],"mobile":"13800000009"}`)
		h.refused("transfer_customer", []refusal{
			{"to the same", transfer("zhangsan", "ZhangSan", lin.External), 40130}, {"of nobody", transfer("nobody", "lisi", lin.External), 60111},
			{"to nobody", transfer("zhangsan", "nobody", lin.External), 60111}, {"to one who sleeps", transfer("zhangsan", "sleeper", lin.External), 40098},
			{"no customers", `{"handover_userid":"zhangsan","takeover_userid":"lisi"}`, 40058}, {"no member", transfer("", "lisi", lin.External), 41009},
		})
		h.refused("resigned/transfer_customer", []refusal{{"on the job", transfer("zhangsan", "lisi", lin.External), 40097}, {"of nobody", transfer("nobody", "lisi", lin.External), 60111}})
		h.refused("transfer_result", []refusal{{"of nobody", transfer("nobody", "lisi"), 60111}, {"a bad cursor", `{"handover_userid":"zhangsan","takeover_userid":"lisi","cursor":"x"}`, 50100}})
		h.refused("get_unassigned_list", []refusal{{"a bad cursor", `{"cursor":"x"}`, 50100}})
		if got := codes(h.must("transfer_customer", transfer("wangwu", "lisi", lin.External, "x"))); !slices.Equal(got, []int{40131, 40096}) {
			t.Errorf("not the giver's: %v", got)
		}
		small := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{3}}))}
		small.refused("transfer_customer", []refusal{{"to one out of range", transfer("zhangsan", "wangwu", lin.External), 60011}, {"from one out of range", transfer("zhangsan", "lisi", lin.External), 0}})
		small.refused("transfer_result", []refusal{{"to one out of range", transfer("zhangsan", "wangwu"), 60011}})
		h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"full"}`, lin.External), nil)
		if got := h.must("transfer_result", transfer("zhangsan", "lisi")); !strings.Contains(got.Body, `"status":4,"takeover_time":0`) {
			t.Errorf("too many: %s", got.Body)
		}
		for _, body := range []string{fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"refuse"}`, lin.External), fmt.Sprintf(`{"userid":"lisi","external_userid":%q}`, lin.External)} {
			if status, text := h.script(h.CorpID, "transfer", body); status == 200 {
				t.Errorf("%s: %s", body, text)
			}
		}
		h.done(h.Corp, "scope", `{"range":{"members":["zhangsan"]}}`, nil)
		h.refused("transfer_customer", []refusal{{"to one without customer contact", transfer("zhangsan", "lisi", lin.External), 84074}})
	})
}

// TestGoneMeanwhile: if the taker leaves, or the giver's customer goes, nothing is handed over.
func TestGoneMeanwhile(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add(`{"userid":"zhangsan","name":"Lin"}`), h.add(`{"userid":"zhangsan","name":"He"}`)
		h.must("transfer_customer", transfer("zhangsan", "wangwu", lin.External))
		h.must("transfer_customer", transfer("zhangsan", "lisi", he.External))
		h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		h.done(h.Corp, "remove", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"by":"member"}`, he.External), nil)
		h.Advance(24 * time.Hour)
		h.due()
		if got := followers(h.app, lin.External); !slices.Equal(got, []string{"zhangsan"}) {
			t.Errorf("the taker has left: %v", got)
		}
		if got := codes(h.must("transfer_customer", transfer("zhangsan", "lisi", lin.External, he.External))); !slices.Equal(got, []int{0, 40131}) {
			t.Errorf("again: %v", got)
		}
	})
}

// TestResigned: who leaves leaves the customers to be assigned (doc 92124, 94081, 94082).
func TestResigned(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var want []string
		left := func(user string) int64 {
			h.Advance(time.Hour)
			h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid="+user, "")
			return h.Clock.Now().Unix()
		}
		h.crowd(2)
		row := func(user, external string, at int64) string {
			return fmt.Sprintf(`{"handover_userid":%q,"external_userid":%q,"dimission_time":%d}`, user, external, at)
		}
		a, b, c := h.add(`{"userid":"m0","name":"a"}`), h.add(`{"userid":"m0","name":"b"}`), h.add(`{"userid":"m1","name":"c"}`)
		h.add(`{"userid":"lisi","name":"stays"}`)
		h.add(`{"userid":"m1","name":"half","half":true}`)
		h.addIn(h.Second, `{"userid":"wangwu","name":"the twin's"}`)
		first := left("m0")
		left("wangwu") // who has no customers
		second := left("m1")
		want = []string{row("m1", c.External, second), row("m0", a.External, first), row("m0", b.External, first)}
		for _, size := range []int{0, 1, 2, 3, 5000} {
			var got []string
			cursor, last := "", false
			for !last {
				var page struct {
					Info   []json.RawMessage
					IsLast bool   `json:"is_last"`
					Next   string `json:"next_cursor"`
				}
				h.must("get_unassigned_list", fmt.Sprintf(`{"cursor":%q,"page_size":%d}`, cursor, size)).Decode(&page)
				for _, one := range page.Info {
					got = append(got, string(one))
				}
				if cursor, last = page.Next, page.IsLast; last != (cursor == "") {
					t.Errorf("last %v, cursor %q", last, cursor)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d: %v, want %v", size, got, want)
			}
		}
		h.refused("transfer_customer", []refusal{{"of one who has left", transfer("m0", "lisi", a.External), 60111}})
		h.must("resigned/transfer_customer", transfer("m0", "lisi", a.External))
		if got := h.must("get_unassigned_list", `{}`); strings.Contains(got.Body, a.External) || !strings.Contains(got.Body, b.External) {
			t.Errorf("assigned: %s", got.Body)
		}
		h.Corp.Events()
		h.Advance(24 * time.Hour)
		h.due()
		if got := h.must("resigned/transfer_result", transfer("m0", "lisi")); !strings.Contains(got.Body, `"status":1`) || !strings.Contains(got.Body, a.External) {
			t.Errorf("%s", got.Body)
		}
		if got := h.must("transfer_result", transfer("m0", "lisi")); !strings.Contains(got.Body, `"customer":[]`) {
			t.Errorf("of those on the job: %s", got.Body)
		}
		if got := followers(h.app, a.External); !slices.Equal(got, []string{"lisi"}) {
			t.Errorf("followed by %v", got)
		}
		if events := h.Corp.Events(); !slices.Equal(events, []string{"change_external_contact/add_external_contact"}) {
			t.Errorf("events %v", events)
		}
		h.refused("get", []refusal{{"followed by one who has left", fmt.Sprintf(`{"external_userid":%q}`, b.External), 40096}})
	})
}

// TestLeavesMany: of a member who leaves with 5,000 customers none is lost, and each is listed once, waiting to be
// assigned.
func TestLeavesMany(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const many = 5000
		h.crowd(1)
		want := map[string]bool{}
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			clear(want)
			known, err := h.Server.Directory.MemberNumbers(tx, h.CorpID, []string{"m0"})
			if err != nil {
				return err
			}
			for range many {
				no, err := tx.Insert(`INSERT INTO customer (corpid, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile, created_at) VALUES (?, 1, '客户', '', 0, '', '', '', '', '{}', 0)`, h.CorpID)
				if err != nil {
					return err
				}
				if err := tx.Send(`INSERT INTO customer_follow (corpid, customer, kind, member, standing, created_at, remark, description, company, mobiles, picture, tags, add_way, oper, state, channel, source, chatted_at, handing)
					VALUES (?, ?, 1, ?, 1, 1, '', '', '', '[]', '', '[]', 1, 0, '', '', 0, 0, 0)`, h.CorpID, no, known["m0"]); err != nil {
					return err
				}
				want[string(h.Server.Customers.ExternalID(1, no))] = true
			}
			return nil
		})
		if got := h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=m0", ""); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		cursor, pages, seen := "", 0, 0
		for {
			var page struct {
				Info []struct {
					External string `json:"external_userid"`
					User     string `json:"handover_userid"`
				}
				Next string `json:"next_cursor"`
			}
			h.must("get_unassigned_list", fmt.Sprintf(`{"cursor":%q}`, cursor)).Decode(&page)
			pages++
			for _, one := range page.Info {
				if seen++; !want[one.External] || one.User != "m0" {
					t.Fatalf("%+v", one)
				}
				delete(want, one.External)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(want) != 0 || seen != many || pages != 5 {
			t.Errorf("%d of %d in %d pages, %d missing", seen, many, pages, len(want))
		}
	})
}

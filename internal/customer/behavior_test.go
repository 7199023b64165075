package customer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// TestBehavior counts what members did with customers, by the day in China (doc 92132).
func TestBehavior(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		day := time.Date(2031, 1, 6, 0, 0, 0, 0, time.FixedZone("", 8*3600)) // 09:00 UTC is 17:00 there
		lin, he := h.add(`{"userid":"zhangsan","name":"Lin"}`), h.add(`{"userid":"zhangsan","name":"He","by":"member"}`)
		gu := h.add(`{"userid":"lisi","name":"Gu"}`)
		h.addIn(h.Second, `{"userid":"zhangsan","name":"the twin's","by":"member"}`)
		write := func(a added, by string) {
			h.done(h.Corp, "send", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"by":%q,"text":"x"}`, a.UserID, a.External, by), nil)
		}
		write(lin, "customer")
		h.Advance(10 * time.Minute)
		write(lin, "member")
		write(lin, "member")
		write(he, "member") // began by the member
		write(he, "customer")
		write(gu, "customer")
		h.done(h.Corp, "remove", fmt.Sprintf(`{"userid":"lisi","external_userid":%q}`, gu.External), nil)
		h.Advance(7 * time.Hour) // the next day in China
		write(lin, "customer")
		h.Advance(3 * time.Minute)
		write(lin, "member")
		query := func(who string, from, to time.Time) string {
			return fmt.Sprintf(`{%s,"start_time":%d,"end_time":%d}`, who, from.Unix(), to.Unix())
		}
		one := func(n, chats, messages int, replies string, removals, applied, added int) string {
			return fmt.Sprintf(`{"stat_time":%d,"chat_cnt":%d,"message_cnt":%d,%s"negative_feedback_cnt":%d,"new_apply_cnt":%d,"new_contact_cnt":%d}`, day.AddDate(0, 0, n).Unix(), chats, messages, replies, removals, applied, added)
		}
		for _, tt := range []struct {
			what, who string
			want      []string
		}{
			{"one", `"userid":["ZhangSan"]`, []string{one(0, 2, 3, `"reply_percentage":100,"avg_reply_time":10,`, 0, 1, 2), one(1, 1, 1, `"reply_percentage":100,"avg_reply_time":3,`, 0, 0, 0)}},
			{"two", `"userid":["zhangsan","lisi","lisi"]`, []string{one(0, 2, 3, `"reply_percentage":50,"avg_reply_time":10,`, 1, 1, 3), one(1, 1, 1, `"reply_percentage":100,"avg_reply_time":3,`, 0, 0, 0)}},
			{"a department, with those below", `"partyid":[2],"userid":["zhangsan"]`, []string{one(0, 2, 3, `"reply_percentage":50,"avg_reply_time":10,`, 1, 1, 3), one(1, 1, 1, `"reply_percentage":100,"avg_reply_time":3,`, 0, 0, 0)}},
			{"one without customers", `"userid":["wangwu"]`, []string{one(0, 0, 0, "", 0, 0, 0), one(1, 0, 0, "", 0, 0, 0)}},
		} {
			got := h.must("get_user_behavior_data", query(tt.who, day.Add(21*time.Hour), day.AddDate(0, 0, 1)))
			if want := `{"errcode":0,"errmsg":"ok","behavior_data":[` + strings.Join(tt.want, ",") + `]}`; got.Body != want {
				t.Errorf("%s: %s\nwant %s", tt.what, got.Body, want)
			}
		}
		const zhang = `"userid":["zhangsan"]`
		h.refused("get_user_behavior_data", []refusal{
			{"nobody", query(`"userid":[]`, day, day), 40058}, {"an unknown member", query(`"userid":["nobody"]`, day, day), 60111}, {"an unknown department", query(`"partyid":[99]`, day, day), 60011},
			{"30 days", query(zhang, day.AddDate(0, 0, -30), day), 0}, {"31 days", query(zhang, day.AddDate(0, 0, -31), day), 600018}, {"backwards", query(zhang, day, day.Add(-time.Second)), 600018},
			{"180 days ago", query(zhang, day.AddDate(0, 0, -179), day.AddDate(0, 0, -179)), 0}, {"longer ago", query(zhang, day.AddDate(0, 0, -180), day.AddDate(0, 0, -180)), 600018},
			{"no time", `{"userid":["zhangsan"]}`, 600018},
		})
		small := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{3}}))}
		small.refused("get_user_behavior_data", []refusal{{"a member out of range", query(zhang, day, day), 60011}, {"a department out of range", query(`"partyid":[2]`, day, day), 60011}})
	})
}

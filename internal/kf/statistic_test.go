package kf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// TestStatistics counts what has happened, by the day in China (doc 95489, 95490). The World begins at 17:00
// there.
func TestStatistics(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		day := time.Date(2031, 1, 6, 0, 0, 0, 0, time.FixedZone("", 8*3600)).Unix()
		text := `,"msgtype":"text","text":{"content":"在"}`
		h.done(h.Corp, "kf/upgrade", `{"userid_list":["wangwu"]}`, nil)
		// Ma writes twice, is answered by the assistant, then by zhangsan after 20 seconds, and is handed to lisi.
		h.writes("一")
		h.answer("在")
		h.writes("二")
		h.move(2, "")
		h.serve("zhangsan", "take", "")
		h.Advance(time.Minute)
		h.writes("三")
		h.Advance(20 * time.Second)
		h.serve("zhangsan", "reply", text)
		h.serve("zhangsan", "reply", text)
		h.serve("zhangsan", "transfer", `,"to":"lisi"`)
		h.writes("四") // lisi does not answer
		h.serve("lisi", "invite", `,"to":"wangwu"`)
		h.done(h.Corp, "add", `{"userid":"wangwu","external_userid":"`+h.ma+`"}`, nil)
		h.serve("lisi", "reject", "")
		h.serve("lisi", "accept", "")
		h.serve("lisi", "end", "")
		h.writes("五") // a second session, which nobody has
		ma := h.ma
		h.ma, _ = h.enter(`{"open_kfid":"` + h.open + `","name":"Lin"}`)
		h.writes("一")
		h.answer("在") // and stays with the assistant
		h.enter(`{"open_kfid":"` + h.open + `","name":"He"}`)
		h.ma = ma
		h.Advance(7*time.Hour + time.Minute) // the next day
		h.writes("六")
		ask := func(call, more string) string {
			return h.must(call, fmt.Sprintf(`{"open_kfid":%q,"start_time":%d,"end_time":%d%s}`, h.open, day-86400+5, day+7, more)).Body
		}
		list := func(statistic string) string {
			return fmt.Sprintf(`"statistic_list":[{"stat_time":%d},{"stat_time":%d,"statistic":{%s}}]}`, day-86400, day, statistic)
		}
		const nothing = `"satisfaction_investgate_cnt":0,`
		for _, tt := range []struct{ what, call, more, want string }{
			{"of the account", "get_corp_statistic", "", `"session_cnt":2,"customer_cnt":2,"customer_msg_cnt":6,"upgrade_service_customer_cnt":1,"ai_session_reply_cnt":2,"ai_transfer_rate":0.5,"msg_rejected_customer_cnt":1`},
			{"of all servicers", "get_servicer_statistic", "", `"session_cnt":1,"customer_cnt":1,"customer_msg_cnt":2,"reply_rate":1,"first_reply_average_sec":10,` + nothing +
				`"upgrade_service_customer_cnt":1,"upgrade_service_member_invite_cnt":1,"upgrade_service_member_customer_cnt":1,"upgrade_service_groupchat_invite_cnt":0,"upgrade_service_groupchat_customer_cnt":0,"msg_rejected_customer_cnt":1`},
			{"of the first", "get_servicer_statistic", `,"servicer_userid":"ZhangSan"`, `"session_cnt":1,"customer_cnt":1,"customer_msg_cnt":1,"reply_rate":1,"first_reply_average_sec":20,` + nothing +
				`"upgrade_service_customer_cnt":0,"upgrade_service_member_invite_cnt":0,"upgrade_service_member_customer_cnt":0,"upgrade_service_groupchat_invite_cnt":0,"upgrade_service_groupchat_customer_cnt":0,"msg_rejected_customer_cnt":0`},
		} {
			if got := ask(tt.call, tt.more); !strings.HasSuffix(got, list(tt.want)) {
				t.Errorf("%s: %s, want %s", tt.what, got, list(tt.want))
			}
		}
		if got := ask("get_servicer_statistic", `,"servicer_userid":"wangwu"`); !strings.Contains(got, fmt.Sprintf(`{"stat_time":%d}]`, day)) {
			t.Errorf("of one who has done nothing: %s", got)
		}
		twin := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		open, _ := h.account(h.Second, `"userid_list":["lisi"]`, twin)
		if got := as(twin, "get_corp_statistic", fmt.Sprintf(`{"open_kfid":%q,"start_time":%d,"end_time":%d}`, open, day, day)); !strings.HasSuffix(got.Body, fmt.Sprintf(`[{"stat_time":%d}]}`, day)) {
			t.Errorf("the twin's: %s", got.Body)
		}
		for _, tt := range []struct {
			what     string
			from, to int64
			code     int
		}{
			{"31 days", day - 30*86400, day, 0}, {"32 days", day - 31*86400, day, 600018}, {"180 days ago", day - 179*86400, day - 179*86400, 0},
			{"181 days ago", day - 180*86400, day - 180*86400, 600018}, {"today", day + 86400, day + 86400, 600018}, {"backwards", day, day - 86400, 600018}, {"nothing", 0, 0, 600018},
		} {
			for _, call := range []string{"get_corp_statistic", "get_servicer_statistic"} {
				if got := h.call(call, fmt.Sprintf(`{"open_kfid":%q,"start_time":%d,"end_time":%d}`, h.open, tt.from, tt.to)); got.ErrCode != tt.code {
					t.Errorf("%s, %s: %s, want %d", tt.what, call, got.Body, tt.code)
				}
			}
		}
	})
}

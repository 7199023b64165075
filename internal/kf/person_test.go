package kf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// TestBatchget: who has entered or written in the last 48 hours (doc 95159).
func TestBatchget(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var url struct{ URL string }
		h.must("add_contact_way", `{"open_kfid":"`+h.open+`","scene":"web"}`).Decode(&url)
		lin, _ := h.enter(`{"url":"` + url.URL + `","name":"Lin","scene_param":"a=1","wechat_channels":{"nickname":"频道","scene":2}}`)
		other, _ := h.account(h.Corp, `"userid_list":["lisi"]`)
		twin, _ := h.enterIn(h.Second, `{"open_kfid":"`+first(h.account(h.Second, `"userid_list":["lisi"]`))+`","name":"x","unionid":"oMa"}`)
		ask := func(more string, externals ...string) string {
			return h.must("customer/batchget", fmt.Sprintf(`{"external_userid_list":["%s"]%s}`, strings.Join(externals, `","`), more)).Body
		}
		ma := fmt.Sprintf(`{"external_userid":%q,"nickname":"Ma","avatar":"https://x.example/ma","gender":2,"unionid":"oMa"`, h.ma)
		plain := fmt.Sprintf(`{"external_userid":%q,"nickname":"Lin","avatar":"","gender":0`, lin)
		for _, tt := range []struct {
			what, more string
			externals  []string
			want       string
		}{
			{"two, and three who are none", "", []string{h.ma, lin, "zhangsan", "wmAAAA", twin}, `"customer_list":[` + ma + `},` + plain + `}],"invalid_external_userid":["zhangsan","wmAAAA","` + twin + `"]`},
			{"how they entered", `,"need_enter_session_context":1`, []string{h.ma, lin}, `"customer_list":[` + ma + `,"enter_session_context":{"scene":"","scene_param":""}},` +
				plain + `,"enter_session_context":{"scene":"web","scene_param":"a=1","wechat_channels":{"nickname":"频道","scene":2}}}],"invalid_external_userid":[]`},
		} {
			if got := ask(tt.more, tt.externals...); !strings.Contains(got, tt.want) {
				t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
			}
		}
		h.Advance(48 * time.Hour)
		h.done(h.Corp, "kf/send", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"msgtype":"text","text":{"content":"x"}}`, other, lin), nil)
		if got := ask("", h.ma, lin); !strings.Contains(got, `"invalid_external_userid":[]`) {
			t.Errorf("48 hours later: %s", got)
		}
		h.Advance(time.Millisecond)
		if got := ask(`,"need_enter_session_context":1`, h.ma, lin); !strings.Contains(got, `[`+plain+`}],"invalid_external_userid":["`+h.ma+`"]`) {
			t.Errorf("a moment later: %s", got)
		}
		for what, body := range map[string]string{"nobody": `{}`, "a context that is none": `{"external_userid_list":["x"],"need_enter_session_context":2}`} {
			if got := h.call("customer/batchget", body); got.ErrCode != 40058 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
	})
}

// TestTheSamePerson: whoever asks customer service and whoever a member follows are one customer, by the
// unionid (doc 92114).
func TestTheSamePerson(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var added struct {
			External string `json:"external_userid"`
		}
		h.done(h.Corp, "add", `{"userid":"zhangsan","name":"Ma","unionid":"oMa"}`, &added)
		if added.External != h.ma {
			t.Errorf("a member's customer is %s, the service's %s", added.External, h.ma)
		}
		contact := h.As(access.CustomerContact)
		lin, _ := h.enter(`{"open_kfid":"` + h.open + `","name":"Lin"}`)
		if got := contact.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+lin, ""); got.ErrCode != 84061 {
			t.Errorf("whom nobody follows: %s", got.Body)
		}
		again, _ := h.enter(`{"open_kfid":"` + h.open + `","unionid":"oMa"}`)
		if again != h.ma {
			t.Errorf("by the unionid alone: %s", again)
		}
		for what, body := range map[string]string{"nobody's id": `"external_userid":"wmAAAA"`, "the twin's": `"external_userid":"` + first(h.enterIn(h.Second, `{"open_kfid":"`+first(h.account(h.Second, `"userid_list":["lisi"]`))+`","name":"x"}`)) + `"`} {
			if status, text := h.script(h.Corp, "enter_kf", `{"open_kfid":"`+h.open+`",`+body+`}`); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
	})
}

// TestUpgrade: an application recommends a specialist, whom the servicer then invites (doc 94674).
func TestUpgrade(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		upgrade := func(member string) int {
			return h.call("customer/upgrade_service", h.at(`"type":1,"member":{"userid":"`+member+`","wording":" 您好 "}`)).ErrCode
		}
		config := func(want string) {
			t.Helper()
			if got := h.must("customer/get_upgrade_service_config", ``); !strings.Contains(got.Body, want) {
				t.Errorf("%s, want %s", got.Body, want)
			}
		}
		config(`"member_range":{"userid_list":[],"department_id_list":[]},"groupchat_range":{"chat_id_list":[]}`)
		if got := upgrade("wangwu"); got != 95021 {
			t.Errorf("before anybody is offered: %d", got)
		}
		h.done(h.Corp, "kf/upgrade", `{"userid_list":["wangwu"],"department_id_list":[3]}`, nil)
		config(`"member_range":{"userid_list":["wangwu"],"department_id_list":[3]}`)
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		if got := as(small, "customer/get_upgrade_service_config", ""); !strings.Contains(got.Body, `"userid_list":[],"department_id_list":[3]`) {
			t.Errorf("what another sees: %s", got.Body)
		}
		h.done(h.Corp, "scope", `{"range":{"departments":[4]}}`, nil)
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"one who is offered", h.at(`"type":1,"member":{"userid":"WangWu","wording":" 您好 "}`), 0},
			{"one of a department, without customer contact", h.at(`"type":1,"member":{"userid":"lisi"}`), 84074},
			{"one who is not offered", h.at(`"type":1,"member":{"userid":"zhangsan"}`), 95021},
			{"nobody", h.at(`"type":1,"member":{"userid":"nobody"}`), 60111},
			{"a group that there is none", h.at(`"type":2,"groupchat":{"chat_id":"wrAAAA"}`), 40050},
			{"no type", h.at(`"member":{"userid":"wangwu"}`), 40058},
			{"the other's object", h.at(`"type":2,"member":{"userid":"wangwu"}`), 40058},
			{"no customer", `{"open_kfid":"` + h.open + `","type":1,"member":{"userid":"wangwu"}}`, 41035},
		} {
			if got := h.call("customer/upgrade_service", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		h.writes("x")
		h.move(3, "zhangsan")
		h.must("customer/upgrade_service", h.at(`"type":1,"member":{"userid":"wangwu","wording":" 您好 "}`))
		if status, text := h.shown(); status != 200 || !strings.Contains(text, `"upgrade":{"userid":"wangwu","wording":"您好"}`) {
			t.Errorf("the servicer is shown %s", text)
		}
		if status, _ := h.script(h.Corp, "kf/serve", h.at(`"userid":"lisi","action":"invite"`)); status == 200 {
			t.Error("another invites")
		}
		h.serve("zhangsan", "invite", "")
		h.must("customer/cancel_upgrade_service", h.at(`"x":1`))
		h.must("customer/cancel_upgrade_service", h.at(`"x":1`))
		if _, text := h.shown(); strings.Contains(text, `"upgrade"`) || !strings.Contains(text, `"business_card":{"userid":"wangwu"}`) {
			t.Errorf("then %s", text)
		}
		if status, _ := h.script(h.Corp, "kf/serve", h.at(`"userid":"zhangsan","action":"invite"`)); status == 200 {
			t.Error("invites nobody")
		}
		stranger, _ := h.enterIn(h.Second, `{"open_kfid":"`+first(h.account(h.Second, `"userid_list":["lisi"]`))+`","name":"x"}`)
		if got := h.call("customer/cancel_upgrade_service", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q}`, h.open, stranger)); got.ErrCode != 40096 {
			t.Errorf("the twin's customer: %s", got.Body)
		}
	})
}

package customer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestFormerPaths: what WeCom has renamed is answered by its former path as by the new one, and to the same (doc
// 92109).
func TestFormerPaths(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin","state":"booth7"}`).External
		w := h.way(`{"type":1,"scene":2,"user":["lisi"],"remark":"官网"}`)
		stranger := h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		span := fmt.Sprintf(`{"userid":["zhangsan"],"start_time":%d,"end_time":%d}`, h.Clock.Now().Unix(), h.Clock.Now().Unix())
		for _, tt := range []struct{ method, former, now, ask, body, want string }{
			{"GET", "get_external_contact_list", "list", "?userid=zhangsan", "", lin},
			{"GET", "get_external_contact", "get", "?external_userid=" + lin, "", `"state":"booth7"`},
			{"POST", "get_contact_way", "get_contact_way", "", `{"config_id":"` + w.ConfigID + `"}`, "官网"},
			{"POST", "update_contact_way", "update_contact_way", "", `{"config_id":"` + w.ConfigID + `","remark":"门店"}`, `"ok"`},
			{"POST", "get_contact_way", "get_contact_way", "", `{"config_id":"` + w.ConfigID + `"}`, "门店"},
			{"POST", "get_user_behavior_data", "get_user_behavior_data", "", span, `"new_contact_cnt":1`},
			{"POST", "get_unassigned_list", "get_unassigned_list", "", `{}`, `"is_last":true`},
		} {
			got := h.app.Call(tt.method, "/cgi-bin/crm/"+tt.former+tt.ask, tt.body)
			if now := h.app.Call(tt.method, "/cgi-bin/externalcontact/"+tt.now+tt.ask, tt.body); got.ErrCode != 0 || got.Body != now.Body || !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s: %s, by the new path %s, want %s", tt.former, got.Body, now.Body, tt.want)
			}
			if got := stranger.Call(tt.method, "/cgi-bin/crm/"+tt.former+tt.ask, tt.body); got.ErrCode != 48002 {
				t.Errorf("%s by one that may not call: %s", tt.former, got.Body)
			}
		}
		var made struct {
			ID string `json:"config_id"`
		}
		h.app.Call("POST", "/cgi-bin/crm/add_contact_way", `{"type":1,"scene":2,"user":["lisi"]}`).Decode(&made)
		if made.ID == "" || h.app.Call("POST", "/cgi-bin/crm/del_contact_way", `{"config_id":"`+made.ID+`"}`).ErrCode != 0 || h.call("get_contact_way", `{"config_id":"`+made.ID+`"}`).ErrCode == 0 {
			t.Errorf("a contact way by the former paths: %+v", made)
		}
		var users, now struct {
			Contacts []string `json:"customer_contacts"`
			Users    []string `json:"follow_user"`
		}
		h.app.Call("GET", "/cgi-bin/crm/get_customer_contacts", "").Decode(&users)
		h.app.Call("GET", "/cgi-bin/externalcontact/get_follow_user_list", "").Decode(&now)
		if len(users.Contacts) != 3 || fmt.Sprint(users.Contacts) != fmt.Sprint(now.Users) || fmt.Sprint(users.Users) != fmt.Sprint(now.Users) || now.Contacts != nil {
			t.Errorf("members %+v, by the new path %+v", users, now)
		}
	})
}

// TestFormerTransfer: the call of one customer hands over as the two of today do, and answers itself what is wrong.
func TestFormerTransfer(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add(`{"userid":"zhangsan","name":"Lin"}`).External, h.add(`{"userid":"zhangsan","name":"He"}`).External
		left := h.add(`{"userid":"wangwu","name":"Gu"}`).External
		twin := h.addIn(h.Second, `{"userid":"zhangsan","name":"Lin"}`).External
		body := func(external, from, to string) string {
			return fmt.Sprintf(`{"external_userid":%q,"handover_userid":%q,"takeover_userid":%q}`, external, from, to)
		}
		result := func(external, from, to string) string {
			return strings.TrimPrefix(h.must("get_transfer_result", body(external, from, to)).Body, `{"errcode":0,"errmsg":"ok",`)
		}
		if got := result(lin, "zhangsan", "lisi"); got != `"status":5,"takeover_time":0}` {
			t.Errorf("of what never was: %s", got)
		}
		for name, external := range map[string]string{"externalcontact/transfer": lin, "crm/transfer_external_contact": he} {
			if got := h.app.Call("POST", "/cgi-bin/"+name, body(external, "zhangsan", "lisi")); got.ErrCode != 0 {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
		day := h.Clock.Now().Add(24 * time.Hour).Unix()
		if got, want := result(lin, "zhangsan", "lisi"), fmt.Sprintf(`"status":2,"takeover_time":%d}`, day); got != want {
			t.Errorf("waiting: %s, want %s", got, want)
		}
		h.refused("transfer", []refusal{
			{"again", body(lin, "zhangsan", "wangwu"), 40129}, {"the twin's", body(twin, "zhangsan", "lisi"), 40096}, {"nobody's", body("", "zhangsan", "lisi"), 41035},
			{"to oneself", body(lin, "zhangsan", "zhangsan"), 40130}, {"of another", body(lin, "lisi", "wangwu"), 40131}, {"without a giver", body(lin, "", "lisi"), 41009},
			{"of one who never was", body(lin, "nobody", "lisi"), 60111}, {"to one who never was", body(lin, "zhangsan", "nobody"), 60111},
			{"a long message", strings.TrimSuffix(body(lin, "zhangsan", "lisi"), "}") + `,"transfer_success_msg":"` + strings.Repeat("好", 201) + `"}`, 40058},
		})
		h.refused("get_transfer_result", []refusal{{"the twin's", body(twin, "zhangsan", "lisi"), 40096}, {"of nobody", body(lin, "nobody", "lisi"), 60111}, {"to nobody", body(lin, "zhangsan", "nobody"), 60111}})
		h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"refuse"}`, he), nil)
		h.Advance(24 * time.Hour)
		h.due()
		if got, want := result(lin, "zhangsan", "lisi")+result(he, "zhangsan", "lisi"), fmt.Sprintf(`"status":1,"takeover_time":%d}"status":3,"takeover_time":0}`, day); got != want {
			t.Errorf("done: %s, want %s", got, want)
		}
		// Of one who has left. A provider's application needs the permission for those.
		jobs, resigned := h.provided("externalcontact:base:base", "externalcontact:contact:transfer"), h.provided("externalcontact:base:base", "externalcontact:contact:resigned")
		var users struct {
			Follow []string `json:"follow_user"`
		}
		as(jobs, "get_follow_user_list", "").Decode(&users)
		known := map[string]string{}
		for _, name := range []string{"lisi", "wangwu"} {
			for _, u := range users.Follow {
				if got := as(jobs, "list", `{"userid":"`+u+`"}`); got.ErrCode == 0 && (name == "lisi") == strings.Contains(as(jobs, "get", `{"external_userid":"`+first(got)+`"}`).Body, `"name":"Lin"`) {
					known[name], known["of "+name] = u, first(got)
				}
			}
		}
		if got := h.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", ""); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		ofLeft, ofJob := body(known["of wangwu"], known["wangwu"], known["lisi"]), body(known["of lisi"], known["lisi"], users.Follow[0])
		for _, tt := range []struct {
			what      string
			got, want int
		}{
			{"one for those on the job, of one who has left", as(jobs, "transfer", ofLeft).ErrCode, 48002}, {"one for those who have left, of one on the job", as(resigned, "transfer", ofJob).ErrCode, 48002},
			{"one for those on the job", as(jobs, "transfer", ofJob).ErrCode, 0}, {"one for those who have left", as(resigned, "transfer", ofLeft).ErrCode, 0},
		} {
			if tt.got != tt.want {
				t.Errorf("%s: %d, want %d", tt.what, tt.got, tt.want)
			}
		}
		h.Advance(24 * time.Hour)
		h.due()
		if got := result(left, "wangwu", "lisi"); !strings.HasPrefix(got, `"status":1,`) {
			t.Errorf("of one who has left: %s", got)
		}
	})
}

// first is the first customer of a list.
func first(r qiweitest.Result) string {
	var got struct {
		External []string `json:"external_userid"`
	}
	if r.Decode(&got); len(got.External) == 0 {
		return ""
	}
	return got.External[0]
}

package conversion_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// many writes a list of n elements.
func many(n int) string { return `[` + strings.TrimSuffix(strings.Repeat(`"x",`, n), ",") + `]` }

// TestGroupMembers: who is in a group is converted whether anybody follows them or not, as long as the owner is in
// range (doc 97063, 95900).
func TestGroupMembers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		group := func(owner string) string {
			return field(t, h.script("wechat/group/create", fmt.Sprintf(`{"corpid":%q,"owner":%q}`, h.CorpID, owner)), "chat_id")
		}
		join := func(chat, name string) string {
			h.script("wechat/join", fmt.Sprintf(`{"corpid":%q,"chat_id":%q,"name":%q,"unionid":"union%s"}`, h.CorpID, chat, name, name))
			return field(t, h.script("wechat/join", fmt.Sprintf(`{"corpid":%q,"chat_id":%q,"unionid":"union%s"}`, h.CorpID, group("lisi"), name)), "external_userids")
		}
		chat, hidden := group("zhangsan"), group("wangwu")
		old := h.install(access.Custom, true, access.Range{Departments: []int64{2}}, base)
		pending := field(t, old.call("idconvert/unionid_to_external_userid", `{"unionid":"unionLin","openid":"o"}`).Body, "pending_id")
		lin, he := strings.Trim(join(chat, "Lin"), "[]"), h.add("zhangsan", "He", "")
		of := func(chat string, externals ...string) string {
			return fmt.Sprintf(`{"chat_id":%q,"external_userid_list":["%s"]}`, chat, strings.Join(externals, `","`))
		}
		const path = "externalcontact/groupchat/get_new_external_userid"
		if got := old.call("externalcontact/get_new_external_userid", `{"external_userid_list":["`+lin+`"]}`); got.ErrCode != 40096 {
			t.Errorf("whom nobody follows, without the group: %s", got.Body)
		}
		got := old.call(path, of(chat, lin, he, "wmx"))
		if strings.Count(got.Body, `"new_external_userid"`) != 1 || !strings.Contains(got.Body, `"external_userid":"`+lin+`"`) || strings.Contains(got.Body, `"new_external_userid":"`+lin+`"`) {
			t.Errorf("with it: %s", got.Body)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"a group out of range", of(hidden, lin), 60011}, {"no group", of("", lin), 40050}, {"nobody in it", of(chat, he), 40096}, {"nobody", of(chat), 40096},
			{"an empty list", `{"chat_id":"` + chat + `"}`, 40063},
			{"1000", `{"chat_id":"` + chat + `","external_userid_list":` + many(1000) + `}`, 40096}, {"1001", `{"chat_id":"` + chat + `","external_userid_list":` + many(1001) + `}`, 40058},
		} {
			if got := old.call(path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		if got := h.app.Call("POST", "/cgi-bin/"+path, of(chat, lin)); got.ErrCode != 48002 {
			t.Errorf("the enterprise's own application: %s", got.Body)
		}
		ask := func(chat string) string {
			return old.call("idconvert/batch/external_userid_to_pending_id", fmt.Sprintf(`{"chat_id":%q,"external_userid":[%q,%q]}`, chat, lin, he)).Body
		}
		if got, want := ask(chat), fmt.Sprintf(`"result":[{"external_userid":%q,"pending_id":%q}]`, lin, pending); !strings.Contains(got, want) {
			t.Errorf("its pending id: %s, want %s", got, want)
		}
		for chat, code := range map[string]string{hidden: `"errcode":60011`, "": `"result":[]`} {
			if got := ask(chat); !strings.Contains(got, code) {
				t.Errorf("in %q: %s, want %s", chat, got, code)
			}
		}
	})
}

// TestServiceAccounts: an account of customer service is converted for a provider's application with the permission
// (doc 97064).
func TestServiceAccounts(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		account := func(c *qiweitest.Corp) string {
			return field(t, h.script("wechat/kf/account", fmt.Sprintf(`{"corpid":%q,"name":"客服"}`, c.CorpID)), "open_kfid")
		}
		own, twins := account(h.Corp), account(h.Second)
		const path = "idconvert/open_kfid"
		old := h.install(access.Custom, true, access.Everything(), "customerservice:chat:manage")
		third := h.install(access.ThirdParty, false, access.Everything(), "customerservice:chat:manage").client()
		var got qiweitest.JSON
		old.call(path, fmt.Sprintf(`{"open_kfid_list":[%q,%q,"wkx"]}`, own, twins)).Decode(&got)
		theirs := got.Text("items.0.new_open_kfid")
		if theirs == own || !strings.HasPrefix(theirs, "wk") || len(got.List("items")) != 1 || got.Text("invalid_open_kfid_list") != "["+twins+" wkx]" {
			t.Fatalf("%v", got)
		}
		want := fmt.Sprintf(`"items":[{"open_kfid":%q,"new_open_kfid":%[1]q}],"invalid_open_kfid_list":[%q]`, theirs, own)
		if got := third.Call("POST", "/cgi-bin/"+path, fmt.Sprintf(`{"open_kfid_list":[%q,%q]}`, theirs, own)); !strings.Contains(got.Body, want) {
			t.Errorf("by an application that is shown the provider's: %s, want %s", got.Body, want)
		}
		for what, tt := range map[string]struct {
			body string
			code int
		}{"none": {`{}`, 40063}, "1000": {`{"open_kfid_list":` + many(1000) + `}`, 0}, "1001": {`{"open_kfid_list":` + many(1001) + `}`, 40058}} {
			if got := old.call(path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, got.Body, tt.code)
			}
		}
		if got := h.install(access.Custom, true, access.Everything(), base).call(path, `{"open_kfid_list":["x"]}`); got.ErrCode != 48002 {
			t.Errorf("without the permission: %s", got.Body)
		}
	})
}

// TestTemporary: there is nothing yet that gives a temporary id, so that none can be converted (doc 98729).
func TestTemporary(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const path = "/cgi-bin/idconvert/convert_tmp_external_userid"
		if got := h.app.Call("POST", path, `{"business_type":1,"user_type":1,"tmp_external_userid_list":["ou1","ou2"]}`); !strings.Contains(got.Body, `"results":[],"invalid_tmp_external_userid_list":["ou1","ou2"]`) {
			t.Errorf("%s", got.Body)
		}
		ask := func(business, user int, list string) string {
			return fmt.Sprintf(`{"business_type":%d,"user_type":%d,"tmp_external_userid_list":%s}`, business, user, list)
		}
		for what, tt := range map[string]struct {
			body string
			code int
		}{
			"no business": {ask(0, 1, many(1)), 40058}, "a fourth": {ask(4, 1, many(1)), 40058}, "the third": {ask(3, 4, many(1)), 0}, "no user": {ask(1, 0, many(1)), 40058}, "a fifth": {ask(1, 5, many(1)), 40058},
			"nobody": {ask(1, 1, `[]`), 40063}, "100": {ask(1, 1, many(100)), 0}, "101": {ask(1, 1, many(101)), 40058},
		} {
			if got := h.app.Call("POST", path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, got.Body, tt.code)
			}
		}
		poor := h.install(access.Custom, true, access.Everything(), "customerservice:chat:manage")
		for user, code := range map[int]int{1: 48002, 2: 0} {
			if got := poor.call("idconvert/convert_tmp_external_userid", ask(1, user, many(1))); got.ErrCode != code {
				t.Errorf("user_type %d without the permission for customers: %s, want %d", user, got.Body, code)
			}
		}
	})
}

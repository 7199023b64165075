package customer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// house is a World with an application that may call customer contact and sees everybody.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))})
	}, func(c *platform.Config) { c.Dev = true })
}

// listed are the settings of an application that may call customer contact.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerContact}}
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(corpID, name, body string) (int, string) {
	h.t.Helper()
	body = strings.Replace(body, "{", `{"corpid":"`+corpID+`",`, 1)
	body = strings.Replace(body, ",}", "}", 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/wechat/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

type added struct {
	External string `json:"external_userid"`
	UserID   string `json:"userid"`
	Code     string `json:"welcome_code"`
}

// add has a customer come in the first enterprise.
func (h *house) add(body string) added {
	h.t.Helper()
	return h.addIn(h.Corp, body)
}

func (h *house) addIn(c *qiweitest.Corp, body string) (a added) {
	h.t.Helper()
	h.done(c, "add", body, &a)
	return a
}

// done runs a script that must succeed.
func (h *house) done(c *qiweitest.Corp, name, body string, into any) {
	h.t.Helper()
	status, text := h.script(c.CorpID, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatalf("%s: %v in %s", name, err, text)
		}
	}
}

// call makes a call of customer contact as the house's application.
func (h *house) call(name, body string) qiweitest.Result {
	h.t.Helper()
	return as(h.app, name, body)
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := h.call(name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// refused makes calls that must fail with a code.
func (h *house) refused(name string, calls []refusal) {
	h.t.Helper()
	for _, c := range calls {
		if got := h.call(name, c.body); got.ErrCode != c.code {
			h.t.Errorf("%s, %s %s: %s, want %d", c.what, name, c.body, got.Body, c.code)
		}
	}
}

type refusal struct {
	what, body string
	code       int
}

// TestWhoMayCall: the system application, self-built ones that are listed, and providers' that have the
// permission. The others are refused, whatever they ask for (doc 92109).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) app.Settings { return app.Settings{Range: access.Everything(), Grants: list} }
		refusedAll := map[string]int{"list": 48002, "get_corp_tag_list": 48002, "add_corp_tag": 48002, "add_contact_way": 48002, "send_welcome_msg": 48002}
		may := func(names ...string) map[string]int {
			out := map[string]int{"list": 48002, "get_corp_tag_list": 48002, "add_corp_tag": 48002, "add_contact_way": 48002, "send_welcome_msg": 48002}
			all := map[string]int{"list": 84061, "get_corp_tag_list": 0, "add_corp_tag": 40058, "add_contact_way": 41037, "send_welcome_msg": 41049}
			for _, n := range names {
				out[n] = all[n]
			}
			return out
		}
		everything := may("list", "get_corp_tag_list", "add_corp_tag", "add_contact_way", "send_welcome_msg")
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			want   map[string]int
		}{
			{"a listed application", h.app, everything},
			{"one that is not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), refusedAll},
			{"one listed for something else", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.Dial}}), refusedAll},
			{"the system application", h.As(access.CustomerContact), everything},
			{"contact sync", h.As(access.ContactSync), refusedAll},
			{"another system application", h.As(access.Dial), refusedAll},
			{"a provider's without permissions", h.WithApp(access.Custom, grants("contact:base:base")), refusedAll},
			{"a provider's with the basic one", h.WithApp(access.Custom, grants("externalcontact:base:base")), may("list", "get_corp_tag_list")},
			{"a provider's for tags", h.WithApp(access.ThirdParty, grants("externalcontact:contact:tag")), may("get_corp_tag_list", "add_corp_tag")},
			{"a provider's for contact ways", h.WithApp(access.ThirdParty, grants("externalcontact:contact:qrcode")), may("add_contact_way")},
			{"a provider's for welcomes", h.WithApp(access.Custom, grants("externalcontact:contact:welcome_msg")), may("send_welcome_msg")},
		} {
			for name, want := range tt.want {
				if got := as(tt.client, name, `{"userid":"zhangsan"}`); got.ErrCode != want {
					t.Errorf("%s, %s: %s, want %d", tt.what, name, got.Body, want)
				}
			}
		}
	})
}

// TestScope: people whom a member without customer contact knows are no customers (doc 92109).
func TestScope(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"wangwu","external_userid":"` + lin.External + `"}`)
		he := h.add(`{"userid":"wangwu","name":"He"}`)
		for _, tt := range []struct{ scope, users, followers string }{
			{`null`, `["zhangsan","lisi","wangwu"]`, `zhangsan wangwu`},
			{`{"departments":[2]}`, `["zhangsan","lisi"]`, `zhangsan`},
			{`{"members":["WangWu"]}`, `["wangwu"]`, `wangwu`},
			{`{"departments":[1]}`, `["zhangsan","lisi","wangwu"]`, `zhangsan wangwu`},
			{`{}`, `[]`, ``},
		} {
			h.done(h.Corp, "scope", `{"range":`+tt.scope+`}`, nil)
			if got := h.must("get_follow_user_list", ``); got.Body != `{"errcode":0,"errmsg":"ok","follow_user":`+tt.users+`}` {
				t.Errorf("scope %s: %s, want %s", tt.scope, got.Body, tt.users)
			}
			if got := strings.Join(followers(h.app, lin.External), " "); got != tt.followers {
				t.Errorf("scope %s: followers %s, want %s", tt.scope, got, tt.followers)
			}
		}
		h.refused("list", []refusal{{"nobody has it", `{"userid":"wangwu"}`, 84061}})
		h.refused("mark_tag", []refusal{{"nobody has it", `{"userid":"wangwu","external_userid":"` + he.External + `","add_tag":["et1"]}`, 84061}})
		if got := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "get_follow_user_list", ""); !strings.Contains(got.Body, `["zhangsan","lisi","wangwu"]`) {
			t.Errorf("the twin's: %s", got.Body)
		}
	})
}

func followers(c *qiweitest.Client, external string) (out []string) {
	var got struct {
		Follow []struct{ UserID string } `json:"follow_user"`
	}
	c.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+external, "").Decode(&got)
	for _, f := range got.Follow {
		out = append(out, f.UserID)
	}
	return out
}

// TestVisibleRange: an application sees the customers of those members alone whom it sees.
func TestVisibleRange(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"wangwu","external_userid":"` + lin.External + `"}`)
		he := h.add(`{"userid":"wangwu","name":"He"}`)
		twin := h.addIn(h.Second, `{"userid":"zhangsan","name":"Lin"}`)
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		if got := strings.Join(followers(small, lin.External), " "); got != "zhangsan" {
			t.Errorf("followers %q", got)
		}
		if got := as(small, "get_follow_user_list", ""); got.Body != `{"errcode":0,"errmsg":"ok","follow_user":["zhangsan","lisi"]}` {
			t.Errorf("%s", got.Body)
		}
		h.app = small
		h.refused("get", []refusal{
			{"followed by nobody in range", fmt.Sprintf(`{"external_userid":%q}`, he.External), 40096},
			{"the twin's", fmt.Sprintf(`{"external_userid":%q}`, twin.External), 40096},
			{"no id", `{"external_userid":"wmAAAA1"}`, 40096},
			{"a short one", `{"external_userid":"w"}`, 40096},
			{"of the other kind", fmt.Sprintf(`{"external_userid":"wo%s"}`, lin.External[2:]), 40096},
			{"none", `{}`, 41035},
			{"a cursor of nobody", fmt.Sprintf(`{"external_userid":%q,"cursor":"x"}`, lin.External), 50100},
		})
		h.refused("list", []refusal{
			{"out of range", `{"userid":"wangwu"}`, 60011}, {"unknown", `{"userid":"nobody"}`, 60111}, {"without customers", `{"userid":"lisi"}`, 84061}, {"spelled otherwise", `{"userid":"ZhangSan"}`, 0},
		})
		h.refused("remark", []refusal{
			{"out of range", fmt.Sprintf(`{"userid":"wangwu","external_userid":%q,"remark":"x"}`, he.External), 60011},
			{"the twin's", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"remark":"x"}`, twin.External), 40096},
			{"not this member's", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"remark":"x"}`, lin.External), 84061},
		})
		h.refused("batch/get_by_user", []refusal{{"one is out of range", `{"userid_list":["zhangsan","wangwu"]}`, 60011}})
		if got := small.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+he.External, ""); !strings.Contains(got.Body, `"follow_user":[]`) {
			t.Errorf("a refusal without the list: %s", got.Body)
		}
	})
}

// TestCheck: whoever has customer contact, and is seen, is entitled to it (doc 96312).
func TestCheck(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const all = `{"userid":["ZhangSan","wangwu","nobody"],"partyid":[1,3,4,99]}`
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		for _, tt := range []struct {
			scope  string
			client *qiweitest.Client
			want   string
		}{
			{`null`, h.app, `"authorized":{"userid":["ZhangSan","wangwu"],"partyid":[1,3,4]},"unauthorized":{"userid":["nobody"],"partyid":[99]}`},
			{`null`, small, `"authorized":{"userid":["ZhangSan"],"partyid":[3]},"unauthorized":{"userid":["wangwu","nobody"],"partyid":[1,4,99]}`},
			{`{"departments":[2]}`, h.app, `"authorized":{"userid":["ZhangSan"],"partyid":[3]},"unauthorized":{"userid":["wangwu","nobody"],"partyid":[1,4,99]}`},
			{`{"members":["wangwu"]}`, h.app, `"authorized":{"userid":["wangwu"]},"unauthorized":{"userid":["ZhangSan","nobody"],"partyid":[1,3,4,99]}`},
		} {
			h.done(h.Corp, "scope", `{"range":`+tt.scope+`}`, nil)
			if got, want := as(tt.client, "check_follow_user", all), `{"errcode":0,"errmsg":"ok",`+tt.want+`}`; got.Body != want {
				t.Errorf("scope %s: %s, want %s", tt.scope, got.Body, want)
			}
		}
		h.must("check_follow_user", `{}`)
	})
}

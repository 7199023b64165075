package sensitive_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

var family = qiweitest.FamilyOf{Kind: access.CustomerContact, Calls: "/cgi-bin/externalcontact/", Scripts: "wechat/"}

type house struct{ *qiweitest.Family }

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	qiweitest.RunFamily(t, family, func(t *testing.T, f *qiweitest.Family) { test(t, &house{f}) })
}

// rule makes one and returns its id.
func (h *house) rule(body string) string {
	h.T.Helper()
	return h.Must(h.App, "add_intercept_rule", body).JSON().Text("rule_id")
}

// send has somebody write, and returns the verdict.
func (h *house) send(body string) string {
	h.T.Helper()
	status, text := h.Attempt(h.Corp, "send", body)
	if status != 200 {
		h.T.Fatalf("send %s: %d %s", body, status, text)
	}
	return text
}

// friend has a customer add a member.
func (h *house) friend(user string) string {
	h.T.Helper()
	return h.Play("add", `{"userid":%q,"name":"x"}`, user).Text("external_userid")
}

// rules lists them, as the application is answered.
func (h *house) rules() string {
	return h.App.Call("GET", "/cgi-bin/externalcontact/get_intercept_rule_list", "").Body
}

// TestRule: what is made is answered, changed and deleted (doc 95097).
func TestRule(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		no := h.rule(`{"rule_name":"规则","word_list":["返现","私单"],"semantics_list":[1,3,1],"intercept_type":1,"applicable_range":{"user_list":["ZhangSan"],"department_list":[4,4]}}`)
		at := h.Clock.Now().Unix()
		of := fmt.Sprintf(`{"rule_id":%q`, no)
		rule := func(name, words, semantics string, kind int, users, departments string) string {
			return fmt.Sprintf(`{"errcode":0,"errmsg":"ok","rule":{"rule_id":%q,"rule_name":%q,"word_list":%s,"semantics_list":%s,"extra_rule":{"semantics_list":%s},"intercept_type":%d,"applicable_range":{"user_list":%s,"department_list":%s},"create_time":%d}}`,
				no, name, words, semantics, semantics, kind, users, departments, at)
		}
		is := func(what, want string) {
			t.Helper()
			if got := h.Must(h.App, "get_intercept_rule", of+`}`).Body; got != want {
				t.Errorf("%s: %s\nwant %s", what, got, want)
			}
		}
		is("made", rule("规则", `["返现","私单"]`, `[1,3]`, 1, `["zhangsan"]`, `[4]`))
		if got := h.rules(); got != fmt.Sprintf(`{"errcode":0,"errmsg":"ok","rule_list":[{"rule_id":%q,"rule_name":"规则","create_time":%d}]}`, no, at) {
			t.Errorf("%s", got)
		}
		h.Must(h.App, "update_intercept_rule", of+`,"word_list":[],"add_applicable_range":{"user_list":["lisi"],"department_list":[2]},"remove_applicable_range":{"user_list":["zhangsan"],"department_list":[4]}}`)
		is("another range", rule("规则", `["返现","私单"]`, `[1,3]`, 1, `["lisi"]`, `[2]`))
		h.Must(h.App, "update_intercept_rule", of+`,"rule_name":"新","word_list":["x"],"extra_rule":{"semantics_list":[2]},"intercept_type":2}`)
		is("another rule", rule("新", `["x"]`, `[2]`, 2, `["lisi"]`, `[2]`))
		h.Must(h.App, "update_intercept_rule", of+`,"extra_rule":{}}`)
		is("without semantics", rule("新", `["x"]`, `[]`, 2, `["lisi"]`, `[2]`))
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}}))
		if got := h.Call(small, "get_intercept_rule", of+`}`).Body; !strings.Contains(got, `"user_list":[],"department_list":[]`) {
			t.Errorf("to one who sees nobody of it: %s", got)
		}
		h.Must(h.App, "del_intercept_rule", of+`}`)
		h.Answers("get_intercept_rule", qiweitest.Refusal{"deleted", of + `}`, 41071}, qiweitest.Refusal{"unknown", `{"rule_id":"x"}`, 41070}, qiweitest.Refusal{"none", `{}`, 41070})
		if got := h.rules(); !strings.Contains(got, `"rule_list":[]`) {
			t.Errorf("%s", got)
		}
	})
}

// TestWhoseRule: an application changes its own rules, reads the others', and the twin's are not there.
func TestWhoseRule(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const body = `"rule_name":"r","word_list":["w"],"intercept_type":1,"applicable_range":{"user_list":["zhangsan"]}`
		no := h.rule(`{` + body + `}`)
		grant := func(list ...string) *qiweitest.Client {
			return h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: list})
		}
		for _, tt := range []struct {
			what                  string
			client                *qiweitest.Client
			add, get, update, del int
		}{
			{"another application", h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), 41077, 0, 60011, 60011},
			{"the system application", h.As(access.CustomerContact), 41077, 0, 60011, 60011},
			{"a provider's", grant("externalcontact:contact:intercept_rule"), 41077, 0, 60011, 60011},
			{"a provider's without the permission", grant("externalcontact:base:base"), 48002, 48002, 48002, 48002},
			{"one that is not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002, 48002, 48002, 48002},
			{"the twin's", h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), 0, 41070, 41070, 41070},
			{"its own", h.App, 41077, 0, 0, 0},
		} {
			for name, want := range map[string]int{"add_intercept_rule": tt.add, "get_intercept_rule": tt.get, "update_intercept_rule": tt.update} {
				if got := h.Call(tt.client, name, fmt.Sprintf(`{"rule_id":%q,%s}`, no, body)); got.ErrCode != want {
					t.Errorf("%s, %s: %s, want %d", tt.what, name, got.Body, want)
				}
			}
			if got := h.Call(tt.client, "del_intercept_rule", fmt.Sprintf(`{"rule_id":%q}`, no)); got.ErrCode != tt.del {
				t.Errorf("%s, del: %s, want %d", tt.what, got.Body, tt.del)
			}
		}
	})
}

// TestLimits walks each limit at its value, one below and one above, and what else is refused.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Crowd(1001)
		n := 0
		add := func(name, words, rest string) int {
			n++
			if name == "" {
				name = fmt.Sprint("r", n)
			}
			var a struct {
				RuleID string `json:"rule_id"`
			}
			got := h.Call(h.App, "add_intercept_rule", fmt.Sprintf(`{"rule_name":"%s","word_list":%s,"intercept_type":1%s}`, name, words, rest))
			if got.ErrCode == 0 {
				got.Decode(&a)
				h.Must(h.App, "del_intercept_rule", fmt.Sprintf(`{"rule_id":%q}`, a.RuleID))
			}
			return got.ErrCode
		}
		const all = `,"applicable_range":{"department_list":[1]}`
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"sensitive.maxName", 20, 40058, func(n int) int { return add(qiweitest.Letters(n), `["w"]`, all) }},
			{"sensitive.maxWords", 300, 41068, func(n int) int { return add("", qiweitest.Elements(`"w#"`, n), all) }},
			{"sensitive.maxWord", 32, 41083, func(n int) int { return add("", `["`+qiweitest.Letters(n)+`"]`, all) }},
			{"sensitive.maxNodes", 1000, 41076, func(n int) int {
				return add("", `["w"]`, `,"applicable_range":{"user_list":`+qiweitest.Elements(`"m#"`, n)+`}`)
			}},
			{"sensitive.maxNodes", 1000, 41076, func(n int) int {
				return add("", `["w"]`, `,"applicable_range":{"department_list":`+strings.ReplaceAll(qiweitest.Elements(`1`, n), "#", "")+`}`)
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d of %d: %d, want %d", row.constant, n, row.most, got, want)
				}
			}
		}
		no := h.rule(`{"rule_name":"own","word_list":["w"],"intercept_type":1` + all + `}`)
		h.rule(`{"rule_name":"taken","word_list":["w"],"intercept_type":1` + all + `}`)
		bad := func(rest string) string { return `{"rule_name":"b","word_list":["w"],"intercept_type":1` + rest + `}` }
		h.Answers("add_intercept_rule", qiweitest.Refusal{"no name", `{"word_list":["w"],"intercept_type":1` + all + `}`, 40058}, qiweitest.Refusal{"no words", `{"rule_name":"b","intercept_type":1` + all + `}`, 41083}, qiweitest.Refusal{"an empty word", `{"rule_name":"b","word_list":[" "],"intercept_type":1` + all + `}`, 41083}, qiweitest.Refusal{"another type", `{"rule_name":"b","word_list":["w"],"intercept_type":3` + all + `}`, 40058}, qiweitest.Refusal{"another meaning", bad(`,"semantics_list":[4]` + all), 41084}, qiweitest.Refusal{"nobody", bad(``), 40058}, qiweitest.Refusal{"an unknown member", bad(`,"applicable_range":{"user_list":["nobody"]}`), 60111}, qiweitest.Refusal{"an unknown department", bad(`,"applicable_range":{"department_list":[99]}`), 60011}, qiweitest.Refusal{"a name that is taken", `{"rule_name":"taken","word_list":["w"],"intercept_type":1` + all + `}`, 41077})
		of := fmt.Sprintf(`{"rule_id":%q,`, no)
		h.Answers("update_intercept_rule", qiweitest.Refusal{"a name that is taken", of + `"rule_name":"taken"}`, 41077}, qiweitest.Refusal{"no name", of + `"rule_name":""}`, 40058}, qiweitest.Refusal{"its own name", of + `"rule_name":"own"}`, 0}, qiweitest.Refusal{"nobody is left", of + `"remove_applicable_range":{"department_list":[1]}}`, 40058}, qiweitest.Refusal{"another type", of + `"intercept_type":0}`, 40058}, qiweitest.Refusal{"a word", of + `"word_list":[""]}`, 41083})
		h.App = h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		h.Answers("add_intercept_rule", qiweitest.Refusal{"a member out of range", bad(`,"applicable_range":{"user_list":["wangwu"]}`), 60011}, qiweitest.Refusal{"a department out of range", bad(`,"applicable_range":{"department_list":[4]}`), 60011})
	})
}

// TestManyRules: a corp has 100 rules.
func TestManyRules(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		body := func(n int) string {
			return fmt.Sprintf(`{"rule_name":"r%d","word_list":["w"],"intercept_type":1,"applicable_range":{"department_list":[1]}}`, n)
		}
		var last string
		for i := range 100 {
			last = h.rule(body(i))
		}
		h.Answers("add_intercept_rule", qiweitest.Refusal{"one too many", body(100), 41069})
		h.Must(h.App, "del_intercept_rule", fmt.Sprintf(`{"rule_id":%q}`, last))
		h.Answers("add_intercept_rule", qiweitest.Refusal{"in its place", body(99), 0}, qiweitest.Refusal{"one too many", body(100), 41069})
	})
}

// TestManyMembers: a rule names 10,000 members.
func TestManyMembers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Crowd(1)
		no := h.rule(`{"rule_name":"r","word_list":["w"],"intercept_type":1,"applicable_range":{"user_list":["lisi"]}}`)
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if so many had been named
			for i := range 9998 {
				if err := tx.Send(`INSERT INTO sensitive_rule_member (rule, member, corpid) SELECT no, ?, corpid FROM sensitive_rule WHERE corpid = ?`, int64(1_000_000+i), h.CorpID); err != nil {
					return err
				}
			}
			return nil
		})
		of := func(user string) string {
			return fmt.Sprintf(`{"rule_id":%q,"add_applicable_range":{"user_list":[%q]}}`, no, user)
		}
		h.Answers("update_intercept_rule", qiweitest.Refusal{"the last", of("wangwu"), 0}, qiweitest.Refusal{"one too many", of("m0"), 41076}, qiweitest.Refusal{"who is named already", of("lisi"), 0})
	})
}

// TestScreening: what a rule finds, in whose messages, and what becomes of them.
func TestScreening(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := h.friend("zhangsan"), h.friend("lisi"), h.friend("wangwu")
		stop := h.rule(`{"rule_name":"stop","word_list":["返现","QQ"],"semantics_list":[1,3],"intercept_type":1,"applicable_range":{"department_list":[2]}}`)
		warn := h.rule(`{"rule_name":"warn","word_list":["返现"],"semantics_list":[2],"intercept_type":2,"applicable_range":{"user_list":["wangwu","lisi"]}}`)
		twin := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		h.Call(twin, "add_intercept_rule", `{"rule_name":"twin","word_list":["您好"],"intercept_type":1,"applicable_range":{"department_list":[1]}}`)
		stopped := func(found string) string {
			return fmt.Sprintf(`{"intercepted":true,"rule_id":%q,"rule_name":"stop",%s}`, stop, found)
		}
		warned := func(found string) string {
			return fmt.Sprintf(`{"warned":true,"rule_id":%q,"rule_name":"warn",%s}`, warn, found)
		}
		for _, tt := range []struct {
			user, external, text, rest, want string
			said                             int // messages with the customer, by now
		}{
			{"zhangsan", zhang, "您好", ``, `{}`, 1},
			{"zhangsan", zhang, "有返现", ``, stopped(`"words":["返现"]`), 1},
			{"zhangsan", zhang, "加我qq", ``, stopped(`"words":["QQ"]`), 1},
			{"zhangsan", zhang, "电话13812345678。", ``, stopped(`"semantics":[1]`), 1},
			{"zhangsan", zhang, "0755-12345678 返现", ``, stopped(`"words":["返现"],"semantics":[1]`), 1},
			{"zhangsan", zhang, "订单113812345678", ``, `{}`, 2},
			{"zhangsan", zhang, "给您", `,"red_packet":true`, stopped(`"semantics":[3]`), 2},
			{"zhangsan", zhang, "a@b.example", ``, `{}`, 3},
			{"lisi", li, "返现", ``, stopped(`"words":["返现"]`), 0}, // below 2, and the one that intercepts goes before
			{"lisi", li, "我的 a@b.example", ``, warned(`"semantics":[2]`), 1},
			{"wangwu", wang, "返现", ``, warned(`"words":["返现"]`), 1},
			{"wangwu", wang, "13812345678", ``, `{}`, 2},
		} {
			body := fmt.Sprintf(`{"userid":%q,"external_userid":%q,"by":"member","text":%q%s}`, tt.user, tt.external, tt.text, tt.rest)
			if got := h.send(body); got != tt.want {
				t.Errorf("%s writes %q: %s, want %s", tt.user, tt.text, got, tt.want)
			}
			got := h.World.Get("/_qiwei/wechat/messages?corpid=" + h.CorpID + "&external_userid=" + tt.external).Body
			if n := strings.Count(got, `"from"`); n != tt.said {
				t.Errorf("%s wrote %q: %s, want %d messages", tt.user, tt.text, got, tt.said)
			}
		}
		if got := h.send(fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"text":"返现"}`, zhang)); got != `{}` {
			t.Errorf("a customer: %s", got)
		}
		h.Must(h.App, "del_intercept_rule", fmt.Sprintf(`{"rule_id":%q}`, stop))
		if got := h.send(fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"by":"member","text":"返现"}`, zhang)); got != `{}` {
			t.Errorf("by a rule that is gone: %s", got)
		}
	})
}

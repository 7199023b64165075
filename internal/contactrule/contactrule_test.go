package contactrule_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// call makes a call that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/contactrule/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

// sees lists whom a member sees in the address book, or finds by words.
func sees(t *testing.T, c *qiweitest.Corp, user, query string) string {
	t.Helper()
	var out struct {
		Members []struct {
			UserID string `json:"userid"`
		} `json:"members"`
		Total int `json:"total"`
	}
	c.SignedIn(user).Get("/phone/api/contacts?"+query).Decode(t, &out)
	var users []string
	for _, m := range out.Members {
		users = append(users, m.UserID)
	}
	if out.Total != len(users) {
		t.Errorf("%s: %d of %d", user, len(users), out.Total)
	}
	slices.Sort(users)
	return strings.Join(users, " ")
}

func departments(t *testing.T, c *qiweitest.Corp, user string) string {
	t.Helper()
	var out struct {
		Children []struct {
			ID int `json:"id"`
		} `json:"children"`
	}
	c.SignedIn(user).Get("/phone/api/departments").Decode(t, &out)
	return fmt.Sprint(out.Children)
}

// TestRules: each type of rule narrows what members see, for whom it is and not for others.
func TestRules(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.ContactSync)
		const everybody = "lisi wangwu zhangsan"
		rule := func(body string) int64 {
			t.Helper()
			return call(t, c, "create", `{"rules":[`+body+`]}`, 0).Int("rule_ids.0")
		}
		gone := func(no int64) {
			t.Helper()
			call(t, c, "delete", fmt.Sprintf(`{"rule_ids":[%d]}`, no), 0)
			if got := sees(t, w.Corp, "lisi", ""); got != everybody {
				t.Errorf("after the deletion: %s", got)
			}
		}
		for _, step := range []struct {
			what, rule string
			want       map[string]string // who sees whom
		}{
			{"a hidden member", `{"rule_type":1,"range":{"userid":["WangWu"]},"whitelist":{"partyid":[3]}}`, map[string]string{"zhangsan": "lisi zhangsan", "lisi": everybody, "wangwu": everybody}},
			{"a hidden department", `{"rule_type":1,"range":{"partyid":[2]}}`, map[string]string{"wangwu": "wangwu", "lisi": "lisi wangwu", "zhangsan": "wangwu zhangsan"}},
			{"the own department alone", `{"rule_type":2,"range":{"partyid":[1]},"exclude":{"userid":["lisi"]}}`, map[string]string{"zhangsan": "lisi zhangsan", "wangwu": "wangwu", "lisi": everybody}},
			{"with a whitelist", `{"rule_type":2,"range":{"userid":["zhangsan"]},"whitelist":{"userid":["wangwu"]}}`, map[string]string{"zhangsan": everybody, "wangwu": everybody}},
			{"nobody", `{"rule_type":3,"range":{"userid":["lisi"]},"whitelist":{"partyid":[4]}}`, map[string]string{"lisi": "lisi wangwu", "zhangsan": everybody}},
		} {
			no := rule(step.rule)
			for user, want := range step.want {
				if got := sees(t, w.Corp, user, ""); got != want {
					t.Errorf("%s: %s sees %s, want %s", step.what, user, got, want)
				}
				for _, other := range strings.Fields(everybody) {
					status := w.SignedIn(user).Get("/phone/api/contacts/" + other).Status
					if (status == 200) != slices.Contains(strings.Fields(want), other) {
						t.Errorf("%s: %s looks at %s: %d", step.what, user, other, status)
					}
				}
			}
			if got := sees(t, w.Second, "zhangsan", ""); got != everybody {
				t.Errorf("%s: in the twin %s", step.what, got)
			}
			if r := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/simplelist?department_id=1&fetch_child=1", ""); strings.Count(r.Body, `"userid"`) != 3 {
				t.Errorf("%s: an application sees %s", step.what, r.Body)
			}
			gone(no)
		}
		no := rule(`{"rule_type":2,"range":{"userid":["zhangsan"]},"is_allowed_search":true}`)
		if sees(t, w.Corp, "zhangsan", "") != "lisi zhangsan" || sees(t, w.Corp, "zhangsan", "q=wangwu") != "wangwu" {
			t.Error("others are found and not listed")
		}
		if got := departments(t, w.Corp, "zhangsan"); got != "[{2}]" {
			t.Errorf("departments of the limited: %s", got)
		}
		gone(no)
		no = rule(`{"rule_type":1,"range":{"partyid":[4]}}`)
		if got := departments(t, w.Corp, "zhangsan"); got != "[{2}]" {
			t.Errorf("without the hidden: %s", got)
		}
		gone(no)
	})
}

// TestCalls changes rules, and refuses what is wrong.
func TestCalls(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.ContactSync)
		r := call(t, c, "create", `{"rules":[{"rule_type":1,"range":{"userid":["lisi"]}},{"rule_type":3,"range":{"partyid":[2]},"exclude":{"userid":["zhangsan"]},"is_allowed_conversation":true}]}`, 0)
		first, second := r.Int("rule_ids.0"), r.Int("rule_ids.1")
		list := fmt.Sprint(call(t, c, "list", ``, 0).At("rules"))
		want := fmt.Sprintf(`[map[is_allowed_conversation:false is_allowed_search:false range:map[partyid:[] tagid:[] userid:[lisi]] rule_id:%d rule_type:1] map[exclude:map[partyid:[] tagid:[] userid:[zhangsan]] is_allowed_conversation:true is_allowed_search:false range:map[partyid:[2] tagid:[] userid:[]] rule_id:%d rule_type:3]]`, first, second)
		if list != want {
			t.Errorf("listed %s, want %s", list, want)
		}
		r = call(t, c, "update", fmt.Sprintf(`{"rules":[{"rule_id":%d,"rule_type":1,"range":{"userid":["wangwu"]}}]}`, first), 0)
		if got := fmt.Sprint(r.At("rules.0.range.userid")); got != "[wangwu]" || sees(t, w.Corp, "zhangsan", "") != "lisi zhangsan" {
			t.Errorf("changed: %v", r)
		}
		for _, row := range []struct {
			name, body string
			code       int
		}{
			{"create", `{}`, 40063}, {"create", `{"rules":[{"rule_type":4,"range":{"userid":["lisi"]}}]}`, 40058}, {"create", `{"rules":[{"rule_type":1}]}`, 40058},
			{"create", `{"rules":[{"rule_type":1,"range":{"userid":["nobody"]}}]}`, 60111}, {"create", `{"rules":[{"rule_type":1,"range":{"partyid":[99]}}]}`, 60003}, {"create", `{"rules":[{"rule_type":1,"range":{"tagid":[99]}}]}`, 40058},
			{"create", `{"rules":[` + strings.TrimSuffix(strings.Repeat(`{"rule_type":1,"range":{"userid":["lisi"]}},`, 101), ",") + `]}`, 40058},
			{"update", fmt.Sprintf(`{"rules":[{"rule_id":%d,"rule_type":2,"range":{"userid":["lisi"]}}]}`, first), 40058}, {"update", `{"rules":[{"rule_id":987654,"rule_type":1,"range":{"userid":["lisi"]}}]}`, 40058},
			{"delete", `{}`, 40063}, {"delete", fmt.Sprintf(`{"rule_ids":[%d,987654]}`, first), 40058},
		} {
			call(t, c, row.name, row.body, row.code)
		}
		if n := len(call(t, c, "list", ``, 0).List("rules")); n != 2 {
			t.Errorf("%d rules after refusals", n)
		}
		call(t, w.Second.As(access.ContactSync), "delete", fmt.Sprintf(`{"rule_ids":[%d]}`, first), 40058)
		for _, name := range []string{"create", "list", "update", "delete"} {
			call(t, w.As(access.SelfBuilt), name, `{}`, 48002)
		}
	})
}

// TestFollowsTheMember: a rule is for the member, whatever the userid.
func TestFollowsTheMember(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 4}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false)
			return err
		})
		call(t, w.As(access.ContactSync), "create", `{"rules":[{"rule_type":1,"range":{"userid":["made1"]}}]}`, 0)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: "san.zhang"})
		})
		if got := sees(t, w.Corp, "zhangsan", ""); got != "lisi wangwu zhangsan" {
			t.Errorf("zhangsan sees %s", got)
		}
	})
}

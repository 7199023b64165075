package strategy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
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
	})
}

// listed are the settings of an application that may call customer contact.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerContact}}
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(c *qiweitest.Client, name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(c, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// create makes a group of customer contact with an administrator and returns its strategy_id.
func (h *house) create(c *qiweitest.Client, more string) int64 {
	h.t.Helper()
	var made struct {
		ID int64 `json:"strategy_id"`
	}
	h.must(c, "customer_strategy/create", `{"strategy_name":"销售","admin_list":["lisi"],`+more+`}`).Decode(&made)
	return made.ID
}

const everybody = `"range":[{"type":2,"partyid":1}]`

// crowd creates members m0, m1, … in both enterprises.
func (h *house) crowd(n int) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, c := range []string{h.CorpID, h.Second.CorpID} {
			for i := range n {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "成员", Enabled: true, Email: fmt.Sprintf("m%d@corp.example", i), Places: []directory.Place{{Department: 1}}}
				if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(c), m, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// elements writes n elements, # in them being their number.
func elements(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", fmt.Sprint(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestGroups: a group is made, read, changed and deleted by the application that made it alone (doc 94883, 94890).
func TestGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		other, twin := h.WithApp(access.SelfBuilt, listed(access.Everything())), h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		for _, family := range []struct{ name, off, privilege string }{
			{"customer_strategy", `{"share_customer":false,"contact_me":false}`, `{"view_customer_list":true,"view_customer_data":true,"view_room_list":true,"contact_me":true,"join_room":true,"share_customer":false,"oper_resign_customer":true,"oper_resign_group":true,"send_customer_msg":true,"edit_welcome_msg":true,"view_behavior_data":true,"view_room_data":true,"send_group_msg":true,"room_deduplication":true,"rapid_reply":true,"onjob_customer_transfer":true,"edit_anti_spam_rule":true,"export_customer_list":true,"export_customer_data":true,"export_customer_group_list":true,"manage_customer_tag":true}`},
			{"moment_strategy", `{"send_moment":false}`, `{"view_moment_list":true,"send_moment":false,"manage_moment_cover_and_sign":true}`},
		} {
			call := func(c *qiweitest.Client, name, body string) qiweitest.Result {
				return as(c, family.name+"/"+name, body)
			}
			made := h.must(h.app, family.name+"/create", `{"parent_id":0,"strategy_name":"销售","admin_list":["LiSi","wangwu"],"privilege":`+family.off+`,"range":[{"type":1,"userid":"zhangsan"},{"type":2,"partyid":2}]}`)
			if made.Body != `{"errcode":0,"errmsg":"ok","strategy_id":1}` {
				t.Errorf("%s", made.Body)
			}
			now := h.Clock.Now().Unix()
			want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","strategy":{"strategy_id":1,"parent_id":0,"strategy_name":"销售","create_time":%d,"admin_list":["lisi","wangwu"],"privilege":%s}}`, now, family.privilege)
			if got := call(h.app, "get", `{"strategy_id":1}`); got.Body != want {
				t.Errorf("%s\nwant %s", got.Body, want)
			}
			if got := call(h.app, "get_range", `{"strategy_id":1}`); got.Body != `{"errcode":0,"errmsg":"ok","range":[{"type":1,"userid":"zhangsan"},{"type":2,"partyid":2}]}` {
				t.Errorf("%s", got.Body)
			}
			h.must(h.app, family.name+"/edit", `{"strategy_id":1,"strategy_name":"售后","admin_list":["wangwu"],"privilege":{},"range_add":[{"type":1,"userid":"wangwu"}],"range_del":[{"type":2,"partyid":2},{"type":1,"userid":"lisi"}]}`)
			if got := call(h.app, "get", `{"strategy_id":1}`); !strings.Contains(got.Body, `"strategy_name":"售后"`) || !strings.Contains(got.Body, `"admin_list":["wangwu"]`) || strings.Contains(got.Body, "false") {
				t.Errorf("%s", got.Body)
			}
			h.must(h.app, family.name+"/edit", `{"strategy_id":1,"privilege":{}}`)
			if got := call(h.app, "get", `{"strategy_id":1}`); !strings.Contains(got.Body, `"strategy_name":"售后"`) || !strings.Contains(got.Body, `"admin_list":["wangwu"]`) {
				t.Errorf("what an edit leaves out: %s", got.Body)
			}
			for _, c := range []*qiweitest.Client{other, twin} {
				for _, name := range []string{"get", "get_range", "edit", "del"} {
					if got := call(c, name, `{"strategy_id":1}`); got.ErrCode != 40058 {
						t.Errorf("%s by another: %s", name, got.Body)
					}
				}
				if got := call(c, "list", `{}`); got.Body != `{"errcode":0,"errmsg":"ok","strategy":[]}` {
					t.Errorf("another's list: %s", got.Body)
				}
			}
			h.must(h.app, family.name+"/create", `{"strategy_name":"二","admin_list":["lisi"],`+everybody+`}`)
			var page struct {
				Next string `json:"next_cursor"`
			}
			first := call(h.app, "list", `{"limit":1}`)
			first.Decode(&page)
			if second := call(h.app, "list", `{"limit":1,"cursor":"`+page.Next+`"}`); !strings.Contains(first.Body, `[{"strategy_id":1}]`) || second.Body != `{"errcode":0,"errmsg":"ok","strategy":[{"strategy_id":2}]}` {
				t.Errorf("%s, then %s", first.Body, second.Body)
			}
			call(h.app, "get_range", `{"strategy_id":1,"limit":1}`).Decode(&page)
			if got := call(h.app, "get_range", `{"strategy_id":1,"limit":1,"cursor":"`+page.Next+`"}`); got.Body != `{"errcode":0,"errmsg":"ok","range":[{"type":1,"userid":"wangwu"}]}` {
				t.Errorf("the second page: %s", got.Body)
			}
			h.must(h.app, family.name+"/del", `{"strategy_id":1}`)
			if got := call(h.app, "get", `{"strategy_id":1}`); got.ErrCode != 40058 {
				t.Errorf("deleted: %s", got.Body)
			}
			if made := h.must(h.app, family.name+"/create", `{"strategy_name":"三","admin_list":["lisi"],`+everybody+`}`); !strings.Contains(made.Body, `"strategy_id":3`) {
				t.Errorf("an id came again: %s", made.Body)
			}
		}
	})
}

// TestParents: a group is within the one above it and has its privileges, five levels deep.
func TestParents(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		top := h.create(h.app, `"privilege":{"share_customer":false},"range":[{"type":2,"partyid":2},{"type":1,"userid":"wangwu"}]`)
		below := func(parent int64, nodes string) qiweitest.Result {
			return as(h.app, "customer_strategy/create", fmt.Sprintf(`{"parent_id":%d,"strategy_name":"x","admin_list":["lisi"],"range":%s}`, parent, nodes))
		}
		for _, tt := range []struct {
			what, nodes string
			code        int
		}{
			{"a member of it", `[{"type":1,"userid":"wangwu"}]`, 0},
			{"a member of its department", `[{"type":1,"userid":"zhangsan"}]`, 0},
			{"its department", `[{"type":2,"partyid":2}]`, 0},
			{"a department below", `[{"type":2,"partyid":3}]`, 0},
			{"another department", `[{"type":2,"partyid":4}]`, 40058},
			{"the one above", `[{"type":2,"partyid":1}]`, 40058},
		} {
			if got := below(top, tt.nodes); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		last, code := top, 0
		for level := 2; level <= 6; level++ {
			got := below(last, `[{"type":1,"userid":"zhangsan"}]`)
			var made struct {
				ID int64 `json:"strategy_id"`
			}
			got.Decode(&made)
			if last, code = made.ID, got.ErrCode; (code != 0) != (level == 6) {
				t.Errorf("level %d: %s", level, got.Body)
			}
			if level == 5 {
				h.must(h.app, "customer_strategy/edit", fmt.Sprintf(`{"strategy_id":%d,"privilege":{"share_customer":true,"rapid_reply":false}}`, last))
				if got := h.must(h.app, "customer_strategy/get", fmt.Sprintf(`{"strategy_id":%d}`, last)); !strings.Contains(got.Body, `"share_customer":false`) || !strings.Contains(got.Body, `"rapid_reply":true`) {
					t.Errorf("of its own privileges: %s", got.Body)
				}
			}
		}
		for what, body := range map[string]string{
			"a parent of nobody": `{"parent_id":99,"strategy_name":"x","admin_list":["lisi"],` + everybody + `}`,
			"another's":          fmt.Sprintf(`{"parent_id":%d,"strategy_name":"x","admin_list":["lisi"],%s}`, h.create(h.WithApp(access.SelfBuilt, listed(access.Everything())), everybody), everybody),
		} {
			if got := as(h.app, "customer_strategy/create", body); got.ErrCode != 40058 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		for what, body := range map[string]string{"what a child has": `"range_del":[{"type":2,"partyid":2}]`, "all": `"range_del":[{"type":2,"partyid":2},{"type":1,"userid":"wangwu"}]`} {
			if got := as(h.app, "customer_strategy/edit", fmt.Sprintf(`{"strategy_id":%d,%s}`, top, body)); got.ErrCode != 40058 {
				t.Errorf("without %s: %s", what, got.Body)
			}
		}
		if got := as(h.app, "customer_strategy/del", fmt.Sprintf(`{"strategy_id":%d}`, top)); got.ErrCode != 40058 {
			t.Errorf("with groups below it: %s", got.Body)
		}
	})
}

// TestWhatAGroupNeeds: every bad setting says so.
func TestWhatAGroupNeeds(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.Server.Admins.Appoint(ctx, tx, h.CorpID, "zhangsan", admin.Super, access.Range{})
		})
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			body   string
			code   int
		}{
			{"nothing", h.app, `{}`, 40058},
			{"no name", h.app, `{"admin_list":["lisi"],` + everybody + `}`, 40058},
			{"an empty name", h.app, `{"strategy_name":" ","admin_list":["lisi"],` + everybody + `}`, 40058},
			{"no administrator", h.app, `{"strategy_name":"x",` + everybody + `}`, 40058},
			{"a super administrator", h.app, `{"strategy_name":"x","admin_list":["zhangsan"],` + everybody + `}`, 40058},
			{"an unknown one", h.app, `{"strategy_name":"x","admin_list":["nobody"],` + everybody + `}`, 60111},
			{"one out of range", small, `{"strategy_name":"x","admin_list":["wangwu"],"range":[{"type":1,"userid":"lisi"}]}`, 60011},
			{"no range", h.app, `{"strategy_name":"x","admin_list":["lisi"]}`, 40058},
			{"another type", h.app, `{"strategy_name":"x","admin_list":["lisi"],"range":[{"type":3}]}`, 40058},
			{"an unknown member", h.app, `{"strategy_name":"x","admin_list":["lisi"],"range":[{"type":1,"userid":"nobody"}]}`, 60111},
			{"an unknown department", h.app, `{"strategy_name":"x","admin_list":["lisi"],"range":[{"type":2,"partyid":99}]}`, 60011},
			{"a department out of range", small, `{"strategy_name":"x","admin_list":["lisi"],"range":[{"type":2,"partyid":4}]}`, 60011},
			{"all well", small, `{"strategy_name":"x","admin_list":["lisi"],"range":[{"type":2,"partyid":2}]}`, 0},
		} {
			if got := as(tt.client, "customer_strategy/create", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		if got := as(h.app, "customer_strategy/list", `{}`); got.Body != `{"errcode":0,"errmsg":"ok","strategy":[]}` {
			t.Errorf("something was made all the same: %s", got.Body)
		}
	})
}

// TestLimits walks each limit at its value and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.crowd(101)
		customers := func(fields string) int { return as(h.app, "customer_strategy/create", `{`+fields+`}`).ErrCode }
		for _, row := range []struct {
			constant string
			most     int
			code     func(n int) int
		}{
			{"strategy.maxAdmins", 20, func(n int) int {
				return customers(`"strategy_name":"x","admin_list":` + elements(`"m#"`, n) + `,` + everybody)
			}},
			{"strategy.maxGiven", 100, func(n int) int {
				return customers(`"strategy_name":"x","admin_list":["lisi"],"range":` + elements(`{"type":1,"userid":"m#"}`, n))
			}},
		} {
			for n, code := range map[int]int{row.most: 0, row.most + 1: 40058} {
				if got := row.code(n); got != code {
					t.Errorf("%s: %d gives %d, want %d", row.constant, n, got, code)
				}
			}
		}
		if got := as(h.app, "moment_strategy/create", `{"strategy_name":"x","admin_list":["lisi"],"range":`+elements(`{"type":1,"userid":"m#"}`, 101)+`}`); got.ErrCode != 0 {
			t.Errorf("of moments: %s", got.Body)
		}
	})
}

// TestWhoMayCall: the two families are two permissions of a provider's application.
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) app.Settings { return app.Settings{Range: access.Everything(), Grants: list} }
		for _, tt := range []struct {
			what               string
			client             *qiweitest.Client
			customers, moments int
		}{
			{"listed", h.app, 0, 0},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002, 48002},
			{"the system application", h.As(access.CustomerContact), 0, 0},
			{"a provider's without", h.WithApp(access.Custom, grants("externalcontact:base:base")), 48002, 48002},
			{"for customers", h.WithApp(access.ThirdParty, grants("externalcontact:contact:strategy")), 0, 48002},
			{"for moments", h.WithApp(access.Custom, grants("externalcontact:moment:strategy")), 48002, 0},
		} {
			if c, m := as(tt.client, "customer_strategy/list", `{}`), as(tt.client, "moment_strategy/list", `{}`); c.ErrCode != tt.customers || m.ErrCode != tt.moments {
				t.Errorf("%s: %s and %s", tt.what, c.Body, m.Body)
			}
		}
	})
}

// TestParentsOfTheEnterprise: the groups above one are the enterprise's own, whatever another has under their
// ids. Here group 2 is the third from the top in one, and the topmost in the other.
func TestParentsOfTheEnterprise(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		second := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		below := func(parent int64) string { return fmt.Sprintf(`"parent_id":%d,`, parent) + everybody }
		h.create(h.app, below(0))
		h.create(h.app, below(1))
		h.create(h.app, below(2))
		h.create(h.app, below(3))
		h.create(second, below(0))
		h.create(second, below(0))
		if third := h.create(second, below(2)); third != 3 {
			t.Fatalf("group %d", third)
		}
		for _, parent := range []int64{3, 4, 5} { // the third, fourth and fifth level
			h.create(second, below(parent))
		}
		if got := as(second, "customer_strategy/create", `{"strategy_name":"六","admin_list":["lisi"],`+below(6)+`}`); got.ErrCode != 40058 {
			t.Errorf("a sixth level: %s", got.Body)
		}
		h.create(h.app, below(4))
		if got := as(h.app, "customer_strategy/create", `{"strategy_name":"六","admin_list":["lisi"],`+below(5)+`}`); got.ErrCode != 40058 {
			t.Errorf("a sixth level: %s", got.Body)
		}
	})
}
